"""Myerson's auction: the object goes to the greatest ironed virtual value, at the least value that would have won."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np

from mechopt.environment.environment import Agent, Environment
from mechopt.mechanism.classical.conditions import both, independent_types, no_owner, one_object, require
from mechopt.mechanism.classical.efficient import allocation_of, chosen
from mechopt.mechanism.mechanism import Mechanism
from mechopt.rational import RationalArray, stack

__all__ = ["ironed_virtual_values", "myerson", "myerson_applies", "virtual_values"]

myerson_applies = both(one_object, independent_types, no_owner)


def virtual_values(values: Sequence[Fraction], prior: Sequence[Fraction]) -> list[Fraction]:
    r"""Return the virtual value of each type: the marginal revenue of serving it.

    .. math:: \varphi_k = v_k - (v_{k+1} - v_k)\,\frac{1 - F_k}{f_k}

    Parameters
    ----------
    values : sequence of Fraction, length n_types
        Increasing, in money.
    prior : sequence of Fraction, length n_types
        Positive, summing to one.

    Returns
    -------
    list of Fraction, length n_types
        In money. The highest type's equals its value.

    Examples
    --------
    >>> [str(phi) for phi in virtual_values([1, 2, 3], [Fraction(1, 3)] * 3)]
    ['-1', '1', '3']

    References
    ----------
    .. [1] R. B. Myerson, "Optimal Auction Design", Math. Oper. Res. 6 (1981), 58-73. https://doi.org/10.1287/moor.6.1.58
    """
    above = Fraction(1)
    found = []
    for (value, following), chance in zip(pairwise([*values, values[-1]]), prior, strict=True):
        above -= chance
        found.append(value - (following - value) * above / chance)
    return found


def ironed_virtual_values(values: Sequence[Fraction], prior: Sequence[Fraction]) -> list[Fraction]:
    r"""Return ironed virtual values: the nearest nondecreasing ones, neighbours that decrease sharing their mean.

    .. math:: \bar\varphi = \arg\min_{y_1 \le \dots \le y_m} \sum_k f_k (y_k - \varphi_k)^2

    Parameters
    ----------
    values, prior : sequences of Fraction, length n_types
        As for `virtual_values`.

    Returns
    -------
    list of Fraction, length n_types
        Nondecreasing, in money.

    Examples
    --------
    >>> [str(phi) for phi in ironed_virtual_values([2, 3, 6], [Fraction(1, 2), Fraction(1, 8), Fraction(3, 8)])]
    ['-2/5', '-2/5', '6']

    References
    ----------
    .. [1] R. B. Myerson, "Optimal Auction Design", Math. Oper. Res. 6 (1981), section 6. https://doi.org/10.1287/moor.6.1.58
    """
    pools: list[tuple[Fraction, Fraction, int]] = []  # probability, probability times mean, number of types
    for chance, virtual in zip(prior, virtual_values(values, prior), strict=True):
        pool = (chance, chance * virtual, 1)
        while pools and pools[-1][1] * pool[0] >= pool[1] * pools[-1][0]:
            last = pools.pop()
            pool = (last[0] + pool[0], last[1] + pool[1], last[2] + pool[2])
        pools.append(pool)
    return [total / chance for chance, total, size in pools for _ in range(size)]


def _by_type(agent: Agent) -> list[Fraction | None]:
    """Return ironed virtual values by type; None for types below every type of positive probability: they never win.

    Types of equal value are one; a type of probability zero counts as the next lower one of positive probability.
    """
    chances: dict[Fraction, Fraction] = {}
    for value, chance in zip(agent.values or (), agent.prior, strict=True):
        chances[value] = chances.get(value, Fraction(0)) + chance
    support = sorted(value for value, chance in chances.items() if chance > 0)
    known: dict[Fraction, Fraction | None] = dict(zip(support, ironed_virtual_values(support, [chances[v] for v in support]), strict=True))
    last: Fraction | None = None
    for value in sorted(chances):
        last = known.setdefault(value, last)
    return [known[value] for value in agent.values or ()]


def myerson(environment: Environment) -> Mechanism:
    r"""Return the auction of the greatest expected revenue.

    .. math:: \hat x(\theta) = \arg\max \bigl\{ \bar\varphi_i(\theta_i) - c(i),\; -c(\text{nobody}) \bigr\}, \qquad
              t_i(\theta) = 1\{i \text{ wins}\}\, \min \{ v_i(a) : i \text{ wins at } (a, \theta_{-i}) \}

    Ties go to the first agent of the list, and to an agent rather than nobody. So pools of ironed types are treated alike, and truth
    is a dominant strategy although Bayesian incentives alone were asked for.

    Parameters
    ----------
    environment : Environment
        One object nobody owns, outside options zero, independent types; the designer may have costs.

    Returns
    -------
    Mechanism
        Dominant-strategy incentive compatible, ex post individually rational, and of greatest expected revenue less cost among all
        Bayesian incentive compatible and interim individually rational mechanisms.

    Raises
    ------
    InvalidEnvironmentError
        If it is no object, somebody owns a share, or types are correlated.

    Examples
    --------
    A reserve price of 2:

    >>> from mechopt.environment.builders import single_item_auction
    >>> from mechopt.environment.grids import Grid
    >>> third = Grid((Fraction(1), Fraction(2), Fraction(3)), (Fraction(1, 3),) * 3)
    >>> myerson(single_item_auction([third])).payments.texts(), myerson(single_item_auction([third] * 2)).revenue()
    ([['0', '2', '2']], Fraction(2, 1))

    References
    ----------
    .. [1] R. B. Myerson, "Optimal Auction Design", Math. Oper. Res. 6 (1981), 58-73. https://doi.org/10.1287/moor.6.1.58
    .. [2] E. Elkind, "Designing and Learning Optimal Finite Support Auctions", Proceedings of SODA (2007), 736-745.
    """
    require(environment, myerson_applies, "myerson")
    choice = chosen(_virtual_surplus(environment))
    payments = []
    for i in range(environment.n_agents):
        values = RationalArray.from_fractions(list(environment.agents[i].values or ()))
        wins = choice == i
        own = np.broadcast_to(environment.along(values, i).numerators, environment.n_types)
        highest = values.numerators.max()
        price = np.where(wins, own, highest).min(axis=i, keepdims=True)
        payments.append(RationalArray(np.where(wins, price, 0), values.denominator))
    return Mechanism(environment, allocation_of(environment, choice), stack(payments))


def _virtual_surplus(environment: Environment) -> RationalArray:
    """Return ironed virtual values less cost, shape (*n_types, n_outcomes); types who never win are below nobody."""
    tables = [_by_type(agent) for agent in environment.agents]
    costs = environment.cost.fractions()
    least = min([-max(costs), *(phi - max(costs) for table in tables for phi in table if phi is not None)]) - 1
    merits = []
    for i, table in enumerate(tables):
        own = RationalArray.from_fractions([least if phi is None else phi - costs[i] for phi in table])
        merits.append(environment.along(own, i).broadcast(environment.n_types))
    merits.append(RationalArray.full(environment.n_types, -costs[-1]))
    return stack(merits).moveaxis(0, -1)
