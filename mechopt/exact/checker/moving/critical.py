"""Critical discount factors: the efficient policies are found anew, at the factor or around it."""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import Any

from ..reading import FalseClaimError, check_number, take
from .economy import ZERO, Economy, Vector, dot

__all__ = ["check_critical"]

MOST_SOLVED = 36  # profiles for which linear systems are solved
NEAR = Fraction(1, 10**9)


def _solved(economy: Economy, policy: list[int], flows: list[Vector], discount: Fraction) -> list[Vector]:
    """Return expected discounted sums of flows under a policy, by Gauss's method in integers: Bareiss, Math. Comp. 22 (1968), 565-578."""
    n = economy.n
    rows = []
    for s in range(n):
        row = [-discount * p for p in economy.following(s, policy[s])]
        row[s] += 1
        rows.append(_whole(row + [flow[s] for flow in flows]))
    last = 1  # what stands on the diagonal, up to here, and divides what comes next
    for k in range(n):
        pivot = next(r for r in range(k, n) if rows[r][0])
        rows[k], rows[pivot] = rows[pivot], rows[k]
        first, *top = rows[k]
        rows = [top if r == k else [(first * a - row[0] * b) // last for a, b in zip(row[1:], top)] for r, row in enumerate(rows)]
        last = first
    return [[Fraction(row[column], last) for row in rows] for column in range(len(flows))]


def _whole(row: Vector) -> list[int]:
    """Return a row times its common denominator."""
    unit = lcm(*(entry.denominator for entry in row))
    return [entry.numerator * (unit // entry.denominator) for entry in row]


def _optimum(economy: Economy, without: int | None, discount: Fraction) -> Vector:
    """Return W or W_-i at another discount factor by policy iteration."""
    allowed = [] if without is not None and len(economy.agents) == 1 else economy.available(without)
    if not allowed:
        return [ZERO] * economy.n
    flow = [[economy.flow(s, k, without) for s in range(economy.n)] for k in range(len(economy.actions))]
    if not any(flow[k][s] for k in allowed for s in range(economy.n)):
        return [ZERO] * economy.n
    policy = [max(allowed, key=lambda k: flow[k][s]) for s in range(economy.n)]
    while True:
        value = _solved(economy, policy, [[flow[policy[s]][s] for s in range(economy.n)]], discount)[0]
        later = {k: economy.expected(value, k) for k in (allowed if economy.moving else allowed[:1])}
        score = {k: [flow[k][s] + discount * later[k if economy.moving else allowed[0]][s] for s in range(economy.n)] for k in allowed}
        better = [max(allowed, key=lambda k: score[k][s]) for s in range(economy.n)]
        if all(score[better[s]][s] == value[s] for s in range(economy.n)):
            return value
        policy = better


def _slack(economy: Economy, discount: Fraction) -> Fraction:
    """Return the slack of the condition at another discount factor."""
    value = _optimum(economy, None, discount)
    total = dot(economy.start, value)
    for i in range(len(economy.agents)):
        marginal = [w - other for w, other in zip(value, _optimum(economy, i, discount))]
        total += min(entry for _, entry in economy.given(economy.start, i, marginal)) - dot(economy.start, marginal)
    return total


def check_critical(economy: Economy, stated: list[Any]) -> str:
    """Check that both sides meet at each stated discount factor; that there are no others is not checked."""
    where = "dynamic.critical_discounts"
    if economy.n > MOST_SOLVED:
        return f"{where}: not checked, as {economy.n} profiles make systems that are too large for this"
    for entry in stated:
        double, point = take(entry, where, float=float, exact=(Fraction, None))
        if point is not None:
            check_number(entry, point, where)
            met = 0 < point < 1 and _slack(economy, point) == 0
        else:
            met = NEAR < double < 1 - NEAR and _slack(economy, Fraction(double) - NEAR) * _slack(economy, Fraction(double) + NEAR) <= 0
        if not met:
            raise FalseClaimError(f"{where}: both sides of the condition do not meet at {double}")
    return f"{where}: both sides meet at each of the {len(stated)} stated"
