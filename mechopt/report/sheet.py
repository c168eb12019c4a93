"""A table once, with three faces: a pandas frame, LaTeX, and HTML for notebooks and the report."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from mechopt.report.latex import latex_decimal, latex_name, latex_number
from mechopt.report.numbers import LONGEST_FRACTION, brief, decimal, percent, shown
from mechopt.result import Number

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Cell", "Share", "Sheet", "cell_text", "stacked"]

# In LaTeX: characters of what is no sentence, and of a line of a heading above numbers; and a column for sentences.
_LONGEST_NAME, _WIDEST_HEADING = 40, 9
_SENTENCES = r"p{0.28\linewidth}"


@dataclass(frozen=True)
class Share:
    """A part of a whole, shown in percent."""

    part: Number
    whole: Number

    def __str__(self) -> str:
        return percent(self.part, self.whole) or ""

    def value(self) -> Fraction | float | None:
        """Return the ratio; None where the whole is not positive."""
        if self.whole.float <= 0:
            return None
        if self.part.exact is not None and self.whole.exact is not None:
            return self.part.exact / self.whole.exact
        return self.part.float / self.whole.float


Cell = str | bool | int | float | Fraction | Number | Share | None


@dataclass(frozen=True)
class Sheet:
    r"""A table of a result.

    Attributes
    ----------
    title : str
        What it shows.
    columns : tuple of str
    rows : tuple of tuples of cells
        Texts, truth values, fractions, numbers with both faces, shares; None where there is nothing to say.

    Examples
    --------
    >>> sheet = Sheet("shares", ("agent", "share"), (("Ann", Fraction(1, 3)), ("Bob & Co", Fraction(2, 3))))
    >>> print(sheet.to_latex().splitlines()[5])
    Bob \& Co & $\frac{2}{3}$ \\
    >>> sheet.to_frame().loc[0, "share"]
    Fraction(1, 3)
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def numeric(self) -> tuple[bool, ...]:
        """Return which columns hold numbers: these stand to the right."""
        columns = zip(*self.rows, strict=True) if self.rows else ((),) * len(self.columns)
        return tuple(any(_is_number(cell) for cell in column) and not any(isinstance(cell, str) for cell in column) for column in columns)

    def to_frame(self) -> DataFrame:
        """Return a pandas frame: exact numbers as fractions, others as floats."""
        import pandas as pd

        return pd.DataFrame([[_plain(cell) for cell in row] for row in self.rows], columns=list(self.columns), dtype=object)

    def to_latex(self) -> str:
        """Return a LaTeX table (booktabs). Headings of numbers stand in several lines, and so do sentences."""
        numeric = self.numeric()
        texts = [[cell for cell in column if isinstance(cell, str)] for column in zip(*self.rows, strict=True)] or [[] for _ in self.columns]
        sentences = [any(len(text) > _LONGEST_NAME for text in column) for column in texts]
        layout = "".join("r" if number else _SENTENCES if long else "l" for number, long in zip(numeric, sentences, strict=True))
        headings = [_latex_heading(name) if number else latex_name(name) for name, number in zip(self.columns, numeric, strict=True)]
        lines = [rf"\begin{{tabular}}{{{layout}}}", r"\toprule", " & ".join(headings) + r" \\", r"\midrule"]
        lines += [" & ".join(_latex(cell) for cell in row) + r" \\" for row in self.rows]
        return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])

    def _repr_html_(self) -> str:
        from mechopt.report.page.fragment import sheet_html

        return sheet_html(self)


def stacked(title: str, sheets: Sequence[Sheet]) -> Sheet:
    """Return one table with the rows of several that have the same columns."""
    return Sheet(title, sheets[0].columns if sheets else (), tuple(row for sheet in sheets for row in sheet.rows))


def cell_text(cell: Cell) -> str:
    """Return what a reader sees of a cell.

    Examples
    --------
    >>> [cell_text(cell) for cell in (True, None, Fraction(1, 12), Number(0.25), "Ann")]
    ['yes', '', '1/12', '0.25', 'Ann']
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, Number):
        return decimal(cell.float) if cell.exact is None else brief(cell.exact)
    if isinstance(cell, Fraction):
        return brief(cell)
    return decimal(cell) if isinstance(cell, float) else f"{cell:,}" if isinstance(cell, int) else str(cell)


def cell_note(cell: Cell) -> str:
    """Return what pointing at a cell reveals: an exact number in full where it was shortened."""
    exact = cell.exact if isinstance(cell, Number) else cell if isinstance(cell, Fraction) else None
    if exact is None or exact.denominator == 1:
        return ""
    return shown(Number.of(exact))


def _is_number(cell: Any) -> bool:
    return isinstance(cell, (int, float, Fraction, Number, Share)) and not isinstance(cell, bool)


def _plain(cell: Cell) -> Any:
    if isinstance(cell, Number):
        return cell.float if cell.exact is None else cell.exact
    return cell.value() if isinstance(cell, Share) else cell


def _latex(cell: Cell) -> str:
    exact = cell.exact if isinstance(cell, Number) else cell
    if isinstance(exact, Fraction) and not isinstance(cell, Share):
        return latex_number(exact) if _digits(exact) <= LONGEST_FRACTION else latex_decimal(decimal(float(exact)))
    if isinstance(cell, (float, Number)):
        return latex_decimal(cell_text(cell))
    return latex_name(cell_text(cell)) if cell != "" else ""


def _latex_heading(name: str) -> str:
    lines = textwrap.wrap(name, _WIDEST_HEADING, break_long_words=False) if len(name) > _WIDEST_HEADING else [name]
    stacked_lines = r"\\".join(map(latex_name, lines))
    return rf"\shortstack[r]{{{stacked_lines}}}" if len(lines) > 1 else stacked_lines


def _digits(value: Fraction) -> int:
    return (value.numerator.bit_length() + value.denominator.bit_length()) * 3 // 10
