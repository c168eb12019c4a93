"""The commands that ask a question: certify and solve."""

from __future__ import annotations

import math
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from mechopt.cli.screen import Progress, say
from mechopt.errors import MechoptError, SolverError

__all__ = ["Request", "ask", "certify", "solve"]


@dataclass(frozen=True)
class Request:
    """What a command line asks for; the fields are the options' names."""

    problem: str
    settings: tuple[str, ...] = ()
    as_json: bool = False
    output: str | None = None
    backend: str = "highs"
    reductions: str = "auto"
    time_limit: float | None = None
    explain: bool = False


def _seconds(context: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    if value is not None and not (0 < value < math.inf):
        raise click.BadParameter(f"{value} is not a positive number of seconds", context, parameter)
    return value


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what every question takes."""
    for option in (
        click.option("--time-limit", type=float, callback=_seconds, metavar="SECONDS", help="Give the solver at most so long."),
        click.option("--reductions", type=click.Choice(["auto", "none"]), default="auto", show_default=True, help="Exact reductions of the program."),
        click.option("--backend", default="highs", show_default=True, metavar="NAME", help="The solver."),
        click.option("-o", "--output", metavar="FILE", help="Save the result as JSON."),
        click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, and nothing else."),
        click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change a key, such as design.budget=none. Repeatable."),
        click.argument("problem"),
    ):
        command = option(command)
    return command


@click.command(short_help="Is an efficient mechanism possible?")
@_options
@click.option("--explain", is_flag=True, help="Say in words why the answer is what it is.")
def certify(**given: Any) -> None:
    """Decide whether an ex post efficient mechanism with the design's properties exists.

    PROBLEM is a problem file, or a name that `mechopt problems` lists. Prints possible, with the mechanism, or impossible, with the proof
    and the least subsidy.
    """
    request = Request(**given)
    if request.explain and request.as_json:
        raise click.UsageError("--explain prints words and --json prints nothing else; choose one")
    ask("certify", request)


@click.command(short_help="The best mechanism for the design's objective.")
@_options
def solve(**given: Any) -> None:
    """Compute the best mechanism for the design's objective, with a proof of how good it is.

    PROBLEM is a problem file, or a name that `mechopt problems` lists.
    """
    ask("solve", Request(**given))


def ask(question: str, request: Request) -> None:
    """Answer a question and print, or save, the result."""
    from mechopt.files.output import check_writable, to_json, write_text
    from mechopt.files.problem_file import load

    if request.output is not None:
        check_writable(request.output)
    result = _answer(question, request, load(request.problem, request.settings))
    if request.as_json or request.output is not None:
        from mechopt.files.result_file import result_to_dict

        saved = to_json(result_to_dict(result))
        if request.output is not None:
            write_text(request.output, saved)
            say("saved", request.output)
    click.echo(saved if request.as_json else _text(result, request.explain), nl=False)


def _answer(question: str, request: Request, problem: Any) -> Any:
    from mechopt import pipeline

    reductions = None if request.reductions == "auto" else ()
    options = {"backend": request.backend, "reductions": reductions, "time_limit": request.time_limit}
    try:
        with Progress(request.problem) as progress:
            return getattr(pipeline, question)(problem, progress=progress, **options)
    except SolverError as error:
        raise SolverError(f"{request.problem}: {error}") from error
    except MechoptError as error:
        raise MechoptError(f"{request.problem}: {error}") from error


def _text(result: Any, explain: bool) -> str:
    from mechopt.report.text import text

    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size((100, 24)).columns
    shown = text(result, width=width, color=terminal and "NO_COLOR" not in os.environ)
    if explain:
        from mechopt.report.explain import explain as explained

        shown = f"{shown}\n{explained(result).rstrip()}\n"
    return _printable(shown)


def _printable(shown: str) -> str:
    """Return the text with plain lines and dots where standard output knows no others; names are escaped by the stream."""
    try:
        shown.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return shown.translate({ord("─"): "-", ord("…"): "..."})
    return shown
