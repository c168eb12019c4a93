"""Matsuo (1989): two types a side."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mechopt.errors import InvalidEnvironmentError
from mechopt.theory.two_types import TwoTypes

steps = st.integers(1, 20)
odds = st.integers(1, 19).map(lambda j: Fraction(j, 20))


@given(steps, steps, steps, odds, odds)
@settings(max_examples=40, deadline=None)
def test_surplus_and_gains_are_those_of_the_whole_program(bayesian_trade, first, second, third, a, b) -> None:
    low_value, high_cost, high_value = first, first + second, first + second + third
    trade = TwoTypes(Fraction(0), Fraction(high_cost), Fraction(low_value), Fraction(high_value), a, b)
    values, costs = np.array([low_value, high_value], dtype=float), np.array([0.0, high_cost])
    f, g = np.array([1 - b, b], dtype=float), np.array([a, 1 - a], dtype=float)
    assert bayesian_trade(values, costs, f, g, efficient=True) == pytest.approx(float(trade.budget_surplus()), abs=1e-7)
    gains = float(np.sum(np.outer(f, g) * np.maximum(np.subtract.outer(values, costs), 0)))
    assert float(trade.first_best_gains()) == pytest.approx(gains)
    reached = bayesian_trade(values, costs, f, g, efficient=False) >= gains - 1e-7
    assert trade.efficient_trade_possible() == reached or abs(trade.budget_surplus()) < Fraction(1, 10**6)


def test_the_condition_holds_with_equality_on_a_knife_edge() -> None:
    half = Fraction(1, 2)
    trade = TwoTypes(Fraction(0), Fraction(3), Fraction(1), Fraction(4), half, half)
    assert trade.budget_surplus() == 0
    assert trade.efficient_trade_possible()


def test_types_that_do_not_interlace_are_refused() -> None:
    half = Fraction(1, 2)
    with pytest.raises(InvalidEnvironmentError, match="must interlace"):
        TwoTypes(Fraction(0), Fraction(1), Fraction(2), Fraction(3), half, half)


def test_probabilities_above_one_are_refused() -> None:
    with pytest.raises(InvalidEnvironmentError, match="low_cost_probability is 2"):
        TwoTypes(Fraction(0), Fraction(2), Fraction(1), Fraction(3), Fraction(2), Fraction(1, 2))
