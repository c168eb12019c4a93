"""Reduction E4: identical agents are found, and the representatives' program has exactly the optimum of everybody's."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import permutations, product
from random import Random
from typing import Any

import numpy as np
import pytest

import mechopt as mo
from mechopt.design.design import Constraint, Design, Term
from mechopt.environment.environment import Environment
from mechopt.environment.grids import Grid
from mechopt.exact.checker.claims import check_result
from mechopt.pipeline.questions import certify, problem_of, solve
from mechopt.program.assemble import Question, assemble
from mechopt.program.identical import identical_agents
from mechopt.program.orbits import collapsed
from mechopt.program.reductions import plan
from mechopt.rational import RationalArray
from mechopt.result import Result

pytestmark = pytest.mark.filterwarnings("ignore::mechopt.errors.MechoptWarning")
GRID = mo.uniform(0, 1, 3)
AUCTION = mo.single_item_auction([GRID] * 3)
MARKET = mo.object_environment({"seller": GRID, "buyer 1": GRID, "buyer 2": GRID}, {"seller": 1})


def numbers(random: Random, size: int, most: int = 5) -> list[Fraction]:
    return [Fraction(random.randint(0, most), random.choice((1, 1, 2, 3))) for _ in range(size)]


def chances(random: Random, size: int) -> list[Fraction]:
    weights = [random.randint(0, 3) for _ in range(size)]
    weights[random.randrange(size)] += 1
    return [Fraction(weight, sum(weights)) for weight in weights]


def symmetric_joint(random: Random, n_agents: int, n_types: int) -> Any:
    """Exchangeable types: weights that depend on the multiset alone."""
    weights = np.zeros((n_types,) * n_agents, dtype=object)
    drawn: dict[tuple[int, ...], int] = {}
    for profile in product(range(n_types), repeat=n_agents):
        weights[profile] = drawn.setdefault(tuple(sorted(profile)), random.randint(0 if random.random() < 0.2 else 1, 3))
    weights[(0,) * n_agents] += 1
    total = sum(weights.reshape(-1).tolist())
    return np.vectorize(lambda weight: Fraction(weight, total), otypes=[object])(weights)


def symmetric_environment(random: Random, kind: str) -> Environment:
    """Two or three identical agents, sometimes with another beside them."""
    n, m = random.choice(((2, 2), (2, 3), (3, 2)))
    names = [f"copy {k}" for k in range(n)]
    joint = symmetric_joint(random, n, m) if random.random() < 0.3 else None
    other = joint is None and n == 2 and random.random() < 0.5
    prior, values, outside = chances(random, m), numbers(random, m), numbers(random, m, 1)
    if kind in ("object", "public-good"):
        grids = dict.fromkeys(names, Grid(tuple(values), tuple(prior)))
        if other:
            grids["other"] = Grid(tuple(numbers(random, 2)), tuple(chances(random, 2)))
        if kind == "public-good":
            return mo.public_good(grids, random.randint(0, 4), outside=random.choice((0, "1/3")))
        cost = [random.choice((0, "1/2"))] * n + [0] * (len(grids) - n + 1)
        shares = dict.fromkeys(names, Fraction(random.randint(0, 2), 2 * n)) | ({"other": 1} if other and random.random() < 0.5 else {})
        return mo.object_environment(grids, shares, cost, joint=joint)
    if kind == "interdependent":
        return common_values(random, n, m, joint)
    return permuted_table(random, n, m, joint, prior, outside)


def permuted_table(random: Random, n: int, m: int, joint: Any, prior: list[Fraction], outside: list[Fraction]) -> Environment:
    """Every outcome is an arrangement of n consequences, one for each agent, in an order that says nothing."""
    consequences = [numbers(random, m) for _ in range(n)]
    outcomes = list(permutations(range(n)))
    random.shuffle(outcomes)
    utility = {f"copy {i}": [[consequences[arrangement[i]][a] for arrangement in outcomes] for a in range(m)] for i in range(n)}
    priors = None if joint is not None else dict.fromkeys(utility, prior)
    return mo.table(utility, [str(x) for x in outcomes], prior=priors, outside=dict.fromkeys(utility, outside), joint=joint)


def common_values(random: Random, n: int, m: int, joint: Any) -> Environment:
    """The winner's value depends on her own signal and on the sum of the others'."""
    own, weight = numbers(random, m), random.choice((Fraction(1, 2), Fraction(1)))

    def worth(i: int, profile: tuple[int, ...]) -> Fraction:
        return own[profile[i]] + weight * sum((own[a] for k, a in enumerate(profile) if k != i), Fraction(0))

    def nest(i: int, profile: tuple[int, ...]) -> Any:
        if len(profile) < n:
            return [nest(i, (*profile, a)) for a in range(m)]
        return [worth(i, profile) if x == i else Fraction(0) for x in range(n + 1)]

    utility = {f"copy {i}": nest(i, ()) for i in range(n)}
    prior = None if joint is not None else dict.fromkeys(utility, [Fraction(1, m)] * m)
    return mo.interdependent(utility, [*utility, "nobody"], prior=prior, joint=joint)


def random_design(random: Random, environment: Environment) -> dict[str, Any]:
    incentives = ("bic", "dsic", "none") if environment.private_values else ("bic", "epic")
    design: dict[str, Any] = {
        "objective": random.choice(("welfare", "revenue", "payoff", "weighted", "epsilon")),
        "incentive": random.choice(incentives),
        "participation": random.choice(("interim-ir", "ex-post-ir", "ex-ante-ir")),
        "budget": random.choice(("balanced", "no-deficit", "expected-balanced", "expected-no-deficit", "none")),
        "allocation": random.choice(("any", "any", "efficient")),
    }
    copies = [agent.name for agent in environment.agents if agent.name.startswith("copy")]
    if design["objective"] == "weighted":
        design["weights"] = dict.fromkeys(copies, numbers(random, environment.n_types[0]))
    if design["objective"] == "epsilon":
        design["incentive"] = incentives[0]
    if random.random() < 0.2:
        design["payment_cap"] = dict.fromkeys(copies, Fraction(2))
    return design


def outcome(result: Result) -> tuple[Any, ...]:
    if result.question == "certify":
        return result.answer, result.budget_surplus and result.budget_surplus.exact
    assert result.status != "optimal" or result.proof.gap == 0
    return result.status, result.value.exact if result.status == "optimal" and result.value else None


def applied(result: Result) -> bool:
    return any(entry["name"] == "E4" and entry["applied"] for entry in result.statistics["reductions"])


@pytest.mark.parametrize("kind", ["object", "public-good", "table", "interdependent"])
def test_representatives_have_exactly_everybodys_optimum(kind: str) -> None:
    random = Random(kind)
    used = 0
    for _ in range(8):
        environment = symmetric_environment(random, kind)
        design = random_design(random, environment)
        ask = random.choice((solve, solve, certify))
        reduced, full = ask(environment, **design), ask(environment, reductions=(), **design)
        assert outcome(reduced) == outcome(full), (kind, design)
        assert check_result(reduced.to_dict())
        used += applied(reduced)
    assert used >= 6


@pytest.mark.parametrize("objective", ["welfare", "revenue", "worst-case", "epsilon", "surplus", "subsidy", "feasibility"])
@pytest.mark.parametrize("incentive", ["bic", "dsic"])
def test_no_row_and_no_entry_changes_when_identical_agents_change_places(objective: str, incentive: str) -> None:
    """The condition of the reduction, checked on the assembled rows: entries between two orbits add up alike in each of their rows."""
    design = Design(incentive=incentive, participation="ex-post-ir", payment_floor={"buyer 1": Fraction(-1), "buyer 2": Fraction(-1)})
    assembled = assemble(MARKET, design, Question(objective, objective == "surplus"))
    found, whole = collapsed(assembled), assembled.program
    assert found.program.n_rows < whole.n_rows
    sums: dict[tuple[int, int], int] = {}
    for row, column, value in zip(whole.entry_rows.tolist(), whole.entry_columns.tolist(), whole.entry_values.tolist(), strict=True):
        key = row, int(found.columns[column])
        sums[key] = sums.get(key, 0) + value
    by_row: dict[int, dict[int, int]] = {row: {} for row in range(whole.n_rows)}
    for (row, orbit), total in sums.items():
        if total:
            by_row[row][orbit] = total
    first: dict[int, int] = {}
    for row in range(whole.n_rows):
        twin = first.setdefault(int(found.rows[row]), row)
        assert by_row[row] == by_row[twin]
        assert (whole.row_lower[row], whole.row_denominators[row]) == (whole.row_lower[twin], whole.row_denominators[twin])


def test_columns_are_counted_by_multisets() -> None:
    """n identical bidders, m types, ex post: per multiset one column per type in it and one for nobody; a payment per type and others."""
    n, m = 4, 3
    auction = assemble(mo.single_item_auction([mo.uniform(0, 1, m)] * n), Design(incentive="dsic", budget="none"))
    multisets = math.comb(n + m - 1, n)
    holders = m * math.comb(n + m - 2, n - 1)
    assert collapsed(auction).program.n_columns == multisets + holders + holders


def test_six_bidders_in_dominant_strategies_reach_myersons_revenue() -> None:
    """Values 1 and 2 with odds 1/2: virtual values 0 and 2, so the revenue is 2 (1 - 2^-6) (Myerson 1981)."""
    best = solve(mo.single_item_auction([mo.two_types(1, 2)] * 6), objective="revenue", incentive="dsic", participation="ex-post-ir", budget="none")
    assert best.value is not None
    assert best.value.exact == 2 * (1 - Fraction(1, 2**6))
    assert best.statistics["columns"] < 40


def test_representatives_share_what_their_prices_prove() -> None:
    best = solve(MARKET, incentive="dsic", participation="ex-post-ir")
    prices = best.to_dict()["certificate"]["participation"]
    assert applied(best)
    assert {other: prices["buyer 1"][other] for other in prices["buyer 1"]}.keys() == prices["buyer 2"].keys()
    assert check_result(best.to_dict())


REFUSED = [
    (AUCTION, {"allocation": "deterministic"}, "averaging over permutations makes lotteries"),
    (AUCTION, {"objective": "weighted", "weights": {"bidder 1": 2, "bidder 2": 3, "bidder 3": 4}}, "the design tells agents apart"),
    (mo.bilateral_trade(GRID, GRID), {}, "no two agents are identical"),
    (mo.object_environment({"a": GRID, "b": GRID}, cost=[0, 1, 0]), {}, "no two agents are identical"),
    (mo.object_environment({"a": GRID, "b": mo.uniform(0, 2, 3)}), {}, "no two agents are identical"),
    (
        mo.object_environment({"a": mo.two_types(1, 2), "b": mo.two_types(1, 2)}, joint=[[0, "1/2"], [0, "1/2"]]),
        {},
        "no two agents are identical",
    ),
    (mo.table({"a": [[0, 1], [0, 2]], "b": [[0, 1], [0, 3]]}, ["x", "y"]), {}, "no two agents are identical"),
    (mo.table({"a": [[0, 1], [0, 2]], "b": [[1, 0], [2, 0]]}, ["x", "y"], cost=[0, 1]), {}, "no two agents are identical"),
]


@pytest.mark.parametrize(("environment", "design", "reason"), REFUSED)
def test_agents_that_something_tells_apart_are_not_put_together(environment: Environment, design: dict[str, Any], reason: str) -> None:
    problem = problem_of(environment, design)
    chosen = plan(problem.environment, problem.design)
    assert not chosen.applies("E4")
    assert [entry.reason for entry in chosen.reductions if entry.name == "E4"] == [reason]


def test_a_constraint_keeps_together_the_agents_it_treats_alike() -> None:
    def rule(*holders: str) -> Design:
        return Design(constraints=(Constraint("quota", tuple(Term(outcome=name) for name in holders), "<=", Fraction(1, 2)),))

    assert identical_agents(AUCTION, rule("bidder 1")) == ((1, 2),)
    assert identical_agents(AUCTION, rule("bidder 1", "bidder 2")) == ((0, 1),)
    assert identical_agents(AUCTION, rule("nobody")) == ((0, 1, 2),)
    when = Term(payment="bidder 1", when={"bidder 2": AUCTION.agents[1].types[0]})
    assert identical_agents(AUCTION, Design(constraints=(Constraint("fee", (when,), ">=", Fraction(0)),))) == ()


def test_outcomes_are_renamed_where_identical_agents_call_them_differently() -> None:
    swapped = mo.table({"a": [[0, 1, 5], [0, 2, 5]], "b": [[1, 0, 5], [2, 0, 5]]}, ["x", "y", "z"])
    assert identical_agents(swapped, Design()) == ((0, 1),)


def test_outside_options_over_profiles_must_be_exchanged_too() -> None:
    def environment(last: int) -> Environment:
        values = {"a": [[[1, 0], [2, 0]], [[2, 0], [3, 0]]], "b": [[[1, 0], [2, 0]], [[2, 0], [3, 0]]]}
        return mo.interdependent(values, ["x", "y"], outside={"a": [[0, 1], [2, 3]], "b": [[0, 2], [last, 3]]})

    assert identical_agents(environment(1), Design()) == ((0, 1),)
    assert identical_agents(environment(0), Design()) == ()


def test_prices_of_representatives_are_divided_among_their_rows() -> None:
    found = collapsed(assemble(AUCTION, Design()))
    ones = RationalArray.full((found.program.n_rows,), 1)
    shared = RationalArray(*found.prices(ones.numerators, 1))
    assert shared.sum().item() == found.program.n_rows
