"""Questions about problems, as they are asked: how they are answered and what of the design changes, by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, overload

from mechopt.design.design import design_with
from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.problem import DynamicProblem
from mechopt.environment.environment import Environment
from mechopt.errors import DesignError, named
from mechopt.pipeline.answer import Settings, settings_among
from mechopt.pipeline.certify import certify_problem
from mechopt.pipeline.solve import solve_problem
from mechopt.problem import Problem
from mechopt.result import Result

# What answers where types move imports SciPy, which takes longer than many an answer, and few compare, or ask for the map or a theorem: all that
# is imported where it runs.
if TYPE_CHECKING:
    from mechopt.dynamic.result import DynamicResult
    from mechopt.pipeline.compare import Comparison
    from mechopt.pipeline.possibility import PossibilityMap
    from mechopt.pipeline.theorems.registry import Finding

__all__ = ["certify", "compare", "possibility_map", "problem_of", "solve", "theorem"]


@overload
def certify(problem: Problem | Environment, **options: Any) -> Result: ...
@overload
def certify(problem: DynamicProblem | DynamicEnvironment, **options: Any) -> DynamicResult: ...
def certify(problem: Problem | Environment | DynamicProblem | DynamicEnvironment, **options: Any) -> Result | DynamicResult:
    """Decide whether an efficient mechanism with the design's incentive, participation and budget properties exists.

    Parameters
    ----------
    problem : Problem, Environment, DynamicProblem or DynamicEnvironment
        An environment alone is asked with the default design: Bayesian incentives, interim participation, balanced budget. Where types
        move the design is fixed, and only `backend`, `time_limit` and `progress` can be chosen.
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
    solver : str, optional
        For the backend ``"cvxpy"``: the name of the solver.
    **design
        Fields of `Design` that replace those of the problem.

    Returns
    -------
    Result or DynamicResult
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
    if isinstance(problem, DynamicProblem | DynamicEnvironment):
        from mechopt.pipeline.dynamic import certify_dynamic

        return certify_dynamic(*_asked_where_types_move(problem, options))
    return certify_problem(*_asked(problem, options))


@overload
def solve(problem: Problem | Environment, **options: Any) -> Result: ...
@overload
def solve(problem: DynamicProblem | DynamicEnvironment, **options: Any) -> DynamicResult: ...
def solve(problem: Problem | Environment | DynamicProblem | DynamicEnvironment, **options: Any) -> Result | DynamicResult:
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
    if isinstance(problem, DynamicProblem | DynamicEnvironment):
        from mechopt.pipeline.dynamic import solve_dynamic

        return solve_dynamic(*_asked_where_types_move(problem, options))
    return solve_problem(*_asked(problem, options))


def compare(problem: Problem | Environment | DynamicProblem | DynamicEnvironment, *, only: Collection[str] = (), **options: Any) -> Comparison:
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
    if isinstance(problem, DynamicProblem | DynamicEnvironment):
        from mechopt.pipeline.dynamic_comparison import compare_dynamic

        return compare_dynamic(*_asked_where_types_move(problem, options | {"only": only}))
    from mechopt.pipeline.compare import compare_problem

    return compare_problem(*_asked(problem, options), only)


def possibility_map(problem: Problem | Environment | DynamicProblem | DynamicEnvironment, **options: Any) -> PossibilityMap:
    """Answer every combination of allocation, incentive, participation and budget in one environment.

    Parameters and exceptions are those of `certify`. The design's limits on payments, its constraints and the incentive violation
    that it allows hold for every combination; what else it asks for plays no part. Where types move the combinations are those of
    `mechopt.pipeline.dynamic_possibility`.

    Returns
    -------
    PossibilityMap
        36 rows, or 18 where types move: is it possible, with its proof, and the best welfare.

    Examples
    --------
    >>> from mechopt.environment.builders import bilateral_trade
    >>> from mechopt.environment.grids import two_types
    >>> asked = ("efficient", "bic", "interim-ir", "balanced")
    >>> possibility_map(bilateral_trade(two_types(0, 3), two_types(1, 4)))[asked].answer
    'possible'
    """
    if isinstance(problem, DynamicProblem | DynamicEnvironment):
        from mechopt.pipeline.dynamic_possibility import dynamic_possibility_map

        return dynamic_possibility_map(*_asked_where_types_move(problem, options))
    from mechopt.pipeline.possibility import possibility_map_of

    return possibility_map_of(*_asked(problem, options))


def theorem(name: str, problem: Problem | Environment, **options: Any) -> Finding:
    """Ask whether a theorem of the literature holds in an environment, by how much it fails, and why.

    Parameters
    ----------
    name : str
        An id of `mechopt.pipeline.theorems.registry.THEOREMS`.
    problem : Problem or Environment
        Its design plays no part.
    **options
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
    DesignError
        If types move.
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
    from mechopt.pipeline.theorems.registry import THEOREMS, Finding

    asked = named(THEOREMS, name, "theorem")
    if isinstance(problem, DynamicProblem | DynamicEnvironment):
        raise DesignError(
            f'environment.kind is "dynamic", and {name} is about types that stay; `certify` says whether fees balance the dynamic pivot mechanism '
            "(Yoon 2015), and `compare` measures the balanced team mechanism (Athey and Segal 2013)"
        )
    return Finding(asked, asked.ask(*_asked(problem, options)))


def problem_of(problem: Problem | Environment, design: Mapping[str, Any] = MappingProxyType({})) -> Problem:
    """Return a problem with some fields of its design replaced."""
    if isinstance(problem, DynamicProblem | DynamicEnvironment):
        raise DesignError(
            'environment.kind is "dynamic", which this question does not support; certify, solve, compare, possibility_map and trade_off do, by '
            "their own design"
        )
    base = Problem(problem, name=problem.name, source=problem.source) if isinstance(problem, Environment) else problem
    return replace(base, design=design_with(base.design, design, base.environment)) if design else base


def _asked(problem: Problem | Environment, options: Mapping[str, Any]) -> tuple[Problem, Settings]:
    """Return what is asked, and how it is to be answered."""
    settings, design = settings_among(options)
    return problem_of(problem, design), settings


def _asked_where_types_move(problem: DynamicProblem | DynamicEnvironment, options: Mapping[str, Any]) -> tuple[DynamicProblem, Settings]:
    """Return what is asked, and how it is to be answered; an environment alone is a problem without a title."""
    asked = DynamicProblem(problem, problem.name, problem.source) if isinstance(problem, DynamicEnvironment) else problem
    chosen = {key: value for key, value in options.items() if value is not None and value != ()}
    fixed = sorted(chosen.keys() - {"backend", "time_limit", "progress"})
    if fixed:
        raise DesignError(f'{fixed[0]} cannot be chosen where environment.kind is "dynamic": the design and the program are fixed; leave it out')
    return asked, settings_among(chosen)[0]
