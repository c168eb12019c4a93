"""Rules to begin a search with, and a lottery whose budget has something to spare."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mechopt.pipeline.clock import Clock
from mechopt.pipeline.columns import by_columns
from mechopt.pipeline.exact_rules import exact_optimum
from mechopt.pipeline.lottery import Lottery, exact_lottery, rule_of
from mechopt.program.frame import Question
from mechopt.program.oracles import Oracle, Prices
from mechopt.program.ordered import OrderedProgram, ordered_program

__all__ = ["safe_lottery", "starting_rules"]

Scores = NDArray[np.int64]


def starting_rules(program: OrderedProgram) -> list[Scores]:
    """Return efficient rules; unless only those are asked for, constant ones too, and those that serve the budget alone."""
    oracle = Oracle(program)
    pairs = len(program.pairs)
    nothing = Prices(np.zeros(pairs), np.zeros(pairs), 1.0)
    efficient = oracle.scores(oracle.virtual_welfare(nothing))
    rents = [_rents_from_below(program), _rents_from_above(program)]
    chosen = [efficient, *(oracle.scores(oracle.virtual_welfare(prices)) for prices in rents)]
    if program.question.efficient:
        return chosen
    size, kind = program.starts[-1], program.environment.kind
    constant = [np.full(size, -1, dtype=np.int64)]
    if kind != "public-good":
        owners = [i for i, agent in enumerate(program.agents) if any(agent.outside)]
        constant += [np.where(program.agent == i, 1, -1).astype(np.int64) for i in owners]
        constant += [np.where(np.isin(program.agent, owners), 1, -1).astype(np.int64)] if kind == "table" else []
    else:
        constant.append(np.ones(size, dtype=np.int64))
    return [*chosen, *constant]


def _rents_from_below(program: OrderedProgram) -> Prices:
    """Return the prices when every agent's lowest value is kept at her outside option, as a buyer's."""
    mass = np.array([float(f) for f in program.prior])
    up = [mass[k + 1 : program.starts[int(program.agent[k]) + 1]].sum() for k in program.pairs.tolist()]
    return Prices(np.array(up), np.zeros(len(up)), 1.0)


def _rents_from_above(program: OrderedProgram) -> Prices:
    """Return the prices when every agent's highest value is kept at her outside option, as an owner's."""
    mass = np.array([float(f) for f in program.prior])
    down = [mass[program.starts[int(program.agent[k])] : k + 1].sum() for k in program.pairs.tolist()]
    return Prices(np.zeros(len(down)), np.array(down), 1.0)


def safe_lottery(program: OrderedProgram, rules: list[Scores], clock: Clock) -> tuple[Lottery | None, list[Scores]]:
    """Return a lottery with an expected surplus, or at least none missing, and all rules known after looking for it.

    None if the budget plays no part, as where nobody may stay out, or if no such lottery was found.
    """
    if program.budget == "none" or program.design.participation == "none":
        return None, rules
    best = max(rules, key=lambda scores: _surplus(program, Oracle(program), scores))
    single = exact_lottery(program, [best], np.ones(1))
    if single.surplus(single.least_payoffs()) > 0:
        return single, rules
    unlimited = ordered_program(
        program.environment, replace(program.design, budget="none"), Question("surplus", program.question.efficient), program.groups
    )
    found = by_columns(unlimited, clock, 1e-12, rules, enough=0.0)
    lottery = exact_lottery(program, found.scores, found.weights) if len(found.weights) else None
    if lottery is None or lottery.surplus(lottery.least_payoffs()) < 0:
        exact = exact_optimum(unlimited, found, clock)
        lottery = None if exact is None else Lottery(program, exact.lottery.rules, exact.lottery.weights)
        if lottery is None or lottery.surplus(lottery.least_payoffs()) < 0:
            lottery = _property_rights(program)
    return lottery, found.scores


def _property_rights(program: OrderedProgram) -> Lottery | None:
    """Return the lottery that leaves the object with its owners; None unless outside options are shares of it and cost plays no part."""
    if program.environment.kind != "object" or program.question.efficient or np.any(program.environment.cost.numerators):
        return None
    shares = []
    for members, agent in zip(program.groups, program.agents, strict=True):
        held = {o / v for v, o in zip(agent.values, agent.outside, strict=True) if v} or {Fraction(0)}
        if len(held) > 1 or any(o for v, o in zip(agent.values, agent.outside, strict=True) if not v):
            return None
        shares.append(held.pop() * len(members))
    rest = 1 - sum(shares, Fraction(0))
    if min(rest, *shares) < 0:
        return None
    owners = [np.where(program.agent == i, 1, -1).astype(np.int64) for i in range(len(shares))]
    everybody = [*zip(owners, shares, strict=True), (np.full(program.starts[-1], -1, dtype=np.int64), rest)]
    kept = [(rule_of(program, scores), share) for scores, share in everybody if share]
    return Lottery(program, [rule for rule, _ in kept], [share for _, share in kept])


def _surplus(program: OrderedProgram, oracle: Oracle, scores: Scores) -> float:
    """Return a rule's expected surplus with the least payoffs that neighbours allow, in floats."""
    chances = oracle.interim(scores).tolist()
    payoffs = [float(entry) for entry in program.outside]
    if program.design.participation == "interim-ir":
        steps = dict(zip(program.pairs.tolist(), oracle.steps.tolist(), strict=True))
        for k, step in steps.items():
            payoffs[k + 1] = max(payoffs[k + 1], payoffs[k] + step * chances[k])
        for k, step in reversed(steps.items()):
            payoffs[k] = max(payoffs[k], payoffs[k + 1] - step * chances[k + 1])
    return float((program.copies * oracle.surplus) @ chances - (program.copies * oracle.prior) @ payoffs) - float(program.fixed_cost)
