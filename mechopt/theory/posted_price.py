r"""Posted prices in bilateral trade: Hagerty and Rogerson (1987).

Among mechanisms with dominant strategies, ex post participation and an exactly balanced budget, with types in an
interval, only lotteries over posted prices remain: a price is fixed in advance and both sides say yes or no. **On a
finite type space that is false**: buyers worth 1 or 3 and sellers of cost 0 or 2, equally likely, gain 1 at the best
posted price and 9/8 at the best mechanism with these properties. On the grid of midpoints of the uniform distribution
the two agree for as many points as have been checked by linear programming (eight).

.. [1] K. M. Hagerty and W. P. Rogerson, "Robust Trading Mechanisms", Journal of Economic Theory 42 (1987), 94-107.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from mechopt.theory.arguments import require_between, require_count
from mechopt.theory.distribution import Distribution, bounded_support, integral

__all__ = [
    "PostedPrice",
    "best_posted_price",
    "grid_posted_price_gains",
    "posted_price_gains",
    "uniform_posted_price_gains",
]

# Prices tried before the best is refined; two local maxima closer than 1/64 of the range are told apart only by luck.
PRICES_TRIED = 65


@dataclass(frozen=True)
class PostedPrice:
    """A price fixed in advance and what it achieves.

    Attributes
    ----------
    price : float
        The price, in money.
    gains : float
        Expected gains from trade, in money.
    """

    price: float
    gains: float


def posted_price_gains(buyer: Distribution, seller: Distribution, price: float) -> float:
    r"""Return the expected gains when trade takes place if and only if both accept a price.

    .. math:: E\bigl[(v - c)\,1\{c \le p \le v\}\bigr]
              = (1 - F(p)) \int_{\underline c}^p G(t)\,dt + G(p) \int_p^{\bar v} (1 - F(t))\,dt

    Parameters
    ----------
    buyer, seller : Distribution
        Distributions of value and cost, in money, with bounded supports.
    price : float
        The price p, in money.

    Returns
    -------
    float
        Expected gains, in money.

    Raises
    ------
    InvalidEnvironmentError
        If a support is unbounded.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> round(posted_price_gains(uniform(0, 1), uniform(0, 1), 0.5), 10)
    0.125

    References
    ----------
    .. [1] Hagerty and Rogerson (1987), Journal of Economic Theory 42, 94-107.
    """
    highest_value, lowest_cost = bounded_support(buyer, "buyer")[1], bounded_support(seller, "seller")[0]
    buyers, sellers = 1 - float(buyer.cdf(price)), float(seller.cdf(price))
    seller_gains = integral(seller.cdf, lowest_cost, *_inside(seller, lowest_cost, price), price) if buyers > 0 else 0.0
    buyer_gains = integral(lambda t: 1 - buyer.cdf(t), price, *_inside(buyer, price, highest_value), highest_value) if sellers > 0 else 0.0
    return buyers * seller_gains + sellers * buyer_gains


def _inside(distribution: Distribution, low: float, high: float) -> list[float]:
    """Return the ends of the support strictly between `low` and `high`: the kinks of the distribution function."""
    return [end for end in map(float, distribution.support()) if low < end < high]


def best_posted_price(buyer: Distribution, seller: Distribution) -> PostedPrice:
    r"""Return the price that maximises the expected gains from trade.

    .. math:: \max_p E\bigl[(v - c)\,1\{c \le p \le v\}\bigr]

    Parameters
    ----------
    buyer, seller : Distribution
        Distributions of value and cost, in money, with bounded supports.

    Returns
    -------
    PostedPrice
        Price and expected gains, in money. In the continuum no mechanism with dominant strategies, ex post
        participation and a balanced budget gains more.

    Raises
    ------
    InvalidEnvironmentError
        If a support is unbounded.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> best = best_posted_price(uniform(0, 1), uniform(0, 1))
    >>> round(best.price, 6), round(best.gains, 10)
    (0.5, 0.125)

    References
    ----------
    .. [1] Hagerty and Rogerson (1987), Journal of Economic Theory 42, 94-107.
    """
    from scipy.optimize import minimize_scalar

    ends = (*bounded_support(buyer, "buyer"), *bounded_support(seller, "seller"))
    prices = np.linspace(min(ends), max(ends), PRICES_TRIED)
    best = int(np.argmax([posted_price_gains(buyer, seller, float(price)) for price in prices]))
    bracket = float(prices[max(best - 1, 0)]), float(prices[min(best + 1, len(prices) - 1)])
    refined = minimize_scalar(
        lambda price: -posted_price_gains(buyer, seller, float(price)),
        bounds=bracket,
        method="bounded",
        options={"xatol": 1e-9},
    )
    price = max((float(prices[best]), float(refined.x)), key=lambda p: posted_price_gains(buyer, seller, p))
    return PostedPrice(price=price, gains=posted_price_gains(buyer, seller, price))


def uniform_posted_price_gains(price: Fraction | int) -> Fraction:
    r"""Return the expected gains of a posted price when value and cost are uniform on [0, 1].

    .. math:: \frac{p (1 - p)}{2}

    Parameters
    ----------
    price : Fraction
        The price p in [0, 1], in money.

    Returns
    -------
    Fraction
        Expected gains, in money; 1/8 at the best price 1/2.

    Raises
    ------
    InvalidEnvironmentError
        If `price` is outside [0, 1].

    Examples
    --------
    >>> uniform_posted_price_gains(Fraction(1, 2))
    Fraction(1, 8)

    References
    ----------
    .. [1] Hagerty and Rogerson (1987), Journal of Economic Theory 42, 94-107.
    """
    require_between(price, "price", 0, 1)
    return Fraction(price) * (1 - Fraction(price)) / 2


def grid_posted_price_gains(points: int) -> Fraction:
    r"""Return the expected gains of the best posted price with k midpoints (j + 1/2)/k a side.

    .. math:: \max_j \frac{(k - j)(j + 1)(k - 1)}{2 k^3}
              = \frac{(k - 1)\,\lfloor (k + 1)^2 / 4 \rfloor}{2 k^3}

    At the price (j + 1/2)/k, k - j buyers and j + 1 sellers accept, and the average trade is worth (k - 1)/(2k).

    Parameters
    ----------
    points : int
        Points k a side, at least 1.

    Returns
    -------
    Fraction
        Expected gains, in money.

    Raises
    ------
    InvalidEnvironmentError
        If `points` is not a positive whole number.

    Examples
    --------
    >>> [str(grid_posted_price_gains(k)) for k in (2, 5, 6)]
    ['1/8', '18/125', '5/36']
    """
    k = require_count(points, "points", 1)
    return Fraction((k - 1) * ((k + 1) ** 2 // 4), 2 * k**3)
