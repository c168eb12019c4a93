"""The templates: every text is escaped on its way into them."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from mechopt.report.sheet import Cell, cell_note, cell_text

__all__ = ["rendered"]


def rendered(template: str, **values: Any) -> str:
    """Return a template of this room, filled."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("mechopt.report.page", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {"cell": cell_text, "note": cell_note, "verdict": _verdict}
    return found


def _verdict(cell: Cell) -> str:
    """Return the class of a cell that says whether something holds."""
    return {True: "yes", False: "no"}[cell] if isinstance(cell, bool) else ""
