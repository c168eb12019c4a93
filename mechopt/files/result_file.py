"""Results as JSON (docs/certificates.md): written, saved, and read again."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from fractions import Fraction
from typing import Any

from mechopt.files.normal_form import digest, normalise
from mechopt.files.output import to_json, write_text
from mechopt.files.problem_file import RESULT_FORMAT
from mechopt.files.saved_result import VERSION, SavedResult, load_result
from mechopt.mechanism.properties import Verdict
from mechopt.mechanism.rules import AnyMechanism, RulesMechanism
from mechopt.rational import to_text
from mechopt.result import Number, Proof, Result, SurplusProof

__all__ = ["SavedResult", "load_result", "mechanism_to_dict", "plain", "result_to_dict", "save"]


def result_to_dict(result: Result) -> dict[str, Any]:
    """Return a result in the form of docs/certificates.md: dictionaries, lists, strings and floats.

    Parameters
    ----------
    result : Result

    Returns
    -------
    dict
        Every key of the format; null where the question or the answer has none.
    """
    normal = normalise(result.problem)
    return {
        "format": RESULT_FORMAT,
        "version": VERSION,
        "question": result.question,
        "problem": normal,
        "digest": digest(normal),
        "status": result.status,
        "answer": result.answer,
        "value": _number(result.value),
        "budget_surplus": _number(result.budget_surplus),
        "welfare": _number(result.welfare),
        "first_best": _number(result.first_best),
        "status_quo": _number(result.status_quo),
        "gains": _number(result.gains),
        "first_best_gains": _number(result.first_best_gains),
        "revenue": _number(result.revenue),
        "proof": _proof(result.proof),
        "checks": [_check(verdict) for verdict in result.checks],
        "certificate": None if result.certificate is None else result.certificate.to_dict(),
        "mechanism": mechanism_to_dict(result.mechanism),
        "statistics": plain(result.statistics),
        "conflict": list(result.conflict),
    }


def _number(number: Number | None) -> dict[str, Any] | None:
    if number is None:
        return None
    return {"float": number.float, "exact": None if number.exact is None else to_text(number.exact)}


def _proof(proof: Proof) -> dict[str, Any]:
    gap = None if proof.gap is None else to_text(proof.gap)
    return {"grade": proof.grade, "bound": _number(proof.bound), "gap": gap, "surplus": _surplus(proof.surplus)}


def _surplus(surplus: SurplusProof | None) -> dict[str, Any] | None:
    if surplus is None:
        return None
    certificate = None if surplus.certificate is None else surplus.certificate.to_dict()
    return {
        "certificate": "answer" if surplus.certificate_is_answer else certificate,
        "mechanism": "answer" if surplus.mechanism_is_answer else mechanism_to_dict(surplus.mechanism),
    }


def _check(verdict: Verdict) -> dict[str, Any]:
    return {
        "property": verdict.property,
        "holds": verdict.holds,
        "margin": _number(Number.of(verdict.margin)),
        "witness": plain(verdict.witness),
    }


def mechanism_to_dict(mechanism: AnyMechanism | None) -> dict[str, Any] | None:
    """Return the table form, an entry per profile in profile order; without tables, the form of rules."""
    if mechanism is None:
        return None
    environment = mechanism.environment
    names = [agent.name for agent in environment.agents]
    if isinstance(mechanism, RulesMechanism):
        rules = [
            {"weight": to_text(weight), "scores": {name: table.texts() for name, table in zip(names, rule.scores, strict=True)}}
            for weight, rule in zip(mechanism.weights, mechanism.rules, strict=True)
        ]
        payments = {name: table.texts() for name, table in zip(names, mechanism.payments_given_type, strict=True)}
        return {"form": "rules", "rules": rules, "interim_payments": payments}
    allocation = mechanism.allocation.reshape(environment.n_profiles, environment.n_outcomes)
    by_profile = mechanism.payments.reshape(environment.n_agents, environment.n_profiles).moveaxis(0, 1)
    return {"form": "table", "allocation": allocation.texts(), "payments": by_profile.texts()}


def plain(value: Any) -> Any:
    """Return a value in what JSON knows: fractions become texts, tuples lists, dataclasses and mappings objects.

    Examples
    --------
    >>> plain({"share": Fraction(1, 3), "sizes": (1, 2)})
    {'share': '1/3', 'sizes': [1, 2]}
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Fraction):
        return to_text(value)
    if isinstance(value, Number):
        return _number(value)
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(entry) for entry in value]
    return plain(value.item()) if hasattr(value, "item") else str(value)


def save(result: Result | SavedResult, path: str | os.PathLike[str]) -> None:
    """Save a result as JSON; an older file is replaced only once the new one is complete.

    Raises
    ------
    ProblemFileError
        If the file cannot be written.
    """
    data = result.to_dict() if isinstance(result, SavedResult) else result_to_dict(result)
    write_text(path, to_json(data))
