"""Identical agents: which agents can change places without anything else changing (the condition of reduction E4)."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mechopt.design.design import Constraint, Design
from mechopt.environment.environment import Environment
from mechopt.rational import stack

__all__ = ["Exchange", "exchanges", "identical_agents", "n_representative_profiles"]

Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Exchange:
    """Two agents change places, and outcomes are renamed with them.

    Attributes
    ----------
    first, second : int
    outcomes : int array, length n_outcomes, or None
        What each outcome is called afterwards; None: as before, except that who holds the object is exchanged with the agents.
    """

    first: int
    second: int
    outcomes: Indices | None = None

    def agent(self, i: int) -> int:
        """Return who stands in agent `i`'s place."""
        return {self.first: self.second, self.second: self.first}.get(i, i)

    def renamed(self, environment: Environment) -> Indices:
        """Return what each outcome is called afterwards."""
        if self.outcomes is not None:
            return self.outcomes
        names = np.arange(environment.n_outcomes, dtype=np.int64)
        if environment.kind == "object":
            names[[self.first, self.second]] = self.second, self.first
        return names


def identical_agents(environment: Environment, design: Design) -> tuple[tuple[int, ...], ...]:
    r"""Return groups of agents that nothing tells apart, each of two agents at least.

    Agents i and j are identical if exchanging them, :math:`\theta \to \sigma\theta`, and renaming outcomes, :math:`x \to \pi x`, changes
    no probability, cost, outside option or requirement, and :math:`u_{\sigma k}(\pi x, \sigma\theta) = u_k(x, \theta)` for every agent k.

    Examples
    --------
    >>> from mechopt.environment.builders import object_environment
    >>> from mechopt.environment.grids import uniform
    >>> market = object_environment({"seller": uniform(0, 1, 3)} | {f"buyer {k}": uniform(0, 1, 3) for k in range(3)}, {"seller": 1})
    >>> identical_agents(market, Design())
    ((1, 2, 3),)
    >>> identical_agents(market, Design(payment_cap={"buyer 0": 1}))
    ((2, 3),)
    """
    alike: dict[tuple[Any, ...], list[list[int]]] = defaultdict(list)
    # Copies whom the design does not name need no comparison, not even with each other.
    copies = {i: k for k, group in enumerate(environment.alike) for i in group} if not design.constraints else {}
    named = {name for limits in (design.weights, design.payment_floor, design.payment_cap) for name in limits or ()}
    settled: dict[int, list[int]] = {}
    for i, agent in enumerate(environment.agents):
        copy = None if agent.name in named else copies.get(i)
        if copy in settled:
            settled[copy].append(i)
            continue
        # Whoever differs in these is not worth a closer look; and exchanges combine, so one member speaks for her group.
        groups = alike[agent.chances.denominator, *agent.chances.numerators.tolist(), agent.worth.denominator, *agent.worth.numerators.tolist()]
        home = next((group for group in groups if _exchange(environment, design, group[0], i) is not None), None)
        if home is None:
            groups.append(home := [])
        home.append(i)
        if copy is not None:
            settled[copy] = home
    return tuple(tuple(group) for groups in alike.values() for group in groups if len(group) > 1)


def exchanges(environment: Environment, design: Design) -> list[Exchange]:
    """Return exchanges that generate all permutations within the groups of identical agents: neighbours in each group."""
    found = [_exchange(environment, design, i, j) for group in identical_agents(environment, design) for i, j in pairwise(group)]
    return [exchange for exchange in found if exchange is not None]


def n_representative_profiles(environment: Environment, groups: tuple[tuple[int, ...], ...]) -> int:
    """Return the number of profiles up to permutations within groups: multisets of types.

    Examples
    --------
    >>> from mechopt.environment.builders import single_item_auction
    >>> from mechopt.environment.grids import uniform
    >>> n_representative_profiles(single_item_auction([uniform(0, 1, 10)] * 3), ((0, 1, 2),))
    220
    """
    grouped = {i for group in groups for i in group}
    alone = math.prod(m for i, m in enumerate(environment.n_types) if i not in grouped)
    return alone * math.prod(math.comb(len(group) + environment.n_types[group[0]] - 1, len(group)) for group in groups)


def _exchange(environment: Environment, design: Design, i: int, j: int) -> Exchange | None:
    """Return the exchange of two agents if it changes nothing, else None."""
    one, other = environment.agents[i], environment.agents[j]
    if one.n_types != other.n_types or one.prior != other.prior or one.values != other.values:
        return None
    joint = environment.joint
    if joint is not None and not np.array_equal(joint.numerators, np.swapaxes(joint.numerators, i, j)):
        return None
    found = Exchange(i, j)
    if environment.kind in ("table", "interdependent"):
        renaming = _renaming(environment, found)
        if renaming is None:
            return None
        found = Exchange(i, j, renaming)
    elif environment.kind == "object" and environment.cost.numerators[i] != environment.cost.numerators[j]:
        return None
    return found if _same_outside(environment, found) and _same_design(environment, design, found) else None


def _same_outside(environment: Environment, exchange: Exchange) -> bool:
    agents = environment.agents
    own = agents[exchange.first].outside
    if environment.private_values:
        return own.equals(agents[exchange.second].outside)
    for k, agent in enumerate(agents):
        given = agents[exchange.agent(k)].outside
        moved = given if given.ndim == 1 else type(given)(np.swapaxes(given.numerators, exchange.first, exchange.second), given.denominator)
        if agent.outside.shape != moved.shape or not agent.outside.equals(moved):
            return False
    return True


def _renaming(environment: Environment, exchange: Exchange) -> Indices | None:
    """Match outcomes by what they are worth to everybody before and after the exchange; None if they do not match."""
    agents = range(environment.n_agents)
    before = [environment.utility(k).numerators for k in agents]
    if environment.private_values:
        scale = [environment.utility(k).denominator for k in agents]
        if scale[exchange.first] != scale[exchange.second]:
            return None
        after = [before[exchange.agent(k)] for k in agents]
    else:
        before = list(stack([environment.utility(k) for k in agents]).numerators)
        after = [np.swapaxes(before[exchange.agent(k)], exchange.first, exchange.second) for k in agents]
    called: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for x, worth in enumerate(_worths(after, environment)):
        called[worth].append(x)
    names = [called[worth].pop(0) if called.get(worth) else -1 for worth in _worths(before, environment)]
    return None if -1 in names else np.array(names, dtype=np.int64)


def _worths(tables: list[Any], environment: Environment) -> list[tuple[int, ...]]:
    columns = np.concatenate([table.reshape(-1, environment.n_outcomes) for table in [*tables, environment.cost.numerators]])
    return [tuple(column) for column in columns.T.tolist()]


def _same_design(environment: Environment, design: Design, exchange: Exchange) -> bool:
    one, other = environment.agents[exchange.first], environment.agents[exchange.second]
    for limits in (design.payment_floor, design.payment_cap):
        if limits is not None and limits.get(one.name) != limits.get(other.name):
            return False
    ones = (Fraction(1),) * one.n_types
    if design.weights is not None and design.weights.get(one.name, ones) != design.weights.get(other.name, ones):
        return False
    return all(_same_constraint(environment, constraint, exchange) for constraint in design.constraints)


def _same_constraint(environment: Environment, constraint: Constraint, exchange: Exchange) -> bool:
    stays = Exchange(exchange.first, exchange.first, np.arange(environment.n_outcomes, dtype=np.int64))
    return _terms(environment, constraint, exchange) == _terms(environment, constraint, stays)


def _terms(environment: Environment, constraint: Constraint, exchange: Exchange) -> dict[tuple[Any, ...], Fraction]:
    """Return a constraint's coefficients after an exchange, by what they stand at."""
    position = {agent.name: k for k, agent in enumerate(environment.agents)}
    renamed = exchange.renamed(environment)
    found: dict[tuple[Any, ...], Fraction] = defaultdict(Fraction)
    for term in constraint.terms:
        outcome = None if term.outcome is None else int(renamed[environment.outcomes.index(term.outcome)])
        payment = None if term.payment is None else exchange.agent(position[term.payment])
        when = {(exchange.agent(position[name]), environment.agents[position[name]].types.index(kind)) for name, kind in term.when.items()}
        found[outcome, payment, frozenset(when), term.expected] += term.coefficient
    return {key: coefficient for key, coefficient in found.items() if coefficient}
