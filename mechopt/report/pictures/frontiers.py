"""Frontiers of a problem as pictures: the property rights that admit efficiency, and what welfare costs in money."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mechopt.environment.environment import Environment
from mechopt.errors import DesignError, PictureError
from mechopt.mechanism.classical.conditions import property_shares
from mechopt.pipeline.frontiers.rights import property_rights
from mechopt.pipeline.frontiers.trade_off import trade_off
from mechopt.report.pictures.property_rights import property_rights_simplex
from mechopt.report.pictures.scale import support
from mechopt.report.pictures.scene import Scene
from mechopt.report.pictures.trade_off import trade_off_curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_property_rights", "draw_trade_off", "ownership"]


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
    shares = property_shares(environment)
    if shares is None:
        raise PictureError("an agent has an outside option that is no share of the object's value")
    if sum(shares) != 1:
        raise PictureError(f"the agents own {sum(shares)} of the object; property rights must add up to 1")
    return tuple(shares)


def draw_property_rights(axes: Axes, scene: Scene) -> Axes:
    """Draw which property rights of three agents admit efficiency: exactly on the problem's types, and in the uniform continuum.

    The problem's own property rights are marked.
    """
    environment = scene.problem.environment
    if environment.n_agents != 3:
        raise PictureError(f"the simplex of property rights needs three agents, and there are {environment.n_agents}")
    shares = ownership(environment)
    supports = {support(agent) for agent in environment.agents}
    uniform = len(supports) == 1 and None not in supports and environment.independent
    names = [agent.name for agent in environment.agents]
    found = property_rights(scene.problem)
    outer = () if found.exact else found.outer
    return property_rights_simplex(axes, names, region=found.inner, outer=outer, points={"the problem's own": shares}, closed_form=uniform)


def draw_trade_off(axes: Axes, scene: Scene) -> Axes:
    """Draw the best welfare for every revenue the designer keeps, or subsidy she adds, with all breakpoints."""
    try:
        curves = [trade_off(scene.problem, kind) for kind in ("welfare-subsidy", "welfare-revenue")]
    except DesignError as error:
        raise PictureError(str(error)) from error
    points = sorted({(point.revenue, point.welfare) for curve in curves for point in curve.points})
    marks = {"first best": (points[0][0], curves[0].first_best)} if points[0][1] == curves[0].first_best else {}
    return trade_off_curve(axes, points, across="revenue (money); below zero a subsidy", up="best welfare (money)", points=marks)
