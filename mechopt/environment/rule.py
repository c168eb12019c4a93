"""Allocation rules given by scores: the outcome of largest score, and what it means in expectation, without visiting profiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache

import numpy as np

from mechopt.environment.environment import Environment
from mechopt.environment.sums import approval_probabilities
from mechopt.environment.winning import winner_given_type, winning_probabilities
from mechopt.rational import RationalArray, sum_of_entries

__all__ = ["Rule", "has_rules", "surplus_rule"]


def has_rules(environment: Environment) -> bool:
    """Return whether outcomes can be chosen by scores per agent and type: one object or a public good, independent types."""
    return environment.kind in ("object", "public-good") and environment.independent


@dataclass(frozen=True, eq=False)
class Rule:
    """The outcome of largest score at every profile; ties go to the first such outcome.

    Object: "agent i" has the score of her type, "nobody" zero. Public good: "yes" has the sum of the scores, "no" zero.

    Attributes
    ----------
    environment : Environment
        For which `has_rules` holds.
    scores : tuple of RationalArray, shape (n_types of i,)

    Examples
    --------
    >>> from mechopt.environment.builders import bilateral_trade
    >>> from mechopt.environment.grids import uniform
    >>> rule = surplus_rule(bilateral_trade(uniform(0, 1, 2), uniform(0, 1, 2)))
    >>> rule.own[0].texts(), rule.welfare()
    (['1/2', '1'], Fraction(5, 8))
    """

    environment: Environment
    scores: tuple[RationalArray, ...]

    @cached_property
    def priors(self) -> tuple[RationalArray, ...]:
        """Probabilities of the types of each agent."""
        return tuple(self.environment.marginal(i) for i in range(self.environment.n_agents))

    @cached_property
    def own(self) -> tuple[RationalArray, ...]:
        """Probability that agent i holds the object, or that the answer is yes, given her type; shape (n_types of i,) each."""
        probabilities = winning_probabilities if self.environment.kind == "object" else approval_probabilities
        return tuple(probabilities(self.scores, self.priors))

    def outcome(self, profile: Sequence[int]) -> int:
        """Return the position of the outcome chosen at a profile of type positions."""
        chosen = [table[a].item() for table, a in zip(self.scores, profile, strict=True)]
        if self.environment.kind == "public-good":
            return int(sum(chosen) > 0)
        best = max(chosen)
        return chosen.index(best) if best >= 0 else self.environment.n_agents

    def given_type(self, i: int) -> RationalArray:
        """Return the probability of each outcome given agent `i`'s type, shape (n_types of i, n_outcomes)."""
        if self.environment.kind == "object":
            return winner_given_type(self.scores, self.priors, i)
        yes = self.own[i]
        return RationalArray(np.stack([yes.denominator - yes.numerators, yes.numerators], axis=1), yes.denominator)

    def outcome_probabilities(self) -> RationalArray:
        """Return the probability of each outcome, shape (n_outcomes,)."""
        if self.environment.kind == "public-good":
            yes = (self.own[0] * self.priors[0]).sum().item()
            return RationalArray.from_fractions([1 - yes, yes])
        wins = [own * prior for own, prior in zip(self.own, self.priors, strict=True)]
        return RationalArray.from_fractions([*(table.sum().item() for table in wins), 1 - sum_of_entries(wins)])

    def cost(self) -> Fraction:
        """Return the designer's expected cost, in money."""
        return (self.outcome_probabilities() * self.environment.cost).sum().item()

    def cost_given_type(self, i: int) -> RationalArray:
        """Return the designer's expected cost given agent `i`'s type, shape (n_types of i,), in money."""
        constant = constant_cost(self.environment)
        if constant is not None:
            return RationalArray.full((self.environment.n_types[i],), constant)
        return (self.given_type(i) * self.environment.cost).sum(axis=1)

    def welfare(self) -> Fraction:
        """Return the expected total surplus, in money."""
        agents = zip(self.environment.agents, self.own, self.priors, strict=True)
        return sum_of_entries([agent.worth * own * prior for agent, own, prior in agents]) - self.cost()


def constant_cost(environment: Environment) -> Fraction | None:
    """Return the designer's cost if it is the same for all outcomes, else None."""
    cost = environment.cost.numerators
    return environment.cost[0].item() if bool(np.all(cost == cost[0])) else None


@lru_cache(maxsize=4)
def surplus_rule(environment: Environment) -> Rule:
    """Return the rule that maximises total surplus at every profile."""
    values = [agent.worth for agent in environment.agents]
    cost = environment.cost.fractions()
    if environment.kind == "object":
        return Rule(environment, tuple(table - (cost[i] - cost[-1]) for i, table in enumerate(values)))
    # The cost of saying yes is borne by the first score.
    return Rule(environment, (values[0] - (cost[1] - cost[0]), *values[1:]))
