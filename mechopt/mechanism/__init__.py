"""Meaning: allocation and payments, interim tables, property checks."""
