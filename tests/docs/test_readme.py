"""The README shows what the command line prints, names the commands that exist, and leads to files that are there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from mechopt.cli.main import cli
from tests.docs.names import ROOT, page
from tests.docs.pages import replayed

TEXT = page("README.md")
SESSION = re.findall(r"^\$ (mechopt .+)$", TEXT, re.MULTILINE)
LINKS = sorted(set(re.findall(r"\]\(([^)#:]+)\)", TEXT)))
OPTIONS = sorted(set(re.findall(r"`(?:certify )?(--?[a-z]+)[^`]*`", TEXT)))


def test_the_session_prints_what_the_readme_shows(tmp_path: Path) -> None:
    assert len(SESSION) >= 2
    assert replayed(TEXT, tmp_path) == TEXT


def test_the_table_has_the_commands_that_exist() -> None:
    assert set(re.findall(r"^\| `mechopt (\w+)", TEXT, re.MULTILINE)) == set(cli.commands)


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_of_the_readme_exists(option: str) -> None:
    assert any(option in parameter.opts for command in cli.commands.values() for parameter in command.params)


@pytest.mark.parametrize("link", LINKS)
def test_every_link_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


def test_the_two_commands_name_what_is_there() -> None:
    blocks = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    assert len(blocks) == 2
    assert all(block.count("\n") == 1 and block.startswith("python3 -m venv .venv && ") for block in blocks)
    assert all((ROOT / path).exists() for path in re.findall(r"problems/\S+\.toml", blocks[0]))
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    assert set(re.findall(r'"\.\[(\w+)\]"', blocks[1])) <= set(project["optional-dependencies"])
    assert "mechopt" in project["scripts"]


@pytest.mark.parametrize(("displays", "function"), re.findall(r"^\| [^|]+ \| (\([\d(), ]+\)) \| `([\w.]+)` \|$", TEXT, re.MULTILINE))
def test_a_formula_of_the_readme_is_computed_where_the_model_says(displays: str, function: str) -> None:
    for display in displays.split(", "):
        row = re.search(rf"^\| {re.escape(display)} \| (.+) \|$", page("docs/model.md"), re.MULTILINE)
        assert row is not None
        assert f"`{function}`" in row[1], display
