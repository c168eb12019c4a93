"""Problem and result files."""
