r"""The trading rules of Myerson and Satterthwaite (1983): trade when virtual value covers virtual cost.

A rule has one parameter, the weight alpha in [0, 1] that it gives to the rents trade leaves to other types: 0 is
efficient trade, 1 is a profit-maximising broker, the second best lies between.

.. [1] R. B. Myerson and M. A. Satterthwaite, "Efficient Mechanisms for Bilateral Trading", Journal of Economic Theory
   29 (1983), 265-281, doi:10.1016/0022-0531(83)90048-0.
"""

from __future__ import annotations

import numpy as np

from mechopt.errors import InvalidEnvironmentError
from mechopt.theory.arguments import require_between
from mechopt.theory.distribution import Distribution, FloatArray, integral, inverse

__all__ = ["buyer_virtual_value", "require_regular", "rule_gains", "rule_surplus", "seller_virtual_cost"]

# Regularity is looked at on this many quantiles.
REGULARITY_QUANTILES = 801
REGULARITY_ROUNDING = 1e-9
# Stands for infinity where it will be multiplied by a density that may be zero.
LARGEST_LEVEL = 1e100


def buyer_virtual_value(buyer: Distribution, value: FloatArray | float, weight: float = 1.0) -> FloatArray:
    r"""Return the buyer's value less a part of the rent that trading with her leaves to higher types.

    .. math:: \varphi_\alpha(v) = v - \alpha\,\frac{1 - F(v)}{f(v)}

    Parameters
    ----------
    buyer : Distribution
        Distribution F of the buyer's value, in money.
    value : float or ndarray
        Values, in money.
    weight : float
        The part alpha in [0, 1]; 1 gives marginal revenue.

    Returns
    -------
    ndarray, shape of `value`
        Virtual values, in money; below -1e99 where the density vanishes below the highest type.

    Raises
    ------
    InvalidEnvironmentError
        If `weight` is outside [0, 1].

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> buyer_virtual_value(uniform(0, 1), np.array([0.25, 0.5, 1.0]))
    array([-0.5,  0. ,  1. ])

    References
    ----------
    .. [1] Myerson and Satterthwaite (1983), doi:10.1016/0022-0531(83)90048-0.
    """
    require_between(weight, "weight", 0, 1)
    values = np.asarray(value, dtype=np.float64)
    return values - weight * _rent(1 - buyer.cdf(values), buyer.pdf(values))


def seller_virtual_cost(seller: Distribution, cost: FloatArray | float, weight: float = 1.0) -> FloatArray:
    r"""Return the seller's cost plus a part of the rent that trading with him leaves to lower costs.

    .. math:: \gamma_\alpha(c) = c + \alpha\,\frac{G(c)}{g(c)}

    Parameters
    ----------
    seller : Distribution
        Distribution G of the seller's cost, in money.
    cost : float or ndarray
        Costs, in money.
    weight : float
        The part alpha in [0, 1]; 1 gives marginal expenditure.

    Returns
    -------
    ndarray, shape of `cost`
        Virtual costs, in money; above 1e99 where the density vanishes above the lowest cost.

    Raises
    ------
    InvalidEnvironmentError
        If `weight` is outside [0, 1].

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> seller_virtual_cost(uniform(0, 1), np.array([0.0, 0.25, 1.0]))
    array([0. , 0.5, 2. ])

    References
    ----------
    .. [1] Myerson and Satterthwaite (1983), doi:10.1016/0022-0531(83)90048-0.
    """
    require_between(weight, "weight", 0, 1)
    costs = np.asarray(cost, dtype=np.float64)
    return costs + weight * _rent(seller.cdf(costs), seller.pdf(costs))


def _rent(others: FloatArray, density: FloatArray) -> FloatArray:
    """Return others / density, with 0/0 = 0: at the end of the support nobody is left to earn a rent."""
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient = np.asarray(others / density, dtype=np.float64)
    return np.where(np.asarray(others) <= 0, 0.0, np.minimum(quotient, LARGEST_LEVEL))


def rule_surplus(buyer: Distribution, seller: Distribution, weight: float) -> float:
    r"""Return the expected virtual gains of the trading rule: the largest budget surplus that it can leave.

    .. math:: E\bigl[(\varphi_1(v) - \gamma_1(c))\,1\{\varphi_\alpha(v) \ge \gamma_\alpha(c)\}\bigr]
              = \int \bigl[(v - c^*(v)) f(v) - (1 - F(v))\bigr]\, G(c^*(v))\,dv

    where :math:`c^*(v)` is the highest cost that trades with the value v; the expectation over costs is done by hand.

    Parameters
    ----------
    buyer, seller : Distribution
        Distributions of value and cost, in money, with bounded supports and increasing virtual value and cost.
    weight : float
        The alpha of the rule, in [0, 1].

    Returns
    -------
    float
        Expected surplus, in money.

    Raises
    ------
    InvalidEnvironmentError
        If `weight` is outside [0, 1].

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> [round(rule_surplus(uniform(0, 1), uniform(0, 1), alpha), 8) for alpha in (0, 1)] == [-0.16666667, 0.04166667]
    True

    References
    ----------
    .. [1] Myerson and Satterthwaite (1983), Theorem 1, doi:10.1016/0022-0531(83)90048-0.
    """

    def integrand(v: FloatArray) -> FloatArray:
        highest = _highest_cost(buyer, seller, v, weight)
        virtual: FloatArray = (v - highest) * buyer.pdf(v) - (1 - buyer.cdf(v))
        return virtual * np.asarray(seller.cdf(highest), dtype=np.float64)

    return integral(integrand, *_trading_values(buyer, seller, weight))


def rule_gains(buyer: Distribution, seller: Distribution, weight: float) -> float:
    r"""Return the expected gains from trade of the trading rule.

    .. math:: E\bigl[(v - c)\,1\{\varphi_\alpha(v) \ge \gamma_\alpha(c)\}\bigr]
              = \int (v - c^*(v))\,G(c^*(v))\,f(v)\,dv + \int G(t)\,(1 - F(v^*(t)))\,dt

    where :math:`c^*(v)` is the highest cost that trades with v, and :math:`v^*(t)` the lowest value that trades with t.

    Parameters
    ----------
    buyer, seller : Distribution
        Distributions of value and cost, in money, with bounded supports and increasing virtual value and cost.
    weight : float
        The alpha of the rule, in [0, 1].

    Returns
    -------
    float
        Expected gains, in money.

    Raises
    ------
    InvalidEnvironmentError
        If `weight` is outside [0, 1].

    Examples
    --------
    Trade on the unit square whenever v - c is at least 1/4, or 1/2.

    >>> from scipy.stats import uniform
    >>> [round(rule_gains(uniform(0, 1), uniform(0, 1), alpha), 8) for alpha in (1 / 3, 1)]
    [0.140625, 0.08333333]

    References
    ----------
    .. [1] Myerson and Satterthwaite (1983), doi:10.1016/0022-0531(83)90048-0.
    """

    def at_the_margin(v: FloatArray) -> FloatArray:
        highest = _highest_cost(buyer, seller, v, weight)
        return np.asarray((v - highest) * seller.cdf(highest) * buyer.pdf(v), dtype=np.float64)

    def below_the_margin(t: FloatArray) -> FloatArray:
        return np.asarray(seller.cdf(t) * (1 - buyer.cdf(_lowest_value(buyer, seller, t, weight))), dtype=np.float64)

    low = float(seller.support()[0])
    always, last = _highest_cost(buyer, seller, np.array(buyer.support(), dtype=np.float64), weight)
    margin = integral(at_the_margin, *_trading_values(buyer, seller, weight))
    return margin + integral(below_the_margin, low, float(always), float(last))


def require_regular(buyer: Distribution, seller: Distribution) -> None:
    """Refuse distributions whose virtual value or virtual cost decreases: there the best rule irons, and these do not.

    Parameters
    ----------
    buyer, seller : Distribution
        Distributions of value and cost, in money.

    Raises
    ------
    InvalidEnvironmentError
        If the buyer's virtual value or the seller's virtual cost decreases between two of 799 quantiles.

    Examples
    --------
    >>> from scipy.stats import beta, uniform
    >>> require_regular(beta(2, 3), uniform(0, 1))
    """
    quantiles = np.linspace(0, 1, REGULARITY_QUANTILES)[1:-1]
    values = buyer_virtual_value(buyer, buyer.ppf(quantiles))
    costs = seller_virtual_cost(seller, seller.ppf(quantiles))
    for name, numbers in (("the buyer's virtual value", values), ("the seller's virtual cost", costs)):
        if np.any(np.diff(numbers) < -REGULARITY_ROUNDING * np.maximum(1, np.abs(numbers[1:]))):
            raise InvalidEnvironmentError(f"{name} decreases somewhere; this closed form needs it increasing: solve the problem on a grid instead")


def _highest_cost(buyer: Distribution, seller: Distribution, values: FloatArray, weight: float) -> FloatArray:
    """Return the highest cost that trades with each value; the virtual costs are compared times their density."""
    levels = buyer_virtual_value(buyer, values, weight)
    low, high = map(float, seller.support())
    return inverse(lambda c: (c - levels) * seller.pdf(c) + weight * seller.cdf(c), low, high, len(values))


def _lowest_value(buyer: Distribution, seller: Distribution, costs: FloatArray, weight: float) -> FloatArray:
    """Return the lowest value that trades with each cost."""
    levels = seller_virtual_cost(seller, costs, weight)
    low, high = map(float, buyer.support())
    return inverse(lambda v: (v - levels) * buyer.pdf(v) - weight * (1 - buyer.cdf(v)), low, high, len(costs))


def _trading_values(buyer: Distribution, seller: Distribution, weight: float) -> tuple[float, float, float]:
    """Return the lowest value that ever trades, the lowest that always trades, and the highest value."""
    first, always = _lowest_value(buyer, seller, np.array(seller.support(), dtype=np.float64), weight)
    return float(first), float(always), float(buyer.support()[1])
