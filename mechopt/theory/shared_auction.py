r"""The high-bid-shared auction: the highest bid wins, is paid, and is shared equally among all, the winner included.

A simple way to dissolve equal partnerships: Cramton, Gibbons and Klemperer (1987) show it, among bidding games of this
family, to be efficient and balanced, and voluntary where shares are equal.

.. [1] P. Cramton, R. Gibbons and P. Klemperer, "Dissolving a Partnership Efficiently", Econometrica 55 (1987), 615-632.
"""

from __future__ import annotations

from fractions import Fraction

from mechopt.theory.arguments import require_between, require_count
from mechopt.theory.distribution import Distribution, bounded_support, integral

__all__ = ["equilibrium_bid", "uniform_equilibrium_bid"]


def equilibrium_bid(distribution: Distribution, value: float, n_agents: int) -> float:
    r"""Return the symmetric equilibrium bid.

    .. math:: b(v) = v - \frac{\int_{\underline v}^v F(x)^n\,dx}{F(v)^n}

    The exponent is n, not the n - 1 of a first-price auction: the winner gets a part of her own bid back.

    Parameters
    ----------
    distribution : Distribution
        Distribution F of each value, in money, with bounded support.
    value : float
        The bidder's value v, in money.
    n_agents : int
        Number of bidders n, at least 2.

    Returns
    -------
    float
        Bid, in money.

    Raises
    ------
    InvalidEnvironmentError
        If the support is unbounded, `value` is outside it, or there are fewer than two bidders.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> round(equilibrium_bid(uniform(0, 1), 0.75, 2), 10)
    0.5

    References
    ----------
    .. [1] Cramton, Gibbons and Klemperer (1987), Econometrica 55, 615-632.
    """
    n = require_count(n_agents, "n_agents", 2)
    low, high = bounded_support(distribution, "distribution")
    require_between(value, "value", low, high)
    lower_types = float(distribution.cdf(value)) ** n
    if lower_types == 0:
        return value
    return value - integral(lambda x: distribution.cdf(x) ** n, low, value) / lower_types


def uniform_equilibrium_bid(value: Fraction | int, n_agents: int) -> Fraction:
    r"""Return the symmetric equilibrium bid when values are uniform on [0, 1].

    .. math:: b(v) = \frac{n}{n + 1}\, v

    Parameters
    ----------
    value : Fraction
        The bidder's value v in [0, 1], in money.
    n_agents : int
        Number of bidders n, at least 2.

    Returns
    -------
    Fraction
        Bid, in money. With two bidders the winner ends up paying v/3 to the loser.

    Raises
    ------
    InvalidEnvironmentError
        If `value` is outside [0, 1] or there are fewer than two bidders.

    Examples
    --------
    >>> uniform_equilibrium_bid(1, 2)
    Fraction(2, 3)

    References
    ----------
    .. [1] Cramton, Gibbons and Klemperer (1987), Econometrica 55, 615-632.
    """
    n = require_count(n_agents, "n_agents", 2)
    require_between(value, "value", 0, 1)
    return Fraction(value) * Fraction(n, n + 1)
