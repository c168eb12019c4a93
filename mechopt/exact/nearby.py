r"""An exact solution of equations and inequalities near a float one: for programs without an exact vertex, of any size.

A float point is rounded, and what the equations then lack is put right by the columns that are away from their bounds. Rows that are
nearly at a bound are first made equations too: that is the face the point was meant to be on, and usually nothing else has to be done. Where
they cannot all be, the point is mixed with one that has slack in every inequality that can have any [1]_. The mixture is as small as the
violation, so little is lost; every step is exact, and so is the answer.

References
----------
.. [1] D. E. Steffy, K. Wolter, "Valid linear programming bounds for exact mixed-integer programming", INFORMS J. Comput. 25 (2013),
   271-284. https://doi.org/10.1287/ijoc.1120.0501
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mechopt.exact.elimination import Elimination
from mechopt.exact.matrix import IntegerMatrix
from mechopt.program.linear import Program, quotient
from mechopt.rational import IntegerArray, RationalArray, integers

__all__ = ["LEVELS", "dual_program", "exact_near", "face_near", "row_sizes"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Optimise = Callable[[Program], Floats | None]
"""Maximises a program in floats; None if there is no optimum."""

LEVELS = (42, 32, 22)
"""Binary digits that solvers may have got right: those of the simplex method first, those of interior-point methods last."""

# Binary digits that are kept of a float; of the share that the point with slack has in a mixture; and those of the least slack.
_DIGITS, _SHARE, _SLACK = 60, 100, 20


def face_near(program: Program, point: Floats, units: Floats, digits: int) -> RationalArray | None:
    """Return an exact point within all bounds near a float one that keeps the bounds which that nearly meets; None if there is none.

    Parameters
    ----------
    program : Program
    point, units : float arrays, length n_columns
        A column is at a bound if it is nearer than 2^-digits units; a row if it is nearer than 2^-digits of what a unit of its columns makes.
    digits : int
        As many as the solver got right.

    Returns
    -------
    RationalArray, length n_columns, or None
    """
    system = _System(program, units)
    start = system.rounded(point, digits)
    return system.admitted(system.settled(start, system.equations | system.tight(start, digits)))


def exact_near(program: Program, point: Floats, units: Floats, optimise: Optimise) -> RationalArray | None:
    """Return an exact point within all bounds of a program near a float one, or None where none is found.

    Parameters
    ----------
    program : Program
    point, units : float arrays, length n_columns
        See `face_near`.
    optimise : Optimise
        Finds points with slack.

    Returns
    -------
    RationalArray, length n_columns, or None

    Examples
    --------
    A third of one is to be had twice; the two are not more than one.

    >>> one, yes, no = np.ones(2, dtype=np.int64), np.array([True, True]), np.array([False, False])
    >>> places = np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([1, 1, 3])
    >>> program = Program(2, 2, *places, one, one, one, np.array([False, True]), yes, 0 * one, one, yes, no, one, 1, no)
    >>> exact_near(program, np.array([1 / 3, 2 / 3]), np.ones(2), lambda program: None).fractions()
    [Fraction(1, 3), Fraction(2, 3)]
    """
    for digits in LEVELS:
        found = face_near(program, point, units, digits)
        if found is not None:
            return found
    system = _System(program, units)
    start = system.rounded(point, LEVELS[0])
    found = system.admitted(system.settled(start, system.equations))
    return system.mixed(start, optimise) if found is None else found


def row_sizes(program: Program, units: Floats) -> Floats:
    """Return what a unit of its columns may change in each natural row, a float array of length n_rows."""
    found = np.zeros(program.n_rows)
    np.maximum.at(found, program.entry_rows, np.abs(program.float_entries()) * units[program.entry_columns])
    return found


class _System:
    """The rows and bounds of a program, in integers."""

    def __init__(self, program: Program, units: Floats) -> None:
        self.program, self.units = program, units
        self.matrix = IntegerMatrix((program.n_rows, program.n_columns), program.entry_rows, program.entry_columns, program.entry_values)
        self.digits = _DIGITS - min(int(np.frexp(self.units.min(initial=1.0))[1]), 0)
        self.equations = program.row_has_lower & program.row_has_upper & (program.row_lower == program.row_upper)

    def rounded(self, point: Floats, digits: int) -> RationalArray:
        """Return a float point as an exact one within the bounds of columns; what is nearly at one is there."""
        program = self.program
        values, close = _read(point, self.digits), _read(self.units, self.digits - digits)
        lower, upper = (bound.astype(object) << self.digits for bound in (program.column_lower, program.column_upper))
        values = np.where(program.column_has_lower & (values < lower + close), lower, values)
        values = np.where(program.column_has_upper & (values > upper - close), upper, values)
        return RationalArray(values, 2**self.digits)

    def slacks(self, point: RationalArray) -> tuple[tuple[IntegerArray, Flags], ...]:
        """Return, over the point's denominator, by how much lower and upper bounds of rows, then of columns, are kept."""
        program, activity, values = self.program, self.matrix.times(point.numerators).astype(object), point.numerators.astype(object)
        return (
            (activity - program.row_lower.astype(object) * point.denominator, program.row_has_lower),
            (program.row_upper.astype(object) * point.denominator - activity, program.row_has_upper),
            (values - program.column_lower.astype(object) * point.denominator, program.column_has_lower),
            (program.column_upper.astype(object) * point.denominator - values, program.column_has_upper),
        )

    def admits(self, point: RationalArray) -> bool:
        """Return whether all bounds are kept."""
        return not any(np.any(present & (slack < 0)) for slack, present in self.slacks(point))

    def admitted(self, point: RationalArray | None) -> RationalArray | None:
        """Return the point if it is within all bounds."""
        return point if point is not None and self.admits(point) else None

    def tight(self, point: RationalArray, digits: int) -> Flags:
        """Return which rows are nearly at a bound, beside what a unit of their columns makes of them."""
        below = self.program.row_denominators.astype(object) * point.denominator
        rows = [present & (np.abs(quotient(slack, below)) <= np.ldexp(self.sizes, -digits)) for slack, present in self.slacks(point)[:2]]
        return np.asarray(np.any(rows, axis=0), dtype=np.bool_)

    @cached_property
    def sizes(self) -> Floats:
        """See `row_sizes`."""
        return row_sizes(self.program, self.units)

    def settled(self, point: RationalArray, equations: Flags) -> RationalArray | None:
        """Return the point with rows put at the bounds that are nearest, by columns away from theirs; None if that cannot be."""
        (lower, has_lower), (upper, has_upper), *columns = self.slacks(point)
        nearest_lower = has_lower & (~has_upper | (np.abs(lower) <= np.abs(upper)))
        missing = np.where(nearest_lower, -lower, upper)[equations]
        if not np.any(missing):
            return point
        room = np.minimum(*(np.where(present, slack, 1 << 2 * self.digits).astype(np.float64) for slack, present in columns))
        movable = room > 0
        part = _restricted(self.matrix, equations, movable)
        order = np.argsort(np.argsort(-room[movable], kind="stable"))
        solution = Elimination(part, integers(missing), order).any_solution()
        if solution is None:
            return None
        correction = np.zeros(self.program.n_columns, dtype=object)
        correction[movable] = solution[0]
        return (point + RationalArray(correction, solution[1] * point.denominator)).reduced()

    def mixed(self, point: RationalArray, optimise: Optimise) -> RationalArray | None:
        """Return a mixture of the point with one that has slack wherever there can be any."""
        inner, strict = self._interior(optimise)
        if inner is None:
            return None
        equations = self.equations | ~strict
        near, far = self.settled(point, equations), self.settled(self.rounded(inner, LEVELS[0]), equations)
        share = None if near is None or far is None else self._share(near, far)
        if near is None or far is None or share is None:
            return None
        return self.admitted((near * (1 - share) + far * share).reduced())

    def _share(self, near: RationalArray, inner: RationalArray) -> Fraction | None:
        """Return how much of the second point makes up for what the first one violates; None if no mixture does."""
        share = Fraction(0)
        for (violated, present), (slack, _) in zip(self.slacks(near), self.slacks(inner), strict=True):
            for k in np.flatnonzero(present & (violated < 0)).tolist():
                missing, there = Fraction(-violated[k], near.denominator), Fraction(slack[k], inner.denominator)
                if there <= 0:
                    return None
                share = max(share, missing / (missing + there))
        return Fraction(-((-share.numerator << _SHARE) // share.denominator), 1 << _SHARE)

    def _interior(self, optimise: Optimise) -> tuple[Floats | None, Flags]:
        """Return a point with slack in rows, and in which rows there can be some: in all at once, or else in one after the other."""
        n, strict = self.program.n_columns, np.ones(self.program.n_rows, dtype=np.bool_)
        left = np.flatnonzero(~self.equations & (self.program.row_has_lower | self.program.row_has_upper))
        found = optimise(_with_slack(self.program, left, np.zeros(len(left), dtype=np.int64)))
        if found is None or found[n:].min(initial=1.0) > 2.0**-_SLACK:
            return None if found is None else found[:n], strict
        points, anywhere = [], found[:n]
        while len(left):
            found = optimise(_with_slack(self.program, left, np.arange(len(left))))
            slack = np.zeros(len(left)) if found is None else found[n:]
            if found is None or slack.max() <= 2.0**-_SLACK:
                break
            points.append(found[:n])
            left = left[slack <= 2.0**-_SLACK]
        strict[left] = False
        return np.mean(points, axis=0) if points else anywhere, strict


def _read(values: Floats, digits: int) -> IntegerArray:
    """Return doubles as the nearest integers over 2^digits."""
    result = np.empty(len(values), dtype=object)
    result[:] = [int(value) for value in np.rint(np.ldexp(values, digits)).tolist()]
    return result


def _restricted(matrix: IntegerMatrix, rows: Flags, columns: Flags) -> IntegerMatrix:
    kept = rows[matrix.rows] & columns[matrix.columns]
    new_rows, new_columns = np.cumsum(rows) - 1, np.cumsum(columns) - 1
    shape = int(np.sum(rows)), int(np.sum(columns))
    return IntegerMatrix(shape, new_rows[matrix.rows[kept]], new_columns[matrix.columns[kept]], matrix.values[kept])


def _with_slack(program: Program, rows: NDArray[np.int64], slack: NDArray[np.int64]) -> Program:
    """Return the program of the most slack in inequality rows, up to one each; `slack` numbers the columns that measure it."""
    n = int(slack.max(initial=-1)) + 1
    one, zero, yes = np.ones(n, dtype=np.int64), np.zeros(n, dtype=np.int64), np.ones(n, dtype=np.bool_)
    values = np.where(program.row_has_lower[rows], -1, 1).astype(object) * program.row_denominators[rows]
    return replace(
        program,
        n_columns=program.n_columns + n,
        entry_rows=np.concatenate([program.entry_rows, rows]),
        entry_columns=np.concatenate([program.entry_columns, program.n_columns + slack]),
        entry_values=integers(np.concatenate([program.entry_values.astype(object), values])),
        column_lower=np.concatenate([program.column_lower, zero]),
        column_upper=np.concatenate([program.column_upper, one]),
        column_has_lower=np.concatenate([program.column_has_lower, yes]),
        column_has_upper=np.concatenate([program.column_has_upper, yes]),
        objective=np.concatenate([np.zeros(program.n_columns, dtype=np.int64), one]),
        objective_denominator=1,
        integer_columns=np.zeros(program.n_columns + n, dtype=np.bool_),
        row_blocks=(),
        column_blocks=(),
    )


def dual_program(program: Program, point: RationalArray | None = None) -> Program:
    r"""Return what prices of a program's integer rows have to satisfy: signs, and signs of the reduced costs of columns.

    The prices are its columns: derivatives of the maximum in the right-hand sides of integer rows, times the objective's denominator. What can
    rise without end has no positive reduced cost, what can fall without end no negative one. A column between two bounds asks for
    nothing, as the bound on the value counts whichever of them is worth more.

    Parameters
    ----------
    program : Program
    point : RationalArray, length n_columns, optional
        Prices shall prove it optimal: what can rise or fall from there at all counts.

    Returns
    -------
    Program
        With a column for every row of the given one, and no objective.
    """
    rises, falls, row_rises, row_falls = (
        ~program.column_has_upper, ~program.column_has_lower, ~program.row_has_upper, ~program.row_has_lower
    )  # fmt: skip
    if point is not None:
        (row_lower, _), (row_upper, _), (lower, _), (upper, _) = _System(program, np.ones(program.n_columns)).slacks(point)
        rises, falls, row_rises, row_falls = rises | (upper > 0), falls | (lower > 0), row_rises | (row_upper > 0), row_falls | (row_lower > 0)
    asking = rises | falls
    kept = asking[program.entry_columns]
    number = np.cumsum(asking) - 1
    n_rows, zero = int(np.sum(asking)), np.zeros(program.n_rows, dtype=np.int64)
    costs = program.objective[asking]
    return Program(
        n_rows,
        program.n_rows,
        number[program.entry_columns[kept]],
        program.entry_rows[kept],
        program.entry_values[kept],
        np.full(n_rows, program.objective_denominator),
        costs,
        costs,
        rises[asking],
        falls[asking],
        zero,
        zero,
        row_falls,
        row_rises,
        zero,
        1,
        np.zeros(program.n_rows, dtype=np.bool_),
    )
