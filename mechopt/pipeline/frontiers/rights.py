r"""Who may own how much: all property rights that admit efficiency, and the best ones.

Property rights are points of a simplex whose corners are "agent k owns everything". The set that admits efficiency is convex, a polygon for
three agents. It is found by cutting off corners with prices: what is left encloses it, and when every corner left admits efficiency, it *is*
the set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from mechopt.environment.environment import Environment
from mechopt.errors import DesignError, SolverError
from mechopt.exact.certificate import Certificate
from mechopt.exact.lagrangian import lagrangian
from mechopt.exact.vertex import prove
from mechopt.mechanism.mechanism import Mechanism
from mechopt.pipeline.answer import Settings, certificate_of, mechanism_from
from mechopt.pipeline.frontiers.family import Family, Tangent, efficiency_family
from mechopt.pipeline.frontiers.line import possible_interval
from mechopt.pipeline.frontiers.movable import with_moving_bounds
from mechopt.pipeline.frontiers.paths import with_shares
from mechopt.pipeline.questions import problem_of
from mechopt.problem import Problem
from mechopt.program.assemble import Assembled, Question, assemble
from mechopt.rational import RationalArray
from mechopt.solvers.backends import backend_named, resolver

__all__ = ["BestRights", "PropertyRights", "best_property_rights", "property_rights"]

Shares = tuple[Fraction, ...]

# Beyond so many programs bounds are given instead of the exact set.
_MOST_PROGRAMS = 400


@dataclass(frozen=True, eq=False)
class PropertyRights:
    """Which property rights admit efficiency.

    Attributes
    ----------
    agents : tuple of str
        Two or three.
    inner : tuple of shares
        Corners, in order, of a set of property rights that admit it: where each corner does, everything between does.
    outer : tuple of shares
        Corners, in order, of a set outside which prices exclude it. Empty: nowhere.
    cuts : tuple of Tangent
        The prices: each excludes where its bound is negative.
    n_programs : int
    """

    agents: tuple[str, ...]
    inner: tuple[Shares, ...]
    outer: tuple[Shares, ...]
    cuts: tuple[Tangent, ...]
    n_programs: int

    @property
    def exact(self) -> bool:
        """Whether the two sets are the same."""
        return self.inner == self.outer


@dataclass(frozen=True, eq=False)
class BestRights:
    """Property rights than which none are better.

    Attributes
    ----------
    agents : tuple of str
    shares : tuple of Fraction
    value : Fraction
        In money: the largest expected surplus of an efficient mechanism, or the design's objective.
    certificate : Certificate
        Proves at most `value` whoever owns everything, hence for all property rights.
    mechanism : Mechanism
        Attains it.
    """

    agents: tuple[str, ...]
    shares: Shares
    value: Fraction
    certificate: Certificate
    mechanism: Mechanism


def owners(problem: Problem) -> tuple[Problem, ...]:
    """Return the problems in which one agent owns everything."""
    n = problem.environment.n_agents
    return tuple(with_shares(problem, [Fraction(int(i == k)) for i in range(n)]) for k in range(n))


def property_rights(problem: Problem | Environment, *, settings: Settings | None = None, most_programs: int = _MOST_PROGRAMS) -> PropertyRights:
    """Return which property rights of two or three agents admit efficiency.

    Parameters
    ----------
    problem : Problem or Environment
        Of kind ``"object"``; its own property rights play no part.
    settings : Settings
    most_programs : int
        After so many, the set is bounded from inside and outside instead of exact.

    Raises
    ------
    DesignError
        If there are not two or three agents.
    SolverError
        If a program was not solved in exact arithmetic.

    Examples
    --------
    >>> from mechopt.environment.builders import partnership
    >>> from mechopt.environment.grids import uniform
    >>> found = property_rights(Problem(partnership([1, 0], uniform(0, 1, 6))))
    >>> found.exact, [str(shares[0]) for shares in found.inner]
    (True, ['23/24', '1/24'])
    """
    problem, settings = problem_of(problem), settings or Settings()
    n = problem.environment.n_agents
    if n not in (2, 3):
        raise DesignError(f"the set of property rights can be shown for two or three agents, and there are {n}; ask for one agent's share instead")
    family = efficiency_family(owners(problem), settings)
    outer: list[Shares] = [tuple(Fraction(int(i == k)) for i in range(n)) for k in range(n)]
    known: dict[Shares, Tangent] = {}
    cuts: list[Tangent] = []
    while outer and len(known) < most_programs:
        corner = next((entry for entry in outer if entry not in known), None)
        if corner is None:
            break
        settings.tell(f"program {len(known) + 1}, {len(outer)} corners")
        known[corner] = family.tangent(corner)
        if known[corner].value < 0:
            cuts.append(known[corner])
            outer = _cut(outer, known[corner])
    inner = outer if all(entry in known for entry in outer) else _reached(family, outer, known)
    return PropertyRights(tuple(agent.name for agent in problem.environment.agents), tuple(inner), tuple(outer), tuple(cuts), len(known))


def _cut(corners: Sequence[Shares], cut: Tangent) -> list[Shares]:
    """Return the corners of what is left of a convex set where the cut's bound is not negative."""
    kept: list[Shares] = []
    for here, after in zip(corners, [*corners[1:], corners[0]], strict=True):
        height, next_height = cut.bound(here), cut.bound(after)
        if height >= 0:
            kept.append(here)
        if (height < 0 < next_height) or (next_height < 0 < height):
            part = height / (height - next_height)
            kept.append(tuple(a + part * (b - a) for a, b in zip(here, after, strict=True)))
    return list(dict.fromkeys(kept))


def _reached(family: Family, outer: Sequence[Shares], known: dict[Shares, Tangent]) -> list[Shares]:
    """Return, for every corner of the outer set, the farthest point towards it that admits efficiency, from one that surely does."""
    sure = [entry for entry in known if known[entry].value >= 0]
    if not sure:
        return []
    center = tuple(sum(parts, Fraction(0)) / len(sure) for parts in zip(*sure, strict=True))
    inner = []
    for corner in outer:
        position = Fraction(1) if corner in known else possible_interval(family.between(center, corner)).high
        assert position is not None  # the centre admits efficiency
        inner.append(tuple(a + position * (b - a) for a, b in zip(center, corner, strict=True)))
    return list(dict.fromkeys(inner))


def best_property_rights(problem: Problem | Environment, *, efficient: bool = True, settings: Settings | None = None) -> BestRights:
    r"""Return property rights with the largest surplus of an efficient mechanism, or with the best value of the design's objective.

    The shares are columns of the program, beside the mechanism. Its prices bound the value at every corner of the simplex, hence everywhere:

    .. math:: \max_{r} S(r) = \max_k \, b_k

    Parameters
    ----------
    problem : Problem or Environment
        Of kind ``"object"``; its own property rights play no part.
    efficient : bool
        Whether the surplus of efficient mechanisms counts (`certify`), else the design's objective (`solve`).
    settings : Settings

    Raises
    ------
    SolverError
        If the program was not solved in exact arithmetic.

    Examples
    --------
    No property rights leave a larger surplus than equal ones.

    >>> from mechopt.environment.builders import partnership
    >>> from mechopt.environment.grids import uniform
    >>> str(best_property_rights(Problem(partnership([1, 0], uniform(0, 1, 10)))).value)
    '21/200'
    """
    problem, settings = problem_of(problem), settings or Settings()
    corners = owners(problem)
    family = efficiency_family(corners, settings) if efficient else _objective_family(corners, settings)
    programs = [assemble(corner.environment, corner.design, family.question, settings.reductions) for corner in family.corners]
    joint = with_moving_bounds([entry.program for entry in programs])
    assembled = Assembled(joint, programs[0].frame)
    solution = backend_named(settings.backend)(joint, settings.options)
    vertex = None if solution.basis is None else prove(joint, solution.basis, resolver(joint))
    if vertex is None or not vertex.optimal:
        raise SolverError(f"the program with shares as columns is {solution.status} and was not solved in exact arithmetic; use fewer types")
    point = RationalArray(vertex.x_numerators, vertex.x_denominator)
    certificate = certificate_of(assembled, RationalArray(vertex.y_numerators, vertex.y_denominator))
    bounds = [lagrangian(replace(certificate, environment=corner.environment)).bound() for corner in corners] if certificate is not None else []
    if certificate is None or max(bounds) != vertex.value:
        raise SolverError("the prices do not prove the value of the program with shares as columns; use fewer types")
    shares = tuple(point[-len(corners) :].fractions())
    mechanism = replace(mechanism_from(assembled, point), environment=with_shares(problem, shares).environment)
    return BestRights(tuple(agent.name for agent in problem.environment.agents), shares, vertex.value, certificate, mechanism)


def _objective_family(corners: tuple[Problem, ...], settings: Settings) -> Family:
    design = corners[0].design
    if design.allocation == "deterministic":
        raise DesignError('design.allocation is "deterministic"; the best property rights need lotteries, so write "any"')
    return Family(corners, Question(design.objective, design.allocation == "efficient"), settings)
