r"""All discount factors at which the slack of condition (*) is zero.

Where types move the same way under every action, every conditional expectation in (*) is a rational function of the discount factor with
the denominator :math:`\det(I - \delta P) > 0`, so that

.. math:: \det(I - \delta P) \cdot \mathrm{slack}(\delta) = \sum_i \min_a N_{i,a}(\delta) - N_0(\delta)

with polynomials N. Their real roots are isolated: none is missed, and those that are rational are exact. Elsewhere the slack is followed
in doubles over a grid, and what is found is a guess, around which the slack is proved to change its sign: the slack is continuous, so that
it is zero in between. Where it turns towards zero and back between points, the turn is looked at too. What the grid
passes over nevertheless is not found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import combinations, pairwise

import numpy as np
from flint import arb, ctx, fmpq, fmpq_mat, fmpq_poly

from mechopt.dynamic.budget import Condition, condition, conditional_values
from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.pivot import pivot, rounded_pivot
from mechopt.dynamic.policy import flows
from mechopt.dynamic.process import from_flint, initial_distribution, policy_matrix, to_flint
from mechopt.dynamic.spectral import slack_function
from mechopt.rational import RationalArray, stack
from mechopt.result import Number

__all__ = ["Critical", "critical_discounts", "signs_around", "slack_at"]

_MOST_POLYNOMIAL_STATES = 81
_MOST_SCANNED_STATES = 100
_MOST_ROUNDED_STATES = 5000
_SCAN = 24
_NEAR = 1e-9
# How near a root is proved to be, as near as errors allow.
_DISTANCES = (1e-9, 1e-8, 1e-7, 1e-6, 1e-5)
_BITS = 256
_LARGEST_SNAP = 1000


@dataclass(frozen=True)
class Critical:
    """Where in (0, 1) the slack of (*) is zero.

    Attributes
    ----------
    discounts : tuple of Number
        In increasing order; exact where rational and found by algebra.
    errors : tuple of float or None
        Of each: proved, how far it may be off; 0 where it is exact. None: the slack is too small to tell whether it changes its sign there.
    complete : bool
        Whether it is proved that there are no others. A grid misses pairs of roots that lie closer together than its points.
    searched : bool
        Whether there was a search at all: where types move jointly, or differently under different actions, in smaller state spaces only.
    """

    discounts: tuple[Number, ...]
    errors: tuple[float | None, ...]
    complete: bool
    searched: bool = True


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
        roots = tuple(_by_algebra(environment))
        return Critical(roots, tuple(_NEAR if root.exact is None else 0.0 for root in roots), True)
    slack, points = _followed(environment)
    if slack is None:
        return Critical((), (), False, searched=False)
    found = [_proved(environment, guess) for guess in _by_scan(slack, points)]
    return Critical(tuple(number for number, _ in found), tuple(error for _, error in found), False)


def _followed(environment: DynamicEnvironment) -> tuple[Callable[[float], float] | None, int]:
    """Return the slack in doubles as a function of the discount factor, and at how many of them to look; None where it takes too long."""
    fast = slack_function(environment) if environment.action_independent and environment.transition is None else None
    if fast is not None:
        return fast, 4 * _SCAN
    if environment.n_states <= _MOST_SCANNED_STATES:
        exact = partial(slack_at, environment)
        return lambda discount: float(exact(Fraction(discount))), _SCAN
    if environment.n_states <= _MOST_ROUNDED_STATES:
        return lambda discount: _sides(environment, Fraction(discount)).slack.float, _SCAN
    return None, 0


def _sides(environment: DynamicEnvironment, discount: Fraction) -> Condition:
    """Return both sides of (*) at another discount factor; the efficient policy is found anew."""
    ask = pivot if environment.n_states <= _MOST_SCANNED_STATES else rounded_pivot
    return condition(ask(replace(environment, discount=discount)))


def _proved(environment: DynamicEnvironment, guess: Number) -> tuple[Number, float | None]:
    """Return a root near a guess, and how near: a simple fraction where the slack is exactly zero, else between proved signs."""
    if environment.n_states <= _MOST_SCANNED_STATES:
        near = Fraction(guess.float).limit_denominator(_LARGEST_SNAP)
        if abs(float(near) - guess.float) < _NEAR and slack_at(environment, near) == 0:
            return Number.of(near), 0.0
    for distance in _DISTANCES:
        below, above = signs_around(environment, guess.float, distance)
        if below * above < 0:
            return guess, distance
    return guess, None


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


def _by_algebra(environment: DynamicEnvironment) -> list[Number]:
    fees, left = _numerators(environment)
    with ctx.workprec(_BITS):
        cuts = _distinct([root for own in fees for one, other in combinations(own, 2) for root in _roots(one - other)])
        ends = [arb(0), *cuts, arb(1)]
        found = []
        for low, high in pairwise(ends):
            test = fmpq(*_between(low, high).as_integer_ratio())
            slack = sum((min(own, key=lambda poly: poly(test)) for own in fees), fmpq_poly([0])) - left
            # On a stretch where both sides agree its ends are what is critical.
            inside = _roots(slack) if not slack.is_zero() else [end for end in (low, high) if 0 < end < 1]
            found += [root for root in inside if not (root < low or root > high)]
        return [_number(root, fees, left) for root in _distinct(found)]


def _numerators(environment: DynamicEnvironment) -> tuple[list[list[fmpq_poly]], fmpq_poly]:
    """Return the numerators N of every worst-type candidate, by agent, and of the left side, without common factors."""
    matrix = to_flint(policy_matrix(environment, np.zeros(environment.n_states, dtype=np.int64)))
    denominator = fmpq_poly(matrix.charpoly().coeffs()[::-1])
    total = flows(environment).max(axis=1)
    gains = [total - _flow_without(environment, i) for i in range(environment.n_agents)]
    start = initial_distribution(environment)
    rows = [(i, _functionals(environment, i)) for i in range(environment.n_agents)]
    table = stack([*gains, total]).moveaxis(0, 1)
    functionals = stack([start, *(row for _, own in rows for row in own)])
    moments = _moments(matrix, to_flint(functionals), to_flint(table))
    n = environment.n_agents
    series = [[_numerator(moments, denominator, row, column) for column in range(n + 1)] for row in range(functionals.shape[0])]
    left = sum(series[0][:n], fmpq_poly([0])) - series[0][n]
    fees, position = [], 1
    for i, own in rows:
        fees.append(_without_repetition([series[position + k][i] for k in range(len(own))]))
        position += len(own)
    common = left.gcd(denominator)
    for poly in (poly for own in fees for poly in own):
        common = common.gcd(poly)
    # It divides the denominator, so it has one sign on (0, 1), which must not turn the smallest into the largest.
    common = common if common(fmpq(1, 2)) > 0 else -common
    return [[poly // common for poly in own] for own in fees], left // common


def _flow_without(environment: DynamicEnvironment, i: int) -> RationalArray:
    if environment.n_agents == 1:
        return RationalArray.full(environment.n_states, 0)
    return flows(environment, i)[:, environment.available_without(i)].max(axis=1)


def _functionals(environment: DynamicEnvironment, i: int) -> list[RationalArray]:
    """Return, for every type of agent `i` that occurs in period 0, the conditional distribution over profiles."""
    identity = RationalArray(np.eye(environment.n_states, dtype=np.int64))
    given = [conditional_values(environment, i, identity[state]) for state in range(environment.n_states)]
    kinds = [a for a, chance in enumerate(environment.agents[i].initial) if chance > 0]
    return [RationalArray.from_fractions([row[a] or Fraction(0) for row in given]) for a in kinds]


def _moments(matrix: fmpq_mat, functionals: fmpq_mat, table: fmpq_mat) -> list[RationalArray]:
    r"""Return :math:`y P^k g` for every functional y, flow g, and power k below the number of profiles."""
    found = []
    for _ in range(matrix.nrows()):
        found.append(from_flint(functionals * table))
        table = matrix * table
    return found


def _numerator(moments: list[RationalArray], denominator: fmpq_poly, row: int, column: int) -> fmpq_poly:
    """Return the polynomial that the power series times the denominator is: its degree is below the number of profiles."""
    series = fmpq_poly([fmpq(int(moment.numerators[row, column]), moment.denominator) for moment in moments])
    return denominator.mul_low(series, len(moments))


def _without_repetition(polys: Sequence[fmpq_poly]) -> list[fmpq_poly]:
    kept: list[fmpq_poly] = []
    for poly in polys:
        if poly not in kept:
            kept.append(poly)
    return kept


def _roots(poly: fmpq_poly) -> list[arb]:
    """Return the real roots in (0, 1) as enclosures; rational ones as points."""
    if poly.is_zero() or poly.degree() < 1:
        return []
    found = [arb(root) for root, _ in poly.roots()]
    real = [root.real for root, _ in poly.complex_roots() if root.imag == 0]
    irrational = [root for root in real if not any(root.overlaps(known) for known in found)]
    return [root for root in [*found, *irrational] if 0 < root < 1]


def _distinct(roots: Sequence[arb]) -> list[arb]:
    """Return roots in increasing order, each once; points are kept in place of enclosures around them."""
    kept: list[arb] = []
    for root in sorted(roots, key=lambda entry: (float(entry), float(entry.rad()))):
        if not kept or not root.overlaps(kept[-1]):
            kept.append(root)
    return kept


def _between(low: arb, high: arb) -> Fraction:
    return (_fraction(low) + _fraction(high)) / 2


def _fraction(point: arb) -> Fraction:
    mantissa, exponent = point.mid().man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def _number(root: arb, fees: list[list[fmpq_poly]], left: fmpq_poly) -> Number:
    """Return a root as an exact number if it is rational."""
    guess = _fraction(root).limit_denominator(10**12)
    exact = fmpq(guess.numerator, guess.denominator)
    if root.overlaps(arb(exact)) and sum((min(poly(exact) for poly in own) for own in fees), fmpq(0)) == left(exact):
        return Number.of(guess)
    return Number(float(root))


def _by_scan(slack: Callable[[float], float], points: int) -> list[Number]:
    """Return where a continuous slack changes its sign, or is zero, on a grid that is finer towards 1 and where the slack comes near zero."""
    from scipy.optimize import brentq

    spread = np.concatenate([np.linspace(1 / points, 1 - 1 / points, points - 1), 1 - np.logspace(-2, -5, 7) / points * 50])
    first = np.unique(spread[spread < 1]).tolist()
    grid, values = _with_dips(slack, first, [slack(discount) for discount in first])
    found: list[Number] = [Number(discount) for discount, value in zip(grid, values, strict=True) if value == 0]
    for (low, below), (high, above) in pairwise(zip(grid, values, strict=True)):
        if below * above < 0:
            found.append(Number(float(brentq(slack, low, high, xtol=1e-13))))
    return sorted(found, key=lambda number: number.float)


def _with_dips(slack: Callable[[float], float], grid: list[float], values: list[float]) -> tuple[list[float], list[float]]:
    """Return grid and values with the points in between at which a slack that turns towards zero and back is nearest to it, or beyond.

    Examples
    --------
    Two roots between neighbouring points.

    >>> _with_dips(lambda x: (x - 0.49) * (x - 0.51), [0.2, 0.45, 0.55, 0.8], [0.0899, 0.0024, 0.0024, 0.0899])[0]
    [0.2, 0.45, 0.5, 0.55, 0.8]
    """
    from scipy.optimize import minimize_scalar

    found = dict(zip(grid, values, strict=True))
    for k in range(1, len(grid) - 1):
        sign = 1 if values[k] > 0 else -1
        heights = [sign * value for value in values[k - 1 : k + 2]]
        if min(heights) > 0 and heights[1] == min(heights):
            between, toward = (grid[k - 1], grid[k + 1]), partial(_toward_zero, slack, sign)
            turn = minimize_scalar(toward, bounds=between, method="bounded", options={"xatol": 1e-6})
            found[round(float(turn.x), 9)] = sign * float(turn.fun)
    return sorted(found), [found[discount] for discount in sorted(found)]


def _toward_zero(slack: Callable[[float], float], sign: int, discount: float) -> float:
    return sign * slack(float(discount))
