r"""One parameter: where a concave piecewise linear function is zero, and all its breakpoints, exactly.

A tangent at a point where the function is negative cuts off that point and everything beyond its root. The root is tried next. The function
has finitely many pieces, so this Newton iteration ends, at the exact critical value, with prices that exclude everything beyond.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, Protocol, TypeVar

from mechopt.pipeline.frontiers.family import Family, Tangent, Touching, Weights

__all__ = ["Breakpoint", "Curve", "Interval", "breakpoints", "possible_interval"]

ZERO, ONE = Fraction(0), Fraction(1)
Known = TypeVar("Known", bound=Touching, covariant=True)


class Curve(Protocol[Known]):
    """A concave piecewise linear function between two corners, of which exact tangents are known."""

    def tangent(self, weights: Weights) -> Known:
        """Return value and prices at a point."""
        ...


@dataclass(frozen=True, eq=False)
class Interval:
    """Where along a line the value is zero or more.

    Attributes
    ----------
    low, high : Fraction or None
        From 0 (the start of the line) to 1; None: nowhere.
    below, above : Tangent or None
        Its prices prove a negative value everywhere below `low`, above `high`; None where the line ends there. Where the interval is empty
        the two together exclude all of the line.
    n_programs : int
        How many programs were solved.
    """

    low: Fraction | None
    high: Fraction | None
    below: Tangent | None
    above: Tangent | None
    n_programs: int


@dataclass(frozen=True, eq=False)
class Breakpoint(Generic[Known]):
    """A point of the curve, with the tangent there."""

    position: Fraction
    value: Fraction
    tangent: Known


def on_line(curve: Curve[Known], position: Fraction) -> Known:
    """Return value and prices at a position between two corners."""
    return curve.tangent((1 - position, position))


def _slope(tangent: Touching) -> Fraction:
    return tangent.at_corners[1] - tangent.at_corners[0]


def possible_interval(family: Family) -> Interval:
    """Return where along the line between two corners the value is zero or more, by Newton's method from both ends."""
    ends = {ZERO: on_line(family, ZERO), ONE: on_line(family, ONE)}
    low, below, rising = _boundary(family, ends[ZERO], 1)
    if low is None:
        return Interval(None, None, below, rising[-1], 1 + len(rising))
    high, above, falling = _boundary(family, ends[ONE], -1)
    return Interval(low, high, below, above, len(rising) + len(falling))


def _boundary(family: Family, start: Tangent, direction: int) -> tuple[Fraction | None, Tangent | None, list[Tangent]]:
    """Return the first position from an end at which the value is zero or more, the tangent that excludes all before, and all tangents."""
    tried, excluding = [start], None
    while tried[-1].value < 0:
        excluding = tried[-1]
        slope = _slope(excluding)
        if slope * direction <= 0:
            return None, tried[-2] if len(tried) > 1 else excluding, tried
        root = -excluding.at_corners[0] / slope
        if not 0 <= root <= 1:
            return None, excluding, tried
        tried.append(on_line(family, root))
    if excluding is None:
        return start.weights[1], None, tried
    # At the boundary the last tangent that excluded something is zero, and beyond it negative.
    return tried[-1].weights[1], excluding, tried


def breakpoints(curve: Curve[Known]) -> list[Breakpoint[Known]]:
    """Return the ends of the line and all points between at which the slope changes, in order.

    Two tangents meet above the curve or on it. Where they meet on it there is a breakpoint and nothing else between; where they meet above,
    the point below is tried next.
    """
    known = {position: on_line(curve, position) for position in (ZERO, ONE)}
    open_ = [(ZERO, ONE)]
    while open_:
        left, right = open_.pop()
        middle = _meeting(known[left], known[right])
        if middle is None or middle in known or not left < middle < right:
            continue
        known[middle] = on_line(curve, middle)
        if known[middle].value < known[left].bound((1 - middle, middle)):
            open_ += [(left, middle), (middle, right)]
    points = [Breakpoint(position, known[position].value, known[position]) for position in sorted(known)]
    return [point for k, point in enumerate(points) if k in (0, len(points) - 1) or _bends(*points[k - 1 : k + 2])]


def _meeting(left: Touching, right: Touching) -> Fraction | None:
    difference = _slope(left) - _slope(right)
    return (right.at_corners[0] - left.at_corners[0]) / difference if difference else None


def _bends(before: Breakpoint[Known], here: Breakpoint[Known], after: Breakpoint[Known]) -> bool:
    into = (here.value - before.value) * (after.position - here.position)
    return into != (after.value - here.value) * (here.position - before.position)
