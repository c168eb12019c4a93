r"""Rigorous prices from a float dual: round, let money cancel exactly, and push what is left along the incentive arcs.

Per agent the cancellation of money is a flow: each type is supplied by the objective and the budget, incentive prices carry supply from
type to type, participation prices drain it (model.md, display 12). Rounded incentive prices leave a residual at every type; it becomes the
participation price, and where that would be negative, supply is pushed along an arc from the type that has most. Any pair of types
may carry a price, so this always ends; the bound gets worse by about the rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mechopt.exact.certificate import Certificate, PairPrices
from mechopt.exact.lagrangian import lagrangian, proved_bound
from mechopt.exact.prices import certificate_from
from mechopt.program.assemble import Assembled
from mechopt.rational import RationalArray

__all__ = ["Flows", "drained", "levelled", "repaired_by_type", "repaired_certificate", "rounded_array"]

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


def repaired_certificate(assembled: Assembled, duals: NDArray[np.float64]) -> Certificate | None:
    """Return a valid certificate near a float dual solution, or None where money cannot be made to cancel.

    Parameters
    ----------
    assembled : Assembled
    duals : float array, length n_rows
        Of natural rows.
    """
    frame = assembled.frame
    environment, design = frame.environment, frame.design
    certificate = _signed(certificate_from(assembled, rounded_array(duals), Fraction(0)))
    if design.participation == "ex-post-ir" or design.limits_payments:
        repaired = _by_profile(_raised(certificate))
    elif design.ex_post_incentive or not environment.independent:
        repaired = _by_others(certificate)
    else:
        repaired = repaired_by_type(certificate)
    if repaired is None:
        return None
    repaired = _normalised(repaired)
    bound = proved_bound(repaired, frame.question.possible)
    return None if bound is None else replace(repaired, bound=bound)


def _positive(prices: RationalArray) -> RationalArray:
    return RationalArray(np.maximum(prices.numerators, 0), prices.denominator)


def _signed(certificate: Certificate) -> Certificate:
    """Cut off what has the wrong sign; prices of a budget with equality may have any."""
    design = certificate.design
    free = design.budget in ("balanced", "expected-balanced")
    budget = certificate.budget
    senses = {constraint.name: constraint.sense for constraint in design.constraints}
    limit = {">=": lambda price: max(price, Fraction(0)), "<=": lambda price: min(price, Fraction(0)), "=": lambda price: price}
    return replace(
        certificate,
        incentive=tuple(PairPrices(pairs.true, pairs.reported, _positive(pairs.prices)) for pairs in certificate.incentive),
        participation=tuple(_positive(prices) for prices in certificate.participation),
        budget=budget if budget is None or free else _positive(budget),
        floor={i: _positive(prices) for i, prices in certificate.floor.items()},
        cap={i: _positive(prices) for i, prices in certificate.cap.items()},
        constraints={name: limit[senses[name]](price) for name, price in certificate.constraints.items()},
        worst_case=None if certificate.worst_case is None else _positive(certificate.worst_case),
    )


def _normalised(certificate: Certificate) -> Certificate:
    """Scale prices so that the side condition of the objective holds: they may all be multiplied by one number."""
    factor = Fraction(1)
    if certificate.objective == "worst-case" and certificate.worst_case is not None:
        from mechopt.environment.welfare import surplus

        total = (certificate.worst_case * surplus(certificate.environment).max(axis=-1).reshape(-1)).sum().item()
        if total <= 0:
            return certificate
        factor = 1 / total
    if certificate.objective == "epsilon":
        total = sum((pairs.prices.sum().item() for pairs in certificate.incentive), Fraction(0))
        factor = 1 / max(total, Fraction(1))
    if certificate.objective == "subsidy":
        factor = _affordable(certificate)
    if factor == 1:
        return certificate
    return replace(
        certificate,
        incentive=tuple(PairPrices(pairs.true, pairs.reported, pairs.prices * factor) for pairs in certificate.incentive),
        participation=tuple(prices * factor for prices in certificate.participation),
        budget=None if certificate.budget is None else certificate.budget * factor,
        floor={i: prices * factor for i, prices in certificate.floor.items()},
        cap={i: prices * factor for i, prices in certificate.cap.items()},
        constraints={name: price * factor for name, price in certificate.constraints.items()},
        worst_case=None if certificate.worst_case is None else certificate.worst_case * factor,
    )


def _affordable(certificate: Certificate) -> Fraction:
    """Return the largest factor, at most one, that prices a unit of subsidy no higher than its probability."""
    budget = certificate.budget
    if budget is None:
        return Fraction(1)
    chances = certificate.environment.probability().reshape(-1).fractions()
    prices = [budget.item() * f for f in chances] if budget.ndim == 0 else budget.fractions()
    return min((f / price for price, f in zip(prices, chances, strict=True) if price > f > 0), default=Fraction(1))


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


def _raised(certificate: Certificate) -> Certificate:
    """Raise the budget's prices where the supply of payments is negative: participation drains what is supplied too much."""
    budget, environment = certificate.budget, certificate.environment
    if budget is None or certificate.design.ex_post_incentive:
        return certificate
    supply = lagrangian(replace(certificate, participation=())).money
    missing = RationalArray(np.maximum(-supply.numerators.min(axis=0), 0), supply.denominator).reshape(-1)
    if budget.ndim:
        return replace(certificate, budget=budget + missing)
    chances = environment.probability().reshape(-1).fractions()
    return replace(certificate, budget=budget + max((m / f for m, f in zip(missing.fractions(), chances, strict=True) if f), default=Fraction(0)))


def _by_profile(certificate: Certificate) -> Certificate | None:
    """Repair prices that stand by profile, where participation drains every profile on its own (ex post)."""
    if certificate.design.participation != "ex-post-ir" or not certificate.participation:
        return None
    environment = certificate.environment
    money = lagrangian(replace(certificate, participation=())).money
    ex_post = certificate.design.ex_post_incentive
    incentive = list(certificate.incentive)
    participation = []
    for i in range(environment.n_agents):
        supply = np.moveaxis(money.numerators[i].astype(object), i, 0).reshape(environment.n_types[i], -1)
        if np.any(supply < 0) and ex_post:
            incentive[i] = _pushed(incentive[i], supply, money.denominator, _drained_by_arcs)
        if np.any(supply < 0):
            return None
        participation.append(RationalArray(supply, money.denominator).reduced())
    return replace(certificate, incentive=tuple(incentive), participation=tuple(participation))


def _by_others(certificate: Certificate) -> Certificate | None:
    """Repair prices where participation counts in expectation, and truth pays at every profile or types are correlated.

    At every profile of the others the supply of an agent's types must add up to what participation drains there. That fixes the
    sums of the budget's prices, and how much participation costs in all; what is left at a profile of the others adds up to
    zero and is pushed along the incentive arcs. Interim incentives carry nothing from type to type when types are correlated.
    """
    environment, ex_post = certificate.environment, certificate.design.ex_post_incentive
    level = _level(certificate)
    settled = replace(certificate, budget=_spread(certificate, level))
    participation = _shared_out(settled, level)
    if participation is None:
        return None
    incentive = list(certificate.incentive)
    if not ex_post:
        incentive = [replace(pairs, prices=pairs.prices * 0) for pairs in incentive]
    settled = replace(settled, participation=participation, incentive=tuple(incentive))
    money = lagrangian(settled).money
    for i in range(environment.n_agents):
        supply = np.moveaxis(money.numerators[i].astype(object), i, 0).reshape(environment.n_types[i], -1)
        if np.any(supply != 0) and ex_post:
            incentive[i] = _pushed(incentive[i], supply, money.denominator, _emptied)
        if np.any(supply != 0):
            return None
    return replace(settled, incentive=tuple(incentive))


def _spread(certificate: Certificate, level: Fraction) -> RationalArray | None:
    """Return budget prices that add up to `level` in proportion to the others' probability, whoever is left out, near those given.

    What deviates from the multiple of the prior is made to add up to zero along every axis, or dropped where no arc could carry it.
    """
    budget, environment = certificate.budget, certificate.environment
    if budget is None or budget.ndim == 0:
        return None if budget is None else RationalArray.full((), level)
    multiple = environment.probability() * level
    if not certificate.design.ex_post_incentive:
        return multiple.reshape(-1)
    deviation = budget.reshape(*environment.n_types) - environment.probability() * _expected(budget)
    for i in range(environment.n_agents):
        along = deviation.sum(axis=i)
        shape = [1 if j == i else m for j, m in enumerate(environment.n_types)]
        deviation = deviation - along.reshape(*shape) * environment.along(environment.marginal(i), i)
    spread = multiple + deviation
    negative = spread.numerators < 0
    if certificate.design.budget == "no-deficit" and np.any(negative):
        # The least mixture with the multiple of the prior that has no negative price.
        places = np.flatnonzero(negative)
        above, below = (table.reshape(-1)[places].fractions() for table in (multiple, -spread))
        spread = multiple + deviation * min(a / (a + b) for a, b in zip(above, below, strict=True))
    return spread.reshape(-1).reduced()


def _shared_out(certificate: Certificate, level: Fraction) -> tuple[RationalArray, ...] | None:
    """Return participation prices that drain each agent's total supply, near those given; None where that takes a negative one."""
    kind, environment = certificate.design.participation, certificate.environment
    shared = []
    for i, agent in enumerate(environment.agents):
        supply = [weight + level * p for weight, p in zip(_objective_weight(certificate, i), agent.prior, strict=True)]
        total = sum(supply, Fraction(0))
        if total < 0 or (kind == "none" and total):
            return None
        if kind == "ex-ante-ir":
            shared.append(RationalArray.full((1,), total))
        elif kind == "interim-ir":
            known = certificate.participation[i].sum().item() if environment.independent else Fraction(0)
            if not known and min(supply) < 0:
                return None
            shared.append(certificate.participation[i] * (total / known) if known else RationalArray.from_fractions(supply))
    return tuple(shared)


def _emptied(supply: list[Fraction], flows: Flows) -> list[Fraction] | None:
    return [Fraction(0)] * len(supply) if levelled(supply, flows, True) else None


def _drained_by_arcs(supply: list[Fraction], flows: Flows) -> list[Fraction] | None:
    return drained(supply, flows, True)


Settle = Callable[[list[Fraction], Flows], list[Fraction] | None]


def _pushed(pairs: PairPrices, supply: NDArray[np.object_], denominator: int, settle: Settle) -> PairPrices:
    """Push supply, in place, from rich to poor types of one agent at every profile of the others that has a poor one."""
    scale = int(np.lcm(denominator, pairs.prices.denominator, dtype=object))
    rows = pairs.prices.over(scale).astype(object)
    prices = {pair: rows[k].copy() for k, pair in enumerate(zip(pairs.true.tolist(), pairs.reported.tolist(), strict=True))}
    for others in np.nonzero((supply < 0).any(axis=0))[0].tolist():
        column = [Fraction(entry, denominator) for entry in supply[:, others].tolist()]
        flows: Flows = {pair: Fraction(int(row[others]), scale) for pair, row in prices.items()}
        left = settle(column, flows)
        if left is None:
            continue
        for (a, b), price in flows.items():
            row = prices.setdefault((a, b), np.zeros(supply.shape[1], dtype=object))
            row[others] = int(price * scale)
        supply[:, others] = [int(entry * denominator) for entry in left]
    kept = sorted(prices)
    positions = np.array(kept, dtype=np.int64).reshape(-1, 2)
    return PairPrices(positions[:, 0], positions[:, 1], RationalArray(np.stack([prices[pair] for pair in kept]), scale))
