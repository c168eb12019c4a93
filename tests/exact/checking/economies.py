"""Problems as the checker takes them, written by hand, and prices that cancel along chains of types."""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from typing import Any

F = Fraction

DESIGN: dict[str, Any] = {
    "objective": "welfare", "incentive": "bic", "participation": "interim-ir", "budget": "none", "allocation": "any", "epsilon": "0",
    "weights": None, "payment_floor": None, "payment_cap": None, "constraints": [],
}  # fmt: skip


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
