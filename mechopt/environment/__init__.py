"""The economy: agents, types, prior, outcomes, utilities, outside options."""
