"""A certificate from float prices of an outcome program: rounded, money cancelled, and evaluated in blocks, all exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mechopt.exact.certificate import Certificate, PairPrices
from mechopt.exact.lagrangian import proved_bound
from mechopt.exact.repair import repaired_by_type
from mechopt.program.outcomes import OutcomePrices, OutcomeProgram
from mechopt.rational import RationalArray

__all__ = ["certificate_from_outcome_prices"]

# So that scores and their sums stay within 64 bits; and prices are often simple fractions, with which the bound is exact.
_DIGITS, _SIMPLE, _NEAR = 40, 10**4, 1e-9
Read = Callable[[float], Fraction]


def certificate_from_outcome_prices(program: OutcomeProgram, prices: OutcomePrices) -> Certificate | None:
    """Return a valid certificate near float prices, with its exact bound; None where money cannot be made to cancel.

    Parameters
    ----------
    program : OutcomeProgram
    prices : OutcomePrices
    """
    found = []
    for read in (_simplest, _rounded):
        certificate = repaired_by_type(_certificate(program, prices, read))
        bound = None if certificate is None else proved_bound(certificate)
        if certificate is not None and bound is not None:
            found.append(replace(certificate, bound=bound))
    return min(found, key=lambda certificate: certificate.bound, default=None)


def _certificate(program: OutcomeProgram, prices: OutcomePrices, read: Read) -> Certificate:
    """Return rounded prices; those of participation follow."""
    nothing = [RationalArray.full((1 if program.design.participation == "ex-ante-ir" else m,), 0) for m in program.environment.n_types]
    incentive = []
    for part in program.parts if program.incentives else ():
        own = np.flatnonzero((prices.true >= part.start) & (prices.true < part.stop) & (prices.incentive > 0))
        incentive.append(PairPrices(prices.true[own] - part.start, prices.reported[own] - part.start, _exactly(prices.incentive[own], read)))
    return Certificate(
        program.environment,
        program.design,
        program.question.objective,
        program.question.efficient,
        Fraction(0),
        tuple(incentive),
        tuple(nothing) if program.design.participation != "none" else (),
        RationalArray.full((), max(read(prices.budget), program.least_budget_price)) if program.budget != "none" else None,
    )


def _exactly(values: NDArray[np.float64], read: Read) -> RationalArray:
    return RationalArray.from_fractions([read(value) for value in values.tolist()])


def _rounded(value: float) -> Fraction:
    return Fraction(round(Fraction(value) * 2**_DIGITS), 2**_DIGITS)


def _simplest(value: float) -> Fraction:
    """Return a simple fraction where one is near."""
    simple = Fraction(value).limit_denominator(_SIMPLE)
    return simple if abs(simple - Fraction(value)) < _NEAR else _rounded(value)
