"""A public good: bilateral trade in other words, and n agents with uniform values."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import beta, uniform

from mechopt.errors import InvalidEnvironmentError
from mechopt.theory import bilateral_trade, public_good
from mechopt.theory.public_good import (
    RemainingCost,
    uniform_budget_surplus,
    uniform_costly_second_best,
    uniform_first_best_gains,
    uniform_second_best,
)

UNIT = uniform(0, 1)
CASES = [(2, Fraction(1)), (2, Fraction(1, 2)), (3, Fraction(2)), (3, Fraction(5, 4)), (5, Fraction(3))]
cases = pytest.mark.parametrize(("n_agents", "cost"), CASES, ids=str)


def sums(n_agents: int) -> np.ndarray:
    return np.random.default_rng(2).random((400_000, n_agents)).sum(axis=1)


def test_two_uniform_agents_and_cost_one_have_the_numbers_of_bilateral_trade() -> None:
    assert uniform_first_best_gains(2, 1) == Fraction(1, 6)
    assert uniform_budget_surplus(2, 1) == Fraction(-1, 6)
    assert uniform_costly_second_best(2, 1) == Fraction(9, 64)
    rule = uniform_second_best(2, 1)
    assert (rule.threshold, rule.gains) == pytest.approx((5 / 4, 9 / 64), abs=1e-12)


def test_the_general_route_through_trade_has_the_same_numbers() -> None:
    assert public_good.first_best_gains(UNIT, UNIT, 1.0) == pytest.approx(1 / 6, abs=1e-11)
    assert public_good.budget_surplus(UNIT, UNIT, 1.0) == pytest.approx(-1 / 6, abs=1e-11)
    assert public_good.second_best(UNIT, UNIT, 1.0).gains == pytest.approx(9 / 64, abs=1e-10)


def test_a_public_good_of_cost_one_is_trade_with_the_reflected_value() -> None:
    by_trade = bilateral_trade.second_best(beta(2, 3), beta(3, 2))
    assert public_good.second_best(beta(2, 3), beta(2, 3), 1.0).gains == pytest.approx(by_trade.gains, abs=1e-9)


@pytest.mark.parametrize("cost", [0.5, 1.0, 1.5])
def test_two_agents_by_trade_and_by_the_sum_of_values_agree(cost: float) -> None:
    exact = Fraction(str(cost))
    by_sum = [uniform_first_best_gains(2, exact), uniform_budget_surplus(2, exact), uniform_second_best(2, exact).gains]
    by_trade = [
        public_good.first_best_gains(UNIT, UNIT, cost),
        public_good.budget_surplus(UNIT, UNIT, cost),
        public_good.second_best(UNIT, UNIT, cost).gains,
    ]
    assert by_trade == pytest.approx([float(number) for number in by_sum], abs=1e-9)


@cases
def test_first_best_and_surplus_agree_with_a_simulation(n_agents: int, cost: Fraction) -> None:
    total, c = sums(n_agents), float(cost)
    assert float(uniform_first_best_gains(n_agents, cost)) == pytest.approx(np.mean(np.maximum(total - c, 0)), abs=5e-3)
    virtual = np.mean((2 * total - n_agents - c) * (total >= c))
    assert float(uniform_budget_surplus(n_agents, cost)) == pytest.approx(virtual, abs=5e-3)


@cases
def test_the_second_best_balances_and_no_other_balanced_threshold_gains_more(n_agents: int, cost: Fraction) -> None:
    total, c = sums(n_agents), float(cost)
    rule = uniform_second_best(n_agents, cost)
    assert np.mean((2 * total - n_agents - c) * (total >= rule.threshold)) == pytest.approx(0, abs=5e-3)
    assert np.mean((total - c) * (total >= rule.threshold)) == pytest.approx(rule.gains, abs=5e-3)
    assert c < rule.threshold
    assert rule.gains < uniform_first_best_gains(n_agents, cost)


@pytest.mark.parametrize(("n_agents", "cost"), [(2, Fraction(3, 4)), (3, Fraction(2)), (4, Fraction(7, 2)), (6, Fraction(5))])
def test_the_exact_second_best_of_a_costly_good_agrees_with_the_root(n_agents: int, cost: Fraction) -> None:
    exact = uniform_costly_second_best(n_agents, cost)
    assert uniform_second_best(n_agents, cost).gains == pytest.approx(float(exact), rel=1e-10)


def test_one_agent_or_a_free_good_is_no_problem() -> None:
    assert uniform_budget_surplus(1, Fraction(1, 3)) == 0
    assert uniform_budget_surplus(4, 0) == 0
    assert uniform_second_best(4, 0).gains == pytest.approx(2)


def test_free_riding_grows_with_the_number_of_agents() -> None:
    halves = [(n, Fraction(n, 2)) for n in (2, 4, 8, 16)]
    shares = [uniform_second_best(n, cost).gains / uniform_first_best_gains(n, cost) for n, cost in halves]
    assert shares == sorted(shares, reverse=True)


def test_the_remaining_cost_is_a_distribution() -> None:
    seller = RemainingCost(beta(2, 3), 1.5)
    x = np.linspace(*seller.support(), 9)[1:-1]
    assert seller.ppf(seller.cdf(x)) == pytest.approx(x)
    step = 1e-6
    assert seller.pdf(x) == pytest.approx((seller.cdf(x + step) - seller.cdf(x - step)) / (2 * step), rel=1e-5)


def test_costs_that_no_values_can_cover_are_refused() -> None:
    with pytest.raises(InvalidEnvironmentError, match=r"cost is 3; with values in \[0, 1\] it lies between 0 and 2"):
        uniform_first_best_gains(2, 3)


def test_cheap_goods_have_no_exact_second_best() -> None:
    with pytest.raises(InvalidEnvironmentError, match="the exact form holds from 2/3 on"):
        uniform_costly_second_best(2, Fraction(1, 2))
