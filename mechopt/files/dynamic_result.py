"""Results about dynamic problems as JSON (docs/certificates.md)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from mechopt.dynamic.mechanism import StationaryMechanism
from mechopt.dynamic.pivot import Pivot
from mechopt.dynamic.result import DynamicResult
from mechopt.files.normal_form import digest, normalise
from mechopt.files.problem_file import RESULT_FORMAT
from mechopt.files.result_file import plain
from mechopt.files.saved_result import VERSION
from mechopt.mechanism.properties import Verdict
from mechopt.rational import to_text
from mechopt.result import Number

__all__ = ["dynamic_table", "result_to_dict"]


def result_to_dict(result: DynamicResult) -> dict[str, Any]:
    """Return a result in the form of docs/certificates.md: dictionaries, lists, strings and floats."""
    normal = normalise(result.problem)
    gap = result.proof.gap
    return {
        "format": RESULT_FORMAT,
        "version": VERSION,
        "question": result.question,
        "problem": normal,
        "digest": digest(normal),
        "status": result.status,
        "answer": result.answer,
        "value": plain(result.value),
        "budget_surplus": plain(result.budget_surplus),
        "welfare": plain(result.welfare),
        "first_best": plain(result.first_best),
        "status_quo": plain(Number.of(Fraction(0))),
        "gains": plain(result.welfare),
        "first_best_gains": plain(result.first_best),
        "revenue": plain(result.revenue),
        "proof": {
            "grade": result.proof.grade,
            "bound": plain(result.proof.bound),
            "gap": None if gap is None else to_text(gap),
            "surplus": _surplus(result),
        },
        "checks": [_check(verdict) for verdict in result.checks],
        "certificate": None if result.certificate is None else result.certificate.to_dict(),
        "mechanism": _mechanism(result.mechanism),
        "statistics": plain(result.statistics),
        "conflict": [],
        "dynamic": dynamic_table(result),
        "values": _values(result),
    }


def _check(verdict: Verdict) -> dict[str, Any]:
    return {"property": verdict.property, "holds": verdict.holds, "margin": plain(Number.of(verdict.margin)), "witness": plain(verdict.witness)}


def _surplus(result: DynamicResult) -> dict[str, Any] | None:
    if result.surplus is None:
        return None
    certificate = result.surplus.certificate
    own: Any = None if certificate is None else certificate.to_dict()
    if certificate is not None and certificate is result.certificate:
        own = "answer"
    return {"certificate": own, "mechanism": _mechanism(result.surplus.mechanism)}


def _mechanism(mechanism: StationaryMechanism | None) -> dict[str, Any] | None:
    """Return the stationary form: an entry per profile, in profile order."""
    if mechanism is None:
        return None
    names = [agent.name for agent in mechanism.environment.agents]
    return {
        "form": "stationary",
        "policy": mechanism.policy.texts(),
        "payments": mechanism.payments.moveaxis(0, 1).texts(),
        "fees": {name: to_text(fee) for name, fee in zip(names, mechanism.fees, strict=True)},
        "payoffs": mechanism.payoffs.moveaxis(0, 1).texts(),
        "welfare": mechanism.welfare_from.texts(),
    }


def dynamic_table(result: DynamicResult) -> dict[str, Any]:
    """Return the table ``dynamic`` of a result: what is known about the pivot mechanism and the chain."""
    analysis, names = result.analysis, [agent.name for agent in result.problem.environment.agents]
    sides = analysis.condition
    discount = result.problem.environment.discount
    per_period = sides.deficit.exact
    return {
        "efficient_value": plain(sides.efficient_value),
        "pivot_deficit": plain(sides.deficit),
        "deficit_per_period": plain(Number(sides.deficit.float * float(1 - discount), None if per_period is None else per_period * (1 - discount))),
        "fees": {name: plain(fee) for name, fee in zip(names, sides.fees, strict=True)},
        "largest_fees": {name: plain(fee) for name, fee in zip(names, sides.largest_fees, strict=True)},
        "condition_holds": sides.holds,
        "pivot_voluntary": analysis.pivot.voluntary,
        "slack": plain(sides.slack),
        "slack_error": sides.error,
        "critical_discounts": [plain(number) for number in analysis.critical.discounts],
        "critical_discounts_complete": analysis.critical.complete,
        "interim_condition_holds": analysis.interim_holds,
        "interim_slack": plain(analysis.interim_slack),
        "interim_worst": plain(analysis.interim_worst),
        "irreducible": analysis.chain.irreducible,
        "aperiodic": analysis.chain.aperiodic,
        "second_eigenvalue": analysis.chain.second_eigenvalue,
        "idle_types": None if analysis.idle is None else dict(zip(names, analysis.idle, strict=True)),
        "any_mechanism": result.answer,
    }


def _values(result: DynamicResult) -> dict[str, Any] | None:
    """Return W and W_-i, which Bellman's equations identify; null where they are not exact."""
    found = result.analysis.pivot
    if not isinstance(found, Pivot):
        return None
    names = [agent.name for agent in result.problem.environment.agents]
    without = {name: other.value.texts() for name, other in zip(names, found.others, strict=True)}
    return {"efficient": found.efficient.value.texts(), "without": without}
