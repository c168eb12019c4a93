"""Reduction E5: longest paths find the largest surplus of the program, and their prices prove it; ties are refused."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Any

import pytest

import mechopt as mo
from mechopt.design.design import Design
from mechopt.environment.environment import Environment
from mechopt.environment.grids import Grid
from mechopt.environment.ties import obstacle_to_uniqueness
from mechopt.environment.welfare import efficient_outcomes
from mechopt.exact.checker.claims import check_result
from mechopt.exact.lagrangian import lagrangian
from mechopt.exact.longest_paths import longest_paths
from mechopt.pipeline.questions import certify
from mechopt.program.reductions import plan
from mechopt.result import Result

pytestmark = pytest.mark.filterwarnings("ignore::mechopt.errors.MechoptWarning")


def numbers(random: Random, size: int, least: int = 0, most: int = 40) -> list[Fraction]:
    return [Fraction(random.randint(least, most), random.choice((1, 2, 3, 7))) for _ in range(size)]


def chances(random: Random, size: int) -> list[Fraction]:
    weights = [random.randint(0, 3) for _ in range(size)]
    weights[random.randrange(size)] += 1
    return [Fraction(weight, sum(weights)) for weight in weights]


def drawn(random: Random, kind: str) -> Environment:
    """One to three agents; types without probability, equal values, costs and outside options of all sorts are common."""
    sizes = [random.randint(1, 4) for _ in range(random.choice((1, 2, 2)))] if random.random() < 0.7 else [random.randint(1, 3) for _ in range(3)]
    names = [f"agent {k}" for k in range(len(sizes))]
    if kind == "table":
        n_outcomes = random.randint(2, 4)
        shaped = {name: [numbers(random, n_outcomes) for _ in range(m)] for name, m in zip(names, sizes, strict=True)}
        prior = {name: chances(random, m) for name, m in zip(names, sizes, strict=True)}
        outside = {name: numbers(random, m, -3, 30) for name, m in zip(names, sizes, strict=True)}
        outcomes = [str(x) for x in range(n_outcomes)]
        return mo.table(shaped, outcomes, prior=prior, outside=outside, cost=numbers(random, n_outcomes, 0, 9))
    grids = {name: Grid(tuple(numbers(random, m)), tuple(chances(random, m))) for name, m in zip(names, sizes, strict=True)}
    if kind == "public-good":
        return mo.public_good(grids, numbers(random, 1)[0], outside=numbers(random, 1, -2, 3)[0])
    cost = numbers(random, len(names) + 1, 0, 5) if random.random() < 0.5 else None
    return mo.object_environment(grids, {name: Fraction(random.randint(0, 3), 3) for name in names}, cost)


def used(result: Result) -> bool:
    return any(entry["name"] == "E5" and entry["applied"] for entry in result.statistics["reductions"])


@pytest.mark.parametrize("kind", ["object", "public-good", "table"])
def test_longest_paths_reach_exactly_the_surplus_of_the_program(kind: str) -> None:
    random = Random(f"paths {kind}")
    compared = 0
    for _ in range(20):
        environment = drawn(random, kind)
        design: dict[str, Any] = {
            "incentive": random.choice(("bic", "bic", "none")),
            "participation": random.choice(("interim-ir", "interim-ir", "ex-ante-ir")),
            "budget": "expected-no-deficit" if environment.n_agents == 1 else "no-deficit",
        }
        tied = bool((efficient_outcomes(environment).sum(axis=-1) > 1).any())
        assert (obstacle_to_uniqueness(environment) is not None) == tied
        if tied:
            continue
        compared += 1
        found = longest_paths(environment, Design(**design))
        by_program = certify(environment, reductions=random.choice((("E1", "E2", "E3"), ())), **design)
        assert by_program.budget_surplus is not None
        assert found.surplus == by_program.budget_surplus.exact
        evaluated = lagrangian(found.certificate)
        assert evaluated.valid
        assert evaluated.bound() == found.surplus
    assert compared >= 15


@pytest.mark.parametrize("budget", ["balanced", "no-deficit", "expected-balanced", "none"])
@pytest.mark.parametrize("kind", ["object", "public-good", "table"])
def test_answers_by_longest_paths_are_verified_without_solver(kind: str, budget: str) -> None:
    random = Random(f"answers {kind} {budget}")
    verified = 0
    while verified < 3:
        environment = drawn(random, kind)
        if environment.n_agents == 1 or obstacle_to_uniqueness(environment) is not None:
            continue
        result = certify(environment, budget=budget)
        assert used(result)
        assert result.proof.grade == "optimal"
        assert result.statistics["programs"] == 0
        assert check_result(result.to_dict())
        assert result.answer == certify(environment, budget=budget, reductions=("E1", "E2", "E3")).answer
        verified += 1


def test_two_types_a_side_need_the_known_subsidy() -> None:
    """c_L < v_L < c_H < v_H: the surplus is a v_L + b (1 - a) v_H - b c_H - a (1 - b) c_L (Matsuo 1989)."""
    for a, b in ((Fraction(1, 2), Fraction(1, 2)), (Fraction(1, 5), Fraction(3, 4))):
        seller = Grid((Fraction(1), Fraction(5)), (a, 1 - a))
        buyer = Grid((Fraction(3), Fraction(7)), (1 - b, b))
        expected = a * 3 + b * (1 - a) * 7 - b * 5 - a * (1 - b) * 1
        assert longest_paths(mo.bilateral_trade(seller, buyer), Design()).surplus == expected


def test_prices_are_the_probability_that_flows_along_the_paths() -> None:
    """A lone buyer served at every value: types pay the lowest value, and each is held by the one below."""
    auction = mo.single_item_auction([Grid((Fraction(1), Fraction(2), Fraction(3)), (Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)))])
    found = longest_paths(auction, Design(budget="none"))
    assert found.surplus == 1
    pairs = found.certificate.incentive[0]
    flows = dict(zip(zip(pairs.true.tolist(), pairs.reported.tolist(), strict=True), pairs.prices.fractions(), strict=True))
    assert flows == {(1, 0): Fraction(1, 2), (2, 1): Fraction(1, 6)}
    assert found.certificate.participation[0].fractions() == [1, 0, 0]


TRADE = mo.bilateral_trade(mo.two_types(1, 3), mo.two_types(2, 4))
REFUSED = [
    (mo.bilateral_trade(mo.two_types(1, 3), mo.two_types(2, 3)), {}, "two outcomes share the largest surplus, 3, at a profile"),
    (mo.public_good({"a": mo.two_types(1, 2), "b": mo.two_types(1, 3)}, 4), {}, "values add up to the cost at a profile"),
    (mo.table({"a": [[1, 1], [2, 1]]}, ["x", "y"]), {}, "two outcomes share the largest surplus at 1"),
    (TRADE, {"incentive": "dsic"}, "dsic holds at every profile"),
    (TRADE, {"participation": "ex-post-ir"}, "participation holds at every profile"),
    (TRADE, {"epsilon": Fraction(1, 10)}, "violations are allowed"),
    (mo.object_environment({"a": mo.two_types(1, 3), "b": mo.two_types(2, 4)}, joint=[["1/2", 0], [0, "1/2"]]), {}, "types are correlated"),
    (mo.interdependent({name: [[[a + b, 0] for b in (0, 1)] for a in (0, 1)] for name in "ab"}, ["yes", "no"]), {}, "values are interdependent"),
]


@pytest.mark.parametrize(("environment", "design", "reason"), REFUSED)
def test_longest_paths_are_not_used_where_more_than_payments_is_left(environment: Environment, design: dict[str, Any], reason: str) -> None:
    chosen = plan(environment, Design(**design), of_surplus=True)
    assert not chosen.applies("E5")
    assert [entry.reason for entry in chosen.reductions if entry.name == "E5"] == [reason]
    assert all(entry.name != "E5" for entry in plan(environment, Design(**design)).reductions)


def test_a_tie_that_others_always_outbid_is_no_tie() -> None:
    bidders = [mo.two_types(1, 2), mo.two_types(1, 3), mo.two_types(5, 6)]
    assert obstacle_to_uniqueness(mo.single_item_auction(bidders)) is None
    assert obstacle_to_uniqueness(mo.single_item_auction(bidders[:2])) is not None
