"""What mechopt computes and how fast, measured: ``python -m benchmarks NAME [--check] [--quick] [--json | --markdown]``."""
