"""A linear program that grows by rows and columns and is solved again from where it was: HiGHS's simplex method."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from mechopt.errors import SolverError

__all__ = ["FAR", "GrowingProgram", "Optimum"]

Floats = NDArray[np.float64]
_TOLERANCE = 1e-10
FAR = 1e4
"""Scaled money: what no mechanism needs, so that a program without its later rows or columns is bounded."""


@dataclass(frozen=True, eq=False)
class Optimum:
    """A float optimum, or as far as the time limit let the solver come.

    Attributes
    ----------
    status : str
        ``"optimal"``, ``"infeasible"``, ``"unbounded"``, ``"time-limit"`` or ``"failed"``.
    x : float array, length n_columns
    prices : float array, length n_rows
        Derivatives of the maximum in the right-hand sides.
    value : float
    """

    status: str
    x: Floats
    prices: Floats
    value: float


class GrowingProgram:
    """Maximise over columns with bounds; rows and columns can be added between solves.

    Parameters
    ----------
    objective, lower, upper : float arrays, length n_columns
    """

    def __init__(self, objective: Floats, lower: Floats, upper: Floats) -> None:
        self._solver = highspy.Highs()
        for name, value in {
            "output_flag": False,
            "threads": 1,
            "solver": "simplex",
            "presolve": "off",
            # Chosen for each run: the primal simplex method goes on from new columns, the dual one from new rows.
            "simplex_strategy": 0,
            "primal_feasibility_tolerance": _TOLERANCE,
            "dual_feasibility_tolerance": _TOLERANCE,
        }.items():
            self._check(self._solver.setOptionValue(name, value), f"the option {name}")
        self._check(self._solver.changeObjectiveSense(highspy.ObjSense.kMaximize), "to maximise")
        self.add_columns(objective, lower, upper, sparse.csc_array((0, len(objective))))

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self._solver.getNumRow())

    @property
    def n_columns(self) -> int:
        """Number of columns."""
        return int(self._solver.getNumCol())

    def add_rows(self, matrix: sparse.csr_array, lower: Floats, upper: Floats) -> None:
        """Add rows: ``lower <= matrix @ x <= upper``."""
        entries = (matrix.nnz, matrix.indptr[:-1].astype(np.int32), matrix.indices.astype(np.int32), matrix.data.astype(np.float64))
        self._check(self._solver.addRows(matrix.shape[0], lower.astype(np.float64), upper.astype(np.float64), *entries), "rows")

    def add_columns(self, objective: Floats, lower: Floats, upper: Floats, matrix: sparse.csc_array) -> None:
        """Add columns with their coefficients in the rows that there are."""
        entries = (matrix.nnz, matrix.indptr[:-1].astype(np.int32), matrix.indices.astype(np.int32), matrix.data.astype(np.float64))
        bounds = (objective.astype(np.float64), lower.astype(np.float64), upper.astype(np.float64))
        self._check(self._solver.addCols(len(objective), *bounds, *entries), "columns")

    def drop_slack_rows(self, first: int) -> None:
        """Delete the rows from `first` on that do not bind."""
        status = self._solver.getBasis().row_status
        slack = [k for k in range(first, self.n_rows) if status[k] == highspy.HighsBasisStatus.kBasic]
        if slack:
            self._check(self._solver.deleteRows(len(slack), np.array(slack, dtype=np.int32)), "to delete rows")

    def solve(self, time_limit: float | None = None) -> Optimum:
        """Return the optimum, from the last basis on."""
        # HiGHS counts time over all its runs.
        limit = float("inf") if time_limit is None else self._solver.getRunTime() + max(time_limit, 0.01)
        self._check(self._solver.setOptionValue("time_limit", limit), "a time limit")
        status = self._run()
        if status in ("failed", "infeasible"):
            # A warm start may end in trouble, and in a wrong verdict, where a fresh one does not.
            self._solver.clearSolver()
            status = self._run()
        found = self._solver.getSolution()
        return Optimum(status, np.array(found.col_value), np.array(found.row_dual), float(self._solver.getInfo().objective_function_value))

    def _run(self) -> str:
        if self._solver.run() == highspy.HighsStatus.kError:
            return "failed"
        return _STATUS.get(self._solver.getModelStatus(), "failed")

    @staticmethod
    def _check(status: highspy.HighsStatus, what: str) -> None:
        if status == highspy.HighsStatus.kError:
            raise SolverError(f"HiGHS refuses {what}")


_STATUS = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kInfeasible: "infeasible",
    highspy.HighsModelStatus.kUnbounded: "unbounded",
    highspy.HighsModelStatus.kUnboundedOrInfeasible: "infeasible",
    highspy.HighsModelStatus.kTimeLimit: "time-limit",
}
