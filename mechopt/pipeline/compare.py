"""The mechanisms known by name next to first best and optimum, in one environment."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mechopt.dynamic.problem import DynamicProblem
from mechopt.errors import ProgramSizeError, named
from mechopt.mechanism.classical.conditions import require
from mechopt.mechanism.classical.registry import CLASSICAL, Classical, applicable
from mechopt.mechanism.properties import Verdict, check_all
from mechopt.mechanism.rules import AnyMechanism
from mechopt.pipeline.answer import Settings
from mechopt.pipeline.solve import solve_problem
from mechopt.problem import Problem
from mechopt.rational import counted
from mechopt.result import Number, Result

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Comparison", "ComparisonRow", "compare_problem", "compare_with"]

_MOST_ENTRIES = 10**7


@dataclass(frozen=True, eq=False)
class ComparisonRow:
    """One mechanism of a comparison.

    Attributes
    ----------
    mechanism : str
        Its id: of the registry of mechanisms known by name, or ``"optimum"``.
    welfare, budget_surplus : Number
        Expected, in money; where types move, discounted sums.
    properties : mapping from property id to Verdict
        Recomputed from the environment. Ex post incentives are left out where comparing all reports would take very long.
    """

    mechanism: str
    welfare: Number
    budget_surplus: Number
    properties: Mapping[str, Verdict]

    @property
    def revenue(self) -> Number:
        """Expected payments less the designer's cost, hence the expected budget surplus."""
        return self.budget_surplus


@dataclass(frozen=True, eq=False)
class Comparison:
    """The mechanisms that apply to an environment, or exist where types move, measured alike.

    Attributes
    ----------
    problem : Problem or DynamicProblem
    rows : tuple of ComparisonRow
        First best, optimum, then the others in the registry's order; those that do not apply are absent, and so is the optimum if
        no mechanism was found. Where types move, those of `mechopt.pipeline.dynamic_comparison.compare_dynamic`.
    optimum : Result or None
        The answer to `solve`: status and proof of the optimum. None where types move.
    """

    problem: Problem | DynamicProblem
    rows: tuple[ComparisonRow, ...]
    optimum: Result | None = None

    def __getitem__(self, mechanism: str) -> ComparisonRow:
        """Return the row of a mechanism by its id; KeyError if it is absent."""
        return {row.mechanism: row for row in self.rows}[mechanism]

    def to_dict(self) -> dict[str, Any]:
        """Return the rows as dictionaries, lists, strings and floats: what ``mechopt compare --json`` prints."""
        from mechopt.report.comparison import comparison_to_dict

        return comparison_to_dict(self)

    def to_latex(self) -> str:
        """Return the comparison as a LaTeX table (booktabs)."""
        from mechopt.report.sheets import comparison_sheet

        return comparison_sheet(self).to_latex()

    def to_frame(self, *, margins: bool = False) -> DataFrame:
        """Return a pandas frame: a row per mechanism, or, for `margins`, a row per mechanism and property."""
        from mechopt.report.sheets import comparison_sheet, margins_sheet

        return (margins_sheet(self) if margins else comparison_sheet(self)).to_frame()

    def _repr_html_(self) -> str:
        from mechopt.report.page.fragment import sheet_html
        from mechopt.report.sheets import comparison_sheet

        return sheet_html(comparison_sheet(self))


def compare_problem(problem: Problem, settings: Settings, only: Collection[str] = ()) -> Comparison:
    """Measure the mechanisms known by name. See `mechopt.pipeline.questions.compare`."""
    _check_size(problem)
    chosen = _chosen(problem, only)
    return _compared(solve_problem(problem, settings), chosen, settings)


def compare_with(optimum: Result, settings: Settings) -> Comparison:
    """Measure the mechanisms known by name next to an optimum that is known already.

    Raises
    ------
    ProgramSizeError
        If there are too many profiles.
    """
    _check_size(optimum.problem)
    return _compared(optimum, _chosen(optimum.problem, ()), settings)


def _compared(optimum: Result, chosen: tuple[Classical, ...], settings: Settings) -> Comparison:
    problem = optimum.problem
    return Comparison(problem, tuple(_row(name, found, problem) for name, found in _mechanisms(problem, chosen, optimum, settings)), optimum)


def _chosen(problem: Problem, only: Collection[str]) -> tuple[Classical, ...]:
    """Return the mechanisms to measure: first best, and those asked for, which must apply; without a choice all that apply."""
    if not only:
        return applicable(problem.environment)
    for name in only:
        if name == "optimum":  # always there
            continue
        require(problem.environment, named(CLASSICAL, name, "mechanism").applies, name)
    return tuple(row for row in CLASSICAL.values() if row.id in only or row.id == "first-best")


def _check_size(problem: Problem) -> None:
    environment = problem.environment
    if environment.n_profiles * (environment.n_outcomes + environment.n_agents) > _MOST_ENTRIES:
        raise ProgramSizeError(
            f"{counted(environment.n_profiles, 'profile')} are too many to compare mechanisms profile by profile; use fewer agents or types"
        )


def _mechanisms(problem: Problem, chosen: tuple[Classical, ...], optimum: Result, settings: Settings) -> Iterator[tuple[str, AnyMechanism]]:
    for row in chosen:
        settings.tell(f"measuring {row.id}")
        yield row.id, row.build(problem.environment)
        if row.id == "first-best" and optimum.mechanism is not None:
            yield "optimum", optimum.mechanism


def _row(name: str, mechanism: AnyMechanism, problem: Problem) -> ComparisonRow:
    verdicts = check_all(mechanism, problem.design)
    properties = {verdict.property: verdict for verdict in verdicts}
    return ComparisonRow(name, Number.of(mechanism.welfare()), Number.of(mechanism.revenue()), properties)
