r"""Border's inequalities for one object: which are violated, and how far one can go without violating any.

Interim probabilities q are those of some allocation rule if and only if, for all sets A of agents' types,

.. math:: \sum_{i, a \in A_i} f_i(a) q_i(a) \le 1 - \prod_i (1 - f_i(A_i))

References
----------
.. [1] K. C. Border, "Implementation of Reduced Form Auctions: A Geometric Approach", Econometrica 59 (1991), 1175-1187.
.. [2] Y. Cai, C. Daskalakis, S. M. Weinberg, "An Algorithmic Characterization of Multi-Dimensional Mechanisms", STOC 2012.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mechopt.program.oracles import Oracle

__all__ = ["Prefixes", "furthest", "prefixes"]

Floats = NDArray[np.float64]
_SMALL = 1e-13


@dataclass(frozen=True, eq=False)
class Prefixes:
    """Sets of types that are prefixes of an order.

    Attributes
    ----------
    order : int array, length n_values
    excess : float array, length n_values
        Left side less right side of each prefix's inequality.
    capacity : float array, length n_values
        Right sides.
    """

    order: NDArray[np.int64]
    excess: Floats
    capacity: Floats

    def peaks(self, most: int, least: float) -> list[int]:
        """Return the last positions of the prefixes of locally largest excess, the worst first, at most so many."""
        excess = self.excess
        left, right = np.concatenate([[-np.inf], excess[:-1]]), np.concatenate([excess[1:], [-np.inf]])
        found = np.nonzero((excess > least) & (excess >= left) & (excess >= right))[0]
        return [int(k) for k in found[np.argsort(-excess[found])][:most]]


def prefixes(oracle: Oracle, probabilities: Floats) -> Prefixes:
    """Return the prefixes among which a violated inequality is found if there is one: by q times the chance of at most q [2]_."""
    order = np.argsort(-_keys(oracle, probabilities), kind="stable")
    capacity = _capacities(oracle, order)
    return Prefixes(order, np.cumsum((oracle.prior * probabilities)[order]) - capacity, capacity)


def _keys(oracle: Oracle, probabilities: Floats) -> Floats:
    keys = np.empty_like(probabilities)
    for part in oracle.program.parts:
        own = probabilities[part]
        order = np.argsort(own, kind="stable")
        keys[part][order] = own[order] * np.cumsum(oracle.prior[part][order])
    return keys


def _capacities(oracle: Oracle, order: NDArray[np.int64]) -> Floats:
    """Return the chance that somebody's type is in each prefix."""
    agents = oracle.program.agent[order]
    inside = np.zeros((len(oracle.program.agents), len(order)))
    inside[agents, np.arange(len(order))] = oracle.prior[order]
    np.cumsum(inside, axis=1, out=inside)
    return np.asarray(1.0 - np.prod(1.0 - np.minimum(inside, 1.0), axis=0))


def furthest(oracle: Oracle, inner: Floats, outer: Floats) -> float:
    """Return how far, from 0 to 1, one can go from feasible probabilities towards others without violating any inequality."""
    share = 1.0
    for _ in range(60):
        here = prefixes(oracle, inner + share * (outer - inner))
        worst = int(here.excess.argmax())
        if here.excess[worst] <= _SMALL:
            break
        members = here.order[: worst + 1]
        start, end = float(oracle.prior[members] @ inner[members]), float(oracle.prior[members] @ outer[members])
        if end <= start:
            return 0.0
        shorter = (float(here.capacity[worst]) - start) / (end - start)
        if shorter >= share:
            break
        share = max(shorter, 0.0)
    return share
