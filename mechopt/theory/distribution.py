"""What a closed form asks of a distribution of types, and the integral that every continuum formula needs."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import cubature

from mechopt.errors import InvalidEnvironmentError

__all__ = ["Distribution", "FloatArray", "bounded_support", "integral", "inverse", "mean"]

FloatArray = NDArray[np.float64]

# Asked of the quadrature, and the error above which its answer is refused rather than returned.
INTEGRAL_TOLERANCE = 1e-10
INTEGRAL_REFUSAL = 1e-7
MAX_SUBDIVISIONS = 400
# Halvings of the support: the width falls below the spacing of doubles.
BISECTIONS = 54


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
        raise InvalidEnvironmentError(
            f"{name} has support [{low}, {high}]; this closed form needs a bounded one: truncate the distribution"
        )
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
    def smoothed(points: FloatArray) -> FloatArray:
        u = points[:, 0]
        return integrand(low + (high - low) * u * u * (3 - 2 * u)) * (6 * u * (1 - u) * (high - low))

    result = cubature(
        smoothed, [0.0], [1.0], rtol=INTEGRAL_TOLERANCE, atol=INTEGRAL_TOLERANCE, max_subdivisions=MAX_SUBDIVISIONS
    )
    estimate, error = float(result.estimate), float(result.error)
    if not error <= INTEGRAL_REFUSAL * max(1.0, abs(estimate)):
        raise InvalidEnvironmentError(
            f"the integral over [{low}, {high}] is known only to {error:.1e}; the distribution needs a smoother density"
        )
    return estimate


def inverse(exceeds: Callable[[FloatArray], NDArray[np.bool_]], low: float, high: float, size: int) -> FloatArray:
    """Return, for `size` problems at once, the point of [`low`, `high`] at which `exceeds` turns true.

    Parameters
    ----------
    exceeds : callable
        Maps points, shape (size,), to booleans of that shape; for each problem false below a point and true above it.
    low, high : float
        The range to search. Never evaluated at its ends.
    size : int
        Number of problems.

    Returns
    -------
    ndarray, shape (size,)
        The turning points; `low` or `high` where `exceeds` is true or false throughout.

    Examples
    --------
    >>> inverse(lambda x: x**2 > np.array([0.25, 4.0]), 0.0, 1.0, 2)
    array([0.5, 1. ])
    """
    below, above = np.full(size, low), np.full(size, high)
    for _ in range(BISECTIONS):
        middle = (below + above) / 2
        true = exceeds(middle)
        above = np.where(true, middle, above)
        below = np.where(true, below, middle)
    return np.where(above >= high, high, np.where(below <= low, low, (below + above) / 2))


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
