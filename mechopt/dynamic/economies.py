"""All agents, and all but one, as economies that are solved at many discount factors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.policy import flows, flows_floats, subeconomy
from mechopt.rational import RationalArray

__all__ = ["Economy", "economies"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Economy:
    """Some agents, and the actions that do not require the one who is left out.

    Attributes
    ----------
    environment : DynamicEnvironment
        Over their own profiles where agents move independently.
    allowed : tuple of int
        Actions of the environment.
    flow : float array, shape (n_states, n_allowed)
        Money a period.
    without : int or None
        Whose rewards do not count, of the agents of the environment.
    """

    environment: DynamicEnvironment
    allowed: tuple[int, ...]
    flow: Floats
    without: int | None = None

    def exact_flow(self) -> RationalArray:
        """Return the flow exactly."""
        return flows(self.environment, self.without)[:, list(self.allowed)]


def economies(environment: DynamicEnvironment) -> tuple[Economy, list[Economy]]:
    """Return the economy of all agents, and for every agent that of the others; of nobody, if she is alone, nothing flows.

    Examples
    --------
    Without the other side there is no trade.

    >>> from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
    >>> whole, others = economies(repeated_trade([0, 1], [0, 3], lazily_redrawn("1/2", 2), 0))
    >>> whole.flow.max(axis=1).tolist(), [economy.flow.tolist() for economy in others]
    ([0.0, 3.0, 0.0, 2.0], [[[0.0], [0.0]], [[0.0], [0.0]]])
    """
    everybody = tuple(range(environment.n_actions))
    whole = Economy(environment, everybody, flows_floats(environment))
    return whole, [_without(environment, i) for i in range(environment.n_agents)]


def _without(environment: DynamicEnvironment, i: int) -> Economy:
    if environment.n_agents == 1:
        return Economy(environment, (0,), np.zeros((environment.n_states, 1)), i)
    allowed = environment.available_without(i)
    if environment.transition is not None:
        return Economy(environment, tuple(allowed), flows_floats(environment, i)[:, allowed], i)
    others = subeconomy(environment, i)
    return Economy(others, tuple(range(others.n_actions)), flows_floats(others))
