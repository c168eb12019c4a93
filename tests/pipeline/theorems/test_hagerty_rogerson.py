"""Dominant-strategy trade and posted prices: where the theorem holds on a grid, and where a lottery does better."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings

import mechopt as mo
from mechopt.environment.environment import Environment
from mechopt.errors import InvalidEnvironmentError
from mechopt.pipeline.theorems.hagerty_rogerson import hagerty_rogerson
from tests.mechanism.classical.drawing import trades
from tests.mechanism.classical.enumeration import Economy, Table

pytestmark = pytest.mark.filterwarnings("ignore::mechopt.errors.MechoptWarning")


def best_price_gains(environment: Environment) -> Fraction:
    """Try every value of either side as a price."""
    economy = Economy(environment)
    seller = next(i for i in economy.agents if any(economy.outsides[i]))
    values = [agent.values for agent in environment.agents]

    def gains(price: Fraction) -> Fraction:
        def at(p: tuple[int, ...]) -> Fraction:
            own, other = values[seller][p[seller]], values[1 - seller][p[1 - seller]]
            return other - own if own <= price <= other else Fraction(0)

        return economy.expect(at)

    return max(gains(price) for side in values for price in side)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(trades())
def test_no_price_gains_more_and_no_deterministic_mechanism_either(environment: Environment) -> None:
    found = hagerty_rogerson(environment)
    assert found.posted_gains == best_price_gains(environment)
    assert found.difference >= 0
    table = Table(found.best.mechanism)
    assert [table.margin(name) >= 0 for name in ("dsic", "ex-post-ir", "balanced")] == [True] * 3
    best = mo.solve(environment, objective="gains", incentive="dsic", participation="ex-post-ir", allocation="deterministic")
    assert best.value.exact == found.posted_gains


@pytest.mark.parametrize("k", [3, 6])
def test_uniform_grids_need_no_lottery(k: int) -> None:
    found = hagerty_rogerson(mo.bilateral_trade(mo.uniform(0, 1, k), mo.uniform(0, 1, k)))
    assert found.holds
    assert found.best_gains == Fraction((k - 1) * ((k + 1) ** 2 // 4), 2 * k**3)  # counting pairs on both sides of the best price


def test_gaps_between_types_let_a_lottery_gain_more() -> None:
    """169/50 against 329/100: the full program solved exactly in tests/derivations/posted_prices.py."""
    found = hagerty_rogerson(mo.load("hagerty-rogerson-1987/lottery"))
    assert not found.holds
    assert (found.best_gains, found.posted_gains, found.difference) == (Fraction(169, 50), Fraction(329, 100), Fraction(9, 100))


@pytest.mark.parametrize("n", [1, 2, 3])
def test_an_auction_is_no_trade(n: int) -> None:
    with pytest.raises(InvalidEnvironmentError, match="the theorem 'hagerty-rogerson' does not apply"):
        hagerty_rogerson(mo.single_item_auction([mo.uniform(0, 1, 2)] * n))


def test_an_object_that_is_best_thrown_away_is_no_trade() -> None:
    with pytest.raises(InvalidEnvironmentError, match="contains -2; it needs values that are not negative"):
        hagerty_rogerson(mo.bilateral_trade(mo.two_types(-2, 1), mo.two_types(0, 1)))
