"""Where outcomes are sets of agents who are served, what a type expects is told by one chance."""

from __future__ import annotations

from mechopt.environment.environment import Environment
from mechopt.environment.units import Units, identical_units
from mechopt.mechanism.rules import AnyMechanism, RulesMechanism
from mechopt.rational import RationalArray

__all__ = ["SERVED", "chance_of_hers", "chance_of_service", "sold"]

SERVED = "is served"
"""The heading of that chance."""


def sold(environment: Environment) -> Units | None:
    """Return the identical units that several agents may want; for a single agent outcomes are told by their names."""
    return identical_units(environment) if environment.n_agents > 1 else None


def chance_of_hers(mechanism: AnyMechanism, i: int) -> RationalArray:
    """Return how often agent `i` holds the object, or the project is carried out, given her type; shape (n_types of i,).

    Examples
    --------
    >>> import mechopt as mo
    >>> auction = mo.single_item_auction([mo.two_types(1, 4), mo.two_types(1, 4)])
    >>> chance_of_hers(mo.solve(auction, objective="revenue", budget="none").mechanism, 0).texts()
    ['0', '3/4']
    """
    if isinstance(mechanism, RulesMechanism):
        return mechanism.own[i]
    return mechanism.interim_allocation(i)[:, i if mechanism.environment.kind == "object" else 1]


def chance_of_service(mechanism: AnyMechanism, i: int) -> RationalArray | None:
    """Return how often agent `i` is served given her type, shape (n_types of i,); None where outcomes are about something else.

    Examples
    --------
    >>> import mechopt as mo
    >>> auction = mo.multi_unit_auction({name: mo.two_types(1, 4) for name in ("a", "b", "c")}, 2)
    >>> chance_of_service(mo.solve(auction, objective="revenue", budget="none").mechanism, 0).texts()
    ['0', '11/12']
    """
    units = sold(mechanism.environment)
    if units is None:
        return None
    return mechanism.own[i] if isinstance(mechanism, RulesMechanism) else mechanism.interim_allocation(i)[:, units.served[i]].sum(axis=1)
