"""The critical values of property rights, and of any other right-hand side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from mechopt.environment.environment import Environment
from mechopt.errors import DesignError, UnknownNameError, nearest
from mechopt.pipeline.answer import Settings
from mechopt.pipeline.frontiers.family import Family, Tangent, efficiency_family
from mechopt.pipeline.frontiers.line import Breakpoint, Interval, breakpoints, possible_interval
from mechopt.pipeline.questions import problem_of
from mechopt.problem import Problem
from mechopt.rational import RationalArray

__all__ = ["CriticalValues", "critical_share", "critical_values", "share_corners", "with_shares"]


@dataclass(frozen=True, eq=False)
class CriticalValues:
    """Between which values of a parameter efficiency is possible.

    Attributes
    ----------
    parameter : str
        What moves.
    start, stop : Fraction
        Its first and last value.
    interval : Interval
        In positions on the line, from 0 to 1.
    family : Family
    curve : tuple of Breakpoint
        The whole function, if asked for: the largest expected budget surplus; less the least subsidy where it is negative.
    """

    parameter: str
    start: Fraction
    stop: Fraction
    interval: Interval
    family: Family
    curve: tuple[Breakpoint[Tangent], ...] = ()

    def value_at(self, position: Fraction) -> Fraction:
        """Return the parameter's value at a position on the line."""
        return self.start + position * (self.stop - self.start)

    @property
    def low(self) -> Fraction | None:
        """The least value with which efficiency is possible, on the way from `start` to `stop`; None: there is none."""
        return None if self.interval.low is None else self.value_at(self.interval.low)

    @property
    def high(self) -> Fraction | None:
        """The largest value with which efficiency is possible, on the way from `start` to `stop`; None: there is none."""
        return None if self.interval.high is None else self.value_at(self.interval.high)

    def problem_at(self, value: Fraction) -> Problem:
        """Return the problem at a value of the parameter."""
        position = (value - self.start) / (self.stop - self.start)
        return self.family.at((1 - position, position))


def critical_values(
    corners: Sequence[Problem],
    parameter: str,
    start: Fraction = Fraction(0),
    stop: Fraction = Fraction(1),
    *,
    settings: Settings | None = None,
    curve: bool = False,
) -> CriticalValues:
    """Return between which values of a parameter efficiency is possible.

    Parameters
    ----------
    corners : two problems
        At the parameter's first and last value; between them right-hand sides move in proportion.
    parameter : str
    start, stop : Fraction
    settings : Settings
    curve : bool
        Whether all breakpoints are computed as well.

    Raises
    ------
    SolverError
        If a program was not solved in exact arithmetic.

    Examples
    --------
    The largest share of one of two partners on a grid of six points is 23/24.

    >>> from mechopt.environment.builders import partnership
    >>> from mechopt.environment.grids import uniform
    >>> partners = Problem(partnership([1, 0], uniform(0, 1, 6)))
    >>> first = partners.environment.agents[0].name
    >>> found = critical_values(share_corners(partners, first), first)
    >>> str(found.low), str(found.high)
    ('1/24', '23/24')
    """
    family = efficiency_family(corners, settings)
    found = CriticalValues(parameter, start, stop, possible_interval(family), family)
    return replace(found, curve=tuple(breakpoints(family))) if curve else found


def critical_share(problem: Problem | Environment, agent: str, **options: Any) -> CriticalValues:
    """Return between which shares of an agent efficiency is possible; the others own what is left in equal parts.

    Parameters
    ----------
    problem : Problem or Environment
    agent : str
    **options
        `settings` and `curve`, as for `critical_values`, whose exceptions are raised, and those of `share_corners`.

    Examples
    --------
    >>> from mechopt.environment.builders import partnership
    >>> from mechopt.environment.grids import uniform
    >>> str(critical_share(partnership({"Ann": 1, "Bob": 0}, uniform(0, 1, 6)), "Ann").high)
    '23/24'
    """
    return critical_values(share_corners(problem_of(problem), agent), f"a share of {agent}", **options)


def with_shares(problem: Problem, shares: Sequence[Fraction]) -> Problem:
    """Return a problem with other property rights: staying out is worth share times value.

    Raises
    ------
    DesignError
        If there is no single object to own.
    """
    environment = problem.environment
    if environment.kind != "object":
        raise DesignError(f'environment.kind is "{environment.kind}"; property rights need the kind "object"')
    agents = tuple(
        replace(agent, outside=RationalArray.from_fractions([share * value for value in agent.values or ()]))
        for agent, share in zip(environment.agents, shares, strict=True)
    )
    return replace(problem, environment=replace(environment, agents=agents), expected={})


def share_corners(problem: Problem, agent: str) -> tuple[Problem, Problem]:
    """Return the problems in which an agent owns nothing, and everything; the others own what is left in equal parts.

    Raises
    ------
    UnknownNameError
        If there is no such agent.
    DesignError
        If there is no single object, or nobody else to own the rest.
    """
    names = [entry.name for entry in problem.environment.agents]
    if agent not in names:
        raise UnknownNameError(f"there is no agent {agent!r}; {nearest(agent, names)}")
    if len(names) == 1:
        raise DesignError("property rights need two agents or more: nobody else could own the rest")
    rest = Fraction(1, len(names) - 1)
    return (
        with_shares(problem, [Fraction(0) if name == agent else rest for name in names]),
        with_shares(problem, [Fraction(int(name == agent)) for name in names]),
    )
