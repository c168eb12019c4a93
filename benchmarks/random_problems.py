"""Small problems of every kind and design, drawn by number: the same every time. Ties, equal types and types without probability are common."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from mechopt.errors import DesignError
from mechopt.files.normal_form import problem_from_normal
from mechopt.problem import Problem

__all__ = ["KINDS", "drawn"]

KINDS = ("object", "public-good", "table", "interdependent")
_INCENTIVES = ("bic", "dsic", "none")
_PARTICIPATIONS = ("interim-ir", "interim-ir", "ex-post-ir", "ex-ante-ir", "none")
_BUDGETS = ("balanced", "no-deficit", "expected-balanced", "expected-no-deficit", "none")
_ALLOCATIONS = ("any", "any", "efficient", "deterministic")
_OBJECTIVES = ("welfare", "revenue", "gains", "payoff", "weighted", "worst-case", "epsilon")
_MOST_PROFILES = 27
_NAMES = ("ann", "bob", "cleo")
_NUMBERS = [Fraction(number, below) for below in (1, 1, 1, 2, 3, 7) for number in range(6 * below + 1)]

Json = dict[str, Any]


def drawn(number: int) -> Problem:
    """Return the problem of that number; kinds, priors and incentives take turns, everything else is drawn."""
    chance = random.Random(number)
    return next(_fitting(chance, KINDS[number % 4], correlated=number // 4 % 2 == 1, incentive=_INCENTIVES[number // 8 % 3]))


def _fitting(chance: random.Random, kind: str, *, correlated: bool, incentive: str) -> Iterator[Problem]:
    """Yield problems until one is asked for no more; designs that contradict themselves are passed over."""
    incentive = "epic" if incentive == "dsic" and kind == "interdependent" else incentive
    while True:
        environment = _environment(chance, kind, correlated=correlated)
        problem = problem_from_normal(environment | {"design": _design(chance, environment, incentive)})
        try:
            problem.design.check(problem.environment)
        except DesignError:
            continue
        if problem.design.objective != "worst-case" or _has_ratio(problem):
            yield problem


def _has_ratio(problem: Problem) -> bool:
    from mechopt.environment.welfare import surplus

    best = surplus(problem.environment).max(axis=-1).numerators
    return bool(best.min() >= 0 and best.max() > 0)


def _environment(chance: random.Random, kind: str, *, correlated: bool) -> Json:
    sizes = [chance.choice((1, 2, 2, 3, 3, 4)) for _ in range(chance.choice((1, 2, 2, 2, 3)))]
    while math.prod(sizes) > _MOST_PROFILES:
        sizes[sizes.index(max(sizes))] -= 1
    outcomes = [*_NAMES[: len(sizes)], "nobody"] if kind == "object" else ["no", "yes"] if kind == "public-good" else ["x", "y", "z"]
    agents = [_agent(chance, kind, k, sizes, len(outcomes)) for k in range(len(sizes))]
    cost = [chance.choice((0, 0, 1, Fraction(1, 3))) for _ in outcomes]
    cost = [0, chance.choice(_NUMBERS)] if kind == "public-good" else cost
    environment = {"kind": kind, "outcomes": outcomes, "cost": _texts(cost)}
    found: Json = {"name": "drawn", "source": "", "environment": environment, "agents": agents}
    if correlated and len(sizes) > 1:
        return found | {"prior": {"joint": _nested(_texts(_chances(chance, math.prod(sizes))), sizes)}}
    for agent, size in zip(agents, sizes, strict=True):
        agent["prior"] = _texts(_chances(chance, size))
    return found


def _agent(chance: random.Random, kind: str, k: int, sizes: list[int], n_outcomes: int) -> Json:
    agent: Json = {"name": _NAMES[k], "types": [f"type {a + 1}" for a in range(sizes[k])]}
    if kind in ("object", "public-good"):
        values = sorted(chance.choice(_NUMBERS) for _ in range(sizes[k]))
        share = chance.choice((0, 0, 1, Fraction(1, len(sizes))))
        return agent | {"values": _texts(values), "outside": _texts([share * value for value in values])}
    n_rows = sizes[k] if kind == "table" else math.prod(sizes)
    rows = [[chance.choice(_NUMBERS) - chance.choice((0, 0, 3)) for _ in range(n_outcomes)] for _ in range(n_rows)]
    quo = chance.choice((None, 0, 1))
    outside = _texts([Fraction(0) if quo is None else row[quo] for row in rows])
    shape = sizes if kind == "interdependent" else [n_rows]
    return agent | {"utility": _nested([_texts(row) for row in rows], shape), "outside": _nested(outside, shape)}


def _chances(chance: random.Random, size: int) -> list[Fraction]:
    least = chance.choice((0, 1, 1))
    weights = [chance.randint(least, 5) for _ in range(size)]
    weights[chance.randrange(size)] += 1
    return [Fraction(weight, sum(weights)) for weight in weights]


def _design(chance: random.Random, environment: Json, incentive: str) -> Json:
    objective = chance.choice([name for name in _OBJECTIVES if name != "epsilon" or incentive != "none"])
    agents = environment["agents"]
    weights = {agent["name"]: _texts([chance.choice((0, 1, Fraction(3, 2))) for _ in agent["types"]]) for agent in agents}
    loose = objective != "epsilon" and incentive != "none" and chance.random() < 0.15
    return {
        "objective": objective,
        "incentive": incentive,
        "participation": chance.choice(_PARTICIPATIONS),
        "budget": chance.choice(_BUDGETS),
        "allocation": chance.choice(_ALLOCATIONS),
        "epsilon": str(chance.choice((Fraction(1, 2), Fraction(1, 7)))) if loose else "0",
        "weights": weights if objective == "weighted" else None,
        "payment_floor": {agents[0]["name"]: str(chance.choice((-3, -1, 0)))} if chance.random() < 0.1 else None,
        "payment_cap": {agents[-1]["name"]: str(chance.choice((0, Fraction(1, 3), 4)))} if chance.random() < 0.1 else None,
        "constraints": [_constraint(chance, environment)] if chance.random() < 0.15 else [],
    }


def _constraint(chance: random.Random, environment: Json) -> Json:
    agents = environment["agents"]
    what = {"outcome": chance.choice(environment["environment"]["outcomes"])} if chance.random() < 0.5 else {"payment": chance.choice(agents)["name"]}
    when = {agent["name"]: chance.choice(agent["types"]) for agent in agents if chance.random() < 0.5}
    term = what | {"coefficient": "1", "when": when, "expected": chance.random() < 0.5}
    return {"name": "rule", "sense": chance.choice(("<=", ">=", "=")), "bound": str(chance.choice((0, Fraction(1, 3), 1))), "terms": [term]}


def _texts(numbers: Any) -> list[str]:
    return [str(Fraction(number)) for number in numbers]


def _nested(flat: list[Any], sizes: list[int]) -> Any:
    """Return a list in profile order as nested lists, one level per size."""
    if len(sizes) == 1:
        return flat
    step = math.prod(sizes[1:])
    return [_nested(flat[k * step : (k + 1) * step], sizes[1:]) for k in range(sizes[0])]
