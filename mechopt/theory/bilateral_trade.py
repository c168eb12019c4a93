r"""Bilateral trade with two-sided private information, in the continuum: Myerson and Satterthwaite (1983).

A seller's cost c has distribution G, a buyer's value v has distribution F, independent. Incentive compatibility and
interim participation together say that trade with interim probabilities can be balanced exactly when the expected
*virtual* gains are not negative. Everything below is that sentence, evaluated.

.. [1] R. B. Myerson and M. A. Satterthwaite, "Efficient Mechanisms for Bilateral Trading", Journal of Economic Theory
   29 (1983), 265-281, doi:10.1016/0022-0531(83)90048-0.
"""

from __future__ import annotations

from dataclasses import dataclass

from mechopt.theory.distribution import Distribution, bounded_support, integral
from mechopt.theory.trading_rule import require_regular, rule_gains, rule_surplus

__all__ = [
    "SecondBest",
    "broker_profit",
    "efficient_budget_surplus",
    "first_best_gains",
    "least_subsidy",
    "second_best",
]


@dataclass(frozen=True)
class SecondBest:
    """The most that incentives, participation and a balanced budget leave of the gains from trade.

    Attributes
    ----------
    gains : float
        Expected gains from trade, in money.
    weight : float
        The alpha in [0, 1] of the trading rule: trade if and only if the buyer's virtual value at this weight is at
        least the seller's virtual cost at this weight. Zero where the first best is attained.
    first_best : float
        Expected gains from efficient trade, in money.
    """

    gains: float
    weight: float
    first_best: float

    @property
    def budget_price(self) -> float:
        """The shadow price of the budget: what one unit of outside money would add to the gains."""
        return self.weight / (1 - self.weight)

    @property
    def share(self) -> float:
        """The part of the first best that survives; 1 where there is nothing to trade."""
        return self.gains / self.first_best if self.first_best > 0 else 1.0


def first_best_gains(buyer: Distribution, seller: Distribution) -> float:
    r"""Return the expected gains of trading whenever the buyer values the good more.

    .. math:: E(v - c)^+ = \int G(t)\,(1 - F(t))\,dt

    Parameters
    ----------
    buyer, seller : Distribution
        Distributions of value and cost, in money, with bounded supports.

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
    >>> round(first_best_gains(uniform(0, 1), uniform(0, 1)), 10)
    0.1666666667

    References
    ----------
    .. [1] Myerson and Satterthwaite (1983), doi:10.1016/0022-0531(83)90048-0.
    """
    highest_value, lowest_cost = bounded_support(buyer, "buyer")[1], bounded_support(seller, "seller")[0]
    return _overlap(buyer, seller, lowest_cost, highest_value)


def efficient_budget_surplus(buyer: Distribution, seller: Distribution) -> float:
    r"""Return the largest expected budget surplus of an efficient, incentive compatible mechanism both join.

    .. math:: S^* = -\int_{\underline v}^{\bar c} G(t)\,(1 - F(t))\,dt

    With the lowest value above the highest cost the limits are in reverse order and a surplus remains, the distance
    between them. It is also the surplus of IR-VCG, which in the continuum no mechanism exceeds; on a finite grid one
    may (see `mechopt.theory.bilateral_trade_uniform`).

    Parameters
    ----------
    buyer, seller : Distribution
        Distributions of value and cost, in money, with bounded supports.

    Returns
    -------
    float
        Expected surplus, in money. Negative whenever the interiors of the supports overlap: the impossibility theorem.

    Raises
    ------
    InvalidEnvironmentError
        If a support is unbounded.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> round(efficient_budget_surplus(uniform(0, 1), uniform(0, 1)), 10)
    -0.1666666667
    >>> round(efficient_budget_surplus(uniform(3, 1), uniform(0, 1)), 10)
    2.0

    Notes
    -----
    Lecture notes circulate in which the last line of the uniform example reads 1/6 + 1/6 - 1/2 = -1/3; it is -1/6.

    References
    ----------
    .. [1] Myerson and Satterthwaite (1983), Corollary 1, doi:10.1016/0022-0531(83)90048-0.
    """
    lowest_value, highest_cost = bounded_support(buyer, "buyer")[0], bounded_support(seller, "seller")[1]
    forwards = _overlap(buyer, seller, lowest_value, highest_cost)
    return _overlap(buyer, seller, highest_cost, lowest_value) - forwards


def _overlap(buyer: Distribution, seller: Distribution, low: float, high: float) -> float:
    """Return the integral of G (1 - F), broken where a support begins or ends."""
    ends = {end for side in (buyer, seller) for end in map(float, side.support()) if low < end < high}
    return integral(lambda t: seller.cdf(t) * (1 - buyer.cdf(t)), low, *sorted(ends), high)


def least_subsidy(buyer: Distribution, seller: Distribution) -> float:
    r"""Return the least expected outside money that makes efficient trade possible.

    .. math:: \max(0, -S^*)

    Parameters
    ----------
    buyer, seller : Distribution
        Distributions of value and cost, in money, with bounded supports.

    Returns
    -------
    float
        Expected subsidy, in money.

    Raises
    ------
    InvalidEnvironmentError
        If a support is unbounded.

    Examples
    --------
    With equal supports the subsidy is as large as the gains themselves.

    >>> from scipy.stats import uniform
    >>> round(least_subsidy(uniform(0, 1), uniform(0, 1)), 10)
    0.1666666667

    References
    ----------
    .. [1] Myerson and Satterthwaite (1983), doi:10.1016/0022-0531(83)90048-0.
    """
    return max(0.0, -efficient_budget_surplus(buyer, seller))


def second_best(buyer: Distribution, seller: Distribution) -> SecondBest:
    r"""Return the largest expected gains from trade with a balanced budget, and the weight that attains them.

    Trade if and only if :math:`\varphi_\alpha(v) \ge \gamma_\alpha(c)`, with the weight that is the root of

    .. math:: E\bigl[(\varphi_1(v) - \gamma_1(c))\,1\{\varphi_\alpha(v) \ge \gamma_\alpha(c)\}\bigr] = 0

    or zero if efficient trade already runs no deficit.

    Parameters
    ----------
    buyer, seller : Distribution
        Distributions of value and cost, in money, with bounded supports and increasing virtual value and cost.

    Returns
    -------
    SecondBest
        Gains in money, the weight, and the first best to compare with.

    Raises
    ------
    InvalidEnvironmentError
        If a support is unbounded or a virtual value or cost decreases somewhere.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> best = second_best(uniform(0, 1), uniform(0, 1))
    >>> round(best.gains, 8), round(best.weight, 8), round(best.share, 8)
    (0.140625, 0.33333333, 0.84375)

    Notes
    -----
    At least half of the first best survives, whatever the two distributions [2]_.

    References
    ----------
    .. [1] Myerson and Satterthwaite (1983), Theorem 2, doi:10.1016/0022-0531(83)90048-0.
    .. [2] Y. Qin, Z. Ren, Z. Liu and Z. Wang, "Second-Best Bilateral Trade is 1/2 Efficient", arXiv:2606.03849 (2026).
    """
    from scipy.optimize import brentq

    first_best = first_best_gains(buyer, seller)
    if first_best <= 0 or efficient_budget_surplus(buyer, seller) >= 0:
        return SecondBest(gains=first_best, weight=0.0, first_best=first_best)
    require_regular(buyer, seller)
    weight = float(brentq(lambda alpha: rule_surplus(buyer, seller, alpha), 0.0, 1.0, xtol=1e-13))
    return SecondBest(gains=rule_gains(buyer, seller, weight), weight=weight, first_best=first_best)


def broker_profit(buyer: Distribution, seller: Distribution) -> float:
    r"""Return the largest expected profit of a broker who buys from the seller and sells to the buyer.

    .. math:: E\bigl(\varphi_1(v) - \gamma_1(c)\bigr)^+

    Parameters
    ----------
    buyer, seller : Distribution
        Distributions of value and cost, in money, with bounded supports and increasing virtual value and cost.

    Returns
    -------
    float
        Expected profit, in money.

    Raises
    ------
    InvalidEnvironmentError
        If a support is unbounded or a virtual value or cost decreases somewhere.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> round(broker_profit(uniform(0, 1), uniform(0, 1)), 10) == round(1 / 24, 10)
    True

    References
    ----------
    .. [1] Myerson and Satterthwaite (1983), doi:10.1016/0022-0531(83)90048-0.
    """
    if first_best_gains(buyer, seller) <= 0:
        return 0.0
    require_regular(buyer, seller)
    return rule_surplus(buyer, seller, 1.0)
