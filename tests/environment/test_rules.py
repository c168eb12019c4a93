"""Rules given by scores: expectations without visiting profiles, against visiting all of them."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product
from math import prod

import numpy as np
import pytest

from mechopt import public_good, single_item_auction, uniform
from mechopt.environment.builders import object_environment
from mechopt.environment.environment import Environment
from mechopt.environment.grids import Grid
from mechopt.environment.rule import Rule, surplus_rule
from mechopt.environment.sums import approval_floats
from mechopt.environment.welfare import first_best
from mechopt.environment.winning import winning_floats
from mechopt.errors import InvalidEnvironmentError, ProgramSizeError
from mechopt.rational import RationalArray


def drawn_grid(rng: random.Random, n_types: int) -> Grid:
    """Values that repeat, probabilities that may be zero."""
    weights = [rng.choice([0, 1, 1, 2, 3]) for _ in range(n_types - 1)] + [1]
    return Grid(tuple(Fraction(rng.randint(-2, 4), 2) for _ in range(n_types)), tuple(Fraction(w, sum(weights)) for w in weights))


def drawn(seed: int) -> tuple[Environment, Rule]:
    rng = random.Random(seed)
    n = rng.choice([1, 2, 3, 3])
    grids = {f"agent {k}": drawn_grid(rng, rng.randint(1, 3)) for k in range(n)}
    if seed % 2:
        environment = public_good(grids, Fraction(rng.randint(0, 3), 2))
    else:
        environment = object_environment(grids, cost=[Fraction(rng.randint(0, 2), 2) for _ in range(n + 1)])
    scores = tuple(RationalArray.from_fractions([Fraction(rng.randint(-2, 2), rng.randint(1, 3)) for _ in grid.values]) for grid in grids.values())
    return environment, Rule(environment, scores)


def visited(environment: Environment, rule: Rule) -> list[tuple[tuple[int, ...], Fraction, int]]:
    """Every profile with its probability and the outcome of largest score, straight from the definition."""
    found = []
    for profile in product(*(range(m) for m in environment.n_types)):
        chance = prod((agent.prior[a] for agent, a in zip(environment.agents, profile, strict=True)), start=Fraction(1))
        scores = [table.fractions()[a] for table, a in zip(rule.scores, profile, strict=True)]
        by_outcome = [*scores, Fraction(0)] if environment.kind == "object" else [Fraction(0), sum(scores, Fraction(0))]
        found.append((profile, chance, by_outcome.index(max(by_outcome))))
    return found


@pytest.mark.parametrize("seed", range(25))
def test_agents_who_are_alike_share_ties_equally_at_every_profile(seed: int) -> None:
    rng = random.Random(seed)
    twin, other = drawn_grid(rng, rng.randint(1, 3)), drawn_grid(rng, rng.randint(1, 2))
    grids = rng.choice([{"a": twin, "z": other, "b": twin}, {"a": twin, "b": twin, "c": twin}, {"z": other, "a": twin, "b": twin}])
    environment = object_environment(grids, cost=[0 if rng.random() < 0.5 else 1] * len(grids) + [Fraction(1, 2)])
    group = next(members for members in environment.alike if grids[environment.agents[members[0]].name] is twin)
    scores = {id(grid): RationalArray.of([rng.randint(-1, 2) for _ in grid.values]) for grid in (twin, other)}
    rule = Rule(environment, tuple(scores[id(grid)] for grid in grids.values()), (group,))
    for i, agent in enumerate(environment.agents):
        given = rule.given_type(i).fractions()
        for a in range(agent.n_types):
            chances = [Fraction(0)] * environment.n_outcomes
            for profile in product(*(range(m) if j != i else [a] for j, m in enumerate(environment.n_types))):
                chance = prod((environment.agents[j].prior[b] for j, b in enumerate(profile) if j != i), start=Fraction(1))
                drawn_scores = [table.fractions()[b] for table, b in zip(rule.scores, profile, strict=True)]
                best = max(drawn_scores)
                # In the order of outcomes the twins stand where the first of them does.
                order = sorted(range(len(grids)), key=lambda j: min(group) if j in group else j)
                first = next((j for j in order if drawn_scores[j] == best and best >= 0), None)
                winners = [environment.n_agents] if first is None else [j for j in (group if first in group else [first]) if drawn_scores[j] == best]
                assert list(rule.outcomes(profile)) == winners
                for x in winners:
                    chances[x] += chance / len(winners)
            assert given[a] == chances
            assert rule.own[i][a].item() == chances[i]
    assert rule.outcome_probabilities().sum().item() == 1
    assert rule.cost() == sum(
        (p * c for p, c in zip(rule.outcome_probabilities().fractions(), environment.cost.fractions(), strict=True)), Fraction(0)
    )


def test_whom_something_tells_apart_share_no_ties() -> None:
    low, high = uniform(0, 1, 2), uniform(0, 2, 2)
    environment = object_environment({"a": low, "b": high, "c": low}, {"c": 1})
    assert environment.alike == ()
    with pytest.raises(InvalidEnvironmentError, match=r"agents a, c, \.\.\. cannot share ties"):
        Rule(environment, (RationalArray.of([0, 1]),) * 3, ((0, 2),))
    same = object_environment({"a": low, "b": high, "c": low})
    assert same.alike == ((0, 2),)
    with pytest.raises(InvalidEnvironmentError, match="different scores"):
        Rule(same, (RationalArray.of([0, 1]), RationalArray.of([0, 1]), RationalArray.of([0, 2])), ((0, 2),))


@pytest.mark.parametrize("seed", range(60))
def test_expectations_of_a_rule_are_those_of_a_visit_to_every_profile(seed: int) -> None:
    environment, rule = drawn(seed)
    profiles = visited(environment, rule)
    cost = environment.cost.fractions()
    assert all(rule.outcomes(profile) == (outcome,) for profile, _, outcome in profiles)
    assert rule.cost() == sum(chance * cost[outcome] for _, chance, outcome in profiles)
    for i, agent in enumerate(environment.agents):
        tables = [rule.given_type(i).fractions(), rule.own[i].fractions(), rule.cost_given_type(i).fractions()]
        for a in range(agent.n_types):
            others = [
                (prod((environment.agents[j].prior[b] for j, b in enumerate(profile) if j != i), start=Fraction(1)), outcome)
                for profile, _, outcome in profiles
                if profile[i] == a
            ]
            chances = [sum((f for f, outcome in others if outcome == x), Fraction(0)) for x in range(environment.n_outcomes)]
            assert tables[0][a] == chances
            assert tables[1][a] == chances[i if environment.kind == "object" else 1]
            assert tables[2][a] == sum(p * c for p, c in zip(chances, cost, strict=True))


@pytest.mark.parametrize("seed", range(40))
def test_first_best_without_visiting_profiles_is_the_expected_greatest_surplus(seed: int) -> None:
    environment, _ = drawn(seed)
    best = surplus_rule(environment)
    total = Fraction(0)
    for profile, chance, _ in visited(environment, best):
        values = [agent.values[a] for agent, a in zip(environment.agents, profile, strict=True)]
        cost = environment.cost.fractions()
        by_outcome = [*values, 0] if environment.kind == "object" else [0, sum(values)]
        total += chance * max(worth - c for worth, c in zip(by_outcome, cost, strict=True))
    assert first_best(environment) == best.welfare() == total


@pytest.mark.parametrize("seed", range(30))
def test_floats_agree_with_the_exact_probabilities(seed: int) -> None:
    environment, _ = drawn(seed)
    rng = random.Random(seed)
    scores = [np.array([rng.randint(-3, 3) for _ in range(m)], dtype=np.int64) for m in environment.n_types]
    rule = Rule(environment, tuple(RationalArray(table) for table in scores))
    priors = [np.array([float(p) for p in agent.prior]) for agent in environment.agents]
    if environment.kind == "object":
        agents = np.repeat(np.arange(environment.n_agents), environment.n_types)
        found = winning_floats(np.concatenate(scores), agents, np.concatenate(priors))
    else:
        found = np.concatenate(approval_floats(scores, priors))
    np.testing.assert_allclose(found, np.concatenate([table.floats() for table in rule.own]), atol=1e-13)


def test_floats_of_many_agents_agree_with_the_exact_probabilities() -> None:
    rng = random.Random(11)
    grids = {f"agent {k}": drawn_grid(rng, 3) for k in range(70)}
    environment = object_environment(grids)
    scores = [np.array([rng.randint(-3, 40) for _ in range(3)], dtype=np.int64) for _ in grids]
    rule = Rule(environment, tuple(RationalArray(table) for table in scores))
    prior = np.array([float(p) for agent in environment.agents for p in agent.prior])
    found = winning_floats(np.concatenate(scores), np.repeat(np.arange(70), 3), prior)
    np.testing.assert_allclose(found, np.concatenate([table.floats() for table in rule.own]), atol=1e-12)


def test_the_highest_of_a_hundred_uniform_values_is_expected_at_its_order_statistic() -> None:
    # E max of n draws from {1, ..., k}/k: the sum over j of 1 - ((j - 1)/k)^n, divided by k.
    n, k = 100, 7
    grid = Grid(tuple(Fraction(j, k) for j in range(1, k + 1)), (Fraction(1, k),) * k)
    assert first_best(single_item_auction([grid] * n)) == sum(1 - Fraction(j - 1, k) ** n for j in range(1, k + 1)) / k


def test_sums_without_a_common_grid_are_refused_before_memory_runs_out() -> None:
    grids = {f"agent {k}": Grid(tuple(Fraction(1, 10**9 + 7 * j + 997 * k * j * j) for j in range(200)), (Fraction(1, 200),) * 200) for k in range(8)}
    with pytest.raises(ProgramSizeError, match="sums of scores"):
        first_best(public_good(grids, 1))


def test_a_uniform_public_good_of_many_agents_is_decided_by_convolution() -> None:
    # Symmetry: values j + 1/2 cells of k, cost n/2: the sum is above n/2 as often as below.
    environment = public_good({f"agent {k}": uniform(0, 1, 4) for k in range(30)}, 15)
    yes = surplus_rule(environment).outcome_probabilities().fractions()[1]
    sums = {0: 1}
    for _ in range(30):
        longer: dict[int, int] = {}
        for total, ways in sums.items():
            for step in (1, 3, 5, 7):
                longer[total + step] = longer.get(total + step, 0) + ways
        sums = longer
    assert yes == Fraction(sum(ways for total, ways in sums.items() if total > 120), 4**30)
