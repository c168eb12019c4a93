"""The frame of a program: its variables, and the profile tables that every requirement reads."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mechopt.design.design import Design
from mechopt.environment.environment import Environment
from mechopt.environment.welfare import efficient_outcomes, outside_table, utility_profiles
from mechopt.program.features import Feature, all_pairs, features, local_pairs, numeric_types
from mechopt.program.linear import Block, BlockBuilder
from mechopt.program.reductions import Plan
from mechopt.rational import RationalArray

__all__ = ["Frame", "Lies", "Question", "frame"]

Indices = NDArray[np.int64]
Lies = tuple[Indices, Indices]
"""Pairs of types of one agent: the true ones and those they might report."""


@dataclass(frozen=True, eq=False)
class Question:
    """What is asked of an environment and a design.

    Attributes
    ----------
    objective : str
        An id of `design.OBJECTIVES`; or ``"surplus"``: the expected budget surplus without the design's budget; ``"subsidy"``:
        the least expected subsidy; ``"feasibility"``: the least total violation.
    efficient : bool
        Whether only efficient outcomes may be chosen.
    possible : bool array, shape (n_profiles, n_outcomes), or None
        Outcomes that are still possible, in a branch of the search for a deterministic mechanism.
    lies : tuple of pairs of arrays, by agent, or None
        The incentive constraints that are asked for, as true and reported types; None: all that the reductions leave.
    """

    objective: str
    efficient: bool = False
    possible: NDArray[np.bool_] | None = None
    lies: tuple[Lies, ...] | None = None

    def within(self, possible: NDArray[np.bool_]) -> Question:
        """Return the same question in a branch."""
        return replace(self, possible=possible)


@dataclass(frozen=True, eq=False)
class Frame:
    """Variables and profile tables. Position arrays hold the column's position, -1 where there is no column."""

    environment: Environment
    design: Design
    question: Question
    plan: Plan
    allocation: Indices
    payments: Indices | None
    interim_payments: tuple[Block, ...]
    interim_allocation: tuple[Block, ...]
    features: tuple[list[Feature], ...]
    scalar: int = -1
    allowed: Collection[str] | None = None

    def profiles_at(self, i: int) -> Indices:
        """Return positions of profiles, shape (n_types of i, profiles of the others)."""
        return _own_first(np.arange(self.environment.n_profiles, dtype=np.int64).reshape(self.environment.n_types), i)

    def at(self, table: RationalArray, i: int) -> RationalArray:
        """Return a table over profiles (broadcastable) as (n_types of i, profiles of the others)."""
        return RationalArray(_own_first(table.broadcast(self.environment.n_types).numerators, i), table.denominator)

    def weight_at(self, i: int) -> RationalArray:
        """Return interim weights, shape (n_types of i, profiles of the others)."""
        return self.at(self.environment.conditional_weight(i), i)

    def outside_at(self, i: int) -> RationalArray:
        """Return outside options, shape (n_types of i, profiles of the others)."""
        return self.at(outside_table(self.environment, i), i)

    def utility_at(self, i: int) -> RationalArray:
        """Return utilities, shape (n_types of i, 1 or profiles of the others, n_outcomes)."""
        environment = self.environment
        if environment.private_values:
            return environment.utility(i).reshape(environment.n_types[i], 1, environment.n_outcomes)
        numerators = np.moveaxis(environment.utility(i).numerators, i, 0)
        return RationalArray(numerators.reshape(environment.n_types[i], -1, environment.n_outcomes), environment.utility(i).denominator)

    def utility_profiles(self, i: int) -> RationalArray:
        """Return utilities, shape (n_profiles, n_outcomes)."""
        shape = (*self.environment.n_types, self.environment.n_outcomes)
        return utility_profiles(self.environment, i).broadcast(shape).reshape(-1, self.environment.n_outcomes)

    def pairs(self, i: int) -> tuple[Indices, Indices]:
        """Return the incentive constraints of agent `i` as (true types, reported types)."""
        if self.question.lies is not None:
            return self.question.lies[i]
        if self.plan.applies("E2"):
            numeric = numeric_types(self.environment, i)
            if numeric is not None:
                return local_pairs(numeric.numbers)
        return all_pairs(self.environment.n_types[i])

    @cached_property
    def probability(self) -> RationalArray:
        """Probability of every profile, shape (n_profiles,)."""
        return self.environment.probability().reshape(-1)

    def marginal_multiplier(self, i: int) -> RationalArray | None:
        """Return what interim rows of agent `i` are multiplied by: her marginal where types are correlated."""
        return None if self.environment.independent else self.environment.marginal(i)


def _own_first(table: NDArray[Any], i: int) -> NDArray[Any]:
    return np.moveaxis(table, i, 0).reshape(table.shape[i], -1)


def frame(
    environment: Environment, design: Design, question: Question, reductions: Plan, builder: BlockBuilder, allowed: Collection[str] | None = None
) -> Frame:
    """Add the variables of a program to `builder` and return its frame."""
    n, n_profiles = environment.n_agents, environment.n_profiles
    allocation = _allocation_columns(environment, design, question, builder)
    payments = None
    if not reductions.applies("E1"):
        payments = builder.add_columns("payments", (n, n_profiles)).positions
    interim_payments: list[Block] = []
    interim_allocation: list[Block] = []
    terms: list[list[Feature]] = []
    for i in range(n):
        if reductions.applies("E1") or reductions.applies("E3"):
            interim_payments.append(builder.add_columns("interim_payments", (environment.n_types[i],), agent=i))
        if reductions.applies("E3"):
            terms.append(features(environment, i))
            interim_allocation.append(builder.add_columns("interim_allocation", (len(terms[i]), environment.n_types[i]), agent=i))
    scalar = -1
    if question.objective == "worst-case":
        scalar = builder.add_columns("ratio", (1,)).start
    if question.objective == "epsilon":
        scalar = builder.add_columns("epsilon", (1,), lower=0).start
    return Frame(
        environment, design, question, reductions, allocation, payments,
        tuple(interim_payments), tuple(interim_allocation), tuple(terms), scalar, allowed,
    )  # fmt: skip


def _allocation_columns(environment: Environment, design: Design, question: Question, builder: BlockBuilder) -> Indices:
    """One column per profile and outcome that may be chosen there."""
    allowed = np.ones((environment.n_profiles, environment.n_outcomes), dtype=np.bool_)
    if question.efficient:
        allowed = efficient_outcomes(environment).reshape(allowed.shape)
    if question.possible is not None:
        allowed = allowed & question.possible
    integer = design.allocation == "deterministic" and question.possible is None
    profile, outcome = np.nonzero(allowed)
    block = builder.add_columns("allocation", (len(profile),), lower=0, upper=1, integer=integer, keys={"profile": profile, "outcome": outcome})
    columns = np.full(allowed.shape, -1, dtype=np.int64)
    columns[allowed] = block.positions
    return columns
