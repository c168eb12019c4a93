"""The bound that prices prove, evaluated from the environment: virtual welfare, cancellation of money, signs."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mechopt.design.design import Term
from mechopt.environment.environment import Environment
from mechopt.environment.welfare import efficient_outcomes, outside_table, status_quo, surplus, utility_profiles
from mechopt.exact.by_type import by_type, stands_by_type
from mechopt.exact.certificate import Certificate, PairPrices
from mechopt.rational import RationalArray, stack

__all__ = ["Lagrangian", "lagrangian", "proved_bound"]

ZERO = RationalArray.full((), 0)


@dataclass(frozen=True, eq=False)
class Lagrangian:
    """The objective plus prices times requirements, as a function of the mechanism.

    Attributes
    ----------
    virtual_welfare : RationalArray, shape (n_profiles, n_outcomes)
        Coefficients of the allocation, W(x, θ).
    money : RationalArray, shape (n_agents, *n_types)
        Coefficients of the payments; zero everywhere when money cancels.
    constant : Fraction
    signs_right : bool
        Whether every price has its sign and the side conditions of the objective hold.
    allowed : bool array, shape (n_profiles, n_outcomes), or None
        Outcomes over which the maximum runs.
    """

    virtual_welfare: RationalArray
    money: RationalArray
    constant: Fraction
    signs_right: bool
    allowed: NDArray[np.bool_] | None

    @property
    def valid(self) -> bool:
        """Whether the prices prove a bound."""
        return self.signs_right and not np.any(self.money.numerators)

    def bound(self) -> Fraction:
        """Return the bound: the sum over profiles of the largest virtual welfare, plus the constant."""
        numerators = self.virtual_welfare.numerators
        if self.allowed is not None:
            numerators = np.where(self.allowed, numerators, numerators.min() - 1)
        largest = RationalArray(np.asarray(numerators.max(axis=1)), self.virtual_welfare.denominator)
        return largest.sum().item() + self.constant


def proved_bound(certificate: Certificate, possible: NDArray[np.bool_] | None = None) -> Fraction | None:
    """Return the bound that a certificate proves, from the environment and the design alone; None if it proves nothing.

    Parameters
    ----------
    certificate : Certificate
        Its own `bound` is not read.
    possible : bool array, shape (n_profiles, n_outcomes), optional
        Outcomes that are still possible in a branch.
    """
    evaluated = by_type(certificate) if possible is None and stands_by_type(certificate) else lagrangian(certificate, possible)
    return evaluated.bound() if evaluated.valid else None


def lagrangian(certificate: Certificate, possible: NDArray[np.bool_] | None = None) -> Lagrangian:
    """Return the Lagrangian of a certificate, from the environment and the design alone.

    Parameters
    ----------
    certificate : Certificate
        Its own `bound` is not read.
    possible : bool array, shape (n_profiles, n_outcomes), optional
        Outcomes that are still possible in a branch.
    """
    return _Accumulator(certificate).result(possible)


class _Accumulator:
    """Adds up the Lagrangian's parts: allocation, payments, constant."""

    def __init__(self, certificate: Certificate) -> None:
        self.certificate = certificate
        self.environment = environment = certificate.environment
        self.design = certificate.design
        self.shape = (*environment.n_types, environment.n_outcomes)
        self.probability = environment.probability()
        self.allocation = ZERO.broadcast(self.shape)
        self.money = [ZERO.broadcast(environment.n_types) for _ in environment.agents]
        self.constant = Fraction(0)
        self.right = True
        self._objective()
        for i, pairs in enumerate(certificate.incentive):
            self._incentive(i, pairs)
        for i, prices in enumerate(certificate.participation):
            self._participation(i, prices)
        self._budget()
        self._limits()
        self._constraints()

    def result(self, possible: NDArray[np.bool_] | None) -> Lagrangian:
        allowed = possible
        n_outcomes = self.environment.n_outcomes
        if self.certificate.efficient:
            efficient = efficient_outcomes(self.environment).reshape(-1, n_outcomes)
            allowed = efficient if possible is None else efficient & possible
        allocation = self.allocation.broadcast(self.shape).reshape(-1, n_outcomes)
        return Lagrangian(allocation, stack(self.money), self.constant, self.right, allowed)

    def _add(self, weight: RationalArray, utility: RationalArray) -> None:
        """Add weight(θ) · utility(x, θ)."""
        self.allocation = self.allocation + weight.reshape(*weight.shape, 1) * utility

    def _sign(self, prices: RationalArray) -> None:
        self.right = self.right and not np.any(prices.numerators < 0)

    def _objective(self) -> None:
        objective, environment, design = self.certificate.objective, self.environment, self.design
        if objective in ("welfare", "gains"):
            self._add(self.probability, surplus(environment))
            self.constant -= status_quo(environment) if objective == "gains" else 0
        elif objective in ("revenue", "surplus"):
            self._add(-self.probability, environment.cost)
            self.money = [entry + self.probability for entry in self.money]
        elif objective in ("payoff", "weighted"):
            for i, agent in enumerate(environment.agents):
                weights = (design.weights or {}).get(agent.name, (Fraction(1),) * agent.n_types)
                weight = self.probability * environment.along(RationalArray.from_fractions(list(weights)), i)
                self._add(weight, utility_profiles(environment, i))
                self.money[i] = self.money[i] - weight
        elif objective == "worst-case":
            self._worst_case()
        elif objective == "epsilon":
            total = sum((pairs.prices.sum().item() for pairs in self.certificate.incentive), Fraction(0))
            self.right = self.right and total <= 1

    def _worst_case(self) -> None:
        prices = self.certificate.worst_case
        prices = ZERO.broadcast((self.environment.n_profiles,)) if prices is None else prices
        self._sign(prices)
        table = surplus(self.environment)
        best = table.max(axis=-1).reshape(-1)
        self.right = self.right and (prices * best).sum().item() == 1
        self.right = self.right and not np.any((prices.numerators != 0) & (best.numerators <= 0))
        self._add(prices.reshape(*self.environment.n_types), table)

    def _incentive(self, i: int, pairs: PairPrices) -> None:
        self._sign(pairs.prices)
        environment = self.environment
        if self.design.incentive == "bic" and environment.independent and environment.private_values:
            utility = environment.utility(i)
            scattered = _scatter(pairs, pairs.prices.reshape(-1, 1) * utility[pairs.true], environment.n_types[i])
            flows = _scatter(pairs, pairs.prices.reshape(-1, 1), environment.n_types[i])
            weight = environment.others_probability(i)
            self._add(weight, environment.along(scattered, i))
            self.money[i] = self.money[i] - weight * environment.along(flows[:, 0], i)
        else:
            self._profile_incentive(i, pairs)
        self.constant += self.design.epsilon * pairs.prices.sum().item()

    def _profile_incentive(self, i: int, pairs: PairPrices) -> None:
        environment = self.environment
        n_own, n_outcomes = environment.n_types[i], environment.n_outcomes
        weight = pairs.prices
        if self.design.incentive == "bic":
            weight = pairs.prices.reshape(-1, 1) * _conditional(environment, i)[pairs.true]
        table = utility_profiles(environment, i).broadcast(self.shape)
        utility = RationalArray(np.moveaxis(table.numerators, i, 0).reshape(n_own, -1, n_outcomes), table.denominator)
        scattered = _scatter(pairs, weight.reshape(*weight.shape, 1) * utility[pairs.true], n_own)
        flows = _scatter(pairs, weight, n_own)
        self.allocation = self.allocation + self._back(scattered, i)
        self.money[i] = self.money[i] - self._back(flows, i)

    def _back(self, table: RationalArray, i: int) -> RationalArray:
        """Return a table (n_types of i, profiles of the others, ...) as a table over profiles."""
        others = [m for j, m in enumerate(self.environment.n_types) if j != i]
        shape = (self.environment.n_types[i], *others, *table.shape[2:])
        return RationalArray(np.moveaxis(table.numerators.reshape(shape), 0, i), table.denominator)

    def _participation(self, i: int, prices: RationalArray) -> None:
        self._sign(prices)
        environment = self.environment
        kind = self.design.participation
        if kind == "ex-ante-ir":
            weight = self.probability * prices.item()
        elif kind == "interim-ir":
            weight = self._back(prices.reshape(-1, 1) * _conditional(environment, i), i)
        else:
            weight = self._back(prices, i)
        weight = weight.broadcast(environment.n_types)
        self._add(weight, utility_profiles(environment, i))
        self.money[i] = self.money[i] - weight
        self.constant -= (weight * outside_table(environment, i)).sum().item()

    def _budget(self) -> None:
        prices = self.certificate.budget
        if prices is None:
            return
        if self.design.budget in ("no-deficit", "expected-no-deficit"):
            self._sign(prices)
        weight = self.probability * prices if prices.ndim == 0 else prices.reshape(*self.environment.n_types)
        if self.certificate.objective == "subsidy":
            excess = (weight - self.probability).numerators > 0
            self.right = self.right and not np.any(excess & (self.probability.numerators > 0))
        self._add(-weight, self.environment.cost)
        self.money = [entry + weight for entry in self.money]

    def _limits(self) -> None:
        for sign, prices_by_agent, limits in (
            (1, self.certificate.floor, self.design.payment_floor),
            (-1, self.certificate.cap, self.design.payment_cap),
        ):
            for i, prices in prices_by_agent.items():
                self._sign(prices)
                self.money[i] = self.money[i] + sign * prices.reshape(*self.environment.n_types)
                self.constant -= sign * prices.sum().item() * (limits or {})[self.environment.agents[i].name]

    def _constraints(self) -> None:
        for constraint in self.design.constraints:
            price = self.certificate.constraints.get(constraint.name, Fraction(0))
            wrong = price < 0 if constraint.sense == ">=" else price > 0 if constraint.sense == "<=" else False
            self.right = self.right and not wrong
            self.constant -= price * constraint.bound
            for term in constraint.terms:
                self._term(term, price)

    def _term(self, term: Term, price: Fraction) -> None:
        environment = self.environment
        weight = RationalArray.full((1,) * environment.n_agents, price * term.coefficient)
        for i, agent in enumerate(environment.agents):
            if agent.name in term.when:
                chosen = RationalArray(np.array([name == term.when[agent.name] for name in agent.types], dtype=np.int64))
                weight = weight * environment.along(chosen, i)
        weight = (weight * self.probability if term.expected else weight).broadcast(environment.n_types)
        if term.outcome is not None:
            unit = np.zeros(environment.n_outcomes, dtype=np.int64)
            unit[environment.outcomes.index(term.outcome)] = 1
            self._add(weight, RationalArray(unit))
        else:
            i = [agent.name for agent in environment.agents].index(str(term.payment))
            self.money[i] = self.money[i] + weight


def _conditional(environment: Environment, i: int) -> RationalArray:
    """Return f(θ_-i | a), shape (n_types of i, profiles of the others); zero where a correlated type has no probability."""
    weight = environment.conditional_weight(i).broadcast(environment.n_types)
    table = RationalArray(np.moveaxis(weight.numerators, i, 0).reshape(environment.n_types[i], -1), weight.denominator)
    if environment.independent:
        return table
    inverse = RationalArray.from_fractions([1 / p if p else Fraction(0) for p in environment.agents[i].prior])
    return table * inverse.reshape(-1, 1)


def _scatter(pairs: PairPrices, values: RationalArray, n_types: int) -> RationalArray:
    """Add each pair's values at the true type and subtract them at the reported one."""
    numerators = np.zeros((n_types, *values.shape[1:]), dtype=object)
    flat = values.numerators.astype(object)
    np.add.at(numerators, pairs.true, flat)
    np.subtract.at(numerators, pairs.reported, flat)
    return RationalArray(numerators, values.denominator)
