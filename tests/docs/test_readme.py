"""The README shows what the command line prints, names the commands that exist, and leads to files that are there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from mechopt.cli.main import cli
from tests.docs.names import ROOT, page

TEXT = page("README.md")
BLOCK = re.search(r"```console\n(.*?)```", TEXT, re.DOTALL)
SESSION = re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", BLOCK.group(1) if BLOCK else "", re.MULTILINE)
LINKS = sorted(set(re.findall(r"\]\(([^)#:]+)\)", TEXT)))
OPTIONS = sorted(set(re.findall(r"`(?:certify )?(--?[a-z]+)[^`]*`", TEXT)))


def masked(text: str) -> list[str]:
    """Return the lines of an output without what differs from run to run: how long it took."""
    return [re.sub(r"^(seconds +).*", r"\1...", line) for line in text.strip("\n").splitlines()]


def run(line: str, where: Path) -> str:
    """Run one line of the session, a command with at most `head` or `tail` behind it, and return what it prints."""
    command, _, cut = line.partition(" | ")
    arguments = command.split()
    assert arguments[0] == "mechopt"
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "COLUMNS": "100", "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "mechopt.cli", *arguments[1:]], cwd=where, env=environment, capture_output=True, encoding="utf-8", check=True
    )
    lines = done.stdout.splitlines()
    if cut:
        end, count = re.fullmatch(r"(head|tail) -n (\d+)", cut).groups()  # type: ignore[union-attr]  # anything else is no example
        lines = lines[: int(count)] if end == "head" else lines[-int(count) :]
    return "\n".join(lines)


def test_the_session_prints_what_the_readme_shows(tmp_path: Path) -> None:
    assert len(SESSION) >= 2
    for line, shown in SESSION:
        assert masked(run(line, tmp_path)) == masked(shown), line


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


def test_the_pages_name_no_machine() -> None:
    for name in ("README.md", "docs/model.md", "docs/architecture.md", "docs/certificates.md"):
        assert not re.findall(r"(?<![\w.])/(?:work|home|opt|usr|tmp|Users)/", page(name)), name
