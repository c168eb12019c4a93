"""A result as text: headline, numbers, properties, interim tables, proof, and what ran."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from rich.table import Table
from rich.text import Text

from mechopt.dynamic.result import DynamicResult
from mechopt.mechanism.rules import AnyMechanism, RulesMechanism
from mechopt.report.dynamic import dynamic_notes
from mechopt.report.dynamic_sheets import dynamic_profiles
from mechopt.report.layout import empty_table, rendered, sheet_table, titled
from mechopt.report.numbers import brief, fraction, seconds, sizes
from mechopt.report.sentences import AnyResult, headline, proof_sentence, rules_phrase, together
from mechopt.report.served import SERVED, chance_of_service
from mechopt.report.sheet import Sheet, cell_text
from mechopt.report.sheets import checks_sheet, numbers_sheet
from mechopt.result import Result

__all__ = ["text"]

_SMALL_TYPES, _SMALL_AGENTS, _SMALL_PROFILES, _SMALL_OUTCOMES, _SMALL_STATES = 12, 4, 5000, 5, 16


def text(result: AnyResult, *, width: int = 100, color: bool = False) -> str:
    """Return a result as text for a terminal or a file.

    Parameters
    ----------
    result : Result or DynamicResult
    width : int
        Columns to fit into; longer cells are folded, never cut.
    color : bool
        Whether to use terminal colours.

    Returns
    -------
    str
        Lines, the last one ended.
    """
    return rendered(_parts(result), width=width, color=color)


def _parts(result: AnyResult) -> Iterator[Text | Table]:
    yield from titled(result.problem.name, headline(result))
    yield _numbers(numbers_sheet(result))
    if result.checks:
        yield sheet_table(checks_sheet(result))
    if result.mechanism is not None:
        yield from _mechanism(result)
    notes = Table.grid(padding=(0, 2))
    for label, line in dynamic_notes(result) if isinstance(result, DynamicResult) else _notes(result):
        notes.add_row(Text(label, style="bold"), Text(line))
    yield notes


def _numbers(sheet: Sheet) -> Table:
    table = empty_table(sheet.columns, sheet.columns[1:])
    for label, exact, *others in sheet.rows:
        table.add_row(str(label), fraction(exact) if isinstance(exact, Fraction) else "unknown", *map(cell_text, others))
    return table


def _mechanism(result: AnyResult) -> Iterator[Table]:
    """Yield a small mechanism: what each type expects, or, where types move, what happens at every profile."""
    if isinstance(result, DynamicResult):
        if result.mechanism is not None and result.problem.environment.n_states <= _SMALL_STATES:
            yield sheet_table(dynamic_profiles(result.mechanism))
    elif result.mechanism is not None and _small(result.mechanism):
        yield from _interim(result.mechanism)


def _small(mechanism: AnyMechanism) -> bool:
    environment = mechanism.environment
    quick = isinstance(mechanism, RulesMechanism) or environment.n_profiles <= _SMALL_PROFILES
    return quick and len(mechanism.groups) <= _SMALL_AGENTS and max(environment.n_types) <= _SMALL_TYPES


def _interim(mechanism: AnyMechanism) -> Iterator[Table]:
    """Yield what each type expects, allocation, payment, payoff, and what staying out is worth: per agent, once for those treated alike."""
    environment = mechanism.environment
    shown = _shown_outcomes(mechanism)
    for members in mechanism.groups:
        i, agent = members[0], environment.agents[members[0]]
        served = chance_of_service(mechanism, i)
        outcomes = shown[i] if served is None else [(SERVED, 0)]
        numeric = ["probability", *(label for label, _ in outcomes), "pays", "payoff", "outside", "rent"]
        table = empty_table([together([environment.agents[k].name for k in members]), *numeric], numeric)
        chances = mechanism.interim_allocation(i) if served is None else served.reshape(-1, 1)
        columns = [chances[:, x].fractions() for _, x in outcomes]
        payoffs, rents = mechanism.interim_payoffs(i), mechanism.information_rents(i)
        columns += [entries.fractions() for entries in (mechanism.interim_payments(i), payoffs, payoffs - rents, rents)]
        for a, name in enumerate(agent.types):
            cells = [_given(column[a], agent.prior[a], environment.independent) for column in columns]
            table.add_row(Text(name), brief(agent.prior[a]), *cells)
        yield table


def _shown_outcomes(mechanism: AnyMechanism) -> list[list[tuple[str, int]]]:
    """Return, per agent, the outcomes whose probabilities are shown, with the column's heading."""
    environment = mechanism.environment
    if environment.kind == "object":
        return [[("gets it", i)] for i in range(environment.n_agents)]
    if environment.kind == "public-good":
        return [[("yes", 1)]] * environment.n_agents
    listed = [(name, x) for x, name in enumerate(environment.outcomes)] if environment.n_outcomes <= _SMALL_OUTCOMES else []
    return [listed] * environment.n_agents


def _given(value: Fraction, marginal: Fraction, independent: bool) -> str:
    """Return an interim quantity given the type; with correlated types it comes multiplied with the type's probability."""
    if independent:
        return brief(value)
    return brief(value / marginal) if marginal else "-"


def _notes(result: Result) -> Iterator[tuple[str, str]]:
    if isinstance(result.mechanism, RulesMechanism):
        yield "mechanism", rules_phrase(len(result.mechanism.rules))
    yield "proof", proof_sentence(result)
    statistics = result.statistics
    if statistics.get("rows") is not None:
        yield "program", f"{statistics.get('formulation', '')}: {sizes(statistics)}"
    for k, entry in enumerate(statistics.get("reductions") or ()):
        yield "" if k else "reductions", _reduction(entry)
    if isinstance(statistics.get("seconds"), Mapping):
        yield "seconds", seconds(statistics["seconds"])


def _reduction(entry: Any) -> str:
    if not isinstance(entry, Mapping):
        return str(entry)
    used = "used" if entry.get("applied") else "not used"
    effect = f" ({entry['effect']})" if entry.get("effect") else ""
    return f"{entry.get('name')} {used}: {entry.get('reason')}{effect}"
