"""`mechopt report`: a page about a problem, or about a result that is checked again first."""

from __future__ import annotations

import json

import pytest

from mechopt.cli.main import run

PROBLEM = "matsuo-1989/impossible"


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "answer.json"
    assert run(["certify", PROBLEM, "-o", str(path)]) == 0
    return path


def test_a_problem_is_asked_both_questions(tmp_path, capsys):
    path = tmp_path / "report.html"
    assert run(["report", PROBLEM, "-o", str(path)]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.endswith(f"saved: {path}\n")
    text = path.read_text()
    assert "Is efficiency possible?" in text
    assert "What is the best mechanism?" in text
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]


def test_a_saved_result_is_checked_again_and_the_page_says_so(saved, tmp_path):
    path = tmp_path / "report.html"
    assert run(["report", str(saved), "-o", str(path)]) == 0
    text = path.read_text()
    assert "of the saved result were checked again in exact arithmetic" in text
    assert "What is the best mechanism?" not in text


def test_no_page_is_written_about_a_false_claim(saved, tmp_path, capsys):
    document = json.loads(saved.read_text())
    document["budget_surplus"] = {"float": 1.0, "exact": "1"}
    saved.write_text(json.dumps(document))
    assert run(["report", str(saved), "-o", str(tmp_path / "report.html")]) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith(f"false: {saved}: budget_surplus")
    assert not (tmp_path / "report.html").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.toml", "-o", "a.html"], "nowhere.toml"),
        ([PROBLEM, "-o", "missing/a.html"], "does not exist; make it first"),
        ([PROBLEM], "Missing option '-o'"),
        ([PROBLEM, "-o", "page.txt"], "page.txt: the name ends in '.txt'; write one that ends in .html"),
        (["{saved}", "--set", "design.budget=none", "-o", "a.html"], "--set changes a problem"),
    ],
)
def test_what_cannot_be_reported_is_one_line(arguments, message, saved, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    assert run(["report", *[argument.replace("{saved}", str(saved)) for argument in arguments]]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_where_nobody_can_be_kept_the_page_says_so(tmp_path):
    problem = tmp_path / "work.toml"
    agent = '[[agents]]\nname = "Ann"\nreward = [[-2]]\ntransition = [[1]]\n'
    problem.write_text(f'[environment]\nkind = "dynamic"\nactions = ["work"]\ndiscount = 0.5\n{agent}')
    assert run(["report", str(problem), "-o", str(tmp_path / "report.html")]) == 0
    assert "impossible" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_types_that_move_have_a_page_too(tmp_path):
    path = tmp_path / "report.html"
    assert run(["report", "yoon-2015/kept-half-the-time", "-o", str(path)]) == 0
    text = path.read_text()
    for expected in (
        "Does an efficient mechanism balance?",
        "Possible: in this environment",
        "both sides are equal at 2/3",
        "data:image/svg+xml",
        "Every claim holds:",
    ):
        assert expected in text, expected
