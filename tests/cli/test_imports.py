"""What a command imports: libraries that are slow to load are left alone until something of theirs is used."""

from __future__ import annotations

import json
import subprocess
import sys

SLOW = ("cvxpy", "flint", "highspy", "matplotlib", "pandas", "pydantic", "rich", "scipy", "scipy.optimize", "scipy.stats")
CODE = f"""
import json, sys
from contextlib import redirect_stdout
from io import StringIO
from mechopt.cli.main import run
for arguments in json.loads(sys.argv[1]):
    with redirect_stdout(StringIO()) as printed:
        status = run(arguments)
    found = [name for name in {SLOW} if name in sys.modules]
    print(json.dumps([status, bool(printed.getvalue()), found]))
"""


def loaded(*commands: list[str]) -> list[list[str]]:
    """Return the slow libraries that are loaded after each of some commands, which one process runs in turn."""
    done = subprocess.run([sys.executable, "-c", CODE, json.dumps(commands)], capture_output=True, text=True, check=True)
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert [ended for *ended, _ in said] == [[0, True]] * len(commands), done.stderr
    return [found for *_, found in said]


def test_commands_that_need_no_solver_load_no_slow_library() -> None:
    lists = [[], ["--help"], ["certify", "--help"], ["--version"], ["problems"]]
    question = ["certify", "cramton-gibbons-klemperer-1987/forty-partners"]
    *of_lists, of_question = loaded(*lists, question)
    assert of_lists == [[]] * len(lists)
    assert of_question == ["rich"]


def test_a_program_is_solved_and_proved_with_what_that_takes_and_no_more() -> None:
    assert loaded(["certify", "myerson-satterthwaite-1983/uniform-6", "--json"]) == [["flint", "highspy", "scipy"]]
