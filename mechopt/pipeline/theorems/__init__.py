"""Theorems of the literature, asked of a finite environment: whether they hold there, by how much they fail, and why."""
