r"""Closed forms against what mechopt measures: a number about a finite environment, or one about a continuum that grids approach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from benchmarks.convergence import errors_fall, observed_order, richardson
from mechopt.theory import CLOSED_FORMS

__all__ = ["Continuum", "Finite", "Row", "known"]

Number = Fraction | float

# The observed order may differ by so much from the expected one.
_ORDER_BAND = 0.25
_FOUR_DECIMALS = 5e-5


@dataclass(frozen=True)
class Finite:
    """A number about a finite environment: mechopt must find the same fraction.

    Attributes
    ----------
    name : str
    theory : Fraction
    reference : str
    measure : callable without arguments, returning Fraction
    """

    name: str
    theory: Fraction
    reference: str
    measure: Callable[[], Fraction]

    def outcome(self, **_: bool) -> dict[str, Any]:
        """Return the row of the table; a finite environment has one size, quick or not."""
        value = self.measure()
        return {"value": value, "error": value - self.theory, "band": Fraction(0), "within": value == self.theory}


@dataclass(frozen=True)
class Continuum:
    r"""A number about a continuum of types, approached by grids of k points.

    Attributes
    ----------
    name : str
    theory : Fraction or float
    reference : str
    measure : callable from points to Fraction
    points : tuple of int
        Grids, increasing. The last one is left out of a quick run.
    remainder : float or None
        C in the band C / (k_1 k_2) of the extrapolated value. None: it must agree to four decimals.
    order : int
        Expected order of convergence p.
    terms : int
        How many terms of the error the extrapolation removes: :math:`k^{-p}, k^{-2p}, \ldots`, with one grid more than terms. More than one
        where the error is smooth in the grid.
    """

    name: str
    theory: Number
    reference: str
    measure: Callable[[int], Fraction]
    points: tuple[int, ...]
    remainder: float | None
    order: int = 1
    terms: int = 1

    def outcome(self, *, quick: bool) -> dict[str, Any]:
        """Return the row of the table."""
        points = self.points[:-1] if quick else self.points
        values = [self.measure(k) for k in points]
        errors = [value - self.theory for value in values]
        observed = observed_order(points, errors)
        limit = richardson(points, values, self.order, self.terms)
        band = _FOUR_DECIMALS if self.remainder is None else self.remainder / (points[-1] * points[-2])
        on_course = errors_fall(errors) and observed is not None and abs(observed - self.order) <= _ORDER_BAND
        return {
            "points": list(points),
            "values": values,
            "value": values[-1],
            "order": observed,
            "expected_order": self.order,
            "extrapolated": limit,
            "error": limit - self.theory,
            "band": band,
            "within": on_course and abs(limit - self.theory) <= band,
        }


Row = Finite | Continuum


def known(name: str) -> tuple[str, Any, str]:
    """Return name, value and reference of an entry of the theory's registry."""
    form = CLOSED_FORMS[name]
    return form.name, form.value(), form.reference
