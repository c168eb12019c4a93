"""Myerson (1981), and Manelli and Vincent (2006)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, expon, norm, uniform

from mechopt.errors import InvalidEnvironmentError
from mechopt.theory import auction, two_items
from mechopt.theory.auction import discrete_optimal_revenue, optimal_revenue, reserve_price, uniform_optimal_revenue
from mechopt.theory.virtual_values import ironed_virtual_value, ironed_virtual_values, virtual_value, virtual_values

UNIT = uniform(0, 1)


@dataclass(frozen=True)
class TwoTowns:
    """Uniform values on [0, 1] or, with probability `rich`, on [2, 3]: virtual values fall between the towns."""

    rich: float

    def cdf(self, x: Any, /) -> Any:
        return (1 - self.rich) * np.clip(x, 0, 1) + self.rich * np.clip(np.asarray(x) - 2, 0, 1)

    def pdf(self, x: Any, /) -> Any:
        x = np.asarray(x)
        return np.where((x >= 0) & (x <= 1), 1 - self.rich, 0) + np.where((x >= 2) & (x <= 3), self.rich, 0)

    def ppf(self, q: Any, /) -> Any:
        poor = 1 - self.rich
        return np.where(np.asarray(q) <= poor, np.asarray(q) / poor, 2 + (np.asarray(q) - poor) / self.rich)

    def support(self) -> tuple[float, float]:
        return 0.0, 3.0


def test_uniform_revenues_are_a_quarter_five_twelfths_and_seventeen_thirty_seconds() -> None:
    assert [uniform_optimal_revenue(n) for n in (1, 2, 3)] == [Fraction(1, 4), Fraction(5, 12), Fraction(17, 32)]
    assert [optimal_revenue([UNIT] * n) for n in (1, 2, 3)] == pytest.approx([1 / 4, 5 / 12, 17 / 32], abs=1e-8)


def test_myersons_own_example_reserves_fifty_of_a_hundred() -> None:
    assert reserve_price(uniform(0, 100)) == pytest.approx(50, abs=1e-5)
    assert reserve_price(UNIT) == pytest.approx(float(auction.UNIFORM_RESERVE_PRICE), abs=1e-7)


@pytest.mark.parametrize("n_agents", [1, 2, 3, 7])
def test_revenue_is_that_of_a_second_price_auction_with_the_reserve(n_agents: int) -> None:
    draws = -np.sort(-np.random.default_rng(3).random((300_000, n_agents)), axis=1)
    second = draws[:, 1] if n_agents > 1 else np.zeros(len(draws))
    brute = np.mean(np.where(draws[:, 0] >= 0.5, np.maximum(second, 0.5), 0))
    assert float(uniform_optimal_revenue(n_agents)) == pytest.approx(brute, abs=2e-3)


def test_one_more_bidder_is_worth_more_than_the_optimal_reserve() -> None:
    assert all(auction.uniform_second_price_revenue(n + 1) > uniform_optimal_revenue(n) for n in range(1, 12))


@pytest.mark.parametrize(
    ("bidder", "error"),
    [(beta(2, 5), 1e-6), (expon(), 1e-6), (beta(0.5, 0.5), 1e-6), (TwoTowns(0.2), 1e-4)],
    ids=["beta", "expon", "U", "towns"],
)
def test_revenue_from_one_bidder_is_the_best_price_times_its_probability(bidder, error: float) -> None:
    prices = np.linspace(0.001, 5, 200_001)
    assert optimal_revenue([bidder]) == pytest.approx(np.max(prices * (1 - bidder.cdf(prices))), abs=error)


def test_revenue_from_unequal_bidders_agrees_with_a_double_sum() -> None:
    # Virtual values 2 v - 1 and 2 w - 2.
    grid = (np.arange(2000) + 0.5) / 2000
    brute = np.mean(np.maximum(np.maximum.outer(2 * grid - 1, 4 * grid - 2), 0))
    assert optimal_revenue([UNIT, uniform(0, 2)]) == pytest.approx(brute, abs=1e-6)


def test_ironed_revenue_from_two_towns_is_the_limit_of_exact_finite_auctions() -> None:
    bidder, cells = TwoTowns(0.2), 400
    quantiles = (np.arange(cells) + 0.5) / cells
    values = [Fraction(str(round(float(v), 9))) for v in bidder.ppf(quantiles)]
    prior = [Fraction(1, cells)] * cells
    exact = discrete_optimal_revenue([(values, prior)] * 2)
    assert optimal_revenue([bidder] * 2) == pytest.approx(float(exact), abs=6e-3)


def test_ironed_virtual_values_never_decrease_and_agree_where_nothing_is_ironed() -> None:
    values = np.linspace(0.1, 0.9, 50)
    assert ironed_virtual_value(beta(2, 3), values) == pytest.approx(virtual_value(beta(2, 3), values), abs=2e-3)
    assert np.all(np.diff(ironed_virtual_value(TwoTowns(0.2), np.linspace(0, 3, 200))) >= 0)


def test_the_virtual_value_of_an_exponential_type_is_the_value_less_one() -> None:
    assert virtual_value(expon(), np.array([0.5, 3.0])) == pytest.approx([-0.5, 2.0])
    assert reserve_price(expon()) == pytest.approx(1, abs=1e-6)


probabilities = st.lists(st.integers(1, 9), min_size=2, max_size=6).map(lambda w: [Fraction(x, sum(w)) for x in w])


@given(probabilities, st.data())
@settings(max_examples=60, deadline=None)
def test_ironing_keeps_the_mean_and_attains_the_best_posted_price(prior, data) -> None:
    steps = data.draw(st.lists(st.integers(1, 9), min_size=len(prior), max_size=len(prior)))
    values = [Fraction(sum(steps[: k + 1])) for k in range(len(steps))]
    virtual, ironed = virtual_values(values, prior), ironed_virtual_values(values, prior)
    assert sum(p * x for p, x in zip(prior, virtual, strict=True)) == values[0]
    assert sum(p * x for p, x in zip(prior, ironed, strict=True)) == values[0]
    assert ironed == sorted(ironed)
    assert discrete_optimal_revenue([(values, prior)]) == max(v * sum(prior[k:]) for k, v in enumerate(values))


@pytest.mark.parametrize(
    ("values", "weights"),
    [([1, 2, 3], [1, 1, 1]), ([2, 3, 6], [4, 1, 3]), ([1, 2, 5, 6], [5, 1, 1, 3]), ([1, 4, 5, 7, 8], [3, 1, 4, 1, 5])],
    ids=str,
)
def test_discrete_revenue_from_two_bidders_is_the_optimum_of_the_whole_program(values, weights, best_auction_of_two) -> None:
    prior = [Fraction(w, sum(weights)) for w in weights]
    exact = discrete_optimal_revenue([(values, prior)] * 2)
    brute = best_auction_of_two(np.array(values, dtype=float), np.array(prior, dtype=float))
    assert float(exact) == pytest.approx(brute, abs=1e-8)


def test_discrete_revenue_is_the_sum_over_profiles_of_the_highest_ironed_virtual_value() -> None:
    first = ([1, 2, 5], [Fraction(1, 2), Fraction(1, 4), Fraction(1, 4)])
    second = ([2, 3], [Fraction(1, 3), Fraction(2, 3)])
    brute = Fraction(0)
    tables = [list(zip(ironed_virtual_values(*bidder), bidder[1], strict=True)) for bidder in (first, second)]
    for (phi, p), (psi, q) in product(*tables):
        brute += p * q * max(phi, psi, Fraction(0))
    assert discrete_optimal_revenue([first, second]) == brute


@pytest.mark.parametrize(
    ("values", "prior", "message"),
    [
        ([1, 1], [Fraction(1, 2)] * 2, "must increase"),
        ([1, 2], [Fraction(1, 2)], "2 values and 1 probabilities"),
        ([1, 2], [Fraction(1), Fraction(0)], "must be positive"),
        ([1, 2], [Fraction(1, 2), Fraction(1, 3)], "sum to one"),
    ],
)
def test_types_that_are_no_prior_are_refused(values, prior, message: str) -> None:
    with pytest.raises(InvalidEnvironmentError, match=message):
        virtual_values(values, prior)


def test_an_auction_without_bidders_and_values_without_a_lower_end_are_refused() -> None:
    with pytest.raises(InvalidEnvironmentError, match="number of bidders is 0"):
        optimal_revenue([])
    with pytest.raises(InvalidEnvironmentError, match="lowest value must be a finite number"):
        optimal_revenue([norm()])


def test_two_items_sell_for_twelve_plus_two_root_two_over_twenty_seven() -> None:
    assert two_items.optimal_revenue() == pytest.approx(0.549201, abs=5e-7)
    best = two_items.menu_revenue(two_items.optimal_item_price(), two_items.optimal_bundle_price())
    assert best == pytest.approx(two_items.optimal_revenue(), abs=1e-14)


def test_menu_revenue_agrees_with_buyers_choosing_from_the_menu() -> None:
    grid = (np.arange(1500) + 0.5) / 1500
    x, y = grid[:, None], grid[None, :]
    for item, both in ((2 / 3, 0.86), (0.5, 1.0), (0.9, 0.95)):
        single, bundle = np.maximum(x, y) - item, x + y - both
        paid = np.where((bundle >= single) & (bundle >= 0), both, np.where(single >= 0, item, 0.0))
        assert two_items.menu_revenue(item, both) == pytest.approx(paid.mean(), abs=2e-3)


def test_no_other_menu_of_prices_earns_more_than_the_optimal_one() -> None:
    menus = ((p, b) for p in np.linspace(0.3, 1, 71) for b in np.linspace(p, min(2 * p, 1 + p), 71))
    assert max(two_items.menu_revenue(float(p), float(b)) for p, b in menus) <= two_items.optimal_revenue() + 1e-12


def test_the_optimal_menu_earns_more_than_separate_sale_and_than_the_bundle_alone() -> None:
    bundle_alone = max(b * (1 - b * b / 2) for b in np.linspace(0, 1, 10_001))
    assert bundle_alone == pytest.approx(2 / 3 * math.sqrt(2 / 3), abs=1e-8)
    assert max(two_items.menu_revenue(0.5, 1.0), bundle_alone) < two_items.optimal_revenue()


def test_menus_with_a_bundle_cheaper_than_an_item_are_refused() -> None:
    with pytest.raises(InvalidEnvironmentError, match=r"bundle_price is 0\.3"):
        two_items.menu_revenue(0.5, 0.3)
