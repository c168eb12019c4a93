"""How answers about grids approach the closed form of the continuum."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from mechopt.errors import PictureError
from mechopt.report.pictures.style import ACCENT, LOOK, label, legend

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["convergence_curve"]


def convergence_curve(axes: Axes, points: Sequence[int], values: Sequence[Fraction | float], limit: Fraction | float, *, quantity: str) -> Axes:
    """Draw a quantity over the number of points of the grids, with the value it tends to.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    points : sequence of int, increasing
        Types of each agent.
    values : sequence of numbers, one per entry of `points`
        The quantity on that grid.
    limit : number
        Its closed form in the continuum.
    quantity : str
        What is drawn, with its unit.

    Returns
    -------
    matplotlib.axes.Axes
        The same.

    Raises
    ------
    PictureError
        If there are fewer than two grids, or not a value for each.
    """
    from matplotlib.ticker import MaxNLocator

    if len(points) < 2 or len(points) != len(values):
        raise PictureError(f"{len(points)} grids and {len(values)} values; a line needs two grids or more, and a value for each")
    axes.axhline(float(limit), color=ACCENT, linestyle=(0, (4, 2)), label=f"continuum: {_short(limit)}")
    axes.plot(points, [float(value) for value in values], label=f"grids, at {points[-1]} points {_short(values[-1])}", **LOOK[0].line())
    axes.set(xlabel="points of each agent's grid", ylabel=label(quantity, 60))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    legend(axes)
    return axes


def _short(value: Fraction | float) -> str:
    exact = str(value) if isinstance(value, Fraction) else ""
    return exact if exact and len(exact) <= 9 else f"{float(value):.5g}"
