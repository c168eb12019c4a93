"""Programs made to defeat floats: coefficients of all sizes, rows that miss each other by 10^-12, nearly parallel rows and costs."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import numpy as np

from mechopt.program.linear import Program
from mechopt.rational import integers

__all__ = ["adversarial"]

_SLACKS = (Fraction(0), Fraction(0), Fraction(1, 10**12), Fraction(3, 10**13), Fraction(1))


def adversarial(number: int) -> Program:
    """Return the program of that number: the same every time. It has a point by construction, and all its columns are bounded."""
    chance = random.Random(number)
    n_columns, n_rows = chance.randint(3, 30), chance.randint(3, 30)
    density = chance.choice((0.2, 0.5, 1.0))
    rows = [[_coefficient(chance) if chance.random() < density else Fraction(0) for _ in range(n_columns)] for _ in range(n_rows)]
    for i in range(1, n_rows):
        if chance.random() < 0.3:
            rows[i] = [value + Fraction(chance.randint(-1, 1), 10**12) * (value != 0) for value in rows[i - 1]]
    point = [Fraction(chance.randint(0, 10**6), 10**6) for _ in range(n_columns)]
    equations = [chance.random() < 0.1 for _ in rows]
    slacks = [Fraction(0) if equation else chance.choice(_SLACKS) for equation in equations]
    upper = [sum((a * x for a, x in zip(row, point, strict=True)), slack) for row, slack in zip(rows, slacks, strict=True)]
    costs = [sum((row[j] * chance.randint(0, 2) for row in rows), Fraction(chance.randint(-1, 1), 10**9)) for j in range(n_columns)]
    return _program(rows, upper, costs, equations)


def _coefficient(chance: random.Random) -> Fraction:
    return Fraction(chance.randint(-9999, 9999) or 1, 10**4) * Fraction(10) ** chance.randint(-5, 3)


def _program(rows: list[list[Fraction]], upper: list[Fraction], costs: list[Fraction], equations: list[bool]) -> Program:
    n_rows, n_columns = len(rows), len(costs)
    scales = [math.lcm(bound.denominator, *(value.denominator for value in row)) for row, bound in zip(rows, upper, strict=True)]
    entries = [(i, j, int(value * scales[i])) for i, row in enumerate(rows) for j, value in enumerate(row) if value]
    common = math.lcm(*(cost.denominator for cost in costs))
    bounds, yes = _integers([int(bound * scale) for bound, scale in zip(upper, scales, strict=True)]), np.ones(n_columns, dtype=np.bool_)
    return Program(
        n_rows,
        n_columns,
        np.array([i for i, _, _ in entries], dtype=np.int64),
        np.array([j for _, j, _ in entries], dtype=np.int64),
        _integers([value for _, _, value in entries]),
        _integers(scales),
        bounds,
        bounds,
        np.array(equations),
        np.ones(n_rows, dtype=np.bool_),
        np.zeros(n_columns, dtype=np.int64),
        np.ones(n_columns, dtype=np.int64),
        yes,
        yes,
        _integers([int(cost * common) for cost in costs]),
        common,
        ~yes,
    )


def _integers(values: list[int]) -> np.ndarray:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return integers(array)
