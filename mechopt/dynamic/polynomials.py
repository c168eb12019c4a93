r"""Critical discount factors by algebra, where types move the same way under every action and there are few profiles.

Every conditional expectation in (*) is then a rational function of the discount factor with the denominator
:math:`\det(I - \delta P) > 0`, so that

.. math:: \det(I - \delta P) \cdot \mathrm{slack}(\delta) = \sum_i \min_a N_{i,a}(\delta) - N_0(\delta)

with polynomials N. Their real roots are isolated: none is missed, and those that are rational are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, pairwise

import numpy as np
from flint import arb, ctx, fmpq, fmpq_mat, fmpq_poly

from mechopt.dynamic.budget import conditional_values
from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.policy import largest_flow
from mechopt.dynamic.process import from_flint, initial_distribution, policy_matrix, to_flint
from mechopt.rational import RationalArray, stack
from mechopt.result import Number

__all__ = ["roots_by_algebra"]

_BITS = 256


def roots_by_algebra(environment: DynamicEnvironment) -> list[Number]:
    """Return all discount factors in (0, 1) at which the slack of (*) is zero, in increasing order; rational ones are exact.

    Examples
    --------
    >>> from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
    >>> [str(root) for root in roots_by_algebra(repeated_trade([0, 1], [0, 1], lazily_redrawn("1/2", 2), 0))]
    ['2/3']
    """
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
    total = largest_flow(environment)
    gains = [total - largest_flow(environment, i) for i in range(environment.n_agents)]
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
