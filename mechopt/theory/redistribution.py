r"""What redistribution without a prior leaves on the table: the Bailey-Cavallo rebates and the residual claimant.

One object, n agents, no owner. The rebates of Bailey (1997) and Cavallo (2006) keep efficiency and dominant strategies
and leave a little money; the residual claimant of Green and Laffont (1979) keeps balance and dominant strategies and
loses a little welfare. Both losses vanish like 1/n^2 when values are uniform.

.. [1] M. J. Bailey, "The Demand Revealing Process: To Distribute the Surplus", Public Choice 91 (1997), 107-126.
.. [2] R. Cavallo, "Optimal Decision-Making with Minimal Waste: Strategyproof Redistribution of VCG Payments",
   Proceedings of AAMAS 2006, 882-889.
.. [3] J. Green and J.-J. Laffont, "Incentives in Public Decision-Making", North-Holland, 1979.
"""

from __future__ import annotations

from fractions import Fraction

from mechopt.theory.arguments import require_count
from mechopt.theory.distribution import Distribution
from mechopt.theory.order_statistics import expected_order_statistic, uniform_order_statistic

__all__ = [
    "bailey_cavallo_residue",
    "residual_claimant_loss",
    "uniform_bailey_cavallo_residue",
    "uniform_residual_claimant_loss",
]


def bailey_cavallo_residue(distribution: Distribution, n_agents: int) -> float:
    r"""Return the money that the Bailey-Cavallo rebates leave undistributed.

    .. math:: \frac{2}{n}\, E\bigl(v_{(2)} - v_{(3)}\bigr)

    Of the second highest value, collected from the winner, the two highest get v_(3)/n back and the others v_(2)/n.

    Parameters
    ----------
    distribution : Distribution
        Distribution F of each value, in money, with bounded support.
    n_agents : int
        Number of agents n, at least 3.

    Returns
    -------
    float
        Expected budget surplus, in money.

    Raises
    ------
    InvalidEnvironmentError
        If the support is unbounded or there are fewer than three agents.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> round(bailey_cavallo_residue(uniform(0, 1), 3), 10)
    0.1666666667

    References
    ----------
    .. [1] Bailey (1997), Public Choice 91, 107-126.
    .. [2] Cavallo (2006), Proceedings of AAMAS, 882-889.
    """
    n = require_count(n_agents, "n_agents", 3)
    gap = expected_order_statistic(distribution, n, 2) - expected_order_statistic(distribution, n, 3)
    return 2 / n * gap


def uniform_bailey_cavallo_residue(n_agents: int) -> Fraction:
    r"""Return the money that the Bailey-Cavallo rebates leave when values are uniform on [0, 1].

    .. math:: \frac{2}{n (n + 1)}

    Parameters
    ----------
    n_agents : int
        Number of agents n, at least 3.

    Returns
    -------
    Fraction
        Expected budget surplus, in money.

    Raises
    ------
    InvalidEnvironmentError
        If there are fewer than three agents.

    Examples
    --------
    >>> uniform_bailey_cavallo_residue(3), uniform_bailey_cavallo_residue(10)
    (Fraction(1, 6), Fraction(1, 55))

    References
    ----------
    .. [1] Bailey (1997), Public Choice 91, 107-126.
    .. [2] Cavallo (2006), Proceedings of AAMAS, 882-889.
    """
    n = require_count(n_agents, "n_agents", 3)
    return Fraction(2, n) * (uniform_order_statistic(n, 2) - uniform_order_statistic(n, 3))


def residual_claimant_loss(distribution: Distribution, n_agents: int) -> float:
    r"""Return the welfare lost when a random agent takes the money of a second-price auction among the others.

    .. math:: \frac{1}{n}\, E\bigl(v_{(1)} - v_{(2)}\bigr)

    With probability 1/n the claimant is the agent of the highest value, and the second highest gets the object.

    Parameters
    ----------
    distribution : Distribution
        Distribution F of each value, in money, with bounded support.
    n_agents : int
        Number of agents n, at least 2.

    Returns
    -------
    float
        Expected loss against the first best, in money.

    Raises
    ------
    InvalidEnvironmentError
        If the support is unbounded or there are fewer than two agents.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> round(residual_claimant_loss(uniform(0, 1), 3), 10)
    0.0833333333

    References
    ----------
    .. [1] Green and Laffont (1979), "Incentives in Public Decision-Making".
    """
    n = require_count(n_agents, "n_agents", 2)
    gap = expected_order_statistic(distribution, n, 1) - expected_order_statistic(distribution, n, 2)
    return gap / n


def uniform_residual_claimant_loss(n_agents: int) -> Fraction:
    r"""Return the welfare that the residual claimant costs when values are uniform on [0, 1].

    .. math:: \frac{1}{n (n + 1)}

    Parameters
    ----------
    n_agents : int
        Number of agents n, at least 2.

    Returns
    -------
    Fraction
        Expected loss against the first best, in money.

    Raises
    ------
    InvalidEnvironmentError
        If there are fewer than two agents.

    Examples
    --------
    >>> uniform_residual_claimant_loss(2), uniform_residual_claimant_loss(10)
    (Fraction(1, 6), Fraction(1, 110))

    References
    ----------
    .. [1] Green and Laffont (1979), "Incentives in Public Decision-Making".
    """
    n = require_count(n_agents, "n_agents", 2)
    return (uniform_order_statistic(n, 1) - uniform_order_statistic(n, 2)) / n
