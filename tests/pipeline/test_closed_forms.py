"""Certify and solve against closed forms, exactly."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

import mechopt as mo
from mechopt.errors import DesignError, ProgramSizeError, UnknownNameError
from mechopt.pipeline.answer import Settings
from mechopt.pipeline.conflicts import conflicting_requirements
from mechopt.pipeline.questions import certify, solve


def trade(points: int) -> mo.Environment:
    return mo.bilateral_trade(mo.uniform(0, 1, points), mo.uniform(0, 1, points))


@pytest.mark.parametrize("k", range(2, 13))
def test_the_greatest_surplus_on_a_uniform_grid_is_the_closed_form_and_decides(k: int) -> None:
    """(k - 1)(5 - k)/(6 k^2): a double sum over the grid of virtual values."""
    result = certify(trade(k))
    assert result.budget_surplus is not None
    assert result.budget_surplus.exact == Fraction((k - 1) * (5 - k), 6 * k * k)
    assert result.answer == ("possible" if k <= 5 else "impossible")
    assert result.proof.grade == "optimal"
    assert result.first_best_gains.exact == Fraction(k * k - 1, 6 * k * k)


@pytest.mark.parametrize(("k", "gains"), [(6, "25/162"), (8, "49/320"), (10, "189/1250"), (16, "455/3072")])
def test_the_second_best_on_a_uniform_grid(k: int, gains: str) -> None:
    """The fractional knapsack of Myerson and Satterthwaite's theorem 2 on the grid (tests/derivations/bilateral_trade.py)."""
    result = solve(trade(k), objective="gains")
    assert result.value is not None
    assert (result.value.exact, result.proof.grade, result.proof.gap) == (Fraction(gains), "optimal", 0)


@pytest.mark.parametrize("k", [2, 4, 6, 8])
def test_dominant_strategy_trade_on_a_uniform_grid_reaches_the_best_posted_price(k: int) -> None:
    """Hagerty and Rogerson (1987); the best price found by trying all."""
    values = mo.uniform(0, 1, k).values
    best = max(sum((b - s for s in values for b in values if s <= p <= b), Fraction(0)) / k**2 for p in values)
    result = solve(trade(k), objective="gains", incentive="dsic", participation="ex-post-ir")
    assert result.value is not None
    assert result.value.exact == best


@pytest.mark.parametrize("bidders", [1, 2, 3])
def test_auction_revenue_is_the_expected_greatest_virtual_value(bidders: int) -> None:
    """Myerson (1981): on k uniform midpoints the virtual value of v is 2 v - 1 + 1/(2k)... less the step; by enumeration here."""
    from itertools import product

    values = mo.uniform(0, 1, 5).values
    step, k = values[1] - values[0], len(values)
    virtual = [v - step * (k - 1 - j) for j, v in enumerate(values)]
    expected = sum((max(*profile, Fraction(0)) for profile in product(virtual, repeat=bidders)), Fraction(0)) / k**bidders
    result = solve(mo.single_item_auction([mo.uniform(0, 1, 5)] * bidders), objective="revenue", budget="none")
    assert result.value is not None
    assert result.value.exact == expected


def test_without_participation_the_efficient_balanced_bayesian_mechanism_exists() -> None:
    """d'Aspremont and Gérard-Varet (1979)."""
    result = certify(trade(6), participation="none")
    assert (result.answer, result.budget_surplus) == ("possible", None)
    assert result.mechanism is not None


def test_no_groves_mechanism_balances_on_a_rich_enough_grid() -> None:
    """Green and Laffont (1979)."""
    good = mo.public_good({"ann": mo.uniform(0, 1, 4), "bob": mo.uniform(0, 1, 4)}, 1)
    result = certify(good, incentive="dsic", participation="none")
    assert result.answer == "impossible"
    assert result.certificate is not None


def test_revenue_without_participation_is_unbounded() -> None:
    result = solve(trade(3), objective="revenue", participation="none", budget="none")
    assert (result.status, result.proof.grade) == ("unbounded", "feasible")


def test_efficiency_and_balance_together_are_infeasible_with_proof_and_conflict() -> None:
    result = solve(trade(6), allocation="efficient")
    assert (result.status, result.proof.grade) == ("infeasible", "infeasible")
    assert set(result.conflict) == {"efficient", "balanced", "interim-ir", "bic"}


def test_dropping_any_of_the_conflicting_requirements_is_enough() -> None:
    problem = mo.Problem(trade(6))
    conflict = conflicting_requirements(problem, Settings(), efficient=True)
    assert set(conflict) == {"efficient", "balanced", "interim-ir", "bic"}
    for change in ({"budget": "none"}, {"participation": "none"}, {"incentive": "none"}):
        assert certify(problem, **change).answer == "possible"


def test_an_admissible_violation_of_incentives_buys_gains() -> None:
    strict, loose = (solve(trade(6), objective="gains", epsilon=epsilon) for epsilon in (0, "1/200"))
    assert strict.value is not None
    assert loose.value is not None
    assert loose.value.exact == Fraction(259, 1620)  # tests/derivations/bilateral_trade.py: an independent exact program
    assert strict.value.exact == Fraction(25, 162)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"budget": "balancd"}, "did you mean 'balanced'"),
        ({"objectiv": "welfare"}, "did you mean 'objective'"),
        ({"epsilon": -1}, "must not be negative"),
        ({"objective": "epsilon", "incentive": "none"}, "needs an incentive constraint"),
        ({"payment_floor": {"sellr": 0}}, "did you mean 'seller'"),
        ({"weights": {"seller": 2}}, 'write "weighted"'),
    ],
)
def test_a_design_that_makes_no_sense_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DesignError, match=message):
        solve(trade(2), **change)


def test_dominant_strategies_with_interdependent_values_are_refused_with_the_right_word() -> None:
    values = [[[a + b, 0] for b in (0, 1)] for a in (0, 1)]
    with pytest.raises(DesignError, match='write "epic"'):
        solve(mo.interdependent({"Ann": values, "Bob": values}, ["yes", "no"]), incentive="dsic")


def test_a_program_that_cannot_fit_is_refused_with_its_size_before_anything_is_built() -> None:
    with pytest.raises(ProgramSizeError, match=r"10\^.* columns .* GiB .* fewer types or agents"):
        solve(mo.single_item_auction([mo.uniform(0, 1, 20)] * 9), objective="revenue", budget="none", method="full")


def test_an_unknown_backend_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'highs'"):
        solve(trade(2), backend="higs")


def test_worst_case_needs_a_first_best_to_compare_with() -> None:
    with pytest.raises(DesignError, match="worst-case"):
        solve(mo.table({"Ann": [[0, -1]]}, ["a", "b"]), objective="worst-case")
