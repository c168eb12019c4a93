"""One question, answered: assembled, solved, proved, and read as a mechanism and a certificate."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from mechopt.design.design import Design
from mechopt.environment.environment import Environment
from mechopt.errors import SolverError
from mechopt.exact.certificate import Certificate
from mechopt.exact.lagrangian import proved_bound
from mechopt.exact.prices import certificate_from
from mechopt.mechanism.lift import lifted
from mechopt.mechanism.mechanism import Mechanism
from mechopt.mechanism.rules import AnyMechanism
from mechopt.pipeline.clock import Clock
from mechopt.pipeline.lies import growing_lies, missed_lies
from mechopt.pipeline.methods import Choice, choose
from mechopt.pipeline.sifting import FEWEST_PROFILES, sifted
from mechopt.program.assemble import Assembled, Question, assemble
from mechopt.program.identical import identical_agents, n_representative_profiles
from mechopt.program.reductions import Plan
from mechopt.program.start import likely_basis
from mechopt.rational import RationalArray, counted
from mechopt.solvers.backends import backend_named, resolver
from mechopt.solvers.solution import Options, Solution

# SciPy takes longer to import than many an answer to find: what needs it is imported where it runs.
if TYPE_CHECKING:
    from mechopt.program.orbits import Collapsed

__all__ = ["Answer", "Settings", "answer", "certificate_of", "mechanism_from", "settings_among"]


@dataclass(frozen=True)
class Settings:
    """How questions are answered.

    Attributes
    ----------
    backend : str
        Name in `mechopt.solvers.backends.BACKENDS`.
    reductions : collection of str or None
        Reductions that may be used; None: all that hold.
    options : Options
    exact : bool
        Whether an exact vertex is tried; otherwise an exact answer is looked for near the float one.
    sift : bool
        Whether large programs are solved by sifting.
    progress : callable or None
        Called with a short text when a stage begins.
    method : str
        A key of `mechopt.pipeline.methods.METHODS`.

    Raises
    ------
    UnknownNameError
        If there is no such backend.
    """

    backend: str = "highs"
    reductions: Collection[str] | None = None
    options: Options = Options()
    exact: bool = True
    sift: bool = True
    progress: Callable[[str], None] | None = None
    method: str = "auto"

    def __post_init__(self) -> None:
        backend_named(self.backend)  # a name that is wrong is said even where no program has to be solved

    @property
    def by_hand(self) -> bool:
        """Whether it was chosen how a linear program is solved."""
        return self.backend != "highs" or self.options.algorithm != "auto"

    def tell(self, stage: str) -> None:
        """Report that a stage begins."""
        if self.progress is not None:
            self.progress(stage)


def settings_among(options: Mapping[str, Any]) -> tuple[Settings, dict[str, Any]]:
    """Return the settings among options by name, and the other options.

    Examples
    --------
    >>> settings, others = settings_among({"method": "full", "time_limit": 60, "budget": "none"})
    >>> settings.method, settings.options.time_limit, others
    ('full', 60, {'budget': 'none'})
    """
    of_solver = {entry.name for entry in fields(Options)} & options.keys()
    of_pipeline = {entry.name for entry in fields(Settings)} & options.keys()
    solver = Options(**{name: options[name] for name in of_solver})
    settings = Settings(**{"options": solver} | {name: options[name] for name in of_pipeline})
    return settings, {name: value for name, value in options.items() if name not in of_solver | of_pipeline}


@dataclass(frozen=True, eq=False)
class Answer:
    """What is known about one question.

    Attributes
    ----------
    status : str
        ``"optimal"``, ``"infeasible"`` or ``"unbounded"``: the solver's word.
    assembled : Assembled or None
        None where no program was needed.
    mechanism : Mechanism, RulesMechanism or None
        Admissible if `primal` says so.
    certificate : Certificate or None
        Valid: its bound was recomputed from the environment.
    primal : bool
        Whether the point satisfies the program exactly.
    method : str
        ``"vertex"`` (exact), ``"rounding"``, or ``"none"``.
    seconds : dict
        Time spent to build, solve and prove.
    collapsed : Collapsed or None
        The program by representatives that was solved, where agents are identical.
    chosen : Plan or None
        The reductions, where no program was needed.
    n_arcs : int
        The constraints compared instead.
    choice : Choice or None
        The method, and why it was chosen.
    """

    status: str
    assembled: Assembled | None
    mechanism: AnyMechanism | None = None
    certificate: Certificate | None = None
    primal: bool = False
    method: str = "none"
    seconds: dict[str, float] = field(default_factory=dict)
    statistics: dict[str, Any] = field(default_factory=dict)
    collapsed: Collapsed | None = None
    chosen: Plan | None = None
    n_arcs: int = 0
    choice: Choice | None = None


def answer(environment: Environment, design: Design, question: Question, settings: Settings) -> Answer:
    """Answer one question about a design in an environment, by the method that suits it."""
    choice = choose(environment, design, question, settings.method, settings.reductions, hand=settings.by_hand)
    found = _by_rules(environment, design, question, choice.method, settings) if choice.method in ("border", "columns") else None
    if found is None:
        found = _by_program(environment, design, question, replace(settings, reductions=() if choice.method == "full" else settings.reductions))
    return replace(found, choice=choice)


def _by_rules(environment: Environment, design: Design, question: Question, method: str, settings: Settings) -> Answer | None:
    """Answer a question without visiting profiles; None where neither a mechanism nor a proof was found."""
    clock = Clock(settings.options.time_limit, settings.progress)
    from mechopt.pipeline.interim import interim_answer

    found = interim_answer(environment, design, question, method, clock, settings.options.gap)
    if found.mechanism is None and found.certificate is None:
        return None
    status = "infeasible" if found.infeasible else "optimal"
    certificate = found.certificate
    return Answer(status, None, found.mechanism, certificate, True, found.method, found.seconds, found.statistics, n_arcs=found.n_rows)


def _by_program(environment: Environment, design: Design, question: Question, settings: Settings) -> Answer:
    """Answer a question by one program; lies that floats take for worthless are asked for, too, until truth pays exactly."""
    while True:
        found = _by_one_program(environment, design, question, settings)
        mechanism, asked = found.mechanism, None if found.assembled is None else found.assembled.frame.question
        missed = missed_lies(mechanism, design, asked) if isinstance(mechanism, Mechanism) and asked is not None else None
        if missed is None:
            return found
        question = missed


def _by_one_program(environment: Environment, design: Design, question: Question, settings: Settings) -> Answer:
    start = time.perf_counter()
    settings.tell("assembling")
    assembled, solution = _assembled(environment, design, question, settings)
    built = time.perf_counter() if solution is None else start
    settings.tell(f"solving a program of {counted(assembled.program.n_rows, 'row')} and {counted(assembled.program.n_columns, 'column')}")
    solution = solution or _sifted(assembled, settings)
    by_representatives = _collapsed(assembled) if solution is None and assembled.frame.plan.applies("E4") else None
    if by_representatives is None:
        assembled = _without_representatives(assembled)
    solution = solution or _solution(assembled, by_representatives, settings)
    solved = time.perf_counter()
    seconds = {"build": built - start, "solve": solved - built}
    if solution.status in ("infeasible", "unbounded"):
        stages = seconds | {"prove": 0.0}
        return Answer(solution.status, assembled, seconds=stages, statistics=solution.statistics, collapsed=by_representatives)
    if solution.x is None:
        raise SolverError(f"{settings.backend} stopped with status {solution.status!r} and no solution; raise --time-limit or reduce the size")
    settings.tell("proving")
    found = _proved(assembled, by_representatives, solution, settings)
    seconds["prove"] = time.perf_counter() - solved
    return Answer("optimal", assembled, *found, seconds=seconds, statistics=solution.statistics, collapsed=by_representatives)


def _assembled(environment: Environment, design: Design, question: Question, settings: Settings) -> tuple[Assembled, Solution | None]:
    """Return the program of a question; also its solution where that tells which incentive constraints have to be in it."""
    if settings.sift and settings.reductions is None:
        found = growing_lies(environment, design, question, settings.backend, settings.options)
        if found is not None:
            return found
    return assemble(environment, design, replace(question, lies=None), settings.reductions), None


def _sifted(assembled: Assembled, settings: Settings) -> Solution | None:
    """Return a solution by sifting, where it is made for the program and representatives alone do not make that small."""
    environment, design = assembled.frame.environment, assembled.frame.design
    if not settings.sift or environment.n_profiles < FEWEST_PROFILES:
        return None
    if assembled.frame.plan.applies("E4") and n_representative_profiles(environment, identical_agents(environment, design)) < FEWEST_PROFILES:
        return None
    return sifted(assembled, settings.backend, settings.options)


def _collapsed(assembled: Assembled) -> Collapsed | None:
    from mechopt.program.orbits import collapsed

    return collapsed(assembled)


def _without_representatives(assembled: Assembled) -> Assembled:
    chosen = assembled.frame.plan.without("E4", "sifting outcomes is faster here")
    return replace(assembled, frame=replace(assembled.frame, plan=chosen))


def _solution(assembled: Assembled, by_representatives: Collapsed | None, settings: Settings) -> Solution:
    """Return a float solution of a program, or of the representatives' where there is one."""
    solve = backend_named(settings.backend)
    if by_representatives is not None:
        program = by_representatives.program
        settings.tell(f"solving by representatives: {counted(program.n_rows, 'row')} and {counted(program.n_columns, 'column')}")
        return solve(program, settings.options)
    program = assembled.program
    solution = solve(program, settings.options, likely_basis(assembled))
    if solution.status in ("optimal", "time-limit"):
        return solution
    # What follows from a guessed start is no answer unless it is an optimum.
    return solve(program, settings.options)


def _proved(
    assembled: Assembled, by_representatives: Collapsed | None, solution: Solution, settings: Settings
) -> tuple[Mechanism | None, Certificate | None, bool, str]:
    program = assembled.program if by_representatives is None else by_representatives.program
    point = prices = vertex = None
    if settings.exact and solution.basis is not None and solution.status == "optimal":
        from mechopt.exact.vertex import prove

        vertex = prove(program, solution.basis, resolver(program))
    if vertex is not None and vertex.primal_feasible:
        point = RationalArray(vertex.x_numerators, vertex.x_denominator)
    if vertex is not None and vertex.dual_feasible:
        prices = RationalArray(vertex.y_numerators, vertex.y_denominator)
    method = "rounding" if point is None or prices is None else "vertex"
    if method == "rounding":
        # A vertex that is exact on one side only serves on that side.
        from mechopt.pipeline.rounding import rounded

        point, prices = rounded(program, solution, point, prices)
    if by_representatives is not None:
        point = None if point is None else RationalArray(by_representatives.point(point.numerators), point.denominator)
        prices = None if prices is None else RationalArray(*by_representatives.prices(prices.numerators, prices.denominator))
    mechanism = None if point is None else mechanism_from(assembled, point)
    return mechanism, None if prices is None else certificate_of(assembled, prices), point is not None, method


def certificate_of(assembled: Assembled, prices: RationalArray) -> Certificate | None:
    """Return the certificate of exact prices of integer rows, its bound recomputed from the environment; None if they prove nothing."""
    duals = prices * RationalArray(assembled.program.row_denominators)
    certificate = certificate_from(assembled, duals, Fraction(0))
    bound = proved_bound(certificate, assembled.frame.question.possible)
    return None if bound is None else replace(certificate, bound=bound)


def mechanism_from(assembled: Assembled, point: RationalArray) -> Mechanism:
    """Return the mechanism that a point of a program describes; interim payments are lifted to ex post ones."""
    frame = assembled.frame
    environment = frame.environment
    shape = (*environment.n_types, environment.n_outcomes)
    allocation = _at(point, frame.allocation).reshape(*shape).reduced()
    return Mechanism(environment, allocation, payments_from(assembled, point, allocation))


def payments_from(assembled: Assembled, point: RationalArray, allocation: RationalArray) -> RationalArray:
    """Return the ex post payments that a point of a program describes, shape (n_agents, *n_types); interim ones are lifted."""
    frame = assembled.frame
    environment = frame.environment
    if frame.payments is not None:
        return _at(point, frame.payments).reshape(environment.n_agents, *environment.n_types).reduced()
    interim = [point[block.slice].reduced() for block in frame.interim_payments]
    return lifted(environment, frame.design, allocation, interim)


def _at(point: RationalArray, columns: np.ndarray[Any, Any]) -> RationalArray:
    present = columns >= 0
    numerators = np.where(present, point.numerators[np.where(present, columns, 0)], 0)
    return RationalArray(numerators, point.denominator)
