"""The float program of interim probabilities of outcomes and payoffs, whose incentive rows come as they are violated."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from mechopt.program.outcomes import OutcomeOracle, OutcomePrices, OutcomeProgram
from mechopt.solvers.growing import Optimum
from mechopt.solvers.master import InFloats, Point, add_average_participation, price_of_money

__all__ = ["OutcomeMaster"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
_VIOLATED = 1e-9
# Agents with so many types begin with incentives between neighbours only.
_MANY_TYPES = 16


class OutcomeMaster(InFloats):
    r"""Interim probabilities of outcomes and payoffs under incentives, participation and budget; see `OutcomeProgram`.

    Parameters
    ----------
    program : OutcomeProgram
    """

    program: OutcomeProgram

    def __init__(self, program: OutcomeProgram) -> None:
        self.oracle = OutcomeOracle(program)
        self.n_types, self.n_outcomes = self.oracle.utility.shape
        super().__init__(program, float(np.abs(self.oracle.utility).max()))
        self.utility = self.oracle.utility / self.unit
        self.size: int = self.oracle.utility.size
        self.surplus = self.oracle.surplus.reshape(-1) / self.unit
        self.gains = float(program.counts_surplus) * self.surplus
        self.solver = self.growing(self.gains, self.weights)
        self.true = self.reported = self._rows = np.zeros(0, dtype=np.int64)
        self._budget()
        if program.design.participation == "ex-ante-ir":
            add_average_participation(self.solver, program.parts, self.oracle.prior, self.outside)
        if program.incentives:
            self._compare(*_first_pairs(program))
        self.n_rows = self.solver.n_rows

    @property
    def width(self) -> int:
        """Number of columns before those of rules."""
        return self.size + len(self.outside)

    def _compare(self, true: Integers, reported: Integers) -> None:
        """Add rows: the payoff of the true type is no less than what she gets by the reported one's."""
        m, outcomes = len(true), np.arange(self.n_outcomes)
        numbers = np.arange(m)
        above = self.utility[reported] - self.utility[true]
        data = np.concatenate([above.reshape(-1), np.ones(m), -np.ones(m)])
        rows = np.concatenate([np.repeat(numbers, self.n_outcomes), numbers, numbers])
        lottery = (reported[:, None] * self.n_outcomes + outcomes).reshape(-1)
        columns = np.concatenate([lottery, self.size + true, self.size + reported])
        self._rows = np.concatenate([self._rows, self.solver.n_rows + numbers])
        self.true, self.reported = np.concatenate([self.true, true]), np.concatenate([self.reported, reported])
        matrix = sparse.csr_array((data, (rows, columns)), shape=(m, self.solver.n_columns))
        self.solver.add_rows(matrix, np.zeros(m), np.full(m, np.inf))

    def _budget(self) -> None:
        if self.program.budget != "none":
            row = np.concatenate([self.surplus, -self.oracle.prior])
            upper = 0.0 if self.program.budget == "=" else np.inf
            self.solver.add_rows(sparse.csr_array(row.reshape(1, -1)), np.zeros(1), np.array([upper]))

    def tightened(self, optimum: Optimum) -> bool:
        """Add for every type the lie that pays most at an optimum, if it pays, and return whether any does."""
        if not self.program.incentives:
            return False
        chances = optimum.x[: self.size].reshape(self.n_types, self.n_outcomes)
        payoffs = optimum.x[self.size : self.width]
        true, reported = [], []
        for part in self.program.parts:
            worth = self.utility[part] @ chances[part].T
            gain = worth - np.diagonal(worth) + payoffs[part][None, :] - payoffs[part][:, None]
            lies = gain.argmax(axis=1)
            found = np.flatnonzero(gain[np.arange(len(lies)), lies] > _VIOLATED)
            true.append(part.start + found)
            reported.append(part.start + lies[found])
        pairs = (np.concatenate(true), np.concatenate(reported))
        new = ~np.isin(pairs[0] * self.n_types + pairs[1], self.true * self.n_types + self.reported)
        if np.any(new):
            self._compare(pairs[0][new], pairs[1][new])
        return bool(np.any(new))

    def cheapest(self) -> OutcomePrices:
        """Return prices that let money cancel: nobody is tempted, and the budget weighs what a payoff does."""
        return OutcomePrices(self.true, self.reported, np.zeros(len(self.true)), float(self.program.least_budget_price))

    def prices(self, optimum: Optimum) -> OutcomePrices:
        """Return the prices of an optimum, wrong signs cut off."""
        incentive = np.maximum(-optimum.prices[self._rows], 0.0)
        return OutcomePrices(self.true, self.reported, incentive, price_of_money(self.program.budget, optimum, 0))

    def point(self, optimum: Optimum) -> Point:
        """Return interim probabilities and payoffs of an optimum."""
        return Point(optimum.x[: self.size], optimum.x[self.size : self.width], self.money(optimum.value))

    def bound(self, prices: OutcomePrices, probabilities: Floats) -> float:
        """Return the value of the Lagrangian, in money: a bound if `probabilities` maximise virtual welfare."""
        weighted = self.oracle.virtual_welfare(prices).reshape(-1)
        paid = prices.budget * self.oracle.prior - self.weights
        np.subtract.at(paid, prices.true, prices.incentive)
        np.add.at(paid, prices.reported, prices.incentive)
        return float(weighted @ probabilities) - self.staying_out(paid) + float(self.program.constant)


def _first_pairs(program: OutcomeProgram) -> tuple[Integers, Integers]:
    """Return the pairs of types to begin with: all of few types, neighbours of many."""
    true, reported = [], []
    for part in program.parts:
        own = np.arange(part.start, part.stop)
        away = np.abs(own[:, None] - own[None, :])
        first, second = np.nonzero((away > 0) & ((away == 1) | (len(own) <= _MANY_TYPES)))
        true.append(own[first])
        reported.append(own[second])
    return np.concatenate(true), np.concatenate(reported)
