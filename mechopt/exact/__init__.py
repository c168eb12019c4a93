"""Proof: exact points and prices, certificates, the checker."""
