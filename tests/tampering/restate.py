"""A liar who is consistent: after a change, everything that follows from it is stated anew, as it would be if it were proved.

The numbers, the margins, the grade and what the prices add up to, whether or not they may, are recomputed with the independent
checker. What is left is true or false on the merits: a certificate for another problem, a mechanism for another design.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from unittest import mock

from flint import fmpq

from tests.oracles import prices
from tests.oracles.checker import MALFORMED
from tests.oracles.meaning import Design, Economy, Mechanism
from tests.oracles.prices import Leaf, Possible
from tests.oracles.rules import expanded
from tests.tampering.places import Json, digest, number

NUMBERS = ("welfare", "gains", "revenue", "value", "budget_surplus")


def restate(result: Json) -> None:
    """State anew, in place, as much as can be read."""
    result["digest"] = digest(result["problem"])
    with suppress(AssertionError, *MALFORMED):
        _Statement(result).state()


class _Statement:
    def __init__(self, result: Json) -> None:
        self.result, self.proof, self.certify = result, result["proof"], result["question"] == "certify"
        self.economy = Economy(result["problem"])
        self.design = Design(self.economy, result["problem"]["design"])
        self.mechanism = self.read(result["mechanism"])
        self.bound = self.prove(result["certificate"])

    def read(self, data: Any) -> Mechanism | None:
        if isinstance(data, dict) and data["form"] == "rules":
            data = expanded(self.economy, self.design, data)
        return Mechanism(self.economy, data) if isinstance(data, dict) else None

    def prove(self, data: Any) -> fmpq | None:
        """Return the bound of a certificate, after writing it there."""
        everything = {profile: set(range(len(self.economy.outcomes))) for profile in self.economy.profiles}
        return self.prove_below(data, everything) if isinstance(data, dict) else None

    def prove_below(self, node: Json, possible: Possible) -> fmpq:
        if "profile" not in node:
            with mock.patch.object(prices, "claim"):  # no sign is too wrong to be added up
                leaf = Leaf(self.economy, self.design, self.certify, node)
                leaf.prove(possible)
            if node["efficient"]:
                possible = {profile: outcomes & self.economy.efficient(profile) for profile, outcomes in possible.items()}
            bound = leaf.sum.maximum(possible)
        else:
            profile, outcome = tuple(node["profile"]), {self.economy.outcomes.index(node["outcome"])}
            below = {"chosen": possible[profile] & outcome, "excluded": possible[profile] - outcome}
            bounds = {key: self.prove_below(node[key], {**possible, profile: left}) for key, left in below.items()}
            full = [key for key in bounds if node[key]["objective"] != "feasibility" or bounds[key] >= 0]
            node["objective"] = node[[*full, "chosen"][0]]["objective"]
            bound = max(bounds[key] for key in full or bounds)
        node["bound"] = str(bound)
        return bound

    def state(self) -> None:
        result, proof = self.result, self.proof
        result.update(dict.fromkeys(NUMBERS))
        proof |= {"bound": None, "gap": None}
        best, stay = self.economy.mean(lambda profile: self.economy.first_best[profile]), self.economy.status_quo()
        result |= {"first_best": number(best), "status_quo": number(stay), "first_best_gains": number(best - stay)}
        if self.mechanism is not None:
            self.state_mechanism(self.mechanism, stay)
        self.state_largest_surplus() if self.certify else self.state_gap()

    def state_mechanism(self, mechanism: Mechanism, stay: fmpq) -> None:
        welfare = mechanism.welfare()
        self.result |= {"welfare": number(welfare), "gains": number(welfare - stay), "revenue": number(mechanism.revenue())}
        for check in self.result["checks"]:
            margin = mechanism.margin(check["property"])
            check |= {"margin": number(margin), "holds": margin >= 0}

    def state_gap(self) -> None:
        """State value, bound and gap; a violation is minimised, and its certificate proves the bound's opposite."""
        certificate, proof, bound = self.result["certificate"], self.proof, self.bound
        minimised = bound is not None and certificate["objective"] == "epsilon"
        proof["bound"] = None if bound is None else number(-bound if minimised else bound)
        if self.mechanism is None:
            return
        value = self.mechanism.value(self.design)
        self.result["value"] = number(value)
        if bound is not None and certificate["objective"] == self.design.objective:
            gap = abs(value + bound if minimised else bound - value)
            proof |= {"gap": str(gap), "grade": "bounded" if gap else "optimal"}

    def state_largest_surplus(self) -> None:
        result, proof, exact = self.result, self.proof, None
        if proof.get("surplus"):
            certificate, mechanism = proof["surplus"]["certificate"], proof["surplus"]["mechanism"]
            bound = self.bound if certificate == "answer" else self.prove(certificate)
            best = self.mechanism if mechanism == "answer" else self.read(mechanism)
            exact = bound if best is not None and best.revenue() == bound else None
        result["budget_surplus"] = None if exact is None else number(exact)
        possible, certificate = result["answer"] == "possible", result["certificate"] or {}
        if exact is not None and (possible or certificate.get("objective") == "surplus"):
            proof |= {"grade": "optimal", "bound": number(exact), "gap": "0"}
        elif possible:
            proof["grade"] = "feasible"
        else:
            proof |= {"grade": "infeasible", "bound": None if self.bound is None else number(self.bound)}
