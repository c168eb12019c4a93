r"""The slack of condition (*) as a fast function of the discount factor, in doubles, for large state spaces.

With :math:`P_i = V_i \Lambda_i V_i^{-1}` the resolvent of the Kronecker product is diagonal in the product basis, so that one change of
basis serves every discount factor:

.. math:: y^\top (I - \delta P)^{-1} g = \sum_s \frac{(y^\top V)_s (V^{-1} g)_s}{1 - \delta \lambda_s}
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.process import initial_distribution

__all__ = ["slack_function"]

Complex = NDArray[np.complex128]

# Digits lost to a change of basis, as a factor, that still leave 1e-9.
_WORST_BASIS = 1e5


def slack_function(environment: DynamicEnvironment) -> Callable[[float], float] | None:
    """Return slack(discount) for agents who move independently, the same way under every action.

    Parameters
    ----------
    environment : DynamicEnvironment

    Returns
    -------
    callable from float to float, or None
        An approximation without a proved error. None where eigenvectors are too close to dependent for a change of basis.

    Examples
    --------
    >>> from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
    >>> slack = slack_function(repeated_trade([0, 1], [0, 1], lazily_redrawn("1/2", 2), 0)) or float
    >>> round(slack(0.5), 9), abs(slack(2 / 3)) < 1e-9
    (-0.166666667, True)
    """
    tables = [agent.float_transition for agent in environment.agents]
    bases = [_basis(table[0]) for table in tables if table is not None]
    found = [basis for basis in bases if basis is not None]
    if len(found) < environment.n_agents:
        return None
    spectrum = np.array([1.0 + 0j])
    for values, _, _ in found:
        spectrum = np.multiply.outer(spectrum, values).reshape(-1)
    right, left = [vectors for _, vectors, _ in found], [inverse for _, _, inverse in found]
    total = _largest_flow(environment, None)
    start = _rotated(right, initial_distribution(environment).floats(), transposed=True)
    gains = [_rotated(left, total - _largest_flow(environment, i)) for i in range(environment.n_agents)]
    whole = start * (sum(gains) - _rotated(left, total))
    parts = [_conditional(environment, right, i) * gain for i, gain in enumerate(gains)]

    def slack(discount: float) -> float:
        weights = 1 / (1 - discount * spectrum)
        return float(sum(np.min((part @ weights).real) for part in parts) - (whole @ weights).real)

    return slack


def _basis(matrix: NDArray[np.float64]) -> tuple[Complex, Complex, Complex] | None:
    """Return eigenvalues, eigenvectors, and their inverse; a reversible chain has orthogonal ones after scaling with its distribution."""
    n = len(matrix)
    equations = np.vstack([matrix.T - np.eye(n), np.ones(n)])
    weights = np.linalg.lstsq(equations, np.append(np.zeros(n), 1.0), rcond=None)[0]
    flow = weights[:, None] * matrix
    if np.all(weights > 0) and np.allclose(flow, flow.T, rtol=0, atol=1e-14):
        root = np.sqrt(weights)
        symmetric = root[:, None] * matrix / root
        values, vectors = np.linalg.eigh((symmetric + symmetric.T) / 2)
        return values.astype(np.complex128), (vectors / root[:, None]).astype(np.complex128), (vectors.T * root).astype(np.complex128)
    values, vectors = np.linalg.eig(matrix)
    if np.linalg.cond(vectors) > _WORST_BASIS:
        return None
    return values.astype(np.complex128), vectors.astype(np.complex128), np.linalg.inv(vectors).astype(np.complex128)


def _largest_flow(environment: DynamicEnvironment, without: int | None) -> NDArray[np.float64]:
    n = environment.n_agents
    allowed = list(range(environment.n_actions)) if without is None else environment.available_without(without)
    best: Any = None
    for k in allowed:
        flow = np.zeros(environment.n_types)
        for j, agent in enumerate(environment.agents):
            if j != without:
                flow += agent.reward[:, k].floats().reshape(tuple(agent.n_types if m == j else 1 for m in range(n)))
        best = flow if best is None else np.maximum(best, flow)
    return np.zeros(environment.n_states) if best is None or (n == 1 and without is not None) else np.asarray(best).reshape(-1)


def _rotated(factors: list[Complex], table: NDArray[Any], *, transposed: bool = False) -> Complex:
    """Return the Kronecker product of the factors, or of their transposes, times a table over profiles."""
    moved = table.astype(np.complex128)
    for factor in factors:
        moved = moved.reshape(factor.shape[0], -1)
        moved = ((factor.T if transposed else factor) @ moved).T.reshape(-1)
    return moved


def _conditional(environment: DynamicEnvironment, right: list[Complex], i: int) -> Complex:
    """Return the conditional distributions given agent i's types that occur in period 0, in the product basis: a row per type."""
    start = initial_distribution(environment).floats().reshape(environment.n_types)
    rows = []
    for a, chance in enumerate(environment.agents[i].initial):
        if chance > 0:
            given = np.zeros(environment.n_types)
            slot = tuple(a if j == i else slice(None) for j in range(environment.n_agents))
            given[slot] = start[slot] / float(chance)
            rows.append(_rotated(right, given.reshape(-1), transposed=True))
    return np.stack(rows)
