"""A saved result about types that move, read back: the same attributes as a fresh one, nothing verified."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from mechopt.dynamic.budget import Condition
from mechopt.dynamic.checks import DYNAMIC_PROPERTIES
from mechopt.dynamic.critical import Critical
from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.interim import Interim
from mechopt.dynamic.mechanism import StationaryMechanism
from mechopt.dynamic.prices import DynamicCertificate
from mechopt.dynamic.process import Chain
from mechopt.dynamic.result import DynamicAnalysis, DynamicResult, Proved
from mechopt.errors import ProblemFileError
from mechopt.files import fields
from mechopt.files.mechanism_file import rows_of
from mechopt.files.problem_file import dynamic_problem_from_document
from mechopt.files.saved_result import check_form, common_fields, number_from, stated_number, table_or_none
from mechopt.rational import RationalArray
from mechopt.result import Number

__all__ = ["SavedDynamicResult", "dynamic_result_from_dict"]


@dataclass(frozen=True, eq=False, repr=False)
class SavedDynamicResult(DynamicResult):
    """A result about a dynamic problem as a file says it is. `mechopt verify` tells whether it is true.

    Attributes
    ----------
    document : mapping
        The file: docs/certificates.md says what its keys mean. All others as in `mechopt.dynamic.result.DynamicResult`.
    """

    document: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as it stands in the file."""
        return dict(self.document)


def dynamic_result_from_dict(document: Mapping[str, Any]) -> SavedDynamicResult:
    """Return the result of a document about types that move.

    Raises
    ------
    MechoptError
        If a key is missing or holds what it cannot; the message names the key path.
    """
    check_form(document)
    problem = dynamic_problem_from_document(fields.table(document["problem"], "problem", "a problem in normal form"))
    environment, common = problem.environment, common_fields(document, DYNAMIC_PROPERTIES)
    certificate = _certificate(document["certificate"], "certificate", environment)
    return SavedDynamicResult(
        problem=problem,
        analysis=_analysis(_Table(document.get("dynamic"), "dynamic"), environment),
        certificate=certificate,
        surplus=_surplus(document["proof"].get("surplus"), certificate, environment, common["statistics"]),
        mechanism=_mechanism(document["mechanism"], "mechanism", environment),
        document=document,
        **common,
    )


class _Table:
    """An object of a document, read key by key; every refusal names the path."""

    def __init__(self, value: Any, where: str) -> None:
        self.entries, self.where = fields.table(value, where, "an object"), where

    def get(self, key: str) -> Any:
        if key not in self.entries:
            raise ProblemFileError(f"{self.where}.{key} is missing; a saved result about types that move has it")
        return self.entries[key]

    def number(self, key: str) -> Number:
        return stated_number(self.get(key), f"{self.where}.{key}")

    def flag(self, key: str) -> bool | None:
        value = self.get(key)
        return None if value is None else fields.flag(value, f"{self.where}.{key}")

    def size(self, key: str) -> float:
        value = self.get(key)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ProblemFileError(f"{self.where}.{key} is {fields.shown(value)}; write a number")
        return float(value)

    def by_agent(self, key: str, environment: DynamicEnvironment, read: Callable[[_Table, str], Any]) -> tuple[Any, ...]:
        own = _Table(self.get(key), f"{self.where}.{key}")
        return tuple(read(own, agent.name) for agent in environment.agents)


def _analysis(table: _Table, environment: DynamicEnvironment) -> DynamicAnalysis:
    largest = table.by_agent("largest_fees", environment, _Table.number)
    sides = Condition(table.number("efficient_value"), table.number("pivot_deficit"), largest, table.number("slack"), table.size("slack_error"))
    second = None if table.get("second_eigenvalue") is None else table.size("second_eigenvalue")
    idle = None if table.get("idle_types") is None else list(table.by_agent("idle_types", environment, _Table.get))
    return DynamicAnalysis(
        condition=sides,
        interim=_interim(table),
        critical=_critical(table),
        chain=Chain(table.flag("irreducible"), table.flag("aperiodic"), None, second),
        voluntary=table.flag("pivot_voluntary"),
        truthful=environment.truthful_pivot,
        idle=idle,
    )


def _critical(table: _Table) -> Critical:
    where = "dynamic.critical_discounts"
    discounts = fields.listed(table.get("critical_discounts"), where)
    found = tuple(number for entry in discounts if (number := number_from(entry, where)) is not None)
    # Files of before there were errors and searches that were left out say neither.
    errors = fields.listed(table.entries.get("critical_discounts_errors", [None] * len(found)), f"{where}_errors")
    searched = table.flag("critical_discounts_searched") if "critical_discounts_searched" in table.entries else True
    for error in errors:
        if error is not None and (isinstance(error, bool) or not isinstance(error, (int, float))):
            raise ProblemFileError(f"{where}_errors holds {fields.shown(error)}; write a number or null for each discount factor")
    if len(errors) != len(found):
        raise ProblemFileError(f"{where}_errors has {len(errors)} entries; write one per discount factor, {len(found)}")
    return Critical(found, tuple(errors), bool(table.flag("critical_discounts_complete")), bool(searched), _undecided(table))


def _undecided(table: _Table) -> tuple[tuple[float, float], ...]:
    """Return where other critical discount factors are not excluded; older files do not say."""
    where, found = "dynamic.critical_discounts_undecided", []
    for entry in fields.listed(table.entries.get("critical_discounts_undecided", []), where):
        ends = fields.listed(entry, where)
        if len(ends) != 2 or any(isinstance(end, bool) or not isinstance(end, (int, float)) for end in ends):
            raise ProblemFileError(f"{where} holds {fields.shown(entry)}; write two numbers for each interval")
        found.append((float(ends[0]), float(ends[1])))
    return tuple(found)


def _interim(table: _Table) -> Interim | None:
    if table.get("interim_slack") is None:
        return None
    # Files of before there were errors are exact.
    error = table.size("interim_slack_error") if "interim_slack_error" in table.entries else 0.0
    return Interim(table.number("interim_slack"), table_or_none(table.get("interim_worst"), "dynamic.interim_worst"), error)


def _mechanism(value: Any, where: str, environment: DynamicEnvironment) -> StationaryMechanism | None:
    if value is None:
        return None
    table = _Table(value, where)
    fields.choice(table.get("form"), ("stationary",), f"{where}.form")
    policy = rows_of(table.get("policy"), f"{where}.policy", environment.n_states, environment.n_actions)
    payments = rows_of(table.get("payments"), f"{where}.payments", environment.n_states, environment.n_agents).moveaxis(1, 0)
    return StationaryMechanism(environment, policy, payments, table.by_agent("fees", environment, _exact))


def _exact(table: _Table, key: str) -> Fraction:
    return fields.exact_number(table.get(key), f"{table.where}.{key}")


def _surplus(value: Any, own: DynamicCertificate | None, environment: DynamicEnvironment, statistics: Mapping[str, Any]) -> Proved | None:
    if value is None:
        return None
    table = _Table(value, "proof.surplus")
    given = table.get("certificate")
    certificate = own if given == "answer" else _certificate(given, "proof.surplus.certificate", environment)
    mechanism = _mechanism(table.get("mechanism"), "proof.surplus.mechanism", environment)
    return Proved(certificate, mechanism, statistics.get("rows") or 0, statistics.get("columns") or 0)


def _certificate(value: Any, where: str, environment: DynamicEnvironment) -> DynamicCertificate | None:
    """Return prices by position of agents, profiles and types."""
    if value is None:
        return None
    table = _Table(value, where)
    incentive, joining, agents = {}, {}, environment.agents
    for i, entries in enumerate(table.by_agent("incentive", environment, _Table.get)):
        key = f"{where}.incentive"
        for entry in fields.listed(entries, key):
            true, report, price = _entries(entry, key, 3)
            types = [_position(agent.types, name, key) for agent, name in zip(agents, _entries(true, key, len(agents)), strict=True)]
            state = int(np.ravel_multi_index(types, environment.n_types))
            incentive[i, state, _position(agents[i].types, report, key)] = fields.exact_number(price, key)
    for i, entries in enumerate(table.by_agent("joining", environment, _Table.get)):
        for name, price in fields.table(entries, f"{where}.joining", "an object with a price per type").items():
            joining[i, _position(agents[i].types, name, f"{where}.joining")] = fields.exact_number(price, f"{where}.joining.{name}")
    visits = table.get("visits")
    expected = (
        None if visits is None else RationalArray.from_fractions([fields.exact_number(p, f"{where}.visits") for p in fields.listed(visits, where)])
    )
    objective = fields.choice(table.get("objective"), ("surplus", "welfare", "feasibility"), f"{where}.objective")
    return DynamicCertificate(environment, objective, _exact(table, "bound"), incentive, joining, _exact(table, "budget"), expected)


def _entries(value: Any, where: str, length: int) -> list[Any]:
    found = fields.listed(value, where)
    if len(found) != length:
        raise ProblemFileError(f"{where}: an entry has {len(found)} parts; write {length}")
    return found


def _position(names: Sequence[str], name: Any, where: str) -> int:
    return names.index(fields.choice(name, tuple(names), where))
