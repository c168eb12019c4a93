"""Allocation rules of any finite environment, given by scores of types and outcomes: evaluated in blocks of bounded memory.

Agents are taken in two halves. Profiles are then pairs of a profile of the first half and one of the second, scores add up by
broadcasting, and what a rule means in expectation is two matrix products per outcome.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mechopt.environment.environment import Environment
from mechopt.rational import IntegerArray, RationalArray, integers, sum_of_entries

__all__ = ["BLOCK_MEMORY", "OutcomeRule", "has_outcome_rules", "surplus_scores"]

Floats = NDArray[np.float64]
Choices = NDArray[np.int32]
Numbers = NDArray[np.int64]

BLOCK_MEMORY = 2**20
"""Bytes of the tables that are held at a time while profiles are gone through: what stays near the processor."""

# Bytes per profile of a block: two sums of scores, comparisons, choices and one indicator as a double.
_BYTES_PER_PROFILE = 40
_INT64_BITS = 62
# Integers are split so that doubles add them up exactly: 2^26 terms of 26 bits.
_LIMB = 26


def has_outcome_rules(environment: Environment) -> bool:
    """Return whether rules by scores of types and outcomes are all there is to know: private values and independent types."""
    return environment.private_values and environment.independent


def surplus_scores(environment: Environment) -> tuple[IntegerArray, ...]:
    """Return integer scores whose total is proportional to total surplus: the first agent is charged the cost.

    Examples
    --------
    >>> from mechopt.environment.builders import table
    >>> [scores.tolist() for scores in surplus_scores(table({"Ann": [[0, "1/2"]], "Bob": [[0, 2]]}, ["stay", "go"], cost=[0, 1]))]
    [[[0, -1]], [[0, 4]]]
    """
    tables = [environment.utility(i) for i in range(environment.n_agents)]
    tables[0] = tables[0] - environment.cost.reshape(1, -1)
    denominator = math.lcm(*(table.denominator for table in tables))
    return tuple(integers(table.over(denominator)) for table in tables)


@dataclass(frozen=True, eq=False)
class OutcomeRule:
    r"""The outcome of largest total score at every profile, :math:`\max_x \sum_i s_i(x, \theta_i)`; ties go to the first such outcome.

    Attributes
    ----------
    environment : Environment
        For which `has_outcome_rules` holds.
    scores : tuple of integer arrays, shape (n_types of i, n_outcomes)
        Only differences between outcomes matter.
    before : tuple of integer arrays of the same shapes, or empty
        Scores that are compared first: `scores` settle their ties.
    memory : int
        Bytes of a block.

    Examples
    --------
    >>> from mechopt.environment.builders import table
    >>> environment = table({"Ann": [[0, 1], [0, 3]], "Bob": [[0, 0], [2, 0]]}, ["stay", "go"])
    >>> rule = OutcomeRule(environment, tuple(integers(agent.utility.numerators) for agent in environment.agents))
    >>> rule.chosen().tolist(), rule.interim[0].texts()
    ([1, 0, 1, 1], [['1/2', '1/2'], ['0', '1']])
    """

    environment: Environment
    scores: tuple[IntegerArray, ...]
    before: tuple[IntegerArray, ...] = ()
    memory: int = BLOCK_MEMORY

    def blocks(self) -> Iterator[tuple[slice, Choices]]:
        """Yield profiles of the first half of the agents, and the outcomes chosen there at all profiles of the second half."""
        return _Halves(tuple(self._tables), self.memory).blocks()

    def chosen(self) -> Choices:
        """Return the outcome at every profile, shape (n_profiles,)."""
        return np.concatenate([choices.reshape(-1) for _, choices in self.blocks()])

    def outcomes(self, profile: Sequence[int]) -> tuple[int, ...]:
        """Return the position of the outcome chosen at a profile of type positions, the only one."""
        totals = [sum(table[a].astype(object) for table, a in zip(tables, profile, strict=True)) for tables in self._tables]
        ranks = list(zip(*(total.tolist() for total in totals), strict=True))
        return (ranks.index(max(ranks)),)

    @cached_property
    def ranked(self) -> tuple[IntegerArray, ...]:
        """One table of scores per agent that chooses the same outcomes: differences of `before` are larger than all of `scores` together."""
        if not self.before:
            return self.scores
        own = _least(self.scores)
        widest = sum(int(table.max()) for table in own) + 1
        return tuple(integers(first * widest + table) for first, table in zip(_least(self.before), own, strict=True))

    @property
    def _tables(self) -> list[tuple[IntegerArray, ...]]:
        """What is compared, one after the other; narrow numbers as one."""
        whole = [self.scores] if not self.before else [self.ranked] if _reach(self.ranked) <= _INT64_BITS else [self.before, self.scores]
        return [tuple(_narrow(own)) for own in whole]

    def interim_floats(self) -> list[Floats]:
        """Return the probability of each outcome given a type, shape (n_types of i, n_outcomes) for every agent."""
        halves, kinds = self._different()
        priors: list[Floats] = [
            np.bincount(kind, agent.chances.floats()).astype(np.float64) for kind, agent in zip(kinds, self.environment.agents, strict=True)
        ]
        first, second = halves.parts
        over_second, over_first = halves.counted(_product(priors[first]), _product(priors[second]))
        found = [*_given_type(over_second[..., 0], priors[first]), *_given_type(over_first[..., 0], priors[second])]
        return [table[kind] for table, kind in zip(found, kinds, strict=True)]

    @cached_property
    def interim(self) -> tuple[RationalArray, ...]:
        """Probability of each outcome given a type, exactly; shape (n_types of i, n_outcomes) for every agent."""
        halves, kinds = self._different()
        priors = [_merged(agent.chances, kind) for kind, agent in zip(kinds, self.environment.agents, strict=True)]
        first, second = halves.parts
        left, right = _exact_product(priors[first]), _exact_product(priors[second])
        over_second, over_first = halves.counted(_limbs(left.numerators), _limbs(right.numerators))
        tables = [
            *_exactly_given_type(_joined(over_second, right.denominator), priors[first]),
            *_exactly_given_type(_joined(over_first, left.denominator), priors[second]),
        ]
        return tuple(table.reduced()[kind] for table, kind in zip(tables, kinds, strict=True))

    def given_type(self, i: int) -> RationalArray:
        """Return the probability of each outcome given agent `i`'s type, shape (n_types of i, n_outcomes)."""
        return self.interim[i]

    def cost(self) -> Fraction:
        """Return the designer's expected cost, in money."""
        return (self.cost_given_type(0) * self.environment.marginal(0)).sum().item()

    def cost_given_type(self, i: int) -> RationalArray:
        """Return the designer's expected cost given agent `i`'s type, shape (n_types of i,), in money."""
        return (self.interim[i] * self.environment.cost).sum(axis=1)

    def welfare(self) -> Fraction:
        """Return the expected total surplus, in money."""
        agents = enumerate(self.environment.agents)
        return sum_of_entries([(self.interim[i] * self.environment.utility(i)).sum(axis=1) * agent.chances for i, agent in agents]) - self.cost()

    def _different(self) -> tuple[_Halves, list[Numbers]]:
        """Return the scores without types that repeat those of others, and which of the rest stands for each type of each agent."""
        kept, kinds = [], []
        for tables in zip(*self._tables, strict=True):
            known: dict[tuple[int, ...], int] = {}
            kind = [known.setdefault(tuple(row), len(known)) for row in np.concatenate(tables, axis=1).tolist()]
            first = [kind.index(k) for k in range(len(known))]
            kept.append([table[first] for table in tables])
            kinds.append(np.array(kind))
        return _Halves(tuple(zip(*kept, strict=True)), self.memory), kinds


@dataclass(frozen=True, eq=False)
class _Halves:
    """Profiles as pairs of a profile of the first agents and one of the others."""

    tables: tuple[tuple[IntegerArray, ...], ...]
    memory: int

    @property
    def n_types(self) -> tuple[int, ...]:
        return tuple(len(table) for table in self.tables[0])

    @cached_property
    def parts(self) -> tuple[slice, slice]:
        """The agents of each half: those that make the larger half smallest."""
        sizes = self.n_types
        first = min(range(len(sizes)), key=lambda k: max(math.prod(sizes[:k]), math.prod(sizes[k:])))
        return slice(0, first), slice(first, len(sizes))

    def blocks(self) -> Iterator[tuple[slice, Choices]]:
        """Yield profiles of the first half, and the outcomes chosen there at all profiles of the second."""
        sums = [(_sums(own[first]), _sums(own[second])) for own in self.tables for first, second in [self.parts]]
        n_first, n_second = (math.prod(self.n_types[part]) for part in self.parts)
        rows = max(self.memory // (_BYTES_PER_PROFILE * n_second), 1)
        for start in range(0, n_first, rows):
            part = slice(start, min(start + rows, n_first))
            halves = [(left[part], right) for left, right in sums]
            yield part, _largest(*halves[0]) if len(halves) == 1 else _largest_in_turn(halves)

    def counted(self, left: Floats, right: Floats) -> tuple[Floats, Floats]:
        """Return sums of weights (profiles of a half, terms) over the other half, by outcome: shape (profiles, n_outcomes, terms)."""
        n_outcomes = self.tables[0][0].shape[1]
        over_second = np.zeros((len(left), n_outcomes, right.shape[1]))
        over_first = np.zeros((len(right), n_outcomes, left.shape[1]))
        # What is left over is the first outcome's.
        over_second[:, 0], over_first[:, 0] = right.sum(axis=0), left.sum(axis=0)
        for part, choices in self.blocks():
            for x in range(1, n_outcomes):
                hit = (choices == x).astype(np.float64)
                over_second[part, x] = hit @ right
                over_first[:, x] += hit.T @ left[part]
        for table in (over_second, over_first):
            table[:, 0] -= table[:, 1:].sum(axis=1)
        return over_second, over_first


def _least(tables: Sequence[IntegerArray]) -> list[IntegerArray]:
    """Return scores above the least of each type, as Python integers: only differences matter."""
    return [table.astype(object) - table.min(axis=1, keepdims=True) for table in tables]


def _reach(tables: Sequence[IntegerArray]) -> int:
    """Return how many bits a total of scores may have, with the outcome's place behind it."""
    places = int(tables[0].shape[1]) - 1
    return sum(int(table.max()) for table in _least(tables)).bit_length() + places.bit_length()


def _merged(prior: RationalArray, kind: Numbers) -> RationalArray:
    """Return what types have together that are the same."""
    total = np.zeros(int(kind.max()) + 1, dtype=object)
    np.add.at(total, kind, prior.numerators.astype(object))
    return RationalArray(integers(total), prior.denominator)


def _narrow(tables: Sequence[IntegerArray]) -> list[IntegerArray]:
    """Return scores as int64 where no total of theirs can overflow, else as Python integers."""
    return [table.astype(np.int64) for table in _least(tables)] if _reach(tables) <= _INT64_BITS else _least(tables)


def _sums(tables: Sequence[IntegerArray]) -> IntegerArray:
    """Return total scores of some agents at their profiles, shape (profiles, n_outcomes); of nobody, zero."""
    total = tables[0] if tables else np.zeros((1, 1), dtype=np.int64)
    for table in tables[1:]:
        total = (total[:, None, :] + table[None, :, :]).reshape(-1, table.shape[1])
    return total


def _largest(left: IntegerArray, right: IntegerArray) -> Choices:
    """Return the first outcome of largest score, shape (profiles, profiles of the others): its place is the last bits of the score."""
    m = right.shape[1]
    digits = (m - 1).bit_length()
    first, second = left.T * 2**digits, right.T * 2**digits + np.arange(m - 1, -1, -1).reshape(-1, 1)
    best = np.add.outer(first[0], second[0])
    total = np.empty_like(best)
    for own, other in zip(first[1:] if len(first) > 1 else np.repeat(first, m - 1, axis=0), second[1:], strict=True):
        np.add.outer(own, other, out=total)
        np.maximum(best, total, out=best)
    return np.asarray(m - 1 - (best & (2**digits - 1)), dtype=np.int32)


def _largest_in_turn(sums: Sequence[tuple[IntegerArray, IntegerArray]]) -> Choices:
    """Return the same, earlier scores counting first."""
    best = [_total(left, right, 0) for left, right in sums]
    choices = np.zeros(best[0].shape, dtype=np.int32)
    for x in range(1, sums[0][1].shape[1]):
        found = [_total(left, right, x) for left, right in sums]
        better = found[-1] > best[-1]
        for own, known in zip(found[-2::-1], best[-2::-1], strict=True):
            better = (own > known) | ((own == known) & better)
        better = better.astype(np.bool_)
        choices[better] = x
        for own, known in zip(found, best, strict=True):
            np.copyto(known, own, where=better)
    return choices


def _total(left: IntegerArray, right: IntegerArray, x: int) -> IntegerArray:
    """Return an outcome's score at all pairs of profiles; nobody's table has one column, of zeros."""
    return np.asarray(left[:, x if left.shape[1] > 1 else 0][:, None] + right[:, x][None, :])


def _product(priors: Sequence[Floats]) -> Floats:
    """Return the probability of every profile of some agents, shape (profiles, 1)."""
    weights = np.ones(1)
    for prior in priors:
        weights = np.multiply.outer(weights, prior).reshape(-1)
    return weights.reshape(-1, 1)


def _exact_product(priors: Sequence[RationalArray]) -> RationalArray:
    weights = RationalArray.full((1,), 1)
    for prior in priors:
        weights = (weights.reshape(-1, 1) * prior.reshape(1, -1)).reshape(-1)
    return weights


def _limbs(numbers: IntegerArray) -> Floats:
    """Return nonnegative integers as sums of powers of 2^26, shape (n, terms), exact in doubles."""
    terms = max(-(-int(numbers.max()).bit_length() // _LIMB), 1)
    return np.stack([((numbers >> (_LIMB * k)) & (2**_LIMB - 1)).astype(np.float64) for k in range(terms)], axis=1)


def _joined(terms: Floats, denominator: int) -> RationalArray:
    """Return the numbers of which `_limbs` are terms, over a denominator."""
    total = RationalArray.full(terms.shape[:-1], 0)
    for k in range(terms.shape[-1]):
        total = total + RationalArray(terms[..., k].astype(np.int64)) * 2 ** (_LIMB * k)
    return RationalArray(total.numerators, denominator)


def _given_type(table: Floats, priors: Sequence[Floats]) -> list[Floats]:
    """Return the average over the others' types, of the same half, of a table (profiles, n_outcomes)."""
    shaped = table.reshape(*(len(prior) for prior in priors), table.shape[-1])
    found = []
    for i in range(len(priors)):
        own = shaped
        for j in reversed([j for j in range(len(priors)) if j != i]):
            own = np.tensordot(priors[j], own, axes=(0, j))
        found.append(own)
    return found


def _exactly_given_type(table: RationalArray, priors: Sequence[RationalArray]) -> list[RationalArray]:
    shaped = table.reshape(*(prior.size for prior in priors), table.shape[-1])
    found = []
    for i in range(len(priors)):
        own = shaped
        for j in reversed([j for j in range(len(priors)) if j != i]):
            own = priors[j] @ own.moveaxis(j, 0)
        found.append(own)
    return found
