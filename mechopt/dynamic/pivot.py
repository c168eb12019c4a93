r"""The dynamic pivot mechanism: every agent is left with her marginal contribution, period by period [1]_.

.. math:: M_i = W - W_{-i}, \qquad m_i(\theta) = M_i(\theta) - \delta E[M_i(\theta') \mid \theta, a^*(\theta)], \qquad z_i = v_i - m_i

References
----------
.. [1] D. Bergemann and J. Välimäki, "The Dynamic Pivot Mechanism", Econometrica 78 (2010), 771-789.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.policy import MOST_EXACT_STATES, Optimum, RoundedOptimum, kernels_of, optimum, rounded_optimum
from mechopt.dynamic.process import expected_next
from mechopt.rational import RationalArray, integers, stack

__all__ = ["Pivot", "RoundedPivot", "own_rewards", "pivot", "pivot_of", "rounded_pivot"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


def own_rewards(environment: DynamicEnvironment) -> RationalArray:
    """Return every agent's reward over profiles and actions, shape (n_agents, n_states, n_actions)."""
    n, tables = environment.n_agents, []
    for i, agent in enumerate(environment.agents):
        shape = tuple(agent.n_types if k == i else 1 for k in range(n))
        own = agent.reward.reshape(*shape, environment.n_actions).broadcast((*environment.n_types, environment.n_actions))
        tables.append(own.reshape(environment.n_states, environment.n_actions))
    return stack(tables)


@dataclass(frozen=True, eq=False)
class Pivot:
    """Values, marginal contributions and payments of the dynamic pivot mechanism, exactly.

    Attributes
    ----------
    environment : DynamicEnvironment
    efficient : Optimum
        W and the efficient policy.
    others : tuple of Optimum, one per agent
        W_-i and its policy, over the actions that do not require agent i.
    """

    environment: DynamicEnvironment
    efficient: Optimum
    others: tuple[Optimum, ...]

    @cached_property
    def kernels(self) -> Indices:
        """The transition that the efficient policy causes at every profile."""
        return kernels_of(self.environment, self.efficient.actions)

    @cached_property
    def marginal(self) -> RationalArray:
        """Marginal contributions M_i, shape (n_agents, n_states), in money: what agent i expects from a profile on."""
        return stack([self.efficient.value - other.value for other in self.others])

    @cached_property
    def flow_marginal(self) -> RationalArray:
        """Flow marginal contributions m_i, shape (n_agents, n_states), in money a period."""
        return stack([own - self.next_value(own) * self.environment.discount for own in self.marginal_rows()])

    @cached_property
    def payments(self) -> RationalArray:
        """Payments z_i, shape (n_agents, n_states), in money a period; positive: the agent pays."""
        states = np.arange(self.environment.n_states)
        rewards = own_rewards(self.environment)[:, states, self.efficient.actions]
        return (rewards - self.flow_marginal).reduced()

    @property
    def voluntary(self) -> bool:
        """Whether nobody wants to leave, at any profile: marginal contributions may be negative where others impose a loss on an agent."""
        return bool(np.all(self.marginal.numerators >= 0))

    def marginal_rows(self) -> list[RationalArray]:
        """Return the agents' marginal contributions, one table each."""
        return [self.marginal[i] for i in range(self.environment.n_agents)]

    def next_value(self, table: RationalArray) -> RationalArray:
        """Return the expectation of a table over next profiles under the efficient policy, shape (n_states,)."""
        return expected_under(self.environment, self.kernels, table)


def expected_under(environment: DynamicEnvironment, kernels: Indices, table: RationalArray) -> RationalArray:
    """Return the expectation of a table over next profiles under a policy that causes the given transitions."""
    used = [int(kernel) for kernel in np.unique(kernels)]
    if len(used) == 1:
        return expected_next(environment, table, used[0])
    moved = stack([expected_next(environment, table, kernel) for kernel in used])
    position = np.searchsorted(used, kernels)
    return RationalArray(integers(moved.numerators[position, np.arange(environment.n_states)]), moved.denominator).reduced()


@dataclass(frozen=True, eq=False)
class RoundedPivot:
    """Values and marginal contributions in doubles, with proved errors.

    Attributes
    ----------
    environment : DynamicEnvironment
    efficient : RoundedOptimum
    others : tuple of RoundedOptimum, one per agent
    """

    environment: DynamicEnvironment
    efficient: RoundedOptimum
    others: tuple[RoundedOptimum, ...]

    @cached_property
    def kernels(self) -> Indices:
        """The transition that the efficient policy causes at every profile."""
        return kernels_of(self.environment, self.efficient.actions)

    @property
    def voluntary(self) -> bool | None:
        """Whether nobody wants to leave, at any profile; None: open, as a marginal contribution is as near to zero as its error.

        None is negative, however small, of an agent to whom no action that is there without her costs anything.
        """
        harmed = [
            i for i, agent in enumerate(self.environment.agents) if np.any(agent.reward[:, self.environment.available_without(i)].numerators < 0)
        ]
        least = [(float(np.min(self.marginal(i))), self.error(i)) for i in harmed]
        if any(value < -error for value, error in least):
            return False
        return True if all(value >= error for value, error in least) else None

    def marginal(self, i: int) -> Floats:
        """Return the marginal contribution of agent `i`, shape (n_states,); `error` bounds how far it is off."""
        return self.efficient.value - self.others[i].value

    def error(self, i: int) -> float:
        """Return the proved error of agent `i`'s marginal contributions."""
        largest = float(np.max(np.abs(self.efficient.value))) + float(np.max(np.abs(self.others[i].value)))
        return self.efficient.error + self.others[i].error + 2.0**-52 * largest


def pivot(environment: DynamicEnvironment) -> Pivot:
    """Return the dynamic pivot mechanism, exactly.

    Examples
    --------
    Types drawn anew every period: each side of a trade is paid the whole gain, and nobody pays.

    >>> from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
    >>> found = pivot(repeated_trade([0, 1], [1, 2], lazily_redrawn(0, 2), "1/2"))
    >>> found.marginal.texts()[0], found.payments.texts()
    (['2', '3', '1', '2'], [['-1', '-2', '0', '-2'], ['0', '0', '0', '1']])

    References
    ----------
    .. [1] Bergemann and Välimäki (2010), Econometrica 78, 771-789.
    """
    return Pivot(environment, optimum(environment), tuple(optimum(environment, i) for i in range(environment.n_agents)))


def rounded_pivot(environment: DynamicEnvironment) -> RoundedPivot:
    """Return the values of the dynamic pivot mechanism in doubles, with proved errors."""
    return RoundedPivot(environment, rounded_optimum(environment), tuple(rounded_optimum(environment, i) for i in range(environment.n_agents)))


def pivot_of(environment: DynamicEnvironment) -> Pivot | RoundedPivot:
    """Return the dynamic pivot mechanism exactly, or with proved errors where there are more than `MOST_EXACT_STATES` profiles."""
    return pivot(environment) if environment.n_states <= MOST_EXACT_STATES else rounded_pivot(environment)
