"""Arrow (1979), d'Aspremont and Gérard-Varet (1979)."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import beta, uniform

from mechopt.errors import InvalidEnvironmentError
from mechopt.theory.bilateral_trade import first_best_gains
from mechopt.theory.expected_externality import (
    object_externality,
    object_payments,
    trade_gains,
    trade_payment,
    uniform_object_externality,
    uniform_trade_gains,
    uniform_trade_payment,
)
from mechopt.theory.ir_vcg import bilateral_trade_surplus

UNIT = uniform(0, 1)
QUANTILES = (np.arange(4000) + 0.5) / 4000


def test_uniform_trade_has_payments_half_the_difference_of_squares_and_payoffs_a_third_and_minus_a_sixth() -> None:
    assert uniform_trade_gains() == (Fraction(1, 3), Fraction(-1, 6))
    assert trade_gains(UNIT, UNIT) == pytest.approx((1 / 3, -1 / 6), abs=1e-11)
    for v, c in ((Fraction(1), Fraction(0)), (Fraction(1, 3), Fraction(3, 4))):
        assert uniform_trade_payment(v, c) == (v * v - c * c) / 2
        assert trade_payment(UNIT, UNIT, float(v), float(c)) == pytest.approx(float(uniform_trade_payment(v, c)), abs=1e-11)


@pytest.mark.parametrize("seller", [UNIT, beta(2, 2, loc=0.5), uniform(0.2, 0.3)], ids=["uniform", "beta", "narrow"])
def test_ex_ante_gains_sum_to_the_gains_from_trade(seller) -> None:
    buyer = beta(2, 3, scale=1.5)
    assert sum(trade_gains(buyer, seller)) == pytest.approx(first_best_gains(buyer, seller), abs=1e-9)


def test_ex_ante_gains_agree_with_sums_over_quantiles() -> None:
    buyer, seller = beta(2, 3, scale=1.5), beta(2, 2)
    v, c = buyer.ppf(QUANTILES[::4])[:, None], seller.ppf(QUANTILES[::4])[None, :]
    paid = np.mean(v * (v > c)) - np.mean(c * (c > v))
    brute = (np.mean(v * (v > c)) - paid, np.mean(c * (c > v)) + paid - np.mean(c))
    assert trade_gains(buyer, seller) == pytest.approx(brute, abs=1e-3)


@pytest.mark.parametrize("value", [0.2, 0.6, 0.9])
def test_no_buyer_gains_by_reporting_another_value(value: float) -> None:
    buyer, seller = beta(2, 3), beta(3, 2)
    costs = seller.ppf(QUANTILES)
    others = np.array([trade_payment(buyer, seller, 0.0, c) for c in (0.0, 1.0)]).mean()

    def payoff(report: float) -> float:
        own = trade_payment(buyer, seller, report, 0.0) - trade_payment(buyer, seller, 0.0, 0.0)
        return float(np.mean(value * (report > costs)) - own - others)

    assert payoff(value) >= max(payoff(report) for report in np.linspace(0, 1, 26)) - 1e-3


@pytest.mark.parametrize("cost", [0.1, 0.5, 0.8])
def test_no_seller_gains_by_reporting_another_cost(cost: float) -> None:
    buyer, seller = beta(2, 3), beta(3, 2)
    values = buyer.ppf(QUANTILES)

    def payoff(report: float) -> float:
        return float(np.mean(cost * (report > values))) + trade_payment(buyer, seller, 0.5, report)

    assert payoff(cost) >= max(payoff(report) for report in np.linspace(0, 1, 26)) - 1e-3


def test_the_seller_as_producer_receives_the_expected_cost_more_at_every_profile() -> None:
    # delta_b as producer is -E[c 1{c < v}], as owner E[c 1{c > v}]: the difference is E c = 1/2, at every value.
    for v in (0.0, 0.4, 1.0):
        as_owner = trade_payment(UNIT, UNIT, v, 0.3)
        as_producer = (1 - 0.3**2) / 2 + v * v / 2
        assert as_producer - as_owner == pytest.approx(0.5, abs=1e-11)


def test_the_printed_minus_a_third_of_the_notes_is_minus_a_sixth() -> None:
    assert bilateral_trade_surplus(UNIT, UNIT) == pytest.approx(1 / 6 + 1 / 6 - 1 / 2, abs=1e-11)


@pytest.mark.parametrize("n_agents", [2, 3, 6])
def test_the_externality_of_an_object_agrees_with_the_uniform_form_and_a_simulation(n_agents: int) -> None:
    draws = np.random.default_rng(7).random((200_000, n_agents - 1)).max(axis=1)
    for value in (Fraction(0), Fraction(2, 5), Fraction(1)):
        exact = float(uniform_object_externality(value, n_agents))
        assert object_externality(UNIT, float(value), n_agents) == pytest.approx(exact, abs=1e-11)
        assert np.mean(draws * (draws > float(value))) == pytest.approx(exact, abs=3e-3)


def test_the_highest_type_leaves_the_others_nothing() -> None:
    # Not the conditional expectation of slides, which would be the highest value.
    assert object_externality(beta(2, 2), 1.0, 3) == pytest.approx(0, abs=1e-12)


def test_object_payments_balance_at_every_profile() -> None:
    payments = object_payments(beta(2, 5), [0.1, 0.6, 0.3, 0.9])
    assert payments.sum() == pytest.approx(0, abs=1e-12)
    assert np.argmax(payments) == 3


def test_the_expected_externality_of_an_object_makes_truth_optimal() -> None:
    n, reports = 3, np.linspace(0, 1, 101)
    received = np.array([float(uniform_object_externality(Fraction(round(100 * r), 100), n)) for r in reports])
    for k in (20, 50, 90):
        payoff = reports[k] * reports ** (n - 1) + received
        assert np.argmax(payoff) == k


def test_values_outside_the_support_are_refused() -> None:
    with pytest.raises(InvalidEnvironmentError, match="value is 2"):
        object_externality(UNIT, 2.0, 2)
    with pytest.raises(InvalidEnvironmentError, match="cost is 2"):
        uniform_trade_payment(1, 2)
