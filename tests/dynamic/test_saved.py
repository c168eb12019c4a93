"""Saved answers about types that move: read back, they say, show and draw what fresh ones do."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import mechopt as mo
from mechopt.cli.main import run
from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
from mechopt.dynamic.result import DynamicResult
from mechopt.errors import ProblemFileError
from mechopt.report.dynamic import dynamic_headline
from mechopt.report.text import text

ANSWERS = {
    "possible": ("certify", lambda: mo.load("yoon-2015/kept-half-the-time")),
    "impossible": ("certify", lambda: mo.load("skrzypacz-toikka-2015/persistent")),
    "solved": ("solve", lambda: repeated_trade([0, 1], [0, 1], lazily_redrawn("1/2", 2), "3/10")),
}


@pytest.fixture(scope="module", params=ANSWERS)
def answer(request: pytest.FixtureRequest) -> Any:
    question, problem = ANSWERS[request.param]
    return getattr(mo, question)(problem())


@pytest.fixture
def saved(answer: DynamicResult, tmp_path: Path) -> Any:
    answer.save(tmp_path / "answer.json")
    return mo.load_result(tmp_path / "answer.json")


def test_a_saved_answer_reads_like_a_fresh_one(answer: DynamicResult, saved: Any, tmp_path: Path) -> None:
    assert text(saved) == text(answer)
    assert saved.explain() == answer.explain()
    assert saved._repr_html_() == answer._repr_html_()
    assert saved.to_latex() == answer.to_latex()
    assert saved.to_frame().equals(answer.to_frame())
    assert saved.tables() == answer.tables()
    saved.save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "answer.json").read_bytes()


def test_an_answer_in_a_shell_is_a_line(answer: DynamicResult) -> None:
    assert repr(answer) == f"<DynamicResult: {dynamic_headline(answer)}>"
    assert repr(answer.problem.environment).startswith("<DynamicEnvironment: 2 agents, ")


def test_every_table_has_its_three_faces(answer: DynamicResult) -> None:
    tables = answer.tables()
    assert {"numbers", "checks"} <= set(tables)
    assert ("interim" in tables) == ("profiles" in tables) == (answer.mechanism is not None)
    assert ("prices" in tables) == (answer.certificate is not None)
    for sheet in tables.values():
        assert len(sheet.to_frame()) == len(sheet.rows)
        assert sheet.to_latex().startswith(r"\begin{tabular}")
        assert sheet._repr_html_().count("<tr") == 1 + min(len(sheet.rows), 60)


def test_what_a_type_expects_is_what_the_definition_says() -> None:
    """Types drawn anew: a low seller and a high buyer gain 1 with odds 1/4, so M is 1 in the first case and 1/2 on average later."""
    result = mo.certify(repeated_trade([0, 1], [0, 1], lazily_redrawn(0, 2), "1/2"))
    frame = result.tables()["interim"].to_frame().set_index(["agent", "type"])
    later = Fraction(1, 2) / (1 - Fraction(1, 2)) * Fraction(1, 4)
    expected = {("seller", "0"): Fraction(1, 2) + later, ("seller", "1"): later, ("buyer", "0"): later, ("buyer", "1"): Fraction(1, 2) + later}
    assert dict(frame["payoff"]) == expected
    assert (frame["left"] == frame["payoff"] - frame["fee"]).all()
    assert frame["left"].min() == 0
    by_profile = result.mechanism.to_frame()
    assert by_profile.loc[("0", "1"), "trade"] == 1
    assert by_profile.loc[("0", "0"), "trade"] in (0, 1)
    assert "period 0" in result.mechanism._repr_html_()


def test_a_report_and_a_picture_are_made_of_a_saved_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, page, picture = (str(tmp_path / name) for name in ("answer.json", "report.html", "condition.svg"))
    mo.certify(repeated_trade([0, 1], [0, 1], lazily_redrawn(0, 2), "1/2")).save(path)
    assert run(["report", path, "-o", page]) == 0
    written = Path(page).read_text(encoding="utf-8")
    for heading in ("Does an efficient mechanism balance?", "What each type expects in period 0", "Both sides of the budget condition"):
        assert heading in written
    assert "of the saved result were checked again" in written
    assert run(["plot", path, "--picture", "dynamic-condition", "-o", picture]) == 0
    assert Path(picture).read_text(encoding="utf-8").startswith("<?xml")
    document = json.loads(Path(path).read_text(encoding="utf-8"))
    document["dynamic"]["slack"] = {"float": 9.0, "exact": "9"}
    Path(path).write_text(json.dumps(document), encoding="utf-8")
    Path(page).unlink()
    capsys.readouterr()
    assert run(["report", path, "-o", page]) == 1
    assert "dynamic.slack" in capsys.readouterr().err
    assert not Path(page).exists()


BROKEN = [
    (("dynamic", "slack"), None, "dynamic.slack is null; every result has this number"),
    (("dynamic", "largest_fees"), {}, r"dynamic.largest_fees.seller is missing"),
    (("dynamic", "critical_discounts"), 3, "dynamic.critical_discounts is 3; write a list"),
    (("dynamic", "critical_discounts_undecided"), [[0.5]], r"dynamic.critical_discounts_undecided holds a list; write two numbers"),
    (("dynamic", "slack_error"), "0", "dynamic.slack_error is '0'; write a number"),
    (("dynamic", "irreducible"), 1, "dynamic.irreducible is 1; write true or false"),
    (("mechanism", "payments"), [], "mechanism.payments is not a list with one entry per profile, 4"),
    (("mechanism", "fees"), {"seller": "0"}, "mechanism.fees.buyer is missing"),
    (("mechanism", "form"), "table", "mechanism.form is 'table'; did you mean 'stationary'|mechanism.form is 'table'; .*stationary"),
    (("proof", "surplus"), {"certificate": {"incentive": {"seller": [[["1"], "0", "1"]]}}}, "proof.surplus.certificate"),
    (("checks",), [{"property": "bic", "margin": {"float": 0.0, "exact": "0"}}], "checks, entry 1: property is 'bic'"),
]


@pytest.mark.parametrize(("path", "value", "message"), BROKEN, ids=[".".join(path) for path, _, _ in BROKEN])
def test_a_broken_file_is_refused_in_one_line(path: tuple[str, ...], value: Any, message: str, tmp_path: Path) -> None:
    document = mo.certify(repeated_trade([0, 1], [0, 1], lazily_redrawn(0, 2), "1/2")).to_dict()
    place = document
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    file = tmp_path / "broken.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ProblemFileError, match=message) as refused:
        mo.load_result(file)
    assert str(refused.value).startswith(str(file))
    assert "\n" not in str(refused.value)
