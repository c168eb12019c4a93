"""From rules and float weights to a mechanism without tables that has every property asked for, exactly."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from mechopt.environment.rule import Rule, worth
from mechopt.mechanism.rules import AnyMechanism, AnyRule, RulesMechanism, balances_profiles
from mechopt.pipeline.admissible import is_admissible
from mechopt.program.ordered import OrderedProgram
from mechopt.program.outcomes import OutcomeProgram
from mechopt.rational import RationalArray, integers, sum_of_entries

__all__ = ["Lottery", "RuleLottery", "exact_lottery", "mechanism_of", "rational_weights", "rule_of"]

_DIGITS = 60
_LEAST_WEIGHT = 1e-14
# Weights are often simple fractions, and then the value is exact.
_SIMPLE, _NEAR = 10**5, Fraction(1, 10**14)


Program = TypeVar("Program", bound=OrderedProgram | OutcomeProgram)
PlayedRule = TypeVar("PlayedRule", bound=AnyRule)


class RuleLottery(ABC, Generic[Program, PlayedRule]):
    """Rules with rational weights, and the payments that serve the design best given what types expect of the rules.

    Parameters
    ----------
    program : OrderedProgram or OutcomeProgram
    rules : sequence of Rule or OutcomeRule
    weights : sequence of Fraction
        Positive, with sum one.
    """

    def __init__(self, program: Program, rules: Sequence[PlayedRule], weights: Sequence[Fraction]) -> None:
        self.program, self.rules, self.weights = program, tuple(rules), tuple(weights)
        self._draft = RulesMechanism(program.environment, self.rules, self.weights, ())

    def mixed(self, other: Self, share: Fraction) -> Self:
        """Return the lottery that plays another one with a given probability."""
        weights: dict[PlayedRule, Fraction] = defaultdict(Fraction)
        for lottery, chance in ((self, 1 - share), (other, share)):
            for rule, weight in zip(lottery.rules, lottery.weights, strict=True):
                weights[rule] += chance * weight
        return type(self)(self.program, tuple(weights), tuple(weights.values()))

    @abstractmethod
    def least_payoffs(self) -> list[RationalArray]:
        """Return the least payoffs that incentives and participation allow."""

    @abstractmethod
    def near_payoffs(self, payoffs: NDArray[np.float64], least: list[RationalArray]) -> list[RationalArray]:
        """Return exact payoffs near float ones."""

    @abstractmethod
    def surplus(self, payoffs: list[RationalArray]) -> Fraction:
        """Return the expected budget surplus, in money."""

    @abstractmethod
    def mechanism(self, payoffs: list[RationalArray]) -> RulesMechanism:
        """Return the mechanism with given payoffs."""


class Lottery(RuleLottery[OrderedProgram, Rule]):
    """A lottery over rules given by a score per type; payoffs are those of values."""

    def __init__(self, program: OrderedProgram, rules: Sequence[Rule], weights: Sequence[Fraction]) -> None:
        super().__init__(program, rules, weights)
        # Types of equal value have equal scores, so any of them stands for all.
        self.probabilities = [
            self._draft.own[members[0]][[own[0] for own in agent.members]] for members, agent in zip(program.groups, program.agents, strict=True)
        ]

    def least_payoffs(self) -> list[RationalArray]:
        """Return the least payoffs by value that incentives and participation allow: longest paths from outside options."""
        design = self.program.design
        found = []
        for agent, chances in zip(self.program.agents, self.probabilities, strict=True):
            outside = agent.outside_table
            if not self.program.incentives:
                found.append(outside)
                continue
            anchors = outside if design.participation == "interim-ir" else None
            found.append(_longest_paths(agent.value_table, chances, anchors))
            if design.participation == "ex-ante-ir":
                found[-1] = found[-1] + ((outside - found[-1]) * agent.prior_table).sum()
        return found

    def surplus(self, payoffs: list[RationalArray]) -> Fraction:
        """Return the expected budget surplus, in money."""
        parts = []
        for members, agent, chances, own in zip(self.program.groups, self.program.agents, self.probabilities, payoffs, strict=True):
            worth = chances * agent.value_table - own
            parts.append(worth * agent.prior_table * len(members))
        return sum_of_entries(parts) - self._draft.cost()

    def near_payoffs(self, payoffs: NDArray[np.float64], least: list[RationalArray]) -> list[RationalArray]:
        """Return exact payoffs near float ones: steps cut to what incentives allow, then lifted to the least payoffs."""
        program, found = self.program, []
        for part, agent, chances, lowest in zip(program.parts, program.agents, self.probabilities, least, strict=True):
            floor = lowest.fractions()
            wanted = [Fraction(float(entry)) for entry in payoffs[part]]
            q, own = chances.fractions(), [wanted[0]]
            for k in range(1, len(wanted)):
                step = agent.values[k] - agent.values[k - 1]
                rise = wanted[k] - wanted[k - 1]
                if program.incentives:
                    rise = min(max(rise, step * q[k - 1]), step * q[k])
                own.append(own[-1] + rise)
            if not program.incentives:
                own = [max(low, high) for low, high in zip(floor, wanted, strict=True)]
            lift = max((low - high for low, high in zip(floor, own, strict=True)), default=Fraction(0))
            if program.design.participation == "ex-ante-ir":
                lift = sum((f * (o - u) for f, o, u in zip(agent.prior, agent.outside, own, strict=True)), Fraction(0))
            found.append(RationalArray.from_fractions(own) + max(lift, Fraction(0)))
        return found

    def mechanism(self, payoffs: list[RationalArray]) -> RulesMechanism:
        """Return the mechanism with given payoffs by value."""
        environment = self.program.environment
        tables = []
        for i, agent, own in zip([members[0] for members in self.program.groups], self.program.agents, payoffs, strict=True):
            by_type = np.argsort(np.concatenate([np.array(members) for members in agent.members]))
            value = np.repeat(np.arange(len(agent.members)), [len(members) for members in agent.members])[by_type]
            tables.append((self._draft.own[i] * worth(environment, i) - own[value]).reduced())
        everybody = tuple(tables[g] for g in self.program.group)
        return replace(self._draft, payments_given_type=everybody, balanced=balances_profiles(environment, self.program.design))


AnyLottery = RuleLottery[Any, Any]


def _longest_paths(values: RationalArray, chances: RationalArray, outside: RationalArray | None) -> RationalArray:
    """Return the least payoffs with U(k+1) >= U(k) + step q(k) and U(k) >= U(k+1) - step q(k+1), and U >= outside or U(0) = 0."""
    denominator = values.denominator * chances.denominator
    common = math.lcm(denominator, 1 if outside is None else outside.denominator)
    scale = common // denominator
    worth, q = values.numerators.tolist(), [scale * int(entry) for entry in chances.numerators.tolist()]
    payoffs = [0] if outside is None else [int(entry) for entry in outside.over(common).tolist()]
    for k in range(1, len(worth)):
        least = payoffs[k - 1] + (worth[k] - worth[k - 1]) * q[k - 1]
        if outside is None:
            payoffs.append(least)
        else:
            payoffs[k] = max(payoffs[k], least)
    for k in range(len(worth) - 2, -1, -1):
        payoffs[k] = max(payoffs[k], payoffs[k + 1] - (worth[k + 1] - worth[k]) * q[k + 1])
    return RationalArray(integers(np.array(payoffs, dtype=object)), common)


def exact_lottery(program: OrderedProgram, scores: Sequence[NDArray[np.int64]], weights: NDArray[np.float64]) -> Lottery:
    """Return rules given by scores of values with weights rounded to rationals that sum to one."""
    kept, rounded = rational_weights(weights, _DIGITS)
    return Lottery(program, [rule_of(program, scores[k]) for k in kept], rounded)


def rational_weights(weights: NDArray[np.float64], digits: int) -> tuple[list[int], list[Fraction]]:
    """Return the places of the weights that count, and these as rationals that sum to one: simple ones, or multiples of 2^-digits."""
    kept = [int(k) for k in np.argsort(-weights) if weights[k] > max(_LEAST_WEIGHT, 2.0**-digits)] or [int(np.argmax(weights))]
    simple = [Fraction(float(weights[k])).limit_denominator(_SIMPLE) for k in kept]
    rounded = [Fraction(round(Fraction(float(weights[k])) * 2**digits), 2**digits) for k in kept]
    if not all(simple) or any(abs(a - b) > _NEAR for a, b in zip(simple, rounded, strict=True)):
        simple = rounded
    simple[0] += 1 - sum(simple, Fraction(0))
    return kept, simple


def rule_of(program: OrderedProgram, scores: NDArray[np.int64]) -> Rule:
    """Return the rule of integer scores of values; ties go to the first group, and are shared within it."""
    flat = [Fraction(int(score)) for score in scores]
    tables = [RationalArray.from_fractions(program.spread(flat, members[0])) for members in program.groups]
    sharing = tuple(members for members in program.groups if len(members) > 1)
    return Rule(program.environment, tuple(tables[g] for g in program.group), sharing)


def mechanism_of(lottery: AnyLottery, safe: AnyLottery | None, payoffs: NDArray[np.float64] | None = None) -> AnyMechanism | None:
    """Return an admissible mechanism that plays a lottery, mixed with a little of a safe one if its budget needs it.

    Parameters
    ----------
    lottery : Lottery or OutcomeLottery
    safe : Lottery or OutcomeLottery, optional
        With an expected surplus.
    payoffs : float array, optional
        Payoffs of values that were found good, in money; used where the objective weighs types differently.
    """
    program = lottery.program
    least = lottery.least_payoffs()
    surplus = lottery.surplus(least)
    if program.budget != "none" and surplus < 0 and safe is not None:
        reserve = safe.surplus(safe.least_payoffs())
        if reserve > 0:
            lottery = lottery.mixed(safe, -surplus / (reserve - surplus))
            least = lottery.least_payoffs()
            surplus = lottery.surplus(least)
    candidates = [least]
    if program.question.objective == "weighted" and payoffs is not None:
        candidates.append(_afforded(lottery, lottery.near_payoffs(payoffs, least), least))
    found = [lottery.mechanism(_shared(lottery, own, lottery.surplus(own))) for own in candidates]
    design = replace(program.design, budget="none") if program.question.objective == "surplus" else program.design
    admissible = [entry for entry in found if is_admissible(entry, design, efficient=program.question.efficient)]
    if program.question.objective == "surplus":
        return max(admissible, key=lambda entry: entry.revenue(), default=None)
    return max(admissible, key=lambda entry: entry.value(design), default=None)


def _shared(lottery: AnyLottery, payoffs: list[RationalArray], surplus: Fraction) -> list[RationalArray]:
    """Share out the expected surplus where it may not stay, or is worth more with an agent: equally, or to whom it counts most.

    Where nobody may stay out, what is missing is shared as well.
    """
    program = lottery.program
    keeps = program.budget == "none" or (program.budget == ">=" and program.question.objective in ("welfare", "gains", "revenue"))
    if (surplus >= 0 and keeps) or (surplus < 0 and (program.budget == "none" or program.design.participation != "none")):
        return payoffs
    shares = [surplus / program.environment.n_agents] * len(program.agents)
    if program.question.objective == "weighted":
        totals = [sum(agent.weights, Fraction(0)) for agent in program.agents]
        best = max(range(len(totals)), key=totals.__getitem__)
        each = surplus / program.n_members[best] if program.budget == "=" or totals[best] > 0 else Fraction(0)
        shares = [each if g == best else Fraction(0) for g in range(len(totals))]
    return [own + share for own, share in zip(payoffs, shares, strict=True)]


def _afforded(lottery: AnyLottery, payoffs: list[RationalArray], least: list[RationalArray]) -> list[RationalArray]:
    """Return payoffs on the way from the least ones as far as the budget goes."""
    surplus, most = lottery.surplus(payoffs), lottery.surplus(least)
    if lottery.program.budget == "none" or surplus >= 0 or most < 0:
        return payoffs
    share = most / (most - surplus)
    return [low + (high - low) * share for low, high in zip(least, payoffs, strict=True)]
