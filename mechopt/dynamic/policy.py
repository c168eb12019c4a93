r"""The efficient policy and its value: exactly where the state space is small, with a proved error where it is large.

.. math:: W(\theta) = \max_a \Bigl\{ \sum_i v_i(\theta_i, a) + \delta E[W(\theta') \mid \theta, a] \Bigr\}

The right-hand side is a contraction with modulus :math:`\delta`: a function that it moves by at most r is within
:math:`r / (1 - \delta)` of W, wherever the function came from [1]_.

References
----------
.. [1] M. L. Puterman, "Markov Decision Processes", Wiley (2005), section 6.3.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.process import expected_next, expected_next_floats, from_flint, resolvent_matrix, to_flint
from mechopt.dynamic.resolvent import discounted_sums_floats, rounding_of
from mechopt.rational import RationalArray, stack

__all__ = [
    "MOST_EXACT_STATES",
    "Optimum",
    "RoundedOptimum",
    "action_values",
    "clear_choices",
    "discounted_sums",
    "flows",
    "flows_floats",
    "kernels_of",
    "largest_flow",
    "optimum",
    "rounded_optimum",
    "subeconomy",
]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]

_MOST_IMPROVEMENTS = 100

MOST_EXACT_STATES = 400
"""Profiles up to which values are computed as fractions; beyond it as doubles with a proved error."""


@dataclass(frozen=True, eq=False)
class Optimum:
    """The best policy for some agents, exactly.

    Attributes
    ----------
    value : RationalArray, shape (n_states,)
        Expected discounted rewards, in money.
    actions : int array, shape (n_states,)
        The first best action of every profile.
    best : bool array, shape (n_states, n_actions)
        All best actions.
    """

    value: RationalArray
    actions: Indices
    best: Flags

    @property
    def unique(self) -> bool:
        """Whether no profile has two best actions."""
        return bool(np.all(self.best.sum(axis=1) == 1))


@dataclass(frozen=True, eq=False)
class RoundedOptimum:
    """The best policy for some agents, in doubles.

    Attributes
    ----------
    value : float array, shape (n_states,)
    actions : int array, shape (n_states,)
        Best for `value`; where actions nearly tie another may be the truly best one.
    error : float
        Proved: no entry of `value` is farther from the true value.
    """

    value: Floats
    actions: Indices
    error: float


def flows(environment: DynamicEnvironment, without: int | None = None) -> RationalArray:
    """Return the sum of rewards of all agents, or of all but one, shape (n_states, n_actions)."""
    n = environment.n_agents
    total = RationalArray.full((*environment.n_types, environment.n_actions), 0)
    for j, agent in enumerate(environment.agents):
        if j != without:
            shape = tuple(agent.n_types if k == j else 1 for k in range(n))
            total = total + agent.reward.reshape(*shape, environment.n_actions)
    return total.reshape(environment.n_states, environment.n_actions)


def largest_flow(environment: DynamicEnvironment, without: int | None = None) -> RationalArray:
    """Return what all agents, or all but one, get at most in one period, shape (n_states,); nobody gets nothing."""
    if without is not None and environment.n_agents == 1:
        return RationalArray.full(environment.n_states, 0)
    return flows(environment, without)[:, _allowed(environment, without)].max(axis=1)


def kernels_of(environment: DynamicEnvironment, actions: Indices) -> Indices:
    """Return the transition that a policy causes at every profile."""
    return np.zeros_like(actions) if environment.action_independent else actions


def discounted_sums(environment: DynamicEnvironment, kernels: Indices, flow: RationalArray) -> RationalArray:
    r"""Return the exact expected discounted sums of flows under a policy.

    .. math:: (I - \delta P)^{-1} f = \sum_t \delta^t P^t f

    Parameters
    ----------
    environment : DynamicEnvironment
    kernels : int array, shape (n_states,)
    flow : RationalArray, shape (n_states, n_flows)
        Money a period.

    Returns
    -------
    RationalArray, shape (n_states, n_flows)
    """
    return from_flint(to_flint(resolvent_matrix(environment, kernels)).solve(to_flint(flow)))


def optimum(environment: DynamicEnvironment, without: int | None = None) -> Optimum:
    r"""Return the best policy for all agents, or for all but one over the actions that do not require her, exactly.

    Parameters
    ----------
    environment : DynamicEnvironment
        With at most `MOST_EXACT_STATES` profiles, or patience.
    without : int, optional
        The agent i who is left out: :math:`W_{-i}` in place of :math:`W`.

    Examples
    --------
    >>> from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
    >>> trade = repeated_trade([0, 1], [1, 2], lazily_redrawn(0, 2), "1/2")
    >>> optimum(trade).value.texts(), optimum(trade, without=0).value.texts()
    (['2', '3', '1', '2'], ['0', '0', '0', '0'])
    """
    allowed = _allowed(environment, without)
    if not allowed or (without is not None and environment.n_agents == 1):
        return _nothing(environment)
    if without is not None and environment.transition is None:
        return _expanded(environment, without, optimum(subeconomy(environment, without)))
    if environment.action_independent:
        return _myopic(environment, without, allowed)
    return _by_iteration(environment, without, allowed)


def subeconomy(environment: DynamicEnvironment, i: int) -> DynamicEnvironment:
    """Return the others alone, with the actions that do not require agent `i`: her type moves nobody else where agents move independently."""
    allowed = environment.available_without(i)
    members = []
    for agent in environment.agents[:i] + environment.agents[i + 1 :]:
        assert agent.transition is not None
        transition = agent.transition if agent.transition.shape[0] == 1 else agent.transition[allowed]
        members.append(replace(agent, reward=agent.reward[:, allowed], transition=transition))
    return DynamicEnvironment(tuple(members), tuple(environment.actions[k] for k in allowed), environment.discount)


def _expanded(environment: DynamicEnvironment, i: int, found: Optimum) -> Optimum:
    """Return the optimum of the others as tables over all profiles and actions."""
    allowed = np.asarray(environment.available_without(i))
    value = RationalArray(_repeated(environment, i, found.value.numerators), found.value.denominator)
    best = np.zeros((environment.n_states, environment.n_actions), dtype=bool)
    best[:, allowed] = _repeated(environment, i, found.best)
    return Optimum(value, allowed[_repeated(environment, i, found.actions)], best)


def _repeated(environment: DynamicEnvironment, i: int, table: Any) -> Any:
    """Return a table over the others' profiles, repeated for every type of agent `i`."""
    others = tuple(n for j, n in enumerate(environment.n_types) if j != i)
    expanded = np.expand_dims(table.reshape(*others, *table.shape[1:]), i)
    return np.broadcast_to(expanded, (*environment.n_types, *table.shape[1:])).reshape(environment.n_states, *table.shape[1:])


def _allowed(environment: DynamicEnvironment, without: int | None) -> list[int]:
    return list(range(environment.n_actions)) if without is None else environment.available_without(without)


def _best(values: RationalArray, allowed: list[int]) -> tuple[RationalArray, Flags]:
    """Return the largest entry of every row over the allowed columns, and where it is attained."""
    largest = values[:, allowed].max(axis=1)
    attained = np.zeros(values.shape, dtype=bool)
    attained[:, allowed] = values.numerators[:, allowed] == largest.numerators[:, None]
    return largest, attained


def _myopic(environment: DynamicEnvironment, without: int | None, allowed: list[int]) -> Optimum:
    """Types move the same way whatever is done, so the best action is that of the period."""
    largest, best = _best(flows(environment, without), allowed)
    value = discounted_sums(environment, np.zeros(environment.n_states, dtype=np.int64), largest.reshape(-1, 1))
    return Optimum(value.reshape(-1).reduced(), np.argmax(best, axis=1), best)


def action_values(environment: DynamicEnvironment, flow: RationalArray, value: RationalArray) -> RationalArray:
    """Return flow plus discounted expected value for every profile and action, shape (n_states, n_actions)."""
    next_values = [expected_next(environment, value, kernel) for kernel in range(environment.n_kernels)]
    per_action = stack([next_values[environment.kernel(k)] for k in range(environment.n_actions)]).moveaxis(0, 1)
    return flow + per_action * environment.discount


def _by_iteration(environment: DynamicEnvironment, without: int | None, allowed: list[int]) -> Optimum:
    """Improve a policy, first in doubles and then exactly, until no action is better at any profile [1]_, section 6.4."""
    flow, states = flows(environment, without), np.arange(environment.n_states)
    actions = _improved(environment, without, allowed)[1]
    while True:
        value = discounted_sums(environment, actions, flow[states, actions].reshape(-1, 1)).reshape(-1).reduced()
        largest, best = _best(action_values(environment, flow, value), allowed)
        if largest.equals(value):
            return Optimum(value, np.argmax(best, axis=1), best)
        actions = np.where(best[states, actions], actions, np.argmax(best, axis=1))


def _nothing(environment: DynamicEnvironment) -> Optimum:
    """Nobody is left, so nothing is worth anything."""
    shape = environment.n_states, environment.n_actions
    return Optimum(RationalArray.full(shape[0], 0), np.zeros(shape[0], dtype=np.int64), np.zeros(shape, dtype=bool))


def rounded_optimum(environment: DynamicEnvironment, without: int | None = None) -> RoundedOptimum:
    """Return the best policy in doubles, by policy iteration, with a proved error.

    Parameters
    ----------
    environment : DynamicEnvironment
        Its transitions are applied agent by agent; nothing of the size of the squared state space is built.
    without : int, optional
        The agent who is left out: with independent transitions the others' profiles alone are gone through.

    Examples
    --------
    >>> from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
    >>> found = rounded_optimum(repeated_trade([0, 1], [1, 2], lazily_redrawn(0, 2), "1/2"))
    >>> found.value.round(9).tolist(), found.error < 1e-12
    ([2.0, 3.0, 1.0, 2.0], True)
    """
    allowed = _allowed(environment, without)
    if not allowed or (without is not None and environment.n_agents == 1):
        return RoundedOptimum(np.zeros(environment.n_states), np.zeros(environment.n_states, dtype=np.int64), 0.0)
    if without is not None and environment.transition is None:
        found = rounded_optimum(subeconomy(environment, without))
        actions = np.asarray(allowed)[_repeated(environment, without, found.actions)]
        return RoundedOptimum(_repeated(environment, without, found.value), actions, found.error)
    return RoundedOptimum(*_improved(environment, without, allowed))


def _improved(environment: DynamicEnvironment, without: int | None, allowed: list[int]) -> tuple[Floats, Indices, float]:
    """Return value, actions and proved error of policy iteration in doubles."""
    flow, states = flows_floats(environment, without)[:, allowed], np.arange(environment.n_states)
    chosen, value = np.argmax(flow, axis=1), np.zeros(environment.n_states)
    for _ in range(_MOST_IMPROVEMENTS):
        kernels = kernels_of(environment, np.asarray(allowed)[chosen])
        value = discounted_sums_floats(environment, kernels, flow[states, chosen], value)
        of_actions = _float_action_values(environment, flow, allowed, value)
        # Only clear improvements count, or rounding errors would be followed around in circles.
        better = of_actions.max(axis=1) > of_actions[states, chosen] + 1e-12 * (1 + np.abs(value))
        if environment.action_independent or not np.any(better):
            break
        chosen = np.where(better, np.argmax(of_actions, axis=1), chosen)
    residual = float(np.max(np.abs(of_actions.max(axis=1) - value)))
    rounding = rounding_of(environment, float(np.max(np.abs(flow))), float(np.max(np.abs(value))))
    return value, np.asarray(allowed)[chosen], (residual + rounding) / float(1 - environment.discount) * (1 + 1e-12)


def _float_action_values(environment: DynamicEnvironment, flow: Floats, allowed: list[int], value: Floats) -> Floats:
    """Return flow plus discounted expected value in doubles, for every profile and allowed action."""
    moved = cache(lambda kernel: expected_next_floats(environment, value, kernel))
    return flow + float(environment.discount) * np.stack([moved(environment.kernel(k)) for k in allowed], axis=1)


def clear_choices(environment: DynamicEnvironment, found: RoundedOptimum) -> Flags:
    """Return at which profiles the action of a policy for all agents is proved to be the only best one, whatever rounding has done.

    Parameters
    ----------
    environment : DynamicEnvironment
    found : RoundedOptimum
        Of all agents.

    Returns
    -------
    bool array, shape (n_states,)
    """
    flow, states = flows_floats(environment), np.arange(environment.n_states)
    of_actions = _float_action_values(environment, flow, list(range(environment.n_actions)), found.value)
    chosen = of_actions[states, found.actions]
    of_actions[states, found.actions] = -np.inf
    rounding = rounding_of(environment, float(np.max(np.abs(flow))), float(np.max(np.abs(found.value))))
    return np.asarray(chosen - of_actions.max(axis=1) > 2 * (found.error + rounding))


def flows_floats(environment: DynamicEnvironment, without: int | None = None) -> Floats:
    """Return `flows` in doubles: exact tables over a million profiles would take gigabytes."""
    n = environment.n_agents
    total = np.zeros((*environment.n_types, environment.n_actions))
    for j, agent in enumerate(environment.agents):
        if j != without:
            total += agent.reward.floats().reshape(*(agent.n_types if k == j else 1 for k in range(n)), environment.n_actions)
    return total.reshape(environment.n_states, environment.n_actions)
