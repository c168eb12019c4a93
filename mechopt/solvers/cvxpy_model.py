"""CVXPY: a second backend for any solver it knows, and programs with named variables to add convex requirements to."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import cvxpy as cp
import numpy as np
from cvxpy.reductions.solvers.defines import INSTALLED_MI_SOLVERS
from numpy.typing import NDArray
from scipy import sparse

from mechopt.errors import DesignError, SolverError, nearest
from mechopt.program.assemble import Assembled
from mechopt.program.linear import Block, Program
from mechopt.solvers.highs import highs_options, method_of
from mechopt.solvers.scaling import Scaled, basis_near, scaled, trivial
from mechopt.solvers.solution import Options, Solution, Status

__all__ = ["CvxpyModel", "run_cvxpy", "solve_in_cvxpy", "to_cvxpy"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

# "Inaccurate" and everything else is a failure: what was found stays as a hint, a status is no claim.
_STATUS: dict[str, Status] = {
    cp.OPTIMAL: "optimal",
    cp.INFEASIBLE: "infeasible",
    cp.UNBOUNDED: "unbounded",
    cp.settings.INFEASIBLE_OR_UNBOUNDED: "infeasible-or-unbounded",
    cp.settings.USER_LIMIT: "time-limit",
}
_DEFAULT = "HIGHS"
# How each solver wants to be told when to stop.
_TIME_LIMIT: dict[str, Callable[[float], dict[str, Any]]] = {
    "CLARABEL": lambda seconds: {"time_limit": seconds},
    "OSQP": lambda seconds: {"time_limit": seconds},
    "SCIPY": lambda seconds: {"scipy_options": {"time_limit": seconds}},
    "SCS": lambda seconds: {"time_limit_secs": seconds},
}


def solve_in_cvxpy(program: Program, options: Options | None = None) -> Solution:
    """Solve a program with any solver of CVXPY.

    Parameters
    ----------
    program : Program
    options : Options, optional
        `solver` names the solver; default: HiGHS. `method` is for HiGHS only.

    Returns
    -------
    Solution
        Its basis is guessed from the point and the prices (CVXPY knows none): a start for the exact layer. A solution that the solver
        itself calls inaccurate has status ``"failed"``, with `x` and `y` as hints.

    Raises
    ------
    SolverError
        If the solver is not installed, cannot handle integers, or takes no time limit.
    """
    options = options or Options()
    settings = _solver_settings(options, bool(np.any(program.integer_columns)))
    found = trivial(program)
    if found is not None:
        return found
    data = scaled(program)
    z = _column_variable(program, data)
    rows = _Rows.of(data, data.matrix @ z)
    problem = cp.Problem(cp.Maximize(data.objective @ z), rows.constraints)
    statistics = run_cvxpy(problem, settings) | {"time_limit": options.time_limit, "dropped_entries": data.scaling.n_dropped}
    status = _status(problem, options)
    if status in ("unbounded", "infeasible-or-unbounded"):
        # Some solvers say "unbounded" of a ray without having a point; without an objective the two differ.
        feasible = cp.Problem(cp.Maximize(0), rows.constraints)
        run_cvxpy(feasible, settings)
        status = _status(feasible, options)
        return Solution(data.believed("unbounded" if status == "optimal" else status), statistics=statistics)
    if z.value is None or status == "infeasible":
        return Solution(data.believed(status), statistics=statistics)
    x, duals = data.natural_point(z.value), rows.duals(program.n_rows)
    value = float(program.float_objective() @ x) + float(program.constant)
    if duals is None:
        return Solution(status, x, value=value, statistics=statistics)
    basis = basis_near(data, z.value, duals) if status == "optimal" else None
    return Solution(status, x, data.natural_duals(duals), basis, value, statistics)


def _status(problem: cp.Problem, options: Options) -> Status:
    status = _STATUS.get(problem.status, "failed")
    # A solver's own limit on iterations is a failure.
    return "failed" if status == "time-limit" and options.time_limit is None else status


def _solver_settings(options: Options, mixed_integer: bool) -> dict[str, Any]:
    """Return the arguments of CVXPY's `solve`."""
    name = options.solver or _DEFAULT
    installed = INSTALLED_MI_SOLVERS if mixed_integer else cp.installed_solvers()
    if name not in installed:
        kind = "solver for integers" if mixed_integer else "installed solver"
        raise SolverError(f"solver is {name!r}, which is no {kind} of CVXPY; {nearest(name, installed)}")
    if name == _DEFAULT:
        return {"solver": name, "highs_options": highs_options(method_of(options), options.time_limit)}
    if options.algorithm != "auto":
        raise SolverError(f'algorithm is {options.algorithm!r}, but {name} has one method only; write "auto" or choose the solver {_DEFAULT}')
    if options.time_limit is None:
        return {"solver": name}
    if name not in _TIME_LIMIT:
        raise SolverError(f"time_limit is {options.time_limit}, but how to limit {name} is unknown; known: {', '.join(sorted(_TIME_LIMIT))}")
    return {"solver": name} | _TIME_LIMIT[name](float(options.time_limit))


def run_cvxpy(problem: cp.Problem, settings: dict[str, Any]) -> dict[str, Any]:
    """Solve a problem in place, and return what ran; numerical failure is a status of the problem, never an exception."""
    with warnings.catch_warnings():
        # That a solution is inaccurate is its status.
        warnings.simplefilter("ignore", UserWarning)
        try:
            problem.solve(**settings)
        except cp.SolverError as error:
            return {"solver": "cvxpy", "version": cp.__version__, "method": str(settings["solver"]), "iterations": 0, "error": str(error)}
    stats = problem.solver_stats
    iterations = stats.num_iters if stats is not None else None
    return {
        "solver": "cvxpy",
        "version": cp.__version__,
        "method": str(settings["solver"]),
        "iterations": max(int(iterations or 0), 0),
        "status": str(problem.status),
    }


def _is_linear(problem: cp.Problem) -> bool:
    rows = (cp.constraints.Equality, cp.constraints.Inequality)
    return problem.objective.expr.is_affine() and all(isinstance(entry, rows) and entry.expr.is_affine() for entry in problem.constraints)


def _column_variable(program: Program, data: Scaled) -> cp.Variable:
    integer = np.flatnonzero(program.integer_columns)
    kinds = {"integer": (integer,)} if integer.size else {}
    return cp.Variable(program.n_columns, bounds=[data.column_lower, data.column_upper], **kinds)


@dataclass(frozen=True, eq=False)
class _Rows:
    """The rows of a program as at most three constraints: equalities, lower bounds, upper bounds."""

    constraints: list[cp.Constraint]
    parts: list[tuple[Indices, int]]

    @classmethod
    def of(cls, data: Scaled, activity: cp.Expression) -> _Rows:
        lower, upper = data.row_lower, data.row_upper
        equal = lower == upper
        below, above = (np.flatnonzero(np.isfinite(bound) & ~equal) for bound in (lower, upper))
        same = np.flatnonzero(equal)
        constraints, parts = [], []
        if same.size:
            constraints.append(activity[same] == lower[same])
            parts.append((same, 1))
        if below.size:
            constraints.append(activity[below] >= lower[below])
            parts.append((below, -1))
        if above.size:
            constraints.append(activity[above] <= upper[above])
            parts.append((above, 1))
        return cls(constraints, parts)

    def duals(self, n_rows: int) -> Floats | None:
        """Return derivatives of the maximum in the right-hand sides; None where there are none (integers)."""
        total = np.zeros(n_rows)
        for constraint, (rows, sign) in zip(self.constraints, self.parts, strict=True):
            if constraint.dual_value is None:
                return None
            np.add.at(total, rows, sign * np.asarray(constraint.dual_value).reshape(-1))
        return total


@dataclass(frozen=True, eq=False)
class CvxpyModel:
    """A design's program with named variables, open for convex constraints and concave objectives.

    Attributes
    ----------
    assembled : Assembled
    problem : cvxpy.Problem
        The linear program itself: `objective` maximised subject to the design.
    allocation : cvxpy.Variable, shape (n_profiles, n_outcomes)
        Probabilities; profiles in row-major order of the agents' types. Where an outcome may not be chosen it is zero.
    payments : cvxpy.Variable, shape (n_agents, n_profiles), or None
        In money; None where expected payments are enough (reduction E1).
    interim_payments : dict from agent name to cvxpy.Variable, shape (n_types of the agent,)
        In money; empty in the full profile form.
    variables : dict from name to cvxpy.Variable
        All of them.
    """

    assembled: Assembled
    problem: cp.Problem
    allocation: cp.Variable
    payments: cp.Variable | None
    interim_payments: dict[str, cp.Variable]
    variables: dict[str, cp.Variable]
    columns: dict[str, Indices]

    def affine(self, matrix: sparse.csr_array) -> cp.Expression:
        """Return a matrix, with a column per column of the program, times the program's columns."""
        return _affine(matrix, self.variables, self.columns)

    def with_(self, objective: cp.Expression | cp.Maximize | cp.Minimize | None = None, constraints: Iterable[cp.Constraint] = ()) -> cp.Problem:
        """Return the problem with more constraints, and another objective if one is given (an expression is maximised).

        Raises
        ------
        DesignError
            If the problem is not convex by CVXPY's rules.
        """
        if objective is None:
            goal = self.problem.objective
        else:
            goal = objective if isinstance(objective, (cp.Maximize, cp.Minimize)) else cp.Maximize(objective)
        problem = cp.Problem(goal, [*self.problem.constraints, *constraints])
        if not problem.is_dcp():
            raise DesignError("objective or constraints are not convex by CVXPY's rules: maximise a concave expression; see cvxpy.org/tutorial/dcp")
        return problem

    def solve(self, problem: cp.Problem, options: Options) -> tuple[Status, dict[str, Any]]:
        """Solve a problem in these variables; return its status and what ran.

        Unless a solver is named: HiGHS for linear programs and integers, Clarabel for everything else. CVXPY's own choice for quadratic
        objectives, OSQP, leaves incentive constraints violated in the fifth digit.
        """
        mixed_integer = problem.is_mixed_integer()
        default = _DEFAULT if mixed_integer or _is_linear(problem) else "CLARABEL"
        statistics = run_cvxpy(problem, _solver_settings(replace(options, solver=options.solver or default), mixed_integer))
        return _status(problem, options), statistics | {"time_limit": options.time_limit}

    def point(self) -> Floats | None:
        """Return the variables' values by column of the program; None before a solution was found."""
        x = np.zeros(self.assembled.program.n_columns)
        for name, variable in self.variables.items():
            if variable.value is None:
                return None
            columns = self.columns[name]
            present = columns >= 0
            x[columns[present]] = np.asarray(variable.value).reshape(columns.shape)[present]
        return x

    def place(self, x: Floats) -> None:
        """Give the variables the values of a point by column of the program."""
        for name, variable in self.variables.items():
            columns = self.columns[name]
            variable.save_value(np.where(columns >= 0, x[np.where(columns >= 0, columns, 0)], 0.0))


def to_cvxpy(assembled: Assembled) -> CvxpyModel:
    """Return an assembled program as a CVXPY problem with named variables.

    Parameters
    ----------
    assembled : Assembled

    Returns
    -------
    CvxpyModel

    Examples
    --------
    >>> from mechopt.design.design import Design
    >>> from mechopt.environment.builders import bilateral_trade
    >>> from mechopt.environment.grids import uniform
    >>> from mechopt.program.assemble import assemble
    >>> model = to_cvxpy(assemble(bilateral_trade(uniform(0, 1, 6), uniform(0, 1, 6)), Design()))
    >>> sorted(model.variables)[:3], model.allocation.shape
    (['allocation', 'interim_allocation[buyer]', 'interim_allocation[seller]'], (36, 3))
    >>> print(f"{model.problem.solve():.6f}")
    0.654321
    """
    program = assembled.program
    data = scaled(program)
    columns = _named_columns(assembled)
    variables = {name: _variable(name, positions, program) for name, positions in columns.items()}
    objective = sparse.csr_array(program.float_objective().reshape(1, -1))
    value = cp.sum(_affine(objective, variables, columns)) + float(program.constant)
    matrix = data.matrix @ sparse.diags_array(1 / data.scaling.columns)
    problem = cp.Problem(cp.Maximize(value), _Rows.of(data, _affine(matrix, variables, columns)).constraints)
    interim = {agent.name: variables.get(f"interim_payments[{agent.name}]") for agent in assembled.frame.environment.agents}
    return CvxpyModel(
        assembled,
        problem,
        variables["allocation"],
        variables.get("payments"),
        {name: variable for name, variable in interim.items() if variable is not None},
        variables,
        columns,
    )


def _affine(matrix: sparse.csr_array | sparse.csc_array, variables: dict[str, cp.Variable], columns: dict[str, Indices]) -> cp.Expression:
    by_column = sparse.csc_array(matrix)
    terms = []
    for name, variable in variables.items():
        # Column-major order is CVXPY's own, and free of charge.
        positions = columns[name].reshape(-1, order="F")
        present = np.flatnonzero(positions >= 0)
        flat = cp.vec(variable, order="F")
        terms.append(by_column[:, positions[present]] @ (flat if present.size == positions.size else flat[present]))
    return sum(terms[1:], terms[0])


def _named_columns(assembled: Assembled) -> dict[str, Indices]:
    """Return the columns behind each variable, in its shape; -1 where there is none."""
    columns = {"allocation": assembled.frame.allocation}
    for block in assembled.program.column_blocks:
        if block.name != "allocation":
            columns[_variable_name(assembled, block, columns)] = block.positions
    return columns


def _variable_name(assembled: Assembled, block: Block, taken: Iterable[str]) -> str:
    name = block.name if block.agent is None else f"{block.name}[{assembled.frame.environment.agents[block.agent].name}]"
    return name if name not in taken else f"{name}[{block.start}]"


def _variable(name: str, columns: Indices, program: Program) -> cp.Variable:
    present = columns >= 0
    found = np.where(present, columns, 0)
    bounds = [np.where(present, bound[found], 0.0) for bound in program.float_columns()]
    integer = bool(np.any(program.integer_columns[columns[present]]))
    return cp.Variable(columns.shape, name=name, bounds=bounds, **({"integer": True} if integer else {}))
