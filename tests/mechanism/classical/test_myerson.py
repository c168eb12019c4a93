"""Myerson's auction: revenue against the concave revenue curve and against a linear program."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from scipy.optimize import linprog

from mechopt.environment import builders
from mechopt.environment.environment import Environment
from mechopt.environment.grids import Grid, two_types, uniform
from mechopt.mechanism.classical.myerson import ironed_virtual_values, myerson, virtual_values
from tests.mechanism.classical.drawing import auctions
from tests.mechanism.classical.enumeration import Economy, Table

quick = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
LEAST = Fraction(-(10**6))


def concave_slopes(values: tuple[Fraction, ...], prior: tuple[Fraction, ...]) -> dict[Fraction, Fraction]:
    """Return, per value, the slope of the least concave function above revenue at its probability of sale."""
    support = sorted({v for v, f in zip(values, prior, strict=True) if f > 0}, reverse=True)
    corners, sold = [(Fraction(0), Fraction(0))], Fraction(0)
    for v in support:
        sold += sum(f for w, f in zip(values, prior, strict=True) if w == v)
        corners.append((sold, v * sold))
    slopes = {}
    for k, v in enumerate(support):
        through = [(corners[b][1] - corners[a][1]) / (corners[b][0] - corners[a][0]) for a in range(k + 1) for b in range(k + 1, len(corners))]
        by_left = [through[a * (len(corners) - k - 1) : (a + 1) * (len(corners) - k - 1)] for a in range(k + 1)]
        slopes[v] = min(max(row) for row in by_left)
    for v in set(values) - set(support):  # a value that does not occur is treated as the next lower one that does
        slopes[v] = max(((w, slopes[w]) for w in support if w < v), default=(v, LEAST))[1]
    return slopes


@quick
@given(auctions())
def test_revenue_is_the_expected_greatest_ironed_virtual_value(environment: Environment) -> None:
    economy, table = Economy(environment), Table(myerson(environment))
    slopes = [concave_slopes(agent.values, agent.prior) for agent in environment.agents]

    def merit(p: tuple[int, ...], x: int) -> Fraction:
        return (slopes[x][environment.agents[x].values[p[x]]] if x < len(slopes) else Fraction(0)) - economy.cost[x]

    assert economy.expect(table.budget) == economy.expect(lambda p: max(merit(p, x) for x in economy.outcomes))
    for p in economy.profiles:
        winner = max(economy.outcomes, key=lambda x: merit(p, x))
        assert table.phi[p] == [int(x == winner) for x in economy.outcomes]
        for i in economy.agents:
            if i != winner:
                assert table.t[i][p] == 0
                continue
            reports = [(*p[:i], a, *p[i + 1 :]) for a in range(economy.sizes[i])]
            winning = [q for q in reports if max(economy.outcomes, key=lambda x, q=q: merit(q, x)) == i]
            assert table.t[i][p] == min(environment.agents[i].values[q[i]] for q in winning)


def most_revenue(economy: Economy) -> float:
    """Return the greatest revenue of any Bayesian incentive compatible, interim individually rational mechanism."""
    outcomes, profiles = len(economy.outcomes), economy.profiles
    starts = np.cumsum([len(profiles) * outcomes, *economy.sizes])
    cost = np.zeros(starts[-1])
    rows, bounds = [], []
    for k, p in enumerate(profiles):
        cost[k * outcomes : (k + 1) * outcomes] = [float(economy.f[p] * c) for c in economy.cost]
    for i in economy.agents:
        agent = economy.environment.agents[i]
        cost[starts[i] : starts[i + 1]] = [-float(f) for f in agent.prior]
        for a in range(economy.sizes[i]):
            for b in [None, *range(economy.sizes[i])]:
                if b == a:
                    continue
                row = np.zeros(starts[-1])
                for k, p in enumerate(profiles):
                    weight = float(economy.given(i, p[i], lambda q, p=p: Fraction(q == p)) * agent.values[a])
                    row[k * outcomes + i] += weight * ((b is not None and p[i] == b) - (p[i] == a))
                row[starts[i] + a] += 1
                if b is not None:
                    row[starts[i] + b] -= 1
                rows.append(row)
                bounds.append(0.0)
    lotteries = np.zeros((len(profiles), starts[-1]))
    for k in range(len(profiles)):
        lotteries[k, k * outcomes : (k + 1) * outcomes] = 1
    limits = [(0, 1)] * int(starts[0]) + [(None, None)] * int(starts[-1] - starts[0])
    found = linprog(cost, rows, bounds, lotteries, np.ones(len(profiles)), bounds=limits, method="highs")
    assert found.status == 0
    return -found.fun


@quick
@given(auctions())
def test_no_bayesian_mechanism_earns_more(environment: Environment) -> None:
    assert abs(float(myerson(environment).revenue()) - most_revenue(Economy(environment))) < 1e-7


@pytest.mark.parametrize(("n", "k", "limit"), [(1, 100, "1/4"), (2, 40, "5/12"), (3, 16, "17/32")])
def test_revenue_with_uniform_values_tends_to_the_continuums(n: int, k: int, limit: str) -> None:
    revenue = myerson(builders.single_item_auction([uniform(0, 1, k)] * n)).revenue()
    assert abs(revenue - Fraction(limit)) < Fraction(1, k)


@pytest.mark.parametrize("k", range(1, 9))
def test_one_buyer_is_posted_the_best_price(k: int) -> None:
    prices = [Fraction(2 * j + 1, 2 * k) * Fraction(k - j, k) for j in range(k)]
    assert myerson(builders.single_item_auction([uniform(0, 1, k)])).revenue() == max(prices)


def test_pools_are_treated_alike() -> None:
    own = Grid(tuple(map(Fraction, (2, 3, 6))), (Fraction(1, 2), Fraction(1, 8), Fraction(3, 8)))
    assert virtual_values(own.values, own.prior) == [1, -6, 6]
    assert ironed_virtual_values(own.values, own.prior) == [Fraction(-2, 5), Fraction(-2, 5), 6]
    table = Table(myerson(builders.single_item_auction([own])))
    assert [table.phi[(a,)][0] for a in range(3)] == [0, 0, 1]


def test_a_type_that_never_occurs_changes_nothing() -> None:
    with_ghosts = Grid(tuple(map(Fraction, (0, 1, 2, 3, 4))), tuple(map(Fraction, ("0", "1/2", "0", "1/2", "0"))))
    assert (
        myerson(builders.single_item_auction([with_ghosts] * 2)).revenue() == myerson(builders.single_item_auction([two_types(1, 3)] * 2)).revenue()
    )
    assert Table(myerson(builders.single_item_auction([with_ghosts] * 2))).margin("bic") >= 0
