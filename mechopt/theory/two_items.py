r"""One buyer, two items, values uniform on [0, 1] and independent: the optimal menu of Manelli and Vincent (2006).

Neither selling separately nor selling the bundle is best; the optimum prices each item at 2/3 and both at
(4 - sqrt 2)/3, without lotteries.

.. [1] A. M. Manelli and D. R. Vincent, "Bundling as an Optimal Selling Mechanism for a Multiple-Good Monopolist",
   Journal of Economic Theory 127 (2006), 1-35.
"""

from __future__ import annotations

import math

from mechopt.theory.arguments import require_between

__all__ = ["menu_revenue", "optimal_bundle_price", "optimal_item_price", "optimal_revenue"]


def optimal_item_price() -> float:
    r"""Return the price of either item alone in the optimal menu.

    .. math:: \frac23

    Returns
    -------
    float
        Price, in money.

    Examples
    --------
    >>> round(optimal_item_price(), 6)
    0.666667

    References
    ----------
    .. [1] Manelli and Vincent (2006), Journal of Economic Theory 127, 1-35.
    """
    return 2 / 3


def optimal_bundle_price() -> float:
    r"""Return the price of both items together in the optimal menu.

    .. math:: \frac{4 - \sqrt 2}{3}

    Returns
    -------
    float
        Price, in money.

    Examples
    --------
    >>> round(optimal_bundle_price(), 6)
    0.861929

    References
    ----------
    .. [1] Manelli and Vincent (2006), Journal of Economic Theory 127, 1-35.
    """
    return (4 - math.sqrt(2)) / 3


def optimal_revenue() -> float:
    r"""Return the largest expected revenue.

    .. math:: \frac{12 + 2 \sqrt 2}{27}

    Returns
    -------
    float
        Expected revenue, in money. Separate sale earns 1/2, the bundle alone :math:`\tfrac23 \sqrt{2/3}`.

    Examples
    --------
    >>> round(optimal_revenue(), 6)
    0.549201

    References
    ----------
    .. [1] Manelli and Vincent (2006), Journal of Economic Theory 127, 1-35.
    """
    return (12 + 2 * math.sqrt(2)) / 27


def menu_revenue(item_price: float, bundle_price: float) -> float:
    r"""Return the expected revenue of a menu: a price for either item, and one for both.

    .. math:: 2p\,(1 - p)(b - p) + b\,\Bigl[ (1 - b + p)^2 - \tfrac12 (2p - b)^2 \Bigr]

    A buyer takes one item if she values it at p or more and the other at less than b - p; she takes both if each is
    worth at least b - p to her and the two together at least b.

    Parameters
    ----------
    item_price : float
        Price p of either item, in [0, 1], in money.
    bundle_price : float
        Price b of both, between p and 2 p, in money.

    Returns
    -------
    float
        Expected revenue, in money.

    Raises
    ------
    InvalidEnvironmentError
        If a price is outside its range.

    Examples
    --------
    >>> round(menu_revenue(0.5, 1.0), 10), round(menu_revenue(optimal_item_price(), optimal_bundle_price()), 6)
    (0.5, 0.549201)

    References
    ----------
    .. [1] Manelli and Vincent (2006), Journal of Economic Theory 127, 1-35.
    """
    require_between(item_price, "item_price", 0, 1)
    require_between(bundle_price, "bundle_price", item_price, 2 * item_price)
    one, both = item_price, bundle_price
    single = 2 * one * (1 - one) * (both - one)
    return single + both * ((1 - both + one) ** 2 - (2 * one - both) ** 2 / 2)
