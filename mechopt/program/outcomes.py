r"""A design in interim probabilities of outcomes, for any environment with private values and independent types; its oracle.

Types need not be ordered: truth is compared with every lie, and the oracle maximises virtual welfare profile by profile.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mechopt.design.design import Design
from mechopt.environment.blocks import OutcomeRule, surplus_scores
from mechopt.environment.environment import Environment
from mechopt.program.frame import Question
from mechopt.program.interim import InterimProgram, InterimTypes, payoff_weights
from mechopt.rational import IntegerArray, RationalArray

__all__ = ["OutcomeOracle", "OutcomePrices", "OutcomeProgram", "OutcomeTypes", "outcome_program", "separating"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Scores are multiples of 2^-40 of the largest; a type without probability decides alone.
_DIGITS, _ALONE = 40, 52


@dataclass(frozen=True, eq=False)
class OutcomeTypes(InterimTypes):
    """One agent's types.

    Attributes
    ----------
    utility : RationalArray, shape (n_types, n_outcomes)
        In money.
    """

    utility: RationalArray


@dataclass(frozen=True, eq=False)
class OutcomeProgram(InterimProgram[OutcomeTypes]):
    r"""Maximise over interim probabilities of outcomes and payoffs U.

    .. math::

        U_i(a) - U_i(b) \ge \sum_x \bigl(u_i(x,a) - u_i(x,b)\bigr) \bar\varphi_i(x|b), \qquad U_i(a) \ge \bar U_i(a)

    with :math:`\bar\varphi` the interim probabilities of some allocation rule, and a budget in expectation.
    """

    @property
    def n_members(self) -> list[int]:
        """How many agents each stands for: everybody for herself."""
        return [1] * len(self.agents)

    @cached_property
    def least_budget_price(self) -> Fraction:
        """What a unit of money is worth at least: in expectation to some agent, and where nobody has to be told the truth, to some type."""
        if self.budget == "none":
            return Fraction(0)
        worth = [sum(agent.weights, Fraction(0)) for agent in self.agents]
        if not self.incentives and self.design.participation == "interim-ir":
            worth += [w / f for agent in self.agents for w, f in zip(agent.weights, agent.prior, strict=True) if f]
        return max(*worth, *([Fraction(0)] if self.budget == ">=" else worth[:1]))


def outcome_program(environment: Environment, design: Design, question: Question) -> OutcomeProgram:
    """Return the program of a question that can be asked in interim quantities."""
    agents = []
    for i, agent in enumerate(environment.agents):
        weights = tuple(f * w for f, w in zip(agent.prior, payoff_weights(environment, design, question, i), strict=True))
        agents.append(OutcomeTypes(agent.prior, tuple(agent.outside.fractions()), weights, environment.utility(i)))
    return OutcomeProgram(environment, design, question, tuple(agents))


@dataclass(frozen=True, eq=False)
class OutcomePrices:
    """Prices of an `OutcomeProgram`, in floats.

    Attributes
    ----------
    true, reported : int arrays, length n_pairs
        Places in the row of all types: who does not report whom.
    incentive : float array, length n_pairs
    budget : float
    """

    true: Integers
    reported: Integers
    incentive: Floats
    budget: float

    def towards(self, other: OutcomePrices, share: float) -> OutcomePrices:
        """Return the prices at a share of the way to others, which may be about more pairs: later ones are added at the end."""
        own = np.concatenate([self.incentive, np.zeros(len(other.incentive) - len(self.incentive))])
        mixed = own + share * (other.incentive - own)
        return OutcomePrices(other.true, other.reported, mixed, self.budget + share * (other.budget - self.budget))


@dataclass(frozen=True, eq=False)
class OutcomeOracle:
    """Virtual welfare, the rule that maximises it, and its interim probabilities; one row for all types.

    Attributes
    ----------
    program : OutcomeProgram
    """

    program: OutcomeProgram

    @cached_property
    def utility(self) -> Floats:
        """Utilities of all types, shape (types, n_outcomes), in money."""
        return np.concatenate([agent.utility.floats() for agent in self.program.agents])

    @cached_property
    def prior(self) -> Floats:
        """Probabilities of all types."""
        return np.array([float(f) for f in self.program.prior])

    @cached_property
    def surplus(self) -> Floats:
        """What interim probabilities add to total surplus, shape (types, n_outcomes), in money: the first agent is charged the cost."""
        found = self.prior[:, None] * self.utility
        first = self.program.parts[0]
        found[first] -= self.prior[first][:, None] * self.program.environment.cost.floats()
        return found

    def virtual_welfare(self, prices: OutcomePrices) -> Floats:
        r"""Return virtual welfare, shape (types, n_outcomes); without the 1 for payoffs, and the cost charged to the first agent.

        .. math:: W_i(x,a) = (1 + \beta) f_i(a) u_i(x,a) + \sum_b \lambda_i(b \to a) \bigl(u_i(x,a) - u_i(x,b)\bigr)
        """
        weighted = (float(self.program.counts_surplus) + prices.budget) * self.surplus
        gained = prices.incentive[:, None] * (self.utility[prices.reported] - self.utility[prices.true])
        np.add.at(weighted, prices.reported, gained)
        return weighted

    def scores(self, weighted: Floats) -> Integers:
        """Return integer scores, shape (types, n_outcomes), whose rule maximises a virtual welfare."""
        spread = weighted - weighted.min(axis=1, keepdims=True)
        likely = self.prior > 0
        levels = np.zeros_like(spread)
        levels[likely] = _scaled(spread[likely] / self.prior[likely][:, None], _DIGITS)
        levels[~likely] = _scaled(spread[~likely], _ALONE)
        found: Integers = np.rint(levels).astype(np.int64)
        return found

    def rule(self, scores: Integers) -> OutcomeRule:
        """Return the rule of scores; among efficient outcomes, if only those may be chosen."""
        return OutcomeRule(self.program.environment, tuple(scores[part] for part in self.program.parts), self._first_scores)

    @cached_property
    def _first_scores(self) -> tuple[IntegerArray, ...]:
        return surplus_scores(self.program.environment) if self.program.question.efficient else ()

    def interim(self, scores: Integers) -> Floats:
        """Return the interim probabilities of a rule, types times outcomes in one row."""
        return np.concatenate(self.rule(scores).interim_floats()).reshape(-1)


def _scaled(levels: Floats, digits: int) -> Floats:
    largest = levels.max(initial=0.0)
    return levels * (2.0**digits / largest) if largest > 0 else levels


@lru_cache(maxsize=4)
def separating(program: OutcomeProgram) -> tuple[tuple[OutcomeRule, Fraction], ...]:
    r"""Return rules with their weights, which make every lie strictly worse than the truth, with payments that suit them.

    Somebody drawn by lot moves a uniform lottery towards what she likes, :math:`1/m + \delta (u_i(x,a) - \bar u_i(a))`: the gradient
    of a strictly convex function of utilities, up to constants. Each rule is a part of that lottery, the same for all her types, in
    which each of them has one outcome.
    """
    found = []
    sizes, m = program.environment.n_types, program.environment.n_outcomes
    for i, agent in enumerate(program.agents):
        ends = _lottery(agent.utility)
        levels = sorted({0, *ends.numerators.reshape(-1).tolist()})
        for low, high in pairwise(levels):
            choices = (ends.numerators <= low).sum(axis=1)
            scores = [np.zeros((k, m), dtype=np.int64) for k in sizes]
            scores[i][np.arange(sizes[i]), choices] = 1
            rule = OutcomeRule(program.environment, tuple(scores))
            found.append((rule, Fraction(high - low, ends.denominator * len(sizes))))
    return tuple(found)


def _lottery(utility: RationalArray) -> RationalArray:
    """Return the distribution function over outcomes that a type brings about when she is drawn, shape (n_types, n_outcomes)."""
    m = utility.shape[1]
    centred = utility - (utility.sum(axis=1) * Fraction(1, m)).reshape(-1, 1)
    largest = max(abs(int(centred.numerators.max())), abs(int(centred.numerators.min())))
    strength = Fraction(centred.denominator, m * largest) if largest else Fraction(0)
    chances = centred * strength + Fraction(1, m)
    return RationalArray(np.cumsum(chances.numerators, axis=1), chances.denominator)
