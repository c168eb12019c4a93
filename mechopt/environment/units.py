"""Identical units for agents who want one each: recognised in a table, and who is served how often, without visiting profiles."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from mechopt.environment.environment import Environment
from mechopt.rational import RationalArray, stack

__all__ = ["Units", "identical_units", "one_value", "outcome_given_type", "served_floats", "served_probabilities"]

Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Units:
    """Who can be served, and what it is worth.

    Attributes
    ----------
    n_units : int
    values : tuple of RationalArray, shape (n_types of i,)
        Of being served, in money; not being served is worth nothing.
    served : bool array, shape (n_agents, n_outcomes)
    """

    n_units: int
    values: tuple[RationalArray, ...]
    served: Flags

    @cached_property
    def place(self) -> dict[tuple[int, ...], int]:
        """The outcome in which exactly these agents are served."""
        return {tuple(np.flatnonzero(column).tolist()): x for x, column in enumerate(self.served.T)}


def one_value(environment: Environment, i: int) -> tuple[RationalArray, Flags] | None:
    """Return what it is worth to agent `i`'s types to be served, and in which outcomes she is: those that are not always worth nothing.

    None where an outcome in which she is served is worth something else than another one, or where she never is.
    """
    utility = environment.utility(i)
    served = np.any(utility.numerators != 0, axis=0)
    if not served.any():
        return None
    values = utility[:, int(np.argmax(served))]
    same = utility.equals(values.reshape(-1, 1) * RationalArray(served.astype(np.int64)))
    return (values, np.asarray(served, dtype=np.bool_)) if same else None


@lru_cache(maxsize=32)
def identical_units(environment: Environment) -> Units | None:
    """Return the units of a table that is about nothing else, or None.

    Types are independent, every agent has one value for being served in whatever outcome, the outcomes are all sets of at most so
    many agents, each once, and cost the same.

    Examples
    --------
    >>> from mechopt.environment.builders import multi_unit_auction, table
    >>> from mechopt.environment.grids import uniform
    >>> identical_units(multi_unit_auction({"a": uniform(0, 1, 2), "b": uniform(0, 1, 2), "c": uniform(0, 1, 2)}, 2)).n_units
    2
    >>> identical_units(table({"a": [[0, 1]], "b": [[0, 1]]}, ["nobody", "both"]))
    """
    n, cost = environment.n_agents, environment.cost.numerators
    if environment.kind != "table" or not environment.independent or np.any(cost != cost[0]):
        return None
    sizes = dict(zip(accumulate(math.comb(n, k) for k in range(n + 1)), range(n + 1), strict=True))
    if sizes.get(environment.n_outcomes, 0) == 0:
        return None
    found = [one_value(environment, i) for i in range(n)]
    known = [entry for entry in found if entry is not None]
    if len(known) < n:
        return None
    served, units = np.stack([pattern for _, pattern in known]), sizes[environment.n_outcomes]
    if int(served.sum(axis=0).max()) > units or len(set(map(tuple, served.T.tolist()))) < environment.n_outcomes:
        return None
    return Units(units, tuple(values for values, _ in known), served)


def served_probabilities(scores: Sequence[RationalArray], priors: Sequence[RationalArray], n_units: int) -> list[RationalArray]:
    r"""Return how often each type is served when the highest scores are, and nobody is below zero; ties go to the first agent.

    .. math:: q_i(a) = 1[s_i(a) \ge 0] \Pr\bigl[\#\{j \ne i : s_j(\theta_j) \succ s_i(a)\} < m\bigr]

    The number of those who rank higher is a sum of independent indicators: its distribution is built up agent by agent, m terms of it.

    Parameters
    ----------
    scores, priors : sequences of RationalArray, shape (n_types of i,)
        Probabilities are independent across agents.
    n_units : int
        m.

    Returns
    -------
    list of RationalArray, shape (n_types of i,)

    Examples
    --------
    >>> half, scores = RationalArray.of(["1/2", "1/2"]), RationalArray.of([1, 2])
    >>> [table.texts() for table in served_probabilities([scores] * 3, [half] * 3, 2)]
    [['3/4', '1'], ['1/2', '1'], ['0', '3/4']]
    """
    totals = [prior.denominator for prior in priors]
    found = [np.zeros(prior.size, dtype=object) for prior in priors]
    for (i, a), above in _descending(scores, priors):
        ahead = [1] + [0] * (n_units - 1)
        for j, (mass, total) in enumerate(zip(above, totals, strict=True)):
            if j != i:
                ahead = [own * (total - mass) + fewer * mass for own, fewer in zip(ahead, [0, *ahead], strict=False)]
        found[i][a] = sum(ahead)
    everything = math.prod(totals)
    return [RationalArray(table, everything // total).reduced() for table, total in zip(found, totals, strict=True)]


def _together(scores: Sequence[RationalArray], priors: Sequence[RationalArray], units: Units) -> RationalArray:
    """Return the probability of every outcome under the same rule, shape (n_outcomes,)."""
    totals = [prior.denominator for prior in priors]
    chances = [0] * units.served.shape[1]
    sets = [(set(own), x) for own, x in units.place.items()]
    for (i, a), above in _descending(scores, priors):
        weight = int(priors[i].numerators[a])
        for own, x in sets if weight else ():
            if i in own and len(own) == units.n_units:
                chances[x] += weight * math.prod(m if j in own else t - m for j, (m, t) in enumerate(zip(above, totals, strict=True)) if j != i)
    willing = [int(prior.numerators[table.numerators >= 0].sum()) for table, prior in zip(scores, priors, strict=True)]
    for own, x in sets:
        if len(own) < units.n_units:
            chances[x] = math.prod(m if j in own else t - m for j, (m, t) in enumerate(zip(willing, totals, strict=True)))
    return RationalArray(np.array(chances, dtype=object), math.prod(totals)).reduced()


def _descending(scores: Sequence[RationalArray], priors: Sequence[RationalArray]) -> Iterator[tuple[tuple[int, int], list[int]]]:
    """Yield (agent, type) from the highest score to zero, with the weight of everybody's types that rank higher."""
    common = math.lcm(*(table.denominator for table in scores))
    entries = [(-score, i, a) for i, table in enumerate(scores) for a, score in enumerate(table.over(common).tolist()) if score >= 0]
    above = [0] * len(scores)
    for _, i, a in sorted(entries):
        yield (i, a), list(above)
        above[i] += int(priors[i].numerators[a])


def served_floats(scores: NDArray[np.int64], agents: NDArray[np.int64], prior: NDArray[np.float64], n_units: int) -> NDArray[np.float64]:
    """Return the same in floats, for all types of all agents in one array.

    Parameters
    ----------
    scores : int array, length n_types of all agents together
    agents : int array
        The agent of each entry.
    prior : float array
        Probability of each entry's type.
    n_units : int

    Returns
    -------
    float array
    """
    order = np.lexsort((agents, -scores))
    who, weight = agents[order], prior[order]
    ahead = np.zeros((n_units, len(order)))
    ahead[0] = 1.0
    for j in range(int(agents.max()) + 1):
        mass = np.where(who == j, weight, 0.0)
        above = np.where(who == j, 0.0, np.minimum(np.cumsum(mass) - mass, 1.0))
        ahead[1:] += above * (ahead[:-1] - ahead[1:])
        ahead[0] *= 1.0 - above
    found = np.empty(len(order))
    found[order] = np.where(scores[order] >= 0, ahead.sum(axis=0), 0.0)
    return found


def outcome_given_type(scores: Sequence[RationalArray], priors: Sequence[RationalArray], units: Units, i: int) -> RationalArray:
    """Return the probability of every outcome given agent `i`'s type, shape (n_types of i, n_outcomes)."""
    size = priors[i].size
    certain = [RationalArray((np.arange(size) == a).astype(np.int64)) for a in range(size)]
    return stack([_together(scores, [own if j == i else prior for j, prior in enumerate(priors)], units) for own in certain])
