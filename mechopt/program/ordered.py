"""A design in interim quantities of one number per type: one object, identical units or a public good, types of equal value taken together."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mechopt.design.design import Design
from mechopt.environment.environment import Environment, Groups, partition
from mechopt.environment.rule import worth
from mechopt.program.frame import Question
from mechopt.program.identical import identical_agents
from mechopt.program.interim import InterimProgram, InterimTypes, payoff_weights
from mechopt.rational import RationalArray

__all__ = ["OrderedProgram", "OrderedTypes", "groups_of_equals", "ordered_program"]


@dataclass(frozen=True, eq=False)
class OrderedTypes(InterimTypes):
    """One agent's values in increasing order.

    Averaging over types of equal value loses nothing: they envy each other unless they expect the same payoff. Without incentive
    constraints every type stands alone.

    Attributes
    ----------
    values : tuple of Fraction
        In money; increasing, or in the order of types where there are no incentive constraints.
    members : tuple of tuple of int
        The types of each value; its outside option is their best.
    """

    values: tuple[Fraction, ...]
    members: tuple[tuple[int, ...], ...]

    @cached_property
    def value_table(self) -> RationalArray:
        """Values, in money."""
        return RationalArray.from_fractions(self.values)

    @cached_property
    def prior_table(self) -> RationalArray:
        """Probabilities of the values."""
        return RationalArray.from_fractions(self.prior)

    @cached_property
    def outside_table(self) -> RationalArray:
        """Outside options, in money."""
        return RationalArray.from_fractions(self.outside)


@dataclass(frozen=True, eq=False)
class OrderedProgram(InterimProgram[OrderedTypes]):
    r"""Maximise over interim probabilities q and payoffs U, all agents' values in one row of numbers.

    .. math::

        \max \sum g_k q_k + \sum h_k U_k + \text{constant}, \quad
        (v_{k+1} - v_k) q_k \le U_{k+1} - U_k \le (v_{k+1} - v_k) q_{k+1}, \quad U_k \ge o_k, \quad
        \sum f_k (v_k q_k - U_k) - C(q) \; \{\ge, =\} \; 0

    with q the interim probabilities of some allocation rule. Payments are :math:`T = v q - U`.

    Attributes
    ----------
    groups : tuple of tuple of int
        Agents of the environment; those of a group are identical, `agents` has one for each group, and numbers are those of each member.
    """

    groups: tuple[tuple[int, ...], ...]

    @cached_property
    def group(self) -> tuple[int, ...]:
        """The group of every agent of the environment."""
        found = {i: g for g, members in enumerate(self.groups) for i in members}
        return tuple(found[i] for i in range(self.environment.n_agents))

    @property
    def n_members(self) -> list[int]:
        """How many agents each group has."""
        return [len(members) for members in self.groups]

    @cached_property
    def copies(self) -> NDArray[np.int64]:
        """How many agents every number counts for."""
        return np.array(self.n_members)[self.agent]

    @cached_property
    def agent(self) -> NDArray[np.int64]:
        """The agent of every number."""
        return np.repeat(np.arange(len(self.agents)), [len(agent.values) for agent in self.agents])

    @cached_property
    def values(self) -> list[Fraction]:
        """Values, in money."""
        return [entry for agent in self.agents for entry in agent.values]

    @cached_property
    def costs(self) -> list[Fraction]:
        """The designer's cost per unit of interim probability, beyond the cost that is always there."""
        cost = self.environment.cost.fractions()
        if self.environment.kind != "public-good":
            return [f * (cost[self.groups[g][0]] - cost[-1]) for g, f in zip(self.agent.tolist(), self.prior, strict=True)]
        each = (cost[1] - cost[0]) / len(self.groups[0])
        return [f * each if g == 0 else Fraction(0) for g, f in zip(self.agent.tolist(), self.prior, strict=True)]

    @property
    def fixed_cost(self) -> Fraction:
        """The cost that is always there, in money."""
        cost = self.environment.cost.fractions()
        return Fraction(cost[0] if self.environment.kind == "public-good" else cost[-1])

    @cached_property
    def surplus(self) -> list[Fraction]:
        """What a unit of interim probability adds to total surplus."""
        return [f * v - c for f, v, c in zip(self.prior, self.values, self.costs, strict=True)]

    @cached_property
    def pairs(self) -> NDArray[np.int64]:
        """Positions of the lower value of every pair of neighbours."""
        last = {end - 1 for end in self.starts[1:]}
        return np.array([k for k in range(self.starts[-1]) if k not in last], dtype=np.int64) if self.incentives else np.zeros(0, dtype=np.int64)

    @cached_property
    def steps(self) -> list[Fraction]:
        """Differences of neighbouring values, in the order of `pairs`."""
        return [self.values[k + 1] - self.values[k] for k in self.pairs.tolist()]

    def spread(self, row: list[Fraction], i: int) -> list[Fraction]:
        """Return numbers of agent `i`'s values as a list over her types."""
        found = [Fraction(0)] * self.environment.n_types[i]
        for entry, members in zip(row[self.parts[self.group[i]]], self.agents[self.group[i]].members, strict=True):
            for a in members:
                found[a] = entry
        return found


def ordered_program(
    environment: Environment, design: Design, question: Question, groups: tuple[tuple[int, ...], ...] | None = None
) -> OrderedProgram:
    """Return the program of a question for which there is no `mechopt.program.interim.interim_obstacle`.

    Parameters
    ----------
    environment : Environment
    design : Design
    question : Question
    groups : tuple of tuple of int, optional
        Agents of whom the first stands for all, as `groups_of_equals` returns them; by default everybody stands for herself.
    """
    groups = groups or tuple((i,) for i in range(environment.n_agents))
    return OrderedProgram(environment, design, question, tuple(_ordered(environment, design, question, group[0]) for group in groups), groups)


def groups_of_equals(environment: Environment, design: Design) -> Groups:
    """Return all agents in groups of identical ones (reduction E4): rules by scores have them share ties, so that all expect the same.

    Examples
    --------
    >>> from mechopt.environment.builders import object_environment
    >>> from mechopt.environment.grids import uniform
    >>> market = object_environment({"seller": uniform(0, 1, 3)} | {f"buyer {k}": uniform(0, 1, 3) for k in range(3)}, {"seller": 1})
    >>> groups_of_equals(market, Design())
    ((0,), (1, 2, 3))
    """
    home = {i: k for k, group in enumerate(environment.alike) for i in group}
    found: dict[tuple[int, int], list[int]] = {}
    for k, group in enumerate(identical_agents(environment, design)):
        for i in group:
            # Whoever is not alike calls her types differently, and stays alone.
            found.setdefault((k, home.get(i, -1 - i)), []).append(i)
    return partition(environment.n_agents, tuple(tuple(group) for group in found.values() if len(group) > 1))


def _ordered(environment: Environment, design: Design, question: Question, i: int) -> OrderedTypes:
    agent = environment.agents[i]
    values, outside = worth(environment, i).fractions(), agent.outside.fractions()
    if design.incentive == "bic":
        together: dict[Fraction, list[int]] = {}
        for a, value in enumerate(values):
            together.setdefault(value, []).append(a)
        members = [tuple(together[value]) for value in sorted(together)]
    else:
        members = [(a,) for a in range(agent.n_types)]
    weights = payoff_weights(environment, design, question, i)
    return OrderedTypes(
        tuple(sum((agent.prior[a] for a in own), Fraction(0)) for own in members),
        tuple(max(outside[a] for a in own) for own in members),
        tuple(sum((agent.prior[a] * weights[a] for a in own), Fraction(0)) for own in members),
        tuple(values[own[0]] for own in members),
        tuple(members),
    )
