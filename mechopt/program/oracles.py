"""The allocation rule that maximises virtual welfare, in floats: the oracle of column generation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mechopt.environment.rule import surplus_rule
from mechopt.environment.sums import approval_floats
from mechopt.environment.units import identical_units, served_floats
from mechopt.environment.winning import group_winning_floats, winning_floats
from mechopt.program.ordered import OrderedProgram

__all__ = ["Oracle", "Prices", "ranks_of"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
# Scores of a public good are multiples of 2^-40 of the largest; a type without probability decides alone.
_DIGITS, _ALONE = 40, 1 << 52
_SMALL = 1e-14


@dataclass(frozen=True, eq=False)
class Prices:
    """Prices of an `OrderedProgram`, in floats.

    Attributes
    ----------
    up, down : float array, length n_pairs
        Of "the higher value does not report the lower one", and the reverse.
    budget : float
    """

    up: Floats
    down: Floats
    budget: float

    def towards(self, other: Prices, share: float) -> Prices:
        """Return the prices at a share of the way to others."""
        return Prices(
            self.up + share * (other.up - self.up), self.down + share * (other.down - self.down), self.budget + share * (other.budget - self.budget)
        )


@dataclass(frozen=True, eq=False)
class Oracle:
    """Virtual welfare, the rule that maximises it, and its interim probabilities.

    Attributes
    ----------
    program : OrderedProgram
    """

    program: OrderedProgram

    @cached_property
    def prior(self) -> Floats:
        """Probabilities of the values."""
        return np.array([float(f) for f in self.program.prior])

    @cached_property
    def surplus(self) -> Floats:
        """What interim probabilities add to total surplus, in money."""
        return np.array([float(entry) for entry in self.program.surplus])

    @cached_property
    def steps(self) -> Floats:
        """Differences of neighbouring values, in money."""
        return np.array([float(entry) for entry in self.program.steps])

    def virtual_welfare(self, prices: Prices) -> Floats:
        r"""Return virtual surpluses; without the 1 for payoffs.

        .. math:: W_k = (1 + \beta) (f_k v_k - c_k) + \sum_{b} \lambda(b \to k) (v_k - v_b)
        """
        weighted = (float(self.program.counts_surplus) + prices.budget) * self.surplus
        pairs = self.program.pairs
        weighted[pairs] -= prices.up * self.steps
        weighted[pairs + 1] += prices.down * self.steps
        return weighted

    def scores(self, weighted: Floats) -> Integers:
        """Return integer scores whose rule maximises a virtual welfare among rules that favour higher values."""
        levels = self.levels(weighted)
        if not self.program.question.efficient:
            return ranks(levels) if self._by_rank else _rounded(levels)
        # Among efficient outcomes: by total surplus first.
        first = self.surplus_scores
        if self._by_rank:
            return ranks_of(list(zip(first, levels.tolist(), strict=True)), (0, 0.0))
        return np.array([a * self._widest + b for a, b in zip(first, _rounded(levels).tolist(), strict=True)], dtype=self._sum_type)

    def levels(self, weighted: Floats) -> Floats:
        """Return virtual values: virtual welfare per unit of probability, ironed; infinite for types without probability."""
        if self.program.incentives and not self.program.question.efficient:
            return np.concatenate([ironed(weighted[part], self.prior[part]) for part in self.program.parts])
        alone = np.where(np.abs(weighted) <= _SMALL, 0.0, np.where(weighted > 0, np.inf, -np.inf))
        return np.where(self.prior > 0, weighted / np.where(self.prior > 0, self.prior, 1.0), alone)

    def interim(self, scores: Integers) -> Floats:
        """Return the interim probabilities of a rule."""
        units = identical_units(self.program.environment)
        if units is not None:
            return served_floats(scores, self.program.agent, self.prior, units.n_units)
        if self._by_rank:
            if max(self.program.n_members) > 1:
                return group_winning_floats(scores, self.program.agent, self.prior, np.array(self.program.n_members))
            return winning_floats(scores, self.program.agent, self.prior)
        parts = self.program.parts
        return np.concatenate(approval_floats([scores[part] for part in parts], [self.prior[part] for part in parts], self.program.n_members))

    @cached_property
    def _by_rank(self) -> bool:
        return self.program.environment.kind != "public-good"

    @cached_property
    def surplus_scores(self) -> list[int]:
        """Scores of the values whose rule maximises total surplus."""
        everybody = surplus_rule(self.program.environment).scores
        tables = [everybody[members[0]] for members in self.program.groups]
        flat = [table[own[0]].item() for table, agent in zip(tables, self.program.agents, strict=True) for own in agent.members]
        denominator = math.lcm(*(entry.denominator for entry in flat))
        return [int(entry * denominator) for entry in flat]

    @cached_property
    def _widest(self) -> int:
        """More than any sum of virtual scores."""
        return 4 * (_ALONE + self.program.environment.n_agents * (1 << _DIGITS))

    @cached_property
    def _sum_type(self) -> type:
        reach = self.program.environment.n_agents * max(map(abs, self.surplus_scores)) * self._widest
        return np.int64 if reach.bit_length() < 61 else object


def ironed(weighted: Floats, prior: Floats) -> Floats:
    """Return virtual values made increasing by averaging: pools of neighbours whose averages would fall.

    Examples
    --------
    >>> ironed(np.array([1.0, 0.0, 4.0]), np.array([0.25, 0.25, 0.5])).tolist()
    [2.0, 2.0, 8.0]
    """
    if np.all(prior > 0):
        levels = weighted / prior
        if np.all(levels[1:] >= levels[:-1]):
            return levels
    pools: list[tuple[float, float, int]] = []
    for weight, chance in zip(weighted.tolist(), prior.tolist(), strict=True):
        pool = (weight, chance, 1)
        while pools and (_mean(pools[-1]) > _mean(pool) or _void(pool) or _void(pools[-1])):
            last = pools.pop()
            pool = (last[0] + pool[0], last[1] + pool[1], last[2] + pool[2])
        pools.append(pool)
    return np.repeat([_mean(pool) for pool in pools], [pool[2] for pool in pools])


def _void(pool: tuple[float, float, int]) -> bool:
    return pool[1] == 0 and abs(pool[0]) <= _SMALL


def _mean(pool: tuple[float, float, int]) -> float:
    if pool[1] > 0:
        return pool[0] / pool[1]
    return 0.0 if abs(pool[0]) <= _SMALL else math.copysign(math.inf, pool[0])


def ranks(levels: Floats) -> Integers:
    """Return integers in the order of the levels: from one on if not negative, below zero if negative.

    Examples
    --------
    >>> ranks(np.array([0.5, -2.0, 0.0, 0.5, -1.0])).tolist()
    [2, -2, 1, 2, -1]
    """
    distinct, position = np.unique(levels, return_inverse=True)
    negative = int(np.searchsorted(distinct, 0.0))
    shifted = position.reshape(-1) - negative
    return np.where(shifted >= 0, shifted + 1, shifted).astype(np.int64)


def ranks_of(keys: Sequence[Any], zero: Any) -> Integers:
    """Return the same for anything that has an order, with `zero` the least key that is not negative.

    Examples
    --------
    >>> ranks_of([(0, 1), (-1, 5), (0, 0)], (0, 0)).tolist()
    [2, -1, 1]
    """
    # Distinct keys are told apart in their order: hashes of long fractions take longer than comparisons.
    order = sorted(range(len(keys)), key=keys.__getitem__)
    steps = [0] + [int(keys[low] < keys[high]) for low, high in pairwise(order)]
    place = np.cumsum(steps)
    below = sum(keys[k] < zero for k in order)
    shifted = place - (place[below] if below < len(order) else place[-1] + 1)
    found = np.empty(len(keys), dtype=np.int64)
    found[order] = np.where(shifted >= 0, shifted + 1, shifted)
    return found


def _rounded(levels: Floats) -> Integers:
    finite = np.isfinite(levels)
    largest = float(np.max(np.abs(levels[finite]), initial=0.0)) or 1.0
    scaled = np.round(np.where(finite, levels, 0.0) / largest * 2.0**_DIGITS).astype(np.int64)
    return np.where(finite, scaled, np.where(levels > 0, _ALONE, -_ALONE))
