"""The tables of an answer about types that move, as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from mechopt.dynamic.result import DynamicResult
from mechopt.mechanism.properties import Verdict
from mechopt.report.numbers import brief
from mechopt.report.sheet import Cell, Sheet
from mechopt.result import Number

if TYPE_CHECKING:
    from mechopt.dynamic.mechanism import StationaryMechanism
    from mechopt.dynamic.prices import DynamicCertificate

__all__ = ["dynamic_checks", "dynamic_interim", "dynamic_numbers", "dynamic_prices", "dynamic_profiles", "dynamic_verdicts", "plain"]

_PROPERTY_WORDS = {
    "efficient": "efficient",
    "periodic-epic": "periodic ex post incentive compatible",
    "periodic-ir": "periodic ex post individually rational",
    "interim-ir": "worth its fee to every first type",
    "expected-no-deficit": "free of deficits in expectation",
    "expected-balanced": "budget-balanced in expectation",
    "bic": "incentive compatible on average over the others",
    "balanced": "budget-balanced in every period",
}


def dynamic_numbers(result: DynamicResult) -> Sheet:
    """Return both sides of the budget condition and what they leave."""
    analysis = result.analysis
    fees = zip(result.problem.environment.agents, analysis.condition.largest_fees, strict=True)
    entries: list[tuple[str, Number | None]] = [
        ("best welfare", result.value),
        ("value of the efficient policy", result.first_best),
        ("deficit of the pivot payments", result.pivot_deficit),
        ("largest fees, together", analysis.condition.largest_total),
        *((f"  largest fee of {agent.name}", fee) for agent, fee in fees),
        ("slack", result.slack),
        ("least interim slack", None if analysis.interim is None else analysis.interim.slack),
        ("largest budget surplus", result.budget_surplus),
    ]
    rows = tuple((label, number.exact, number.float) for label, number in entries if number is not None)
    return Sheet("Numbers", ("", "exact", "float"), rows)


def dynamic_checks(result: DynamicResult) -> Sheet:
    """Return the properties of a dynamic result's mechanism, with the case that decides where one fails."""
    return dynamic_verdicts(result.checks)


def dynamic_verdicts(verdicts: Sequence[Verdict]) -> Sheet:
    """Return verdicts in words, with the case that decides where one fails."""
    rows = tuple((_PROPERTY_WORDS[verdict.property], verdict.holds, verdict.margin, _witness(verdict)) for verdict in verdicts)
    return Sheet("Properties", ("property", "holds", "margin", "worst case"), rows)


def _witness(verdict: Verdict) -> str:
    if verdict.witness is None:
        return ""
    return ", ".join(f"{key.replace('_', ' ')}: {plain(value)}" for key, value in verdict.witness.items())


def plain(value: Any) -> str:
    """Return a profile as its types in parentheses, and anything else as it is."""
    return "(" + ", ".join(map(str, value.values())) + ")" if isinstance(value, Mapping) else str(value)


def dynamic_interim(mechanism: StationaryMechanism) -> Sheet:
    """Return what each type expects in period 0: from the periods to come, less the fee. Types that do not occur are left out."""
    from mechopt.dynamic.budget import conditional_values

    environment, rows = mechanism.environment, list[tuple[Cell, ...]]()
    for i, (agent, fee) in enumerate(zip(environment.agents, mechanism.fees, strict=True)):
        expected = conditional_values(environment, i, mechanism.payoffs[i])
        for name, chance, value in zip(agent.types, agent.initial, expected, strict=True):
            if value is not None:
                rows.append((agent.name, name, chance, value, fee, value - fee))
    return Sheet("What each type expects in period 0", ("agent", "type", "probability", "payoff", "fee", "left"), tuple(rows))


def dynamic_profiles(mechanism: StationaryMechanism) -> Sheet:
    """Return what happens at every profile, the action and what everybody pays, after a row with the fees."""
    environment = mechanism.environment
    names = [agent.name for agent in environment.agents]
    payments = mechanism.payments.fractions()
    rows: list[tuple[Cell, ...]] = [(*(None for _ in names), "once: fee", *mechanism.fees)]
    for state in range(environment.n_states):
        types = environment.state_names(state)
        action = _action(mechanism.policy[state].fractions(), environment.actions)
        rows.append((*(types[name] for name in names), action, *(own[state] for own in payments)))
    columns = (*(f"type of {name}" for name in names), "action", *(f"{name} pays" for name in names))
    return Sheet("Fees in period 0, and every period's action and payments", columns, tuple(rows))


def _action(chances: list[Fraction], actions: tuple[str, ...]) -> str:
    """Return what is done at a profile, with its chances where it is a lottery."""
    used = [(chance, action) for chance, action in zip(chances, actions, strict=True) if chance]
    return used[0][1] if len(used) == 1 else ", ".join(f"{action} {brief(chance)}" for chance, action in used)


def dynamic_prices(certificate: DynamicCertificate) -> Sheet:
    """Return the prices of a certificate that are not zero: a row per requirement."""
    return Sheet("Prices", ("requirement", "agent", "profile", "type", "report", "price"), tuple(_prices(certificate)))


def _prices(certificate: DynamicCertificate) -> Iterator[tuple[Cell, ...]]:
    environment = certificate.environment
    for (i, state, report), price in sorted(certificate.incentive.items()):
        agent, types = environment.agents[i], environment.state_names(state)
        yield "periodic-epic", agent.name, plain(types), types[agent.name], agent.types[report], price
    for (i, a), price in sorted(certificate.joining.items()):
        yield "interim-ir", environment.agents[i].name, None, environment.agents[i].types[a], None, price
    if certificate.budget:
        yield "expected-no-deficit", None, None, None, None, certificate.budget
