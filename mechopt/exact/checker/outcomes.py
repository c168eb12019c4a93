"""What is chosen where every outcome has scores, and what is the most there: by going through profiles, one agent after the other, in no table."""

from __future__ import annotations

from collections.abc import Sequence
from operator import add

__all__ = ["choices", "largest_sum"]

Rows = Sequence[Sequence[int]]  # of an agent: by type and outcome


def choices(scores: Sequence[Rows], chances: Sequence[Sequence[int]]) -> list[list[list[int]]]:
    """Return, by agent, type and outcome, the chance that the outcome is the first of largest score, given the type.

    It is over the product of what the chances of the other agents are over. Types with the same scores are gone through once.
    """
    n_outcomes = len(scores[0][0])
    # The place of an outcome is the last digit of its score, so that none are equal, and the first wins.
    rows = [[tuple(s * n_outcomes - x * (i == 0) for x, s in enumerate(row)) for row in own] for i, own in enumerate(scores)]
    kinds = [dict.fromkeys(own, 0) for own in rows]
    for kind, own, f in zip(kinds, rows, chances):
        for row, chance in zip(own, f):
            kind[row] += chance
    *steps, last = [[(row, f, [0] * n_outcomes) for row, f in kind.items()] for kind in kinds]

    def walk(i: int, totals: Sequence[int], before: int) -> list[int]:
        """Return the chance of each outcome by the types of agent i and later ones; `before` is the chance of the earlier ones' types."""
        found = [0] * n_outcomes
        if i == len(steps):
            for row, f, own in last:
                x = -max(map(add, totals, row)) % n_outcomes
                own[x] += before
                found[x] += f
        else:
            for row, f, own in steps[i]:
                for x, chance in enumerate(walk(i + 1, [*map(add, totals, row)], before * f)):
                    own[x] += before * chance
                    found[x] += f * chance
        return found

    walk(0, [0] * n_outcomes, 1)
    by_row = [{row: own for row, _, own in step} for step in (*steps, last)]
    return [[found[row] for row in own] for found, own in zip(by_row, rows)]


def largest_sum(weights: Sequence[Rows], chances: Sequence[Sequence[int]], ranks: Sequence[Rows] | None) -> int:
    """Return the sum over profiles of the largest total weight of an outcome, each agent's multiplied by the chance of the others' types.

    With ranks it is the largest one among the outcomes of the largest total rank.
    """
    last = len(weights) - 1

    def walk(i: int, totals: Sequence[int], ranked: Sequence[int], before: int) -> int:
        found = 0
        for a, f in enumerate(chances[i]):
            sums = [total * f + w * before for total, w in zip(totals, weights[i][a])]
            order = [*map(add, ranked, ranks[i][a])] if ranks else ranked
            if i < last:
                found += walk(i + 1, sums, order, before * f)
            else:
                found += max(zip(order, sums))[1] if ranks else max(sums)
        return found

    nothing = [0] * len(weights[0][0])
    return walk(0, nothing, nothing, 1)
