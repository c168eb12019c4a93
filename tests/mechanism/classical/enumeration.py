"""What a mechanism does, by plain loops over profiles and fractions: shares no code with the property checks of mechopt."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

from mechopt.environment.environment import Environment
from mechopt.mechanism.mechanism import Mechanism

Profile = tuple[int, ...]


def entry(nested: Any, positions: Profile) -> Any:
    for position in positions:
        nested = nested[position]
    return nested


class Economy:
    """An environment read from its agents' own data."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.agents = range(len(environment.agents))
        self.sizes = [len(agent.types) for agent in environment.agents]
        self.profiles: list[Profile] = list(product(*map(range, self.sizes)))
        self.outcomes = range(len(environment.outcomes))
        self.cost = environment.cost.fractions()
        joint = None if environment.joint is None else environment.joint.fractions()
        self.f = {
            p: entry(joint, p) if joint is not None else prod((a.prior[k] for a, k in zip(environment.agents, p, strict=True)), start=Fraction(1))
            for p in self.profiles
        }
        self.utilities = [None if agent.utility is None else agent.utility.fractions() for agent in environment.agents]
        self.outsides = [agent.outside.fractions() for agent in environment.agents]

    def u(self, i: int, p: Profile, x: int) -> Fraction:
        kind, agent = self.environment.kind, self.environment.agents[i]
        if agent.values is not None:
            return agent.values[p[i]] if x == (i if kind == "object" else 1) else Fraction(0)
        return entry(self.utilities[i], (*p, x) if kind == "interdependent" else (p[i], x))

    def outside(self, i: int, p: Profile) -> Fraction:
        return entry(self.outsides[i], p if isinstance(self.outsides[i][0], list) else (p[i],))

    def surplus(self, p: Profile, x: int, without: int | None = None) -> Fraction:
        return sum((self.u(j, p, x) for j in self.agents if j != without), -self.cost[x])

    def best(self, p: Profile) -> int:
        """Return the first efficient outcome."""
        return max(self.outcomes, key=lambda x: self.surplus(p, x))

    def expect(self, table: Any) -> Fraction:
        return sum((self.f[p] * table(p) for p in self.profiles), Fraction(0))

    def given(self, i: int, a: int, table: Any) -> Fraction:
        """Return the expectation given a type; for independent types also where it has probability zero."""
        if self.environment.joint is None:
            others = [agent.prior for j, agent in enumerate(self.environment.agents) if j != i]
            weights = {
                p: prod((q[k] for q, k in zip(others, p[:i] + p[i + 1 :], strict=True)), start=Fraction(1)) for p in self.profiles if p[i] == a
            }
        else:
            chance = sum((self.f[p] for p in self.profiles if p[i] == a), Fraction(0))
            weights = {p: self.f[p] / chance for p in self.profiles if p[i] == a}
        return sum((weight * table(p) for p, weight in weights.items()), Fraction(0))

    def counted(self, i: int) -> list[int]:
        """Return the types whose interim expectations exist."""
        joint = self.environment.joint is not None
        return [a for a in range(self.sizes[i]) if not joint or any(self.f[p] > 0 for p in self.profiles if p[i] == a)]


class Table:
    """A mechanism's allocation and payments by profile."""

    def __init__(self, mechanism: Mechanism) -> None:
        self.economy = Economy(mechanism.environment)
        allocation, payments = mechanism.allocation.fractions(), mechanism.payments.fractions()
        self.phi = {p: entry(allocation, p) for p in self.economy.profiles}
        self.t = [{p: entry(payments[i], p) for p in self.economy.profiles} for i in self.economy.agents]

    def payoff(self, i: int, true: Profile, reported: Profile) -> Fraction:
        lottery = self.phi[reported]
        return sum((q * self.economy.u(i, true, x) for x, q in enumerate(lottery) if q), Fraction(0)) - self.t[i][reported]

    def budget(self, p: Profile) -> Fraction:
        return sum((t[p] for t in self.t), Fraction(0)) - sum((q * c for q, c in zip(self.phi[p], self.economy.cost, strict=True)), Fraction(0))

    def gains(self, i: int, p: Profile) -> Fraction:
        return self.payoff(i, p, p) - self.economy.outside(i, p)

    def interim(self, i: int, a: int) -> Fraction:
        return self.economy.given(i, a, lambda p: self.t[i][p])

    def cases(self, name: str) -> Iterator[Fraction]:
        economy = self.economy
        if name in ("bic", "dsic"):
            for i in economy.agents:
                for a, b in product(economy.counted(i) if name == "bic" else range(economy.sizes[i]), range(economy.sizes[i])):

                    def loss(p: Profile, i: int = i, b: int = b) -> Fraction:
                        return self.payoff(i, p, p) - self.payoff(i, p, (*p[:i], b, *p[i + 1 :]))

                    if a != b and name == "bic":
                        yield economy.given(i, a, loss)
                    elif a != b:
                        yield from (loss(p) for p in economy.profiles if p[i] == a)
        elif name == "interim-ir":
            yield from (economy.given(i, a, lambda p, i=i: self.gains(i, p)) for i in economy.agents for a in economy.counted(i))
        elif name == "ex-post-ir":
            yield from (self.gains(i, p) for i in economy.agents for p in economy.profiles)
        elif name == "ex-ante-ir":
            yield from (economy.expect(lambda p, i=i: self.gains(i, p)) for i in economy.agents)
        elif name == "balanced":
            yield from (-abs(self.budget(p)) for p in economy.profiles)
        elif name == "no-deficit":
            yield from (self.budget(p) for p in economy.profiles)
        elif name == "expected-balanced":
            yield -abs(economy.expect(self.budget))
        elif name == "expected-no-deficit":
            yield economy.expect(self.budget)
        elif name == "efficient":
            for p in economy.profiles:
                reached = sum((q * economy.surplus(p, x) for x, q in enumerate(self.phi[p])), Fraction(0))
                yield reached - economy.surplus(p, economy.best(p))
        else:
            assert name == "deterministic", name
            yield from (-min(q, 1 - q) for p in economy.profiles for q in self.phi[p])

    def margin(self, name: str) -> Fraction:
        """Return the least slack of a property; negative where it fails."""
        return min(self.cases(name), default=Fraction(0))


def is_mechanism(mechanism: Mechanism) -> bool:
    """Return whether shapes are right and every allocation is a lottery."""
    environment, table = mechanism.environment, Table(mechanism)
    shapes = (mechanism.allocation.shape, mechanism.payments.shape)
    expected = ((*environment.n_types, environment.n_outcomes), (environment.n_agents, *environment.n_types))
    return shapes == expected and all(sum(lottery) == 1 and min(lottery) >= 0 for lottery in table.phi.values())
