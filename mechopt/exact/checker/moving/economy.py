"""The problem of section 5 of ``docs/certificates.md``: who there is, what a period is worth, how types begin and move."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

from ..reading import FalseClaimError, NotAResultError, flat, index, numbered, read, take

__all__ = ["Economy", "Vector", "check_distribution", "dot", "matrix"]

Vector = list[Fraction]
ZERO, ONE = Fraction(0), Fraction(1)
MOST_STATES = 1000  # profiles that are gone through


class Economy:
    """The problem. A profile is its number in profile order."""

    def __init__(self, problem: Any) -> None:
        _, _, head, agents, prior = take(problem, "problem", name=str, source=str, environment=dict, agents=list, prior=(dict, ...))
        _, actions, discount, requires, joint = take(
            head, "problem.environment", kind="dynamic", actions=list, discount=Fraction, requires=dict, transition=(list, dict, ...)
        )
        forms = {"transition": (list, dict) if joint is None else (...,), "initial": list if prior is None else (...,)}
        rows = [take(agent, "problem.agents", name=str, types=list, reward=list, **forms) for agent in agents]
        self.actions, self.agents = numbered(actions, "problem.environment.actions"), numbered([row[0] for row in rows], "problem.agents")
        self.types = [numbered(row[1], "problem.agents.types") for row in rows]
        self.sizes = [len(types) for types in self.types]
        if not (self.actions and self.agents and all(self.sizes)):
            raise NotAResultError("problem: there must be agents, actions and types")
        if prod(self.sizes) > MOST_STATES:
            raise NotAResultError(f"problem: {prod(self.sizes)} profiles are too many to go through")
        self.profiles = list(product(*(range(size) for size in self.sizes)))
        self.n, self.number = len(self.profiles), {profile: s for s, profile in enumerate(self.profiles)}
        self.discount: Fraction = discount
        if not 0 <= self.discount < 1:
            raise FalseClaimError("problem.environment.discount: must be at least 0 and less than 1")
        self.requires = self._required(requires)
        self.rewards = [matrix(row[2], "problem.agents.reward", n, len(self.actions)) for row, n in zip(rows, self.sizes)]
        self.joint = None if joint is None else self._moves(joint, self.n)
        self.own = [self._moves(row[3], n) for row, n in zip(rows, self.sizes)] if self.joint is None else []
        self.moving = any(len(tables) > 1 for tables in ([self.joint] if self.joint is not None else self.own))
        self.start = self._start(prior, [row[4] for row in rows])

    def _required(self, data: dict[str, Any]) -> list[set[int]]:
        """Return, for each action, the agents it requires."""
        where = "problem.environment.requires"
        found = [set[int]() for _ in self.actions]
        for action, names in data.items():
            found[index(action, self.actions, where)] = {index(name, self.agents, where) for name in numbered(read(names, where, list), where)}
        return found

    def _moves(self, data: Any, n: int) -> list[list[Vector]]:
        """Return one transition for all actions, or one per action."""
        where = "problem: transition"
        tables = [
            matrix(table, where, n, n) for table in ([data] if isinstance(data, list) else take(data, where, **dict.fromkeys(self.actions, list)))
        ]
        for row in (row for table in tables for row in table):
            check_distribution(row, where)
        return tables

    def _start(self, prior: Any, initial: list[Any]) -> Vector:
        where = "problem: types in period 0"
        if prior is not None:
            joint = flat(take(prior, where, joint=list)[0], where, *self.sizes)
        else:
            own = [flat(chances, where, n) for chances, n in zip(initial, self.sizes)]
            for row in own:
                check_distribution(row, where)
            joint = [prod((row[a] for row, a in zip(own, profile)), start=ONE) for profile in self.profiles]
        check_distribution(joint, where)
        return joint

    def flow(self, s: int, k: int, without: int | None = None) -> Fraction:
        """Return what a period is worth to all agents, or all but one."""
        profile = self.profiles[s]
        return sum((self.rewards[j][profile[j]][k] for j in range(len(self.agents)) if j != without), ZERO)

    def available(self, without: int | None) -> list[int]:
        """Return the actions that do not require an agent."""
        return [k for k in range(len(self.actions)) if without is None or without not in self.requires[k]]

    def expected(self, table: Vector, k: int) -> Vector:
        """Return the expectation of a table over next profiles under an action."""
        if self.joint is not None:
            rows = self.joint[k if len(self.joint) > 1 else 0]
            return [sum((p * value for p, value in zip(row, table) if p), ZERO) for row in rows]
        return self._along(table, [tables[k if len(tables) > 1 else 0] for tables in self.own])

    def pushed(self, weights: Vector, k: int) -> Vector:
        """Return weights of profiles moved one period on under an action: the transposed transition."""
        if self.joint is not None:
            rows = self.joint[k if len(self.joint) > 1 else 0]
            return [sum((weights[s] * rows[s][t] for s in range(len(weights)) if weights[s]), ZERO) for t in range(len(weights))]
        return self._along(weights, [[list(column) for column in zip(*tables[k if len(tables) > 1 else 0])] for tables in self.own])

    def following(self, s: int, k: int) -> Vector:
        """Return the distribution of the next profile after a profile and an action."""
        if self.joint is not None:
            return self.joint[k if len(self.joint) > 1 else 0][s]
        row = [ONE]
        for tables, a in zip(self.own, self.profiles[s]):
            own = tables[k if len(tables) > 1 else 0][a]
            row = [chance * p if chance and p else ZERO for chance in row for p in own]
        return row

    def _along(self, table: Vector, matrices: list[list[Vector]]) -> Vector:
        """Return a table multiplied along each agent's axis."""
        stride = len(table)
        for matrix, size in zip(matrices, self.sizes):
            stride //= size
            moved = [ZERO] * len(table)
            for s in range(len(table)):
                own = s // stride % size
                first = s - own * stride
                moved[s] = sum((p * table[first + a * stride] for a, p in enumerate(matrix[own]) if p), ZERO)
            table = moved
        return table

    def given(self, start: Vector, i: int, table: Vector) -> Iterator[tuple[int, Fraction]]:
        """Yield, for each type of agent i that occurs in a distribution, the expectation of a table."""
        chance, total = [ZERO] * self.sizes[i], [ZERO] * self.sizes[i]
        for profile, p, value in zip(self.profiles, start, table):
            if p:
                chance[profile[i]] += p
                total[profile[i]] += p * value
        for a, p in enumerate(chance):
            if p:
                yield a, total[a] / p

    def seen(self, s: int, i: int, report: int) -> int:
        """Return the profile that is seen when agent i reports a type."""
        profile = self.profiles[s]
        return self.number[(*profile[:i], report, *profile[i + 1 :])]


def dot(left: Vector, right: Vector) -> Fraction:
    """Return the sum of products."""
    return sum((a * b for a, b in zip(left, right) if a and b), ZERO)


def matrix(data: Any, where: str, n_rows: int, n_columns: int) -> list[Vector]:
    """Return a table as rows."""
    numbers = flat(data, where, n_rows, n_columns)
    return [numbers[k : k + n_columns] for k in range(0, len(numbers), n_columns)]


def check_distribution(row: Vector, where: str) -> None:
    """Raise unless these are probabilities."""
    if min(row) < 0 or sum(row) != 1:
        raise FalseClaimError(f"{where}: probabilities must not be negative and must sum to 1")
