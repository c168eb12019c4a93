r"""The greatest expected budget surplus of efficient mechanisms by longest paths: exact, no program, no solver (reduction E5).

Where the efficient outcome is unique at every profile only interim payments remain, and their constraints are differences:

.. math:: T_i(a) \le w_i(a,a) - \bar U_i(a), \qquad T_i(a) \le T_i(b) + w_i(a,a) - w_i(a,b)

with w_i(a, b) what type a expects of the outcome when she reports b. The greatest payments that satisfy them all are lengths of
shortest paths to a; what the agent keeps of her surplus is the longest. Probability flowing to each type along its path gives the prices that
prove it: :math:`\lambda_i(a \to b)` is the probability of a and of all types whose paths pass through her from b.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from mechopt.design.design import Design
from mechopt.environment.environment import Environment, partition
from mechopt.environment.rule import Rule, has_rules, surplus_rule, worth
from mechopt.environment.welfare import efficient_outcomes
from mechopt.exact.certificate import Certificate, PairPrices
from mechopt.program.features import NumericTypes, numeric_types
from mechopt.rational import RationalArray, sum_of_entries

__all__ = ["LongestPaths", "longest_paths"]

# Where a type's path comes from: participation.
_ROOT = -1


@dataclass(frozen=True, eq=False)
class LongestPaths:
    """The greatest interim payments of efficient mechanisms, and the prices that prove them greatest.

    Attributes
    ----------
    payments : tuple of RationalArray, shape (n_types of i,)
        In money.
    surplus : Fraction
        Expected payments less cost.
    certificate : Certificate
        Its bound is `surplus`; evaluate it to have it confirmed.
    n_arcs : int
        Constraints compared.
    """

    payments: tuple[RationalArray, ...]
    surplus: Fraction
    certificate: Certificate
    n_arcs: int


@dataclass(frozen=True, eq=False)
class _Offer:
    """What an agent expects of each report: intercept plus slope times her number, or a table (true type, report)."""

    intercept: RationalArray
    slope: RationalArray
    numbers: RationalArray
    table: RationalArray | None = None

    def truthful(self) -> RationalArray:
        if self.table is not None:
            return RationalArray(np.diagonal(self.table.numerators), self.table.denominator)
        return self.intercept + self.slope * self.numbers


@dataclass(frozen=True)
class _Paths:
    """Greatest payments, as integers over a denominator, and where each type's path comes from."""

    payments: list[int]
    denominator: int
    source: list[int]
    n_arcs: int


def longest_paths(environment: Environment, design: Design, rule: Rule | None = None) -> LongestPaths:
    """Return the greatest expected budget surplus of an efficient mechanism with the incentive and participation properties.

    Where efficient outcomes are not unique, this is the greatest surplus of one efficient rule, and the certificate need not prove it
    greatest of all: compare its bound.

    Parameters
    ----------
    environment : Environment
        Independent types, private values.
    design : Design
        Incentive ``"bic"`` or ``"none"``, participation ``"interim-ir"`` or ``"ex-ante-ir"``, no limits on payments.
    rule : Rule, optional
        For one object or a public good: the efficient rule; default: agents who are alike share ties, all others go by their order.

    Examples
    --------
    Two buyers whose values differ from the seller's; nobody ever has the same.

    >>> from mechopt.environment.builders import object_environment
    >>> from mechopt.environment.grids import two_types
    >>> market = object_environment({"seller": two_types(1, 4), "Ann": two_types(2, 5), "Bob": two_types(3, 6)}, {"seller": 1})
    >>> str(longest_paths(market, Design()).surplus)
    '9/8'
    """
    if has_rules(environment):
        rule = rule or surplus_rule(environment)
        groups, cost = rule.groups, rule.cost()
        offers = [_by_chances(rule, members[0]) for members in groups]
    else:
        groups = partition(environment.n_agents, ())
        offers, cost = _offers(environment)
    solved, expected, n_arcs = [], [], 0
    for members, offer in zip(groups, offers, strict=True):
        agent, size = environment.agents[members[0]], len(members)
        paths = _paths(offer, agent.outside, design)
        table = RationalArray(np.array(paths.payments, dtype=object), paths.denominator)
        if design.participation == "ex-ante-ir":
            table = table + ((offer.truthful() - agent.outside - table) * agent.chances).sum().item()
        solved.append((table, *_prices(paths, agent.chances, design)))
        expected.append(table * agent.chances * size)
        n_arcs += paths.n_arcs * size
    surplus = sum_of_entries(expected) - cost
    home = {i: g for g, members in enumerate(groups) for i in members}
    payments, incentive, participation = zip(*(solved[home[i]] for i in range(environment.n_agents)), strict=True)
    certificate = Certificate(environment, design, "surplus", True, surplus, () if design.incentive == "none" else incentive, participation)
    return LongestPaths(payments, surplus, certificate, n_arcs)


def _by_chances(rule: Rule, i: int) -> _Offer:
    return _Offer(RationalArray.full((rule.environment.n_types[i],), 0), rule.own[i], worth(rule.environment, i))


def _offers(environment: Environment) -> tuple[list[_Offer], Fraction]:
    """Return what each agent expects of each report under the efficient allocation, and the designer's expected cost."""
    allocation = RationalArray(efficient_outcomes(environment).astype(np.int64))
    weighted = allocation * environment.probability().reshape(*environment.n_types, 1)
    cost = (weighted * environment.cost).sum().item()
    return [_offer(environment, i, allocation) for i in range(environment.n_agents)], cost


def _offer(environment: Environment, i: int, allocation: RationalArray) -> _Offer:
    others = tuple(j for j in range(environment.n_agents) if j != i)
    weight = environment.others_probability(i)
    expected = (allocation * weight.reshape(*weight.shape, 1)).sum(axis=others)
    numeric = numeric_types(environment, i)
    if numeric is not None:
        return _numeric_offer(expected, numeric)
    utility = environment.utility(i)
    m = environment.n_types[i]
    worth = (utility.reshape(m, 1, -1) * expected.reshape(1, m, -1)).sum(axis=2)
    nothing = RationalArray.full((m,), 0)
    return _Offer(nothing, nothing, nothing, worth)


def _numeric_offer(expected: RationalArray, numeric: NumericTypes) -> _Offer:
    numbers = RationalArray.from_fractions(list(numeric.numbers))
    return _Offer((expected * numeric.intercept).sum(axis=1), (expected * numeric.slope).sum(axis=1), numbers)


def _paths(offer: _Offer, outside: RationalArray, design: Design) -> _Paths:
    """Return the greatest payments of one agent; before she knows her type, up to a constant."""
    truthful = offer.truthful()
    if design.incentive == "none":
        start = truthful - outside
        return _Paths(start.numerators.tolist(), start.denominator, [_ROOT] * start.size, start.size)
    bonus = truthful - outside
    denominator = math.lcm(bonus.denominator, offer.slope.denominator * offer.numbers.denominator, offer.intercept.denominator)
    if offer.table is not None:
        denominator = math.lcm(denominator, offer.table.denominator)
    limits: list[int | None] = list(bonus.over(denominator).tolist())
    if design.participation == "ex-ante-ir":
        # Only differences matter: every path starts at one type.
        limits = [None] * len(limits)
    return _along_a_line(offer, limits, denominator) if offer.table is None else _over_all_pairs(offer.table, limits, denominator)


def _along_a_line(offer: _Offer, limits: list[int | None], denominator: int) -> _Paths:
    """Numeric types: paths go from neighbour to neighbour, up from a lower type or down from a higher one."""
    scale = denominator // (offer.slope.denominator * offer.numbers.denominator)
    slope = [entry * scale for entry in offer.slope.numerators.tolist()]
    fixed, numbers = offer.intercept.over(denominator).tolist(), offer.numbers.numerators.tolist()
    # Between equal numbers whoever gets less comes first: along the line what types get must increase.
    order = sorted(range(len(numbers)), key=lambda a: (numbers[a], slope[a]))
    tree = _Tree(limits, order[0])
    for sequence in (order, order[::-1]):
        for b, a in pairwise(sequence):
            tree.lower(a, b, fixed[a] - fixed[b] + numbers[a] * (slope[a] - slope[b]))
    return tree.paths(denominator, 2 * len(order) - 2)


def _over_all_pairs(table: RationalArray, limits: list[int | None], denominator: int) -> _Paths:
    """Types of any kind: payments are lowered along all arcs until none can be."""
    worth = table.over(denominator).tolist()
    types = range(len(worth))
    tree = _Tree(limits, 0)
    # The efficient rule can be implemented, so no cycle of arcs is negative and this ends.
    lowered = True
    while lowered:
        lowered = sum(tree.lower(a, b, worth[a][a] - worth[a][b]) for a in types for b in types if a != b) > 0
    return tree.paths(denominator, len(worth) * (len(worth) - 1))


class _Tree:
    """The shortest paths found so far, from participation to every type."""

    def __init__(self, limits: list[int | None], first: int) -> None:
        self.length = list(limits)
        self.source = [_ROOT] * len(limits)
        self.n_roots = sum(limit is not None for limit in limits)
        if not self.n_roots:
            self.length[first] = 0

    def lower(self, a: int, b: int, step: int) -> bool:
        """Go to `a` by way of `b` if that is shorter, and return whether it was."""
        before, here = self.length[b], self.length[a]
        if before is None or (here is not None and here <= before + step):
            return False
        self.length[a], self.source[a] = before + step, b
        return True

    def paths(self, denominator: int, n_arcs: int) -> _Paths:
        """Return what was found, once nothing can be lowered."""
        reached = [length for length in self.length if length is not None]
        return _Paths(reached, denominator, self.source, n_arcs + self.n_roots)


def _prices(paths: _Paths, prior: RationalArray, design: Design) -> tuple[PairPrices, RationalArray]:
    """Return the prices of one agent's constraints: the probability that flows along each path."""
    types = range(prior.size)
    if design.participation == "ex-ante-ir":
        nothing = np.zeros(0, dtype=np.int64)
        return PairPrices(nothing, nothing, RationalArray(nothing)), RationalArray.full((1,), 1)
    flow = prior.numerators.tolist()
    followers = [0] * len(flow)
    for b in paths.source:
        followers[b] += b != _ROOT
    ends = [a for a in types if not followers[a]]
    while ends:
        a = ends.pop()
        b = paths.source[a]
        if b == _ROOT:
            continue
        flow[b] += flow[a]
        followers[b] -= 1
        if not followers[b]:
            ends.append(b)
    inner = np.array([a for a in types if paths.source[a] != _ROOT], dtype=np.int64)
    whole = np.array(flow, dtype=prior.numerators.dtype)
    roots = np.array([0 if paths.source[a] != _ROOT else flow[a] for a in types], dtype=whole.dtype)
    pairs = PairPrices(inner, np.array(paths.source, dtype=np.int64)[inner], RationalArray(whole[inner], prior.denominator))
    return pairs, RationalArray(roots, prior.denominator)
