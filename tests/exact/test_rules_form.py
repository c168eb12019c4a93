"""Mechanisms in the form of rules: the checker against the table that they stand for, written out by the independent checker."""

from __future__ import annotations

import random
from copy import deepcopy
from fractions import Fraction
from typing import Any

import pytest

from mechopt.exact.check import FalseClaimError, NotAResultError, check_certificate, check_mechanism, check_result
from mechopt.exact.checker.certificate import first_best
from mechopt.exact.checker.forms import Problem
from mechopt.exact.checker.rules import Rules
from tests.oracles import checker, exact, known, meaning
from tests.oracles.rules import expanded

F = Fraction
Json = dict[str, Any]
INTERIM = ("bic", "interim-ir", "ex-ante-ir", "expected-balanced", "expected-no-deficit")


def chances(rng: random.Random, size: int) -> list[Fraction]:
    parts = [rng.choice([0, 1, 1, 2]) for _ in range(size)]
    parts[rng.randrange(size)] += 1
    return [F(part, sum(parts)) for part in parts]


def numbers(rng: random.Random, size: int) -> list[str]:
    return [str(F(rng.randint(-2, 4), rng.choice([1, 1, 2]))) for _ in range(size)]


def random_problem(rng: random.Random, **design: Any) -> Json:
    """Return one object or a public good for up to three, with impossible types, equal values and costs."""
    kind, n = rng.choice(["object", "public-good"]), rng.randint(1, 3)
    sizes = [rng.randint(1, 3) for _ in range(n)]
    agents = [
        known.agent(f"a{i}", [f"t{a}" for a in range(m)], numbers(rng, m), prior=chances(rng, m), values=numbers(rng, m)) for i, m in enumerate(sizes)
    ]
    outcomes = ["no", "yes"] if kind == "public-good" else [*(agent["name"] for agent in agents), "nobody"]
    cost = [rng.choice([0, 1]) for _ in outcomes] if rng.random() < 0.7 else [1] * len(outcomes)
    return known.problem("random", "", kind, outcomes, agents, cost=cost, **design)


def random_rules(rng: random.Random, problem: Json) -> Json:
    weights = [F(1)] if rng.random() < 0.4 else [F(1, 3), F(2, 3)]
    agents = {agent["name"]: len(agent["types"]) for agent in problem["agents"]}
    rules = [{"weight": str(weight), "scores": {name: numbers(rng, m) for name, m in agents.items()}} for weight in weights]
    return {"form": "rules", "rules": rules, "interim_payments": {name: numbers(rng, m) for name, m in agents.items()}}


def table(problem: Json, rules: Json) -> meaning.Mechanism:
    economy = meaning.Economy(problem)
    return meaning.Mechanism(economy, expanded(economy, meaning.Design(economy, problem["design"]), rules))


@pytest.mark.parametrize("seed", range(60))
def test_margins_and_values_are_those_of_the_table(seed: int) -> None:
    rng = random.Random(seed)
    budget = rng.choice(["none", "balanced", "no-deficit", "expected-balanced"])
    problem = random_problem(rng, budget=budget, objective=rng.choice(["welfare", "gains", "revenue", "payoff"]))
    data = random_rules(rng, problem)
    found, slow = Rules(Problem(problem), data), table(problem, data)
    assert {name: found.margin(name) for name in INTERIM} == {name: slow.margin(name) for name in INTERIM}
    design = meaning.Design(slow.economy, problem["design"])
    assert found.value(design.objective) == slow.value(design)
    for name in ("balanced", "no-deficit", "efficient", "deterministic"):
        try:
            assert found.margin(name) == slow.margin(name)
        except FalseClaimError:
            different_costs = len(set(problem["environment"]["cost"])) > 1
            assert slow.margin(name) < 0 if name == "efficient" else different_costs or len(data["rules"]) > 1


@pytest.mark.parametrize("seed", range(20))
def test_shared_payments_leave_the_interim_ones_and_balance_every_profile(seed: int) -> None:
    """Reduction E1: E[t_i given theta_i] = T_i, and the surplus is the same everywhere."""
    rng = random.Random(seed)
    problem = random_problem(rng, budget="balanced")
    data = random_rules(rng, problem)
    slow = table(problem, data)
    for name, kinds in slow.economy.types.items():
        for kind, paid in zip(kinds, data["interim_payments"][name], strict=True):
            assert sum(p * slow.payments[profile][name] for profile, p in slow.economy.beliefs(name, kind).items()) == F(paid)
    if len(problem["agents"]) > 1:
        assert {slow.budget(profile) for profile in slow.economy.profiles} == {slow.revenue()}


def surplus_rule(problem: Json) -> Json:
    """The rule of section 2 that is efficient everywhere, with no payments."""
    cost = [F(c) for c in problem["environment"]["cost"]]
    scores = {}
    for i, agent in enumerate(problem["agents"]):
        less = cost[i] - cost[-1] if problem["environment"]["kind"] == "object" else (cost[1] - cost[0]) * (i == 0)
        scores[agent["name"]] = [str(F(value) - less) for value in agent["values"]]
    zero = {agent["name"]: ["0"] * len(agent["types"]) for agent in problem["agents"]}
    return {"form": "rules", "rules": [{"weight": "1", "scores": scores}], "interim_payments": zero}


@pytest.mark.parametrize("seed", range(15))
def test_scores_that_are_surpluses_are_efficient_and_reach_first_best(seed: int) -> None:
    problem = random_problem(random.Random(seed))
    found = Rules(Problem(problem), surplus_rule(problem))
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
    (lambda m: m["interim_payments"].update(bidder0=["3"]), "list of 2"),
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


def test_rules_need_independent_types_and_one_number_a_type() -> None:
    correlated = known.cremer_mclean()
    mechanism = {"form": "rules", "rules": [], "interim_payments": {}}
    for problem in (correlated, known.divorce()):
        with pytest.raises(FalseClaimError, match="one object or a public good"):
            check_mechanism(problem, mechanism)


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
