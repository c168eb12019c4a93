"""The definitions of the certificate format, evaluated one by one and profile by profile."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

F = Fraction


class Definitions:
    """An economy evaluated term by term from section 1 of docs/certificates.md, in fractions, for any numbers phi and t."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.problem, self.agents = problem, problem["agents"]
        self.kind, self.sizes = problem["environment"]["kind"], [len(agent["types"]) for agent in problem["agents"]]
        self.profiles = list(product(*map(range, self.sizes)))
        self.outcomes = range(len(problem["environment"]["cost"]))
        self.cost = [F(c) for c in problem["environment"]["cost"]]

    def entry(self, table: Any, *path: int) -> Fraction:
        for step in path:
            table = table[step]
        return F(table)

    def u(self, i: int, x: int, theta: tuple[int, ...]) -> Fraction:
        agent = self.agents[i]
        if self.kind == "object":
            return F(agent["values"][theta[i]]) if x == i else F(0)
        if self.kind == "public-good":
            return F(agent["values"][theta[i]]) if x == 1 else F(0)
        return self.entry(agent["utility"], *((theta[i],) if self.kind == "table" else theta), x)

    def outside(self, i: int, theta: tuple[int, ...]) -> Fraction:
        table = self.agents[i]["outside"]
        return self.entry(table, *theta) if isinstance(table[0], list) else F(table[theta[i]])

    def f(self, theta: tuple[int, ...]) -> Fraction:
        if "prior" in self.problem:
            return self.entry(self.problem["prior"]["joint"], *theta)
        return prod((F(agent["prior"][a]) for agent, a in zip(self.agents, theta, strict=True)), start=F(1))

    def swap(self, theta: tuple[int, ...], i: int, b: int) -> tuple[int, ...]:
        return (*theta[:i], b, *theta[i + 1 :])

    def marginal(self, i: int, a: int) -> Fraction:
        return sum((self.f(theta) for theta in self.profiles if theta[i] == a), F(0))

    def given(self, i: int, a: int) -> Iterator[tuple[tuple[int, ...], Fraction]]:
        for theta in self.profiles:
            if theta[i] == a:
                if "prior" in self.problem:
                    yield theta, self.f(theta) / self.marginal(i, a)
                else:
                    yield theta, prod((F(self.agents[j]["prior"][theta[j]]) for j in range(len(theta)) if j != i), start=F(1))

    def s(self, x: int, theta: tuple[int, ...]) -> Fraction:
        return sum((self.u(i, x, theta) for i in range(len(theta))), -self.cost[x])

    def best(self, theta: tuple[int, ...]) -> Fraction:
        return max(self.s(x, theta) for x in self.outcomes)

    def payoff(self, i: int, b: int, theta: tuple[int, ...], phi: Any, t: Any) -> Fraction:
        report = self.swap(theta, i, b)
        return sum((phi[report][x] * self.u(i, x, theta) for x in self.outcomes), -t[report][i])

    def interim(self, i: int, b: int, a: int, phi: Any, t: Any) -> Fraction:
        return sum((f * self.payoff(i, b, theta, phi, t) for theta, f in self.given(i, a)), F(0))

    def surplus(self, theta: tuple[int, ...], phi: Any, t: Any) -> Fraction:
        return sum(t[theta]) - sum(phi[theta][x] * self.cost[x] for x in self.outcomes)

    def welfare(self, theta: tuple[int, ...], phi: Any) -> Fraction:
        return sum((phi[theta][x] * self.s(x, theta) for x in self.outcomes), F(0))

    def mean(self, values: Any) -> Fraction:
        return sum((self.f(theta) * values(theta) for theta in self.profiles), F(0))

    def status_quo(self) -> Fraction:
        return self.mean(lambda theta: sum(self.outside(i, theta) for i in range(len(theta))))

    def objective(self, name: str, phi: Any, t: Any) -> Fraction:
        agents = range(len(self.agents))
        if name in ("welfare", "gains"):
            return self.mean(lambda theta: self.welfare(theta, phi)) - (self.status_quo() if name == "gains" else 0)
        if name in ("revenue", "surplus"):
            return self.mean(lambda theta: self.surplus(theta, phi, t))
        if name in ("payoff", "weighted"):
            weights = (self.problem["design"]["weights"] or {}) if name == "weighted" else {}
            w = [[F(q) for q in weights.get(agent["name"], ["1"] * m)] for agent, m in zip(self.agents, self.sizes, strict=True)]
            return self.mean(lambda theta: sum(w[i][theta[i]] * self.payoff(i, theta[i], theta, phi, t) for i in agents))
        return F(0)  # "feasibility" and "subsidy"; r and epsilon have the coefficient 0

    def left_side(self, constraint: dict[str, Any], phi: Any, t: Any) -> Fraction:
        total, names = F(0), [agent["name"] for agent in self.agents]
        for term in constraint["terms"]:
            for theta in self.profiles:
                if all(self.agents[names.index(name)]["types"][theta[names.index(name)]] == kind for name, kind in term["when"].items()):
                    if "outcome" in term:
                        quantity = phi[theta][self.problem["environment"]["outcomes"].index(term["outcome"])]
                    else:
                        quantity = t[theta][names.index(term["payment"])]
                    total += F(term["coefficient"]) * (self.f(theta) if term["expected"] else 1) * quantity
        return total

    def margins(self, phi: Any, t: Any) -> dict[str, Fraction]:
        pairs = [(i, a) for i, m in enumerate(self.sizes) for a in range(m)]
        can = [(i, a) for i, a in pairs if "prior" not in self.problem or self.marginal(i, a)]
        lies = [(i, a, b) for i, a in pairs for b in range(self.sizes[i]) if a != b]
        agents, u = range(len(self.agents)), self.interim
        truth = {(i, theta): self.payoff(i, theta[i], theta, phi, t) for i in agents for theta in self.profiles}
        ex_post = [truth[i, theta] - self.payoff(i, b, theta, phi, t) for i, a, b in lies for theta in self.profiles if theta[i] == a]
        budget, expected = [self.surplus(theta, phi, t) for theta in self.profiles], self.objective("revenue", phi, t)
        slacks: dict[str, list[Fraction]] = {
            "bic": [u(i, a, a, phi, t) - u(i, b, a, phi, t) for i, a, b in lies if (i, a) in can],
            "dsic": ex_post,
            "epic": ex_post,
            "interim-ir": [u(i, a, a, phi, t) - sum(f * self.outside(i, theta) for theta, f in self.given(i, a)) for i, a in can],
            "ex-post-ir": [v - self.outside(i, theta) for (i, theta), v in truth.items()],
            "ex-ante-ir": [self.mean(lambda theta, i=i: truth[i, theta] - self.outside(i, theta)) for i in agents],
            "balanced": [-abs(b) for b in budget],
            "no-deficit": budget,
            "expected-balanced": [-abs(expected)],
            "expected-no-deficit": [expected],
            "efficient": [self.welfare(theta, phi) - self.best(theta) for theta in self.profiles],
            "deterministic": [-min(q, 1 - q) for lottery in phi.values() for q in lottery],
        }
        return {name: min(values, default=F(0)) for name, values in slacks.items() if name != "dsic" or self.kind != "interdependent"}

    def lagrangian(self, certificate: dict[str, Any], phi: Any, t: Any) -> Fraction:
        """Return the objective plus prices times expressions, from the table of section 3, read from the certificate."""
        design, names = self.problem["design"], [agent["name"] for agent in self.agents]
        total = self.objective(certificate["objective"], phi, t)

        def walk(data: Any, *path: str) -> Iterator[tuple[tuple[str, ...], Fraction]]:
            if isinstance(data, str):
                yield path, F(data)
            else:
                for name, part in data.items():
                    yield from walk(part, *path, name)

        def position(i: int, own: str, others: tuple[str, ...]) -> tuple[int, ...]:
            path = (*others[:i], own, *others[i:])
            return tuple(agent["types"].index(name) for agent, name in zip(self.agents, path, strict=True))

        for (name, own, lie, *others), price in walk(certificate.get("incentive", {})):
            i = names.index(name)
            a, b = (self.agents[i]["types"].index(kind) for kind in (own, lie))
            total += price * F(design["epsilon"])
            if design["incentive"] == "bic":
                total += price * (self.interim(i, a, a, phi, t) - self.interim(i, b, a, phi, t))
            else:
                theta = position(i, own, tuple(others))
                total += price * (self.payoff(i, a, theta, phi, t) - self.payoff(i, b, theta, phi, t))
        for (name, *path), price in walk(certificate.get("participation", {})):
            i = names.index(name)
            if design["participation"] == "interim-ir":
                a = self.agents[i]["types"].index(path[0])
                total += price * (self.interim(i, a, a, phi, t) - sum(f * self.outside(i, theta) for theta, f in self.given(i, a)))
            elif design["participation"] == "ex-post-ir":
                theta = position(i, path[0], tuple(path[1:]))
                total += price * (self.payoff(i, theta[i], theta, phi, t) - self.outside(i, theta))
            else:
                total += price * self.mean(lambda theta, i=i: self.payoff(i, theta[i], theta, phi, t) - self.outside(i, theta))
        for path, price in walk(certificate.get("budget", {})):
            if path:
                total += price * self.surplus(position(0, path[0], path[1:]), phi, t)
            else:
                total += price * self.mean(lambda theta: self.surplus(theta, phi, t))
        for key, sign in (("floor", 1), ("cap", -1)):
            for (name, own, *others), price in walk(certificate.get(key, {})):
                i = names.index(name)
                total += price * sign * (t[position(i, own, tuple(others))][i] - F(design[f"payment_{key}"][name]))
        for constraint in design["constraints"]:
            price = F(certificate.get("constraints", {}).get(constraint["name"], "0"))
            total += price * (self.left_side(constraint, phi, t) - F(constraint["bound"]))
        for path, price in walk(certificate.get("worst_case", {})):
            total += price * self.welfare(position(0, path[0], path[1:]), phi)  # r FB is left: its price adds up to r
        return total

    def bound(self, certificate: dict[str, Any]) -> tuple[Fraction, dict[tuple[int, ...], list[Fraction]]]:
        """Return the maximum of the Lagrangian over outcomes, and the coefficients of the payments, which must be zero."""
        phi = {theta: [F(0) for _ in self.outcomes] for theta in self.profiles}
        t = {theta: [F(0) for _ in self.agents] for theta in self.profiles}
        constant = self.lagrangian(certificate, phi, t)
        total, money = constant, dict[tuple[int, ...], list[Fraction]]()
        for theta in self.profiles:
            found = []
            for x in self.outcomes:
                if not certificate["efficient"] or self.s(x, theta) == self.best(theta):
                    phi[theta][x] = F(1)
                    found.append(self.lagrangian(certificate, phi, t) - constant)
                    phi[theta][x] = F(0)
            total += max(found)
            money[theta] = []
            for i in range(len(self.agents)):
                t[theta][i] = F(1)
                money[theta].append(self.lagrangian(certificate, phi, t) - constant)
                t[theta][i] = F(0)
        return total, money
