r"""The balanced team mechanism of Athey and Segal (2013): efficient, balanced period by period, truthful on average over the others.

Let :math:`V_{-i}` be what the others expect from a profile on under the efficient policy. A report is rewarded by how much it changes that
expectation, given yesterday's reports :math:`\bar\theta`; the others pay for it in equal parts, so that money adds up whatever is reported.

.. math:: \gamma_i(\theta_i; \bar\theta) = E[V_{-i}(\theta) \mid \theta_i, \bar\theta_{-i}] - E[V_{-i}(\theta) \mid \bar\theta], \qquad
          z_i = \frac{1}{n - 1} \sum_{j \ne i} \gamma_j - \gamma_i

References
----------
.. [1] S. Athey and I. Segal, "An Efficient Dynamic Mechanism", Econometrica 81 (2013), 2463-2485.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mechopt.dynamic.budget import everybody_but
from mechopt.dynamic.checks import reported_states
from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.pivot import own_rewards
from mechopt.dynamic.policy import discounted_sums, kernels_of, optimum
from mechopt.dynamic.process import expected_next
from mechopt.errors import DesignError
from mechopt.mechanism.properties import Verdict
from mechopt.rational import RationalArray, stack

__all__ = ["TeamMechanism", "team_mechanism"]

Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class TeamMechanism:
    """Efficient actions, and payments that depend on yesterday's and today's reports.

    Attributes
    ----------
    environment : DynamicEnvironment
    actions : int array, shape (n_states,)
        The efficient policy.
    values : RationalArray, shape (n_agents, n_states)
        What every agent's rewards are expected to sum up to, discounted, from a profile on.
    """

    environment: DynamicEnvironment
    actions: Indices
    values: RationalArray

    @cached_property
    def kernels(self) -> Indices:
        """The transition that every profile causes."""
        return kernels_of(self.environment, self.actions)

    @cached_property
    def incentives(self) -> tuple[RationalArray, ...]:
        """The incentive terms, one table per agent, shape (n_states + 1, n_types): by yesterday's profile (last: period 0) and today's type."""
        return tuple(self._incentive(i) for i in range(self.environment.n_agents))

    def _incentive(self, i: int) -> RationalArray:
        environment, agent = self.environment, self.environment.agents[i]
        others = self.values.sum(axis=0) - self.values[i]
        own = np.unravel_index(np.arange(environment.n_states), environment.n_types)[i]
        # Where agent i's axis holds her next type, the others' axes hold where they are today.
        seen = reported_states(environment, i)
        rows: list[list[Fraction]] = [[] for _ in range(environment.n_states)]
        for kernel in (int(k) for k in np.unique(self.kernels)):
            given = everybody_but(environment, i, others, kernel).reshape(-1)[seen.T].fractions()
            chances = _own_transition(environment, i, kernel).fractions()
            for state in np.flatnonzero(self.kernels == kernel).tolist():
                rows[state] = _centred(given[state], chances[own[state]])
        return RationalArray.of([*rows, _centred(_first_given(environment, i, others), list(agent.initial))])

    def payments(self, previous: int | None) -> RationalArray:
        """Return today's payments by today's profile, shape (n_agents, n_states), in money; `previous` is yesterday's, None in period 0."""
        environment = self.environment
        row = environment.n_states if previous is None else previous
        types = np.unravel_index(np.arange(environment.n_states), environment.n_types)
        terms = stack([self.incentives[i][row][types[i]] for i in range(environment.n_agents)])
        share = Fraction(1, environment.n_agents - 1)
        return ((terms.sum(axis=0) - terms) * share - terms).reduced()

    def check_balance(self) -> Verdict:
        """Return whether payments add up to zero after every yesterday, at every profile."""
        worst = Fraction(0)
        for previous in (*range(self.environment.n_states), None):
            sums = self.payments(previous).sum(axis=0).fractions()
            worst = max([worst, *(abs(entry) for entry in sums)])
        return Verdict("balanced", -worst, {"imbalance": worst} if worst else None)

    def check_incentives(self) -> Verdict:
        """Return whether one lie pays on average over the others' types, after any yesterday and in period 0.

        Later payments are expected to be zero as long as everybody tells the truth, so that only tomorrow's follow a lie.
        """
        worst: tuple[Fraction, dict[str, str]] | None = None
        for i, agent in enumerate(self.environment.agents):
            for true in range(agent.n_types):
                honest = self._prospects(i, true, true)
                for report in range(agent.n_types):
                    terms = self.incentives[i]
                    gain = honest - self._prospects(i, true, report) + terms[:, true] - terms[:, report]
                    position = int(np.argmin(gain.numerators))
                    margin = gain[position].item()
                    if worst is None or margin < worst[0]:
                        worst = margin, {"agent": agent.name, "true_type": agent.types[true], "reported_type": agent.types[report]}
        assert worst is not None
        return Verdict("bic", worst[0], worst[1] if worst[0] < 0 else None)

    def _prospects(self, i: int, true: int, report: int) -> RationalArray:
        """Return reward, later rewards and tomorrow's incentive term, expected after every yesterday, shape (n_states + 1,)."""
        environment = self.environment
        every = np.arange(environment.n_states)
        seen, real = reported_states(environment, i)[report], reported_states(environment, i)[true]
        reward = environment.agents[i].reward[true][self.actions[seen]]
        later = stack([expected_next(environment, self.values[i], kernel) for kernel in range(environment.n_kernels)])
        own = stack([_own_transition(environment, i, kernel)[true] for kernel in range(environment.n_kernels)])
        term = (self.incentives[i][seen] * own[self.kernels[seen]]).sum(axis=1)
        table = reward + (later[self.kernels[seen], real] + term) * environment.discount
        after = stack([everybody_but(environment, i, table, kernel).reshape(-1) for kernel in range(environment.n_kernels)])
        expected = after[self.kernels, every].fractions()
        return RationalArray.from_fractions([*expected, _first_given(environment, i, table)[true]])


def _own_transition(environment: DynamicEnvironment, i: int, kernel: int) -> RationalArray:
    own = environment.agents[i].transition
    assert own is not None
    return own[kernel if own.shape[0] > 1 else 0]


def _centred(values: list[Fraction], chances: list[Fraction]) -> list[Fraction]:
    mean = sum((value * chance for value, chance in zip(values, chances, strict=True)), Fraction(0))
    return [value - mean for value in values]


def _first_given(environment: DynamicEnvironment, i: int, table: RationalArray) -> list[Fraction]:
    """Return the expectation in period 0 given each type of agent `i`, also those that do not occur."""
    moved = table.reshape(*environment.n_types)
    for j in reversed(range(environment.n_agents)):
        if j != i:
            moved = moved.moveaxis(j, moved.ndim - 1) @ RationalArray.from_fractions(list(environment.agents[j].initial))
    return list(moved.fractions())


def team_mechanism(environment: DynamicEnvironment) -> TeamMechanism:
    """Return the balanced team mechanism.

    Parameters
    ----------
    environment : DynamicEnvironment
        Of two agents or more who move and begin independently.

    Raises
    ------
    DesignError
        If there is one agent, or types are correlated: reports of others then reveal a lie, and the terms no longer cancel.

    Examples
    --------
    >>> from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
    >>> team = team_mechanism(repeated_trade([0, 1], [0, 1], lazily_redrawn("1/2", 2), "1/2"))
    >>> team.check_balance().holds, team.check_incentives().holds
    (True, True)

    References
    ----------
    .. [1] Athey and Segal (2013), Econometrica 81, 2463-2485.
    """
    if environment.n_agents < 2:
        raise DesignError("agents has one entry; the balanced team mechanism needs two or more, who pay each other")
    if environment.transition is not None or environment.initial is not None:
        raise DesignError("types move or begin jointly; the balanced team mechanism needs independent agents: give every agent her own transition")
    efficient = optimum(environment)
    rewards = own_rewards(environment)[:, np.arange(environment.n_states), efficient.actions].moveaxis(0, 1)
    values = discounted_sums(environment, kernels_of(environment, efficient.actions), rewards).moveaxis(1, 0).reduced()
    return TeamMechanism(environment, efficient.actions, values)
