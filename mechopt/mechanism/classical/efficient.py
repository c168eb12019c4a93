"""The efficient allocation with ties broken, and the first best.

The rule for ties, used by every mechanism of this package: **among the outcomes that maximise total surplus the one that
stands first in the environment's list is chosen.** With one object that is the first agent of the highest value, and
an agent rather than nobody.

Total surplus is utilities less the designer's cost: the designer counts as an agent without types whose utility is
minus the cost.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mechopt.environment.environment import Environment
from mechopt.environment.welfare import surplus, utility_profiles
from mechopt.mechanism.mechanism import Mechanism
from mechopt.rational import RationalArray

__all__ = ["allocation_of", "at_choice", "chosen", "efficient_choice", "first_best", "others_surplus"]


def chosen(merit: RationalArray) -> NDArray[np.int64]:
    """Return the position of the first greatest entry along the last axis: the rule for ties of this package."""
    return np.asarray(merit.numerators.argmax(axis=-1), dtype=np.int64)


def efficient_choice(environment: Environment) -> NDArray[np.int64]:
    r"""Return the efficient outcome at every profile, the first of several.

    .. math:: \hat x(\theta) = \min \arg\max_x \sum_i u_i(x, \theta_i) - c(x)

    Returns
    -------
    ndarray of int, shape n_types
        Positions in the environment's outcomes.
    """
    return chosen(surplus(environment))


def allocation_of(environment: Environment, choice: NDArray[np.int64]) -> RationalArray:
    """Return the allocation that chooses one outcome at every profile, shape (*n_types, n_outcomes)."""
    return RationalArray((choice[..., np.newaxis] == np.arange(environment.n_outcomes)).astype(np.int64))


def at_choice(table: RationalArray, choice: NDArray[np.int64]) -> RationalArray:
    """Return the entries of a table with outcomes on the last axis at the outcomes chosen, shape n_types."""
    wide = table.broadcast((*choice.shape, table.shape[-1]))
    return RationalArray(np.take_along_axis(wide.numerators, choice[..., np.newaxis], axis=-1)[..., 0], table.denominator)


def others_surplus(environment: Environment, i: int) -> RationalArray:
    r"""Return the surplus of everybody but agent `i`, :math:`\sum_{j \ne i} u_j(x, \theta_j) - c(x)`.

    Returns
    -------
    RationalArray, shape (*n_types with axis i of length one, n_outcomes)
        In money; broadcastable over profiles (private values).
    """
    shape = [1 if j == i else n for j, n in enumerate(environment.n_types)]
    total = (-environment.cost).broadcast((*shape, environment.n_outcomes))
    for j in range(environment.n_agents):
        total = total if j == i else total + utility_profiles(environment, j)
    return total


def first_best(environment: Environment) -> Mechanism:
    """Return the efficient allocation without payments: what a designer who knows the types would do.

    Parameters
    ----------
    environment : Environment
        Any.

    Returns
    -------
    Mechanism
        Efficient. Truth need not pay, and the designer bears the cost.

    Examples
    --------
    >>> from mechopt.environment.builders import bilateral_trade
    >>> from mechopt.environment.grids import uniform
    >>> first_best(bilateral_trade(uniform(0, 1, 2), uniform(0, 1, 2))).welfare()
    Fraction(5, 8)
    """
    allocation = allocation_of(environment, efficient_choice(environment))
    return Mechanism(environment, allocation, RationalArray.full((environment.n_agents, *environment.n_types)))
