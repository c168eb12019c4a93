"""Where no mechanism keeps everybody: prices that prove it, and lies about them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import mechopt as mo
from mechopt.dynamic.environment import DynamicAgent, DynamicEnvironment
from mechopt.errors import SolverError
from mechopt.exact.checker.claims import FalseClaimError, check_result
from mechopt.pipeline import dynamic_programs
from mechopt.rational import RationalArray
from mechopt.report.dynamic import dynamic_explain, dynamic_headline
from tests.dynamic.environments import dense, random_environment
from tests.dynamic.test_check import changed_at, leaves
from tests.dynamic.test_program import grid


def work(loss: int = -2) -> DynamicEnvironment:
    """Return an environment in which all there is to do brings Ann a loss, and Bob 1."""
    stay = RationalArray.of([[[1]]])
    ann = DynamicAgent("Ann", ("one",), RationalArray.of([[loss]]), (Fraction(1),), stay)
    bob = DynamicAgent("Bob", ("one",), RationalArray.of([[1]]), (Fraction(1),), stay)
    return DynamicEnvironment((ann, bob), ("work",), Fraction(1, 2))


def burdened(seed: int) -> DynamicEnvironment:
    """Return random types that move, to whom every action costs 4 more: too much."""
    environment = random_environment(seed, sizes=(2, 2))
    return replace(environment, agents=tuple(replace(agent, reward=agent.reward - 4) for agent in environment.agents))


def saved(environment: DynamicEnvironment) -> dict[str, Any]:
    return json.loads(json.dumps(mo.solve(environment).to_dict()))


@pytest.fixture(scope="module")
def result() -> dict[str, Any]:
    return saved(burdened(0))


@pytest.mark.parametrize(("loss", "missing"), [(-2, 2), (-3, 4)])
def test_what_is_missing_is_the_discounted_loss_of_everybody(loss: int, missing: int) -> None:
    # Nobody has anything to hide, so that all but the loss can be shared: (loss + 1) (1 + 1/2 + 1/4 + ...).
    found = mo.solve(work(loss))
    assert (found.status, found.proof.grade, found.value, found.mechanism) == ("infeasible", "infeasible", None, None)
    assert found.proof.bound.exact == mo.certify(work(loss)).budget_surplus.exact == -missing


def test_a_loss_that_a_gain_makes_good_is_feasible() -> None:
    assert mo.solve(work(-1)).value.exact == 0


@pytest.mark.parametrize("seed", [0, 3])
def test_the_bound_is_the_largest_surplus_of_a_program_with_payments_as_columns(seed: int) -> None:
    environment = burdened(seed)
    assert mo.solve(environment).proof.bound.exact == dense(environment).largest_surplus() < 0


def test_what_is_saved_is_verified_read_back_and_said(result: dict[str, Any], tmp_path: Path) -> None:
    assert check_result(result)[-2:] == ["status: infeasible", f"proof: infeasible, bound {result['proof']['bound']['exact']}, gap None"]
    mo.solve(burdened(0)).save(tmp_path / "result.json")
    again = mo.load_result(tmp_path / "result.json")
    assert again.status == "infeasible"
    assert "an expected subsidy of at least" in dynamic_headline(again)
    assert any("No stationary mechanism has a surplus above" in line for line in dynamic_explain(again))


def test_the_comparison_has_no_second_best_where_there_is_none() -> None:
    assert [row.mechanism for row in mo.compare(work()).rows if row.mechanism in ("first-best", "optimum")] == ["first-best"]


def test_prices_of_another_scale_prove_as_much(result: dict[str, Any]) -> None:
    bent = copy.deepcopy(result)
    prices = bent["certificate"]
    prices["incentive"] = {name: [[*entry[:2], _twice(entry[2])] for entry in entries] for name, entries in prices["incentive"].items()}
    prices["joining"] = {name: {a: _twice(price) for a, price in entries.items()} for name, entries in prices["joining"].items()}
    prices["budget"], prices["bound"] = _twice(prices["budget"]), _twice(prices["bound"])
    bent["proof"]["bound"] = {"float": float(Fraction(prices["bound"])), "exact": prices["bound"]}
    assert check_result(bent)


def _twice(price: str) -> str:
    return str(2 * Fraction(price))


def _welfare(result: dict[str, Any]) -> None:
    result["certificate"]["objective"] = "welfare"


def _more(path: tuple[Any, ...]) -> Callable[[dict[str, Any]], None]:
    def change(result: dict[str, Any]) -> None:
        place: Any = result["certificate"]
        for part in path[:-1]:
            place = place[part]
        place[path[-1]] = str(Fraction(place[path[-1]]) + 1)

    return change


@pytest.mark.parametrize(
    ("lie", "why"),
    [
        (_welfare, r"certificate\.bound"),
        (_more(("bound",)), r"certificate\.bound"),
        (_more(("budget",)), "fees do not cancel"),
        (_more(("joining", "agent 0", "type 0")), "fees do not cancel"),
        (_more(("visits", 0)), "not the expected discounted number of visits"),
        (lambda result: result.update(certificate=None), "no certificate shows it"),
        (lambda result: result.update(status="optimal"), "nothing attains the value"),
        (lambda result: result.update(value={"float": 0.0, "exact": "0"}), "value"),
        (lambda result: result["proof"].update(grade="optimal"), r"proof\.grade"),
        (lambda result: result["proof"].update(gap="0"), r"proof\.gap"),
        (lambda result: result["proof"].update(bound={"float": -1.0, "exact": "-1"}), r"proof\.bound"),
    ],
)
def test_no_lie_about_it_is_believed(result: dict[str, Any], lie: Callable[[dict[str, Any]], None], why: str) -> None:
    bent = copy.deepcopy(result)
    lie(bent)
    with pytest.raises(FalseClaimError, match=why):
        check_result(bent)


def test_no_number_can_be_changed_unnoticed(result: dict[str, Any]) -> None:
    for path in leaves(result)[::7]:
        with pytest.raises(FalseClaimError):
            check_result(changed_at(result, path))


def test_where_a_mechanism_balances_no_prices_say_otherwise() -> None:
    bent = saved(grid(3, "1/2", "1/2"))
    bent |= dict.fromkeys(("value", "welfare", "gains", "revenue", "mechanism"), None) | {"checks": [], "status": "infeasible"}
    prices = bent["certificate"] | {"objective": "feasibility", "budget": "0", "bound": "0"}
    prices |= {"incentive": {name: [] for name in prices["incentive"]}, "joining": {name: {} for name in prices["joining"]}}
    bent["certificate"] = prices
    bent["proof"] |= {"grade": "infeasible", "gap": None, "bound": {"float": 0.0, "exact": "0"}}
    with pytest.raises(FalseClaimError, match="no certificate shows it"):
        check_result(bent)
    prices["bound"] = "-1"
    with pytest.raises(FalseClaimError, match=r"certificate\.bound"):
        check_result(bent)


def test_a_solver_that_only_says_so_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = dynamic_programs.backend_named

    def liar(name: str) -> Any:
        def answer(program: Any, options: Any) -> Any:
            found = honest(name)(program, options)
            return replace(found, status="infeasible") if any(block.name == "budget" for block in program.row_blocks) else found

        return answer

    monkeypatch.setattr(dynamic_programs, "backend_named", liar)
    with pytest.raises(SolverError, match="exact arithmetic does not confirm that there is none"):
        mo.solve(grid(3, "1/2", "1/2"))
