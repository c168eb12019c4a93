"""Programs about types that move, solved and proved: the largest surplus of an efficient mechanism, and the second best."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction

from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.pivot import Pivot, pivot_of
from mechopt.dynamic.prices import certificate_from
from mechopt.dynamic.process import initial_distribution
from mechopt.dynamic.program import MOST_PROGRAM_STATES, DynamicProgram, feasibility_program, second_best_program, surplus_program
from mechopt.dynamic.result import Proved
from mechopt.errors import ProgramSizeError, SolverError
from mechopt.exact.vertex import prove
from mechopt.pipeline.answer import Settings
from mechopt.rational import RationalArray, counted
from mechopt.solvers.backends import backend_named, resolver
from mechopt.solvers.solution import Solution

__all__ = ["Watch", "any_surplus", "exact_pivot", "largest_surplus", "second_best"]


class Watch:
    """How long each stage of an answer took, in seconds."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._stages = {"build": 0.0, "solve": 0.0, "prove": 0.0}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what is done inside for a stage."""
        start = time.perf_counter()
        yield
        self._stages[name] += time.perf_counter() - start

    @property
    def seconds(self) -> dict[str, float]:
        """The stages, and the time since the watch was started."""
        return {**self._stages, "total": time.perf_counter() - self._start}


def exact_pivot(environment: DynamicEnvironment) -> Pivot:
    """Return the dynamic pivot mechanism, exactly.

    Raises
    ------
    ProgramSizeError
        If there are too many profiles for exact values.
    """
    found = pivot_of(environment)
    if not isinstance(found, Pivot):
        raise ProgramSizeError(
            f"agents: {counted(environment.n_states, 'profile')} are too many to check properties of mechanisms exactly; use fewer types, "
            "or ask `certify`"
        )
    return found


def largest_surplus(found: Pivot, settings: Settings, watch: Watch, *, fees: bool = True) -> Proved | None:
    """Return the largest surplus of an efficient mechanism, with a bound that holds whatever efficient actions are chosen; None: too large."""
    environment, efficient = found.environment, found.efficient
    if environment.n_states > MOST_PROGRAM_STATES:
        return None
    constant = (initial_distribution(environment) * efficient.value).sum().item()
    with watch.stage("build"):
        assembled = surplus_program(environment, efficient.best, efficient.value, fees=fees)
    first = _proved(assembled, _solved(assembled, settings, watch), settings, watch, constant)
    if environment.action_independent or efficient.unique or first is None:
        return first
    with watch.stage("build"):
        assembled = surplus_program(environment, efficient.best, efficient.value, relaxed=True, fees=fees)
    relaxed = _proved(assembled, _solved(assembled, settings, watch), settings, watch, constant)
    return replace(first, certificate=None if relaxed is None else relaxed.certificate)


def _solved(assembled: DynamicProgram, settings: Settings, watch: Watch) -> Solution:
    """Return what a solver says about a program."""
    program = assembled.program
    settings.tell(f"solving a program of {counted(program.n_rows, 'row')} and {counted(program.n_columns, 'column')}")
    with watch.stage("solve"):
        return backend_named(settings.backend)(program, settings.options)


def _proved(assembled: DynamicProgram, solution: Solution, settings: Settings, watch: Watch, constant: Fraction = Fraction(0)) -> Proved | None:
    """Return the exact optimum of a program from a solver's basis, or None if that could not be proved optimal."""
    program = assembled.program
    if solution.status == "time-limit" or solution.basis is None:
        raise SolverError(f"{settings.backend} stopped with status {solution.status!r} and no basis; raise --time-limit, or use the backend highs")
    settings.tell("proving")
    with watch.stage("prove"):
        vertex = prove(program, solution.basis, resolver(program))
    if vertex is None or not vertex.optimal:
        return None
    point = RationalArray(vertex.x_numerators, vertex.x_denominator)
    prices = RationalArray(vertex.y_numerators, vertex.y_denominator) * RationalArray(program.row_denominators)
    certificate = certificate_from(assembled, prices, constant)
    return Proved(certificate, assembled.mechanism(point), program.n_rows, program.n_columns)


def second_best(
    environment: DynamicEnvironment, settings: Settings, watch: Watch, *, fees: bool = True, least: Fraction = Fraction(0)
) -> Proved | None:
    """Return the mechanism that balances with the largest welfare; None if the solver's basis could not be proved optimal.

    Where no mechanism balances there is none, and prices that prove it: those of the largest surplus of any mechanism, which is negative.

    Raises
    ------
    ProgramSizeError
        If there are too many profiles.
    InvalidEnvironmentError
        If actions move types.
    SolverError
        If the solver finds no mechanism, and nothing proves that there is none.
    """
    _check_size(environment)
    with watch.stage("build"):
        assembled = second_best_program(environment, fees=fees, least=least)
    solution = _solved(assembled, settings, watch)
    if solution.status != "infeasible":
        return _proved(assembled, solution, settings, watch)
    found = any_surplus(environment, settings, watch, fees=fees)
    if found is None or found.certificate is None or found.certificate.bound >= least:
        raise SolverError(
            f"{settings.backend} finds no stationary mechanism that people join and stay in, where truth pays and the budget allows it, but exact "
            "arithmetic does not confirm that there is none; use fewer types"
        )
    return replace(found, mechanism=None)


def any_surplus(environment: DynamicEnvironment, settings: Settings, watch: Watch, *, fees: bool = True) -> Proved | None:
    """Return the largest surplus of any mechanism that people join and stay in, efficient or not; None if it could not be proved.

    Raises
    ------
    ProgramSizeError
        If there are too many profiles.
    InvalidEnvironmentError
        If actions move types.
    """
    _check_size(environment)
    with watch.stage("build"):
        assembled = feasibility_program(environment, fees=fees)
    return _proved(assembled, _solved(assembled, settings, watch), settings, watch)


def _check_size(environment: DynamicEnvironment) -> None:
    if environment.n_states > MOST_PROGRAM_STATES:
        raise ProgramSizeError(
            f"agents: {environment.n_states:,} profiles make the program of the second best too large; at most {MOST_PROGRAM_STATES} are "
            "possible, so use fewer types, or ask `certify`"
        )
