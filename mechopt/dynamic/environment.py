"""A dynamic economy: agents whose types follow a finite Markov chain, actions with rewards, and a discount factor."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mechopt.environment.environment import check_probabilities
from mechopt.errors import InvalidEnvironmentError, ProgramSizeError, nearest
from mechopt.rational import RationalArray, counted

__all__ = ["MOST_JOINT_STATES", "MOST_STATES", "DynamicAgent", "DynamicEnvironment"]

MOST_STATES = 1_000_000
"""Profiles beyond which a few tables over them no longer fit into a gigabyte."""

MOST_JOINT_STATES = 1_000
"""Profiles beyond which a joint transition, a square table over them, is refused."""


@dataclass(frozen=True, eq=False)
class DynamicAgent:
    """An agent whose type moves.

    Attributes
    ----------
    name : str
    types : tuple of str
        Names, unique.
    reward : RationalArray, shape (n_types, n_actions)
        Money a period is worth to each type under each action.
    initial : tuple of Fraction
        Probability of each type in period 0: the marginal where the initial distribution is joint.
    transition : RationalArray, shape (1 or n_actions, n_types, n_types), or None
        From row to column, one table for all actions or one per action. None where the environment has a joint transition.
    """

    name: str
    types: tuple[str, ...]
    reward: RationalArray
    initial: tuple[Fraction, ...]
    transition: RationalArray | None = None

    @property
    def n_types(self) -> int:
        """Number of types."""
        return len(self.types)

    @cached_property
    def float_transition(self) -> NDArray[np.float64] | None:
        """The transition in doubles."""
        return None if self.transition is None else self.transition.floats()

    @cached_property
    def stays(self) -> tuple[bool, ...]:
        """For every transition, whether it keeps the type: then there is nothing to multiply."""
        if self.transition is None:
            return ()
        identity = np.eye(self.n_types, dtype=object) * self.transition.denominator
        return tuple(bool(np.all(table == identity)) for table in self.transition.numerators)


@dataclass(frozen=True, eq=False, repr=False)
class DynamicEnvironment:
    """Agents, actions, how types move, and how much the future counts.

    Attributes
    ----------
    agents : tuple of DynamicAgent
    actions : tuple of str
    discount : Fraction
        In [0, 1), common to all.
    requires : mapping from action to tuple of agent names
        Without one of them the action is not available; actions that are absent require nobody.
    initial : RationalArray, shape n_types, or None
        Joint distribution of types in period 0; None: independent, from the agents.
    transition : RationalArray, shape (1 or n_actions, n_states, n_states), or None
        Joint transition between profiles in profile order (the last agent's type changes fastest); None: every agent's own.
    name, source : str

    Raises
    ------
    InvalidEnvironmentError
        If the data do not describe such an economy; the message names key, value and what would be right.
    ProgramSizeError
        If there are more profiles than tables over them can have entries.

    Examples
    --------
    >>> half = RationalArray.of([[["1/2", "1/2"], ["1/2", "1/2"]]])
    >>> agent = DynamicAgent("Ann", ("low", "high"), RationalArray.of([[0, 1], [0, 2]]), (Fraction(1), Fraction(0)), half)
    >>> DynamicEnvironment((agent,), ("wait", "act"), Fraction(9, 10)).n_states
    2
    """

    agents: tuple[DynamicAgent, ...]
    actions: tuple[str, ...]
    discount: Fraction
    requires: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    initial: RationalArray | None = None
    transition: RationalArray | None = None
    name: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        _check_names(self)
        if not 0 <= self.discount < 1:
            raise InvalidEnvironmentError(f"environment.discount is {self.discount}; it must be at least 0 and less than 1")
        _check_requirements(self)
        _check_sizes(self)
        for agent in self.agents:
            _check_agent(self, agent)
        if self.initial is not None:
            if self.initial.shape != self.n_types:
                raise InvalidEnvironmentError(f"prior.joint has shape {self.initial.shape}; write one entry per profile, shape {self.n_types}")
            check_probabilities(self.initial.reshape(-1).fractions(), "prior.joint")
        if self.transition is not None:
            _check_transition(self.transition, "environment.transition", self.n_states, self.actions, self.profile_names())

    def __repr__(self) -> str:
        sizes = (self.n_agents, "agent"), (self.n_states, "profile"), (self.n_actions, "action")
        return f"<DynamicEnvironment: {', '.join(counted(*size) for size in sizes)}, discount factor {self.discount}>"

    @property
    def n_agents(self) -> int:
        """Number of agents."""
        return len(self.agents)

    @property
    def n_actions(self) -> int:
        """Number of actions."""
        return len(self.actions)

    @property
    def n_types(self) -> tuple[int, ...]:
        """Number of types of each agent."""
        return tuple(agent.n_types for agent in self.agents)

    @property
    def n_states(self) -> int:
        """Number of type profiles."""
        return math.prod(self.n_types)

    @property
    def n_kernels(self) -> int:
        """Number of different transitions: one if they do not depend on the action, else one per action."""
        given = [agent.transition for agent in self.agents] if self.transition is None else [self.transition]
        return max(table.shape[0] for table in given if table is not None)

    @cached_property
    def float_transition(self) -> NDArray[np.float64] | None:
        """The joint transition in doubles."""
        return None if self.transition is None else self.transition.floats()

    @property
    def action_independent(self) -> bool:
        """Whether types move the same way under every action."""
        return self.n_kernels == 1

    @property
    def truthful_pivot(self) -> bool:
        """Whether truth pays under the dynamic pivot mechanism: a report must not change what is expected of the others' types.

        It does so only where an agent's type says how the others' types will move, and actions, which follow reports, move types.
        """
        return self.transition is None or self.action_independent

    def kernel(self, action: int) -> int:
        """Return the number of the transition that an action causes."""
        return action if self.n_kernels > 1 else 0

    def available_without(self, i: int) -> list[int]:
        """Return the actions that do not require agent `i`."""
        return [k for k, action in enumerate(self.actions) if self.agents[i].name not in self.requires.get(action, ())]

    def profile_names(self) -> list[str]:
        """Return every profile as text, in profile order; for messages about joint tables."""
        names = [""]
        for agent in self.agents:
            names = [f"{head}, {own}" if head else own for head in names for own in agent.types]
        return names

    def state_names(self, state: int) -> dict[str, str]:
        """Return the types of a profile by agent, from its number in profile order."""
        found: dict[str, str] = {}
        for agent in reversed(self.agents):
            state, own = divmod(state, agent.n_types)
            found[agent.name] = agent.types[own]
        return {agent.name: found[agent.name] for agent in self.agents}


def _check_names(environment: DynamicEnvironment) -> None:
    if not environment.agents:
        raise InvalidEnvironmentError("agents is empty; write at least one agent")
    lists = [("agents", [agent.name for agent in environment.agents]), ("environment.actions", list(environment.actions))]
    lists += [(f"agents.{agent.name}.types", list(agent.types)) for agent in environment.agents]
    for where, names in lists:
        if not names:
            raise InvalidEnvironmentError(f"{where} is empty; write at least one name")
        repeated = next((name for name in names if names.count(name) > 1), None)
        if repeated is not None:
            raise InvalidEnvironmentError(f"{where}: the name {repeated!r} stands twice; names must differ")


def _check_requirements(environment: DynamicEnvironment) -> None:
    members = [agent.name for agent in environment.agents]
    for action, required in environment.requires.items():
        if action not in environment.actions:
            raise InvalidEnvironmentError(f"environment.requires.{action} is not an action; {nearest(action, environment.actions)}")
        for name in required:
            if name not in members:
                raise InvalidEnvironmentError(
                    f"environment.requires.{action} names {name!r}, so nobody here is able to take {action!r}; {nearest(name, members)}"
                )
    for i, name in enumerate(members):
        if environment.n_agents > 1 and not environment.available_without(i):
            raise InvalidEnvironmentError(
                f"environment.requires: without {name!r} nobody is able to take any action; add one that does not require {name!r}, "
                'such as "keep" with reward 0'
            )


def _check_sizes(environment: DynamicEnvironment) -> None:
    joint = environment.transition is not None
    most = MOST_JOINT_STATES if joint else MOST_STATES
    if environment.n_states > most:
        sizes = " x ".join(map(str, environment.n_types))
        what = "with a joint transition" if joint else "with a transition per agent"
        raise ProgramSizeError(
            f"agents: {sizes} types make {environment.n_states:,} profiles; {what} at most {most:,} are possible, so use fewer types"
        )


def _check_agent(environment: DynamicEnvironment, agent: DynamicAgent) -> None:
    where, n = f"agents.{agent.name}", agent.n_types
    if agent.reward.shape != (n, environment.n_actions):
        right = f"a row per type and a column per action, shape {(n, environment.n_actions)}"
        raise InvalidEnvironmentError(f"{where}.reward has shape {agent.reward.shape}; write {right}")
    if len(agent.initial) != n:
        raise InvalidEnvironmentError(f"{where}.initial has {len(agent.initial)} entries; write one per type, {n}")
    check_probabilities(list(agent.initial), f"{where}.initial")
    if environment.transition is None and agent.transition is None:
        raise InvalidEnvironmentError(f"{where}.transition is missing; write a row per type, or environment.transition over profiles")
    if environment.transition is not None and agent.transition is not None:
        raise InvalidEnvironmentError(f"{where}.transition and environment.transition both say how types move; leave one out")
    if agent.transition is not None:
        _check_transition(agent.transition, f"{where}.transition", n, environment.actions, list(agent.types))


def _check_transition(table: RationalArray, where: str, n: int, actions: tuple[str, ...], names: list[str]) -> None:
    if table.shape not in {(1, n, n), (len(actions), n, n)}:
        raise InvalidEnvironmentError(f"{where} has shape {table.shape[1:]}; write {n} rows of {n} probabilities")
    totals = table.sum(axis=-1).numerators
    lowest = table.min(axis=-1).numerators
    for k in range(table.shape[0]):
        for a in range(n):
            negative = lowest[k, a] < 0
            if totals[k, a] != table.denominator or negative:
                action = f" under {actions[k]!r}" if table.shape[0] > 1 else ""
                total = Fraction(int(totals[k, a]), table.denominator)
                why = "has a negative entry" if negative else f"sums to {total}"
                raise InvalidEnvironmentError(f"{where}{action}, row {names[a]!r}: {why}; write probabilities that sum to 1")
