"""Questions about problems: the only room that knows all others."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from mechopt.design.design import design_with
from mechopt.environment.environment import Environment
from mechopt.pipeline.answer import Settings
from mechopt.pipeline.certify import certify_problem
from mechopt.pipeline.solve import solve_problem
from mechopt.problem import Problem
from mechopt.result import Result
from mechopt.solve.solution import Options

__all__ = ["certify", "problem_of", "solve"]


def certify(
    problem: Problem | Environment,
    *,
    backend: str = "highs",
    reductions: Collection[str] | None = None,
    time_limit: float | None = None,
    method: str = "auto",
    progress: Callable[[str], None] | None = None,
    **design: Any,
) -> Result:
    """Decide whether an efficient mechanism with the design's incentive, participation and budget properties exists.

    Parameters
    ----------
    problem : Problem or Environment
        An environment alone is asked with the default design: Bayesian incentives, interim participation, balanced budget.
    backend : str
        ``"highs"`` or ``"cvxpy"``.
    reductions : collection of str, optional
        Names of the reductions that may be used; default: all whose conditions hold.
    time_limit : float, optional
        In seconds, for each program.
    method : str
        ``"auto"``, ``"simplex"`` or ``"interior-point"``.
    progress : callable, optional
        Called with a short text when a stage begins.
    **design
        Fields of `Design` that replace those of the problem.

    Returns
    -------
    Result
        `answer` with its proof, and `budget_surplus`: the largest expected budget surplus of an efficient mechanism with the
        incentive and participation properties, in money.

    Raises
    ------
    DesignError
        If the design does not fit the environment.
    ProgramSizeError
        If the program would not fit into memory.
    SolverError
        If the solver could not answer.

    Examples
    --------
    On five points a side the greatest surplus is exactly zero: efficient trade is possible.

    >>> from mechopt.environment.builders import bilateral_trade
    >>> from mechopt.environment.grids import uniform
    >>> result = certify(bilateral_trade(uniform(0, 1, 5), uniform(0, 1, 5)))
    >>> result.answer, result.budget_surplus.exact
    ('possible', Fraction(0, 1))
    """
    return certify_problem(problem_of(problem, design), Settings(backend, reductions, Options(method, time_limit), progress=progress))


def solve(
    problem: Problem | Environment,
    *,
    backend: str = "highs",
    reductions: Collection[str] | None = None,
    time_limit: float | None = None,
    method: str = "auto",
    progress: Callable[[str], None] | None = None,
    **design: Any,
) -> Result:
    """Return the best mechanism for the design's objective, with its bound.

    Parameters and exceptions are those of `certify`.

    Examples
    --------
    >>> from mechopt.environment.builders import bilateral_trade
    >>> from mechopt.environment.grids import uniform
    >>> best = solve(bilateral_trade(uniform(0, 1, 6), uniform(0, 1, 6)), objective="gains")
    >>> best.value.exact, best.proof.grade
    (Fraction(25, 162), 'optimal')
    """
    return solve_problem(problem_of(problem, design), Settings(backend, reductions, Options(method, time_limit), progress=progress))


def problem_of(problem: Problem | Environment, design: dict[str, Any]) -> Problem:
    """Return a problem with some fields of its design replaced."""
    base = Problem(problem, name=problem.name, source=problem.source) if isinstance(problem, Environment) else problem
    return replace(base, design=design_with(base.design, design, base.environment)) if design else base
