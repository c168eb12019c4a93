"""Reading one field of a document: a table, a name, a number, a list. Every refusal names the key, the value and what would be right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from mechopt.errors import MechoptError, ProblemFileError, nearest
from mechopt.files.document import NumberText
from mechopt.rational import RationalArray, rational

__all__ = [
    "about",
    "array",
    "check_keys",
    "choice",
    "exact_number",
    "flag",
    "listed",
    "name",
    "names",
    "number",
    "numbers",
    "shown",
    "table",
    "tables",
    "text",
    "whole",
]

LARGEST_MAGNITUDE = 10**100
LARGEST_DIGITS = 400
MOST_LEVELS = 32
_LARGEST_BITS = int(LARGEST_DIGITS * 3.33)
# A number with a shorter numerator is certainly not larger than that.
_MAGNITUDE_BITS = LARGEST_MAGNITUDE.bit_length() - 1


def shown(value: object) -> str:
    """Return a value as an error message shows it.

    Examples
    --------
    >>> shown(True), shown([1, 2]), shown("high")
    ('true', 'a list', "'high'")
    """
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, (list, tuple)):
        return "a list" if value else "an empty list"
    if isinstance(value, int) and value.bit_length() > _LARGEST_BITS:
        return f"an integer of {value.bit_length()} bits"
    plain = repr(value) if isinstance(value, str) else str(value)
    return plain if len(plain) <= 60 else plain[:57] + "..."


def table(value: Any, where: str, right: str) -> dict[str, Any]:
    """Return a table; `right` says what to write instead."""
    if not isinstance(value, dict):
        raise ProblemFileError(f"{where} is {shown(value)}; write {right}")
    return value


def tables(value: Any, where: str, right: str) -> list[dict[str, Any]]:
    """Return a list of tables, at least one."""
    if not isinstance(value, list) or not value or not all(isinstance(entry, dict) for entry in value):
        raise ProblemFileError(f"{where} is {shown(value)}; write {right}")
    return value


def check_keys(given: Iterable[str], known: Sequence[str], where: str, of: str = "") -> None:
    """Refuse keys that mean nothing (`of` what: " of kind ..."), and suggest the nearest that does."""
    for key in given:
        if key not in known:
            path = f"{where}.{key}" if where else key
            raise ProblemFileError(f"{path} is not a known key{of}; {nearest(str(key), known)}")


def text(value: Any, where: str) -> str:
    """Return a string."""
    if not isinstance(value, str) or isinstance(value, NumberText):
        raise ProblemFileError(f"{where} is {shown(value)}; write a string in quotes")
    return value


def name(value: Any, where: str) -> str:
    """Return a name: a string that can be printed on a line."""
    entry = text(value, where)
    if not entry.strip() or not entry.isprintable():
        raise ProblemFileError(f"{where} is {shown(entry)}; a name is not empty and has no line breaks or control characters")
    return entry


def names(value: Any, where: str) -> tuple[str, ...]:
    """Return a list of different names, at least one."""
    if not isinstance(value, list) or not value:
        raise ProblemFileError(f'{where} is {shown(value)}; write a list of names such as ["low", "high"]')
    read = tuple(name(entry, f"{where}, entry {k + 1}") for k, entry in enumerate(value))
    repeated = next((entry for entry, times in Counter(read).items() if times > 1), None)
    if repeated is not None:
        raise ProblemFileError(f"{where}: the name {repeated!r} stands twice; names must differ")
    return read


def choice(value: Any, known: Iterable[str], where: str) -> str:
    """Return one of the known names."""
    options = list(known)
    if not isinstance(value, str) or value not in options:
        raise ProblemFileError(f"{where} is {shown(value)}; {nearest(value if isinstance(value, str) else '', options)}")
    return str(value)


def flag(value: Any, where: str) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise ProblemFileError(f"{where} is {shown(value)}; write true or false")
    return value


def listed(value: Any, where: str) -> list[Any]:
    """Return a list of anything."""
    if not isinstance(value, list):
        raise ProblemFileError(f"{where} is {shown(value)}; write a list")
    return value


def whole(value: Any, where: str, most: int) -> int:
    """Return a positive integer."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise ProblemFileError(f"{where} is {shown(value)}; write an integer from 1 to {most}")
    return value


def exact_number(value: Any, where: str) -> Fraction:
    """Return an exact number of a result: computed, so of any length."""
    if not isinstance(value, str):
        raise ProblemFileError(f'{where} is {shown(value)}; write a string such as "1/3"')
    try:
        return rational(value, where)
    except ValueError as error:
        if isinstance(error, MechoptError):
            raise
        raise ProblemFileError(f"{where} has more digits than Python reads") from error


def number(value: Any, where: str) -> Fraction:
    """Return an exact number of a size that arithmetic and solvers survive."""
    if isinstance(value, str):
        if len(value) > 2 * LARGEST_DIGITS + 10:
            raise ProblemFileError(f"{where} is {shown(value)}; numbers of more than {LARGEST_DIGITS} digits are refused")
    elif isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ProblemFileError(f'{where} is {shown(value)}; write a number such as 3, 0.25 or "1/3"')
    exact = rational(value, where)
    bits = exact.numerator.bit_length()
    if max(bits, exact.denominator.bit_length()) > _LARGEST_BITS:
        raise ProblemFileError(f"{where} is {shown(value)}; numbers of more than {LARGEST_DIGITS} digits are refused")
    if bits > _MAGNITUDE_BITS and abs(exact) > LARGEST_MAGNITUDE:
        raise ProblemFileError(f"{where} is {shown(value)}; numbers beyond 10^100 are refused")
    return exact


def numbers(value: Any, where: str, length: int | None = None) -> list[Fraction]:
    """Return a list of exact numbers, at least one; `length` is the number of types where it is known."""
    if not isinstance(value, list) or not value:
        raise ProblemFileError(f'{where} is {shown(value)}; write a list of numbers such as [0, 0.25, "1/3"]')
    if length is not None and len(value) != length:
        raise ProblemFileError(f"{where} has {len(value)} entries; write one per type, {length}")
    return [number(entry, f"{where}, entry {k + 1}") for k, entry in enumerate(value)]


def array(value: Any, where: str, axes: Sequence[tuple[str, int | None]]) -> RationalArray:
    """Return nested lists of exact numbers as a table.

    Parameters
    ----------
    value : nested lists
    where : str
    axes : sequence of (str, int or None)
        What each level has one entry for, and how many where that is known.

    Returns
    -------
    RationalArray, shape (one axis per entry of `axes`)

    Raises
    ------
    ProblemFileError
        If a level is not a list, has the wrong length, or an entry is not a number.
    """
    if len(axes) > MOST_LEVELS:
        raise ProblemFileError(f"{where} would need {len(axes)} levels of lists; at most {MOST_LEVELS} are possible, so use fewer agents")
    shape: list[int | None] = [length for _, length in axes]
    flat: list[Fraction] = []
    _collect(value, where, axes, 0, shape, flat)
    entries = np.empty(len(flat), dtype=object)
    entries[:] = flat
    return RationalArray.of(entries.reshape([length or 0 for length in shape]))


def _collect(value: Any, where: str, axes: Sequence[tuple[str, int | None]], level: int, shape: list[int | None], flat: list[Fraction]) -> None:
    if level == len(axes):
        flat.append(number(value, where))
        return
    unit = axes[level][0]
    if not isinstance(value, list) or not value:
        raise ProblemFileError(f"{where} is {shown(value)}; write a list with one entry per {unit}")
    if shape[level] is None:
        shape[level] = len(value)
    if len(value) != shape[level]:
        raise ProblemFileError(f"{where} has {len(value)} entries; write one per {unit}, {shape[level]}")
    for k, entry in enumerate(value):
        _collect(entry, f"{where}[{k + 1}]", axes, level + 1, shape, flat)


def about(error: MechoptError, where: str) -> ProblemFileError:
    """Return an error of another room with the key it is about in front."""
    return ProblemFileError(f"{where}: {error}")
