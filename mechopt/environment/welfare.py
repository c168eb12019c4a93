"""First best, efficient outcomes and status quo: what the economy could do if types were known."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mechopt.environment.blocks import OutcomeRule, has_outcome_rules, surplus_scores
from mechopt.environment.environment import Environment, partition
from mechopt.environment.rule import has_rules, surplus_rule
from mechopt.rational import RationalArray

__all__ = ["efficient_outcomes", "expectation", "first_best", "outside_table", "status_quo", "surplus", "utility_profiles"]


def utility_profiles(environment: Environment, i: int) -> RationalArray:
    """Return agent `i`'s utility broadcastable over profiles, with the outcomes on the last axis, in money."""
    table = environment.utility(i)
    return environment.along(table, i) if environment.private_values else table


def outside_table(environment: Environment, i: int) -> RationalArray:
    """Return agent `i`'s outside option broadcastable over profiles, in money."""
    outside = environment.agents[i].outside
    return environment.along(outside, i) if outside.ndim == 1 else outside


def surplus(environment: Environment) -> RationalArray:
    r"""Return the total surplus :math:`s(x, \theta) = \sum_i u_i(x, \theta) - c(x)`.

    Returns
    -------
    RationalArray, shape (*n_types, n_outcomes)
        In money.
    """
    total = (-environment.cost).broadcast((*environment.n_types, environment.n_outcomes))
    for i in range(environment.n_agents):
        total = total + utility_profiles(environment, i)
    return total


def efficient_outcomes(environment: Environment) -> NDArray[np.bool_]:
    """Return which outcomes maximise total surplus, all ties included, shape (*n_types, n_outcomes)."""
    table = surplus(environment).numerators
    return np.asarray(table == table.max(axis=-1, keepdims=True), dtype=np.bool_)


def expectation(environment: Environment, table: RationalArray) -> Fraction:
    """Return the exact expectation of a table over profiles."""
    return (environment.probability() * table).sum().item()


def first_best(environment: Environment) -> Fraction:
    r"""Return the first best :math:`E \max_x s(x, \theta)`, in money.

    Examples
    --------
    >>> from mechopt.environment.builders import bilateral_trade
    >>> from mechopt.environment.grids import uniform
    >>> first_best(bilateral_trade(uniform(0, 1, 2), uniform(0, 1, 2)))
    Fraction(5, 8)
    """
    if has_rules(environment):
        return surplus_rule(environment).welfare()
    if has_outcome_rules(environment):
        return OutcomeRule(environment, surplus_scores(environment)).welfare()
    return expectation(environment, surplus(environment).max(axis=-1))


def status_quo(environment: Environment) -> Fraction:
    r"""Return what everybody gets by staying out, :math:`\sum_i E \bar U_i(\theta_i)`, in money."""
    total = Fraction(0)
    for members in partition(environment.n_agents, environment.alike):
        agent = environment.agents[members[0]]
        if agent.outside.ndim == 1:
            total += (agent.chances * agent.outside).sum().item() * len(members)
        else:
            total += expectation(environment, agent.outside)
    return total
