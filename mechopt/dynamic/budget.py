r"""The budget of the dynamic pivot mechanism once lump-sum fees are taken in period 0.

With x the distribution of types in period 0, fees balance the budget in expectation, and everybody still joins, if and only if

.. math:: \sum_i E M_i - E W \;\le\; \sum_i \min_{a \in \mathrm{supp}\, x_i} E[M_i \mid \theta_i^0 = a]. \tag{*}

On the left is the discounted deficit of the pivot payments, on the right the largest fees that every type pays rather than stay away [1]_.

References
----------
.. [1] K. Yoon, "On Budget Balance of the Dynamic Pivot Mechanism", Games and Economic Behavior 94 (2015), 206-213.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.pivot import Pivot, RoundedPivot
from mechopt.dynamic.process import initial_distribution
from mechopt.rational import RationalArray
from mechopt.result import Number

__all__ = ["STATED", "Condition", "condition", "conditional_values", "deficits", "everybody_but", "holds_within"]

Floats = NDArray[np.float64]

STATED = 2.0
"""Stated errors are so many times the proved ones: who computes again, and rounds otherwise, can then confirm what is stated."""


@dataclass(frozen=True)
class Condition:
    """Both sides of (*), in money of period 0.

    Attributes
    ----------
    efficient_value : Number
        E W.
    deficit : Number
        The left side: the expected discounted deficit of the pivot payments.
    largest_fees : tuple of Number, one per agent
        What her worst type expects; their sum is the right side.
    slack : Number
        Right less left.
    error : float
        0 where everything is exact; else a proved bound on how far `slack`, and every other of these numbers, is off.
    """

    efficient_value: Number
    deficit: Number
    largest_fees: tuple[Number, ...]
    slack: Number
    error: float = 0.0

    @property
    def holds(self) -> bool | None:
        """Whether fees balance the budget; None where the proved error leaves it open."""
        return holds_within(self.slack, self.error)

    @property
    def largest_total(self) -> Number:
        """The right side."""
        if all(fee.exact is not None for fee in self.largest_fees):
            return Number.of(sum((fee.exact for fee in self.largest_fees if fee.exact is not None), Fraction(0)))
        return Number(sum(fee.float for fee in self.largest_fees))

    @property
    def fees(self) -> tuple[Number, ...]:
        """Fees that balance the budget where (*) holds: in proportion to what can be asked for; a surplus is handed back in equal parts.

        Where (*) fails, the largest fees.
        """
        if not self.holds:
            return self.largest_fees
        n = len(self.largest_fees)
        exact, total = self.deficit.exact, self.largest_total.exact
        if exact is None or total is None:
            share = self.deficit.float / self.largest_total.float if self.deficit.float > 0 else 0.0
            return tuple(Number(share * fee.float if self.deficit.float > 0 else self.deficit.float / n) for fee in self.largest_fees)
        if exact <= 0:
            return (Number.of(exact / n),) * n
        return tuple(Number.of(fee.exact * exact / total) for fee in self.largest_fees if fee.exact is not None)


def holds_within(slack: Number, error: float) -> bool | None:
    """Return whether a slack is at least zero; None where its proved error leaves that open."""
    if slack.exact is not None:
        return slack.exact >= 0
    return None if abs(slack.float) <= error else slack.float > 0


def condition(found: Pivot | RoundedPivot) -> Condition:
    """Return both sides of (*).

    Examples
    --------
    Types drawn anew every period balance from discount 1/2 on: here the slack is exactly zero.

    >>> from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
    >>> from mechopt.dynamic.pivot import pivot
    >>> found = condition(pivot(repeated_trade([0, 1], [0, 1], lazily_redrawn(0, 2), "1/2")))
    >>> str(found.deficit), [str(fee) for fee in found.largest_fees], found.holds
    ('1/2', ['1/4', '1/4'], True)
    """
    return _exact_condition(found) if isinstance(found, Pivot) else _rounded_condition(found)


def _exact_condition(found: Pivot) -> Condition:
    environment = found.environment
    start = initial_distribution(environment)
    value = (start * found.efficient.value).sum().item()
    contributions = (found.marginal * start).sum().item()
    fees = [min(entry for entry in conditional_values(environment, i, table) if entry is not None) for i, table in enumerate(found.marginal_rows())]
    deficit = contributions - value
    slack = sum(fees, Fraction(0)) - deficit
    return Condition(Number.of(value), Number.of(deficit), tuple(Number.of(fee) for fee in fees), Number.of(slack))


def conditional_values(environment: DynamicEnvironment, i: int, table: RationalArray) -> list[Fraction | None]:
    """Return the expectation of a table over profiles given each type of agent `i` in period 0; None for types that do not occur."""
    if environment.initial is not None:
        others = tuple(j for j in range(environment.n_agents) if j != i)
        weighted = (environment.initial * table.reshape(*environment.n_types)).sum(axis=others).fractions()
        return [value / chance if chance else None for value, chance in zip(weighted, environment.agents[i].initial, strict=True)]
    values = _averaged(table.reshape(*environment.n_types), [None if j == i else list(agent.initial) for j, agent in enumerate(environment.agents)])
    return [value if chance else None for value, chance in zip(values.fractions(), environment.agents[i].initial, strict=True)]


def _averaged(table: RationalArray, weights: list[list[Fraction] | None]) -> RationalArray:
    """Return the expectation over the axes that have weights."""
    for j in reversed(range(len(weights))):
        chances = weights[j]
        if chances is not None:
            table = table.moveaxis(j, table.ndim - 1) @ RationalArray.from_fractions(chances)
    return table


def _rounded_condition(found: RoundedPivot) -> Condition:
    """Return the sides in doubles; averaging adds a rounding error per term to those of the values."""
    environment = found.environment
    start = initial_distribution(environment).floats().reshape(environment.n_types)
    unit = 2.0**-52 * (sum(environment.n_types) + 2 * environment.n_agents + 8)
    value = float(np.sum(start * found.efficient.value.reshape(environment.n_types)))
    error = found.efficient.error + unit * float(np.max(np.abs(found.efficient.value)))
    total, fees = 0.0, []
    for i in range(environment.n_agents):
        table = found.marginal(i).reshape(environment.n_types)
        others = tuple(j for j in range(environment.n_agents) if j != i)
        chances = start.sum(axis=others)
        given = (start * table).sum(axis=others)[chances > 0] / chances[chances > 0]
        fees.append(Number(float(given.min())))
        total += float(np.sum(start * table))
        error += 2 * (found.error(i) + unit * float(np.max(np.abs(table))))
    slack = sum(fee.float for fee in fees) - (total - value)
    return Condition(Number(value), Number(total - value), tuple(fees), Number(slack), STATED * error)


def deficits(found: Pivot, periods: int) -> list[Fraction]:
    r"""Return the expected deficit of the pivot payments in each period, :math:`-x^\top P^t \sum_i z_i`, undiscounted.

    Examples
    --------
    >>> from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
    >>> from mechopt.dynamic.pivot import pivot
    >>> deficits(pivot(repeated_trade([0, 1], [0, 1], lazily_redrawn(0, 2), "1/2")), 2)
    [Fraction(1, 4), Fraction(1, 4)]
    """
    start, paid = initial_distribution(found.environment), found.payments.sum(axis=0)
    expected = []
    for _ in range(periods):
        expected.append(-(start * paid).sum().item())
        paid = found.next_value(paid)
    return expected


def everybody_but(environment: DynamicEnvironment, i: int, table: RationalArray, kernel: int) -> RationalArray:
    """Return the expectation of a table over the others' next types: axis i stays agent i's next type."""
    moved = table.reshape(*environment.n_types)
    for j, agent in enumerate(environment.agents):
        if j != i:
            assert agent.transition is not None
            own = agent.transition[kernel if agent.transition.shape[0] > 1 else 0]
            moved = (own @ moved.moveaxis(j, 0)).moveaxis(0, j)
    return moved.reduced()
