"""A linear program in fractions whose optimum is proved, not believed.

HiGHS proposes a basis in floating point. The basis is then solved again in exact rationals, and the
point and the prices that come out are checked in fractions: rows, signs, reduced costs, and equality
of the two objectives. Nothing is returned that did not pass. No line here comes from mechopt.

Inside, fractions are FLINT's, because thousands of products of Python's take seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import highspy
import numpy as np
from flint import fmpq, fmpq_mat

Row = Mapping[int, Fraction | fmpq]
ZERO = fmpq(0)


class NotProvedError(Exception):
    """The basis that HiGHS proposed is not exactly optimal."""


def rational(number: int | Fraction | fmpq) -> fmpq:
    """Return FLINT's fraction for a number."""
    return number if isinstance(number, fmpq) else fmpq(number.numerator, number.denominator)


@dataclass
class Program:
    """Maximise `objective` over columns that are nonnegative or free, subject to rows."""

    nonnegative: list[bool] = field(default_factory=list)
    objective: dict[int, fmpq] = field(default_factory=dict)
    constant: Fraction = Fraction(0)
    rows: list[tuple[dict[int, fmpq], str, fmpq]] = field(default_factory=list)

    def column(self, *, nonnegative: bool) -> int:
        """Add a column and return its number."""
        self.nonnegative.append(nonnegative)
        return len(self.nonnegative) - 1

    def reward(self, column: int, amount: Fraction | fmpq) -> None:
        """Add `amount` to a column's objective coefficient."""
        self.objective[column] = self.objective.get(column, ZERO) + rational(amount)

    def require(self, row: Row, sense: str, bound: Fraction) -> None:
        """Add the row "row sense bound" with sense one of ">=", "<=", "="."""
        kept = {j: rational(a) for j, a in row.items() if a}
        if kept:
            self.rows.append((kept, sense, rational(bound)))
        elif not {">=": bound <= 0, "<=": bound >= 0, "=": bound == 0}[sense]:
            raise NotProvedError("a row without columns cannot hold")

    def maximum(self) -> Fraction:
        """Return the exact optimum."""
        basic_columns, tight_rows = self._proposed_basis()
        point, prices = self._vertex(basic_columns, tight_rows)
        self._check(point, prices)
        value = sum((c * point[j] for j, c in self.objective.items()), ZERO)
        return self.constant + Fraction(int(value.p), int(value.q))

    def _proposed_basis(self) -> tuple[list[int], list[int]]:
        n_columns, n_rows = len(self.nonnegative), len(self.rows)
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = n_columns, n_rows
        program.sense_ = highspy.ObjSense.kMaximize
        cost = np.zeros(n_columns)
        for j, c in self.objective.items():
            cost[j] = float(c)
        program.col_cost_ = cost
        program.col_lower_ = np.where(self.nonnegative, 0.0, -np.inf)
        program.col_upper_ = np.full(n_columns, np.inf)
        program.row_lower_ = np.array([-np.inf if s == "<=" else float(b) for _, s, b in self.rows])
        program.row_upper_ = np.array([np.inf if s == ">=" else float(b) for _, s, b in self.rows])
        starts: list[int] = [0]
        index: list[int] = []
        value: list[float] = []
        for row, _, _ in self.rows:
            index += row.keys()
            value += map(float, row.values())
            starts.append(len(index))
        program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        program.a_matrix_.start_ = np.array(starts, dtype=np.int32)
        program.a_matrix_.index_ = np.array(index, dtype=np.int32)
        program.a_matrix_.value_ = np.array(value)
        solver = highspy.Highs()
        options: list[tuple[str, bool | str | int | float]] = [
            ("output_flag", False),
            ("solver", "simplex"),
            ("threads", 1),
            ("primal_feasibility_tolerance", 1e-10),
            ("dual_feasibility_tolerance", 1e-10),
        ]
        for option, setting in options:
            if solver.setOptionValue(option, setting) != highspy.HighsStatus.kOk:
                raise NotProvedError(f"HiGHS refused {option}")
        if solver.passModel(program) != highspy.HighsStatus.kOk:
            raise NotProvedError("HiGHS changed the program")
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise NotProvedError(f"HiGHS says {solver.getModelStatus()}")
        basis = solver.getBasis()
        basic = highspy.HighsBasisStatus.kBasic
        return (
            [j for j, s in enumerate(basis.col_status) if s == basic],
            [r for r, s in enumerate(basis.row_status) if s != basic],
        )

    def _vertex(self, columns: list[int], rows: list[int]) -> tuple[list[fmpq], list[fmpq]]:
        """Solve "the tight rows hold with equality, the other columns are zero" and its transpose."""
        point, prices = [ZERO] * len(self.nonnegative), [ZERO] * len(self.rows)
        if not columns:
            return point, prices
        place = {j: k for k, j in enumerate(columns)}
        size = len(columns)
        if len(rows) != size:
            raise NotProvedError("the basis is not square")
        kernel = [ZERO] * (size * size)
        for k, r in enumerate(rows):
            for j, a in self.rows[r][0].items():
                if j in place:
                    kernel[k * size + place[j]] = a
        matrix = fmpq_mat(size, size, kernel)
        bounds = [self.rows[r][2] for r in rows]
        costs = [self.objective.get(j, ZERO) for j in columns]
        for j, x in zip(columns, _solve(matrix, bounds), strict=True):
            point[j] = x
        for r, y in zip(rows, _solve(matrix.transpose(), costs), strict=True):
            prices[r] = y
        return point, prices

    def _check(self, point: list[fmpq], prices: list[fmpq]) -> None:
        """Weak duality in fractions: both sides feasible and equal, hence both optimal."""
        reduced = [self.objective.get(j, ZERO) for j in range(len(point))]
        bound = ZERO
        for (row, sense, limit), price in zip(self.rows, prices, strict=True):
            activity = sum((a * point[j] for j, a in row.items()), ZERO)
            holds = {">=": activity >= limit, "<=": activity <= limit, "=": activity == limit}
            signed = {">=": price <= 0, "<=": price >= 0, "=": True}
            if not (holds[sense] and signed[sense]):
                raise NotProvedError("a row or the sign of its price fails in fractions")
            bound += price * limit
            if price:
                for j, a in row.items():
                    reduced[j] -= price * a
        for j, rest in enumerate(reduced):
            if rest > 0 or (rest < 0 and not self.nonnegative[j]):
                raise NotProvedError("a reduced cost fails in fractions")
            if self.nonnegative[j] and point[j] < 0:
                raise NotProvedError("a column is negative in fractions")
        if bound != sum((c * point[j] for j, c in self.objective.items()), ZERO):
            raise NotProvedError("value and bound differ")


def _solve(matrix: fmpq_mat, right: list[fmpq]) -> list[fmpq]:
    return list(matrix.solve(fmpq_mat(len(right), 1, right)).entries())
