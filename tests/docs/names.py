"""What the pages under docs/ and the README name."""

from __future__ import annotations

import importlib
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def page(name: str) -> str:
    """Return the text of a page, by its path from the root."""
    return (ROOT / name).read_text(encoding="utf-8")


def found(dotted: str) -> object:
    """Return what a dotted name means: a module and attributes of it."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        try:
            value: object = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            value = getattr(value, part)
        return value
    raise ModuleNotFoundError(dotted)
