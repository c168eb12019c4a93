"""The checker believes nothing: results hold, and every number that is changed is found."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import mechopt as mo
from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
from mechopt.exact.checker import claims
from mechopt.exact.checker.claims import FalseClaimError, NotAResultError, check_result
from mechopt.files.normal_form import digest
from tests.dynamic.environments import random_environment
from tests.dynamic.test_program import grid


def saved(result: Any) -> dict[str, Any]:
    return json.loads(json.dumps(result.to_dict()))


@pytest.fixture(scope="module")
def results() -> dict[str, dict[str, Any]]:
    return {
        "pivot": saved(mo.certify(grid(3, "1/2", "2/3"))),
        "other": saved(mo.certify(grid(3, "1/2", "1/3"))),
        "impossible": saved(mo.certify(grid(6, 1, "1/2"))),
        "second best": saved(mo.solve(grid(3, "1/2", "1/3"))),
        "moved": saved(mo.certify(random_environment(1, per_action=True))),
    }


NAMES = ["pivot", "other", "impossible", "second best", "moved"]


@pytest.mark.parametrize("name", NAMES)
def test_a_result_holds(results: dict[str, Any], name: str) -> None:
    assert check_result(results[name])


def test_the_deficit_of_a_period_is_the_nearest_double_to_what_it_is() -> None:
    # Each side of a trade that is worth 3 or 4 keeps the whole gain: 7/2 is paid twice. 3/10 of the double nearest to 35/3 is not 7/2.
    result = saved(mo.certify(repeated_trade([0, 0], [3, 4], lazily_redrawn(0, 2), "7/10")))
    assert result["dynamic"]["deficit_per_period"] == {"float": 3.5, "exact": "7/2"}
    assert check_result(result)


def leaves(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of all rationals, flags and grades that a result claims."""
    if isinstance(data, dict):
        return [found for key, value in data.items() for found in leaves(value, (*path, key))]
    if isinstance(data, list):
        return [found for key, value in enumerate(data) for found in leaves(value, (*path, key))]
    unclaimed = ("problem", "statistics", "witness", "second_eigenvalue", "interim_worst", "idle_types", "name")
    unclaimed += ("critical_discounts_complete", "critical_discounts_searched", "critical_discounts_errors")
    if any(part in unclaimed for part in path) or data is None:
        return []
    return [path]


def changed(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    try:
        return str(Fraction(value) + 1)
    except ValueError:
        return value + "x"


def changed_at(result: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    """Return a result with another value in one place."""
    bent = copy.deepcopy(result)
    place = bent
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = changed(place[path[-1]])
    return bent


@pytest.mark.parametrize("name", NAMES)
def test_no_leaf_can_be_changed_unnoticed(results: dict[str, Any], name: str) -> None:
    paths = leaves(results[name])
    step = max(len(paths) // 10, 1)
    assert len(paths) > 60
    for path in paths[::step]:
        with pytest.raises(FalseClaimError):
            check_result(changed_at(results[name], path))


def test_another_problem_is_not_the_one_that_was_answered(results: dict[str, Any]) -> None:
    bent = copy.deepcopy(results["pivot"])
    bent["problem"]["environment"]["discount"] = "1/2"
    with pytest.raises(FalseClaimError, match="digest"):
        check_result(bent)
    bent["digest"] = digest(bent["problem"])
    with pytest.raises(FalseClaimError, match="Bellman"):
        check_result(bent)


def test_prices_must_not_be_negative(results: dict[str, Any]) -> None:
    bent = copy.deepcopy(results["impossible"])
    entry = next(entries for entries in bent["certificate"]["incentive"].values() if entries)[0]
    entry[2] = "-" + entry[2]
    with pytest.raises(FalseClaimError, match="a price is negative"):
        check_result(bent)


def test_possible_without_a_mechanism_is_no_answer(results: dict[str, Any]) -> None:
    bent = copy.deepcopy(results["pivot"]) | {"mechanism": None, "checks": [], "welfare": None, "gains": None, "revenue": None}
    with pytest.raises(FalseClaimError, match="there is no mechanism to show it"):
        check_result(bent)


def test_a_double_is_the_nearest_and_a_number_must_be_there(results: dict[str, Any]) -> None:
    for number in ({"float": 1.5, "exact": results["pivot"]["first_best"]["exact"]}, {"float": 0.0, "exact": None}, None):
        with pytest.raises(FalseClaimError, match="first_best"):
            check_result(results["pivot"] | {"first_best": number})


def test_a_critical_discount_factor_is_a_number(results: dict[str, Any]) -> None:
    for double in (float("nan"), float("inf"), 1.0, "1/2"):
        bent = copy.deepcopy(results["pivot"])
        bent["dynamic"]["critical_discounts"] = [{"float": double, "exact": None}]
        with pytest.raises(FalseClaimError, match="critical_discounts"):
            check_result(bent)


def test_the_file_alone_checks_results_about_types_that_move(results: dict[str, Any], tmp_path: Any) -> None:
    path = tmp_path / "result.json"
    for result, status, line in (
        (results["pivot"], 0, "answer: possible"),
        (results["pivot"] | {"answer": "impossible"}, 1, "false: dynamic.any_mechanism"),
        (results["pivot"] | {"values": None}, 2, "not a result: values: null"),
    ):
        path.write_text(json.dumps(result))
        done = subprocess.run([sys.executable, "-I", str(Path(claims.__file__).parent), str(path)], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (status, "")
        assert line in done.stdout


def test_what_cannot_be_read_shows_nothing(results: dict[str, Any]) -> None:
    for bent in ({}, results["pivot"] | {"values": None}, results["pivot"] | {"surprise": 1}):
        with pytest.raises(NotAResultError):
            check_result(bent)
