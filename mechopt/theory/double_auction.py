r"""The k-double auction with uniform values, in linear strategies: Chatterjee and Samuelson (1983).

Buyer and seller name prices b and s at once; if b >= s they trade at k b + (1 - k) s. At k = 1/2 the linear
equilibrium trades exactly where the second best does. There are many other equilibria, among them the single
prices that dominant strategies leave.

.. [1] K. Chatterjee and W. Samuelson, "Bargaining under Incomplete Information", Operations Research 31 (1983),
   835-851, doi:10.1287/opre.31.5.835.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from mechopt.theory.arguments import require_between

__all__ = ["LinearEquilibrium", "linear_equilibrium"]


@dataclass(frozen=True)
class LinearEquilibrium:
    """Linear strategies that are best replies to each other, values and costs uniform on [0, 1].

    Attributes
    ----------
    weight : Fraction
        The weight k of the buyer's offer in the price.
    buyer_slope, buyer_intercept : Fraction
        The buyer offers intercept + slope * value wherever she trades at all.
    seller_slope, seller_intercept : Fraction
        The seller asks intercept + slope * cost wherever he trades at all.
    """

    weight: Fraction
    buyer_slope: Fraction
    buyer_intercept: Fraction
    seller_slope: Fraction
    seller_intercept: Fraction

    def lowest_trading_value(self, cost: Fraction) -> Fraction:
        r"""Return the value from which a buyer trades with a seller of this cost.

        .. math:: v = \frac{1 - k}{2} + \frac{1 + k}{2 - k}\, c

        Parameters
        ----------
        cost : Fraction
            The seller's cost, in money.

        Returns
        -------
        Fraction
            Value, in money; above 1 where the seller trades with nobody.

        Examples
        --------
        >>> linear_equilibrium(Fraction(1, 2)).lowest_trading_value(Fraction(1, 3))
        Fraction(7, 12)
        """
        return (self.seller_intercept + self.seller_slope * cost - self.buyer_intercept) / self.buyer_slope

    def gains(self) -> Fraction:
        r"""Return the expected gains from trade.

        .. math:: \int_0^{\hat c} \int_{A + B c}^1 (v - c)\,dv\,dc
                  = \frac{\hat c}{2} \left[ 1 - A^2 - \hat c\,(1 + A B - A) - \frac{\hat c^2 (B^2 - 2B)}{3} \right]

        with A + B c the lowest trading value and :math:`\hat c = (1 - A)/B` the highest cost that trades.

        Returns
        -------
        Fraction
            Expected gains, in money.

        Examples
        --------
        >>> [str(linear_equilibrium(k).gains()) for k in (Fraction(0), Fraction(1, 2), Fraction(1))]
        ['1/8', '9/64', '1/8']

        References
        ----------
        .. [1] Chatterjee and Samuelson (1983), Example 1, doi:10.1287/opre.31.5.835.
        """
        start = self.lowest_trading_value(Fraction(0))
        slope = self.seller_slope / self.buyer_slope
        last = (1 - start) / slope
        bracket = 1 - start**2 - last * (1 + start * slope - start) - last**2 * (slope**2 - 2 * slope) / 3
        return last * bracket / 2


def linear_equilibrium(weight: Fraction | int) -> LinearEquilibrium:
    r"""Return the linear equilibrium of the double auction whose price gives the buyer's offer the weight k.

    .. math:: b(v) = \frac{v}{1 + k} + \frac{k (1 - k)}{2 (1 + k)}, \qquad s(c) = \frac{c}{2 - k} + \frac{1 - k}{2}

    Parameters
    ----------
    weight : Fraction
        The weight k in [0, 1]: at 1 the buyer makes a take-it-or-leave-it offer, at 0 the seller does.

    Returns
    -------
    LinearEquilibrium
        Slopes (pure numbers) and intercepts (money).

    Raises
    ------
    InvalidEnvironmentError
        If `weight` is outside [0, 1].

    Examples
    --------
    >>> half = linear_equilibrium(Fraction(1, 2))
    >>> [str(x) for x in (half.buyer_slope, half.buyer_intercept, half.seller_slope, half.seller_intercept)]
    ['2/3', '1/12', '2/3', '1/4']

    References
    ----------
    .. [1] Chatterjee and Samuelson (1983), Example 1, doi:10.1287/opre.31.5.835.
    """
    require_between(weight, "weight", 0, 1)
    k = Fraction(weight)
    return LinearEquilibrium(
        weight=k,
        buyer_slope=1 / (1 + k),
        buyer_intercept=k * (1 - k) / (2 * (1 + k)),
        seller_slope=1 / (2 - k),
        seller_intercept=(1 - k) / 2,
    )
