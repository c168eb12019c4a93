"""What welfare costs in money where types move."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

import mechopt as mo
from mechopt.dynamic.builders import dynamic_allocation, lazily_redrawn, repeated_trade
from mechopt.dynamic.checks import check_property
from mechopt.errors import DesignError, InvalidEnvironmentError, ProgramSizeError, SolverError
from mechopt.pipeline.frontiers import moving
from mechopt.report.frontiers import frontier_text, frontier_to_dict
from tests.dynamic.environments import dense, random_environment
from tests.dynamic.pricing import proved_bound
from tests.dynamic.test_infeasible import work
from tests.dynamic.test_program import grid

F = Fraction


def curve(environment: Any, kind: Any = "welfare-revenue") -> list[tuple[Fraction, Fraction]]:
    return [(point.revenue, point.welfare) for point in mo.trade_off(environment, kind).points]


def test_two_types_a_side_that_never_change_are_traded_as_the_theorem_says() -> None:
    # A cost of 0 or 7/2, a value of 1 or 4, every pair a quarter of the time, and twice what a period brings. All that gains trade: 11/8, which lacks
    # 1 (1/2) + 4 (1/4) - 7/2 (1/2) = -1/4 (Matsuo 1989). Only the low cost: 5/4, at a price of 1 that leaves 1/2. Only 0 and 4: 1, all of it is kept.
    trade = repeated_trade([0, "7/2"], [1, 4], lazily_redrawn(1, 2), "1/2")
    assert curve(trade) == [(0, F(8, 3)), (1, F(5, 2)), (2, 2)]  # from (-1/2, 11/4) to (1, 5/2) welfare falls by 1/6 of what is kept
    assert curve(trade, "welfare-subsidy") == [(F(-1, 2), F(11, 4)), (0, F(8, 3))]


def test_six_points_a_side_need_the_known_subsidy_in_every_period() -> None:
    # 5/216 buys the first best 35/216; without it there is 25/162 (docs/model.md, section 8). At 9/10 a sum counts ten times.
    assert curve(grid(6, 1, "9/10"), "welfare-subsidy") == [(F(-50, 216), F(350, 216)), (0, F(250, 162))]


@pytest.mark.parametrize("seed", [0, 2])
def test_the_curve_is_linear_between_its_points_and_they_are_those_of_another_program(seed: int) -> None:
    environment = random_environment(seed, sizes=(2, 2))
    found, problem = curve(environment), dense(environment)
    assert found[-1][0] == problem.largest_surplus()
    for (left, more), (right, less) in pairwise(found):
        assert problem.second_best((left + right) / 2) == (more + less) / 2
    assert problem.second_best(found[-1][0]) == found[-1][1]


def test_every_point_has_its_mechanism_and_prices_that_prove_it() -> None:
    environment = random_environment(2, sizes=(2, 2))
    names = {agent.name: list(agent.types) for agent in environment.agents}
    for point in mo.trade_off(environment).points:
        assert (point.mechanism.welfare(), point.mechanism.surplus()) == (point.welfare, point.revenue)
        assert all(check_property(point.mechanism, name).holds for name in ("periodic-epic", "periodic-ir", "interim-ir"))
        prices = point.certificate.to_dict()
        assert proved_bound(dense(environment), names, prices) - F(prices["budget"]) * point.revenue == point.welfare


def test_where_nothing_balances_only_a_subsidy_helps() -> None:
    assert curve(work(), "welfare-subsidy") == [(-2, -2)]
    with pytest.raises(DesignError, match="the largest revenue is -2; ask for welfare-subsidy"):
        mo.trade_off(work())


def test_it_is_shown_like_any_trade_off() -> None:
    found = mo.trade_off(repeated_trade([0, "7/2"], [1, 4], lazily_redrawn(1, 2), "1/2"))
    assert "first best 11/4" in frontier_text(found)
    data = frontier_to_dict(found)
    assert (data["frontier"], data["points"][0]["welfare"]["exact"]) == ("welfare-revenue", "8/3")
    assert data["points"][0]["certificate"]["objective"] == "welfare"


def test_what_is_no_linear_program_or_too_large_or_not_proved_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    learning = dynamic_allocation({"Ann": ([1, 2], [[0, 1], [0, 1]]), "Bob": ([1, 3], [[1, 0], [0, 1]])}, "1/2")
    with pytest.raises(InvalidEnvironmentError, match=r"no linear program; give one transition for all actions"):
        mo.trade_off(learning)
    with pytest.raises(ProgramSizeError, match="169 profiles make the program of the second best too large"):
        mo.trade_off(grid(13, 0, 0))
    monkeypatch.setattr(moving, "second_best", lambda *_, **__: None)
    with pytest.raises(SolverError, match="was not found in exact arithmetic; use fewer types"):
        mo.trade_off(work(-1))
