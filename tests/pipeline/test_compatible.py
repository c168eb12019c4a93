"""Requirements that can be had together for a known reason: programs find them feasible too, and are not asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

import mechopt as mo
from mechopt.design.design import Design
from mechopt.files.normal_form import problem_from_normal
from mechopt.pipeline.answer import Settings, answer
from mechopt.pipeline.compatible import are_compatible
from mechopt.program.assemble import Question
from tests.oracles import dense, known
from tests.strategies import problems

TRADE = mo.bilateral_trade(mo.uniform(0, 1, 6), mo.uniform(0, 1, 6))
PARTNERS = mo.partnership(["1/2", "1/2"], mo.uniform(0, 1, 3))
HURT = mo.table({"ann": [[0, 1], [0, 3]], "bob": [[0, 0]]}, ["stay", "go"], outside={"ann": 2, "bob": 0})  # at one of her types
CORRELATED = problem_from_normal(known.cremer_mclean()).environment
SIGNALS = mo.interdependent({"ann": [[1, 0], [0, 2]]}, ["stay", "go"], types={"ann": ["1", "2"]})
ALL = Design(allocation="efficient", incentive="bic", participation="interim-ir", budget="balanced")


def test_efficiency_truth_and_participation_need_only_money_from_outside() -> None:
    """Groves 1973: in dominant strategies, whoever takes part, if values are private."""
    assert are_compatible(TRADE, replace(ALL, incentive="dsic", participation="ex-post-ir", budget="none"))
    assert not are_compatible(SIGNALS, replace(ALL, incentive="epic", budget="none"))


def test_efficiency_truth_and_balance_need_only_somebody_who_must_stay() -> None:
    """d'Aspremont and Gérard-Varet 1979: for Bayesian incentives alone; Green and Laffont 1979 on dominant ones."""
    assert are_compatible(TRADE, replace(ALL, participation="none"))
    assert not are_compatible(TRADE, replace(ALL, participation="none", incentive="dsic"))
    assert not are_compatible(CORRELATED, replace(ALL, participation="none"))


def test_known_types_can_share_what_is_gained_where_nothing_is_lost() -> None:
    assert are_compatible(TRADE, replace(ALL, incentive="none"))
    assert not are_compatible(HURT, replace(ALL, incentive="none"))


def test_the_status_quo_will_do_where_one_outcome_is_it() -> None:
    assert are_compatible(TRADE, replace(ALL, allocation="any", incentive="dsic", participation="ex-post-ir"))
    assert not are_compatible(PARTNERS, replace(ALL, allocation="any"))  # only a lottery is


def test_limits_and_constraints_leave_the_question_open() -> None:
    assert not are_compatible(TRADE, replace(ALL, budget="none", payment_cap={"buyer": 0}))


EXAMPLES = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
KEYS = ("allocation", "budget", "participation", "incentive")


@pytest.mark.filterwarnings("ignore::mechopt.errors.MechoptWarning")
@EXAMPLES
@given(problems(designs={"allocation": ("any", "efficient"), "objective": "welfare"}, n_agents=(1, 2)))
def test_what_is_compatible_is_feasible_in_mechopts_program_and_in_the_dense_one(problem: dict[str, Any]) -> None:
    read = problem_from_normal(problem)
    for key in KEYS:
        value = "any" if key == "allocation" else "none"
        design = replace(read.design, **{key: value})
        if are_compatible(read.environment, design):
            found = answer(read.environment, design, Question("feasibility", design.allocation == "efficient"), Settings())
            assert found.certificate is None or found.certificate.bound >= 0
            assert dense.optimum({**problem, "design": {**problem["design"], key: value}}).status != "infeasible"
