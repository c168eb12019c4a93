"""What is varied: a key of the problem file and its values, spaced exactly."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from mechopt.errors import MechoptError, NotRationalError
from mechopt.files.document import parse_value
from mechopt.files.settings import INTEGER_KEYS, key_path
from mechopt.rational import Number, rational, to_text

__all__ = ["Axis", "axes_of", "grid_of", "parse_axis"]

MOST_POINTS = 10**7
_RANGE = re.compile(r"([^:,]+):([^:,]+):([^:,]+)")


@dataclass(frozen=True)
class Axis:
    """One key and the values it takes.

    Attributes
    ----------
    key : str
        As for ``--set``: a path with dots, agents by name.
    values : tuple of str
        What would be written behind ``KEY=``; numbers in canonical form.
    """

    key: str
    values: tuple[str, ...]

    @property
    def numeric(self) -> bool:
        """Whether all values are numbers."""
        return all(_number(value) is not None for value in self.values)


def parse_axis(text: str) -> Axis:
    """Return the axis of ``KEY=START:STOP:COUNT`` or ``KEY=a,b,c``.

    Raises
    ------
    MechoptError
        If it is neither, a value stands twice, or the key needs integers and the spacing gives others.

    Examples
    --------
    >>> parse_axis("agents.seller.share=0:1:4").values
    ('0', '1/3', '2/3', '1')
    >>> parse_axis("design.budget=balanced,none").values
    ('balanced', 'none')
    """
    key, equals, values = text.partition("=")
    if not equals or not key_path(key):
        raise MechoptError(f"vary {text!r}: write KEY=START:STOP:COUNT or KEY=a,b,c, such as agents.seller.share=0:1:11")
    return axes_of({key.strip(): values.strip()})[0]


def axes_of(vary: Mapping[str, str | Sequence[Number]]) -> tuple[Axis, ...]:
    """Return the axes of a mapping from key to ``"START:STOP:COUNT"``, ``"a,b,c"`` or a sequence of values.

    Raises
    ------
    MechoptError
        If there is no key, or a key or its values are not what they should be.
    """
    if not vary:
        raise MechoptError("vary: nothing is varied; name at least one KEY=START:STOP:COUNT")
    axes = tuple(_axis(key, _values(given, key)) for key, given in vary.items())
    n_points = math.prod(len(axis.values) for axis in axes)
    if n_points > MOST_POINTS:
        raise MechoptError(f"vary: the grid has {n_points:,} points; at most {MOST_POINTS:,} are possible")
    return axes


def _values(given: str | Sequence[Number], key: str) -> list[str]:
    if not isinstance(given, str):
        return [value if isinstance(value, str) else to_text(rational(value, key)) for value in given]
    match = _RANGE.fullmatch(given)
    if match is not None:
        return _spaced(key, *match.groups())
    if ":" in given and not given.startswith(("[", "{")):
        raise MechoptError(f"vary {key}={given}: write START:STOP:COUNT, such as 0:1:11, or a list such as a,b,c")
    if given.startswith("["):
        listed = parse_value(given)
        if not isinstance(listed, list):
            raise MechoptError(f"vary {key}={given}: this is not a list; write [a, b, c], with fractions in quotes, or a,b,c")
        return [str(value) for value in listed]
    return [value.strip() for value in given.split(",")]


def _spaced(key: str, start: str, stop: str, count: str) -> list[str]:
    first, last = (rational(end.strip(), f"vary {key}: {name}") for end, name in ((start, "START"), (stop, "STOP")))
    if not count.strip().isdecimal() or not 2 <= int(count) <= MOST_POINTS:
        raise MechoptError(f"vary {key}={start}:{stop}:{count}: COUNT is {count.strip()!r}; write an integer from 2 on")
    step = (last - first) / (int(count) - 1)
    return [to_text(first + k * step) for k in range(int(count))]


def _axis(key: str, values: list[str]) -> Axis:
    if not key_path(key):
        raise MechoptError(f"vary {key!r}: this is not a key; write a path with dots, such as agents.seller.share")
    canonical = [value if (number := _number(value)) is None else to_text(number) for value in values]
    if not canonical or "" in canonical:
        raise MechoptError(f"vary {key}: a value is missing; write KEY=START:STOP:COUNT or KEY=a,b,c")
    seen: set[str] = set()
    for value in canonical:
        if value in seen:
            raise MechoptError(f"vary {key}: the value {value} stands twice; values must differ")
        seen.add(value)
    if key_path(key)[-1] in INTEGER_KEYS:
        _check_integers(key, canonical)
    return Axis(key, tuple(canonical))


def _check_integers(key: str, values: list[str]) -> None:
    for value in values:
        if not value.lstrip("-").isdecimal():
            raise MechoptError(f"vary {key}: {key_path(key)[-1]} needs integers, and {value} is none; choose START, STOP and COUNT so that all are")


def _number(text: str) -> Fraction | None:
    try:
        return rational(text)
    except NotRationalError:
        return None


def grid_of(axes: Sequence[Axis]) -> Iterator[tuple[str, ...]]:
    """Yield the points of the grid, the last axis fastest.

    Examples
    --------
    >>> list(grid_of([Axis("a", ("0", "1")), Axis("b", ("x", "y"))]))
    [('0', 'x'), ('0', 'y'), ('1', 'x'), ('1', 'y')]
    """
    return product(*(axis.values for axis in axes))
