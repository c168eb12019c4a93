"""A saved result, read back: the same attributes as a fresh one, nothing verified."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mechopt.errors import ProblemFileError
from mechopt.exact.certificate import Certificate, Tree
from mechopt.files import fields
from mechopt.files.document import read_json
from mechopt.files.dynamic_economy import is_dynamic
from mechopt.files.mechanism_file import mechanism_from_document, rows_of
from mechopt.files.problem_file import RESULT_FORMAT, naming, problem_from_document
from mechopt.files.saved_certificate import certificate_from_dict
from mechopt.mechanism.properties import PROPERTIES, Verdict
from mechopt.problem import Problem
from mechopt.rational import RationalArray
from mechopt.result import Number, Proof, Result, SurplusProof

if TYPE_CHECKING:
    from mechopt.files.saved_dynamic_result import SavedDynamicResult

__all__ = [
    "NUMBERS",
    "VERSION",
    "SavedResult",
    "check_form",
    "common_fields",
    "load_result",
    "number_from",
    "result_from_dict",
    "stated_number",
    "table_or_none",
]

VERSION = 1
GRADES = ("optimal", "bounded", "infeasible", "feasible", "none")
STATUSES = ("optimal", "infeasible", "unbounded")
ANSWERS = ("possible", "impossible")
QUESTIONS = ("certify", "solve")
NUMBERS = ("value", "budget_surplus", "welfare", "first_best", "status_quo", "gains", "first_best_gains", "revenue")
STATED = ("first_best", "status_quo", "first_best_gains")
REQUIRED = ("question", "problem", "digest", *STATED, "proof", "checks", "certificate", "mechanism")


@dataclass(frozen=True, eq=False, repr=False)
class SavedResult(Result):
    """A result as a file says it is. `mechopt verify` tells whether it is true.

    Attributes
    ----------
    document : mapping
        The file: docs/certificates.md says what its keys mean. All others as in `mechopt.result.Result`.
    """

    document: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as it stands in the file."""
        return dict(self.document)


def load_result(path: str | os.PathLike[str]) -> SavedResult | SavedDynamicResult:
    """Return a saved result, whatever the kind of its environment.

    Parameters
    ----------
    path : str or path
        A file that ``-o`` or `save` wrote.

    Raises
    ------
    ProblemFileError
        If it is not a result, in one line; whether its claims are true is not checked.
    """
    document = read_json(Path(path))
    with naming(str(path)):
        problem = document.get("problem")
        if isinstance(problem, dict) and is_dynamic(problem):
            from mechopt.files.saved_dynamic_result import dynamic_result_from_dict

            return dynamic_result_from_dict(document)
        return result_from_dict(document)


def result_from_dict(document: Mapping[str, Any]) -> SavedResult:
    """Return the result of a document.

    Raises
    ------
    MechoptError
        If a key is missing or holds what it cannot; the message names the key path.
    """
    check_form(document)
    problem = problem_from_document(fields.table(document["problem"], "problem", "a problem in normal form"))
    common = common_fields(document, PROPERTIES) | {key: stated_number(document[key], key) for key in STATED}
    return SavedResult(
        problem=problem,
        certificate=_certificate(document["certificate"], "certificate", problem),
        mechanism=mechanism_from_document(document["mechanism"], problem),
        document=document,
        **common | {"proof": replace(common["proof"], surplus=_surplus(document["proof"], problem), ray=_ray(document["proof"], problem))},
        gains=number_from(document.get("gains"), "gains"),
    )


def check_form(document: Mapping[str, Any]) -> None:
    """Refuse what is not a result of this version, or lacks a key."""
    if document.get("format") != RESULT_FORMAT:
        raise ProblemFileError(f'format is {fields.shown(document.get("format"))}; a saved result has "{RESULT_FORMAT}"')
    if document.get("version") != VERSION or isinstance(document.get("version"), bool):
        raise ProblemFileError(f"version is {fields.shown(document.get('version'))}; this mechopt reads version {VERSION}")
    for key in REQUIRED:
        if key not in document:
            raise ProblemFileError(f"the key {key} is missing; a saved result has it")
    fields.text(document["digest"], "digest")


def common_fields(document: Mapping[str, Any], properties: Iterable[str]) -> dict[str, Any]:
    """Return, by name, the attributes that results of every kind have in the same form, given which properties there are."""
    return {
        "question": fields.choice(document["question"], QUESTIONS, "question"),
        "status": _optional(document.get("status"), STATUSES, "status"),
        "answer": _optional(document.get("answer"), ANSWERS, "answer"),
        "proof": _proof(document["proof"]),
        "checks": _checks(document["checks"], tuple(properties)),
        "statistics": table_or_none(document.get("statistics"), "statistics") or {},
        **{key: number_from(document.get(key), key) for key in ("value", "budget_surplus", "welfare", "revenue")},
    }


def stated_number(value: Any, where: str) -> Number:
    """Return a number that every result has."""
    number = number_from(value, where)
    if number is None:
        raise ProblemFileError(f"{where} is null; every result has this number")
    return number


def number_from(value: Any, where: str) -> Number | None:
    """Return a number of a document; null is None."""
    if value is None:
        return None
    entry = fields.table(value, where, '{"float": ..., "exact": ...}')
    approximate, exact = entry.get("float"), entry.get("exact")
    if isinstance(approximate, bool) or not isinstance(approximate, (int, float)):
        raise ProblemFileError(f"{where}.float is {fields.shown(approximate)}; write a number")
    return Number(float(approximate), None if exact is None else fields.exact_number(exact, f"{where}.exact"))


def _optional(value: Any, known: tuple[str, ...], where: str) -> str | None:
    return None if value is None else fields.choice(value, known, where)


def table_or_none(value: Any, where: str) -> dict[str, Any] | None:
    """Return an object of a document; null is None."""
    return None if value is None else fields.table(value, where, "an object or null")


def _proof(value: Any) -> Proof:
    """Return a proof without what differs between types that stay and types that move."""
    proof = fields.table(value, "proof", "an object with a grade")
    grade: Any = fields.choice(proof.get("grade"), GRADES, "proof.grade")
    gap = None if proof.get("gap") is None else fields.exact_number(proof["gap"], "proof.gap")
    return Proof(grade, number_from(proof.get("bound"), "proof.bound"), gap)


def _certificate(value: Any, where: str, problem: Problem) -> Certificate | Tree | None:
    return None if value is None else certificate_from_dict(fields.table(value, where, "an object or null"), problem)


def _surplus(proof: Mapping[str, Any], problem: Problem) -> SurplusProof | None:
    """Return the two sides of the largest surplus; "answer" stands for the answer's own."""
    given = table_or_none(proof.get("surplus"), "proof.surplus")
    if given is None:
        return None
    certificate, mechanism = given.get("certificate"), given.get("mechanism")
    return SurplusProof(
        None if certificate == "answer" else _certificate(certificate, "proof.surplus.certificate", problem),
        None if mechanism == "answer" else mechanism_from_document(mechanism, problem),
        certificate == "answer",
        mechanism == "answer",
    )


def _ray(proof: Mapping[str, Any], problem: Problem) -> RationalArray | None:
    environment = problem.environment
    if proof.get("ray") is None:
        return None
    rows = rows_of(proof["ray"], "proof.ray", environment.n_profiles, environment.n_agents)
    return rows.moveaxis(1, 0).reshape(environment.n_agents, *environment.n_types)


def _checks(value: Any, properties: tuple[str, ...]) -> tuple[Verdict, ...]:
    found = []
    for k, entry in enumerate(fields.listed(value, "checks")):
        where = f"checks, entry {k + 1}"
        check = fields.table(entry, where, "an object with property, holds and margin")
        margin = number_from(check.get("margin"), f"{where}: margin")
        if margin is None or margin.exact is None:
            raise ProblemFileError(f"{where}: margin has no exact value")
        name = fields.choice(check.get("property"), properties, f"{where}: property")
        found.append(Verdict(name, margin.exact, table_or_none(check.get("witness"), f"{where}: witness")))
    return tuple(found)
