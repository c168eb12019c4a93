"""The simplex of property rights of three agents: who may own how much if the partnership is to be dissolved efficiently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mechopt.errors import PictureError
from mechopt.report.pictures.style import ACCENT, FAINT, INK, LOOK, label, legend
from mechopt.theory.partnership_uniform import surplus

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Shares", "property_rights_simplex"]

Shares = Sequence[Fraction | float]
_RAYS = 360
_HALVINGS = 40


def property_rights_simplex(
    axes: Axes,
    names: Sequence[str],
    *,
    region: Sequence[Shares] = (),
    outer: Sequence[Shares] = (),
    points: Mapping[str, Shares] | None = None,
    closed_form: bool = True,
) -> Axes:
    r"""Draw which property rights of three agents admit efficient dissolution.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    names : sequence of str, length 3
    region : sequence of shares (three each), optional
        Corners, in order, of the region that admits it.
    outer : sequence of shares, optional
        Corners of a region outside which it is impossible; where it differs from `region`.
    points : mapping from label to shares, optional
        Property rights to mark.
    closed_form : bool
        Whether the border of the continuum with uniform values is drawn, :math:`\sum_i r_i^{3/2} = 3/4`.

    Returns
    -------
    matplotlib.axes.Axes
        The same.

    Raises
    ------
    PictureError
        If there are not three agents, or shares do not have three parts.

    References
    ----------
    .. [1] Cramton, Gibbons and Klemperer (1987), Econometrica 55, 615-632.
    """
    if len(names) != 3:
        raise PictureError(f"the simplex of property rights needs three agents, and there are {len(names)}")
    _frame(axes, names)
    if outer:
        axes.fill(*_plane(outer), facecolor="none", edgecolor=LOOK[0].color, linestyle=":", label="outside it: impossible")
    if region:
        axes.fill(*_plane(region), facecolor="#c6dbef", edgecolor=LOOK[0].color, linewidth=1.4, label="efficient dissolution possible, this grid")
    if closed_form:
        axes.plot(*_plane(_uniform_border()), color=ACCENT, linestyle=(0, (4, 2)), label="border, uniform continuum")
    _mark(axes, points or {})
    legend(axes)
    return axes


def _mark(axes: Axes, points: Mapping[str, Shares]) -> None:
    for (name, shares), look in zip(points.items(), LOOK):
        axes.plot(*_plane([shares]), linestyle="", marker=look.marker, markersize=8, color=INK, label=label(name, 50))


def _plane(shares: Sequence[Shares]) -> NDArray[np.float64]:
    """Return positions in the plane: the first agent's corner left, the second's right, the third's on top; shape (2, n)."""
    if any(len(entry) != 3 for entry in shares):
        raise PictureError("property rights on the simplex have three parts each")
    parts = np.array([[float(part) for part in entry] for entry in shares])
    return np.array([parts[:, 1] + parts[:, 2] / 2, parts[:, 2] * sqrt(3) / 2])


def _frame(axes: Axes, names: Sequence[str]) -> None:
    corners = [(1, 0, 0), (0, 1, 0), (0, 0, 1)]
    axes.fill(*_plane(corners), facecolor="none", edgecolor=INK, linewidth=1)
    for level in (0.25, 0.5, 0.75):
        for turn in range(3):
            ends = [np.roll(end, turn).tolist() for end in ((level, 1 - level, 0), (level, 0, 1 - level))]
            axes.plot(*_plane(ends), color=FAINT, linewidth=0.4)
    for corner, name, side, place in zip(corners, names, ("right", "left", "center"), ((-6, -4), (6, -4), (0, 6)), strict=True):
        (x,), (y,) = _plane([corner])
        axes.annotate(f"{label(name, 16)} owns all", (x, y), place, textcoords="offset points", ha=side, va="bottom" if side == "center" else "top")
    axes.set(aspect="equal", xlim=(-0.28, 1.28), ylim=(-0.1, 0.97))
    axes.set_axis_off()


def _uniform_border() -> list[tuple[float, float, float]]:
    """Return the border of what the continuum admits, or the edge of the simplex where that comes first."""
    center = np.full(3, 1 / 3)
    border = []
    for turn in np.linspace(0, 2 * np.pi, _RAYS + 1):
        step = np.cos(turn) * np.array([1, -1, 0]) / sqrt(2) + np.sin(turn) * np.array([1, 1, -2]) / sqrt(6)
        inside, outside = 0.0, float(min(-center[k] / step[k] for k in range(3) if step[k] < -1e-12))
        if surplus(_rights(center + outside * step)) >= 0:
            inside = outside
        for _ in range(_HALVINGS):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if surplus(_rights(center + middle * step)) >= 0 else (inside, middle)
        border.append(_rights(center + inside * step))
    return border


def _rights(point: NDArray[np.float64]) -> tuple[float, float, float]:
    first, second = (max(float(part), 0.0) for part in point[:2])
    return first, second, max(1 - first - second, 0.0)
