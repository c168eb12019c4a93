"""All stationary mechanisms: the most an efficient one leaves, the second best, and proofs of both."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from random import Random

import numpy as np
import pytest

import mechopt as mo
from mechopt.dynamic.budget import condition
from mechopt.dynamic.builders import dynamic_allocation, lazily_redrawn, repeated_trade
from mechopt.dynamic.checks import check_all, check_property
from mechopt.dynamic.environment import DynamicAgent, DynamicEnvironment
from mechopt.dynamic.mechanism import pivot_with_fees
from mechopt.dynamic.pivot import pivot
from mechopt.errors import DesignError, InvalidEnvironmentError
from mechopt.exact.checker.claims import check_result
from mechopt.rational import RationalArray
from mechopt.report.dynamic import dynamic_headline
from tests.dynamic.environments import chances, dense, random_environment


def grid(k: int, retention: object, discount: object) -> DynamicEnvironment:
    points = [Fraction(2 * j + 1, 2 * k) for j in range(k)]
    return repeated_trade(points, points, lazily_redrawn(retention, k), discount)


@pytest.mark.parametrize("k", [3, 5, 6])
def test_without_a_future_the_largest_surplus_is_the_closed_form_of_the_grid(k: int) -> None:
    # (k - 1)(5 - k) / (6 k^2): trade on k midpoints a side, of which the fifth grid is the last that balances.
    surplus = Fraction((k - 1) * (5 - k), 6 * k * k)
    result = mo.certify(grid(k, "1/2", 0))
    assert result.budget_surplus.exact == surplus
    assert result.answer == ("possible" if surplus >= 0 else "impossible")
    assert result.proof.grade == "optimal"


def test_types_that_never_change_make_every_period_the_first() -> None:
    result = mo.certify(grid(6, 1, "9/10"))
    assert (result.answer, result.budget_surplus.exact) == ("impossible", Fraction(-5, 216) * 10)
    assert result.certificate.bound == result.budget_surplus.exact


def test_where_fees_fail_another_mechanism_can_balance_and_has_every_property() -> None:
    result = mo.certify(grid(6, "1/2", "3/10"))
    assert result.condition_holds is False
    assert result.answer == "possible"
    assert all(verdict.holds for verdict in result.checks)
    assert result.mechanism.surplus() == 0


@pytest.mark.parametrize(("seed", "per_action"), [(0, False), (3, False), (4, False), (1, True), (2, True), (5, True)])
def test_the_largest_surplus_is_that_of_a_program_with_payments_as_columns(seed: int, per_action: bool) -> None:
    environment = random_environment(seed, per_action=per_action)
    result = mo.certify(environment)
    assert result.budget_surplus.exact == dense(environment).surplus()
    assert result.slack.exact <= result.budget_surplus.exact


@pytest.mark.parametrize("seed", [0, 2])
def test_the_second_best_is_that_of_a_program_with_payments_as_columns(seed: int) -> None:
    environment = random_environment(seed)
    result = mo.solve(environment)
    assert result.value.exact == dense(environment).second_best()
    assert result.proof.grade == "optimal"
    assert all(verdict.holds for verdict in result.checks if verdict.property not in ("efficient", "expected-balanced"))


def test_the_second_best_of_an_impatient_pair_is_below_the_first_best() -> None:
    environment = grid(6, 0, 0)
    result = mo.solve(environment)
    # 25/162 of gains with interim requirements; here truth must pay whatever the other's type is, and budgets balance in expectation.
    assert result.value.exact == dense(environment).second_best() <= Fraction(25, 162) < result.first_best.exact


def test_a_pivot_mechanism_that_people_leave_is_no_answer() -> None:
    # Some rewards are negative under actions that others may take alone, so marginal contributions can be.
    environment = random_environment(1, per_action=True)
    result = mo.certify(environment)
    assert result.condition_holds
    assert not result.analysis.pivot.voluntary
    assert result.answer == "possible"
    assert all(verdict.holds for verdict in result.checks)


def informed(discount: str) -> DynamicEnvironment:
    """Return an environment where Ann's type today is what Bob's will be tomorrow, unless they act."""
    rest = [[int(next_profile == 3 * ann) for next_profile in range(4)] for ann in (0, 1) for _ in range(2)]
    act = [["1/4"] * 4] * 4
    halves = (Fraction(1, 2), Fraction(1, 2))
    ann = DynamicAgent("Ann", ("0", "1"), RationalArray.of([[0, -1], [0, 0]]), halves)
    bob = DynamicAgent("Bob", ("0", "1"), RationalArray.of([[0, 2], [1, 2]]), halves)
    return DynamicEnvironment((ann, bob), ("rest", "act"), Fraction(discount), {"act": ("Ann", "Bob")}, None, RationalArray.of([rest, act]))


def test_a_pivot_mechanism_that_charges_for_what_an_agent_says_about_others_is_no_answer(tmp_path: Path) -> None:
    # Without Ann Bob rests: he expects his type today and, as long as nobody acts, Ann's from tomorrow on, 1/2 + 1/4 + ... = 1 if it is 1. They
    # act whatever she says, and who says 0 is charged 1 less.
    environment = informed("1/2")
    found = pivot(environment)
    assert check_property(pivot_with_fees(found, condition(found)), "periodic-epic").margin == -1
    result = mo.certify(environment)
    assert (result.condition_holds, result.analysis.voluntary, result.answer) == (True, True, "possible")
    assert all(verdict.holds for verdict in result.checks)
    result.save(tmp_path / "answer.json")
    for answer in (result, mo.load_result(tmp_path / "answer.json")):
        assert "truth need not pay under the dynamic pivot mechanism" in dynamic_headline(answer)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_moves_joint_types_the_mechanism_shown_has_every_property(seed: int) -> None:
    random = Random(seed)
    alone = random_environment(seed, sizes=(2, 2))
    agents = tuple(replace(agent, transition=None) for agent in alone.agents)
    tables = RationalArray.of([[chances(random, 4) for _ in range(4)] for _ in alone.actions])
    environment = replace(alone, agents=agents, transition=tables)
    result = mo.certify(environment)
    assert (result.answer == "possible") is (result.mechanism is not None)
    assert all(verdict.holds for verdict in result.checks)
    assert check_result(json.loads(json.dumps(result.to_dict())))


def test_a_joint_transition_that_actions_do_not_change_leaves_the_pivot_mechanism_truthful() -> None:
    environment = informed("1/2")
    assert environment.transition is not None
    found = pivot(replace(environment, transition=environment.transition[:1]))
    assert check_property(pivot_with_fees(found, condition(found)), "periodic-epic").margin >= 0
    assert found.environment.truthful_pivot


def test_types_moved_by_actions_have_no_linear_second_best() -> None:
    learning = dynamic_allocation({"Ann": ([1, 2], [[0, 1], [0, 1]]), "Bob": ([1, 3], [[1, 0], [0, 1]])}, "1/2")
    with pytest.raises(InvalidEnvironmentError, match="no linear program; give one transition for all actions"):
        mo.solve(learning)


def test_ties_between_actions_that_move_types_differently_are_never_called_impossible_by_one_choice() -> None:
    environment = random_environment(1, per_action=True)
    twice = replace(
        environment,
        actions=(*environment.actions, "act again"),
        requires={**environment.requires, "act again": ("agent 0", "agent 1")},
        agents=tuple(_with_last_action_repeated(agent) for agent in environment.agents),
    )
    assert not pivot(twice).efficient.unique
    result = mo.certify(twice)
    once = mo.certify(environment)
    assert result.surplus.mechanism.surplus() == once.budget_surplus.exact
    assert result.surplus.certificate is None or result.surplus.certificate.bound >= once.budget_surplus.exact


def _with_last_action_repeated(agent):
    reward, transition = agent.reward.fractions(), agent.transition.fractions()
    table = type(agent.reward)
    return replace(agent, reward=table.of([[*row, row[-1]] for row in reward]), transition=table.of([*transition, transition[-1]]))


def test_average_play_agrees_with_the_values() -> None:
    result = mo.certify(grid(3, "1/2", "1/2"))
    play = result.mechanism.simulate(np.random.default_rng(5), periods=30, runs=20000)
    rewards, payments = play.discounted_rewards(0.5).sum(axis=1), play.discounted_payments(0.5).sum(axis=1)
    assert abs(rewards.mean() - float(result.welfare.exact)) < 4 * rewards.std() / 20000**0.5
    assert abs(payments.mean() + float(sum(result.mechanism.fees))) < 4 * payments.std() / 20000**0.5


def test_verdicts_of_a_mechanism_are_those_its_margins_say() -> None:
    mechanism = mo.certify(grid(3, "1/2", "1/2")).mechanism
    dear = replace(mechanism, fees=tuple(fee + 1 for fee in mechanism.fees))
    verdicts = {verdict.property: verdict for verdict in check_all(dear)}
    assert verdicts["interim-ir"].margin == {v.property: v for v in check_all(mechanism)}["interim-ir"].margin - 1
    assert verdicts["expected-no-deficit"].margin == 2
    assert not verdicts["expected-balanced"].holds


@pytest.mark.parametrize("types", [2, 21])
def test_what_ran_is_said_under_the_same_keys_as_where_types_stay(types: int) -> None:
    ran = mo.certify(grid(types, "1/2", "2/3")).statistics
    assert {"formulation", "reductions", "profiles", "rows", "columns", "seconds"} <= set(ran)
    assert ran["profiles"] == types**2
    assert list(ran["seconds"]) == ["build", "solve", "prove", "total"]
    assert sum(ran["seconds"].values()) <= 2 * ran["seconds"]["total"]


def test_other_questions_are_refused_in_one_line() -> None:
    with pytest.raises(
        DesignError, match=r'environment\.kind is "dynamic", which this question does not support; certify, solve, compare, possibility_map'
    ):
        mo.property_rights(grid(3, 0, 0))
    with pytest.raises(DesignError, match="rebalancing is about types that stay; `certify` says whether fees balance the dynamic pivot mechanism"):
        mo.theorem("rebalancing", grid(3, 0, 0))


def test_a_design_cannot_be_chosen() -> None:
    with pytest.raises(DesignError, match=r"budget cannot be chosen where environment\.kind is"):
        mo.certify(grid(3, 0, 0), budget="none")
