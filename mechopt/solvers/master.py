"""The float program of interim probabilities and payoffs, to which Border's inequalities or allocation rules are added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from mechopt.program.interim import InterimProgram, payoffs_count_alike
from mechopt.program.oracles import Oracle, Prices
from mechopt.program.ordered import OrderedProgram
from mechopt.solvers.growing import FAR, GrowingProgram, Optimum
from mechopt.solvers.scaling import unit_of_money

__all__ = ["InFloats", "Master", "Point", "add_average_participation", "price_of_money"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Point:
    """Interim probabilities and payoffs (in scaled money) of all values, and the objective's value, in money."""

    probabilities: Floats
    payoffs: Floats
    value: float

    def towards(self, other: Point, share: float) -> Point:
        """Return the point at a share of the way to another."""
        return Point(
            self.probabilities + share * (other.probabilities - self.probabilities),
            self.payoffs + share * (other.payoffs - self.payoffs),
            self.value + share * (other.value - self.value),
        )


def add_average_participation(solver: GrowingProgram, parts: Sequence[slice], prior: Floats, outside: Floats) -> None:
    """Add a row per agent: her payoffs, the last columns, are worth what staying out is before she knows her type."""
    matrix = np.zeros((len(parts), solver.n_columns))
    payoffs = matrix[:, solver.n_columns - len(prior) :]
    for i, part in enumerate(parts):
        payoffs[i, part] = prior[part]
    solver.add_rows(sparse.csr_array(matrix), payoffs @ outside, np.full(len(parts), np.inf))


def price_of_money(budget: str, optimum: Optimum, row: int) -> float:
    """Return the price of a unit of money at an optimum, given the row of the budget; a wrong sign is cut off."""
    if budget == "none":
        return 0.0
    price = -float(optimum.prices[row])
    return price if budget == "=" else max(price, 0.0)


class InFloats:
    """A program in floats: money is scaled by a power of two so that values are of size one; prices are the same in scaled money.

    Parameters
    ----------
    program : InterimProgram
    largest : float
        Of values or utilities, in money.
    """

    def __init__(self, program: InterimProgram[Any], largest: float) -> None:
        self.program: Any = program
        self.unit = unit_of_money(max([largest, *(abs(float(entry)) for entry in [*program.outside, *program.environment.cost.fractions()])]))
        self.outside = np.array([float(entry) for entry in program.outside]) / self.unit
        self.weights = np.array([float(entry) for entry in program.weights])
        self.prior = np.array([float(entry) for entry in program.prior])

    def money(self, value: float) -> float:
        """Return a value of the scaled program in money, with the program's constant."""
        return value * self.unit + float(self.program.constant)

    def staying_out(self, paid: Floats) -> float:
        """Return what staying out is worth at the prices of participation, in money."""
        participation = self.program.design.participation
        if participation == "none":
            return 0.0
        if participation == "interim-ir":
            return float(paid @ self.outside) * self.unit
        return sum(float(paid[part].sum()) * float(self.prior[part] @ self.outside[part]) for part in self.program.parts) * self.unit

    def growing(self, gains: Floats, weights: Floats) -> GrowingProgram:
        """Return a program of interim probabilities, then payoffs, with what each adds to the objective, and no rows."""
        bounded = self.program.design.participation == "interim-ir"
        lower = np.concatenate([np.zeros(len(gains)), self.outside if bounded else np.full(len(weights), -FAR)])
        upper = np.concatenate([np.ones(len(gains)), np.full(len(weights), FAR)])
        return GrowingProgram(np.concatenate([gains, weights]), lower, upper)


class Scaled(InFloats):
    """An ordered program in floats, with what every master program over it needs.

    Parameters
    ----------
    program : OrderedProgram
    """

    program: OrderedProgram

    def __init__(self, program: OrderedProgram) -> None:
        super().__init__(program, max((abs(float(value)) for value in program.values), default=0.0))
        self.oracle = Oracle(program)
        self.size = program.starts[-1]
        self.steps = self.oracle.steps / self.unit
        self.copies = program.copies.astype(np.float64)
        self.gains = float(program.counts_surplus) * self.oracle.surplus / self.unit

    def cheapest(self) -> Prices | None:
        """Return prices that let money cancel: nobody is tempted, and the budget weighs what a payoff does; None if there are none."""
        program = self.program
        alike = payoffs_count_alike(program.design, program.question)
        if program.design.participation == "ex-ante-ir" and not alike:
            # What one type's payoff weighs more than another's has to go along incentives.
            return None
        zero = np.zeros(len(program.pairs))
        likely = self.oracle.prior > 0
        worth = float(np.max(self.weights[likely] / self.oracle.prior[likely]))
        worth = max(worth, 0.0) if program.budget == ">=" else worth
        return Prices(zero, zero, worth if program.budget != "none" else 0.0)

    def value(self, probabilities: Floats, payoffs: Floats) -> float:
        """Return the objective's value, in money, of interim probabilities and scaled payoffs."""
        return self.money(float((self.copies * self.gains) @ probabilities + (self.copies * self.weights) @ payoffs))

    def bound(self, prices: Prices, probabilities: Floats) -> float:
        r"""Return the value of the Lagrangian, in money: a bound if `probabilities` maximise virtual welfare.

        .. math:: \sum_k W_k q_k - \sum_k \mu_k o_k - (1 + \beta) \underline{c}, \qquad \mu \text{ from the cancellation of money}
        """
        program = self.program
        weighted = self.oracle.virtual_welfare(prices)
        paid = prices.budget * self.oracle.prior - self.weights
        pairs = program.pairs
        np.subtract.at(paid, pairs + 1, prices.up)
        np.add.at(paid, pairs, prices.up)
        np.subtract.at(paid, pairs, prices.down)
        np.add.at(paid, pairs + 1, prices.down)
        paid *= self.copies
        fixed = float(program.constant) - prices.budget * float(program.fixed_cost)
        return float((self.copies * weighted) @ probabilities) - self.staying_out(paid) + fixed


class Master(Scaled):
    r"""Interim probabilities q and payoffs U under incentives, participation and budget; see `OrderedProgram`.

    Parameters
    ----------
    program : OrderedProgram
    """

    def __init__(self, program: OrderedProgram) -> None:
        super().__init__(program)
        self.solver = self.growing(self.copies * self.gains, self.copies * self.weights)
        self._incentives()
        self._budget()
        if program.design.participation == "ex-ante-ir":
            add_average_participation(self.solver, program.parts, self.oracle.prior, self.outside)
        self.n_rows = self.solver.n_rows

    def _incentives(self) -> None:
        pairs, m = self.program.pairs, len(self.program.pairs)
        rows, ones = np.arange(m), np.ones(m)
        upper_payoff, lower_payoff = self.size + pairs + 1, self.size + pairs
        for entries, at in ((-self.steps, pairs), (self.steps, pairs + 1)):
            sign = 1.0 if at is pairs else -1.0
            data = np.concatenate([entries, sign * ones, -sign * ones])
            place = (np.tile(rows, 3), np.concatenate([at, upper_payoff, lower_payoff]))
            self.solver.add_rows(sparse.csr_array((data, place), shape=(m, 2 * self.size)), np.zeros(m), np.full(m, np.inf))

    def _budget(self) -> None:
        if self.program.budget == "none":
            return
        row = np.concatenate([self.copies * self.oracle.surplus / self.unit, -self.copies * self.oracle.prior])
        fixed = float(self.program.fixed_cost) / self.unit
        upper = fixed if self.program.budget == "=" else np.inf
        self.solver.add_rows(sparse.csr_array(row.reshape(1, -1)), np.array([fixed]), np.array([upper]))

    @property
    def width(self) -> int:
        """Number of columns before those of rules."""
        return 2 * self.size

    def prices(self, optimum: Optimum) -> Prices:
        """Return the prices of an optimum, wrong signs cut off."""
        m = len(self.program.pairs)
        copies = self.copies[self.program.pairs]
        up, down = np.maximum(-optimum.prices[:m], 0.0) / copies, np.maximum(-optimum.prices[m : 2 * m], 0.0) / copies
        return Prices(up, down, price_of_money(self.program.budget, optimum, 2 * m))

    def point(self, optimum: Optimum) -> Point:
        """Return interim probabilities and payoffs of an optimum."""
        return Point(optimum.x[: self.size], optimum.x[self.size : 2 * self.size], self.money(optimum.value))
