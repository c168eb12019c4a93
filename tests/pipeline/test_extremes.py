"""Where floats fail: tiny slacks, tiny probabilities, huge next to tiny values. Right, or honestly graded; never wrong."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

import mechopt as mo
from mechopt.design.design import Constraint, Term
from mechopt.files.result_file import result_to_dict
from mechopt.pipeline.answer import Settings
from mechopt.pipeline.certify import certify_problem
from mechopt.pipeline.questions import certify, solve
from mechopt.pipeline.solve import solve_problem
from mechopt.problem import Problem
from tests.oracles import checker

SIX = mo.bilateral_trade(mo.uniform(0, 1, 6), mo.uniform(0, 1, 6))
BEST_GAINS = Fraction(25, 162)  # Myerson and Satterthwaite's second best on six points (problems/myerson-satterthwaite-1983)


def at_least(environment: mo.Environment, gains: Fraction) -> mo.Design:
    """Return the design that asks for gains of at least so much, as a constraint on who holds the object."""
    stay = sum((value * p for value, p in zip(environment.agents[0].values or (), environment.agents[0].prior, strict=True)), Fraction(0))
    terms = tuple(
        Term(outcome=agent.name, coefficient=value, when={agent.name: name})
        for agent in environment.agents
        for name, value in zip(agent.types, agent.values or (), strict=True)
    )
    return mo.Design(constraints=(Constraint("gains", terms, ">=", stay + gains),))


@pytest.mark.parametrize("digits", [3, 9, 12, 15, 20, 30])
def test_more_gains_than_the_optimum_are_proved_infeasible_however_little_more(digits: int) -> None:
    result = solve(Problem(SIX, at_least(SIX, BEST_GAINS + Fraction(1, 10**digits))))
    assert result.status == "infeasible"
    assert result.proof.grade == "infeasible"
    checker.verify(result_to_dict(result))


@pytest.mark.parametrize("digits", [9, 30])
def test_rounded_answers_leave_to_a_vertex_what_solvers_take_for_nothing(digits: int) -> None:
    result = solve_problem(Problem(SIX, at_least(SIX, BEST_GAINS + Fraction(1, 10**digits))), Settings(exact=False))
    assert result.status == result.proof.grade == "infeasible"
    assert result.proof.bound is not None
    assert result.proof.bound.exact is not None
    assert result.proof.bound.exact < 0
    checker.verify(result_to_dict(result))


def test_exactly_the_optimal_gains_are_feasible() -> None:
    result = solve(Problem(SIX, at_least(SIX, BEST_GAINS)))
    assert result.status == "optimal"
    assert result.gains is not None
    assert result.gains.exact == BEST_GAINS


def matsuo(a: Fraction, b: Fraction, values: tuple[Fraction, ...]) -> tuple[Problem, bool]:
    """Return trade between two types a side, and whether efficiency is possible: the condition of Matsuo (1989)."""
    c_low, v_low, c_high, v_high = values
    seller = mo.Grid((c_low, c_high), (a, 1 - a))
    buyer = mo.Grid((v_low, v_high), (1 - b, b))
    possible = a * v_low + b * (1 - a) * v_high >= b * c_high + a * (1 - b) * c_low
    return Problem(mo.bilateral_trade(seller, buyer)), possible


ODD = [Fraction(1, 10**9), Fraction(1, 10**6), Fraction(1, 3), Fraction(1) - Fraction(1, 10**9)]
VALUES = [
    (Fraction(0), Fraction(1), Fraction(2), Fraction(3)),
    (Fraction(0), Fraction(1, 10**9), Fraction(10**9), Fraction(10**9) + 1),
    (Fraction(0), Fraction(10**9), Fraction(10**9) + Fraction(1, 10**9), Fraction(2 * 10**9)),
]


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("a", ODD)
@pytest.mark.parametrize("b", ODD)
def test_two_types_a_side_follow_their_condition_at_extreme_odds_and_values(a: Fraction, b: Fraction, values: tuple[Fraction, ...]) -> None:
    problem, possible = matsuo(a, b, values)
    result = certify(problem)
    assert result.answer == ("possible" if possible else "impossible")
    checker.verify(result_to_dict(result))


def test_on_the_knife_edge_of_the_condition_efficiency_is_possible_and_one_step_beyond_it_is_not() -> None:
    """With c_L = 0, v_L = 1, c_H = 2, v_H = 3 the condition reads a + b >= 3ab: at a = 1/2, b = 1 - 1/10^12 solve for equality."""
    a = Fraction(3, 5)
    edge = a / (3 * a - 1)
    tiny = Fraction(1, 10**30)
    assert certify(matsuo(a, edge, VALUES[0])[0]).answer == "possible"
    assert certify(matsuo(a, edge - tiny, VALUES[0])[0]).answer == "possible"
    assert certify(matsuo(a, edge + tiny, VALUES[0])[0]).answer == "impossible"


@pytest.mark.parametrize("scale", [Fraction(1, 10**10), Fraction(1), Fraction(10**12)])
def test_the_unit_of_money_does_not_matter(scale: Fraction) -> None:
    """Values of 10^-10 give rows that a float solver drops; the optimum scales with the unit."""
    trade = mo.bilateral_trade(mo.uniform(0, scale, 6), mo.uniform(0, scale, 6))
    best = solve(trade, objective="gains")
    assert best.proof.grade in ("optimal", "bounded")
    assert best.value is not None
    assert best.proof.bound is not None
    assert best.value.exact is not None
    assert best.proof.bound.exact is not None
    assert best.value.exact <= BEST_GAINS * scale <= best.proof.bound.exact
    if best.proof.grade == "optimal":
        assert best.value.exact == BEST_GAINS * scale


@pytest.mark.parametrize("points", [4, 6, 9])
def test_rounding_with_repair_decides_away_from_the_knife_edge(points: int) -> None:
    trade = mo.bilateral_trade(mo.uniform(0, 1, points), mo.uniform(0, 1, points))
    result = certify_problem(Problem(trade), Settings(exact=False))
    assert result.answer == ("possible" if points <= 5 else "impossible")
    checker.verify(result_to_dict(result))


def test_the_cvxpy_backend_answers_with_a_rigorous_gap() -> None:
    result = solve(Problem(SIX, mo.Design(objective="gains")), backend="cvxpy")
    assert result.proof.gap is not None
    assert 0 <= result.proof.gap < Fraction(1, 10**6)


def test_a_wrong_verdict_of_infeasibility_is_not_believed() -> None:
    """A design at the very edge: exactly the optimal gains, asked for with probabilities of 10^-9 around."""
    seller = mo.Grid((Fraction(0), Fraction(2)), (Fraction(1, 10**9), 1 - Fraction(1, 10**9)))
    buyer = mo.Grid((Fraction(1), Fraction(3)), (1 - Fraction(1, 10**9), Fraction(1, 10**9)))
    trade = mo.bilateral_trade(seller, buyer)
    best = solve(trade, objective="gains")
    assert best.value is not None
    assert best.value.exact is not None
    asked = at_least(trade, best.value.exact)
    assert solve(Problem(trade, asked)).status == "optimal"
    more = replace(asked, constraints=(replace(asked.constraints[0], bound=asked.constraints[0].bound + Fraction(1, 10**25)),))
    assert solve(Problem(trade, more)).status == "infeasible"
