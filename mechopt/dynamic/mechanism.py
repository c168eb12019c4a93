"""Stationary mechanisms: a policy and payments that depend on today's reports, and fees in period 0."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mechopt.dynamic.budget import Condition
from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.pivot import Pivot, own_rewards
from mechopt.dynamic.policy import discounted_sums, kernels_of
from mechopt.dynamic.process import discounted_occupation, initial_distribution
from mechopt.errors import InvalidEnvironmentError
from mechopt.mechanism.shown import Shown
from mechopt.rational import RationalArray

__all__ = ["Play", "StationaryMechanism", "deterministic_policy", "pivot_with_fees"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class StationaryMechanism(Shown):
    """A dynamic direct mechanism that looks at today's reports alone.

    Attributes
    ----------
    environment : DynamicEnvironment
    policy : RationalArray, shape (n_states, n_actions)
        Probability of every action. Deterministic where types move differently under different actions.
    payments : RationalArray, shape (n_agents, n_states)
        In money a period; positive: the agent pays.
    fees : tuple of Fraction, one per agent
        Paid once in period 0 by everybody who joins, before the first payment.

    Raises
    ------
    InvalidEnvironmentError
        If the policy mixes although actions move types differently.
    """

    environment: DynamicEnvironment
    policy: RationalArray
    payments: RationalArray
    fees: tuple[Fraction, ...]

    def __post_init__(self) -> None:
        mixes = np.any((self.policy.numerators != 0).sum(axis=1) != 1)
        if mixes and not self.environment.action_independent:
            raise InvalidEnvironmentError("policy mixes actions that move types differently; name one action per profile")

    @cached_property
    def kernels(self) -> Indices:
        """The transition that every profile causes."""
        return kernels_of(self.environment, np.argmax(self.policy.numerators != 0, axis=1))

    @cached_property
    def rewards(self) -> RationalArray:
        """Expected rewards a period, shape (n_agents, n_states)."""
        return (own_rewards(self.environment) * self.policy).sum(axis=2).reduced()

    @cached_property
    def payoffs(self) -> RationalArray:
        """What every agent expects from a profile on, fees aside, shape (n_agents, n_states)."""
        flow = (self.rewards - self.payments).moveaxis(0, 1)
        return discounted_sums(self.environment, self.kernels, flow).moveaxis(1, 0).reduced()

    @cached_property
    def occupation(self) -> RationalArray:
        """How often, discounted, every profile is expected, shape (n_states,)."""
        return discounted_occupation(self.environment, self.kernels)

    @cached_property
    def welfare_from(self) -> RationalArray:
        """The expected discounted sum of rewards from every profile on, shape (n_states,)."""
        return discounted_sums(self.environment, self.kernels, self.rewards.sum(axis=0).reshape(-1, 1)).reshape(-1).reduced()

    def welfare(self) -> Fraction:
        """Return the expected discounted sum of rewards."""
        return (self.rewards.sum(axis=0) * self.occupation).sum().item()

    def surplus(self) -> Fraction:
        """Return the expected discounted sum of payments, fees included: what is left for the designer."""
        return (self.payments.sum(axis=0) * self.occupation).sum().item() + sum(self.fees, Fraction(0))

    def balanced(self) -> StationaryMechanism:
        """Return the same mechanism with its surplus handed back in period 0 in equal parts; a deficit is asked for."""
        part = self.surplus() / len(self.fees)
        return replace(self, fees=tuple(fee - part for fee in self.fees))

    def _repr_html_(self) -> str:
        from mechopt.report.dynamic_sheets import dynamic_interim, dynamic_profiles
        from mechopt.report.page.fragment import fragment

        return fragment((), (dynamic_interim(self), dynamic_profiles(self)))

    def simulate(self, rng: np.random.Generator, periods: int, runs: int = 1) -> Play:
        """Play the mechanism with truthful agents.

        Parameters
        ----------
        rng : numpy Generator
        periods, runs : int

        Returns
        -------
        Play
            Average discounted payoffs approach the expected ones, up to what happens after the last period.

        Examples
        --------
        >>> from mechopt.dynamic.budget import condition
        >>> from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
        >>> from mechopt.dynamic.pivot import pivot
        >>> found = pivot(repeated_trade([0, 1], [1, 2], lazily_redrawn(0, 2), "1/2"))
        >>> play = pivot_with_fees(found, condition(found)).simulate(np.random.default_rng(0), periods=40, runs=4000)
        >>> bool(abs(play.discounted_rewards(0.5).sum(axis=1).mean() - 2) < 0.05)
        True
        """
        environment = self.environment
        start = initial_distribution(environment).floats()
        states = np.empty((runs, periods), dtype=np.int64)
        actions = np.empty_like(states)
        chances = np.cumsum(self.policy.floats(), axis=1)
        current = rng.choice(environment.n_states, size=runs, p=start / start.sum())
        for period in range(periods):
            states[:, period] = current
            actions[:, period] = _drawn(rng, chances[current])
            current = _moved(environment, rng, current, actions[:, period])
        agents = np.arange(environment.n_agents)[:, None, None]
        rewards = own_rewards(environment).floats()[agents, states, actions]
        return Play(states, actions, np.moveaxis(rewards, 0, -1), np.moveaxis(self.payments.floats()[agents, states], 0, -1))


@dataclass(frozen=True, eq=False)
class Play:
    """What happened in simulated runs.

    Attributes
    ----------
    states, actions : int arrays, shape (runs, periods)
    rewards, payments : float arrays, shape (runs, periods, n_agents)
        In money a period; fees are not among the payments.
    """

    states: Indices
    actions: Indices
    rewards: Floats
    payments: Floats

    def discounted_rewards(self, discount: float) -> Floats:
        """Return discounted sums of rewards, shape (runs, n_agents)."""
        return np.asarray(np.einsum("rta,t->ra", self.rewards, discount ** np.arange(self.rewards.shape[1])))

    def discounted_payments(self, discount: float) -> Floats:
        """Return discounted sums of payments, shape (runs, n_agents)."""
        return np.asarray(np.einsum("rta,t->ra", self.payments, discount ** np.arange(self.payments.shape[1])))


def _drawn(rng: np.random.Generator, cumulative: Floats) -> Indices:
    """Return a draw per row of cumulative probabilities."""
    points = rng.random(len(cumulative))[:, None] * cumulative[:, -1:]
    return np.asarray((points >= cumulative).sum(axis=1), dtype=np.int64)


def _moved(environment: DynamicEnvironment, rng: np.random.Generator, states: Indices, actions: Indices) -> Indices:
    """Return the next profile of every run."""
    kernels = kernels_of(environment, actions)
    if environment.float_transition is not None:
        joint = environment.float_transition
        return _drawn(rng, np.cumsum(joint[kernels % joint.shape[0], states], axis=1))
    types = []
    for agent, own in zip(environment.agents, np.unravel_index(states, environment.n_types), strict=True):
        table = agent.float_transition
        assert table is not None
        types.append(_drawn(rng, np.cumsum(table[kernels if table.shape[0] > 1 else 0, own], axis=1)))
    return np.ravel_multi_index(tuple(types), environment.n_types)


def deterministic_policy(environment: DynamicEnvironment, actions: Indices) -> RationalArray:
    """Return one action per profile as probabilities, shape (n_states, n_actions)."""
    policy = np.zeros((environment.n_states, environment.n_actions), dtype=np.int64)
    policy[np.arange(environment.n_states), actions] = 1
    return RationalArray(policy)


def pivot_with_fees(found: Pivot, sides: Condition) -> StationaryMechanism:
    """Return the dynamic pivot mechanism with the fees of a condition: balanced in expectation where (*) holds."""
    fees = tuple(fee.exact for fee in sides.fees if fee.exact is not None)
    return StationaryMechanism(found.environment, deterministic_policy(found.environment, found.efficient.actions), found.payments, fees)
