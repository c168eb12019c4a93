"""One object given by scores: who wins how often, exactly by sorting and products of distribution functions, and in floats."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from mechopt.rational import RationalArray

__all__ = ["group_winning_floats", "winner_given_type", "winning_floats", "winning_probabilities"]

Entry = tuple[int, int]
# Beyond so many agents a table of all distribution functions is slower than one product kept up to date.
_MANY_AGENTS = 64
# Common divisors of longer numbers take longer to find than they save.
_WORTH_REDUCING = 1000


def winning_probabilities(scores: Sequence[RationalArray], priors: Sequence[RationalArray]) -> list[RationalArray]:
    r"""Return how often each type wins when the highest score wins and nobody wins below zero; ties go to the first agent.

    .. math:: q_i(a) = 1[s_i(a) \ge 0] \prod_{j \ne i} F_j(s_i(a)), \qquad F_j(s) = \Pr[s_j(\theta_j) < s \text{ (or equal, if } j > i)]

    Parameters
    ----------
    scores : sequence of RationalArray, shape (n_types of i,)
    priors : sequence of RationalArray, shape (n_types of i,)
        Probabilities of the types, independent across agents.

    Returns
    -------
    list of RationalArray, shape (n_types of i,)

    Examples
    --------
    >>> half = RationalArray.of(["1/2", "1/2"])
    >>> [table.texts() for table in winning_probabilities([RationalArray.of([0, 2]), RationalArray.of([1, 2])], [half, half])]
    [['0', '1'], ['1/2', '1/2']]
    """
    denominators = [prior.denominator for prior in priors]
    everything = math.prod(denominators)
    found = [np.zeros(prior.size, dtype=object) for prior in priors]
    for (i, a), product in _others_below(scores, priors):
        found[i][a] = product
    tables = [RationalArray(table, everything // denominators[i]) for i, table in enumerate(found)]
    return tables if everything.bit_length() > _WORTH_REDUCING else [table.reduced() for table in tables]


def winner_given_type(scores: Sequence[RationalArray], priors: Sequence[RationalArray], i: int) -> RationalArray:
    """Return the probability that each agent wins, and last that nobody does, given agent `i`'s type, shape (n_types of i, n_agents + 1)."""
    n = len(scores)
    denominators = [1 if j == i else prior.denominator for j, prior in enumerate(priors)]
    everything = math.prod(denominators)
    certain = RationalArray(np.ones(1, dtype=np.int64))
    # Agent i is left out: with a score that never wins and no type above anybody.
    without = [RationalArray(np.array([-1]), 1) if j == i else score for j, score in enumerate(scores)]
    chances: dict[Entry, int] = {}
    for (j, b), product in _others_below(without, [certain if j == i else prior for j, prior in enumerate(priors)]):
        chances[j, b] = product * int(priors[j].numerators[b])
    table = np.zeros((scores[i].size, n + 1), dtype=object)
    above = [0] * n
    for k, a in reversed(_ascending(scores)):
        if k != i:
            above[k] += chances.get((k, a), 0)
            continue
        table[a, :n] = above
        rest = everything - sum(above)
        table[a, i if scores[i].numerators[a] >= 0 else n] = rest
    return RationalArray(table, everything).reduced()


def _ascending(scores: Sequence[RationalArray]) -> list[Entry]:
    """Return all (agent, type) from the one that everybody beats to the one that beats everybody."""
    denominator = math.lcm(*(table.denominator for table in scores))
    entries = []
    for i, table in enumerate(scores):
        entries += [(score, -i, a) for a, score in enumerate(table.over(denominator).tolist())]
    return [(-negative, a) for _, negative, a in sorted(entries)]


def _others_below(scores: Sequence[RationalArray], priors: Sequence[RationalArray]) -> Iterator[tuple[Entry, int]]:
    """Yield every type whose score may win with the chance, in units, that all others are below her.

    The product of distribution functions is kept up to date from type to type; factors that are zero are counted instead.
    """
    below = [0] * len(priors)
    zeros, product = len(priors), 1
    for i, a in _ascending(scores):
        own = below[i]
        rest = product // own if own else product
        if scores[i].numerators[a] >= 0:
            yield (i, a), 0 if zeros - (own == 0) else rest
        weight = int(priors[i].numerators[a])
        if weight:
            product = rest * (own + weight)
            zeros -= own == 0
            below[i] = own + weight


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
