r"""A public good of known cost and n agents with private values: bilateral trade under another name.

With two agents, let the second be a seller whose cost is what the good costs less her value. Providing is trading, the
incentives and the budget are the same, and every formula of `bilateral_trade` applies to the reflected distribution
(Myerson and Satterthwaite 1983 remark on it). With n agents and values uniform on [0, 1] the sum of values has the
distribution of Irwin and Hall, and all but the last root is exact.

.. [1] R. B. Myerson and M. A. Satterthwaite, "Efficient Mechanisms for Bilateral Trading", Journal of Economic Theory
   29 (1983), 265-281, doi:10.1016/0022-0531(83)90048-0.
.. [2] W. Gueth and M. Hellwig, "The Private Supply of a Public Good", Journal of Economics, Supplement 5 (1986),
   121-159.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import comb, factorial
from typing import Any

from mechopt.errors import InvalidEnvironmentError
from mechopt.theory import bilateral_trade
from mechopt.theory.arguments import require_count
from mechopt.theory.bilateral_trade import SecondBest
from mechopt.theory.distribution import Distribution

__all__ = [
    "RemainingCost",
    "ThresholdRule",
    "budget_surplus",
    "first_best_gains",
    "second_best",
    "uniform_budget_surplus",
    "uniform_costly_second_best",
    "uniform_first_best_gains",
    "uniform_second_best",
]


@dataclass(frozen=True)
class RemainingCost:
    """The distribution of the cost that one agent's value leaves to the other: the cost of the seller she would be.

    Attributes
    ----------
    contributor : Distribution
        Distribution F of her value, in money.
    cost : float
        Cost of the public good, in money.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> seller = RemainingCost(uniform(0, 2), 3.0)
    >>> seller.support(), float(seller.cdf(2.5))
    ((1.0, 3.0), 0.75)
    """

    contributor: Distribution
    cost: float

    def cdf(self, x: Any, /) -> Any:
        """Return 1 - F(cost - x)."""
        return 1 - self.contributor.cdf(self.cost - x)

    def pdf(self, x: Any, /) -> Any:
        """Return f(cost - x)."""
        return self.contributor.pdf(self.cost - x)

    def ppf(self, q: Any, /) -> Any:
        """Return the remaining cost at quantile q."""
        return self.cost - self.contributor.ppf(1 - q)

    def support(self) -> tuple[float, float]:
        """Return the lowest and the highest remaining cost."""
        low, high = map(float, self.contributor.support())
        return self.cost - high, self.cost - low


def first_best_gains(first: Distribution, second: Distribution, cost: float) -> float:
    r"""Return the expected gains of providing the good whenever two agents together value it above its cost.

    .. math:: E(v_1 + v_2 - C)^+

    Parameters
    ----------
    first, second : Distribution
        Distributions of the two values, in money, with bounded supports.
    cost : float
        Cost C, in money.

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
    >>> round(first_best_gains(uniform(0, 1), uniform(0, 1), 1.0), 10)
    0.1666666667

    References
    ----------
    .. [1] Myerson and Satterthwaite (1983), doi:10.1016/0022-0531(83)90048-0.
    """
    return bilateral_trade.first_best_gains(first, RemainingCost(second, cost))


def budget_surplus(first: Distribution, second: Distribution, cost: float) -> float:
    r"""Return the largest expected budget surplus of efficient, incentive compatible, voluntary provision.

    .. math:: -\int_{\underline v_1}^{C - \underline v_2} (1 - F_1(t))\,(1 - F_2(C - t))\,dt

    Parameters
    ----------
    first, second : Distribution
        Distributions of the two values, in money, with bounded supports.
    cost : float
        Cost C, in money.

    Returns
    -------
    float
        Expected contributions less cost, in money.

    Raises
    ------
    InvalidEnvironmentError
        If a support is unbounded.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> round(budget_surplus(uniform(0, 1), uniform(0, 1), 1.0), 10)
    -0.1666666667

    References
    ----------
    .. [1] Myerson and Satterthwaite (1983), doi:10.1016/0022-0531(83)90048-0.
    """
    return bilateral_trade.efficient_budget_surplus(first, RemainingCost(second, cost))


def second_best(first: Distribution, second: Distribution, cost: float) -> SecondBest:
    r"""Return the largest expected gains that two agents can have if their contributions must cover the cost.

    Provide if and only if :math:`\varphi_{1,\alpha}(v_1) + \varphi_{2,\alpha}(v_2) \ge C`, with the weight at which

    .. math:: E\bigl[(\varphi_1(v_1) + \varphi_2(v_2) - C)\,1\{\text{provided}\}\bigr] = 0

    Parameters
    ----------
    first, second : Distribution
        Distributions of the two values, in money, with bounded supports and increasing virtual values.
    cost : float
        Cost C, in money.

    Returns
    -------
    SecondBest
        Gains in money, the weight, and the first best to compare with.

    Raises
    ------
    InvalidEnvironmentError
        If a support is unbounded or a virtual value decreases somewhere.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> round(second_best(uniform(0, 1), uniform(0, 1), 1.0).gains, 8)
    0.140625

    References
    ----------
    .. [1] Myerson and Satterthwaite (1983), doi:10.1016/0022-0531(83)90048-0.
    """
    return bilateral_trade.second_best(first, RemainingCost(second, cost))


@dataclass(frozen=True)
class ThresholdRule:
    """Provide the good if and only if the sum of values reaches a threshold.

    Attributes
    ----------
    threshold : float
        Least sum of values, in money; at least the cost.
    gains : float
        Expected gains, in money.
    """

    threshold: float
    gains: float


def uniform_first_best_gains(n_agents: int, cost: Fraction | int) -> Fraction:
    r"""Return the expected gains of efficient provision to n agents with values uniform on [0, 1].

    .. math:: E(S - C)^+ = \frac{1}{(n + 1)!} \sum_{j < n - C} (-1)^j \binom{n}{j} (n - C - j)^{n+1}

    Parameters
    ----------
    n_agents : int
        Number of agents n.
    cost : Fraction
        Cost C in [0, n], in money.

    Returns
    -------
    Fraction
        Expected gains, in money.

    Raises
    ------
    InvalidEnvironmentError
        If there is no agent or the cost is outside [0, n].

    Examples
    --------
    >>> uniform_first_best_gains(2, 1), uniform_first_best_gains(3, 2)
    (Fraction(1, 6), Fraction(1, 24))
    """
    _require_cost(n_agents, cost)
    return _excess(n_agents, Fraction(cost))


def uniform_budget_surplus(n_agents: int, cost: Fraction | int) -> Fraction:
    r"""Return the largest expected budget surplus of efficient, incentive compatible, voluntary provision.

    .. math:: E\bigl[(2S - n - C)\,1\{S \ge C\}\bigr] = 2\,E(S - C)^+ - (n - C)\,\Pr\{S \ge C\}

    Parameters
    ----------
    n_agents : int
        Number of agents n, values uniform on [0, 1].
    cost : Fraction
        Cost C in [0, n], in money.

    Returns
    -------
    Fraction
        Expected contributions less cost, in money; negative for n at least 2 and a cost strictly between 0 and n.

    Raises
    ------
    InvalidEnvironmentError
        If there is no agent or the cost is outside [0, n].

    Examples
    --------
    >>> uniform_budget_surplus(2, 1), uniform_budget_surplus(1, Fraction(1, 2)), uniform_budget_surplus(3, 2)
    (Fraction(-1, 6), Fraction(0, 1), Fraction(-1, 12))

    References
    ----------
    .. [1] Gueth and Hellwig (1986), Journal of Economics, Supplement 5, 121-159.
    """
    _require_cost(n_agents, cost)
    return _rule_surplus(n_agents, Fraction(cost), Fraction(cost))


def uniform_second_best(n_agents: int, cost: Fraction | int) -> ThresholdRule:
    r"""Return the best rule if the contributions of n agents with values uniform on [0, 1] must cover the cost.

    .. math:: \text{provide} \iff S \ge s, \qquad 2\,E(S - s)^+ + (2s - n - C)\,\Pr\{S \ge s\} = 0

    Parameters
    ----------
    n_agents : int
        Number of agents n.
    cost : Fraction
        Cost C in [0, n], in money.

    Returns
    -------
    ThresholdRule
        Threshold s and expected gains, in money.

    Raises
    ------
    InvalidEnvironmentError
        If there is no agent or the cost is outside [0, n].

    Examples
    --------
    >>> rule = uniform_second_best(2, 1)
    >>> round(rule.threshold, 10), round(rule.gains, 10)
    (1.25, 0.140625)

    References
    ----------
    .. [1] Gueth and Hellwig (1986), Journal of Economics, Supplement 5, 121-159.
    """
    from scipy.optimize import brentq

    _require_cost(n_agents, cost)
    exact = Fraction(cost)
    if _rule_surplus(n_agents, exact, exact) >= 0:
        return ThresholdRule(threshold=float(exact), gains=float(_excess(n_agents, exact)))
    threshold = float(
        brentq(
            lambda s: float(_rule_surplus(n_agents, exact, Fraction(s))),
            float(exact),
            (n_agents + float(exact)) / 2,
            xtol=1e-14,
        )
    )
    start = Fraction(threshold)
    gains = _excess(n_agents, start) + (start - exact) * _probability(n_agents, start)
    return ThresholdRule(threshold=threshold, gains=float(gains))


def uniform_costly_second_best(n_agents: int, cost: Fraction | int) -> Fraction:
    r"""Return the gains of the second best, exactly, where it provides only if at most one value in all is missing.

    .. math:: \frac{x^{n+1}}{(n + 1)!} + (n - x - C)\,\frac{x^n}{n!}, \qquad x = \frac{(n + 1)(n - C)}{2n} \le 1

    The threshold is n - x; above n - 1 the tail of the sum of values is a simplex.

    Parameters
    ----------
    n_agents : int
        Number of agents n, at least 2, values uniform on [0, 1].
    cost : Fraction
        Cost C in [0, n] with (n + 1)(n - C) at most 2 n, in money.

    Returns
    -------
    Fraction
        Expected gains, in money.

    Raises
    ------
    InvalidEnvironmentError
        If there are fewer than two agents or the cost is too low for the formula.

    Examples
    --------
    >>> uniform_costly_second_best(2, 1), uniform_costly_second_best(3, 2)
    (Fraction(9, 64), Fraction(2, 81))

    References
    ----------
    .. [1] Gueth and Hellwig (1986), Journal of Economics, Supplement 5, 121-159.
    """
    n = require_count(n_agents, "n_agents", 2)
    _require_cost(n, cost)
    missing = Fraction(n + 1, 2 * n) * (n - Fraction(cost))
    if missing > 1:
        raise InvalidEnvironmentError(f"cost is {cost}; the exact form holds from {Fraction(n * (n - 1), n + 1)} on: use uniform_second_best")
    return missing ** (n + 1) / factorial(n + 1) + (n - missing - cost) * missing**n / factorial(n)


def _require_cost(n_agents: int, cost: Fraction | int) -> None:
    require_count(n_agents, "n_agents", 1)
    if not 0 <= cost <= n_agents:
        raise InvalidEnvironmentError(f"cost is {cost}; with values in [0, 1] it lies between 0 and {n_agents}")


def _excess(n: int, level: Fraction) -> Fraction:
    """Return the expectation of (S - level)^+ for the sum S of n uniform values, which is distributed like n - S."""
    missing = n - level
    terms = (Fraction((-1) ** j * comb(n, j)) * (missing - j) ** (n + 1) for j in range(n + 1) if j < missing)
    return sum(terms, Fraction(0)) / factorial(n + 1)


def _probability(n: int, level: Fraction) -> Fraction:
    """Return the probability that the sum of n uniform values reaches `level`."""
    missing = n - level
    terms = (Fraction((-1) ** j * comb(n, j)) * (missing - j) ** n for j in range(n + 1) if j < missing)
    return sum(terms, Fraction(0)) / factorial(n)


def _rule_surplus(n: int, cost: Fraction, threshold: Fraction) -> Fraction:
    """Return the expected virtual gains, 2 S - n - cost, of providing from `threshold` on."""
    return 2 * _excess(n, threshold) + (2 * threshold - n - cost) * _probability(n, threshold)
