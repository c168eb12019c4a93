r"""The auction of the largest expected revenue: Myerson (1981).

Give the object to the highest ironed virtual value if it is positive; expected revenue is the expectation of that
maximum. With equal bidders and increasing virtual values it is a second-price auction with a reserve price.

.. [1] R. B. Myerson, "Optimal Auction Design", Mathematics of Operations Research 6 (1981), 58-73,
   doi:10.1287/moor.6.1.58.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from mechopt.theory.arguments import require_count
from mechopt.theory.distribution import Distribution
from mechopt.theory.virtual_values import REVENUE_CELLS, concave_revenue, ironed_virtual_values

__all__ = [
    "UNIFORM_RESERVE_PRICE",
    "discrete_optimal_revenue",
    "optimal_revenue",
    "reserve_price",
    "uniform_optimal_revenue",
    "uniform_second_price_revenue",
]

# The root of 2 v - 1, the virtual value when values are uniform on [0, 1].
UNIFORM_RESERVE_PRICE = Fraction(1, 2)


def optimal_revenue(bidders: Sequence[Distribution]) -> float:
    r"""Return the largest expected revenue from one object and bidders with independent, perhaps different, values.

    .. math:: E \max\bigl(0, \max_i \bar\varphi_i(v_i)\bigr)
              = \int_0^\infty \Bigl( 1 - \prod_i \Pr\{\bar\varphi_i(v_i) \le z\} \Bigr)\,dz

    Parameters
    ----------
    bidders : sequence of Distribution, length n_agents
        Distributions of the values, in money; regular or not.

    Returns
    -------
    float
        Expected revenue, in money; with the smooth densities of `scipy.stats` good to about eight digits.

    Raises
    ------
    InvalidEnvironmentError
        If there is no bidder, or revenue at some price is infinite.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> [round(optimal_revenue([uniform(0, 1)] * n), 6) for n in (1, 2, 3)]
    [0.25, 0.416667, 0.53125]

    References
    ----------
    .. [1] Myerson (1981), doi:10.1287/moor.6.1.58.
    """
    require_count(len(bidders), "the number of bidders", 1)
    curves = [concave_revenue(bidder) for bidder in bidders]
    slopes = [np.diff(revenues) / np.diff(quantiles) for quantiles, revenues in curves]
    levels = np.unique(np.concatenate([[0.0], *(slope[slope > 0] for slope in slopes)]))
    none_above = np.ones(len(levels))
    for (quantiles, _), slope in zip(curves, slopes, strict=True):
        # Slopes decrease: the number of those above a level is where to cut the probabilities of sale.
        none_above *= 1 - quantiles[len(slope) - np.searchsorted(slope[::-1], levels, side="right")]
    return float(np.sum(np.diff(levels) * (1 - none_above[:-1])))


def reserve_price(distribution: Distribution) -> float:
    r"""Return the price that maximises revenue from one bidder: the reserve price of the optimal auction among equals.

    .. math:: \min \{ v : \bar\varphi(v) \ge 0 \} = \min \arg\max_p\, p\,(1 - F(p))

    Parameters
    ----------
    distribution : Distribution
        Distribution F of the value, in money.

    Returns
    -------
    float
        Price, in money; good to about seven digits.

    Raises
    ------
    InvalidEnvironmentError
        If revenue at some price is infinite.

    Examples
    --------
    >>> from scipy.stats import expon, uniform
    >>> reserve_price(uniform(0, 1)), round(reserve_price(expon()), 4)
    (0.5, 1.0)

    References
    ----------
    .. [1] Myerson (1981), doi:10.1287/moor.6.1.58.
    """
    from scipy.optimize import minimize_scalar

    quantiles, revenues = concave_revenue(distribution)
    best = len(revenues) - 1 - int(np.argmax(revenues[::-1]))
    cell = 1 / REVENUE_CELLS
    bounds = (max(float(quantiles[best]) - cell, 0.0), min(float(quantiles[best]) + cell, 1.0))
    refined = minimize_scalar(lambda q: -float(q * distribution.ppf(1 - q)), bounds=bounds, method="bounded", options={"xatol": 1e-12})
    sale = float(refined.x) if -refined.fun > revenues[best] else float(quantiles[best])
    return float(distribution.ppf(1 - sale))


def uniform_optimal_revenue(n_agents: int) -> Fraction:
    r"""Return the largest expected revenue from n bidders with values uniform on [0, 1].

    .. math:: \int_{1/2}^1 (2v - 1)\,dv^n = \frac{n - 1 + 2^{-n}}{n + 1}

    Parameters
    ----------
    n_agents : int
        Number of bidders n, at least 1.

    Returns
    -------
    Fraction
        Expected revenue, in money.

    Raises
    ------
    InvalidEnvironmentError
        If there is no bidder.

    Examples
    --------
    >>> [str(uniform_optimal_revenue(n)) for n in (1, 2, 3)]
    ['1/4', '5/12', '17/32']

    References
    ----------
    .. [1] Myerson (1981), doi:10.1287/moor.6.1.58.
    """
    n = require_count(n_agents, "n_agents", 1)
    return (n - 1 + Fraction(1, 2**n)) / (n + 1)


def uniform_second_price_revenue(n_agents: int) -> Fraction:
    r"""Return the expected revenue of an auction without reserve price, values uniform on [0, 1].

    .. math:: E\, v_{(2)} = \frac{n - 1}{n + 1}

    Parameters
    ----------
    n_agents : int
        Number of bidders n, at least 1.

    Returns
    -------
    Fraction
        Expected revenue, in money; with one bidder more it exceeds the optimum.

    Raises
    ------
    InvalidEnvironmentError
        If there is no bidder.

    Examples
    --------
    >>> uniform_second_price_revenue(2), uniform_second_price_revenue(3)
    (Fraction(1, 3), Fraction(1, 2))

    References
    ----------
    .. [1] W. Vickrey, "Counterspeculation, Auctions, and Competitive Sealed Tenders", Journal of Finance 16 (1961),
       8-37, doi:10.1111/j.1540-6261.1961.tb02789.x.
    """
    n = require_count(n_agents, "n_agents", 1)
    return Fraction(n - 1, n + 1)


def discrete_optimal_revenue(
    bidders: Sequence[tuple[Sequence[Fraction | int], Sequence[Fraction | int]]],
) -> Fraction:
    r"""Return the largest expected revenue from one object and bidders with finitely many types each, exactly.

    .. math:: E \max\bigl(0, \max_i \bar\varphi_i(\theta_i)\bigr)

    Parameters
    ----------
    bidders : sequence of pairs, length n_agents
        For each bidder her values, increasing, in money, and their probabilities.

    Returns
    -------
    Fraction
        Expected revenue, in money.

    Raises
    ------
    InvalidEnvironmentError
        If there is no bidder, values do not increase, or a prior is not a positive probability vector.

    Examples
    --------
    >>> coin = ([1, 2], [Fraction(1, 2), Fraction(1, 2)])
    >>> discrete_optimal_revenue([coin]), discrete_optimal_revenue([coin, coin])
    (Fraction(1, 1), Fraction(3, 2))

    References
    ----------
    .. [1] Myerson (1981), doi:10.1287/moor.6.1.58.
    """
    require_count(len(bidders), "the number of bidders", 1)
    ironed = [list(zip(ironed_virtual_values(values, prior), prior, strict=True)) for values, prior in bidders]
    levels = sorted({Fraction(0), *(phi for types in ironed for phi, _ in types if phi > 0)})
    revenue, below = Fraction(0), Fraction(0)
    for level in levels:
        none_above = Fraction(1)
        for types in ironed:
            none_above *= sum((Fraction(p) for phi, p in types if phi <= level), Fraction(0))
        revenue += level * (none_above - below)
        below = none_above
    return revenue
