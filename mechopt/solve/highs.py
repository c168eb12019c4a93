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
from mechopt.solve.solution import Options, Solution, Status

__all__ = ["resolve_in_highs", "solve_in_highs"]

Floats = NDArray[np.float64]

_STATUS: dict[Any, Status] = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kModelEmpty: "optimal",
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
_POSITIONS = np.array([_POSITION[k] for k in range(5)], dtype=np.int8)

# Interior point with crossover wins when many columns share a row of interim quantities: from three agents on
# (benchmarks/speed.py). Profiles outnumber the other rows there.
_SIMPLEX_SHARE = 0.7
_SIMPLEX_ROWS = 3000
# Rows are scaled to a largest coefficient of one; what is smaller than this beside it is beyond any float solver.
_SMALL = 1e-12


def solve_in_highs(program: Program, options: Options | None = None) -> Solution:
    """Solve a program with HiGHS.

    Parameters
    ----------
    program : Program
        With integer columns: branch and bound.
    options : Options, optional

    Returns
    -------
    Solution

    Raises
    ------
    SolverError
        If HiGHS refuses the program or an option.
    """
    options = options or Options()
    method = _method(program, options)
    matrix, scale = _scaled_matrix(program)
    lower, upper = program.float_rows()
    columns = program.float_columns()
    solver = _solver(method, options.time_limit)
    integrality = program.integer_columns if np.any(program.integer_columns) else None
    _pass(solver, matrix, program.float_objective(), columns, (lower * scale, upper * scale), integrality)
    _checked(solver.run(), "run", allow_warning=True)
    status = _STATUS.get(solver.getModelStatus(), "failed")
    if status == "infeasible-or-unbounded":
        _option(solver, "presolve", "off")
        _checked(solver.run(), "run", allow_warning=True)
        status = _STATUS.get(solver.getModelStatus(), "failed")
    return _solution(program, solver, status, scale, method, options)


def _method(program: Program, options: Options) -> str:
    if options.method != "auto":
        return options.method
    allocation = next((block for block in program.row_blocks if block.name == "probability"), None)
    many_agents = sum(block.name == "interim_payments" for block in program.column_blocks) > 2
    large = program.n_rows > _SIMPLEX_ROWS and allocation is not None and allocation.size < program.n_rows * _SIMPLEX_SHARE
    return "interior-point" if (many_agents and program.n_rows > _SIMPLEX_ROWS // 3) or large else "simplex"


def _scaled_matrix(program: Program) -> tuple[sparse.csc_array, Floats]:
    """Return the matrix with every row scaled by a power of two to a largest coefficient near one."""
    values = program.float_entries()
    largest = np.zeros(program.n_rows)
    np.maximum.at(largest, program.entry_rows, np.abs(values))
    largest[largest == 0] = 1.0
    scale = np.exp2(-np.round(np.log2(largest)))
    shape = (program.n_rows, program.n_columns)
    matrix = sparse.csc_array((values * scale[program.entry_rows], (program.entry_rows, program.entry_columns)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[np.abs(matrix.data) <= _SMALL] = 0.0
    matrix.eliminate_zeros()
    return matrix, scale


def _solver(method: str, time_limit: float | None) -> highspy.Highs:
    solver = highspy.Highs()
    _option(solver, "output_flag", False)
    _option(solver, "small_matrix_value", _SMALL)
    _option(solver, "threads", 1)
    if method == "interior-point":
        _option(solver, "solver", "ipx")
        _option(solver, "run_crossover", "on")
    elif method == "simplex":
        _option(solver, "solver", "simplex")
    else:
        raise SolverError(f'method is {method!r}; write "auto", "simplex" or "interior-point"')
    if time_limit is not None:
        _option(solver, "time_limit", float(time_limit))
    return solver


def _option(solver: highspy.Highs, name: str, value: object) -> None:
    # An unknown option returns an error code and raises nothing.
    if solver.setOptionValue(name, value) != highspy.HighsStatus.kOk:
        raise SolverError(f"HiGHS refuses the option {name} = {value!r}")


def _checked(status: Any, what: str, allow_warning: bool = False) -> None:
    allowed = (highspy.HighsStatus.kOk, highspy.HighsStatus.kWarning) if allow_warning else (highspy.HighsStatus.kOk,)
    if status not in allowed:
        raise SolverError(f"HiGHS failed: {what} returned {status}")


def _pass(
    solver: highspy.Highs,
    matrix: sparse.csc_array,
    objective: Floats,
    columns: tuple[Floats, Floats],
    rows: tuple[Floats, Floats],
    integrality: NDArray[np.bool_] | None,
) -> None:
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = matrix.shape
    model.sense_ = highspy.ObjSense.kMaximize
    model.col_cost_ = objective
    model.col_lower_, model.col_upper_ = columns
    model.row_lower_, model.row_upper_ = rows
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = matrix.indptr
    model.a_matrix_.index_ = matrix.indices
    model.a_matrix_.value_ = matrix.data
    if integrality is not None:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        model.integrality_ = [kinds[int(flag)] for flag in integrality]
    _checked(solver.passModel(model), "passModel")


def _solution(program: Program, solver: highspy.Highs, status: Status, scale: Floats, method: str, options: Options) -> Solution:
    info = solver.getInfo()
    statistics = {
        "solver": "highs",
        "version": solver.version(),
        "method": method,
        "time_limit": options.time_limit,
        "iterations": int(max(info.simplex_iteration_count, 0) + max(info.ipm_iteration_count, 0)),
    }
    if status not in ("optimal", "time-limit"):
        return Solution(status, statistics=statistics)
    found = solver.getSolution()
    if not found.value_valid:
        return Solution(status, statistics=statistics)
    x = np.array(found.col_value)
    y = np.array(found.row_dual) * scale if found.dual_valid else None
    value = float(info.objective_function_value) + float(program.constant)
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

    @cache
    def matrix() -> sparse.csc_array:
        natural = sparse.csc_array((program.float_entries(), (program.entry_rows, program.entry_columns)), shape=(m, n))
        joined = sparse.csc_array(sparse.hstack([natural, -sparse.eye_array(m)]))
        joined.data[np.abs(joined.data) <= _SMALL] = 0.0
        joined.eliminate_zeros()
        return joined

    def resolve(
        objective: Floats, column_lower: Floats, column_upper: Floats, row_lower: Floats, row_upper: Floats, row_objective: Floats
    ) -> tuple[Basis, Floats, Floats] | None:
        solver = _solver("simplex", None)
        _option(solver, "dual_simplex_cost_perturbation_multiplier", 0.0)
        _option(solver, "primal_simplex_bound_perturbation_multiplier", 0.0)
        _option(solver, "presolve", "off")
        bounds = (np.concatenate([column_lower, row_lower]), np.concatenate([column_upper, row_upper]))
        _pass(solver, matrix(), np.concatenate([objective, row_objective]), bounds, (np.zeros(m), np.zeros(m)), None)
        _checked(solver.run(), "run", allow_warning=True)
        basis = _basis(solver)
        if _STATUS.get(solver.getModelStatus()) != "optimal" or basis is None:
            return None
        found = solver.getSolution()
        return Basis(basis.column_status[:n], basis.column_status[n:]), np.array(found.col_value)[:n], np.array(found.row_dual)

    return resolve
