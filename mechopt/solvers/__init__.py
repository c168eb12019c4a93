"""Backends: float solvers behind one interface."""
