"""Whether a mechanism has everything a design asks for, recomputed from the environment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np

from mechopt.design.design import Constraint, Design
from mechopt.mechanism.mechanism import Mechanism
from mechopt.mechanism.properties import PROPERTIES, Verdict, check
from mechopt.mechanism.rules import AnyMechanism, RulesMechanism
from mechopt.rational import RationalArray

__all__ = ["is_admissible", "requirements"]


def is_admissible(mechanism: AnyMechanism, design: Design, *, efficient: bool = False) -> bool:
    """Return whether a mechanism is admissible for a design (and efficient, if asked for)."""
    if isinstance(mechanism, RulesMechanism) and (design.limits_payments or design.constraints):
        return False  # limits and constraints by profile are never solved without tables
    possible = isinstance(mechanism, RulesMechanism) or _is_lottery(mechanism.allocation)
    return possible and all(verdict.holds for verdict in requirements(mechanism, design, efficient=efficient))


def requirements(mechanism: AnyMechanism, design: Design, *, efficient: bool = False) -> Iterator[Verdict]:
    """Yield the verdict on everything a design asks of a mechanism; the violation it allows is added to the margin."""
    for name in (design.incentive, design.participation, design.budget, design.allocation, *(["efficient"] if efficient else [])):
        if name in PROPERTIES and not (name == design.incentive and design.objective == "epsilon"):
            verdict = check(mechanism, name)
            yield replace(verdict, margin=verdict.margin + design.epsilon) if name == design.incentive else verdict
    if isinstance(mechanism, Mechanism):
        yield from _limits(mechanism, design)
        for constraint in design.constraints:
            above = _left_side(mechanism, constraint) - constraint.bound
            yield Verdict(constraint.name, {">=": above, "<=": -above, "=": -abs(above)}[constraint.sense])


def _limits(mechanism: Mechanism, design: Design) -> Iterator[Verdict]:
    for key, limits, sign in (("payment_floor", design.payment_floor, 1), ("payment_cap", design.payment_cap, -1)):
        for i, agent in enumerate(mechanism.environment.agents):
            if limits is not None and agent.name in limits:
                margin = ((mechanism.payments[i] - limits[agent.name]) * sign).reshape(-1).min().item()
                yield Verdict(f"{key}.{agent.name}", margin)


def _is_lottery(allocation: RationalArray) -> bool:
    total = allocation.sum(axis=-1)
    return not np.any(allocation.numerators < 0) and bool(np.all(total.numerators == total.denominator))


def _left_side(mechanism: Mechanism, constraint: Constraint) -> Fraction:
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
