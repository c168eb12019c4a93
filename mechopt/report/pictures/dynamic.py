"""Both sides of the budget condition of the dynamic pivot mechanism, over the discount factor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from mechopt.errors import PictureError
from mechopt.report.pictures.scene import DynamicScene
from mechopt.report.pictures.style import FAINT, INK, LOOK, legend

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["condition_curves", "draw_dynamic_condition"]

Number = Fraction | float

_MOST_STATES = 64
_DISCOUNTS = tuple(Fraction(k, 20) for k in range(19))


def condition_curves(
    axes: Axes,
    discounts: Sequence[Number],
    deficits: Sequence[Number],
    fees: Sequence[Number],
    *,
    critical: Sequence[Number] = (),
    own: Number | None = None,
) -> Axes:
    r"""Draw the deficit of the pivot payments and the largest fees, per period, over the discount factor.

    Both sides are multiplied by :math:`1 - \delta`, which makes them comparable: money per period instead of money over all periods.
    Where the deficit lies below the fees, fees in period 0 balance the budget.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    discounts : sequence of numbers, increasing, in [0, 1)
    deficits, fees : sequences of numbers, one per discount factor
        The left side and the right side, in money of period 0.
    critical : sequence of numbers
        Where the two sides are equal.
    own : number, optional
        The environment's discount factor.

    Returns
    -------
    matplotlib.axes.Axes
        The same.

    Raises
    ------
    PictureError
        If there are fewer than two discount factors, or not two sides for each.
    """
    if len(discounts) < 2 or not len(discounts) == len(deficits) == len(fees):
        raise PictureError(
            f"{len(discounts)} discount factors, {len(deficits)} deficits and {len(fees)} fees; give two or more, and both sides for each"
        )
    places = [float(discount) for discount in discounts]
    below, above = ([(1 - x) * float(side) for x, side in zip(places, sides, strict=True)] for sides in (deficits, fees))
    axes.plot(places, below, label="deficit of the pivot payments", **LOOK[0].line())
    axes.plot(places, above, label="largest fees", **LOOK[1].line())
    holds = [low <= high for low, high in zip(below, above, strict=True)]
    axes.fill_between(places, below, above, where=holds, interpolate=True, color=FAINT, alpha=0.2, linewidth=0, label="fees suffice")
    _upright(axes, "critical", critical, LOOK[3].color, (0, (4, 2)))
    _upright(axes, "own", () if own is None else (own,), INK, ":")
    axes.set(xlabel="discount factor", ylabel="money per period")
    legend(axes)
    return axes


def _upright(axes: Axes, name: str, discounts: Sequence[Number], color: str, dashes: Any) -> None:
    for discount in discounts:
        axes.axvline(float(discount), color=color, linestyle=dashes, linewidth=1, label=f"{name}: {float(discount):.4g}")


def draw_dynamic_condition(axes: Axes, scene: DynamicScene) -> Axes:
    """Draw both sides of the condition of a dynamic problem, exactly at twenty discount factors.

    Raises
    ------
    PictureError
        If there are too many profiles to solve for the efficient policy that often.
    """
    from mechopt.dynamic.budget import condition
    from mechopt.dynamic.critical import critical_discounts
    from mechopt.dynamic.pivot import pivot

    environment = scene.problem.environment
    if environment.n_states > _MOST_STATES:
        raise PictureError(f"{environment.n_states} profiles are too many to draw the condition at twenty discount factors; {_MOST_STATES} can be")
    sides = [condition(pivot(replace(environment, discount=discount))) for discount in _DISCOUNTS]
    return condition_curves(
        axes,
        _DISCOUNTS,
        [side.deficit.float for side in sides],
        [side.largest_total.float for side in sides],
        critical=[number.float for number in critical_discounts(environment).discounts],
        own=environment.discount,
    )
