"""Commands for whoever writes a problem file or uses another solver: new, schema, completion, export."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import BashComplete

from mechopt.cli.main import COMPLETE, cli
from mechopt.files.starting_file import STARTING_FILES

ROOT = Path(__file__).resolve().parents[2]
TRADE = "myerson-satterthwaite-1983/uniform-6"


@pytest.mark.parametrize("kind", STARTING_FILES)
def test_a_starting_file_can_be_asked_as_it_is(mechopt, tmp_path, kind):
    path = tmp_path / "mine.toml"
    assert mechopt("new", kind, "-o", path).status == 0
    for question in ("certify", "solve"):
        done = mechopt(question, path, "--json")
        assert done.status == 0, done.err
        data = json.loads(done.out)
        assert data["answer" if question == "certify" else "status"] in ("possible", "impossible", "optimal")


def test_a_file_that_exists_is_left_alone(mechopt, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("precious")
    done = mechopt("new", "object", "-o", path)
    assert (done.status, done.err) == (2, f"error: {path}: exists already; name another file with -o\n")
    assert path.read_text() == "precious"


def test_an_unknown_kind_is_refused(mechopt):
    done = mechopt("new", "objct")
    assert done.status == 2
    assert "'objct' is not one of 'object', 'public-good'" in done.err


def test_the_schema_is_printed(mechopt):
    assert json.loads(mechopt("schema").out)["properties"]["design"]["additionalProperties"] is False


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_has_its_script(mechopt, shell):
    done = mechopt("completion", shell)
    assert (done.status, done.err) == (0, "")
    assert "_MECHOPT_COMPLETE" in done.out


def completions(*words: str) -> list[str]:
    """Return what the shell is offered for the last word."""
    complete = BashComplete(cli, {}, "mechopt", COMPLETE)
    return [item.value for item in complete.get_completions(list(words[:-1]), words[-1])]


def test_the_catalogue_is_listed(mechopt):
    listed = mechopt("problems").out.splitlines()
    data = json.loads(mechopt("problems", "--json").out)
    assert [line.split()[0] for line in listed] == [entry["name"] for entry in data]
    assert set(data[0]) == {"name", "title", "source"}


def test_the_shell_completes_commands_problems_keys_and_values():
    assert completions("cert") == ["certify"]
    assert "myerson-satterthwaite-1983/uniform-6" in completions("certify", "myerson-satt")
    assert completions("certify", "--set", "design.bud") == ["design.budget="]
    assert "agents.seller.share=" in completions("certify", TRADE, "--set", "agents.sell")
    assert completions("certify", "--set", "design.budget=no") == ["design.budget=no-deficit", "design.budget=none"]
    assert completions("certify", "missing.toml", "--set", "agents.") == []


def test_a_completion_ends_like_a_command_that_went_well():
    environment = {**os.environ, "PYTHONPATH": str(ROOT), COMPLETE: "bash_complete", "COMP_WORDS": "mechopt cert", "COMP_CWORD": "1"}
    done = subprocess.run([sys.executable, "-m", "mechopt.cli"], capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "plain,certify\n", "")


@pytest.mark.parametrize("suffix", [".mps", ".lp"])
def test_a_program_is_exported(mechopt, tmp_path, suffix):
    path = tmp_path / f"program{suffix}"
    done = mechopt("export", TRADE, "--question", "certify", "-o", path)
    assert (done.status, done.err) == (0, f"saved: {path}\n")
    assert "incentive(seller,1_12,1_4)" in path.read_text()


def test_a_mechanism_is_exported_as_a_game(mechopt, tmp_path):
    pytest.importorskip("pygambit", reason="pygambit is not installed (extra gambit)")
    path = tmp_path / "game.efg"
    small = ("--set", "agents.seller.values.points=2", "--set", "agents.buyer.values.points=2")
    assert mechopt("export", TRADE, *small, "-o", path).status == 0
    assert path.read_text().startswith("EFG 2 R")
    refused = mechopt("export", TRADE, "--question", "certify", "-o", path)
    assert (refused.status, "has no mechanism with tables" in refused.err) == (2, True)


def test_a_missing_pygambit_names_the_extra(mechopt, tmp_path, monkeypatch):
    monkeypatch.setattr("mechopt.files.game.find_spec", lambda name: None)
    done = mechopt("export", TRADE, "-o", tmp_path / "game.efg")
    assert (done.status, "mechopt[gambit]; install it with: pip install pygambit" in done.err) == (2, True)


def test_an_unknown_format_is_refused_before_anything_is_computed(mechopt, tmp_path):
    done = mechopt("export", TRADE, "-o", tmp_path / "program.txt")
    assert done.status == 2
    assert "program.txt: the name ends in '.txt'; write one that ends in .mps, .lp or .efg" in done.err
