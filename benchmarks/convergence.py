"""Numbers that approach a limit as a grid gets finer: how fast, and where to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

__all__ = ["errors_fall", "observed_order", "richardson"]

Number = Fraction | float


def errors_fall(errors: Sequence[Number]) -> bool:
    """Return whether every error is smaller than the one before, in magnitude."""
    return all(abs(after) < abs(before) for before, after in pairwise(errors))


def observed_order(points: Sequence[int], errors: Sequence[Number]) -> float | None:
    r"""Return the order of convergence that the two finest grids show.

    .. math:: p = \frac{\log |e_1 / e_2|}{\log (k_2 / k_1)}

    Parameters
    ----------
    points : sequence of int
        Points k of each grid, increasing.
    errors : sequence of numbers
        Value less limit, one per grid.

    Returns
    -------
    float or None
        None if an error is zero or there is one grid only.

    Examples
    --------
    >>> observed_order([10, 20], [0.02, 0.005])
    2.0
    """
    if len(errors) < 2 or not errors[-1] or not errors[-2]:
        return None
    return math.log(abs(float(errors[-2] / errors[-1]))) / math.log(points[-1] / points[-2])


def richardson(points: Sequence[int], values: Sequence[Number], order: int) -> Number:
    r"""Return Richardson's extrapolation from the two finest grids: the error's leading term cancels.

    .. math:: \frac{k_2^p v_2 - k_1^p v_1}{k_2^p - k_1^p}

    Parameters
    ----------
    points : sequence of int
        Points k of each grid, increasing; at least two.
    values : sequence of numbers
        One per grid; exact numbers give an exact result.
    order : int
        The order p of the leading term.

    Returns
    -------
    Fraction or float

    Examples
    --------
    First best of bilateral trade, (k^2 - 1)/(6 k^2):

    >>> richardson([10, 20], [Fraction(33, 200), Fraction(133, 800)], order=2)
    Fraction(1, 6)
    """
    before, after = points[-2] ** order, points[-1] ** order
    return (after * values[-1] - before * values[-2]) / (after - before)
