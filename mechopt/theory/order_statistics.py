"""Expected order statistics of independent draws: the raw material of auction revenue and of redistribution."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from mechopt.errors import InvalidEnvironmentError
from mechopt.theory.arguments import require_count
from mechopt.theory.distribution import Distribution, FloatArray, bounded_support, integral

__all__ = ["expected_order_statistic", "uniform_order_statistic"]


def expected_order_statistic(distribution: Distribution, n_agents: int, rank: int) -> float:
    r"""Return the expected `rank`-th highest of n independent draws.

    .. math:: E\, v_{(r)} = \underline v + \int \Pr\{\text{at least } r \text{ of } n \text{ draws exceed } x\}\,dx
              = \underline v + \int I_{1 - F(x)}(r, n - r + 1)\,dx

    with I the regularised incomplete beta function.

    Parameters
    ----------
    distribution : Distribution
        Distribution F of each value, in money, with bounded support.
    n_agents : int
        Number of draws n.
    rank : int
        1 for the highest, n for the lowest.

    Returns
    -------
    float
        Expected value, in money.

    Raises
    ------
    InvalidEnvironmentError
        If the support is unbounded or `rank` is not between 1 and `n_agents`.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> round(expected_order_statistic(uniform(0, 1), 3, 2), 10)
    0.5
    """
    from scipy.special import betainc

    _require_rank(n_agents, rank)
    low, high = bounded_support(distribution, "distribution")

    def enough_exceed(x: FloatArray) -> FloatArray:
        return np.asarray(betainc(rank, n_agents - rank + 1, 1 - distribution.cdf(x)), dtype=np.float64)

    return low + integral(enough_exceed, low, high)


def uniform_order_statistic(n_agents: int, rank: int) -> Fraction:
    r"""Return the expected `rank`-th highest of n independent uniform draws from [0, 1].

    .. math:: E\, v_{(r)} = \frac{n + 1 - r}{n + 1}

    Parameters
    ----------
    n_agents : int
        Number of draws n.
    rank : int
        1 for the highest, n for the lowest.

    Returns
    -------
    Fraction
        Expected value, in money.

    Raises
    ------
    InvalidEnvironmentError
        If `rank` is not between 1 and `n_agents`.

    Examples
    --------
    >>> [str(uniform_order_statistic(3, rank)) for rank in (1, 2, 3)]
    ['3/4', '1/2', '1/4']
    """
    _require_rank(n_agents, rank)
    return Fraction(n_agents + 1 - rank, n_agents + 1)


def _require_rank(n_agents: int, rank: int) -> None:
    require_count(n_agents, "n_agents", 1)
    if require_count(rank, "rank", 1) > n_agents:
        raise InvalidEnvironmentError(f"rank is {rank}; among {n_agents} draws it is at most {n_agents}")
