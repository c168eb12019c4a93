"""The best mechanism for a design's objective, with its bound."""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction
from typing import Any

from mechopt.design.design import Design
from mechopt.environment.welfare import first_best, status_quo
from mechopt.exact.certificate import Certificate, Tree
from mechopt.mechanism.mechanism import Mechanism
from mechopt.mechanism.properties import check_all
from mechopt.mechanism.rules import AnyMechanism
from mechopt.pipeline.admissible import is_admissible
from mechopt.pipeline.answer import Answer, Settings, answer
from mechopt.pipeline.conflicts import conflict_of
from mechopt.pipeline.deterministic import best_deterministic
from mechopt.pipeline.ray import ray_of
from mechopt.pipeline.statistics import statistics
from mechopt.problem import Problem
from mechopt.program.assemble import Question
from mechopt.result import Number, Proof, Result

__all__ = ["environment_numbers", "mechanism_numbers", "solve_problem"]


def solve_problem(problem: Problem, settings: Settings) -> Result:
    """Return the best mechanism for the problem's objective. See `mechopt.pipeline.questions.solve`."""
    start = time.perf_counter()
    design = problem.design
    question = Question(design.objective, design.allocation == "efficient")
    if design.allocation == "deterministic":
        found, certificate = best_deterministic(problem.environment, design, question, settings)
    else:
        found = answer(problem.environment, design, question, settings)
        certificate = found.certificate
    if found.status == "infeasible":
        return _infeasible(problem, found, certificate, settings, start)
    if found.status == "unbounded":
        return _unbounded(problem, found, settings, start)
    if _admissible(found, problem) is None and found.assembled is not None:
        return _unconfirmed(problem, certificate, settings, start)
    return _optimal(problem, found, certificate, start)


def _admissible(found: Answer, problem: Problem) -> AnyMechanism | None:
    mechanism = found.mechanism
    return mechanism if mechanism is not None and is_admissible(mechanism, problem.design) else None


def _unconfirmed(problem: Problem, certificate: Certificate | Tree | None, settings: Settings, start: float) -> Result:
    """Answer where the solver's optimum is no mechanism exactly: the least violation tells whether there is any at all.

    Prices near float ones cannot tell one that is smaller than what a solver takes for nothing; those of an exact vertex do.
    """
    for exact in sorted({settings.exact, True}):
        relaxed = least_violation(problem, replace(settings, exact=exact))
        if relaxed.certificate is not None and relaxed.certificate.bound < 0:
            return _infeasible(problem, relaxed, relaxed.certificate, settings, start)
        if _admissible(relaxed, problem) is not None:
            break
    return _optimal(problem, relaxed, certificate, start)


def _optimal(problem: Problem, found: Answer, certificate: Certificate | Tree | None, start: float) -> Result:
    mechanism = _admissible(found, problem)
    value = None if mechanism is None else mechanism.value(problem.design)
    return Result(
        question="solve",
        problem=problem,
        status=None if value is None and certificate is None else "optimal",
        value=None if value is None else Number.of(value),
        proof=_proof(problem, value, certificate),
        certificate=certificate,
        mechanism=mechanism,
        statistics=statistics(problem, found, start),
        **mechanism_numbers(mechanism, problem.design),
        **environment_numbers(problem),
    )


def _proof(problem: Problem, value: Fraction | None, certificate: Certificate | Tree | None) -> Proof:
    if certificate is None:
        return Proof("none" if value is None else "feasible")
    bound = -certificate.bound if problem.design.minimised else certificate.bound
    if value is None:
        return Proof("bounded", Number.of(bound))
    gap = value - bound if problem.design.minimised else bound - value
    return Proof("optimal" if gap == 0 else "bounded", Number.of(bound), gap)


def _infeasible(problem: Problem, found: Answer, certificate: Certificate | Tree | None, settings: Settings, start: float) -> Result:
    """Return the proof of infeasibility: the solver's word is not enough, the prices of the least violation are."""
    relaxed = found
    if certificate is None:
        relaxed = least_violation(problem, settings)
        certificate = relaxed.certificate
        if certificate is None or certificate.bound >= 0:
            # The solver was wrong, or too coarse to tell: what the relaxed program found stands for itself.
            return _optimal(problem, relaxed, None, start)
    return Result(
        question="solve",
        problem=problem,
        status="infeasible",
        proof=Proof("infeasible", Number.of(certificate.bound)),
        conflict=conflict_of(problem, relaxed, settings, efficient=False),
        certificate=certificate,
        statistics=statistics(problem, relaxed, start),
        **environment_numbers(problem),
    )


def _unbounded(problem: Problem, found: Answer, settings: Settings, start: float) -> Result:
    """No bound exists, which payments without end prove if some mechanism is admissible."""
    mechanism = _admissible(found, problem) or _admissible(least_violation(problem, settings), problem)
    ray = ray_of(problem, settings) if isinstance(mechanism, Mechanism) else None
    return Result(
        question="solve",
        problem=problem,
        status="unbounded",
        value=None if mechanism is None else Number.of(mechanism.value(problem.design)),
        proof=Proof("none" if mechanism is None else "feasible", ray=ray),
        mechanism=mechanism,
        statistics=statistics(problem, found, start),
        **mechanism_numbers(mechanism, problem.design),
        **environment_numbers(problem),
    )


def least_violation(problem: Problem, settings: Settings) -> Answer:
    """Answer by how much the requirements must give way; incentives that may be violated freely are none."""
    design = problem.design.without_free_incentives()
    return answer(problem.environment, design, Question("feasibility", design.allocation == "efficient"), settings)


def environment_numbers(problem: Problem) -> dict[str, Any]:
    """Return first best, status quo and first-best gains of a problem's environment."""
    best, stay = first_best(problem.environment), status_quo(problem.environment)
    return {"first_best": Number.of(best), "status_quo": Number.of(stay), "first_best_gains": Number.of(best - stay)}


def mechanism_numbers(mechanism: AnyMechanism | None, design: Design) -> dict[str, Any]:
    """Return welfare, gains, revenue and checks of a mechanism."""
    if mechanism is None:
        return {}
    welfare = mechanism.welfare()
    return {
        "welfare": Number.of(welfare),
        "gains": Number.of(welfare - status_quo(mechanism.environment)),
        "revenue": Number.of(mechanism.revenue()),
        "checks": check_all(mechanism, design),
    }
