"""A result in the documented form, saved whole or not at all, and read again."""

from __future__ import annotations

import dataclasses
import json
import os
import stat
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from mechopt.errors import ProblemFileError, ProgramSizeError
from mechopt.files.normal_form import digest, normalise
from mechopt.files.output import to_json, write_text
from mechopt.files.problem_file import load
from mechopt.files.result_file import plain, result_to_dict
from mechopt.files.saved_result import load_result
from mechopt.mechanism.properties import check_all
from mechopt.pipeline import questions
from mechopt.rational import RationalArray
from mechopt.result import Number, Proof, SurplusProof

KEYS = [
    "format",
    "version",
    "question",
    "problem",
    "digest",
    "status",
    "answer",
    "value",
    "budget_surplus",
    "welfare",
    "first_best",
    "status_quo",
    "gains",
    "first_best_gains",
    "revenue",
    "proof",
    "checks",
    "certificate",
    "mechanism",
    "statistics",
    "conflict",
]


@pytest.fixture(scope="module")
def impossible():
    return questions.certify(load("myerson-satterthwaite-1983/uniform-6"))


@pytest.fixture(scope="module")
def possible():
    return questions.certify(load("matsuo-1989/possible"))


@pytest.fixture(scope="module")
def solved():
    return questions.solve(load("myerson-satterthwaite-1983/uniform-6"))


def test_the_keys_are_the_documented_ones(impossible, solved):
    assert list(result_to_dict(impossible)) == KEYS
    assert list(result_to_dict(solved)) == KEYS


def test_the_numbers_are_floats_and_exact_strings(impossible):
    data = result_to_dict(impossible)
    assert (data["format"], data["version"], data["question"]) == ("mechopt-result", 1, "certify")
    assert (data["status"], data["answer"], data["value"]) == (None, "impossible", None)
    assert data["budget_surplus"] == {"float": -5 / 216, "exact": "-5/216"}
    assert data["first_best_gains"] == {"float": 35 / 216, "exact": "35/216"}
    assert data["mechanism"] is None
    assert data["problem"] == normalise(impossible.problem)
    assert data["digest"] == digest(data["problem"])
    assert data["certificate"]["objective"] == "surplus"


def test_a_mechanism_is_a_table_in_profile_order(possible):
    mechanism, data = possible.mechanism, result_to_dict(possible)["mechanism"]
    assert data["form"] == "table"
    assert len(data["allocation"]) == len(data["payments"]) == 4
    for position, (a, b) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
        assert [Fraction(entry) for entry in data["allocation"][position]] == mechanism.allocation[a, b].fractions()
        assert [Fraction(entry) for entry in data["payments"][position]] == [mechanism.payments[i, a, b].item() for i in (0, 1)]


def test_checks_have_margins_and_witnesses(possible):
    checks = {entry["property"]: entry for entry in result_to_dict(possible)["checks"]}
    assert checks["interim-ir"]["holds"] is True
    assert checks["dsic"]["holds"] is False
    assert Fraction(checks["dsic"]["margin"]["exact"]) < 0
    assert set(checks["dsic"]["witness"]) == {"agent", "true_type", "reported_type", "others"}


def test_the_surplus_is_proved_by_certificate_and_mechanism(impossible, possible):
    proof = result_to_dict(impossible)["proof"]
    assert (proof["grade"], proof["bound"]["exact"]) == ("optimal", "-5/216")
    assert proof["surplus"]["certificate"] == "answer"
    assert proof["surplus"]["mechanism"]["form"] == "table"
    proof = dataclasses.replace(possible.proof, surplus=SurplusProof(possible.proof.surplus.certificate, None, False, True), gap=Fraction(1, 3))
    data = result_to_dict(dataclasses.replace(possible, proof=proof))["proof"]
    assert data["gap"] == "1/3"
    assert data["surplus"]["mechanism"] == "answer"
    assert data["surplus"]["certificate"]["objective"] == "surplus"


def test_unknown_numbers_are_null(solved):
    result = dataclasses.replace(solved, value=Number(0.25), proof=Proof("bounded", Number(0.5), None), welfare=None, checks=())
    data = result_to_dict(result)
    assert data["value"] == {"float": 0.25, "exact": None}
    assert data["proof"] == {"grade": "bounded", "bound": {"float": 0.5, "exact": None}, "gap": None, "surplus": None}
    assert data["welfare"] is None
    assert data["checks"] == []


def test_json_is_plain_ascii_without_nan(impossible):
    text = to_json(result_to_dict(impossible))
    assert text.isascii()
    assert json.loads(text) == json.loads(json.dumps(result_to_dict(impossible)))
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json({"float": float("nan")})


def test_statistics_become_plain_values():
    import numpy as np

    @dataclasses.dataclass
    class Reduction:
        name: str
        gain: Fraction

    found = plain(
        {"reductions": [Reduction("E1", Fraction(1, 2))], "rows": np.int64(3), "sizes": (1, {2}), "value": Number.of(Fraction(1, 4)), 5: None}
    )
    assert found == {
        "reductions": [{"name": "E1", "gain": "1/2"}],
        "rows": 3,
        "sizes": [1, [2]],
        "value": {"float": 0.25, "exact": "1/4"},
        "5": None,
    }
    assert type(found["rows"]) is int


@pytest.mark.parametrize("name", ["impossible", "possible", "solved"])
def test_a_saved_result_comes_back(request, tmp_path, name):
    result = request.getfixturevalue(name)
    path = tmp_path / "result.json"
    result.save(path)
    saved = load_result(path)
    for key in ("question", "status", "answer", "value", "budget_surplus", "welfare", "gains", "revenue", "first_best", "status_quo"):
        assert getattr(saved, key) == getattr(result, key)
    assert (saved.proof.grade, saved.proof.bound, saved.proof.gap) == (result.proof.grade, result.proof.bound, result.proof.gap)
    assert normalise(saved.problem) == normalise(result.problem)
    assert [(verdict.property, verdict.margin) for verdict in saved.checks] == [(verdict.property, verdict.margin) for verdict in result.checks]
    assert saved.to_dict() == json.loads(path.read_text())
    if result.mechanism is not None:
        assert saved.mechanism.allocation.equals(result.mechanism.allocation)
        assert saved.mechanism.payments.equals(result.mechanism.payments)
        assert check_all(saved.mechanism) == result.checks
    saved.save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == path.read_bytes()


def test_a_saved_result_is_also_a_problem_file(impossible, tmp_path):
    impossible.save(tmp_path / "result.json")
    problem = load(tmp_path / "result.json", ["design.budget=none", "agents.seller.prior=[1, 0, 0, 0, 0, 0]"])
    assert problem.design.budget == "none"
    assert problem.environment.agents[0].prior[0] == 1


def test_saving_replaces_a_file_whole(tmp_path, monkeypatch):
    path = tmp_path / "result.json"
    write_text(path, "old")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(ProblemFileError, match=r"result\.json: cannot be written: No space left on device"):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["result.json"]
    monkeypatch.undo()
    write_text(path, "new")
    assert path.read_text() == "new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["result.json"]


def test_a_saved_file_has_ordinary_permissions(tmp_path):
    write_text(tmp_path / "result.json", "new")
    (tmp_path / "other").touch()
    assert stat.S_IMODE((tmp_path / "result.json").stat().st_mode) == stat.S_IMODE((tmp_path / "other").stat().st_mode)


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "link.json").symlink_to(tmp_path / "target.json")
    write_text(tmp_path / "link.json", "new")
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "target.json").read_text() == "new"


def test_a_device_is_written_to_and_not_replaced():
    write_text("/dev/null", "new")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@pytest.mark.parametrize(
    ("name", "message"), [("missing/result.json", "the directory .*missing does not exist"), ("", "is a directory"), ("a\0b", "cannot be written")]
)
def test_where_nothing_can_be_written_is_refused(tmp_path, name, message):
    with pytest.raises(ProblemFileError, match=message):
        write_text(f"{tmp_path}/{name}", "new")


BROKEN = [
    ("format", "other", "format is 'other'; a saved result has \"mechopt-result\""),
    ("version", 2, "version is 2; this mechopt reads version 1"),
    ("version", True, "version is true"),
    ("question", "map", "question is 'map'; known: certify, solve"),
    ("answer", "perhaps", "answer is 'perhaps'; known: possible, impossible"),
    ("status", 3, "status is 3; known: optimal"),
    ("problem", None, "problem is null"),
    ("problem", {}, r"the table \[environment\] is missing"),
    ("first_best", None, "first_best is null; every result has this number"),
    ("first_best", 3, "first_best is 3; write"),
    ("first_best", {"float": "x", "exact": None}, "first_best.float is 'x'; write a number"),
    ("first_best", {"float": 1, "exact": 1}, "first_best.exact is 1; write a string"),
    ("first_best", {"float": 1, "exact": "1/0"}, "first_best.exact is '1/0'; a denominator of zero"),
    ("first_best", {"float": 1, "exact": "1/" + "7" * 5000}, "first_best.exact is .*finite number"),
    ("proof", None, "proof is null; write an object with a grade"),
    ("proof", {"grade": "sure"}, "proof.grade is 'sure'; known: optimal, bounded"),
    ("proof", {"grade": "none", "gap": 3}, "proof.gap is 3; write a string"),
    ("checks", {}, "checks is a table; write a list"),
    ("checks", [3], "checks, entry 1 is 3; write an object"),
    ("checks", [{"property": "bic", "margin": None}], "checks, entry 1: margin has no exact value"),
    ("checks", [{"property": "bike", "margin": {"float": 0, "exact": "0"}}], "property is 'bike'; did you mean 'bic'"),
    ("certificate", [], "certificate is an empty list; write an object or null"),
    ("mechanism", {"form": "lottery"}, "mechanism.form is 'lottery'; known: table"),
    ("mechanism", {"form": "table", "allocation": []}, "mechanism.allocation is not a list with one entry per profile, 4"),
    ("mechanism", {"form": "table", "allocation": [["1", "0", "0"]] * 4, "payments": [["0"]] * 4}, "mechanism.payments, entry 1: is not a list of 2"),
    ("mechanism", {"form": "table", "allocation": [[1, "0", "0"]] * 4}, "mechanism.allocation, entry 1 is 1; write a string"),
    ("statistics", 3, "statistics is 3; write an object or null"),
]


@pytest.mark.parametrize(("key", "value", "message"), BROKEN)
def test_a_broken_result_is_refused_in_one_line(possible, tmp_path, key, value, message):
    path = tmp_path / "result.json"
    path.write_text(json.dumps({**result_to_dict(possible), key: value}))
    with pytest.raises(ProblemFileError, match=message) as caught:
        load_result(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["question", "problem", "digest", "proof", "checks", "mechanism", "certificate", "first_best"])
def test_a_missing_key_is_named(possible, tmp_path, key):
    data = result_to_dict(possible)
    del data[key]
    path = tmp_path / "result.json"
    path.write_text(json.dumps(data))
    with pytest.raises(ProblemFileError, match=f"the key {key} is missing"):
        load_result(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("[1]", "is a JSON list or value"),
        ("{]", "is not JSON"),
        ('{"a": NaN}', "is not JSON: NaN is not a finite number"),
        ('{"a": 1e999}', "is not JSON: 1e999 is not a finite number"),
        ('{"a": 1, "a": 2}', "the key 'a' stands twice"),
        ("a = 1", "is not JSON"),
    ],
)
def test_what_is_not_a_result_is_refused(tmp_path, content, message):
    path = tmp_path / "result.json"
    path.write_text(content)
    with pytest.raises(ProblemFileError, match=message):
        load_result(path)


def test_long_numbers_are_written_in_lowest_terms_like_short_ones():
    # 3^2000 and 7^900 have no common divisor; 2^400 and 5^400 cancel.
    long = RationalArray(np.array([3**2000 * 10**400, -(10**400), 0], dtype=object), 7**900 * 10**400)
    assert long.texts() == [f"{3**2000}/{7**900}", f"-1/{7**900}", "0"]


@pytest.mark.parametrize("table", [RationalArray(np.array([1], dtype=object), 10**4400), RationalArray(np.array(10**4400, dtype=object))])
def test_numbers_that_nobody_could_read_are_not_written(table):
    with pytest.raises(ProgramSizeError, match="more digits than Python reads; use fewer agents or types"):
        table.texts()
