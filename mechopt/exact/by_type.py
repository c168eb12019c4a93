r"""The bound that prices by type prove: with private values and independent types, an expectation of the largest score.

Without a price by profile the Lagrangian is :math:`\sum_{i,a,x} W_i(x,a) \bar\varphi_i(x|a) - K`. For one object or a public good one
number per type is enough, the probability that agent i holds the object, or that the project is carried out, and the maximum is a
sort and products of distribution functions, or a convolution (model.md, section 7); otherwise profiles are gone through in blocks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from mechopt.environment.blocks import OutcomeRule, has_outcome_rules, surplus_scores
from mechopt.environment.environment import Environment, Groups
from mechopt.environment.rule import Rule, has_rules, surplus_rule, worth
from mechopt.environment.welfare import status_quo
from mechopt.exact.certificate import Certificate
from mechopt.rational import IntegerArray, RationalArray, sum_of_entries

__all__ = ["TypeLagrangian", "by_type", "stands_by_type"]

_OBJECTIVES = ("welfare", "gains", "revenue", "surplus", "payoff", "weighted", "feasibility", "subsidy")


def stands_by_type(certificate: Certificate) -> bool:
    """Return whether the prices can be evaluated type by type."""
    design = certificate.design
    by_profile = design.limits_payments or design.constraints or design.participation == "ex-post-ir"
    budget = certificate.budget
    single = budget is None or budget.ndim == 0
    asked = has_outcome_rules(certificate.environment) and design.incentive in ("bic", "none") and certificate.objective in _OBJECTIVES
    return asked and single and not by_profile


@dataclass(frozen=True, eq=False)
class TypeLagrangian:
    """The objective plus prices times requirements, in interim quantities.

    Attributes
    ----------
    environment : Environment
    efficient : bool
        Whether only efficient outcomes may be chosen.
    groups : tuple of tuple of int
        All agents; those of a group have the same coefficients.
    virtual_welfare : tuple of RationalArray, one per group, shape (n_types,) or (n_types, n_outcomes)
        Coefficients W of a member's interim probabilities, type probabilities included; by outcome unless one number per type is enough.
    money : tuple of RationalArray, one per group, shape (n_types,)
        Coefficients of a member's interim payments; zero everywhere when money cancels.
    constant : Fraction
    signs_right : bool
        Whether every price has its sign and the side conditions of the objective hold.
    """

    environment: Environment
    efficient: bool
    groups: Groups
    virtual_welfare: tuple[RationalArray, ...]
    money: tuple[RationalArray, ...]
    constant: Fraction
    signs_right: bool

    @property
    def valid(self) -> bool:
        """Whether the prices prove a bound."""
        return self.signs_right and not any(np.any(table.numerators) for table in self.money)

    def rule(self) -> Rule | OutcomeRule:
        """Return the allocation rule that maximises the Lagrangian; among efficient outcomes only, if so restricted."""
        environment = self.environment
        priors = [environment.marginal(members[0]) for members in self.groups]
        numbers = _aligned([_scores(table, prior) for table, prior in zip(self.virtual_welfare, priors, strict=True)])
        # A type without probability decides alone at her profiles, which have a weight for her only.
        most = 2 * self._reach(numbers) + 1
        scores = [_decided(*parts, most) for parts in zip(numbers, self.virtual_welfare, priors, strict=True)]
        if not has_rules(environment):
            before = surplus_scores(environment) if self.efficient else ()
            return OutcomeRule(environment, tuple(scores), before)
        if self.efficient:
            everybody = surplus_rule(environment).scores
            surplus = _aligned([everybody[members[0]] for members in self.groups])
            widest = 2 * self._reach(scores) + 1
            scores = [first * widest + own for first, own in zip(surplus, scores, strict=True)]
        home = {i: g for g, members in enumerate(self.groups) for i in members}
        tables = [RationalArray(own) for own in scores]
        sharing = tuple(members for members in self.groups if len(members) > 1)
        return Rule(environment, tuple(tables[home[i]] for i in range(environment.n_agents)), sharing)

    def _reach(self, scores: list[IntegerArray]) -> int:
        """Return the most that scores can add up to."""
        return sum(len(members) * max(abs(int(own.max())), abs(int(own.min()))) for members, own in zip(self.groups, scores, strict=True))

    def bound(self) -> Fraction:
        """Return the largest value of the Lagrangian."""
        rule = self.rule()
        chances = rule.own if isinstance(rule, Rule) else rule.interim
        return self.constant + sum_of_entries(
            [table * chances[members[0]] * len(members) for table, members in zip(self.virtual_welfare, self.groups, strict=True)]
        )


def _scores(weighted: RationalArray, prior: RationalArray) -> RationalArray:
    """Return virtual values: weighted ones over the type's probability, zero where there is none."""
    chances = prior.numerators.tolist()
    common = math.lcm(*(chance for chance in chances if chance))
    factors = np.array([common // chance if chance else 0 for chance in chances], dtype=object)
    scaled = (weighted.numerators.T.astype(object) * factors).T
    return RationalArray(scaled, weighted.denominator * common) * prior.denominator


def _aligned(tables: list[RationalArray]) -> list[IntegerArray]:
    """Return tables as integers over one denominator; only comparisons matter."""
    denominator = math.lcm(*(table.denominator for table in tables))
    return [table.over(denominator).astype(object) for table in tables]


def _decided(scores: IntegerArray, weighted: RationalArray, prior: RationalArray, most: int) -> IntegerArray:
    decided = scores.astype(object)
    for a in np.nonzero(prior.numerators == 0)[0].tolist():
        decided[a] = weighted.numerators[a].astype(object) * most if weighted.ndim > 1 else most if weighted.numerators[a] > 0 else -most
    return decided


def by_type(certificate: Certificate) -> TypeLagrangian:
    """Return the Lagrangian of a certificate for which `stands_by_type` holds; its own `bound` is not read."""
    environment, design = certificate.environment, certificate.design
    groups = certificate.groups
    budget = Fraction(0) if certificate.budget is None else certificate.budget.item()
    constant = _of_objective(certificate)
    # What the designer's cost weighs: in the objective, and in the budget.
    cost = budget + (certificate.objective in ("welfare", "gains", "revenue", "surplus"))
    right = budget >= 0 or design.budget not in ("no-deficit", "expected-no-deficit")
    right = right and not (certificate.objective == "subsidy" and budget > 1)
    welfare, money = [], []
    for i, size in ((members[0], len(members)) for members in groups):
        prior, values, weights = environment.marginal(i), _worth(environment, i), _objective_weights(certificate, i)
        utility, paid = weights * prior, -weights * prior + _revenue_weight(certificate) * prior + budget * prior
        paying = _participation(certificate, i)
        arcs, lies = _incentive(certificate, i)
        right = right and not np.any(paying.numerators < 0) and not _negative(certificate, i)
        welfare.append(_along(utility + paying, values) * values + lies)
        money.append(paid - paying - arcs)
        constant -= (paying * environment.agents[i].outside).sum().item() * size
        if certificate.incentive:
            constant += design.epsilon * certificate.incentive[i].prices.sum().item() * size
    charged, fixed = _charged(environment, groups, welfare, cost)
    return TypeLagrangian(environment, certificate.efficient, groups, charged, tuple(money), constant - fixed, bool(right))


def _worth(environment: Environment, i: int) -> RationalArray:
    """Return agent `i`'s values, or her utilities by outcome where one number per type is not enough."""
    return worth(environment, i) if has_rules(environment) else environment.utility(i)


def _along(row: RationalArray, table: RationalArray) -> RationalArray:
    return row.reshape(-1, *(1,) * (table.ndim - 1))


def _objective_weights(certificate: Certificate, i: int) -> RationalArray:
    """Return the objective's weight on each type's utility (and, for payoffs, against her payment)."""
    agent = certificate.environment.agents[i]
    if certificate.objective == "weighted":
        return RationalArray.from_fractions(list((certificate.design.weights or {}).get(agent.name, (Fraction(1),) * agent.n_types)))
    return RationalArray.full((agent.n_types,), Fraction(int(certificate.objective in ("welfare", "gains", "payoff"))))


def _revenue_weight(certificate: Certificate) -> int:
    """Return what a payment weighs beyond the payoff it lowers: welfare does not see it, revenue counts it."""
    return int(certificate.objective in ("welfare", "gains", "revenue", "surplus"))


def _of_objective(certificate: Certificate) -> Fraction:
    return -status_quo(certificate.environment) if certificate.objective == "gains" else Fraction(0)


def _participation(certificate: Certificate, i: int) -> RationalArray:
    """Return participation prices by type; a price before knowing one's type weighs types by their probability."""
    environment = certificate.environment
    if not certificate.participation:
        return RationalArray.full((environment.n_types[i],), 0)
    prices = certificate.participation[i]
    return environment.marginal(i) * prices.item() if certificate.design.participation == "ex-ante-ir" else prices


def _incentive(certificate: Certificate, i: int) -> tuple[RationalArray, RationalArray]:
    """Return, by type, incentive prices leaving less arriving, and what they weigh in the allocation."""
    environment = certificate.environment
    n = environment.n_types[i]
    if not certificate.incentive:
        return RationalArray.full((n,), 0), RationalArray.full(_worth(environment, i).shape, 0)
    pairs = certificate.incentive[i]
    values = _worth(environment, i)[pairs.true]
    worth = _along(pairs.prices, values) * values
    found = []
    for table in (pairs.prices, worth):
        total = np.zeros((n, *table.shape[1:]), dtype=object)
        np.add.at(total, pairs.true, table.numerators.astype(object))
        np.subtract.at(total, pairs.reported, table.numerators.astype(object))
        found.append(RationalArray(total, table.denominator))
    return found[0], found[1]


def _negative(certificate: Certificate, i: int) -> bool:
    return bool(certificate.incentive) and bool(np.any(certificate.incentive[i].prices.numerators < 0))


def _charged(environment: Environment, groups: Groups, welfare: list[RationalArray], weight: Fraction) -> tuple[tuple[RationalArray, ...], Fraction]:
    """Return coefficients with the cost of each outcome charged to whom it concerns, and the cost that is always there."""
    cost = environment.cost.fractions()
    if has_rules(environment) and environment.kind != "public-good":
        owners = [members[0] for members in groups]
        charged = [table - environment.marginal(i) * (weight * (cost[i] - cost[-1])) for i, table in zip(owners, welfare, strict=True)]
        return tuple(charged), weight * cost[-1]
    if environment.kind != "public-good":
        first = welfare[0] - environment.marginal(0).reshape(-1, 1) * (environment.cost * weight).reshape(1, -1)
        return (first, *welfare[1:]), Fraction(0)
    first = welfare[0] - environment.marginal(0) * (weight * (cost[1] - cost[0]) / len(groups[0]))
    return (first, *welfare[1:]), weight * cost[0]
