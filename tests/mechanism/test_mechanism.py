"""Mechanisms: lifted payments, interim tables, property checks with their witness."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mechopt as mo
from mechopt.mechanism.lift import balanced_payments, unbalanced_payments
from mechopt.mechanism.mechanism import Mechanism
from mechopt.mechanism.properties import PROPERTIES, check, check_all
from mechopt.rational import RationalArray

THREE = mo.partnership(["1/3"] * 3, mo.Grid((Fraction(0), Fraction(1)), (Fraction(1, 4), Fraction(3, 4))))


def posted_price() -> Mechanism:
    """Return trade at price 1/2 between two values a side, 1/4 and 3/4: only the seller of value 1/4 meets the buyer of 3/4."""
    environment = mo.bilateral_trade(mo.uniform(0, 1, 2), mo.uniform(0, 1, 2))
    allocation, payments = np.zeros((2, 2, 3), dtype=np.int64), np.zeros((2, 2, 2), dtype=np.int64)
    allocation[:, :, 0] = 1
    allocation[0, 1] = (0, 1, 0)
    payments[:, 0, 1] = (-1, 1)
    return Mechanism(environment, RationalArray(allocation), RationalArray(payments, 2))


def test_a_posted_price_has_the_properties_it_is_known_for() -> None:
    mechanism = posted_price()
    for name in ("bic", "dsic", "interim-ir", "ex-post-ir", "balanced", "deterministic"):
        assert check(mechanism, name).holds
    assert mechanism.gains() == Fraction(1, 8)  # (3/4 - 1/4) with probability 1/4
    assert mechanism.revenue() == 0


def test_interim_tables_of_a_posted_price_by_hand() -> None:
    mechanism = posted_price()
    assert mechanism.interim_allocation(1).fractions() == [[Fraction(1), 0, 0], [Fraction(1, 2), Fraction(1, 2), 0]]
    assert mechanism.interim_payments(1).fractions() == [0, Fraction(1, 4)]
    assert mechanism.interim_payoffs(1).fractions() == [0, Fraction(1, 8)]
    assert mechanism.information_rents(0).fractions() == [Fraction(1, 8), 0]


def test_a_failed_check_names_the_most_profitable_lie() -> None:
    honest = posted_price()
    dear = Mechanism(honest.environment, honest.allocation, honest.payments * 2)
    verdict = check(dear, "dsic")
    assert not verdict
    assert verdict.margin == Fraction(-1, 4)
    # The seller of 3/4 sells at 1; the buyer of 3/4 would gain as much by staying away, and comes second.
    assert verdict.witness == {"agent": "seller", "true_type": "3/4", "reported_type": "1/4", "others": {"buyer": "3/4"}}


def test_a_failed_check_names_the_type_that_would_rather_stay_out_and_the_profile_that_does_not_balance() -> None:
    honest = posted_price()
    taxed = Mechanism(honest.environment, honest.allocation, honest.payments + Fraction(1, 10))
    assert check(taxed, "interim-ir").witness == {"agent": "seller", "type": "3/4"}
    assert check(taxed, "balanced").margin == Fraction(-1, 5)
    assert check(taxed, "balanced").witness == {"profile": ["1/4", "1/4"]}


def test_every_property_has_a_check_and_private_values_leave_out_the_ex_post_form() -> None:
    assert {verdict.property for verdict in check_all(posted_price())} == set(PROPERTIES) - {"epic"}


numbers = st.fractions(min_value=-3, max_value=3, max_denominator=6)


@settings(max_examples=30, deadline=None)
@given(st.lists(numbers, min_size=6, max_size=6), st.lists(numbers, min_size=8, max_size=8))
def test_lifted_payments_keep_every_expectation_and_leave_the_same_surplus_everywhere(flat: list[Fraction], cost: list[Fraction]) -> None:
    """The two defining equations of reduction E1, for three agents and any cost."""
    interim = [RationalArray.from_fractions(flat[2 * i : 2 * i + 2]) for i in range(3)]
    costs = RationalArray.from_fractions(cost, (2, 2, 2))
    payments = balanced_payments(THREE, interim, costs)
    mechanism = Mechanism(THREE, RationalArray.full((2, 2, 2, 4), 0), payments)
    for i in range(3):
        assert mechanism.interim_payments(i).fractions() == interim[i].fractions()
    left = (payments.sum(axis=0) - costs).reshape(-1).fractions()
    assert len(set(left)) == 1


@settings(max_examples=30, deadline=None)
@given(st.lists(numbers, min_size=6, max_size=6))
def test_unbalanced_payments_depend_on_the_own_report_only(flat: list[Fraction]) -> None:
    interim = [RationalArray.from_fractions(flat[2 * i : 2 * i + 2]) for i in range(3)]
    payments = unbalanced_payments(THREE, interim)
    assert payments[1][0, 1, 0].item() == payments[1][1, 1, 1].item() == flat[3]


@pytest.mark.parametrize("points", [120, 800])
def test_checking_neighbours_only_gives_the_margin_over_all_pairs(points: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A posted price with many types: the least margin is 0, between types on the same side of the price."""
    from mechopt.mechanism import properties

    monkeypatch.setattr(properties, "_MOST_COMPARISONS", 10)
    environment: Any = mo.single_item_auction([mo.uniform(0, 1, points)])
    sold = np.array([[1, 0] if value >= Fraction(1, 2) else [0, 1] for value in environment.agents[0].values])
    mechanism = Mechanism(environment, RationalArray(sold), RationalArray(sold[:, 0].reshape(1, -1), 2))
    assert check(mechanism, "bic").margin == 0
    dear = Mechanism(environment, RationalArray(sold), RationalArray(sold[:, 0].reshape(1, -1) * 3, 4))
    assert check(dear, "bic").margin == Fraction(1, 2) + Fraction(1, 2 * points) - Fraction(3, 4)
