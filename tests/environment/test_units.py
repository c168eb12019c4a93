"""Identical units: recognised exactly, and who is served how often, against a walk through all profiles in fractions."""

from __future__ import annotations

import random
from ast import literal_eval
from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import prod

import numpy as np
import pytest

import mechopt as mo
from mechopt.environment.environment import Environment
from mechopt.environment.rule import Rule, has_rules, surplus_rule
from mechopt.environment.units import identical_units, served_floats
from mechopt.environment.welfare import first_best
from mechopt.rational import RationalArray


def drawn_auction(seed: int) -> tuple[Environment, int]:
    """Types without probability, values that are equal, zero or negative."""
    rng = random.Random(seed)
    n = rng.randint(1, 4)
    units, bidders = rng.randint(1, n), {}
    for i in range(n):
        values = [rng.randint(-1, 3) for _ in range(rng.randint(1, 3))]
        values[0] = values[0] or 1
        weights = [rng.randint(0, 2) for _ in values[1:]] + [1]
        prior = [Fraction(weight, sum(weights)) for weight in weights]
        bidders[f"agent {i}"] = (values, prior)
    served = [chosen for chosen in product((1, 0), repeat=n) if sum(chosen) <= units]
    rng.shuffle(served)
    utility = {name: [[v * chosen[i] for chosen in served] for v in values] for i, (name, (values, _)) in enumerate(bidders.items())}
    prior = {name: chances for name, (_, chances) in bidders.items()}
    return mo.table(utility, [str(chosen) for chosen in served], prior=prior, cost=[rng.choice([0, 1])] * len(served)), units


def drawn_rule(seed: int) -> Rule:
    """Scores with many ties, some negative."""
    environment, _ = drawn_auction(seed)
    rng = random.Random(seed)
    return Rule(environment, tuple(RationalArray.of([Fraction(rng.randint(-1, 2), 2) for _ in agent.types]) for agent in environment.agents))


def walked(rule: Rule, units: int) -> tuple[list[tuple[int, ...]], list[list[Fraction]]]:
    """Return who is served at every profile, and how often each type is, from the definition: one unit after the other."""
    environment, sets = rule.environment, []
    chances = [[Fraction(0)] * m for m in environment.n_types]
    for profile in product(*(range(m) for m in environment.n_types)):
        left, served = {i: rule.scores[i][a].item() for i, a in enumerate(profile)}, list[int]()
        for _ in range(units):
            best = max(left.values(), default=Fraction(-1))
            if best >= 0:
                served.append(next(i for i in left if left[i] == best))
                del left[served[-1]]
        sets.append(tuple(sorted(served)))
        for i in served:
            chances[i][profile[i]] += prod(environment.agents[j].prior[b] for j, b in enumerate(profile) if j != i)
    return sets, chances


@pytest.mark.parametrize("seed", range(30))
def test_who_is_served_and_how_often_is_what_a_walk_through_all_profiles_finds(seed: int) -> None:
    environment, units = drawn_auction(seed)
    rule = drawn_rule(seed)
    sets, chances = walked(rule, units)
    assert [table.fractions() for table in rule.own] == chances
    profiles = list(product(*(range(m) for m in environment.n_types)))
    named = [literal_eval(environment.outcomes[rule.outcomes(profile)[0]]) for profile in profiles]
    assert [tuple(np.flatnonzero(chosen).tolist()) for chosen in named] == sets
    agents = np.repeat(np.arange(environment.n_agents), environment.n_types)
    prior = np.concatenate([agent.chances.floats() for agent in environment.agents])
    scores = np.concatenate([(table * 2).over(2).astype(np.int64) for table in rule.scores])
    assert np.allclose(served_floats(scores, agents, prior, units), np.concatenate([np.array(own, dtype=float) for own in chances]), atol=1e-14)


@pytest.mark.parametrize("seed", range(10))
def test_every_outcome_is_as_likely_as_a_walk_through_all_profiles_finds(seed: int) -> None:
    rule = drawn_rule(seed)
    environment = rule.environment
    for i, agent in enumerate(environment.agents):
        found = np.zeros((agent.n_types, environment.n_outcomes), dtype=object)
        for profile in product(*(range(m) for m in environment.n_types)):
            found[profile[i], rule.outcomes(profile)[0]] += prod(environment.agents[j].prior[b] for j, b in enumerate(profile) if j != i)
        assert np.array_equal(rule.given_type(i).fractions(), found)


@pytest.mark.parametrize("seed", range(10))
def test_first_best_is_the_expected_largest_surplus(seed: int) -> None:
    environment, _ = drawn_auction(seed)
    total = Fraction(0)
    for profile in product(*(range(m) for m in environment.n_types)):
        chance = prod(agent.prior[a] for agent, a in zip(environment.agents, profile, strict=True))
        worth = [sum(environment.utility(i)[a, x].item() for i, a in enumerate(profile)) for x in range(environment.n_outcomes)]
        total += chance * (max(worth) - environment.cost[0].item())
    assert first_best(environment) == surplus_rule(environment).welfare() == total


def three() -> Environment:
    return mo.multi_unit_auction({name: mo.two_types(1, 4) for name in ("a", "b", "c")}, 2)


def test_units_are_recognised_whatever_the_order_of_outcomes() -> None:
    for seed in range(20):
        environment, units = drawn_auction(seed)
        found = identical_units(environment)
        assert found is not None
        assert found.n_units == units


def changed(**parts: object) -> Environment:
    return replace(three(), **parts)


def without_a_set() -> Environment:
    environment = three()
    agents = tuple(replace(agent, utility=environment.utility(i)[:, 1:]) for i, agent in enumerate(environment.agents))
    return replace(environment, agents=agents, outcomes=environment.outcomes[1:], cost=environment.cost[1:])


def with_a_set_twice() -> Environment:
    environment = three()
    order = [0, 0, *range(2, environment.n_outcomes)]
    agents = tuple(replace(agent, utility=environment.utility(i)[:, order]) for i, agent in enumerate(environment.agents))
    return replace(environment, agents=agents)


def of_another_agent(utility: list[list[int]]) -> Environment:
    environment = three()
    return replace(environment, agents=(replace(environment.agents[0], utility=RationalArray.of(utility)), *environment.agents[1:]))


def test_what_is_no_sale_of_identical_units_is_not_taken_for_one() -> None:
    """A set that cannot be served, one that is there twice, costs, correlation, company that matters, and an agent who wants nothing."""
    served = [[1, 1, 1, 0, 0, 0, 0], [4, 4, 4, 0, 0, 0, 0]]
    assert identical_units(of_another_agent(served)) is not None
    others = [
        without_a_set(), with_a_set_twice(), changed(cost=RationalArray.of([1, 1, 1, 1, 1, 1, 0])),
        changed(joint=RationalArray.full((2, 2, 2), Fraction(1, 8))),
        of_another_agent([[1, 1, 2, 0, 0, 0, 0], [4, 4, 4, 0, 0, 0, 0]]), of_another_agent([[0] * 7] * 2),
    ]  # fmt: skip
    assert [identical_units(environment) for environment in others] == [None] * len(others)
    assert not any(has_rules(environment) for environment in others)
