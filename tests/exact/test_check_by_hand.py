"""The trusted checker against certificates made by hand, with the bounds of closed forms."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from mechopt.exact.checker.claims import FalseClaimError, check_certificate
from tests.exact.checking.drawn import added_up
from tests.exact.checking.economies import chain, economy, person, trade

F = Fraction


@pytest.mark.parametrize("seed", range(20))
def test_the_surplus_of_trade_with_two_types_a_side_is_that_of_the_closed_form(seed: int) -> None:
    """Worst types take part, neighbours do not lie: S* = a v_L + b(1-a) v_H - b c_H - a(1-b) c_L (docs/model.md, closed forms)."""
    rng = random.Random(seed)
    c_low, v_low, c_high, v_high = sorted(F(k, 7) for k in rng.sample(range(50), 4))
    a, b = F(rng.randint(1, 9), 10), F(rng.randint(1, 9), 10)
    problem = trade([c_low, c_high], [v_low, v_high], [a, 1 - a], [1 - b, b])
    surplus = a * v_low + b * (1 - a) * v_high - b * c_high - a * (1 - b) * c_low
    certificate = {"objective": "surplus", "efficient": True, "bound": str(surplus), **chain(problem)}
    assert check_certificate(problem, certificate, efficient_allowed=True) == surplus
    with pytest.raises(FalseClaimError, match="efficiency is not asked for"):
        check_certificate(problem, certificate, efficient_allowed=False)
    with pytest.raises(FalseClaimError, match="efficiency is not asked for"):
        check_certificate(problem, certificate | {"objective": "welfare"}, efficient_allowed=True)


@pytest.mark.parametrize("k", [2, 3, 4, 5, 6, 20, 100])
def test_the_surplus_of_uniform_trade_is_that_of_the_closed_form(k: int) -> None:
    """S* = (k-1)(5-k)/(6k^2) on k midpoints a side (docs/model.md, closed forms): exactly zero at five."""
    grid = [F(2 * j + 1, 2 * k) for j in range(k)]
    problem = trade(grid, grid, [F(1, k)] * k, [F(1, k)] * k)
    certificate = {"objective": "surplus", "efficient": True, "bound": str(F((k - 1) * (5 - k), 6 * k * k)), **chain(problem)}
    check_certificate(problem, certificate, efficient_allowed=True)


@pytest.mark.parametrize(("k", "value"), [(6, "25/162"), (8, "49/320"), (10, "189/1250"), (16, "455/3072")])
def test_the_second_best_of_uniform_trade_is_that_of_the_closed_form(k: int, value: str) -> None:
    """Myerson and Satterthwaite (1983) on grids, docs/model.md: the surplus prices, scaled, with welfare; beta minimises the bound."""
    grid = [F(2 * j + 1, 2 * k) for j in range(k)]
    problem = trade(grid, grid, [F(1, k)] * k, [F(1, k)] * k, objective="gains")

    def bound(beta: Fraction) -> Fraction:
        return added_up(problem, {"objective": "gains", "efficient": False, "bound": "0", "budget": str(beta), **chain(problem, beta)})

    # Piecewise linear and convex in beta, with kinks where v - c + beta (v - c - (2 cells and the distances)) = 0.
    kinks = {F(j, k - j) for j in range(1, k)} | {F(j, 2 * i - j) for i in range(1, k) for j in range(1, 2 * i)}
    assert min(bound(beta) for beta in kinks if 0 < beta < 4) == F(value)


def test_revenue_of_a_monopolist_is_bounded_by_the_virtual_values() -> None:
    """Bidders worth 1, 2, 3 with equal odds have virtual values -1, 1, 3; with two of them E max(0, best) = (5 3 + 3 1) / 9."""
    bidders = [person(name, [F(1, 3)] * 3, values=[1, 2, 3], outside=[0] * 3) for name in ("Ann", "Bob")]
    problem = economy("object", bidders, [0, 0, 0], objective="revenue")
    prices = {
        "incentive": {b["name"]: {b["types"][2]: {b["types"][1]: "1/3"}, b["types"][1]: {b["types"][0]: "2/3"}} for b in bidders},
        "participation": {b["name"]: {b["types"][0]: "1"} for b in bidders},
    }
    certificate = {"objective": "revenue", "efficient": False, "bound": "2", **prices}
    assert check_certificate(problem, certificate, efficient_allowed=False) == 2


def test_correlated_bidders_cannot_pay_more_than_the_first_best() -> None:
    """Crémer and McLean (1988): values 1, 2 with joint odds (1/3, 1/6, 1/6, 1/3) yield 5/3, the first best; only participation is priced."""
    bidders = [person(name, values=[1, 2], outside=[0, 0]) for name in ("Ann", "Bob")]
    problem = economy("object", bidders, [0, 0, 0], [["1/3", "1/6"], ["1/6", "1/3"]], objective="revenue")
    prices = {"participation": {b["name"]: dict.fromkeys(b["types"], "1/2") for b in bidders}}
    certificate = {"objective": "revenue", "efficient": False, "bound": "5/3", **prices}
    assert check_certificate(problem, certificate, efficient_allowed=False) == F(5, 3)


def test_a_type_that_cannot_be_has_no_interim_price_where_types_are_correlated() -> None:
    bidders = [person(name, values=[1, 2], outside=[0, 0]) for name in ("Ann", "Bob")]
    problem = economy("object", bidders, [0, 0, 0], [["1/2", "1/2"], ["0", "0"]], objective="revenue")
    certificate = {"objective": "revenue", "efficient": False, "bound": "0", "participation": {"Ann": {"Ann1": "1"}}}
    with pytest.raises(FalseClaimError, match="cannot be"):
        check_certificate(problem, certificate, efficient_allowed=False)


def test_a_deterministic_mechanism_is_bounded_case_by_case() -> None:
    """The outcome worth 2 may have probability 1/2 at most: lotteries reach 1, deterministic mechanisms 0."""
    quota = {"name": "quota", "sense": "<=", "bound": "1/2", "terms": [{"outcome": "outcome 0", "coefficient": "1", "when": {}, "expected": True}]}
    agent = person("Ann", [1], outside=[0], utility=[[2, 0]])
    problem = economy("table", [agent], [0, 0], constraints=[quota], allocation="deterministic", incentive="none", participation="none")
    leaf = {"objective": "welfare", "efficient": False, "bound": "1", "constraints": {"quota": "-2"}}
    assert check_certificate(problem, leaf, efficient_allowed=False) == 1
    empty = {"objective": "feasibility", "efficient": False, "bound": "-1/2", "constraints": {"quota": "-1"}}
    tree = {"profile": ["Ann0"], "outcome": "outcome 0", "chosen": empty, "excluded": leaf | {"bound": "0", "constraints": {}}}
    assert check_certificate(problem, tree | {"objective": "welfare", "bound": "0"}, efficient_allowed=False) == 0
    nothing = {"objective": "feasibility", "efficient": False, "bound": "0"}
    changes = [{"bound": "-1/2"}, {"objective": "feasibility"}, {"chosen": leaf}, {"excluded": empty}, {"outcome": "outcome 1"}, {"profile": []}]
    for change in (*changes, {"chosen": nothing}, {"chosen": nothing, "objective": "feasibility"}):
        with pytest.raises(FalseClaimError):
            check_certificate(problem, tree | {"objective": "welfare", "bound": "0"} | change, efficient_allowed=False)
    problem["design"]["allocation"] = "any"
    with pytest.raises(FalseClaimError, match="deterministic"):
        check_certificate(problem, tree | {"objective": "welfare", "bound": "0"}, efficient_allowed=False)


def test_a_subsidy_is_not_priced_above_its_probability() -> None:
    """The monopolist's object costs 2 to hand out: with probability 1 she may need the subsidy that participation and the budget add up to."""
    problem = economy("object", [person("bidder", [F(1, 2)] * 2, values=[1, 1], outside=[2, 2])], [0, 0], budget="no-deficit", incentive="none")
    prices = {"participation": {"bidder": dict.fromkeys(("bidder0", "bidder1"), "1/2")}, "budget": {"bidder0": "1/2", "bidder1": "1/2"}}
    certificate = {"objective": "subsidy", "efficient": False, "bound": "-1", **prices}
    assert check_certificate(problem, certificate, efficient_allowed=False) == -1
    for budget in ("2", {"bidder0": "2/3", "bidder1": "1/3"}):
        with pytest.raises(FalseClaimError, match="subsidy"):
            check_certificate(problem, certificate | {"budget": budget}, efficient_allowed=False)


def test_twenty_bidders_with_fifty_types_are_checked_without_their_profiles() -> None:
    """One bidder's chain of prices, twenty times: values 1 to 50, virtual values 2 v - 50; the best of twenty, from its distribution function."""
    people = [person(f"agent{i}", [F(1, 50)] * 50, outside=[0] * 50, values=list(range(1, 51))) for i in range(20)]
    problem = economy("object", people, [0] * 21, objective="revenue")
    prices = {
        "incentive": {p["name"]: {p["types"][j]: {p["types"][j - 1]: str(F(50 - j, 50))} for j in range(1, 50)} for p in people},
        "participation": {p["name"]: {p["types"][0]: "1"} for p in people},
    }
    best = sum((2 * v - 50) * (F(v, 50) ** 20 - F(v - 1, 50) ** 20) for v in range(26, 51))
    certificate = {"objective": "revenue", "efficient": False, "bound": str(best), **prices}
    assert check_certificate(problem, certificate, efficient_allowed=False) == best


def test_an_agent_may_have_any_name() -> None:
    people = [person(name, [F(1)], outside=[0], values=[1]) for name in ("data", "where", "self")]
    problem = economy("object", people, [0] * 4, objective="revenue")
    prices = {"participation": {p["name"]: {p["types"][0]: "1"} for p in people}}
    certificate = {"objective": "revenue", "efficient": False, "bound": "1", **prices}
    assert check_certificate(problem, certificate, efficient_allowed=False) == 1
