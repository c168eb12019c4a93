"""A checker of results, written from `docs/certificates.md` alone, by plain enumeration in fractions: slow and simple.

`verify(result)` returns None when every claim holds and raises AssertionError with the first one that does not.
What problems and mechanisms mean is in `meaning.py`, what prices prove in `prices.py`; here is section 4: the claims.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from flint import fmpq

from .meaning import Design, Economy, Mechanism, claim, rational
from .prices import Proof, prove
from .rays import claim_ray
from .rules import SHOWN, expanded

MALFORMED = (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError, ZeroDivisionError)
GRADES = ("optimal", "bounded", "infeasible", "feasible", "none")


def verify(result: dict[str, Any]) -> None:
    """Raise AssertionError with the false claim of a result."""
    try:
        Claims(result).verify()
    except MALFORMED as error:
        raise AssertionError(f"the result is malformed: {error!r}") from error


def digest(problem: dict[str, Any]) -> str:
    """Return the digest of a problem."""
    text = json.dumps(problem, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def exact_part(given: Any, name: str) -> fmpq:
    """Return the exact part of a number, after comparing the float with it."""
    claim(isinstance(given, dict) and set(given) == {"float", "exact"}, f"{name} is not a number")
    claim(given["exact"] is not None, f"{name} is not exact")
    exact = rational(given["exact"])
    claim(type(given["float"]) in (int, float), f"the float of {name} is not one")
    claim(given["float"] == float(exact), f"the float of {name} is not the nearest to {exact}")
    return exact


class Claims:
    """A result, and its claims one by one."""

    def __init__(self, result: dict[str, Any]) -> None:
        claim(isinstance(result, dict), "the result is not a dictionary")
        self.result, self.proof = result, result["proof"]
        claim(digest(result["problem"]) == result["digest"], "the digest is not the problem's")
        self.economy = Economy(result["problem"])
        self.design = Design(self.economy, result["problem"]["design"])
        self.answer = result.get("answer")
        self.certify = self.answer is not None or self.proof.get("surplus") is not None
        self.mechanism = self.read_mechanism(result.get("mechanism"))
        self.certificate = self.read_certificate(result.get("certificate"))

    def verify(self) -> None:
        """Raise AssertionError with the first false claim."""
        if self.mechanism is not None:
            self.claim_admissible(self.mechanism)
        self.claim_numbers()
        self.claim_checks()
        self.claim_grade()
        self.claim_status()
        self.claim_answer()
        self.claim_budget_surplus()

    def read_mechanism(self, data: Any) -> Mechanism | None:
        """Return the mechanism in some data."""
        if data is not None and data["form"] == "rules":
            data = expanded(self.economy, self.design, data)
        return None if data is None else Mechanism(self.economy, data)

    def read_certificate(self, data: Any) -> Proof | None:
        """Return what the certificate in some data proves."""
        return None if data is None else prove(self.economy, self.design, self.certify, data)

    def claim_admissible(self, mechanism: Mechanism) -> None:
        """Claim that a mechanism is admissible; incentives are free where their violation is what is minimised."""
        asks = self.design.asks
        for setting in ("participation", "budget", "allocation"):
            mechanism.claim_property(asks[setting])
        if self.certify or self.design.objective != "epsilon":
            mechanism.claim_property(asks["incentive"], -self.design.epsilon)
        mechanism.claim_limits(self.design)
        limited = self.design.floor or self.design.cap or self.design.constraints
        claim(self.result["mechanism"]["form"] == "table" or not limited, "rules are not for designs with limits or constraints")
        if self.answer == "possible":
            mechanism.claim_property("efficient")

    def claim_number(self, name: str, truth: fmpq) -> None:
        """Claim that a number, if it is there, is the truth."""
        given = self.result.get(name)
        if given is not None:
            exact = exact_part(given, name)
            claim(exact == truth, f"{name} is {truth}, not {exact}")

    def claim_numbers(self) -> None:
        """Claim the numbers of the problem and of the mechanism."""
        first_best = self.economy.mean(lambda profile: self.economy.first_best[profile])
        status_quo = self.economy.status_quo()
        self.claim_number("first_best", first_best)
        self.claim_number("status_quo", status_quo)
        self.claim_number("first_best_gains", first_best - status_quo)
        if self.mechanism is None:
            for name in ("welfare", "gains", "revenue", "value"):
                claim(self.result.get(name) is None, f"{name} is claimed without a mechanism")
            return
        self.claim_number("welfare", self.mechanism.welfare())
        self.claim_number("gains", self.mechanism.welfare() - status_quo)
        self.claim_number("revenue", self.mechanism.revenue())
        self.claim_number("value", self.mechanism.value(self.design))

    def claim_checks(self) -> None:
        """Claim each property's margin and verdict."""
        for check in self.result.get("checks") or []:
            name = check["property"]
            claim(self.mechanism is not None, f"{name} is claimed without a mechanism")
            shown = name in SHOWN and (name != "deterministic" or not self.result["mechanism"].get("alike"))
            claim(self.result["mechanism"]["form"] == "table" or shown, f"rules do not show whether a mechanism is {name}")
            margin = self.mechanism.margin(name)
            claim(exact_part(check["margin"], f"the margin of {name}") == margin, f"the margin of {name} is {margin}")
            claim(check["holds"] is (margin >= 0), f"whether {name} holds is not told by its margin {margin}")

    def claim_grade(self) -> None:
        """Claim what the grade says of the proof."""
        grade, gap = self.proof["grade"], self.proof.get("gap")
        claim(grade in GRADES, f"there is no grade {grade!r}")
        if self.certify and grade == "optimal":
            self.claim_surplus_is_the_bound(gap)
            return
        if grade in ("optimal", "bounded"):
            self.claim_gap(grade, gap)
            return
        claim(gap is None, f"a gap is claimed with grade {grade}")
        if grade == "infeasible":
            claim(self.proves_nothing_exists(), "the certificate does not prove that no mechanism exists")
        if grade == "feasible":
            claim(self.mechanism is not None, "the grade is feasible without a mechanism")
        self.claim_bound(None if self.certificate is None else self.certificate.bound)

    def claim_surplus_is_the_bound(self, gap: Any) -> None:
        """Claim that the largest surplus is exact and that the answer follows; the surplus itself is claimed elsewhere."""
        exact = exact_part(self.result["budget_surplus"], "the budget surplus")
        claim(exact is not None and rational(gap) == 0, "grade optimal without an exact surplus")
        claim(exact_part(self.proof["bound"], "the bound") == exact, "the bound is not the largest surplus")
        by_surplus = self.certificate is not None and self.certificate.objective == "surplus"
        claim(self.answer == "possible" or by_surplus, "the answer does not follow from the largest surplus")

    def claim_gap(self, grade: str, gap: Any) -> None:
        """Claim the gap between the value and the bound."""
        both = self.mechanism is not None and self.certificate is not None
        claim(both or (self.certificate is not None and grade == "bounded"), f"grade {grade} needs a mechanism and a certificate")
        objective, bound = self.certificate.objective, self.certificate.bound
        claim(objective == self.design.objective, "the certificate bounds another objective")
        if self.mechanism is None:
            stated = exact_part(self.proof["bound"], "the bound")
            claim(gap is None and stated == (-bound if objective == "epsilon" else bound), "without a mechanism there is a bound and no gap")
            return
        value = self.mechanism.value(self.design)
        found = bound - value
        if objective == "epsilon":  # minimised, and -B is what the certificate proves
            bound = -bound
            found = value - bound
        claim(rational(gap) == found, f"the gap is {found}, not {gap}")
        claim(grade == "bounded" or found == 0, f"the grade is optimal with gap {found}")
        self.claim_bound(bound)

    def claim_bound(self, truth: fmpq | None) -> None:
        """Claim that the bound, where a certificate stands behind it, is the certificate's."""
        given = self.proof.get("bound")
        if given is None or truth is None:
            return
        exact = rational(given) if isinstance(given, str) else exact_part(given, "the bound")
        claim(exact is None or exact == truth, f"the bound is {truth}, not {exact}")

    def proves_nothing_exists(self) -> bool:
        """Tell whether the certificate proves that no mechanism is what the question asks for."""
        if self.certificate is None or self.certificate.bound >= 0:
            return False
        if self.certificate.objective == "surplus":
            return self.design.asks["budget"] is not None
        return self.certificate.objective in ("feasibility", "subsidy")

    def claim_status(self) -> None:
        """Claim that status and grade go together."""
        status, grade = self.result.get("status"), self.proof["grade"]
        allowed = {
            None: GRADES,
            "optimal": ("optimal", "bounded", "feasible"),
            "infeasible": ("infeasible",),
            "unbounded": ("feasible", "none"),
        }
        claim(grade in allowed.get(status, ("none",)), f"status {status!r} does not go with grade {grade}")
        if (ray := self.proof.get("ray")) is not None:
            claim(status == "unbounded", f"a ray contradicts {status!r}")
            claim(self.mechanism is not None and self.result["mechanism"]["form"] == "table", "there is no table to add a ray to")
            claim_ray(self.economy, self.design, self.result["mechanism"], ray)

    def claim_answer(self) -> None:
        """Claim that the answer is proved."""
        if self.answer == "possible":
            claim(self.mechanism is not None, "the answer is possible without a mechanism")
        elif self.answer == "impossible":
            claim(self.proves_nothing_exists(), "the certificate does not prove that efficiency is impossible")
        elif self.answer is not None:
            claim(self.proof["grade"] == "none", f"the answer {self.answer!r} has a proof")

    def claim_budget_surplus(self) -> None:
        """Claim the largest expected budget surplus: a bound, and an efficient mechanism that attains it."""
        surplus = self.proof.get("surplus")
        given = self.result.get("budget_surplus")
        if surplus is None:
            claim(given is None, "a budget surplus is claimed without a proof")
            return
        bound, attained = surplus["certificate"], surplus["mechanism"]
        proof = self.certificate if bound == "answer" else self.read_certificate(bound)
        mechanism = self.mechanism if attained == "answer" else self.read_mechanism(attained)
        claim(proof is not None or bound is None, "the answer has no certificate")
        claim(mechanism is not None or attained is None, "the answer has no mechanism")
        claim(proof is None or proof.objective == "surplus", "the certificate of the surplus is for something else")
        if mechanism is not None:
            self.claim_surplus_mechanism(mechanism)
        if given is not None and given["exact"] is None:  # known from one side only
            near = mechanism.revenue() if proof is None else proof.bound
            claim(type(given["float"]) in (int, float) and given["float"] == float(near), f"the budget surplus is not near {near}")
        elif given is not None:
            exact = exact_part(given, "the budget surplus")
            claim(proof is not None and mechanism is not None, "the budget surplus lacks a certificate or a mechanism")
            claim(not proof.limits, "the largest surplus is without floors, caps and constraints")
            claim(not proof.deterministic, "the largest surplus is with lotteries")
            claim(exact == proof.bound, f"the budget surplus is at most {proof.bound}, not {exact}")
            claim(exact == mechanism.revenue(), f"the budget surplus attained is {mechanism.revenue()}, not {exact}")

    def claim_surplus_mechanism(self, mechanism: Mechanism) -> None:
        """Claim that a mechanism is one of those that the surplus certificate speaks of."""
        mechanism.claim_property("efficient")
        mechanism.claim_property(self.design.asks["participation"])
        mechanism.claim_property(self.design.asks["incentive"], -self.design.epsilon)
