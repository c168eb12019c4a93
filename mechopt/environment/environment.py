"""The economy: agents with private types, a prior, outcomes, utilities, costs and outside options."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mechopt.errors import InvalidEnvironmentError, MechoptWarning
from mechopt.rational import RationalArray, counted

__all__ = ["KINDS", "Agent", "Environment", "Groups", "partition"]

Groups = tuple[tuple[int, ...], ...]

KINDS = {
    "object": "one divisible object: agent i holds it, or nobody",
    "public-good": "a project is carried out or not",
    "table": "any finite set of outcomes, private values",
    "interdependent": "any finite set of outcomes, utilities that depend on everybody's types",
}


@dataclass(frozen=True, eq=False)
class Agent:
    """One agent: who she may be, what she values, and what she gets by staying out.

    Attributes
    ----------
    name : str
    types : tuple of str, length n_types
        Names of her types, unique.
    prior : tuple of Fraction, length n_types
        Marginal probability of each type.
    outside : RationalArray, shape (n_types,) or the shape of a profile table
        What each type gets by staying out, in money.
    values : tuple of Fraction or None
        For `object` and `public-good`: the value of holding the object, or of the project, in money.
    utility : RationalArray or None
        For `table`, shape (n_types, n_outcomes); for `interdependent`, shape (*n_types of all agents, n_outcomes). In money.
    """

    name: str
    types: tuple[str, ...]
    prior: tuple[Fraction, ...]
    outside: RationalArray
    values: tuple[Fraction, ...] | None = None
    utility: RationalArray | None = None

    @property
    def n_types(self) -> int:
        """Number of types."""
        return len(self.types)

    @property
    def parts(self) -> tuple[int, ...]:
        """Identities of everything but the name: agents with the same ones are copies."""
        return tuple(map(id, (self.types, self.prior, self.outside, self.values, self.utility)))

    @cached_property
    def chances(self) -> RationalArray:
        """The prior as a table, shape (n_types,)."""
        return RationalArray.from_fractions(list(self.prior))

    @cached_property
    def worth(self) -> RationalArray:
        """The values as a table, shape (n_types,), in money; empty where utility is a table of its own."""
        return RationalArray.from_fractions(list(self.values or ()))


@dataclass(frozen=True, eq=False, repr=False)
class Environment:
    """A finite environment with quasi-linear utilities. Build one with the functions of `mechopt.environment.builders`.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    agents : tuple of Agent
    outcomes : tuple of str
    cost : RationalArray, shape (n_outcomes,)
        The designer's cost of each outcome, in money.
    joint : RationalArray or None, shape n_types
        Joint probabilities where types are correlated; None where they are independent.
    name, source : str
        Title and citation.

    Raises
    ------
    InvalidEnvironmentError
        If the parts do not fit together; the message names the agent, the key and the value.
    """

    kind: str
    agents: tuple[Agent, ...]
    outcomes: tuple[str, ...]
    cost: RationalArray
    joint: RationalArray | None = None
    name: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        if not self.agents:
            raise InvalidEnvironmentError("agents: the list is empty; an environment needs at least one agent")
        _unique("agents", [agent.name for agent in self.agents])
        _unique("outcomes", list(self.outcomes))
        if not self.outcomes:
            raise InvalidEnvironmentError("environment.outcomes: the list is empty; name at least one outcome")
        if self.cost.shape != (len(self.outcomes),):
            raise InvalidEnvironmentError(f"environment.cost has {self.cost.size} entries; write one per outcome, {len(self.outcomes)}")
        # Copies of an agent have the very same parts, here and below.
        for agent in {agent.parts: agent for agent in self.agents}.values():
            _check_agent(agent, self)
        if self.joint is not None:
            _check_joint(self.joint, self.n_types)
        if self.kind == "object":
            _warn_of_shares(self)

    def __repr__(self) -> str:
        sizes = (self.n_agents, "agent"), (self.n_profiles, "profile"), (self.n_outcomes, "outcome")
        return f"<Environment of kind {self.kind}: {', '.join(counted(*size) for size in sizes)}>"

    @property
    def n_agents(self) -> int:
        """Number of agents."""
        return len(self.agents)

    @property
    def n_outcomes(self) -> int:
        """Number of outcomes."""
        return len(self.outcomes)

    @cached_property
    def n_types(self) -> tuple[int, ...]:
        """Number of types of each agent: the shape of every table over profiles."""
        return tuple(agent.n_types for agent in self.agents)

    @property
    def n_profiles(self) -> int:
        """Number of type profiles."""
        return math.prod(self.n_types)

    @property
    def private_values(self) -> bool:
        """Whether everybody's utility depends on her own type only."""
        return self.kind != "interdependent"

    @property
    def independent(self) -> bool:
        """Whether types are drawn independently."""
        return self.joint is None

    @cached_property
    def alike(self) -> Groups:
        """Groups, of two at least, of agents who are the same but for their names: one object or a public good, independent types."""
        if self.kind not in ("object", "public-good") or not self.independent:
            return ()
        known: dict[tuple[int, ...], int] = {}
        distinct: dict[tuple[Any, ...], int] = {}
        found: dict[tuple[int, int], list[int]] = {}
        cost = self.cost.numerators.tolist()
        for i, agent in enumerate(self.agents):
            if agent.parts not in known:
                known[agent.parts] = distinct.setdefault((agent.types, *map(_entries, (agent.chances, agent.worth, agent.outside))), len(distinct))
            found.setdefault((known[agent.parts], cost[i] if self.kind == "object" else 0), []).append(i)
        return tuple(tuple(group) for group in found.values() if len(group) > 1)

    def utility(self, i: int) -> RationalArray:
        """Return the utility table of agent `i`.

        Returns
        -------
        RationalArray, shape (n_types of i, n_outcomes), or (*n_types, n_outcomes) with interdependent values
            In money.
        """
        agent = self.agents[i]
        if agent.utility is not None:
            return agent.utility
        assert agent.values is not None  # guaranteed by __post_init__
        values = agent.worth
        column = i if self.kind == "object" else 1
        numerators = np.zeros((agent.n_types, self.n_outcomes), dtype=values.numerators.dtype)
        numerators[:, column] = values.numerators
        return RationalArray(numerators, values.denominator)

    def marginal(self, i: int) -> RationalArray:
        """Return the probabilities of the types of agent `i`, shape (n_types of i,)."""
        return self.agents[i].chances

    def along(self, table: RationalArray, i: int) -> RationalArray:
        """Return a table over the types of agent `i` shaped so that it broadcasts over profiles.

        A first axis of the length of the agent's types becomes axis `i` of a profile table; further axes stay last.
        """
        shape = [1] * self.n_agents
        shape[i] = self.agents[i].n_types
        return table.reshape(*shape, *table.shape[1:])

    def probability(self) -> RationalArray:
        """Return the probability of every profile, shape n_types."""
        if self.joint is not None:
            return self.joint
        return self.product([self.marginal(i) for i in range(self.n_agents)])

    def product(self, factors: list[RationalArray]) -> RationalArray:
        """Return the product over agents of tables over their types, shape n_types."""
        table = RationalArray.full((1,) * self.n_agents, 1)
        for i, factor in enumerate(factors):
            table = table * self.along(factor, i)
        return table

    def others_probability(self, i: int) -> RationalArray:
        """Return the probability of the others' types, on a profile table whose axis `i` has length one (independent types)."""
        ones = RationalArray.full((1,), 1)
        table = RationalArray.full((1,) * self.n_agents, 1)
        for j in range(self.n_agents):
            table = table * (ones.reshape(*(1,) * self.n_agents) if j == i else self.along(self.marginal(j), j))
        return table

    def conditional_weight(self, i: int) -> RationalArray:
        r"""Return the weights with which agent `i`'s interim expectations are taken, broadcastable over profiles.

        Independent types: :math:`f_{-i}(\theta_{-i})`. Correlated types: :math:`f(\theta)`, which is the conditional
        probability times the marginal :math:`f_i(\theta_i)`.
        """
        return self.others_probability(i) if self.joint is None else self.joint

    def type_indices(self, i: int) -> NDArray[np.int64]:
        """Return the type index of agent `i` at every profile, in profile order, shape (n_profiles,)."""
        shape = [1] * self.n_agents
        shape[i] = self.n_types[i]
        own = np.arange(self.n_types[i], dtype=np.int64).reshape(shape)
        return np.broadcast_to(own, self.n_types).reshape(-1)

    def profile_of(self, index: int) -> tuple[str, ...]:
        """Return the type names of the profile at a position in profile order."""
        position = np.unravel_index(index, self.n_types)
        return tuple(agent.types[int(k)] for agent, k in zip(self.agents, position, strict=True))


def partition(n_agents: int, groups: Groups) -> Groups:
    """Return all agents in disjoint groups, those in none of the given ones alone, ordered by their first members.

    Examples
    --------
    >>> partition(4, ((1, 3),))
    ((0,), (1, 3), (2,))
    """
    together = {i for group in groups for i in group}
    return tuple(sorted([*groups, *((i,) for i in range(n_agents) if i not in together)]))


def _entries(table: RationalArray) -> tuple[int, ...]:
    return table.denominator, *table.numerators.tolist()


def _unique(what: str, names: list[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InvalidEnvironmentError(f"{what}: the name {name!r} stands twice; names must differ")
        seen.add(name)


def _check_agent(agent: Agent, environment: Environment) -> None:
    where = f"agents.{agent.name}"
    n = agent.n_types
    if n == 0:
        raise InvalidEnvironmentError(f"{where}.types: the list is empty; an agent needs at least one type")
    _unique(f"{where}.types", list(agent.types))
    if len(agent.prior) != n:
        raise InvalidEnvironmentError(f"{where}.prior has {len(agent.prior)} entries; write one per type, {n}")
    check_probabilities(list(agent.prior), f"{where}.prior")
    if agent.outside.shape not in ((n,), environment.n_types if not environment.private_values else (n,)):
        raise InvalidEnvironmentError(f"{where}.outside has {agent.outside.size} entries; write one number or one per type, {n}")
    if agent.utility is None:
        if environment.kind not in ("object", "public-good") or agent.values is None:
            raise InvalidEnvironmentError(f"{where}.utility is missing; kind {environment.kind!r} needs a utility table")
        if len(agent.values) != n:
            raise InvalidEnvironmentError(f"{where}.values has {len(agent.values)} entries; write one per type, {n}")
        return
    expected = (n, environment.n_outcomes) if environment.private_values else (*environment.n_types, environment.n_outcomes)
    if agent.utility.shape != expected:
        raise InvalidEnvironmentError(f"{where}.utility has shape {agent.utility.shape}; write a table of shape {expected}")


def check_probabilities(prior: list[Fraction], where: str) -> None:
    """Raise unless `prior` is nonnegative and sums to one."""
    table = RationalArray.from_fractions(prior)
    if np.any(table.numerators < 0):
        raise InvalidEnvironmentError(f"{where} contains {table.min().item()}; probabilities must not be negative")
    total = table.sum().item()
    if total != 1:
        shown = f"{total}" if len(str(total)) < 30 else f"{float(total)!r}"
        raise InvalidEnvironmentError(f"{where} sums to {shown}; probabilities must sum to exactly 1")


def _check_joint(joint: RationalArray, n_types: tuple[int, ...]) -> None:
    if joint.shape != n_types:
        raise InvalidEnvironmentError(f"prior.joint has shape {joint.shape}; write nested lists of shape {n_types}, in the agents' order")
    check_probabilities(joint.reshape(-1).fractions(), "prior.joint")


def _warn_of_shares(environment: Environment) -> None:
    """Property rights above one object are legal, but usually a slip."""
    shares = {agent.parts: _share(agent) for agent in {agent.parts: agent for agent in environment.agents}.values()}
    total = sum((shares[agent.parts] for agent in environment.agents), Fraction(0))
    if total > 1:
        warnings.warn(f"agents: the shares sum to {total}, more than the one object there is", MechoptWarning, stacklevel=4)


def _share(agent: Agent) -> Fraction:
    """Return the share of the object that an agent's outside option is, or zero if it is none."""
    pairs = [(option, value) for option, value in zip(agent.outside.numerators.tolist(), agent.worth.numerators.tolist(), strict=True) if value > 0]
    if not pairs:
        return Fraction(0)
    option, value = pairs[0]
    if any(other * value != option * own for other, own in pairs):
        return Fraction(0)
    return Fraction(option * agent.worth.denominator, value * agent.outside.denominator)


def marginals(joint: RationalArray) -> list[tuple[Fraction, ...]]:
    """Return each agent's marginal prior of a joint table."""
    axes = range(joint.ndim)
    return [tuple(joint.sum(axis=tuple(chain(range(i), range(i + 1, joint.ndim)))).fractions()) for i in axes]
