"""Properties of stationary mechanisms, recomputed from the environment: each a verdict with margin and witness."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mechopt.dynamic.budget import conditional_values
from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.mechanism import StationaryMechanism
from mechopt.dynamic.policy import action_values, flows
from mechopt.dynamic.process import expected_next
from mechopt.mechanism.properties import Verdict
from mechopt.rational import RationalArray, stack

__all__ = ["DYNAMIC_PROPERTIES", "check_all", "check_property", "reported_states"]

Indices = NDArray[np.int64]


def reported_states(environment: DynamicEnvironment, i: int) -> Indices:
    """Return the profile that is seen when agent `i` reports each of her types, shape (n_types[i], n_states)."""
    types = list(np.unravel_index(np.arange(environment.n_states), environment.n_types))
    seen = [(*types[:i], np.full_like(types[i], report), *types[i + 1 :]) for report in range(environment.n_types[i])]
    return np.stack([np.ravel_multi_index(profile, environment.n_types) for profile in seen])


def _efficient(mechanism: StationaryMechanism) -> Verdict:
    """No action may beat the policy's own value at any profile: then no policy does."""
    environment = mechanism.environment
    value = mechanism.welfare_from
    gain = value.reshape(-1, 1) - action_values(environment, flows(environment), value)
    position = _worst_position(gain)
    margin = gain.reshape(-1)[position].item()
    state, action = divmod(position, environment.n_actions)
    witness = {"profile": environment.state_names(state), "better_action": environment.actions[action]}
    return Verdict("efficient", margin, witness if margin < 0 else None)


def _worst_position(table: RationalArray) -> int:
    return int(np.argmin(table.numerators.reshape(-1)))


def _incentives(mechanism: StationaryMechanism) -> Verdict:
    """One lie, today, and the truth ever after: where that never pays, no plan of lies does."""
    environment = mechanism.environment
    worst: tuple[Fraction, dict[str, Any]] | None = None
    for i, agent in enumerate(environment.agents):
        own_types = np.unravel_index(np.arange(environment.n_states), environment.n_types)[i]
        later = stack([expected_next(environment, mechanism.payoffs[i], kernel) for kernel in range(environment.n_kernels)])
        for report, seen in enumerate(reported_states(environment, i)):
            reward = (mechanism.policy[seen] * agent.reward[own_types]).sum(axis=1)
            after = later[mechanism.kernels[seen], np.arange(environment.n_states)] * environment.discount
            gain = mechanism.payoffs[i] - (reward - mechanism.payments[i][seen] + after)
            position = _worst_position(gain)
            margin = gain[position].item()
            if worst is None or margin < worst[0]:
                names = environment.state_names(position)
                lie = {"agent": agent.name, "true_type": names[agent.name], "reported_type": agent.types[report], "profile": names}
                worst = margin, lie
    assert worst is not None
    return Verdict("periodic-epic", worst[0], worst[1] if worst[0] < 0 else None)


def _participation(mechanism: StationaryMechanism) -> Verdict:
    """After the fees are paid nobody wants to leave, at any profile."""
    environment = mechanism.environment
    position = _worst_position(mechanism.payoffs)
    margin = mechanism.payoffs.reshape(-1)[position].item()
    i, state = divmod(position, environment.n_states)
    witness = {"agent": environment.agents[i].name, "profile": environment.state_names(state)}
    return Verdict("periodic-ir", margin, witness if margin < 0 else None)


def _joining(mechanism: StationaryMechanism) -> Verdict:
    """In period 0 every type that occurs expects at least her fee."""
    worst: tuple[Fraction, dict[str, Any]] | None = None
    for i, agent in enumerate(mechanism.environment.agents):
        for a, value in enumerate(conditional_values(mechanism.environment, i, mechanism.payoffs[i])):
            if value is not None and (worst is None or value - mechanism.fees[i] < worst[0]):
                worst = value - mechanism.fees[i], {"agent": agent.name, "type": agent.types[a]}
    assert worst is not None
    return Verdict("interim-ir", worst[0], worst[1] if worst[0] < 0 else None)


def _no_deficit(mechanism: StationaryMechanism) -> Verdict:
    surplus = mechanism.surplus()
    return Verdict("expected-no-deficit", surplus, {"surplus": surplus} if surplus < 0 else None)


def _balanced(mechanism: StationaryMechanism) -> Verdict:
    surplus = mechanism.surplus()
    return Verdict("expected-balanced", -abs(surplus), {"surplus": surplus} if surplus else None)


DYNAMIC_PROPERTIES: dict[str, Callable[[StationaryMechanism], Verdict]] = {
    "efficient": _efficient,
    "periodic-epic": _incentives,
    "periodic-ir": _participation,
    "interim-ir": _joining,
    "expected-no-deficit": _no_deficit,
    "expected-balanced": _balanced,
}
"""Efficiency at every profile; truth after every history, whatever the others' types; staying, period by period; joining; the budget."""


def check_property(mechanism: StationaryMechanism, name: str) -> Verdict:
    """Return the verdict on one of `DYNAMIC_PROPERTIES`."""
    return DYNAMIC_PROPERTIES[name](mechanism)


def check_all(mechanism: StationaryMechanism) -> tuple[Verdict, ...]:
    """Return the verdict on every property.

    Examples
    --------
    >>> from mechopt.dynamic.budget import condition
    >>> from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
    >>> from mechopt.dynamic.mechanism import pivot_with_fees
    >>> from mechopt.dynamic.pivot import pivot
    >>> found = pivot(repeated_trade([0, 1], [0, 1], lazily_redrawn(0, 2), "3/5"))
    >>> [verdict.property for verdict in check_all(pivot_with_fees(found, condition(found))) if not verdict.holds]
    []
    """
    return tuple(check(mechanism) for check in DYNAMIC_PROPERTIES.values())
