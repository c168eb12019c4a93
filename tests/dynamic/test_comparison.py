"""Mechanisms measured side by side where types move."""

from __future__ import annotations

from fractions import Fraction

import pytest

import mechopt as mo
from mechopt.dynamic.builders import dynamic_allocation, lazily_redrawn, repeated_trade
from mechopt.errors import DesignError, ProgramSizeError
from tests.dynamic.environments import random_environment

F = Fraction


def test_what_is_compared_of_trade_that_fees_can_finance_is_that_of_the_closed_form() -> None:
    """Yoon (2015): types 0 and 1, kept half the time, at 3/4. Trade is worth 1 a quarter of the time, 1/4 / (1 - 3/4) = 1 in all."""
    rows = mo.compare(repeated_trade([0, 1], [0, 1], lazily_redrawn("1/2", 2), "3/4"))
    assert [row.mechanism for row in rows.rows] == ["first-best", "optimum", "largest-surplus", "pivot", "pivot-with-fees", "balanced-team"]
    assert {row.welfare.exact for row in rows.rows} == {1}
    assert rows["pivot"].budget_surplus.exact == -1  # each gets what trade is worth
    assert all(verdict.holds for verdict in rows["pivot-with-fees"].properties.values())
    assert all(verdict.holds for verdict in rows["balanced-team"].properties.values())


def test_without_a_future_the_numbers_are_those_of_bilateral_trade() -> None:
    """Six points a side at discount 0, docs/model.md: first best 35/216, second best 25/162, deficit 5/216, and Vickrey pays the gains twice."""
    points = [F(2 * j + 1, 12) for j in range(6)]
    rows = mo.compare(repeated_trade(points, points, lazily_redrawn("1/2", 6), 0))
    assert (rows["first-best"].welfare.exact, rows["optimum"].welfare.exact) == (F(35, 216), F(25, 162))
    assert (rows["largest-surplus"].budget_surplus.exact, rows["pivot"].budget_surplus.exact) == (F(-5, 216), F(-35, 216))
    assert not rows["pivot-with-fees"].properties["expected-no-deficit"].holds
    assert not rows["first-best"].properties["periodic-epic"].holds


@pytest.mark.parametrize("seed", range(6))
def test_nobody_beats_the_first_best_and_the_mechanisms_are_what_they_are_called(seed: int) -> None:
    rows = mo.compare(random_environment(seed))
    for row in rows.rows:
        assert row.welfare.exact <= rows["first-best"].welfare.exact
        assert row.properties["efficient"].holds or row.mechanism == "optimum"
    if "balanced-team" in {row.mechanism for row in rows.rows}:
        assert rows["balanced-team"].properties["balanced"].holds


def test_what_does_not_exist_is_absent() -> None:
    learning = dynamic_allocation({"Ann": ([1, 2], [[0, 1], [0, 1]]), "Bob": ([1, 3], [[1, 0], [0, 1]])}, "1/2")
    assert "optimum" not in {row.mechanism for row in mo.compare(learning).rows}


def test_a_choice_of_mechanisms_and_too_many_profiles_are_refused() -> None:
    trade = repeated_trade([0, 1], [0, 1], lazily_redrawn("1/2", 2), "3/5")
    with pytest.raises(DesignError, match="only cannot be chosen"):
        mo.compare(trade, only=("vcg",))
    with pytest.raises(ProgramSizeError, match="441 profiles are too many"):
        mo.compare(repeated_trade(range(21), range(21), lazily_redrawn("1/2", 21), "3/5"))


def test_a_comparison_is_a_table_wherever_tables_are() -> None:
    rows = mo.compare(repeated_trade([0, 1], [0, 1], lazily_redrawn("1/2", 2), "3/4"))
    assert rows.to_frame().loc[3, "surplus"] == -1
    assert len(rows.to_frame(margins=True)) == sum(len(row.properties) for row in rows.rows)
    assert r"\toprule" in rows.to_latex()
    assert "<table" in rows._repr_html_()
