"""Every picture by name, with what it shows and the condition under which it can be drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from mechopt.report.pictures.allocation import allocation_map
from mechopt.report.pictures.boundaries import boundaries_of
from mechopt.report.pictures.dynamic import draw_dynamic_condition
from mechopt.report.pictures.frontiers import draw_property_rights, draw_trade_off
from mechopt.report.pictures.grids import draw_convergence
from mechopt.report.pictures.incentives import incentive_graph
from mechopt.report.pictures.interim import interim_allocation, interim_payments, interim_payoffs
from mechopt.report.pictures.scene import DynamicScene, Scene
from mechopt.report.pictures.virtual import virtual_value_curves

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PICTURES", "Picture"]


@dataclass(frozen=True)
class Picture:
    """One kind of picture.

    Attributes
    ----------
    name : str
        What ``mechopt plot --picture`` takes.
    title : str
        What it shows.
    condition : str
        When it can be drawn; its function raises `PictureError` otherwise.
    needs : str
        ``"problem"``: no question is asked. ``"mechanism"`` or ``"certificate"``: it is drawn from an answer that has one.
    draw : callable
        From axes and a scene, to the same axes.
    scene : type
        `Scene`, or `DynamicScene` where types move.
    asks : bool
        Whether it asks many further questions, so that a report draws it only of a small environment.
    """

    name: str
    title: str
    condition: str
    needs: Literal["problem", "mechanism", "certificate"]
    draw: Callable[[Axes, Any], Axes]
    scene: type[Scene] | type[DynamicScene] = Scene
    asks: bool = False


_ALL = (
    Picture(
        "allocation",
        "Who gets it, at every profile of types",
        "two agents",
        "mechanism",
        lambda axes, scene: allocation_map(axes, scene.mechanism, scene.outcome, boundaries_of(scene.problem)),
    ),
    Picture(
        "interim-allocation",
        "What each type expects to get",
        "any number of agents, of whom six are shown, or one by name",
        "mechanism",
        lambda axes, scene: interim_allocation(axes, scene.mechanism, scene.agent),
    ),
    Picture(
        "payments",
        "What each type expects to pay",
        "any number of agents, of whom six are shown, or one by name",
        "mechanism",
        lambda axes, scene: interim_payments(axes, scene.mechanism, scene.agent),
    ),
    Picture(
        "payoffs",
        "What each type is left with, over what staying out is worth",
        "any number of agents, of whom six are shown, or one by name",
        "mechanism",
        lambda axes, scene: interim_payoffs(axes, scene.mechanism, scene.agent),
    ),
    Picture(
        "incentives",
        "Which incentive and participation constraints bind, and at what price",
        "a certificate with prices; at most 40 types and six different agents, or one by name",
        "certificate",
        lambda axes, scene: incentive_graph(axes, scene.certificate, scene.agent),
    ),
    Picture(
        "virtual-values",
        "Virtual values, raw and ironed",
        "independent types that are different numbers",
        "problem",
        lambda axes, scene: virtual_value_curves(axes, scene.problem.environment, scene.agent),
    ),
    Picture(
        "property-rights",
        "Which property rights admit efficient dissolution",
        "three agents who share one object",
        "problem",
        draw_property_rights,
        asks=True,
    ),
    Picture(
        "trade-off",
        "The best welfare for every revenue, and for every subsidy",
        "money that counts in expectation, and a mechanism that covers its cost",
        "problem",
        draw_trade_off,
        asks=True,
    ),
    Picture(
        "convergence",
        "How the least subsidy of finer grids approaches the continuum",
        "an object, owned in full by two or three agents, with values on one uniform grid",
        "problem",
        draw_convergence,
        asks=True,
    ),
    Picture(
        "dynamic-condition",
        "Both sides of the budget condition, over the discount factor",
        "types that move, at most 64 profiles",
        "problem",
        draw_dynamic_condition,
        DynamicScene,
    ),
)

PICTURES: Mapping[str, Picture] = MappingProxyType({picture.name: picture for picture in _ALL})
