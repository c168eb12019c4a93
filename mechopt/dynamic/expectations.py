r"""What is expected in period 0, by first type: the numbers that condition (*) compares, as linear functions of tables over profiles.

.. math:: f_{i,a} = E[W \mid \theta_i^0 = a] - E[W_{-i} \mid \theta_i^0 = a], \qquad f_0 = \sum_i E M_i - E W
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.process import initial_distribution

__all__ = ["Expectations", "representable"]

Floats = NDArray[np.float64]

# Conditional expectations divide by chances: below it doubles have fewer digits.
_SMALLEST_CHANCE = 1e-290


def representable(environment: DynamicEnvironment) -> bool:
    """Return whether no chance of period 0 is too small for expectations in doubles."""
    start = initial_distribution(environment)
    return bool(np.all(start.floats()[np.asarray(start.numerators > 0)] > _SMALLEST_CHANCE))


class Expectations:
    """Expectations in period 0 of an environment, in doubles.

    Parameters
    ----------
    environment : DynamicEnvironment

    Examples
    --------
    >>> from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
    >>> found = Expectations(repeated_trade([0, 1], [0, 3], lazily_redrawn("1/2", 2), 0))
    >>> found.of_all(np.array([0.0, 3.0, 0.0, 2.0])).tolist()
    [1.5, 1.0, 0.0, 2.5]
    """

    def __init__(self, environment: DynamicEnvironment) -> None:
        self.environment = environment
        self.start = initial_distribution(environment).floats().reshape(environment.n_types)
        n = environment.n_agents
        self._others = [tuple(j for j in range(n) if j != i) for i in range(n)]
        self._types = [np.flatnonzero([chance > 0 for chance in agent.initial]) for agent in environment.agents]
        self._chances = [self.start.sum(axis=self._others[i])[self._types[i]] for i in range(n)]

    @cached_property
    def first(self) -> NDArray[np.int64]:
        """Where each agent's functions begin, behind the left side."""
        return np.cumsum([1, *(len(types) for types in self._types[:-1])])

    def rounding(self, size: float) -> float:
        """Return how far rounding may move an expectation of a table of that magnitude."""
        return 2.0**-52 * (sum(self.environment.n_types) + 2 * self.environment.n_agents + 8) * size

    def of_all(self, table: Floats) -> Floats:
        """Return the expectations of a table over profiles, given every first type of every agent."""
        table = table.reshape(self.environment.n_types)
        return np.concatenate([self._given(i, table) for i in range(self.environment.n_agents)])

    def of_others(self, tables: Sequence[Floats]) -> Floats:
        """Return, for every first type of every agent, the expectation of that agent's table: over all profiles, or the others'."""
        return np.concatenate([self._given(i, self._spread(i, table)) for i, table in enumerate(tables)])

    def functions(self, of_all: Floats, of_others: Floats) -> Floats:
        """Return f, the left side first, from what is expected of W and of W_-i."""
        own = of_all - of_others
        left = self._weights @ own - self._weights_of_first @ of_all
        return np.concatenate([left[None], own])

    def errors(self, of_all: Floats, of_others: Floats) -> Floats:
        """Return how far every f is off if what it is made of is off by so much."""
        own = of_all + of_others
        left = self._weights @ own + self._weights_of_first @ of_all
        return np.concatenate([left[None], own])

    def of_types(self, values: Sequence[Floats]) -> Floats:
        """Return the entries of tables over each agent's types, of the types that occur."""
        return np.concatenate([own[types] for own, types in zip(values, self._types, strict=True)])

    def repeated(self, values: Sequence[float] | Sequence[Floats]) -> Floats:
        """Return one entry per agent, repeated for each of her first types."""
        return np.repeat(np.asarray(values, dtype=np.float64), [len(types) for types in self._types], axis=0)

    @cached_property
    def _weights(self) -> Floats:
        return np.concatenate(self._chances)

    @cached_property
    def _weights_of_first(self) -> Floats:
        """Weights that make an expectation of what is expected given the first agent's types."""
        weights = self._weights.copy()
        weights[len(self._chances[0]) :] = 0
        return weights

    def _spread(self, i: int, table: Floats) -> Floats:
        sizes = self.environment.n_types
        if table.size == self.environment.n_states:
            return table.reshape(sizes)
        return table.reshape(tuple(1 if j == i else size for j, size in enumerate(sizes)))

    def _given(self, i: int, table: Floats) -> Floats:
        weighted = np.asarray((self.start * table).sum(axis=self._others[i]))
        return np.asarray(weighted[self._types[i]] / self._chances[i])
