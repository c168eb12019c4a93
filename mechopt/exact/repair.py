r"""Rigorous prices from a float dual: round, let money cancel exactly, and push what is left along the incentive arcs.

Per agent the cancellation of money is a flow: each type is supplied by the objective and the budget, incentive prices carry supply from
type to type, participation prices drain it (model.md, display 12). Rounded incentive prices leave a residual at every type; it becomes the
participation price, and where that would be negative, supply is pushed along an arc from the type that has most. Any pair of types
may carry a price, so this always ends; the bound gets worse by about the rounding.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mechopt.exact.certificate import Certificate, PairPrices
from mechopt.rational import RationalArray

__all__ = ["Flows", "drained", "levelled", "repaired_by_type", "rounded_array"]

_DIGITS = 60
Flows = dict[tuple[int, int], Fraction]


def rounded_array(values: NDArray[np.float64], digits: int = _DIGITS) -> RationalArray:
    """Return doubles rounded to multiples of 2^-digits, exactly.

    Examples
    --------
    >>> rounded_array(np.array([0.5, 1e-30])).fractions()
    [Fraction(1, 2), Fraction(0, 1)]
    """
    scaled = [round(Fraction(value) * 2**digits) for value in values.reshape(-1).tolist()]
    numerators = np.empty(len(scaled), dtype=object)
    numerators[:] = scaled
    return RationalArray(numerators.reshape(values.shape), 2**digits).reduced()


def _objective_weight(certificate: Certificate, i: int) -> list[Fraction]:
    """Return the objective's weight on the interim payment of each type."""
    agent = certificate.environment.agents[i]
    if certificate.objective in ("revenue", "surplus"):
        return list(agent.prior)
    if certificate.objective in ("payoff", "weighted"):
        weights = (certificate.design.weights or {}).get(agent.name, (Fraction(1),) * agent.n_types)
        return [-p * w for p, w in zip(agent.prior, weights, strict=True)]
    return [Fraction(0)] * agent.n_types


def repaired_by_type(certificate: Certificate) -> Certificate | None:
    """Return prices that stand by type with money cancelled, or None where it cannot be: independent types, interim payments.

    Participation prices are not read: they become what is left. The bound is not recomputed.
    """
    environment, design = certificate.environment, certificate.design
    budget = _level(certificate)
    incentive, participation = [], []
    for i, agent in enumerate(environment.agents):
        objective = _objective_weight(certificate, i)
        supply = [weight + budget * p for weight, p in zip(objective, agent.prior, strict=True)]
        flows = _flows(certificate.incentive[i]) if certificate.incentive else {}
        for (a, b), price in flows.items():
            supply[a] -= price
            supply[b] += price
        if design.participation == "interim-ir":
            left = drained(supply, flows, certificate.incentive != ())
        else:
            total = sum(supply, Fraction(0)) if design.participation == "ex-ante-ir" else Fraction(0)
            rest = [entry - total * p for entry, p in zip(supply, agent.prior, strict=True)]
            if total < 0 or not levelled(rest, flows, certificate.incentive != ()):
                return None
            left = [total] if design.participation == "ex-ante-ir" else []
        if left is None:
            return None
        if certificate.incentive:
            incentive.append(_pairs(flows))
        if design.participation != "none":
            participation.append(RationalArray.from_fractions(left))
    level = None if certificate.budget is None else RationalArray.full((), budget)
    return replace(certificate, incentive=tuple(incentive), participation=tuple(participation), budget=level)


def _level(certificate: Certificate) -> Fraction:
    """Return the budget's price; without participation money cancels only at the price the objective dictates."""
    price = Fraction(0) if certificate.budget is None else _expected(certificate.budget)
    if certificate.design.participation == "none" and certificate.budget is not None:
        return -sum(_objective_weight(certificate, 0), Fraction(0))
    return price


def _expected(budget: RationalArray) -> Fraction:
    """Return one price for the budget: a price per profile counts by its sum."""
    return budget.item() if budget.ndim == 0 else budget.sum().item()


def _flows(pairs: PairPrices) -> Flows:
    return {(a, b): price for a, b, price in zip(pairs.true.tolist(), pairs.reported.tolist(), pairs.prices.fractions(), strict=True) if price}


def _pairs(flows: Flows) -> PairPrices:
    kept = sorted((pair, price) for pair, price in flows.items() if price)
    positions = np.array([pair for pair, _ in kept], dtype=np.int64).reshape(-1, 2)
    return PairPrices(positions[:, 0], positions[:, 1], RationalArray.from_fractions([price for _, price in kept]))


def drained(supply: list[Fraction], flows: Flows, arcs: bool) -> list[Fraction] | None:
    """Make every supply nonnegative by pushing from the richest type; what is left is the participation price."""
    supply = list(supply)
    for poor in range(len(supply)):
        while supply[poor] < 0:
            rich = max(range(len(supply)), key=supply.__getitem__)
            if not arcs or supply[rich] <= 0:
                return None
            _push(supply, flows, rich, poor, min(supply[rich], -supply[poor]))
    return supply


def levelled(supply: list[Fraction], flows: Flows, arcs: bool) -> bool:
    """Push until nothing is left anywhere; False if the total is not zero or nothing may be pushed."""
    supply = list(supply)
    if sum(supply, Fraction(0)) != 0:
        return False
    while any(supply):
        rich = max(range(len(supply)), key=supply.__getitem__)
        poor = min(range(len(supply)), key=supply.__getitem__)
        if not arcs:
            return False
        _push(supply, flows, rich, poor, min(supply[rich], -supply[poor]))
    return True


def _push(supply: list[Fraction], flows: Flows, rich: int, poor: int, amount: Fraction) -> None:
    """Send supply along the arc from one type to another, first by taking back what flows the other way."""
    back = min(amount, flows.get((poor, rich), Fraction(0)))
    if back:
        flows[poor, rich] -= back
    if amount > back:
        flows[rich, poor] = flows.get((rich, poor), Fraction(0)) + amount - back
    supply[rich] -= amount
    supply[poor] += amount
