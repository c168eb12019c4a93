"""The same question at every point of a grid: in parallel, durable, resumable."""
