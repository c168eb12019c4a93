r"""The slack of (*) between proved bounds, all over a short interval of discount factors.

Times a positive factor the slack is :math:`F = \sum_i \min_a f_{i,a} - f_0`, with expectations f that are smooth but for kinks where the
efficient policy changes. Each is described by a line about the middle of the interval and bounds on what it leaves out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Enclosure"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# What adding up a few functions in doubles may change, as a share of the largest of them.
_SUMMATION = 1e-14


@dataclass(frozen=True, eq=False)
class Enclosure:
    r"""Every f, within proved errors, over an interval.

    .. math:: |f(c + h) - v - s h| \le \tfrac12 k h^2 + e, \qquad |f'(c + h) - s| \le k |h| + e'

    Attributes
    ----------
    radius : float
        The largest :math:`|h|`.
    values, slopes, curvatures : float arrays, shape (n_functions,)
        v, s and k. First :math:`f_0`, then every agent's, a worst-type candidate each.
    value_errors, slope_errors : float arrays, shape (n_functions,)
        e and e'; the second may be infinite. Where f has no derivative nothing is said about it.
    first : int array, shape (n_agents,)
        Where each agent's functions begin.

    Examples
    --------
    The lesser of 1 + h and 1 - h, less 1/2, for h between -1/4 and 1/4.

    >>> none = np.zeros(3)
    >>> lines = Enclosure(0.25, np.array([0.5, 1, 1]), np.array([0.0, 1, -1]), none, none, none, np.array([1]))
    >>> [round(bound, 9) for bound in (*lines.value_range(), *lines.slope_range())]
    [0.25, 0.75, -1.0, 1.0]
    """

    radius: float
    values: Floats
    slopes: Floats
    curvatures: Floats
    value_errors: Floats
    slope_errors: Floats
    first: NDArray[np.int64]

    def value(self) -> float:
        """Return F at the middle, without its error."""
        return float(np.minimum.reduceat(self.values, self.first).sum() - self.values[0])

    def value_range(self) -> tuple[float, float]:
        """Return bounds on F over the interval."""
        spread, low, high = self._spread(), np.inf, np.inf
        ends = [self.values - self.slopes * self.radius, self.values + self.slopes * self.radius]
        # A sum of minima of lines is concave, so that its ends bound it from below, and whatever types are picked bounds it from above.
        for end in ends:
            low = min(low, float(np.minimum.reduceat(end - spread, self.first).sum() - end[0] - spread[0]))
        for guide in (self.values, *ends):
            picked = self._least(guide)
            highest = max(float((end + spread)[picked].sum() - end[0] + spread[0]) for end in ends)
            high = min(high, highest)
        return low, high

    def slope_range(self) -> tuple[float, float]:
        """Return bounds on the derivative of F over the interval, wherever it has one."""
        away = self.curvatures * self.radius + self.slope_errors + _SUMMATION * (1 + np.abs(self.slopes))
        possible = self._possible()
        low = np.minimum.reduceat(np.where(possible, self.slopes - away, np.inf), self.first).sum() - self.slopes[0] - away[0]
        high = np.maximum.reduceat(np.where(possible, self.slopes + away, -np.inf), self.first).sum() - self.slopes[0] + away[0]
        return float(low), float(high)

    def _spread(self) -> Floats:
        summed = _SUMMATION * float(np.max(np.abs(self.values)) + np.max(np.abs(self.slopes)) * self.radius)
        return self.curvatures * self.radius**2 / 2 + self.value_errors + summed

    def _least(self, guide: Floats) -> NDArray[np.int64]:
        """Return which function of every agent is least."""
        ends = [*self.first[1:], len(guide)]
        return np.array([begin + int(np.argmin(guide[begin:end])) for begin, end in zip(self.first, ends, strict=True)])

    def _possible(self) -> Flags:
        """Return which functions may be their agent's least somewhere in the interval."""
        spread, sizes = self._spread(), np.diff([*self.first, len(self.values)])
        least = np.concatenate([[0], np.repeat(self._least(self.values), sizes)])
        apart = self.values - self.values[least] - np.abs(self.slopes - self.slopes[least]) * self.radius
        return np.asarray(apart <= spread + spread[least])
