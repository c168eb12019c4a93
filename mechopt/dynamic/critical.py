r"""All discount factors at which the slack of condition (*) is zero.

Few profiles that move the same way under every action are a matter of algebra. Otherwise the slack is followed between proved bounds, times a
positive factor that keeps it bounded: an interval of discount factors is cut until in every part the slack has a sign, or rises or falls
throughout. A part where it rises or falls, between opposite signs, has one root. What cannot be told is said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from mechopt.dynamic.budget import Condition, condition, conditional_values
from mechopt.dynamic.enclosure import Enclosure
from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.expectations import representable
from mechopt.dynamic.isolation import isolate, sign_of
from mechopt.dynamic.pieces import Pieces
from mechopt.dynamic.pivot import pivot, rounded_pivot
from mechopt.dynamic.policy import MOST_EXACT_STATES, largest_flow
from mechopt.dynamic.polynomials import roots_by_algebra
from mechopt.dynamic.process import initial_distribution
from mechopt.dynamic.series import power_series
from mechopt.result import Number

__all__ = ["Critical", "critical_discounts", "signs_around", "slack_at", "slack_now"]

_MOST_POLYNOMIAL_STATES = 81
_MOST_SNAPPED_STATES = 100
_MOST_EXACT_TABLES = 5000
_NEAR = 1e-9
# How near a root is proved to be, as near as errors allow.
_DISTANCES = (1e-9, 1e-8, 1e-7, 1e-6, 1e-5)
_LARGEST_SNAP = 1000

_About = Callable[[float, float], Enclosure | None]


@dataclass(frozen=True)
class Critical:
    """Where in (0, 1) the slack of (*) is zero.

    Attributes
    ----------
    discounts : tuple of Number
        In increasing order; exact where rational and found to be.
    errors : tuple of float or None
        Of each: proved, how far it may be off; 0 where it is exact. None, in older files only: not proved.
    complete : bool
        Whether it is proved that there are no others.
    searched : bool
        Whether there was a search at all: where actions move types, in smaller state spaces only.
    undecided : tuple of (float, float)
        Intervals that may hold others; none if `complete`.
    """

    discounts: tuple[Number, ...]
    errors: tuple[float | None, ...]
    complete: bool
    searched: bool = True
    undecided: tuple[tuple[float, float], ...] = ()


def critical_discounts(environment: DynamicEnvironment) -> Critical:
    """Return all discount factors in (0, 1) at which the two sides of (*) are equal.

    Examples
    --------
    Types that are kept half the time: 1/(2 - 1/2).

    >>> from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
    >>> found = critical_discounts(repeated_trade([0, 1], [0, 1], lazily_redrawn("1/2", 2), 0))
    >>> [str(discount) for discount in found.discounts], found.complete
    (['2/3'], True)
    """
    if environment.action_independent and environment.n_states <= _MOST_POLYNOMIAL_STATES:
        roots = tuple(roots_by_algebra(environment))
        return Critical(roots, tuple(_NEAR if root.exact is None else 0.0 for root in roots), True)
    about = _bounds(environment)
    if about is None:
        return Critical((), (), False, searched=False)
    found = isolate(about, 0.0, 1.0, _sign_at_zero(environment, about))
    roots_and_errors = [_located(environment, about, low, high) for low, high in found.roots]
    return Critical(
        tuple(number for number, _ in roots_and_errors), tuple(error for _, error in roots_and_errors), not found.open, undecided=found.open
    )


def _bounds(environment: DynamicEnvironment) -> _About | None:
    """Return bounds on the slack as a function of two discount factors; None where there are none."""
    if not representable(environment):
        return None
    if environment.action_independent:
        return power_series(environment).about
    return Pieces(environment).about if environment.n_states <= MOST_EXACT_STATES else None


def _sign_at_zero(environment: DynamicEnvironment, about: _About) -> int | None:
    """Return the sign of the slack without a future; None: it may be zero, and there are too many profiles to tell."""
    piece = about(0.0, 0.0)
    sign = 0 if piece is None else sign_of(piece)
    if sign or environment.n_states > _MOST_EXACT_TABLES:
        return sign or None
    slack = slack_now(environment)
    return (slack > 0) - (slack < 0)


def _located(environment: DynamicEnvironment, about: _About, low: float, high: float) -> tuple[Number, float]:
    """Return the root between two discount factors, and how near: a simple fraction where the slack is exactly zero, else between proved signs."""
    from scipy.optimize import brentq

    def slack(discount: float) -> float:
        piece = about(discount, discount)
        return 0.0 if piece is None else piece.value()

    guess = float(brentq(slack, low, high, xtol=1e-14))
    if environment.n_states <= _MOST_SNAPPED_STATES:
        near = Fraction(guess).limit_denominator(_LARGEST_SNAP)
        if low < near < high and abs(float(near) - guess) < _NEAR and slack_at(environment, near) == 0:
            return Number.of(near), 0.0
    for distance in _DISTANCES:
        ends = [about(place, place) for place in (guess - distance, guess + distance) if low <= place <= high]
        if [sign_of(end) for end in ends if end is not None] in ([-1, 1], [1, -1]):
            return Number(guess), distance
    return Number(guess), max(guess - low, high - guess)


def slack_now(environment: DynamicEnvironment) -> Fraction:
    """Return the exact slack of (*) without a future, in money, whatever the discount factor of the environment.

    Examples
    --------
    >>> from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
    >>> str(slack_now(repeated_trade([0, 1], [0, 1], lazily_redrawn("1/2", 2), "2/3")))
    '-1/4'
    """
    start, total = initial_distribution(environment), largest_flow(environment)
    slack = (start * total).sum().item()
    for i in range(environment.n_agents):
        gain = total - largest_flow(environment, i)
        slack += min(entry for entry in conditional_values(environment, i, gain) if entry is not None) - (start * gain).sum().item()
    return slack


def signs_around(environment: DynamicEnvironment, discount: float, distance: float) -> tuple[int, int]:
    """Return the proved signs of the slack so far below and so far above a discount factor; 0 where it is zero, or not proved.

    Examples
    --------
    >>> from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
    >>> trade = repeated_trade([0, 1], [0, 1], lazily_redrawn("1/2", 2), 0)
    >>> signs_around(trade, 2 / 3, 1e-9), signs_around(trade, 0.66, 1e-9)
    ((-1, 1), (-1, -1))
    """
    low, high = Fraction(discount) - Fraction(distance), Fraction(discount) + Fraction(distance)
    if low < 0 or high >= 1:
        return 0, 0
    below, above = (_sign(_sides(environment, end)) for end in (low, high))
    return below, above


def _sides(environment: DynamicEnvironment, discount: Fraction) -> Condition:
    """Return both sides of (*) at another discount factor; the efficient policy is found anew."""
    ask = pivot if environment.n_states <= _MOST_SNAPPED_STATES else rounded_pivot
    return condition(ask(replace(environment, discount=discount)))


def _sign(sides: Condition) -> int:
    """Return the proved sign of a slack; 0 where it is zero, or not proved."""
    if sides.slack.exact is not None:
        return (sides.slack.exact > 0) - (sides.slack.exact < 0)
    return {True: 1, False: -1, None: 0}[sides.holds]


def slack_at(environment: DynamicEnvironment, discount: Fraction) -> Fraction:
    """Return the exact slack of (*) at another discount factor, in money; the efficient policy is found anew.

    Parameters
    ----------
    environment : DynamicEnvironment
        With at most a few hundred profiles.
    discount : Fraction
        In [0, 1).
    """
    slack = condition(pivot(replace(environment, discount=discount))).slack.exact
    assert slack is not None
    return slack
