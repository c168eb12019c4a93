"""A mechanism without tables: a lottery over rules given by scores, and interim payments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Protocol

from mechopt.design.design import Design
from mechopt.environment.blocks import OutcomeRule
from mechopt.environment.environment import Environment, Groups, partition
from mechopt.environment.rule import Rule, constant_cost, has_rules, worth
from mechopt.environment.welfare import status_quo
from mechopt.errors import DesignError
from mechopt.mechanism.mechanism import Mechanism
from mechopt.mechanism.shown import Shown
from mechopt.rational import RationalArray, stack, sum_of_entries

__all__ = ["AnyMechanism", "AnyRule", "Draws", "RulesMechanism", "balances_profiles"]


AnyRule = Rule | OutcomeRule


class Draws(Protocol):
    """A source of chance: NumPy's generators, or `random.Random`."""

    random: Callable[[], float]


def balances_profiles(environment: Environment, design: Design) -> bool:
    """Return whether payments are shared out so that every profile has the same budget surplus."""
    return environment.n_agents > 1 and design.budget in ("balanced", "no-deficit")


@dataclass(frozen=True, eq=False)
class RulesMechanism(Shown):
    r"""A lottery over allocation rules, drawn before anybody reports, with interim payments.

    Payments at a profile are :math:`t_i = T_i(\theta_i)`, or, where every profile has to have the same budget surplus,

    .. math::

        t_1 = T_1 + D - \sum_j g_j + g_2, \quad t_2 = T_2 + g_1 + \sum_{j \ge 3} g_j, \quad t_i = T_i \; (i \ge 3), \\
        D(\theta) = C(\theta) - \sum_j T_j(\theta_j) + S, \quad g_j(\theta_j) = E[D \mid \theta_j], \quad S = E\Bigl[\sum_j T_j - C\Bigr]

    with C the expected cost of the lottery at the profile. Then :math:`E[t_i \mid \theta_i] = T_i` and :math:`\sum_i t_i = C + S`.

    Attributes
    ----------
    environment : Environment
        Private values and independent types.
    rules : tuple of Rule or OutcomeRule
        By one score per type for one object, identical units or a public good, otherwise by a score per type and outcome.
    weights : tuple of Fraction
        Probability of each rule, positive.
    payments_given_type : tuple of RationalArray, shape (n_types of i,)
        Interim payments, in money; the same for agents who share ties.
    balanced : bool
        Whether payments are shared out as above.
    """

    environment: Environment
    rules: tuple[AnyRule, ...]
    weights: tuple[Fraction, ...]
    payments_given_type: tuple[RationalArray, ...]
    balanced: bool = False

    def __post_init__(self) -> None:
        if sum(self.weights, Fraction(0)) != 1 or min(self.weights, default=Fraction(0)) <= 0:
            raise DesignError("mechanism.rules: the weights must be positive and sum to exactly 1")
        if len({rule.sharing for rule in self.rules if isinstance(rule, Rule)}) > 1:
            raise DesignError("mechanism.rules: the same agents must share ties in all of them")
        paid = self.payments_given_type
        if paid and any(paid[i] is not paid[group[0]] and not paid[i].equals(paid[group[0]]) for group in self.groups for i in group):
            raise DesignError("mechanism.interim_payments: agents who share ties must pay the same")

    @cached_property
    def groups(self) -> Groups:
        """All agents in groups of those who are treated alike, ordered by their first members."""
        rule = self.rules[0]
        return rule.groups if isinstance(rule, Rule) else partition(self.environment.n_agents, ())

    def _of_everybody(self, tables: Sequence[RationalArray]) -> tuple[RationalArray, ...]:
        """Return tables of groups as those of agents."""
        home = {i: g for g, members in enumerate(self.groups) for i in members}
        return tuple(tables[home[i]] for i in range(self.environment.n_agents))

    def allocation(self, profile: Sequence[str]) -> tuple[Fraction, ...]:
        """Return the probability of each outcome at a profile of type names."""
        position = self._position(profile)
        chances = [Fraction(0)] * self.environment.n_outcomes
        for weight, rule in zip(self.weights, self.rules, strict=True):
            chosen = rule.outcomes(position)
            for x in chosen:
                chances[x] += weight / len(chosen)
        return tuple(chances)

    def payments(self, profile: Sequence[str]) -> tuple[Fraction, ...]:
        """Return everybody's payment at a profile of type names, in money."""
        position = self._position(profile)
        own = [table[a].item() for table, a in zip(self.payments_given_type, position, strict=True)]
        if not self.balanced:
            return tuple(own)
        given = [table[a].item() for table, a in zip(self._excess_given_type, position, strict=True)]
        cost = sum((p * c for p, c in zip(self.allocation(profile), self.environment.cost.fractions(), strict=True)), Fraction(0))
        excess = cost - sum(own, Fraction(0)) + self.revenue()
        own[0] += excess - sum(given, Fraction(0)) + given[1]
        own[1] += given[0] + sum(given[2:], Fraction(0))
        return tuple(own)

    def sample(self, rng: Draws, profile: Sequence[str] | None = None) -> tuple[tuple[str, ...], str, tuple[Fraction, ...]]:
        """Draw a profile of types, unless it is given, and play the mechanism.

        Parameters
        ----------
        rng : numpy.random.Generator or random.Random
        profile : sequence of str, optional

        Returns
        -------
        profile : tuple of str
        outcome : str
        payments : tuple of Fraction
            In money.
        """
        agents = self.environment.agents
        drawn = tuple(profile) if profile is not None else tuple(agent.types[_drawn(agent.prior, rng)] for agent in agents)
        chosen = self.rules[_drawn(self.weights, rng)].outcomes(self._position(drawn))
        outcome = chosen[_drawn([Fraction(1, len(chosen))] * len(chosen), rng) if len(chosen) > 1 else 0]
        return drawn, self.environment.outcomes[outcome], self.payments(drawn)

    def interim_allocation(self, i: int) -> RationalArray:
        """Return the probability of each outcome given agent `i`'s type, shape (n_types of i, n_outcomes)."""
        return self._mean([rule.given_type(i) for rule in self.rules])

    def interim_payments(self, i: int) -> RationalArray:
        """Return agent `i`'s expected payment given her type, shape (n_types of i,), in money."""
        return self.payments_given_type[i]

    @cached_property
    def own(self) -> tuple[RationalArray, ...]:
        """Probability that agent i holds the object or a unit, or that the answer is yes, given her type; shape (n_types of i,) each."""
        by_value = [rule for rule in self.rules if isinstance(rule, Rule)]
        return self._of_everybody([self._mean([rule.own[members[0]] for rule in by_value]) for members in self.groups])

    def utilities(self, i: int) -> RationalArray:
        """Return what agent `i`'s types expect of the allocation, shape (n_types of i,), in money."""
        if has_rules(self.environment):
            return self.own[i] * worth(self.environment, i)
        return (self.interim_allocation(i) * self.environment.utility(i)).sum(axis=1)

    def interim_payoffs(self, i: int) -> RationalArray:
        """Return agent `i`'s expected truthful payoff given her type, shape (n_types of i,), in money."""
        return self.utilities(i) - self.payments_given_type[i]

    def information_rents(self, i: int) -> RationalArray:
        """Return what agent `i`'s types expect above their outside option, shape (n_types of i,), in money."""
        return self.interim_payoffs(i) - self.environment.agents[i].outside

    def welfare(self) -> Fraction:
        """Return expected utilities less the designer's cost, in money."""
        return self._expected(self.utilities) - self.cost()

    def cost(self) -> Fraction:
        """Return the designer's expected cost, in money."""
        return self._cost

    @cached_property
    def _cost(self) -> Fraction:
        constant = constant_cost(self.environment)
        if constant is not None:
            return constant
        return sum((weight * rule.cost() for weight, rule in zip(self.weights, self.rules, strict=True)), Fraction(0))

    def revenue(self) -> Fraction:
        """Return expected payments less the designer's cost, in money."""
        return self._revenue

    @cached_property
    def _revenue(self) -> Fraction:
        return self._expected(self.interim_payments) - self.cost()

    def gains(self) -> Fraction:
        """Return welfare less the status quo, in money."""
        return self.welfare() - status_quo(self.environment)

    def value(self, design: Design) -> Fraction:
        """Return the value of a design's objective, in money.

        Raises
        ------
        DesignError
            If the objective depends on more than interim quantities.
        """
        if design.objective in ("payoff", "weighted"):
            return sum_of_entries([self.interim_payoffs(members[0]) * self._weights(design, members) for members in self.groups])
        values = {"welfare": self.welfare, "gains": self.gains, "revenue": self.revenue}
        if design.objective not in values:
            raise DesignError(f"design.objective is {design.objective!r}; without tables only {', '.join(values)}, payoff and weighted are known")
        return values[design.objective]()

    @cached_property
    def _excess_given_type(self) -> tuple[RationalArray, ...]:
        """E[D given the type], where D is what the profile's payments must add to the interim ones."""
        surplus, total = self.revenue(), self.revenue() + self.cost()
        found = []
        for members in self.groups:
            own = self.payments_given_type[members[0]]
            cost = self._mean([rule.cost_given_type(members[0]) for rule in self.rules])
            found.append(cost - own - (total - (own * self.environment.marginal(members[0])).sum().item()) + surplus)
        return self._of_everybody(found)

    def _mean(self, tables: list[RationalArray]) -> RationalArray:
        if len(tables) == 1:
            return tables[0]
        return (stack(tables) * RationalArray.from_fractions(list(self.weights)).reshape(-1, *(1,) * tables[0].ndim)).sum(axis=0).reduced()

    def _expected(self, table: Callable[[int], RationalArray]) -> Fraction:
        """Return the sum over agents of the expectation of a table over own types, the same for those who are treated alike."""
        agents = [(members[0], len(members)) for members in self.groups]
        return sum_of_entries([table(i) * self.environment.marginal(i) * size for i, size in agents])

    def _weights(self, design: Design, members: Sequence[int]) -> RationalArray:
        """Return what a unit of payoff of each type weighs in the objective, of all members together, type probabilities included."""
        agents = [self.environment.agents[i] for i in members]
        given = [(design.weights or {}).get(agent.name, (Fraction(1),) * agent.n_types) for agent in agents]
        return RationalArray.from_fractions([sum(by_member, Fraction(0)) for by_member in zip(*given, strict=True)]) * agents[0].chances

    def _position(self, profile: Sequence[str]) -> list[int]:
        return [agent.types.index(name) for agent, name in zip(self.environment.agents, profile, strict=True)]


def _drawn(chances: Sequence[Fraction], rng: Draws) -> int:
    """Return a position drawn with the given probabilities, compared exactly with a double."""
    left = Fraction(rng.random())
    for k, chance in enumerate(chances):
        left -= chance
        if left < 0:
            return k
    return max(k for k, chance in enumerate(chances) if chance)


AnyMechanism = Mechanism | RulesMechanism
