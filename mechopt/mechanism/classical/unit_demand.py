"""Identical units for agents who want one each: what each values it at, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

from mechopt.environment.environment import Environment
from mechopt.environment.units import one_value
from mechopt.mechanism.classical.conditions import both, no_cost, nonnegative_values, one_object
from mechopt.rational import IntegerArray, RationalArray, stack

__all__ = ["UnitDemand", "one_free_object", "unit_demand", "unit_demand_applies", "value_profiles"]

one_free_object = both(one_object, no_cost, nonnegative_values)


@dataclass(frozen=True, eq=False)
class UnitDemand:
    """Values of a unit and the number of units.

    Attributes
    ----------
    units : int
    values : tuple of RationalArray, shape (n_types of i,)
        Per agent, in money.
    """

    units: int
    values: tuple[RationalArray, ...]


def unit_demand(environment: Environment) -> UnitDemand | str:
    """Return values and number of units, or the reason why the environment is no sale of identical units.

    Either one object, or a table in which an outcome says who is served: the utility of being served does not depend on the
    outcome, that of not being served is zero, and any agents can be served together up to the number of units.

    Examples
    --------
    >>> from mechopt.environment.builders import multi_unit_auction
    >>> from mechopt.environment.grids import uniform
    >>> unit_demand(multi_unit_auction({"a": uniform(0, 1, 2), "b": uniform(0, 1, 2), "c": uniform(0, 1, 2)}, 2)).units
    2
    """
    if environment.kind == "object":
        reason = nonnegative_values(environment)
        return reason or UnitDemand(1, tuple(RationalArray.from_fractions(list(agent.values or ())) for agent in environment.agents))
    if environment.kind != "table":
        return f'environment.kind is {environment.kind!r}; it needs one object, or a "table" of who is served'
    found, served = [], []
    for i, agent in enumerate(environment.agents):
        own = one_value(environment, i)
        if own is None or np.any(own[0].numerators < 0):
            return f"agents.{agent.name}.utility is not one value >= 0 where she is served and 0 elsewhere; it needs unit demand"
        found.append(own[0])
        served.append(own[1])
    return _units(np.stack(served), tuple(found))


def _units(served: NDArray[np.bool_], values: tuple[RationalArray, ...]) -> UnitDemand | str:
    counts = served.sum(axis=0)
    units = int(counts.max())
    full = {tuple(column) for column in served.T[counts == units].tolist()}
    if len(full) < comb(len(values), units):
        return f"not every {units} agents can be served together; it needs identical units"
    return UnitDemand(units, values)


def unit_demand_applies(environment: Environment) -> str | None:
    """Require free identical units, fewer than agents, who want one each."""
    reason = no_cost(environment)
    if reason is not None:
        return reason
    found = unit_demand(environment)
    if isinstance(found, str):
        return found
    n = environment.n_agents
    return None if found.units < n else f"the number of units is {found.units} for {n} agents; it needs fewer units than agents"


def value_profiles(environment: Environment, values: tuple[RationalArray, ...]) -> tuple[IntegerArray, int]:
    """Return everybody's value at every profile, shape (n_agents, *n_types), as numerators and their denominator."""
    table = stack([environment.along(own, i).broadcast(environment.n_types) for i, own in enumerate(values)])
    return table.numerators, table.denominator
