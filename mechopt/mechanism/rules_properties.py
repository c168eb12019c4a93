"""Properties of mechanisms without tables, exact and without visiting profiles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import groupby, pairwise
from typing import Any

import numpy as np

from mechopt.environment.blocks import OutcomeRule
from mechopt.environment.environment import Agent, Environment
from mechopt.environment.rule import constant_cost, has_rules, surplus_rule, worth
from mechopt.environment.welfare import first_best
from mechopt.mechanism.rules import AnyRule, RulesMechanism
from mechopt.mechanism.verdict import Verdict
from mechopt.rational import RationalArray

__all__ = ["RULES_PROPERTIES", "check_rules"]

Margin = tuple[Fraction, dict[str, Any] | None]
Loss = tuple[Fraction, int, int]


def check_rules(mechanism: RulesMechanism, name: str) -> Verdict | None:
    """Return the verdict on one property by its id, or None where its margin would take a visit to every profile."""
    if name not in RULES_PROPERTIES:
        return None
    found = RULES_PROPERTIES[name](mechanism)
    return None if found is None else Verdict(name, found[0], found[1] if found[0] < 0 else None)


def _bayesian(mechanism: RulesMechanism) -> Margin:
    """Return the margin of truth over all pairs of types."""
    worst: Margin | None = None
    for i, agent in _representatives(mechanism):
        found = _least_by_value(mechanism, i) if has_rules(mechanism.environment) else _least_by_outcome(mechanism, i)
        if found is not None and (worst is None or found[0] < worst[0]):
            worst = found[0], {"agent": agent.name, "true_type": agent.types[found[1]], "reported_type": agent.types[found[2]]}
    return worst if worst is not None else (Fraction(0), None)


def _least_by_value(mechanism: RulesMechanism, i: int) -> Loss | None:
    """Return agent `i`'s least loss from a lie, with the true and the reported type.

    With values in order a type's best lies are found among neighbours when no neighbour tempts; then the margin over all pairs is
    the least of the neighbours', because what a distant lie costs is at least the sum of the steps.
    """
    values, chances, payments = worth(mechanism.environment, i), mechanism.own[i], mechanism.payments_given_type[i]
    true, reported = _neighbours(values.numerators.tolist())
    found = _least(_temptations(values, chances, payments, true, reported), true, reported)
    if found is not None and found[0] < 0:
        true, reported = _everybody(values.size)
        found = _least(_temptations(values, chances, payments, true, reported), true, reported)
    return found


def _least_by_outcome(mechanism: RulesMechanism, i: int) -> Loss | None:
    """Return the same where types differ in more than a value: every lie is compared with the truth."""
    utility, payments = mechanism.environment.utility(i), mechanism.payments_given_type[i]
    payoffs = utility @ mechanism.interim_allocation(i).moveaxis(0, 1) - payments
    true, reported = _everybody(payments.size)
    return _least(payoffs[true, true] - payoffs[true, reported], true, reported)


def _everybody(n_types: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return all pairs of types."""
    types = np.arange(n_types)
    return np.repeat(types, n_types), np.tile(types, n_types)


def _representatives(mechanism: RulesMechanism) -> list[tuple[int, Agent]]:
    """Return the first member of each group of agents who are treated alike: margins and stories are the same for all."""
    return [(members[0], mechanism.environment.agents[members[0]]) for members in mechanism.groups]


def _neighbours(values: list[int]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return pairs of different types whose values are equal or next to each other."""
    order = sorted(range(len(values)), key=values.__getitem__)
    blocks = [list(block) for _, block in groupby(order, key=values.__getitem__)]
    near = [(a, b) for block in blocks for a in block for b in block if a != b]
    near += [pair for low, high in pairwise(blocks) for a in low for b in high for pair in ((a, b), (b, a))]
    pairs = np.array(near, dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _temptations(values: RationalArray, chances: RationalArray, payments: RationalArray, true: Any, reported: Any) -> RationalArray:
    return values[true] * (chances[true] - chances[reported]) - payments[true] + payments[reported]


def _least(table: RationalArray, true: Any, reported: Any) -> Loss | None:
    """Return the least entry among pairs of different types, with its pair."""
    positions = np.nonzero(true != reported)[0]
    if not len(positions):
        return None
    k = int(positions[np.argmin(table.numerators[positions])])
    return table[k].item(), int(true[k]), int(reported[k])


def _interim_participation(mechanism: RulesMechanism) -> Margin:
    cases = []
    for i, agent in _representatives(mechanism):
        rents = mechanism.information_rents(i)
        k = int(np.argmin(rents.numerators))
        cases.append((rents[k].item(), {"agent": agent.name, "type": agent.types[k]}))
    return min(cases, key=lambda case: case[0])


def _ex_ante_participation(mechanism: RulesMechanism) -> Margin:
    cases = [((mechanism.information_rents(i) * agent.chances).sum().item(), {"agent": agent.name}) for i, agent in _representatives(mechanism)]
    return min(cases, key=lambda case: case[0])


def _surplus_range(mechanism: RulesMechanism) -> tuple[Fraction, Fraction] | None:
    """Return the least and the greatest budget surplus over profiles; None where the cost depends on the outcome."""
    if mechanism.balanced:
        return (mechanism.revenue(),) * 2
    cost = constant_cost(mechanism.environment)
    if cost is None:
        return None
    paid = [(mechanism.payments_given_type[members[0]], len(members)) for members in mechanism.groups]
    low = sum((table.min().item() * size for table, size in paid), Fraction(0))
    high = sum((table.max().item() * size for table, size in paid), Fraction(0))
    return low - cost, high - cost


def _balanced(mechanism: RulesMechanism) -> Margin | None:
    ends = _surplus_range(mechanism)
    return None if ends is None else (-max(abs(ends[0]), abs(ends[1])), None)


def _no_deficit(mechanism: RulesMechanism) -> Margin | None:
    ends = _surplus_range(mechanism)
    return None if ends is None else (ends[0], None)


def _efficient(mechanism: RulesMechanism) -> Margin | None:
    """Efficient at every profile if and only if it reaches first best under a prior that gives every profile a chance."""
    if all(_is_surplus_rule(rule) for rule in mechanism.rules):
        return Fraction(0), None
    possible = _with_full_support(mechanism.environment)
    best = first_best(possible)
    reached = (replace(rule, environment=possible).welfare() for rule in mechanism.rules)
    return (Fraction(0), None) if all(welfare == best for welfare in reached) else None


def _is_surplus_rule(rule: AnyRule) -> bool:
    """Return whether a rule is given by surplus itself."""
    if isinstance(rule, OutcomeRule):
        return False
    chosen = surplus_rule(rule.environment).scores
    return all(rule.scores[members[0]].equals(chosen[members[0]]) for members in rule.groups)


def _with_full_support(environment: Environment) -> Environment:
    even = {n: (Fraction(1, n),) * n for n in set(environment.n_types)}
    agents = [replace(agent, prior=even[agent.n_types]) for agent in environment.agents]
    return replace(environment, agents=tuple(agents))


def _deterministic(mechanism: RulesMechanism) -> Margin | None:
    # A single rule is a lottery where agents share ties.
    alone = len(mechanism.groups) == mechanism.environment.n_agents
    return (Fraction(0), None) if len(mechanism.rules) == 1 and alone else None


RULES_PROPERTIES: dict[str, Callable[[RulesMechanism], Margin | None]] = {
    "bic": _bayesian,
    "interim-ir": _interim_participation,
    "ex-ante-ir": _ex_ante_participation,
    "balanced": _balanced,
    "no-deficit": _no_deficit,
    "expected-balanced": lambda mechanism: (-abs(mechanism.revenue()), None),
    "expected-no-deficit": lambda mechanism: (mechanism.revenue(), None),
    "efficient": _efficient,
    "deterministic": _deterministic,
}
