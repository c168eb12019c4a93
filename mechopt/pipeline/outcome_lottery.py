"""From rules by scores of outcomes and float weights to a mechanism without tables that has every property asked for, exactly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mechopt.environment.blocks import OutcomeRule
from mechopt.exact.repair import rounded_array
from mechopt.mechanism.rules import RulesMechanism, balances_profiles
from mechopt.pipeline.lottery import RuleLottery, rational_weights
from mechopt.program.outcomes import OutcomeOracle, OutcomeProgram, separating
from mechopt.rational import RationalArray, integers, stack, sum_of_entries

__all__ = ["OutcomeLottery", "exact_outcome_lottery"]

Payoffs = list[RationalArray]
# Fine enough for any gap that is asked for, and products with chances stay within 64 bits.
_DIGITS = 40
# Tried in turn where payments for the rounded rules do not exist: a share of a mechanism in which every lie costs.
_SHARES = (Fraction(0), *(Fraction(1, 2**digits) for digits in (40, 36, 32, 28, 24, 20, 16, 12, 8)))


class OutcomeLottery(RuleLottery[OutcomeProgram, OutcomeRule]):
    """A lottery over rules given by a score per type and outcome; payoffs are those of types."""

    def __init__(self, program: OutcomeProgram, rules: Sequence[OutcomeRule], weights: Sequence[Fraction]) -> None:
        super().__init__(program, rules, weights)
        self.chances = [self._draft.interim_allocation(i) for i in range(program.environment.n_agents)]

    @cached_property
    def worth(self) -> list[RationalArray]:
        """What a true type expects of the outcome by a report, shape (n_types, n_types) for every agent, in money."""
        return [agent.utility @ own.moveaxis(0, 1) for agent, own in zip(self.program.agents, self.chances, strict=True)]

    @property
    def can_be_paid(self) -> bool:
        """Whether there are payments with which truth pays."""
        if not self.program.incentives:
            return True
        return all(_longest_paths(table, RationalArray.full(table.shape[:1], 0)) is not None for table in self.worth)

    def least_payoffs(self) -> Payoffs:
        """Return the least payoffs that incentives and participation allow; without interim participation, some that incentives do."""
        if self.program.design.participation == "interim-ir":
            return self._raised([_row(agent.outside) for agent in self.program.agents])
        payoffs = self._on_average(self._raised([RationalArray.full((len(agent.outside),), 0) for agent in self.program.agents]))
        if self.program.design.participation == "none" and self.program.budget != "none":
            # Any tax may be levied, so the budget is met by taxes.
            due = self.surplus(payoffs) / len(payoffs)
            payoffs = [own + due for own in payoffs]
        return payoffs

    def near_payoffs(self, payoffs: NDArray[np.float64], least: Payoffs) -> Payoffs:
        """Return exact payoffs near float ones, raised to what incentives and participation ask for."""
        wanted = [rounded_array(payoffs[part], _DIGITS) for part in self.program.parts]
        if self.program.design.participation == "interim-ir":
            return self._raised([stack(pair).max(axis=0) for pair in zip(least, wanted, strict=True)])
        return self._on_average(self._raised(wanted))

    def _raised(self, floors: Payoffs) -> Payoffs:
        """Return the least payoffs above floors with which truth pays."""
        if not self.program.incentives:
            return floors
        found = [_longest_paths(table, own) for table, own in zip(self.worth, floors, strict=True)]
        return [own for own in found if own is not None]

    def _on_average(self, payoffs: Payoffs) -> Payoffs:
        """Return payoffs lifted, where participation counts before types are known, so that it holds."""
        if self.program.design.participation != "ex-ante-ir":
            return payoffs
        lifts = [((_row(agent.outside) - own) * _row(agent.prior)).sum() for agent, own in zip(self.program.agents, payoffs, strict=True)]
        return [own + lift for own, lift in zip(payoffs, lifts, strict=True)]

    def surplus(self, payoffs: Payoffs) -> Fraction:
        """Return the expected budget surplus, in money."""
        tables = [(_truth(table) - own) for table, own in zip(self.worth, payoffs, strict=True)]
        paid = [table * agent.chances for table, agent in zip(tables, self.program.environment.agents, strict=True)]
        return sum_of_entries(paid) - self._draft.cost()

    def mechanism(self, payoffs: Payoffs) -> RulesMechanism:
        """Return the mechanism with given payoffs of types."""
        paid = tuple((_truth(table) - own).reduced() for table, own in zip(self.worth, payoffs, strict=True))
        return replace(self._draft, payments_given_type=paid, balanced=balances_profiles(self.program.environment, self.program.design))


def _truth(worth: RationalArray) -> RationalArray:
    return RationalArray(np.diagonal(worth.numerators), worth.denominator)


def _row(entries: Sequence[Fraction]) -> RationalArray:
    return RationalArray.from_fractions(list(entries))


def _longest_paths(worth: RationalArray, floors: RationalArray) -> RationalArray | None:
    """Return the least payoffs above floors with U(a) >= U(b) + w(a, b) - w(b, b); None if a round of lies pays without end."""
    denominator = math.lcm(worth.denominator, floors.denominator)
    table = worth.over(denominator).astype(object)
    payoffs = floors.over(denominator).astype(object)
    gain = table - np.diagonal(table)[None, :]
    for _ in range(floors.size + 1):
        raised = (gain + payoffs[None, :]).max(axis=1)
        if np.array_equal(raised, payoffs):
            return RationalArray(integers(payoffs), denominator)
        payoffs = raised
    return None


def exact_outcome_lottery(program: OutcomeProgram, scores: Sequence[NDArray[np.int64]], weights: NDArray[np.float64]) -> OutcomeLottery | None:
    """Return rules with rounded weights, and as little of the separating mechanism as it takes for payments to exist.

    None if no share of it is enough, or if only efficient outcomes may be chosen, where none may be mixed in (nor has to be).
    """
    kept, rounded = rational_weights(weights, _DIGITS)
    oracle = OutcomeOracle(program)
    rules = [oracle.rule(scores[k]) for k in kept]
    for share in _SHARES if not program.question.efficient else _SHARES[:1]:
        apart = separating(program) if share else ()
        mixed = [(1 - share) * weight for weight in rounded] + [share * weight for _, weight in apart]
        lottery = OutcomeLottery(program, [*rules, *(rule for rule, _ in apart)], mixed)
        if lottery.can_be_paid:
            return lottery
    return None
