"""Payments without end: what proves that an objective has no bound."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mechopt.pipeline.answer import Settings, payments_from
from mechopt.problem import Problem
from mechopt.program.assemble import Assembled, Question, assemble
from mechopt.program.linear import Program
from mechopt.rational import RationalArray, integers
from mechopt.solvers.backends import backend_named, resolver

__all__ = ["ray_of"]


def ray_of(problem: Problem, settings: Settings) -> RationalArray | None:
    r"""Return payments :math:`r` such that :math:`(\varphi, t + s r)` is admissible with :math:`(\varphi, t)` for every :math:`s \ge 0`.

    The objective rises with :math:`s`, so it has no bound if anything is admissible. Allocations are bounded, so nothing but payments can
    grow. They solve the design's program without its constants, where no outcome is chosen and nobody pays more than one.

    Returns
    -------
    RationalArray, shape (n_agents, *n_types), or None
        In money; None where none was found in exact arithmetic.

    Examples
    --------
    Without participation any tax may be levied, on all types alike.

    >>> from mechopt.design.design import Design
    >>> from mechopt.environment.builders import object_environment
    >>> from mechopt.environment.grids import uniform
    >>> taxed = Problem(object_environment({"Ann": uniform(0, 2, 2)}), Design(objective="revenue", participation="none", budget="none"))
    >>> ray_of(taxed, Settings()).texts()
    [['1', '1']]
    """
    from mechopt.exact.vertex import prove

    environment, design = problem.environment, problem.design
    assembled = assemble(environment, design, Question(design.objective, design.allocation == "efficient"), settings.reductions)
    program = _directions(assembled)
    solution = backend_named(settings.backend)(program, settings.options)
    vertex = None if solution.basis is None else prove(program, solution.basis, resolver(program))
    if vertex is None or not vertex.primal_feasible or vertex.value <= 0:
        return None
    nothing = RationalArray(np.zeros((*environment.n_types, environment.n_outcomes), dtype=np.int64), 1)
    return payments_from(assembled, RationalArray(vertex.x_numerators, vertex.x_denominator), nothing)


def _directions(assembled: Assembled) -> Program:
    """Return the program of what may be added: rows without constants, and payments between -1 and 1, or on one side of 0 if limited."""
    program, frame = assembled.program, assembled.frame
    pays = np.zeros(program.n_columns, dtype=np.int64)
    for block in frame.interim_payments:
        pays[block.slice] = 1
    if frame.payments is not None:
        pays[frame.payments.reshape(-1)] = 1
    everywhere = np.ones(program.n_columns, dtype=np.bool_)
    zeros = integers(np.zeros(program.n_rows, dtype=np.int64))
    return replace(
        program,
        row_lower=zeros,
        row_upper=zeros,
        column_lower=integers(np.where(program.column_has_lower, 0, -pays)),
        column_upper=integers(np.where(program.column_has_upper, 0, pays)),
        column_has_lower=everywhere,
        column_has_upper=everywhere,
        constant=program.constant * 0,
        integer_columns=~everywhere,  # no outcome is chosen, so none has to be chosen for certain
    )
