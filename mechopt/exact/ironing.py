"""Virtual values made increasing by averaging, over the rationals."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

__all__ = ["exact_ironing", "exact_levels"]

# Weight, chance, and how many values they are the sums of.
Pool = tuple[Fraction | int, Fraction | int, int]


def exact_ironing(weighted: Sequence[Fraction | int], prior: Sequence[Fraction | int]) -> list[Fraction]:
    """Return how much weight each value passes on to the next one when virtual values are ironed; one entry per pair.

    Examples
    --------
    >>> [str(passed) for passed in exact_ironing([1, 0, 4], [1, 1, 2])]
    ['1/2', '0']
    """
    passed: list[Fraction] = []
    for weight, chance, size in _pools(weighted, prior):
        carry = Fraction(0)
        for place in range(len(passed), len(passed) + size - 1):
            carry += weighted[place] - (Fraction(weight * prior[place], chance) if chance else 0)
            passed.append(carry)
        passed.append(Fraction(0))  # nothing leaves a pool
    return passed[:-1]


def exact_levels(weighted: Sequence[int], prior: Sequence[int], *, iron: bool) -> list[Fraction | float]:
    """Return virtual values, weight per unit of probability, ironed if asked for; infinite for types without probability.

    Examples
    --------
    >>> [str(level) for level in exact_levels([1, 0, 4], [1, 1, 2], iron=True)]
    ['1/2', '1/2', '2']
    """
    pools = _pools(weighted, prior) if iron else [(weight, chance, 1) for weight, chance in zip(weighted, prior, strict=True)]
    found: list[Fraction | float] = []
    for weight, chance, size in pools:
        level = Fraction(weight, chance) if chance else Fraction(0) if not weight else float("inf") if weight > 0 else float("-inf")
        found += [level] * size
    return found


def _pools(weighted: Sequence[Fraction | int], prior: Sequence[Fraction | int]) -> list[Pool]:
    """Return neighbours taken together until means increase."""
    pools: list[Pool] = []
    for weight, chance in zip(weighted, prior, strict=True):
        pool: Pool = weight, chance, 1
        while pools and _falls(pools[-1], pool):
            last = pools.pop()
            pool = last[0] + pool[0], last[1] + pool[1], last[2] + pool[2]
        pools.append(pool)
    return pools


def _falls(left: Pool, right: Pool) -> bool:
    """Return whether the mean of the left pool is above that of the right one; means of zero over zero never are."""
    if (left[1] == 0 and left[0] == 0) or (right[1] == 0 and right[0] == 0):
        return False
    return left[0] * right[1] > right[0] * left[1] if left[1] or right[1] else left[0] > 0 > right[0]
