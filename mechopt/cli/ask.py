"""The commands that ask a question: certify, solve, compare, map and theorem."""

from __future__ import annotations

import math
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from mechopt.cli.completing import complete_problem, setting_option
from mechopt.cli.screen import Progress, say
from mechopt.errors import MechoptError, SolverError

__all__ = ["Request", "ask", "certify", "compare", "map_command", "positive_seconds", "printable", "solve", "theorem"]


_METHOD = "How it is answered: auto (default), full, interim, longest-path, border or columns."


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
    method: str | None = None
    gap: float | None = None
    explain: bool = False
    details: bool = False
    latex: bool = False
    name: str = ""
    only: tuple[str, ...] = ()


def positive_seconds(context: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    """Return a time limit, or refuse it."""
    if value is not None and not (0 < value < math.inf):
        raise click.BadParameter(f"{value} is not a positive number of seconds", context, parameter)
    return value


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what every question takes."""
    for option in (
        click.option("--time-limit", type=float, callback=positive_seconds, metavar="SECONDS", help="Give the solver at most so long."),
        click.option("--gap", type=float, metavar="NUMBER", help="Where a search by rules may stop, relative to the size of values; default 1e-10."),
        click.option("--method", metavar="NAME", help=_METHOD),
        click.option("--reductions", type=click.Choice(["auto", "none"]), default="auto", show_default=True, help="Exact reductions of the program."),
        click.option("--backend", default="highs", show_default=True, metavar="NAME", help="The solver."),
        click.option("-o", "--output", metavar="FILE", help="Save the result as JSON."),
        click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, and nothing else."),
        setting_option,
        click.argument("problem", shell_complete=complete_problem),
    ):
        command = option(command)
    return command


_explain = click.option("--explain", is_flag=True, help="Say in words why the answer is what it is.")


@click.command(short_help="Is an efficient mechanism possible?")
@_options
@_explain
def certify(**given: Any) -> None:
    """Decide whether an ex post efficient mechanism with the design's properties exists.

    PROBLEM is a problem file, or a name that `mechopt problems` lists. Prints possible, with the mechanism, or impossible, with the proof
    and the least subsidy.
    """
    _ask_with_reasons("certify", Request(**given))


@click.command(short_help="The best mechanism for the design's objective.")
@_options
@_explain
def solve(**given: Any) -> None:
    """Compute the best mechanism for the design's objective, with a proof of how good it is.

    PROBLEM is a problem file, or a name that `mechopt problems` lists.
    """
    _ask_with_reasons("solve", Request(**given))


def _ask_with_reasons(question: str, request: Request) -> None:
    if request.explain and request.as_json:
        raise click.UsageError("--explain prints words and --json prints nothing else; choose one")
    ask(question, request)


@click.command(short_help="The mechanisms known by name next to first best and optimum.")
@_options
@click.option("--only", multiple=True, metavar="ID", help="Measure this mechanism, next to first best and optimum. Repeatable.")
@click.option("--details", is_flag=True, help="Print the margin of every property, and the case that decides where it fails.")
def compare(**given: Any) -> None:
    """Measure the mechanisms known by name next to first best and optimum: welfare, revenue, budget, and which properties hold.

    PROBLEM is a problem file, or a name that `mechopt problems` lists. Mechanisms that do not apply to the environment are absent.
    """
    request = Request(**given)
    if request.details and request.as_json:
        raise click.UsageError("--details prints words and --json, which has the margins, prints nothing else; choose one")
    ask("compare", request)


@click.command("map", short_help="Which combinations of properties are possible together?")
@_options
@click.option("--latex", is_flag=True, help="Print a LaTeX table (booktabs).")
def map_command(**given: Any) -> None:
    """Decide which allocation, incentive, participation and budget properties can be had together in the environment.

    PROBLEM is a problem file, or a name that `mechopt problems` lists. Where efficiency is impossible the best welfare is shown. The design's
    limits on payments, constraints and allowed violation are kept; its objective and what else it asks for play no part.
    """
    request = Request(**given)
    if request.latex and request.as_json:
        raise click.UsageError("--latex prints a table and --json prints nothing else; choose one")
    ask("possibility_map", request)


@click.command(short_help="Does a theorem of the literature hold in the environment?")
@click.argument("name")
@_options
def theorem(**given: Any) -> None:
    """Ask whether a theorem of the literature holds in a finite environment, by how much it fails, and why.

    NAME is one of groves-uniqueness, green-laffont, rebalancing, expected-externality, ir-vcg-criterion, hagerty-rogerson and
    least-money-burnt. PROBLEM is a problem file, or a name that `mechopt problems` lists; its design plays no part.
    """
    from mechopt.pipeline.theorems.registry import theorem_named

    ask("theorem", Request(**given | {"name": theorem_named(given["name"]).id}))


def ask(question: str, request: Request) -> None:
    """Answer a question and print, or save, the result."""
    from mechopt.files.output import check_writable, to_json, write_text
    from mechopt.files.problem_file import load_any

    if request.output is not None:
        check_writable(request.output)
    result = _answer(question, request, load_any(request.problem, request.settings))
    if request.as_json or request.output is not None:
        saved = to_json(result.to_dict())
        if request.output is not None:
            write_text(request.output, saved)
            say("saved", request.output)
    click.echo(saved if request.as_json else _text(question, result, request), nl=False)


def _answer(question: str, request: Request, problem: Any) -> Any:
    from mechopt import pipeline
    from mechopt.dynamic.problem import DynamicProblem

    reductions = None if request.reductions == "auto" else ()
    options: dict[str, Any] = {"backend": request.backend, "reductions": reductions, "time_limit": request.time_limit}
    chosen = {"method": request.method, "gap": request.gap}
    options |= {key: value for key, value in chosen.items() if value is not None}
    about = (request.name, problem) if question == "theorem" else (problem,)
    options |= {"only": request.only} if question == "compare" else {}
    try:
        with Progress(request.problem) as progress:
            if isinstance(problem, DynamicProblem):
                from mechopt.pipeline.dynamic import ask_dynamic

                return ask_dynamic(question, problem, progress=progress, **options)
            return getattr(pipeline, question)(*about, progress=progress, **options)
    except SolverError as error:
        raise SolverError(f"{request.problem}: {error}") from error
    except MechoptError as error:
        raise MechoptError(f"{request.problem}: {error}") from error


def _text(question: str, result: Any, request: Request) -> str:
    if request.latex:
        return f"{result.to_latex()}\n"
    terminal = sys.stdout.isatty()
    screen = {"width": shutil.get_terminal_size((100, 24)).columns, "color": terminal and "NO_COLOR" not in os.environ}
    return printable(_written(question, result, request, screen))


def _written(question: str, result: Any, request: Request, screen: dict[str, Any]) -> str:
    if question == "compare":
        from mechopt.report.comparison import comparison_text

        return comparison_text(result, details=request.details, **screen)
    if question == "possibility_map":
        from mechopt.report.possibility import map_text

        return map_text(result, **screen)
    if question == "theorem":
        from mechopt.report.theorems import finding_text

        return finding_text(result, **screen)
    from mechopt.report.text import text

    shown = text(result, **screen)
    if request.explain:
        from mechopt.report.explain import explain

        shown = f"{shown}\n{explain(result).rstrip()}\n"
    return shown


def printable(shown: str) -> str:
    """Return the text with plain lines and dots where standard output knows no others; names are escaped by the stream."""
    try:
        shown.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return shown.translate({ord("─"): "-", ord("…"): "..."})
    return shown
