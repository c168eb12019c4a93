"""Answers without an exact vertex: an exact mechanism and exact prices near float ones, and never a wrong word about them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import mechopt as mo
from benchmarks.random_problems import drawn
from mechopt.exact import nearby
from mechopt.files.result_file import result_to_dict
from mechopt.pipeline.answer import Settings
from mechopt.pipeline.solve import solve_problem
from mechopt.problem import Problem
from mechopt.program.assemble import assemble
from mechopt.solvers.solution import Options
from tests.oracles import checker

# Random property rights may exceed one object; that is legal and warned of.
pytestmark = pytest.mark.filterwarnings("ignore::mechopt.errors.MechoptWarning")
ROUNDED = Settings(exact=False)
BEST_GAINS = Fraction(25, 162)  # Myerson and Satterthwaite's second best on six points (problems/myerson-satterthwaite-1983)
POSTED_PRICE = Fraction(5, 36)  # Hagerty and Rogerson: a price of 5/12, accepted by 3 of 6 sellers and 4 of 6 buyers, 2/3 - 1/4 apart
SIX = mo.bilateral_trade(mo.uniform(0, 1, 6), mo.uniform(0, 1, 6))


@pytest.mark.parametrize("number", range(0, 48, 5))
def test_problems_of_every_kind_and_design_have_a_mechanism_and_a_proof(number: int) -> None:
    result = solve_problem(drawn(number), ROUNDED)
    checker.verify(result_to_dict(result))
    assert result.proof.grade in ("optimal", "infeasible") or result.status == "unbounded"


@pytest.mark.parametrize("solver", ["CLARABEL", None])
def test_the_second_best_of_six_points_is_exact_without_a_basis(solver: str | None) -> None:
    settings = Settings(exact=False, backend="cvxpy" if solver else "highs", options=Options(solver=solver))
    result = solve_problem(Problem(SIX, mo.Design(objective="gains")), settings)
    assert result.proof.grade == "optimal"
    assert result.value is not None
    assert result.value.exact == BEST_GAINS
    assert result.statistics["proof_method"] == "rounding"


@pytest.mark.parametrize("unit", [Fraction(1, 10**14), Fraction(10**12)])
@pytest.mark.parametrize(("design", "gains"), [({}, BEST_GAINS), ({"incentive": "dsic", "participation": "ex-post-ir"}, POSTED_PRICE)])
def test_the_unit_of_money_does_not_matter(unit: Fraction, design: dict[str, str], gains: Fraction) -> None:
    trade = mo.bilateral_trade(mo.uniform(0, unit, 6), mo.uniform(0, unit, 6))
    result = solve_problem(Problem(trade, mo.Design(objective="gains", **design)), ROUNDED)
    assert result.proof.grade == "optimal"
    assert result.value is not None
    assert result.value.exact == gains * unit


@pytest.mark.parametrize("design", [{}, {"incentive": "dsic", "participation": "ex-post-ir", "budget": "no-deficit"}])
def test_what_is_wrong_by_more_than_rounding_is_mixed_with_slack_until_it_fits(design: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """No row is taken to be at its bound, so that the solver's errors have to be mended."""
    monkeypatch.setattr(nearby._System, "tight", lambda self, point, digits: self.equations)
    result = solve_problem(Problem(SIX, mo.Design(objective="gains", **design)), ROUNDED)
    checker.verify(result_to_dict(result))
    assert result.proof.gap is not None
    assert 0 <= result.proof.gap < Fraction(1, 10**10)


def test_types_between_which_no_lie_can_lose_leave_no_slack_and_are_mixed_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearby._System, "tight", lambda self, point, digits: self.equations)
    twins = mo.table({"Ann": [[0, 1], [0, 1], [0, 3]], "Bob": [[0, 2], [0, "1/3"]]}, ["no", "yes"], cost=[0, 2])
    result = solve_problem(Problem(twins, mo.Design(incentive="dsic", participation="ex-post-ir", budget="no-deficit")), ROUNDED)
    checker.verify(result_to_dict(result))
    assert result.proof.gap is not None
    assert 0 <= result.proof.gap < Fraction(1, 10**10)


def test_a_point_is_never_put_outside_a_bound() -> None:
    """Whatever the float point is, what comes out satisfies every row and every bound exactly, or there is nothing."""
    program = assemble(SIX, mo.Design()).program
    random = np.random.default_rng(0)
    for _ in range(5):
        found = nearby.exact_near(program, random.normal(size=program.n_columns), np.ones(program.n_columns), lambda program: None)
        assert found is None or nearby._System(program, np.ones(program.n_columns)).admits(found)
