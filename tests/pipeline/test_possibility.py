"""possibility_map: which properties can be had together."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

import mechopt as mo
from mechopt.errors import SolverError, UnknownNameError
from mechopt.exact.lagrangian import lagrangian
from mechopt.files.normal_form import problem_from_normal
from mechopt.pipeline import possibility
from mechopt.pipeline.possibility import Possibility, PossibilityMap
from mechopt.pipeline.questions import certify, possibility_map, solve
from mechopt.report.possibility import map_text
from mechopt.result import Number
from tests.strategies import problems

SIX = mo.bilateral_trade(mo.uniform(0, 1, 6), mo.uniform(0, 1, 6))
STAY = Fraction(1, 2)
PARTICIPATIONS = ("none", "interim-ir", "ex-post-ir")
BUDGETS = ("none", "no-deficit", "balanced")
pytestmark = pytest.mark.filterwarnings("ignore::mechopt.errors.MechoptWarning")  # drawn shares may exceed the object
RANDOM = settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def trade() -> PossibilityMap:
    return possibility_map(SIX)


def test_every_combination_is_there_once(trade: PossibilityMap) -> None:
    found = [(row.allocation, row.incentive, row.participation, row.budget) for row in trade.rows]
    assert len(found) == len(set(found)) == 36
    assert set(found) == set(product(("efficient", "any"), ("bic", "dsic"), PARTICIPATIONS, BUDGETS))


@pytest.mark.parametrize(
    ("asked", "gains"),
    [
        (("bic", "interim-ir", "balanced"), Fraction(25, 162)),  # Myerson and Satterthwaite 1983; tests/derivations/bilateral_trade.py
        (("bic", "interim-ir", "no-deficit"), Fraction(25, 162)),  # a surplus is of no use, it may be shared
        (("dsic", "ex-post-ir", "balanced"), Fraction(5, 36)),  # Hagerty and Rogerson 1987; tests/derivations/posted_prices.py
    ],
)
def test_efficient_voluntary_trade_without_subsidy_is_impossible_on_six_points(
    trade: PossibilityMap, asked: tuple[str, str, str], gains: Fraction
) -> None:
    efficient, best = trade["efficient", *asked], trade["any", *asked]
    assert (efficient.answer, best.answer, best.proof.grade) == ("impossible", "possible", "optimal")
    assert efficient.welfare == best.welfare == Number.of(STAY + gains)
    assert best.share is not None
    assert best.share.exact == (STAY + gains) / (STAY + Fraction(35, 216))
    assert best.gains_share is not None
    assert best.gains_share.exact == gains / Fraction(35, 216)


@pytest.mark.parametrize(
    "asked",
    [
        ("bic", "none", "balanced"),  # expected externality: Arrow 1979, d'Aspremont and Gérard-Varet 1979
        ("dsic", "none", "no-deficit"),  # pivot payments: Clarke 1971
        ("dsic", "ex-post-ir", "none"),  # Groves 1973
    ],
)
def test_two_of_three_are_possible(trade: PossibilityMap, asked: tuple[str, str, str]) -> None:
    for allocation in ("efficient", "any"):
        row = trade[allocation, *asked]
        assert row.answer == "possible"
        assert row.welfare is not None
        assert row.welfare.exact == STAY + Fraction(35, 216)
        assert row.mechanism is not None


def test_on_five_points_efficient_trade_is_possible() -> None:
    # The largest surplus is (k - 1)(5 - k) / (6 k^2) = 0.
    five = possibility_map(mo.bilateral_trade(mo.uniform(0, 1, 5), mo.uniform(0, 1, 5)))
    assert five["efficient", "bic", "interim-ir", "balanced"].answer == "possible"


def test_equal_partners_part_efficiently() -> None:
    found = possibility_map(mo.load("cramton-gibbons-klemperer-1987/equal-two"))
    row = found["efficient", "bic", "interim-ir", "balanced"]
    assert row.answer == "possible"
    assert row.welfare is not None
    assert row.welfare.exact == Fraction(133, 200)


def test_dominant_strategies_cannot_decide_and_balance_exactly() -> None:
    found = possibility_map(mo.load("green-laffont-1979/no-exact-balance"))
    row = found["efficient", "dsic", "none", "balanced"]
    assert row.answer == "impossible"
    assert row.welfare is not None
    assert row.welfare.exact == Fraction(9, 8)  # the full program solved exactly in tests/derivations/public_goods.py
    assert found["efficient", "bic", "none", "balanced"].answer == "possible"


def test_interdependent_values_are_asked_ex_post() -> None:
    found = possibility_map(mo.load("dasgupta-maskin-2000/two-bidders"))
    assert found.incentives == ("bic", "epic")
    assert {row.incentive for row in found.rows} == {"bic", "epic"}


def test_limits_on_payments_hold_throughout() -> None:
    # Best fixed contributions, and the program with a floor under every payment: tests/derivations/public_goods.py.
    row = possibility_map(mo.load("guth-hellwig-1986/no-subsidies"))["any", "dsic", "ex-post-ir", "no-deficit"]
    assert row.welfare is not None
    assert row.welfare.exact == Fraction(5, 36)


def test_payments_that_must_be_large_cannot_balance() -> None:
    two = mo.bilateral_trade(mo.uniform(0, 1, 2), mo.uniform(0, 1, 2))
    found = possibility_map(two, payment_floor=1)
    answers = {row.budget: set() for row in found.rows}
    for row in found.rows:
        answers[row.budget].add((row.participation, row.answer, row.welfare is None))
    # Both pay at least 1, so at least 2 is left over, and nobody whose value is at most 3/4 would take part.
    assert answers["balanced"] == {(participation, "impossible", True) for participation in PARTICIPATIONS}
    assert {answer for participation, answer, _ in answers["none"] if participation != "none"} == {"impossible"}
    assert ("none", "possible", False) in answers["none"]
    assert "no mechanism" in map_text(found)
    assert "Throughout: the limits on payments." in map_text(found)


def test_prices_prove_what_is_impossible(trade: PossibilityMap) -> None:
    for row in trade.rows:
        if row.answer == "impossible":
            assert row.certificate is not None
            assert row.certificate.bound < 0
            evaluated = lagrangian(row.certificate, True)
            assert evaluated.valid
            assert evaluated.bound() == row.certificate.bound


def is_weaker(one: Possibility, other: Possibility) -> bool:
    """Tell whether `one` asks for nothing that `other` does not."""
    return (
        (one.allocation == "any" or other.allocation == "efficient")
        and (one.incentive == "bic" or other.incentive != "bic")
        and PARTICIPATIONS.index(one.participation) <= PARTICIPATIONS.index(other.participation)
        and BUDGETS.index(one.budget) <= BUDGETS.index(other.budget)
    )


@RANDOM
@given(problems(designs={"objective": "welfare", "allocation": "any"}, limits=True))
def test_asking_for_more_never_helps(drawn: dict[str, Any]) -> None:
    found = possibility_map(problem_from_normal(drawn))
    for weak, strong in product(found.rows, found.rows):
        if is_weaker(weak, strong):
            assert (weak.answer, strong.answer) not in {("impossible", "possible"), ("impossible", "undecided"), ("undecided", "possible")}
            if weak.welfare is not None and strong.welfare is not None:
                assert weak.welfare.exact >= strong.welfare.exact
                assert strong.welfare.exact <= found.first_best.exact


@settings(RANDOM, max_examples=2)
@given(problems(designs={"objective": "welfare", "allocation": "any"}))
def test_the_map_says_what_certify_and_solve_say_when_asked_one_by_one(drawn: dict[str, Any]) -> None:
    problem = problem_from_normal(drawn)
    found = possibility_map(problem)
    for row in found.rows:
        asked = {"incentive": row.incentive, "participation": row.participation, "budget": row.budget}
        if row.allocation == "efficient":
            assert certify(problem, **asked).answer == row.answer
        else:
            alone = solve(problem, **asked)
            assert alone.value == row.welfare
            assert alone.proof.grade == row.proof.grade


def test_what_the_solver_cannot_answer_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise SolverError("out of time")

    monkeypatch.setattr(possibility, "certify_problem", stopped)
    found = possibility_map(SIX)
    assert {row.answer for row in found.rows if row.allocation == "efficient"} == {"undecided"}
    assert {row.answer for row in found.rows if row.allocation == "any"} == {"possible"}
    assert "efficiency undecided, 53/81" in map_text(found, width=200)
    assert "undecided: out of time" in map_text(found)
    monkeypatch.setattr(possibility, "solve_problem", stopped)
    with pytest.raises(SolverError, match="out of time"):
        possibility_map(SIX)


def test_an_unknown_backend_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="backend 'foo' is unknown"):
        possibility_map(SIX, backend="foo")


def test_the_table_in_latex(trade: PossibilityMap) -> None:
    lines = trade.to_latex().splitlines()
    assert lines[0] == r"\begin{tabular}{lllll}"
    assert lines[5] == r" & interim-ir & efficient & 53/81 (98.8 \%, 95.2 \%) & 53/81 (98.8 \%, 95.2 \%) \\"
    assert lines[-1] == r"\end{tabular}"
