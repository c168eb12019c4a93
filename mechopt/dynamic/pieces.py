"""Both sides of (*) near a discount factor, and towards 1, where actions move types."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mechopt.dynamic.economies import economies
from mechopt.dynamic.enclosure import Enclosure
from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.expectations import Expectations
from mechopt.dynamic.local_values import DEGREE, LocalValue, SolvedEconomy

__all__ = ["Pieces"]

Floats = NDArray[np.float64]

# How far from its middle, as a share of the distance to 1, a series is used; and from where on the long run is looked at.
_WIDEST, _PATIENT = 0.25, 1 - 2.0**-8


class Pieces:
    """Bounds on the functions of `Enclosure`, times 1 - discount, on short pieces.

    Parameters
    ----------
    environment : DynamicEnvironment
        With at most a few hundred profiles.

    Examples
    --------
    Bounds on the slack, times 1 - discount: around 2/3 it is zero.

    >>> from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
    >>> pieces = Pieces(repeated_trade([0, 1], [0, 1], lazily_redrawn("1/2", 2), 0))
    >>> [pieces.about(low, high).value_range()[0] > 0 for low, high in ((0.6, 0.65), (0.68, 0.7), (0.999, 1.0))]
    [False, True, True]
    """

    def __init__(self, environment: DynamicEnvironment) -> None:
        whole, others = economies(environment)
        self._found = Expectations(environment)
        self._whole, self._others = SolvedEconomy(whole), [SolvedEconomy(economy) for economy in others]

    def about(self, low: float, high: float) -> Enclosure | None:
        """Return bounds between two discount factors; None where they are too far apart, or nothing is known towards 1."""
        if high == 1:
            return self._towards_one(low) if _PATIENT <= low < 1 else None
        centre = (low + high) / 2
        radius = float(np.nextafter(max(centre - low, high - centre), np.inf)) if high > low else 0.0
        if radius > _WIDEST * (1 - centre):
            return None
        whole, others = self._whole.near(centre, radius), [economy.near(centre, radius) for economy in self._others]
        return self._bounded(centre, radius, whole, others)

    def _bounded(self, centre: float, radius: float, whole: LocalValue, others: list[LocalValue]) -> Enclosure:
        found, n = self._found, len(others)
        of_all = np.stack([found.of_all(row) for row in whole.coefficients])
        of_others = np.stack([found.of_others([other.coefficients[k] for other in others]) for k in range(DEGREE + 1)])
        levels = np.full(of_all.shape[1], whole.level), found.repeated([other.level for other in others])
        terms = found.functions(_per_period(of_all, centre, levels[0]).T, _per_period(of_others, centre, levels[1]).T)
        powers, orders = radius ** np.arange(DEGREE + 2), np.arange(DEGREE + 2)
        slopes, curves = orders[1:] * powers[:-1], orders[2:] * orders[1:-1] * powers[:-2]
        rounded = [_rounded(found, centre, value) for value in (whole, *others)]
        left = 1 - centre - radius
        lost = [float(off @ powers) + value.loss for off, value in zip(rounded, (whole, *others), strict=True)]
        turned = [float(off[1:] @ slopes) + 2 * value.loss / left + value.turn for off, value in zip(rounded, (whole, *others), strict=True)]
        return Enclosure(
            radius,
            terms[:, 0],
            terms[:, 1],
            np.abs(terms[:, 2:]) @ curves,
            found.errors(found.repeated([lost[0]] * n), found.repeated(lost[1:])),
            found.errors(found.repeated([turned[0]] * n), found.repeated(turned[1:])),
            found.first,
        )

    def _towards_one(self, low: float) -> Enclosure | None:
        found, n = self._found, len(self._others)
        whole, others = self._whole.towards_one(low), [economy.towards_one(low) for economy in self._others]
        known = [other for other in others if other is not None]
        if whole is None or len(known) < n:
            return None
        values = found.functions(found.of_all(whole.gains), found.of_others([other.gains for other in known]))
        own = [whole.error + found.rounding(float(np.max(np.abs(whole.gains))))] * n
        errors = found.errors(
            found.repeated(own), found.repeated([other.error + found.rounding(float(np.max(np.abs(other.gains)))) for other in known])
        )
        nothing = np.zeros_like(values)
        return Enclosure((1 - low) / 2, values, nothing, nothing, errors, np.full_like(values, np.inf), found.first)


def _per_period(coefficients: Floats, centre: float, level: Floats) -> Floats:
    """Return the coefficients of a polynomial times 1 - discount, and a constant."""
    found = np.zeros((len(coefficients) + 1, coefficients.shape[1]))
    found[:-1] += (1 - centre) * coefficients
    found[1:] -= coefficients
    found[0] += level
    return found


def _rounded(found: Expectations, centre: float, value: LocalValue) -> Floats:
    """Return how far these coefficients are off in expectation."""
    off = np.array([found.rounding(float(size)) for size in np.abs(value.coefficients).max(axis=1)])
    total = np.zeros(len(off) + 1)
    total[:-1] += (1 - centre) * off
    total[1:] += off
    total[0] += found.rounding(abs(value.level))
    return total
