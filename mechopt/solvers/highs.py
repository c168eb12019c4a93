"""HiGHS through highspy: the default backend. Every return code is checked, every status mapped."""

from __future__ import annotations

from functools import cache
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from mechopt.errors import SolverError
from mechopt.exact.vertex import Resolve
from mechopt.program.linear import Basis, Position, Program
from mechopt.solvers.scaling import SMALL, Scaled, Scaling, scaled, scaling_of, trivial
from mechopt.solvers.solution import Options, Solution, Status

__all__ = ["METHODS", "highs_options", "method_of", "resolve_in_highs", "solve_in_highs"]

Floats = NDArray[np.float64]

_STATUS: dict[Any, Status] = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kInfeasible: "infeasible",
    highspy.HighsModelStatus.kUnbounded: "unbounded",
    highspy.HighsModelStatus.kUnboundedOrInfeasible: "infeasible-or-unbounded",
    highspy.HighsModelStatus.kTimeLimit: "time-limit",
}
_POSITION = {
    int(highspy.HighsBasisStatus.kLower): Position.LOWER,
    int(highspy.HighsBasisStatus.kBasic): Position.BASIC,
    int(highspy.HighsBasisStatus.kUpper): Position.UPPER,
    int(highspy.HighsBasisStatus.kZero): Position.FREE,
    int(highspy.HighsBasisStatus.kNonbasic): Position.LOWER,
}
_NAMES = (highspy.HighsBasisStatus.kLower, highspy.HighsBasisStatus.kBasic, highspy.HighsBasisStatus.kUpper, highspy.HighsBasisStatus.kZero)
_POSITIONS = np.array([_POSITION[k] for k in range(5)], dtype=np.int8)

# The names of HiGHS's own algorithms.
METHODS = {"simplex": "simplex", "interior-point": "ipx"}
# Bounds beyond this are infinite in refinement, where all that is looked for is of size one.
_FAR = 1e8


def solve_in_highs(program: Program, options: Options | None = None, start: Basis | None = None) -> Solution:
    """Solve a program with HiGHS.

    Parameters
    ----------
    program : Program
        With integer columns: branch and bound.
    options : Options, optional
    start : Basis, optional
        A basis for the simplex method to start from.

    Returns
    -------
    Solution
        With a basis, unless columns are integers.

    Raises
    ------
    SolverError
        If HiGHS refuses the program or an option.
    """
    options = options or Options()
    method = method_of(options)
    found = trivial(program)
    if found is not None:
        return found
    data = scaled(program)
    solver = _solver(highs_options(method, options.time_limit))
    _pass(solver, data, program.integer_columns)
    if method == "simplex" and start is not None:
        _start(solver, start)
    status = _run(solver)
    if status not in ("optimal", "time-limit"):
        status = _asked_again(solver, status)
    statistics = _statistics(program, data, solver, method, options)
    return _solution(program, data, solver, data.believed(status), statistics)


def method_of(options: Options) -> str:
    """Return the method that runs. With rows and objective scaled, the dual simplex is the fastest; measured by `python -m benchmarks methods`."""
    if options.algorithm not in ("auto", *METHODS):
        raise SolverError(f'algorithm is {options.algorithm!r}; write "auto", "simplex" or "interior-point"')
    return "simplex" if options.algorithm == "auto" else options.algorithm


def highs_options(method: str, time_limit: float | None) -> dict[str, object]:
    """Return HiGHS's options by name, for this backend and for HiGHS within CVXPY."""
    options: dict[str, object] = {
        "output_flag": False,
        "small_matrix_value": SMALL,
        # Finite bounds beyond 1e20 would count as infinite.
        "infinite_bound": float("inf"),
        "threads": 1,
        "solver": METHODS[method],
        "run_crossover": "on",
        # Branch and bound would call "optimal" what is within one part in ten thousand.
        "mip_rel_gap": 0.0,
    }
    return options if time_limit is None else options | {"time_limit": float(time_limit)}


def _solver(options: dict[str, object]) -> highspy.Highs:
    solver = highspy.Highs()
    _set(solver, options)
    return solver


def _set(solver: highspy.Highs, options: dict[str, object]) -> None:
    for name, value in options.items():
        # An unknown option returns an error code and raises nothing.
        if solver.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise SolverError(f"HiGHS refuses the option {name} = {value!r}")


def _run(solver: highspy.Highs) -> Status:
    return "failed" if solver.run() == highspy.HighsStatus.kError else _STATUS.get(solver.getModelStatus(), "failed")


def _asked_again(solver: highspy.Highs, first: Status) -> Status:
    """Return the status of other methods: presolve calls unbounded programs infeasible now and then, and any method may give up."""
    for method in METHODS.values():
        _set(solver, {"presolve": "off", "solver": method})
        solver.clearSolver()
        status = _run(solver)
        if status not in ("failed", "infeasible-or-unbounded"):
            return status
    return first


def _pass(solver: highspy.Highs, data: Scaled, integer_columns: NDArray[np.bool_] | None = None) -> None:
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = data.matrix.shape
    model.sense_ = highspy.ObjSense.kMaximize
    model.col_cost_ = data.objective
    model.col_lower_, model.col_upper_ = data.column_lower, data.column_upper
    model.row_lower_, model.row_upper_ = data.row_lower, data.row_upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = data.matrix.indptr
    model.a_matrix_.index_ = data.matrix.indices
    model.a_matrix_.value_ = data.matrix.data
    if integer_columns is not None and np.any(integer_columns):
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        model.integrality_ = [kinds[int(flag)] for flag in integer_columns]
    # A warning would mean that HiGHS changed the program.
    status = solver.passModel(model)
    if status != highspy.HighsStatus.kOk:
        raise SolverError(f"HiGHS refuses the program: passModel returned {status}; are there coefficients beyond 1e15?")


def _statistics(program: Program, data: Scaled, solver: highspy.Highs, method: str, options: Options) -> dict[str, Any]:
    info = solver.getInfo()
    return {
        "solver": "highs",
        "version": solver.version(),
        "method": "branch-and-bound" if np.any(program.integer_columns) else method,
        "time_limit": options.time_limit,
        "iterations": int(max(info.simplex_iteration_count, 0) + max(info.ipm_iteration_count, 0)),
        "dropped_entries": data.scaling.n_dropped,
    }


def _solution(program: Program, data: Scaled, solver: highspy.Highs, status: Status, statistics: dict[str, Any]) -> Solution:
    found = solver.getSolution()
    if status not in ("optimal", "time-limit") or not found.value_valid:
        return Solution(status, statistics=statistics)
    x = data.natural_point(np.array(found.col_value))
    value = float(program.float_objective() @ x) + float(program.constant)
    if np.any(program.integer_columns):
        return Solution(status, x, value=value, statistics=statistics)
    y = data.natural_duals(np.array(found.row_dual)) if found.dual_valid else None
    return Solution(status, x, y, _basis(solver), value, statistics)


def _basis(solver: highspy.Highs) -> Basis | None:
    basis = solver.getBasis()
    if not basis.valid:
        return None
    return Basis(_positions(basis.col_status), _positions(basis.row_status))


def _positions(statuses: Any) -> NDArray[np.int8]:
    return _POSITIONS[np.fromiter((int(status) for status in statuses), dtype=np.int64, count=len(statuses))]


def resolve_in_highs(program: Program) -> Resolve:
    """Return a function that solves programs of the same matrix, for iterative refinement (see `mechopt.exact.vertex.Resolve`).

    Row activities are columns of their own, so that their bounds and costs can be scaled like those of the others. Perturbation is
    switched off, or the basis would be optimal for other costs than those given.
    """
    n, m = program.n_columns, program.n_rows
    unperturbed = {
        "dual_simplex_cost_perturbation_multiplier": 0.0,
        "primal_simplex_bound_perturbation_multiplier": 0.0,
        "presolve": "off",
    }

    @cache
    def matrix() -> Scaling:
        own = scaling_of(program)
        joined = sparse.csc_array(sparse.hstack([own.matrix, -sparse.eye_array(m)]))
        # The activity of a scaled row is scaled like it.
        return Scaling(joined, own.rows, np.concatenate([own.columns, 1 / own.rows]), own.n_dropped)

    def resolve(
        objective: Floats, column_lower: Floats, column_upper: Floats, row_lower: Floats, row_upper: Floats, row_objective: Floats, start: Basis
    ) -> tuple[Basis, Floats, Floats] | None:
        scaling = matrix()
        lower = np.concatenate([column_lower, row_lower]) / scaling.columns
        upper = np.concatenate([column_upper, row_upper]) / scaling.columns
        costs = np.concatenate([objective, row_objective]) * scaling.columns
        zero = np.zeros(m)
        activities = Basis(np.concatenate([start.column_status, start.row_status]), np.full(m, Position.LOWER, dtype=np.int8))
        # A correction is of size one: a bound far beyond that only costs digits, unless the program needs it to be bounded.
        for far in (_FAR, np.inf):
            near = np.where(lower < -far, -np.inf, lower), np.where(upper > far, np.inf, upper)
            data = Scaled(scaling, zero, zero, *near, costs, 1.0)
            solver = _solver(highs_options("simplex", None) | unperturbed)
            _pass(solver, data)
            _start(solver, activities)
            basis = _basis(solver) if _run(solver) == "optimal" else None
            if basis is not None:
                found = solver.getSolution()
                x, y = data.natural_point(np.array(found.col_value)), data.natural_duals(np.array(found.row_dual))
                # A row is basic if its activity is, or the slack of the equation that defines it.
                rows = np.where(basis.row_status == Position.BASIC, Position.BASIC, basis.column_status[n:]).astype(np.int8)
                return Basis(basis.column_status[:n], rows), x[:n], y
        return None

    return resolve


def _start(solver: highspy.Highs, start: Basis) -> None:
    """Begin from a basis; one that HiGHS refuses is no loss."""
    basis = highspy.HighsBasis()
    basis.col_status = [_NAMES[position] for position in start.column_status.tolist()]
    basis.row_status = [_NAMES[position] for position in start.row_status.tolist()]
    basis.valid = True
    solver.setBasis(basis)
