"""Convex objectives and constraints: what comes back is an exact mechanism, checked and never called optimal."""

from __future__ import annotations

from fractions import Fraction

import cvxpy as cp
import numpy as np
import pytest

from mechopt.design.design import Constraint, Design, Term
from mechopt.environment.builders import bilateral_trade, public_good, single_item_auction, table
from mechopt.environment.environment import Environment
from mechopt.environment.grids import uniform
from mechopt.errors import DesignError, NotRationalError, SolverError, UnknownNameError
from mechopt.mechanism.properties import check
from mechopt.pipeline.admissible import requirements
from mechopt.pipeline.convex import ConvexProgram, convex_program
from mechopt.problem import Problem


def trade(points: int) -> Environment:
    return bilateral_trade(uniform(0, 1, points), uniform(0, 1, points))


def correlated() -> Environment:
    values = [[0, 1], [0, 2]]
    joint = [["1/3", "1/6"], ["1/6", "1/3"]]
    return table({"Ann": values, "Bob": values}, ["no", "yes"], cost=[0, 1], joint=joint)


def nash(program: ConvexProgram) -> cp.Expression:
    names = [agent.name for agent in program.problem.environment.agents]
    return sum(cp.log(program.payoff(name) - program.outside_option(name)) for name in names)


def test_the_nash_product_shares_the_first_best_gains_equally_where_efficiency_is_possible() -> None:
    # Three points: gains 4/27, and transfers are free, so each side gets 2/27 on average.
    program = convex_program(trade(3))
    result = program.solve(nash(program))
    assert (result.status, result.grade) == ("optimal", "feasible")
    assert result.margin >= 0
    assert result.value == pytest.approx(2 * np.log(2 / 27), abs=1e-5)
    assert float(result.mechanism.gains()) == pytest.approx(4 / 27, abs=1e-6)


def test_the_nash_product_is_less_where_information_costs() -> None:
    # Six points: gains of at most 25/162 (Myerson and Satterthwaite), at best halved.
    program = convex_program(trade(6))
    result = program.solve(nash(program))
    assert result.grade == "feasible"
    assert result.mechanism.gains() <= Fraction(25, 162)
    assert result.value <= 2 * np.log(25 / 324)


def test_the_designs_own_objective_is_the_default_and_is_called_feasible_only() -> None:
    result = convex_program(trade(6)).solve()
    assert result.value == pytest.approx(1 / 2 + 25 / 162, abs=1e-6)
    assert result.grade == "feasible"
    assert result.mechanism.welfare() <= Fraction(1, 2) + Fraction(25, 162)
    assert [verdict.property for verdict in result.requirements] == ["bic", "interim-ir", "balanced"]
    assert all(verdict.holds for verdict in result.requirements)
    assert result.violation == 0.0
    assert {verdict.property for verdict in result.checks} >= {"bic", "dsic", "balanced"}


@pytest.mark.parametrize(
    ("environment", "design", "reductions"),
    [
        (trade(4), Design(), None),
        (trade(4), Design(), []),
        (trade(4), Design(incentive="dsic", participation="ex-post-ir", budget="no-deficit"), None),
        (public_good({"Ann": uniform(0, 1, 3), "Bob": uniform(0, 2, 2)}, 1), Design(budget="no-deficit"), None),
        (single_item_auction([uniform(0, 1, 3)] * 2), Design(objective="revenue", budget="none"), None),
        (correlated(), Design(budget="expected-no-deficit"), None),
    ],
)
def test_expressions_have_the_exact_values_of_the_mechanism(environment: Environment, design: Design, reductions: list[str] | None) -> None:
    program = convex_program(Problem(environment, design), reductions=reductions)
    result = program.solve(program.welfare() - cp.sum_squares(program.allocation) / 100)
    mechanism = result.mechanism
    assert result.grade == "feasible"
    assert program.welfare().value == pytest.approx(float(mechanism.welfare()), abs=1e-12)
    assert program.revenue().value == pytest.approx(float(mechanism.revenue()), abs=1e-12)
    for i, agent in enumerate(environment.agents):
        given = mechanism.interim_payoffs(i).floats()
        scale = 1.0 if environment.independent else environment.marginal(i).floats()
        assert program.interim_payoffs(agent.name).value == pytest.approx(given / scale, abs=1e-12)
        assert program.payoff(agent.name).value == pytest.approx(float((mechanism.payoffs(i) * environment.probability()).sum().item()), abs=1e-12)
    assert program.mechanism().welfare() == pytest.approx(mechanism.welfare(), abs=1e-9)


def test_constraints_on_payments_at_every_profile_hold_at_the_mechanism() -> None:
    program = convex_program(trade(3), reductions=[])
    largest = cp.max(cp.abs(program.payments))
    free = program.solve(cp.Minimize(largest), [program.welfare() >= 0.6])
    result = program.solve(None, [largest <= free.value + 0.05])
    assert result.grade == "feasible"
    assert result.violation <= 1e-6
    assert np.abs(result.mechanism.payments.floats()).max() <= free.value + 0.05 + 1e-6


def test_without_an_interior_the_nearest_mechanism_is_shown_with_its_margins() -> None:
    # Five points: efficient trade is possible, barely; no efficient mechanism has slack.
    program = convex_program(trade(5), allocation="efficient", budget="balanced")
    result = program.solve(-cp.sum_squares(program.payoff("seller") - program.payoff("buyer")))
    assert result.grade == "feasible"
    assert -Fraction(1, 10**6) <= result.margin
    assert check(result.mechanism, "balanced").margin == 0
    strict = program.solve(-cp.sum_squares(program.payoff("seller") - program.payoff("buyer")), tolerance=0)
    assert strict.grade == ("none" if strict.margin < 0 else "feasible")


def test_impossible_constraints_are_a_result() -> None:
    program = convex_program(trade(4))
    result = program.solve(None, [program.welfare() >= 2])
    assert (result.status, result.grade, result.mechanism, result.margin) == ("infeasible", "none", None, None)
    assert result.checks == ()
    assert np.isnan(result.value)


def test_deterministic_designs_are_solved_with_integers() -> None:
    # A best posted price on 1/8, 3/8, 5/8, 7/8 is 3/8: two sellers and three buyers trade, gains (1/4 + 1/2 + 3/4 + 0 + 1/4 + 1/2) / 16.
    result = convex_program(trade(4), incentive="dsic", participation="ex-post-ir", allocation="deterministic").solve()
    assert result.value == pytest.approx(1 / 2 + 9 / 64, abs=1e-6)
    assert check(result.mechanism, "deterministic").holds


def test_requirements_cover_limits_and_own_constraints_and_count_the_violation_that_is_allowed() -> None:
    cap = Constraint("rarely nobody", (Term(outcome="nobody"),), "<=", Fraction(1, 10))
    design = Design(payment_cap={"buyer": Fraction(3, 4)}, payment_floor={"seller": Fraction(-1)}, constraints=(cap,), epsilon=Fraction(1, 50))
    problem = Problem(trade(3), design)
    result = convex_program(problem).solve()
    assert [verdict.property for verdict in result.requirements] == [
        "bic", "interim-ir", "balanced", "payment_floor.seller", "payment_cap.buyer", "rarely nobody",
    ]  # fmt: skip
    assert result.grade == "feasible"
    strict = list(requirements(result.mechanism, Design(payment_cap={"buyer": Fraction(-5)})))
    assert next(verdict for verdict in strict if verdict.property == "payment_cap.buyer").margin < -5
    assert strict[0].margin == result.requirements[0].margin - Fraction(1, 50)


def test_payments_that_the_program_does_not_have_are_an_error_that_says_how_to_get_them() -> None:
    with pytest.raises(DesignError, match=r"convex_program\(problem, reductions=\[\]\)"):
        assert convex_program(trade(2)).payments
    with pytest.raises(DesignError, match="use payments"):
        assert convex_program(trade(2), reductions=[]).interim_payments


def test_mistakes_are_named() -> None:
    program = convex_program(trade(2))
    with pytest.raises(UnknownNameError, match="agent is 'sellr'; did you mean 'seller'"):
        program.payoff("sellr")
    with pytest.raises(SolverError, match="no values yet"):
        program.mechanism()
    with pytest.raises(NotRationalError, match="tolerance"):
        program.solve(tolerance="a little")
    with pytest.raises(DesignError, match="not convex"):
        program.solve(cp.sum_squares(program.allocation))
    with pytest.raises(SolverError, match="solver is 'CLARABELL'"):
        program.solve(solver="CLARABELL")
    with pytest.raises(SolverError, match="CVXPY found no solution"):
        program.solve(cp.sum(cp.entr(program.allocation)), solver="HIGHS")
