"""Cramton, Gibbons and Klemperer (1987): general distributions, the uniform one, and the high-bid-shared auction."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import beta, expon, uniform

from mechopt.errors import InvalidEnvironmentError
from mechopt.theory import ir_vcg, partnership_uniform
from mechopt.theory.partnership import (
    budget_surplus,
    dissolution_possible,
    dissolvable_extent,
    dissolvable_interval,
    interim_payment,
    worst_off_type,
)
from mechopt.theory.shared_auction import equilibrium_bid, uniform_equilibrium_bid

UNIT = uniform(0, 1)
SHARES = [(0.5, 0.5), (1.0, 0.0), (0.2, 0.3, 0.5), (0.0, 0.5, 0.5), (0.1, 0.2, 0.3, 0.4)]
shapes = st.floats(0.6, 5)


def printed_condition(distribution, shares: tuple[float, ...]) -> float:
    """Return the left side of the theorem as printed, with densities."""
    n = len(shares)
    low, high = distribution.support()

    def density(x: float) -> float:
        return (n - 1) * distribution.cdf(x) ** (n - 2) * distribution.pdf(x)

    total = 0.0
    for share in shares:
        worst = float(distribution.ppf(share ** (1 / (n - 1))))
        total += quad(lambda x: (1 - distribution.cdf(x)) * x * density(x), worst, high)[0]
        total -= quad(lambda x: distribution.cdf(x) * x * density(x), low, worst)[0]
    return total


def test_two_uniform_partners_need_shares_between_0_2113_and_0_7887() -> None:
    assert [round(end, 4) for end in dissolvable_interval(UNIT)] == [0.2113, 0.7887]
    assert dissolvable_interval(UNIT) == pytest.approx(partnership_uniform.dissolvable_interval_of_two(), abs=1e-10)


def test_two_equal_partners_leave_a_twelfth_and_a_single_owner_lacks_a_sixth() -> None:
    assert partnership_uniform.surplus_of_two(Fraction(1, 2)) == 2 * (Fraction(1, 6) - Fraction(1, 8)) == Fraction(1, 12)
    assert partnership_uniform.surplus_of_two(1) == partnership_uniform.surplus_of_one_owner(2) == Fraction(-1, 6)


@pytest.mark.parametrize("shares", SHARES, ids=str)
@pytest.mark.parametrize("distribution", [UNIT, beta(2, 5), beta(3, 1, loc=1, scale=2)], ids=["uniform", "beta", "shifted"])
def test_three_routes_to_the_surplus_agree(distribution, shares) -> None:
    surplus = budget_surplus(distribution, shares)
    assert surplus == pytest.approx(printed_condition(distribution, shares), abs=1e-7)
    assert surplus == pytest.approx(ir_vcg.partnership_surplus(distribution, shares), abs=1e-9)


@pytest.mark.parametrize("shares", SHARES, ids=str)
def test_the_uniform_closed_form_agrees_with_the_general_one(shares) -> None:
    assert partnership_uniform.surplus(shares) == pytest.approx(budget_surplus(UNIT, shares), abs=1e-10)
    n = len(shares)
    assert partnership_uniform.dissolution_possible(shares) == (sum(r ** (n / (n - 1)) for r in shares) <= n / (n + 1))


@pytest.mark.parametrize("n_agents", [2, 3, 5, 10])
def test_special_uniform_forms_agree_with_the_sum_over_shares(n_agents: int) -> None:
    equal = partnership_uniform.surplus([1 / n_agents] * n_agents)
    owner = partnership_uniform.surplus([1.0] + [0.0] * (n_agents - 1))
    assert partnership_uniform.surplus_of_equal_partners(n_agents) == pytest.approx(equal, abs=1e-12)
    assert float(partnership_uniform.surplus_of_one_owner(n_agents)) == pytest.approx(owner, abs=1e-12)


@given(shapes, shapes, st.integers(2, 6))
@settings(max_examples=12, deadline=None)
def test_equal_partnerships_can_always_be_dissolved_and_single_owners_never(a: float, b: float, n_agents: int) -> None:
    distribution = beta(a, b)
    assert dissolution_possible(distribution, [1 / n_agents] * n_agents)
    assert not dissolution_possible(distribution, [1.0] + [0.0] * (n_agents - 1))


@given(shapes, shapes, st.integers(0, 64), st.integers(0, 64))
@settings(max_examples=12, deadline=None)
def test_dissolvable_shares_are_convex(a: float, b: float, first: int, second: int) -> None:
    left, right = first / 64, second / 64
    distribution, middle = beta(a, b), (left + right) / 2
    ends = [budget_surplus(distribution, [r, 1 - r]) for r in (left, right)]
    assert budget_surplus(distribution, [middle, 1 - middle]) >= sum(ends) / 2 - 1e-9


@pytest.mark.parametrize("direction", [(1.0, -0.5, -0.5), (-1.0, 0.5, 0.5), (1.0, -1.0, 0.0), (0.7, 0.1, -0.8)], ids=str)
def test_the_boundary_of_three_uniform_partners_solves_the_uniform_condition(direction) -> None:
    step = dissolvable_extent(UNIT, direction)
    shares = [1 / 3 + step * change for change in direction]
    on_the_edge = min(shares) == pytest.approx(0, abs=1e-12)
    assert on_the_edge or sum(r**1.5 for r in shares) == pytest.approx(3 / 4, abs=1e-9)
    assert partnership_uniform.surplus(np.clip(shares, 0, 1).tolist()) >= -1e-9


def test_a_partner_without_a_share_does_not_prevent_dissolution_among_three() -> None:
    # 2 (1/2)^(3/2) = 0.7071 < 3/4
    assert dissolvable_interval(UNIT, 3)[0] == pytest.approx(0, abs=1e-12)
    assert dissolvable_interval(UNIT, 3)[1] < 1


def test_interim_payments_of_two_equal_partners_are_half_the_square_less_a_sixth() -> None:
    for value in (Fraction(0), Fraction(1, 3), Fraction(1)):
        exact = partnership_uniform.interim_payment_of_two_equal_partners(value)
        assert interim_payment(UNIT, [0.5, 0.5], 0, float(value)) == pytest.approx(float(exact), abs=1e-10)


def test_interim_payments_balance_and_leave_every_worst_off_type_the_same_gain() -> None:
    distribution, shares = beta(2, 3), [0.2, 0.3, 0.5]
    nodes, weights = np.polynomial.legendre.leggauss(24)
    values, weights = (nodes + 1) / 2, weights / 2 * distribution.pdf((nodes + 1) / 2)
    paid = [[interim_payment(distribution, shares, i, float(v)) for v in values] for i in range(3)]
    assert np.sum(paid @ weights) == pytest.approx(0, abs=1e-9)
    gains = [-interim_payment(distribution, shares, i, worst_off_type(distribution, r, 3)) for i, r in enumerate(shares)]
    assert gains == pytest.approx([budget_surplus(distribution, shares) / 3] * 3, abs=1e-9)


def test_the_shared_auction_asks_two_uniform_bidders_for_two_thirds_of_the_value() -> None:
    assert uniform_equilibrium_bid(1, 2) == Fraction(2, 3)
    for n, value in ((2, 0.4), (3, 0.9), (5, 0.1)):
        exact = uniform_equilibrium_bid(Fraction(str(value)), n)
        assert equilibrium_bid(UNIT, value, n) == pytest.approx(float(exact), abs=1e-10)


def test_no_bidder_gains_by_bidding_as_another_type_in_the_shared_auction() -> None:
    distribution, n = beta(2, 3), 3
    grid = np.linspace(0, 1, 201)
    bids = np.array([equilibrium_bid(distribution, v, n) for v in grid])
    win = distribution.cdf(grid) ** (n - 1)
    lost = np.concatenate([np.cumsum(((bids[1:] + bids[:-1]) / 2 * np.diff(win))[::-1])[::-1], [0.0]])
    for k in (40, 80, 120):
        payoff = win * (grid[k] - bids * (n - 1) / n) + lost / n
        assert payoff[k] >= payoff.max() - 1e-4


def test_the_shared_auction_has_the_interim_payments_of_the_partnership_mechanism() -> None:
    for v in (0.0, 0.3, 0.8, 1.0):
        paid = v * (2 * v / 3) / 2 - quad(lambda x: x / 3, v, 1)[0]
        assert paid == pytest.approx(float(partnership_uniform.interim_payment_of_two_equal_partners(Fraction(str(v)))))


def test_the_lowest_type_bids_her_value() -> None:
    assert equilibrium_bid(uniform(1, 1), 1.0, 2) == 1.0


def test_the_worst_off_type_wins_with_the_probability_of_her_share() -> None:
    assert worst_off_type(UNIT, Fraction(1, 4), 3) == 0.5
    assert worst_off_type(beta(2, 2), 0.5, 2) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ([1.0], "number of shares is 1"),
        ([0.5, 0.6], "sum to 1.1"),
        ([1.5, -0.5], "a share is 1.5"),
        ([math.nan, 1.0], "a share is nan"),
    ],
)
def test_shares_that_are_not_property_rights_are_refused(shares, message: str) -> None:
    with pytest.raises(InvalidEnvironmentError, match=message):
        budget_surplus(UNIT, shares)


@pytest.mark.parametrize("direction", [(0.0, 0.0), (1.0, 1.0)], ids=str)
def test_directions_that_change_the_sum_or_nothing_are_refused(direction) -> None:
    with pytest.raises(InvalidEnvironmentError, match="must sum to zero and not be zero"):
        dissolvable_extent(UNIT, direction)


def test_a_single_owner_of_unbounded_value_has_no_worst_off_type() -> None:
    with pytest.raises(InvalidEnvironmentError, match="no finite type"):
        worst_off_type(expon(), 1.0, 2)


def test_unbounded_values_are_refused() -> None:
    with pytest.raises(InvalidEnvironmentError, match="truncate"):
        budget_surplus(expon(), [0.5, 0.5])
