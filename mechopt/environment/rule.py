"""Allocation rules given by scores: the outcome of largest score, and what it means in expectation, without visiting profiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache

import numpy as np

from mechopt.environment.environment import Environment
from mechopt.environment.sums import approval_probabilities
from mechopt.environment.units import Units, identical_units, outcome_given_type, served_probabilities
from mechopt.environment.winning import winner_given_type, winning_probabilities
from mechopt.rational import RationalArray, sum_of_entries

__all__ = ["Rule", "constant_cost", "has_rules", "surplus_rule", "worth"]


def has_rules(environment: Environment) -> bool:
    """Return whether outcomes can be chosen by scores per agent and type: one object, identical units or a public good, independent types."""
    return environment.independent and (environment.kind in ("object", "public-good") or identical_units(environment) is not None)


def worth(environment: Environment, i: int) -> RationalArray:
    """Return what one number per type decides, where `has_rules` holds: the value of the object, a unit, or the project, in money.

    Returns
    -------
    RationalArray, shape (n_types of i,)
    """
    units = identical_units(environment)
    return environment.agents[i].worth if units is None else units.values[i]


@dataclass(frozen=True, eq=False)
class Rule:
    """The outcome of largest score at every profile; ties go to the first such outcome.

    Object: "agent i" has the score of her type, "nobody" zero. Identical units go to the highest scores that are not negative, earlier
    agents first among equals. Public good: "yes" has the sum of the scores, "no" zero.

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
        """Probability that agent i holds the object or a unit, or that the answer is yes, given her type; shape (n_types of i,) each."""
        if self._units is not None:
            return tuple(served_probabilities(self.scores, self.priors, self._units.n_units))
        probabilities = winning_probabilities if self.environment.kind == "object" else approval_probabilities
        return tuple(probabilities(self.scores, self.priors))

    @property
    def _units(self) -> Units | None:
        return identical_units(self.environment)

    def outcome(self, profile: Sequence[int]) -> int:
        """Return the position of the outcome chosen at a profile of type positions."""
        chosen = [table[a].item() for table, a in zip(self.scores, profile, strict=True)]
        if self.environment.kind == "public-good":
            return int(sum(chosen) > 0)
        if self._units is not None:
            highest = sorted((i for i, score in enumerate(chosen) if score >= 0), key=lambda i: (-chosen[i], i))[: self._units.n_units]
            return self._units.place[tuple(sorted(highest))]
        best = max(chosen)
        return chosen.index(best) if best >= 0 else self.environment.n_agents

    def given_type(self, i: int) -> RationalArray:
        """Return the probability of each outcome given agent `i`'s type, shape (n_types of i, n_outcomes)."""
        if self.environment.kind == "object":
            return winner_given_type(self.scores, self.priors, i)
        if self._units is not None:
            return outcome_given_type(self.scores, self.priors, self._units, i)
        yes = self.own[i]
        return RationalArray(np.stack([yes.denominator - yes.numerators, yes.numerators], axis=1), yes.denominator)

    def outcome_probabilities(self) -> RationalArray:
        """Return the probability of each outcome, shape (n_outcomes,); of an object or a public good."""
        if self.environment.kind == "public-good":
            yes = (self.own[0] * self.priors[0]).sum().item()
            return RationalArray.from_fractions([1 - yes, yes])
        wins = [own * prior for own, prior in zip(self.own, self.priors, strict=True)]
        return RationalArray.from_fractions([*(table.sum().item() for table in wins), 1 - sum_of_entries(wins)])

    def cost(self) -> Fraction:
        """Return the designer's expected cost, in money."""
        constant = constant_cost(self.environment)
        if constant is not None:
            return constant
        return (self.outcome_probabilities() * self.environment.cost).sum().item()

    def cost_given_type(self, i: int) -> RationalArray:
        """Return the designer's expected cost given agent `i`'s type, shape (n_types of i,), in money."""
        constant = constant_cost(self.environment)
        if constant is not None:
            return RationalArray.full((self.environment.n_types[i],), constant)
        return (self.given_type(i) * self.environment.cost).sum(axis=1)

    def welfare(self) -> Fraction:
        """Return the expected total surplus, in money."""
        agents = enumerate(zip(self.own, self.priors, strict=True))
        return sum_of_entries([worth(self.environment, i) * own * prior for i, (own, prior) in agents]) - self.cost()


def constant_cost(environment: Environment) -> Fraction | None:
    """Return the designer's cost if it is the same for all outcomes, else None."""
    cost = environment.cost.numerators
    return environment.cost[0].item() if bool(np.all(cost == cost[0])) else None


@lru_cache(maxsize=4)
def surplus_rule(environment: Environment) -> Rule:
    """Return the rule that maximises total surplus at every profile."""
    values = [worth(environment, i) for i in range(environment.n_agents)]
    cost = environment.cost.fractions()
    if environment.kind != "public-good":
        return Rule(environment, tuple(table - (cost[i] - cost[-1]) for i, table in enumerate(values)))
    # The cost of saying yes is borne by the first score.
    return Rule(environment, (values[0] - (cost[1] - cost[0]), *values[1:]))
