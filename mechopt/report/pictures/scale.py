"""Where types stand on an axis: at their values where these are numbers that differ, else in the order of the file."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from mechopt.environment.environment import Agent, Environment
from mechopt.report.pictures.style import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["TypeScale", "agent_named", "index_scale", "support", "type_scale"]

_MOST_TICKS = 12


@dataclass(frozen=True, eq=False)
class TypeScale:
    """The types of one agent on an axis.

    Attributes
    ----------
    order : int array, length n_types
        Types from left to right.
    positions : float array, length n_types
        Where they stand, in that order.
    edges : float array, length n_types + 1
        Where the cells around them end.
    names : tuple of str or None
        Labels, where positions are not values.
    title : str
        What the axis shows, with its unit.
    """

    order: NDArray[np.int64]
    positions: NDArray[np.float64]
    edges: NDArray[np.float64]
    names: tuple[str, ...] | None
    title: str

    def decorate(self, axes: Axes, axis: Literal["x", "y"]) -> None:
        """Write title, ticks and limits on an axis."""
        axes.set(**{f"{axis}label": self.title, f"{axis}lim": (self.edges[0], self.edges[-1])})
        if self.names is not None:
            shown = range(0, len(self.names), -(-len(self.names) // _MOST_TICKS))
            names = [label(self.names[k], 14) for k in shown]
            slanted = axis == "x" and sum(map(len, names)) > 40
            getattr(axes, f"set_{axis}ticks")(self.positions[list(shown)], names, **({"rotation": 30, "ha": "right"} if slanted else {}))


def type_scale(agent: Agent) -> TypeScale:
    """Return where an agent's types stand.

    Examples
    --------
    >>> from mechopt.environment.builders import bilateral_trade
    >>> from mechopt.environment.grids import uniform
    >>> type_scale(bilateral_trade(uniform(0, 1, 2), uniform(0, 1, 2)).agents[0]).edges.tolist()
    [0.0, 0.5, 1.0]
    """
    if agent.values is None or len(set(agent.values)) < agent.n_types:
        return index_scale(agent)
    values = np.array([float(value) for value in agent.values])
    order = np.argsort(values, kind="stable")
    return TypeScale(order, values[order], _edges(values[order]), None, f"value of {label(agent.name)} (money)")


def index_scale(agent: Agent) -> TypeScale:
    """Return an agent's types one after the other, under their names."""
    positions = np.arange(agent.n_types, dtype=np.float64)
    order = np.arange(agent.n_types, dtype=np.int64)
    return TypeScale(order, positions, _edges(positions), agent.types, f"type of {label(agent.name)}")


def _edges(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return cell ends halfway between neighbours, the outer ones as far away as the inner."""
    if len(positions) == 1:
        return np.array([positions[0] - 0.5, positions[0] + 0.5])
    inner = (positions[1:] + positions[:-1]) / 2
    return np.concatenate([[2 * positions[0] - inner[0]], inner, [2 * positions[-1] - inner[-1]]])


def support(agent: Agent) -> tuple[Fraction, Fraction] | None:
    """Return the interval whose uniform grid an agent's types are; None if they are not equally likely and equally far apart.

    Examples
    --------
    >>> from mechopt.environment.builders import single_item_auction
    >>> from mechopt.environment.grids import uniform
    >>> [str(end) for end in support(single_item_auction([uniform(1, 3, 4)]).agents[0])]
    ['1', '3']
    """
    values = agent.values
    if values is None or len(values) < 2 or len(set(agent.prior)) > 1:
        return None
    step = values[1] - values[0]
    if step <= 0 or any(right - left != step for left, right in pairwise(values)):
        return None
    return values[0] - step / 2, values[-1] + step / 2


def agent_named(environment: Environment, name: str) -> int | None:
    """Return an agent's position, None if there is no such agent."""
    return next((i for i, agent in enumerate(environment.agents) if agent.name == name), None)
