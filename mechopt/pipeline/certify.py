"""Is efficiency possible? The surplus program, its elastic forms elsewhere, and the proof."""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction
from typing import Literal

from mechopt.design.design import Design
from mechopt.errors import SolverError
from mechopt.exact.certificate import Certificate, Tree
from mechopt.mechanism.lift import lifted_to
from mechopt.mechanism.properties import check
from mechopt.mechanism.rules import AnyMechanism, RulesMechanism, balances_profiles
from mechopt.pipeline.admissible import is_admissible
from mechopt.pipeline.answer import Answer, Settings, answer
from mechopt.pipeline.conflicts import conflict_of
from mechopt.pipeline.deterministic import admissible_deterministic
from mechopt.pipeline.longest_paths import greatest_surplus
from mechopt.pipeline.solve import environment_numbers, mechanism_numbers
from mechopt.pipeline.statistics import statistics
from mechopt.problem import Problem
from mechopt.program.assemble import Question
from mechopt.program.reductions import plan
from mechopt.result import Number, Proof, Result, SurplusProof

__all__ = ["budget_surplus_of", "certify_problem", "design_of_certify"]


def certify_problem(problem: Problem, settings: Settings) -> Result:
    """Decide whether an efficient mechanism is possible. See `mechopt.pipeline.questions.certify`."""
    start = time.perf_counter()
    given, problem = problem, replace(problem, design=design_of_certify(problem.design))
    surplus = _surplus(problem, settings)
    decided = _by_surplus(problem, surplus, settings) if surplus is not None else None
    others: tuple[Answer, ...] = () if surplus is None else (surplus,)
    if decided is None:
        decided, elastic = _by_elastic_programs(problem, surplus, settings)
        found, others = elastic[-1], (*others, *elastic[:-1])
    else:
        assert surplus is not None
        found, others = surplus, ()
    answered, mechanism, certificate = decided
    if given.design.allocation == "deterministic" and mechanism is not None and not check(mechanism, "deterministic").holds:
        answered, mechanism, certificate = _without_lotteries(problem, settings)
    return Result(
        question="certify",
        problem=given,
        answer=answered,
        budget_surplus=_largest_surplus(surplus),
        proof=_proof(answered, mechanism, certificate, surplus),
        certificate=certificate,
        mechanism=mechanism,
        conflict=conflict_of(given, found, settings, efficient=True) if answered == "impossible" else (),
        statistics=statistics(problem, found, start, others),
        **mechanism_numbers(mechanism, problem.design),
        **environment_numbers(problem),
    )


def budget_surplus_of(problem: Problem, settings: Settings) -> Number | None:
    """Return the `budget_surplus` of the answer, without the answer: no decision, no conflict, no numbers of a mechanism."""
    return _largest_surplus(_surplus(replace(problem, design=design_of_certify(problem.design)), settings))


Decision = tuple[Literal["possible", "impossible"], AnyMechanism | None, Certificate | Tree | None]


def design_of_certify(design: Design) -> Design:
    """Return the requirements that the question is about: efficiency decides the allocation, no objective plays a part."""
    objective = "welfare" if design.objective in ("epsilon", "weighted") else design.objective
    return replace(design, allocation="any", objective=objective, weights=None)


def _without_lotteries(problem: Problem, settings: Settings) -> Decision:
    """Decide among deterministic mechanisms, where ties leave a choice between efficient outcomes."""
    mechanism, proof = admissible_deterministic(problem.environment, problem.design, settings, efficient=True)
    if mechanism is not None:
        return "possible", mechanism, None
    if proof is None or proof.objective != "feasibility" or proof.bound >= 0:
        raise SolverError("the search for a deterministic efficient mechanism ended without an answer; allow lotteries or use fewer types")
    return "impossible", None, proof


def _surplus(problem: Problem, settings: Settings) -> Answer | None:
    """Answer how much an efficient mechanism leaves at most; None where nobody may stay out, and so everything may be taken."""
    if problem.design.participation == "none":
        return None
    unlimited = replace(problem.design, payment_floor=None, payment_cap=None, constraints=())
    return greatest_surplus(problem.environment, unlimited, settings)


def _exact_surplus(surplus: Answer | None) -> Fraction | None:
    """Return the largest surplus if a mechanism attains what the certificate allows."""
    if surplus is None or surplus.mechanism is None or surplus.certificate is None or not surplus.primal:
        return None
    value = surplus.mechanism.revenue()
    return value if value == surplus.certificate.bound else None


def _largest_surplus(surplus: Answer | None) -> Number | None:
    if surplus is None or surplus.status == "infeasible":
        return None
    exact = _exact_surplus(surplus)
    if exact is not None:
        return Number.of(exact)
    if surplus.certificate is not None:
        return Number(float(surplus.certificate.bound))
    return None if surplus.mechanism is None else Number(float(surplus.mechanism.revenue()))


def _by_surplus(problem: Problem, surplus: Answer, settings: Settings) -> Decision | None:
    """Decide from the largest expected surplus alone, where it decides."""
    design = problem.design
    if surplus.status == "infeasible":
        return None
    bound = None if surplus.certificate is None else surplus.certificate.bound
    if design.budget != "none" and bound is not None and bound < 0:
        return "impossible", None, surplus.certificate
    if surplus.mechanism is None:
        return None
    candidate = surplus.mechanism
    if not is_admissible(candidate, design, efficient=True):
        candidate = _rebated(problem, candidate, settings)
    return ("possible", candidate, None) if is_admissible(candidate, design, efficient=True) else None


def _rebated(problem: Problem, mechanism: AnyMechanism, settings: Settings) -> AnyMechanism:
    """Share the expected surplus equally, and, where only expected payments matter, balance every profile."""
    environment, design = problem.environment, problem.design
    share = mechanism.revenue() / environment.n_agents if design.budget in ("balanced", "expected-balanced") else Fraction(0)
    if isinstance(mechanism, RulesMechanism):
        lower = tuple(table - share for table in mechanism.payments_given_type)
        return replace(mechanism, payments_given_type=lower, balanced=balances_profiles(environment, design))
    lowered = mechanism.payments - share
    if not plan(environment, design, settings.reductions).applies("E1") or design.budget_in_expectation:
        return replace(mechanism, payments=lowered)
    return replace(mechanism, payments=lifted_to(environment, mechanism.allocation, lowered))


def _by_elastic_programs(problem: Problem, surplus: Answer | None, settings: Settings) -> tuple[Decision, list[Answer]]:
    """Decide by programs that are always feasible: the least subsidy, then the least violation."""
    tried: list[Answer] = []
    hopeless = surplus is not None and surplus.status == "infeasible"
    kinds = ["feasibility"] if hopeless or problem.design.budget == "none" else ["subsidy", "feasibility"]
    for kind in kinds:
        found = answer(problem.environment, problem.design, Question(kind, True), settings)
        tried.append(found)
        if found.certificate is not None and found.certificate.bound < 0:
            return ("impossible", None, found.certificate), tried
        if found.mechanism is not None and is_admissible(found.mechanism, problem.design, efficient=True):
            return ("possible", found.mechanism, None), tried
    raise SolverError("neither a mechanism nor a proof of impossibility was found in exact arithmetic; use fewer types")


def _proof(answered: str, mechanism: AnyMechanism | None, certificate: Certificate | Tree | None, surplus: Answer | None) -> Proof:
    exact = _exact_surplus(surplus)
    by_surplus = certificate is not None and certificate.objective == "surplus"
    both = None
    if surplus is not None and (surplus.certificate is not None or surplus.mechanism is not None):
        attained = exact is not None and mechanism is not None and mechanism.revenue() == exact
        both = SurplusProof(
            None if by_surplus else surplus.certificate,
            surplus.mechanism if exact is not None and not attained else None,
            by_surplus,
            attained,
        )
    if exact is not None and (answered == "possible" or by_surplus):
        return Proof("optimal", Number.of(exact), Fraction(0), both)
    if answered == "impossible":
        return Proof("infeasible", None if certificate is None else Number.of(certificate.bound), None, both)
    return Proof("feasible", None, None, both)
