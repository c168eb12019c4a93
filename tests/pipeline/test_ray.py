"""An objective without bound is proved to have none by payments that can be added any number of times."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest

import mechopt as mo
from mechopt.exact.checker.claims import check_result
from mechopt.files.result_file import result_to_dict
from mechopt.pipeline.questions import solve
from mechopt.problem import Problem
from mechopt.report.sentences import headline
from tests.oracles import checker, dense

TRADE = mo.bilateral_trade(mo.uniform(0, 1, 3), mo.uniform(0, 2, 2))


def test_without_participation_a_tax_on_all_types_alike_proves_that_revenue_has_no_bound() -> None:
    """Types that pay different amounts for the same outcome would lie, so whatever is added is the same for all."""
    alone = mo.object_environment({"Ann": mo.uniform(0, 2, 4)})
    result = solve(alone, objective="revenue", participation="none", budget="none")
    assert (result.status, result.proof.grade) == ("unbounded", "feasible")
    assert result.proof.ray.texts() == [["1"] * 4]
    assert headline(result).startswith("no bound: the revenue can be raised without limit (proved)")


@pytest.mark.parametrize(
    ("objective", "incentive", "budget", "participation"),
    list(product(("revenue", "payoff", "weighted"), ("bic", "dsic", "none"), ("none", "no-deficit", "expected-balanced"), ("none", "ex-ante-ir"))),
)
def test_what_the_dense_program_calls_unbounded_is_proved_to_be(objective: str, incentive: str, budget: str, participation: str) -> None:
    weights = {"seller": (1, 2, 3), "buyer": (1, 1)} if objective == "weighted" else None
    design = mo.Design(objective=objective, incentive=incentive, budget=budget, participation=participation, weights=weights)
    document = result_to_dict(result := solve(Problem(TRADE, design)))
    assert (result.status == "unbounded") == (dense.optimum(document["problem"]).status == "unbounded")
    assert (result.proof.ray is not None) == (result.status == "unbounded")
    check_result(document)
    checker.verify(document)


LOTTERIES = [("any", "unbounded"), ("deterministic", "infeasible")]


@pytest.mark.parametrize(("allocation", "status"), LOTTERIES)
def test_where_only_a_lottery_is_admissible_there_is_no_best_mechanism_without_one(allocation: str, status: str) -> None:
    alone = mo.object_environment({"Ann": mo.uniform(0, 2, 1)})
    half = mo.Constraint("half", (mo.Term(outcome="Ann"),), "=", Fraction(1, 2))
    result = solve(alone, objective="revenue", participation="none", budget="none", allocation=allocation, constraints=(half,))
    assert result.status == status
    assert check_result(result_to_dict(result))
    checker.verify(result_to_dict(result))


def test_money_without_end_is_proved_without_lotteries_too() -> None:
    """What is added to payments chooses no outcome, so nothing that is to be certain is uncertain."""
    bridge = mo.table({"Ann": [[0, 2], [1, 0]]}, ["none", "bridge"])
    result = solve(bridge, objective="payoff", incentive="dsic", participation="ex-ante-ir", budget="none", allocation="deterministic")
    assert (result.status, result.proof.grade) == ("unbounded", "feasible")
    assert result.proof.ray is not None
    assert check_result(result_to_dict(result))


@pytest.mark.parametrize(("cap", "bounded"), [({"seller": 0, "buyer": 0}, True), ({"seller": 0}, False)])
def test_whoever_may_be_asked_for_anything_pays_without_end(cap: dict[str, int], *, bounded: bool) -> None:
    result = solve(Problem(TRADE, mo.Design(objective="revenue", participation="none", budget="none", payment_cap=cap)))
    assert (result.status == "optimal") is bounded
    if not bounded:
        assert set(result.proof.ray[0].reshape(-1).texts()) == {"0"}
        assert set(result.proof.ray[1].reshape(-1).texts()) == {"1"}
    checker.verify(result_to_dict(result))
