"""A certificate from float prices of an ordered program: rounded, money cancelled, ironed, and spread over types, all exactly."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
from numpy.typing import NDArray

from mechopt.environment.environment import Agent
from mechopt.exact.certificate import Certificate, PairPrices
from mechopt.exact.ironing import exact_ironing
from mechopt.exact.lagrangian import proved_bound
from mechopt.exact.rents import ExactPrices
from mechopt.exact.repair import Flows, drained, levelled
from mechopt.program.oracles import Prices
from mechopt.program.ordered import OrderedProgram
from mechopt.rational import RationalArray

__all__ = ["certificate_from_exact_prices", "certificate_from_prices"]

_DIGITS = 60
# Prices are often simple fractions, and then the bound is exact.
_SIMPLE = 10**6


def certificate_from_prices(program: OrderedProgram, prices: Prices) -> Certificate | None:
    """Return a valid certificate near float prices, with its exact bound; None where money cannot be made to cancel.

    Parameters
    ----------
    program : OrderedProgram
    prices : Prices
    """
    found = []
    for read in (_simplest, _rounded):
        flows = [
            {pair: price for pair, price in zip(pairs, map(read, priced), strict=True) if price > 0}
            for pairs, priced in zip(_arcs(program), _by_agent(program, prices), strict=True)
        ]
        certificate = _certificate(program, flows, _budget(program, read(prices.budget)))
        found += [certificate] if certificate is not None else []
    return min(found, key=lambda certificate: certificate.bound, default=None)


def certificate_from_exact_prices(program: OrderedProgram, prices: ExactPrices) -> Certificate | None:
    """Return the certificate of exact prices, with its exact bound; None where money cannot be made to cancel.

    Parameters
    ----------
    program : OrderedProgram
    prices : ExactPrices
    """
    flows: list[Flows] = []
    for up, down, pairs in zip(prices.up, prices.down, _arcs(program), strict=True):
        priced = up.fractions() + down.fractions() if pairs else []
        flows.append({pair: price for pair, price in zip(pairs, priced, strict=True) if price})
    return _certificate(program, flows, _budget(program, prices.budget))


def _arcs(program: OrderedProgram) -> list[list[tuple[int, int]]]:
    """Return each agent's pairs of neighbours: from the higher value to the lower one, then the reverse."""
    lengths = [len(agent.values) - 1 if program.incentives else 0 for agent in program.agents]
    return [[(a + 1, a) for a in range(m)] + [(a, a + 1) for a in range(m)] for m in lengths]


def _by_agent(program: OrderedProgram, prices: Prices) -> list[list[float]]:
    """Return each agent's prices in the order of her pairs of neighbours."""
    ends = np.cumsum([len(pairs) // 2 for pairs in _arcs(program)])[:-1]
    parts = zip(np.split(prices.up, ends), np.split(prices.down, ends), strict=True)
    return [np.concatenate(part).tolist() for part in parts]


def _certificate(program: OrderedProgram, flows_by_agent: list[Flows], budget: Fraction) -> Certificate | None:
    incentive, participation = [], []
    for i, flows in enumerate(flows_by_agent):
        paid = _cancelled(program, i, flows, budget)
        if paid is None:
            return None
        if program.incentives:
            if not program.question.efficient:
                _iron(program, i, flows, budget)
            incentive.append(_spread(program, i, flows, budget, paid))
        if program.design.participation != "none":
            participation.append(RationalArray.from_fractions(_participation(program, i, paid)))
    certificate = Certificate(
        program.environment,
        program.design,
        program.question.objective,
        program.question.efficient,
        Fraction(0),
        tuple(incentive[g] for g in program.group if incentive),
        tuple(participation[g] for g in program.group if participation),
        RationalArray.full((), budget) if program.budget != "none" else None,
    )
    bound = proved_bound(certificate)
    return None if bound is None else replace(certificate, bound=bound)


def _budget(program: OrderedProgram, price: Fraction) -> Fraction:
    """Return the budget's price: no less than what money is worth to anybody in expectation, or participation could not absorb it."""
    if program.budget == "none":
        return Fraction(0)
    worth = max(sum(agent.weights, Fraction(0)) for agent in program.agents)
    if not program.incentives and program.design.participation == "interim-ir":
        # Nothing carries what a type's payoff weighs to another type.
        worth = max(h / f for agent in program.agents for h, f in zip(agent.weights, agent.prior, strict=True) if f)
    if program.design.participation == "none":
        return worth
    return max(price, worth, *([Fraction(0)] if program.budget == ">=" else []))


def _rounded(value: float) -> Fraction:
    return Fraction(round(Fraction(value) * 2**_DIGITS), 2**_DIGITS)


def _simplest(value: float) -> Fraction:
    return Fraction(value).limit_denominator(_SIMPLE)


def _representative(program: OrderedProgram, i: int) -> Agent:
    return program.environment.agents[program.groups[i][0]]


def _priced(flows: Flows) -> tuple[NDArray[np.int64], RationalArray]:
    """Return pairs, one to a row, and their prices."""
    return np.array(list(flows), dtype=np.int64).reshape(-1, 2), RationalArray.from_fractions(list(flows.values()))


def _scattered(places: NDArray[np.int64], entries: RationalArray, size: int) -> RationalArray:
    """Return entries added up at their places."""
    numerators = np.zeros(size, dtype=object)
    np.add.at(numerators, places, entries.numerators.astype(object))
    return RationalArray(numerators, entries.denominator)


def _cancelled(program: OrderedProgram, i: int, flows: Flows, budget: Fraction) -> list[Fraction] | None:
    """Return the participation prices of agent `i`'s values that make money cancel; flows are changed where that takes it."""
    agent = program.agents[i]
    pairs, prices = _priced(flows)
    out, into = (_scattered(pairs[:, end], prices, len(agent.values)) for end in (0, 1))
    supply = (agent.prior_table * budget - RationalArray.from_fractions(agent.weights) - out + into).fractions()
    kind = program.design.participation
    if kind == "interim-ir":
        return drained(supply, flows, program.incentives)
    total = sum(supply, Fraction(0)) if kind == "ex-ante-ir" else Fraction(0)
    share = [total * f for f in agent.prior]
    rest = [entry - part for entry, part in zip(supply, share, strict=True)]
    return share if total >= 0 and levelled(rest, flows, program.incentives) else None


def _iron(program: OrderedProgram, i: int, flows: Flows, budget: Fraction) -> None:
    """Add prices in circles between neighbours, so that virtual values increase: the bound is the better for it."""
    agent = program.agents[i]
    values, (pairs, prices) = agent.values, _priced(flows)
    lost = agent.value_table[pairs[:, 1]] - agent.value_table[pairs[:, 0]]
    surplus = RationalArray.from_fractions(program.surplus[program.parts[i]])
    weighted = surplus * (int(program.counts_surplus) + budget) + _scattered(pairs[:, 1], prices * lost, len(values))
    for k, passed in enumerate(exact_ironing(weighted.numerators.tolist(), agent.prior_table.numerators.tolist())):
        if passed > 0:
            circle = passed / (weighted.denominator * (values[k + 1] - values[k]))
            for pair in ((k, k + 1), (k + 1, k)):
                flows[pair] = flows.get(pair, Fraction(0)) + circle


def _spread(program: OrderedProgram, i: int, flows: Flows, budget: Fraction, paid: list[Fraction]) -> PairPrices:
    """Return prices between types: in proportion to probabilities, and what is left among types of equal value evened out."""
    members, prior = program.agents[i].members, _representative(program, i).prior
    if all(len(alike) == 1 for alike in members):
        spread = {(members[g][0], members[h][0]): price for (g, h), price in flows.items()}
    else:
        shares, spread = [_shares(alike, prior) for alike in members], {}
        for (g, h), price in flows.items():
            for (a, out), (b, into) in product(shares[g], shares[h]):
                spread[a, b] = spread.get((a, b), Fraction(0)) + price * out * into
        _even_out(program, i, spread, budget, paid)
    kept = sorted(pair for pair, price in spread.items() if price)
    positions = np.array(kept, dtype=np.int64).reshape(-1, 2)
    return PairPrices(positions[:, 0], positions[:, 1], RationalArray.from_fractions([spread[pair] for pair in kept]))


def _shares(members: tuple[int, ...], prior: tuple[Fraction, ...]) -> list[tuple[int, Fraction]]:
    total = sum((prior[a] for a in members), Fraction(0))
    return [(a, prior[a] / total) for a in members if prior[a]] if total else [(members[0], Fraction(1))]


def _even_out(program: OrderedProgram, i: int, spread: Flows, budget: Fraction, paid: list[Fraction]) -> None:
    """Let money cancel at every type of equal value: what is left moves to the one with the best outside option, at no change."""
    agent, own = _representative(program, i), program.agents[i]
    weights = _type_weights(program, i)
    left = [budget * f - h for f, h in zip(agent.prior, weights, strict=True)]
    for (a, b), price in spread.items():
        left[a] -= price
        left[b] += price
    target = _participation(program, i, paid)
    if program.design.participation == "ex-ante-ir":
        target = [target[0] * f for f in agent.prior]
    for members in own.members:
        best = _best_outside(program, i, members)
        for a in members:
            excess = left[a] - (target[a] if target else 0)
            if a != best and excess:
                pair = (a, best) if excess > 0 else (best, a)
                spread[pair] = spread.get(pair, Fraction(0)) + abs(excess)


def _type_weights(program: OrderedProgram, i: int) -> list[Fraction]:
    """Return what each type's payoff weighs in the objective, probability included."""
    agent, objective = _representative(program, i), program.question.objective
    unit = {"payoff": 1, "revenue": -1, "surplus": -1}.get(objective, 0)
    weights = (
        (program.design.weights or {}).get(agent.name, (Fraction(1),) * agent.n_types)
        if objective == "weighted"
        else (Fraction(unit),) * agent.n_types
    )
    return [f * w for f, w in zip(agent.prior, weights, strict=True)]


def _best_outside(program: OrderedProgram, i: int, members: tuple[int, ...]) -> int:
    outside = _representative(program, i).outside.numerators
    return max(members, key=lambda a: outside[a])


def _participation(program: OrderedProgram, i: int, paid: list[Fraction]) -> list[Fraction]:
    """Return participation prices by type, or the single one where participation counts before types are known."""
    kind = program.design.participation
    if kind == "none":
        return []
    if kind == "ex-ante-ir":
        return [sum(paid, Fraction(0))]
    found = [Fraction(0)] * _representative(program, i).n_types
    for members, price in zip(program.agents[i].members, paid, strict=True):
        found[_best_outside(program, i, members)] = price
    return found
