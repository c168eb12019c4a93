"""Whether an efficient dominant-strategy mechanism can balance its budget at every profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import numpy as np

from mechopt.design.design import Design
from mechopt.environment.environment import Environment
from mechopt.environment.welfare import surplus
from mechopt.mechanism.classical.conditions import private_values, require
from mechopt.mechanism.classical.groves import groves
from mechopt.mechanism.mechanism import Mechanism
from mechopt.pipeline.answer import Settings
from mechopt.pipeline.certify import certify_problem
from mechopt.problem import Problem
from mechopt.rational import RationalArray
from mechopt.result import Result

__all__ = ["Cube", "GreenLaffont", "balanced_groves", "green_laffont"]

_DESIGN = Design("welfare", "dsic", "none", "balanced")


@dataclass(frozen=True)
class Cube:
    r"""Two types of every agent at which no Groves mechanism balances.

    .. math:: \sum_{S \subseteq N} (-1)^{|S|} \max_x s(x, \theta_S, \theta'_{-S}) \ne 0

    A balanced Groves mechanism needs :math:`(n - 1) \max_x s(x, \theta) = \sum_i h_i(\theta_{-i})`, and the alternating sum of every
    such right-hand side is zero.

    Attributes
    ----------
    first, second : mapping from agent to type
    alternating_sum : Fraction
        Of first-best surplus over the corners, in money.
    """

    first: Mapping[str, str]
    second: Mapping[str, str]
    alternating_sum: Fraction


@dataclass(frozen=True, eq=False)
class GreenLaffont:
    """Whether efficiency, dominant strategies and balance go together in an environment.

    Attributes
    ----------
    problem : Problem
    result : Result
        Certify with these requirements and no participation: a mechanism, or prices that prove that there is none.
    cube : Cube or None
        Why no Groves mechanism balances; None where one does.
    balanced : Mechanism or None
        A Groves mechanism that balances.
    """

    problem: Problem
    result: Result
    cube: Cube | None
    balanced: Mechanism | None

    @property
    def holds(self) -> bool:
        """Whether the theorem's conclusion holds here: no such mechanism, Groves or not."""
        return self.result.answer == "impossible"


def green_laffont(problem: Problem | Environment, settings: Settings | None = None) -> GreenLaffont:
    """Decide whether an efficient dominant-strategy mechanism can balance its budget at every profile.

    Parameters
    ----------
    problem : Problem or Environment
        With private values. Its design plays no part.
    settings : Settings, optional

    Returns
    -------
    GreenLaffont
        With a certificate where it is impossible. Where it is possible either a Groves mechanism balances, which the theorem's richness
        excludes, or the gaps between types leave room for payments that are not Groves.

    Raises
    ------
    InvalidEnvironmentError
        If values are interdependent.

    Examples
    --------
    A public good; and a sale to two bidders one of whom has nothing to hide, so that she can take what the other pays.

    >>> from mechopt.environment.builders import public_good, single_item_auction
    >>> from mechopt.environment.grids import uniform
    >>> green_laffont(public_good({"Ann": uniform(0, 1, 4), "Bob": uniform(0, 1, 4)}, 1)).holds
    True
    >>> green_laffont(single_item_auction([uniform(0, 1, 4), uniform(0, 1, 1)])).balanced.budget_surplus().texts()
    [['0'], ['0'], ['0'], ['0']]

    References
    ----------
    .. [1] J. Green and J.-J. Laffont, "Incentives in Public Decision-Making", North-Holland (1979).
    .. [2] M. Walker, "On the Nonexistence of a Dominant Strategy Mechanism for Making Optimal Public Decisions", Econometrica 48 (1980),
       1521-1540.
    """
    asked = problem if isinstance(problem, Problem) else Problem(problem)
    environment = asked.environment
    require(environment, private_values, "green-laffont", "theorem")
    wanted = Problem(environment, _DESIGN, asked.name, asked.source)
    result = certify_problem(wanted, settings or Settings())
    cube = _cube(environment)
    return GreenLaffont(asked, result, cube, balanced_groves(environment) if cube is None else None)


def _cube(environment: Environment) -> Cube | None:
    """Return types at which the alternating sum of first-best surplus is not zero, next to everybody's first type."""
    best = surplus(environment).max(axis=-1)
    table = best.numerators.astype(object)
    for axis in range(environment.n_agents):
        table = np.take(table, [0], axis) - table
    place = int(np.abs(table).reshape(-1).argmax())
    value = table.reshape(-1)[place]
    if value == 0:
        return None
    names = [agent.name for agent in environment.agents]
    first = dict(zip(names, environment.profile_of(0), strict=True))
    return Cube(first, dict(zip(names, environment.profile_of(place), strict=True)), Fraction(int(value), best.denominator))


def balanced_groves(environment: Environment) -> Mechanism | None:
    r"""Return a Groves mechanism that balances its budget at every profile, or None where there is none.

    First-best surplus is a sum of terms that each leave an agent out exactly if its alternating sums vanish; then

    .. math:: h_i(\theta_{-i}) = (n - 1) \sum_{S: \min S = i} (-1)^{|S| + 1} \max_x s(x, \theta_{-S}, \bar\theta_S)

    with everybody's first type as :math:`\bar\theta`.

    Parameters
    ----------
    environment : Environment
        With private values.

    Returns
    -------
    Mechanism or None
    """
    n = environment.n_agents
    best = surplus(environment).max(axis=-1)
    charges = [RationalArray.full((1,) * n)] * n
    for size in range(1, n + 1):
        for subset in combinations(range(n), size):
            fixed = best
            for axis in subset:
                fixed = RationalArray(np.take(fixed.numerators, [0], axis), fixed.denominator)
            charges[subset[0]] = charges[subset[0]] + fixed * ((n - 1) * (-1) ** (size + 1))
    mechanism = groves(environment, charges)
    return mechanism if not np.any(mechanism.budget_surplus().numerators) else None
