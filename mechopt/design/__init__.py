"""The wish: what a designer asks for, as data."""
