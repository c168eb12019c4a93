"""The shipped checker and the independent one accept the same true results: of random problems, by mechopt and by z3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from mechopt.exact.checker.claims import check_result
from mechopt.pipeline.questions import certify, solve
from mechopt.pipeline.solve import solve_problem
from tests.oracles import checker
from tests.strategies import problems
from tests.tampering.results import ROUNDED, Json, ask, certified_by_z3, solved_by_z3

EXAMPLES = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
FEW = settings(EXAMPLES, max_examples=10)


def both_accept(result: Json) -> None:
    checker.verify(result)
    assert check_result(result)[-1].startswith("proof")


def or_rejected(result: Callable[[], Json]) -> Json:
    """Return a result of z3, or reject the example where z3 takes too long for it."""
    try:
        return result()
    except TimeoutError:
        reject()


@EXAMPLES
@given(problems(designs={"allocation": ("any", "efficient")}, limits=True))
def test_both_accept_the_best_mechanism_of_a_random_problem(problem: dict[str, Any]) -> None:
    both_accept(ask(solve, problem))


@EXAMPLES
@given(problems(limits=True))
def test_both_accept_the_answer_to_a_random_problem(problem: dict[str, Any]) -> None:
    both_accept(ask(certify, problem))


@FEW
@given(problems(designs={"objective": ("welfare", "gains", "revenue", "payoff")}, n_agents=(2, 3), zeros=False))
def test_both_accept_what_rounding_finds_where_it_finds_a_mechanism(problem: dict[str, Any]) -> None:
    result = ask(solve_problem, problem, settings=ROUNDED)
    if result["mechanism"] is not None:
        both_accept(result)


@FEW
@given(problems(n_agents=(1, 2), limits=True))
def test_both_accept_the_best_mechanism_that_z3_finds(problem: dict[str, Any]) -> None:
    both_accept(or_rejected(lambda: solved_by_z3(problem)))


@FEW
@given(problems(n_agents=(1, 2), limits=True), st.booleans())
def test_both_accept_the_answer_that_z3_finds(problem: dict[str, Any], subsidy: bool) -> None:
    both_accept(or_rejected(lambda: certified_by_z3(problem, subsidy)))


WITHOUT_LOTTERIES = {"allocation": "deterministic", "objective": ("welfare", "revenue", "payoff")}


@FEW
@given(problems(designs=WITHOUT_LOTTERIES, n_agents=(1, 2), limits=True))
def test_both_accept_the_best_mechanism_without_lotteries(problem: dict[str, Any]) -> None:
    both_accept(ask(solve, problem))


@FEW
@given(problems(designs={**WITHOUT_LOTTERIES, "objective": "epsilon"}, n_agents=(1, 2), limits=True))
def test_both_accept_the_least_violation_without_lotteries(problem: dict[str, Any]) -> None:
    both_accept(ask(solve, problem))
