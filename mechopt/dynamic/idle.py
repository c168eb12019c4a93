"""Types that block the budget: they never leave, contribute nothing, and so pay no fee at any discount factor."""

from __future__ import annotations

import numpy as np

from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.policy import MOST_EXACT_STATES, flows

__all__ = ["idle_types"]


def idle_types(environment: DynamicEnvironment) -> list[str] | None:
    """Return, per agent, a type that never leaves, contributes nothing whatever the others' types, and may be there in period 0.

    Part (i) of the diverse preferences of Bergemann and Välimäki (2010) is the case in which such a type earns nothing under any action, and
    no action needs her. Where every agent has one, the right side of the budget condition is zero at every discount factor.

    Returns
    -------
    list of str, one per agent, or None
        None where some agent has no such type, a joint transition hides who moves, or the state space is too large to look.

    Examples
    --------
    >>> from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
    >>> idle_types(repeated_trade([0, 1], [0, 1], lazily_redrawn(1, 2), "1/2"))
    ['1', '0']
    """
    if environment.transition is not None or environment.n_states > MOST_EXACT_STATES:
        return None
    found = []
    for i, agent in enumerate(environment.agents):
        idle = [
            name
            for a, name in enumerate(agent.types)
            if agent.initial[a] > 0 and _stays(environment, i, a) and _contributes_nothing(environment, i, a)
        ]
        if not idle:
            return None
        found.append(idle[0])
    return found


def _stays(environment: DynamicEnvironment, i: int, a: int) -> bool:
    transition = environment.agents[i].transition
    assert transition is not None
    return bool(np.all(transition.numerators[:, a, a] == transition.denominator))


def _contributes_nothing(environment: DynamicEnvironment, i: int, a: int) -> bool:
    """Without a reward and not needed she cannot contribute; where types move the same way whatever is done, each period tells by itself."""
    free = environment.available_without(i)
    if len(free) == environment.n_actions and not np.any(environment.agents[i].reward[a].numerators):
        return True
    if not environment.action_independent or environment.n_agents == 1:
        return False
    own = np.unravel_index(np.arange(environment.n_states), environment.n_types)[i] == a
    return flows(environment)[own].max(axis=1).equals(flows(environment, i)[own][:, free].max(axis=1))
