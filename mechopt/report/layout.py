"""Tables and lines as text of a given width: the one place where rich's console is set up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from io import StringIO
from typing import Literal

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mechopt.report.sheet import Sheet, cell_text

__all__ = ["empty_table", "rendered", "sheet_table", "titled"]

_STYLES = {True: "green", False: "red"}


def titled(name: str, headline: str) -> Iterator[Text]:
    """Yield a problem's name, if it has one, and what is said about the problem."""
    if name:
        yield Text(name, style="dim")
    yield Text(headline, style="bold")


def empty_table(columns: Sequence[str], right: Sequence[str] = ()) -> Table:
    """Return a table without rows; the columns named in `right` hold numbers."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(Text(column), justify="right" if column in right else "left", overflow="fold")
    return table


def sheet_table(sheet: Sheet) -> Table:
    """Return a table of a result as it stands in a terminal; what holds is green, and what fails red."""
    numeric = [name for name, to_the_right in zip(sheet.columns, sheet.numeric(), strict=True) if to_the_right]
    table = empty_table(sheet.columns, numeric)
    for row in sheet.rows:
        table.add_row(*(Text(cell_text(cell), style=_STYLES[cell] if isinstance(cell, bool) else "") for cell in row))
    return table


def rendered(parts: Iterable[Text | Table], *, width: int = 100, color: bool = False) -> str:
    """Return lines and tables as text, an empty line before each table, the last line ended."""
    buffer = StringIO()
    system: Literal["standard"] | None = "standard" if color else None
    # In a notebook the console would show every part at once, and the text would be empty.
    terminal = partial(Console, force_terminal=color, color_system=system, force_jupyter=False)
    console = terminal(file=buffer, width=max(width, 40), highlight=False, markup=False, emoji=False)
    for part in parts:
        if isinstance(part, Table):
            console.print()
        console.print(part)
    lines = buffer.getvalue().splitlines()
    return "\n".join(line.rstrip() for line in lines).strip("\n") + "\n"
