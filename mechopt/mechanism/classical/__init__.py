"""Mechanisms known by name, as direct mechanisms on the environment's own types; `registry.CLASSICAL` lists them."""
