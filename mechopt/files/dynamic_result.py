"""Results about dynamic problems as JSON (docs/certificates.md)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from mechopt.dynamic.mechanism import StationaryMechanism
from mechopt.dynamic.pivot import Pivot
from mechopt.dynamic.result import DynamicResult
from mechopt.files.result_file import common_entries, plain
from mechopt.rational import to_text
from mechopt.result import Number

__all__ = ["dynamic_table", "result_to_dict"]


def result_to_dict(result: DynamicResult) -> dict[str, Any]:
    """Return a result in the form of docs/certificates.md: dictionaries, lists, strings and floats."""
    entries = common_entries(result, _mechanism(result.mechanism), _surplus(result))
    return entries | {"dynamic": dynamic_table(result), "values": _values(result)}


def _surplus(result: DynamicResult) -> dict[str, Any] | None:
    if result.surplus is None:
        return None
    certificate, mechanism = result.surplus.certificate, _mechanism(result.surplus.mechanism)
    if certificate is not None and certificate is result.certificate:
        return {"certificate": "answer", "mechanism": mechanism}
    return {"certificate": None if certificate is None else certificate.to_dict(), "mechanism": mechanism}


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


def _times(number: Number, factor: Fraction) -> Number:
    return Number(number.float * float(factor)) if number.exact is None else Number.of(number.exact * factor)


def dynamic_table(result: DynamicResult) -> dict[str, Any]:
    """Return the table ``dynamic`` of a result: what is known about the pivot mechanism and the chain."""
    analysis, names = result.analysis, [agent.name for agent in result.problem.environment.agents]
    sides, again = analysis.condition, analysis.interim
    discount = result.problem.environment.discount
    return {
        "efficient_value": plain(sides.efficient_value),
        "pivot_deficit": plain(sides.deficit),
        "deficit_per_period": plain(_times(sides.deficit, 1 - discount)),
        "fees": {name: plain(fee) for name, fee in zip(names, sides.fees, strict=True)},
        "largest_fees": {name: plain(fee) for name, fee in zip(names, sides.largest_fees, strict=True)},
        "condition_holds": sides.holds,
        "pivot_voluntary": analysis.voluntary,
        "slack": plain(sides.slack),
        "slack_error": sides.error,
        "critical_discounts": [plain(number) for number in analysis.critical.discounts],
        "critical_discounts_errors": list(analysis.critical.errors),
        "critical_discounts_complete": analysis.critical.complete,
        "critical_discounts_searched": analysis.critical.searched,
        "critical_discounts_undecided": [list(interval) for interval in analysis.critical.undecided],
        "interim_condition_holds": result.interim_condition_holds,
        "interim_slack": None if again is None else plain(again.slack),
        "interim_slack_error": None if again is None else again.error,
        "interim_worst": None if again is None else plain(again.worst),
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
