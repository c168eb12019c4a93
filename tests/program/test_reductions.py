"""Each reduction keeps the optimum, and is not applied where its condition fails."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

import mechopt as mo
from mechopt.files.normal_form import problem_from_normal
from mechopt.pipeline.questions import solve
from mechopt.problem import Problem
from mechopt.program.reductions import REDUCTIONS, plan
from tests.strategies import problems

# Random property rights may exceed one object; that is legal and warned of.
pytestmark = pytest.mark.filterwarnings("ignore::mechopt.errors.MechoptWarning")
EXAMPLES = settings(max_examples=18, deadline=None, suppress_health_check=list(HealthCheck))
GRID = mo.uniform(0, 1, 3)
TRADE = mo.bilateral_trade(GRID, GRID)
JOINT = [["1/3", "1/6"], ["1/6", "1/3"]]
CORRELATED = mo.object_environment({"a": mo.uniform(0, 1, 2), "b": mo.uniform(0, 1, 2)}, joint=JOINT)
SHAPELESS = mo.table({"a": [[0, 1, 2], [0, 2, 1], [0, 2, 2]], "b": [[1, 0, 0]]}, ["x", "y", "z"])
COMMON = mo.interdependent({name: [[[a + b, 0] for b in (0, 1)] for a in (0, 1)] for name in ("a", "b")}, ["yes", "no"])


def exact_value(problem: Problem, reductions: tuple[str, ...] | None) -> Fraction | str | None:
    result = solve(problem, reductions=reductions)
    if result.value is None or result.status != "optimal":
        return result.status
    assert result.proof.gap == 0
    return result.value.exact


@EXAMPLES
@given(problems(designs={"incentive": "bic", "participation": ("interim-ir", "ex-ante-ir", "none"), "allocation": "any"}, n_agents=(2, 3)))
def test_the_reduced_program_has_exactly_the_optimum_of_the_full_one(problem: dict[str, Any]) -> None:
    loaded = problem_from_normal(problem)
    assert exact_value(loaded, None) == exact_value(loaded, ())


@pytest.mark.parametrize("name", REDUCTIONS)
@settings(EXAMPLES, max_examples=10)
@given(problems(designs={"incentive": ("bic", "dsic"), "allocation": ("any", "efficient")}, kinds=("object", "public-good", "table")))
def test_each_reduction_alone_keeps_the_optimum(name: str, problem: dict[str, Any]) -> None:
    loaded = problem_from_normal(problem)
    assert exact_value(loaded, (name,)) == exact_value(loaded, ())


@settings(EXAMPLES, max_examples=10)
@given(problems(designs={"allocation": "any"}, limits=True))
def test_payment_limits_and_constraints_keep_the_optimum_too(problem: dict[str, Any]) -> None:
    loaded = problem_from_normal(problem)
    assert exact_value(loaded, None) == exact_value(loaded, ())


REFUSED = [
    ("E1", CORRELATED, {}, "types are correlated"),
    ("E1", TRADE, {"incentive": "dsic"}, "dsic holds at every profile"),
    ("E1", TRADE, {"participation": "ex-post-ir"}, "participation holds at every profile"),
    ("E1", TRADE, {"payment_floor": 0}, "payments are restricted"),
    ("E1", mo.single_item_auction([GRID]), {}, "a single agent's budget"),
    ("E2", SHAPELESS, {}, "not affine"),
    ("E2", TRADE, {"epsilon": "1/10"}, "add up"),
    ("E2", TRADE, {"objective": "epsilon"}, "add up"),
    ("E2", CORRELATED, {}, "types are correlated"),
    ("E2", COMMON, {"incentive": "epic"}, "values are interdependent"),
    ("E3", CORRELATED, {}, "types are correlated"),
    ("E3", COMMON, {}, "values are interdependent"),
    ("E3", TRADE, {"incentive": "dsic"}, "no Bayesian incentive constraints"),
]


@pytest.mark.parametrize(("name", "environment", "design", "reason"), REFUSED)
def test_a_reduction_is_not_applied_where_its_condition_fails(name: str, environment: Any, design: dict[str, Any], reason: str) -> None:
    from mechopt.pipeline.questions import problem_of

    problem = problem_of(environment, design)
    chosen = plan(problem.environment, problem.design)
    assert not chosen.applies(name)
    assert any(reason in reduction.reason for reduction in chosen.reductions if reduction.name == name)


def test_local_constraints_between_equal_values_reach_all_types_of_the_neighbouring_value() -> None:
    """Three types of values 1, 1, 2: with adjacent pairs in a row only, the second type of value 1 would shield the first.

    Direct check: the pairs (1, 3) and (2, 3) both stand.
    """
    from mechopt.program.features import local_pairs

    true, reported = local_pairs((Fraction(1), Fraction(1), Fraction(2)))
    assert set(zip(true.tolist(), reported.tolist(), strict=True)) == {(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)}


def test_an_unknown_reduction_is_refused_with_the_nearest_name() -> None:
    from mechopt.errors import UnknownNameError

    with pytest.raises(UnknownNameError, match="did you mean 'E1'"):
        solve(TRADE, reductions=("E11",))
