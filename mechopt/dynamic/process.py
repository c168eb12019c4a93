r"""How types move: expectations of the next period, communicating classes, periods, the stationary distribution.

Where agents move independently the transition between profiles is a Kronecker product,

.. math:: P(\theta, \theta') = \prod_i P_i(\theta_i, \theta_i'),

which is applied one agent at a time and never built.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import fmpq, fmpq_mat, fmpz, fmpz_mat
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.rational import RationalArray, integers

__all__ = [
    "Chain",
    "Recurrent",
    "chain_of",
    "dense_kernel",
    "discounted_occupation",
    "expected_next",
    "expected_next_floats",
    "from_flint",
    "initial_distribution",
    "policy_matrix",
    "recurrence",
    "stationary",
    "to_flint",
]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_MOST_EDGES = 20_000_000


def initial_distribution(environment: DynamicEnvironment) -> RationalArray:
    """Return the probability of every profile in period 0, shape (n_states,)."""
    if environment.initial is not None:
        return environment.initial.reshape(-1)
    joint = RationalArray.full((1,), 1)
    for agent in environment.agents:
        own = RationalArray.from_fractions(list(agent.initial))
        joint = (joint.reshape(-1, 1) * own.reshape(1, -1)).reshape(-1)
    return joint


def expected_next(environment: DynamicEnvironment, table: RationalArray, kernel: int = 0) -> RationalArray:
    r"""Return the expectation of a table over the next period's profile.

    .. math:: (P f)(\theta) = \sum_{\theta'} P(\theta, \theta') f(\theta')

    Parameters
    ----------
    environment : DynamicEnvironment
    table : RationalArray, shape (n_states,)
    kernel : int
        Which transition; `DynamicEnvironment.kernel` says which one an action causes.

    Returns
    -------
    RationalArray, shape (n_states,)
    """
    if environment.transition is not None:
        return (environment.transition[_slot(environment.transition, kernel)] @ table).reduced()
    moved = table.reshape(*environment.n_types)
    for i, agent in enumerate(environment.agents):
        assert agent.transition is not None
        own = agent.transition[_slot(agent.transition, kernel)]
        moved = (own @ moved.moveaxis(i, 0)).moveaxis(0, i)
    return moved.reshape(-1).reduced()


def expected_next_floats(environment: DynamicEnvironment, table: Floats, kernel: int = 0) -> Floats:
    """Return `expected_next` in doubles."""
    if environment.float_transition is not None:
        joint = environment.float_transition
        return np.asarray(joint[_slot(joint, kernel)] @ table)
    moved = table
    for agent in environment.agents:
        own = agent.float_transition
        assert own is not None
        slot = _slot(own, kernel)
        # The agent's axis comes first; moving it behind the others brings the next agent's to the front.
        moved = moved.reshape(agent.n_types, -1)
        moved = (moved if agent.stays[slot] else own[slot] @ moved).T.reshape(-1)
    return moved


def _slot(table: Any, kernel: int) -> int:
    """Return where a transition stands: an agent may move the same way under every action while others do not."""
    return kernel if table.shape[0] > 1 else 0


def policy_matrix(environment: DynamicEnvironment, kernels: Indices) -> RationalArray:
    """Return the transition under a policy as a square table, for state spaces small enough for exact answers.

    Parameters
    ----------
    environment : DynamicEnvironment
    kernels : int array, shape (n_states,)
        Which transition every profile causes.
    """
    used = np.unique(kernels)
    dense = [dense_kernel(environment, int(kernel)) for kernel in used]
    if len(dense) == 1:
        return dense[0]
    common = math.lcm(*(table.denominator for table in dense))
    rows = np.empty((environment.n_states, environment.n_states), dtype=object)
    for kernel, table in zip(used, dense, strict=True):
        rows[kernels == kernel] = table.over(common)[kernels == kernel]
    return RationalArray(integers(rows), common)


def dense_kernel(environment: DynamicEnvironment, kernel: int) -> RationalArray:
    """Return one transition as a square table over profiles."""
    if environment.transition is not None:
        return environment.transition[_slot(environment.transition, kernel)]
    joint = RationalArray.full((1, 1), 1)
    for agent in environment.agents:
        assert agent.transition is not None
        own = agent.transition[_slot(agent.transition, kernel)]
        n, m = joint.shape[0], agent.n_types
        joint = (joint.reshape(n, 1, n, 1) * own.reshape(1, m, 1, m)).reshape(n * m, n * m)
    return joint


def to_flint(table: RationalArray) -> fmpq_mat:
    """Return a table with two axes as a matrix of rationals."""
    rows, columns = table.shape
    return fmpq_mat(fmpz_mat(rows, columns, [int(entry) for entry in table.numerators.reshape(-1).tolist()])) / fmpq(table.denominator)


def from_flint(matrix: fmpq_mat) -> RationalArray:
    """Return a matrix of rationals as a table."""
    numerators, denominator = matrix.numer_denom()
    flat = np.empty(numerators.nrows() * numerators.ncols(), dtype=object)
    flat[:] = [int(entry) for entry in numerators.entries()]
    return RationalArray(integers(flat).reshape(numerators.nrows(), numerators.ncols()), int(denominator))


def discounted_occupation(environment: DynamicEnvironment, kernels: Indices) -> RationalArray:
    r"""Return how often, discounted, every profile is expected: what a period's money there is worth in period 0.

    .. math:: d^\top = x^\top (I - \delta P)^{-1} = \sum_t \delta^t x^\top P^t

    Returns
    -------
    RationalArray, shape (n_states,)
        Its entries sum to 1/(1 - discount).
    """
    n = environment.n_states
    system = to_flint(resolvent_matrix(environment, kernels)).transpose()
    return from_flint(system.solve(to_flint(initial_distribution(environment).reshape(n, 1)))).reshape(-1)


def resolvent_matrix(environment: DynamicEnvironment, kernels: Indices) -> RationalArray:
    """Return the identity less discount times the transition under a policy."""
    n = environment.n_states
    identity = RationalArray(np.eye(n, dtype=np.int64))
    return identity - policy_matrix(environment, kernels) * environment.discount


@dataclass(frozen=True, eq=False)
class Chain:
    """What kind of chain the profiles follow under a policy.

    Attributes
    ----------
    irreducible : bool or None
        Whether every profile is reached from every other. None: too many edges to look at.
    aperiodic : bool or None
        Whether no recurrent profile returns only after multiples of some number of periods above one.
    stationary : RationalArray, shape (n_states,), or None
        The stationary distribution, exact; None where it is not unique or the state space is too large.
    second_eigenvalue : float or None
        The second largest modulus of an eigenvalue: the distance to the stationary distribution falls like its powers. An approximation.
    """

    irreducible: bool | None
    aperiodic: bool | None
    stationary: RationalArray | None
    second_eigenvalue: float | None


def chain_of(environment: DynamicEnvironment, kernels: Indices, exact: bool = True) -> Chain:
    """Return what kind of chain the profiles follow.

    Parameters
    ----------
    environment : DynamicEnvironment
    kernels : int array, shape (n_states,)
        Which transition every profile causes under the policy.
    exact : bool
        Whether the stationary distribution is wanted.

    Examples
    --------
    >>> from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
    >>> trade = repeated_trade([0, 1], [1, 2], lazily_redrawn("1/2", 2), "9/10")
    >>> chain = chain_of(trade, np.zeros(4, dtype=np.int64))
    >>> chain.irreducible, chain.aperiodic, chain.stationary.texts(), round(chain.second_eigenvalue, 6)
    (True, True, ['1/4', '1/4', '1/4', '1/4'], 0.5)
    """
    if environment.transition is None and environment.action_independent:
        return _product_chain(environment, exact)
    if environment.n_states**2 > _MOST_EDGES:
        return Chain(None, None, None, None)
    matrix = policy_matrix(environment, kernels)
    kind = _communication(np.asarray(matrix.numerators != 0))
    kept = stationary(matrix) if exact and kind.n_recurrent == 1 else None
    return Chain(kind.irreducible, kind.period == 1, kept, _second_eigenvalue(matrix.floats()))


def _product_chain(environment: DynamicEnvironment, exact: bool) -> Chain:
    """Agents move independently: profiles return when all do, so periods have their least common multiple."""
    tables = [agent.transition[0] for agent in environment.agents if agent.transition is not None]
    kinds = [_communication(np.asarray(table.numerators != 0)) for table in tables]
    coprime = math.lcm(*(kind.period for kind in kinds)) == math.prod(kind.period for kind in kinds)
    irreducible = all(kind.irreducible for kind in kinds) and coprime
    unique = all(kind.n_recurrent == 1 for kind in kinds) and coprime
    kept = None
    if exact and unique:
        kept = RationalArray.full((1,), 1)
        for table in tables:
            kept = (kept.reshape(-1, 1) * stationary(table).reshape(1, -1)).reshape(-1)
    second = max(_second_eigenvalue(table.floats()) for table in tables)
    return Chain(irreducible, all(kind.period == 1 for kind in kinds), kept, second)


@dataclass(frozen=True)
class _Communication:
    irreducible: bool
    period: int
    n_recurrent: int


def _communication(edges: NDArray[np.bool_]) -> _Communication:
    found = recurrence(edges)
    return _Communication(len(found) == 1 and len(found[0].members) == len(edges), math.lcm(*(own.period for own in found)), len(found))


@dataclass(frozen=True, eq=False)
class Recurrent:
    """States that reach each other, and no others.

    Attributes
    ----------
    members : int array
    phases : int array, of the same length
        The period a state belongs to: a step leads from one to the next, and from the last to the first.
    period : int
    """

    members: Indices
    phases: Indices
    period: int


def recurrence(edges: NDArray[np.bool_]) -> list[Recurrent]:
    """Return the recurrent classes of a graph: strongly connected, and no edge leaves.

    Parameters
    ----------
    edges : bool array, shape (n, n)

    Examples
    --------
    State 0 leads into a cycle of two.

    >>> [found] = recurrence(np.array([[True, True, False], [False, False, True], [False, True, False]]))
    >>> found.members.tolist(), found.phases.tolist(), found.period
    ([1, 2], [0, 1], 2)
    """
    graph = sparse.csr_array(edges.astype(np.int8))
    n_classes, label = connected_components(graph, directed=True, connection="strong")
    rows, columns = graph.nonzero()
    leaves = np.zeros(n_classes, dtype=bool)
    leaves[label[rows[label[rows] != label[columns]]]] = True
    return [_recurrent(edges, np.flatnonzero(label == k)) for k in np.flatnonzero(~leaves)]


def _recurrent(edges: NDArray[np.bool_], members: Indices) -> Recurrent:
    """Return a class; its period is the greatest common divisor of all cycles: differences of distances from one state along edges."""
    own = edges[np.ix_(members, members)]
    distance = np.full(len(own), -1, dtype=np.int64)
    distance[0], level, found = 0, 0, np.array([0])
    while len(found):
        level += 1
        found = np.flatnonzero(own[found].any(axis=0) & (distance < 0))
        distance[found] = level
    rows, columns = np.nonzero(own)
    period = int(np.gcd.reduce(distance[rows] + 1 - distance[columns]))
    return Recurrent(members, distance % period, period)


def stationary(matrix: RationalArray) -> RationalArray:
    """Return the only distribution that a chain keeps, exactly, from its transition: a square table."""
    n = matrix.shape[0]
    equations = to_flint(matrix - RationalArray(np.eye(n, dtype=np.int64))).transpose()
    for k in range(n):
        equations[n - 1, k] = fmpq(1)
    right = fmpq_mat(n, 1, [fmpz(0)] * (n - 1) + [fmpz(1)])
    return from_flint(equations.solve(right)).reshape(-1)


def _second_eigenvalue(matrix: Floats) -> float:
    sizes = np.sort(np.abs(np.linalg.eigvals(matrix)))
    return round(min(float(sizes[-2]), 1.0), 12) if len(sizes) > 1 else 0.0  # an exact zero comes out as 1e-17
