"""The trusted checker against hand-made certificates, against the definitions evaluated one by one, and against liars."""

from __future__ import annotations

import copy
import hashlib
import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mechopt.exact import check
from mechopt.exact.check import FalseClaimError, NotAResultError, check_certificate, check_mechanism, check_result, properties
from mechopt.exact.checker import certificate, winning
from mechopt.exact.checker.forms import Problem
from mechopt.exact.checker.mechanism import Mechanism

F = Fraction
DESIGN: dict[str, Any] = {
    "objective": "welfare", "incentive": "bic", "participation": "interim-ir", "budget": "none", "allocation": "any", "epsilon": "0",
    "weights": None, "payment_floor": None, "payment_cap": None, "constraints": [],
}  # fmt: skip


# --- problems ------------------------------------------------------------------------------------------------------------------------


def economy(kind: str, agents: list[dict[str, Any]], cost: list[Any], joint: Any = None, **design: Any) -> dict[str, Any]:
    names = {"object": [*(agent["name"] for agent in agents), "nobody"], "public-good": ["no", "yes"]}
    outcomes = names.get(kind, [f"outcome {x}" for x in range(len(cost))])
    problem = {
        "name": "test",
        "source": "",
        "environment": {"kind": kind, "outcomes": outcomes, "cost": [str(c) for c in cost]},
        "agents": agents,
        "design": {**DESIGN, **design},
    }
    return problem if joint is None else problem | {"prior": {"joint": joint}}


def person(name: str, prior: list[Any] | None = None, n_types: int = 0, **entries: Any) -> dict[str, Any]:
    def texts(data: Any) -> Any:
        return [texts(part) for part in data] if isinstance(data, list) else str(data)

    found = {name: texts(data) for name, data in entries.items()}
    types = [f"{name}{a}" for a in range(n_types or len(found["outside"]))]
    return {"name": name, "types": types, **found} | ({} if prior is None else {"prior": texts(prior)})


def trade(costs: list[Any], values: list[Any], p_costs: list[Any], p_values: list[Any], **design: Any) -> dict[str, Any]:
    seller = person("seller", p_costs, values=costs, outside=costs)
    buyer = person("buyer", p_values, values=values, outside=[0] * len(values))
    return economy("object", [seller, buyer], [0, 0, 0], **{"objective": "welfare", "budget": "balanced", **design})


def chain(problem: dict[str, Any], scale: Fraction | int = 1) -> dict[str, Any]:
    """Prices of a bound on the surplus of bilateral trade: neighbours' incentives and the worst types' participation.

    Money flows along the chain from every type to the worst: the buyer's lowest, the seller's highest.
    """
    seller, buyer = problem["agents"]
    incentive: dict[str, Any] = {"seller": {}, "buyer": {}}
    for agent, order in ((buyer, 1), (seller, -1)):
        types, prior = agent["types"][::order], [F(f) for f in agent["prior"]][::order]
        for j in range(1, len(types)):
            incentive[agent["name"]][types[j]] = {types[j - 1]: str(scale * sum(prior[j:]))}
    participation = {"seller": {seller["types"][-1]: str(scale)}, "buyer": {buyer["types"][0]: str(scale)}}
    return {"incentive": incentive, "participation": participation}


def number(value: Fraction) -> dict[str, Any]:
    return {"float": float(value), "exact": str(value)}


def digest(problem: dict[str, Any]) -> str:
    text = json.dumps(problem, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


# --- the definitions, one by one -----------------------------------------------------------------------------------------------------


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


# --- random economies and prices -----------------------------------------------------------------------------------------------------


def fractions_summing_to_one(rng: random.Random, size: int) -> list[Fraction]:
    parts = [rng.choice([0, 1, 1, 2, 3, 5]) for _ in range(size)]
    parts[rng.randrange(size)] += 1
    return [F(part, sum(parts)) for part in parts]


def rational(rng: random.Random, low: int = -4, high: int = 8) -> Fraction:
    return F(rng.randint(low, high), rng.choice([1, 1, 2, 3]))


def nest(rng: random.Random, *shape: int) -> Any:
    return [nest(rng, *shape[1:]) for _ in range(shape[0])] if shape else str(rational(rng))


def random_problem(rng: random.Random, **design: Any) -> dict[str, Any]:
    kind, joint = rng.choice(["object", "public-good", "table", "interdependent"]), None
    n = rng.choice([1, 2, 2, 3])
    sizes = [rng.randint(1, 2 if n == 3 else 3) for _ in range(n)]
    n_outcomes = {"object": len(sizes) + 1, "public-good": 2}.get(kind, rng.randint(1, 3))
    correlated = rng.random() < 0.4
    if correlated:
        numbers = iter(fractions_summing_to_one(rng, prod(sizes)))

        def fill(*shape: int) -> Any:
            return [fill(*shape[1:]) for _ in range(shape[0])] if shape else str(next(numbers))

        joint = fill(*sizes)
    agents = []
    for i, m in enumerate(sizes):
        entries: dict[str, Any] = {"outside": nest(rng, *(sizes if kind == "interdependent" and rng.random() < 0.5 else [m]))}
        if kind in ("object", "public-good"):
            entries["values"] = nest(rng, m)
        else:
            entries["utility"] = nest(rng, *(sizes if kind == "interdependent" else [m]), n_outcomes)
        agents.append(person(f"agent{i}", None if correlated else fractions_summing_to_one(rng, m), m, **entries))
    choices = {
        "incentive": ["bic", "epic", "none"] + ["dsic"] * (kind != "interdependent"),
        "participation": ["interim-ir", "ex-post-ir", "ex-ante-ir", "none"],
        "budget": ["balanced", "no-deficit", "expected-balanced", "expected-no-deficit", "none"],
        "objective": ["welfare", "gains", "revenue", "payoff", "weighted"],
    }
    picked = {key: rng.choice(options) for key, options in choices.items()} | {"allocation": rng.choice(["any", "efficient"])}
    problem = economy(kind, agents, [rational(rng, 0, 3) for _ in range(n_outcomes)], joint, epsilon=rng.choice(["0", "1/3"]), **picked)
    problem["design"]["weights"] = {agents[0]["name"]: [str(rational(rng, 0)) for _ in range(sizes[0])]}
    problem["design"]["payment_floor"] = {agents[-1]["name"]: "-5"}
    problem["design"]["payment_cap"] = {agents[0]["name"]: "7/2"}
    term = {"coefficient": "2/3", "when": {agents[0]["name"]: agents[0]["types"][-1]}, "expected": rng.random() < 0.5}
    terms = [term | {"outcome": problem["environment"]["outcomes"][-1]}, term | {"payment": agents[-1]["name"], "when": {}}]
    problem["design"]["constraints"] = [{"name": "quota", "sense": rng.choice([">=", "<=", "="]), "bound": "1/2", "terms": terms}]
    problem["design"] |= design
    return problem


def random_certificate(rng: random.Random, problem: dict[str, Any], *, local: bool = True, money: bool = True) -> dict[str, Any]:
    """Prices with the right signs; without `money` they are incentive prices that cancel by symmetry."""
    design, agents = problem["design"], problem["agents"]

    def tree(levels: list[list[str]], low: int = 0) -> Any:
        if not levels:
            return str(rational(rng, low, 3))
        return {name: tree(levels[1:], low) for name in levels[0] if rng.random() < 0.8}

    certificate: dict[str, Any] = {"objective": design["objective"], "efficient": design["allocation"] == "efficient", "bound": "0"}
    incentive: dict[str, Any] = {}
    participation: dict[str, Any] = {}
    for i, agent in enumerate(agents):
        own, others = agent["types"], [other["types"] for other in agents[:i] + agents[i + 1 :]]
        possible = [a for k, a in enumerate(own) if "prior" not in problem or Definitions(problem).marginal(i, k)]
        ex_post = others if design["incentive"] in ("dsic", "epic") else []
        truths = own if ex_post or design["incentive"] == "epic" or design["incentive"] == "dsic" else possible
        incentive[agent["name"]] = {a: {b: tree(ex_post) for b in (own if money else possible) if b != a} for a in truths}
        if not money:
            price = str(rational(rng, 0, 3))
            incentive[agent["name"]] = {a: {b: price for b in possible if b != a} for a in possible}
        levels = {"interim-ir": [possible], "ex-post-ir": [own, *others], "ex-ante-ir": [], "none": None}[design["participation"]]
        if levels is not None:
            participation[agent["name"]] = tree(levels)
    if design["incentive"] != "none":
        certificate["incentive"] = incentive
    if money:
        certificate["participation"] = participation
        if design["budget"] != "none":
            single = design["budget"].startswith("expected") or not local or rng.random() < 0.5
            low = -3 if design["budget"].endswith("balanced") else 0
            certificate["budget"] = tree([] if single else [agent["types"] for agent in agents], low)
    if money and local and rng.random() < 0.5:
        last, first = agents[-1], agents[0]
        certificate["floor"] = {last["name"]: tree([last["types"], *(agent["types"] for agent in agents[:-1])])}
        certificate["cap"] = {first["name"]: tree([agent["types"] for agent in agents])}
        sense = design["constraints"][0]["sense"]
        price = abs(rational(rng)) * {">=": 1, "<=": -1, "=": rng.choice([1, -1])}[sense]
        certificate["constraints"] = {"quota": str(price)}
    return certificate


def added_up(problem: dict[str, Any], data: dict[str, Any], *, enumerate_all: bool = False) -> Fraction:
    """Return the maximum of what a certificate adds up to, money left out; it need not state it."""
    economy = Problem(problem)
    _, efficient, priced = certificate.priced_forms(economy, data, certify=True)
    without = [(price, (constant, [term for term in terms if term[1] < economy.n_outcomes])) for price, (constant, terms) in priced]
    everything = {0: set(range(economy.n_outcomes))} if enumerate_all else {}
    return certificate.maximum(economy, without, efficient, everything)


def money_in(problem: dict[str, Any], data: dict[str, Any]) -> dict[tuple[int, ...], list[Fraction]]:
    """Return the coefficients of the payments in what a certificate adds up to."""
    economy = Problem(problem)
    profiles = list(product(*map(range, economy.sizes)))
    money = {theta: [F(0)] * economy.n_agents for theta in profiles}
    for price, (_, terms) in certificate.priced_forms(economy, data, certify=True)[2]:
        for key, column, c in terms:
            for k, f in economy.spread(key):
                if column >= economy.n_outcomes:
                    money[profiles[k]][column - economy.n_outcomes] += price * c * F(f, economy.whole * economy.total)
    return money


@pytest.mark.parametrize("seed", range(150))
def test_a_bound_is_the_maximum_of_the_objective_plus_prices_times_requirements(seed: int) -> None:
    rng = random.Random(seed)
    problem = random_problem(rng)
    data = random_certificate(rng, problem)
    bound, money = Definitions(problem).bound(data)
    assert added_up(problem, data) == added_up(problem, data, enumerate_all=True) == bound
    assert money_in(problem, data) == money
    if not any(any(row) for row in money.values()):
        assert check_certificate(problem, data | {"bound": str(bound)}, efficient_allowed=False) == bound
        return
    with pytest.raises(FalseClaimError, match="money does not cancel"):
        check_certificate(problem, data, efficient_allowed=False)


@pytest.mark.parametrize("seed", range(30))
def test_incentive_prices_that_cancel_prove_their_bound_and_no_other(seed: int) -> None:
    rng = random.Random(seed)
    problem = random_problem(rng, objective="welfare", incentive="bic", payment_floor=None, payment_cap=None, constraints=[])
    problem.pop("prior", None)
    for agent in problem["agents"]:
        agent["prior"] = [str(f) for f in fractions_summing_to_one(rng, len(agent["types"]))]
    certificate = random_certificate(rng, problem, money=False)
    bound, money = Definitions(problem).bound(certificate)
    assert not any(any(row) for row in money.values())
    assert check_certificate(problem, {**certificate, "bound": str(bound)}, efficient_allowed=False) == bound
    with pytest.raises(FalseClaimError, match=r"certificate\.bound"):
        check_certificate(problem, {**certificate, "bound": str(bound - F(1, 10**30))}, efficient_allowed=False)


@pytest.mark.parametrize("kind", ["object", "public-good"])
@pytest.mark.parametrize("seed", range(60))
def test_sorting_and_convolution_agree_with_enumeration(kind: str, seed: int) -> None:
    rng = random.Random(seed)
    n = rng.randint(1, 4)
    agents = []
    for i in range(n):
        m = rng.randint(1, 4)
        prior = [F(1)] + [F(0)] * (m - 1) if rng.random() < 0.3 else fractions_summing_to_one(rng, m)
        values = [rng.choice([0, 1, 1, 2]) for _ in range(m)] if rng.random() < 0.6 else nest(rng, m)  # with ties, and without
        agents.append(person(f"agent{i}", prior, values=values, outside=nest(rng, m)))
    cost = [rng.choice([0, 1]) for _ in range(n + 1 if kind == "object" else 2)]
    problem = economy(kind, agents, cost, objective=rng.choice(["welfare", "revenue"]), budget="expected-balanced")
    problem["design"]["allocation"] = rng.choice(["any", "efficient"])
    data = random_certificate(rng, problem, local=False)
    fast, slow = (added_up(problem, data, enumerate_all=flag) for flag in (False, True))
    assert fast == slow


@pytest.mark.parametrize("seed", range(80))
def test_margins_and_objectives_are_those_of_the_definitions(seed: int) -> None:
    rng = random.Random(seed)
    problem = random_problem(rng)
    definitions = Definitions(problem)
    phi = {theta: fractions_summing_to_one(rng, len(definitions.outcomes)) for theta in definitions.profiles}
    t = {theta: [rational(rng) for _ in definitions.agents] for theta in definitions.profiles}
    mechanism = {
        "form": "table",
        "allocation": [[str(q) for q in phi[theta]] for theta in definitions.profiles],
        "payments": [[str(q) for q in t[theta]] for theta in definitions.profiles],
    }
    assert properties(problem, mechanism) == definitions.margins(phi, t)
    found = Mechanism(Problem(problem), mechanism)
    for objective in ("welfare", "gains", "revenue", "payoff", "weighted"):
        assert found.value(objective) == definitions.objective(objective, phi, t)
    slack = definitions.left_side(problem["design"]["constraints"][0], phi, t) - F(1, 2)
    assert found.evaluate(found.problem.form("constraints", [0])) == slack


# --- certificates by hand ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_the_surplus_of_trade_with_two_types_a_side_is_that_of_the_closed_form(seed: int) -> None:
    """Worst types take part, neighbours do not lie: S* = a v_L + b(1-a) v_H - b c_H - a(1-b) c_L (docs/model.md, closed forms)."""
    rng = random.Random(seed)
    c_low, v_low, c_high, v_high = sorted(F(k, 7) for k in rng.sample(range(50), 4))
    a, b = F(rng.randint(1, 9), 10), F(rng.randint(1, 9), 10)
    problem = trade([c_low, c_high], [v_low, v_high], [a, 1 - a], [1 - b, b])
    surplus = a * v_low + b * (1 - a) * v_high - b * c_high - a * (1 - b) * c_low
    certificate = {"objective": "surplus", "efficient": True, "bound": str(surplus), **chain(problem)}
    assert check_certificate(problem, certificate, efficient_allowed=True) == surplus
    with pytest.raises(FalseClaimError, match="efficiency is not asked for"):
        check_certificate(problem, certificate, efficient_allowed=False)
    with pytest.raises(FalseClaimError, match="efficiency is not asked for"):
        check_certificate(problem, certificate | {"objective": "welfare"}, efficient_allowed=True)


@pytest.mark.parametrize("k", [2, 3, 4, 5, 6, 20, 100])
def test_the_surplus_of_uniform_trade_is_that_of_the_closed_form(k: int) -> None:
    """S* = (k-1)(5-k)/(6k^2) on k midpoints a side (docs/model.md, closed forms): exactly zero at five."""
    grid = [F(2 * j + 1, 2 * k) for j in range(k)]
    problem = trade(grid, grid, [F(1, k)] * k, [F(1, k)] * k)
    certificate = {"objective": "surplus", "efficient": True, "bound": str(F((k - 1) * (5 - k), 6 * k * k)), **chain(problem)}
    check_certificate(problem, certificate, efficient_allowed=True)


@pytest.mark.parametrize(("k", "value"), [(6, "25/162"), (8, "49/320"), (10, "189/1250"), (16, "455/3072")])
def test_the_second_best_of_uniform_trade_is_that_of_the_closed_form(k: int, value: str) -> None:
    """Myerson and Satterthwaite (1983) on grids, docs/model.md: the surplus prices, scaled, with welfare; beta minimises the bound."""
    grid = [F(2 * j + 1, 2 * k) for j in range(k)]
    problem = trade(grid, grid, [F(1, k)] * k, [F(1, k)] * k, objective="gains")

    def bound(beta: Fraction) -> Fraction:
        return added_up(problem, {"objective": "gains", "efficient": False, "bound": "0", "budget": str(beta), **chain(problem, beta)})

    # Piecewise linear and convex in beta, with kinks where v - c + beta (v - c - (2 cells and the distances)) = 0.
    kinks = {F(j, k - j) for j in range(1, k)} | {F(j, 2 * i - j) for i in range(1, k) for j in range(1, 2 * i)}
    assert min(bound(beta) for beta in kinks if 0 < beta < 4) == F(value)


def test_revenue_of_a_monopolist_is_bounded_by_the_virtual_values() -> None:
    """Bidders worth 1, 2, 3 with equal odds have virtual values -1, 1, 3; with two of them E max(0, best) = (5 3 + 3 1) / 9."""
    bidders = [person(name, [F(1, 3)] * 3, values=[1, 2, 3], outside=[0] * 3) for name in ("Ann", "Bob")]
    problem = economy("object", bidders, [0, 0, 0], objective="revenue")
    prices = {
        "incentive": {b["name"]: {b["types"][2]: {b["types"][1]: "1/3"}, b["types"][1]: {b["types"][0]: "2/3"}} for b in bidders},
        "participation": {b["name"]: {b["types"][0]: "1"} for b in bidders},
    }
    certificate = {"objective": "revenue", "efficient": False, "bound": "2", **prices}
    assert check_certificate(problem, certificate, efficient_allowed=False) == 2


def test_correlated_bidders_cannot_pay_more_than_the_first_best() -> None:
    """Cremer and McLean (1988): values 1, 2 with joint odds (1/3, 1/6, 1/6, 1/3) yield 5/3, the first best; only participation is priced."""
    bidders = [person(name, values=[1, 2], outside=[0, 0]) for name in ("Ann", "Bob")]
    problem = economy("object", bidders, [0, 0, 0], [["1/3", "1/6"], ["1/6", "1/3"]], objective="revenue")
    prices = {"participation": {b["name"]: dict.fromkeys(b["types"], "1/2") for b in bidders}}
    certificate = {"objective": "revenue", "efficient": False, "bound": "5/3", **prices}
    assert check_certificate(problem, certificate, efficient_allowed=False) == F(5, 3)


def test_a_type_that_cannot_be_has_no_interim_price_where_types_are_correlated() -> None:
    bidders = [person(name, values=[1, 2], outside=[0, 0]) for name in ("Ann", "Bob")]
    problem = economy("object", bidders, [0, 0, 0], [["1/2", "1/2"], ["0", "0"]], objective="revenue")
    certificate = {"objective": "revenue", "efficient": False, "bound": "0", "participation": {"Ann": {"Ann1": "1"}}}
    with pytest.raises(FalseClaimError, match="cannot be"):
        check_certificate(problem, certificate, efficient_allowed=False)


def test_a_deterministic_mechanism_is_bounded_case_by_case() -> None:
    """The outcome worth 2 may have probability 1/2 at most: lotteries reach 1, deterministic mechanisms 0."""
    quota = {"name": "quota", "sense": "<=", "bound": "1/2", "terms": [{"outcome": "outcome 0", "coefficient": "1", "when": {}, "expected": True}]}
    agent = person("Ann", [1], outside=[0], utility=[[2, 0]])
    problem = economy("table", [agent], [0, 0], constraints=[quota], allocation="deterministic", incentive="none", participation="none")
    leaf = {"objective": "welfare", "efficient": False, "bound": "1", "constraints": {"quota": "-2"}}
    assert check_certificate(problem, leaf, efficient_allowed=False) == 1
    empty = {"objective": "feasibility", "efficient": False, "bound": "-1/2", "constraints": {"quota": "-1"}}
    tree = {"profile": ["Ann0"], "outcome": "outcome 0", "chosen": empty, "excluded": leaf | {"bound": "0", "constraints": {}}}
    assert check_certificate(problem, tree | {"objective": "welfare", "bound": "0"}, efficient_allowed=False) == 0
    nothing = {"objective": "feasibility", "efficient": False, "bound": "0"}
    changes = [{"bound": "-1/2"}, {"objective": "feasibility"}, {"chosen": leaf}, {"excluded": empty}, {"outcome": "outcome 1"}, {"profile": []}]
    for change in (*changes, {"chosen": nothing}, {"chosen": nothing, "objective": "feasibility"}):
        with pytest.raises(FalseClaimError):
            check_certificate(problem, tree | {"objective": "welfare", "bound": "0"} | change, efficient_allowed=False)
    problem["design"]["allocation"] = "any"
    with pytest.raises(FalseClaimError, match="deterministic"):
        check_certificate(problem, tree | {"objective": "welfare", "bound": "0"}, efficient_allowed=False)


# --- results by hand -----------------------------------------------------------------------------------------------------------------


def result(problem: dict[str, Any], numbers: dict[str, Any], **claims: Any) -> dict[str, Any]:
    exact = {key: None if value is None else number(F(value)) for key, value in numbers.items()}
    keys = ("first_best", "status_quo", "first_best_gains", "welfare", "gains", "revenue")
    start = {"format": "mechopt-result", "version": 1, "problem": problem, "digest": digest(problem), "statistics": {"seconds": 0.1}}
    return start | dict.fromkeys(keys) | {"mechanism": None, "certificate": None, "checks": []} | exact | claims


def checked(problem: dict[str, Any], mechanism: dict[str, Any], **margins: Any) -> dict[str, Any]:
    checks = [{"property": name.replace("_", "-"), "holds": F(m) >= 0, "margin": number(F(m)), "witness": None} for name, m in margins.items()]
    return {"mechanism": mechanism, "checks": checks}


def monopoly() -> dict[str, Any]:
    """One bidder worth 1 or 3 with equal odds: the price 3 yields 3/2. A flow of 1/2 from 3 to 1 and on to participation proves it."""
    problem = economy("object", [person("bidder", [F(1, 2)] * 2, values=[1, 3], outside=[0, 0])], [0, 0], objective="revenue")
    mechanism = {"form": "table", "allocation": [["0", "1"], ["1", "0"]], "payments": [["0"], ["3"]]}
    prices = {"incentive": {"bidder": {"bidder1": {"bidder0": "1/2"}}}, "participation": {"bidder": {"bidder0": "1"}}}
    certificate = {"objective": "revenue", "efficient": False, "bound": "3/2", **prices}
    numbers = {"first_best": 2, "status_quo": 0, "first_best_gains": 2, "welfare": "3/2", "gains": "3/2", "revenue": "3/2", "value": "3/2"}
    proof = {"grade": "optimal", "bound": number(F(3, 2)), "gap": "0"}
    shown = checked(problem, mechanism, bic=0, dsic=0, interim_ir=0, efficient=-1, deterministic=0, balanced=-3, no_deficit=0)
    return result(problem, numbers, question="solve", status="optimal", proof=proof, certificate=certificate, **shown)


def trade_result(v_low: str, v_high: str, surplus: str) -> dict[str, Any]:
    """Costs 0 or 2, two values, all equally likely: binding interim payments attain the closed form's surplus."""
    low, high, best = F(v_low), F(v_high), F(surplus)
    problem = trade([0, 2], [v_low, v_high], [F(1, 2)] * 2, [F(1, 2)] * 2, budget="expected-balanced")
    bound = {"objective": "surplus", "efficient": True, "bound": surplus, **chain(problem)}
    buyer, seller = [low / 2, high - (high - low) / 2], [F(-1), F(-1)]  # the seller gets 2 b = 1, or 0 + (2 - 0) b = 1
    first_best = (low + high + 2 + high) / 4

    def mechanism(rebate: Fraction) -> dict[str, Any]:
        payments = [[str(s), str(b - rebate)] for s in seller for b in buyer]
        return {"form": "table", "allocation": [["0", "1", "0"], ["0", "1", "0"], ["1", "0", "0"], ["0", "1", "0"]], "payments": payments}

    numbers = {"first_best": first_best, "status_quo": 1, "first_best_gains": first_best - 1, "budget_surplus": best}
    if best < 0:
        proof = {"grade": "infeasible", "bound": number(best), "gap": None, "surplus": {"certificate": "answer", "mechanism": mechanism(F(0))}}
        return result(problem, numbers, question="certify", answer="impossible", proof=proof, certificate=bound)
    numbers |= {"welfare": first_best, "gains": first_best - 1, "revenue": 0}
    proof = {"grade": "optimal", "bound": number(best), "gap": "0", "surplus": {"certificate": bound, "mechanism": mechanism(F(0))}}
    shown = checked(problem, mechanism(best), expected_balanced=0, bic=0, efficient=0, interim_ir=0)
    return result(problem, numbers, question="certify", answer="possible", proof=proof, **shown)


def infeasible() -> dict[str, Any]:
    """Staying out is worth 2, the object 1, and nobody may subsidise: participation and budget, at price 1 each, add up to -1."""
    problem = economy("object", [person("bidder", [1], values=[1], outside=[2])], [0, 0], budget="no-deficit")
    certificate = {"objective": "feasibility", "efficient": False, "bound": "-1", "participation": {"bidder": {"bidder0": "1"}}, "budget": "1"}
    numbers = {"first_best": 1, "status_quo": 2, "first_best_gains": -1, "value": None}
    proof = {"grade": "infeasible", "bound": number(F(-1)), "gap": None}
    return result(problem, numbers, question="solve", status="infeasible", proof=proof, certificate=certificate)


def least_violation() -> dict[str, Any]:
    """A constraint gives each type what the other wants, and nobody pays: lying gains 1, whatever else is done."""
    terms = [
        {"outcome": x, "coefficient": "1", "when": {"Ann": kind}, "expected": False} for x, kind in (("outcome 0", "Ann0"), ("outcome 1", "Ann1"))
    ]
    force = {"name": "force", "sense": "=", "bound": "2", "terms": terms}
    limits = {"payment_floor": {"Ann": "0"}, "payment_cap": {"Ann": "0"}, "constraints": [force]}
    agent = person("Ann", [F(1, 2)] * 2, outside=[0, 0], utility=[[0, 1], [1, 0]])
    problem = economy("table", [agent], [0, 0], objective="epsilon", incentive="epic", participation="none", **limits)
    prices = {"incentive": {"Ann": {"Ann0": {"Ann1": "1"}}}, "floor": {"Ann": {"Ann0": "1"}}, "cap": {"Ann": {"Ann1": "1"}}}
    certificate = {"objective": "epsilon", "efficient": False, "bound": "-1", "constraints": {"force": "1"}, **prices}
    mechanism = {"form": "table", "allocation": [["1", "0"], ["0", "1"]], "payments": [["0"], ["0"]]}
    numbers = {"first_best": 1, "status_quo": 0, "first_best_gains": 1, "welfare": 0, "gains": 0, "revenue": 0, "value": 1}
    proof = {"grade": "optimal", "bound": number(F(1)), "gap": "0"}
    shown = checked(problem, mechanism, epic=-1, bic=-1)
    return result(problem, numbers, question="solve", status="optimal", proof=proof, certificate=certificate, **shown)


def worst_case() -> dict[str, Any]:
    """Without any constraint the object always goes to the bidder: the ratio is 1, and no more at the type worth 2."""
    problem = economy("object", [person("Ann", [F(1, 2)] * 2, values=[2, 0], outside=[0, 0])], [0, 0], objective="worst-case", incentive="none")
    problem["design"]["participation"] = "none"
    certificate = {"objective": "worst-case", "efficient": False, "bound": "1", "worst_case": {"Ann0": "1/2"}}
    mechanism = {"form": "table", "allocation": [["1", "0"], ["1", "0"]], "payments": [["0"], ["0"]]}
    numbers = {"first_best": 1, "status_quo": 0, "first_best_gains": 1, "welfare": 1, "gains": 1, "revenue": 0, "value": 1}
    proof = {"grade": "optimal", "bound": number(F(1)), "gap": "0"}
    return result(problem, numbers, question="solve", status="optimal", proof=proof, certificate=certificate, **checked(problem, mechanism, bic=0))


RESULTS = {
    "monopoly": monopoly(),
    "impossible trade": trade_result("1/2", "11/5", "-1/5"),
    "possible trade": trade_result("1", "3", "1/4"),
    "infeasible": infeasible(),
    "least violation": least_violation(),
    "worst case": worst_case(),
}


@pytest.mark.parametrize("name", RESULTS)
def test_a_true_result_passes(name: str) -> None:
    lines = check_result(RESULTS[name])
    assert lines[0].startswith("digest") and lines[-1].startswith("proof")  # noqa: PT018


def leaves(data: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    """Return the paths of all leaves of a result that are claims."""
    if path and path[-1] in ("statistics", "witness"):
        return
    if isinstance(data, (dict, list)):
        for key in data if isinstance(data, dict) else range(len(data)):
            yield from leaves(data[key], *path, key)
    else:
        yield path


def replaced(data: dict[str, Any], path: tuple[Any, ...], change: Callable[[Any], Any]) -> dict[str, Any]:
    inner: Any = data
    for key in path:
        inner = inner[key]
    return replaced_or_added(data, path, change(inner))


def replaced_or_added(data: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(data)
    inner: Any = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed


def another(leaf: Any) -> Any:
    if isinstance(leaf, str):
        try:
            return str(F(leaf) + F(1, 7))
        except ValueError:
            return leaf + "'"
    if isinstance(leaf, bool):
        return not leaf
    return 1 if leaf is None else leaf + max(abs(leaf), 1e-300) * 2**-52


# Any price of the constraint "force" from 1 on proves the same.
CLAIMS = [(name, path) for name, data in RESULTS.items() for path in leaves(data) if path[-1] != "force"]


@pytest.mark.parametrize(("name", "path"), CLAIMS, ids=lambda part: part if isinstance(part, str) else ".".join(map(str, part)))
def test_no_leaf_of_a_result_can_be_changed(name: str, path: tuple[Any, ...]) -> None:
    with pytest.raises(FalseClaimError):
        check_result(replaced(RESULTS[name], path, another))


@pytest.mark.parametrize("name", RESULTS)
def test_a_certificate_for_another_economy_is_refused_although_the_digest_fits(name: str) -> None:
    for path in leaves(RESULTS[name]["problem"]["agents"], "problem", "agents"):
        if path[3] in ("values", "utility", "prior"):
            changed = replaced(RESULTS[name], path, another)
            with pytest.raises(FalseClaimError):
                check_result(changed | {"digest": digest(changed["problem"])})


# --- refusals, one by one ------------------------------------------------------------------------------------------------------------

LONE = {"name": "quota", "sense": ">=", "bound": "0", "terms": [{"outcome": "nobody", "coefficient": "1", "when": {}, "expected": True}]}
NEGATIVE = {"form": "table", "allocation": [["-1", "2"], ["1", "0"]], "payments": [["0"], ["3"]]}
CHEAP = {"problem.agents.0.outside.0": "0", "status_quo": None, "first_best_gains": None}
SURPLUS_PROOF = RESULTS["impossible trade"]["proof"]["surplus"] | {"certificate": RESULTS["impossible trade"]["certificate"]}
BY_BUDGET = {"certificate.objective": "feasibility", "certificate.budget": "1", "proof.surplus": SURPLUS_PROOF}
REFUSALS: list[tuple[str, dict[str, Any], str]] = [
    # what a mechanism must meet
    ("monopoly", {"problem.design.budget": "balanced"}, "not balanced"),
    ("monopoly", {"problem.design.allocation": "efficient"}, "not efficient"),
    ("monopoly", {"problem.design.participation": "interim-ir", "problem.agents.0.outside.0": "1"}, "not interim-ir"),
    ("monopoly", {"mechanism.payments.1.0": "4"}, "not interim-ir"),
    ("monopoly", {"mechanism.payments.0.0": "-1/2"}, "not bic"),
    ("monopoly", {"problem.design.payment_floor": {"bidder": "1"}}, "beyond its floor"),
    ("monopoly", {"problem.design.payment_cap": {"bidder": "2"}}, "beyond its cap"),
    ("monopoly", {"problem.design.constraints": [LONE | {"bound": "2/3"}]}, "violated by 1/6"),
    ("monopoly", {"problem.design.constraints": [LONE | {"sense": "<=", "bound": "1/3"}]}, "violated by 1/6"),
    ("monopoly", {"problem.design.constraints": [LONE | {"sense": "=", "bound": "1"}]}, "violated by 1/2"),
    ("monopoly", {"mechanism": NEGATIVE}, "not a lottery"),
    ("monopoly", {"mechanism.allocation.1": ["1", "1"]}, "not a lottery"),
    ("possible trade", {"mechanism.allocation.0": ["1", "0", "0"]}, "mechanism: it is not"),
    ("possible trade", {"problem.design.allocation": "deterministic", "mechanism.allocation.0": ["1/2", "1/2", "0"]}, "mechanism: it is not"),
    # what prices must meet
    ("monopoly", {"certificate.participation.bidder.bidder0": "-1"}, "wrong sign"),
    ("monopoly", {"certificate.incentive.bidder.bidder0": {"bidder1": "-1/2"}}, "wrong sign"),
    ("monopoly", {"certificate.incentive.bidder.bidder1": {"bidder1": "1/2"}}, "priced as a lie"),
    ("monopoly", {"certificate.budget": "1"}, "asks for nothing of the kind"),
    ("monopoly", {"certificate.floor": {"bidder": {}}}, "no such limit"),
    ("monopoly", {"certificate.constraints": {"quota": "0"}}, "does not belong here"),
    ("monopoly", {"certificate.worst_case": {"bidder0": "1"}}, "asks for nothing of the kind"),
    ("monopoly", {"certificate.objective": "welfare"}, "certificate.objective: must be"),
    ("monopoly", {"certificate.efficient": True}, "not asked for"),
    ("monopoly", {"problem.design.incentive": "none"}, "asks for nothing of the kind"),
    ("monopoly", {"problem.design.participation": "none"}, "asks for nothing of the kind"),
    ("infeasible", {"certificate.budget": "-1"}, "wrong sign"),
    ("infeasible", {"problem.design.constraints": [LONE], "certificate.constraints": {"quota": "-1"}}, "wrong sign"),
    ("infeasible", {"problem.design.constraints": [LONE | {"sense": "<="}], "certificate.constraints": {"quota": "1"}}, "wrong sign"),
    ("least violation", {"certificate.floor.Ann.Ann0": "-1"}, "wrong sign"),
    ("least violation", {"certificate.cap.Ann.Ann1": "-1"}, "wrong sign"),
    ("least violation", {"certificate.incentive.Ann.Ann0.Ann1": "2"}, "more than 1"),
    ("least violation", {"certificate.objective": "feasibility"}, "asks for nothing of the kind"),
    ("worst case", {"certificate.worst_case.Ann0": "1/3"}, "add up to 2/3"),
    ("worst case", {"certificate.worst_case.Ann1": "1"}, "first best is 0"),
    ("impossible trade", {"certificate.budget": "1"}, "incentives and participation alone"),
    # what a proof must meet
    ("monopoly", {"certificate": None}, "needs a certificate|supported by nothing"),
    ("monopoly", {"proof.grade": "bounded", "proof.gap": None}, "proof.gap"),
    ("monopoly", {"proof.grade": "feasible"}, "proof.gap"),
    ("monopoly", {"proof.bound": None, "proof.gap": None}, "needs a certificate"),
    ("monopoly", {"mechanism": None, "checks": []}, "supported by nothing"),
    ("monopoly", {"status": "unbounded", "proof.grade": "feasible", "proof.gap": None}, "contradicts"),
    ("monopoly", {"status": "infeasible", "proof.grade": "infeasible", "proof.gap": None}, "does not prove"),
    ("monopoly", {"answer": "possible"}, "another question|not efficient"),
    ("monopoly", {"budget_surplus": {"float": 1.0, "exact": None}}, "another question"),
    ("infeasible", {"status": "optimal", "proof.grade": "feasible"}, "needs a mechanism"),
    ("infeasible", CHEAP | {"certificate.bound": "1", "proof.bound": number(F(1))}, "does not prove"),
    ("impossible trade", {"problem.design.budget": "none"}, "does not prove"),
    ("impossible trade", {"proof.gap": "0"}, "proof.gap"),
    ("impossible trade", {"budget_surplus": number(F(-1, 4))}, "it is -1/5"),
    ("impossible trade", {"proof.surplus.mechanism": None}, "supported by nothing"),
    ("impossible trade", {"proof.surplus.mechanism": "answer"}, "the answer has none"),
    ("impossible trade", {"proof.surplus": None}, "supported by nothing"),
    ("impossible trade", {"answer": "possible", "proof.grade": "feasible", "proof.bound": None}, "needs a mechanism"),
    ("possible trade", {"answer": "impossible"}, "does not prove"),
    ("possible trade", {"proof.surplus.mechanism": "answer"}, "supported by nothing"),
    ("possible trade", {"proof.surplus.certificate": "answer"}, "does not bound"),
    ("possible trade", {"checks.0.property": "dsic"}, "margin of dsic"),
    ("impossible trade", BY_BUDGET | {"proof.grade": "optimal", "proof.gap": "0"}, "not with the grade 'optimal'"),
    # what a problem must meet
    ("monopoly", {"problem.agents.0.utility": [["0", "0"], ["0", "0"]]}, "unknown"),
    ("worst case", {"problem.agents.0.values": ["2"]}, "must be a list of 2"),
    ("monopoly", {"problem.agents.0.prior": ["1/2", "1/3"]}, "sum to one"),
    ("monopoly", {"problem.agents.0.prior": ["3/2", "-1/2"]}, "sum to one"),
    ("monopoly", {"problem.agents.0.types": ["same", "same"]}, "same name"),
    ("monopoly", {"problem.agents": [], "problem.environment.outcomes": ["nobody"], "problem.environment.cost": ["0"]}, "must be agents"),
    ("monopoly", {"problem.environment.outcomes": ["nobody", "bidder"]}, "not those of the kind"),
    ("monopoly", {"problem.design.epsilon": "-1"}, "epsilon"),
    ("monopoly", {"problem.design.objective": "epsilon", "problem.design.epsilon": "1"}, "epsilon"),
    ("monopoly", {"problem.design.objective": "epsilon", "problem.design.incentive": "none"}, "epsilon"),
    ("worst case", {"problem.agents.0.values": ["0", "0"]}, "worst case"),
    ("worst case", {"problem.environment.cost": ["0", "1"], "problem.agents.0.values": ["2", "-2"]}, "worst case"),
    ("monopoly", {"problem.design.constraints": [LONE | {"terms": [LONE["terms"][0] | {"payment": "bidder"}]}]}, "either an outcome or a payment"),
    ("monopoly", {"version": 2}, "version"),
    ("monopoly", {"first_best": {"float": 2.5, "exact": "2"}}, "nearest"),
    ("monopoly", {"problem.agents.0.values": ["1", "9" * 400], "first_best": {"float": 1e308, "exact": "5" + "0" * 399}}, "no double"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "changes", "message"), REFUSALS, ids=[f"{name}: {', '.join(changes)}" for name, changes, _ in REFUSALS])
def test_a_refusal_names_what_is_wrong(name: str, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(FalseClaimError, match=message):
        check_result(changed_result(name, changes))


def changed_result(name: str, changes: dict[str, Any]) -> dict[str, Any]:
    changed = RESULTS[name]
    for path, value in changes.items():
        changed = replaced_or_added(changed, tuple(int(key) if key.isdigit() else key for key in path.split(".")), value)
    return changed | {"digest": digest(changed["problem"])}


LENIENT = {"problem.design.epsilon": "1/2", "certificate.bound": "7/4"}
TRUE = [
    ("monopoly", {"problem.design.payment_floor": {"bidder": "0"}, "problem.design.payment_cap": {"bidder": "3"}}),
    ("monopoly", {"problem.design.constraints": [LONE | {"sense": "=", "bound": "1/2"}]}),
    ("monopoly", {"problem.design.constraints": [LONE | {"sense": "<=", "bound": "1"}]}),
    ("monopoly", LENIENT | {"proof.bound": number(F(7, 4)), "proof.gap": "1/4", "proof.grade": "bounded"}),
    ("monopoly", {"status": "unbounded", "certificate": None, "proof": {"grade": "feasible", "bound": None, "gap": None}}),
    ("monopoly", {"proof.grade": "feasible", "proof.gap": None}),
    ("impossible trade", BY_BUDGET),
    ("impossible trade", {"proof.grade": "optimal", "proof.gap": "0"}),
    ("impossible trade", {"proof.surplus": None, "budget_surplus": {"float": -0.2, "exact": None}}),
    ("possible trade", {"proof": {"grade": "feasible", "bound": None, "gap": None, "surplus": None}, "budget_surplus": None}),
    ("infeasible", {"statistics": {"free": "text"}, "conflict": ["participation", "budget"]}),
]


@pytest.mark.parametrize(("name", "changes"), TRUE, ids=[f"{name}: {', '.join(changes)}" for name, changes in TRUE])
def test_a_change_that_leaves_every_claim_true_passes(name: str, changes: dict[str, Any]) -> None:
    assert check_result(changed_result(name, changes))


def test_ex_post_incentives_have_another_name_where_values_are_interdependent() -> None:
    agent = person("Ann", [F(1)], outside=[0], utility=[[0]])
    problem = economy("interdependent", [agent], [0], incentive="dsic")
    mechanism = {"form": "table", "allocation": [["1"]], "payments": [["0"]]}
    with pytest.raises(NotAResultError, match="it is epic"):
        check_mechanism(problem, mechanism)
    problem["design"]["incentive"] = "epic"
    assert "dsic" not in properties(problem, mechanism)
    proof = {"grade": "feasible", "bound": None, "gap": None}
    claims = result(problem, {"value": 0}, question="solve", status="optimal", proof=proof, **checked(problem, mechanism, dsic=0))
    with pytest.raises(FalseClaimError, match="nothing is shown about dsic"):
        check_result(claims)
    assert check_result(claims | {"checks": []})


def test_a_subsidy_is_not_priced_above_its_probability() -> None:
    """The monopolist's object costs 2 to hand out: with probability 1 she may need the subsidy that participation and the budget add up to."""
    problem = economy("object", [person("bidder", [F(1, 2)] * 2, values=[1, 1], outside=[2, 2])], [0, 0], budget="no-deficit", incentive="none")
    prices = {"participation": {"bidder": dict.fromkeys(("bidder0", "bidder1"), "1/2")}, "budget": {"bidder0": "1/2", "bidder1": "1/2"}}
    certificate = {"objective": "subsidy", "efficient": False, "bound": "-1", **prices}
    assert check_certificate(problem, certificate, efficient_allowed=False) == -1
    for budget in ("2", {"bidder0": "2/3", "bidder1": "1/3"}):
        with pytest.raises(FalseClaimError, match="subsidy"):
            check_certificate(problem, certificate | {"budget": budget}, efficient_allowed=False)


def test_the_largest_surplus_is_not_bounded_by_a_tree() -> None:
    """A tree says nothing about lotteries, which the largest surplus allows: here at the tie where cost and value are 2."""
    data = trade_result("1/2", "11/5", "-1/5")
    data["problem"]["design"]["allocation"] = "deterministic"
    data["problem"]["agents"][1]["values"][0] = "2"
    cases = {"chosen": {0}, "excluded": {1, 2}}
    leaves = {}
    for case, outcomes in cases.items():
        economy = Problem(data["problem"])
        priced = certificate.priced_forms(economy, data["certificate"], certify=True)[2]
        bound = certificate.maximum(economy, priced, True, {economy.number((1, 0)): outcomes})
        leaves[case] = data["certificate"] | {"bound": str(bound)}
    best = max(F(leaf["bound"]) for leaf in leaves.values())
    tree = {"profile": ["seller1", "buyer0"], "outcome": "seller", "objective": "surplus", "bound": str(best), **leaves}
    assert check_certificate(data["problem"], tree, efficient_allowed=True) == best
    with pytest.raises(FalseClaimError, match="no outcome is possible"):
        check_certificate(data["problem"], tree | {"outcome": "nobody"}, efficient_allowed=True)
    claims = {"proof": {"grade": "none", "bound": None, "gap": None, "surplus": {"certificate": tree, "mechanism": None}}, "answer": None}
    claims |= dict.fromkeys(("certificate", "budget_surplus", "first_best", "first_best_gains"))
    with pytest.raises(FalseClaimError, match="does not bound"):
        check_result(data | claims | {"digest": digest(data["problem"])})


def test_sums_too_many_to_convolve_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(winning, "MOST_NUMBERS", 1000)
    people = [person(f"agent{i}", [F(1, 11)] * 11, values=[F(13**i * j) for j in range(11)], outside=[0] * 11) for i in range(4)]
    with pytest.raises(NotAResultError, match="too many different sums"):
        check_certificate(economy("public-good", people, [0, 9]), {"objective": "welfare", "efficient": False, "bound": "1"}, efficient_allowed=False)


def test_check_mechanism_asks_for_incentives_where_their_violation_is_not_the_objective() -> None:
    data = least_violation()
    assert "admissible" in check_mechanism(data["problem"], data["mechanism"])
    data["problem"]["design"]["objective"] = "welfare"
    with pytest.raises(FalseClaimError, match="not epic"):
        check_mechanism(data["problem"], data["mechanism"])
    problem = monopoly()["problem"]
    problem["design"]["objective"] = "epsilon"
    dear = {"form": "table", "allocation": [["1", "0"], ["1", "0"]], "payments": [["1"], ["0"]]}
    assert "admissible" in check_mechanism(problem, dear)
    with pytest.raises(FalseClaimError, match="not bic"):
        check_mechanism(problem, dear, efficient=True)


# --- what is not a result ------------------------------------------------------------------------------------------------------------

JUNK = [None, True, 0, 1.5, float("nan"), "", "nobody", "1/0", "2/4", "-0", "+1", "1e9999999", "٣", "nan", "9" * 5000]
JUNK += [[], [[]], ["1"], {}, {"x": "1"}]


@pytest.mark.parametrize("name", ["monopoly", "possible trade", "least violation"])
def test_junk_anywhere_is_refused_or_changes_nothing_that_is_claimed(name: str) -> None:
    def nodes(data: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
        if isinstance(data, (dict, list)):
            for key in data if isinstance(data, dict) else range(len(data)):
                yield (*path, key)
                yield from nodes(data[key], *path, key)

    for k, path in enumerate(nodes(RESULTS[name])):
        for junk in JUNK[k % 3 :: 3]:  # neighbours in a list get other junk each
            changed = replaced_or_added(RESULTS[name], path, junk)
            if repr(changed) == repr(RESULTS[name]):
                continue
            changed["digest"] = changed["digest"] if path[0] != "problem" else digest(changed["problem"])
            try:
                check_result(changed)
            except FalseClaimError:
                continue
            assert path[0] in ("statistics", "problem", "checks") or junk in (None, {}, [], 0), (path, junk)


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda part: st.lists(part) | st.dictionaries(st.text(), part))
)
def test_any_other_data_are_refused_without_a_crash(data: Any) -> None:
    for function in (check_result, lambda d: check_mechanism(d, d), lambda d: check_certificate(d, d, efficient_allowed=True)):
        with pytest.raises(NotAResultError):
            function(data)


@pytest.mark.parametrize("key", sorted(RESULTS["monopoly"]))
def test_a_key_that_is_missing_or_unknown_is_refused(key: str) -> None:
    without = {name: value for name, value in RESULTS["monopoly"].items() if name != key}
    if key != "statistics":
        with pytest.raises(FalseClaimError):
            check_result(without)
    with pytest.raises(NotAResultError, match="unknown"):
        check_result(RESULTS["monopoly"] | {key + "s": 1})


def test_unknown_keys_in_a_certificate_are_refused() -> None:
    data = monopoly()
    for path in (("prices",), ("incentive", "Bob"), ("incentive", "bidder", "type"), ("floor",)):
        with pytest.raises(FalseClaimError):
            check_result(replaced_or_added(data, ("certificate", *path), {"bidder": {"bidder0": "0"}}))


def test_a_problem_that_is_too_large_to_go_through_is_refused_and_not_tried() -> None:
    people = [person(f"agent{i}", [F(1, 50)] * 50, outside=[0] * 50, utility=[[0, 1]] * 50) for i in range(20)]
    with pytest.raises(NotAResultError, match="too many profiles"):
        check_certificate(economy("table", people, [0, 0]), {"objective": "welfare", "efficient": False, "bound": "20"}, efficient_allowed=False)


def test_twenty_bidders_with_fifty_types_are_checked_without_their_profiles() -> None:
    """One bidder's chain of prices, twenty times: values 1 to 50, virtual values 2 v - 50; the best of twenty, from its distribution function."""
    people = [person(f"agent{i}", [F(1, 50)] * 50, outside=[0] * 50, values=list(range(1, 51))) for i in range(20)]
    problem = economy("object", people, [0] * 21, objective="revenue")
    prices = {
        "incentive": {p["name"]: {p["types"][j]: {p["types"][j - 1]: str(F(50 - j, 50))} for j in range(1, 50)} for p in people},
        "participation": {p["name"]: {p["types"][0]: "1"} for p in people},
    }
    best = sum((2 * v - 50) * (F(v, 50) ** 20 - F(v - 1, 50) ** 20) for v in range(26, 51))
    certificate = {"objective": "revenue", "efficient": False, "bound": str(best), **prices}
    assert check_certificate(problem, certificate, efficient_allowed=False) == best


def test_an_agent_may_have_any_name() -> None:
    people = [person(name, [F(1)], outside=[0], values=[1]) for name in ("data", "where", "self")]
    problem = economy("object", people, [0] * 4, objective="revenue")
    prices = {"participation": {p["name"]: {p["types"][0]: "1"} for p in people}}
    certificate = {"objective": "revenue", "efficient": False, "bound": "1", **prices}
    assert check_certificate(problem, certificate, efficient_allowed=False) == 1


# --- alone, from the command line ----------------------------------------------------------------------------------------------------


def run(tmp_path: Any, text: str | bytes) -> tuple[int, list[str]]:
    path = tmp_path / "result.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    done = subprocess.run([sys.executable, "-I", check.__file__, str(path)], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_the_file_alone_prints_every_claim_of_a_true_result(tmp_path: Any) -> None:
    status, lines = run(tmp_path, json.dumps(monopoly()))
    assert (status, lines) == (0, check_result(monopoly()))
    assert "bic: holds, margin 0" in lines


def test_the_file_alone_names_the_first_false_claim(tmp_path: Any) -> None:
    status, lines = run(tmp_path, json.dumps(monopoly() | {"revenue": number(F(2))}))
    assert (status, lines) == (1, ["false: revenue: it is 3/2, not 2"])


@pytest.mark.parametrize(
    "text",
    [
        "", "nonsense", "[1]", "{}", '"result"', "[" * 100_000, '{"a":' * 100_000, b"\xff\xfe", "9" * 10_000, '{"version": NaN}',
        json.dumps(monopoly()).replace('"version": 1', '"version": 1, "version": 1'),
        json.dumps(monopoly()).replace('"bound": "3/2"', '"bound": "1/0"'),
        json.dumps(monopoly()).replace('"bidder"', '"\\ud800\\n"').replace('"mechopt-result"', '"\\ud800\\n"'),
    ],
    ids=lambda text: repr(text[:20]),
)  # fmt: skip
def test_what_is_not_a_result_ends_in_one_line_and_status_2(tmp_path: Any, text: str | bytes) -> None:
    status, lines = run(tmp_path, text)
    assert (status, len(lines)) == (2, 1)


def test_a_file_that_is_not_there_ends_in_status_2() -> None:
    assert check.main(["/nowhere/result.json"]) == 2
    assert check.main([]) == 2
