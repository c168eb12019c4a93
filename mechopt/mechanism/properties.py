"""Property checks recomputed from the environment: each a verdict with margin and witness."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from mechopt.design.design import Design
from mechopt.environment.environment import Agent, Environment
from mechopt.environment.welfare import expectation, outside_table, surplus
from mechopt.errors import DesignError
from mechopt.mechanism.mechanism import Mechanism
from mechopt.mechanism.rules import AnyMechanism, RulesMechanism
from mechopt.mechanism.rules_properties import RULES_PROPERTIES, check_rules
from mechopt.mechanism.verdict import Verdict
from mechopt.rational import RationalArray

__all__ = ["PROPERTIES", "Verdict", "check", "check_all"]

_MOST_COMPARISONS = 10**6
_VERDICTS: WeakKeyDictionary[AnyMechanism, dict[str, Verdict | None]] = WeakKeyDictionary()


def check(mechanism: AnyMechanism, name: str) -> Verdict:
    """Return the verdict on one property, by its id in `PROPERTIES`; it is computed once for each mechanism.

    Raises
    ------
    DesignError
        If the mechanism has no tables and the margin would take a visit to every profile.
    """
    verdict = _verdict(mechanism, name)
    if verdict is None:
        raise DesignError(f"{name} cannot be checked for a mechanism without tables; known here: {', '.join(RULES_PROPERTIES)}")
    return verdict


def _verdict(mechanism: AnyMechanism, name: str) -> Verdict | None:
    known = _VERDICTS.setdefault(mechanism, {})
    if name not in known:
        known[name] = check_rules(mechanism, name) if isinstance(mechanism, RulesMechanism) else PROPERTIES[name](mechanism)
    return known[name]


def check_all(mechanism: AnyMechanism, design: Design | None = None) -> tuple[Verdict, ...]:
    """Return the verdicts on all properties that make sense in the mechanism's environment.

    Those that a design asks for are always there; others only where they take a moment: ex post incentives compare every
    report of every type at every profile, which is far more work than the rest.
    """
    environment = mechanism.environment
    absent = {"epic" if environment.private_values else "dsic"}
    asked = () if design is None else (design.incentive,)
    if environment.n_profiles * sum(environment.n_types) * environment.n_outcomes > _MOST_COMPARISONS:
        absent |= {name for name in ("dsic", "epic") if name not in asked}
    verdicts = (_verdict(mechanism, name) for name in PROPERTIES if name not in absent)
    return tuple(verdict for verdict in verdicts if verdict is not None)


Story = Callable[[int], dict[str, Any]]


def _worst(name: str, cases: Iterable[tuple[RationalArray, Story]]) -> Verdict:
    """Return the verdict of the smallest entry among tables; each comes with the story of its entries."""
    margin: Fraction | None = None
    witness: dict[str, Any] | None = None
    for table, story in cases:
        if table.size == 0:
            continue
        position = int(np.argmin(table.numerators.reshape(-1)))
        value = Fraction(int(table.numerators.reshape(-1)[position]), table.denominator)
        if margin is None or value < margin:
            margin, witness = value, (story(position) if value < 0 else None)
    return Verdict(name, margin if margin is not None else Fraction(0), witness)


def _lie(agent: Agent, pairs: Sequence[tuple[int, int]], position: int) -> dict[str, Any]:
    true, reported = pairs[position]
    return {"agent": agent.name, "true_type": agent.types[true], "reported_type": agent.types[reported]}


def _lies(n_types: int, true: int) -> list[int]:
    return [b for b in range(n_types) if b != true]


def _bayesian(mechanism: Mechanism) -> Verdict:
    def cases() -> Iterator[tuple[RationalArray, Story]]:
        for i, agent in enumerate(mechanism.environment.agents):
            if _many_types(mechanism.environment, i):
                table, pairs = _local_differences(mechanism, i)
                if not np.any(table.numerators < 0):
                    yield table, partial(_lie, agent, pairs)
                    continue
            for a, gain in _interim_differences(mechanism, i):
                lies = _lies(agent.n_types, a)
                yield gain[lies], partial(_lie, agent, [(a, b) for b in lies])

    return _worst("bic", cases())


def _many_types(environment: Environment, i: int) -> bool:
    numeric = environment.agents[i].values is not None and environment.independent
    return numeric and environment.n_types[i] ** 2 * environment.n_outcomes > _MOST_COMPARISONS


def _local_differences(mechanism: Mechanism, i: int) -> tuple[RationalArray, list[tuple[int, int]]]:
    """Return what truth is worth more than the reports of equal and neighbouring values, and the pairs of types.

    If none is negative the least of them is the margin over all pairs: what a distant lie costs is at least the sum of the steps.
    """
    environment = mechanism.environment
    values = RationalArray.from_fractions(environment.agents[i].values or ()).numerators
    ranks = np.unique(values, return_inverse=True)[1].tolist()
    members: list[list[int]] = [[] for _ in range(max(ranks) + 1)]
    for a, rank in enumerate(ranks):
        members[rank].append(a)
    pairs = [(a, b) for a, rank in enumerate(ranks) for near in members[max(rank - 1, 0) : rank + 2] for b in near if a != b]
    true, reported = [a for a, _ in pairs], [b for _, b in pairs]
    interim, payments, utility = mechanism.interim_allocation(i), mechanism.interim_payments(i), environment.utility(i)
    lie = (interim[reported] * utility[true]).sum(axis=1) - payments[reported]
    truth = (interim[true] * utility[true]).sum(axis=1) - payments[true]
    return truth - lie, pairs


def _interim_differences(mechanism: Mechanism, i: int) -> Iterator[tuple[int, RationalArray]]:
    """Yield, per true type, what truth is worth more than each report, in expectation."""
    environment = mechanism.environment
    if environment.independent and environment.private_values:
        interim, payments = mechanism.interim_allocation(i), mechanism.interim_payments(i)
        utility = environment.utility(i)
        valued = np.nonzero(np.any(utility.numerators, axis=0))[0]
        chances, worth = interim[:, valued], utility[:, valued]
        n, k = environment.n_types[i], len(valued)
        payoffs = (worth.reshape(n, 1, k) * chances.reshape(1, n, k)).sum(axis=2) - payments
        yield from ((a, payoffs[a, a] - payoffs[a]) for a in range(environment.n_types[i]))
        return
    for a, payoff in _payoffs_by_report(mechanism, i):
        marginal = environment.agents[i].prior[a]
        weight = _own_first(environment.conditional_weight(i).broadcast(environment.n_types), i)[a]
        if environment.independent:
            interim = (payoff * weight).sum(axis=1)
        elif marginal > 0:
            interim = (payoff * weight).sum(axis=1) * (1 / marginal)
        else:
            continue
        yield a, interim[a] - interim


def _payoffs_by_report(mechanism: Mechanism, i: int) -> Iterator[tuple[int, RationalArray]]:
    """Yield, per true type, payoffs by report and others' types, shape (n_types of i, profiles of the others)."""
    environment = mechanism.environment
    n_outcomes = environment.n_outcomes
    numerators = np.moveaxis(mechanism.allocation.numerators, i, 0).reshape(environment.n_types[i], -1, n_outcomes)
    allocation = RationalArray(numerators, mechanism.allocation.denominator)
    payments = _own_first(mechanism.payments[i], i)
    utility = environment.utility(i)
    for a in range(environment.n_types[i]):
        if environment.private_values:
            own = utility[a]
        else:
            own = RationalArray(np.moveaxis(utility.numerators, i, 0)[a].reshape(1, -1, n_outcomes), utility.denominator)
        yield a, (allocation * own).sum(axis=-1) - payments


def _own_first(table: RationalArray, i: int) -> RationalArray:
    moved = np.moveaxis(table.numerators, i, 0)
    return RationalArray(moved.reshape(moved.shape[0], -1), table.denominator)


def _ex_post(mechanism: Mechanism, name: str) -> Verdict:
    environment = mechanism.environment

    def story(i: int, pairs: Sequence[tuple[int, int]], position: int) -> dict[str, Any]:
        others = [agent for j, agent in enumerate(environment.agents) if j != i]
        lie, rest = divmod(position, environment.n_profiles // environment.n_types[i])
        index = np.unravel_index(rest, [agent.n_types for agent in others]) if others else ()
        named = {agent.name: agent.types[int(k)] for agent, k in zip(others, index, strict=True)}
        return {**_lie(environment.agents[i], pairs, lie), "others": named}

    def cases() -> Iterator[tuple[RationalArray, Story]]:
        for i, n_types in enumerate(environment.n_types):
            for a, payoff in _payoffs_by_report(mechanism, i):
                lies = _lies(n_types, a)
                yield payoff[a : a + 1] - payoff[lies], partial(story, i, [(a, b) for b in lies])

    return _worst(name, cases())


def _type_at(name: str, types: Sequence[str], position: int) -> dict[str, Any]:
    return {"agent": name, "type": types[position]}


def _interim_participation(mechanism: Mechanism) -> Verdict:
    def cases() -> Iterator[tuple[RationalArray, Story]]:
        for i, agent in enumerate(mechanism.environment.agents):
            rents, types = mechanism.information_rents(i), list(agent.types)
            if not mechanism.environment.independent:
                likely = [a for a in range(agent.n_types) if agent.prior[a] > 0]
                rents = RationalArray.from_fractions([rents[a].item() / agent.prior[a] for a in likely])
                types = [agent.types[a] for a in likely]
            yield rents, partial(_type_at, agent.name, types)

    return _worst("interim-ir", cases())


def _ex_post_participation(mechanism: Mechanism) -> Verdict:
    def story(name: str, position: int) -> dict[str, Any]:
        return {"agent": name, "profile": list(mechanism.environment.profile_of(position))}

    return _worst("ex-post-ir", ((table, partial(story, name)) for name, table in _above_outside(mechanism)))


def _ex_ante_participation(mechanism: Mechanism) -> Verdict:
    chances = mechanism.environment.probability()
    cases = {name: (chances * table).sum().item() for name, table in _above_outside(mechanism)}
    worst = min(cases, key=cases.__getitem__)
    return Verdict("ex-ante-ir", cases[worst], {"agent": worst} if cases[worst] < 0 else None)


def _above_outside(mechanism: Mechanism) -> Iterator[tuple[str, RationalArray]]:
    """Yield what everybody has at every profile above her outside option."""
    for i, agent in enumerate(mechanism.environment.agents):
        yield agent.name, mechanism.payoffs(i) - outside_table(mechanism.environment, i)


def _at_profiles(name: str, mechanism: Mechanism, table: RationalArray) -> Verdict:
    return _worst(name, [(table, lambda position: {"profile": list(mechanism.environment.profile_of(position))})])


def _balanced(mechanism: Mechanism) -> Verdict:
    table = mechanism.budget_surplus()
    return _at_profiles("balanced", mechanism, RationalArray(-np.abs(table.numerators), table.denominator))


def _no_deficit(mechanism: Mechanism) -> Verdict:
    return _at_profiles("no-deficit", mechanism, mechanism.budget_surplus())


def _expected_balanced(mechanism: Mechanism) -> Verdict:
    return Verdict("expected-balanced", -abs(expectation(mechanism.environment, mechanism.budget_surplus())))


def _expected_no_deficit(mechanism: Mechanism) -> Verdict:
    return Verdict("expected-no-deficit", expectation(mechanism.environment, mechanism.budget_surplus()))


def _efficient(mechanism: Mechanism) -> Verdict:
    return _at_profiles("efficient", mechanism, mechanism.surplus() - surplus(mechanism.environment).max(axis=-1))


def _deterministic(mechanism: Mechanism) -> Verdict:
    table = mechanism.allocation
    inner = np.minimum(table.numerators, table.denominator - table.numerators).max(axis=-1)
    return _at_profiles("deterministic", mechanism, RationalArray(-np.asarray(inner), table.denominator))


PROPERTIES: dict[str, Callable[[Mechanism], Verdict]] = {
    "bic": _bayesian,
    "dsic": lambda mechanism: _ex_post(mechanism, "dsic"),
    "epic": lambda mechanism: _ex_post(mechanism, "epic"),
    "interim-ir": _interim_participation,
    "ex-post-ir": _ex_post_participation,
    "ex-ante-ir": _ex_ante_participation,
    "balanced": _balanced,
    "no-deficit": _no_deficit,
    "expected-balanced": _expected_balanced,
    "expected-no-deficit": _expected_no_deficit,
    "efficient": _efficient,
    "deterministic": _deterministic,
}
