"""Assembly: a design as a sparse labelled linear program in integers."""
