"""The linear program of a question, before anybody solves it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from mechopt.dynamic.pivot import pivot
from mechopt.dynamic.problem import DynamicProblem
from mechopt.dynamic.program import MOST_PROGRAM_STATES, DynamicProgram, second_best_program, surplus_program
from mechopt.errors import ProgramSizeError
from mechopt.pipeline.answer import Settings
from mechopt.pipeline.frontiers.family import efficiency_family
from mechopt.problem import Problem
from mechopt.program.assemble import Assembled, assemble

__all__ = ["dynamic_program_of", "program_of"]


def program_of(problem: Problem, question: Literal["certify", "solve"] | str = "solve", reductions: Collection[str] | None = None) -> Assembled:
    """Return the program of a question, with what its rows and columns mean.

    Parameters
    ----------
    problem : Problem
    question : str
        ``"solve"``: the design's objective. ``"certify"``: the largest expected budget surplus of an efficient mechanism where that
        decides, else the least total violation, negative.
    reductions : collection of str, optional
        Names of the reductions that may be used; default: all whose conditions hold.

    Examples
    --------
    >>> from mechopt.environment.builders import bilateral_trade
    >>> from mechopt.environment.grids import uniform
    >>> program_of(Problem(bilateral_trade(uniform(0, 1, 6), uniform(0, 1, 6))), "certify").program.n_rows
    80
    """
    if question == "solve":
        return assemble(problem.environment, problem.design, None, reductions)
    family = efficiency_family((problem,), Settings())
    return assemble(problem.environment, family.corners[0].design, family.question, reductions)


def dynamic_program_of(problem: DynamicProblem, question: Literal["certify", "solve"] | str = "solve") -> DynamicProgram:
    """Return the program of a question about types that move: of the second best, or of the largest surplus of an efficient mechanism.

    Raises
    ------
    ProgramSizeError
        If there are too many profiles.
    InvalidEnvironmentError
        If the second best is asked for where actions move types: it is no linear program there.

    Examples
    --------
    >>> from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
    >>> dynamic_program_of(DynamicProblem(repeated_trade([0, 1], [0, 1], lazily_redrawn(0, 2), "1/2")), "certify").program.n_rows
    24
    """
    environment = problem.environment
    if environment.n_states > MOST_PROGRAM_STATES:
        raise ProgramSizeError(f"agents: {environment.n_states:,} profiles make the program too large; at most {MOST_PROGRAM_STATES} are possible")
    if question == "solve":
        return second_best_program(environment)
    efficient = pivot(environment).efficient
    return surplus_program(environment, efficient.best, efficient.value)
