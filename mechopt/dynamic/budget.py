r"""The budget of the dynamic pivot mechanism once lump-sum fees are taken in period 0.

With x the distribution of types in period 0, fees balance the budget in expectation, and everybody still joins, if and only if

.. math:: \sum_i E M_i - E W \;\le\; \sum_i \min_{a \in \mathrm{supp}\, x_i} E[M_i \mid \theta_i^0 = a]. \tag{*}

On the left is the discounted deficit of the pivot payments, on the right the largest fees that every type pays rather than stay away [1]_.

References
----------
.. [1] K. Yoon, "On Budget Balance of the Dynamic Pivot Mechanism", Games and Economic Behavior 94 (2015), 206-213.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.pivot import Pivot, RoundedPivot
from mechopt.dynamic.process import initial_distribution
from mechopt.rational import RationalArray
from mechopt.result import Number

__all__ = ["Condition", "Interim", "condition", "conditional_values", "deficits", "everybody_but", "interim", "interim_slacks"]

Floats = NDArray[np.float64]


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
        0 where everything is exact; else a proved bound on how far `slack` is off.
    """

    efficient_value: Number
    deficit: Number
    largest_fees: tuple[Number, ...]
    slack: Number
    error: float = 0.0

    @property
    def holds(self) -> bool | None:
        """Whether fees balance the budget; None where the proved error leaves it open."""
        return _holds(self.slack, self.error)

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


@dataclass(frozen=True)
class Interim:
    """(*) in period 0 and restarted after every profile that can be reached.

    Attributes
    ----------
    slack : Number
        The least slack, in money of the period it restarts in.
    worst : mapping or None
        The profile after which it is least; None: period 0.
    error : float
        0 where everything is exact; else a proved bound on how far `slack` is off.
    """

    slack: Number
    worst: Mapping[str, str] | None = None
    error: float = 0.0

    @property
    def holds(self) -> bool | None:
        """Whether (*) holds again and again; None where the proved error leaves it open."""
        return _holds(self.slack, self.error)


def _holds(slack: Number, error: float) -> bool | None:
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
    return Condition(Number(value), Number(total - value), tuple(fees), Number(slack), error)


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


def interim(found: Pivot, first: Number) -> Interim:
    """Return the least slack in period 0, where it is `first`, or later, and the profile after which it is least."""
    slacks = interim_slacks(found)
    state = min(slacks, key=lambda entry: slacks[entry])
    if first.exact is not None and first.exact <= slacks[state]:
        return Interim(first)
    return Interim(Number.of(slacks[state]), found.environment.state_names(state))


def interim_slacks(found: Pivot) -> dict[int, Fraction]:
    r"""Return the slack of (*) restarted after every profile that can be reached: the interim version.

    After a profile the distribution of the next one takes the place of x. Where all slacks are nonnegative, a budget that is balanced anew
    every period is possible: nobody has to lend from one period to the next.

    Returns
    -------
    dict from state to Fraction
        In money of the period after the state.
    """
    environment = found.environment
    values = found.next_value(found.efficient.value)
    left = found.next_value(found.marginal.sum(axis=0)) - values
    right = [_worst_next(found, i) for i in range(environment.n_agents)]
    slack = (sum(right[1:], right[0]) - left).fractions()
    return {state: slack[state] for state in _reachable(found)}


def _worst_next(found: Pivot, i: int) -> RationalArray:
    """Return, after every profile, what agent `i`'s worst next type expects, shape (n_states,)."""
    environment = found.environment
    if environment.transition is not None:
        return _worst_next_jointly(found, i)
    worst: list[Fraction] = [Fraction(0)] * environment.n_states
    for kernel in (int(k) for k in np.unique(found.kernels)):
        # Moving everybody but agent i gives what each of her next types expects; her own row says which of them occur.
        kept = everybody_but(environment, i, found.marginal[i], kernel).moveaxis(i, 0)
        own = environment.agents[i].transition
        assert own is not None
        possible = own.numerators[kernel if own.shape[0] > 1 else 0] > 0
        table = np.empty(kept.shape, dtype=object)
        for a in range(environment.n_types[i]):
            table[a] = kept.numerators[possible[a]].min(axis=0)
        flat = np.moveaxis(table, 0, i).reshape(-1).tolist()
        for state in np.flatnonzero(found.kernels == kernel).tolist():
            worst[state] = Fraction(int(flat[state]), kept.denominator)
    return RationalArray.from_fractions(worst)


def everybody_but(environment: DynamicEnvironment, i: int, table: RationalArray, kernel: int) -> RationalArray:
    """Return the expectation of a table over the others' next types: axis i stays agent i's next type."""
    moved = table.reshape(*environment.n_types)
    for j, agent in enumerate(environment.agents):
        if j != i:
            assert agent.transition is not None
            own = agent.transition[kernel if agent.transition.shape[0] > 1 else 0]
            moved = (own @ moved.moveaxis(j, 0)).moveaxis(0, j)
    return moved.reduced()


def _worst_next_jointly(found: Pivot, i: int) -> RationalArray:
    environment = found.environment
    assert environment.transition is not None
    others = tuple(j for j in range(environment.n_agents) if j != i)
    worst = []
    for state, kernel in enumerate(found.kernels.tolist()):
        row = environment.transition[kernel, state].reshape(*environment.n_types)
        chances = row.sum(axis=others).fractions()
        values = (row * found.marginal[i].reshape(*environment.n_types)).sum(axis=others).fractions()
        worst.append(min(value / chance for value, chance in zip(values, chances, strict=True) if chance))
    return RationalArray.from_fractions(worst)


def _reachable(found: Pivot) -> list[int]:
    """Return the profiles that occur in some period under the efficient policy, from period 0 on."""
    environment = found.environment
    mass = RationalArray(np.asarray(initial_distribution(environment).numerators > 0).astype(np.int64))
    backwards = dict.fromkeys(np.flatnonzero(mass.numerators).tolist())
    frontier = list(backwards)
    while frontier:
        found_now = [target for state in frontier for target in _successors(found, state) if target not in backwards]
        frontier = list(dict.fromkeys(found_now))
        backwards |= dict.fromkeys(frontier)
    return sorted(backwards)


def _successors(found: Pivot, state: int) -> list[int]:
    environment, kernel = found.environment, int(found.kernels[state])
    if environment.transition is not None:
        table = environment.transition
        return np.flatnonzero(table.numerators[kernel if table.shape[0] > 1 else 0, state]).tolist()
    own = np.unravel_index(state, environment.n_types)
    rows = [agent.transition for agent in environment.agents]
    next_types = [np.flatnonzero(t.numerators[kernel if t.shape[0] > 1 else 0, a]) for t, a in zip(rows, own, strict=True) if t is not None]
    return np.ravel_multi_index(np.ix_(*next_types), environment.n_types).reshape(-1).tolist()
