"""Answers without an exact vertex: the rounded mechanism is admissible, the repaired prices prove a bound, and both are close."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

import mechopt as mo
from mechopt.files.normal_form import problem_from_normal
from mechopt.files.result_file import result_to_dict
from mechopt.pipeline.answer import Settings
from mechopt.pipeline.solve import solve_problem
from mechopt.problem import Problem
from tests.oracles import checker
from tests.strategies import problems

# Random property rights may exceed one object; that is legal and warned of.
pytestmark = pytest.mark.filterwarnings("ignore::mechopt.errors.MechoptWarning")
ROUNDED = Settings(exact=False)
CLOSE = Fraction(1, 10**9)


def differ(problem: dict[str, Any]) -> bool:
    """Return whether no two types of an agent are the same: a lie between them can never be made to lose."""
    rows = [[str(row) for row in agent.get("values", agent.get("utility"))] for agent in problem["agents"]]
    return all(len(set(row)) == len(row) for row in rows)


@settings(max_examples=20, deadline=None, phases=(Phase.reuse, Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck))
@given(
    problems(
        designs={"incentive": "dsic", "allocation": ("any", "efficient"), "objective": ("welfare", "gains", "payoff")},
        priors="independent",
        kinds=("object", "table"),
    )
)
def test_dominant_strategies_have_a_proof_whatever_participation_and_budget_are(problem: dict[str, Any]) -> None:
    result = solve_problem(problem_from_normal(problem), ROUNDED)
    checker.verify(result_to_dict(result))
    if differ(problem) and result.status == "optimal" and result.mechanism is not None:
        assert result.proof.gap is not None
        assert result.proof.gap <= CLOSE


@pytest.mark.parametrize("budget", ["balanced", "no-deficit", "expected-balanced", "expected-no-deficit"])
@pytest.mark.parametrize("participation", ["interim-ir", "ex-post-ir"])
def test_a_rounded_partnership_in_dominant_strategies_is_bounded_closely(participation: str, budget: str) -> None:
    design = {"incentive": "dsic", "participation": participation, "budget": budget}
    problem = Problem(mo.partnership(["1/2", "1/2"], mo.uniform(0, 1, points=4)), mo.Design(**design))
    rounded, exact = solve_problem(problem, ROUNDED), mo.solve(problem)
    assert rounded.value is not None
    assert exact.value is not None
    assert exact.value.exact is not None
    assert abs(rounded.value.exact - exact.value.exact) <= CLOSE
    assert rounded.proof.grade in ("bounded", "optimal")
    assert rounded.proof.gap <= CLOSE
