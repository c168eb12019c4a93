"""What a command imports: libraries that are slow to load are left alone until something of theirs is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

SLOW = ("cvxpy", "flint", "highspy", "matplotlib", "pandas", "scipy")
CODE = f"""
import sys
from mechopt.cli.main import run
status = run(sys.argv[1:])
sys.stderr.write("loaded: " + " ".join(sorted(name for name in (*{SLOW}, "scipy.optimize") if name in sys.modules)))
sys.exit(status)
"""


def loaded(*arguments: str) -> list[str]:
    """Return the slow libraries that a command loads."""
    done = subprocess.run([sys.executable, "-c", CODE, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr.rsplit("loaded:", 1)[1].split()


@pytest.mark.parametrize("arguments", [("--help",), ("problems",), ("certify", "cramton-gibbons-klemperer-1987/forty-partners")])
def test_commands_that_need_no_solver_load_no_slow_library(arguments: tuple[str, ...]) -> None:
    assert loaded(*arguments) == []


def test_a_program_is_solved_and_proved_with_what_that_takes_and_no_more() -> None:
    assert loaded("certify", "myerson-satterthwaite-1983/uniform-6") == ["flint", "highspy", "scipy"]
