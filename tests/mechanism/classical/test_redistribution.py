"""Bailey and Cavallo, the residual claimant, and worst-case optimal redistribution."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mechopt.environment import builders
from mechopt.environment.environment import Environment
from mechopt.environment.grids import two_types, uniform
from mechopt.errors import InvalidEnvironmentError
from mechopt.mechanism.classical.redistribution import bailey_cavallo, residual_claimant, worst_case_coefficients, worst_case_redistribution
from mechopt.mechanism.classical.unit_demand import UnitDemand, unit_demand
from tests.derivations.exact_program import Program
from tests.mechanism.classical.drawing import objects, unit_sales
from tests.mechanism.classical.enumeration import Economy, Profile, Table

pytestmark = pytest.mark.filterwarnings("ignore::mechopt.errors.MechoptWarning")
quick = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
MARKETS = [(n, m) for n in range(2, 11) for m in range(1, n)]


def named(environment: Environment, p: Profile) -> list[Fraction]:
    return [agent.values[k] for agent, k in zip(environment.agents, p, strict=True)]


@quick
@given(objects(3))
def test_bailey_and_cavallo_leave_two_nths_of_the_gap_between_second_and_third(environment: Environment) -> None:
    economy, table = Economy(environment), Table(bailey_cavallo(environment))
    n = len(economy.sizes)
    for p in economy.profiles:
        values = named(environment, p)
        ranked = sorted(values, reverse=True)
        winner = values.index(ranked[0])
        assert table.budget(p) == Fraction(2, n) * (ranked[1] - ranked[2])
        for i in economy.agents:
            second = sorted(values[:i] + values[i + 1 :], reverse=True)[1]
            assert table.t[i][p] == (ranked[1] if i == winner else 0) - second / n


@pytest.mark.parametrize(("n", "k"), [(3, 20), (4, 9)])
def test_the_residue_tends_to_the_continuums(n: int, k: int) -> None:
    residue = bailey_cavallo(builders.single_item_auction([uniform(0, 1, k)] * n)).revenue()
    assert abs(residue - Fraction(2, n * (n + 1))) < Fraction(1, k)


@quick
@given(objects(2))
def test_the_residual_claimant_runs_a_second_price_auction_without_herself(environment: Environment) -> None:
    economy, table = Economy(environment), Table(residual_claimant(environment))
    n = len(economy.sizes)
    for p in economy.profiles:
        values = named(environment, p)
        lottery, paid = [Fraction(0)] * (n + 1), [Fraction(0)] * n
        for claimant in economy.agents:
            others = [j for j in economy.agents if j != claimant]
            winner = max(others, key=lambda j: values[j])
            price = sorted([values[j] for j in others], reverse=True)[1] if n > 2 else Fraction(0)
            lottery[winner] += Fraction(1, n)
            paid[winner] += price / n
            paid[claimant] -= price / n
        assert table.phi[p] == lottery
        assert [t[p] for t in table.t] == paid
        first, second = sorted(values, reverse=True)[:2]
        assert sum(q * v for q, v in zip(lottery, values, strict=False)) == first - (first - second) / n


@pytest.mark.parametrize(("n", "k"), [(2, 40), (3, 16)])
def test_the_claimants_loss_tends_to_the_continuums(n: int, k: int) -> None:
    auction = builders.single_item_auction([uniform(0, 1, k)] * n)
    economy = Economy(auction)
    loss = economy.expect(lambda p: max(named(auction, p))) - residual_claimant(auction).welfare()
    assert abs(loss - Fraction(1, n * (n + 1))) < Fraction(1, k)


def test_sums_beyond_64_bits_stay_exact() -> None:
    large = 2**60 + 1
    auction = builders.single_item_auction([two_types(large, large + 2)] * 6)
    table = Table(residual_claimant(auction))
    for p in ((0,) * 6, (1,) * 6):
        assert table.t[0][p] == Fraction(4 * named(auction, p)[0], 6)
        assert table.budget(p) == 0


@pytest.mark.parametrize(("n", "m"), MARKETS)
def test_the_share_returned_is_that_of_guo_and_conitzer_and_no_linear_rebates_return_more(n: int, m: int) -> None:
    c = worst_case_coefficients(n, m)
    share = 1 - Fraction(comb(n - 1, m), sum(comb(n - 1, j) for j in range(m, n)))
    assert c[:m] == [0] * m
    returned = [sum((p * sum(c[: p - 1]), (n - p) * sum(c[:p])), Fraction(0)) / m for p in range(m + 1, n + 1)]
    assert returned == [share if k % 2 == 0 else 1 for k in range(len(returned))]  # at the profiles of p ones and zeros, in turn
    assert best_guarantee(n, m) == share


def best_guarantee(n: int, m: int) -> Fraction:
    """Return the largest share of VCG payments that linear rebates can guarantee to return, by a program solved and proved in fractions.

    Payments and rebates are linear in ranked values, so profiles of p ones and zeros are the worst. The m highest of the others must
    not count, or rebates are paid where VCG collects nothing.
    """
    program = Program()
    share = program.column(nonnegative=False)
    coefficients = [program.column(nonnegative=False) for _ in range(m, n - 1)]
    program.reward(share, Fraction(1))
    for p in range(m + 1, n + 1):
        returned = {column: Fraction(p * (j < p - 1) + (n - p) * (j < p), m) for j, column in enumerate(coefficients, m)}
        program.require(returned, "<=", Fraction(1))
        program.require({**returned, share: Fraction(-1)}, ">=", Fraction(0))
    return program.maximum()


@pytest.mark.parametrize(("n", "m", "share"), [(3, 1, "1/3"), (5, 1, "11/15"), (10, 1, "502/511"), (10, 3, "191/233")])
def test_shares_of_guo_and_conitzer(n: int, m: int, share: str) -> None:
    c = worst_case_coefficients(n, m)
    assert (m + 1) * sum(c[:m]) + (n - m - 1) * sum(c[: m + 1]) == m * Fraction(share)


@quick
@given(st.one_of(objects(2), unit_sales()))
def test_rebates_are_linear_in_the_others_ranked_values(environment: Environment) -> None:
    economy, table = Economy(environment), Table(worst_case_redistribution(environment))
    market = unit_demand(environment)
    assert isinstance(market, UnitDemand)
    n, m = len(economy.sizes), market.units
    c = worst_case_coefficients(n, m)
    share = 1 - Fraction(comb(n - 1, m), sum(comb(n - 1, j) for j in range(m, n)))
    for p in economy.profiles:
        values = [max(economy.u(i, p, x) for x in economy.outcomes) for i in economy.agents]
        price = sorted(values, reverse=True)[m]
        best = economy.best(p)
        for i in economy.agents:
            others = sorted(values[:i] + values[i + 1 :], reverse=True)
            served = economy.u(i, p, best) > 0
            assert table.t[i][p] == (price if served else 0) - sum(a * b for a, b in zip(c, others, strict=True))
        assert 0 <= table.budget(p) <= (1 - share) * m * price


def test_units_are_counted_in_a_table() -> None:
    names = {name: uniform(1, 2, 2) for name in "abcd"}
    assert [unit_demand(builders.multi_unit_auction(names, m)).units for m in (1, 2, 3)] == [1, 2, 3]


@pytest.mark.parametrize(("n", "m"), [(3, 0), (3, 3), (1, 1)])
def test_coefficients_need_more_agents_than_units(n: int, m: int) -> None:
    with pytest.raises(InvalidEnvironmentError, match="n_units"):
        worst_case_coefficients(n, m)
