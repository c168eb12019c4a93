r"""How profiles move where actions do not move types, far ahead: what expectations tend to, between bounds that no step leaves.

A set of states that is recurrent, if only every d-th period is looked at, is never left in such steps; so expectations from there stay between
the least and the largest entry of a table on the set. Where agents move independently this is so agent by agent.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.process import Recurrent, recurrence

__all__ = ["Motion", "motion_of"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]

_MOST_PERIODS = 100_000
# States that recur after more periods only than the first are taken to recur at any time: what is far ahead is then known less well, and it is
# of no use to look farther than the second.
_LONGEST_PERIOD, _FEW_PERIODS = 400, 4096


@dataclass(frozen=True, eq=False)
class Motion:
    """How profiles move: agent by agent, or all at once as one factor.

    Attributes
    ----------
    matrices : tuple of float arrays
        The transition of every factor.
    classes : tuple of lists of int arrays
        For every factor the sets of states that are recurrent, and stay so, if only every d-th period is looked at.
    period : int
        d.
    most_periods : int
        How far ahead it is of use to look.
    """

    matrices: tuple[Floats, ...]
    classes: tuple[list[Indices], ...]
    period: int
    most_periods: int

    def members(self, without: int | None) -> tuple[int, ...]:
        """Return the factors of all agents, or of all but one."""
        return tuple(k for k in range(len(self.matrices)) if len(self.matrices) == 1 or k != without)

    def moved(self, table: Floats, members: tuple[int, ...], periods: int) -> Floats:
        """Return the expectation of a table so many periods later."""
        for k in members:
            table = (self._power(k, periods) @ table.reshape(len(self.matrices[k]), -1)).T.reshape(-1)
        return table

    @cached_property
    def _power(self) -> Callable[[int, int], Floats]:
        return cache(lambda k, periods: np.linalg.matrix_power(self.matrices[k], periods))

    def limits(self, table: Floats, members: tuple[int, ...], periods: int) -> tuple[Floats, Floats]:
        """Return tables between which the expectations lie that are to come after so many periods, and every d-th period from then on."""
        transient = any(sum(map(len, self.classes[k])) < len(self.matrices[k]) for k in members)
        ahead = periods // 2 if transient else 0
        later = self.moved(table, members, periods - ahead)
        return self.moved(self._least(later, members), members, ahead), -self.moved(self._least(-later, members), members, ahead)

    def settled(self, members: tuple[int, ...]) -> Flags:
        """Return at which profiles every factor's state is recurrent."""
        found = np.ones(1, dtype=bool)
        for k in members:
            recurrent = np.zeros(len(self.matrices[k]), dtype=bool)
            recurrent[np.concatenate(self.classes[k])] = True
            found = np.logical_and.outer(found, recurrent).reshape(-1)
        return found

    def moving(self, members: tuple[int, ...], periods: int) -> float:
        r"""Return a bound on how many of the periods after so many begin before all has settled; infinite where too few do to tell.

        With q the largest chance of not having settled after k periods these are at most k q^2 / (1 - q) after 2 k.
        """
        half = periods // 2
        chance = float(np.max(self.moved((~self.settled(members)).astype(np.float64), members, half)))
        chance += periods * 2.0**-50 * sum(len(self.matrices[k]) + 2 for k in members)
        return half * chance**2 / (1 - chance) if chance < 1 else np.inf

    def _least(self, table: Floats, members: tuple[int, ...]) -> Floats:
        """Return the least entry among the profiles of the same recurrent set; among all where somebody's state is not recurrent."""
        found = table.reshape([len(self.matrices[k]) for k in members])
        for axis, k in enumerate(members):
            along = np.moveaxis(found, axis, 0).copy()
            for own in self.classes[k]:
                along[own] = along[own].min(axis=0)
            found = np.moveaxis(along, 0, axis)
        return np.where(self.settled(members), found.reshape(-1), table.min(initial=np.inf))


def motion_of(environment: DynamicEnvironment) -> Motion:
    """Return how the profiles of an environment move in which actions do not move types.

    Examples
    --------
    Where a type goes round among two, and another is kept, every second period is looked at.

    >>> from mechopt.dynamic.builders import Process, lazily_redrawn, repeated_trade
    >>> from mechopt.rational import RationalArray
    >>> half = lazily_redrawn(0, 2).initial
    >>> turn, stay = (Process(half, RationalArray.of([rows])) for rows in ([[0, 1], [1, 0]], [[1, 0], [0, 1]]))
    >>> motion = motion_of(repeated_trade([0, 1], [0, 1], turn, 0, stay))
    >>> motion.period, [[own.tolist() for own in classes] for classes in motion.classes]
    (2, [[[0], [1]], [[0], [1]]])
    """
    given = [agent.transition for agent in environment.agents] if environment.transition is None else [environment.transition]
    tables = [table[0] for table in given if table is not None]
    found = [recurrence(np.asarray(table.numerators != 0)) for table in tables]
    period = math.lcm(*(own.period for classes in found for own in classes))
    followed = period <= _LONGEST_PERIOD
    period = period if followed else 1
    classes = tuple([members for own in classes for members in _recurring(own, period)] for classes in found)
    return Motion(tuple(table.floats() for table in tables), classes, period, _MOST_PERIODS if followed else _FEW_PERIODS)


def _recurring(own: Recurrent, period: int) -> list[Indices]:
    """Return which of the states of a class are reached from each other in steps of so many periods."""
    apart = math.gcd(own.period, period)
    return [own.members[own.phases % apart == phase] for phase in range(apart)]
