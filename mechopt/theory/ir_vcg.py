r"""The expected budget surplus of IR-VCG: the pivot mechanism, with each agent paid just enough to take part.

.. math:: \sum_i \Bigl( E\, t_i^{vcg} - \psi_i \Bigr), \qquad \psi_i = \max_a \bigl[ \bar U_i(a) - U_i^{vcg}(a) \bigr]

With types in an interval no efficient, incentive compatible and voluntary mechanism leaves more: efficiency is
compatible with a balanced budget if and only if this surplus is not negative. On a finite type space it is only a
lower bound of what can be left. Computed here from the definition, so that the formulas of `bilateral_trade` and
`partnership` have something to agree with.

.. [1] V. Krishna and M. Perry, "Efficient Mechanism Design", working paper, 1998.
.. [2] S. R. Williams, "A Characterization of Efficient, Bayesian Incentive Compatible Mechanisms", Economic Theory 14
   (1999), 155-180.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from mechopt.theory.arguments import require_shares
from mechopt.theory.distribution import Distribution, bounded_support, integral
from mechopt.theory.order_statistics import expected_order_statistic
from mechopt.theory.partnership import worst_off_type

__all__ = ["bilateral_trade_surplus", "partnership_surplus"]


def bilateral_trade_surplus(buyer: Distribution, seller: Distribution) -> float:
    r"""Return the expected surplus of IR-VCG in bilateral trade.

    .. math:: E \min(v, c) + E(\underline v - c)^+ - E \min(v, \bar c)

    The seller is a producer at cost c. VCG charges the buyer c if she trades and the seller v if she does not, in
    all min(v, c); the buyer of the lowest value, and the seller of the highest cost, are just willing to take part.

    Parameters
    ----------
    buyer, seller : Distribution
        Distributions of value and cost, in money, with bounded supports.

    Returns
    -------
    float
        Expected surplus, in money.

    Raises
    ------
    InvalidEnvironmentError
        If a support is unbounded.

    Examples
    --------
    1/3 + 0 - 1/2:

    >>> from scipy.stats import uniform
    >>> round(bilateral_trade_surplus(uniform(0, 1), uniform(0, 1)), 10)
    -0.1666666667

    Notes
    -----
    The seller is asked v (1 - x) and pays it: without him, in this formulation, the object would have gone to the
    buyer. Lecture notes circulate that book it as income of his, and his gain over staying out as x (v - c); it is
    (1 - x)(c - v).

    References
    ----------
    .. [1] Krishna and Perry (1998), "Efficient Mechanism Design".
    """
    low, _ = bounded_support(buyer, "buyer")
    _, highest_cost = bounded_support(seller, "seller")
    buyers_rent = _expected_excess(seller, low)
    return _expected_least(buyer, seller) + buyers_rent - _expected_cap(buyer, highest_cost)


def _expected_excess(distribution: Distribution, level: float) -> float:
    """Return the expectation of (level - c)^+."""
    low, high = bounded_support(distribution, "distribution")
    return integral(distribution.cdf, low, min(level, high)) + max(0.0, level - high)


def _expected_cap(distribution: Distribution, cap: float) -> float:
    """Return the expectation of min(v, cap)."""
    low, high = bounded_support(distribution, "distribution")
    return min(low, cap) + integral(lambda x: 1 - distribution.cdf(x), low, min(cap, high))


def _expected_least(first: Distribution, second: Distribution) -> float:
    """Return the expectation of min(v, c)."""
    (low, high), (other_low, other_high) = bounded_support(first, "buyer"), bounded_support(second, "seller")
    start, end = min(low, other_low), min(high, other_high)
    kinks = sorted(x for x in (low, other_low) if start < x < end)
    return start + integral(lambda x: (1 - first.cdf(x)) * (1 - second.cdf(x)), start, *kinks, end)


def partnership_surplus(distribution: Distribution, shares: Sequence[Fraction | float]) -> float:
    r"""Return the expected surplus of IR-VCG when partners own shares of one object.

    .. math:: E\, v_{(2)} - \sum_i \Bigl( r_i v_i^* - \int_{\underline v}^{v_i^*} F(x)^{n-1}\,dx \Bigr)

    VCG is a second-price auction; the type with :math:`F(v_i^*)^{n-1} = r_i` has most to lose by taking part.

    Parameters
    ----------
    distribution : Distribution
        Distribution F of each value, in money, with bounded support.
    shares : sequence of Fraction or float, length n_agents
        Property rights r_i, summing to one.

    Returns
    -------
    float
        Expected surplus, in money.

    Raises
    ------
    InvalidEnvironmentError
        If the support is unbounded or `shares` are not property rights.

    Examples
    --------
    Two equal partners: 1/3 - 2 (1/4 - 1/8) = 2 (1/6 - 1/8).

    >>> from scipy.stats import uniform
    >>> round(partnership_surplus(uniform(0, 1), [0.5, 0.5]), 10)
    0.0833333333

    References
    ----------
    .. [1] Krishna and Perry (1998), "Efficient Mechanism Design".
    .. [2] Cramton, Gibbons and Klemperer (1987), Econometrica 55, 615-632.
    """
    require_shares(shares)
    n = len(shares)
    low, _ = bounded_support(distribution, "distribution")
    compensation = 0.0
    for share in shares:
        worst = worst_off_type(distribution, share, n)
        compensation += float(share) * worst - integral(lambda x: distribution.cdf(x) ** (n - 1), low, worst)
    return expected_order_statistic(distribution, n, 2) - compensation
