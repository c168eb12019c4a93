"""Both forms of the expected externality mechanism, rebalancing of any mechanism, and the voluntary variant."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mechopt.environment import builders
from mechopt.environment.environment import Environment
from mechopt.environment.grids import two_types, uniform
from mechopt.errors import DesignError, InvalidEnvironmentError, UnknownNameError
from mechopt.mechanism.classical.expected_externality import expected_externality, ir_expected_externality
from mechopt.mechanism.classical.groves import ir_vcg, vcg
from mechopt.mechanism.classical.rebalancing import FORMS, rebalanced
from mechopt.mechanism.mechanism import Mechanism
from mechopt.rational import RationalArray
from tests.mechanism.classical.drawing import any_environment, independent, partnerships
from tests.mechanism.classical.enumeration import Economy, Table

pytestmark = pytest.mark.filterwarnings("ignore::mechopt.errors.MechoptWarning")
quick = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


def delta(economy: Economy, i: int, a: int) -> Fraction:
    return economy.given(i, a, lambda p: economy.surplus(p, economy.best(p), without=i))


@quick
@given(independent)
def test_everybody_expects_to_be_paid_the_others_expected_surplus(environment: Environment) -> None:
    economy, table = Economy(environment), Table(expected_externality(environment))
    n = len(economy.sizes)
    cost = economy.expect(lambda p: economy.cost[economy.best(p)])
    mean = [economy.expect(lambda p, j=j: delta(economy, j, p[j])) for j in economy.agents]
    assert table.margin("balanced") == 0
    for i in economy.agents:
        others = (sum(mean) - mean[i] + (n - 1) * cost / n) / (n - 1) if n > 1 else Fraction(0)
        for a in range(economy.sizes[i]):
            assert table.interim(i, a) == others - delta(economy, i, a)


@quick
@given(independent)
def test_without_cost_payments_are_those_of_the_definition_at_every_profile(environment: Environment) -> None:
    free = Environment(environment.kind, environment.agents, environment.outcomes, RationalArray.full(environment.cost.shape))
    economy, table = Economy(free), Table(expected_externality(free))
    n = len(economy.sizes)
    assume(n > 1)
    deltas = [[delta(economy, i, a) for a in range(economy.sizes[i])] for i in economy.agents]
    for p in economy.profiles:
        for i in economy.agents:
            paid_by_others = sum((deltas[j][p[j]] for j in economy.agents if j != i), Fraction(0))
            assert table.t[i][p] == paid_by_others / (n - 1) - deltas[i][p[i]]


@quick
@given(independent)
def test_the_cyclic_form_has_the_same_interim_payments_up_to_a_constant_per_agent(environment: Environment) -> None:
    equal, cyclic = (Table(expected_externality(environment, form)) for form in FORMS)
    assert cyclic.margin("balanced") == 0
    assert cyclic.margin("bic") >= 0
    for i in equal.economy.agents:
        assert len({equal.interim(i, a) - cyclic.interim(i, a) for a in range(equal.economy.sizes[i])}) == 1


@quick
@given(independent)
def test_the_cyclic_form_is_that_of_the_definition_without_cost(environment: Environment) -> None:
    free = Environment(environment.kind, environment.agents, environment.outcomes, RationalArray.full(environment.cost.shape))
    pivot, table = Table(vcg(free)), Table(expected_externality(free, "cyclic"))
    economy = pivot.economy
    n = len(economy.sizes)
    mean = [economy.expect(lambda p, t=t: t[p]) for t in pivot.t]
    for p in economy.profiles:
        for i in economy.agents:
            j = (i + 1) % n
            expected = pivot.interim(i, p[i]) + mean[j] - pivot.interim(j, p[j]) - sum(mean) / n
            assert table.t[i][p] == expected


@st.composite
def mechanisms(draw: st.DrawFn) -> Mechanism:
    """Draw a mechanism with any allocation and payments, and an expected surplus that is not negative."""
    environment = draw(any_environment(priors="independent", n_agents=(2, 3)))
    fixed = draw(st.lists(st.integers(0, environment.n_outcomes - 1), min_size=environment.n_profiles, max_size=environment.n_profiles))
    lottery = RationalArray.of([[int(x == choice) for x in range(environment.n_outcomes)] for choice in fixed])
    size = environment.n_agents * environment.n_profiles
    paid = [Fraction(k, 2) for k in draw(st.lists(st.integers(-4, 4), min_size=size, max_size=size))]
    payments = RationalArray.from_fractions(paid, (environment.n_agents, *environment.n_types))
    mechanism = Mechanism(environment, lottery.reshape(*environment.n_types, environment.n_outcomes), payments)
    missing = max(-mechanism.revenue(), Fraction(0)) + draw(st.sampled_from((Fraction(0), Fraction(1, 3))))
    return Mechanism(environment, mechanism.allocation, payments + missing / environment.n_agents)


@pytest.mark.parametrize("form", FORMS)
@quick
@given(mechanism=mechanisms())
def test_rebalancing_makes_every_type_better_off_by_the_same_amount_whatever_she_reports(form: str, mechanism: Mechanism) -> None:
    before, after = Table(mechanism), Table(rebalanced(mechanism, form))
    economy = before.economy
    n = len(economy.sizes)
    surplus = economy.expect(before.budget)
    assert surplus >= 0
    assert after.margin("balanced") == 0
    assert after.phi == before.phi
    for i in economy.agents:
        assert all(before.interim(i, a) - after.interim(i, a) == surplus / n for a in range(economy.sizes[i]))
    assert after.margin("bic") == before.margin("bic")


@quick
@given(st.one_of(independent, partnerships()))
def test_rebalanced_ir_vcg_exists_exactly_where_it_pays_for_itself(environment: Environment) -> None:
    economy, before = Economy(environment), Table(ir_vcg(environment))
    surplus = economy.expect(before.budget)
    if surplus < 0:
        with pytest.raises(InvalidEnvironmentError, match="IR-VCG runs an expected deficit of"):
            ir_expected_externality(environment)
        return
    for form in FORMS:
        after = Table(ir_expected_externality(environment, form))
        assert [after.margin(name) >= 0 for name in ("balanced", "interim-ir", "bic")] == [True] * 3
        for i in economy.agents:
            worst = min(economy.given(i, a, lambda p, i=i, after=after: after.gains(i, p)) for a in range(economy.sizes[i]))
            assert worst == surplus / len(economy.sizes)


@pytest.mark.parametrize("k", [1, 2, 5, 9])
def test_expected_externality_in_bilateral_trade_tends_to_half_the_difference_of_squares(k: int) -> None:
    table = Table(expected_externality(builders.bilateral_trade(uniform(0, 1, k), uniform(0, 1, k))))
    grid = [Fraction(2 * j + 1, 2 * k) for j in range(k)]
    for s, b in table.economy.profiles:
        level = [table.t[1][p] - (grid[p[1]] ** 2 - grid[p[0]] ** 2) / 2 for p in ((0, 0), (s, b))]
        assert abs(level[0] - level[1]) <= Fraction(1, k)


def test_interim_payments_of_equal_partners_tend_to_the_continuums() -> None:
    for k in (10, 40):
        mechanism = ir_expected_externality(builders.partnership(["1/2", "1/2"], uniform(0, 1, k)))
        for i in range(2):
            for j, payment in enumerate(mechanism.interim_payments(i).fractions()):
                value = Fraction(2 * j + 1, 2 * k)
                assert abs(payment - (value**2 / 2 - Fraction(1, 6))) <= Fraction(1, k)


def test_a_deficit_is_not_rebalanced() -> None:
    trade = builders.bilateral_trade(uniform(0, 1, 3), uniform(0, 1, 3))
    with pytest.raises(DesignError, match="expected deficit of 4/27"):
        rebalanced(ir_vcg(trade))


def test_correlated_types_are_not_rebalanced() -> None:
    agents = {"a": two_types(1, 2), "b": two_types(1, 2)}
    with pytest.raises(InvalidEnvironmentError, match="types are correlated"):
        rebalanced(vcg(builders.object_environment(agents, joint=[["1/2", 0], [0, "1/2"]])))


def test_one_agent_is_balanced_only_when_she_pays_the_cost() -> None:
    alone = builders.table({"a": [[0, 1], [0, 3]]}, ["x", "y"], cost=[0, 2])
    assert Table(expected_externality(alone)).t == [{(0,): 0, (1,): 2}]
    assert Table(rebalanced(vcg(alone))).t == [{(0,): 0, (1,): 2}]
    priced = Mechanism(alone, vcg(alone).allocation, RationalArray.of([[0, 3]]))
    with pytest.raises(InvalidEnvironmentError, match="one agent cannot be rebalanced"):
        rebalanced(priced)


def test_an_unknown_form_suggests_the_nearest() -> None:
    trade = builders.bilateral_trade(uniform(0, 1, 2), uniform(0, 1, 2))
    for build in (expected_externality, ir_expected_externality):
        with pytest.raises(UnknownNameError, match="did you mean 'cyclic'"):
            build(trade, "cycle")
