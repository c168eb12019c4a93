"""Column generation over rules of outcomes: the same optimum as the full program, exact mechanisms, bounds that hold."""

from __future__ import annotations

import json
import random
from copy import deepcopy
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mechopt as mo
from mechopt.design.design import Design, design_with
from mechopt.environment.environment import Environment
from mechopt.errors import DesignError
from mechopt.exact.checker.claims import FalseClaimError, check_result
from mechopt.exact.lagrangian import lagrangian
from mechopt.mechanism.rules import RulesMechanism
from mechopt.pipeline.admissible import is_admissible
from mechopt.pipeline.methods import choose
from mechopt.pipeline.outcome_lottery import OutcomeLottery, exact_outcome_lottery
from mechopt.program.frame import Question
from mechopt.program.interim import interim_obstacle
from mechopt.program.outcomes import OutcomeOracle, OutcomeProgram, outcome_program, separating
from mechopt.rational import stack
from tests.oracles import checker

CLOSE = Fraction(1, 10**8)


def drawn_environment(rng: random.Random) -> Environment:
    """Utilities with ties, equal types, types without probability; options of any sort; outcomes that cost."""
    n, m = rng.choice([1, 2, 2, 3]), rng.randint(1, 4)
    types = {f"agent {k}": rng.randint(1, 4) for k in range(n)}
    utility = {name: [[rng.randint(0, 4) for _ in range(m)] for _ in range(k)] for name, k in types.items()}
    for rows in utility.values():
        if len(rows) > 2 and rng.random() < 0.5:
            rows[1] = list(rows[0])
    prior = {}
    for name, k in types.items():
        weights = [rng.randint(0, 3) for _ in range(k - 1)] + [1]
        prior[name] = [Fraction(weight, sum(weights)) for weight in weights]
    outside = {name: rng.choice([0, 0, {"outcome": "x0"}, [rng.randint(0, 3) for _ in range(k)]]) for name, k in types.items()}
    cost = None if rng.random() < 0.5 else [rng.randint(0, 3) for _ in range(m)]
    return mo.table(utility, [f"x{k}" for k in range(m)], prior=prior, outside=outside, cost=cost)


def drawn_problem(seed: int) -> tuple[Environment, dict[str, Any]]:
    rng = random.Random(seed)
    environment = drawn_environment(rng)
    design: dict[str, Any] = {
        "objective": rng.choice(["welfare", "gains", "revenue", "payoff", "weighted"]),
        "participation": rng.choice(["interim-ir", "interim-ir", "ex-ante-ir", "none"]),
        "budget": rng.choice(["expected-no-deficit", "expected-balanced", "balanced", "no-deficit", "none"]),
        "incentive": rng.choice(["bic", "bic", "bic", "none"]),
        "allocation": rng.choice(["any", "any", "any", "efficient"]),
    }
    if design["objective"] == "weighted":
        design["weights"] = {agent.name: [rng.randint(0, 2) for _ in agent.types] for agent in environment.agents}
    return environment, design


@pytest.mark.parametrize("seed", range(50))
def test_columns_of_outcomes_reach_the_full_program(seed: int) -> None:
    environment, design = drawn_problem(seed)
    wanted = design_with(Design(), design, environment)
    if interim_obstacle(environment, wanted, Question(wanted.objective, wanted.allocation == "efficient")) is not None:
        with pytest.raises(DesignError, match="does not apply"):
            mo.solve(environment, method="columns", **design)
        return
    full, found = mo.solve(environment, method="full", **design), mo.solve(environment, method="columns", **design)
    assert found.status == full.status
    proof = lagrangian(found.certificate)  # from the profiles, not by blocks
    assert proof.valid
    assert proof.bound() == found.certificate.bound == found.proof.bound.exact
    if full.status == "infeasible":
        assert proof.bound() < 0
        return
    assert isinstance(found.mechanism, RulesMechanism)
    assert is_admissible(found.mechanism, wanted)
    assert found.value.exact == found.mechanism.value(wanted) <= full.value.exact <= proof.bound() <= found.value.exact + CLOSE


@pytest.mark.parametrize("seed", [0, 3, 44, 71])
def test_results_of_columns_are_verified_by_both_checkers_and_changed_ones_by_neither(seed: int, tmp_path: Path) -> None:
    environment, design = drawn_problem(seed)
    path = tmp_path / "result.json"
    mo.solve(environment, method="columns", **design).save(path)
    true = json.loads(path.read_text())
    assert check_result(true)
    checker.verify(true)
    for change in (_another_bound, _another_payment, _another_weight):
        data = deepcopy(true)
        if change(data):
            with pytest.raises(FalseClaimError):
                check_result(data)
            with pytest.raises(AssertionError):
                checker.verify(data)


def _another_bound(data: dict[str, Any]) -> bool:
    data["certificate"]["bound"] = str(Fraction(data["certificate"]["bound"]) - 1)
    return True


def _another_payment(data: dict[str, Any]) -> bool:
    if data["mechanism"] is None:
        return False
    row = next(iter(data["mechanism"]["interim_payments"].values()))
    row[0] = str(Fraction(row[0]) + Fraction(1, 10**9))
    return True


def _another_weight(data: dict[str, Any]) -> bool:
    for rule in (data["mechanism"] or {"rules": []})["rules"][:1]:
        rule["weight"] = str(Fraction(rule["weight"]) / 2)
    return data["mechanism"] is not None


def test_revenue_of_two_units_is_the_sum_of_the_highest_virtual_values() -> None:
    """Three bidders, values 1 or 2 with equal chances: virtual values 0 and 2, so two units earn 2 E min(number of high values, 2)."""
    auction = mo.multi_unit_auction({f"bidder {i}": mo.two_types(1, 2) for i in range(3)}, 2)
    found = mo.solve(auction, objective="revenue", budget="none", method="columns")
    assert found.value.exact == found.proof.bound.exact == 2 * (Fraction(3, 8) * 1 + Fraction(4, 8) * 2)
    assert found.proof.grade == "optimal"


def test_many_types_get_their_incentives_as_they_are_violated() -> None:
    """Two outcomes and twenty types a side are bilateral trade, whose program compares neighbours only."""
    values = [Fraction(2 * k + 1, 40) for k in range(20)]
    trade = mo.table({"seller": [[0, -v] for v in values], "buyer": [[0, v] for v in values]}, ["keep", "trade"])
    columns, program = mo.solve(trade, method="columns"), mo.solve(trade, method="interim")
    assert columns.value.exact <= program.proof.bound.exact
    assert program.value.exact <= columns.proof.bound.exact <= columns.value.exact + CLOSE
    assert columns.statistics["rows"] < 2 * 20 * 19


def test_large_tables_are_answered_by_columns_and_say_why() -> None:
    rows = [[0, Fraction(k, 10), Fraction(k * k % 7, 10)] for k in range(11)]
    environment = mo.table({f"agent {i}": rows[i:] for i in range(5)}, ["none", "a", "b"])
    choice = choose(environment, Design(), Question("welfare"), "auto", None)
    assert (choice.method, choice.reason) == ("columns", "more than 60,000 outcomes at profiles: rules by scores go through them in blocks")


def test_tables_that_nobody_could_verify_are_refused() -> None:
    environment = mo.table({f"agent {i}": [[0, k] for k in range(20)] for i in range(5)}, ["none", "all"])
    with pytest.raises(DesignError, match=r'"columns" does not apply: 22,400,000 numbers over profiles are more than the 10,000,000'):
        mo.solve(environment, method="columns")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"incentive": "dsic"}, "at every profile"),
        ({"payment_cap": 1}, "restricted profile by profile"),
        ({"objective": "weighted", "incentive": "none", "participation": "ex-ante-ir"}, "give to each other"),
    ],
)
def test_designs_that_need_profiles_are_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(DesignError, match=reason):
        mo.solve(mo.table({"a": [[0, 1], [1, 0]], "b": [[0, 1]]}, ["x", "y"]), method="columns", **changes)


def test_correlated_types_are_refused() -> None:
    correlated = mo.table({"a": [[0], [1]], "b": [[0], [1]]}, ["x"], joint=[["1/2", 0], [0, "1/2"]])
    with pytest.raises(DesignError, match="independent types"):
        mo.solve(correlated, method="columns")


def drawn_program(seed: int) -> OutcomeProgram:
    return outcome_program(drawn_environment(random.Random(seed)), Design(), Question("welfare"))


@pytest.mark.parametrize("seed", range(8))
def test_every_lie_that_could_matter_costs_in_the_separating_mechanism(seed: int) -> None:
    """Twice round any two types: what both lies together gain is negative unless utilities differ by a constant."""
    program = drawn_program(seed)
    assert sum(weight for _, weight in separating(program)) == 1
    for i, agent in enumerate(program.agents):
        table = stack([rule.interim[i] * weight for rule, weight in separating(program)]).sum(axis=0)
        u, p = np.array(agent.utility.fractions()), np.array(table.fractions())
        assert all(sum(row) == 1 and min(row) >= 0 for row in p)
        for a in range(len(u)):
            for b in range(len(u)):
                gain = ((u[a] - u[b]) * (p[b] - p[a])).sum()
                apart = u[a] - u[b]
                assert gain < 0 if any(apart != apart[0]) else gain == 0


def test_a_rule_that_rewards_lies_is_mixed_until_payments_exist() -> None:
    """The type who dislikes x gets it, the type who likes it does not: no payments help, unless almost only the separating lottery is left."""
    program = outcome_program(mo.table({"a": [[0, 1], [1, 0]]}, ["x", "y"]), Design(budget="none"), Question("welfare"))
    wrong = np.array([[1, 0], [0, 1]])
    assert exact_outcome_lottery(program, [wrong], np.ones(1)) is None
    right = OutcomeOracle(program).scores(OutcomeOracle(program).surplus)
    mixed = exact_outcome_lottery(program, [right, wrong], np.array([0.5 - 2.0**-30, 0.5 + 2.0**-30]))
    assert mixed is not None
    share = sum(mixed.weights[2:])
    assert 0 < share < 2.0**-20
    assert mixed.can_be_paid
    assert not OutcomeLottery(program, mixed.rules[:2], [weight / (1 - share) for weight in mixed.weights[:2]]).can_be_paid
