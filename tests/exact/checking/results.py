"""Results written by hand, one of each sort, and ways to change them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from tests.exact.checking.economies import chain, digest, economy, number, person, trade

F = Fraction


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


def losses() -> dict[str, Any]:
    """The one outcome costs 1: welfare is -1, which is no impossibility."""
    problem = economy("table", [person("Ann", [1], outside=[0], utility=[[0]])], [1], incentive="none", participation="none")
    certificate = {"objective": "welfare", "efficient": False, "bound": "-1"}
    numbers = {"first_best": -1, "status_quo": 0, "first_best_gains": -1, "value": None}
    proof = {"grade": "bounded", "bound": number(F(-1)), "gap": None}
    return result(problem, numbers, question="solve", status="optimal", proof=proof, certificate=certificate)


RESULTS = {
    "losses": losses(),
    "monopoly": monopoly(),
    "impossible trade": trade_result("1/2", "11/5", "-1/5"),
    "possible trade": trade_result("1", "3", "1/4"),
    "infeasible": infeasible(),
    "least violation": least_violation(),
    "worst case": worst_case(),
}


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


def changed_result(name: str, changes: dict[str, Any]) -> dict[str, Any]:
    changed = RESULTS[name]
    for path, value in changes.items():
        changed = replaced_or_added(changed, tuple(int(key) if key.isdigit() else key for key in path.split(".")), value)
    return changed | {"digest": digest(changed["problem"])}
