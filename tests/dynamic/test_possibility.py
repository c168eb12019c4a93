"""Which properties can be had together where types move."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import Any

import pytest

import mechopt as mo
from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
from mechopt.dynamic.checks import check_property
from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.errors import DesignError, ProgramSizeError, SolverError
from mechopt.pipeline import dynamic_possibility
from mechopt.pipeline.possibility import Possibility, PossibilityMap
from mechopt.rational import RationalArray
from mechopt.report.possibility import map_text
from mechopt.result import Number
from tests.dynamic.environments import dense, random_environment
from tests.dynamic.pricing import proved_bound
from tests.dynamic.test_program import grid

PARTICIPATIONS = ("none", "interim-ir", "periodic-ir")
BUDGETS = ("none", "expected-no-deficit", "expected-balanced")
DENSE = {"interim-ir": "both", "periodic-ir": "no fees"}


def costly(seed: int, *, more: int = 1, per_action: bool = False) -> DynamicEnvironment:
    """Return random types that move, to whom every action costs more than it did: nothing is free."""
    environment = random_environment(seed, sizes=(2, 2), per_action=per_action)
    return replace(environment, agents=tuple(replace(agent, reward=agent.reward - more) for agent in environment.agents))


def rows_of(maps: dict[str, PossibilityMap]) -> list[tuple[PossibilityMap, Possibility]]:
    return [(found, row) for found in maps.values() for row in found.rows]


@pytest.fixture(scope="module")
def maps() -> dict[str, PossibilityMap]:
    found = {f"costly {seed}": costly(seed) for seed in (0, 5, 6, 7)}
    found |= {"moved": costly(11, more=2, per_action=True), "unmoved": costly(1, per_action=True), "kept": grid(4, 1, "1/2")}
    return {name: mo.possibility_map(environment) for name, environment in found.items()}


def test_every_combination_is_there_once(maps: dict[str, PossibilityMap]) -> None:
    for found in maps.values():
        rows = [(row.allocation, row.incentive, row.participation, row.budget) for row in found.rows]
        assert len(rows) == 18
        assert set(rows) == set(product(("efficient", "any"), ("periodic-epic",), PARTICIPATIONS, BUDGETS))


def test_types_that_never_change_are_traded_as_if_once() -> None:
    # Six points a side, docs/model.md: the efficient mechanism lacks 5/216, the second best gains 25/162; at 9/10 a sum counts ten times.
    found = mo.possibility_map(grid(6, 1, "9/10"))
    efficient, best = (found[allocation, "periodic-epic", "interim-ir", "expected-balanced"] for allocation in ("efficient", "any"))
    assert (efficient.answer, efficient.proof.bound) == ("impossible", Number.of(Fraction(-50, 216)))
    assert (best.answer, best.proof.grade, best.welfare) == ("possible", "optimal", Number.of(Fraction(250, 162)))
    assert best.share == Number.of(Fraction(25, 162) / Fraction(35, 216))


@pytest.mark.parametrize("name", ["costly 0", "costly 5", "costly 6", "costly 7"])
def test_answers_are_those_of_programs_with_payments_as_columns(maps: dict[str, PossibilityMap], name: str) -> None:
    found = maps[name]
    problem = dense(found.problem.environment)
    for participation, asked in DENSE.items():
        efficient, best = (found[allocation, "periodic-epic", participation, "expected-no-deficit"] for allocation in ("efficient", "any"))
        assert efficient.answer == ("possible" if problem.surplus(asked) >= 0 else "impossible")
        assert best.answer == ("possible" if problem.largest_surplus(asked) >= 0 else "impossible")
        if best.answer == "possible":
            assert best.welfare.exact == problem.second_best(participation=asked)
        elif best.proof.bound is not None:
            assert best.proof.bound.exact >= problem.largest_surplus(asked)


@pytest.mark.parametrize("seed", [5, 6])
def test_a_fee_is_a_bond_that_makes_staying_free(seed: int) -> None:
    problem = dense(costly(seed))
    assert problem.surplus("joining") == problem.surplus("both") > problem.surplus("no fees")
    assert problem.largest_surplus("joining") == problem.largest_surplus("both") > problem.largest_surplus("no fees")


@pytest.mark.parametrize(("seed", "static"), [(5, "interim-ir"), (5, "ex-post-ir"), (7, "interim-ir"), (7, "ex-post-ir")])
def test_without_a_future_the_answers_are_those_of_types_that_stay(seed: int, static: str) -> None:
    moving = replace(costly(seed), discount=Fraction(0))
    utility = {agent.name: agent.reward.fractions() for agent in moving.agents}
    stays = mo.table(utility, moving.actions, prior={agent.name: agent.initial for agent in moving.agents})
    asked: dict[str, Any] = {"incentive": "dsic", "participation": static, "budget": "expected-no-deficit"}
    found = mo.possibility_map(moving)
    participation = "periodic-ir" if static == "ex-post-ir" else static
    assert found["efficient", "periodic-epic", participation, "expected-no-deficit"].answer == mo.certify(stays, **asked).answer
    assert found["any", "periodic-epic", participation, "expected-no-deficit"].welfare == mo.solve(stays, **asked).value


def test_mechanisms_have_what_is_asked_and_welfare_is_theirs(maps: dict[str, PossibilityMap]) -> None:
    for found, row in rows_of(maps):
        assert (row.mechanism is not None) is (row.answer == "possible")
        if row.mechanism is not None:
            asked = {row.incentive, row.participation, row.budget, row.allocation} - {"none", "any"}
            assert all(check_property(row.mechanism, name).margin >= 0 for name in asked)
            assert row.participation != "periodic-ir" or max(row.mechanism.fees) <= 0
            assert row.welfare.exact == row.mechanism.welfare()
            assert row.allocation == "any" or row.welfare == found.first_best


def test_prices_prove_what_is_impossible_and_what_is_best(maps: dict[str, PossibilityMap]) -> None:
    seen = set()
    for found, row in ((found, row) for found, row in rows_of(maps) if row.certificate is not None):
        environment, prices = found.problem.environment, row.certificate.to_dict()
        names = {agent.name: list(agent.types) for agent in environment.agents}
        bound = proved_bound(dense(environment), names, prices, fees=row.participation != "periodic-ir")
        seen.add((prices["objective"], row.participation))
        assert bound == row.proof.bound.exact == Fraction(prices["bound"])
        assert bound < 0 if row.answer == "impossible" else bound - row.welfare.exact == row.proof.gap
    assert seen >= set(product(("surplus", "feasibility", "welfare"), ("interim-ir", "periodic-ir")))


def test_asking_for_more_never_helps(maps: dict[str, PossibilityMap]) -> None:
    for found in maps.values():
        for weak, strong in product(found.rows, found.rows):
            more = [scale.index(getattr(weak, key)) <= scale.index(getattr(strong, key)) for key, scale in SCALES.items()]
            if all(more):
                assert (weak.answer, strong.answer) not in {("impossible", "possible"), ("impossible", "undecided"), ("undecided", "possible")}
                if weak.welfare is not None and strong.welfare is not None and weak.proof.grade == "optimal":
                    assert weak.welfare.exact >= strong.welfare.exact


SCALES = {"allocation": ("any", "efficient"), "participation": PARTICIPATIONS, "budget": BUDGETS}


def test_without_participation_or_a_budget_efficiency_is_always_possible(maps: dict[str, PossibilityMap]) -> None:
    for row in (row for _, row in rows_of(maps) if "none" in (row.participation, row.budget)):
        assert row.answer == "possible"


def test_where_actions_move_types_the_best_of_doing_one_thing_is_shown_as_that() -> None:
    # Two types a side that trade inefficiently (Matsuo 1989); never to trade needs no money, always to trade does.
    still = repeated_trade([0, "7/2"], [1, 4], lazily_redrawn(1, 2), "1/2")
    agents = tuple(replace(agent, transition=RationalArray.of([agent.transition[0].fractions()] * 2)) for agent in still.agents)
    found = mo.possibility_map(replace(still, agents=agents))
    row = found["any", "periodic-epic", "periodic-ir", "expected-balanced"]
    assert (row.answer, row.proof.grade, row.certificate, row.welfare.exact) == ("possible", "feasible", None, 0)
    assert "at least 0 (0 %, 0 %)" in map_text(found, width=200)
    assert mo.possibility_map(still)["any", "periodic-epic", "periodic-ir", "expected-balanced"].welfare.exact > 0


def test_where_doing_one_thing_does_not_finance_itself_either_it_is_undecided(maps: dict[str, PossibilityMap]) -> None:
    row = maps["unmoved"]["any", "periodic-epic", "interim-ir", "expected-balanced"]
    assert (row.answer, row.proof.grade, row.mechanism) == ("undecided", "none", None)
    assert "no linear program where actions move types" in row.reason
    assert f"undecided: {row.reason}" in " ".join(map_text(maps["unmoved"]).split())


def test_json_has_every_row_with_its_proof(maps: dict[str, PossibilityMap]) -> None:
    data = json.loads(json.dumps(maps["costly 5"].to_dict()))
    row = data["rows"][-1]
    assert (row["allocation"], row["participation"], row["answer"], row["proof"]["grade"]) == ("any", "periodic-ir", "impossible", "infeasible")
    assert row["certificate"]["objective"] == "feasibility"


def test_the_table_says_what_fees_are_for(maps: dict[str, PossibilityMap]) -> None:
    text = " ".join(map_text(maps["costly 5"], width=200).split())
    assert "any budget no expected deficit balanced in expectation" in text
    assert "periodic-epic periodic-ir efficient no mechanism no mechanism" in text
    assert "nobody pays a fee, and nobody wants to leave at any profile" in text
    assert "discount factor" in text
    assert maps["kept"].to_latex().splitlines()[2] == r"incentive & participation & any budget & no expected deficit & balanced in expectation \\"


def test_what_the_solver_cannot_answer_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise SolverError("out of time")

    monkeypatch.setattr(dynamic_possibility, "largest_surplus", stopped)
    monkeypatch.setattr(dynamic_possibility, "second_best", stopped)
    found = mo.possibility_map(grid(4, 1, "1/2"))
    assert {row.answer for row in found.rows} == {"possible", "undecided"}
    assert "undecided: out of time" in map_text(found)


def test_designs_cannot_be_chosen_and_too_many_profiles_are_refused() -> None:
    with pytest.raises(DesignError, match=r"budget cannot be chosen where environment\.kind is"):
        mo.possibility_map(grid(3, 0, 0), budget="none")
    with pytest.raises(ProgramSizeError, match="441 profiles are too many"):
        mo.possibility_map(repeated_trade(range(21), range(21), lazily_redrawn("1/2", 21), "3/5"))
