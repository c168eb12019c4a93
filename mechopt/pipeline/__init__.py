"""Questions about problems: the only room that knows all others."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from mechopt.design.design import design_with
from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.problem import DynamicProblem
from mechopt.environment.environment import Environment
from mechopt.errors import DesignError
from mechopt.pipeline.answer import Settings
from mechopt.pipeline.certify import certify_problem
from mechopt.pipeline.compare import Comparison, compare_problem
from mechopt.pipeline.possibility import PossibilityMap, possibility_map_of
from mechopt.pipeline.solve import solve_problem
from mechopt.pipeline.theorems.registry import Finding, theorem_named
from mechopt.problem import Problem
from mechopt.result import Result
from mechopt.solvers.solution import Options

__all__ = ["certify", "compare", "possibility_map", "problem_of", "solve", "theorem"]


def certify(
    problem: Problem | Environment,
    *,
    backend: str = "highs",
    reductions: Collection[str] | None = None,
    time_limit: float | None = None,
    method: str = "auto",
    algorithm: str = "auto",
    gap: float = Options.gap,
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
        ``"auto"``, or a key of `mechopt.pipeline.methods.METHODS`: how the question is answered.
    algorithm : str
        ``"auto"``, ``"simplex"`` or ``"interior-point"``: how linear programs are solved.
    gap : float
        What a search stops at that improves a bounded answer round by round, relative to the size of values.
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
    return certify_problem(problem_of(problem, design), _settings(backend, reductions, time_limit, method, algorithm, gap, progress))


def solve(
    problem: Problem | Environment,
    *,
    backend: str = "highs",
    reductions: Collection[str] | None = None,
    time_limit: float | None = None,
    method: str = "auto",
    algorithm: str = "auto",
    gap: float = Options.gap,
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
    return solve_problem(problem_of(problem, design), _settings(backend, reductions, time_limit, method, algorithm, gap, progress))


def compare(
    problem: Problem | Environment,
    *,
    only: Collection[str] = (),
    backend: str = "highs",
    reductions: Collection[str] | None = None,
    time_limit: float | None = None,
    method: str = "auto",
    algorithm: str = "auto",
    gap: float = Options.gap,
    progress: Callable[[str], None] | None = None,
    **design: Any,
) -> Comparison:
    """Measure the mechanisms known by name next to first best and the optimum for the design.

    Parameters
    ----------
    only : collection of str
        Ids of mechanisms to measure, besides first best and optimum; default: all that apply.

    The other parameters, and exceptions, are those of `certify`.

    Returns
    -------
    Comparison
        A row per mechanism: welfare, revenue and budget surplus, in money, and the verdict on every property.

    Raises
    ------
    UnknownNameError
        If there is no mechanism of a name in `only`.
    InvalidEnvironmentError
        If a mechanism in `only` does not apply to the environment.

    Examples
    --------
    Of the gains 25/162 that the second best reaches on six points a side, the best posted price reaches 5/36.

    >>> from mechopt.environment.builders import bilateral_trade
    >>> from mechopt.environment.grids import uniform
    >>> rows = compare(bilateral_trade(uniform(0, 1, 6), uniform(0, 1, 6)))
    >>> str(rows["optimum"].welfare.exact - rows["posted-price"].welfare.exact)
    '5/324'
    """
    return compare_problem(problem_of(problem, design), _settings(backend, reductions, time_limit, method, algorithm, gap, progress), only)


def possibility_map(
    problem: Problem | Environment,
    *,
    backend: str = "highs",
    reductions: Collection[str] | None = None,
    time_limit: float | None = None,
    method: str = "auto",
    algorithm: str = "auto",
    gap: float = Options.gap,
    progress: Callable[[str], None] | None = None,
    **design: Any,
) -> PossibilityMap:
    """Answer every combination of allocation, incentive, participation and budget in one environment.

    Parameters and exceptions are those of `certify`. The design's limits on payments, its constraints and the incentive violation
    that it allows hold for every combination; what else it asks for plays no part.

    Returns
    -------
    PossibilityMap
        36 rows: is it possible, with its proof, and the best welfare.

    Examples
    --------
    >>> from mechopt.environment.builders import bilateral_trade
    >>> from mechopt.environment.grids import two_types
    >>> asked = ("efficient", "bic", "interim-ir", "balanced")
    >>> possibility_map(bilateral_trade(two_types(0, 3), two_types(1, 4)))[asked].answer
    'possible'
    """
    return possibility_map_of(problem_of(problem, design), _settings(backend, reductions, time_limit, method, algorithm, gap, progress))


def theorem(
    name: str,
    problem: Problem | Environment,
    *,
    backend: str = "highs",
    reductions: Collection[str] | None = None,
    time_limit: float | None = None,
    method: str = "auto",
    algorithm: str = "auto",
    gap: float = Options.gap,
    progress: Callable[[str], None] | None = None,
) -> Finding:
    """Ask whether a theorem of the literature holds in an environment, by how much it fails, and why.

    Parameters
    ----------
    name : str
        An id of `mechopt.pipeline.theorems.registry.THEOREMS`.
    problem : Problem or Environment
        Its design plays no part.
    backend, reductions, time_limit, method, algorithm, gap, progress
        As for `certify`.

    Returns
    -------
    Finding
        `answer` holds the numbers, mechanisms and proofs that belong to the theorem.

    Raises
    ------
    UnknownNameError
        If there is no such theorem.
    InvalidEnvironmentError
        If the theorem does not apply to the environment.
    SolverError
        If the solver could not answer.

    Examples
    --------
    >>> from mechopt.environment.builders import bilateral_trade
    >>> from mechopt.environment.grids import uniform
    >>> finding = theorem("ir-vcg-criterion", bilateral_trade(uniform(0, 1, 4), uniform(0, 1, 4)))
    >>> finding.holds, finding.answer.criterion, finding.answer.result.answer
    (False, 'impossible', 'possible')
    """
    asked = theorem_named(name)
    settings = _settings(backend, reductions, time_limit, method, algorithm, gap, progress)
    return Finding(asked, asked.ask(problem_of(problem, {}), settings))


def _settings(
    backend: str,
    reductions: Collection[str] | None,
    time_limit: float | None,
    method: str,
    algorithm: str,
    gap: float,
    progress: Callable[[str], None] | None,
) -> Settings:
    return Settings(backend, reductions, Options(algorithm, time_limit, gap=gap), progress=progress, method=method)


def problem_of(problem: Problem | Environment, design: dict[str, Any]) -> Problem:
    """Return a problem with some fields of its design replaced."""
    if isinstance(problem, DynamicProblem | DynamicEnvironment):
        raise DesignError(
            'environment.kind is "dynamic", which this question does not support; certify, solve and compare do, and there the design is fixed'
        )
    base = Problem(problem, name=problem.name, source=problem.source) if isinstance(problem, Environment) else problem
    return replace(base, design=design_with(base.design, design, base.environment)) if design else base
