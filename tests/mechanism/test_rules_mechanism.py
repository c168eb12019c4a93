"""Mechanisms without tables: the same numbers as the tables they stand for."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from mechopt import Design
from mechopt.environment.rule import Rule, surplus_rule
from mechopt.errors import DesignError
from mechopt.mechanism.mechanism import Mechanism
from mechopt.mechanism.properties import check, check_all
from mechopt.mechanism.rules import RulesMechanism
from mechopt.rational import RationalArray
from tests.environment.test_rules import drawn


def lottery(seed: int) -> RulesMechanism:
    environment, first = drawn(seed)
    rng = random.Random(seed + 1000)
    others = [Rule(environment, tuple(RationalArray.from_fractions([Fraction(rng.randint(-2, 2)) for _ in range(m)]) for m in environment.n_types))]
    payments = tuple(RationalArray.from_fractions([Fraction(rng.randint(-3, 3), 4) for _ in range(m)]) for m in environment.n_types)
    balanced = environment.n_agents > 1 and bool(rng.randint(0, 1))
    return RulesMechanism(environment, (first, *others), (Fraction(1, 3), Fraction(2, 3)), payments, balanced)


def tabulated(mechanism: RulesMechanism) -> Mechanism:
    """The table of what the mechanism answers at every profile."""
    environment = mechanism.environment
    profiles = list(product(*(agent.types for agent in environment.agents)))
    allocation = RationalArray.of([list(mechanism.allocation(profile)) for profile in profiles])
    payments = RationalArray.of([list(mechanism.payments(profile)) for profile in profiles])
    shape = environment.n_types
    return Mechanism(
        environment,
        allocation.reshape(*shape, environment.n_outcomes),
        payments.moveaxis(1, 0).reshape(environment.n_agents, *shape),
    )


@pytest.mark.parametrize("seed", range(40))
def test_a_mechanism_without_tables_means_what_its_table_means(seed: int) -> None:
    mechanism = lottery(seed)
    table = tabulated(mechanism)
    for i in range(mechanism.environment.n_agents):
        assert mechanism.interim_allocation(i).equals(table.interim_allocation(i))
        assert mechanism.interim_payments(i).equals(table.interim_payments(i))
        assert mechanism.interim_payoffs(i).equals(table.interim_payoffs(i))
        assert mechanism.information_rents(i).equals(table.information_rents(i))
    assert (mechanism.welfare(), mechanism.revenue(), mechanism.gains()) == (table.welfare(), table.revenue(), table.gains())
    weights = {agent.name: tuple(Fraction(k) for k in range(agent.n_types)) for agent in mechanism.environment.agents}
    for design in (Design(objective="payoff"), Design(objective="weighted", weights=weights)):
        assert mechanism.value(design) == table.value(design)
    for verdict in check_all(mechanism):
        expected = check(table, verdict.property)
        assert verdict.margin == expected.margin
        assert (verdict.witness is None) == (verdict.margin >= 0) or verdict.property not in ("bic", "interim-ir", "ex-ante-ir")


@pytest.mark.parametrize("seed", range(0, 40, 3))
def test_shared_payments_leave_every_profile_the_same_surplus(seed: int) -> None:
    mechanism = lottery(seed)
    if mechanism.balanced:
        surplus = tabulated(mechanism).budget_surplus().reshape(-1).fractions()
        assert set(surplus) == {mechanism.revenue()}


def test_sampling_plays_the_rules_at_their_odds() -> None:
    mechanism = lottery(2)
    rng = np.random.default_rng(7)
    draws = [mechanism.sample(rng) for _ in range(4000)]
    expected = sum(weight * rule.outcome_probabilities().floats() for weight, rule in zip([1 / 3, 2 / 3], mechanism.rules, strict=True))
    counted = np.array([sum(outcome == name for _, outcome, _ in draws) for name in mechanism.environment.outcomes]) / len(draws)
    np.testing.assert_allclose(counted, expected, atol=5 * np.sqrt(0.25 / len(draws)))
    paid = np.mean([[float(p) for p in payments] for _, _, payments in draws], axis=0)
    means = [float((mechanism.interim_payments(i) * mechanism.environment.marginal(i)).sum().item()) for i in range(len(paid))]
    np.testing.assert_allclose(paid, means, atol=0.1)


def test_only_the_efficient_rule_is_called_efficient() -> None:
    environment, _ = drawn(4)
    values = tuple(RationalArray.from_fractions(list(agent.values or ())) for agent in environment.agents)
    payments = tuple(RationalArray.full((m,), 0) for m in environment.n_types)
    best = RulesMechanism(environment, (surplus_rule(environment),), (Fraction(1),), payments)
    assert check(best, "efficient").margin == 0
    opposite = Rule(environment, tuple(table * -1 - 10 for table in values))
    with pytest.raises(DesignError, match="without tables"):
        check(RulesMechanism(environment, (opposite,), (Fraction(1),), payments), "efficient")


def test_weights_that_are_no_probabilities_are_refused() -> None:
    environment, rule = drawn(4)
    payments = tuple(RationalArray.full((m,), 0) for m in environment.n_types)
    with pytest.raises(DesignError, match="sum to exactly 1"):
        RulesMechanism(environment, (rule,), (Fraction(1, 2),), payments)


def test_zeros_over_a_long_denominator_are_zeros() -> None:
    table = RationalArray(np.zeros(3, dtype=np.int64), 10**40).reduced()
    assert (table.fractions(), table.denominator) == ([Fraction(0)] * 3, 1)
