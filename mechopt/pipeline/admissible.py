"""Whether a mechanism has everything a design asks for, recomputed from the environment."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from mechopt.design.design import Constraint, Design
from mechopt.mechanism.mechanism import Mechanism
from mechopt.mechanism.properties import PROPERTIES, check
from mechopt.mechanism.rules import AnyMechanism, RulesMechanism
from mechopt.rational import RationalArray

__all__ = ["constraint_value", "is_admissible"]


def is_admissible(mechanism: AnyMechanism, design: Design, *, efficient: bool = False) -> bool:
    """Return whether a mechanism is admissible for a design (and efficient, if asked for)."""
    if isinstance(mechanism, RulesMechanism):
        # A lottery over rules is one by construction; limits and constraints by profile are never solved without tables.
        return not (design.limits_payments or design.constraints) and _has_properties(mechanism, design, efficient=efficient)
    if not _is_lottery(mechanism.allocation) or not _has_properties(mechanism, design, efficient=efficient):
        return False
    return _within_limits(mechanism, design) and all(_holds(mechanism, constraint) for constraint in design.constraints)


def _has_properties(mechanism: AnyMechanism, design: Design, *, efficient: bool) -> bool:
    if design.objective != "epsilon" and design.incentive in PROPERTIES and check(mechanism, design.incentive).margin < -design.epsilon:
        return False
    asked = [design.participation, design.budget, design.allocation, *(["efficient"] if efficient else [])]
    return all(check(mechanism, name).holds for name in asked if name in PROPERTIES)


def _is_lottery(allocation: RationalArray) -> bool:
    total = allocation.sum(axis=-1)
    return not np.any(allocation.numerators < 0) and bool(np.all(total.numerators == total.denominator))


def _within_limits(mechanism: Mechanism, design: Design) -> bool:
    for sign, limits in ((1, design.payment_floor), (-1, design.payment_cap)):
        for i, agent in enumerate(mechanism.environment.agents):
            if limits is not None and agent.name in limits:
                margin = (mechanism.payments[i] - limits[agent.name]) * sign
                if np.any(margin.numerators < 0):
                    return False
    return True


def constraint_value(mechanism: Mechanism, constraint: Constraint) -> Fraction:
    """Return the left side of a user's constraint."""
    environment = mechanism.environment
    total = Fraction(0)
    for term in constraint.terms:
        position = tuple(slice(None) if agent.name not in term.when else agent.types.index(term.when[agent.name]) for agent in environment.agents)
        if term.outcome is not None:
            table = mechanism.allocation[..., environment.outcomes.index(term.outcome)]
        else:
            table = mechanism.payments[[agent.name for agent in environment.agents].index(str(term.payment))]
        weighted = table * environment.probability() if term.expected else table
        total += term.coefficient * weighted[position].sum().item()
    return total


def _holds(mechanism: Mechanism, constraint: Constraint) -> bool:
    value = constraint_value(mechanism, constraint)
    return {"<=": value <= constraint.bound, ">=": value >= constraint.bound, "=": value == constraint.bound}[constraint.sense]
