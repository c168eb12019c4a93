"""Green and Laffont, rebalancing, the expected externality mechanism, the criterion of IR-VCG, and least money burnt."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import HealthCheck, assume, given, settings

import mechopt as mo
from mechopt.environment.environment import Environment
from mechopt.errors import DesignError, InvalidEnvironmentError
from mechopt.files.normal_form import normalise
from mechopt.mechanism.classical.groves import ir_vcg, vcg
from mechopt.pipeline.theorems.expected_externality import driven_away
from mechopt.pipeline.theorems.green_laffont import balanced_groves, green_laffont
from mechopt.pipeline.theorems.ir_vcg_criterion import ir_vcg_criterion
from mechopt.pipeline.theorems.least_money_burnt import least_money_burnt
from mechopt.pipeline.theorems.rebalancing import rebalancing, rebalancing_of
from mechopt.problem import Problem
from tests.mechanism.classical.drawing import PRIVATE, any_environment, independent
from tests.mechanism.classical.enumeration import Economy, Table
from tests.oracles import checker, dense

pytestmark = pytest.mark.filterwarnings("ignore::mechopt.errors.MechoptWarning")
quick = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))


def trade(k: int) -> Environment:
    return mo.bilateral_trade(mo.uniform(0, 1, k), mo.uniform(0, 1, k))


def asked(environment: Environment, **design: str) -> dict[str, object]:
    """Return the normal form of a problem with dominant strategies and no participation."""
    return normalise(Problem(environment, mo.Design(incentive="dsic", participation="none", **design)))


@quick
@given(any_environment(kinds=PRIVATE, n_agents=(1, 3)))
def test_whether_dominance_and_balance_go_together_is_what_the_dense_program_says(environment: Environment) -> None:
    found = green_laffont(environment)
    answer, _ = dense.certify(asked(environment))
    assert found.result.answer == answer
    checker.verify(found.result.to_dict())
    assert (found.balanced is None) == (found.cube is not None)
    if found.balanced is not None:
        assert [Table(found.balanced).margin(name) for name in ("balanced", "efficient")] == [0, 0]
        assert Table(found.balanced).margin("dsic") >= 0
        assert not found.holds


@quick
@given(any_environment(kinds=PRIVATE))
def test_the_alternating_sum_that_excludes_balanced_groves_mechanisms_is_that_of_its_definition(environment: Environment) -> None:
    economy, cube = Economy(environment), green_laffont(environment).cube
    assume(cube is not None)
    total = Fraction(0)
    for corner in product((0, 1), repeat=len(economy.sizes)):
        names = [(cube.second, cube.first)[side][agent.name] for side, agent in zip(corner, environment.agents, strict=True)]
        p = tuple(agent.types.index(name) for agent, name in zip(environment.agents, names, strict=True))
        total += (-1) ** (len(corner) - sum(corner)) * economy.surplus(p, economy.best(p))
    assert abs(cube.alternating_sum) == abs(total) != 0


def test_who_has_nothing_to_hide_takes_the_money() -> None:
    """With a single type one agent can be the residual claimant of a Groves mechanism for the others: the surplus leaves her out."""
    found = green_laffont(mo.single_item_auction([mo.uniform(0, 1, 3), mo.uniform(0, 1, 3), mo.uniform(0, 1, 1)]))
    assert not found.holds
    assert found.balanced is not None
    assert balanced_groves(trade(2)) is None


@pytest.mark.parametrize(("k", "holds"), [(2, False), (3, False), (4, True), (6, True)])
def test_gaps_of_a_coarse_grid_leave_room_for_balance_without_groves(k: int, holds: bool) -> None:
    found = green_laffont(trade(k))
    assert found.cube is not None
    assert found.holds == holds == (dense.certify(asked(trade(k)))[0] == "impossible")


@quick
@given(independent)
def test_every_type_gains_the_surplus_per_head(environment: Environment) -> None:
    before = Table(vcg(environment))
    surplus = before.economy.expect(before.budget)
    if surplus < 0:
        with pytest.raises(InvalidEnvironmentError, match="VCG runs an expected deficit of"):
            rebalancing(environment)
        return
    assume(environment.n_agents > 1)
    found = rebalancing(environment)
    after = Table(found.after)
    assert found.holds
    assert found.share == surplus / environment.n_agents
    rises = {(rise.agent, rise.type): rise.after - rise.before for rise in found.rises}
    for i, agent in enumerate(environment.agents):
        for a, name in enumerate(agent.types):
            assert rises[agent.name, name] == before.interim(i, a) - after.interim(i, a) == surplus / environment.n_agents


def test_any_mechanism_with_a_surplus_is_rebalanced_and_one_with_a_deficit_is_not() -> None:
    halves = mo.partnership(["1/2", "1/2"], mo.uniform(0, 1, 4))
    assert rebalancing_of(ir_vcg(halves)).holds
    with pytest.raises(DesignError, match="expected deficit of 5/32"):
        rebalancing_of(ir_vcg(trade(4)))
    correlated = mo.object_environment({"a": mo.two_types(1, 2), "b": mo.two_types(1, 2)}, joint=[["1/2", 0], [0, "1/2"]])
    with pytest.raises(InvalidEnvironmentError, match="types are correlated"):
        rebalancing_of(vcg(correlated))


@quick
@given(independent)
def test_those_driven_away_expect_less_than_by_staying_out(environment: Environment) -> None:
    found = driven_away(environment)
    economy, table = Economy(environment), Table(found.mechanism)
    assert found.holds
    expected = {}
    for i, agent in enumerate(environment.agents):
        for a, name in enumerate(agent.types):
            loss = -economy.given(i, a, lambda p, i=i: table.gains(i, p))
            expected |= {(agent.name, name): loss} if loss > 0 else {}
    assert {(loss.agent, loss.type): loss.loss for loss in found.driven_away} == expected


@pytest.mark.parametrize("k", range(2, 9))
def test_the_criterion_errs_on_coarse_grids_and_by_less_and_less(k: int) -> None:
    """S* = (k - 1)(5 - k)/(6 k^2) and IR-VCG leaves -(k^2 - 1)/(6 k^2): they differ by (k - 1)/k^2."""
    found = ir_vcg_criterion(trade(k))
    assert (found.largest_surplus, found.ir_vcg_surplus) == (Fraction((k - 1) * (5 - k), 6 * k * k), -Fraction(k * k - 1, 6 * k * k))
    assert found.difference == Fraction(k - 1, k * k)
    assert found.agrees == (k > 5)
    assert not found.holds


@quick
@given(independent)
def test_no_grid_makes_the_largest_surplus_smaller_than_that_of_ir_vcg(environment: Environment) -> None:
    found = ir_vcg_criterion(environment)
    table = Table(ir_vcg(environment))
    assert found.ir_vcg_surplus == table.economy.expect(table.budget)
    assert found.difference >= 0
    assert found.result.answer == ("possible" if found.largest_surplus >= 0 else "impossible")


@quick
@given(any_environment(kinds=PRIVATE, n_agents=(1, 2)))
def test_best_rules_have_the_values_of_dense_programs(environment: Environment) -> None:
    found = least_money_burnt(environment)
    wanted = {
        "best-balanced": asked(environment, objective="welfare", budget="balanced"),
        "best-efficient": asked(environment, objective="payoff", budget="no-deficit", allocation="efficient"),
        "best-payoff": asked(environment, objective="payoff", budget="no-deficit"),
    }
    for name, problem in wanted.items():
        assert float(found[name].payoff) == pytest.approx(dense.optimum(problem).value, abs=1e-6)
    assert found["best-efficient"].surplus_lost == found["best-balanced"].money_burnt == 0
    assert found.holds == (found.least_loss > 0)
    if found["best-payoff"].proof.grade == "optimal":
        assert found.least_loss == found.first_best - found["best-payoff"].payoff


@pytest.mark.parametrize("k", [2, 3])
def test_no_rule_known_by_name_loses_less_than_the_best(k: int) -> None:
    found = least_money_burnt(mo.single_item_auction([mo.uniform(0, 1, k)] * 3))
    assert [rule.id for rule in found.contestants][3:] == ["vcg", "bailey-cavallo", "residual-claimant", "worst-case-redistribution"]
    for rule in found.contestants:
        assert found["best-payoff"].payoff >= rule.payoff == found.first_best - rule.surplus_lost - rule.money_burnt
    assert found["best-efficient"].money_burnt <= found["bailey-cavallo"].money_burnt
    assert found["best-balanced"].surplus_lost <= found["residual-claimant"].surplus_lost
    # Three bidders: 2/3 of the expected gap between second and third, and a third of that between first and second.
    economy = Economy(found.problem.environment)
    ranked = {p: sorted((agent.values[a] for agent, a in zip(economy.environment.agents, p, strict=True)), reverse=True) for p in economy.profiles}
    assert found["bailey-cavallo"].money_burnt == Fraction(2, 3) * economy.expect(lambda p: ranked[p][1] - ranked[p][2])
    assert found["residual-claimant"].surplus_lost == Fraction(1, 3) * economy.expect(lambda p: ranked[p][0] - ranked[p][1])
