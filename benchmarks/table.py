"""Tables of numbers as text, Markdown and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table as RichTable

__all__ = ["Report", "Table", "as_json", "as_markdown", "cell", "print_text"]

_LONGEST_FRACTION = 14


@dataclass(frozen=True)
class Table:
    """Rows of raw numbers and how their columns are called.

    Attributes
    ----------
    title : str
    columns : mapping from key to heading
        What text and Markdown show, in this order.
    rows : sequence of mappings
        Numbers (Fraction, float, int), texts, None, or lists of these, by key. JSON shows all keys.
    notes : tuple of str
        Sentences below the table.
    """

    title: str
    columns: Mapping[str, str]
    rows: Sequence[Mapping[str, Any]]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """The tables of a benchmark, a sentence for every number that left its band, and what draws its picture, if it has one."""

    name: str
    tables: tuple[Table, ...]
    failures: tuple[str, ...] = ()
    picture: Callable[[Path], None] | None = None


def cell(value: Any) -> str:
    """Return a number as a short text: a fraction where it is short, else six digits.

    Examples
    --------
    >>> cell(Fraction(9, 64)), cell(2 / 3), cell(None), cell([10, 20])
    ('9/64', '0.666667', '–', '10, 20')
    """
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "NO"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(cell, value))
    if isinstance(value, Fraction) and len(str(value)) <= _LONGEST_FRACTION:
        return str(value)
    return f"{float(value):.6g}" if isinstance(value, (Fraction, float)) else str(value)


def print_text(report: Report) -> None:
    """Print the tables of a report, wide enough not to be cut where no terminal sets the width."""
    console = Console()
    console = console if console.is_terminal else Console(width=200)
    for table in report.tables:
        shown = RichTable(title=table.title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
        for key, heading in table.columns.items():
            numeric = all(isinstance(row.get(key), (int, float, Fraction, type(None))) for row in table.rows)
            shown.add_column(heading, justify="right" if numeric else "left", overflow="fold")
        for row in table.rows:
            shown.add_row(*(cell(row.get(key)) for key in table.columns))
        console.print(shown)
        for note in table.notes:
            console.print(note, style="dim", markup=False, highlight=False)


def as_markdown(report: Report) -> str:
    """Return the tables of a report in Markdown."""
    parts = []
    for table in report.tables:
        lines = [f"### {table.title}", "", "| " + " | ".join(table.columns.values()) + " |", "|" + "---|" * len(table.columns)]
        lines += ["| " + " | ".join(cell(row.get(key)) for key in table.columns) + " |" for row in table.rows]
        parts.append("\n".join([*lines, *(f"\n{note}" for note in table.notes)]))
    return "\n\n".join(parts)


def as_json(report: Report) -> str:
    """Return the tables of a report in JSON; an exact number is ``{"float": ..., "exact": "p/q"}``."""
    tables = [{"title": table.title, "rows": [_plain(row) for row in table.rows], "notes": list(table.notes)} for table in report.tables]
    return json.dumps({"benchmark": report.name, "tables": tables, "failures": list(report.failures)}, indent=2, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    return {"float": float(value), "exact": str(value)} if isinstance(value, Fraction) else value
