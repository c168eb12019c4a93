"""The program as a process: help, pipes, start-up, interrupts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def mechopt(*arguments, **options):
    command = [sys.executable, "-m", "mechopt.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False, **options)


def test_a_wrong_file_is_one_line_without_traceback(tmp_path):
    path = tmp_path / "problem.toml"
    path.write_text("[environment]\nkind = 'object'\n[[agents]]\nname = 'Ann'\nvalues = [1, 2]\nprior = [1, 2]\n")
    done = mechopt("certify", str(path))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: {path}: agents.Ann.prior sums to 3; probabilities must sum to exactly 1\n"


def test_the_answer_is_on_standard_output(tmp_path):
    done = mechopt("certify", "matsuo-1989/possible", "--json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["answer"] == "possible"


@pytest.mark.parametrize(("encoding", "name"), [("ascii", "Bjørn → -".encode()), ("latin-1", b"Bj\xf8rn \\u2192 -"), ("utf-8", "Bjørn → ─".encode())])
def test_names_beyond_the_terminal_s_letters_survive(tmp_path, encoding, name):
    path = tmp_path / "problem.toml"
    path.write_text("[environment]\nkind = 'object'\n[[agents]]\nname = 'Bjørn → ─'\nvalues = [1, 2]\n[design]\nbudget = 'none'\n", encoding="utf-8")
    command = [sys.executable, "-m", "mechopt.cli", "certify", str(path)]
    done = subprocess.run(command, capture_output=True, env={**ENVIRONMENT, "PYTHONIOENCODING": encoding}, check=False)
    assert done.returncode == 0
    assert name in done.stdout


def test_a_reader_who_leaves_causes_no_complaint():
    command = [sys.executable, "-m", "mechopt.cli", "solve", "myerson-satterthwaite-1983/uniform-6", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT)
    process.stdout.close()
    assert process.wait() == 141
    said = process.stderr.read().splitlines()
    assert [line for line in said if not line.endswith(b" ...")] == []  # on a slow machine there is progress to tell
    process.stderr.close()


LOUD = """
import os
from mechopt.pipeline import questions
from mechopt.cli.main import main
asked = questions.certify
def certify(*given, **chosen):
    os.write(1, b"a solver talks")
    return asked(*given, **chosen)
questions.certify = certify
main()
"""


def test_what_a_solver_prints_is_no_part_of_the_result():
    command = [sys.executable, "-c", LOUD, "certify", "matsuo-1989/possible", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False)
    assert (done.returncode, json.loads(done.stdout)["answer"]) == (0, "possible")
    assert "a solver talks" in done.stderr


def test_streams_that_are_closed_are_nobody_s_concern(tmp_path):
    command = f"{sys.executable} -m mechopt.cli certify matsuo-1989/possible -o answer.json"
    for closed in (">&-", "2>&-"):
        done = subprocess.run(["sh", "-c", f"{command} {closed}"], capture_output=True, text=True, env=ENVIRONMENT, cwd=tmp_path, check=False)
        assert done.returncode == 0
        assert "saved" not in done.stdout  # that is said on the other stream
        assert json.loads((tmp_path / "answer.json").read_text())["answer"] == "possible"
        (tmp_path / "answer.json").unlink()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full, a device on which no space is ever left")
def test_a_full_disk_is_said():
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "mechopt.cli", "problems"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT, check=False)
    assert (done.returncode, done.stderr) == (2, "error: standard output: No space left on device\n")


def test_an_interrupt_is_clean(tmp_path):
    """A pipe that nobody writes to keeps the program waiting where it can be interrupted."""
    pipe = tmp_path / "problem.toml"
    os.mkfifo(pipe)
    # A suite that runs in the background may have been told to ignore interrupts, and children inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [sys.executable, "-m", "mechopt.cli", "certify", str(pipe)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
    )
    signal.signal(signal.SIGINT, before)
    writer = os.open(pipe, os.O_WRONLY)  # returns when the program reads
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=300)
    os.close(writer)
    assert (process.returncode, out, err.strip()) == (130, "", "error: interrupted")
