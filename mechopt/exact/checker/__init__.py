"""The trusted checker behind `check.py`: standard library only, and nothing from mechopt but itself."""
