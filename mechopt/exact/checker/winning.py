"""Who wins, without going through profiles: a sort and products of distribution functions, or a convolution."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import accumulate, groupby, product
from math import gcd, prod
from operator import itemgetter, neg

from .forms import MOST_NUMBERS
from .reading import NotAResultError, times, unit_of

__all__ = ["among_highest", "column_of", "highest_ranks", "over", "positive_sums"]

Column = Sequence[tuple[Fraction, int]]  # by type of an agent: rank, and chance as an integer


def column_of(ranks: Sequence[Fraction], chances: Sequence[int]) -> Column:
    """Return ranks with chances in the smallest integers; what these add up to is what they are over."""
    divisor = gcd(*chances)
    return [(rank, f // divisor) for rank, f in zip(ranks, chances)]


def over(columns: Sequence[Column], counts: Sequence[int]) -> int:
    """Return what the chances below are over: the product of what the chances of every agent's types are over."""
    return prod(sum(f for _, f in column) ** n for column, n in zip(columns, counts))


def highest_ranks(columns: Sequence[Column], counts: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Yield column, type and, times the `counts` of agents of that column, the chance that one of them ranks highest given that type of hers.

    It takes a sort, and the product of the distribution functions, of which one factor changes at a time; earlier columns win ties, agents of
    the same column share them equally.
    """
    below, zeros, together = [0] * len(columns), len(columns), 1  # the product of those that are not 0
    totals = [sum(f for _, f in column) for column in columns]
    # Fractions are slow to compare, their integer parts are not.
    entries = [((rank.numerator << 64) // rank.denominator, rank, -g, a, f) for g, column in enumerate(columns) for a, (rank, f) in enumerate(column)]
    for (_, _, g), tied in groupby(sorted(entries), key=itemgetter(0, 1, 2)):
        types = [entry[3:] for entry in tied]
        b, n, at = below[-g], counts[-g], sum(f for _, f in types)
        others = together // b**n if b else together
        if zeros == (b == 0):
            powers = ((b + at) ** n - b**n) // at if at else n * b ** (n - 1)  # the sum of (b + at)^k b^(n - 1 - k) over k < n
            chance = others * powers * totals[-g]
            yield from ((-g, a, chance) for a, _ in types)
        if at:
            below[-g], zeros, together = b + at, zeros - (b == 0), others * (b + at) ** n


def among_highest(columns: Sequence[Column], most: int) -> Iterator[tuple[int, int, int]]:
    """Yield column, type and the chance that fewer than `most` of the other columns rank higher, given the type; earlier columns win ties.

    How many rank higher is a sum of independent indicators: `ahead` are its chances, built up column by column.
    """
    above, totals = [0] * len(columns), [sum(f for _, f in column) for column in columns]
    entries = sorted((-rank, g, a, f) for g, column in enumerate(columns) for a, (rank, f) in enumerate(column))
    for _, g, a, f in entries:
        ahead = [totals[g], *[0] * (most - 1)]
        for j, (mass, total) in enumerate(zip(above, totals)):
            if j != g:
                ahead = [k * (total - mass) + fewer * mass for k, fewer in zip(ahead, [0, *ahead])]
        yield g, a, sum(ahead)
        above[g] += f


def positive_sums(columns: Sequence[Column], counts: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Yield column, type and, times the `counts` of agents of that column, the chance that all ranks add up to more than 0 given the type.

    It takes a convolution of each half of the agents.
    """
    numbers = [g for g, n in enumerate(counts) for _ in range(n)]
    first = {numbers.index(g): g for g in range(len(counts))}
    columns = [columns[g] for g in numbers]
    unit, halves = unit_of(rank for column in columns for rank, _ in column), (range(0, len(columns), 2), range(1, len(columns), 2))
    entries = [[(times(rank, unit), f) for rank, f in column] for column in columns]
    sums: list[list[dict[int, int]]] = []  # for each half, the distribution after each of its columns
    for half in halves:
        sums.append([{0: 1}])
        for g in half:
            if len(sums[-1][-1]) * len(entries[g]) > MOST_NUMBERS // 10:
                raise NotAResultError("problem: the agents' values add up to too many different sums")
            longer: dict[int, int] = defaultdict(int)
            for (before, p), (rank, f) in product(sums[-1][-1].items(), entries[g]):
                longer[before + rank] += p * f
            sums[-1].append(longer)
    for half, steps, others in zip(halves, sums, reversed(sums)):
        other = others[-1]
        order = sorted(other, reverse=True)
        above = [*accumulate((other[s] for s in order), initial=0)]
        # What the sums of this half are worth: the chance that, with what is still to come, the total is positive.
        worth = {s: above[bisect_left(order, s, key=neg)] for s in steps[-1]}
        for g, mass in zip(reversed(half), reversed(steps[:-1])):
            if g in first:
                own = sum(f for _, f in entries[g]) * counts[first[g]]
                yield from ((first[g], a, own * sum(p * worth[s + rank] for s, p in mass.items())) for a, (rank, _) in enumerate(entries[g]))
            worth = {s: sum(f * worth[s + rank] for rank, f in entries[g]) for s in mass}
