r"""What incentives and participation leave to an agent at least, as inequalities on her expected payoff.

Least payoffs are longest paths from outside options, over neighbouring values. A type's path begins at an anchor, a worst-off type;
every choice of anchors is one inequality, linear in interim probabilities, and the right one holds with equality. So a program over
rules needs one number per agent, her expected payoff, and the few anchors that matter [1]_ [2]_.

References
----------
.. [1] R. B. Myerson, "Optimal Auction Design", Math. Oper. Res. 6 (1981), 58-73.
.. [2] P. Cramton, R. Gibbons, P. Klemperer, "Dissolving a Partnership Efficiently", Econometrica 55 (1987), 615-632.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Anchors", "least_payoffs"]

Numbers = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Anchors:
    r"""An inequality on an agent's expected payoff Z: each value k gets what its anchor a(k) has outside, and the steps from there.

    .. math::

        Z \ge \sum_k f_k o_{a(k)} + \sum_k (v_{k+1} - v_k) (u_k q_k - d_k q_{k+1}), \qquad
        u_k = \sum_{j > k \ge a(j)} f_j, \quad d_k = \sum_{j \le k < a(j)} f_j

    Attributes
    ----------
    agent : int
        Of the program: the first of a group stands for all.
    positions : int array, length n_values of the agent
    """

    agent: int
    positions: NDArray[np.int64]

    @property
    def key(self) -> tuple[int, bytes]:
        """What tells inequalities apart."""
        return self.agent, self.positions.tobytes()

    def flows(self, prior: Numbers) -> tuple[Numbers, Numbers]:
        """Return u and d, one entry per pair of neighbours, in the units of `prior`."""
        everybody = np.arange(len(prior))
        change = np.zeros((2, len(prior)), dtype=prior.dtype)
        for k, (low, high) in enumerate(((self.positions, everybody), (everybody, self.positions))):
            moved = low < high
            np.add.at(change[k], low[moved], prior[moved])
            np.subtract.at(change[k], high[moved], prior[moved])
        passing = np.cumsum(change, axis=1)[:, :-1]
        return passing[0], passing[1]


def least_payoffs(steps: Numbers, chances: Numbers, outside: Numbers) -> tuple[Numbers, NDArray[np.int64]]:
    """Return the least payoffs that incentives and interim participation allow, and the anchors of their paths.

    Parameters
    ----------
    steps : array, length n_values - 1
        Differences of neighbouring values.
    chances : array, length n_values
        Interim probabilities, nowhere falling.
    outside : array, length n_values

    Examples
    --------
    A partner who holds half of the object is worst off where she expects to hold half of it.

    >>> payoffs, anchors = least_payoffs(np.array([2, 2]), np.array([0, 1, 2]), np.array([0, 2, 4]))
    >>> payoffs.tolist(), anchors.tolist()
    ([0, 2, 4], [0, 1, 2])
    """
    everybody = np.arange(len(chances))
    climbs, falls = (np.concatenate([steps[:0], [0 * steps.sum()], np.cumsum(steps * part)]) for part in (chances[:-1], chances[1:]))
    below, above = outside - climbs, (outside - falls)[::-1]
    best = np.maximum.accumulate(below)
    low = np.maximum.accumulate(np.where(below == best, everybody, 0))
    most = np.maximum.accumulate(above)
    high = everybody[::-1][np.maximum.accumulate(np.where(above == most, everybody, 0))][::-1]
    climbed, fallen = climbs + best, falls + most[::-1]
    return np.maximum(climbed, fallen), np.where(climbed >= fallen, low, high)
