"""The scripts here run by themselves; pytest collects `test_derivations.py` alone."""

from pathlib import Path

collect_ignore = [p.name for p in Path(__file__).parent.glob("*.py") if not p.name.startswith("test_")]
