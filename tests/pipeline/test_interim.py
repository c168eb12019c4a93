"""Rules instead of profiles: the same optimum as the full program, exact mechanisms, bounds that hold."""

from __future__ import annotations

import random
import warnings
from collections import Counter
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import mechopt as mo
from mechopt.design.design import Design, design_with
from mechopt.environment.builders import object_environment, public_good
from mechopt.environment.environment import Environment
from mechopt.environment.grids import Grid
from mechopt.errors import DesignError, MechoptWarning
from mechopt.exact.lagrangian import proved_bound
from mechopt.mechanism.rules import RulesMechanism
from mechopt.pipeline.admissible import is_admissible
from mechopt.pipeline.clock import Clock
from mechopt.pipeline.columns import by_columns
from mechopt.pipeline.methods import choose
from mechopt.pipeline.starting import starting_rules
from mechopt.program.border import furthest, prefixes
from mechopt.program.frame import Question
from mechopt.program.interim import interim_obstacle, payoffs_count_alike
from mechopt.program.oracles import Oracle
from mechopt.program.ordered import ordered_program
from mechopt.theory.bilateral_trade_uniform import grid_budget_surplus, grid_second_best
from tests.environment.test_rules import drawn_grid

CLOSE = 1e-8


def drawn_problem(seed: int, kind: str) -> tuple[Environment, dict[str, Any]]:
    """Values that repeat, types without probability, owners of all, of shares and of nothing; any design without profiles."""
    rng = random.Random(seed)
    n = rng.choice([1, 2, 2, 3])
    grids = {f"agent {k}": drawn_grid(rng, rng.randint(1, 4)) for k in range(n)}
    if kind == "public-good":
        environment = public_good(grids, Fraction(rng.randint(0, 3), 2), outside=rng.choice([0, 0, "1/4"]))
    else:
        owned = rng.choice([{}, {"agent 0": 1}, {name: Fraction(1, n) for name in grids}, {name: Fraction(rng.randint(0, 2), 3) for name in grids}])
        cost = None if rng.random() < 0.6 else [Fraction(rng.randint(0, 2), 2) for _ in range(n + 1)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MechoptWarning)
            environment = object_environment(grids, owned, cost)
    design: dict[str, Any] = {
        "objective": rng.choice(["welfare", "gains", "revenue", "payoff", "weighted"]),
        "participation": rng.choice(["interim-ir", "interim-ir", "ex-ante-ir", "none"]),
        "budget": rng.choice(["expected-no-deficit", "expected-balanced", "balanced", "no-deficit", "none"]),
        "incentive": rng.choice(["bic", "bic", "bic", "none"]),
    }
    if design["objective"] == "weighted":
        design["weights"] = {name: [rng.randint(0, 2) for _ in grid.values] for name, grid in grids.items()}
    return environment, design


def agree(environment: Environment, design: dict[str, Any], method: str) -> None:
    wanted = design_with(Design(), design, environment)
    if interim_obstacle(environment, wanted, Question(wanted.objective)) is not None:
        with pytest.raises(DesignError, match="does not apply"):
            mo.solve(environment, method=method, **design)
        return
    full, found = mo.solve(environment, method="full", **design), mo.solve(environment, method=method, **design)
    assert found.status == full.status
    if full.status == "infeasible":
        assert found.proof.grade == "infeasible"
        assert proved_bound(found.certificate) < 0
        return
    assert isinstance(found.mechanism, RulesMechanism)
    assert is_admissible(found.mechanism, wanted)
    value, bound = found.mechanism.value(wanted), proved_bound(found.certificate)
    assert found.value.exact == value <= full.value.exact <= bound == found.proof.bound.exact
    assert bound - value <= CLOSE
    assert found.proof.grade in ("optimal", "bounded")
    if payoffs_count_alike(wanted, Question(wanted.objective)):
        assert value == full.value.exact
        assert found.proof.grade == "optimal"
        assert found.statistics["proof_method"] == "vertex"


# Seed 49: nobody may stay out, so what is missing to the budget is shared; 47: no incentives carry what types' payoffs weigh.
@pytest.mark.parametrize("seed", [*range(22), 47, 49])
def test_columns_of_an_object_reach_the_full_program(seed: int) -> None:
    agree(*drawn_problem(seed, "object"), "columns")


@pytest.mark.parametrize("seed", [8, *range(100, 116)])
def test_columns_of_a_public_good_reach_the_full_program(seed: int) -> None:
    agree(*drawn_problem(seed, "public-good"), "columns")


@pytest.mark.parametrize("seed", range(200, 216))
def test_borders_inequalities_reach_the_full_program(seed: int) -> None:
    agree(*drawn_problem(seed, "object"), "border")


@pytest.mark.parametrize("seed", range(300, 312))
def test_the_largest_surplus_among_efficient_rules_is_that_of_the_full_program(seed: int) -> None:
    environment, design = drawn_problem(seed, random.Random(seed).choice(["object", "public-good"]))
    design |= {"objective": "welfare", "participation": "interim-ir"}
    design.pop("weights", None)
    if environment.n_agents == 1:
        design["budget"] = "expected-balanced"
    full, found = mo.certify(environment, method="full", **design), mo.certify(environment, method="columns", **design)
    assert found.answer == full.answer
    assert found.budget_surplus.exact == full.budget_surplus.exact


def test_the_optimal_auction_is_found_by_rules() -> None:
    # Myerson: values 1, ..., k at odds 1/k have virtual values 2v - k, so the object goes to the highest value not below k/2.
    k, n = 6, 3
    grid = Grid(tuple(Fraction(v) for v in range(1, k + 1)), (Fraction(1, k),) * k)
    expected = sum((2 * v - k) * (Fraction(v, k) ** n - Fraction(v - 1, k) ** n) for v in range(1, k + 1) if 2 * v >= k)
    for method in ("columns", "border"):
        best = mo.solve(mo.single_item_auction([grid] * n), objective="revenue", budget="none", method=method)
        assert best.proof.bound.exact == expected
        assert best.value.exact == expected


@pytest.mark.parametrize(("method", "points"), [("columns", 6), ("columns", 16), ("columns", 150), ("border", 10)])
def test_the_second_best_of_bilateral_trade_is_the_closed_form(method: str, points: int) -> None:
    best = mo.solve(mo.bilateral_trade(mo.uniform(0, 1, points), mo.uniform(0, 1, points)), objective="gains", method=method)
    assert best.value.exact == best.proof.bound.exact == grid_second_best(points)
    assert best.proof.grade == "optimal"


def test_efficient_trade_without_anything_to_spare_is_found_and_beyond_it_is_refuted() -> None:
    # Five points a side: the largest surplus of an efficient mechanism is exactly zero; six: it is -5/216.
    five, six = (mo.bilateral_trade(mo.uniform(0, 1, k), mo.uniform(0, 1, k)) for k in (5, 6))
    best = mo.solve(five, allocation="efficient", method="columns")
    assert best.proof.grade == "optimal"
    assert best.value.exact == best.first_best.exact
    none = mo.solve(six, allocation="efficient", method="columns")
    assert none.proof.grade == "infeasible"
    assert none.proof.bound.exact == grid_budget_surplus(6) == Fraction(-5, 216)


def different(n: int, m: int) -> Environment:
    """The agent with the highest values owns the object."""
    rng = random.Random(n * m)
    grids = {}
    for i in range(n):
        weights = [rng.randint(1, 4) for _ in range(m)]
        values = tuple(Fraction(2 * k + 1, 2 * m) * (1 + Fraction(i, 50)) for k in range(m))
        grids[f"agent {i}"] = Grid(values, tuple(Fraction(w, sum(weights)) for w in weights))
    return object_environment(grids, {f"agent {n - 1}": 1})


def test_eight_different_agents_have_an_exact_second_best() -> None:
    environment = different(8, 12)
    found = mo.solve(environment)
    assert found.statistics["method"]["name"] == "columns"
    assert found.proof.grade == "optimal"
    assert found.value.exact == found.proof.bound.exact == proved_bound(found.certificate)
    assert found.value.exact < found.first_best.exact
    assert all(verdict.holds for verdict in found.checks if verdict.property in ("bic", "interim-ir", "balanced"))
    rng = np.random.default_rng(3)
    held = Counter(found.mechanism.sample(rng)[1] for _ in range(1000))
    for i in range(8):
        claimed = float((found.mechanism.own[i] * environment.marginal(i)).sum().item())
        assert abs(held[f"agent {i}"] / held.total() - claimed) < 4 * np.sqrt(claimed * (1 - claimed) / held.total())


def test_a_time_limit_gives_a_bounded_answer() -> None:
    found = mo.solve(different(6, 12), time_limit=0.02, method="columns")
    assert found.proof.grade == "bounded"
    assert found.proof.bound.exact >= found.value.exact
    assert is_admissible(found.mechanism, Design())


def test_an_interruption_gives_the_answer_so_far() -> None:
    rounds = []

    def interrupt(stage: str) -> None:
        rounds.append(stage)
        if len(rounds) > 2:
            raise KeyboardInterrupt

    found = mo.solve(different(6, 12), method="columns", progress=interrupt)
    assert found.proof.grade == "bounded"
    assert found.statistics["backend"]["interrupted"]


def test_every_round_tightens_value_and_bound() -> None:
    program = ordered_program(different(5, 8), Design(), Question("welfare"))
    told: list[str] = []
    by_columns(program, Clock(None, told.append), 1e-10, starting_rules(program))
    numbers = [[float(part.split()[-1]) for part in line.split(": ")[1].split(", ")[:2]] for line in told]
    assert all(later[0] >= earlier[0] - 1e-9 and later[1] <= earlier[1] + 1e-9 for earlier, later in pairwise(numbers))


def test_a_search_ends_early_enough_for_the_exact_stage_and_has_a_share_of_the_time_in_any_case() -> None:
    time = [100.0]
    clock = Clock(5.0, now=lambda: time[0])
    search, hurried, unlimited = clock.reserving(1.5), clock.reserving(9.0), Clock(None, now=lambda: time[0]).reserving(1.5)
    time[0] = 100.9
    assert [entry.over() for entry in (search, hurried, unlimited)] == [False, False, False]
    time[0] = 103.4
    assert [entry.over() for entry in (search, hurried, unlimited)] == [False, True, False]
    time[0] = 103.6
    assert [entry.over() for entry in (search, hurried, unlimited)] == [True, True, False]
    assert clock.left() == pytest.approx(1.4)


def test_separation_finds_a_violated_set_exactly_where_there_is_one() -> None:
    # Second route: all sets of types of two agents with three types each.
    environment = object_environment({name: Grid((Fraction(1), Fraction(2), Fraction(3)), (Fraction(1, 3),) * 3) for name in "ab"})
    oracle = Oracle(ordered_program(environment, Design(), Question("welfare")))
    rng = np.random.default_rng(5)
    for _ in range(60):
        q = rng.uniform(0, 0.9, 6)
        sets = [[bool(bits >> k & 1) for k in range(6)] for bits in range(64)]
        worst = max(sum(q[inside]) / 3 - 1 + (1 - sum(inside[:3]) / 3) * (1 - sum(inside[3:]) / 3) for inside in map(np.array, sets))
        assert (prefixes(oracle, q).excess.max() > 1e-12) == (worst > 1e-12)
    start = np.full(6, 0.2)
    share = furthest(oracle, start, np.ones(6))
    assert prefixes(oracle, start + share * (1 - start)).excess.max() == pytest.approx(0, abs=1e-12)


def test_the_method_follows_from_shape_and_size() -> None:
    welfare = Question("welfare")
    assert choose(different(3, 5), Design(), welfare, "auto", None).method == "interim"
    assert choose(different(8, 12), Design(), welfare, "auto", None).method == "columns"
    assert choose(different(8, 12), Design(incentive="dsic"), welfare, "auto", None).method == "interim"
    assert choose(different(8, 12), Design(), welfare, "auto", ()).method == "interim"


def test_a_single_agent_s_budget_shows_in_a_program_even_where_the_largest_surplus_needs_none() -> None:
    # With as many types as this, and ties between building and not, rules would be searched, whose payments for a type are those in expectation.
    alone = public_good({"Ann": mo.uniform(0, 1, 6000)}, Fraction(5999, 12000))
    surplus = Question("surplus", True)
    assert choose(alone, Design(), surplus, "auto", None).method == "interim"
    assert choose(alone, Design(budget="expected-balanced"), surplus, "auto", None).method != "interim"
    with pytest.raises(DesignError, match="a single agent's budget cannot be shared"):
        mo.certify(public_good({"Ann": mo.uniform(0, 1, 2)}, Fraction(1, 4)), method="columns")


def test_rules_are_chosen_where_they_are_exact_and_faster_than_a_program() -> None:
    middle, welfare = different(3, 15), Question("welfare")
    weighted = design_with(Design(), {"objective": "weighted", "weights": {"agent 0": [1] + [2] * 14}}, middle)
    assert choose(middle, Design(), welfare, "auto", None).method == "columns"
    assert choose(middle, Design(), welfare, "auto", None, hand=True).method == "interim"
    assert choose(middle, weighted, Question("weighted"), "auto", None).method == "interim"
    assert mo.solve(middle, algorithm="simplex").statistics["method"]["name"] == "interim"
