"""A project decided by sums of scores: how often it is carried out, by convolution of two halves, there and back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mechopt.errors import ProgramSizeError
from mechopt.rational import IntegerArray, RationalArray, integers

__all__ = ["approval_floats", "approval_probabilities"]

# Distinct sums of half the agents; their number is the square root of that of the profiles, unless sums coincide.
_MOST_SUMS = 4_000_000
_INT64_BITS = 62


@dataclass(frozen=True, eq=False)
class _Sums:
    """A distribution of sums: distinct integers in increasing order, and their weights."""

    values: IntegerArray
    weights: NDArray[Any]

    def plus(self, values: IntegerArray, weights: NDArray[Any]) -> tuple[_Sums, NDArray[np.int64]]:
        """Return the distribution of the sum with an independent term, and where each sum is there, shape (n_sums, n_values)."""
        if len(self.values) * len(values) > _MOST_SUMS:
            raise ProgramSizeError(f"sums of scores take more than {_MOST_SUMS:,} values; use fewer types or agents, or values on one grid")
        sums = np.add.outer(self.values, values).reshape(-1)
        chances = np.multiply.outer(self.weights, weights).reshape(-1)
        distinct, position = np.unique(sums, return_inverse=True)
        total = np.zeros(len(distinct), dtype=chances.dtype)
        np.add.at(total, position, chances)
        return _Sums(distinct, total), position.reshape(len(self.values), len(values))

    def above(self, thresholds: IntegerArray) -> NDArray[Any]:
        """Return the weight of sums strictly above each threshold."""
        tail = np.concatenate([np.cumsum(self.weights[::-1])[::-1], np.zeros(1, dtype=self.weights.dtype)])
        return np.asarray(tail[np.searchsorted(self.values, thresholds, side="right")], dtype=self.weights.dtype)


def approval_probabilities(scores: Sequence[RationalArray], priors: Sequence[RationalArray], sizes: Sequence[int] = ()) -> list[RationalArray]:
    r"""Return how often the sum of scores is positive given each type of each agent.

    .. math:: q_i(a) = \Pr\Bigl[ s_i(a) + \sum_{j \ne i} s_j(\theta_j) > 0 \Bigr]

    Parameters
    ----------
    scores, priors : sequences of RationalArray, shape (n_types of i,)
    sizes : sequence of int
        How many agents each of these stands for; empty: one each.

    Returns
    -------
    list of RationalArray, shape (n_types of i,)

    Raises
    ------
    ProgramSizeError
        If the sums of half the agents take too many different values.

    Examples
    --------
    >>> half = RationalArray.of(["1/2", "1/2"])
    >>> [table.texts() for table in approval_probabilities([RationalArray.of([-1, 1])] * 2, [half, half])]
    [['0', '1/2'], ['0', '1/2']]
    """
    sizes = sizes or (1,) * len(scores)
    first = [sum(sizes[:g]) for g in range(len(sizes))]
    scores = [table for table, size in zip(scores, sizes, strict=True) for _ in range(size)]
    priors = [table for table, size in zip(priors, sizes, strict=True) for _ in range(size)]
    denominator = math.lcm(*(table.denominator for table in scores))
    whole = [integers(table.over(denominator)) for table in scores]
    reach = sum(max(abs(int(table.max())), abs(int(table.min()))) for table in whole)
    everything = math.prod(prior.denominator for prior in priors)
    values = [table if reach.bit_length() < _INT64_BITS else table.astype(object) for table in whole]
    small = everything.bit_length() < _INT64_BITS
    weights = [prior.numerators.astype(np.int64 if small else object) for prior in priors]
    found = _approvals(values, weights)
    return [RationalArray(found[i], everything // priors[i].denominator).reduced() for i in first]


def approval_floats(
    scores: Sequence[NDArray[np.int64]], priors: Sequence[NDArray[np.float64]], sizes: Sequence[int] = ()
) -> list[NDArray[np.float64]]:
    """Return approval probabilities in floats, from integer scores."""
    sizes = sizes or (1,) * len(scores)
    first = [sum(sizes[:g]) for g in range(len(sizes))]
    scores = [table for table, size in zip(scores, sizes, strict=True) for _ in range(size)]
    priors = [table for table, size in zip(priors, sizes, strict=True) for _ in range(size)]
    found = _approvals(list(scores), list(priors))
    return [found[i] for i in first]


@dataclass(frozen=True, eq=False)
class _Half:
    """Agents, the distributions of the sum of the first so many of their scores, and where each sum goes with each score of the next one."""

    agents: list[int]
    sums: list[_Sums]
    positions: list[NDArray[np.int64]]


def _approvals(values: list[IntegerArray], weights: list[NDArray[Any]]) -> list[NDArray[Any]]:
    """Add up each half's scores agent by agent, and go back with what each sum is worth: the chance that the total is positive."""
    first, second = (_added_up(values, weights, agents) for agents in _halves([len(table) for table in values]))
    found: dict[int, NDArray[Any]] = {}
    for here, there in ((first, second), (second, first)):
        worth = there.sums[-1].above(-here.sums[-1].values)
        for i, before, position in zip(here.agents[::-1], here.sums[-2::-1], here.positions[::-1], strict=True):
            given = worth[position]
            found[i] = (given.T * before.weights).sum(axis=1)
            worth = (given * weights[i]).sum(axis=1)
    return [found[i] for i in range(len(values))]


def _halves(sizes: list[int]) -> tuple[list[int], list[int]]:
    """Split the agents so that both halves have about as many profiles."""
    halves: tuple[list[int], list[int]] = ([], [])
    lengths = [0.0, 0.0]
    for i in sorted(range(len(sizes)), key=lambda i: -sizes[i]):
        shorter = int(lengths[1] < lengths[0])
        halves[shorter].append(i)
        lengths[shorter] += math.log(sizes[i])
    return halves


def _added_up(values: list[IntegerArray], weights: list[NDArray[Any]], agents: list[int]) -> _Half:
    kind, units = values[0].dtype, weights[0].dtype
    half = _Half(agents, [_Sums(np.zeros(1, dtype=kind), np.ones(1, dtype=units))], [])
    for j in agents:
        sums, position = half.sums[-1].plus(values[j], weights[j])
        half.sums.append(sums)
        half.positions.append(position)
    return half
