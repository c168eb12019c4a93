"""Allocation rules given by scores: the outcome of largest score, and what it means in expectation, without visiting profiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache

import numpy as np

from mechopt.environment.environment import Environment, Groups, partition
from mechopt.environment.sums import approval_probabilities
from mechopt.environment.units import Units, identical_units, outcome_given_type, served_probabilities
from mechopt.environment.winning import winner_given_type, winning_probabilities
from mechopt.errors import InvalidEnvironmentError
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
    """The outcome of largest score at every profile; ties go to the first such outcome, and are shared equally within groups.

    Object: "agent i" has the score of her type, "nobody" zero. Identical units go to the highest scores that are not negative, earlier
    agents first among equals. Public good: "yes" has the sum of the scores, "no" zero.

    Attributes
    ----------
    environment : Environment
        For which `has_rules` holds.
    scores : tuple of RationalArray, shape (n_types of i,)
    sharing : tuple of tuple of int
        Agents who are alike and have the same scores: at a tie they have the place of the first of them, and share equally.

    Raises
    ------
    InvalidEnvironmentError
        If something tells agents apart who are to share ties.

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
    sharing: Groups = ()

    def __post_init__(self) -> None:
        home = {i: k for k, group in enumerate(self.environment.alike) for i in group}
        for group in self.sharing:
            first = self.scores[group[0]]
            if any(home.get(i) != home.get(group[0], -1) for i in group) or not all(_same(self.scores[i], first) for i in group):
                names = ", ".join(self.environment.agents[i].name for i in group[:2])
                raise InvalidEnvironmentError(f"agents {names}, ... cannot share ties: they are not alike, or have different scores")

    @cached_property
    def groups(self) -> Groups:
        """All agents in groups of those who share ties, ordered by their first members."""
        return partition(self.environment.n_agents, self.sharing)

    @cached_property
    def home(self) -> tuple[int, ...]:
        """The group of every agent."""
        found = {i: g for g, members in enumerate(self.groups) for i in members}
        return tuple(found[i] for i in range(self.environment.n_agents))

    @cached_property
    def priors(self) -> tuple[RationalArray, ...]:
        """Probabilities of the types of each group's members."""
        return tuple(self.environment.marginal(members[0]) for members in self.groups)

    @cached_property
    def own(self) -> tuple[RationalArray, ...]:
        """Probability that agent i holds the object or a unit, or that the answer is yes, given her type; shape (n_types of i,) each."""
        if self._units is not None:
            return tuple(served_probabilities(self.scores, self.priors, self._units.n_units))
        probabilities = winning_probabilities if self.environment.kind == "object" else approval_probabilities
        found = probabilities(self._scores, self.priors, self._sizes)
        return tuple(found[g] for g in self.home)

    @property
    def _units(self) -> Units | None:
        return identical_units(self.environment)

    def outcomes(self, profile: Sequence[int]) -> tuple[int, ...]:
        """Return the positions of the outcomes chosen at a profile of type positions: equally likely, several where agents share a tie."""
        chosen = [table[a].item() for table, a in zip(self.scores, profile, strict=True)]
        if self.environment.kind == "public-good":
            return (int(sum(chosen) > 0),)
        if self._units is not None:
            highest = sorted((i for i, score in enumerate(chosen) if score >= 0), key=lambda i: (-chosen[i], i))[: self._units.n_units]
            return (self._units.place[tuple(sorted(highest))],)
        best = max(chosen)
        if best < 0:
            return (self.environment.n_agents,)
        members = self.groups[self.home[chosen.index(best)]]
        return tuple(i for i in members if chosen[i] == best)

    def given_type(self, i: int) -> RationalArray:
        """Return the probability of each outcome given agent `i`'s type, shape (n_types of i, n_outcomes)."""
        if self.environment.kind == "object":
            found = winner_given_type(self._scores, self.priors, self._sizes, self.home[i])
            n = len(self.groups)
            return found[:, [*(n if j == i else g for j, g in enumerate(self.home)), n + 1]]
        if self._units is not None:
            return outcome_given_type(self.scores, self.priors, self._units, i)
        yes = self.own[i]
        return RationalArray(np.stack([yes.denominator - yes.numerators, yes.numerators], axis=1), yes.denominator)

    def outcome_probabilities(self) -> RationalArray:
        """Return the probability of each outcome, shape (n_outcomes,); of an object or a public good."""
        if self.environment.kind == "public-good":
            yes = (self.own[0] * self.priors[0]).sum().item()
            return RationalArray.from_fractions([1 - yes, yes])
        wins = [self.own[members[0]] * prior for members, prior in zip(self.groups, self.priors, strict=True)]
        by_group = [table.sum().item() for table in wins]
        total = sum_of_entries([table * size for table, size in zip(wins, self._sizes, strict=True)])
        return RationalArray.from_fractions([*(by_group[g] for g in self.home), 1 - total])

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
        values = [worth(self.environment, members[0]) * len(members) for members in self.groups]
        own = [self.own[members[0]] for members in self.groups]
        return sum_of_entries([value * chances * prior for value, chances, prior in zip(values, own, self.priors, strict=True)]) - self.cost()

    @property
    def _scores(self) -> list[RationalArray]:
        return [self.scores[members[0]] for members in self.groups]

    @property
    def _sizes(self) -> list[int]:
        return [len(members) for members in self.groups]


def _same(one: RationalArray, other: RationalArray) -> bool:
    return one is other or one.equals(other)


def constant_cost(environment: Environment) -> Fraction | None:
    """Return the designer's cost if it is the same for all outcomes, else None."""
    cost = environment.cost.numerators
    return environment.cost[0].item() if bool(np.all(cost == cost[0])) else None


@lru_cache(maxsize=4)
def surplus_rule(environment: Environment) -> Rule:
    """Return the rule that maximises total surplus at every profile; agents who are alike share ties."""
    groups, cost = partition(environment.n_agents, environment.alike), environment.cost.fractions()
    values = [worth(environment, members[0]) for members in groups]
    if environment.kind != "public-good":
        charged = [table - (cost[members[0]] - cost[-1]) for table, members in zip(values, groups, strict=True)]
    else:
        # The cost of saying yes is borne by the first agent and those who are like her.
        charged = [values[0] - (cost[1] - cost[0]) / len(groups[0]), *values[1:]]
    home = {i: g for g, members in enumerate(groups) for i in members}
    return Rule(environment, tuple(charged[home[i]] for i in range(environment.n_agents)), environment.alike)
