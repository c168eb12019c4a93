"""Myerson and Satterthwaite (1983) with general distributions."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import dblquad
from scipy.stats import beta, norm, truncexpon, uniform

from mechopt.errors import InvalidEnvironmentError
from mechopt.theory import ir_vcg
from mechopt.theory.bilateral_trade import (
    broker_profit,
    efficient_budget_surplus,
    first_best_gains,
    least_subsidy,
    second_best,
)
from mechopt.theory.posted_price import best_posted_price
from mechopt.theory.trading_rule import buyer_virtual_value, rule_gains, rule_surplus, seller_virtual_cost

UNIT = uniform(0, 1)
PAIRS = {
    "beta(2,2) against beta(2,2)": (beta(2, 2), beta(2, 2)),
    "beta(2,3) against beta(3,2)": (beta(2, 3), beta(3, 2)),
    "shifted uniforms": (uniform(0.5, 1), uniform(0, 1)),
    "a longer range of costs": (uniform(0, 1), uniform(0.5, 2)),
    "truncated exponential against uniform": (truncexpon(2), UNIT),
}
pairs = pytest.mark.parametrize(("buyer", "seller"), PAIRS.values(), ids=PAIRS.keys())
second_best_once = cache(second_best)


def test_uniform_numbers_are_those_of_myerson_and_satterthwaite() -> None:
    best = second_best(UNIT, UNIT)
    assert first_best_gains(UNIT, UNIT) == pytest.approx(1 / 6, abs=1e-12)
    assert best.gains == pytest.approx(9 / 64, abs=1e-11)
    # v - c >= alpha / (1 + alpha) = 1/4
    assert best.weight == pytest.approx(1 / 3, abs=1e-9)
    assert broker_profit(UNIT, UNIT) == pytest.approx(1 / 24, abs=1e-11)
    assert least_subsidy(UNIT, UNIT) == pytest.approx(1 / 6, abs=1e-12)


def test_a_buyer_with_twice_the_range_is_solved_by_hand() -> None:
    # With z = v - c the rule z >= d balances if (1 - d)^2 = 1/3 and gains (1 - d^2)/4 + 1/3; alpha is d/(2 - d).
    d = 1 - 1 / math.sqrt(3)
    best = second_best(uniform(0, 2), UNIT)
    assert best.gains == pytest.approx((1 - d * d) / 4 + 1 / 3, abs=1e-10)
    assert best.weight == pytest.approx(2 - math.sqrt(3), abs=1e-9)


@pairs
def test_first_best_agrees_with_a_double_integral(buyer, seller) -> None:
    (low, high), (low_cost, high_cost) = buyer.support(), seller.support()
    brute, _ = dblquad(
        lambda c, v: (v - c) * buyer.pdf(v) * seller.pdf(c),
        low,
        high,
        lambda v: min(v, low_cost),
        lambda v: min(max(v, low_cost), high_cost),
        epsabs=1e-7,
    )
    assert first_best_gains(buyer, seller) == pytest.approx(brute, abs=1e-6)


@pairs
def test_rule_gains_and_surplus_agree_with_sums_over_quantiles(buyer, seller) -> None:
    weight, quantiles = 0.4, (np.arange(1500) + 0.5) / 1500
    v, c = buyer.ppf(quantiles)[:, None], seller.ppf(quantiles)[None, :]
    trade = buyer_virtual_value(buyer, v, weight) >= seller_virtual_cost(seller, c, weight)
    assert rule_gains(buyer, seller, weight) == pytest.approx(np.mean((v - c) * trade), abs=2e-4)
    virtual = buyer_virtual_value(buyer, v) - seller_virtual_cost(seller, c)
    assert rule_surplus(buyer, seller, weight) == pytest.approx(np.mean(virtual * trade), abs=1e-3)


@pairs
def test_virtual_surplus_of_efficient_trade_is_the_integral_of_the_overlap(buyer, seller) -> None:
    assert rule_surplus(buyer, seller, 0.0) == pytest.approx(efficient_budget_surplus(buyer, seller), abs=1e-8)


@pairs
def test_ir_vcg_from_its_definition_leaves_the_largest_surplus(buyer, seller) -> None:
    assert ir_vcg.bilateral_trade_surplus(buyer, seller) == pytest.approx(efficient_budget_surplus(buyer, seller), abs=1e-9)


@pairs
def test_gains_are_ordered_posted_price_second_best_first_best_and_half_survives(buyer, seller) -> None:
    best = second_best_once(buyer, seller)
    assert best_posted_price(buyer, seller).gains <= best.gains + 1e-9 <= best.first_best + 2e-9
    assert best.share >= 0.5
    assert 0 < broker_profit(buyer, seller) <= best.gains


@pairs
def test_second_best_balances_and_its_weight_prices_the_budget(buyer, seller) -> None:
    best, step = second_best_once(buyer, seller), 1e-3
    assert rule_surplus(buyer, seller, best.weight) == pytest.approx(0, abs=1e-8)
    gained = rule_gains(buyer, seller, best.weight - step) - rule_gains(buyer, seller, best.weight + step)
    paid = rule_surplus(buyer, seller, best.weight + step) - rule_surplus(buyer, seller, best.weight - step)
    assert gained / paid == pytest.approx(best.budget_price, rel=1e-3)


def test_second_best_is_the_limit_of_whole_programs_on_grids(bayesian_trade) -> None:
    buyer, seller = beta(2, 2), beta(2, 3)

    def on_grid(k: int) -> float:
        edges = np.linspace(0, 1, k + 1)
        points = (edges[1:] + edges[:-1]) / 2
        return bayesian_trade(points, points, np.diff(buyer.cdf(edges)), np.diff(seller.cdf(edges)), efficient=False)

    extrapolated = 2 * on_grid(24) - on_grid(12)
    assert second_best(buyer, seller).gains == pytest.approx(extrapolated, abs=2e-3)


@given(st.floats(1, 4), st.floats(1, 4), st.floats(1, 4), st.floats(1, 4))
@settings(max_examples=25, deadline=None)
def test_with_equal_supports_the_subsidy_is_the_whole_first_best(a: float, b: float, c: float, d: float) -> None:
    assert least_subsidy(beta(a, b), beta(c, d)) == pytest.approx(first_best_gains(beta(a, b), beta(c, d)), abs=1e-9)


def test_without_overlap_efficient_trade_leaves_the_distance_between_the_supports() -> None:
    rich = uniform(3, 1)
    assert efficient_budget_surplus(rich, UNIT) == pytest.approx(2)
    assert least_subsidy(rich, UNIT) == 0
    assert second_best(rich, UNIT).gains == pytest.approx(3)
    assert second_best(rich, UNIT).weight == 0
    assert second_best(rich, UNIT).share == 1


def test_nothing_is_gained_where_every_cost_exceeds_every_value() -> None:
    best = second_best(UNIT, uniform(2, 1))
    assert (best.gains, best.weight, best.share) == (0, 0, 1)
    assert broker_profit(UNIT, uniform(2, 1)) == 0


def test_unbounded_supports_are_refused() -> None:
    with pytest.raises(InvalidEnvironmentError, match=r"buyer has support .* truncate"):
        first_best_gains(norm(), UNIT)


def test_decreasing_virtual_values_are_refused() -> None:
    with pytest.raises(InvalidEnvironmentError, match="buyer's virtual value decreases"):
        second_best(beta(0.5, 0.5), UNIT)


def test_a_weight_outside_the_unit_interval_is_refused() -> None:
    with pytest.raises(InvalidEnvironmentError, match=r"weight is 1\.5"):
        buyer_virtual_value(UNIT, 0.5, 1.5)
