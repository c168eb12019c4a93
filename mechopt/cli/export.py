"""The command that hands a program to other solvers: export."""

from __future__ import annotations

from pathlib import Path

import click

from mechopt.cli.completing import complete_problem, setting_option
from mechopt.cli.screen import say
from mechopt.cli.source import answered, asking

__all__ = ["export"]


@click.command(short_help="The linear program as MPS or LP, or the mechanism as a game for Gambit.")
@click.argument("problem", shell_complete=complete_problem)
@click.option("--question", type=click.Choice(["certify", "solve"]), default="solve", show_default=True, help="Whose program, or mechanism.")
@click.option("-o", "--output", required=True, metavar="FILE", help="A .mps or .lp file; or .efg, the mechanism as a game.")
@setting_option
@click.option("--reductions", type=click.Choice(["auto", "none"]), default="auto", show_default=True, help="Exact reductions of the program.")
def export(problem: str, question: str, output: str, settings: tuple[str, ...], reductions: str) -> None:
    """Write the linear program of a question for another solver, with names that say which agent and types a row or column is about.

    PROBLEM is a problem file, or a name that `mechopt problems` lists. The program maximises. For certify it is the largest expected surplus of
    an efficient mechanism where that decides, else the least violation, negative. A .efg file holds the best mechanism as a Bayesian game, in
    which telling the truth is an equilibrium if the mechanism is incentive compatible; that needs pygambit.
    """
    from mechopt.errors import ProblemFileError
    from mechopt.files.output import check_writable, write_text
    from mechopt.files.program_file import FORMATS

    check_writable(output)
    suffix = Path(output).suffix
    if suffix not in (*FORMATS, ".efg"):
        raise ProblemFileError(f"{output}: the name ends in {suffix!r}; write one that ends in {', '.join(FORMATS)} or .efg")
    text = _game(problem, question, settings) if suffix == ".efg" else _program(problem, question, settings, suffix, reductions)
    write_text(output, text)
    say("saved", output)


def _program(label: str, question: str, settings: tuple[str, ...], suffix: str, reductions: str) -> str:
    from mechopt.dynamic.problem import DynamicProblem
    from mechopt.files.problem_file import load_any
    from mechopt.files.program_file import program_text
    from mechopt.pipeline.programs import dynamic_program_of, program_of

    problem = load_any(label, settings)
    with asking(label) as progress:
        progress("assembling")
        if isinstance(problem, DynamicProblem):
            return program_text(dynamic_program_of(problem, question), suffix)
        return program_text(program_of(problem, question, None if reductions == "auto" else ()), suffix)


def _game(label: str, question: str, settings: tuple[str, ...]) -> str:
    from mechopt.errors import MechoptError
    from mechopt.files.game import bayesian_game, check_gambit
    from mechopt.files.problem_file import load
    from mechopt.mechanism.mechanism import Mechanism

    check_gambit()
    result = answered(label, question, load(label, settings), method="interim")  # a game needs tables
    if not isinstance(result.mechanism, Mechanism):
        raise MechoptError(f"{label}: {question} has no mechanism with tables to write as a game; the answer is {result.answer or result.status}")
    return str(bayesian_game(result.mechanism).to_efg())
