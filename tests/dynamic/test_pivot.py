"""The efficient policy, marginal contributions and both sides of the budget condition."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from mechopt.dynamic.budget import condition, deficits
from mechopt.dynamic.builders import dynamic_allocation, lazily_redrawn, repeated_public_good, repeated_trade
from mechopt.dynamic.checks import check_all
from mechopt.dynamic.critical import critical_discounts, slack_at
from mechopt.dynamic.environment import DynamicAgent, DynamicEnvironment
from mechopt.dynamic.idle import idle_types
from mechopt.dynamic.interim import interim_slacks
from mechopt.dynamic.mechanism import pivot_with_fees
from mechopt.dynamic.pivot import pivot, rounded_pivot
from mechopt.dynamic.process import chain_of
from mechopt.environment.builders import bilateral_trade, table
from mechopt.environment.grids import Grid
from mechopt.mechanism.classical.groves import ir_vcg, vcg
from mechopt.rational import RationalArray
from mechopt.theory.dynamic_trade import critical_discount
from tests.dynamic.environments import dense, random_environment

POINTS = {2: [0, 1], 3: [0, "1/2", 1], 5: [0, "1/4", "1/2", "3/4", 1]}


def grid_trade(n: int, retention: object, discount: object) -> DynamicEnvironment:
    return repeated_trade(POINTS[n], POINTS[n], lazily_redrawn(retention, n), discount)


@pytest.mark.parametrize("n", POINTS)
@pytest.mark.parametrize("retention", [Fraction(0), Fraction(1, 3), Fraction(1, 2), Fraction(9, 10)])
def test_worst_types_without_gains_balance_from_one_over_two_less_retention_on(n: int, retention: Fraction) -> None:
    # Yoon (2015), inequality (*): E W <= 2 d (1 - r) / (1 - d r) E W.
    found = critical_discounts(grid_trade(n, retention, 0))
    assert [number.exact for number in found.discounts] == [1 / (2 - retention)] == [critical_discount(retention)]
    assert found.complete
    assert condition(pivot(grid_trade(n, retention, 1 / (2 - retention)))).slack.exact == 0


def test_types_that_never_change_never_balance() -> None:
    assert critical_discounts(grid_trade(3, 1, 0)).discounts == ()
    assert condition(pivot(grid_trade(3, 1, "99/100"))).holds is False


@pytest.mark.parametrize("retention", [Fraction(0), Fraction(2, 5)])
def test_three_who_must_agree_need_more_patience(retention: Fraction) -> None:
    # (n - 1) / (n - r): everybody is owed the whole gain, and each can be asked for what comes once her bad type has gone.
    process = lazily_redrawn(retention, 2)
    members = [DynamicAgent(name, ("bad", "good"), RationalArray.of([[0, -9], [0, 1]]), process.initial, process.transition) for name in "ABC"]
    team = DynamicEnvironment(tuple(members), ("rest", "work"), Fraction(0), {"work": ("A", "B", "C")})
    assert [number.exact for number in critical_discounts(team).discounts] == [2 / (3 - retention)] == [critical_discount(retention, 3)]


@pytest.mark.parametrize("seed", range(4))
def test_without_a_future_it_is_the_static_pivot_mechanism_where_every_action_is_there_for_the_others(seed: int) -> None:
    environment = replace(random_environment(seed, sizes=(3, 2)), requires={}, discount=Fraction(0))
    utility = {agent.name: agent.reward.texts() for agent in environment.agents}
    static = table(utility, environment.actions, prior={agent.name: list(agent.initial) for agent in environment.agents})
    found, reference = pivot(environment), vcg(static)
    assert found.payments.equals(reference.payments.reshape(2, 6))
    assert condition(found).slack.exact == ir_vcg(static).revenue()


@pytest.mark.parametrize("retention", [0, "1/2"])
def test_without_a_future_the_condition_is_the_static_one_where_trade_needs_both(retention: object) -> None:
    prior = (Fraction(1, 3), Fraction(2, 3))
    costs, values = (Fraction(0), Fraction(2)), (Fraction(1), Fraction(3))
    slack = condition(pivot(repeated_trade(costs, values, lazily_redrawn(retention, prior), 0))).slack.exact
    assert slack == ir_vcg(bilateral_trade(Grid(costs, prior), Grid(values, prior))).revenue()


@pytest.mark.parametrize("seed", range(4))
def test_on_irreducible_aperiodic_chains_patience_always_balances(seed: int) -> None:
    # Yoon (2015), Theorem 1: all probabilities are positive here, and some profile has gains.
    environment = random_environment(seed, least=1)
    chain = chain_of(environment, np.zeros(environment.n_states, dtype=np.int64))
    assert chain.irreducible
    assert chain.aperiodic
    assert slack_at(environment, Fraction(9999, 10000)) > 0


def test_diverse_preferences_block_the_budget_of_a_joint_venture_at_every_discount() -> None:
    # Bergemann and Välimäki (2010), diverse preferences, part (i): types that earn nothing under any action and never leave.
    moves = RationalArray.of([[[1, 0], ["1/4", "3/4"]]])
    half = (Fraction(1, 2), Fraction(1, 2))
    members = [DynamicAgent(name, ("idle", "keen"), RationalArray.of([[0, 0], [0, gain]]), half, moves) for name, gain in (("A", 2), ("B", 1))]
    venture = DynamicEnvironment(tuple(members), ("rest", "work"), Fraction(1, 2))
    assert idle_types(venture) == ["idle", "idle"]
    assert [fee.exact for fee in condition(pivot(venture)).largest_fees] == [0, 0]


def test_types_that_never_change_and_contribute_nothing_block_the_budget_at_every_discount() -> None:
    # The example after Theorem 1 of Yoon (2015): worst types that stay and contribute nothing pay no fee.
    moves = RationalArray.of([[[1, 0], ["1/4", "3/4"]]])
    half = (Fraction(1, 2), Fraction(1, 2))
    seller = DynamicAgent("seller", ("idle", "able"), RationalArray.of([[0, -9], [0, -1]]), half, moves)
    buyer = DynamicAgent("buyer", ("idle", "keen"), RationalArray.of([[0, 0], [0, 3]]), half, moves)
    trade = DynamicEnvironment((seller, buyer), ("keep", "trade"), Fraction(1, 2), {"trade": ("seller", "buyer")})
    assert idle_types(trade) == ["idle", "idle"]
    assert critical_discounts(trade).discounts == ()
    assert all(slack_at(trade, discount) < 0 for discount in (Fraction(0), Fraction(1, 2), Fraction(9999, 10000)))
    begun = replace(trade, agents=tuple(replace(agent, initial=(Fraction(0), Fraction(1))) for agent in trade.agents))
    assert idle_types(begun) is None


@pytest.mark.parametrize("per_action", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_everything_agrees_with_dense_policy_iteration(seed: int, per_action: bool) -> None:
    environment = random_environment(seed, per_action=per_action)
    found, other = pivot(environment), dense(environment)
    sides, reference = condition(found), other.pivot()
    assert found.efficient.value.fractions() == other.best()[0]
    assert found.marginal.fractions() == reference["contributions"]
    assert [np.flatnonzero(row).tolist() for row in found.efficient.best] == reference["tops"]
    assert (sides.efficient_value.exact, sides.deficit.exact, sides.slack.exact) == tuple(reference[key] for key in ("value", "deficit", "slack"))
    assert [fee.exact for fee in sides.largest_fees] == reference["fees"]


@pytest.mark.parametrize("per_action", [False, True])
def test_doubles_are_as_near_as_they_say(per_action: bool) -> None:
    environment = random_environment(3, sizes=(3, 2, 3), per_action=per_action)
    exact, rounded = pivot(environment), rounded_pivot(environment)
    assert np.max(np.abs(exact.efficient.value.floats() - rounded.efficient.value)) <= rounded.efficient.error < 1e-9
    slack = condition(rounded)
    assert abs(slack.slack.float - float(condition(exact).slack.exact or 0)) <= slack.error < 1e-8


def test_a_joint_transition_and_beginning_give_the_same_as_the_agents_own() -> None:
    own = random_environment(7, per_action=True)
    square = dense(own).moves
    bare = tuple(replace(agent, transition=None) for agent in own.agents)
    start = RationalArray.from_fractions(dense(own).start, own.n_types)
    joint = replace(own, agents=bare, transition=RationalArray.of(square), initial=start)
    assert pivot(joint).marginal.equals(pivot(own).marginal)
    assert condition(pivot(joint)) == condition(pivot(own))
    assert interim_slacks(pivot(joint)) == interim_slacks(pivot(own))


@pytest.mark.parametrize("seed", range(3))
def test_the_interim_condition_is_the_condition_begun_anew_after_every_profile(seed: int) -> None:
    environment = random_environment(seed, least=1)
    other = dense(environment)
    for state, slack in interim_slacks(pivot(environment)).items():
        other.start = other.moves[0][state]
        assert slack == other.pivot()["slack"]


def test_deficits_of_periods_add_up_to_the_deficit() -> None:
    environment = replace(random_environment(1), discount=Fraction(1, 10))
    found = pivot(environment)
    total = sum(Fraction(1, 10) ** t * deficit for t, deficit in enumerate(deficits(found, 14)))
    assert abs(total - (condition(found).deficit.exact or 0)) < 10**-10


@pytest.mark.parametrize("per_action", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_the_pivot_mechanism_is_efficient_and_truthful(seed: int, per_action: bool) -> None:
    found = pivot(random_environment(seed, per_action=per_action))
    verdicts = {verdict.property: verdict for verdict in check_all(pivot_with_fees(found, condition(found)))}
    assert verdicts["efficient"].holds
    assert verdicts["periodic-epic"].holds


def test_a_payment_that_tempts_is_found_with_the_lie_that_pays() -> None:
    found = pivot(grid_trade(2, "1/2", "1/2"))
    mechanism = pivot_with_fees(found, condition(found))
    payments = mechanism.payments.fractions()
    payments[1][1] += 2
    verdicts = {verdict.property: verdict for verdict in check_all(replace(mechanism, payments=RationalArray.of(payments)))}
    assert not verdicts["periodic-epic"].holds
    assert verdicts["periodic-epic"].witness["agent"] == "buyer"
    assert not verdicts["periodic-ir"].holds


def test_a_public_good_and_an_object_that_is_handed_around_leave_no_deficit_without_fees() -> None:
    good = repeated_public_good({"Ann": ([0, 3], lazily_redrawn("1/2", 2)), "Bob": ([0, 3], lazily_redrawn("1/2", 2))}, 2, "1/2")
    learning = dynamic_allocation({"Ann": ([1, 2], [[0, 1], [0, 1]]), "Bob": ([1, 3], [[1, 0], [0, 1]])}, "1/2")
    for environment in (good, learning):
        deficit = condition(pivot(environment)).deficit.exact
        assert deficit == dense(environment).pivot()["deficit"]
        assert deficit <= 0
