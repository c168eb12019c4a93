"""What a result claims, one claim after the other: section 4 of ``docs/certificates.md``, in its notation.

Every claim of a saved result is checked in exact arithmetic, with the standard library only, nothing from mechopt but this folder, no solver.
`forms.py` reads the problem and states all that it asks for as linear forms; `mechanism.py` evaluates them, and `rules.py` where there is no
table; `certificate.py` adds them up, price times form; `winning.py` has expectations that go through no profiles, `outcomes.py` those that keep
no table of them, `units.py` recognises identical units; `ray.py` is about what has no bound; `reading.py` reads strictly. `moving/` has section 5,
types that move. ``exact/check.py`` is a second, shorter checker of proofs, which shares no line with this one.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from fractions import Fraction
from functools import cache, partial
from pathlib import Path
from typing import Any

from .certificate import IMPOSSIBILITIES, bound_of, first_best
from .forms import PROPERTIES, Problem
from .moving.claims import verified
from .ray import Ray
from .reading import FalseClaimError, NotAResultError, exact, show, take
from .rules import mechanism_of

__all__ = ["FalseClaimError", "NotAResultError", "check_certificate", "check_mechanism", "check_result", "main", "properties"]

GRADES = {  # that go with an answer or a status
    "possible": ("optimal", "feasible"), "impossible": ("optimal", "infeasible"), "infeasible": ("infeasible",),
    "optimal": ("optimal", "bounded", "feasible"), "unbounded": ("feasible", "none"), None: ("none",),
}  # fmt: skip
RESULT = {
    "format": "mechopt-result", "version": int, "question": ("certify", "solve"), "problem": dict, "digest": str,
    "status": ("optimal", "infeasible", "unbounded", None, ...), "answer": ("possible", "impossible", None, ...),
    **dict.fromkeys(("first_best", "status_quo", "first_best_gains", "welfare", "gains", "revenue"), (dict, None)),
    "value": (dict, None, ...), "budget_surplus": (dict, None, ...),
    "mechanism": (dict, None), "certificate": (dict, None), "checks": (list, None), "proof": dict,
    "statistics": (object, ...), "conflict": (list, ...),  # like the witnesses, these illustrate and claim nothing
}  # fmt: skip
GRADE = ("optimal", "bounded", "infeasible", "feasible", "none")
PROOF = {"grade": GRADE, "bound": (dict, None), "gap": (Fraction, None), "surplus": (dict, None, ...), "ray": (list, ...)}


class _Claims:
    """The claims of a result, one after the other; `verified` are those that hold."""

    def __init__(self, result: Any) -> None:
        self.data = dict(zip(RESULT, take(result, "result", **RESULT)))
        self.grade, self.stated_bound, self.gap, self.surplus, self.ray = take(self.data["proof"], "proof", **PROOF)
        self.problem, self.certify = Problem(self.data["problem"]), self.data["question"] == "certify"
        text = json.dumps(self.data["problem"], sort_keys=True, separators=(",", ":"))
        if self.data["version"] != 1 or self.data["digest"] != "sha256:" + hashlib.sha256(text.encode()).hexdigest():
            raise FalseClaimError("digest: it is not the problem's, or the version is not 1")
        self.verified = ["digest: it is the problem's"]
        self.mechanism = self.about = self.bound = None
        if self.data["mechanism"] is not None:
            self.mechanism = mechanism_of(self.problem, self.data["mechanism"])
            incentive = self.certify or self.problem.objective != "epsilon"
            self.verified.append(self.mechanism.require(efficient=self.data["answer"] == "possible", incentive=incentive))
        self.check_numbers()
        if self.data["certificate"] is not None:
            self.about, self.bound = bound_of(self.problem, self.data["certificate"], self.certify)
            self.verified.append(f"certificate: valid for the objective {self.about!r}, with bound {show(self.bound)}")
        self.check_proof(self.largest_surplus())

    def check_numbers(self) -> None:
        """Check the numbers of the environment and of the mechanism, and the margins of its properties."""
        problem, mechanism = self.problem, self.mechanism
        best = cache(partial(first_best, problem))
        truths: dict[str, Any] = {"first_best": best, "status_quo": lambda: problem.status_quo}
        truths |= {"first_best_gains": lambda: best() - problem.status_quo, **dict.fromkeys(("welfare", "gains", "revenue", "value"))}
        if mechanism is not None:
            truths |= {key: cache(partial(mechanism.value, key)) for key in ("welfare", "revenue")}
            truths["gains"] = lambda: truths["welfare"]() - problem.status_quo
            truths["value"] = truths.get(problem.objective) or partial(mechanism.value, problem.objective)
        for key, truth in truths.items():
            if (number := exact(self.data[key], key, truth)) is not None:
                self.verified.append(f"{key}: {show(number)}")
        for check in self.data["checks"] or []:
            name, holds, stated, _ = take(check, "checks", property=PROPERTIES, holds=bool, margin=dict, witness=(object, ...))
            if mechanism is None or (name == "dsic" and not problem.private):
                raise FalseClaimError(f"checks: nothing is shown about {name}")
            margin = mechanism.margin(name)
            exact(stated, f"checks, margin of {name}", partial(mechanism.margin, name))
            if holds != (margin >= 0):
                raise FalseClaimError(f"checks: whether {name} holds is told by its margin, {show(margin)}")
            self.verified.append(f"{name}: {'holds' if margin >= 0 else 'fails'}, margin {show(margin)}")

    def largest_surplus(self) -> Fraction | None:
        """Check the two sides of the largest surplus; return the bound on it, if there is one."""
        sides = (dict, "answer", None)
        data, attained = take(self.surplus or {"certificate": None, "mechanism": None}, "proof.surplus", certificate=sides, mechanism=sides)
        about, bound = ("surplus", None) if data is None else (self.about, self.bound)
        if isinstance(data, dict):
            about, bound = bound_of(self.problem, data, True)
        best = None if attained is None else self.mechanism
        if isinstance(attained, dict):
            best = mechanism_of(self.problem, attained)
        # A tree says nothing about lotteries, and the largest surplus is that of any efficient mechanism.
        if about != "surplus" or "profile" in ((self.data["certificate"] if data == "answer" else data) or {}):
            raise FalseClaimError("proof.surplus.certificate: it does not bound the surplus")
        if best is not None:
            best.require(efficient=True, alone=True)
        elif attained == "answer":
            raise FalseClaimError("proof.surplus.mechanism: the answer has none")
        revenue = None if best is None else best.value("revenue")
        truth = partial(Fraction, bound) if bound is not None and bound == revenue else None
        exact(self.data["budget_surplus"], "budget_surplus", truth, near=revenue if bound is None else bound)
        return bound

    def check_proof(self, surplus: Fraction | None) -> None:
        """Check that the mechanism and the certificate prove the answer or the status, the grade, the bound and the gap."""
        grade, about, bound, words = self.grade, self.about, self.bound, [self.data["status"], self.data["answer"]]
        other, answer = words if self.certify else words[::-1]
        if other is not None or (not self.certify and (self.data["budget_surplus"] or self.surplus)):
            raise FalseClaimError(f"result: an answer to another question than {self.data['question']!r}")
        if grade not in GRADES[answer]:
            raise FalseClaimError(f"proof.grade: {grade!r} does not go with {answer!r}")
        if self.mechanism is None and (answer == "possible" or grade == "feasible"):
            raise FalseClaimError(f"proof.grade: {grade!r} needs a mechanism")
        # Any budget asks for a surplus of at least 0 in expectation.
        impossible = about in IMPOSSIBILITIES and bound is not None and bound < 0 and (about != "surplus" or self.problem.budget != "none")
        if answer in ("impossible", "infeasible") and (not impossible or (grade == "optimal" and about != "surplus")):
            raise FalseClaimError(f"certificate: it does not prove {answer!r}, or not with the grade {grade!r}")
        if (answer == "unbounded" and about) or (answer != "unbounded" and self.ray is not None):
            raise FalseClaimError("status: a certificate contradicts 'unbounded', and a ray any other")
        if self.ray is not None:
            if self.mechanism is None:
                raise FalseClaimError("proof.ray: there is no mechanism to add it to")
            self.verified.append(Ray(self.problem, self.ray).rises())
        # Where the question is whether efficiency is possible, what is optimal is the largest surplus.
        key, proved = "value", bound if bound is None or about != "epsilon" else -bound
        if self.certify:
            key, proved = "budget_surplus", {"optimal": surplus, "infeasible": bound}.get(grade)
        stated = exact(self.stated_bound, "proof.bound", None if proved is None else partial(Fraction, proved))
        if grade in ("optimal", "bounded") and (stated is None or not (self.certify or about == self.problem.objective)):
            raise FalseClaimError(f"proof.grade: {grade!r} needs a certificate for the objective, and its bound")
        value = take(self.data[key], key, float=object, exact=(Fraction, None))[1] if self.data[key] else None
        gap = abs(stated - value) if stated is not None and value is not None and grade in ("optimal", "bounded") else None
        if self.gap != gap or (grade == "optimal" and gap != 0):
            raise FalseClaimError(f"proof.gap: it is {'not known' if gap is None else show(gap)}")
        known = "".join(f", {word} {show(number)}" for word, number in (("bound", stated), ("gap", gap)) if number is not None)
        self.verified.append(f"proof: {answer} is {grade}{known}")


def check_result(result: dict[str, Any]) -> list[str]:
    """Verify every claim of a result, as saved; return the claims, a line each, or raise FalseClaimError naming the first false one."""
    try:
        return verified(result) if _is_moving(result) else _Claims(result).verified
    except RecursionError:
        raise NotAResultError("result: it is nested too deeply") from None


def _is_moving(result: Any) -> bool:
    """Return whether a result is about types that move: section 5."""
    for key in ("problem", "environment", "kind"):
        result = result.get(key) if isinstance(result, dict) else None
    return bool(result == "dynamic")


def check_certificate(problem: dict[str, Any], certificate: dict[str, Any], *, efficient_allowed: bool) -> Fraction:
    """Return the bound that a certificate, perhaps a tree, proves; raise FalseClaimError if that is not what it states.

    `efficient_allowed` says whether the question is `certify`: a proof of impossibility may then suppose an efficient allocation and, where
    the objective is ``"epsilon"``, the incentive property.
    """
    return bound_of(Problem(problem), certificate, efficient_allowed)[1]


def check_mechanism(problem: dict[str, Any], mechanism: dict[str, Any], efficient: bool = False) -> str:
    """Return in a line which requirements of its design a mechanism meets, all of them, or raise FalseClaimError naming one that fails.

    With `efficient`, the question is `certify`: the mechanism must be efficient too, and truth must pay whatever the objective is.
    """
    economy = Problem(problem)
    return mechanism_of(economy, mechanism).require(efficient=efficient, incentive=efficient or economy.objective != "epsilon")


def properties(problem: dict[str, Any], mechanism: dict[str, Any]) -> dict[str, Fraction]:
    """Return the margin of every property of a mechanism; it holds when its margin is not negative."""
    economy = Problem(problem)
    found = mechanism_of(economy, mechanism)
    return {name: found.margin(name) for name in PROPERTIES if economy.private or name != "dsic"}


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise NotAResultError("a key occurs twice in an object")
    return dict(pairs)


def main(arguments: Sequence[str]) -> int:
    """Check the result in a file; print its claims, or the first that is false; return the exit status."""
    try:
        (path,) = arguments
        text = Path(path).read_text(encoding="utf-8")
        lines, status = check_result(json.loads(text, object_pairs_hook=_distinct)), 0
    except (OSError, RecursionError, ValueError) as error:
        status = 1 if isinstance(error, FalseClaimError) and not isinstance(error, NotAResultError) else 2
        lines = [f"{'false' if status == 1 else 'not a result'}: {error}"]
    for line in lines:
        print(" ".join(line.split()).encode(sys.stdout.encoding, "backslashreplace").decode(sys.stdout.encoding))
    return status
