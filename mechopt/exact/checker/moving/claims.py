"""What a result about types that move claims, one claim after the other: section 5 of ``docs/certificates.md``, in its notation."""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from typing import Any

from ..reading import FalseClaimError, NotAResultError, check_number, same, take
from .economy import ZERO, Economy, dot
from .mechanism import PROPERTIES, Mechanism, admissible, check_properties
from .pivot import check_pivot
from .prices import bound_of
from .values import Values

__all__ = ["verified"]

RESULT = {
    "format": "mechopt-result", "version": int, "question": ("certify", "solve"), "problem": dict, "digest": str,
    "status": ("optimal", "infeasible", None), "answer": ("possible", "impossible", None),
    **dict.fromkeys(("value", "budget_surplus", "welfare", "first_best", "status_quo", "gains", "first_best_gains", "revenue"), (dict, None)),
    "proof": dict, "checks": list, "certificate": (dict, None), "mechanism": (dict, None), "dynamic": dict, "values": (dict, None),
    "statistics": object, "conflict": object,  # like the witnesses, these illustrate and claim nothing
}  # fmt: skip
MEANING = {"feasibility": "surplus of any mechanism, times the price of the budget,"}
PROOF = {"grade": ("optimal", "bounded", "infeasible", "feasible", "none"), "bound": (dict, None), "gap": (Fraction, None), "surplus": (dict, None)}


def verified(data: Any) -> list[str]:
    """Return the claims of a result, a line each, or raise FalseClaimError naming the first false one."""
    result = dict(zip(RESULT, take(data, "result", **RESULT)))
    same(result["version"], 1, "version")
    text = json.dumps(result["problem"], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    same(result["digest"], "sha256:" + hashlib.sha256(text.encode("ascii")).hexdigest(), "digest")
    if result["values"] is None:
        raise NotAResultError("values: null, as the state space is too large for exact values; its numbers are no claims that can be checked")
    economy = Economy(result["problem"])
    values = Values(economy, result["values"])
    efficient = dot(economy.start, values.efficient)
    said = ["digest: is the problem's", f"values: satisfy Bellman's equations, so that the efficient value is {efficient}"]
    for key, truth in (("first_best", efficient), ("first_best_gains", efficient), ("status_quo", ZERO)):
        check_number(result[key], truth, key)
    said += check_pivot(values, result["dynamic"], result["answer"])
    mechanism = None if result["mechanism"] is None else Mechanism(values, result["mechanism"], "mechanism")
    said += check_properties(mechanism, result["checks"])
    welfare, revenue = (None, None) if mechanism is None else (mechanism.expected_welfare(), mechanism.surplus())
    for key, amount in (("welfare", welfare), ("gains", welfare), ("revenue", revenue)):
        check_number(result[key], amount, key)
    proof = dict(zip(PROOF, take(result["proof"], "proof", **PROOF)))
    certificate = None if result["certificate"] is None else bound_of(values, result["certificate"], "certificate")
    if certificate is not None:
        said.append(f"certificate: prices prove that the {MEANING.get(certificate[0], certificate[0])} is at most {certificate[1]}")
    questions = {"certify": _check_certify, "solve": _check_solve}
    return said + questions[result["question"]](values, result, proof, mechanism, certificate)


def _proof(proof: dict[str, Any], grade: str, bound: Fraction | None, gap: Fraction | None) -> str:
    same(proof["grade"], grade, "proof.grade")
    check_number(proof["bound"], bound, "proof.bound")
    same(proof["gap"], gap, "proof.gap")
    return f"proof: {grade}, bound {bound}, gap {gap}"


def _check_certify(values: Values, result: dict[str, Any], proof: dict[str, Any], mechanism: Mechanism | None, prices: Any) -> list[str]:
    """Check answer, largest surplus and grade of `certify`."""
    for key in ("status", "value"):
        same(result[key], None, key)
    if result["answer"] == "possible":
        if mechanism is None:
            raise FalseClaimError("answer: possible, but there is no mechanism to show it")
        admissible(mechanism, PROPERTIES[:4] + PROPERTIES[5:], "mechanism")
    elif mechanism is not None:
        raise FalseClaimError("mechanism: there is one, but the answer is not possible")
    impossible = result["answer"] == "impossible"
    if impossible and (prices is None or prices[0] != "surplus" or prices[1] >= 0):
        raise FalseClaimError("answer: impossible, but no certificate shows it")
    if not impossible:
        same(result["certificate"], None, "certificate")
    bound, attained = _surplus(values, proof["surplus"], prices)
    exact = bound is not None and bound == attained
    check_number(result["budget_surplus"], bound if exact else None, "budget_surplus")
    said = [f"answer: {result['answer']}", f"budget_surplus: {bound if exact else 'not known exactly'}"]
    if exact:
        return [*said, _proof(proof, "optimal", bound, ZERO)]
    grade = "infeasible" if impossible else "feasible" if result["answer"] == "possible" else "none"
    return [*said, _proof(proof, grade, bound if impossible else None, None)]


def _surplus(values: Values, data: Any, prices: Any) -> tuple[Fraction | None, Fraction | None]:
    """Return the bound on the surplus, and the surplus of an efficient mechanism that joins and stays, where they are given."""
    if data is None:
        return None, None
    certificate, attained = take(data, "proof.surplus", certificate=(dict, "answer", None), mechanism=(dict, None))
    bound = None
    if certificate == "answer":
        bound = None if prices is None else prices[1]
    elif certificate is not None:
        objective, bound = bound_of(values, certificate, "proof.surplus.certificate")
        same(objective, "surplus", "proof.surplus.certificate.objective")
    if attained is None:
        return bound, None
    mechanism = Mechanism(values, attained, "proof.surplus.mechanism")
    admissible(mechanism, PROPERTIES[:4], "proof.surplus.mechanism")
    return bound, mechanism.surplus()


def _check_solve(_: Values, result: dict[str, Any], proof: dict[str, Any], mechanism: Mechanism | None, prices: Any) -> list[str]:
    """Check value and grade of `solve`."""
    for key in ("answer", "budget_surplus"):
        same(result[key], None, key)
    same(proof["surplus"], None, "proof.surplus")
    if result["status"] == "infeasible":
        return _check_infeasible(result, proof, mechanism, prices)
    same(result["status"], "optimal", "status")
    if mechanism is None:
        raise FalseClaimError("mechanism: missing, so that nothing attains the value")
    admissible(mechanism, PROPERTIES[1:5], "mechanism")
    value = mechanism.expected_welfare()
    check_number(result["value"], value, "value")
    if prices is None:
        return [f"value: {value}", _proof(proof, "feasible", None, None)]
    same(prices[0], "welfare", "certificate.objective")
    return [f"value: {value}", _proof(proof, "optimal" if prices[1] == value else "bounded", prices[1], prices[1] - value)]


def _check_infeasible(result: dict[str, Any], proof: dict[str, Any], mechanism: Mechanism | None, prices: Any) -> list[str]:
    """Check that no mechanism balances."""
    same(result["value"], None, "value")
    if mechanism is not None:
        raise FalseClaimError("mechanism: there is one, but the status is infeasible")
    if prices is None or prices[0] != "feasibility" or prices[1] >= 0:
        raise FalseClaimError("status: infeasible, but no certificate shows it")
    return ["status: infeasible", _proof(proof, "infeasible", prices[1], None)]
