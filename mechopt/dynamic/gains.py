"""What a policy yields per period in the long run, exactly."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.process import from_flint, policy_matrix, recurrence, stationary, to_flint
from mechopt.rational import RationalArray

__all__ = ["gains"]

Indices = NDArray[np.int64]


def gains(environment: DynamicEnvironment, kernels: Indices, flow: RationalArray) -> RationalArray:
    r"""Return the long-run average of flows under a policy, from every profile.

    .. math:: g = \lim_{\delta \to 1} (1 - \delta) (I - \delta P)^{-1} f

    Parameters
    ----------
    environment : DynamicEnvironment
    kernels : int array, shape (n_states,)
        Which transition every profile causes.
    flow : RationalArray, shape (n_states,)
        Money a period.

    Returns
    -------
    RationalArray, shape (n_states,)
        Money a period: on a recurrent class its stationary average, elsewhere the average over the classes that are reached.

    Examples
    --------
    >>> from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
    >>> trade = repeated_trade([0, 1], [1, 2], lazily_redrawn("1/2", 2), 0)
    >>> gains(trade, np.zeros(4, dtype=np.int64), RationalArray.of([1, 2, 0, 1])).texts()
    ['1', '1', '1', '1']
    """
    matrix, n = policy_matrix(environment, kernels), environment.n_states
    classes = recurrence(np.asarray(matrix.numerators != 0))
    found: list[Fraction] = [Fraction(0)] * n
    for own in classes:
        table = matrix[np.ix_(own.members, own.members)]
        average = (stationary(table) * flow[own.members]).sum().item()
        for state in own.members.tolist():
            found[state] = average
    settled = np.sort(np.concatenate([own.members for own in classes]))
    moving = np.setdiff1d(np.arange(n), settled)
    if len(moving):
        identity, later = RationalArray(np.eye(len(moving), dtype=np.int64)), RationalArray.from_fractions([found[state] for state in settled])
        system = identity - matrix[np.ix_(moving, moving)]
        reached = from_flint(to_flint(system).solve(to_flint((matrix[np.ix_(moving, settled)] @ later).reshape(-1, 1))))
        for state, value in zip(moving.tolist(), reached.reshape(-1).fractions(), strict=True):
            found[state] = value
    return RationalArray.from_fractions(found)
