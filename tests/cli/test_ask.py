"""certify and solve from the command line."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

from mechopt.cli import screen
from mechopt.errors import DesignError, SolverError
from mechopt.pipeline import questions

TRADE = "myerson-satterthwaite-1983/uniform-6"
FILE = str(Path(__file__).parents[2] / "problems" / f"{TRADE}.toml")


def test_an_impossibility_is_an_answer(mechopt):
    done = mechopt("certify", TRADE)
    assert (done.status, done.err) == (0, "")
    assert "impossible: in this environment of 2 agents with 6 types each" in done.out
    assert "5/216 = 0.0231481" in done.out.replace("\n", " ")


def test_json_is_all_there_is(mechopt):
    done = mechopt("certify", TRADE, "--json")
    assert (done.status, done.err) == (0, "")
    data = json.loads(done.out)
    assert (data["question"], data["answer"], data["budget_surplus"]["exact"]) == ("certify", "impossible", "-5/216")


def test_settings_change_the_question(mechopt):
    done = mechopt("certify", TRADE, "--set", "design.participation=none", "--set", "agents.seller.values.points=4", "--json")
    data = json.loads(done.out)
    assert data["answer"] == "possible"
    assert len(data["problem"]["agents"][0]["types"]) == 4
    assert data["problem"]["design"]["participation"] == "none"


def test_the_file_holds_what_json_prints(mechopt, tmp_path):
    path = tmp_path / "result.json"
    done = mechopt("solve", TRADE, "-o", path, "--json")
    assert path.read_text() == done.out
    assert done.err == f"saved: {path}\n"
    assert "best welfare" in mechopt("solve", TRADE, "-o", path).out


def test_a_result_can_be_asked_again(mechopt, tmp_path):
    path = tmp_path / "result.json"
    mechopt("certify", TRADE, "-o", path)
    assert json.loads(mechopt("solve", path, "--json").out)["question"] == "solve"


def test_a_problem_file_anywhere(mechopt, tmp_path):
    path = tmp_path / "problem.toml"
    path.write_text('[environment]\nkind = "object"\n[[agents]]\nname = "Ann"\nvalues = [1, 2]\n[design]\nobjective = "revenue"\nbudget = "none"\n')
    # One buyer, two values equally likely: a price of 1, or of 2 to half of the buyers, earns 1.
    assert json.loads(mechopt("solve", path, "--json").out)["value"] == {"float": 1.0, "exact": "1"}


def test_reductions_can_be_left_out(mechopt):
    full = json.loads(mechopt("solve", TRADE, "--json", "--reductions", "none").out)
    reduced = json.loads(mechopt("solve", TRADE, "--json").out)
    assert full["value"] == reduced["value"]
    assert full["statistics"]["columns"] > reduced["statistics"]["columns"]


@pytest.mark.parametrize(
    ("question", "settings", "words"),
    [
        ("certify", [], "Its budget cannot be met."),
        ("solve", [], "No admissible mechanism has a welfare above 53/81 = 0.654321."),
        ("solve", ["objective=revenue", "participation=none", "budget=none"], "There is no bound"),
    ],
)
def test_an_explanation_follows_the_answer(mechopt, question, settings, words):
    given = [part for setting in settings for part in ("--set", f"design.{setting}")]
    done = mechopt(question, TRADE, *given, "--explain")
    assert done.status == 0
    assert words in done.out
    assert words not in mechopt(question, TRADE, *given).out


def test_tables_for_a_paper_are_all_that_is_printed(mechopt, tmp_path):
    """The numbers are those of Matsuo (1989) in docs/model.md: the largest surplus is -3/16, and the types next to the edge carry the prices."""
    done = mechopt("certify", "matsuo-1989/impossible", "--latex", "-o", tmp_path / "answer.json")
    assert [line for line in done.out.splitlines() if line.startswith("%")] == ["% Numbers", "% Proof: the prices of the requirements, and the bound"]
    assert r"largest budget surplus & $-\frac{3}{16}$ & $-0.1875$ &  \\" in done.out
    assert r"\multicolumn{5}{l}{bound $B = -\frac{3}{16}$} \\" in done.out
    assert done.out.count(r"\begin{tabular}") == done.out.count(r"\end{tabular}") == 2
    moving = mechopt("solve", "yoon-2015/kept-half-the-time", "--latex").out
    assert [line for line in moving.splitlines() if line.startswith("%")] == ["% Numbers", "% Properties", "% What each type expects in period 0"]


def test_options_reach_the_pipeline(mechopt, monkeypatch):
    seen = {}

    def certify(problem, **options):
        seen.update(options)
        raise SolverError("stopped")

    monkeypatch.setattr(questions, "certify", certify)
    mechopt("certify", TRADE, "--backend", "other", "--reductions", "none", "--time-limit", "2.5", "--method", "full", "--gap", "0.5")
    assert callable(seen.pop("progress"))
    assert seen == {"backend": "other", "reductions": (), "time_limit": 2.5, "method": "full", "gap": 0.5}


@pytest.mark.parametrize(
    ("error", "status"), [(SolverError("out of time"), 3), (DesignError("design.budget is wrong"), 2), (MemoryError(), 3), (KeyboardInterrupt(), 130)]
)
def test_what_goes_wrong_is_one_line_and_a_status(mechopt, monkeypatch, error, status):
    def certify(problem, **options):
        raise error

    monkeypatch.setattr(questions, "certify", certify)
    done = mechopt("certify", TRADE)
    assert (done.status, done.out) == (status, "")
    lines = [line for line in done.err.splitlines() if line]
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    assert TRADE in lines[0] or status in (3, 130)


WRONG = [
    (("certify",), "Missing argument 'PROBLEM'; see mechopt certify --help"),
    (("certfy", "x"), "'certfy' is not a command; did you mean 'certify'?"),
    (("certify", "x", "y"), "unexpected extra argument"),
    (("certify", "x", "--jsn"), "No such option '?--jsn"),
    (("certify", TRADE, "--reductions", "some"), "'some' is not one of 'auto', 'none'"),
    (("certify", TRADE, "--time-limit", "nan"), "nan is not a positive number of seconds"),
    (("certify", TRADE, "--time-limit", "-1"), "-1.0 is not a positive number of seconds"),
    (("certify", TRADE, "--time-limit", "soon"), "'soon' is not a valid float"),
    (("certify", TRADE, "--json", "--explain"), "--json prints nothing else, so --explain has no place; choose one"),
    (("certify", TRADE, "--backend", "higs"), f"{TRADE}: backend 'higs' is unknown; did you mean 'highs'"),
    (("certify", "matsuo-1989/possible", "--backend", "higs"), "backend 'higs' is unknown"),
    (("certify", TRADE, "--gap", "-1"), "gap is -1.0; write a positive number"),
    (("certify", TRADE, "--gap", "nan"), "gap is nan; write a positive number"),
    (("zzz",), "map, new, plot, problems, report, schema, solve, ...; see mechopt --help"),
    (("solve", FILE, "-o", FILE), f"{FILE}: is the file that is read, and would be overwritten; name another"),
    (("frontier", FILE, "--rights", "-o", FILE), f"{FILE}: is the file that is read, and would be overwritten; name another"),
    (("certify", "missing.toml"), "missing.toml: there is no such file"),
    (("verify", FILE), f"{FILE}: is a problem, and verify checks results; write one with: mechopt certify {FILE} -o result.json"),
    (("verify", "missing.toml"), "missing.toml: cannot be read: No such file or directory"),
    (("certify", "uniform-6"), f"did you mean {TRADE}"),
    (("certify", "/"), "/: cannot be read: Is a directory"),
    (("certify", TRADE, "--set", "design.budget"), "write KEY=VALUE"),
    (
        ("solve", TRADE, "--set", "design.budget=balance"),
        "uniform-6 with design.budget=balance: design.budget is 'balance'; did you mean 'balanced'",
    ),
    (("solve", TRADE, "--set", "agents.byer.share=1"), "there is no 'byer' in agents; did you mean 'buyer'"),
    (("solve", TRADE, "--set", "agents.buyer.copies=40", "--method", "full"), "agents, or a coarser grid"),
    (("solve", TRADE, "--method", "colums"), "method 'colums' is unknown; did you mean 'columns'"),
    (("solve", TRADE, "--set", "design.incentive=dsic", "--method", "columns"), "incentives or participation hold at every profile"),
    (("certify", TRADE, "--method", "border"), "which of several efficient agents wins"),
    (("solve", TRADE, "--set", "design.incentive=epc"), "design.incentive is 'epc'; did you mean 'epic'"),
    (("solve", TRADE, "-o", "/no/such/place/result.json"), "/no/such/place/result.json: the directory /no/such/place does not exist"),
    (("solve", TRADE, "-o", "/"), "/: is a directory"),
]


@pytest.mark.parametrize(
    ("arguments", "message"),
    WRONG,
    ids=[" ".join(map(str, arguments[:2])).replace(FILE, "problem.toml") + f" {k}" for k, (arguments, _) in enumerate(WRONG)],
)
def test_wrong_input_is_one_line_and_status_2(mechopt, arguments, message):
    import re

    done = mechopt(*arguments)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("error: ")
    assert done.err.count("\n") == 1
    assert message in done.err or re.search(message, done.err)


def test_the_place_of_the_result_is_checked_before_the_work(mechopt, monkeypatch):
    monkeypatch.setattr(questions, "solve", lambda *_, **__: pytest.fail("the work was begun"))
    assert mechopt("solve", TRADE, "-o", "/no/such/place/result.json").status == 2


def test_warnings_are_lines_and_said_once(mechopt):
    done = mechopt("certify", TRADE, "--set", "agents.seller.share=3/2", "--json")
    assert done.status == 0
    assert done.err == "warning: agents: the shares sum to 3/2, more than the one object there is\n"
    json.loads(done.out)


def test_hostile_names_stay_on_their_line(mechopt, tmp_path):
    path = tmp_path / "problem.toml"
    path.write_text('[environment]\nkind = "object"\n[[agents]]\nname = "a\\nb\\u001b[31m"\nvalues = [1, 2]\n')
    done = mechopt("certify", path)
    assert done.status == 2
    assert done.err.count("\n") == 1
    assert "\x1b" not in done.err


def test_short_work_is_silent_and_long_work_says_so(mechopt, monkeypatch):
    monkeypatch.setattr(screen, "_PATIENCE", 0.05)
    original = questions.certify

    def slow(problem, **options):
        options["progress"]("counting sheep")
        time.sleep(0.3)
        return original(problem, **options)

    monkeypatch.setattr(questions, "certify", slow)
    done = mechopt("certify", TRADE, "--json")
    assert done.err == f"{TRADE}: counting sheep ...\n"
    json.loads(done.out)


def test_a_terminal_gets_a_spinner(monkeypatch, capsys):
    monkeypatch.setattr(screen, "_PATIENCE", 0.01)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with screen.Progress("[red]") as progress:
        time.sleep(0.2)
        progress("solving")
        assert progress._status is not None
    assert not any(thread.name.startswith("Timer") for thread in __import__("threading").enumerate())
