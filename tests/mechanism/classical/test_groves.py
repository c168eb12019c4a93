"""Groves mechanisms, VCG and IR-VCG against their definitions, profile by profile."""

from __future__ import annotations

from fractions import Fraction
from math import prod

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mechopt.environment import builders
from mechopt.environment.environment import Environment
from mechopt.environment.grids import two_types, uniform
from mechopt.errors import DesignError, InvalidEnvironmentError
from mechopt.mechanism.classical.efficient import efficient_choice, first_best
from mechopt.mechanism.classical.groves import clarke_charge, groves, ir_vcg, subsidies, vcg
from mechopt.rational import RationalArray
from tests.mechanism.classical.drawing import any_environment, private
from tests.mechanism.classical.enumeration import Economy, Table

pytestmark = pytest.mark.filterwarnings("ignore::mechopt.errors.MechoptWarning")
quick = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


@quick
@given(any_environment())
def test_the_first_efficient_outcome_is_chosen_and_nobody_pays(environment: Environment) -> None:
    economy, table, choice = Economy(environment), Table(first_best(environment)), efficient_choice(environment)
    for p in economy.profiles:
        assert table.phi[p] == [int(x == economy.best(p)) for x in economy.outcomes]
        assert choice[p] == economy.best(p)
        assert all(t[p] == 0 for t in table.t)


def test_ties_go_to_the_first_agent_and_to_an_agent_before_nobody() -> None:
    equal = builders.single_item_auction([two_types(0, 2)] * 3)
    assert [int(efficient_choice(equal)[p]) for p in ((0, 0, 0), (1, 1, 1), (0, 1, 1), (0, 0, 1))] == [0, 0, 1, 2]


@quick
@given(data=st.data())
def test_groves_pays_the_others_surplus_less_any_charge(data: st.DataObject) -> None:
    environment = data.draw(private)
    shapes = [tuple(1 if j == i else m for j, m in enumerate(environment.n_types)) for i in range(environment.n_agents)]
    numbers = st.integers(-5, 5)
    charges = [RationalArray.from_fractions([Fraction(data.draw(numbers), 3) for _ in range(prod(shape))], shape) for shape in shapes]
    economy, table = Economy(environment), Table(groves(environment, charges))
    for i in economy.agents:
        h = charges[i].broadcast(environment.n_types)
        for p in economy.profiles:
            assert table.t[i][p] == h[p].item() - economy.surplus(p, economy.best(p), without=i)
    assert table.margin("dsic") >= 0
    assert table.margin("efficient") == 0


@quick
@given(private)
def test_vcg_charges_what_the_others_lose_by_ones_presence(environment: Environment) -> None:
    economy, table = Economy(environment), Table(vcg(environment))
    for i in economy.agents:
        for p in economy.profiles:
            alone = max(economy.outcomes, key=lambda x: economy.surplus(p, x, without=i))
            best = economy.best(p)
            assert table.t[i][p] == economy.surplus(p, alone, without=i) - economy.surplus(p, best, without=i) >= 0
            assert table.payoff(i, p, p) >= economy.u(i, p, alone)  # staying in is worth at least what the others would do without her
            assert clarke_charge(environment, i).broadcast(environment.n_types)[p].item() == economy.surplus(p, alone, without=i)


@quick
@given(private)
def test_ir_vcg_leaves_some_type_of_everybody_just_willing(environment: Environment) -> None:
    economy, pivot, table = Economy(environment), Table(vcg(environment)), Table(ir_vcg(environment))
    for i in economy.agents:
        psi = max(-economy.given(i, a, lambda p, i=i: pivot.gains(i, p)) for a in economy.counted(i))
        assert subsidies(vcg(environment)).fractions()[i] == psi
        assert all(table.t[i][p] == pivot.t[i][p] - psi for p in economy.profiles)
        assert min(economy.given(i, a, lambda p, i=i: table.gains(i, p)) for a in economy.counted(i)) == 0


def divorce() -> Environment:
    """Return the divorce settlement of Conitzer and Sandholm (2003): husband or wife gets it, museum, burn."""
    high, low = (11000, 6000, 1000, 0), (1200, 1100, 1000, 0)
    rows = {"husband": [[g, o, m, b] for g, m, o, b in (low, high)], "wife": [[o, g, m, b] for g, m, o, b in (low, high)]}
    prior = {name: ["4/5", "1/5"] for name in rows}
    return builders.table(rows, ["husband", "wife", "museum", "burn"], prior=prior)


def test_the_divorced_couple_keeps_5136_of_5728_after_vcg_payments() -> None:
    mechanism = vcg(divorce())
    assert mechanism.welfare() == 5728
    assert mechanism.welfare() - mechanism.revenue() == 5136


@pytest.mark.parametrize("k", range(1, 8))
def test_ir_vcg_in_bilateral_trade_loses_what_the_closed_form_says(k: int) -> None:
    trade = builders.bilateral_trade(uniform(0, 1, k), uniform(0, 1, k))
    assert ir_vcg(trade).revenue() == -Fraction(k**2 - 1, 6 * k**2)


def test_the_surplus_of_ir_vcg_among_equal_partners_tends_to_a_twelfth() -> None:
    found = [ir_vcg(builders.partnership(["1/2", "1/2"], uniform(0, 1, k))).revenue() for k in (10, 20, 40, 80)]
    errors = [abs(surplus - Fraction(1, 12)) for surplus in found]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < Fraction(1, 80)


def test_a_public_project_needs_subsidies_and_payments_show_it() -> None:
    project = builders.public_good({"a": two_types("1/4", "3/4"), "b": two_types("1/4", "3/4")}, 1)
    table = Table(vcg(project))
    assert [table.phi[p] for p in ((0, 1), (1, 1))] == [[1, 0], [0, 1]]  # worth just its cost it is a tie, and "no" stands first
    assert [table.t[0][p] for p in ((0, 1), (1, 1))] == [0, Fraction(1, 4)]
    assert table.budget((1, 1)) == Fraction(-1, 2)


@pytest.mark.parametrize("shapes", [[(2, 1), (2, 1)], [(1, 2)], [(1,), (2, 1)], [(1, 3), (2, 1)]])
def test_charges_must_not_depend_on_ones_own_report(shapes: list[tuple[int, ...]]) -> None:
    auction = builders.single_item_auction([two_types(1, 2)] * 2)
    with pytest.raises(DesignError, match="charges"):
        groves(auction, [RationalArray.full(shape) for shape in shapes])


def test_groves_needs_private_values() -> None:
    values = [[[a + b, 0] for b in (0, 1)] for a in (0, 1)]
    with pytest.raises(InvalidEnvironmentError, match="'groves' does not apply: utilities depend on the others' types"):
        groves(builders.interdependent({"Ann": values, "Bob": values}, ["yes", "no"]))
