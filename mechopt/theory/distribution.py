"""What a closed form asks of a distribution of types, and the integral that every continuum formula needs."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mechopt.errors import InvalidEnvironmentError

__all__ = ["Distribution", "FloatArray", "bounded_support", "integral", "inverse", "mean"]

FloatArray = NDArray[np.float64]

# Gauss-Legendre nodes and weights on [0, 1]; when to stop halving panels; the error that is refused, not returned.
NODES, NODE_WEIGHTS = (np.polynomial.legendre.leggauss(16) + np.array([[1.0], [0.0]])) / 2
INTEGRAL_TOLERANCE = 1e-11
INTEGRAL_REFUSAL = 1e-7
HALVINGS = 60
# Steps of `inverse`: bisections before the chord is trusted, all steps, and the step, as part of the range, to stop at.
FIRST_BISECTIONS = 4
STEPS = 46
POINT_TOLERANCE = 1e-14


class Distribution(Protocol):
    """A distribution of types: any frozen continuous distribution of `scipy.stats` is one."""

    def cdf(self, x: Any, /) -> Any:
        """Return F(x)."""

    def pdf(self, x: Any, /) -> Any:
        """Return the density f(x)."""

    def ppf(self, q: Any, /) -> Any:
        """Return the type at quantile q, the inverse of F."""

    def support(self) -> Any:
        """Return the lowest and the highest type."""


def bounded_support(distribution: Distribution, name: str) -> tuple[float, float]:
    """Return the lowest and the highest type of a distribution that has both.

    Parameters
    ----------
    distribution : Distribution
        Distribution of one agent's types, in money.
    name : str
        How the error message calls it.

    Returns
    -------
    tuple of two floats
        Lowest and highest type, in money.

    Raises
    ------
    InvalidEnvironmentError
        If an end of the support is infinite.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> bounded_support(uniform(2, 1), "buyer")
    (2.0, 3.0)
    """
    low, high = (float(end) for end in distribution.support())
    if not (math.isfinite(low) and math.isfinite(high)):
        raise InvalidEnvironmentError(f"{name} has support [{low}, {high}]; this closed form needs a bounded one: truncate the distribution")
    return low, high


def integral(integrand: Callable[[FloatArray], FloatArray], *limits: float) -> float:
    r"""Return the integral over consecutive pieces, each with its ends smoothed.

    .. math:: \int_a^b h(x)\,dx = \int_0^1 h\bigl(a + (b-a)(3u^2 - 2u^3)\bigr)\, 6 u (1-u) (b-a)\, du

    The substitution removes the singularities that densities such as beta(1/2, 1/2) have at the ends of the support.

    Parameters
    ----------
    integrand : callable
        Maps an array of points, shape (n_points,), to values of the same shape.
    *limits : float
        Ends of the pieces, in order; a piece whose end does not exceed its start counts zero.

    Returns
    -------
    float
        The integral, in the unit of the integrand times that of its argument.

    Raises
    ------
    InvalidEnvironmentError
        If the integral does not settle to seven digits.

    Examples
    --------
    >>> round(integral(lambda x: x**2, 0.0, 0.5, 1.0), 12)
    0.333333333333
    """
    total = 0.0
    for low, high in pairwise(limits):
        if high > low:
            total += _piece(integrand, low, high)
    return total


def _piece(integrand: Callable[[FloatArray], FloatArray], low: float, high: float) -> float:
    """Return the integral over one piece: panels are halved, all at once, until halving changes nothing."""
    # Rounding must not reach an end, where a density may be infinite.
    first, last = np.nextafter(low, high), np.nextafter(high, low)

    def panels(starts: FloatArray, ends: FloatArray) -> FloatArray:
        u = starts[:, None] + (ends - starts)[:, None] * NODES
        x = np.clip(low + (high - low) * u * u * (3 - 2 * u), first, last)
        smoothed = np.reshape(integrand(x.ravel()), x.shape) * (6 * u * (1 - u) * (high - low))
        return np.asarray((ends - starts) * (smoothed @ NODE_WEIGHTS), dtype=np.float64)

    starts, ends = np.array([0.0]), np.array([1.0])
    whole, total = panels(starts, ends), 0.0
    for _ in range(HALVINGS):
        middles = (starts + ends) / 2
        starts, ends = np.concatenate([starts, middles]), np.concatenate([middles, ends])
        halves = panels(starts, ends)
        change = np.abs(halves[: len(whole)] + halves[len(whole) :] - whole)
        open_panels = np.tile(~(change <= INTEGRAL_TOLERANCE * max(1.0, abs(total))), 2)
        total += float(np.sum(halves[~open_panels]))
        if not np.any(open_panels):
            return total
        starts, ends, whole = starts[open_panels], ends[open_panels], halves[open_panels]
    error = float(np.sum(change))
    if not error <= INTEGRAL_REFUSAL * max(1.0, abs(total)):
        raise InvalidEnvironmentError(f"the integral over [{low}, {high}] is known only to {error:.1e}; give a distribution with a tamer density")
    return total + float(np.sum(whole))


def inverse(excess: Callable[[FloatArray], FloatArray], low: float, high: float, size: int) -> FloatArray:
    """Return, for `size` problems at once, the point of [`low`, `high`] at which `excess` turns positive.

    Where `excess` does not change its sign, a look next to both ends settles it. Elsewhere a few bisections, then the false position rule
    with Illinois' correction wherever both ends have been evaluated.

    Parameters
    ----------
    excess : callable
        Maps points, shape (size,), to numbers of that shape; for each problem negative below a point, positive above.
    low, high : float
        The range to search. Never evaluated at its ends.
    size : int
        Number of problems.

    Returns
    -------
    ndarray, shape (size,)
        The turning points; `low` or `high`, to 1e-14 of the range, where `excess` is positive or negative throughout.

    Examples
    --------
    >>> inverse(lambda x: x**2 - np.array([0.25, 4.0]), 0.0, 1.0, 2).round(12)
    array([0.5, 1. ])
    """
    step_inside = POINT_TOLERANCE * (high - low)
    first, last = max(np.nextafter(low, high), low + step_inside), min(np.nextafter(high, low), high - step_inside)
    negative, positive = excess(np.full(size, last)) < 0, excess(np.full(size, first)) > 0  # throughout
    settled, end = negative | positive, np.where(positive, first, last)
    below, above = np.where(settled, end, low), np.where(settled, end, high)
    at_below, at_above = np.full(size, np.nan), np.full(size, np.nan)
    was_above = np.zeros(size, dtype=np.bool_)
    point: FloatArray = (below + above) / 2
    for step in range(STEPS):
        value = excess(point)
        is_above = value > 0
        # The end that stays a second time counts half, or the other one would crawl.
        halved = np.where((step > 0) & (is_above == was_above), 0.5, 1.0)
        at_below, at_above = np.where(is_above, at_below * halved, value), np.where(is_above, value, at_above * halved)
        below, above = np.where(is_above, below, point), np.where(is_above, point, above)
        was_above, previous = is_above, point
        point = _next_point(below, above, at_below, at_above, false_position=step >= FIRST_BISECTIONS)
        if np.all(np.abs(point - previous) <= POINT_TOLERANCE * (high - low)):
            break
    return point


def _next_point(below: FloatArray, above: FloatArray, at_below: FloatArray, at_above: FloatArray, *, false_position: bool) -> FloatArray:
    """Return where the chord crosses zero, and the middle where there is no chord yet."""
    middle = (below + above) / 2
    if not false_position:
        return middle
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        chord = below - at_below * (above - below) / (at_above - at_below)
    return np.where((chord >= below) & (chord <= above), chord, middle)


def mean(distribution: Distribution, name: str = "distribution") -> float:
    r"""Return the expected type.

    .. math:: E[v] = \bar v - \int F(x)\,dx

    Parameters
    ----------
    distribution : Distribution
        Distribution of types, in money, with bounded support.
    name : str
        How an error message calls it.

    Returns
    -------
    float
        The mean, in money.

    Raises
    ------
    InvalidEnvironmentError
        If the support is unbounded.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> round(mean(uniform(0, 1)), 12)
    0.5
    """
    low, high = bounded_support(distribution, name)
    return high - integral(distribution.cdf, low, high)
