"""Questions answered in interim quantities: rules by scores, exact lottery, certificate by type."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mechopt.design.design import Design
from mechopt.environment.environment import Environment
from mechopt.environment.rule import has_rules
from mechopt.exact.certificate import Certificate
from mechopt.exact.ordered import certificate_from_prices
from mechopt.mechanism.rules import AnyMechanism
from mechopt.pipeline.border import by_border
from mechopt.pipeline.clock import Clock
from mechopt.pipeline.columns import Found, by_columns
from mechopt.pipeline.exact_rules import exact_optimum
from mechopt.pipeline.lottery import Lottery, exact_lottery, mechanism_of
from mechopt.pipeline.outcomes import outcome_columns
from mechopt.pipeline.starting import safe_lottery, starting_rules
from mechopt.program.frame import Question
from mechopt.program.ordered import OrderedProgram, groups_of_equals, ordered_program
from mechopt.program.outcomes import outcome_program
from mechopt.rational import RationalArray

__all__ = ["InterimAnswer", "interim_answer"]

Scores = NDArray[np.int64]
# The exact stage takes about as long as so many rules by themselves: the lottery's, the certificate's, the checks'.
_EXACT_RULES = 40


@dataclass(frozen=True, eq=False)
class InterimAnswer:
    """What is known about one question.

    Attributes
    ----------
    mechanism : Mechanism, RulesMechanism or None
        Admissible.
    certificate : Certificate or None
        Valid; with objective ``"feasibility"`` and a negative bound it proves that nothing is admissible.
    statistics : dict
    seconds : dict
    method : str
        ``"vertex"`` (exact) or ``"rounding"``: how what was found in floats became exact.
    """

    mechanism: AnyMechanism | None
    certificate: Certificate | None
    statistics: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    method: str = "rounding"

    @property
    def n_rows(self) -> int:
        """Rows of the last master program."""
        return int(self.statistics.get("rows", 0))

    @property
    def infeasible(self) -> bool:
        """Whether nothing is admissible, proved."""
        return self.certificate is not None and self.certificate.objective == "feasibility" and self.certificate.bound < 0


def interim_answer(environment: Environment, design: Design, question: Question, method: str, clock: Clock, gap: float) -> InterimAnswer:
    """Answer a question for which there is no `interim_obstacle`, by ``"border"`` or ``"columns"``.

    Parameters
    ----------
    environment : Environment
    design : Design
    question : Question
    method : str
    clock : Clock
    gap : float
        Relative to the size of values: what to stop at.
    """
    if not has_rules(environment):
        return _by_outcome(environment, design, question, clock, gap)
    begin = time.perf_counter()
    program = ordered_program(environment, design, question, groups_of_equals(environment, design) if method == "columns" else None)
    rules = starting_rules(program)
    reserved = 0.0 if clock.limit is None else _EXACT_RULES * _seconds_of_a_rule(program, rules[0])
    safe, rules = safe_lottery(program, rules, clock.reserving(reserved).until(0.5))
    built = time.perf_counter()
    if program.budget != "none" and program.design.participation != "none" and safe is None:
        proof, method = _no_surplus(program, rules, clock)
        if proof is not None:
            return InterimAnswer(None, proof, {}, {"build": 0.0, "solve": time.perf_counter() - begin, "prove": 0.0}, method)
    found = (_by_border if method == "border" else by_columns)(program, clock.reserving(reserved), gap, rules)
    solved = time.perf_counter()
    exact = exact_optimum(program, found, clock.reserving(reserved), () if safe is None else safe.rules)
    mechanism = None if exact is None else mechanism_of(exact.lottery, None)
    certificate = None if exact is None or mechanism is None else exact.certificate
    method = "rounding" if certificate is None else "vertex"
    if mechanism is None:
        mechanism = _mechanism(program, found, safe)
    if certificate is None and found.prices is not None:
        certificate = certificate_from_prices(program, found.prices)
    seconds = {"build": built - begin, "solve": solved - built, "prove": time.perf_counter() - solved}
    ran = found.statistics | {"representatives": len(program.agents), "interrupted": clock.interrupted}
    if exact is not None:
        ran["exact_rounds"] = exact.rounds
    return InterimAnswer(mechanism, certificate, ran, seconds, method)


def _seconds_of_a_rule(program: OrderedProgram, scores: Scores) -> float:
    """Return how long a rule takes from scores to its exact surplus."""
    begin = time.perf_counter()
    single = exact_lottery(program, [scores], np.ones(1))
    single.surplus(single.least_payoffs())
    return time.perf_counter() - begin


def _by_outcome(environment: Environment, design: Design, question: Question, clock: Clock, gap: float) -> InterimAnswer:
    """Answer where one number per type is not enough."""
    begin = time.perf_counter()
    mechanism, certificate, found = outcome_columns(outcome_program(environment, design, question), clock, gap)
    seconds = {"build": 0.0, "solve": time.perf_counter() - begin, "prove": 0.0}
    return InterimAnswer(mechanism, certificate, found.statistics | {"interrupted": clock.interrupted}, seconds)


def _by_border(program: OrderedProgram, clock: Clock, gap: float, rules: list[Scores]) -> Found:
    """Find the best prices by Border's inequalities, then, next to them, the rules of which the best mechanism is a lottery."""
    start = by_columns(program, clock.until(0.1), gap, rules, rounds=0)
    border = by_border(program, clock.until(0.6), gap, start.point, rules[0])
    found = by_columns(program, clock, gap, [*rules, *border.scores], prices=border.prices)
    found.statistics = {"rounds": border.statistics["rounds"] + found.statistics["rounds"], "cuts": border.statistics["cuts"]} | {
        key: found.statistics[key] for key in ("rules", "rows", "columns")
    }
    return found


def _mechanism(program: OrderedProgram, found: Found, safe: Lottery | None) -> AnyMechanism | None:
    """Return the best of what was found, made admissible, and the safe lottery alone."""
    candidates = []
    if found.point is not None:
        payoffs = found.point.payoffs * found.unit
        candidates.append(mechanism_of(exact_lottery(program, found.scores, found.weights), safe, payoffs))
    if safe is not None and (not candidates or candidates[0] is None):
        candidates.append(mechanism_of(safe, None))
    return next((candidate for candidate in candidates if candidate is not None), None)


def _no_surplus(program: OrderedProgram, rules: list[Scores], clock: Clock) -> tuple[Certificate | None, str]:
    """Return the proof that no mechanism meets the budget, from the prices of the largest expected surplus (or None), and how it was made."""
    unlimited = ordered_program(
        program.environment, replace(program.design, budget="none"), Question("surplus", program.question.efficient), program.groups
    )
    found = by_columns(unlimited, clock.until(0.8), 1e-12, rules)
    exact = exact_optimum(unlimited, found, clock)
    certificate, method = None if exact is None else exact.certificate, "vertex"
    if certificate is None and found.prices is not None:
        certificate, method = certificate_from_prices(unlimited, found.prices), "rounding"
    if certificate is None or certificate.bound >= 0:
        return None, method
    return replace(certificate, design=program.design, objective="feasibility", budget=RationalArray.full((), 1)), method
