"""What welfare costs in money where types move: the best welfare for every expected discounted surplus.

A price β of the budget says that welfare plus β times the surplus is at most the bound of its certificate, for every stationary mechanism. So
one certificate is a tangent at every surplus, and its own bound is what it proves where nothing has to be left.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.mechanism import StationaryMechanism
from mechopt.dynamic.pivot import pivot
from mechopt.dynamic.prices import DynamicCertificate
from mechopt.dynamic.process import initial_distribution
from mechopt.dynamic.result import Proved
from mechopt.errors import SolverError
from mechopt.pipeline.answer import Settings
from mechopt.pipeline.dynamic_programs import Watch, any_surplus, largest_surplus, second_best
from mechopt.pipeline.frontiers.exchange import TradeOff, TradeOffPoint, ends_of
from mechopt.pipeline.frontiers.family import Touching, Weights
from mechopt.pipeline.frontiers.line import breakpoints

__all__ = ["dynamic_trade_off"]


def dynamic_trade_off(environment: DynamicEnvironment, kind: str, settings: Settings) -> TradeOff:
    """Return the best welfare for every surplus that is left, or for every subsidy, of a stationary mechanism that people join and stay in.

    Parameters
    ----------
    environment : DynamicEnvironment
    kind : str
        An id of `mechopt.pipeline.frontiers.exchange.TRADE_OFFS`.
    settings : Settings

    Raises
    ------
    DesignError
        If something is to be kept, and no mechanism balances.
    InvalidEnvironmentError
        If actions move types.
    ProgramSizeError
        If there are too many profiles.
    SolverError
        If a program was not solved in exact arithmetic.

    Examples
    --------
    Types that never change, so that every sum is twice that of one period. A designer who keeps nothing reaches 8/3 of 11/4; one who keeps 2
    has the best trade only, which is worth 4 a quarter of the time.

    >>> from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
    >>> found = dynamic_trade_off(repeated_trade([0, "7/2"], [1, 4], lazily_redrawn(1, 2), "1/2"), "welfare-revenue", Settings())
    >>> [(str(point.revenue), str(point.welfare)) for point in found.points]
    [('0', '8/3'), ('1', '5/2'), ('2', '2')]
    """
    watch = Watch()
    most = _surplus(any_surplus(environment, settings, watch))
    found = pivot(environment)
    low, high = ends_of(kind, _surplus(largest_surplus(found, settings, watch)), most)
    corners = breakpoints(_Welfare(environment, low, high, settings))
    points = [TradeOffPoint(point.tangent.surplus, point.value, point.tangent.mechanism, point.tangent.certificate) for point in corners]
    whole = (initial_distribution(environment) * found.efficient.value).sum().item()
    return TradeOff(kind, tuple(points if low < high else points[:1]), whole)


def _surplus(found: Proved | None) -> Fraction:
    """Return the largest surplus, which prices prove and a mechanism attains."""
    if found is None or found.certificate is None or found.mechanism is None or found.mechanism.surplus() != found.certificate.bound:
        raise SolverError("the largest surplus was not found in exact arithmetic; use fewer types")
    return found.certificate.bound


@dataclass(frozen=True, eq=False)
class _Point(Touching):
    """The best welfare with a surplus, and the prices that prove it."""

    surplus: Fraction
    certificate: DynamicCertificate
    mechanism: StationaryMechanism


@dataclass(frozen=True, eq=False)
class _Welfare:
    """The best welfare between two surpluses."""

    environment: DynamicEnvironment
    low: Fraction
    high: Fraction
    settings: Settings

    def tangent(self, weights: Weights) -> _Point:
        surplus = weights[0] * self.low + weights[1] * self.high
        found = second_best(self.environment, self.settings, Watch(), least=surplus)
        if found is None or found.certificate is None or found.mechanism is None:
            raise SolverError(f"the best welfare with a surplus of {surplus} was not found in exact arithmetic; use fewer types")
        prices, value = found.certificate, found.mechanism.welfare()
        if prices.bound - prices.budget * surplus != value:
            raise SolverError("prices and mechanism disagree about the welfare, so it is not proved; use fewer types")
        ends = prices.bound - prices.budget * self.low, prices.bound - prices.budget * self.high
        return _Point(weights, value, ends, surplus, prices, found.mechanism)
