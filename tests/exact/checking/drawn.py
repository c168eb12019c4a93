"""Random economies and prices, and what prices add up to, whether they cancel or not."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

from mechopt.exact.checker import certificate
from mechopt.exact.checker.forms import Problem
from tests.exact.checking.definitions import Definitions
from tests.exact.checking.economies import economy, person

F = Fraction


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
