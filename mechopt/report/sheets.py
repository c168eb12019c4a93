"""The tables of results, comparisons, maps, mechanisms and certificates, as data."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice, product
from typing import TYPE_CHECKING

from mechopt.dynamic.problem import DynamicProblem
from mechopt.dynamic.result import DynamicResult
from mechopt.environment.environment import Environment
from mechopt.exact.certificate import Certificate
from mechopt.mechanism.rules import AnyMechanism, RulesMechanism
from mechopt.problem import Problem
from mechopt.rational import RationalArray
from mechopt.report.dynamic_sheets import dynamic_checks, dynamic_numbers, dynamic_verdicts
from mechopt.report.numbers import fraction
from mechopt.report.sentences import PROPERTY_WORDS, witness_sentence
from mechopt.report.served import SERVED, chance_of_service
from mechopt.report.sheet import Cell, Share, Sheet
from mechopt.result import Number

if TYPE_CHECKING:
    from mechopt.pipeline.compare import Comparison, ComparisonRow
    from mechopt.pipeline.possibility import PossibilityMap
    from mechopt.report.sentences import AnyResult

__all__ = [
    "HELD",
    "MOST_OUTCOMES",
    "agents_sheet",
    "checks_sheet",
    "comparison_sheet",
    "interim_sheet",
    "map_sheet",
    "margins_sheet",
    "numbers_sheet",
    "prices_sheet",
    "profiles_sheet",
    "scales",
    "verdicts_sheet",
]

SCALES = {
    "efficient": ("efficient",),
    "IC": ("dsic", "epic", "bic"),
    "IR": ("ex-post-ir", "interim-ir", "ex-ante-ir"),
    "budget": ("balanced", "no-deficit", "expected-balanced", "expected-no-deficit"),
}
MOVING_SCALES = {
    "efficient": ("efficient",),
    "IC": ("periodic-epic", "bic"),
    "stay": ("periodic-ir",),
    "join": ("interim-ir",),
    "budget": ("balanced", "expected-balanced", "expected-no-deficit"),
}
"""Of the properties under a heading, the strongest first; where types stay, and where they move."""

MOST_OUTCOMES = 8
"""Columns of outcomes that fit on a page."""

HELD = "gets it"
"""The heading of her chance where more would not fit."""


def numbers_sheet(result: AnyResult) -> Sheet:
    """Return the numbers of a result: what was found, and what there was to be found."""
    if isinstance(result, DynamicResult):
        return dynamic_numbers(result)
    objective = result.problem.design.objective
    entries: list[tuple[str, Number | None, Number | None]] = [
        (f"value ({objective})", result.value if objective not in ("welfare", "gains", "revenue") else None, None),
        ("welfare", result.welfare, result.first_best),
        ("first best", result.first_best, None),
        ("status quo", result.status_quo, result.first_best),
        ("gains", result.gains, result.first_best_gains),
        ("first-best gains", result.first_best_gains, None),
        ("revenue", result.revenue, None),
        ("largest budget surplus", result.budget_surplus, None),
    ]
    rows = [
        (name, number.exact, number.float, None if whole is None else Share(number, whole)) for name, number, whole in entries if number is not None
    ]
    return Sheet("Numbers", ("", "exact", "float", "of first best"), tuple(rows))


def checks_sheet(result: AnyResult) -> Sheet:
    """Return the properties of a result's mechanism, those that were asked for first."""
    if isinstance(result, DynamicResult):
        return dynamic_checks(result)
    design = result.problem.design
    asked = [design.incentive, design.participation, design.budget, "efficient" if result.question == "certify" else design.allocation]
    rows: list[tuple[Cell, ...]] = []
    for verdict in sorted(result.checks, key=lambda entry: entry.property not in asked):
        holds: Cell = verdict.holds
        if verdict.property == design.incentive and design.epsilon > 0 and not verdict.holds and verdict.margin >= -design.epsilon:
            holds = f"up to {fraction(design.epsilon)}"
        wanted = "yes" if verdict.property in asked else ""
        rows.append((PROPERTY_WORDS[verdict.property], wanted, holds, verdict.margin, witness_sentence(verdict)))
    return Sheet("Properties", ("property", "asked", "holds", "margin", "worst case"), tuple(rows))


def interim_sheet(mechanism: AnyMechanism, i: int, most: int | None = None) -> Sheet:
    """Return what each type of agent `i` expects: a row per type, with probabilities of outcomes, payment, payoff, outside option and rent.

    Types without probability in a joint prior expect nothing and are left out. Of an object that more than `most` may hold, only her own
    probability is shown: for whoever reads a page.
    """
    environment = mechanism.environment
    agent = environment.agents[i]
    served, payments = chance_of_service(mechanism, i), mechanism.interim_payments(i).fractions()
    headings, chances = _headings(environment), mechanism.interim_allocation(i) if served is None else served.reshape(-1, 1)
    if served is not None:
        headings = (SERVED,)
    elif environment.kind == "object" and most is not None and environment.n_outcomes > most:
        headings, chances = (HELD,), chances[:, i : i + 1]
    payoffs, rents = mechanism.interim_payoffs(i).fractions(), mechanism.information_rents(i).fractions()
    rows: list[tuple[Cell, ...]] = []
    for a, name in enumerate(agent.types):
        unit = Fraction(1) if environment.independent else agent.prior[a]
        if unit:
            numbers = (*chances[a].fractions(), payments[a], payoffs[a], payoffs[a] - rents[a], rents[a])
            rows.append((agent.name, name, agent.prior[a], *(number / unit for number in numbers)))
    columns = ("agent", "type", "probability", *headings, "payment", "payoff", "outside", "rent")
    return Sheet(f"What {agent.name} expects", columns, tuple(rows))


def profiles_sheet(mechanism: AnyMechanism, most: int | None = None) -> Sheet:
    """Return the mechanism profile by profile: probabilities of outcomes and payments; at most so many rows."""
    environment = mechanism.environment
    names = [agent.name for agent in environment.agents]
    columns = (*(f"type of {name}" for name in names), *_headings(environment), *(f"payment of {name}" for name in names))
    profiles = product(*[range(agent.n_types) for agent in environment.agents])
    rows: list[tuple[Cell, ...]] = []
    for position in islice(profiles, most):
        types = tuple(agent.types[k] for agent, k in zip(environment.agents, position, strict=True))
        rows.append((*types, *_at(mechanism, position, types)))
    return Sheet("The mechanism, profile by profile", columns, tuple(rows))


def _headings(environment: Environment) -> tuple[str, ...]:
    """Return what the columns of outcomes are called; where outcomes are agents, apart from the agents' own columns."""
    if environment.kind != "object":
        return environment.outcomes
    return tuple(f"{outcome} gets it" for outcome in environment.outcomes)


def _at(mechanism: AnyMechanism, position: tuple[int, ...], types: tuple[str, ...]) -> tuple[Fraction, ...]:
    if isinstance(mechanism, RulesMechanism):
        return (*mechanism.allocation(types), *mechanism.payments(types))
    return (*mechanism.allocation[position].fractions(), *mechanism.payments[(slice(None), *position)].fractions())


def prices_sheet(certificate: Certificate) -> Sheet:
    """Return the prices of a certificate that are not zero: a row per requirement; those at many profiles are added up."""
    rows = [row for row in _prices(certificate) if row[-1]]
    return Sheet("Prices", ("requirement", "agent", "type", "report", "price"), tuple(rows))


def _prices(certificate: Certificate) -> Iterator[tuple[Cell, ...]]:
    agents, design = certificate.environment.agents, certificate.design
    for agent, pairs in zip(agents, certificate.incentive, strict=False):  # empty where incentives carry no price
        for k, (a, b) in enumerate(zip(pairs.true.tolist(), pairs.reported.tolist(), strict=True)):
            yield design.incentive, agent.name, agent.types[a], agent.types[b], _sum(pairs.prices[k])
    for agent, prices in zip(agents, certificate.participation, strict=False):
        if design.participation == "ex-ante-ir":
            yield design.participation, agent.name, None, None, prices.item()
            continue
        for a, name in enumerate(agent.types):
            yield design.participation, agent.name, name, None, _sum(prices[a])
    if certificate.budget is not None:
        yield design.budget, None, None, None, _sum(certificate.budget)
    for what, limits in (("floor", certificate.floor), ("cap", certificate.cap)):
        for i, prices in limits.items():
            yield what, agents[i].name, None, None, _sum(prices)
    for name, price in certificate.constraints.items():
        yield f"constraint {name}", None, None, None, price
    if certificate.worst_case is not None:
        yield "worst case", None, None, None, _sum(certificate.worst_case)


def _sum(prices: RationalArray) -> Fraction:
    return prices.sum().item()


def scales(comparison: Comparison) -> dict[str, tuple[str, ...]]:
    """Return the properties that a comparison names, by heading."""
    return MOVING_SCALES if isinstance(comparison.problem, DynamicProblem) else SCALES


def _strongest(row: ComparisonRow, scale: tuple[str, ...]) -> str:
    """Return the first property of a scale that holds, ``"yes"`` where there is only one, ``"no"`` where none does; nothing if none was checked."""
    measured = [name for name in scale if name in row.properties]
    holding = [name for name in measured if row.properties[name].holds]
    if not holding:
        return "no" if measured else ""
    return "yes" if len(scale) == 1 else holding[0]


def comparison_sheet(comparison: Comparison) -> Sheet:
    """Return a comparison: a row per mechanism; of several properties the strongest that holds is named."""
    whole, headings = comparison.rows[0].welfare, scales(comparison)
    rows: list[tuple[Cell, ...]] = []
    for row in comparison.rows:
        numbers = (row.welfare, Share(row.welfare, whole), row.revenue, row.budget_surplus)
        rows.append((row.mechanism, *numbers, *[_strongest(row, scale) for scale in headings.values()]))
    return Sheet("Mechanisms known by name", ("mechanism", "welfare", "share", "revenue", "surplus", *headings), tuple(rows))


def verdicts_sheet(comparison: Comparison, row: ComparisonRow) -> Sheet:
    """Return every property of a mechanism of a comparison in words, with its margin and the case that decides where it fails."""
    verdicts = tuple(row.properties.values())
    if isinstance(comparison.problem, DynamicProblem):
        return dynamic_verdicts(verdicts)
    cells = [(PROPERTY_WORDS[verdict.property], verdict.holds, verdict.margin, witness_sentence(verdict)) for verdict in verdicts]
    return Sheet("Properties", ("property", "holds", "margin", "worst case"), tuple(cells))


def margins_sheet(comparison: Comparison) -> Sheet:
    """Return every property of every mechanism of a comparison, with its margin and the case that decides where it fails."""
    rows: list[tuple[Cell, ...]] = [
        (row.mechanism, name, *cells[1:])
        for row in comparison.rows
        for name, cells in zip(row.properties, verdicts_sheet(comparison, row).rows, strict=True)
    ]
    return Sheet("Properties of the mechanisms known by name", ("mechanism", "property", "holds", "margin", "worst case"), tuple(rows))


def map_sheet(found: PossibilityMap) -> Sheet:
    """Return a map: a row per combination of properties."""
    rows: list[tuple[Cell, ...]] = [
        (row.allocation, row.incentive, row.participation, row.budget, row.answer, row.welfare, row.share, row.gains_share, row.proof.grade)
        for row in found.rows
    ]
    columns = ("allocation", "incentive", "participation", "budget", "answer", "welfare", "share", "gains share", "grade")
    return Sheet("What can be had together", columns, tuple(rows))


def agents_sheet(problem: Problem) -> Sheet:
    """Return the agents of a problem: their types, and what they value."""
    rows: list[tuple[Cell, ...]] = []
    for agent in problem.environment.agents:
        values = "" if agent.values is None else f"{fraction(min(agent.values))} to {fraction(max(agent.values))}"
        rows.append((agent.name, agent.n_types, values, agent.outside.reshape(-1).max().item()))
    return Sheet("Agents", ("agent", "types", "values (money)", "outside option, at most"), tuple(rows))
