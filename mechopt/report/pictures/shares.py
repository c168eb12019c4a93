"""The simplex of property rights of a problem: its own shares, the exact region of its grid, the border of the continuum."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mechopt.environment.environment import Environment
from mechopt.errors import PictureError
from mechopt.report.pictures.property_rights import property_rights_simplex
from mechopt.report.pictures.scale import support
from mechopt.report.pictures.scene import Scene

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_property_rights", "ownership"]


def ownership(environment: Environment) -> tuple[Fraction, ...]:
    """Return the property rights of agents who together own the one object there is.

    Raises
    ------
    PictureError
        If there is no such object, or outside options are not shares of its value.

    Examples
    --------
    >>> from mechopt.environment.builders import partnership
    >>> from mechopt.environment.grids import uniform
    >>> [str(share) for share in ownership(partnership(["1/3", "2/3"], uniform(0, 1, 4)))]
    ['1/3', '2/3']
    """
    if environment.kind != "object":
        raise PictureError(f"property rights need one object that is shared, and the environment is of kind {environment.kind!r}")
    shares = []
    for agent in environment.agents:
        parts = {option / value for option, value in zip(agent.outside.fractions(), agent.values or (), strict=True) if value}
        if len(parts) != 1:
            raise PictureError(f"agent {agent.name!r} has an outside option that is no share of the object's value")
        shares.append(parts.pop())
    if sum(shares) != 1:
        raise PictureError(f"the agents own {sum(shares)} of the object; property rights must add up to 1")
    return tuple(shares)


def draw_property_rights(axes: Axes, scene: Scene) -> Axes:
    """Draw the simplex of property rights of a problem with three agents."""
    environment = scene.problem.environment
    if environment.n_agents != 3:
        raise PictureError(f"the simplex of property rights needs three agents, and there are {environment.n_agents}")
    shares = ownership(environment)
    supports = {support(agent) for agent in environment.agents}
    uniform = len(supports) == 1 and None not in supports and environment.independent
    return property_rights_simplex(axes, [agent.name for agent in environment.agents], points={"the problem's own": shares}, closed_form=uniform)
