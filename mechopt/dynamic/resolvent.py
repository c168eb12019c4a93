"""Expected discounted sums in doubles, by a Krylov method on transitions that are applied and never built, and what rounding can do to them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator, gmres

from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.process import expected_next_floats

__all__ = ["discounted_sums_floats", "rounding_of"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_PRECISION, _RESTART, _MOST_RESTARTS = 1e-12, 12, 60


def discounted_sums_floats(environment: DynamicEnvironment, kernels: Indices, flow: Floats, guess: Floats | None = None) -> Floats:
    r"""Return :math:`(I - \delta P)^{-1} f` approximately. It is a hint: whoever uses it bounds its residual.

    Parameters
    ----------
    environment : DynamicEnvironment
    kernels : int array, shape (n_states,)
        Which transition every profile causes.
    flow : float array, shape (n_states,)
    guess : float array, shape (n_states,), optional

    Returns
    -------
    float array, shape (n_states,)
    """
    n, discount = environment.n_states, float(environment.discount)
    used = [int(kernel) for kernel in np.unique(kernels)]

    def moved(table: Floats) -> Floats:
        if len(used) == 1:
            return expected_next_floats(environment, table, used[0])
        result = np.empty(n)
        for kernel in used:
            here = kernels == kernel
            result[here] = expected_next_floats(environment, table, kernel)[here]
        return result

    operator = LinearOperator((n, n), matvec=lambda table: table.reshape(-1) - discount * moved(table.reshape(-1)), dtype=np.float64)
    found, _ = gmres(operator, flow, x0=guess, rtol=_PRECISION, atol=0.0, restart=_RESTART, maxiter=_MOST_RESTARTS)
    # Two plain steps smooth what the Krylov method leaves.
    for _ in range(2):
        found = flow + discount * moved(np.asarray(found))
    return np.asarray(found)


def rounding_of(environment: DynamicEnvironment, flow: float, value: float) -> float:
    """Return a bound on the rounding errors of one evaluation of flow plus discounted expectation, of the given magnitudes.

    A product of a stochastic row of m entries with a vector is off by at most (m + 2) units of roundoff of its magnitude, data included;
    the bound doubles that.
    """
    unit = 2.0**-53
    terms = sum(environment.n_types) + 2 * environment.n_agents if environment.transition is None else environment.n_states + 2
    return 2 * unit * ((terms + 6) * value + (environment.n_agents + 4) * environment.n_agents * flow)
