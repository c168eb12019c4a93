r"""The rebates that return most of the VCG payments at the worst profile: Guo and Conitzer (2009), Moulin (2009).

m identical units, n agents who want one each. VCG collects m times the (m+1)-st highest value. An agent's rebate is a
linear function of the *others'* values in decreasing order, so truth stays dominant; the budget must not run a deficit.

.. [1] M. Guo and V. Conitzer, "Worst-Case Optimal Redistribution of VCG Payments in Multi-Unit Auctions", Games and
   Economic Behavior 67 (2009), 69-98, doi:10.1016/j.geb.2008.06.007.
.. [2] H. Moulin, "Almost Budget-Balanced VCG Mechanisms to Assign Multiple Objects", Journal of Economic Theory 144
   (2009), 96-119.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import comb

from mechopt.errors import InvalidEnvironmentError
from mechopt.theory.arguments import require_count

__all__ = ["rebate_coefficients", "rebated_shares", "worst_case_share"]


def worst_case_share(n_agents: int, n_units: int = 1) -> Fraction:
    r"""Return the largest share of the VCG payments that linear rebates can return at every profile.

    .. math:: 1 - \frac{\binom{n-1}{m}}{\sum_{j=m}^{n-1} \binom{n-1}{j}}

    The worst profiles have values 0 and 1 only. VCG collects the whole efficient surplus there, so the rest is also the
    worst ratio of money left over to efficient surplus, the index of Moulin (2009).

    Parameters
    ----------
    n_agents : int
        Number of agents n, more than the units.
    n_units : int
        Number of units m, at least 1.

    Returns
    -------
    Fraction
        Share, between 0 and 1; 0 with a single agent more than units.

    Raises
    ------
    InvalidEnvironmentError
        If there is no unit or there are not more agents than units.

    Examples
    --------
    >>> [str(worst_case_share(n)) for n in (3, 5)], round(float(worst_case_share(10, 3)), 5)
    (['1/3', '11/15'], 0.81974)

    References
    ----------
    .. [1] Guo and Conitzer (2009), doi:10.1016/j.geb.2008.06.007.
    .. [2] Moulin (2009), Journal of Economic Theory 144, 96-119.
    """
    n, m = _require_competition(n_agents, n_units)
    return 1 - Fraction(comb(n - 1, m), _tail(n, m))


def rebate_coefficients(n_agents: int, n_units: int = 1) -> list[Fraction]:
    r"""Return the coefficients c_j of the optimal rebate: the sum of c_j times the j-th highest of the others' values.

    .. math:: c_j = \frac{(-1)^{j+m-1} (n - m) \binom{n-1}{m-1}}{j\,\sum_{l=m}^{n-1} \binom{n-1}{l}}
              \cdot \frac{\sum_{l=j}^{n-1} \binom{n-1}{l}}{\binom{n-1}{j}}, \quad j = m+1, \ldots, n-1

    and :math:`c_1 = \dots = c_m = 0`.

    Parameters
    ----------
    n_agents : int
        Number of agents n, more than the units.
    n_units : int
        Number of units m, at least 1.

    Returns
    -------
    list of Fraction, length n_agents - 1
        Coefficients of the others' values in decreasing order, pure numbers.

    Raises
    ------
    InvalidEnvironmentError
        If there is no unit or there are not more agents than units.

    Examples
    --------
    With three agents a third of the lowest other value is returned: the rebates of Bailey and Cavallo.

    >>> rebate_coefficients(3), [str(c) for c in rebate_coefficients(4)]
    ([Fraction(0, 1), Fraction(1, 3)], ['0', '2/7', '-1/7'])

    References
    ----------
    .. [1] Guo and Conitzer (2009), doi:10.1016/j.geb.2008.06.007.
    """
    n, m = _require_competition(n_agents, n_units)
    scale = Fraction((n - m) * comb(n - 1, m - 1), _tail(n, m))
    tailed = [(-1) ** (j + m - 1) * scale * Fraction(_tail(n, j), j * comb(n - 1, j)) for j in range(m + 1, n)]
    return [Fraction(0)] * m + tailed


def rebated_shares(coefficients: Sequence[Fraction], n_units: int = 1) -> list[Fraction]:
    r"""Return the share of the VCG payments that linear rebates return at each extreme profile with payments.

    .. math:: \frac1m \Bigl[ p \sum_{j < p} c_j + (n - p) \sum_{j \le p} c_j \Bigr], \qquad p = m + 1, \ldots, n

    At extreme profile p the p highest values are 1 and the others 0. Rebates and VCG payments are linear on ordered
    profiles, and these profiles span them: the worst share anywhere is the least entry, and there is no deficit
    anywhere if no entry exceeds one.

    Parameters
    ----------
    coefficients : sequence of Fraction, length n_agents - 1
        Coefficients of the others' values in decreasing order.
    n_units : int
        Number of units m, at least 1.

    Returns
    -------
    list of Fraction, length n_agents - n_units
        Shares at p = m + 1, ..., n.

    Raises
    ------
    InvalidEnvironmentError
        If rebates are paid where VCG collects nothing, which is a deficit, or there are not more agents than units.

    Examples
    --------
    >>> [str(share) for share in rebated_shares(rebate_coefficients(5))]
    ['11/15', '1', '11/15', '1']

    References
    ----------
    .. [1] Guo and Conitzer (2009), doi:10.1016/j.geb.2008.06.007.
    """
    n, m = _require_competition(len(coefficients) + 1, n_units)
    sums = [sum(coefficients[:p], Fraction(0)) for p in range(n)]
    rebates = [p * sums[p - 1] + (n - p) * sums[min(p, n - 1)] for p in range(1, n + 1)]
    if any(rebates[:m]):
        raise InvalidEnvironmentError(
            f"coefficients pay rebates {[str(rebate) for rebate in rebates[:m]]} where VCG collects nothing; the first {m} of them must be zero"
        )
    return [rebate / m for rebate in rebates[m:]]


def _tail(n_agents: int, start: int) -> int:
    """Return the sum of the binomial coefficients of n - 1 from `start` on."""
    return sum(comb(n_agents - 1, j) for j in range(start, n_agents))


def _require_competition(n_agents: int, n_units: int) -> tuple[int, int]:
    m = require_count(n_units, "n_units", 1)
    return require_count(n_agents, "n_agents", m + 1), m
