"""Which properties can be had together in one environment: every combination, answered with its proof."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any, Literal, Protocol

from mechopt.dynamic.problem import DynamicProblem
from mechopt.environment.welfare import first_best, status_quo
from mechopt.errors import SolverError
from mechopt.exact.certificate import Certificate, Tree
from mechopt.mechanism.rules import AnyMechanism
from mechopt.pipeline.admissible import is_admissible
from mechopt.pipeline.answer import Settings
from mechopt.pipeline.certify import certify_problem
from mechopt.pipeline.solve import solve_problem
from mechopt.problem import Problem
from mechopt.result import Number, Proof, Result

if TYPE_CHECKING:
    from pandas import DataFrame

    from mechopt.dynamic.mechanism import StationaryMechanism
    from mechopt.dynamic.prices import DynamicCertificate

__all__ = ["ALLOCATIONS", "Combination", "Known", "Possibility", "PossibilityMap", "possibility_map_of", "rows_of"]

ALLOCATIONS = ("efficient", "any")
# Each list goes from the weakest requirement to the strongest.
_PARTICIPATIONS = ("none", "interim-ir", "ex-post-ir")
_BUDGETS = ("none", "no-deficit", "balanced")

Combination = tuple[str, str, str]
Scales = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, eq=False)
class Possibility:
    """What is known about one combination of properties.

    Attributes
    ----------
    allocation, incentive, participation, budget : str
        What is asked for; ids of `mechopt.design.design`, or, where types move, of `mechopt.pipeline.dynamic_possibility`.
    answer : str
        ``"possible"``, ``"impossible"`` (proved) or ``"undecided"``.
    welfare : Number or None
        The best welfare with these incentives, participation and budget, in money; where efficiency is impossible, of a mechanism
        that is not efficient. None where no mechanism is known.
    share, gains_share : Number or None
        Welfare relative to first best, and gains over the status quo relative to first-best gains. None where the whole is not positive.
    proof : Proof
        Of the welfare if the allocation is any, of the answer if it is efficient.
    certificate : Certificate, Tree, DynamicCertificate or None
        Prices that prove it; of a weaker combination where that is impossible or no better already. None where a mechanism is the proof.
    mechanism : Mechanism, StationaryMechanism or None
        Has the properties asked for.
    reason : str
        Why the answer is not known.
    """

    allocation: str
    incentive: str
    participation: str
    budget: str
    answer: Literal["possible", "impossible", "undecided"]
    welfare: Number | None
    share: Number | None
    gains_share: Number | None
    proof: Proof
    certificate: Certificate | Tree | DynamicCertificate | None = None
    mechanism: AnyMechanism | StationaryMechanism | None = None
    reason: str = ""


@dataclass(frozen=True, eq=False)
class PossibilityMap:
    """All combinations of allocation, incentive, participation and budget in one environment.

    Attributes
    ----------
    problem : Problem or DynamicProblem
        A design's limits on payments, constraints and allowed violation hold throughout; the rest of the design plays no part.
    first_best, status_quo : Number
        Of the environment, in money.
    rows : tuple of Possibility
        Weaker requirements before stronger ones; efficient before any.
    """

    problem: Problem | DynamicProblem
    first_best: Number
    status_quo: Number
    rows: tuple[Possibility, ...]

    def __getitem__(self, asked: tuple[str, str, str, str]) -> Possibility:
        """Return the row of (allocation, incentive, participation, budget); KeyError if there is none."""
        return {(row.allocation, row.incentive, row.participation, row.budget): row for row in self.rows}[asked]

    @property
    def incentives(self) -> tuple[str, ...]:
        """The incentive constraints asked for, the weaker first."""
        return tuple(dict.fromkeys(row.incentive for row in self.rows))

    def to_dict(self) -> dict[str, Any]:
        """Return the map as dictionaries, lists, strings and floats: what ``mechopt map --json`` prints."""
        from mechopt.report.possibility import map_to_dict

        return map_to_dict(self)

    def to_latex(self) -> str:
        """Return the map as a LaTeX table (booktabs)."""
        from mechopt.report.possibility import map_latex

        return map_latex(self)

    def to_frame(self) -> DataFrame:
        """Return the map as a pandas frame: a row per combination of properties."""
        from mechopt.report.sheets import map_sheet

        return map_sheet(self).to_frame()

    def _repr_html_(self) -> str:
        from mechopt.report.page.fragment import sheet_html
        from mechopt.report.sheets import map_sheet

        return sheet_html(map_sheet(self))


class Questions(Protocol):
    """What is asked about every combination."""

    def admits(self, mechanism: Any, asked: Combination, *, efficient: bool) -> bool:
        """Return whether a mechanism has the properties of a combination."""
        ...

    def efficiency(self, asked: Combination, settings: Settings) -> Known:
        """Return whether an efficient mechanism has the properties of a combination."""
        ...

    def second_best(self, asked: Combination, settings: Settings) -> Known:
        """Return the best mechanism with the properties of a combination."""
        ...


@dataclass(frozen=True, eq=False)
class Known:
    """An answer for one combination and one allocation; the fields are those of `Possibility`."""

    answer: Literal["possible", "impossible", "undecided"]
    proof: Proof
    certificate: Certificate | Tree | DynamicCertificate | None = None
    mechanism: AnyMechanism | StationaryMechanism | None = None
    reason: str = ""

    def row(self, allocation: str, asked: Combination, best: Known, whole: Fraction, stay: Fraction) -> Possibility:
        """Return the row of the map; the welfare is that of the best mechanism, efficient or not."""
        value = None if best.mechanism is None else best.mechanism.welfare()
        return Possibility(
            allocation,
            *asked,
            answer=self.answer,
            welfare=None if value is None else Number.of(value),
            share=_share(value, whole),
            gains_share=_share(None if value is None else value - stay, whole - stay),
            proof=self.proof,
            certificate=self.certificate,
            mechanism=self.mechanism,
            reason=self.reason,
        )


def rows_of(scales: Scales, questions: Questions, whole: Fraction, stay: Fraction, settings: Settings) -> tuple[Possibility, ...]:
    """Answer every combination, the weaker ones first, and from them whatever follows.

    Parameters
    ----------
    scales : three tuples of str
        Incentives, participations and budgets, each from the weakest to the strongest.
    questions : Questions
    whole, stay : Fraction
        First best and status quo, in money.
    settings : Settings

    Raises
    ------
    SolverError
        If nothing could be decided.
    """
    efficient: dict[Combination, Known] = {}
    best: dict[Combination, Known] = {}
    rows: list[Possibility] = []
    combinations = list(product(*scales))
    for number, asked in enumerate(combinations, 1):
        stage = replace(settings, progress=_numbered(settings, f"combination {number} of {len(combinations)}"))
        efficient[asked] = _inherited(efficient, asked, scales, questions, efficient=True) or questions.efficiency(asked, stage)
        if efficient[asked].mechanism is not None:
            best[asked] = replace(efficient[asked], proof=Proof("optimal", Number.of(whole), Fraction(0)), certificate=None)
        else:
            best[asked] = _inherited(best, asked, scales, questions, efficient=False) or questions.second_best(asked, stage)
        rows += [known.row(name, asked, best[asked], whole, stay) for name, known in _named(efficient[asked], best[asked])]
    if all(row.answer == "undecided" for row in rows):
        raise SolverError(rows[0].reason or "no combination could be decided in exact arithmetic; use fewer types")
    return tuple(rows)


def _share(part: Fraction | None, whole: Fraction) -> Number | None:
    return None if part is None or whole <= 0 else Number.of(part / whole)


def _named(efficient: Known, best: Known) -> Iterator[tuple[str, Known]]:
    return zip(ALLOCATIONS, (efficient, best), strict=True)


def _numbered(settings: Settings, where: str) -> Any:
    return None if settings.progress is None else lambda stage: settings.tell(f"{where}: {stage}")


def _inherited(known: dict[Combination, Known], asked: Combination, scales: Scales, questions: Questions, *, efficient: bool) -> Known | None:
    """Return what a weaker combination already tells: it is impossible, or its mechanism has the stronger properties too."""
    weaker = [known[combination] for combination in _one_step_less(asked, scales)]
    for found in weaker:
        if found.answer == "impossible":
            return found
    for found in weaker:
        if found.mechanism is not None and questions.admits(found.mechanism, asked, efficient=efficient):
            return found
    return None


def _one_step_less(asked: Combination, scales: Scales) -> Iterator[Combination]:
    """Yield the combinations that ask for one step less in one place."""
    for k, scale in enumerate(scales):
        place = scale.index(asked[k])
        if place:
            weaker = list(asked)
            weaker[k] = scale[place - 1]
            yield weaker[0], weaker[1], weaker[2]


def possibility_map_of(problem: Problem, settings: Settings) -> PossibilityMap:
    """Answer every combination, the weaker ones first. See `mechopt.pipeline.questions.possibility_map`."""
    whole, stay = first_best(problem.environment), status_quo(problem.environment)
    incentives = ("bic", "dsic" if problem.environment.private_values else "epic")
    rows = rows_of((incentives, _PARTICIPATIONS, _BUDGETS), _Static(problem), whole, stay, settings)
    return PossibilityMap(problem, Number.of(whole), Number.of(stay), rows)


@dataclass(frozen=True, eq=False)
class _Static:
    """The questions about types that stay: limits, constraints and the allowed violation are kept."""

    problem: Problem

    def _asking(self, asked: Combination) -> Problem:
        incentive, participation, budget = asked
        free = replace(self.problem.design, objective="welfare", weights=None, allocation="any")
        return replace(self.problem, design=replace(free, incentive=incentive, participation=participation, budget=budget))

    def admits(self, mechanism: AnyMechanism, asked: Combination, *, efficient: bool) -> bool:
        return is_admissible(mechanism, self._asking(asked).design, efficient=efficient)

    def efficiency(self, asked: Combination, settings: Settings) -> Known:
        try:
            result = certify_problem(self._asking(asked), settings)
        except SolverError as error:
            return Known("undecided", Proof("none"), reason=str(error))
        if result.answer == "impossible":
            return Known("impossible", result.proof, result.certificate)
        return Known("possible", result.proof, mechanism=result.mechanism)

    def second_best(self, asked: Combination, settings: Settings) -> Known:
        try:
            result = solve_problem(self._asking(asked), settings)
        except SolverError as error:
            return Known("undecided", Proof("none"), reason=str(error))
        return Known(_status(result), result.proof, result.certificate, result.mechanism)


def _status(result: Result) -> Literal["possible", "impossible", "undecided"]:
    if result.proof.grade == "infeasible":
        return "impossible"
    return "possible" if result.mechanism is not None else "undecided"
