"""`mechopt plot`: a file with a picture, or one line that says why not."""

from __future__ import annotations

import pytest

from mechopt.cli.main import run
from mechopt.report.pictures.registry import PICTURES

PROBLEM = "myerson-satterthwaite-1983/uniform-5"


@pytest.mark.parametrize(("ending", "start"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xml")])
def test_a_picture_of_a_problem_is_written(ending, start, tmp_path, capsys):
    path = tmp_path / f"figure.{ending}"
    assert run(["plot", PROBLEM, "--picture", "payoffs", "-o", str(path)]) == 0
    assert path.read_bytes().startswith(start)
    assert capsys.readouterr().err == f"saved: {path}\n"
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_a_saved_result_is_drawn_with_its_certificate(tmp_path):
    saved, path = tmp_path / "best.json", tmp_path / "prices.svg"
    assert run(["solve", PROBLEM, "--set", "design.objective=revenue", "--set", "design.budget=none", "-o", str(saved)]) == 0
    assert run(["plot", str(saved), "--picture", "incentives", "-o", str(path)]) == 0
    assert path.exists()


def test_the_list_names_every_picture_and_its_condition(capsys):
    assert run(["plot", "--list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed] == list(PICTURES)
    assert all(line.endswith(f"needs {picture.condition}") for line, picture in zip(listed, PICTURES.values(), strict=True))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([PROBLEM, "--picture", "alocation", "-o", "a.png"], "picture 'alocation' is unknown; did you mean 'allocation'?"),
        ([PROBLEM, "--picture", "allocation", "-o", "a.gif"], "a.gif: a picture's name ends in .png, .pdf or .svg"),
        ([PROBLEM, "--picture", "property-rights", "-o", "a.png"], f"{PROBLEM}: the simplex of property rights needs three agents, and there are 2"),
        ([PROBLEM, "--picture", "payoffs", "--agent", "Seller", "-o", "a.png"], "agent 'Seller' is unknown; did you mean 'seller'?"),
        (["nowhere.toml", "--picture", "payoffs", "-o", "a.png"], "nowhere.toml"),
    ],
)
def test_what_cannot_be_drawn_is_one_line_and_no_file(arguments, message, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(["plot", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
