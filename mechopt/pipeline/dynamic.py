"""Questions about dynamic problems: the pivot mechanism's budget, and what else there is."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal

from mechopt.dynamic.budget import condition
from mechopt.dynamic.checks import check_all
from mechopt.dynamic.critical import critical_discounts
from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.idle import idle_types
from mechopt.dynamic.interim import interim
from mechopt.dynamic.mechanism import StationaryMechanism, pivot_with_fees
from mechopt.dynamic.pivot import Pivot, pivot_of
from mechopt.dynamic.prices import DynamicCertificate
from mechopt.dynamic.problem import DynamicProblem
from mechopt.dynamic.process import chain_of
from mechopt.dynamic.result import DynamicAnalysis, DynamicResult, Proved
from mechopt.errors import SolverError
from mechopt.pipeline.answer import Settings
from mechopt.pipeline.dynamic_programs import Watch, largest_surplus, second_best
from mechopt.result import Number, Proof

__all__ = ["analyse", "certify_dynamic", "solve_dynamic"]


def analyse(environment: DynamicEnvironment) -> DynamicAnalysis:
    """Return what is known about the dynamic pivot mechanism, exactly where the state space is small."""
    found = pivot_of(environment)
    sides = condition(found)
    return DynamicAnalysis(
        condition=sides,
        interim=interim(found, sides),
        critical=critical_discounts(environment),
        chain=chain_of(environment, found.kernels, isinstance(found, Pivot)),
        voluntary=found.voluntary,
        truthful=environment.truthful_pivot,
        idle=idle_types(environment),
        pivot=found,
    )


def certify_dynamic(problem: DynamicProblem, settings: Settings) -> DynamicResult:
    """Decide whether an efficient mechanism balances: the dynamic pivot mechanism with fees, or any other with stationary payments."""
    watch = Watch()
    settings.tell("solving for the efficient policy")
    with watch.stage("build"):
        analysis = analyse(problem.environment)
    found = largest_surplus(analysis.pivot, settings, watch) if isinstance(analysis.pivot, Pivot) else None
    bound = None if found is None or found.certificate is None else found.certificate.bound
    attained = None if found is None or found.mechanism is None else found.mechanism.surplus()
    mechanism, answer = _balanced(analysis, found), _answer(analysis, attained, bound)
    exact = bound is not None and bound == attained
    proof = Proof("optimal", Number.of(bound), Fraction(0)) if exact and bound is not None else _weaker(answer, bound)
    return DynamicResult(
        "certify",
        problem,
        analysis,
        proof,
        answer=answer,
        budget_surplus=Number.of(bound) if exact and bound is not None else None,
        welfare=analysis.condition.efficient_value if answer == "possible" else None,
        revenue=None if mechanism is None else Number.of(mechanism.surplus()),
        checks=() if mechanism is None else check_all(mechanism),
        certificate=found.certificate if found is not None and answer == "impossible" else None,
        surplus=found,
        mechanism=mechanism,
        statistics=_statistics(problem, found, watch),
    )


def _answer(analysis: DynamicAnalysis, attained: Fraction | None, bound: Fraction | None) -> Literal["possible", "impossible"] | None:
    if analysis.pivot_balances or (attained is not None and attained >= 0):
        return "possible"
    return "impossible" if bound is not None and bound < 0 else None


def _weaker(answer: str | None, bound: Fraction | None) -> Proof:
    """Return the proof of an answer whose largest surplus is not known exactly."""
    if answer == "impossible" and bound is not None:
        return Proof("infeasible", Number.of(bound))
    return Proof("feasible" if answer == "possible" else "none")


def _balanced(analysis: DynamicAnalysis, found: Proved | None) -> StationaryMechanism | None:
    """Return a mechanism that balances: the pivot mechanism where its fees suffice, else the one of the largest surplus, which is handed back."""
    if analysis.pivot_balances:
        return pivot_with_fees(analysis.pivot, analysis.condition) if isinstance(analysis.pivot, Pivot) else None
    if found is None or found.mechanism is None or found.mechanism.surplus() < 0:
        return None
    return found.mechanism.balanced()


def _statistics(problem: DynamicProblem, found: Proved | None, watch: Watch) -> dict[str, Any]:
    """Return what ran: no reductions apply, and without a program there are no rows and columns."""
    sizes = {"rows": None, "columns": None} if found is None else {"rows": found.n_rows, "columns": found.n_columns}
    profiles = problem.environment.n_states
    return {"formulation": "stationary", "reductions": [], "profiles": profiles, **sizes, "seconds": watch.seconds}


def solve_dynamic(problem: DynamicProblem, settings: Settings) -> DynamicResult:
    """Return the mechanism with stationary payments and fees that balances with the largest welfare, where actions do not move types.

    Examples
    --------
    Whatever is done costs Ann 2 and brings Bob 1, every other period counting half as much: 2 are missing to keep both.

    >>> from mechopt.dynamic.environment import DynamicAgent
    >>> from mechopt.rational import RationalArray
    >>> stay = RationalArray.of([[[1]]])
    >>> agents = (DynamicAgent(name, ("one",), RationalArray.of([[worth]]), (Fraction(1),), stay) for name, worth in (("Ann", -2), ("Bob", 1)))
    >>> found = solve_dynamic(DynamicProblem(DynamicEnvironment(tuple(agents), ("work",), Fraction(1, 2))), Settings())
    >>> found.status, str(found.proof.bound)
    ('infeasible', '-2')
    """
    watch, environment = Watch(), problem.environment
    found = second_best(environment, settings, watch)
    settings.tell("solving for the efficient policy")
    with watch.stage("build"):
        analysis = analyse(environment)
    if found is None:
        raise SolverError(f"{settings.backend} found no basis that could be proved optimal")
    if found.mechanism is None:
        return _infeasible(problem, analysis, found, watch)
    value = found.mechanism.welfare()
    return DynamicResult(
        "solve",
        problem,
        analysis,
        _proof_of_value(value, found.certificate),
        status="optimal",
        value=Number.of(value),
        welfare=Number.of(value),
        revenue=Number.of(found.mechanism.surplus()),
        checks=check_all(found.mechanism),
        certificate=found.certificate,
        mechanism=found.mechanism,
        statistics=_statistics(problem, found, watch),
    )


def _proof_of_value(value: Fraction, certificate: DynamicCertificate | None) -> Proof:
    if certificate is None:
        return Proof("feasible")
    return Proof("optimal" if certificate.bound == value else "bounded", Number.of(certificate.bound), certificate.bound - value)


def _infeasible(problem: DynamicProblem, analysis: DynamicAnalysis, found: Proved, watch: Watch) -> DynamicResult:
    assert found.certificate is not None
    return DynamicResult(
        "solve",
        problem,
        analysis,
        Proof("infeasible", Number.of(found.certificate.bound)),
        status="infeasible",
        certificate=found.certificate,
        statistics=_statistics(problem, found, watch),
    )
