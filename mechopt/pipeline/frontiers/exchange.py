"""Welfare against money: the points of a trade-off, and between which revenues it lies."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from mechopt.errors import DesignError

if TYPE_CHECKING:
    from mechopt.dynamic.mechanism import StationaryMechanism
    from mechopt.dynamic.prices import DynamicCertificate
    from mechopt.exact.certificate import Certificate
    from mechopt.mechanism.mechanism import Mechanism

__all__ = ["TRADE_OFFS", "TradeOff", "TradeOffPoint", "ends_of"]

TRADE_OFFS = {
    "welfare-revenue": "the best welfare if the designer keeps so much, from nothing to the largest revenue",
    "welfare-subsidy": "the best welfare if the designer adds so much, from nothing to what efficiency needs",
}


@dataclass(frozen=True, eq=False)
class TradeOffPoint:
    """A breakpoint of a trade-off.

    Attributes
    ----------
    revenue : Fraction
        Expected payments less cost, in money; a subsidy is less than zero.
    welfare : Fraction
        The best there is with that revenue, in money.
    mechanism : Mechanism, StationaryMechanism or None
        Has both.
    certificate : Certificate or DynamicCertificate
        Of the problem in which every outside option is worth revenue / n more: proves that no mechanism has more welfare. Where types move,
        of the problem itself: its bound, less the revenue times the price of the budget, is that welfare.
    """

    revenue: Fraction
    welfare: Fraction
    mechanism: Mechanism | StationaryMechanism | None
    certificate: Certificate | DynamicCertificate


@dataclass(frozen=True, eq=False)
class TradeOff:
    """A trade-off: concave and piecewise linear between its points.

    Attributes
    ----------
    kind : str
        An id of `TRADE_OFFS`.
    points : tuple of TradeOffPoint
        By increasing revenue.
    first_best : Fraction
    """

    kind: str
    points: tuple[TradeOffPoint, ...]
    first_best: Fraction


def ends_of(kind: str, efficient: Fraction, largest: Fraction) -> tuple[Fraction, Fraction]:
    """Return the revenues between which welfare is traded off, from the largest revenue of efficient mechanisms and that of all.

    Raises
    ------
    DesignError
        If something is to be kept, and no mechanism covers its cost.
    """
    zero = Fraction(0)
    if kind == "welfare-subsidy":
        return min(efficient, zero), min(largest, zero)
    if largest < 0:
        raise DesignError(f"no mechanism with these properties covers its cost: the largest revenue is {largest}; ask for welfare-subsidy")
    return max(efficient, zero), largest
