"""Mechanisms of saved results: the table form, and the form of rules."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any

from mechopt.environment.blocks import OutcomeRule, has_outcome_rules
from mechopt.environment.environment import Environment, Groups
from mechopt.environment.rule import Rule, has_rules
from mechopt.errors import ProblemFileError
from mechopt.files import fields
from mechopt.files.interim_payments import payments_from_list
from mechopt.mechanism.mechanism import Mechanism
from mechopt.mechanism.rules import AnyMechanism, AnyRule, RulesMechanism, balances_profiles
from mechopt.problem import Problem
from mechopt.rational import RationalArray, integers

__all__ = ["alike", "mechanism_from_document", "rows_of"]


def mechanism_from_document(value: Any, problem: Problem) -> AnyMechanism | None:
    """Return the mechanism of a result's document, or None where it is null.

    Raises
    ------
    MechoptError
        If a key is missing or holds what it cannot; the message names the key path.
    """
    if value is None:
        return None
    entry = fields.table(value, "mechanism", "an object with its form")
    if fields.choice(entry.get("form"), ("table", "rules"), "mechanism.form") == "rules":
        return _rules(entry, problem)
    environment = problem.environment
    n_profiles, n_agents, n_outcomes = environment.n_profiles, environment.n_agents, environment.n_outcomes
    allocation = rows_of(entry.get("allocation"), "mechanism.allocation", n_profiles, n_outcomes)
    payments = rows_of(entry.get("payments"), "mechanism.payments", n_profiles, n_agents).moveaxis(1, 0)
    shape = environment.n_types
    return Mechanism(environment, allocation.reshape(*shape, n_outcomes), payments.reshape(n_agents, *shape))


def _rules(entry: Mapping[str, Any], problem: Problem) -> RulesMechanism:
    environment = problem.environment
    if not has_outcome_rules(environment):
        raise ProblemFileError('mechanism.form is "rules"; rules exist for private values and independent types')
    listed = entry.get("rules")
    if not isinstance(listed, list) or not listed:
        raise ProblemFileError("mechanism.rules is not a list of rules, at least one")
    weights, rules = [], []
    sharing = alike(entry, environment, "mechanism")
    for k, rule in enumerate(listed):
        where = f"mechanism.rules, entry {k + 1}"
        given = fields.table(rule, where, "an object with weight and scores")
        weights.append(fields.exact_number(given.get("weight"), f"{where}: weight"))
        rules.append(_rule(given.get("scores"), f"{where}: scores", environment, sharing))
    unpaid = RulesMechanism(environment, tuple(rules), tuple(weights), (), balances_profiles(environment, problem.design))
    rows = _by_type(entry.get("interim_payments"), "mechanism.interim_payments", environment, sharing, partial(payments_from_list, unpaid))
    return replace(unpaid, payments_given_type=rows)


def _rule(scores: Any, where: str, environment: Environment, sharing: Groups) -> AnyRule:
    if has_rules(environment):
        return Rule(environment, _by_type(scores, where, environment, sharing, _numbers), sharing)
    given = fields.table(scores, where, "an object with a list per agent")
    agents, width = environment.agents, environment.n_outcomes
    tables = [rows_of(given.get(agent.name), f"{where}.{agent.name}", agent.n_types, width, "type") for agent in agents]
    denominator = math.lcm(*(table.denominator for table in tables))
    return OutcomeRule(environment, tuple(integers(table.over(denominator)) for table in tables))


def alike(entry: Mapping[str, Any], environment: Environment, where: str) -> Groups:
    """Return the groups of agents of whom the first stands for all, under the key "alike" of a mechanism or a certificate.

    Raises
    ------
    ProblemFileError
        If it is not a list of lists of different agents' names; whether they are alike is not checked.
    """
    position = {agent.name: i for i, agent in enumerate(environment.agents)}
    given = entry.get("alike", [])
    rows = [row if isinstance(row, list) else [] for row in given] if isinstance(given, list) else [[]]
    names = [name for row in rows for name in row]
    if not all(rows) or any(not isinstance(name, str) or name not in position for name in names) or len(set(names)) < len(names):
        raise ProblemFileError(f"{where}.alike is not a list of lists of agents, each of whom is named once at most")
    return tuple(tuple(sorted(position[name] for name in row)) for row in rows)


def _numbers(_: int, row: Sequence[Any], where: str) -> RationalArray:
    return RationalArray.from_fractions([fields.exact_number(entry, where) for entry in row])


def _by_type(
    value: Any, where: str, environment: Environment, sharing: Groups, read: Callable[[int, Sequence[Any], str], RationalArray]
) -> tuple[RationalArray, ...]:
    """Return a table per agent, each read from a row by the first of those who are treated alike."""
    given = fields.table(value, where, "an object with a list per agent")
    first = {i: members[0] for members in sharing for i in members}
    found: dict[int, RationalArray] = {}
    for i, agent in enumerate(environment.agents):
        if first.get(i, i) == i:
            row = given.get(agent.name)
            if not isinstance(row, list) or len(row) != agent.n_types:
                raise ProblemFileError(f"{where}.{agent.name} is not a list with one entry per type, {agent.n_types}")
            found[i] = read(i, row, f"{where}.{agent.name}")
    return tuple(found[first.get(i, i)] for i in range(environment.n_agents))


def rows_of(value: Any, where: str, n_rows: int, n_columns: int, what: str = "profile") -> RationalArray:
    """Return a list of rows, one per profile or whatever else, as a table of that shape."""
    if not isinstance(value, list) or len(value) != n_rows:
        raise ProblemFileError(f"{where} is not a list with one entry per {what}, {n_rows}")
    for k, row in enumerate(value):
        if not isinstance(row, list) or len(row) != n_columns:
            raise ProblemFileError(f"{where}, entry {k + 1}: is not a list of {n_columns}")
    known: dict[str, Fraction] = {}
    flat = []
    for k, row in enumerate(value):
        for text in row:
            if not isinstance(text, str) or text not in known:
                known[str(text)] = fields.exact_number(text, f"{where}, entry {k + 1}")
            flat.append(known[text])
    return RationalArray.from_fractions(flat, (n_rows, n_columns))
