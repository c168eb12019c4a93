r"""Bilateral trade with uniform values on [0, 1], exactly: the continuum, and the grid of k midpoints (j + 1/2)/k.

The grid is not a small continuum. A type that lies must lie by a whole step, so incentive constraints are slack by a
step and efficient trade without a deficit is possible up to five points a side. The error falls like 1/k.

.. [1] R. B. Myerson and M. A. Satterthwaite, "Efficient Mechanisms for Bilateral Trading", Journal of Economic Theory
   29 (1983), 265-281, doi:10.1016/0022-0531(83)90048-0.
"""

from __future__ import annotations

from fractions import Fraction

from mechopt.theory.arguments import require_between, require_count

__all__ = [
    "SECOND_BEST_THRESHOLD",
    "grid_budget_surplus",
    "grid_first_best",
    "grid_ir_vcg_surplus",
    "grid_second_best",
    "threshold_gains",
    "threshold_surplus",
]

# The gap between value and cost from which the second best trades: the positive root of `threshold_surplus`.
SECOND_BEST_THRESHOLD = Fraction(1, 4)


def threshold_gains(threshold: Fraction | int) -> Fraction:
    r"""Return the expected gains of trading whenever value exceeds cost by at least a threshold.

    .. math:: E\bigl[(v - c)\,1\{v - c \ge d\}\bigr] = \frac{(1 - d)^2 (1 + 2d)}{6}

    Parameters
    ----------
    threshold : Fraction
        The gap d in [0, 1], in money: 0 is efficient trade, 1/4 the second best, 1/2 the broker.

    Returns
    -------
    Fraction
        Expected gains, in money.

    Raises
    ------
    InvalidEnvironmentError
        If `threshold` is outside [0, 1].

    Examples
    --------
    >>> threshold_gains(0), threshold_gains(Fraction(1, 4))
    (Fraction(1, 6), Fraction(9, 64))

    References
    ----------
    .. [1] Myerson and Satterthwaite (1983), doi:10.1016/0022-0531(83)90048-0.
    """
    require_between(threshold, "threshold", 0, 1)
    gap = Fraction(threshold)
    return (1 - gap) ** 2 * (1 + 2 * gap) / 6


def threshold_surplus(threshold: Fraction | int) -> Fraction:
    r"""Return the largest expected budget surplus when trade takes place from a gap of `threshold` on.

    .. math:: E\bigl[(2v - 1 - 2c)\,1\{v - c \ge d\}\bigr] = \frac{(1 - d)^2 (4d - 1)}{6}

    Parameters
    ----------
    threshold : Fraction
        The gap d in [0, 1], in money.

    Returns
    -------
    Fraction
        Expected surplus, in money: -1/6 at d = 0, zero at 1/4, greatest at 1/2.

    Raises
    ------
    InvalidEnvironmentError
        If `threshold` is outside [0, 1].

    Examples
    --------
    >>> [str(threshold_surplus(d)) for d in (Fraction(0), Fraction(1, 4), Fraction(1, 2))]
    ['-1/6', '0', '1/24']

    Notes
    -----
    At d = 0 this is also the surplus of IR-VCG, 1/6 + 1/6 - 1/2. Lecture notes circulate that print the sum as -1/3.

    References
    ----------
    .. [1] Myerson and Satterthwaite (1983), doi:10.1016/0022-0531(83)90048-0.
    """
    require_between(threshold, "threshold", 0, 1)
    gap = Fraction(threshold)
    return (1 - gap) ** 2 * (4 * gap - 1) / 6


def grid_first_best(points: int) -> Fraction:
    r"""Return the expected gains of efficient trade with k midpoints a side.

    .. math:: \frac{k^2 - 1}{6 k^2}

    Parameters
    ----------
    points : int
        Points k a side, at least 1.

    Returns
    -------
    Fraction
        Expected gains, in money.

    Raises
    ------
    InvalidEnvironmentError
        If `points` is not a positive whole number.

    Examples
    --------
    >>> grid_first_best(5)
    Fraction(4, 25)
    """
    k = require_count(points, "points", 1)
    return Fraction(k * k - 1, 6 * k * k)


def grid_budget_surplus(points: int) -> Fraction:
    r"""Return the largest expected budget surplus of efficient trade with k midpoints a side.

    .. math:: S^* = \frac{1}{k^2} \sum_{d=1}^{k-1} (k - d)\,\frac{2d + 1 - k}{k} = \frac{(k - 1)(5 - k)}{6 k^2}

    There are k - d pairs of types at distance d/k, each of virtual gains (2d + 1 - k)/k.

    Parameters
    ----------
    points : int
        Points k a side, at least 1.

    Returns
    -------
    Fraction
        Expected surplus, in money. Not negative, so efficient trade is possible, up to k = 5.

    Raises
    ------
    InvalidEnvironmentError
        If `points` is not a positive whole number.

    Examples
    --------
    >>> [str(grid_budget_surplus(k)) for k in (2, 5, 6, 10)]
    ['1/8', '0', '-5/216', '-3/40']
    """
    k = require_count(points, "points", 1)
    return Fraction((k - 1) * (5 - k), 6 * k * k)


def grid_ir_vcg_surplus(points: int) -> Fraction:
    r"""Return the expected budget surplus of IR-VCG with k midpoints a side.

    .. math:: -\frac{k^2 - 1}{6 k^2}

    Each side is paid the whole gains, once more than there are. In the continuum no mechanism does better; on the grid
    `grid_budget_surplus` is larger by (k - 1)/k^2, what the missing types between the points would have taken.

    Parameters
    ----------
    points : int
        Points k a side, at least 1.

    Returns
    -------
    Fraction
        Expected surplus, in money.

    Raises
    ------
    InvalidEnvironmentError
        If `points` is not a positive whole number.

    Examples
    --------
    >>> grid_ir_vcg_surplus(5), grid_budget_surplus(5)
    (Fraction(-4, 25), Fraction(0, 1))
    """
    return -grid_first_best(points)


def grid_second_best(points: int) -> Fraction:
    r"""Return the largest expected gains from trade with a balanced budget and k midpoints a side.

    .. math::
        \max_{x}\; \sum_{d=1}^{k-1} \frac{k - d}{k^2}\,\frac{d}{k}\,x_d
        \quad\text{subject to}\quad \sum_{d=1}^{k-1} (k - d)\,(2d + 1 - k)\,x_d \ge 0, \quad 0 \le x_d \le 1

    where x_d is the probability that two types at distance d/k trade. The most distant pairs trade first, until
    the budget is used up at one distance, where trade is a lottery.

    Parameters
    ----------
    points : int
        Points k a side, at least 1.

    Returns
    -------
    Fraction
        Expected gains, in money. Equal to the first best up to k = 5.

    Raises
    ------
    InvalidEnvironmentError
        If `points` is not a positive whole number.

    Examples
    --------
    >>> [str(grid_second_best(k)) for k in (5, 6, 8, 10, 16)]
    ['4/25', '25/162', '49/320', '189/1250', '455/3072']
    """
    k = require_count(points, "points", 1)
    gains, budget = Fraction(0), Fraction(0)
    for distance in range(k - 1, 0, -1):
        virtual = Fraction((k - distance) * (2 * distance + 1 - k))
        probability = Fraction(1) if virtual >= 0 else min(Fraction(1), budget / -virtual)
        budget += probability * virtual
        gains += probability * Fraction((k - distance) * distance, k**3)
    return gains
