r"""Dissolving a partnership efficiently: Cramton, Gibbons and Klemperer (1987).

Agents with independent values from one distribution F own shares r_i of an object; staying out is worth r_i v_i. Agent
i is indifferent about taking part at the type v_i* who expects to keep exactly her share, G(v_i*) = r_i with
G = F^(n-1): above it she expects to buy, below it to sell.

.. [1] P. Cramton, R. Gibbons and P. Klemperer, "Dissolving a Partnership Efficiently", Econometrica 55 (1987), 615-632.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from mechopt.errors import InvalidEnvironmentError
from mechopt.theory.arguments import SHARE_ROUNDING, require_between, require_count, require_shares
from mechopt.theory.distribution import Distribution, bounded_support, integral

__all__ = [
    "budget_surplus",
    "dissolution_possible",
    "dissolvable_extent",
    "dissolvable_interval",
    "interim_payment",
    "worst_off_type",
]


def worst_off_type(distribution: Distribution, share: Fraction | float, n_agents: int) -> float:
    r"""Return the type who gains least from dissolution: she expects to win with probability equal to her share.

    .. math:: F(v^*)^{n-1} = r

    Parameters
    ----------
    distribution : Distribution
        Distribution F of each value, in money.
    share : Fraction or float
        Her part r of the object, in [0, 1].
    n_agents : int
        Number of partners n, at least 2.

    Returns
    -------
    float
        The type, in money.

    Raises
    ------
    InvalidEnvironmentError
        If `share` is outside [0, 1], there are fewer than two partners, or the type is infinite.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> worst_off_type(uniform(0, 1), 0.25, 3)
    0.5

    References
    ----------
    .. [1] Cramton, Gibbons and Klemperer (1987), Econometrica 55, 615-632.
    """
    require_between(share, "share", 0, 1)
    value = float(distribution.ppf(float(share) ** (1 / (require_count(n_agents, "n_agents", 2) - 1))))
    if not math.isfinite(value):
        raise InvalidEnvironmentError(f"share is {share}; the distribution knows no finite type who wins that often")
    return value


def budget_surplus(distribution: Distribution, shares: Sequence[Fraction | float]) -> float:
    r"""Return the largest expected budget surplus of efficient, incentive compatible, voluntary dissolution.

    .. math:: \sum_i W(v_i^*), \qquad W(v) = \int_v^{\bar v} (1 - F)\, x\,dG - \int_{\underline v}^v F\, x\,dG

    Not negative if and only if the partnership can be dissolved efficiently. Integration by parts leaves no density:

    .. math:: W(v) = \frac{\bar v}{n} - v\,G(v) - \int_v^{\bar v} F^{n-1}\,dx
              + \frac{n-1}{n} \int_{\underline v}^{\bar v} F^n\,dx

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
    Two equal partners leave 1/12; with one owner a subsidy of 1/6 is missing, as in bilateral trade.

    >>> from scipy.stats import uniform
    >>> round(budget_surplus(uniform(0, 1), [0.5, 0.5]), 8), round(budget_surplus(uniform(0, 1), [1, 0]), 8)
    (0.08333333, -0.16666667)

    References
    ----------
    .. [1] Cramton, Gibbons and Klemperer (1987), Theorem 1, Econometrica 55, 615-632.
    """
    require_shares(shares)
    n_agents = len(shares)
    return sum(_transfer(distribution, worst_off_type(distribution, share, n_agents), n_agents) for share in shares)


def _transfer(distribution: Distribution, value: float, n_agents: int) -> float:
    """Return W(v): what a type expects to receive from others when equal partners balance the budget."""
    low, high = bounded_support(distribution, "distribution")
    n = n_agents
    winning = float(distribution.cdf(value)) ** (n - 1)
    above = integral(lambda x: distribution.cdf(x) ** (n - 1), value, high)
    everywhere = integral(lambda x: distribution.cdf(x) ** n, low, high)
    return high / n - value * winning - above + (n - 1) / n * everywhere


def dissolution_possible(distribution: Distribution, shares: Sequence[Fraction | float]) -> bool:
    r"""Return whether the partnership can be dissolved efficiently, voluntarily and with a balanced budget.

    .. math:: \sum_i W(v_i^*) \ge 0

    Parameters
    ----------
    distribution : Distribution
        Distribution F of each value, in money, with bounded support.
    shares : sequence of Fraction or float, length n_agents
        Property rights r_i, summing to one.

    Returns
    -------
    bool
        True for equal shares whatever F is, false for a single owner.

    Raises
    ------
    InvalidEnvironmentError
        If the support is unbounded or `shares` are not property rights.

    Examples
    --------
    >>> from scipy.stats import beta
    >>> [dissolution_possible(beta(2, 5), shares) for shares in ([1/3, 1/3, 1/3], [0.5, 0.5, 0], [1, 0, 0])]
    [True, True, False]

    References
    ----------
    .. [1] Cramton, Gibbons and Klemperer (1987), Theorem 1, Econometrica 55, 615-632.
    """
    return budget_surplus(distribution, shares) >= 0


def dissolvable_extent(distribution: Distribution, direction: Sequence[float]) -> float:
    r"""Return how far from equal shares one can move in a direction before efficient dissolution fails.

    .. math:: \max \Bigl\{ s \ge 0 : \sum_i W\bigl(v^*(\tfrac1n + s\,\delta_i)\bigr) \ge 0,\
              \tfrac1n + s\,\delta_i \ge 0 \Bigr\}

    The dissolvable shares are a convex set around equal shares, because :math:`dW(v^*(r))/dr = -v^*(r)` decreases; so
    its boundary is known once this number is known in every direction.

    Parameters
    ----------
    distribution : Distribution
        Distribution F of each value, in money, with bounded support.
    direction : sequence of float, length n_agents
        Changes delta_i of the shares, summing to zero, not all zero.

    Returns
    -------
    float
        The step s: shares 1/n + s delta are on the boundary of the dissolvable set, or one of them is zero.

    Raises
    ------
    InvalidEnvironmentError
        If the support is unbounded or `direction` does not sum to zero or is zero.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> round(dissolvable_extent(uniform(0, 1), [1, -1]), 6)
    0.288675

    References
    ----------
    .. [1] Cramton, Gibbons and Klemperer (1987), Proposition 1, Econometrica 55, 615-632.
    """
    from scipy.optimize import brentq

    n_agents = require_count(len(direction), "the number of shares", 2)
    if abs(sum(direction)) > SHARE_ROUNDING or min(direction) >= 0:
        raise InvalidEnvironmentError(f"direction is {list(direction)}; it must sum to zero and not be zero")
    last = 1 / n_agents / -min(direction)

    def surplus(step: float) -> float:
        shares = np.clip([1 / n_agents + step * change for change in direction], 0, 1)
        return budget_surplus(distribution, [float(share) for share in shares])

    return last if surplus(last) >= 0 else float(brentq(surplus, 0.0, last, xtol=1e-13))


def dissolvable_interval(distribution: Distribution, n_agents: int = 2) -> tuple[float, float]:
    r"""Return the shares of one partner, the others being equal, that allow efficient dissolution.

    .. math:: \Bigl\{ r : W(v^*(r)) + (n - 1)\,W\bigl(v^*(\tfrac{1 - r}{n - 1})\bigr) \ge 0 \Bigr\}

    Parameters
    ----------
    distribution : Distribution
        Distribution F of each value, in money, with bounded support.
    n_agents : int
        Number of partners n, at least 2.

    Returns
    -------
    tuple of two floats
        Least and greatest share.

    Raises
    ------
    InvalidEnvironmentError
        If the support is unbounded or there are fewer than two partners.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> [round(end, 4) for end in dissolvable_interval(uniform(0, 1))]
    [0.2113, 0.7887]

    References
    ----------
    .. [1] Cramton, Gibbons and Klemperer (1987), Econometrica 55, 615-632.
    """
    n = require_count(n_agents, "n_agents", 2)
    up = [1.0, *[-1 / (n - 1)] * (n - 1)]
    down = [-change for change in up]
    return 1 / n - dissolvable_extent(distribution, down), 1 / n + dissolvable_extent(distribution, up)


def interim_payment(distribution: Distribution, shares: Sequence[Fraction | float], agent: int, value: float) -> float:
    r"""Return what a type expects to pay in the mechanism that dissolves every dissolvable partnership.

    .. math:: T_i(v) = -c_i - W(v), \qquad c_i = \frac1n \sum_j W(v_j^*) - W(v_i^*)

    Positive: the agent pays. The constants sum to zero and give every worst-off type the same gain.

    Parameters
    ----------
    distribution : Distribution
        Distribution F of each value, in money, with bounded support.
    shares : sequence of Fraction or float, length n_agents
        Property rights r_i, summing to one.
    agent : int
        Index i of the agent, from 0.
    value : float
        Her value v, in money.

    Returns
    -------
    float
        Expected payment, in money.

    Raises
    ------
    InvalidEnvironmentError
        If the support is unbounded or `shares` are not property rights.

    Examples
    --------
    Equal partners, two, uniform: v^2/2 - 1/6.

    >>> from scipy.stats import uniform
    >>> [round(interim_payment(uniform(0, 1), [0.5, 0.5], 0, v), 6) for v in (0.0, 0.5, 1.0)]
    [-0.166667, -0.041667, 0.333333]

    Notes
    -----
    Slides circulate that end the incentive proof with :math:`W(v) - W(v^*) = \int_{v^*}^v x\,dG`; W decreases, so the
    sign is the other one. The construction is right.

    References
    ----------
    .. [1] Cramton, Gibbons and Klemperer (1987), proof of Theorem 1, Econometrica 55, 615-632.
    """
    require_shares(shares)
    n = len(shares)
    own = _transfer(distribution, worst_off_type(distribution, shares[agent], n), n)
    return own - budget_surplus(distribution, shares) / n - _transfer(distribution, value, n)
