r"""Virtual values, discrete and continuous, and ironing: Myerson (1981).

A type's virtual value is the marginal revenue of serving it: what it pays less what all higher types must then be
left. Where it decreases no auction can follow it, and the best one treats neighbouring types alike: ironing replaces
revenue, as a function of the probability of sale, by the least concave function above it.

.. [1] R. B. Myerson, "Optimal Auction Design", Mathematics of Operations Research 6 (1981), 58-73,
   doi:10.1287/moor.6.1.58.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np

from mechopt.errors import InvalidEnvironmentError
from mechopt.theory.distribution import Distribution, FloatArray
from mechopt.theory.trading_rule import buyer_virtual_value

__all__ = ["concave_revenue", "ironed_virtual_value", "ironed_virtual_values", "virtual_value", "virtual_values"]

# Quantile cells of a revenue curve. Revenue is then good to about the square of a cell, 4e-9.
REVENUE_CELLS = 2**14


def virtual_values(values: Sequence[Fraction | int], prior: Sequence[Fraction | int]) -> list[Fraction]:
    r"""Return the virtual value of each of finitely many types: the marginal revenue of serving it.

    .. math:: \varphi_k = v_k - (v_{k+1} - v_k)\,\frac{1 - F_k}{f_k}

    Parameters
    ----------
    values : sequence of Fraction, length n_types
        Values, increasing, in money.
    prior : sequence of Fraction, length n_types
        Probabilities, positive, summing to one.

    Returns
    -------
    list of Fraction, length n_types
        Virtual values, in money. The highest type's equals its value.

    Raises
    ------
    InvalidEnvironmentError
        If `values` do not increase or `prior` is not a positive probability vector of the same length.

    Examples
    --------
    Type 1 has a negative virtual value, so the optimal reserve price is 2.

    >>> [str(phi) for phi in virtual_values([1, 2, 3], [Fraction(1, 3)] * 3)]
    ['-1', '1', '3']

    References
    ----------
    .. [1] Myerson (1981), doi:10.1287/moor.6.1.58.
    """
    _require_types(values, prior)
    higher = Fraction(0)
    virtual = [Fraction(values[-1])]
    for k in range(len(values) - 2, -1, -1):
        higher += Fraction(prior[k + 1])
        virtual.append(values[k] - (values[k + 1] - values[k]) * higher / prior[k])
    return virtual[::-1]


def _require_types(values: Sequence[Fraction | int], prior: Sequence[Fraction | int]) -> None:
    if not values or len(values) != len(prior):
        raise InvalidEnvironmentError(f"{len(values)} values and {len(prior)} probabilities; give one for each type")
    if any(right <= left for left, right in pairwise(values)):
        raise InvalidEnvironmentError(f"values {[str(value) for value in values]} must increase")
    if min(prior) <= 0 or sum(prior) != 1:
        raise InvalidEnvironmentError(f"prior {[str(p) for p in prior]} must be positive and sum to one exactly")


def ironed_virtual_values(values: Sequence[Fraction | int], prior: Sequence[Fraction | int]) -> list[Fraction]:
    r"""Return the ironed virtual values: the nearest nondecreasing ones, each pool at its mean.

    .. math:: \bar\varphi = \arg\min_{y_1 \le \dots \le y_m} \sum_k f_k (y_k - \varphi_k)^2

    Parameters
    ----------
    values : sequence of Fraction, length n_types
        Values, increasing, in money.
    prior : sequence of Fraction, length n_types
        Probabilities, positive, summing to one.

    Returns
    -------
    list of Fraction, length n_types
        Ironed virtual values, nondecreasing, in money.

    Raises
    ------
    InvalidEnvironmentError
        If `values` do not increase or `prior` is not a positive probability vector of the same length.

    Examples
    --------
    A rare type in the middle would earn less than the type below; both are treated alike.

    >>> values, prior = [2, 3, 6], [Fraction(1, 2), Fraction(1, 8), Fraction(3, 8)]
    >>> [str(phi) for phi in virtual_values(values, prior)]
    ['1', '-6', '6']
    >>> [str(phi) for phi in ironed_virtual_values(values, prior)]
    ['-2/5', '-2/5', '6']

    References
    ----------
    .. [1] Myerson (1981), section 6, doi:10.1287/moor.6.1.58.
    """
    pools: list[tuple[Fraction, Fraction, int]] = []  # mean, probability, number of types
    for mean, weight in zip(virtual_values(values, prior), prior, strict=True):
        pool = (mean, Fraction(weight), 1)
        while pools and pools[-1][0] >= pool[0]:
            left = pools.pop()
            probability = left[1] + pool[1]
            pool = ((left[0] * left[1] + pool[0] * pool[1]) / probability, probability, left[2] + pool[2])
        pools.append(pool)
    return [mean for mean, _, n_types in pools for _ in range(n_types)]


def virtual_value(distribution: Distribution, value: FloatArray | float) -> FloatArray:
    r"""Return the virtual value of a type drawn from a density.

    .. math:: \varphi(v) = v - \frac{1 - F(v)}{f(v)}

    Parameters
    ----------
    distribution : Distribution
        Distribution F of the value, in money.
    value : float or ndarray
        Values, in money.

    Returns
    -------
    ndarray, shape of `value`
        Virtual values, in money.

    Examples
    --------
    >>> from scipy.stats import expon
    >>> virtual_value(expon(), np.array([0.0, 1.0, 2.0])).round(12)
    array([-1.,  0.,  1.])

    References
    ----------
    .. [1] Myerson (1981), doi:10.1287/moor.6.1.58.
    """
    return buyer_virtual_value(distribution, value)


def concave_revenue(distribution: Distribution) -> tuple[FloatArray, FloatArray]:
    r"""Return the corners of the least concave function above the revenue curve.

    .. math:: R(q) = q\,F^{-1}(1 - q), \qquad \bar R = \text{least concave function} \ge R

    R(q) is the revenue of the price that sells with probability q; its slope is the virtual value at that price.

    Parameters
    ----------
    distribution : Distribution
        Distribution F of the value, in money.

    Returns
    -------
    tuple of two ndarrays, shape (n_corners,)
        Probabilities of sale, increasing from 0 to 1, and revenues there, in money.

    Raises
    ------
    InvalidEnvironmentError
        If the lowest value is infinite or revenue is not finite.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> quantiles, revenues = concave_revenue(uniform(0, 1))
    >>> float(revenues.max())
    0.25

    References
    ----------
    .. [1] Myerson (1981), section 6, doi:10.1287/moor.6.1.58.
    .. [2] J. Bulow and J. Roberts, "The Simple Economics of Optimal Auctions", Journal of Political Economy 97 (1989),
       1060-1090.
    """
    quantiles = np.linspace(0, 1, REVENUE_CELLS + 1)
    revenues = np.zeros_like(quantiles)
    revenues[1:] = quantiles[1:] * np.asarray(distribution.ppf(1 - quantiles[1:]), dtype=np.float64)
    if not np.all(np.isfinite(revenues)):
        raise InvalidEnvironmentError("revenue at some price is infinite; the lowest value must be a finite number")
    corners: list[int] = []
    for k in range(len(quantiles)):
        while len(corners) > 1 and _bends_up(quantiles, revenues, corners[-2], corners[-1], k):
            corners.pop()
        corners.append(k)
    return quantiles[corners], revenues[corners]


def _bends_up(x: FloatArray, y: FloatArray, left: int, middle: int, right: int) -> bool:
    """Return whether the middle point lies on or below the line between the other two."""
    return bool((y[middle] - y[left]) * (x[right] - x[left]) <= (y[right] - y[left]) * (x[middle] - x[left]))


def ironed_virtual_value(distribution: Distribution, value: FloatArray | float) -> FloatArray:
    r"""Return the ironed virtual value: the slope of the concave revenue curve at the price `value`.

    .. math:: \bar\varphi(v) = \bar R'(1 - F(v))

    Parameters
    ----------
    distribution : Distribution
        Distribution F of the value, in money.
    value : float or ndarray
        Values, in money.

    Returns
    -------
    ndarray, shape of `value`
        Ironed virtual values, nondecreasing in `value`, in money; good to about one cell of 1/16384 of probability.

    Raises
    ------
    InvalidEnvironmentError
        If the lowest value is infinite or revenue is not finite.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> ironed_virtual_value(uniform(0, 1), np.array([0.25, 0.75])).round(3)
    array([-0.5,  0.5])

    References
    ----------
    .. [1] Myerson (1981), section 6, doi:10.1287/moor.6.1.58.
    """
    quantiles, revenues = concave_revenue(distribution)
    slopes = np.diff(revenues) / np.diff(quantiles)
    sale = 1 - np.asarray(distribution.cdf(np.asarray(value, dtype=np.float64)), dtype=np.float64)
    piece = np.clip(np.searchsorted(quantiles, sale) - 1, 0, len(slopes) - 1)
    return np.asarray(slopes[piece], dtype=np.float64)
