"""A direct mechanism: lotteries over outcomes and payments for every profile of reports."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from mechopt.design.design import Design
from mechopt.environment.environment import Environment, Groups, partition
from mechopt.environment.welfare import expectation, outside_table, status_quo, surplus, utility_profiles
from mechopt.mechanism.shown import Shown
from mechopt.rational import RationalArray

__all__ = ["Mechanism"]


@dataclass(frozen=True, eq=False)
class Mechanism(Shown):
    """Allocation and payments at every profile, exact.

    Attributes
    ----------
    environment : Environment
    allocation : RationalArray, shape (*n_types, n_outcomes)
        Probability of each outcome at each profile.
    payments : RationalArray, shape (n_agents, *n_types)
        In money, from the agent to the designer.
    """

    environment: Environment
    allocation: RationalArray
    payments: RationalArray

    @property
    def groups(self) -> Groups:
        """All agents in groups of those who are known to be treated alike: a table tells of nobody, so each is alone."""
        return partition(self.environment.n_agents, ())

    def interim_allocation(self, i: int) -> RationalArray:
        """Return the probability of each outcome given agent `i`'s type, shape (n_types of i, n_outcomes).

        For correlated types: times the marginal probability of the type.
        """
        weight = self.environment.conditional_weight(i)
        return _sum_others(self.allocation * weight.reshape(*weight.shape, 1), i, self.environment.n_agents)

    def interim_payments(self, i: int) -> RationalArray:
        """Return agent `i`'s expected payment given her type, shape (n_types of i,), in money.

        For correlated types: times the marginal probability of the type.
        """
        return _sum_others(self.payments[i] * self.environment.conditional_weight(i), i, self.environment.n_agents)

    def payoffs(self, i: int) -> RationalArray:
        """Return agent `i`'s truthful payoff at every profile, shape n_types, in money."""
        utility = (self.allocation * utility_profiles(self.environment, i)).sum(axis=-1)
        return utility - self.payments[i]

    def interim_payoffs(self, i: int) -> RationalArray:
        """Return agent `i`'s expected truthful payoff given her type, shape (n_types of i,), in money.

        For correlated types: times the marginal probability of the type.
        """
        return _sum_others(self.payoffs(i) * self.environment.conditional_weight(i), i, self.environment.n_agents)

    def information_rents(self, i: int) -> RationalArray:
        """Return what agent `i`'s types expect above their outside option, shape (n_types of i,), in money.

        For correlated types: times the marginal probability of the type.
        """
        above = self.payoffs(i) - outside_table(self.environment, i)
        return _sum_others(above * self.environment.conditional_weight(i), i, self.environment.n_agents)

    def budget_surplus(self) -> RationalArray:
        """Return payments less cost at every profile, shape n_types, in money."""
        return self.payments.sum(axis=0) - (self.allocation * self.environment.cost).sum(axis=-1)

    def surplus(self) -> RationalArray:
        """Return total surplus at every profile, shape n_types, in money."""
        return (self.allocation * surplus(self.environment)).sum(axis=-1)

    def welfare(self) -> Fraction:
        """Return expected utilities less the designer's cost, in money."""
        return expectation(self.environment, self.surplus())

    def revenue(self) -> Fraction:
        """Return expected payments less the designer's cost, in money."""
        return expectation(self.environment, self.budget_surplus())

    def gains(self) -> Fraction:
        """Return welfare less the status quo, in money."""
        return self.welfare() - status_quo(self.environment)

    def value(self, design: Design) -> Fraction:
        """Return the value of a design's objective: in money, except the ratio ``"worst-case"``."""
        if design.objective in _VALUES:
            return _VALUES[design.objective](self)
        if design.objective in ("payoff", "weighted"):
            return self._weighted_payoff(design)
        if design.objective == "worst-case":
            return self._worst_ratio()
        from mechopt.mechanism.properties import check

        return max(-check(self, design.incentive).margin, Fraction(0))

    def _weighted_payoff(self, design: Design) -> Fraction:
        total = Fraction(0)
        for i, agent in enumerate(self.environment.agents):
            weights = (design.weights or {}).get(agent.name, (Fraction(1),) * agent.n_types)
            by_type = self.environment.along(RationalArray.from_fractions(list(weights)), i)
            total += expectation(self.environment, self.payoffs(i) * by_type)
        return total

    def _worst_ratio(self) -> Fraction:
        reached = self.surplus().reshape(-1).fractions()
        best = surplus(self.environment).max(axis=-1).reshape(-1).fractions()
        return min(Fraction(own, first) for own, first in zip(reached, best, strict=True) if first > 0)


_VALUES = {"welfare": Mechanism.welfare, "revenue": Mechanism.revenue, "gains": Mechanism.gains}


def _sum_others(table: RationalArray, i: int, n_agents: int) -> RationalArray:
    return table.sum(axis=tuple(j for j in range(n_agents) if j != i))
