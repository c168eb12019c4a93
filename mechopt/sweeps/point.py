"""One point: the problem with its settings, asked, and the answer as a row of text."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from mechopt.dynamic.problem import DynamicProblem
from mechopt.errors import MechoptError, MechoptWarning
from mechopt.files.document import one_line
from mechopt.files.problem_file import any_problem_from_document
from mechopt.files.settings import apply
from mechopt.problem import Problem
from mechopt.rational import to_text

if TYPE_CHECKING:
    from mechopt.dynamic.result import DynamicResult
    from mechopt.result import Number, Result

__all__ = ["NUMBERS", "OUTCOME", "Asked", "answer_point", "failed", "problem_at"]

Row = dict[str, str]

OUTCOME = {"certify": "answer", "solve": "status"}
"""The word that answers each question."""

NUMBERS = {
    "certify": ("budget_surplus", "first_best", "status_quo", "first_best_gains", "welfare", "gains", "revenue"),
    "solve": ("value", "first_best", "status_quo", "first_best_gains", "welfare", "gains", "revenue"),
}
"""The numbers of each question's results; each becomes a float column and an exact one."""


@dataclass(frozen=True)
class Asked:
    """What is asked at every point.

    Attributes
    ----------
    document : mapping
        The problem as an untyped document, before anything is varied.
    question : str
        ``"certify"`` or ``"solve"``.
    backend : str
    time_limit : float or None
        In seconds, for each program.
    """

    document: Mapping[str, Any]
    question: Literal["certify", "solve"]
    backend: str = "highs"
    time_limit: float | None = None


def problem_at(document: Mapping[str, Any], settings: Sequence[str]) -> Problem | DynamicProblem:
    """Return the problem of a document with some keys set."""
    changed = deepcopy(dict(document))
    apply(changed, settings)
    return any_problem_from_document(changed)


def answer_point(asked: Asked, settings: Sequence[str]) -> Row:
    """Answer the question at one point; what goes wrong with the problem or the solver is the row's error.

    Parameters
    ----------
    asked : Asked
    settings : sequence of str
        ``KEY=VALUE`` for every axis.

    Returns
    -------
    dict of str
        The answer, numbers as decimals and as fractions, seconds, warning, error; what is not known is absent.
    """
    # Only workers need what answers, and the first point's seconds are not those of the imports.
    from mechopt.pipeline.questions import certify, solve

    answer = certify if asked.question == "certify" else solve
    start = time.perf_counter()
    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", MechoptWarning)
        try:
            row = _row(answer(problem_at(asked.document, settings), backend=asked.backend, time_limit=asked.time_limit))
        except MemoryError:
            row = {"error": "out of memory"}
        except MechoptError as error:
            row = failed(error)
    if noted:
        row["warning"] = one_line("; ".join(dict.fromkeys(str(entry.message) for entry in noted)))
    return row | {"seconds": f"{time.perf_counter() - start:.6g}"}


def _row(result: Result | DynamicResult) -> Row:
    outcome = OUTCOME[result.question]
    row = {outcome: str(getattr(result, outcome) or "undecided"), "grade": result.proof.grade}
    for name in NUMBERS[result.question]:
        row |= _number(name, getattr(result, name, None))
    return row | _number("bound", result.proof.bound)


def _number(name: str, number: Number | None) -> Row:
    if number is None:
        return {}
    exact = {} if number.exact is None else {f"{name}_exact": to_text(number.exact)}
    return {name: repr(number.float), **exact}


def failed(error: BaseException) -> Row:
    """Return the row of a point that could not be answered."""
    named = "" if isinstance(error, MechoptError) else f"{type(error).__name__}: "
    return {"error": one_line(f"{named}{error}")}
