"""Which requirements contradict each other: a minimal set, any one of which would have to go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from mechopt.design.design import Design
from mechopt.pipeline.answer import Answer, Settings, answer
from mechopt.pipeline.compatible import are_compatible
from mechopt.problem import Problem
from mechopt.program.assemble import Question

__all__ = ["conflict_of", "conflicting_requirements"]

# Beyond so many rows the question costs more than the answer it comes with.
_MOST_ROWS = 1000


def conflict_of(problem: Problem, found: Answer, settings: Settings, *, efficient: bool) -> tuple[str, ...]:
    """Return the `conflicting_requirements` of a problem that was proved impossible, where the program is small, else nothing."""
    n_rows = problem.environment.n_profiles + found.n_arcs if found.assembled is None else found.assembled.program.n_rows
    if n_rows > _MOST_ROWS or problem.environment.n_profiles > _MOST_ROWS:
        return ()
    if problem.design.allocation == "deterministic":  # lotteries may do what was proved impossible without them
        return conflicting_requirements(problem, settings, efficient=efficient)
    return _minimal(problem, _asked(problem, efficient), settings)


def conflicting_requirements(problem: Problem, settings: Settings, *, efficient: bool) -> tuple[str, ...]:
    """Return a minimal set of requirements that cannot be had together; empty if they can.

    Parameters
    ----------
    problem : Problem
    settings : Settings
    efficient : bool
        Whether efficiency is required whatever the design's allocation says.

    Returns
    -------
    tuple of str
        Property ids such as ``"bic"``, and ``"efficient"``, ``"payment limits"``, ``"constraints"``. The requirements left
        after dropping any single one of them can be had together with each other.
    """
    design = _asked(problem, efficient)
    return () if _feasible(problem, design, settings) else _minimal(problem, design, settings)


def _asked(problem: Problem, efficient: bool) -> Design:
    design = replace(problem.design, allocation="efficient" if efficient else problem.design.allocation)
    return replace(design, objective="welfare", weights=None) if efficient else design.without_free_incentives()


def _minimal(problem: Problem, design: Design, settings: Settings) -> tuple[str, ...]:
    """Return the requirements without which nothing contradicts: each that can be dropped while the others still do is dropped."""
    kept = []
    for name, drop in _requirements(design):
        without = drop(design)
        if _feasible(problem, without, settings):
            kept.append(name)
        else:
            design = without
    return tuple(kept)


def _requirements(design: Design) -> list[tuple[str, Callable[[Design], Design]]]:
    present: list[tuple[str, Callable[[Design], Design]]] = []
    if design.constraints:
        present.append(("constraints", lambda given: replace(given, constraints=())))
    if design.payment_floor or design.payment_cap:
        present.append(("payment limits", lambda given: replace(given, payment_floor=None, payment_cap=None)))
    if design.allocation == "efficient":
        present.append(("efficient", lambda given: replace(given, allocation="any")))
    if design.budget != "none":
        present.append((design.budget, lambda given: replace(given, budget="none")))
    if design.participation != "none":
        present.append((design.participation, lambda given: replace(given, participation="none")))
    if design.incentive != "none":
        present.append((design.incentive, lambda given: replace(given, incentive="none")))
    return present


def _feasible(problem: Problem, design: Design, settings: Settings) -> bool:
    design = replace(design, allocation="any") if design.allocation == "deterministic" else design
    if problem.environment.n_profiles <= _MOST_ROWS and are_compatible(problem.environment, design):
        return True
    found = answer(problem.environment, design, Question("feasibility", design.allocation == "efficient"), settings)
    return found.certificate is None or found.certificate.bound >= 0
