"""Representatives of identical agents in the search among rules: the same optimum, shared ties, far more agents."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest

import mechopt as mo
from mechopt.design.design import Design
from mechopt.environment.builders import object_environment
from mechopt.environment.grids import Grid
from mechopt.environment.winning import group_winning_floats, winning_probabilities
from mechopt.pipeline.admissible import is_admissible
from mechopt.program.frame import Question
from mechopt.program.ordered import groups_of_equals
from mechopt.rational import RationalArray
from tests.environment.test_rules import drawn_grid


@pytest.mark.parametrize("seed", range(12))
def test_shared_ties_are_the_average_over_members_of_ties_settled_by_an_order(seed: int) -> None:
    rng = random.Random(seed)
    sizes, n_types = [rng.randint(1, 4) for _ in range(3)], [rng.randint(1, 4) for _ in range(3)]
    priors = [RationalArray.from_fractions(list(drawn_grid(rng, n).prior)) for n in n_types]
    scores = [[rng.randint(-1, 3) for _ in range(n)] for n in n_types]
    members = [g for g, size in enumerate(sizes) for _ in range(size)]
    exact = winning_probabilities([RationalArray.of(scores[g]) for g in members], [priors[g] for g in members])
    flat = np.array([score for own in scores for score in own])
    prior = np.concatenate([table.floats() for table in priors])
    found = group_winning_floats(flat, np.repeat(np.arange(3), n_types), prior, np.array(sizes))
    averages = [np.mean([own.floats() for own, h in zip(exact, members, strict=True) if h == g], axis=0) for g in range(3)]
    assert found == pytest.approx(np.concatenate(averages), abs=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_representatives_reach_the_optimum_of_the_full_program(seed: int) -> None:
    rng = random.Random(seed)
    common = drawn_grid(rng, rng.randint(2, 3))
    grids = {"owner": drawn_grid(rng, 3), **{f"buyer {k}": common for k in range(rng.randint(2, 3))}}
    environment = object_environment(grids, {"owner": 1})
    choices = {
        "objective": rng.choice(["welfare", "gains", "revenue", "payoff"]),
        "participation": rng.choice(["interim-ir", "interim-ir", "ex-ante-ir"]),
        "budget": rng.choice(["expected-no-deficit", "balanced"]),
    }
    assert len(groups_of_equals(environment, Design(**choices), Question("welfare"))) == 2
    found = mo.solve(environment, method="columns", **choices)
    assert found.value.float == pytest.approx(mo.solve(environment, method="full", **choices).value.float, abs=1e-8)
    assert is_admissible(found.mechanism, Design(**choices))


def test_sixty_identical_buyers_are_two_representatives_with_the_seller() -> None:
    grid = Grid(tuple(Fraction(k, 4) for k in range(5)), (Fraction(1, 5),) * 5)
    environment = object_environment({"seller": grid} | {f"buyer {k}": grid for k in range(60)}, {"seller": 1})
    found = mo.solve(environment)
    assert found.statistics["backend"]["representatives"] == 2
    assert 0 <= found.proof.gap < Fraction(1, 10**9)
    assert [entry["name"] for entry in found.statistics["reductions"]] == ["E4", "E7"]


def test_agents_who_give_up_more_the_more_they_value_the_object_stay_alone() -> None:
    grid = Grid((Fraction(0), Fraction(1)), (Fraction(1, 2),) * 2)
    thirds = object_environment(dict.fromkeys("abc", grid), dict.fromkeys("abc", Fraction(1, 3)))
    assert groups_of_equals(thirds, Design(), Question("welfare")) == ((0,), (1,), (2,))
    assert groups_of_equals(thirds, Design(participation="ex-ante-ir"), Question("welfare")) == ((0, 1, 2),)
