"""compare and map from the command line."""

from __future__ import annotations

import json

import pytest

from mechopt.cli import screen
from mechopt.errors import SolverError
from mechopt.pipeline import questions

TRADE = "myerson-satterthwaite-1983/uniform-6"


def test_compare_prints_a_row_per_mechanism(mechopt):
    done = mechopt("compare", TRADE)
    assert (done.status, done.err) == (0, "")
    lines = {line.split()[0]: line.split() for line in done.out.splitlines() if line}
    assert lines["posted-price"] == ["posted-price", "23/36", "96.5", "%", "0", "no", "dsic", "ex-post-ir", "balanced"]
    assert lines["expected-externality"][-4:] == ["yes", "bic", "no", "balanced"]
    assert "worst case" not in done.out


def test_details_name_margins_and_witnesses(mechopt):
    done = mechopt("compare", TRADE, "--details", "--set", "agents.seller.values.points=2", "--set", "agents.buyer.values=[0.25, 0.75]")
    # At (1/4, 3/4) the Groves mechanism without charges pays the seller what the buyer gets, 3/4.
    assert "worst case" in done.out
    assert "deficit of 3/4 at (1/4, 3/4)" in " ".join(done.out.split())


def test_compare_json_has_the_keys_of_the_interface(mechopt):
    done = mechopt("compare", TRADE, "--json")
    assert (done.status, done.err) == (0, "")
    rows = {row["mechanism"]: row for row in json.loads(done.out)["rows"]}
    assert rows["optimum"]["welfare"]["exact"] == "53/81"
    assert rows["vcg"]["properties"]["dsic"] == {"holds": True, "margin": {"float": 0.0, "exact": "0"}, "witness": None}


def test_compare_measures_what_there_is_for_types_that_move(mechopt):
    shown = mechopt("compare", "yoon-2015/kept-half-the-time", "--details")
    assert (shown.status, shown.err) == (0, "")
    assert "balanced-team" in shown.out
    assert "incentive compatible on average over the others" in shown.out
    rows = {row["mechanism"]: row for row in json.loads(mechopt("compare", "yoon-2015/kept-half-the-time", "--json").out)["rows"]}
    assert rows["pivot"]["budget_surplus"]["exact"] == "-2/3"
    assert rows["balanced-team"]["properties"]["balanced"]["holds"] is True


def test_map_prints_a_line_per_incentive_and_participation(mechopt):
    done = mechopt("map", TRADE)
    assert (done.status, done.err) == (0, "")
    assert sum(line.startswith(("bic ", "dsic ")) for line in done.out.splitlines()) == 6
    assert "53/81 (98.8 %, 95.2 %)" in done.out


def test_map_json_carries_proofs(mechopt):
    data = json.loads(mechopt("map", TRADE, "--json").out)
    assert data["first_best"]["exact"] == "143/216"
    assert len(data["rows"]) == 36
    impossible = [row for row in data["rows"] if row["answer"] == "impossible"]
    assert all(row["allocation"] == "efficient" and row["certificate"] for row in impossible)
    keys = "allocation incentive participation budget answer welfare share gains_share proof certificate reason"
    assert {" ".join(row) for row in data["rows"]} == {keys}


def test_map_in_latex(mechopt):
    assert mechopt("map", TRADE, "--latex").out.startswith("\\begin{tabular}")


@pytest.mark.parametrize("command", ["compare", "map"])
def test_the_file_holds_what_json_prints(mechopt, tmp_path, command):
    path = tmp_path / "answer.json"
    done = mechopt(command, TRADE, "--json", "-o", path)
    assert path.read_text() == done.out
    assert done.err == f"saved: {path}\n"


def test_settings_change_the_environment(mechopt):
    changed = ["--set", "agents.seller.values.points=5", "--set", "agents.buyer.values.points=5"]
    rows = json.loads(mechopt("map", TRADE, *changed, "--json").out)["rows"]
    # (k - 1)(5 - k) = 0: on five points efficient trade just pays for itself.
    answers = {(row["allocation"], row["incentive"], row["participation"], row["budget"]): row["answer"] for row in rows}
    assert answers["efficient", "bic", "interim-ir", "balanced"] == "possible"


@pytest.mark.parametrize("command", ["compare", "map"])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["myerson-satterthwaite-1983/uniform-7"], "did you mean myerson-satterthwaite-1983/uniform-6"),
        ([TRADE, "--backend", "highz"], "backend 'highz' is unknown; did you mean 'highs'?"),
        ([TRADE, "--set", "design.budgett=none"], "budgett"),
        ([TRADE, "-o", "missing/answer.json"], "does not exist"),
    ],
)
def test_wrong_input_is_one_line(mechopt, command, arguments, message):
    done = mechopt(command, *arguments)
    assert (done.status, done.out) == (2, "")
    assert message in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(("command", "option"), [("compare", "--details"), ("map", "--latex"), ("solve", "--latex")])
def test_json_is_printed_alone(mechopt, command, option):
    done = mechopt(command, TRADE, option, "--json")
    assert done.status == 2
    assert "choose one" in done.err


@pytest.mark.parametrize(("command", "question"), [("compare", "compare"), ("map", "possibility_map")])
def test_a_solver_without_an_answer_is_told_apart(mechopt, monkeypatch, command, question):
    def stopped(*_, **__):
        raise SolverError("out of time")

    monkeypatch.setattr(questions, question, stopped)
    done = mechopt(command, TRADE)
    assert (done.status, done.out, done.err) == (3, "", f"error: {TRADE}: out of time\n")


def test_slow_work_is_announced_on_standard_error_only(mechopt, monkeypatch):
    monkeypatch.setattr(screen, "_PATIENCE", 0.0)
    done = mechopt("map", TRADE, "--json")
    assert done.err.startswith(f"{TRADE}: ")
    assert len(json.loads(done.out)["rows"]) == 36
