"""Hagerty and Rogerson (1987)."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import beta, uniform

from mechopt.errors import InvalidEnvironmentError
from mechopt.theory.posted_price import (
    best_posted_price,
    grid_posted_price_gains,
    posted_price_gains,
    uniform_posted_price_gains,
)


def test_the_best_posted_price_of_uniform_types_is_a_half_and_gains_an_eighth() -> None:
    best = best_posted_price(uniform(0, 1), uniform(0, 1))
    assert best.price == pytest.approx(0.5, abs=1e-6)
    assert best.gains == pytest.approx(1 / 8, abs=1e-11)
    assert uniform_posted_price_gains(Fraction(1, 2)) == Fraction(1, 8)


@pytest.mark.parametrize("price", [Fraction(j, 7) for j in range(8)])
def test_general_and_uniform_formulas_agree(price: Fraction) -> None:
    general = posted_price_gains(uniform(0, 1), uniform(0, 1), float(price))
    assert general == pytest.approx(float(uniform_posted_price_gains(price)), abs=1e-12)


@pytest.mark.parametrize("price", [0.2, 0.6, 1.1, 1.7])
def test_posted_price_gains_agree_with_sums_over_quantiles(price: float) -> None:
    buyer, seller = beta(2, 3, loc=0.5, scale=1.5), uniform(0, 1)
    quantiles = (np.arange(2000) + 0.5) / 2000
    v, c = buyer.ppf(quantiles)[:, None], seller.ppf(quantiles)[None, :]
    brute = np.mean((v - c) * (v >= price) * (c <= price))
    assert posted_price_gains(buyer, seller, price) == pytest.approx(brute, abs=1e-3)


def test_the_best_posted_price_beats_all_others() -> None:
    buyer, seller = beta(2, 5), beta(5, 2)
    best = best_posted_price(buyer, seller)
    others = [posted_price_gains(buyer, seller, price) for price in np.linspace(0, 1, 41)]
    assert best.gains >= max(others)


@pytest.mark.parametrize("points", range(1, 8))
def test_on_uniform_grids_the_best_posted_price_is_the_best_dominant_strategy_mechanism(points, dominant_trade) -> None:
    types, prior = (np.arange(points) + 0.5) / points, np.full(points, 1 / points)
    best = max(np.sum(np.maximum(np.subtract.outer(types[j:], types[: j + 1]), 0)) / points**2 for j in range(points))
    assert float(grid_posted_price_gains(points)) == pytest.approx(best, abs=1e-12)
    assert dominant_trade(types, types, prior, prior) == pytest.approx(best, abs=1e-9)


def test_on_other_finite_type_spaces_dominant_strategies_can_beat_every_posted_price(dominant_trade) -> None:
    half = np.array([0.5, 0.5])
    values, costs = np.array([1.0, 3.0]), np.array([0.0, 2.0])
    posted = max(sum((v - c) / 4 for v in values for c in costs if v >= price >= c) for price in np.concatenate([values, costs]))
    assert posted == pytest.approx(1)
    assert dominant_trade(values, costs, half, half) == pytest.approx(9 / 8)


def test_prices_outside_the_unit_interval_are_refused() -> None:
    with pytest.raises(InvalidEnvironmentError, match="price is 3"):
        uniform_posted_price_gains(3)
