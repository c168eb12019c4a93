r"""The expected externality mechanism (AGV): Arrow (1979), d'Aspremont and Gérard-Varet (1979).

Each agent receives the expected value of her report to the others and pays an equal part of what they receive:

.. math:: t_i(\theta) = \frac{1}{n-1} \sum_{j \ne i} \delta_j(\theta_j) - \delta_i(\theta_i), \qquad
          \delta_i(a) = E\Bigl[\sum_{j \ne i} u_j(\hat x(a, \theta_{-i}), \theta_j)\Bigr]

Efficient, incentive compatible and balanced at every profile when types are independent; nobody promises that the
agents want to take part. The seller of these formulas *owns* the object and enjoys it if there is no trade. Writing
him as a producer at cost takes E c from delta of the buyer and so adds E c to what she pays at every profile: the
incentives are the same, the ex ante payoffs are not (with uniform types they are exchanged).

.. [1] C. d'Aspremont and L.-A. Gérard-Varet, "Incentives and Incomplete Information", Journal of Public Economics 11
   (1979), 25-45, doi:10.1016/0047-2727(79)90043-4.
.. [2] K. J. Arrow, "The Property Rights Doctrine and Demand Revelation under Incomplete Information", in M. Boskin
   (ed.), Economics and Human Welfare, Academic Press, 1979.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from mechopt.theory.arguments import require_between, require_count
from mechopt.theory.distribution import Distribution, FloatArray, bounded_support, integral, mean

__all__ = [
    "object_externality",
    "object_payments",
    "trade_gains",
    "trade_payment",
    "uniform_object_externality",
    "uniform_trade_gains",
    "uniform_trade_payment",
]


def object_externality(distribution: Distribution, value: float, n_agents: int) -> float:
    r"""Return what the others expect to enjoy, given one agent's report, when the highest value gets the object.

    .. math:: \delta(a) = \int_a^{\bar v} x\,dF(x)^{n-1} = \bar v - a\,F(a)^{n-1} - \int_a^{\bar v} F(x)^{n-1}\,dx

    Parameters
    ----------
    distribution : Distribution
        Distribution F of each value, in money, with bounded support.
    value : float
        The reported value a, in money.
    n_agents : int
        Number of agents n, at least 2.

    Returns
    -------
    float
        Expected welfare of the others, in money.

    Raises
    ------
    InvalidEnvironmentError
        If the support is unbounded, `value` is outside it, or there are fewer than two agents.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> round(object_externality(uniform(0, 1), 0.5, 2), 10)
    0.375

    Notes
    -----
    The expectation is over the event that another value is higher, not conditional on it, as slides have it: at the
    highest type delta is 0 and not the highest value.

    References
    ----------
    .. [1] d'Aspremont and Gérard-Varet (1979), doi:10.1016/0047-2727(79)90043-4.
    """
    n = require_count(n_agents, "n_agents", 2)
    low, high = bounded_support(distribution, "distribution")
    require_between(value, "value", low, high)
    winning = float(distribution.cdf(value)) ** (n - 1)
    return high - value * winning - integral(lambda x: distribution.cdf(x) ** (n - 1), value, high)


def object_payments(distribution: Distribution, values: Sequence[float]) -> FloatArray:
    r"""Return the balanced payments when the highest value gets the object.

    .. math:: t_i = \frac{1}{n-1} \sum_{j \ne i} \delta(v_j) - \delta(v_i)

    Parameters
    ----------
    distribution : Distribution
        Distribution F of each value, in money, with bounded support.
    values : sequence of float, length n_agents
        Reported values, in money.

    Returns
    -------
    ndarray, shape (n_agents,)
        Payments, in money, summing to zero; positive: the agent pays.

    Raises
    ------
    InvalidEnvironmentError
        If the support is unbounded, a value is outside it, or there are fewer than two agents.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> object_payments(uniform(0, 1), [1.0, 0.5]).round(6)
    array([ 0.375, -0.375])

    References
    ----------
    .. [1] d'Aspremont and Gérard-Varet (1979), doi:10.1016/0047-2727(79)90043-4.
    """
    n = require_count(len(values), "the number of values", 2)
    received = np.array([object_externality(distribution, value, n) for value in values], dtype=np.float64)
    return np.asarray((received.sum() - received) / (n - 1) - received, dtype=np.float64)


def uniform_object_externality(value: Fraction | int, n_agents: int) -> Fraction:
    r"""Return what the others expect to enjoy when values are uniform on [0, 1].

    .. math:: \delta(a) = \frac{n - 1}{n} (1 - a^n)

    Parameters
    ----------
    value : Fraction
        The reported value a in [0, 1], in money.
    n_agents : int
        Number of agents n, at least 2.

    Returns
    -------
    Fraction
        Expected welfare of the others, in money.

    Raises
    ------
    InvalidEnvironmentError
        If `value` is outside [0, 1] or there are fewer than two agents.

    Examples
    --------
    >>> uniform_object_externality(Fraction(1, 2), 2)
    Fraction(3, 8)

    References
    ----------
    .. [1] d'Aspremont and Gérard-Varet (1979), doi:10.1016/0047-2727(79)90043-4.
    """
    n = require_count(n_agents, "n_agents", 2)
    require_between(value, "value", 0, 1)
    return Fraction(n - 1, n) * (1 - Fraction(value) ** n)


def trade_payment(buyer: Distribution, seller: Distribution, value: float, cost: float) -> float:
    r"""Return what the buyer pays the seller in bilateral trade, whether or not they trade.

    .. math:: t_b(v, c) = \delta_s(c) - \delta_b(v) = E[v' 1\{v' > c\}] - E[c' 1\{c' > v\}]

    Parameters
    ----------
    buyer, seller : Distribution
        Distributions of value and cost, in money, with bounded supports.
    value, cost : float
        Reported value v and cost c, in money.

    Returns
    -------
    float
        Payment from buyer to seller, in money.

    Raises
    ------
    InvalidEnvironmentError
        If a support is unbounded.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> round(trade_payment(uniform(0, 1), uniform(0, 1), 1.0, 0.5), 10)
    0.375

    References
    ----------
    .. [1] d'Aspremont and Gérard-Varet (1979), doi:10.1016/0047-2727(79)90043-4.
    """
    return _upper_mean(buyer, cost) - _upper_mean(seller, value)


def _upper_mean(distribution: Distribution, level: float) -> float:
    """Return the expectation of x 1{x > level}, by parts."""
    low, high = bounded_support(distribution, "distribution")
    start = min(max(level, low), high)
    below = float(distribution.cdf(start))
    return high - start * below - integral(distribution.cdf, start, high)


def trade_gains(buyer: Distribution, seller: Distribution) -> tuple[float, float]:
    r"""Return what buyer and seller gain ex ante over staying out, in bilateral trade.

    .. math:: \bigl( E[c\,1\{c > v\}],\ E[v\,1\{v > c\}] - E c \bigr)

    Parameters
    ----------
    buyer, seller : Distribution
        Distributions of value and cost, in money, with bounded supports.

    Returns
    -------
    tuple of two floats
        Expected gains of buyer and of seller, in money. They sum to the gains from trade; the seller's may be negative.

    Raises
    ------
    InvalidEnvironmentError
        If a support is unbounded.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> [round(gain, 6) for gain in trade_gains(uniform(0, 1), uniform(0, 1))]
    [0.333333, -0.166667]

    References
    ----------
    .. [1] d'Aspremont and Gérard-Varet (1979), doi:10.1016/0047-2727(79)90043-4.
    """
    return _winning_value(seller, buyer), _winning_value(buyer, seller) - mean(seller, "seller")


def _winning_value(owner: Distribution, other: Distribution) -> float:
    """Return the expectation of x 1{x > y}, x from `owner` and y from `other`."""
    low, high = bounded_support(owner, "distribution")
    kinks = [end for end in bounded_support(other, "distribution") if low < end < high]
    return integral(lambda x: x * owner.pdf(x) * other.cdf(x), low, *kinks, high)


def uniform_trade_payment(value: Fraction | int, cost: Fraction | int) -> Fraction:
    r"""Return what the buyer pays the seller when value and cost are uniform on [0, 1].

    .. math:: t_b(v, c) = \frac{v^2 - c^2}{2}

    Parameters
    ----------
    value, cost : Fraction
        Reported value v and cost c in [0, 1], in money.

    Returns
    -------
    Fraction
        Payment from buyer to seller, in money.

    Raises
    ------
    InvalidEnvironmentError
        If `value` or `cost` is outside [0, 1].

    Examples
    --------
    >>> uniform_trade_payment(1, Fraction(1, 2))
    Fraction(3, 8)

    References
    ----------
    .. [1] d'Aspremont and Gérard-Varet (1979), doi:10.1016/0047-2727(79)90043-4.
    """
    require_between(value, "value", 0, 1)
    require_between(cost, "cost", 0, 1)
    return (Fraction(value) ** 2 - Fraction(cost) ** 2) / 2


def uniform_trade_gains() -> tuple[Fraction, Fraction]:
    r"""Return what buyer and seller gain ex ante when value and cost are uniform on [0, 1].

    .. math:: \Bigl( \frac13,\ -\frac16 \Bigr)

    Returns
    -------
    tuple of two Fractions
        Expected gains of buyer and of seller over staying out, in money. They sum to the gains from trade, 1/6.

    Examples
    --------
    >>> uniform_trade_gains()
    (Fraction(1, 3), Fraction(-1, 6))

    References
    ----------
    .. [1] d'Aspremont and Gérard-Varet (1979), doi:10.1016/0047-2727(79)90043-4.
    """
    # E[c 1{c > v}] is the integral of c * c, by symmetry also E[v 1{v > c}]; the seller starts with E c = 1/2.
    winning_value = Fraction(1, 3)
    return winning_value, winning_value - Fraction(1, 2)
