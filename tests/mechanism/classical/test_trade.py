"""Bilateral trade: the posted price and the double auction."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings

from mechopt.environment import builders
from mechopt.environment.environment import Environment
from mechopt.environment.grids import two_types, uniform
from mechopt.errors import InvalidEnvironmentError
from mechopt.mechanism.classical.double_auction import double_auction, double_auction_game
from mechopt.mechanism.classical.posted_price import best_price, posted_price
from mechopt.mechanism.classical.revelation import check_equilibrium
from tests.mechanism.classical.drawing import trades, uniform_trades
from tests.mechanism.classical.enumeration import Economy, Profile, Table

quick = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


def midpoints(k: int) -> list[Fraction]:
    return [Fraction(2 * j + 1, 2 * k) for j in range(k)]


def seller_of(environment: Environment) -> int:
    return [agent.name for agent in environment.agents].index("seller")


@quick
@given(trades())
def test_a_posted_price_trades_where_both_accept_and_no_price_gains_more(environment: Environment) -> None:
    economy, table = Economy(environment), Table(posted_price(environment))
    seller = seller_of(environment)
    buyer = 1 - seller

    def worth(p: Profile) -> tuple[Fraction, Fraction]:
        return environment.agents[seller].values[p[seller]], environment.agents[buyer].values[p[buyer]]

    def gains(price: Fraction) -> Fraction:
        return economy.expect(lambda p: worth(p)[1] - worth(p)[0] if worth(p)[0] <= price <= worth(p)[1] else Fraction(0))

    price = best_price(environment)
    named = sorted({value for agent in environment.agents for value in agent.values})
    tried = [*named, *((low + high) / 2 for low in named for high in named), named[0] - 1, named[-1] + 1]
    assert gains(price) == max(map(gains, tried))
    for p in economy.profiles:
        cost, value = worth(p)
        trade = cost <= price <= value
        assert table.phi[p] == [int(i == (buyer if trade else seller)) for i in range(3)]
        assert (table.t[buyer][p], table.t[seller][p]) == ((price, -price) if trade else (0, 0))


@pytest.mark.parametrize("k", range(1, 9))
def test_the_best_posted_price_on_a_grid_gains_what_the_closed_form_says(k: int) -> None:
    trade = builders.bilateral_trade(uniform(0, 1, k), uniform(0, 1, k))
    assert posted_price(trade).gains() == Fraction((k - 1) * ((k + 1) ** 2 // 4), 2 * k**3)


def test_a_given_price_is_posted_exactly() -> None:
    trade = builders.bilateral_trade(two_types(0, 2), two_types(1, 3))
    table = Table(posted_price(trade, "1/2"))
    assert table.t[1] == {(0, 0): Fraction(1, 2), (0, 1): Fraction(1, 2), (1, 0): 0, (1, 1): 0}


@quick
@given(uniform_trades())
def test_the_double_auction_trades_at_the_mean_of_linear_offers(environment: Environment) -> None:
    economy, table = Economy(environment), Table(double_auction(environment))
    seller = seller_of(environment)
    buyer = 1 - seller
    values = environment.agents[seller].values
    half = (values[1] - values[0]) / 2
    low, width = values[0] - half, values[-1] - values[0] + 2 * half
    for p in economy.profiles:
        c, v = ((environment.agents[i].values[p[i]] - low) / width for i in (seller, buyer))
        trade = v - c >= Fraction(1, 4)
        price = low + width * ((v + c) / 3 + Fraction(1, 6))
        assert table.phi[p][buyer] == int(trade)
        assert table.t[buyer][p] == (price if trade else 0) == -table.t[seller][p]


def gain_from_lying(sellers: int, buyers: int, k: Fraction) -> Fraction:
    """Return the best gain from mimicking another type, over all types of both sides on [0, 1]."""
    cost, value = midpoints(sellers), midpoints(buyers)

    def asked(c: Fraction) -> Fraction:
        return c / (2 - k) + (1 - k) / 2

    def offered(v: Fraction) -> Fraction:
        return v / (1 + k) + k * (1 - k) / (2 * (1 + k))

    def price(c: Fraction, v: Fraction) -> Fraction | None:
        return k * offered(v) + (1 - k) * asked(c) if offered(v) >= asked(c) else None

    def sells(true: Fraction, named: Fraction) -> Fraction:
        return sum((p - true for v in value if (p := price(named, v)) is not None), Fraction(0)) / buyers

    def buys(true: Fraction, named: Fraction) -> Fraction:
        return sum((true - p for c in cost if (p := price(c, named)) is not None), Fraction(0)) / sellers

    lies = [sells(a, b) - sells(a, a) for a, b in product(cost, cost) if a != b]
    return max(lies + [buys(a, b) - buys(a, a) for a, b in product(value, value) if a != b])


@pytest.mark.parametrize("weight", ["1/2", "1/4", "1", "0"])
@pytest.mark.parametrize(("sellers", "buyers"), [(2, 2), (5, 5), (8, 8), (2, 3), (5, 7), (8, 12)])
def test_the_gain_from_lying_in_the_double_auction_is_found_exactly(sellers: int, buyers: int, weight: str) -> None:
    game = double_auction_game(builders.bilateral_trade(uniform(0, 1, sellers), uniform(0, 1, buyers)), weight)
    assert check_equilibrium(*game).margin == -gain_from_lying(sellers, buyers, Fraction(weight))


def test_with_equal_grids_and_equal_weights_no_type_gains_by_mimicking_another() -> None:
    assert all(gain_from_lying(k, k, Fraction(1, 2)) <= 0 for k in range(2, 11))


def test_with_unequal_grids_the_gain_from_lying_falls() -> None:
    gains = [gain_from_lying(2 * k, 3 * k, Fraction(1, 2)) for k in (1, 2, 4, 6)]
    assert gains == sorted(gains, reverse=True)
    assert gains[0] == Fraction(1, 18)
    assert 0 < gains[-1] < Fraction(1, 50)


def test_gains_tend_to_nine_sixty_fourths() -> None:
    errors = []
    for k in (8, 16, 32, 64):
        mechanism = double_auction(builders.bilateral_trade(uniform(0, 1, k), uniform(0, 1, k)))
        grid = midpoints(k)
        assert mechanism.gains() == sum((v - c for v, c in product(grid, grid) if v - c >= Fraction(1, 4)), Fraction(0)) / k**2
        errors.append(abs(mechanism.gains() - Fraction(9, 64)))
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < Fraction(1, 500)


def test_on_six_points_the_double_auction_falls_short_of_the_second_best() -> None:
    assert double_auction(builders.bilateral_trade(uniform(0, 1, 6), uniform(0, 1, 6))).gains() == Fraction(5, 36) < Fraction(25, 162)


@pytest.mark.parametrize("weight", ["-1/2", 2])
def test_the_weight_lies_between_zero_and_one(weight: object) -> None:
    with pytest.raises(InvalidEnvironmentError, match="weight is"):
        double_auction(builders.bilateral_trade(uniform(0, 1, 3), uniform(0, 1, 3)), weight)
