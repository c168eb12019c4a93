"""Run the command line inside the test process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from mechopt.cli import screen
from mechopt.cli.main import run


@dataclass(frozen=True)
class Outcome:
    """What a command line did."""

    status: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Say nothing about progress, however slow the machine, on a screen of fixed width."""
    monkeypatch.setattr(screen, "_PATIENCE", 600.0)
    monkeypatch.setenv("COLUMNS", "120")


@pytest.fixture
def mechopt(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run ``mechopt`` with these arguments."""

    def called(*arguments: object) -> Outcome:
        capsys.readouterr()
        status = run([str(argument) for argument in arguments])
        return Outcome(status, *capsys.readouterr())

    return called
