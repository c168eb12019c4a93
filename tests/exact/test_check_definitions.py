"""The trusted checker against the definitions evaluated one by one."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from mechopt.exact.checker.claims import FalseClaimError, check_certificate, properties
from mechopt.exact.checker.forms import Problem
from mechopt.exact.checker.mechanism import Mechanism
from tests.exact.checking.definitions import Definitions
from tests.exact.checking.drawn import added_up, fractions_summing_to_one, money_in, nest, random_certificate, random_problem, rational
from tests.exact.checking.economies import economy, person

F = Fraction


@pytest.mark.parametrize("seed", range(36))
def test_a_bound_is_the_maximum_of_the_objective_plus_prices_times_requirements(seed: int) -> None:
    rng = random.Random(seed)
    problem = random_problem(rng)
    data = random_certificate(rng, problem)
    bound, money = Definitions(problem).bound(data)
    assert added_up(problem, data) == added_up(problem, data, enumerate_all=True) == bound
    assert money_in(problem, data) == money
    if not any(any(row) for row in money.values()):
        assert check_certificate(problem, data | {"bound": str(bound)}, efficient_allowed=False) == bound
        return
    with pytest.raises(FalseClaimError, match="money does not cancel"):
        check_certificate(problem, data, efficient_allowed=False)


@pytest.mark.parametrize("seed", range(20))
def test_incentive_prices_that_cancel_prove_their_bound_and_no_other(seed: int) -> None:
    rng = random.Random(seed)
    problem = random_problem(rng, objective="welfare", incentive="bic", payment_floor=None, payment_cap=None, constraints=[])
    problem.pop("prior", None)
    for agent in problem["agents"]:
        agent["prior"] = [str(f) for f in fractions_summing_to_one(rng, len(agent["types"]))]
    certificate = random_certificate(rng, problem, money=False)
    bound, money = Definitions(problem).bound(certificate)
    assert not any(any(row) for row in money.values())
    assert check_certificate(problem, {**certificate, "bound": str(bound)}, efficient_allowed=False) == bound
    with pytest.raises(FalseClaimError, match=r"certificate\.bound"):
        check_certificate(problem, {**certificate, "bound": str(bound - F(1, 10**30))}, efficient_allowed=False)


@pytest.mark.parametrize("kind", ["object", "public-good"])
@pytest.mark.parametrize("seed", range(30))
def test_sorting_and_convolution_agree_with_enumeration(kind: str, seed: int) -> None:
    rng = random.Random(seed)
    n = rng.randint(1, 4)
    agents = []
    for i in range(n):
        m = rng.randint(1, 4)
        prior = [F(1)] + [F(0)] * (m - 1) if rng.random() < 0.3 else fractions_summing_to_one(rng, m)
        values = [rng.choice([0, 1, 1, 2]) for _ in range(m)] if rng.random() < 0.6 else nest(rng, m)  # with ties, and without
        agents.append(person(f"agent{i}", prior, values=values, outside=nest(rng, m)))
    cost = [rng.choice([0, 1]) for _ in range(n + 1 if kind == "object" else 2)]
    problem = economy(kind, agents, cost, objective=rng.choice(["welfare", "revenue"]), budget="expected-balanced")
    problem["design"]["allocation"] = rng.choice(["any", "efficient"])
    data = random_certificate(rng, problem, local=False)
    fast, slow = (added_up(problem, data, enumerate_all=flag) for flag in (False, True))
    assert fast == slow


@pytest.mark.parametrize("seed", range(25))
def test_margins_and_objectives_are_those_of_the_definitions(seed: int) -> None:
    rng = random.Random(seed)
    problem = random_problem(rng)
    definitions = Definitions(problem)
    phi = {theta: fractions_summing_to_one(rng, len(definitions.outcomes)) for theta in definitions.profiles}
    t = {theta: [rational(rng) for _ in definitions.agents] for theta in definitions.profiles}
    mechanism = {
        "form": "table",
        "allocation": [[str(q) for q in phi[theta]] for theta in definitions.profiles],
        "payments": [[str(q) for q in t[theta]] for theta in definitions.profiles],
    }
    assert properties(problem, mechanism) == definitions.margins(phi, t)
    found = Mechanism(Problem(problem), mechanism)
    for objective in ("welfare", "gains", "revenue", "payoff", "weighted"):
        assert found.value(objective) == definitions.objective(objective, phi, t)
    slack = definitions.left_side(problem["design"]["constraints"][0], phi, t) - F(1, 2)
    assert found.evaluate(found.problem.form("constraints", [0])) == slack
