"""Sifting has the optimum of the whole program, exactly."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

import mechopt as mo
from mechopt.files.normal_form import problem_from_normal
from mechopt.pipeline import sifting
from mechopt.pipeline.answer import Settings
from mechopt.pipeline.certify import certify_problem
from mechopt.pipeline.questions import problem_of
from mechopt.pipeline.solve import solve_problem
from tests.strategies import problems

pytestmark = pytest.mark.filterwarnings("ignore::mechopt.errors.MechoptWarning")
TRADE = mo.bilateral_trade(mo.uniform(0, 1, 24), mo.uniform(0, 1, 24))
PARTNERS = mo.partnership(["1/2", "1/4", "1/4"], mo.uniform(0, 1, 8))
OWNER = mo.partnership([1, 0, 0], mo.uniform(0, 1, 8))
GOOD = mo.public_good({name: mo.uniform(0, 1, 9) for name in ("ann", "bob", "cleo")}, "3/2")
DESIGNS = [{}, {"objective": "revenue"}, {"objective": "payoff", "budget": "no-deficit"}, {"participation": "ex-ante-ir", "objective": "gains"}]


@pytest.fixture(autouse=True)
def _sift_small_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    for room in ("answer", "sifting"):
        monkeypatch.setattr(f"mechopt.pipeline.{room}.FEWEST_PROFILES", 4)
    monkeypatch.setattr(sifting, "_FEWEST_BLOCKS", 2)
    monkeypatch.setattr(sifting, "_OPEN", 1)


@pytest.mark.parametrize("design", DESIGNS, ids=str)
@pytest.mark.parametrize("environment", [TRADE, PARTNERS, OWNER, GOOD], ids=["trade", "partners", "one owner", "public good"])
def test_sifting_has_exactly_the_optimum_of_the_whole_program(environment: mo.Environment, design: dict[str, Any]) -> None:
    problem = problem_of(environment, design)
    sifted, whole = solve_problem(problem, Settings()), solve_problem(problem, Settings(sift=False))
    assert sifted.proof.grade == whole.proof.grade == "optimal"
    assert sifted.value == whole.value


def test_sifting_leaves_most_outcomes_out_and_says_so() -> None:
    result = solve_problem(problem_of(TRADE, {}), Settings())
    told = result.statistics["backend"]["sifting"]
    kept, present = (int(word.replace(",", "")) for word in told.split() if word[0].isdigit())
    assert kept < present / 2


@settings(max_examples=7, deadline=None, suppress_health_check=list(HealthCheck))
@given(problems(designs={"incentive": "bic", "allocation": ("any", "efficient")}, priors="independent", kinds=("object", "public-good", "table")))
def test_sifting_has_the_optimum_of_random_problems(problem: dict[str, Any]) -> None:
    loaded = problem_from_normal(problem)
    for ask in (solve_problem, certify_problem):
        sifted, whole = ask(loaded, Settings()), ask(loaded, Settings(sift=False))
        assert (sifted.value, sifted.status, sifted.answer, sifted.budget_surplus) == (whole.value, whole.status, whole.answer, whole.budget_surplus)
