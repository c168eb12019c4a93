"""Identical units: the optimum of the full program, closed forms, verified results, and sizes that nobody could enumerate."""

from __future__ import annotations

import json
import random
from copy import deepcopy
from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import pytest

import mechopt as mo
from mechopt.environment.environment import Environment
from mechopt.environment.grids import Grid
from mechopt.exact.checker.claims import FalseClaimError, NotAResultError, check_result
from mechopt.exact.lagrangian import lagrangian
from mechopt.mechanism.rules import RulesMechanism
from mechopt.rational import RationalArray
from tests.environment.test_units import drawn_auction
from tests.oracles import checker


def drawn_market(seed: int) -> tuple[Environment, dict[str, Any]]:
    """Some agents own a unit or a part of one; designs of every sort that needs no profiles."""
    rng = random.Random(seed)
    environment, _ = drawn_auction(seed)
    agents = []
    for i, agent in enumerate(environment.agents):
        share = rng.choice([0, 0, Fraction(1, 2), 1])
        agents.append(replace(agent, outside=(environment.utility(i).max(axis=1) * share)))
    design: dict[str, Any] = {
        "objective": rng.choice(["welfare", "gains", "revenue", "payoff"]),
        "participation": rng.choice(["interim-ir", "interim-ir", "ex-ante-ir"]),
        "budget": rng.choice(["expected-no-deficit", "expected-balanced", "balanced", "no-deficit", "none"]),
        "allocation": rng.choice(["any", "any", "efficient"]),
    }
    if (design["objective"] == "payoff" and design["budget"] == "none") or (len(agents) == 1 and design["budget"] in ("balanced", "no-deficit")):
        design["budget"] = "expected-no-deficit"
    return replace(environment, agents=tuple(agents)), design


@pytest.mark.parametrize("seed", range(30))
def test_units_reach_the_full_program_and_are_verified_by_both_checkers(seed: int, tmp_path: Path) -> None:
    environment, design = drawn_market(seed)
    full, found = mo.solve(environment, method="full", **design), mo.solve(environment, method="columns", **design)
    assert found.status == full.status
    assert lagrangian(found.certificate).bound() == found.certificate.bound  # from the profiles
    if full.status == "optimal":
        assert isinstance(found.mechanism, RulesMechanism)
        assert found.value.exact == full.value.exact == found.certificate.bound
    found.save(tmp_path / "result.json")
    data = json.loads((tmp_path / "result.json").read_text())
    assert check_result(data)
    checker.verify(data)
    lie = deepcopy(data)
    lie["certificate"]["bound"] = str(Fraction(data["certificate"]["bound"]) - 1)
    with pytest.raises(FalseClaimError):
        check_result(lie)


def increasing(seed: int, types: int) -> Grid:
    """Random weights on equally spaced values: regular often, not always."""
    rng = random.Random(seed)
    weights = [rng.randint(2, 4) for _ in range(types)]
    return Grid(tuple(Fraction(2 * k + 1, 2 * types) for k in range(types)), tuple(Fraction(w, sum(weights)) for w in weights))


def virtual_values(grid: Grid) -> list[Fraction]:
    """v(k) - (v(k+1) - v(k)) (1 - F(k)) / f(k): Elkind, "Designing and Learning Optimal Finite Support Auctions" (2007)."""
    steps = [high - low for low, high in zip(grid.values, (*grid.values[1:], grid.values[-1]), strict=True)]
    return [v - step * sum(grid.prior[k + 1 :]) / grid.prior[k] for k, (v, step) in enumerate(zip(grid.values, steps, strict=True))]


@pytest.mark.parametrize("units", [1, 2, 3])
def test_the_most_revenue_is_the_expectation_of_the_highest_virtual_values(units: int) -> None:
    """Maskin and Riley, "Optimal Multi-Unit Auctions" (1989), on finite supports: m units go to the m highest virtual values not below zero."""
    grids = [mo.uniform(0, 1, 3), mo.uniform(0, 2, 4), mo.uniform(1, 2, 3), mo.uniform(0, "3/2", 3)]
    virtual = [virtual_values(grid) for grid in grids]
    assert all(own == sorted(own) for own in virtual)
    expected = Fraction(0)
    for profile in product(*(range(len(grid.values)) for grid in grids)):
        chance = prod(grid.prior[a] for grid, a in zip(grids, profile, strict=True))
        expected += chance * sum(sorted((max(own[a], Fraction(0)) for own, a in zip(virtual, profile, strict=True)), reverse=True)[:units])
    auction = mo.multi_unit_auction({f"bidder {i}": grid for i, grid in enumerate(grids)}, units)
    found = mo.solve(auction, objective="revenue", budget="none", method="columns")
    assert found.value.exact == found.proof.bound.exact == expected


def large(shares: bool) -> Environment:
    """Nine bidders with sixteen types each and three units: 130 outcomes at 10^10 profiles; the first three own a unit, or nobody does."""
    grids = {f"bidder {i}": increasing(i, 16) for i in range(9)}
    environment = mo.multi_unit_auction(grids, 3)
    own = [replace(agent, outside=RationalArray.from_fractions(list(grids[agent.name].values))) for agent in environment.agents[:3]]
    return replace(environment, agents=(*own, *environment.agents[3:])) if shares else environment


@pytest.mark.parametrize(("shares", "design"), [(False, {"objective": "revenue", "budget": "none"}), (True, {"objective": "gains"})])
def test_what_nobody_could_enumerate_is_solved_exactly_and_verified(shares: bool, design: dict[str, Any], tmp_path: Path) -> None:
    found = mo.solve(large(shares), **design)
    assert found.proof.grade == "optimal"
    assert found.statistics["profiles"] == "10^10.8"
    found.save(tmp_path / "result.json")
    data = json.loads((tmp_path / "result.json").read_text())
    assert check_result(data)
    scores = data["mechanism"]["rules"][0]["scores"]["bidder 8"]
    scores[-1] = str(Fraction(min(map(Fraction, scores))) - 1)  # her highest type is served no more
    with pytest.raises(FalseClaimError):
        check_result(data)


def test_owners_of_units_who_might_all_sell_can_be_certified_without_profiles(tmp_path: Path) -> None:
    found = mo.certify(large(shares=True))
    assert found.answer == "impossible"
    found.save(tmp_path / "result.json")
    assert check_result(json.loads((tmp_path / "result.json").read_text()))


def test_scores_of_identical_units_are_one_number_per_type(tmp_path: Path) -> None:
    auction = mo.multi_unit_auction({name: mo.two_types(1, 4) for name in ("a", "b", "c")}, 2)
    mo.solve(auction, objective="revenue", budget="none", method="columns").save(tmp_path / "result.json")
    data = json.loads((tmp_path / "result.json").read_text())
    saved = mo.load_result(tmp_path / "result.json")
    assert saved.mechanism.allocation(("4", "1", "4"))[auction.outcomes.index("a, c")] == 1
    data["mechanism"]["rules"][0]["scores"]["a"] = [["0"] * 7, ["1"] * 3 + ["0"] * 4]
    with pytest.raises(NotAResultError, match="must be a rational"):
        check_result(data)
    with pytest.raises(AssertionError):
        checker.verify(data)
