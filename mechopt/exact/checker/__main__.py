"""Check every claim of a result: ``python checker RESULT.json``, wherever this folder is, with nothing else of mechopt.

The exit status is 0 if every claim holds, 1 if one is false, and named, and 2 for what is not a result.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    sys.exit(import_module(f"{__package__ or 'checker'}.claims").main(sys.argv[1:]))
