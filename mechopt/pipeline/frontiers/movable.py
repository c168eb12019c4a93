"""Right-hand sides as columns: one program for all problems between corners."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from mechopt.program.linear import Program
from mechopt.rational import integers

__all__ = ["with_moving_bounds"]


def with_moving_bounds(programs: Sequence[Program]) -> Program:
    r"""Return the program in which weights on the corners, nonnegative and summing to one, are the last columns.

    A row :math:`a x \ge \sum_k w_k b_k` becomes :math:`a x - \sum_k b_k w_k \ge 0`, and the objective gains :math:`\sum_k w_k c_k` where
    corners have different constants.

    Parameters
    ----------
    programs : sequence of Program
        Equal but for row bounds and constants.
    """
    first, n, m = programs[0], programs[0].n_columns, len(programs)
    scale, entries = np.ones(first.n_rows + 1, dtype=object), []
    lower, upper = (np.append(bound.astype(object), 1) for bound in (first.row_lower, first.row_upper))
    for row in _moving_rows(programs):
        natural = [_bound(program, row) for program in programs]
        wanted = [bound * int(first.row_denominators[row]) for bound in natural]
        scale[row] = math.lcm(*(bound.denominator for bound in wanted))
        entries += [(row, n + k, -int(bound * scale[row])) for k, bound in enumerate(wanted) if bound]
        lower[row] = upper[row] = 0
    entries += [(first.n_rows, n + k, 1) for k in range(m)]
    rows, columns, values = (np.array(part, dtype=object) for part in zip(*entries, strict=True))
    denominator = math.lcm(first.objective_denominator, *(program.constant.denominator for program in programs))
    costs = [int(program.constant * denominator) for program in programs]
    zero, yes, no = np.zeros(m, dtype=np.int64), np.ones(m, dtype=np.bool_), np.zeros(m, dtype=np.bool_)
    return replace(
        first,
        n_rows=first.n_rows + 1,
        n_columns=n + m,
        entry_rows=np.concatenate([first.entry_rows, rows.astype(np.int64)]),
        entry_columns=np.concatenate([first.entry_columns, columns.astype(np.int64)]),
        entry_values=integers(np.concatenate([first.entry_values.astype(object) * scale[first.entry_rows], values])),
        row_denominators=integers(np.append(first.row_denominators.astype(object), 1) * scale),
        row_lower=integers(lower * scale),
        row_upper=integers(upper * scale),
        row_has_lower=np.append(first.row_has_lower, True),
        row_has_upper=np.append(first.row_has_upper, True),
        column_lower=integers(np.concatenate([first.column_lower, zero])),
        column_upper=integers(np.concatenate([first.column_upper, zero])),
        column_has_lower=np.concatenate([first.column_has_lower, yes]),
        column_has_upper=np.concatenate([first.column_has_upper, no]),
        objective=integers([*(int(entry) * (denominator // first.objective_denominator) for entry in first.objective.tolist()), *costs]),
        objective_denominator=denominator,
        integer_columns=np.concatenate([first.integer_columns, no]),
        constant=Fraction(0),
    )


def _bound(program: Program, row: int) -> Fraction:
    bound = program.row_lower[row] if program.row_has_lower[row] else program.row_upper[row]
    return Fraction(int(bound), int(program.row_denominators[row]))


def _moving_rows(programs: Sequence[Program]) -> list[int]:
    """Return the rows whose bounds are not the same at all corners."""
    first = programs[0]
    moving = np.zeros(first.n_rows, dtype=np.bool_)
    for program in programs[1:]:
        for own, other in ((first.row_lower, program.row_lower), (first.row_upper, program.row_upper)):
            moving |= own.astype(object) * program.row_denominators != other.astype(object) * first.row_denominators
    return [int(row) for row in np.nonzero(moving)[0]]
