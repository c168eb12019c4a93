r"""Partnerships with uniform values on [0, 1]: Cramton, Gibbons and Klemperer (1987), and the high-bid-shared auction.

.. [1] P. Cramton, R. Gibbons and P. Klemperer, "Dissolving a Partnership Efficiently", Econometrica 55 (1987), 615-632.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from mechopt.theory.arguments import require_between, require_count, require_shares

__all__ = [
    "dissolution_possible",
    "dissolvable_interval_of_two",
    "interim_payment_of_two_equal_partners",
    "surplus",
    "surplus_of_equal_partners",
    "surplus_of_one_owner",
    "surplus_of_two",
]


def surplus(shares: Sequence[Fraction | float]) -> float:
    r"""Return the largest expected budget surplus of efficient, incentive compatible, voluntary dissolution.

    .. math:: \frac{n - 1}{n} \Bigl( \frac{n}{n + 1} - \sum_i r_i^{n/(n-1)} \Bigr)

    Parameters
    ----------
    shares : sequence of Fraction or float, length n_agents
        Property rights r_i, summing to one.

    Returns
    -------
    float
        Expected surplus, in money.

    Raises
    ------
    InvalidEnvironmentError
        If `shares` are not property rights.

    Examples
    --------
    >>> round(surplus([0.5, 0.5, 0]), 6), round(surplus([1, 0, 0]), 6)
    (0.028595, -0.166667)

    References
    ----------
    .. [1] Cramton, Gibbons and Klemperer (1987), Econometrica 55, 615-632.
    """
    require_shares(shares)
    n = len(shares)
    return (n - 1) / n * (n / (n + 1) - math.fsum(float(share) ** (n / (n - 1)) for share in shares))


def dissolution_possible(shares: Sequence[Fraction | float]) -> bool:
    r"""Return whether the partnership can be dissolved efficiently, voluntarily and with a balanced budget.

    .. math:: \sum_i r_i^{n/(n-1)} \le \frac{n}{n + 1}

    Parameters
    ----------
    shares : sequence of Fraction or float, length n_agents
        Property rights r_i, summing to one.

    Returns
    -------
    bool
        True if the condition holds.

    Raises
    ------
    InvalidEnvironmentError
        If `shares` are not property rights.

    Examples
    --------
    >>> dissolution_possible([0.75, 0.25]), dissolution_possible([0.8, 0.2])
    (True, False)

    References
    ----------
    .. [1] Cramton, Gibbons and Klemperer (1987), Econometrica 55, 615-632.
    """
    return surplus(shares) >= 0


def surplus_of_two(share: Fraction | int) -> Fraction:
    r"""Return the largest expected budget surplus of two partners, exactly.

    .. math:: \frac12 \Bigl( \frac23 - r^2 - (1 - r)^2 \Bigr)

    Parameters
    ----------
    share : Fraction
        One partner's part r of the object.

    Returns
    -------
    Fraction
        Expected surplus, in money: 1/12 at r = 1/2, where IR-VCG collects 2 (1/6 - 1/8).

    Raises
    ------
    InvalidEnvironmentError
        If `share` is outside [0, 1].

    Examples
    --------
    >>> surplus_of_two(Fraction(1, 2)), surplus_of_two(1)
    (Fraction(1, 12), Fraction(-1, 6))

    References
    ----------
    .. [1] Cramton, Gibbons and Klemperer (1987), Econometrica 55, 615-632.
    """
    require_between(share, "share", 0, 1)
    r = Fraction(share)
    return (Fraction(2, 3) - r**2 - (1 - r) ** 2) / 2


def dissolvable_interval_of_two() -> tuple[float, float]:
    r"""Return the shares of one of two partners that allow efficient dissolution.

    .. math:: \Bigl[ \frac{3 - \sqrt 3}{6},\ \frac{3 + \sqrt 3}{6} \Bigr]

    Returns
    -------
    tuple of two floats
        Least and greatest share.

    Examples
    --------
    >>> [round(end, 4) for end in dissolvable_interval_of_two()]
    [0.2113, 0.7887]

    References
    ----------
    .. [1] Cramton, Gibbons and Klemperer (1987), Econometrica 55, 615-632.
    """
    return (3 - math.sqrt(3)) / 6, (3 + math.sqrt(3)) / 6


def surplus_of_equal_partners(n_agents: int) -> float:
    r"""Return the largest expected budget surplus of n equal partners: always positive.

    .. math:: \frac{n - 1}{n} \Bigl( \frac{n}{n + 1} - n^{-1/(n-1)} \Bigr)

    Parameters
    ----------
    n_agents : int
        Number of partners n, at least 2.

    Returns
    -------
    float
        Expected surplus, in money.

    Raises
    ------
    InvalidEnvironmentError
        If there are fewer than two partners.

    Examples
    --------
    >>> [round(surplus_of_equal_partners(n), 6) for n in (2, 3, 10)]
    [0.083333, 0.1151, 0.121345]

    References
    ----------
    .. [1] Cramton, Gibbons and Klemperer (1987), Econometrica 55, 615-632.
    """
    n = require_count(n_agents, "n_agents", 2)
    return (n - 1) / n * (n / (n + 1) - math.pow(n, -1 / (n - 1)))


def surplus_of_one_owner(n_agents: int) -> Fraction:
    r"""Return the largest expected budget surplus of an owner and n - 1 buyers: always negative.

    .. math:: -\frac{n - 1}{n (n + 1)}

    Parameters
    ----------
    n_agents : int
        Number of agents n, owner included, at least 2.

    Returns
    -------
    Fraction
        Expected surplus, in money.

    Raises
    ------
    InvalidEnvironmentError
        If there are fewer than two agents.

    Examples
    --------
    >>> surplus_of_one_owner(2), surplus_of_one_owner(3)
    (Fraction(-1, 6), Fraction(-1, 6))

    References
    ----------
    .. [1] Cramton, Gibbons and Klemperer (1987), Proposition 2, Econometrica 55, 615-632.
    """
    n = require_count(n_agents, "n_agents", 2)
    return -Fraction(n - 1, n * (n + 1))


def interim_payment_of_two_equal_partners(value: Fraction | int) -> Fraction:
    r"""Return what a type expects to pay when two equal partners dissolve efficiently with a balanced budget.

    .. math:: T(v) = \frac{v^2}{2} - \frac16

    The same for every such mechanism that treats the two alike: the rebalanced IR-VCG, the high-bid-shared auction in
    which the winner pays a third of her value to the loser, and the transfers of Cramton, Gibbons and Klemperer.

    Parameters
    ----------
    value : Fraction
        The partner's value v in [0, 1], in money.

    Returns
    -------
    Fraction
        Expected payment, in money.

    Raises
    ------
    InvalidEnvironmentError
        If `value` is outside [0, 1].

    Examples
    --------
    >>> interim_payment_of_two_equal_partners(1), interim_payment_of_two_equal_partners(0)
    (Fraction(1, 3), Fraction(-1, 6))

    References
    ----------
    .. [1] Cramton, Gibbons and Klemperer (1987), Econometrica 55, 615-632.
    """
    require_between(value, "value", 0, 1)
    return Fraction(value) ** 2 / 2 - Fraction(1, 6)
