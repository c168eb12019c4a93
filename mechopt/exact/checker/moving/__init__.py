"""The part of the checker that is about types that move."""
