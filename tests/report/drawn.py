"""The pictures that are compared with stored images: small scenes with known answers, drawn without words. Run it to store new ones."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

import mechopt as mo
from mechopt.files.problem_file import load
from mechopt.report.pictures.allocation import allocation_map
from mechopt.report.pictures.boundaries import boundaries_of
from mechopt.report.pictures.convergence import convergence_curve
from mechopt.report.pictures.dynamic import condition_curves
from mechopt.report.pictures.incentives import incentive_graph
from mechopt.report.pictures.interim import interim_allocation, interim_payments, interim_payoffs
from mechopt.report.pictures.property_rights import property_rights_simplex
from mechopt.report.pictures.style import SETTINGS, matplotlib
from mechopt.report.pictures.trade_off import trade_off_curve
from mechopt.report.pictures.virtual import virtual_value_curves
from mechopt.theory.bilateral_trade_uniform import grid_budget_surplus

FOLDER = Path(__file__).parent / "pictures"


@cache
def trade() -> mo.Problem:
    return load("myerson-satterthwaite-1983/uniform-6")


@cache
def solved():
    return mo.solve(trade())


def _rights(axes: Axes) -> Axes:
    region = [("1/2", "1/2", 0), (0, "1/2", "1/2"), ("1/2", 0, "1/2")]
    corners = [[Fraction(part) for part in shares] for shares in region]
    return property_rights_simplex(axes, ["Ann", "Bob", "Cleo"], region=corners, points={"equal": [1 / 3] * 3})


def _convergence(axes: Axes) -> Axes:
    grids = [2, 5, 6, 10, 20]
    return convergence_curve(axes, grids, [grid_budget_surplus(points) for points in grids], -1 / 6, quantity="surplus")


PICTURES: dict[str, Callable[[Axes], Axes]] = {
    "allocation": lambda axes: allocation_map(axes, solved().mechanism, None, boundaries_of(trade())),
    "interim-allocation": lambda axes: interim_allocation(axes, solved().mechanism),
    "payments": lambda axes: interim_payments(axes, solved().mechanism),
    "payoffs": lambda axes: interim_payoffs(axes, solved().mechanism),
    "incentives": lambda axes: incentive_graph(axes, solved().certificate),
    "virtual-values": lambda axes: virtual_value_curves(axes, load("myerson-1981/ironing").environment),
    "virtual-costs": lambda axes: virtual_value_curves(axes, trade().environment),
    "property-rights": _rights,
    "convergence": _convergence,
    "dynamic-condition": lambda axes: condition_curves(axes, [0, 0.5, 0.8], [1, 2, 5], [0.5, 1.5, 6], critical=[0.65], own=0.7),
    "trade-off": lambda axes: trade_off_curve(axes, [(0, 1), (0.5, 0.9), (0.8, 0.5)], across="revenue", up="welfare", points={"VCG": (0.3, 0.95)}),
}


def drawn(name: str) -> Figure:
    """Return a picture with its lines, areas and marks only: fonts differ between machines."""
    with matplotlib().rc_context(dict(SETTINGS)):
        figure = Figure(figsize=(4, 3), dpi=60)
        PICTURES[name](figure.add_axes((0.08, 0.08, 0.84, 0.84)))
    for axes in figure.axes:
        if axes.get_legend() is not None:
            axes.get_legend().remove()
    for text in figure.findobj(Text):
        text.set_visible(False)
    return figure


if __name__ == "__main__":
    for entry in PICTURES:
        drawn(entry).savefig(FOLDER / f"{entry}.png", metadata={"Software": None})
