"""The catalogue is found by name, from anywhere."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import mechopt
from mechopt.errors import ProblemFileError
from mechopt.files.catalogue import catalogue, catalogue_root, near_names
from mechopt.files.problem_file import load


def test_names_are_directories_and_stems_in_order():
    names = [entry.name for entry in catalogue()]
    assert names == sorted(names)
    assert "myerson-satterthwaite-1983/uniform-6" in names
    assert all(entry.title and entry.source for entry in catalogue())


@pytest.mark.parametrize(
    "name",
    ["myerson-satterthwaite-1983/uniform-6", "myerson-satterthwaite-1983/uniform-6.toml", "problems/myerson-satterthwaite-1983/uniform-6.toml"],
)
def test_a_problem_is_loaded_by_name_away_from_the_checkout(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load(name).environment.n_types == (6, 6)


def test_a_file_of_that_name_comes_first(tmp_path, monkeypatch, trade):
    monkeypatch.chdir(tmp_path)
    Path("myerson-satterthwaite-1983").mkdir()
    Path("myerson-satterthwaite-1983/uniform-6").write_text(trade)
    assert load("myerson-satterthwaite-1983/uniform-6").name == "Trade"


def test_an_author_alone_suggests_the_author_s_problems():
    assert near_names("matsuo-1989") == ["matsuo-1989/impossible", "matsuo-1989/knife-edge", "matsuo-1989/possible"]
    assert near_names("Matsuo") == near_names("matsuo-1989")
    assert near_names("/") == []


def test_an_installed_package_brings_its_problems(tmp_path):
    """The wheel puts ``problems`` inside the package; a copy laid out like it must find them there."""
    shutil.copytree(Path(mechopt.__file__).parent, tmp_path / "mechopt", ignore=shutil.ignore_patterns("__pycache__", "problems"))
    shutil.copytree(catalogue_root(), tmp_path / "mechopt" / "problems")
    code = "import mechopt; from mechopt.files.catalogue import catalogue_root; print(catalogue_root()); mechopt.load('matsuo-1989/possible')"
    found = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == str(tmp_path / "mechopt" / "problems")


def test_a_problem_file_of_a_similar_name_is_suggested(tmp_path: Path) -> None:
    (tmp_path / "harbour.toml").write_text("", encoding="utf-8")
    with pytest.raises(ProblemFileError, match=r"harbor\.toml: there is no such file.*did you mean .*harbour\.toml"):
        load(tmp_path / "harbor.toml")
