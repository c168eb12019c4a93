"""Mechanisms in the form of rules: the checker against the table that they stand for, written out by the independent checker."""

from __future__ import annotations

import random
from copy import deepcopy
from fractions import Fraction
from typing import Any

import pytest
from flint import fmpq

from mechopt.exact.checker.certificate import first_best
from mechopt.exact.checker.claims import FalseClaimError, NotAResultError, check_certificate, check_mechanism, check_result
from mechopt.exact.checker.forms import Problem
from mechopt.exact.checker.rules import Rules, mechanism_of
from tests.exact.checking.drawn_rules import random_problem, random_rules, width
from tests.oracles import checker, exact, known, meaning
from tests.oracles.rules import expanded

F = Fraction
Json = dict[str, Any]
INTERIM = ("bic", "interim-ir", "ex-ante-ir", "expected-balanced", "expected-no-deficit")


def rules_of(problem: Json, data: Json) -> Rules:
    found = mechanism_of(Problem(problem), data)
    assert isinstance(found, Rules)
    return found


def plain(number: fmpq) -> Fraction:
    """Return Python's fraction for FLINT's, in which the independent checker computes."""
    return F(str(number))


def table(problem: Json, rules: Json) -> meaning.Mechanism:
    economy = meaning.Economy(problem)
    return meaning.Mechanism(economy, expanded(economy, meaning.Design(economy, problem["design"]), rules))


@pytest.mark.parametrize("seed", range(36))
def test_margins_and_values_are_those_of_the_table(seed: int) -> None:
    rng = random.Random(seed)
    budget = rng.choice(["none", "balanced", "no-deficit", "expected-balanced"])
    problem = random_problem(rng, budget=budget, objective=rng.choice(["welfare", "gains", "revenue", "payoff"]))
    data = random_rules(rng, problem)
    found, slow = rules_of(problem, data), table(problem, data)
    assert {name: found.margin(name) for name in INTERIM} == {name: plain(slow.margin(name)) for name in INTERIM}
    design = meaning.Design(slow.economy, problem["design"])
    assert found.value(design.objective) == plain(slow.value(design))
    for name in ("balanced", "no-deficit", "efficient", "deterministic"):
        try:
            assert found.margin(name) == plain(slow.margin(name))
        except FalseClaimError:
            different_costs = len(set(problem["environment"]["cost"])) > 1
            assert slow.margin(name) < 0 if name == "efficient" else different_costs or len(data["rules"]) > 1


def with_payments_that_follow(rng: random.Random, data: Json, problem: Json) -> Json:
    """Return rules in which some payments are stated by the report to which a type is indifferent, never in a circle."""
    types = {agent["name"]: agent["types"] for agent in problem["agents"]}
    for name, row in data["interim_payments"].items():
        order = rng.sample(range(len(row)), len(row))
        for k in range(1, len(order)):
            if rng.random() < 0.7:
                row[order[k]] = {"as": types[name][order[rng.randrange(k)]]}
    return data


@pytest.mark.parametrize("seed", range(18))
def test_payments_that_follow_from_others_are_those_that_leave_types_indifferent(seed: int) -> None:
    rng = random.Random(seed)
    problem, data = random_twins(rng) if seed % 3 == 0 else (drawn := random_problem(rng), random_rules(rng, drawn))
    data = with_payments_that_follow(rng, data, problem)
    found, slow = rules_of(problem, data), table(problem, data)
    assert {name: found.margin(name) for name in INTERIM} == {name: plain(slow.margin(name)) for name in INTERIM}
    for agent in problem["agents"]:
        for own, payment in zip(agent["types"], data["interim_payments"].get(agent["name"], []), strict=False):
            if isinstance(payment, dict):
                beliefs = slow.economy.beliefs(agent["name"], own)
                assert sum(p * slow.truth_less_lie(agent["name"], profile, payment["as"]) for profile, p in beliefs.items()) == 0


def random_twins(rng: random.Random, **design: Any) -> tuple[Json, Json]:
    """Return a problem with agents who are alike, in any places, and rules that say so."""
    problem = random_problem(rng, **design)
    while problem["environment"]["kind"] == "table":
        problem = random_problem(rng, **design)
    agents, object_ = problem["agents"], problem["environment"]["kind"] == "object"
    copies = [deepcopy(agents[0]) | {"name": f"copy {k}"} for k in range(rng.randint(1, 2))]
    for copy in copies:
        agents.insert(rng.randint(1, len(agents)), copy)
    alike = [agent["name"] for agent in agents if agent["name"] == "a0" or agent in copies]
    if object_:
        first, nobody = problem["environment"]["cost"][0], problem["environment"]["cost"][-1]
        problem["environment"] |= {"outcomes": [*(agent["name"] for agent in agents), "nobody"]}
        problem["environment"]["cost"] = [first if agent["name"] in alike else str(rng.choice([0, 1])) for agent in agents] + [nobody]
    data = random_rules(rng, problem) | {"alike": [alike]}
    for table in (data["interim_payments"], *(rule["scores"] for rule in data["rules"])):
        for name in alike[1:]:
            del table[name]
    return problem, data


@pytest.mark.parametrize("seed", range(24))
def test_margins_and_values_of_agents_who_share_ties_are_those_of_the_table(seed: int) -> None:
    rng = random.Random(seed)
    budget = rng.choice(["none", "balanced", "no-deficit", "expected-balanced"])
    weights = {"a0": ["2"] * 3} if seed % 4 == 0 else None
    problem, data = random_twins(rng, budget=budget, objective="weighted" if weights else rng.choice(["welfare", "gains", "revenue", "payoff"]))
    if weights:
        numbers_of = {agent["name"]: [str(rng.randint(0, 3)) for _ in agent["types"]] for agent in problem["agents"]}
        problem["design"]["weights"] = numbers_of
    found, slow = Rules(Problem(problem), data), table(problem, data)
    assert {name: found.margin(name) for name in INTERIM} == {name: plain(slow.margin(name)) for name in INTERIM}
    design = meaning.Design(slow.economy, problem["design"])
    assert found.value(design.objective) == plain(slow.value(design))
    if found_efficient(found):
        assert slow.margin("efficient") == 0
    with pytest.raises(FalseClaimError, match="deterministic"):
        found.margin("deterministic")


def found_efficient(mechanism: Rules) -> bool:
    try:
        return mechanism.margin("efficient") == 0
    except FalseClaimError:
        return False


@pytest.mark.parametrize("change", ["prior", "values", "outside", "types", "cost", "twice", "order", "alone", "rows"])
def test_agents_are_alike_only_if_nothing_tells_them_apart(change: str) -> None:
    problem = known.auction([1, 3], [F(1, 2), F(1, 2)], 3, budget="no-deficit")
    names = [agent["name"] for agent in problem["agents"]]
    rules = [{"weight": "1", "scores": {names[0]: ["-1", "1"], names[2]: ["0", "1"]}}]
    data: Json = {"form": "rules", "rules": rules, "interim_payments": {names[0]: ["0", "0"], names[2]: ["0", "0"]}, "alike": [names[:2]]}
    Rules(Problem(problem), data)
    second = problem["agents"][1]
    if change == "cost":
        problem["environment"]["cost"][1] = "1"
    elif change in second:
        second[change] = {"prior": ["1/3", "2/3"], "values": ["1", "4"], "outside": ["0", "1"], "types": ["low", "high"]}[change]
    elif change == "rows":
        rules[0]["scores"][names[1]] = ["-1", "1"]
    else:
        data["alike"] = {"twice": [names[:2], names[1:]], "order": [names[1::-1]], "alone": [names[:1]]}[change]
    with pytest.raises(FalseClaimError, match=r"apart|must be groups|unknown"):
        Rules(Problem(problem), data)


@pytest.mark.parametrize("seed", range(20))
def test_shared_payments_leave_the_interim_ones_and_balance_every_profile(seed: int) -> None:
    """Reduction E1: E[t_i given theta_i] = T_i, and the surplus is the same everywhere."""
    rng = random.Random(seed)
    problem = random_problem(rng, budget="balanced")
    data = random_rules(rng, problem)
    slow = table(problem, data)
    for name, kinds in slow.economy.types.items():
        for kind, paid in zip(kinds, data["interim_payments"][name], strict=True):
            assert plain(sum(p * slow.payments[profile][name] for profile, p in slow.economy.beliefs(name, kind).items())) == F(paid)
    if len(problem["agents"]) > 1:
        assert {slow.budget(profile) for profile in slow.economy.profiles} == {slow.revenue()}


def surplus_rule(problem: Json) -> Json:
    """The rule of section 2 that is efficient everywhere, with no payments."""
    cost = [F(c) for c in problem["environment"]["cost"]]
    scores = {}
    for i, agent in enumerate(problem["agents"]):
        if "utility" in agent and not width(problem):
            scores[agent["name"]] = [max(row, key=lambda u: abs(F(u))) for row in agent["utility"]]
            continue
        if "utility" in agent:
            scores[agent["name"]] = [[str(F(u) - c * (i == 0)) for u, c in zip(row, cost, strict=True)] for row in agent["utility"]]
            continue
        less = cost[i] - cost[-1] if problem["environment"]["kind"] == "object" else (cost[1] - cost[0]) * (i == 0)
        scores[agent["name"]] = [str(F(value) - less) for value in agent["values"]]
    zero = {agent["name"]: ["0"] * len(agent["types"]) for agent in problem["agents"]}
    return {"form": "rules", "rules": [{"weight": "1", "scores": scores}], "interim_payments": zero}


@pytest.mark.parametrize("seed", range(15))
def test_scores_that_are_surpluses_are_efficient_and_reach_first_best(seed: int) -> None:
    problem = random_problem(random.Random(seed))
    found = rules_of(problem, surplus_rule(problem))
    assert found.margin("efficient") == 0 == table(problem, surplus_rule(problem)).margin("efficient")
    assert found.value("welfare") == first_best(Problem(problem))


def posted_price() -> Json:
    """One bidder worth 1 or 3 with equal odds: the price 3 yields 3/2, which a flow of 1/2 from 3 to 1 proves to be the most."""
    problem = known.auction([1, 3], [F(1, 2), F(1, 2)], 1, budget="no-deficit")
    scores = {"bidder0": ["-1", "1"]}
    mechanism = {"form": "rules", "rules": [{"weight": "1", "scores": scores}], "interim_payments": {"bidder0": ["0", "3"]}}
    prices = {"incentive": {"bidder0": {"v1": {"v0": "1/2"}}}, "participation": {"bidder0": {"v0": "1"}}}
    margins = {"bic": 0, "interim-ir": 0, "no-deficit": 0, "balanced": -3, "deterministic": 0}
    checks = [{"property": name, "holds": m >= 0, "margin": exact.number(F(m)), "witness": None} for name, m in margins.items()]
    numbers = {"first_best": 2, "status_quo": 0, "first_best_gains": 2, "welfare": F(3, 2), "gains": F(3, 2), "revenue": F(3, 2), "value": F(3, 2)}
    return {
        "format": "mechopt-result", "version": 1, "question": "solve", "status": "optimal", "problem": problem, "digest": checker.digest(problem),
        **{key: exact.number(F(number)) for key, number in numbers.items()}, "checks": checks, "mechanism": mechanism,
        "certificate": {"objective": "revenue", "efficient": False, "bound": "3/2", **prices},
        "proof": {"grade": "optimal", "bound": exact.number(F(3, 2)), "gap": "0"},
    }  # fmt: skip


def test_a_true_result_in_this_form_passes_both_checkers() -> None:
    assert check_result(posted_price())[-1].startswith("proof: optimal")
    checker.verify(posted_price())


def test_the_highest_payment_may_be_stated_by_the_type_to_which_it_leaves_her_indifferent() -> None:
    data = posted_price()
    data["mechanism"]["interim_payments"]["bidder0"] = ["0", {"as": "v0"}]  # with the object, worth 3, she is left with what v0 is left with
    assert check_result(data) == check_result(posted_price())
    checker.verify(data)


LIES: list[tuple[Any, str]] = [
    (lambda m: m["interim_payments"].update(bidder0=["0", "7/2"]), "not interim-ir"),
    (lambda m: m["interim_payments"].update(bidder0=["-1", "3"]), "not no-deficit"),
    (lambda m: m["rules"][0]["scores"].update(bidder0=["1", "1"]), "not bic"),
    (lambda m: m["rules"][0]["scores"].update(bidder0=["-1", "0"]), ""),  # a tie, which the first outcome wins: true
    (lambda m: m["rules"][0]["scores"].update(bidder0=["-1", "-1/2"]), "not interim-ir"),
    (lambda m: m["rules"][0].update(weight="1/2"), "add up to one"),
    (lambda m: m.update(rules=[]), "add up to one"),
    (lambda m: m["rules"].append({"weight": "0", "scores": m["rules"][0]["scores"]}), "must be positive"),
    (lambda m: m["interim_payments"].update(somebody=["0", "3"]), "unknown"),
    (lambda m: m["rules"][0]["scores"].clear(), "missing"),
    (lambda m: m.update(payments=[]), "unknown"),
    (lambda m: m["interim_payments"].update(bidder0=["3"]), "list of one per type"),
    (lambda m: m["interim_payments"].update(bidder0=["1/2", {"as": "v0"}]), "not interim-ir"),
    (lambda m: m["interim_payments"].update(bidder0=[{"as": "v1"}, "3"]), "not interim-ir"),
    (lambda m: m["interim_payments"].update(bidder0=["-1", {"as": "v0"}]), "not no-deficit"),
    (lambda m: m["interim_payments"].update(bidder0=[{"as": "v1"}, {"as": "v0"}]), "in a circle"),
    (lambda m: m["interim_payments"].update(bidder0=["0", {"as": "v1"}]), "in a circle"),
    (lambda m: m["interim_payments"].update(bidder0=["0", {"as": "v2"}]), "does not belong here"),
    (lambda m: m["interim_payments"].update(bidder0=["0", {"as": 0}]), "must be str"),
    (lambda m: m["interim_payments"].update(bidder0=["0", {"as": "v0", "plus": "1"}]), "unknown"),
    (lambda m: m["interim_payments"].update(bidder0=["0", {}]), "missing"),
]


@pytest.mark.parametrize(("lie", "message"), LIES)
def test_a_lie_in_this_form_is_found_by_both_checkers(lie: Any, message: str) -> None:
    data = posted_price()
    lie(data["mechanism"])
    if not message:
        assert check_result(data)
        checker.verify(data)
        return
    with pytest.raises(FalseClaimError, match=message):
        check_result(data)
    with pytest.raises(AssertionError):
        checker.verify(data)


@pytest.mark.parametrize(
    ("design", "message"),
    [
        ({"incentive": "dsic"}, "do not show whether it is dsic"),
        ({"participation": "ex-post-ir"}, "do not show whether it is ex-post-ir"),
        ({"payment_cap": {"bidder0": "5"}}, "within limits"),
        ({"objective": "worst-case"}, "worst case"),
    ],
)
def test_what_rules_do_not_show_is_refused(design: Json, message: str) -> None:
    data = posted_price()
    data["problem"]["design"] |= design
    data |= {"certificate": None, "digest": checker.digest(data["problem"])}
    with pytest.raises(FalseClaimError, match=message):
        check_result(data)


def test_rules_need_private_values_and_independent_types() -> None:
    with pytest.raises(FalseClaimError, match="private values and independent types"):
        check_mechanism(known.cremer_mclean(), {"form": "rules", "rules": [], "interim_payments": {}})


def project() -> Json:
    """Ann likes to go more than it costs, or less: the efficient choice, and that of an unkind rule, in a table."""
    problem = known.problem(
        "project", "", "table", ["stay", "go"], [known.agent("Ann", ["low", "high"], ["0", "0"], prior=[F(1, 3), F(2, 3)], utility=[[0, 1], [0, 3]])],
        cost=[0, 2], objective="welfare", incentive="bic", participation="interim-ir", budget="expected-no-deficit",
    )  # fmt: skip
    kind, unkind = ({"Ann": [["0", "-1"], ["0", "1"]]}, {"Ann": [["0", "0"], ["1", "0"]]})
    rules = [{"weight": "3/4", "scores": kind}, {"weight": "1/4", "scores": unkind}]
    return {"problem": problem, "mechanism": {"form": "rules", "rules": rules, "interim_payments": {"Ann": ["0", "3/2"]}}}


def test_a_lottery_over_rules_of_a_table_by_hand() -> None:
    """The high type has the project with 3/4: worth 9/4 less 3/2 to her, nothing to the other; a lie of the low one costs 3/4."""
    data = project()
    found = rules_of(data["problem"], data["mechanism"])
    assert found.value("welfare") == F(2, 3) * F(3, 4)
    assert (found.margin("bic"), found.margin("interim-ir"), found.margin("expected-no-deficit")) == (F(3, 4), 0, 0)
    with pytest.raises(FalseClaimError, match="do not show whether it is efficient"):
        found.margin("efficient")


def test_with_the_scores_of_another_type_the_same_payments_are_not_worth_while() -> None:
    data = project()
    assert "bic" in check_mechanism(data["problem"], data["mechanism"])
    data["mechanism"]["rules"][0]["scores"]["Ann"].reverse()
    with pytest.raises(FalseClaimError, match="it is not interim-ir"):
        check_mechanism(data["problem"], data["mechanism"])


@pytest.mark.parametrize("scores", [["0", "-1"], [["0", "-1"]], [["0"], ["1"]], [["0", "-1", "0"], ["0", "1", "0"]]])
def test_scores_of_a_table_are_a_row_per_type_and_a_column_per_outcome(scores: Any) -> None:
    data = project()
    data["mechanism"]["rules"][0]["scores"] = {"Ann": scores}
    with pytest.raises(NotAResultError, match="must be"):
        check_mechanism(data["problem"], data["mechanism"])
    with pytest.raises(AssertionError):
        table(data["problem"], data["mechanism"])


def many(kind: str, n: int, m: int, **design: Any) -> Json:
    """Return n agents with values 1 to m, equally likely."""
    if kind == "public-good":
        return known.public_good(list(range(1, m + 1)), [F(1, m)] * m, F(n * m, 2), n, **design)
    return known.auction(list(range(1, m + 1)), [F(1, m)] * m, n, **design)


@pytest.mark.parametrize(("kind", "n", "m"), [("object", 20, 50), ("public-good", 20, 10)])
def test_what_needs_no_profiles_is_checked_however_many_there_are(kind: str, n: int, m: int) -> None:
    problem = many(kind, n, m, participation="none", incentive="none", budget="no-deficit", objective="welfare")
    data = surplus_rule(problem)
    data["interim_payments"][problem["agents"][0]["name"]] = [str(n * m)] * m  # enough for any cost
    assert "no-deficit" in check_mechanism(problem, data, efficient=True)
    bound = first_best(Problem(problem))
    assert Rules(Problem(problem), data).value("welfare") == bound
    certificate = {"objective": "welfare", "efficient": False, "bound": str(bound)}
    assert check_certificate(problem, certificate, efficient_allowed=False) == bound
    too_many = deepcopy(problem)
    too_many["design"]["budget"], too_many["design"]["incentive"] = "none", "dsic"
    with pytest.raises(NotAResultError, match=r"must be a list|too many profiles"):
        check_mechanism(too_many, {"form": "table", "allocation": [], "payments": []})


def test_first_best_of_many_bidders_is_that_of_the_distribution_function() -> None:
    """E max of n uniform draws from 1 to m is the sum over v of 1 - ((v - 1) / m)^n."""
    n, m = 1000, 20
    assert first_best(Problem(many("object", n, m))) == sum(1 - F(v - 1, m) ** n for v in range(1, m + 1))
