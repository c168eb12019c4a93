"""A saved result, read back: the same attributes as a fresh one, nothing verified."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mechopt.dynamic.problem import DynamicProblem
from mechopt.errors import ProblemFileError
from mechopt.files import fields
from mechopt.files.document import read_json
from mechopt.files.dynamic_economy import is_dynamic
from mechopt.files.mechanism_file import exact_number, mechanism_from_document
from mechopt.files.problem_file import RESULT_FORMAT, dynamic_problem_from_document, naming, problem_from_document
from mechopt.mechanism.properties import PROPERTIES, Verdict
from mechopt.mechanism.rules import AnyMechanism
from mechopt.problem import Problem
from mechopt.result import Number

if TYPE_CHECKING:
    from mechopt.report.sheet import Sheet

__all__ = ["GRADES", "VERSION", "SavedDynamicResult", "SavedProof", "SavedResult", "load_any_result", "load_result", "result_from_dict"]

VERSION = 1
GRADES = ("optimal", "bounded", "infeasible", "feasible", "none")
STATUSES = ("optimal", "infeasible", "unbounded")
ANSWERS = ("possible", "impossible")
QUESTIONS = ("certify", "solve")
NUMBERS = ("value", "budget_surplus", "welfare", "first_best", "status_quo", "gains", "first_best_gains", "revenue")
REQUIRED = ("question", "problem", "digest", "first_best", "status_quo", "first_best_gains", "proof", "checks", "certificate", "mechanism")


@dataclass(frozen=True, eq=False)
class SavedProof:
    """The proof of a saved result: `grade`, `bound` and `gap` as in `mechopt.result.Proof`; `surplus` as in the file."""

    grade: str
    bound: Number | None = None
    gap: Fraction | None = None
    surplus: Mapping[str, Any] | None = None


@dataclass(frozen=True, eq=False)
class SavedDynamicResult:
    """A saved result about a dynamic problem, as the file says it is. `mechopt verify` tells whether it is true.

    Attributes
    ----------
    problem : DynamicProblem
    document : mapping
        The file: docs/certificates.md says what its keys mean.
    """

    problem: DynamicProblem
    document: Mapping[str, Any]

    @property
    def answer(self) -> str | None:
        """The answer of `certify`."""
        return self.document.get("answer")

    @property
    def dynamic(self) -> Mapping[str, Any]:
        """Both sides of the budget condition, fees, critical discount factors, and what kind of chain it is."""
        return dict(self.document["dynamic"])

    def to_dict(self) -> dict[str, Any]:
        """Return the document."""
        return dict(self.document)


@dataclass(frozen=True, eq=False)
class SavedResult:
    """A result as a file says it is. `mechopt verify` tells whether it is true.

    Attributes
    ----------
    question, status, answer, problem, value, budget_surplus, welfare, first_best, status_quo, gains, first_best_gains, revenue, \
checks, mechanism, statistics
        As in `mechopt.result.Result`.
    proof : SavedProof
    certificate : mapping or None
        As in the file.
    digest : str
        As in the file.
    """

    question: str
    problem: Problem
    first_best: Number
    status_quo: Number
    first_best_gains: Number
    proof: SavedProof
    digest: str
    status: str | None = None
    answer: str | None = None
    value: Number | None = None
    budget_surplus: Number | None = None
    welfare: Number | None = None
    gains: Number | None = None
    revenue: Number | None = None
    checks: tuple[Verdict, ...] = ()
    certificate: Mapping[str, Any] | None = None
    mechanism: AnyMechanism | None = None
    statistics: Mapping[str, Any] = field(default_factory=dict)
    document: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as it stands in the file."""
        return dict(self.document)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Save the result as JSON."""
        from mechopt.files.result_file import save

        save(self, path)

    def tables(self) -> dict[str, Sheet]:
        """Return all tables of the result by name. See `mechopt.report.tables.result_tables`."""
        from mechopt.report.tables import result_tables

        return result_tables(self)

    def _repr_html_(self) -> str:
        from mechopt.report.page.fragment import result_html

        return result_html(self)


def load_result(path: str | os.PathLike[str]) -> SavedResult:
    """Return a saved result.

    Parameters
    ----------
    path : str or path
        A file that ``-o`` or `save` wrote.

    Raises
    ------
    ProblemFileError
        If it is not a result, or is about a dynamic problem, in one line; whether its claims are true is not checked.
    """
    found = load_any_result(path)
    if isinstance(found, SavedDynamicResult):
        raise ProblemFileError(f'{path}: problem.environment.kind is "dynamic", which this command does not support; `verify` does')
    return found


def load_any_result(path: str | os.PathLike[str]) -> SavedResult | SavedDynamicResult:
    """Return a saved result, whatever the kind of its environment; parameters and exceptions are those of `load_result`."""
    document = read_json(Path(path))
    with naming(str(path)):
        problem = document.get("problem")
        if isinstance(problem, dict) and is_dynamic(problem):
            return SavedDynamicResult(dynamic_problem_from_document(problem), document)
        return result_from_dict(document)


def result_from_dict(document: Mapping[str, Any]) -> SavedResult:
    """Return the result of a document.

    Raises
    ------
    MechoptError
        If a key is missing or holds what it cannot; the message names the key path.
    """
    if document.get("format") != RESULT_FORMAT:
        raise ProblemFileError(f'format is {fields.shown(document.get("format"))}; a saved result has "{RESULT_FORMAT}"')
    if document.get("version") != VERSION or isinstance(document.get("version"), bool):
        raise ProblemFileError(f"version is {fields.shown(document.get('version'))}; this mechopt reads version {VERSION}")
    for key in REQUIRED:
        if key not in document:
            raise ProblemFileError(f"the key {key} is missing; a saved result has it")
    problem = problem_from_document(fields.table(document["problem"], "problem", "a problem in normal form"))
    numbers = {key: _number(document.get(key), key) for key in NUMBERS}
    for key in ("first_best", "status_quo", "first_best_gains"):
        if numbers[key] is None:
            raise ProblemFileError(f"{key} is null; every result has this number")
    return SavedResult(
        question=fields.choice(document["question"], QUESTIONS, "question"),
        problem=problem,
        digest=fields.text(document["digest"], "digest"),
        status=_optional(document.get("status"), STATUSES, "status"),
        answer=_optional(document.get("answer"), ANSWERS, "answer"),
        proof=_proof(document["proof"]),
        checks=_checks(document["checks"]),
        certificate=_table_or_none(document["certificate"], "certificate"),
        mechanism=mechanism_from_document(document["mechanism"], problem),
        statistics=_table_or_none(document.get("statistics"), "statistics") or {},
        document=document,
        **numbers,  # type: ignore[arg-type]  # the three that must be numbers are
    )


def _number(value: Any, where: str) -> Number | None:
    if value is None:
        return None
    entry = fields.table(value, where, '{"float": ..., "exact": ...}')
    approximate, exact = entry.get("float"), entry.get("exact")
    if isinstance(approximate, bool) or not isinstance(approximate, (int, float)):
        raise ProblemFileError(f"{where}.float is {fields.shown(approximate)}; write a number")
    return Number(float(approximate), None if exact is None else exact_number(exact, f"{where}.exact"))


def _optional(value: Any, known: tuple[str, ...], where: str) -> str | None:
    return None if value is None else fields.choice(value, known, where)


def _table_or_none(value: Any, where: str) -> dict[str, Any] | None:
    return None if value is None else fields.table(value, where, "an object or null")


def _proof(value: Any) -> SavedProof:
    proof = fields.table(value, "proof", "an object with a grade")
    grade = fields.choice(proof.get("grade"), GRADES, "proof.grade")
    gap = None if proof.get("gap") is None else exact_number(proof["gap"], "proof.gap")
    return SavedProof(grade, _number(proof.get("bound"), "proof.bound"), gap, _table_or_none(proof.get("surplus"), "proof.surplus"))


def _checks(value: Any) -> tuple[Verdict, ...]:
    if not isinstance(value, list):
        raise ProblemFileError(f"checks is {fields.shown(value)}; write a list")
    found = []
    for k, entry in enumerate(value):
        where = f"checks, entry {k + 1}"
        check = fields.table(entry, where, "an object with property, holds and margin")
        margin = _number(check.get("margin"), f"{where}: margin")
        if margin is None or margin.exact is None:
            raise ProblemFileError(f"{where}: margin has no exact value")
        name = fields.choice(check.get("property"), PROPERTIES, f"{where}: property")
        found.append(Verdict(name, margin.exact, _table_or_none(check.get("witness"), f"{where}: witness")))
    return tuple(found)
