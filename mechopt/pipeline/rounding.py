"""Answers without an exact vertex: a rounded mechanism made exactly admissible, and repaired prices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np

from mechopt.exact.certificate import Certificate
from mechopt.exact.repair import repaired_certificate, rounded_array
from mechopt.exact.vertex import Vertex
from mechopt.mechanism.lift import lifted_to
from mechopt.mechanism.mechanism import Mechanism
from mechopt.pipeline.admissible import is_admissible
from mechopt.pipeline.answer import certificate_of, mechanism_from
from mechopt.program.assemble import Assembled, Question, assemble
from mechopt.rational import RationalArray
from mechopt.solvers.backends import backend_named
from mechopt.solvers.solution import Options, Solution

__all__ = ["rounded"]

# Fractions of the interior mechanism that are tried, from hardly any on.
_SHARES = [Fraction(0), *(Fraction(1, 2**k) for k in range(44, 9, -2))]


def rounded(assembled: Assembled, solution: Solution, vertex: Vertex | None) -> tuple[Mechanism | None, Certificate | None, bool, str]:
    """Return an exactly admissible mechanism and a valid certificate near a float solution, each None where that fails.

    A vertex that is exact on one side only still serves on that side.
    """
    mechanism = certificate = None
    if vertex is not None and vertex.primal_feasible:
        mechanism = mechanism_from(assembled, RationalArray(vertex.x_numerators, vertex.x_denominator))
    if vertex is not None and vertex.dual_feasible:
        certificate = certificate_of(assembled, vertex)
    if mechanism is None and solution.x is not None:
        mechanism = _admissible(assembled, solution)
    if certificate is None and solution.y is not None:
        certificate = repaired_certificate(assembled, solution.y)
    return mechanism, certificate, mechanism is not None, "rounding"


def _admissible(assembled: Assembled, solution: Solution) -> Mechanism | None:
    assert solution.x is not None
    nearest = _normalised(assembled, mechanism_from(assembled, rounded_array(solution.x, 50)))
    interior = None
    for share in _SHARES:
        if share and interior is None:
            interior = _interior(assembled)
            if interior is None:
                return None
        for candidate in _settled(assembled, nearest if interior is None else _mixture(nearest, interior, share)):
            if _fits(assembled, candidate):
                return candidate
    return None


def _fits(assembled: Assembled, mechanism: Mechanism) -> bool:
    question = assembled.frame.question
    design = assembled.frame.design
    if question.objective == "surplus":
        design = replace(design, budget="none")
    return is_admissible(mechanism, design, efficient=question.efficient)


def _normalised(assembled: Assembled, mechanism: Mechanism) -> Mechanism:
    """Make lotteries of rounded probabilities: none negative, the largest takes what is missing to one."""
    n_outcomes = assembled.frame.environment.n_outcomes
    table = mechanism.allocation.reshape(-1, n_outcomes)
    numerators = np.maximum(table.numerators, 0).astype(object)
    largest = numerators.argmax(axis=1)
    rows = np.arange(len(largest))
    numerators[rows, largest] += table.denominator - numerators.sum(axis=1)
    allocation = RationalArray(numerators, table.denominator).reshape(*mechanism.allocation.shape)
    return replace(mechanism, allocation=allocation)


def _settled(assembled: Assembled, mechanism: Mechanism) -> Iterator[Mechanism]:
    """Yield the mechanism with its budget put right: expected surplus shared, every profile balanced where that is free.

    Where payments stand by profile, what is missing there is shared too: as little as was rounded off.
    """
    environment, design = assembled.frame.environment, assembled.frame.design
    yield mechanism
    if assembled.frame.question.objective == "surplus" or design.budget == "none":
        return
    if assembled.frame.payments is not None and design.budget == "balanced":
        missing = mechanism.budget_surplus() * Fraction(1, environment.n_agents)
        yield replace(mechanism, payments=mechanism.payments - missing)
        return
    share = mechanism.revenue() / environment.n_agents
    payments = mechanism.payments - share if design.budget in ("balanced", "expected-balanced") else mechanism.payments
    if assembled.frame.payments is None and not design.budget_in_expectation and environment.n_agents > 1:
        payments = lifted_to(environment, mechanism.allocation, payments)
    yield replace(mechanism, payments=payments)


def _interior(assembled: Assembled) -> Mechanism | None:
    """Return a mechanism with slack in every inequality, for mixing: what rounding breaks, its slack mends."""
    frame = assembled.frame
    question = Question("interior", frame.question.efficient, frame.question.possible)
    # Incentives that may be violated at a price need no slack: the price is the objective.
    design = frame.design.without_free_incentives()
    inner = assemble(frame.environment, replace(design, budget=_budget_with_slack(assembled)), question, frame.allowed)
    solution = backend_named("highs")(inner.program, Options(method="interior-point"))
    if solution.x is None or solution.value <= 0:
        return None
    return _normalised(inner, mechanism_from(inner, rounded_array(solution.x, 50)))


def _budget_with_slack(assembled: Assembled) -> str:
    """Return the budget of mechanisms for mixing: what exceeds the design's is given back afterwards where payments are free to."""
    frame = assembled.frame
    if frame.question.objective == "surplus":
        return "none"
    given_back = {"expected-balanced": "expected-no-deficit"}
    if frame.payments is None:
        given_back["balanced"] = "no-deficit"
    return given_back.get(frame.design.budget, frame.design.budget)


def _mixture(nearest: Mechanism, interior: Mechanism, share: Fraction) -> Mechanism:
    allocation = nearest.allocation * (1 - share) + interior.allocation * share
    return replace(nearest, allocation=allocation, payments=nearest.payments * (1 - share) + interior.payments * share)
