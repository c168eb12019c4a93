"""Money given back without a prior: Bailey and Cavallo, the residual claimant, and the rebates that are best at the worst profile."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import comb

import numpy as np

from mechopt.environment.environment import Environment
from mechopt.errors import InvalidEnvironmentError
from mechopt.mechanism.classical.conditions import at_least, both, require
from mechopt.mechanism.classical.groves import vcg
from mechopt.mechanism.classical.unit_demand import UnitDemand, one_free_object, unit_demand, unit_demand_applies, value_profiles
from mechopt.mechanism.mechanism import Mechanism
from mechopt.rational import RationalArray, stack

__all__ = [
    "bailey_cavallo",
    "bailey_cavallo_applies",
    "linear_rebates",
    "residual_claimant",
    "residual_claimant_applies",
    "worst_case_coefficients",
    "worst_case_redistribution",
]

bailey_cavallo_applies = both(one_free_object, at_least(3))
residual_claimant_applies = both(one_free_object, at_least(2))


def linear_rebates(environment: Environment, market: UnitDemand, coefficients: Sequence[Fraction]) -> RationalArray:
    r"""Return rebates that are linear in the others' values, in decreasing order.

    .. math:: z_i(\theta_{-i}) = \sum_j c_j\, v^{-i}_{(j)}

    Parameters
    ----------
    environment : Environment
    market : UnitDemand
    coefficients : sequence of Fraction, length n_agents - 1
        Pure numbers.

    Returns
    -------
    RationalArray, shape (n_agents, *n_types)
        In money.
    """
    numerators, denominator = value_profiles(environment, market.values)
    rebates = []
    for i in range(environment.n_agents):
        ordered = np.sort(np.delete(numerators, i, axis=0), axis=0)[::-1]
        total = RationalArray.full(environment.n_types)
        for entry, coefficient in zip(ordered, coefficients, strict=True):
            total = total if coefficient == 0 else total + RationalArray(entry, denominator) * coefficient
        rebates.append(total)
    return stack(rebates)


def bailey_cavallo(environment: Environment) -> Mechanism:
    r"""Return a second-price auction that gives everybody the n-th part of what it would collect without her.

    .. math:: t_i = t_i^{vcg} - \frac1n v^{-i}_{(2)}

    The two highest get :math:`v_{(3)}/n` back, the others :math:`v_{(2)}/n`; what is left is :math:`\frac2n (v_{(2)} - v_{(3)})`.

    Parameters
    ----------
    environment : Environment
        One object without cost that nobody dislikes, at least three agents; any prior and outside options.

    Returns
    -------
    Mechanism
        Efficient, dominant-strategy incentive compatible, never in deficit.

    Raises
    ------
    InvalidEnvironmentError
        If it is no free object, somebody dislikes it, or there are fewer than three agents.

    Examples
    --------
    >>> from mechopt.environment.builders import object_environment
    >>> from mechopt.environment.grids import Grid
    >>> fixed = {name: Grid((Fraction(value),), (Fraction(1),)) for name, value in {"Ann": 9, "Bob": 6, "Cleo": 3}.items()}
    >>> bailey_cavallo(object_environment(fixed)).payments.reshape(-1).texts()
    ['5', '-1', '-2']

    References
    ----------
    .. [1] M. J. Bailey, "The Demand Revealing Process: To Distribute the Surplus", Public Choice 91 (1997), 107-126.
    .. [2] R. Cavallo, "Optimal Decision-Making with Minimal Waste: Strategyproof Redistribution of VCG Payments", Proceedings of AAMAS
       (2006), 882-889. https://doi.org/10.1145/1160633.1160790
    """
    require(environment, bailey_cavallo_applies, "bailey-cavallo")
    n = environment.n_agents
    return _redistributed(environment, [Fraction(0), Fraction(1, n), *[Fraction(0)] * (n - 3)])


def worst_case_coefficients(n_agents: int, n_units: int = 1) -> list[Fraction]:
    r"""Return the coefficients of the linear rebates that return the largest share of VCG payments at the worst profile.

    .. math:: c_j = \frac{(-1)^{j+m-1} (n - m) \binom{n-1}{m-1}}{j \binom{n-1}{j}}
              \cdot \frac{\sum_{l=j}^{n-1} \binom{n-1}{l}}{\sum_{l=m}^{n-1} \binom{n-1}{l}}, \quad j = m+1, \ldots, n-1

    and zero for the m highest of the others.

    Parameters
    ----------
    n_agents, n_units : int
        Agents n and units m, :math:`1 \le m < n`.

    Returns
    -------
    list of Fraction, length n_agents - 1
        Pure numbers.

    Raises
    ------
    InvalidEnvironmentError
        If there is no unit or there are not more agents than units.

    Examples
    --------
    >>> [str(c) for c in worst_case_coefficients(5)]
    ['0', '11/45', '-1/9', '1/15']

    References
    ----------
    .. [1] M. Guo and V. Conitzer, "Worst-Case Optimal Redistribution of VCG Payments in Multi-Unit Auctions", Games Econ. Behav. 67
       (2009), 69-98. https://doi.org/10.1016/j.geb.2008.06.007
    """
    n, m = n_agents, n_units
    if not 1 <= m < n:
        raise InvalidEnvironmentError(f"n_units is {m} for {n} agents; write a number from 1 to {n - 1}")
    tails = [sum(comb(n - 1, k) for k in range(j, n)) for j in range(n)]
    scale = Fraction((n - m) * comb(n - 1, m - 1), tails[m])
    return [Fraction(0)] * m + [(-1) ** (j + m - 1) * scale * Fraction(tails[j], j * comb(n - 1, j)) for j in range(m + 1, n)]


def worst_case_redistribution(environment: Environment) -> Mechanism:
    r"""Return VCG with the linear rebates that give back the largest share of its payments at the worst profile.

    .. math:: t_i = t_i^{vcg} - \sum_j c_j\, v^{-i}_{(j)}, \qquad
              \text{share returned} \ge 1 - \binom{n-1}{m} \Bigm/ \sum_{j=m}^{n-1} \binom{n-1}{j}

    with the coefficients of `worst_case_coefficients`.

    Parameters
    ----------
    environment : Environment
        One object, or a table of who is served by m identical units (`unit_demand`), m less than the number of agents; without cost; any
        prior and outside options.

    Returns
    -------
    Mechanism
        Efficient, dominant-strategy incentive compatible, never in deficit.

    Raises
    ------
    InvalidEnvironmentError
        If it is no sale of free identical units, or there are not more agents than units.

    Examples
    --------
    With three agents these are the rebates of Bailey and Cavallo; with four no longer.

    >>> from mechopt.environment.builders import object_environment
    >>> from mechopt.environment.grids import Grid
    >>> fixed = {name: Grid((Fraction(value),), (Fraction(1),)) for name, value in {"Ann": 9, "Bob": 6, "Cleo": 3, "Dan": 1}.items()}
    >>> worst_case_redistribution(object_environment(fixed)).payments.reshape(-1).texts()
    ['37/7', '-5/7', '-11/7', '-9/7']

    References
    ----------
    .. [1] M. Guo and V. Conitzer, "Worst-Case Optimal Redistribution of VCG Payments in Multi-Unit Auctions", Games Econ. Behav. 67
       (2009), 69-98. https://doi.org/10.1016/j.geb.2008.06.007
    .. [2] H. Moulin, "Almost Budget-Balanced VCG Mechanisms to Assign Multiple Objects", J. Econ. Theory 144 (2009), 96-119.
    """
    require(environment, unit_demand_applies, "worst-case-redistribution")
    market = unit_demand(environment)
    assert isinstance(market, UnitDemand)  # by the requirement
    return _redistributed(environment, worst_case_coefficients(environment.n_agents, market.units))


def _redistributed(environment: Environment, coefficients: Sequence[Fraction]) -> Mechanism:
    market = unit_demand(environment)
    assert isinstance(market, UnitDemand)  # by the callers' requirements
    pivot = vcg(environment)
    return Mechanism(environment, pivot.allocation, (pivot.payments - linear_rebates(environment, market, coefficients)).reduced())


def residual_claimant(environment: Environment) -> Mechanism:
    r"""Return a second-price auction among all but one agent, drawn at random, who takes the money.

    .. math:: t_i = \frac1n \sum_{k \ne i} 1\{i \text{ wins without } k\}\, v^{-k}_{(2)} - \frac1n v^{-i}_{(2)}

    The highest value wins unless its owner is the claimant, with probability 1 - 1/n; else the second highest. Payments are expected
    ones; for every claimant drawn the budget balances and truth is dominant.

    Parameters
    ----------
    environment : Environment
        One object without cost that nobody dislikes, at least two agents; any prior and outside options.

    Returns
    -------
    Mechanism
        Dominant-strategy incentive compatible and balanced; loses :math:`(v_{(1)} - v_{(2)})/n`.

    Raises
    ------
    InvalidEnvironmentError
        If it is no free object, somebody dislikes it, or there is one agent only.

    Examples
    --------
    >>> from mechopt.environment.builders import object_environment
    >>> from mechopt.environment.grids import Grid
    >>> fixed = {name: Grid((Fraction(value),), (Fraction(1),)) for name, value in {"Ann": 9, "Bob": 6, "Cleo": 3}.items()}
    >>> lottery = residual_claimant(object_environment(fixed))
    >>> lottery.allocation.reshape(-1).texts(), lottery.payments.reshape(-1).texts()
    (['2/3', '1/3', '0', '0'], ['2', '0', '-2'])

    References
    ----------
    .. [1] J. Green and J.-J. Laffont, "Incentives in Public Decision-Making", North-Holland (1979).
    """
    require(environment, residual_claimant_applies, "residual-claimant")
    market = unit_demand(environment)
    assert isinstance(market, UnitDemand)  # by the requirement
    n = environment.n_agents
    numerators, denominator = value_profiles(environment, market.values)
    agents = np.arange(n).reshape(n, *(1,) * n)
    allocation = np.zeros((*environment.n_types, n + 1), dtype=np.int64)
    payments = RationalArray.full((n, *environment.n_types))
    for claimant in range(n):
        others = np.delete(np.arange(n), claimant)
        winner = others[numerators[others].argmax(axis=0)]
        price = np.sort(numerators[others], axis=0)[-2] if n > 2 else np.zeros_like(numerators[0])
        allocation += winner[..., np.newaxis] == np.arange(n + 1)
        received = np.where(agents == claimant, price, 0)
        payments = payments + RationalArray(np.where(agents == winner, price, 0) - received, n * denominator)
    return Mechanism(environment, RationalArray(allocation, n), payments.reduced())
