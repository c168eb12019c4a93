"""Virtual values on a finite set of types, and the second best as a fractional knapsack.

Values increase, truth must pay on average, and the lowest type's participation binds (the highest
for a seller). For an interim allocation that is monotone, the greatest expected payment of a buyer is
the expectation of allocation times virtual value: the payment of every type is set so that she is
indifferent to the next lower one, and no other payments can be higher. For a rule that is not
monotone the same expression is still an upper bound. So a problem whose requirements are only an
expected virtual budget can be solved as if rules were free, and the answer stands if the rule that
comes out is monotone in every agent's type.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

ZERO = Fraction(0)


def buyer_virtual_values(values: Sequence[Fraction], prior: Sequence[Fraction]) -> list[Fraction]:
    """v_k - (v_{k+1} - v_k) (1 - F_k) / f_k."""
    return [v - (values[k + 1] - v) * sum(prior[k + 1 :], ZERO) / prior[k] if k + 1 < len(values) else v for k, v in enumerate(values)]


def seller_virtual_values(values: Sequence[Fraction], prior: Sequence[Fraction]) -> list[Fraction]:
    """v_k + (v_k - v_{k-1}) F_{k-1} / f_k."""
    return [v + (v - values[k - 1]) * sum(prior[:k], ZERO) / prior[k] if k else v for k, v in enumerate(values)]


@dataclass(frozen=True)
class Cell:
    """One profile: what saying yes adds to the gains and to the virtual budget."""

    profile: tuple[int, ...]
    gain: Fraction
    budget: Fraction


def knapsack(cells: Sequence[Cell]) -> tuple[Fraction, dict[tuple[int, ...], Fraction]]:
    """Maximise the sum of gains with the sum of budgets at least zero, each cell taken in part or whole.

    Cells that cost nothing are taken; the others in the order of gain per unit of deficit. Cells of
    equal order are taken in equal parts.
    """
    taken = {c.profile: Fraction(int(c.budget >= 0 and c.gain >= 0)) for c in cells}
    money = sum((c.budget for c in cells if taken[c.profile]), ZERO)
    costly = [c for c in cells if c.gain > 0 and c.budget < 0]
    if any(c.budget > 0 > c.gain for c in cells):
        raise ValueError("a loss that brings in money: the greedy order does not apply")
    order = sorted(costly, key=lambda c: c.gain / -c.budget, reverse=True)
    for _, tied in itertools.groupby(order, key=lambda c: c.gain / -c.budget):
        group = list(tied)
        need = -sum((c.budget for c in group), ZERO)
        part = min(Fraction(1), money / need)
        money -= part * need
        for c in group:
            taken[c.profile] = part
    return sum((taken[c.profile] * c.gain for c in cells), ZERO), taken


def check_monotone(rule: dict[tuple[int, ...], Fraction], directions: Sequence[int], probability: Callable[[tuple[int, ...]], Fraction]) -> None:
    """Stop unless every agent's interim allocation moves in her direction (+1 up, -1 down)."""
    for i, direction in enumerate(directions):
        interim: dict[int, Fraction] = {}
        weight: dict[int, Fraction] = {}
        for profile, part in rule.items():
            a = profile[i]
            interim[a] = interim.get(a, ZERO) + probability(profile) * part
            weight[a] = weight.get(a, ZERO) + probability(profile)
        levels = [interim[a] / weight[a] for a in sorted(interim)]
        if any((after - before) * direction < 0 for before, after in itertools.pairwise(levels)):
            raise ValueError(f"agent {i}'s interim allocation is not monotone: {levels}")
