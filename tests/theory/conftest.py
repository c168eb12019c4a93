"""Brute force: whole mechanisms as dense linear programs, every incentive and participation constraint written out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linprog

Vector = NDArray[np.float64]
TradeProgram = Callable[..., float]


class Rows:
    """Inequalities a x <= 0 collected one coefficient at a time."""

    def __init__(self, n_columns: int) -> None:
        self.n_columns = n_columns
        self.rows: list[Vector] = []

    def add(self, *terms: tuple[int, float]) -> None:
        row = np.zeros(self.n_columns)
        for column, coefficient in terms:
            row[column] += coefficient
        self.rows.append(row)

    def maximum(self, objective: Vector, bounds: list[tuple[float | None, float | None]]) -> float:
        result = linprog(-objective, A_ub=np.array(self.rows), b_ub=np.zeros(len(self.rows)), bounds=bounds)
        assert result.status == 0, result.message
        return float(-result.fun)


def _bayesian_trade(values: Vector, costs: Vector, f: Vector, g: Vector, *, efficient: bool) -> float:
    """Return S* if trade must be efficient, else the second best. Columns: trade(v, c), buyer's and seller's money."""
    m, n = len(values), len(costs)
    rows = Rows(m * n + m + n)

    def buyer(true: int, report: int) -> list[tuple[int, float]]:
        return [(report * n + s, values[true] * g[s]) for s in range(n)] + [(m * n + report, -1.0)]

    def seller(true: int, report: int) -> list[tuple[int, float]]:
        return [(b * n + report, -costs[true] * f[b]) for b in range(m)] + [(m * n + m + report, 1.0)]

    for payoff, n_types in ((buyer, m), (seller, n)):
        for true in range(n_types):
            truth = [(column, -x) for column, x in payoff(true, true)]
            rows.add(*truth)
            for report in range(n_types):
                rows.add(*truth, *payoff(true, report))
    gap = np.subtract.outer(values, costs)
    surplus = np.concatenate([np.zeros(m * n), f, -g])
    if efficient:
        limits = [(float(x > 0), float(x >= 0)) for x in gap.ravel()]
        return rows.maximum(surplus, [*limits, *[(None, None)] * (m + n)])
    rows.rows.append(-surplus)
    gains = np.concatenate([(np.outer(f, g) * gap).ravel(), np.zeros(m + n)])
    return rows.maximum(gains, [*[(0.0, 1.0)] * (m * n), *[(None, None)] * (m + n)])


def _dominant_trade(values: Vector, costs: Vector, f: Vector, g: Vector) -> float:
    """Return the greatest gains with dominant strategies, ex post participation and money from buyer to seller only."""
    m, n = len(values), len(costs)
    rows = Rows(2 * m * n)

    def buyer(true: int, b: int, s: int) -> list[tuple[int, float]]:
        return [(b * n + s, values[true]), (m * n + b * n + s, -1.0)]

    def seller(true: int, b: int, s: int) -> list[tuple[int, float]]:
        return [(b * n + s, -costs[true]), (m * n + b * n + s, 1.0)]

    for b in range(m):
        for s in range(n):
            buys, sells = ([(c, -x) for c, x in payoff] for payoff in (buyer(b, b, s), seller(s, b, s)))
            buys, sells = list(buys), list(sells)
            rows.add(*buys)
            rows.add(*sells)
            for report in range(m):
                rows.add(*buys, *buyer(b, report, s))
            for report in range(n):
                rows.add(*sells, *seller(s, b, report))
    gains = np.concatenate([(np.outer(f, g) * np.subtract.outer(values, costs)).ravel(), np.zeros(m * n)])
    return rows.maximum(gains, [*[(0.0, 1.0)] * (m * n), *[(None, None)] * (m * n)])


def _auction(values: Vector, f: Vector) -> float:
    """Return the greatest revenue from two equal bidders. Columns: wins(bidder, types), money(bidder, type)."""
    m = len(values)
    pairs = m * m
    rows = Rows(2 * pairs + 2 * m + 1)

    def payoff(bidder: int, true: int, report: int) -> list[tuple[int, float]]:
        cells = [(report, other) if bidder == 0 else (other, report) for other in range(m)]
        wins = [(bidder * pairs + a * m + b, values[true] * f[k]) for k, (a, b) in enumerate(cells)]
        return [*wins, (2 * pairs + bidder * m + report, -1.0)]

    for bidder in range(2):
        for true in range(m):
            truth = [(column, -x) for column, x in payoff(bidder, true, true)]
            rows.add(*truth)
            for report in range(m):
                rows.add(*truth, *payoff(bidder, true, report))
    one = 2 * pairs + 2 * m
    for cell in range(pairs):
        rows.add((cell, 1.0), (pairs + cell, 1.0), (one, -1.0))
    revenue = np.concatenate([np.zeros(2 * pairs), f, f, [0.0]])
    return rows.maximum(revenue, [*[(0.0, 1.0)] * (2 * pairs), *[(None, None)] * (2 * m), (1.0, 1.0)])


@pytest.fixture(scope="session")
def bayesian_trade() -> TradeProgram:
    return _bayesian_trade


@pytest.fixture(scope="session")
def dominant_trade() -> TradeProgram:
    return _dominant_trade


@pytest.fixture(scope="session")
def best_auction_of_two() -> TradeProgram:
    return _auction
