"""Replay what a page shows: the files it writes and the commands it runs, in order, in one directory.

``python -m tests.docs.pages PAGE ...`` writes the outputs that the commands print today into pages.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from mechopt.cli.main import run
from mechopt.exact import check

BLOCK = re.compile(r"^```(console|toml title=\"([\w./-]+)\")\n(.*?)^```$", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
PROGRESS = re.compile(r"^.+: .+ \.\.\.$")
SCREEN = {"COLUMNS": "100", "NO_COLOR": "1"}


def replayed(page: str, where: Path) -> str:
    """Return a page with the outputs that its commands print now."""
    with screen(), chdir(where):
        return BLOCK.sub(_block, page)


def _block(block: re.Match[str]) -> str:
    language, file, content = block.groups()
    if file is not None:
        Path(file).write_text(content, encoding="utf-8")
        return block[0]
    session = "\n".join(f"$ {command}\n{output(command)}" for command, _ in COMMAND.findall(content))
    return f"```{language}\n{session}```"


def output(line: str) -> str:
    """Run one line, and return what a terminal shows of it: `mechopt` with at most `head` or `tail` behind it, `head` of a file, or the checker.

    How long it took differs from run to run and is left out, as is what is said meanwhile to a person who waits.
    """
    command, _, cut = line.partition(" | ")
    name, *arguments = shlex.split(command)
    if name == "head":
        _, count, file = arguments
        return "".join(f"{row}\n" for row in Path(file).read_text(encoding="utf-8").splitlines()[: int(count)])
    alone = [name, *arguments[:-1]] == ["python", "-m", "mechopt.exact.check"]
    assert alone or name == "mechopt", line
    printed, said = StringIO(), StringIO()
    with redirect_stdout(printed), redirect_stderr(said if cut else printed):
        check.main(arguments[-1:]) if alone else run(arguments)
    lines = [re.sub(r"^(seconds +).*", r"\1...", row) for row in printed.getvalue().splitlines() if not PROGRESS.match(row)]
    if cut:
        end, count = re.fullmatch(r"(head|tail) -n (\d+)", cut).groups()
        lines = lines[: int(count)] if end == "head" else lines[-int(count) :]
    remarks = [row for row in said.getvalue().splitlines() if not PROGRESS.match(row)]
    return "".join(f"{row.rstrip()}\n" for row in [*remarks, *lines])


@contextmanager
def screen() -> Iterator[None]:
    """Fix the width of the screen."""
    before = {key: os.environ.get(key) for key in SCREEN}
    os.environ.update(SCREEN)
    try:
        yield
    finally:
        for key, value in before.items():
            os.environ.pop(key) if value is None else os.environ.update({key: value})


def main() -> None:
    """Bring pages up to date."""
    for name in sys.argv[1:]:
        path = Path(name)
        with TemporaryDirectory() as directory:
            path.write_text(replayed(path.read_text(encoding="utf-8"), Path(directory)), encoding="utf-8")


if __name__ == "__main__":
    main()
