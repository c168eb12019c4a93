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


def richardson(points: Sequence[int], values: Sequence[Number], order: int, terms: int = 1) -> Number:
    r"""Return Richardson's extrapolation from the finest grids: the leading terms of the error cancel.

    .. math:: \sum_i v_i \prod_{j \ne i} \frac{k_i^p}{k_i^p - k_j^p} \qquad \text{over the finest } 1 + \text{terms grids}

    Parameters
    ----------
    points : sequence of int
        Points k of each grid, increasing; more than `terms`.
    values : sequence of numbers
        One per grid; exact numbers give an exact result.
    order : int
        The order p of the leading term.
    terms : int
        How many terms cancel: :math:`k^{-p}, k^{-2p}, \ldots`

    Returns
    -------
    Fraction or float

    Examples
    --------
    First best of bilateral trade, (k^2 - 1)/(6 k^2):

    >>> richardson([10, 20], [Fraction(33, 200), Fraction(133, 800)], order=2)
    Fraction(1, 6)
    """
    finest = list(zip(points, values, strict=True))[-terms - 1 :]
    total: Number = Fraction(0)
    for k, value in finest:
        weight = Fraction(1)
        for other, _ in finest:
            weight *= Fraction(1) if other == k else Fraction(k**order, k**order - other**order)
        total += value * weight
    return total
