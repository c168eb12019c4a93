"""What commands are about, a problem or a saved result, and what is asked about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from mechopt.cli.screen import Progress
from mechopt.errors import MechoptError, SolverError

if TYPE_CHECKING:
    from mechopt.dynamic.problem import DynamicProblem
    from mechopt.files.saved_dynamic_result import SavedDynamicResult
    from mechopt.files.saved_result import SavedResult
    from mechopt.problem import Problem

__all__ = ["answered", "asking", "read_source"]


def read_source(source: str, settings: Sequence[str] = ()) -> Problem | DynamicProblem | SavedResult | SavedDynamicResult:
    """Return the saved result in a file, or the problem in it or of that name; settings are for problems."""
    from mechopt.files.document import read_toml_or_json
    from mechopt.files.problem_file import RESULT_FORMAT, load_any, locate
    from mechopt.files.saved_result import load_result

    path = locate(source)
    if path.suffix != ".json" or read_toml_or_json(path).get("format") != RESULT_FORMAT:
        problem: Problem | DynamicProblem = load_any(source, settings)
        return problem
    if settings:
        raise click.UsageError(f"--set changes a problem, and {source} is a result; give the problem, or ask the question again with -o")
    return load_result(path)


@contextmanager
def asking(source: str) -> Iterator[Progress]:
    """Show the progress of a question on standard error; what goes wrong names the source."""
    try:
        with Progress(source) as progress:
            yield progress
    except SolverError as error:
        raise SolverError(f"{source}: {error}") from error
    except MechoptError as error:
        raise MechoptError(f"{source}: {error}") from error


def answered(source: str, question: str, problem: Problem | DynamicProblem, *before: Any, **options: Any) -> Any:
    """Answer a question with its progress; what the question takes before the problem stands behind it here."""
    from mechopt.pipeline import questions

    with asking(source) as progress:
        return getattr(questions, question)(*before, problem, progress=progress, **options)
