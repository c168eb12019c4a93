"""Dissolving partnerships: Cramton, Gibbons and Klemperer's mechanism, and the high-bid-shared auction."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, assume, given, settings
from scipy.optimize import linprog

from mechopt.environment import builders
from mechopt.environment.environment import Environment
from mechopt.environment.grids import Grid, grid, uniform
from mechopt.mechanism.classical.high_bid_shared import equilibrium_bids, high_bid_shared, high_bid_shared_game
from mechopt.mechanism.classical.partnership import partnership, partnership_applies
from mechopt.mechanism.classical.revelation import check_equilibrium
from tests.mechanism.classical.drawing import partnerships, symmetric_partnerships
from tests.mechanism.classical.enumeration import Economy, Table

pytestmark = pytest.mark.filterwarnings("ignore::mechopt.errors.MechoptWarning")
quick = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


def largest_surplus(economy: Economy) -> float:
    """Return the largest expected voluntary payments with which truth pays, by linear programming over all pairs of types."""
    total = 0.0
    for i in economy.agents:
        agent = economy.environment.agents[i]
        q = [economy.given(i, a, lambda p, i=i: Fraction(economy.best(p) == i)) for a in range(economy.sizes[i])]
        rows, bounds = [], []
        for a, v in enumerate(agent.values):
            rows.append([float(k == a) for k in range(len(q))])
            bounds.append(float(v * q[a] - economy.outside(i, tuple(a for _ in economy.agents))))
            for b in range(len(q)):
                if a != b:
                    rows.append([float(k == a) - float(k == b) for k in range(len(q))])
                    bounds.append(float(v * (q[a] - q[b])))
        found = linprog([-float(chance) for chance in agent.prior], rows, bounds, bounds=(None, None), method="highs")
        assert found.status == 0
        total -= found.fun
    return total


@quick
@given(partnerships())
def test_a_partnership_is_dissolved_exactly_when_a_linear_program_finds_the_money(environment: Environment) -> None:
    economy = Economy(environment)
    best = largest_surplus(economy)
    assume(abs(best) > 1e-9 or best == 0)
    reason = partnership_applies(environment)
    assert (reason is None) == (best >= 0)
    if reason is not None:
        assert abs(float(Fraction(reason.split("is ")[1].split(";")[0])) - best) < 1e-8
        return
    table = Table(partnership(environment))
    assert [table.margin(name) >= 0 for name in ("efficient", "bic", "interim-ir", "balanced")] == [True] * 4
    rents = [min(economy.given(i, a, lambda p, i=i: table.gains(i, p)) for a in range(economy.sizes[i])) for i in economy.agents]
    assert all(abs(float(rent) - best / len(rents)) < 1e-8 for rent in rents)  # the surplus is shared equally by the worst off


@pytest.mark.parametrize("k", range(1, 10))
def test_one_owner_can_sell_on_at_most_five_points_a_side(k: int) -> None:
    reason = partnership_applies(builders.bilateral_trade(uniform(0, 1, k), uniform(0, 1, k)))
    surplus = Fraction((k - 1) * (5 - k), 6 * k**2)
    assert (reason is None) == (k <= 5)
    assert reason is None or f"surplus is {surplus};" in reason


@pytest.mark.parametrize(("n", "k"), [(2, 1), (2, 6), (2, 17), (3, 2), (3, 7), (4, 3), (5, 2)])
def test_equal_partners_dissolve(n: int, k: int) -> None:
    assert partnership_applies(builders.partnership([Fraction(1, n)] * n, uniform(0, 1, k))) is None


def test_two_partners_dissolve_between_the_shares_of_the_continuum() -> None:
    fine = uniform(0, 1, 200)
    found = {r: partnership_applies(builders.partnership([Fraction(r, 100), Fraction(100 - r, 100)], fine)) is None for r in (15, 25, 75, 85)}
    assert found == {15: False, 25: True, 75: True, 85: False}  # 0.2113 and 0.7887


def test_interim_payments_of_two_equal_partners_tend_to_the_continuums() -> None:
    k = 40
    mechanism = partnership(builders.partnership(["1/2", "1/2"], uniform(0, 1, k)))
    for i in range(2):
        for j, payment in enumerate(mechanism.interim_payments(i).fractions()):
            assert abs(payment - (Fraction(2 * j + 1, 2 * k) ** 2 / 2 - Fraction(1, 6))) <= Fraction(1, k)


def bid(values: list[Fraction], prior: list[Fraction], n: int, k: int) -> Fraction:
    """Return the bid by integrating the step distribution function piece by piece."""

    def below(x: Fraction, half: bool) -> Fraction:
        strict = sum((f for v, f in zip(values, prior, strict=True) if v < x), Fraction(0))
        equal = sum((f for v, f in zip(values, prior, strict=True) if v == x), Fraction(0))
        return strict + (equal / 2 if half else equal)

    area = sum(((high - low) * below(low, half=False) ** n for low, high in pairwise(values[: k + 1])), Fraction(0))
    return values[k] - area / below(values[k], half=True) ** n


@quick
@given(symmetric_partnerships())
def test_the_high_bid_wins_and_is_shared_equally(environment: Environment) -> None:
    economy, table = Economy(environment), Table(high_bid_shared(environment))
    n = len(economy.sizes)
    own = sorted(zip(environment.agents[0].values, environment.agents[0].prior, strict=True))
    values, prior = [v for v, _ in own], [f for _, f in own]
    bids = {v: bid(values, prior, n, k) for k, v in enumerate(values)}
    assert sorted(set(bids.values())) == [bids[v] for v in values]
    for p in economy.profiles:
        named = [agent.values[k] for agent, k in zip(environment.agents, p, strict=True)]
        winner = named.index(max(named))
        for i in economy.agents:
            assert table.phi[p][i] == int(i == winner)
            assert table.t[i][p] == bids[max(named)] * (Fraction(int(i == winner)) - Fraction(1, n))


@pytest.mark.parametrize(
    ("n", "distribution", "points"),
    [
        (2, lambda k: grid("beta", k, a=2, b=2), (8, 16, 32)),
        (2, lambda k: grid("beta", k, a=1, b=2), (8, 16, 32)),
        (2, lambda k: grid("truncexpon", k, b=2), (8, 16, 32)),
        (3, lambda k: grid("beta", k, a=1, b=2), (4, 8, 12)),
        (3, lambda k: grid("beta", k, a=2, b=2), (8, 10, 12)),
    ],
)
def test_what_a_lie_gains_in_the_high_bid_shared_auction_falls_with_the_grid(
    n: int, distribution: Callable[[int], Grid], points: tuple[int, ...]
) -> None:
    gains = []
    for k in points:
        own = distribution(k)
        interim = _interim_of_the_auction(list(own.values), list(own.prior), n)
        gains.append(max(v * (q[b] - q[a]) - t[b] + t[a] for q, t in interim for a, v in enumerate(own.values) for b in range(k) if a != b))
        game = high_bid_shared_game(builders.partnership([Fraction(1, n)] * n, own))
        assert check_equilibrium(*game).margin == -gains[-1]
    assert gains == sorted(gains, reverse=True)
    assert gains[-1] > 0


def _interim_of_the_auction(values: list[Fraction], prior: list[Fraction], n: int) -> list[tuple[list[Fraction], list[Fraction]]]:
    """Return per agent the chance to win and the expected payment by report, from the distribution of the others' highest value."""
    bids = [bid(values, prior, n, k) for k in range(len(values))]
    cumulated = [sum(prior[: k + 1], Fraction(0)) for k in range(len(values))]
    below = [Fraction(0), *cumulated]
    found = []
    for i in range(n):
        q = [below[k] ** i * cumulated[k] ** (n - 1 - i) for k in range(len(values))]  # strictly above those before, not below those after
        t = []
        for k in range(len(values)):
            other = Fraction(0)  # the expected bid of a winner who is another
            for h in range(k, len(values)):
                before = cumulated[h] ** i * cumulated[h] ** (n - 1 - i)
                smaller = below[h] ** i * below[h] ** (n - 1 - i)
                chance = before - (q[k] if h == k else smaller)
                other += chance * bids[h]
            t.append(q[k] * bids[k] * Fraction(n - 1, n) - other / n)
        found.append((q, t))
    return found


def test_on_a_uniform_grid_the_high_bid_shared_auction_is_exactly_incentive_compatible() -> None:
    for n, k in ((2, 8), (3, 4)):
        assert Table(high_bid_shared(builders.partnership([Fraction(1, n)] * n, uniform(0, 1, k)))).margin("bic") >= 0


@pytest.mark.parametrize("n", [2, 3, 5])
def test_bids_tend_to_those_of_the_uniform_continuum(n: int) -> None:
    fine = uniform(0, 1, 400)
    for value, offered in zip(fine.values, equilibrium_bids(fine.values, fine.prior, n), strict=True):
        assert abs(offered - Fraction(n, n + 1) * value) < Fraction(1, 400)
