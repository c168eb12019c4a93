"""Answers about many profiles: their numbers are confirmed within stated errors, and a false one is named."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import mechopt as mo
from mechopt.cli.main import run
from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
from mechopt.dynamic.environment import DynamicAgent, DynamicEnvironment
from mechopt.errors import ProblemFileError, SolverError
from mechopt.exact.checker.claims import FalseClaimError
from mechopt.files.recheck import confirm_rounded, is_rounded
from mechopt.rational import RationalArray
from mechopt.report.dynamic import dynamic_headline


def grid_trade(n: int, retention: str, discount: str) -> DynamicEnvironment:
    grid = [Fraction(2 * j + 1, 2 * n) for j in range(n)]
    return repeated_trade(grid, grid, lazily_redrawn(retention, n), discount)


@pytest.fixture(scope="module")
def large() -> dict[str, Any]:
    """Return an answer about 21 x 21 profiles, which has a critical discount factor."""
    return json.loads(json.dumps(mo.certify(grid_trade(21, "1/2", "3/4")).to_dict()))


def test_the_claims_about_many_profiles_are_confirmed(large: dict[str, Any]) -> None:
    assert is_rounded(large)
    claims = confirm_rounded(large)
    assert claims[0] == "digest: it is the problem's"
    assert claims[-1] == "answer: possible"
    assert any(claim.startswith("dynamic.critical_discounts: both sides meet within 1e-09 of 0.6666666") for claim in claims)
    assert any(claim.startswith("dynamic.interim_slack: ") for claim in claims)


@pytest.mark.parametrize(("helped", "voluntary"), [("1", True), ("1/2", None), ("1/4", False)])
def test_who_leaves_among_many_profiles_is_known_beyond_the_error(helped: str, *, voluntary: bool | None) -> None:
    """The club, which earns 1/2 a period without the neighbour, disturbs her by 1, unless she helps: she adds helped - 1/2."""
    stay = RationalArray.of([[[int(a == b) for b in range(21)] for a in range(21)]])
    names, even = tuple(str(k) for k in range(21)), (Fraction(1, 21),) * 21
    neighbour = DynamicAgent("neighbour", names, RationalArray.of([[-1, 0]] * 21), even, stay)
    club = DynamicAgent("club", names, RationalArray.of([["1/2", helped]] * 21), even, stay)
    environment = DynamicEnvironment((neighbour, club), ("disturb", "be helped"), Fraction(1, 2), {"be helped": ("neighbour",)})
    result = mo.certify(environment)
    assert result.analysis.voluntary is voluntary
    assert (result.answer == "possible") is (voluntary is True)
    words = {True: "possible: ", None: "it is open whether people leave", False: "people leave the dynamic pivot mechanism, and other"}
    assert words[voluntary] in dynamic_headline(result)


CHANGES: list[tuple[tuple[Any, ...], Callable[[Any], Any], str]] = [
    (("dynamic", "efficient_value", "float"), lambda value: value + 1e-6, r"dynamic\.efficient_value: it is .* within .*, not"),
    (("dynamic", "pivot_deficit", "float"), lambda value: value - 1e-6, r"dynamic\.pivot_deficit"),
    (("dynamic", "largest_fees", "buyer", "float"), lambda value: value + 1e-6, r"dynamic\.largest_fees\.buyer"),
    (("dynamic", "slack", "float"), lambda value: -value, r"dynamic\.slack"),
    (("dynamic", "interim_slack", "float"), lambda value: value + 1e-6, r"dynamic\.interim_slack"),
    (("dynamic", "slack", "exact"), lambda _: "1", r"dynamic\.slack: an exact number is stated"),
    (("dynamic", "fees", "seller", "float"), lambda value: value * 2, r"dynamic\.fees"),
    (("dynamic", "deficit_per_period", "float"), lambda value: value * 2, r"dynamic\.deficit_per_period"),
    (("dynamic", "condition_holds"), lambda _: False, r"dynamic\.condition_holds"),
    (("dynamic", "interim_condition_holds"), lambda value: not value, r"dynamic\.interim_condition_holds"),
    (("dynamic", "irreducible"), lambda _: False, r"dynamic\.irreducible: it is True, not False"),
    (("dynamic", "pivot_voluntary"), lambda _: False, r"dynamic\.pivot_voluntary"),
    (("dynamic", "critical_discounts", 0, "float"), lambda value: value + 1e-6, r"dynamic\.critical_discounts: the slack has one sign"),
    (("dynamic", "any_mechanism"), lambda _: None, r"dynamic\.any_mechanism"),
    (("answer",), lambda _: None, "welfare: it is None"),
    (("question",), lambda _: "solve", "question: it is certify, not solve"),
    (("first_best", "float"), lambda value: value + 1e-6, "first_best"),
    (("welfare",), lambda _: None, "welfare"),
    (("budget_surplus",), lambda _: {"float": 1.0, "exact": "1"}, "budget_surplus"),
    (("proof", "grade"), lambda _: "optimal", "proof"),
    (("problem", "name"), lambda _: "another", "digest"),
]


@pytest.mark.parametrize(("path", "change", "message"), CHANGES, ids=[".".join(map(str, path)) for path, _, _ in CHANGES])
def test_a_false_claim_is_named(large: dict[str, Any], path: tuple[Any, ...], change: Callable[[Any], Any], message: str) -> None:
    bent = copy.deepcopy(large)
    place: Any = bent
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = change(place[path[-1]])
    with pytest.raises(FalseClaimError, match=message):
        confirm_rounded(bent)


def test_a_critical_discount_factor_that_was_left_out_is_missed(large: dict[str, Any]) -> None:
    bent = copy.deepcopy(large)
    assert bent["dynamic"]["critical_discounts_complete"] is True
    bent["dynamic"].update(critical_discounts=[], critical_discounts_errors=[])
    with pytest.raises(FalseClaimError, match=r"dynamic\.critical_discounts_complete: there are others; 0 of 1 are stated"):
        confirm_rounded(bent)
    bent["dynamic"]["critical_discounts_complete"] = False
    confirm_rounded(bent)


def test_what_is_stated_more_exactly_than_it_can_be_known_is_neither_true_nor_false(large: dict[str, Any]) -> None:
    bent = copy.deepcopy(large)
    bent["dynamic"]["slack_error"] = 1e-18
    with pytest.raises(SolverError, match=r"dynamic\.efficient_value: .* neither confirms nor refutes"):
        confirm_rounded(bent)


def test_the_command_says_how_it_looked_and_what_is_false(large: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(large), encoding="utf-8")
    assert run(["verify", str(path)]) == 0
    said = capsys.readouterr().out
    assert f"{path}: every claim holds (" in said
    assert "computed again in floating point, each within a proved error" in said
    path.write_text(json.dumps(large | {"answer": "impossible"}), encoding="utf-8")
    assert run(["verify", str(path)]) == 1
    assert capsys.readouterr().err.startswith(f"false: {path}: ")
    path.write_text(json.dumps(large | {"dynamic": {}}), encoding="utf-8")
    assert run(["verify", str(path)]) == 2
    assert capsys.readouterr().err.startswith(f"error: {path}: dynamic.largest_fees is missing")


def test_a_small_problem_is_not_excused_from_exact_arithmetic(tmp_path: Path) -> None:
    document = mo.certify(grid_trade(2, "1/2", "3/4")).to_dict() | {"values": None}
    assert not is_rounded(document)
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    assert run(["verify", str(path)]) == 2


def test_a_report_about_many_profiles_says_how_it_was_checked(large: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "answer.json").write_text(json.dumps(large), encoding="utf-8")
    assert run(["report", str(tmp_path / "answer.json"), "-o", str(tmp_path / "report.html")]) == 0
    written = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "claims of the saved result were computed again in floating point" in written
    assert "exact arithmetic, by a checker" not in written


def test_a_broken_file_about_many_profiles_is_refused(large: dict[str, Any]) -> None:
    bent = copy.deepcopy(large)
    del bent["dynamic"]["slack"]
    with pytest.raises(ProblemFileError, match=r"dynamic\.slack is missing"):
        confirm_rounded(bent)
