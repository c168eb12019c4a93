"""Rules by scores of outcomes, against a walk through all profiles in fractions."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product
from math import prod

import numpy as np
import pytest

import mechopt as mo
from mechopt.environment.blocks import OutcomeRule, has_outcome_rules, surplus_scores
from mechopt.environment.environment import Environment
from mechopt.environment.grids import Grid

HUGE = 10**30


def drawn_rule(seed: int, memory: int = 2**20) -> OutcomeRule:
    """Scores with many ties, one in three beyond 64 bits; types without probability; sometimes another order first."""
    rng = random.Random(seed)
    sizes, m = [rng.randint(1, 4) for _ in range(rng.randint(1, 4))], rng.randint(1, 4)
    utility = {f"agent {i}": [[rng.randint(0, 2) for _ in range(m)] for _ in range(k)] for i, k in enumerate(sizes)}
    prior = {}
    for name, k in zip(utility, sizes, strict=True):
        weights = [rng.randint(0, 3) for _ in range(k - 1)] + [1]
        prior[name] = [Fraction(weight, sum(weights)) for weight in weights]
    environment = mo.table(utility, [f"x{k}" for k in range(m)], prior=prior)
    scale = HUGE if seed % 3 == 0 else 1
    scores = tuple(np.array([[rng.randint(-2, 2) * scale for _ in range(m)] for _ in range(k)], dtype=object) for k in sizes)
    return OutcomeRule(environment, scores, surplus_scores(environment) if seed % 2 else (), memory)


def walked(rule: OutcomeRule) -> tuple[list[int], list[list[list[Fraction]]]]:
    """Return outcomes and interim probabilities from the definition."""
    environment = rule.environment
    orders = [rule.before, rule.scores] if rule.before else [rule.scores]
    chosen, outcomes = [], range(environment.n_outcomes)
    interim = [[[Fraction(0) for _ in outcomes] for _ in agent.types] for agent in environment.agents]
    for profile in product(*(range(m) for m in environment.n_types)):
        totals = [tuple(sum(int(own[a][x]) for own, a in zip(tables, profile, strict=True)) for tables in orders) for x in outcomes]
        x = totals.index(max(totals))
        chosen.append(x)
        for i, a in enumerate(profile):
            interim[i][a][x] += prod(agent.prior[b] for j, (agent, b) in enumerate(zip(environment.agents, profile, strict=True)) if j != i)
    return chosen, interim


@pytest.mark.parametrize("seed", range(12))
def test_outcomes_and_what_types_expect_are_those_of_a_walk_through_all_profiles(seed: int) -> None:
    rule = drawn_rule(seed)
    chosen, interim = walked(rule)
    assert rule.chosen().tolist() == chosen
    assert [table.fractions() for table in rule.interim] == interim
    for floats, exact in zip(rule.interim_floats(), interim, strict=True):
        assert np.allclose(floats, np.array(exact, dtype=float), atol=1e-14)


@pytest.mark.parametrize("seed", range(12))
def test_blocks_of_any_size_mean_the_same(seed: int) -> None:
    one_row, everything = drawn_rule(seed, memory=1), drawn_rule(seed, memory=2**30)
    assert len(list(everything.blocks())) == 1
    assert one_row.chosen().tolist() == everything.chosen().tolist()
    assert all(a.equals(b) for a, b in zip(one_row.interim, everything.interim, strict=True))


def test_memory_bounds_the_rows_of_a_block() -> None:
    auction = mo.multi_unit_auction({f"bidder {i}": mo.uniform(0, 1, 6) for i in range(4)}, 2)
    rule = OutcomeRule(auction, surplus_scores(auction), memory=40 * 36 * 5)
    assert [choices.shape for _, choices in rule.blocks()] == [(5, 36)] * 7 + [(1, 36)]


def test_efficient_scores_of_identical_units_serve_the_highest_values() -> None:
    bidders = {f"bidder {i}": Grid((Fraction(1 + i, 10), Fraction(5 + i, 10), Fraction(2)), (Fraction(1, 3),) * 3) for i in range(4)}
    auction = mo.multi_unit_auction(bidders, 2)
    chosen = OutcomeRule(auction, surplus_scores(auction)).chosen()
    for x, profile in zip(chosen.tolist(), product(range(3), repeat=4), strict=True):
        values = [bidders[f"bidder {i}"].values[a] for i, a in enumerate(profile)]
        served = sum(auction.utility(i)[a, x].item() for i, a in enumerate(profile))
        assert served == sum(sorted(values)[-2:])


def test_chances_with_large_denominators_add_up_to_one_exactly() -> None:
    prior = [Fraction(1, 10**9 + 7), 1 - Fraction(1, 10**9 + 7)]
    environment = mo.table({name: [[0, 1], [1, 0]] for name in "abcd"}, ["x", "y"], prior=dict.fromkeys("abcd", prior))
    rule = OutcomeRule(environment, surplus_scores(environment))
    assert all(row == 1 for table in rule.interim for row in table.sum(axis=1).fractions())
    assert rule.interim[0].fractions() == walked(rule)[1][0]


def test_correlated_types_and_common_values_have_no_rules_by_outcome() -> None:
    correlated = mo.table({"a": [[0], [1]], "b": [[0], [1]]}, ["x"], joint=[["1/2", 0], [0, "1/2"]])
    assert not has_outcome_rules(correlated)
    assert isinstance(correlated, Environment)
