"""Where a continuous function is zero: an interval is cut until every part has a proved sign, or a proved direction."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

__all__ = ["Isolated", "Piece", "isolate", "sign_of"]

# Parts shorter than this share of their distance to 1, or than the second, are left open; so is everything after so many parts.
_SHORTEST, _LAST = 1e-7, 1e-10
_MOST_PIECES = 1000
# Cutting is given up where it brought neither bounds on the value nor on the derivative closer by the first factor, and those at a single point
# are apart by the second share of them: they are rounding.
_CLOSER, _ROUNDING = 0.75, 0.5


class Piece(Protocol):
    """Proved bounds on a function and its derivative over an interval."""

    def value_range(self) -> tuple[float, float]:
        """Return bounds on the function."""
        ...

    def slope_range(self) -> tuple[float, float]:
        """Return bounds on its derivative, wherever it has one."""
        ...


@dataclass(frozen=True)
class Isolated:
    """Where a function may be zero in an open interval.

    Attributes
    ----------
    roots : tuple of (float, float)
        Intervals with a root each, between ends at which the function has opposite signs.
    open : tuple of (float, float)
        Where it is not proved that there are no others.
    """

    roots: tuple[tuple[float, float], ...]
    open: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class _Stretch:
    """An interval on which a function has a sign, or else a direction; or neither is known."""

    low: float
    high: float
    sign: int = 0
    direction: int = 0


def isolate(about: Callable[[float, float], Piece | None], low: float, high: float, at_low: int | None) -> Isolated:
    """Return where a continuous function is zero in an open interval.

    Parameters
    ----------
    about : callable from two floats to Piece or None
        Bounds between two points; None where the interval is too long to say anything. With twice the same point: at it.
    low, high : float
        In [0, 1].
    at_low : int or None
        The sign at the lower end, zero included; None: not known.

    Examples
    --------
    >>> class Line:
    ...     def __init__(self, low, high):
    ...         self.ends = low - 0.3, high - 0.3
    ...     def value_range(self):
    ...         return self.ends
    ...     def slope_range(self):
    ...         return 1.0, 1.0
    >>> isolate(Line, 0.0, 1.0, -1)
    Isolated(roots=((0.0, 1.0),), open=())
    """
    stretches = _joined(_cut(about, low, high))
    signs = [_at(about, low) if at_low is None else at_low]
    for before, after in pairwise(stretches):
        signs.append(before.sign or after.sign or _at(about, after.low))
    signs.append(stretches[-1].sign or _at(about, high))
    roots, unknown = [], []
    for k, stretch in enumerate(stretches):
        below, above = signs[k], signs[k + 1]
        if stretch.sign:
            continue
        if below * above < 0:
            roots.append((stretch.low, stretch.high))
        # From zero at the very end a function that rises or falls does not come back.
        settled = stretch.direction and (below * above or (k == 0 and at_low == 0 and above))
        if not settled:
            unknown.append((stretch.low, stretch.high))
    return Isolated(tuple(roots), tuple(_touching(unknown)))


def sign_of(piece: Piece) -> int:
    """Return the sign that is proved over an interval; 0: none."""
    low, high = piece.value_range()
    return 1 if low > 0 else -1 if high < 0 else 0


def _at(about: Callable[[float, float], Piece | None], point: float) -> int:
    piece = about(point, point)
    return 0 if piece is None else sign_of(piece)


def _cut(about: Callable[[float, float], Piece | None], low: float, high: float) -> Iterator[_Stretch]:
    """Yield parts in increasing order, each as long as its bounds allow."""
    waiting: list[tuple[float, float, Piece | None]] = [(low, high, None)]
    looked = 0
    while waiting:
        begin, end, before = waiting.pop()
        if looked == _MOST_PIECES:
            yield _Stretch(begin, high)
            return
        piece = about(begin, end)
        looked += piece is not None
        sign = 0 if piece is None else sign_of(piece)
        slopes = (-math.inf, math.inf) if piece is None or sign else piece.slope_range()
        direction = 1 if slopes[0] > 0 else -1 if slopes[1] < 0 else 0
        if sign or direction:
            yield _Stretch(begin, end, sign, direction)
        elif end - begin < max(_SHORTEST * (1 - begin), _LAST) or _only_rounding(about, (begin + end) / 2, piece, before):
            yield _Stretch(begin, end)
        else:
            middle = (begin + end) / 2
            waiting += [(middle, end, piece), (begin, middle, piece)]


def _only_rounding(about: Callable[[float, float], Piece | None], middle: float, piece: Piece | None, before: Piece | None) -> bool:
    """Return whether shorter parts would tell no more than a part does, since the one that it was cut from told no less."""
    if piece is None or before is None:
        return False
    if _width(piece.value_range()) < _CLOSER * _width(before.value_range()) or _width(piece.slope_range()) < _CLOSER * _width(before.slope_range()):
        return False
    point = about(middle, middle)
    if point is None:
        return False
    least, most = point.slope_range()
    return least <= 0 <= most and _width(point.value_range()) >= _ROUNDING * _width(piece.value_range())


def _width(bounds: tuple[float, float]) -> float:
    return bounds[1] - bounds[0]


def _joined(parts: Iterator[_Stretch]) -> list[_Stretch]:
    """Return neighbours of the same kind as one."""
    found: list[_Stretch] = []
    for part in parts:
        if found and (found[-1].sign, found[-1].direction) == (part.sign, part.direction):
            part = _Stretch(found.pop().low, part.high, part.sign, part.direction)
        found.append(part)
    return found


def _touching(intervals: list[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Yield intervals that touch as one."""
    begin: float | None = None
    for k, (low, high) in enumerate(intervals):
        begin = low if begin is None else begin
        if k + 1 == len(intervals) or intervals[k + 1][0] != high:
            yield begin, high
            begin = None
