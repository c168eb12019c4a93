"""What a result says, in sentences. "Impossible" and "optimal" stand here only behind a proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mechopt.design.design import Design
from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.result import DynamicResult
from mechopt.environment.environment import Environment
from mechopt.mechanism.properties import Verdict
from mechopt.rational import counted
from mechopt.report.dynamic import dynamic_headline, dynamic_proof, dynamic_scope
from mechopt.report.numbers import brief, fraction, percent, population, shown
from mechopt.result import Number, Result

__all__ = ["PROPERTY_WORDS", "AnyResult", "headline", "proof_sentence", "requirements", "rules_phrase", "scope", "together", "witness_sentence"]

AnyResult = Result | DynamicResult
"""An answer to any question about any problem, fresh or from a file."""

PROPERTY_WORDS = {
    "bic": "Bayesian incentive compatible",
    "dsic": "dominant-strategy incentive compatible",
    "epic": "ex post incentive compatible",
    "interim-ir": "interim individually rational",
    "ex-post-ir": "ex post individually rational",
    "ex-ante-ir": "ex ante individually rational",
    "balanced": "budget-balanced",
    "no-deficit": "free of deficits",
    "expected-balanced": "budget-balanced in expectation",
    "expected-no-deficit": "free of deficits in expectation",
    "efficient": "efficient",
    "deterministic": "deterministic",
}
_OBJECTIVE_WORDS = {
    "welfare": "welfare",
    "revenue": "revenue",
    "gains": "gains over the status quo",
    "payoff": "expected payoff of the agents",
    "weighted": "weighted payoff",
    "worst-case": "guaranteed share of the first best",
    "epsilon": "violation of incentives",
}


def scope(environment: Environment | DynamicEnvironment) -> str:
    """Return what a verdict is about: this finite environment, not a distribution or process behind it.

    Examples
    --------
    >>> from mechopt.environment.builders import bilateral_trade
    >>> from mechopt.environment.grids import uniform
    >>> scope(bilateral_trade(uniform(0, 1, 6), uniform(0, 1, 6)))
    'in this environment of 2 agents with 6 types each'
    """
    if isinstance(environment, DynamicEnvironment):
        return dynamic_scope(environment)
    return f"in this environment of {population(environment.n_types)}"


def together(names: Sequence[str]) -> str:
    """Return the names of agents who are alike, of many the first.

    Examples
    --------
    >>> together(["Ann", "Bob"]), together([f"buyer {k}" for k in range(1, 1001)])
    ('Ann, Bob', 'buyer 1 and 999 alike')
    """
    return ", ".join(names) if len(names) <= 3 else f"{names[0]} and {counted(len(names) - 1)} alike"


def rules_phrase(n_rules: int) -> str:
    """Return what a mechanism without tables is.

    Examples
    --------
    >>> rules_phrase(1)
    'a rule that chooses by scores, with interim payments'
    >>> rules_phrase(3)
    'a lottery over 3 rules that choose by scores, with interim payments'
    """
    rules = "a rule that chooses" if n_rules == 1 else f"a lottery over {n_rules:,} rules that choose"
    return f"{rules} by scores, with interim payments"


def requirements(design: Design, *, efficient: bool) -> str:
    """Return what a design asks for, as a list of adjectives."""
    asked = [design.incentive, design.participation, design.budget, "efficient" if efficient else design.allocation]
    words = [PROPERTY_WORDS[name] for name in ("efficient", *PROPERTY_WORDS) if name in asked]
    words = list(dict.fromkeys(words))
    if efficient and design.allocation == "deterministic":
        words.append(PROPERTY_WORDS["deterministic"])
    if design.epsilon and design.incentive != "none":
        words = [f"{word} up to {fraction(design.epsilon)}" if word == PROPERTY_WORDS[design.incentive] else word for word in words]
    if design.payment_floor or design.payment_cap:
        words.append("within the limits on payments")
    words += [f'in line with the constraint "{constraint.name}"' for constraint in design.constraints]
    return ", ".join(words[:-1]) + (" and " if len(words) > 1 else "") + words[-1] if words else "feasible"


def headline(result: AnyResult) -> str:
    """Return the answer in one sentence."""
    if isinstance(result, DynamicResult):
        return dynamic_headline(result)
    return _certified(result) if result.question == "certify" else _solved(result)


def _certified(result: Result) -> str:
    where, asked = scope(result.problem.environment), requirements(result.problem.design, efficient=True)
    if result.answer == "impossible" and result.proof.grade in ("infeasible", "optimal"):
        return f"impossible: {where} no mechanism is {asked}{_least_subsidy(result)}"
    if result.answer == "possible" and result.proof.grade in ("feasible", "optimal"):
        return f"possible: {where} a mechanism is {asked}{_largest_surplus(result)}"
    return f"undecided: {where} neither a mechanism that is {asked} nor a proof that there is none was found"


def _largest_surplus(result: Result) -> str:
    surplus = result.budget_surplus
    if surplus is None or surplus.exact is None:
        return ""
    return f"; the largest expected budget surplus of an efficient mechanism with these incentives and participation is {shown(surplus)}"


def _least_subsidy(result: Result) -> str:
    """Return what it would take: only what prices, or prices and a mechanism, prove.

    The largest surplus sets limits on payments, constraints and the ban on lotteries aside; with them it may take more.
    """
    surplus, objective = result.budget_surplus, None if result.certificate is None else result.certificate.objective
    if surplus is not None and surplus.exact is not None and surplus.exact < 0:
        needed, design = shown(Number.of(-surplus.exact)), result.problem.design
        limited = design.payment_floor or design.payment_cap or design.constraints or design.allocation == "deterministic"
        return f"; an expected subsidy of at least {needed} is needed" if limited else f"; the least expected subsidy is {needed}"
    if objective in ("surplus", "subsidy") and result.proof.bound is not None and result.proof.bound.exact is not None:
        return f"; an outside subsidy of at least {shown(Number.of(-result.proof.bound.exact))} in expectation is needed"
    if surplus is not None and surplus.exact is not None and result.problem.design.budget != "none":
        return f"; the incentives and participation alone would allow an expected budget surplus of {shown(surplus)}"
    return ""


def _solved(result: Result) -> str:
    design, grade = result.problem.design, result.proof.grade
    where, asked = scope(result.problem.environment), requirements(design, efficient=design.allocation == "efficient")
    if result.status == "infeasible":
        if grade == "infeasible":
            return f"impossible: {where} no mechanism is {asked}"
        return f"undecided: the solver found no mechanism that is {asked}, but there is no proof that there is none"
    what = _OBJECTIVE_WORDS[design.objective]
    if result.status == "unbounded":
        if result.proof.ray is None:
            return f"no bound: the solver reports that the {what} can be raised without limit; nothing proves it"
        return f"no bound: the {what} can be raised without limit (proved), since payments can be added any number of times"
    if result.value is None:
        return f"undecided: no mechanism that is {asked} was found in exact arithmetic{_bound(result)}"
    share = _share(result)
    if grade == "optimal":
        return f"{'least' if design.minimised else 'best'} {what} {shown(result.value)} (optimal, proved){share}"
    return f"{what} {shown(result.value)}{share}{_bound(result)}"


def _bound(result: Result) -> str:
    bound, design = result.proof.bound, result.problem.design
    if bound is None:
        return "; nothing is proved about better ones"
    gap = f", a gap of {shown(Number.of(result.proof.gap))}" if result.proof.gap is not None else ""
    return f"; proved: {'at least' if design.minimised else 'at most'} {shown(bound)} is possible{gap}"


def _share(result: Result) -> str:
    """Return the value relative to the first best, where that means something."""
    objective, value = result.problem.design.objective, result.value
    if value is None or objective in ("worst-case", "epsilon", "weighted"):
        return ""
    whole, name = (result.first_best, "first best") if objective == "welfare" else (result.first_best_gains, "first-best gains")
    share = percent(value, whole)
    return f", {share} of the {name}" if share is not None else ""


def proof_sentence(result: AnyResult) -> str:
    """Return how well the answer is proved."""
    if isinstance(result, DynamicResult):
        return dynamic_proof(result)
    proof = result.proof
    bound = f" (bound {shown(proof.bound)})" if proof.bound is not None else ""
    if result.answer == "impossible" and proof.grade == "optimal":
        return f"prices prove that no efficient mechanism leaves a larger surplus, and a mechanism attains it{bound}, gap 0"
    if proof.grade == "infeasible":
        return f"infeasible: the prices of the certificate rule every such mechanism out{bound}"
    if result.question == "certify":
        if proof.grade == "optimal":
            return f"the mechanism itself; prices prove that no efficient one leaves a larger surplus{bound}, gap 0"
        return "the mechanism itself, checked in exact arithmetic" if proof.grade == "feasible" else "none"
    if proof.grade == "optimal":
        return f"optimal: prices prove a bound, and the mechanism attains it{bound}, gap 0"
    if proof.grade == "bounded":
        gap = brief(proof.gap) if proof.gap is not None else "unknown"
        return f"bounded: prices prove a bound that the mechanism does not attain{bound}, gap {gap}"
    if proof.grade == "feasible":
        why = "nothing bounds it" if proof.ray is None else "and payments that can be added without end prove that nothing bounds it"
        return f"feasible: the mechanism is checked in exact arithmetic, {why}"
    return f"none{bound}"


def witness_sentence(verdict: Verdict) -> str:
    """Return the case that decides a property that fails.

    Examples
    --------
    >>> from fractions import Fraction
    >>> witness_sentence(Verdict("bic", Fraction(-1, 4), {"agent": "Ann", "true_type": "low", "reported_type": "high"}))
    'Ann of type low gains 1/4 by reporting high'
    """
    if verdict.holds:
        return ""
    case, size = verdict.witness or {}, fraction(-verdict.margin)
    if verdict.property in ("bic", "dsic", "epic"):
        others = case.get("others")
        against = f" when {_named(others)}" if others else ""
        return f"{case.get('agent')} of type {case.get('true_type')} gains {size} by reporting {case.get('reported_type')}{against}"
    if verdict.property.endswith("-ir"):
        return f"{case.get('agent')}{_stage(case)} would gain {size} by staying out"
    at = f" at {_listed(case['profile'])}" if "profile" in case else ""
    return {
        "balanced": f"payments and cost differ by {size}{at}",
        "no-deficit": f"deficit of {size}{at}",
        "expected-balanced": f"payments and cost differ by {size} in expectation",
        "expected-no-deficit": f"deficit of {size} in expectation",
        "efficient": f"{size} of the surplus is lost{at}",
        "deterministic": f"a lottery is drawn{at}",
    }.get(verdict.property, f"fails by {size}{at}")


def _stage(case: Mapping[str, Any]) -> str:
    if "type" in case:
        return f" of type {case['type']}"
    return f" at {_listed(case['profile'])}" if "profile" in case else ""


def _named(others: Any) -> str:
    return ", ".join(f"{agent} is {kind}" for agent, kind in others.items()) if isinstance(others, Mapping) else str(others)


def _listed(profile: Any) -> str:
    return "(" + ", ".join(map(str, profile)) + ")" if isinstance(profile, (list, tuple)) else str(profile)
