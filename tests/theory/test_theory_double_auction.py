"""Chatterjee and Samuelson (1983)."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from mechopt.errors import InvalidEnvironmentError
from mechopt.theory.bilateral_trade_uniform import SECOND_BEST_THRESHOLD, threshold_gains
from mechopt.theory.double_auction import linear_equilibrium

WEIGHTS = [Fraction(0), Fraction(1, 4), Fraction(1, 2), Fraction(2, 3), Fraction(1)]
TYPES = (np.arange(4000) + 0.5) / 4000
weights = pytest.mark.parametrize("weight", WEIGHTS, ids=str)


def test_at_a_half_the_linear_equilibrium_is_the_second_best() -> None:
    equilibrium = linear_equilibrium(Fraction(1, 2))
    assert equilibrium.gains() == Fraction(9, 64) == threshold_gains(SECOND_BEST_THRESHOLD)
    assert all(equilibrium.lowest_trading_value(c) == c + Fraction(1, 4) for c in (Fraction(0), Fraction(1, 3)))
    assert (equilibrium.buyer_slope, equilibrium.buyer_intercept) == (Fraction(2, 3), Fraction(1, 12))
    assert (equilibrium.seller_slope, equilibrium.seller_intercept) == (Fraction(2, 3), Fraction(1, 4))


def test_a_take_it_or_leave_it_offer_gains_an_eighth() -> None:
    assert linear_equilibrium(0).gains() == linear_equilibrium(1).gains() == Fraction(1, 8)


@weights
def test_gains_agree_with_sums_over_types(weight: Fraction) -> None:
    equilibrium = linear_equilibrium(weight)
    types = TYPES[::4]
    start, end = (float(equilibrium.lowest_trading_value(Fraction(cost))) for cost in (0, 1))
    lowest = start + (end - start) * types
    gap = np.subtract.outer(types, types)
    assert float(equilibrium.gains()) == pytest.approx(np.mean(gap * (types[:, None] >= lowest[None, :])), abs=1e-3)


@weights
@pytest.mark.parametrize("value", [0.3, 0.5, 0.75, 1.0])
def test_no_buyer_gains_by_another_offer(weight: Fraction, value: float) -> None:
    e, k = linear_equilibrium(weight), float(weight)
    asks = float(e.seller_intercept) + float(e.seller_slope) * TYPES

    def payoff(offer: float) -> float:
        return float(np.mean((value - k * offer - (1 - k) * asks) * (offer >= asks)))

    best = max(payoff(offer) for offer in np.linspace(0, 1, 201))
    assert payoff(float(e.buyer_intercept) + float(e.buyer_slope) * value) >= best - 1e-3


@weights
@pytest.mark.parametrize("cost", [0.0, 0.25, 0.5, 0.7])
def test_no_seller_gains_by_another_ask(weight: Fraction, cost: float) -> None:
    e, k = linear_equilibrium(weight), float(weight)
    offers = float(e.buyer_intercept) + float(e.buyer_slope) * TYPES

    def payoff(ask: float) -> float:
        return float(np.mean((k * offers + (1 - k) * ask - cost) * (offers >= ask)))

    best = max(payoff(ask) for ask in np.linspace(0, 1, 201))
    assert payoff(float(e.seller_intercept) + float(e.seller_slope) * cost) >= best - 1e-3


def test_weights_outside_the_unit_interval_are_refused() -> None:
    with pytest.raises(InvalidEnvironmentError, match="weight is -1"):
        linear_equilibrium(-1)
