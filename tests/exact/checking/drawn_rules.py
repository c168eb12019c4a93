"""Random economies that may be given rules, and random rules for them."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import combinations
from typing import Any

from tests.oracles import known, meaning
from tests.oracles.rules import served_sets

F = Fraction
Json = dict[str, Any]


def chances(rng: random.Random, size: int) -> list[Fraction]:
    parts = [rng.choice([0, 1, 1, 2]) for _ in range(size)]
    parts[rng.randrange(size)] += 1
    return [F(part, sum(parts)) for part in parts]


def numbers(rng: random.Random, size: int) -> list[str]:
    return [str(F(rng.randint(-2, 4), rng.choice([1, 1, 2]))) for _ in range(size)]


def random_problem(rng: random.Random, **design: Any) -> Json:
    """Return an object, identical units, a public good or another table for up to three: impossible types, equal values, costs."""
    kind, n = rng.choice(["object", "public-good", "table", "units"]), rng.randint(1, 3)
    sizes, k = [rng.randint(1, 3) for _ in range(n)], rng.randint(1, 4)
    if kind == "units":
        return random_units(rng, sizes, design)
    worth = [{"utility": [numbers(rng, k) for _ in range(m)]} if kind == "table" else {"values": numbers(rng, m)} for m in sizes]
    agents = [
        known.agent(f"a{i}", [f"t{a}" for a in range(m)], numbers(rng, m), prior=chances(rng, m), **own)
        for i, (m, own) in enumerate(zip(sizes, worth, strict=True))
    ]
    outcomes = {"public-good": ["no", "yes"], "table": [f"x{x}" for x in range(k)]}.get(kind, [*(agent["name"] for agent in agents), "nobody"])
    cost = [rng.choice([0, 1]) for _ in outcomes] if rng.random() < 0.7 else [1] * len(outcomes)
    return known.problem("random", "", kind, outcomes, agents, cost=cost, **design)


def random_units(rng: random.Random, sizes: list[int], design: Json) -> Json:
    """Return units for at least one agent and at most all, outcomes in any order."""
    n, most = len(sizes), rng.randint(1, len(sizes))
    sets = [set(some) for m in range(most + 1) for some in combinations(range(n), m)]
    rng.shuffle(sets)
    agents = []
    for i, m in enumerate(sizes):
        values = ["1", *numbers(rng, m - 1)]
        rng.shuffle(values)
        utility = [[value if i in some else "0" for some in sets] for value in values]
        agents.append(known.agent(f"a{i}", [f"t{a}" for a in range(m)], numbers(rng, m), prior=chances(rng, m), utility=utility))
    outcomes = ["".join(f"a{i}" for i in some) or "nobody" for some in sets]
    return known.problem("random", "", "table", outcomes, agents, cost=[rng.choice([0, 1])] * len(sets), **design)


def width(problem: Json) -> int:
    """Return how many numbers a type's scores are, none standing for one."""
    return len(problem["environment"]["outcomes"]) if problem["environment"]["kind"] == "table" and not served_sets(meaning.Economy(problem)) else 0


def random_rules(rng: random.Random, problem: Json) -> Json:
    weights = [F(1)] if rng.random() < 0.4 else [F(1, 3), F(2, 3)]
    agents = {agent["name"]: len(agent["types"]) for agent in problem["agents"]}
    k = width(problem)
    scores = [{name: [numbers(rng, k) for _ in range(m)] if k else numbers(rng, m) for name, m in agents.items()} for _ in weights]
    rules = [{"weight": str(weight), "scores": own} for weight, own in zip(weights, scores, strict=True)]
    return {"form": "rules", "rules": rules, "interim_payments": {name: numbers(rng, m) for name, m in agents.items()}}
