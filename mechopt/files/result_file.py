"""Results as JSON (docs/certificates.md); `saved_result` reads them again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from mechopt.environment.blocks import OutcomeRule
from mechopt.exact.certificate import alike_to_dict
from mechopt.files.interim_payments import payments_to_list
from mechopt.files.normal_form import digest, normalise
from mechopt.files.problem_file import RESULT_FORMAT
from mechopt.files.saved_result import NUMBERS, VERSION
from mechopt.mechanism.properties import Verdict
from mechopt.mechanism.rules import AnyMechanism, AnyRule, RulesMechanism
from mechopt.rational import RationalArray, to_text
from mechopt.result import Number, Result, SurplusProof

if TYPE_CHECKING:
    from mechopt.dynamic.result import DynamicResult

__all__ = ["common_entries", "mechanism_to_dict", "plain", "result_to_dict"]


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
    return common_entries(result, mechanism_to_dict(result.mechanism), _surplus(result.proof.surplus))


def common_entries(result: Result | DynamicResult, mechanism: dict[str, Any] | None, surplus: dict[str, Any] | None) -> dict[str, Any]:
    """Return the keys that every answer has, given its mechanism and the two sides of its largest surplus in the form of the file."""
    normal, proof = normalise(result.problem), result.proof
    ray = {} if proof.ray is None else {"ray": _by_profile(proof.ray)}
    return {
        "format": RESULT_FORMAT,
        "version": VERSION,
        "question": result.question,
        "problem": normal,
        "digest": digest(normal),
        "status": result.status,
        "answer": result.answer,
        **{key: plain(getattr(result, key)) for key in NUMBERS},
        "proof": {"grade": proof.grade, "bound": plain(proof.bound), "gap": plain(proof.gap), "surplus": surplus, **ray},
        "checks": [_check(verdict) for verdict in result.checks],
        "certificate": None if result.certificate is None else result.certificate.to_dict(),
        "mechanism": mechanism,
        "statistics": plain(result.statistics),
        "conflict": list(result.conflict),
    }


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
        "margin": plain(Number.of(verdict.margin)),
        "witness": plain(verdict.witness),
    }


def mechanism_to_dict(mechanism: AnyMechanism | None) -> dict[str, Any] | None:
    """Return the table form, an entry per profile in profile order; without tables, the form of rules."""
    if mechanism is None:
        return None
    environment = mechanism.environment
    if isinstance(mechanism, RulesMechanism):
        return _rules(mechanism)
    allocation = mechanism.allocation.reshape(environment.n_profiles, environment.n_outcomes)
    return {"form": "table", "allocation": allocation.texts(), "payments": _by_profile(mechanism.payments)}


def _by_profile(payments: RationalArray) -> Any:
    return payments.reshape(payments.shape[0], -1).moveaxis(0, 1).texts()


def _scores(rule: AnyRule, i: int) -> RationalArray:
    return RationalArray(rule.ranked[i]) if isinstance(rule, OutcomeRule) else rule.scores[i]


def _rules(mechanism: RulesMechanism) -> dict[str, Any]:
    """Return the form of rules: of those who are treated alike the first stands for all."""
    agents = mechanism.environment.agents
    first = {members[0]: agents[members[0]].name for members in mechanism.groups}
    rules = [
        {"weight": to_text(weight), "scores": {name: _scores(rule, i).texts() for i, name in first.items()}}
        for weight, rule in zip(mechanism.weights, mechanism.rules, strict=True)
    ]
    payments = {name: payments_to_list(mechanism, i) for i, name in first.items()}
    return {"form": "rules", "rules": rules, "interim_payments": payments} | alike_to_dict(mechanism.environment, mechanism.groups)


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
        return {"float": value.float, "exact": plain(value.exact)}
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(entry) for entry in value]
    return plain(value.item()) if hasattr(value, "item") else str(value)
