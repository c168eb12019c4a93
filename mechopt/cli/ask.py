"""The commands that ask a question: certify, solve, compare, map and theorem."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import click

from mechopt.cli.completing import complete_problem, setting_option
from mechopt.cli.screen import deliver
from mechopt.cli.source import answered
from mechopt.errors import named

__all__ = ["Request", "ask", "certify", "compare", "map_command", "positive_seconds", "solve", "theorem"]


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
_latex = click.option("--latex", is_flag=True, help="Print LaTeX tables (booktabs), and nothing else.")


@click.command(short_help="Is an efficient mechanism possible?")
@_options
@_explain
@_latex
def certify(**given: Any) -> None:
    """Decide whether an ex post efficient mechanism with the design's properties exists.

    PROBLEM is a problem file, or a name that `mechopt problems` lists. Prints possible, with the mechanism, or impossible, with the proof
    and the least subsidy.
    """
    ask("certify", Request(**given))


@click.command(short_help="The best mechanism for the design's objective.")
@_options
@_explain
@_latex
def solve(**given: Any) -> None:
    """Compute the best mechanism for the design's objective, with a proof of how good it is.

    PROBLEM is a problem file, or a name that `mechopt problems` lists.
    """
    ask("solve", Request(**given))


@click.command(short_help="The mechanisms known by name next to first best and optimum.")
@_options
@click.option("--only", multiple=True, metavar="ID", help="Measure this mechanism, next to first best and optimum. Repeatable.")
@click.option("--details", is_flag=True, help="Print the margin of every property, and the case that decides where it fails.")
@_latex
def compare(**given: Any) -> None:
    """Measure the mechanisms known by name next to first best and optimum: welfare, revenue, budget, and which properties hold.

    PROBLEM is a problem file, or a name that `mechopt problems` lists. Mechanisms that do not apply to the environment are absent.
    """
    ask("compare", Request(**given))


@click.command("map", short_help="Which combinations of properties are possible together?")
@_options
@_latex
def map_command(**given: Any) -> None:
    """Decide which allocation, incentive, participation and budget properties can be had together in the environment.

    PROBLEM is a problem file, or a name that `mechopt problems` lists. Where efficiency is impossible the best welfare is shown. The design's
    limits on payments, constraints and allowed violation are kept; its objective and what else it asks for play no part.
    """
    ask("possibility_map", Request(**given))


@click.command(short_help="Does a theorem of the literature hold in the environment?")
@click.argument("name")
@_options
def theorem(**given: Any) -> None:
    """Ask whether a theorem of the literature holds in a finite environment, by how much it fails, and why.

    NAME is one of groves-uniqueness, green-laffont, rebalancing, expected-externality, ir-vcg-criterion, hagerty-rogerson and
    least-money-burnt. PROBLEM is a problem file, or a name that `mechopt problems` lists; its design plays no part.
    """
    from mechopt.pipeline.theorems.registry import THEOREMS

    ask("theorem", Request(**given | {"name": named(THEOREMS, given["name"], "theorem").id}))


def ask(question: str, request: Request) -> None:
    """Answer a question and print, or save, the result."""
    forms = {"--json": request.as_json, "--latex": request.latex, "--explain": request.explain, "--details": request.details}
    chosen = [option for option, asked in forms.items() if asked]
    if len(chosen) > 1:
        raise click.UsageError(f"{chosen[0]} prints nothing else, so {chosen[1]} has no place; choose one")
    from mechopt.files.output import check_writable
    from mechopt.files.problem_file import load_any, locate

    if request.output is not None:
        check_writable(request.output, locate(request.problem))
    result = _answer(question, request, load_any(request.problem, request.settings))
    shown = partial(_text, question, result, request)
    deliver(request.problem, result.to_dict, shown, as_json=request.as_json, output=request.output)


def _answer(question: str, request: Request, problem: Any) -> Any:
    reductions = None if request.reductions == "auto" else ()
    options: dict[str, Any] = {"backend": request.backend, "reductions": reductions, "time_limit": request.time_limit}
    chosen = {"method": request.method, "gap": request.gap}
    options |= {key: value for key, value in chosen.items() if value is not None}
    options |= {"only": request.only} if question == "compare" else {}
    about = (request.name,) if question == "theorem" else ()
    return answered(request.problem, question, problem, *about, **options)


def _text(question: str, result: Any, request: Request, **look: Any) -> str:
    if request.latex:
        from mechopt.report.tables import answer_latex

        return answer_latex(result) if question in ("certify", "solve") else f"{result.to_latex()}\n"
    if question == "compare":
        from mechopt.report.comparison import comparison_text

        return comparison_text(result, details=request.details, **look)
    if question == "possibility_map":
        from mechopt.report.possibility import map_text

        return map_text(result, **look)
    if question == "theorem":
        from mechopt.report.theorems import finding_text

        return finding_text(result, **look)
    from mechopt.report.text import text

    shown = text(result, **look)
    if request.explain:
        from mechopt.report.explain import explain

        shown = f"{shown}\n{explain(result, width=look['width'])}\n"
    return shown
