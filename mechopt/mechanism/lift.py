"""From interim to ex post payments (reduction E1), and the rebalancing of budgets."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from mechopt.design.design import Design
from mechopt.environment.environment import Environment
from mechopt.environment.welfare import expectation
from mechopt.rational import RationalArray, stack

__all__ = ["balanced_payments", "lifted", "lifted_to", "unbalanced_payments"]


def lifted(environment: Environment, design: Design, allocation: RationalArray, interim: list[RationalArray]) -> RationalArray:
    """Return ex post payments with given interim payments, balanced as far as the design's budget asks for it."""
    if environment.n_agents == 1 or design.budget == "none" or design.budget_in_expectation:
        return unbalanced_payments(environment, interim)
    return balanced_payments(environment, interim, (allocation * environment.cost).sum(axis=-1))


def unbalanced_payments(environment: Environment, interim: Sequence[RationalArray]) -> RationalArray:
    """Return payments that depend on the agent's own report only, shape (n_agents, *n_types)."""
    return stack([environment.along(table, i).broadcast(environment.n_types) for i, table in enumerate(interim)])


def balanced_payments(environment: Environment, interim: Sequence[RationalArray], cost: RationalArray) -> RationalArray:
    r"""Return ex post payments with the given interim payments and the same budget surplus at every profile.

    .. math::

        t_i = T_i(\theta_i) + \frac{D - D_i}{n} + \sum_{j \ne i} \frac{D_j}{n (n - 1)}, \qquad
        D(\theta) = S + C(\theta) - \sum_j T_j(\theta_j), \quad D_i = E[D \mid \theta_i]

    where :math:`S = E[\sum_j T_j - C]` is the expected surplus. The corrections add up to D and are worth nothing in
    expectation to any type.

    Parameters
    ----------
    environment : Environment
        With independent types and at least two agents.
    interim : sequence of RationalArray, shape (n_types of i,)
        Interim payments, in money.
    cost : RationalArray, shape n_types
        The designer's expected cost at each profile, in money.

    Returns
    -------
    RationalArray, shape (n_agents, *n_types)
        In money.

    References
    ----------
    .. [1] C. d'Aspremont and L.-A. Gérard-Varet, "Incentives and Incomplete Information", J. Public Econ. 11 (1979), 25-45.
    """
    n = environment.n_agents
    own = [environment.along(table, i) for i, table in enumerate(interim)]
    excess = cost
    for table in own:
        excess = excess - table
    excess = excess - expectation(environment, excess)
    given = [_given_type(environment, excess, i) for i in range(n)]
    everybody = given[0]
    for table in given[1:]:
        everybody = everybody + table
    others = everybody * Fraction(1, n * (n - 1))
    payments = []
    for i in range(n):
        correction = (excess - given[i]) * Fraction(1, n) + others - given[i] * Fraction(1, n * (n - 1))
        payments.append((own[i] + correction).broadcast(environment.n_types))
    return stack(payments)


def _given_type(environment: Environment, table: RationalArray, i: int) -> RationalArray:
    weighted = table * environment.others_probability(i)
    return environment.along(weighted.sum(axis=tuple(j for j in range(environment.n_agents) if j != i)), i)


def lifted_to(environment: Environment, allocation: RationalArray, payments: RationalArray) -> RationalArray:
    """Return payments with the same expectations given each type and the same surplus at every profile.

    Parameters
    ----------
    environment : Environment
        With independent types and at least two agents.
    allocation : RationalArray, shape (*n_types, n_outcomes)
    payments : RationalArray, shape (n_agents, *n_types)
        In money.
    """
    interim = []
    for i in range(environment.n_agents):
        weighted = payments[i] * environment.others_probability(i)
        interim.append(weighted.sum(axis=tuple(j for j in range(environment.n_agents) if j != i)))
    return balanced_payments(environment, interim, (allocation * environment.cost).sum(axis=-1))
