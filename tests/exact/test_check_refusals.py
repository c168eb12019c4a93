"""The trusted checker against liars: every refusal names what is wrong."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from mechopt.exact.checker import certificate, winning
from mechopt.exact.checker.claims import FalseClaimError, NotAResultError, check_certificate, check_mechanism, check_result, properties
from mechopt.exact.checker.forms import Problem
from tests.exact.checking.economies import digest, economy, number, person
from tests.exact.checking.results import (
    RESULTS,
    changed_result,
    checked,
    least_violation,
    monopoly,
    result,
    trade_result,
)

F = Fraction

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
    ("worst case", {"certificate.worst_case.Ann1": "1"}, "first best is not positive"),
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
    ("monopoly", {"budget_surplus": {"float": 1.0, "exact": None}}, "nothing exact is stated"),
    ("impossible trade", {"proof.surplus": None, "budget_surplus": {"float": -0.2, "exact": None}}, "nothing exact is stated"),
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
    ("worst case", {"problem.agents.0.values": ["0", "0"], **dict.fromkeys(("first_best", "first_best_gains"))}, "there is no worst case|it is 0"),
    ("monopoly", {"problem.design.constraints": [LONE | {"terms": [LONE["terms"][0] | {"payment": "bidder"}]}]}, "either an outcome or a payment"),
    ("monopoly", {"version": 2}, "version"),
    ("monopoly", {"first_best": {"float": 2.5, "exact": "2"}}, "nearest"),
    ("monopoly", {"problem.agents.0.values": ["1", "9" * 400], "first_best": {"float": 1e308, "exact": "5" + "0" * 399}}, "no double"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "changes", "message"), REFUSALS, ids=[f"{name}: {', '.join(changes)}" for name, changes, _ in REFUSALS])
def test_a_refusal_names_what_is_wrong(name: str, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(FalseClaimError, match=message):
        check_result(changed_result(name, changes))


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
    ("impossible trade", {"proof.surplus.mechanism": None, "budget_surplus": {"float": -0.2, "exact": None}}),
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
