"""Questions answered by column generation over rules by scores of outcomes, for any private values and independent types."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mechopt.exact.certificate import Certificate
from mechopt.exact.outcomes import certificate_from_outcome_prices
from mechopt.mechanism.rules import AnyMechanism
from mechopt.pipeline.clock import Clock
from mechopt.pipeline.columns import Found, by_columns
from mechopt.pipeline.lottery import mechanism_of
from mechopt.pipeline.outcome_lottery import OutcomeLottery, exact_outcome_lottery
from mechopt.program.frame import Question
from mechopt.program.outcomes import OutcomeOracle, OutcomePrices, OutcomeProgram, outcome_program
from mechopt.rational import RationalArray

__all__ = ["outcome_columns"]

Scores = NDArray[np.int64]


def outcome_columns(program: OutcomeProgram, clock: Clock, gap: float) -> tuple[AnyMechanism | None, Certificate | None, Found]:
    """Return an admissible mechanism, a valid certificate, and what the search found.

    Where nothing is admissible, the certificate has objective ``"feasibility"`` and a negative bound.

    Parameters
    ----------
    program : OutcomeProgram
    clock : Clock
    gap : float
        Relative to the size of utilities: what to stop at.
    """
    rules, safe, proof = _starting(program, clock)
    if proof is not None:
        return None, proof, Found()
    found = by_columns(program, clock.until(0.8), gap, rules)
    mechanism = _mechanism(program, found, safe)
    certificate = certificate_from_outcome_prices(program, found.prices) if isinstance(found.prices, OutcomePrices) else None
    return mechanism, certificate, found


def _starting(program: OutcomeProgram, clock: Clock) -> tuple[list[Scores], OutcomeLottery | None, Certificate | None]:
    """Return rules to begin with, a lottery with an expected surplus (or none missing), or the proof that there is none."""
    rules = _first_rules(program)
    if program.budget == "none" or program.design.participation == "none":
        return rules, None, None
    unlimited = outcome_program(program.environment, replace(program.design, budget="none"), Question("surplus", program.question.efficient))
    found = by_columns(unlimited, clock.until(0.4), 1e-12, rules, enough=0.0)
    lottery = exact_outcome_lottery(program, found.scores, found.weights) if len(found.weights) else None
    if lottery is not None and lottery.surplus(lottery.least_payoffs()) >= 0:
        return found.scores, lottery, None
    return found.scores, _constant(program, rules), _no_surplus(program, unlimited, found)


def _first_rules(program: OutcomeProgram) -> list[Scores]:
    """Return an efficient rule, and, unless only those are asked for, those that never listen."""
    oracle = OutcomeOracle(program)
    shape = oracle.surplus.shape
    efficient = oracle.scores(oracle.surplus)
    if program.question.efficient:
        return [efficient]
    constant = []
    for x in range(shape[1]):
        scores = np.zeros(shape, dtype=np.int64)
        scores[:, x] = 1
        constant.append(scores)
    return [efficient, *constant]


def _constant(program: OutcomeProgram, rules: list[Scores]) -> OutcomeLottery | None:
    """Return a single rule that loses no money, where rounding spoils the lottery that earns none."""
    lotteries = [exact_outcome_lottery(program, [scores], np.ones(1)) for scores in rules]
    found = [lottery for lottery in lotteries if lottery is not None and lottery.surplus(lottery.least_payoffs()) >= 0]
    return next(iter(found), None)


def _no_surplus(program: OutcomeProgram, unlimited: OutcomeProgram, found: Found) -> Certificate | None:
    """Return the proof that no mechanism meets the budget, from the prices of the largest expected surplus; None if there is none."""
    if not isinstance(found.prices, OutcomePrices):
        return None
    certificate = certificate_from_outcome_prices(unlimited, found.prices)
    if certificate is None or certificate.bound >= 0:
        return None
    return replace(certificate, design=program.design, objective="feasibility", budget=RationalArray.full((), 1))


def _mechanism(program: OutcomeProgram, found: Found, safe: OutcomeLottery | None) -> AnyMechanism | None:
    """Return what was found, made admissible, or else the safe lottery alone."""
    if found.point is not None:
        lottery = exact_outcome_lottery(program, found.scores, found.weights)
        mechanism = None if lottery is None else mechanism_of(lottery, safe, found.point.payoffs * found.unit)
        if mechanism is not None:
            return mechanism
    return None if safe is None else mechanism_of(safe, None)
