"""What one aim costs in terms of another: the frontier between two numbers, with every point where its slope changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from mechopt.errors import PictureError
from mechopt.report.pictures.style import INK, LOOK, label, legend

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["trade_off_curve"]

Number = Fraction | float


def trade_off_curve(
    axes: Axes, breakpoints: Sequence[tuple[Number, Number]], *, across: str, up: str, points: Mapping[str, tuple[Number, Number]] | None = None
) -> Axes:
    """Draw a piecewise linear frontier and the points where its slope changes.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    breakpoints : sequence of (number, number)
        In order along the curve; the first number is drawn to the right, the second upwards.
    across, up : str
        What the numbers are, with their units.
    points : mapping from label to (number, number), optional
        Further points, such as mechanisms known by name.

    Returns
    -------
    matplotlib.axes.Axes
        The same.

    Raises
    ------
    PictureError
        If there is no breakpoint.
    """
    if not breakpoints:
        raise PictureError("a trade-off curve needs at least one breakpoint")
    x, y = ([float(point[k]) for point in breakpoints] for k in (0, 1))
    markers = len(breakpoints) <= 40
    axes.plot(x, y, label=f"frontier, {len(breakpoints)} breakpoints", **LOOK[0].line() | ({} if markers else {"marker": ""}))
    for (name, (right, top)), look in zip((points or {}).items(), LOOK[1:]):
        axes.plot([float(right)], [float(top)], linestyle="", marker=look.marker, markersize=7, color=INK, label=label(name, 50))
    axes.set(xlabel=label(across, 60), ylabel=label(up, 60))
    legend(axes)
    return axes
