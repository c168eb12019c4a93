r"""Problems that differ in right-hand sides only, and the concave function that their values are.

Outside options, payment limits, the violation allowed and the bounds of constraints stand on the right of a program's rows. The largest
value of such a program is concave and piecewise linear in them, and prices that prove a bound at one point prove a bound everywhere: their
Lagrangian has the right-hand sides in its constant only. So exact prices at a point are a tangent.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from mechopt.design.design import Design
from mechopt.environment.environment import Agent
from mechopt.errors import DesignError, MechoptWarning, SolverError
from mechopt.exact.certificate import Certificate
from mechopt.exact.lagrangian import lagrangian
from mechopt.mechanism.mechanism import Mechanism
from mechopt.pipeline.answer import Settings, answer
from mechopt.pipeline.certify import design_of_certify
from mechopt.problem import Problem
from mechopt.program.assemble import Question
from mechopt.program.reductions import plan
from mechopt.rational import RationalArray

__all__ = ["Family", "Tangent", "Touching", "Weights", "decided_by_surplus", "efficiency_family", "mixture", "welfare_family"]

Weights = tuple[Fraction, ...]


@dataclass(frozen=True, eq=False)
class Touching:
    r"""A linear function that is nowhere below a concave one, and touches it at a point.

    Attributes
    ----------
    weights : tuple of Fraction
        The point, as weights on the corners of the family.
    value : Fraction
        Exact.
    at_corners : tuple of Fraction
        The bound that the prices prove at each corner, :math:`b_k`; at weights w it is :math:`\sum_k w_k b_k`.
    """

    weights: Weights
    value: Fraction
    at_corners: tuple[Fraction, ...]

    def bound(self, weights: Weights) -> Fraction:
        """Return what the prices prove at another point."""
        return sum((w * b for w, b in zip(weights, self.at_corners, strict=True)), Fraction(0))


@dataclass(frozen=True, eq=False)
class Tangent(Touching):
    """What is known at one point: the value there, and prices that bound it everywhere.

    Attributes
    ----------
    certificate : Certificate
        The prices, for the problem at the point.
    mechanism : Mechanism or None
        Attains the value.
    """

    certificate: Certificate
    mechanism: Mechanism | None


@dataclass(frozen=True, eq=False)
class Family:
    """The problems between corners, and the question whose value is asked.

    Attributes
    ----------
    corners : tuple of Problem
        Equal but for right-hand sides.
    question : Question
    settings : Settings
    """

    corners: tuple[Problem, ...]
    question: Question
    settings: Settings = Settings()

    def at(self, weights: Sequence[Fraction]) -> Problem:
        """Return the problem with mixed right-hand sides."""
        return mixture(self.corners, weights)

    def between(self, start: Weights, stop: Weights) -> Family:
        """Return the problems on the line between two points."""
        return replace(self, corners=(self.at(start), self.at(stop)))

    def tangent(self, weights: Weights) -> Tangent:
        """Return value and prices at a point.

        Raises
        ------
        SolverError
            If the program there was not solved exactly.
        """
        problem = self.at(weights)
        found = answer(problem.environment, problem.design, self.question, self.settings)
        if found.method != "vertex" or found.certificate is None:
            where = ", ".join(str(weight) for weight in weights)
            raise SolverError(f"the program at weights {where} is {found.status} and was not solved in exact arithmetic; use fewer types")
        bounds = tuple(
            lagrangian(replace(found.certificate, environment=corner.environment, design=corner.design)).bound() for corner in self.corners
        )
        mechanism = found.mechanism if isinstance(found.mechanism, Mechanism) else None
        tangent = Tangent(weights, found.certificate.bound, bounds, found.certificate, mechanism)
        attained = self._attained(mechanism, problem.design)
        if tangent.bound(weights) != tangent.value or attained not in (None, tangent.value):
            raise SolverError("prices and mechanism disagree about the value, so it is not proved; use fewer types")
        return tangent

    def certificate_at(self, tangent: Tangent, weights: Weights) -> Certificate:
        """Return the prices of a tangent as a certificate for the problem at another point, with what they prove there."""
        problem = self.at(weights)
        return replace(tangent.certificate, environment=problem.environment, design=problem.design, bound=tangent.bound(weights))

    def _attained(self, mechanism: Mechanism | None, design: Design) -> Fraction | None:
        """Return the value of the mechanism; None where the mechanism violates requirements, and how much is the value."""
        if mechanism is None or self.question.objective == "feasibility":
            return None
        return mechanism.revenue() if self.question.objective == "surplus" else mechanism.value(replace(design, objective=self.question.objective))


def mixture(corners: Sequence[Problem], weights: Sequence[Fraction]) -> Problem:
    """Return the problem whose right-hand sides are those of the corners, mixed."""
    first = corners[0]
    agents = tuple(_mixed_agent([corner.environment.agents[i] for corner in corners], weights) for i in range(first.environment.n_agents))
    design = replace(
        first.design,
        epsilon=_mixed([corner.design.epsilon for corner in corners], weights),
        payment_floor=_mixed_limits([corner.design.payment_floor for corner in corners], weights),
        payment_cap=_mixed_limits([corner.design.payment_cap for corner in corners], weights),
        constraints=tuple(
            replace(own, bound=_mixed([corner.design.constraints[k].bound for corner in corners], weights))
            for k, own in enumerate(first.design.constraints)
        ),
    )
    with warnings.catch_warnings():
        # Who wanted corners with more than one object in them has been told so when they were read.
        warnings.simplefilter("ignore", MechoptWarning)
        return replace(first, environment=replace(first.environment, agents=agents), design=design, expected={})


def _mixed_agent(agents: Sequence[Agent], weights: Sequence[Fraction]) -> Agent:
    outside = RationalArray.full((), 0)
    for agent, weight in zip(agents, weights, strict=True):
        outside = outside + agent.outside * weight
    return replace(agents[0], outside=outside.reduced())


def _mixed(numbers: Sequence[Fraction], weights: Sequence[Fraction]) -> Fraction:
    return sum((number * weight for number, weight in zip(numbers, weights, strict=True)), Fraction(0))


def _mixed_limits(limits: Sequence[object], weights: Sequence[Fraction]) -> dict[str, Fraction] | None:
    tables = [dict(entry) for entry in limits if isinstance(entry, dict)]
    if not tables:
        return None
    return {name: _mixed([table[name] for table in tables], weights) for name in tables[0]}


def decided_by_surplus(problem: Problem) -> bool:
    """Return whether efficiency is possible exactly if an efficient mechanism has an expected surplus of zero or more."""
    design = problem.design
    if design.participation == "none" or design.budget == "none" or design.limits_payments or design.constraints:
        return False
    return design.budget_in_expectation or plan(problem.environment, design).applies("E1")


def efficiency_family(corners: Sequence[Problem], settings: Settings | None = None) -> Family:
    """Return the family whose value is zero or more exactly where efficiency is possible.

    It is the largest expected budget surplus where that decides, else less the least total violation of the requirements.

    Raises
    ------
    DesignError
        If the design asks for no participation, or lotteries are excluded.
    """
    first = corners[0]
    if first.design.allocation == "deterministic":
        raise DesignError('design.allocation is "deterministic"; critical values need lotteries, so write "any"')
    asked = tuple(replace(corner, design=design_of_certify(corner.design)) for corner in corners)
    return Family(asked, Question("surplus" if decided_by_surplus(asked[0]) else "feasibility", True), settings or Settings())


def welfare_family(corners: Sequence[Problem], settings: Settings | None = None) -> Family:
    """Return the family whose value is the best welfare that the design admits."""
    asked = tuple(replace(corner, design=replace(corner.design, objective="welfare", weights=None)) for corner in corners)
    return Family(asked, Question("welfare", asked[0].design.allocation == "efficient"), settings or Settings())
