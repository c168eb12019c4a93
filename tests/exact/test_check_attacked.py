"""What the checker in one file must refuse: prices that prove nothing, problems nobody knows, answers that do not follow; and what it must not."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from mechopt.exact import check
from tests.exact.checking.economies import economy, number, person, trade
from tests.exact.checking.results import RESULTS, changed_result

F = Fraction
Json = dict[str, Any]


def bidder(**design: Any) -> Json:
    """Return one bidder, worth 1, with two types and 2 for staying out."""
    agent = person("ann", [F(1, 2)] * 2, values=[1, 1], outside=[2, 2])
    return economy("object", [agent], [0, 0], **{"participation": "ex-post-ir", "budget": "no-deficit", **design})


def limited(*senses: str) -> Json:
    """Return two agents whose payments are limited by a constraint each, at 3, and who cannot do anything."""
    agents = [person(name, [1], utility=[[0]], outside=[0]) for name in ("ann", "bob")]
    constraints = []
    for name, sense in zip(("ann", "bob"), senses):
        term = {"payment": name, "coefficient": "1", "when": {}, "expected": False}
        constraints.append({"name": f"of {name}", "sense": sense, "bound": "3", "terms": [term]})
    return economy("table", agents, [0], incentive="none", participation="none", constraints=constraints)


def bound(problem: Json, certify: bool = False, **data: Any) -> Fraction:
    return check.check_certificate(problem, {"objective": "feasibility", "efficient": False, "bound": "0"} | data, efficient_allowed=certify)


def mechanism(problem: Json, allocation: list[list[Any]], payments: list[list[Any]]) -> check.Mechanism:
    tables = [[[str(q) for q in row] for row in table] for table in (allocation, payments)]
    return check.Mechanism(check.Problem(problem), {"form": "table", "allocation": tables[0], "payments": tables[1]})


EX_POST = {"participation": {"ann": {"ann0": "1/2", "ann1": "1/2"}}}
LEAST, WORST = (RESULTS[name]["problem"] for name in ("least violation", "worst case"))
TWICE = {"incentive": {"Ann": {"Ann0": {"Ann1": "2"}}}, "floor": {"Ann": {"Ann0": "2"}}, "cap": {"Ann": {"Ann1": "2"}}, "constraints": {"force": "2"}}


@pytest.mark.parametrize(
    ("problem", "data", "why"),
    [
        (bidder(), {"participation": {"ann": {"ann0": "-1"}}}, "wrong sign"),
        (bidder(), {"budget": "-1"}, "wrong sign"),
        (LEAST, {"objective": "epsilon", "incentive": {"Ann": {"Ann0": {"Ann1": "-1"}}}}, "wrong sign"),
        (LEAST, {"floor": {"Ann": {"Ann0": "-1"}}}, "wrong sign"),
        (LEAST, {"cap": {"Ann": {"Ann0": "-1"}}}, "wrong sign"),
        (limited("<="), {"constraints": {"of ann": "1"}}, "wrong sign"),
        (limited(">="), {"constraints": {"of ann": "-1"}}, "wrong sign"),
        (bidder(budget="none"), {"budget": "1"}, "asks for nothing of the kind"),
        (bidder(participation="none"), EX_POST, "asks for nothing of the kind"),
        (bidder(), {"worst_case": {"ann0": "1"}}, "asks for nothing of the kind"),
        (LEAST, {"incentive": TWICE["incentive"]}, "asks for nothing of the kind"),
        (bidder(), {"objective": "surplus", "budget": "1"}, "the objective 'surplus' does not count it"),
        (limited(">="), {"objective": "surplus", "constraints": {"of ann": "1"}}, "the objective 'surplus' does not count it"),
        (bidder(), {"objective": "subsidy", "budget": {"ann0": "3/4"}}, "a subsidy costs its probability"),
        (bidder(), {"objective": "subsidy", "budget": "2"}, "a subsidy costs its probability"),
        (LEAST, {"objective": "epsilon", "bound": "-2", **TWICE}, "more than 1"),
        (WORST, {"objective": "worst-case", "worst_case": {"Ann0": "-1/2"}}, "wrong sign"),
        (WORST, {"objective": "worst-case", "bound": "2", "worst_case": {"Ann0": "1"}}, "prices times first best must be 1"),
        (WORST, {"objective": "worst-case", "worst_case": {"Ann0": "1/2", "Ann1": "1"}}, "not positive has no price"),
        (bidder(), {"objective": "revenue"}, "nobody asked for"),
        (bidder(), {"efficient": True}, "nobody asked for"),
        (bidder(), {"participation": {"ann": {"bob0": "1"}}}, "does not belong here"),
        (bidder(), {"participation": EX_POST["participation"], "budget": "1/2", "bound": "-1"}, "money does not cancel"),
        (bidder(), {**EX_POST, "budget": "1", "bound": "-9/10"}, "the prices prove -1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_prices_that_prove_nothing_are_refused(problem: Json, data: Json, why: str) -> None:
    with pytest.raises(check.FalseClaimError, match=why):
        bound(problem, **data)


def test_only_what_refutes_may_suppose_efficient_outcomes_and_only_of_certify() -> None:
    problem = bidder()
    assert bound(problem, certify=True, efficient=True, bound="-1", budget="1", **EX_POST) == -1
    with pytest.raises(check.FalseClaimError, match="nobody asked for"):
        bound(problem, certify=True, efficient=True, objective="welfare")
    assert bound(bidder(allocation="efficient"), efficient=True, objective="welfare", bound="1") == 1


def test_what_is_priced_at_nothing_need_not_be_asked_for_and_what_is_not_a_price_is_not_read() -> None:
    assert bound(bidder(), alike=None, **dict.fromkeys(check.SECTIONS)) == 0
    assert bound(bidder(), floor={"ann": {"ann0": "0"}}) == 0
    with pytest.raises(check.UnreadError, match="only prices are read"):
        bound(bidder(), profile=["ann0"])


def test_what_refutes_may_have_any_price_and_of_certify_may_suppose_that_truth_pays() -> None:
    assert bound(bidder(), budget="2", participation={"ann": {"ann0": "1", "ann1": "1"}}, bound="-2") == -2
    assert bound(LEAST, certify=True, bound="-2", **TWICE) == -2


@pytest.mark.parametrize("joint", [False, True])
def test_a_subsidy_is_priced_at_most_at_its_probability_but_where_that_is_zero(joint: bool) -> None:
    """Worth 1 and 2 outside: -1 a type, times its price."""
    problem, other = bidder(), bidder()
    other["agents"][0]["prior"] = ["1", "0"]
    for economy_ in (problem, other) if joint else ():
        economy_["prior"] = {"joint": economy_["agents"][0].pop("prior")}
    prices = EX_POST["participation"]["ann"]
    assert bound(problem, objective="subsidy", bound="-1", budget=prices, **EX_POST) == -1
    assert bound(problem, objective="subsidy", bound="-1", budget="1", **EX_POST) == -1
    with pytest.raises(check.FalseClaimError, match="a subsidy costs its probability"):
        bound(problem, objective="subsidy", bound="-1", budget="2")
    free = {"ann0": "1", "ann1": "5"}
    assert bound(other, objective="subsidy", bound="-6", budget=free, participation={"ann": free}) == -6
    with pytest.raises(check.FalseClaimError, match="a subsidy costs its probability"):
        bound(problem, objective="subsidy", bound="-1", budget={"ann0": "3/4"}, participation={"ann": {"ann0": "3/4"}})


def test_every_constraint_counts_for_itself() -> None:
    """Ann pays 3 or more and Bob 3 or less; a cap of 1 on hers, or a floor of 5 under his, leaves -2 at the price 1."""
    found = mechanism(limited(">=", "<="), [[1]], [[3, 2]])
    assert found.slack("constraints") == 0
    assert mechanism(limited(">=", "<="), [[1]], [[4, 5]]).slack("constraints") == -2
    assert mechanism(limited("=", "="), [[1]], [[3, 5]]).slack("constraints") == -2
    problem = limited(">=", "<=")
    problem["design"] |= {"payment_cap": {"ann": "1"}, "payment_floor": {"bob": "5"}}
    assert bound(problem, bound="-2", constraints={"of ann": "1"}, cap={"ann": {"ann0": {"bob0": "1"}}}) == -2
    assert bound(problem, bound="-2", constraints={"of bob": "-1"}, floor={"bob": {"bob0": {"ann0": "1"}}}) == -2
    assert (mechanism(problem, [[1]], [[3, 2]]).slack("cap"), mechanism(problem, [[1]], [[3, 2]]).slack("floor")) == (-2, -3)


def test_the_least_violation_is_none_where_truth_pays_and_the_worst_case_is_a_share_of_the_first_best() -> None:
    assert mechanism(LEAST, [[0, 1], [1, 0]], [[0], [0]]).value("epsilon") == 0
    assert mechanism(LEAST, [[F(1, 2), F(1, 2)], [F(1, 4), F(3, 4)]], [[0], [0]]).value("epsilon") == F(1, 4)
    assert mechanism(WORST, [[F(1, 4), F(3, 4)], [0, 1]], [[0], [0]]).value("worst-case") == F(1, 4)
    assert mechanism(bidder(), [[F(1, 4), F(3, 4)], [F(1, 2), F(1, 2)]], [[0], [0]]).value("worst-case") == F(1, 4)


def test_an_answer_to_two_questions_is_not_read() -> None:
    with pytest.raises(check.UnreadError, match="an answer to its question"):
        check.check_result(changed_result("monopoly", {"answer": "possible"}))


@pytest.mark.parametrize(("name", "sense"), [*check.BUDGETS.items()])
def test_a_budget_that_balances_leaves_nothing_and_has_a_price_of_any_sign(name: str, sense: int) -> None:
    """The payments 3 and 2, then -3 and 2, cost nothing; with the price -1 revenue is 0 where budgets balance."""
    assert name.endswith("balanced") != bool(sense)
    assert mechanism(limited(), [[1]], [[3, 2]]).slack(name) == (5 if sense else -5)
    assert mechanism(limited(), [[1]], [[-3, 2]]).slack(name) == -1
    problem = bidder(objective="revenue", incentive="none", participation="none", budget=name, epsilon="1/2")
    if not sense:
        assert bound(problem, objective="revenue", budget="-1") == 0
    else:
        with pytest.raises(check.FalseClaimError, match="wrong sign"):
            bound(problem, objective="revenue", budget="-1")


def test_a_type_that_cannot_be_has_no_interim_requirement() -> None:
    agent = person("ann", None, values=[1, 1], outside=[0, 9])
    problem = economy("object", [agent], [0, 0], joint=["1", "0"])
    found = mechanism(problem, [[1, 0], [0, 1]], [[0], [0]])
    assert (found.slack("bic"), found.slack("interim-ir"), found.slack("ex-post-ir")) == (0, 0, -9)
    assert bound(problem, participation={"ann": {"ann1": "1"}}) == 0


def test_agents_who_are_alike_may_have_prices_of_one_kind_only() -> None:
    """Each is worth 1 and has 2 outside, one has it: 1 - 4 at the price 1 each, with the budget's."""
    agents = [person(name, [1], values=[1], outside=[2]) for name in ("ann", "bob")]
    for agent in agents:
        agent["types"] = ["only"]
    problem = economy("object", agents, [0, 0, 0], budget="balanced")
    alike = {"alike": [["ann", "bob"]], "participation": {"ann": {"only": "1"}}, "incentive": {}, "budget": "1"}
    assert bound(problem, bound="-3", **alike) == -3
    assert bound(problem, bound="-3", **alike | {"incentive": {"bob": {}}}) == -3
    assert bound(problem, bound="-3", **alike | {"incentive": None}) == -3


@pytest.mark.parametrize("kind", ["object", "public-good"])
def test_a_type_that_never_occurs_has_its_price(kind: str) -> None:
    """Bob is never worth 1, but would have 2 outside: ex ante that is nothing, and at the price 1 of that type alone it is -1."""
    ann, bob = person("ann", [1], values=[0], outside=[0]), person("bob", [1, 0], values=[0, 1], outside=[0, 2])
    problem = economy(kind, [ann, bob], [0, 0, 0] if kind == "object" else [0, 0])
    problem["design"] |= {"payment_floor": {"bob": "0"}}
    data = {"participation": {"bob": {"bob1": "1"}}, "floor": {"bob": {"bob1": {"ann0": "1"}}}}
    assert bound(problem, bound="-1", **data) == -1
    with pytest.raises(check.FalseClaimError, match="money does not cancel"):
        bound(problem, bound="-1", participation=data["participation"])
    possible = {"participation": {"bob": {"bob0": "1"}}, "floor": {"bob": {"bob0": {"ann0": "1"}, "bob1": {"ann0": "0"}}}}
    assert bound(problem, **possible) == 0


@pytest.mark.parametrize("kind", ["object", "public-good"])
def test_prices_of_a_type_that_never_occurs_count(kind: str) -> None:
    """Bob, worth 1, is never worth 3: the lies of both types at the price 1 are 2 q(3) - 2 q(1), at most 2."""
    ann, bob = person("ann", [1], values=[0], outside=[0]), person("bob", [1, 0], values=[1, 3], outside=[0, 0])
    problem = economy(kind, [ann, bob], [0, 0, 0] if kind == "object" else [0, 0])
    assert bound(problem, bound="2", incentive={"bob": {"bob0": {"bob1": "1"}, "bob1": {"bob0": "1"}}}) == 2
    with pytest.raises(check.FalseClaimError, match="money does not cancel"):
        bound(problem, participation={"bob": {"bob0": "1"}})


@pytest.mark.parametrize(("costs", "best"), [([5, 0, 0], 1), ([0, 0, 0], 2), ([1, 0, 0], 1), ([5, 5, 0], 0), ([5, 5, 9], -3)])
def test_the_designers_costs_decide_what_is_efficient(costs: list[int], best: int) -> None:
    ann, bob = person("ann", [1], values=[2], outside=[0]), person("bob", [1], values=[1], outside=[0])
    problem = economy("object", [ann, bob], costs, allocation="efficient")
    assert bound(problem, objective="welfare", efficient=True, bound=str(best)) == best


@pytest.mark.parametrize(("costs", "best"), [([0, 2], 1), ([0, 3], 0), ([0, 4], 0), ([2, 4], -1), ([4, 2], 1)])
def test_a_project_is_efficient_if_it_is_worth_what_it_costs_more(costs: list[int], best: int) -> None:
    ann, bob = person("ann", [1], values=[2], outside=[0]), person("bob", [1], values=[1], outside=[0])
    problem = economy("public-good", [ann, bob], costs, allocation="efficient")
    assert bound(problem, objective="welfare", efficient=True, bound=str(best)) == best


@pytest.mark.parametrize(
    "changes",
    [
        {"mechanism.form": "story"},
        {"mechanism.allocation": [["0", "1"]]},
        {"mechanism.payments": [["0"]]},
        {"mechanism.allocation": [["0", "1"]], "mechanism.payments": [["0"]]},
        {"mechanism.payments.0": ["0", "0"]},
    ],
    ids=str,
)
def test_what_is_no_table_of_the_profiles_is_not_read(changes: Json) -> None:
    with pytest.raises((check.UnreadError, ValueError), match=r"only tables|zip\(\)|must be a list"):
        check.check_result(changed_result("monopoly", changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"agents.0.values": ["1", "3", "5"]},
        {"agents.0.values": "13"},
        {"agents.0.values": ["1", "6/2"]},
        {"agents.0.values": ["1", "3\n"]},
        {"agents.0.values": ["1", 3]},
        {"agents.0.values": ["1", "-0"]},
        {"agents.0.values": ["1", "1e999999999"]},
        {"agents.0.types": ["bidder0", "bidder0"]},
        {"agents.0.types": [0, 1]},
        {"agents.0.prior": ["-1/2", "3/2"]},
        {"agents.0.prior": ["1/2", "1/4"]},
        {"environment.outcomes": ["nobody", "bidder"]},
        {"environment.kind": "dynamic"},
        {"agents.0.name": "nobody", "environment.outcomes": ["nobody", "nobody"]},
        {"design.incentive": "any"},
        {"design.participation": "floor"},
        {"design.budget": "any"},
        {"design.allocation": "none"},
        {"design.objective": "subsidy"},
        {"design.epsilon": "-1"},
    ],
    ids=str,
)
def test_problems_that_nobody_knows_are_not_read(changes: Json) -> None:
    with pytest.raises(check.UNREAD):
        check.Problem(changed_result("monopoly", {f"problem.{path}": value for path, value in changes.items()})["problem"])


def test_one_prior_of_two_that_sums_to_one_is_not_enough() -> None:
    with pytest.raises(check.UnreadError, match="sum to one"):
        check.Problem(trade([0, 2], [1, 3], [F(1, 2)] * 2, [F(1, 2), F(1, 3)]))


@pytest.mark.parametrize(
    ("key", "value", "why"), [("outcome", "outcome 0", "not in list"), ("payment", None, "not in list"), ("expected", "no", "no")]
)
def test_a_term_that_is_not_one_thing_is_not_read(key: str, value: Any, why: str) -> None:
    problem = limited(">=")
    problem["design"]["constraints"][0]["terms"][0][key] = value
    with pytest.raises((ValueError, KeyError), match=why):
        bound(problem, constraints={"of ann": "1"})


def test_what_is_too_large_is_not_gone_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two profiles of two outcomes and a payment are six numbers; two agents of a public good with two types each, then two
    sums and two types are four steps."""
    monkeypatch.setattr(check, "MOST_NUMBERS", 6)
    assert len(check.Problem(bidder()).profiles) == 2
    monkeypatch.setattr(check, "MOST_NUMBERS", 5)
    with pytest.raises(check.UnreadError, match="too many profiles"):
        _ = check.Problem(bidder()).profiles
    agents = [person(name, [F(1, 2)] * 2, values=[0, 1], outside=[0, 0]) for name in ("ann", "bob")]
    problem = economy("public-good", agents, [0, 1])
    monkeypatch.setattr(check, "MOST_NUMBERS", 4)
    assert bound(problem, objective="welfare", bound="1/4") == F(1, 4)
    monkeypatch.setattr(check, "MOST_NUMBERS", 3)
    with pytest.raises(check.UnreadError, match="too many different sums"):
        bound(problem, objective="welfare", bound="1/4")


def grade(name: str, bound: Fraction | None, gap: str | None) -> Json:
    return {"grade": name, "bound": None if bound is None else number(bound), "gap": gap}


UNASKED = {"problem.design.incentive": "none", "problem.design.participation": "none"}
NO_SUBSIDY = {f"problem.design.{key}": value for key, value in (("budget", "none"), ("payment_floor", {"bidder": "0"}))}
NO_SUBSIDY |= {"certificate.budget": None, "certificate.floor": {"bidder": {"bidder0": "1"}}}
NOTHING = {"objective": "feasibility", "efficient": False, "bound": "0"}
NO_TRADE = {"allocation": [["1", "0", "0"]] * 4, "payments": [["0", "0"]] * 4}


@pytest.mark.parametrize(
    ("name", "changes", "why"),
    [
        ("monopoly", {"status": "infeasible", "proof": grade("infeasible", F(3, 2), None)}, "not shown to be 'infeasible'"),
        ("monopoly", {"mechanism": None, "proof": grade("feasible", F(3, 2), None)}, "not shown to be 'feasible'"),
        ("monopoly", {"mechanism": None, "proof": grade("optimal", F(3, 2), "0")}, "not shown to be 'optimal'"),
        ("monopoly", {"certificate": None, "proof": grade("bounded", None, None)}, "not shown to be 'bounded'"),
        ("monopoly", {"certificate": None}, "not shown to be 'optimal'"),
        ("monopoly", {"proof": grade("none", None, None)}, "not shown to be 'none'"),
        ("monopoly", {"proof": grade("bounded", F(3, 2), "1/2")}, r"proof\.gap"),
        ("monopoly", {"proof.bound": number(F(2))}, r"proof\.bound"),
        ("monopoly", {"welfare": number(F(2))}, "welfare: it is 3/2"),
        ("monopoly", {"gains": number(F(2))}, "gains: it is 3/2"),
        ("monopoly", {"revenue": number(F(2))}, "revenue: it is 3/2"),
        ("monopoly", {"value": number(F(2))}, "value: it is 3/2"),
        ("monopoly", {"mechanism.allocation.1": ["2", "-1"]}, "is not a lottery"),
        ("monopoly", {"mechanism.allocation.1": ["1", "1"]}, "is not a lottery"),
        ("monopoly", {"mechanism.payments.1": ["4"], "problem.design.incentive": "none"}, "violates 'interim-ir'"),
        ("monopoly", {"problem.design.budget": "balanced"}, "violates 'balanced'"),
        ("monopoly", {"problem.design.allocation": "efficient"}, "violates 'efficient'"),
        ("monopoly", {"mechanism.allocation.0": ["1/3", "2/3"], **UNASKED, "problem.design.allocation": "deterministic"}, "'deterministic'"),
        ("monopoly", {"problem.design.payment_cap": {"bidder": "2"}}, "violates 'cap'"),
        ("monopoly", {"problem.design.payment_floor": {"bidder": "1"}}, "violates 'floor'"),
        ("infeasible", {"problem.agents.0.outside": ["1"], "certificate.bound": "0", "proof.bound": number(F(0))}, "not shown to be 'infeasible'"),
        ("infeasible", {"proof.grade": "optimal"}, "not shown to be 'optimal'"),
        ("impossible trade", {"problem.design.budget": "none"}, "not shown to be 'infeasible'"),
        ("impossible trade", {"proof": grade("optimal", F(-1, 5), "0")}, "not shown to be 'optimal'"),
        ("possible trade", {"mechanism": None, "welfare": None, "gains": None, "revenue": None}, "not shown to be 'optimal'"),
        ("possible trade", {"answer": "impossible", "certificate": RESULTS["possible trade"]["proof"]["surplus"]["certificate"]}, "to be 'optimal'"),
        ("losses", {"status": "infeasible", "proof.grade": "infeasible"}, "not shown to be 'infeasible'"),
        ("impossible trade", {"budget_surplus": number(F(0))}, "budget_surplus: it is -1/5"),
        ("impossible trade", {"proof.surplus.mechanism.payments.0": ["-2", "1/4"]}, "budget_surplus: it is None"),
        ("impossible trade", {f"proof.surplus.mechanism.{key}": rows for key, rows in NO_TRADE.items()}, "violates 'efficient'"),
        ("impossible trade", {"answer": "possible"}, "not shown to be 'infeasible'"),
        ("impossible trade", {"answer": "possible", "proof.grade": "feasible"}, "not shown to be 'feasible'"),
        ("impossible trade", {"proof.surplus": None}, "budget_surplus: it is None"),
        ("possible trade", {f"mechanism.{key}": rows for key, rows in NO_TRADE.items()}, "violates 'efficient'"),
        ("possible trade", {"problem.design.objective": "epsilon", "mechanism.payments.2": ["-9", "9"]}, "violates 'bic'"),
        ("possible trade", {"problem.design.objective": "epsilon", "proof.surplus.mechanism.payments.2": ["-9", "9"]}, "violates 'bic'"),
        ("possible trade", {"proof.surplus": None}, "not shown to be 'optimal'"),
        ("possible trade", {"proof.surplus": {"certificate": NOTHING, "mechanism": "answer"}, "proof.bound": number(F(0))}, "to be 'optimal'"),
        ("possible trade", {"proof.surplus.mechanism": "answer"}, "not shown to be 'optimal'"),
        ("possible trade", {"answer": "impossible", "proof.grade": "infeasible"}, "not shown to be 'infeasible'"),
        ("least violation", {"value": number(F(0))}, "value: it is 1"),
        ("least violation", {"proof.bound": number(F(-1))}, r"proof\.bound: it is 1"),
        ("worst case", {"mechanism.allocation.0": ["0", "1"]}, "not shown to be 'optimal'"),
    ],
)
def test_answers_that_do_not_follow_are_refused(name: str, changes: Json, why: str) -> None:
    with pytest.raises(check.FalseClaimError, match=why):
        check.check_result(changed_result(name, changes))


@pytest.mark.parametrize(
    ("name", "changes", "last"),
    [
        ("monopoly", {"proof": grade("bounded", F(3, 2), "0")}, "optimal, bounded"),
        ("monopoly", {"proof": grade("feasible", F(3, 2), None)}, "optimal, feasible"),
        ("monopoly", {"mechanism": None, "welfare": None, "gains": None, "revenue": None, "value": None, "proof": grade("bounded", F(3, 2), None)},
         "optimal, bounded"),
        ("monopoly", {"problem.design.allocation": "deterministic"}, "optimal, optimal"),
        ("infeasible", NO_SUBSIDY, "infeasible, infeasible"),
        ("possible trade", {"proof": grade("feasible", None, None), "budget_surplus": None}, "possible, feasible"),
        ("impossible trade", {"proof.surplus.mechanism": None, "budget_surplus": None}, "impossible, infeasible"),
        ("impossible trade", {"proof.surplus.mechanism": None, "budget_surplus.exact": None}, "impossible, infeasible"),
        ("impossible trade", {"proof": grade("infeasible", F(-1, 5), None), "budget_surplus": None}, "impossible, infeasible"),
    ],
)  # fmt: skip
def test_weaker_words_for_what_is_proved_are_true(name: str, changes: Json, last: str) -> None:
    assert check.check_result(changed_result(name, changes))[-1] == f"proof: {last}"


def test_nothing_but_a_number_equals_what_is_not_there() -> None:
    """A program that compares texts would find the None of its own in a file."""
    changes = {"certificate": None, "proof": grade("feasible", None, None) | {"bound": {"float": 7.0, "exact": "None"}}}
    with pytest.raises(check.UnreadError, match="no rational"):
        check.check_result(changed_result("monopoly", changes))


def test_the_digest_is_the_problems() -> None:
    with pytest.raises(check.FalseClaimError, match="digest"):
        check.check_result(changed_result("monopoly", {}) | {"digest": "sha256:0"})


def test_what_rules_leave_open_is_said() -> None:
    changes = {"mechanism": {"form": "rules"}, "proof": grade("feasible", None, None)}
    with pytest.raises(check.UnreadError, match="given by rules"):
        check.check_result(changed_result("possible trade", changes))
    changes = {"mechanism": {"form": "rules"}}
    assert check.check_result(changed_result("monopoly", changes))[-1] == "proof: the bound, but mechanisms by rules are NOT CHECKED"
    with pytest.raises(check.FalseClaimError, match="not shown to be 'optimal'"):
        check.check_result(changed_result("monopoly", changes | {"certificate": None}))
