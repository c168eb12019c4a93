"""compare: mechanisms known by name next to first best and optimum."""

from __future__ import annotations

from fractions import Fraction

import pytest

import mechopt as mo
from mechopt.errors import InvalidEnvironmentError, ProgramSizeError, UnknownNameError
from mechopt.pipeline.compare import Comparison
from mechopt.pipeline.questions import compare
from mechopt.report.comparison import comparison_text

SIX = mo.bilateral_trade(mo.uniform(0, 1, 6), mo.uniform(0, 1, 6))
STAY = Fraction(1, 2)  # the seller keeps a uniform value
# The interface's list.
IDS = {
    *("first-best", "optimum", "groves", "vcg", "ir-vcg", "expected-externality", "ir-expected-externality", "partnership"),
    *("high-bid-shared", "bailey-cavallo", "residual-claimant", "worst-case-redistribution", "posted-price", "double-auction", "myerson"),
}


@pytest.fixture(scope="module")
def trade() -> Comparison:
    return compare(SIX)


def holds(comparison: Comparison, mechanism: str, *properties: str) -> list[bool]:
    return [comparison[mechanism].properties[name].holds for name in properties]


@pytest.mark.parametrize(
    ("mechanism", "gains"),
    [
        ("first-best", Fraction(35, 216)),  # (k^2 - 1) / (6 k^2)
        ("optimum", Fraction(25, 162)),  # Myerson and Satterthwaite's second best, tests/derivations/bilateral_trade.py
        ("expected-externality", Fraction(35, 216)),
        ("posted-price", Fraction(5, 36)),  # a price of 5/12 or 7/12, by trying all: tests/derivations/posted_prices.py
    ],
)
def test_gains_from_trade_on_six_points(trade: Comparison, mechanism: str, gains: Fraction) -> None:
    assert trade[mechanism].welfare.exact == STAY + gains


def test_the_individually_rational_vcg_mechanism_lacks_the_whole_gains(trade: Comparison) -> None:
    assert trade["ir-vcg"].budget_surplus.exact == Fraction(-35, 216)  # -(k^2 - 1) / (6 k^2), Krishna and Perry 1998


def test_expected_externality_payments_balance_but_traders_would_walk_away(trade: Comparison) -> None:
    assert holds(trade, "expected-externality", "efficient", "bic", "balanced", "interim-ir") == [True, True, True, False]
    assert trade["expected-externality"].properties["interim-ir"].witness is not None
    assert trade["expected-externality"].revenue.exact == 0


def test_a_posted_price_has_everything_but_efficiency(trade: Comparison) -> None:
    assert holds(trade, "posted-price", "dsic", "ex-post-ir", "balanced", "efficient") == [True, True, True, False]


def test_on_six_points_nothing_known_by_name_is_efficient_voluntary_and_balanced(trade: Comparison) -> None:
    for row in trade.rows:
        asked = [row.properties[name].holds for name in ("efficient", "bic", "interim-ir", "no-deficit")]
        assert not all(asked), row.mechanism
    assert "ir-expected-externality" not in {row.mechanism for row in trade.rows}


def test_an_equal_partnership_dissolves() -> None:
    rows = compare(mo.load("cramton-gibbons-klemperer-1987/equal-two"))
    assert holds(rows, "partnership", "efficient", "bic", "interim-ir", "balanced") == [True] * 4
    assert rows["partnership"].welfare.exact == rows["optimum"].welfare.exact == Fraction(133, 200)


def test_one_buyer_of_three_values_is_worth_the_best_price() -> None:
    rows = compare(mo.single_item_auction([mo.uniform(Fraction(1, 2), Fraction(7, 2), 3)]), objective="revenue", budget="none")
    # Values 1, 2, 3, equally likely: prices earn 1, 4/3, 1.
    assert rows["myerson"].revenue.exact == rows["optimum"].revenue.exact == Fraction(4, 3)


def test_groves_mechanisms_do_not_balance_a_public_decision() -> None:
    rows = compare(mo.load("green-laffont-1979/no-exact-balance"))
    assert [row.mechanism for row in rows.rows] == ["first-best", "optimum", "groves", "vcg", "ir-vcg", "expected-externality"]
    assert holds(rows, "vcg", "efficient", "dsic", "no-deficit", "balanced") == [True, True, True, False]
    # The full program solved exactly in tests/derivations/public_goods.py.
    assert rows["optimum"].welfare.exact == Fraction(9, 8)


def test_only_the_mechanisms_asked_for_are_measured_next_to_first_best_and_optimum() -> None:
    rows = compare(SIX, only=("posted-price", "optimum"))
    assert [row.mechanism for row in rows.rows] == ["first-best", "optimum", "posted-price"]
    with pytest.raises(InvalidEnvironmentError, match="'bailey-cavallo' does not apply: the number of agents is 2; it needs at least 3"):
        compare(SIX, only=("bailey-cavallo",))
    with pytest.raises(UnknownNameError, match="did you mean 'posted-price'"):
        compare(SIX, only=("posted-prize",))


def test_the_optimum_is_absent_where_nothing_is_admissible() -> None:
    rows = compare(SIX, allocation="efficient")
    assert "optimum" not in {row.mechanism for row in rows.rows}
    assert rows.optimum.status == rows.to_dict()["optimum"]["status"] == "infeasible"
    assert "optimum: impossible" in comparison_text(rows)


def test_dictionaries_have_the_keys_of_the_interface(trade: Comparison) -> None:
    rows = trade.to_dict()["rows"]
    names = [row["mechanism"] for row in rows]
    assert set(names) <= IDS
    assert names[:2] == ["first-best", "optimum"]
    for row in rows:
        assert set(row) == {"mechanism", "welfare", "revenue", "budget_surplus", "properties"}
        assert set(row["welfare"]) == {"float", "exact"}
        assert {"dsic", "bic", "interim-ir", "balanced", "efficient"} <= set(row["properties"])
        for verdict in row["properties"].values():
            assert set(verdict) == {"holds", "margin", "witness"}
            assert verdict["holds"] == (Fraction(verdict["margin"]["exact"]) >= 0)
    assert rows[1]["welfare"]["exact"] == "53/81"


def test_interdependent_values_are_compared_ex_post() -> None:
    rows = compare(mo.load("dasgupta-maskin-2000/two-bidders"))
    assert [row.mechanism for row in rows.rows] == ["first-best", "optimum"]
    assert "dsic" not in rows["optimum"].properties
    assert holds(rows, "optimum", "epic") == [True]


def test_too_many_profiles_are_refused_before_any_work() -> None:
    with pytest.raises(ProgramSizeError, match=r"100,000,000 profiles are too many"):
        compare(mo.single_item_auction([mo.uniform(0, 1, 10)] * 8))
