"""Random problems of every kind and design against an independent dense program and an independent checker."""

from __future__ import annotations

import copy
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from mechopt.files.normal_form import problem_from_normal
from mechopt.files.result_file import result_to_dict
from mechopt.pipeline.questions import certify, solve
from tests.oracles import checker, dense
from tests.strategies import problems

# Random property rights may exceed one object; that is legal and warned of.
pytestmark = pytest.mark.filterwarnings("ignore::mechopt.errors.MechoptWarning")
EXAMPLES = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
FEW = settings(EXAMPLES, max_examples=8)
CLOSE = 1e-6


def close(value: Fraction, other: float) -> bool:
    return abs(float(value) - other) <= CLOSE * max(1.0, abs(other))


def agrees_with_the_dense_program(problem: dict[str, Any]) -> None:
    expected = dense.optimum(copy.deepcopy(problem))
    result = solve(problem_from_normal(problem))
    assert result.status == expected.status
    if expected.value is not None:
        assert result.proof.grade == "optimal"
        assert result.value is not None
        assert result.value.exact is not None
        assert close(result.value.exact, expected.value)
    checker.verify(result_to_dict(result))


def certify_agrees_with_the_dense_program(problem: dict[str, Any]) -> None:
    answer, surplus = dense.certify(copy.deepcopy(problem))
    result = certify(problem_from_normal(problem))
    assert result.answer == answer
    if surplus is not None:
        assert result.budget_surplus is not None
        assert result.budget_surplus.exact is not None
        assert close(result.budget_surplus.exact, surplus)
    checker.verify(result_to_dict(result))


@EXAMPLES
@given(problems(designs={"allocation": ("any", "efficient")}))
def test_the_best_mechanism_has_the_value_of_the_dense_program_and_its_proof_holds(problem: dict[str, Any]) -> None:
    agrees_with_the_dense_program(problem)


@EXAMPLES
@given(problems(designs={"allocation": ("any", "efficient")}, limits=True))
def test_payment_limits_and_own_constraints_have_the_value_of_the_dense_program(problem: dict[str, Any]) -> None:
    agrees_with_the_dense_program(problem)


@EXAMPLES
@given(problems(designs={"incentive": "bic", "allocation": "any"}, priors="independent", kinds=("object", "public-good", "table")))
def test_reduced_programs_have_the_value_of_the_dense_program(problem: dict[str, Any]) -> None:
    agrees_with_the_dense_program(problem)


@FEW
@given(problems(designs={"allocation": "deterministic", "objective": ("welfare", "revenue", "payoff")}, n_agents=(1, 2)))
def test_deterministic_mechanisms_have_the_value_of_the_dense_mixed_integer_program(problem: dict[str, Any]) -> None:
    agrees_with_the_dense_program(problem)


@EXAMPLES
@given(problems(designs={"allocation": "any", "objective": "welfare"}))
def test_certify_agrees_with_the_dense_program_and_its_proof_holds(problem: dict[str, Any]) -> None:
    certify_agrees_with_the_dense_program(problem)


@FEW
@given(problems(designs={"allocation": "any", "objective": "welfare"}, limits=True))
def test_certify_agrees_with_the_dense_program_under_payment_limits_and_own_constraints(problem: dict[str, Any]) -> None:
    certify_agrees_with_the_dense_program(problem)
