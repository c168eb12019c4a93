"""One object given by scores: who wins how often, exactly by sorting and products of distribution functions, and in floats."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from mechopt.rational import RationalArray

__all__ = ["group_winning_floats", "winner_given_type", "winning_floats", "winning_probabilities"]

# Beyond so many agents a table of all distribution functions is slower than one product kept up to date.
_MANY_AGENTS = 64
# Common divisors of longer numbers take longer to find than they save.
_WORTH_REDUCING = 1000


def winning_probabilities(scores: Sequence[RationalArray], priors: Sequence[RationalArray], sizes: Sequence[int] = ()) -> list[RationalArray]:
    r"""Return how often each type wins when the highest score wins and nobody wins below zero.

    Ties go to the first group, and are shared equally within it. With B and p the chance that a member is below a score, and at it,

    .. math:: q_g(a) = 1[s_g(a) \ge 0] \prod_{h < g} B_h^{m_h} \prod_{h > g} (B_h + p_h)^{m_h} \cdot \frac{(B_g + p_g)^{m_g} - B_g^{m_g}}{m_g p_g}

    Parameters
    ----------
    scores : sequence of RationalArray, shape (n_types of g,)
    priors : sequence of RationalArray, shape (n_types of g,)
        Probabilities of a member's types, independent across agents.
    sizes : sequence of int
        How many members each group has; empty: everybody is alone.

    Returns
    -------
    list of RationalArray, shape (n_types of g,)

    Examples
    --------
    >>> half = RationalArray.of(["1/2", "1/2"])
    >>> [table.texts() for table in winning_probabilities([RationalArray.of([0, 2]), RationalArray.of([1, 2])], [half, half])]
    [['0', '1'], ['1/2', '1/2']]

    A thousand who share ties win once in a thousand times if all have the same score:

    >>> winning_probabilities([RationalArray.of([1])], [RationalArray.of([1])], [1000])[0].texts()
    ['1/1000']
    """
    sizes = sizes or (1,) * len(scores)
    denominators = [prior.denominator for prior in priors]
    everything = _units(denominators, sizes)
    found = [np.zeros(prior.size, dtype=object) for prior in priors]
    for g, types, chance in _group_wins(scores, priors, sizes):
        for a in types:
            found[g][a] = chance
    tables = [RationalArray(table, everything // d * m) for table, d, m in zip(found, denominators, sizes, strict=True)]
    return tables if everything.bit_length() > _WORTH_REDUCING else [table.reduced() for table in tables]


def winner_given_type(scores: Sequence[RationalArray], priors: Sequence[RationalArray], sizes: Sequence[int], g: int) -> RationalArray:
    """Return who wins given the type of one member of group `g`: ties as in `winning_probabilities`.

    Returns
    -------
    RationalArray, shape (n_types of g, n_groups + 2)
        The chance of every member of each group, of `g` of every other member; last but one of the member herself, last of nobody.
    """
    n, others = len(scores), [size - (h == g) for h, size in enumerate(sizes)]
    everything = _units([prior.denominator for prior in priors], others)
    common = math.lcm(*sizes, *(size for size in others if size))
    own = winning_probabilities(scores, priors, sizes)[g].over(everything * sizes[g])
    wins = {(h, a): chance * int(priors[h].numerators[a]) for h, types, chance in _group_wins(scores, priors, others) for a in types}
    table = np.zeros((scores[g].size, n + 2), dtype=object)
    above = [0] * n
    for h, types in reversed(_ascending(scores, sizes)):
        if h == g:
            rest = everything - sum(above)
            for a in types:
                mine = int(own[a]) * (common // sizes[g])
                tied = rest * common - mine if scores[g].numerators[a] >= 0 else 0
                table[a, :n] = [wins_of * (common // size) if size else 0 for wins_of, size in zip(above, others, strict=True)]
                table[a, g] += tied // others[g] if others[g] else 0
                table[a, n:] = mine, 0 if scores[g].numerators[a] >= 0 else rest * common
        above[h] += sum(wins.get((h, a), 0) for a in types)
    return RationalArray(table, everything * common).reduced()


def _units(denominators: Sequence[int], sizes: Sequence[int]) -> int:
    """Return what chances are over that depend on so many agents of every group."""
    return math.prod(d**m for d, m in zip(denominators, sizes, strict=True))


def _ascending(scores: Sequence[RationalArray], sizes: Sequence[int]) -> list[tuple[int, tuple[int, ...]]]:
    """Return group and types, all of one score where there are several members, from those that everybody beats to those that beat everybody."""
    denominator = math.lcm(*(table.denominator for table in scores))
    levels: list[tuple[int, int, tuple[int, ...]]] = []
    for g, (table, size) in enumerate(zip(scores, sizes, strict=True)):
        row = table.over(denominator).tolist()
        if size == 1:
            levels += [(score, -g, (a,)) for a, score in enumerate(row)]
        else:
            tied: dict[int, list[int]] = {}
            for a, score in enumerate(row):
                tied.setdefault(score, []).append(a)
            levels += [(score, -g, tuple(types)) for score, types in tied.items()]
    return [(-negative, types) for _, negative, types in sorted(levels)]


def _group_wins(scores: Sequence[RationalArray], priors: Sequence[RationalArray], sizes: Sequence[int]) -> Iterator[tuple[int, tuple[int, ...], int]]:
    """Yield every group's types of a score that may win with the chance to win of one of them, in units, times the size of the group.

    The product of distribution functions is kept up to date from score to score; factors that are zero are counted instead.
    """
    below = [0] * len(priors)
    zeros, product = sum(size > 0 for size in sizes), 1
    weights, possible = [table.numerators.tolist() for table in priors], [(table.numerators >= 0).tolist() for table in scores]
    for g, types in _ascending(scores, sizes):
        own, size, weight = below[g], sizes[g], weights[g][types[0]]
        if size != 1:
            weight = sum(weights[g][a] for a in types)
        rest = product // (own if size == 1 else own**size) if own else product
        if size and possible[g][types[0]]:
            yield g, types, 0 if zeros - (own == 0) else rest * _sum_of_powers(own, weight, size)
        if size and weight:
            product = rest * (own + weight) ** size
            zeros -= own == 0
            below[g] = own + weight


def _sum_of_powers(below: int, at: int, size: int) -> int:
    """Return the sum over k < size of (below + at)^k below^(size - 1 - k)."""
    if size == 1:
        return 1
    return int(((below + at) ** size - below**size) // at if at else size * below ** (size - 1))


def winning_floats(scores: NDArray[np.int64], agents: NDArray[np.int64], prior: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return winning probabilities in floats, for all types of all agents in one array.

    Parameters
    ----------
    scores : int array, length n_types of all agents together
    agents : int array
        The agent of each entry; entries of one agent stand together.
    prior : float array
        Probability of each entry's type.

    Returns
    -------
    float array
    """
    order = np.lexsort((-agents, scores))
    who, weight = agents[order], prior[order]
    n = int(agents[-1]) + 1
    if n > _MANY_AGENTS:
        return _scattered(order, scores, _chances_in_turn(who, weight, n))
    cumulative = np.zeros((n, len(order) + 1))
    cumulative[who, np.arange(1, len(order) + 1)] = weight
    np.cumsum(cumulative, axis=1, out=cumulative)
    before = cumulative[:, :-1]
    with np.errstate(divide="ignore"):
        logs = np.log(before)
    zeros = before <= 0
    empty = zeros.sum(axis=0)
    total = np.where(zeros, 0.0, logs).sum(axis=0)
    columns = np.arange(len(order))
    own = zeros[who, columns]
    chances = np.exp(total - np.where(own, 0.0, logs[who, columns])) * (empty - own == 0)
    return _scattered(order, scores, chances)


def group_winning_floats(
    scores: NDArray[np.int64], groups: NDArray[np.int64], prior: NDArray[np.float64], sizes: NDArray[np.int64]
) -> NDArray[np.float64]:
    r"""Return winning probabilities in floats with many agents alike: ties go to the first group, and are shared equally within it.

    With B and p the chance that a member is below a score, and at it,

    .. math:: q_g = \prod_{h \ne g} F_h^{m_h} \cdot \frac{(B_g + p_g)^{m_g} - B_g^{m_g}}{m_g p_g}

    Parameters
    ----------
    scores, groups, prior : arrays, length n_types of all groups together
        Score, group and probability of each type of a member.
    sizes : int array, length n_groups
        How many members each group has.

    Returns
    -------
    float array
    """
    distinct, level = np.unique(scores, return_inverse=True)
    mass = np.zeros((len(sizes), len(distinct)))
    np.add.at(mass, (groups, level), prior)
    upto = np.cumsum(mass, axis=1)
    below = upto - mass
    below[:, 1:], below[:, 0] = upto[:, :-1], 0.0
    powers = sizes[:, None]
    lower, upper = below**powers, upto**powers
    ahead = np.cumprod(np.vstack([np.ones(len(distinct)), lower[:-1]]), axis=0)
    behind = np.cumprod(np.vstack([np.ones(len(distinct)), upper[:0:-1]]), axis=0)[::-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        # The difference of powers without cancellation.
        share = -upper * np.expm1(powers * np.log1p(-mass / upto)) / (powers * mass)
    own = np.where(mass > 0, share, below ** (powers - 1))
    return np.where(scores >= 0, (ahead * behind * own)[groups, level], 0.0)


def _scattered(order: NDArray[np.int64], scores: NDArray[np.int64], chances: NDArray[np.float64]) -> NDArray[np.float64]:
    found = np.empty(len(order))
    found[order] = np.where(scores[order] >= 0, chances, 0.0)
    return found


def _chances_in_turn(who: NDArray[np.int64], weight: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Return the chance that all others are below, in increasing order of scores: the logarithm of the product is kept up to date."""
    grouped = np.argsort(who, kind="stable")
    sums = np.cumsum(weight[grouped])
    first = np.searchsorted(who[grouped], np.arange(n))
    offsets = np.concatenate([[0.0], sums])[first]
    after = np.empty(len(who))
    after[grouped] = sums - offsets[who[grouped]]
    before = np.maximum(after - weight, 0.0)
    before[grouped[first]] = 0.0
    with np.errstate(divide="ignore"):
        log_after, log_before = (np.where(table > 0, np.log(table), 0.0) for table in (after, before))
    total = np.cumsum(log_after - log_before) - (log_after - log_before)
    appears = ((before <= 0) & (after > 0)).astype(np.int64)
    absent = n - (np.cumsum(appears) - appears)
    return np.asarray(np.exp(total - log_before) * (absent - (before <= 0) == 0))
