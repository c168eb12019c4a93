"""The command that writes a page: report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mechopt import __version__
from mechopt.cli.screen import Progress, say
from mechopt.cli.source import answered, read_source
from mechopt.cli.verify import confirmed
from mechopt.errors import ProblemFileError, ProgramSizeError, SolverError

if TYPE_CHECKING:
    from mechopt.dynamic.problem import DynamicProblem
    from mechopt.pipeline.compare import Comparison
    from mechopt.problem import Problem

__all__ = ["report"]


@click.command(short_help="A page with answer, proof, tables and pictures.")
@click.argument("source", metavar="PROBLEM_OR_RESULT")
@click.option("-o", "--output", required=True, metavar="FILE", help="The page, an HTML file that opens offline.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change a key, such as design.budget=none. Repeatable.")
@click.option("--backend", default="highs", show_default=True, metavar="NAME", help="The solver.")
def report(source: str, output: str, settings: tuple[str, ...], backend: str) -> None:
    """Write one self-contained page about a problem or a saved result.

    PROBLEM_OR_RESULT is a problem file, a name that `mechopt problems` lists, or a result that -o wrote. Of a problem it is asked whether
    efficiency is possible and which mechanism is best; a result is checked again, and a page is written only if every claim holds.
    """
    from mechopt.files.output import check_writable, write_text
    from mechopt.report.page.document import html, page
    from mechopt.result import Readable

    if Path(output).suffix not in (".html", ".htm"):
        raise ProblemFileError(f"{output}: the name ends in {Path(output).suffix!r}; write one that ends in .html")
    check_writable(output)
    found = read_source(source, settings)
    if isinstance(found, Readable):
        results: list[Any] = [found]
        described = "the saved result"
    else:
        results = _answers(source, found, backend)
        described = "the two answers" if len(results) > 1 else "the answer"
    with Progress(source) as progress:
        progress("checking every claim")
        checked = {result.question: confirmed(source, result.to_dict()) for result in results}
        claims, how = {question: entry.claims for question, entry in checked.items()}, checked[results[0].question].how
        comparison, reason = _compared(results[-1], backend, progress)
        progress("drawing")
        content = page(results, claims, source=described, how=how, comparison=comparison, reason=reason, release=__version__)
    write_text(output, html(content))
    say("saved", output)


def _answers(source: str, problem: Problem | DynamicProblem, backend: str) -> list[Any]:
    """Return the answers to both questions; of types that move the second best is a program for small and simple problems, if there is one."""
    from mechopt.dynamic.problem import DynamicProblem

    first = answered(source, "certify", problem, backend=backend)
    if not isinstance(problem, DynamicProblem):
        return [first, answered(source, "solve", problem, backend=backend)]
    from mechopt.dynamic.program import has_second_best  # SciPy's graphs and FLINT's matrices, for types that move only

    if not has_second_best(problem.environment):
        return [first]
    try:
        return [first, answered(source, "solve", problem, backend=backend)]
    except SolverError as error:
        say("warning", error)
        return [first]


def _compared(result: Any, backend: str, progress: Progress) -> tuple[Comparison | None, str]:
    """Return the mechanisms known by name next to the answer's, or why they are not compared; where types move there are none."""
    from mechopt.dynamic.result import DynamicResult
    from mechopt.pipeline.answer import Settings
    from mechopt.pipeline.compare import compare_with

    if isinstance(result, DynamicResult):
        return None, ""
    try:
        return compare_with(result, Settings(backend=backend, progress=progress)), ""
    except (ProgramSizeError, SolverError) as error:
        return None, str(error)
