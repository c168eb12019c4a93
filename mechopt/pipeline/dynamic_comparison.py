"""Mechanisms known by name next to first best and second best, where types move."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from mechopt.dynamic.budget import Condition, condition
from mechopt.dynamic.checks import check_all, check_property
from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.mechanism import StationaryMechanism, pivot_with_fees
from mechopt.dynamic.pivot import Pivot
from mechopt.dynamic.problem import DynamicProblem
from mechopt.dynamic.program import has_second_best
from mechopt.dynamic.team import team_mechanism
from mechopt.errors import SolverError
from mechopt.pipeline.answer import Settings
from mechopt.pipeline.compare import Comparison, ComparisonRow
from mechopt.pipeline.dynamic_programs import Watch, exact_pivot, largest_surplus, second_best
from mechopt.rational import RationalArray
from mechopt.result import Number

__all__ = ["compare_dynamic"]


def compare_dynamic(problem: DynamicProblem, settings: Settings) -> Comparison:
    """Measure the mechanisms that exist where types move.

    ``first-best``: efficient actions and no payments. ``optimum``: the second best. ``largest-surplus``: among all efficient mechanisms that
    people join and stay in. ``pivot``: the dynamic pivot mechanism. ``pivot-with-fees``: with the fees of condition (*). ``balanced-team``: that
    of Athey and Segal, whose payments also depend on the reports of the period before. Those that do not exist, or are too large to
    be found, are absent.

    Raises
    ------
    ProgramSizeError
        If there are too many profiles for exact values.

    Examples
    --------
    Types that are kept half the time, traded by patient people: fees cover the deficit that the pivot mechanism has without them.

    >>> from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
    >>> trade = repeated_trade([0, 1], [0, 1], lazily_redrawn("1/2", 2), "3/4")
    >>> rows = compare_dynamic(DynamicProblem(trade), Settings())
    >>> [str(rows[name].budget_surplus) for name in ("pivot", "pivot-with-fees", "balanced-team")]
    ['-1', '0', '0']
    """
    found = exact_pivot(problem.environment)
    return Comparison(problem, tuple(_rows(found, condition(found), settings)))


def _rows(found: Pivot, sides: Condition, settings: Settings) -> Iterator[ComparisonRow]:
    environment = found.environment
    pivot = replace(pivot_with_fees(found, sides), fees=(Fraction(0),) * environment.n_agents)
    free = replace(pivot, payments=RationalArray.full(pivot.payments.shape, 0))
    yield _row("first-best", free)
    best = _optimum(environment, settings)
    if best is not None:
        yield _row("optimum", best)
    largest = largest_surplus(found, settings, Watch())
    if largest is not None and largest.mechanism is not None:
        yield _row("largest-surplus", largest.mechanism)
    yield _row("pivot", pivot)
    yield _row("pivot-with-fees", pivot_with_fees(found, sides))
    if environment.n_agents > 1 and environment.transition is None and environment.initial is None:
        settings.tell("looking at the balanced team mechanism")
        team = team_mechanism(environment)
        verdicts = (check_property(free, "efficient"), team.check_incentives(), team.check_balance())
        yield ComparisonRow("balanced-team", Number.of(free.welfare()), Number.of(Fraction(0)), {verdict.property: verdict for verdict in verdicts})


def _optimum(environment: DynamicEnvironment, settings: Settings) -> StationaryMechanism | None:
    """Return the second best; None where it is no linear program, a large one, or where nobody can be kept."""
    if not has_second_best(environment):
        return None
    try:
        found = second_best(environment, settings, Watch())
    except SolverError:  # the other rows need no program
        return None
    return None if found is None else found.mechanism


def _row(name: str, mechanism: StationaryMechanism) -> ComparisonRow:
    properties = {verdict.property: verdict for verdict in check_all(mechanism)}
    return ComparisonRow(name, Number.of(mechanism.welfare()), Number.of(mechanism.surplus()), properties)
