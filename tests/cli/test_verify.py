"""verify believes nothing."""

from __future__ import annotations

import json

import pytest

from mechopt.exact.checker import claims

TRADE = "myerson-satterthwaite-1983/uniform-6"


@pytest.fixture
def saved(mechopt, tmp_path):
    path = tmp_path / "result.json"
    mechopt("solve", TRADE, "-o", path)
    return path


@pytest.mark.parametrize(
    ("question", "problem"),
    [
        ("certify", TRADE),
        ("solve", TRADE),
        ("certify", "matsuo-1989/possible"),
        ("solve", "cremer-mclean-1988/interim"),
        ("solve", "pai-vohra-2012/set-aside"),
    ],
)
def test_what_was_saved_is_true(mechopt, tmp_path, question, problem):
    path = tmp_path / "result.json"
    assert mechopt(question, problem, "-o", path).status == 0
    done = mechopt("verify", path)
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("verified: ")
    assert f"{path}: every claim holds" in done.out.splitlines()[-1]


@pytest.mark.parametrize("key", ["value", "welfare", "first_best", "revenue"])
def test_a_false_number_is_named(mechopt, saved, key):
    data = json.loads(saved.read_text())
    data[key] = {"float": 0.75, "exact": "3/4"}
    saved.write_text(json.dumps(data))
    done = mechopt("verify", saved)
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith(f"false: {saved}: {key}")
    assert done.err.count("\n") == 1


def test_a_changed_problem_is_noticed(mechopt, saved):
    data = json.loads(saved.read_text())
    data["problem"]["agents"][0]["outside"][0] = "0"
    saved.write_text(json.dumps(data))
    done = mechopt("verify", saved)
    assert done.status == 1
    assert "digest" in done.err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("not json", "is not JSON"),
        ("[]", "is a JSON list"),
        ("{}", "result.json: "),
        ('{"format": "mechopt-result", "format": "x"}', "stands twice"),
        ('{"a":' * 3000, "is not JSON"),
    ],
)
def test_what_is_no_result_is_status_2(mechopt, tmp_path, content, message):
    path = tmp_path / "result.json"
    path.write_text(content)
    done = mechopt("verify", path)
    assert (done.status, done.out) == (2, "")
    assert message in done.err
    assert done.err.count("\n") == 1


def test_a_missing_result_is_status_2(mechopt, tmp_path):
    done = mechopt("verify", tmp_path / "missing.json")
    assert done.status == 2
    assert "No such file" in done.err


def test_nesting_that_exhausts_the_checker_is_status_2(mechopt, saved, monkeypatch):
    def deep(document):
        raise RecursionError

    monkeypatch.setattr(claims, "check_result", deep)
    assert mechopt("verify", saved).status == 2
