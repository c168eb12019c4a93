"""The linear program of a question, before anybody solves it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from mechopt.pipeline.answer import Settings
from mechopt.pipeline.frontiers.family import efficiency_family
from mechopt.problem import Problem
from mechopt.program.assemble import Assembled, assemble

__all__ = ["program_of"]


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
