"""The optimum of a tiny linear program by trying every corner, in fractions. No line here comes from mechopt."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations

Vector = list[Fraction]
Limit = tuple[Vector, Fraction]  # coefficients · x <= bound


def maximum(objective: Vector, limits: Sequence[Limit]) -> Fraction | None:
    """Return the largest value at a corner of the limits, None if there is no corner. It is the optimum of a bounded program."""
    best = None
    for chosen in combinations(limits, len(objective)):
        point = _solution([list(row) for row, _ in chosen], [bound for _, bound in chosen])
        if point is not None and all(_dot(row, point) <= bound for row, bound in limits):
            value = _dot(objective, point)
            best = value if best is None else max(best, value)
    return best


def _dot(left: Vector, right: Vector) -> Fraction:
    return sum((p * q for p, q in zip(left, right, strict=True)), Fraction(0))


def _solution(matrix: list[Vector], right: Vector) -> Vector | None:
    """Return the solution of a square system by Gauss and Jordan, None if it is singular."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for k in range(len(rows)):
        pivot = next((r for r in range(k, len(rows)) if rows[r][k] != 0), None)
        if pivot is None:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [entry / rows[k][k] for entry in rows[k]]
        for r in range(len(rows)):
            if r != k and rows[r][k] != 0:
                rows[r] = [entry - rows[r][k] * own for entry, own in zip(rows[r], rows[k], strict=True)]
    return [row[-1] for row in rows]
