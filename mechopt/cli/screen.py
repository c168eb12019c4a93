"""What is printed: answers on standard output; errors, warnings and progress on standard error."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any

import click

from mechopt.errors import MechoptWarning
from mechopt.files.document import one_line

if TYPE_CHECKING:
    from rich.status import Status

__all__ = ["Progress", "deliver", "say", "warnings_as_lines"]

_PATIENCE = 1.0


def say(kind: str, message: object) -> None:
    """Print one line ``kind: message`` on standard error."""
    print(f"{kind}: {one_line(message)}", file=sys.stderr, flush=True)


@contextmanager
def warnings_as_lines() -> Iterator[None]:
    """Show each of the library's warnings once, on one line, and nobody else's unless Python was told to (``-W``)."""
    seen: set[str] = set()

    def show(message: Warning | str, *_: object, **__: object) -> None:
        if str(message) not in seen:
            seen.add(str(message))
            say("warning", message)

    with warnings.catch_warnings():
        if not sys.warnoptions:
            warnings.simplefilter("ignore")
        warnings.simplefilter("always", MechoptWarning)
        warnings.showwarning = show
        yield


def deliver(source: str, to_dict: Callable[[], Mapping[str, Any]], to_text: Callable[..., str], *, as_json: bool, output: str | None) -> None:
    """Save an answer as JSON if it has to be, and print it: as JSON, or as text of the terminal's width, with colours where it has some."""
    from mechopt.files.output import to_json, write_text
    from mechopt.files.problem_file import naming

    saved = ""
    if as_json or output is not None:
        with naming(source):
            saved = to_json(to_dict())
    if output is not None:
        write_text(output, saved)
        say("saved", output)
    if as_json:
        click.echo(saved, nl=False)
        return
    colored = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    click.echo(_printable(to_text(width=shutil.get_terminal_size((100, 24)).columns, color=colored)), nl=False)


def _printable(shown: str) -> str:
    """Return the text with plain lines and dots where standard output knows no others; names are escaped by the stream."""
    try:
        shown.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return shown.translate({ord("─"): "-", ord("…"): "..."})
    return shown


class Progress:
    """Say what is going on once it has gone on for a second: a spinner on a terminal, else one plain line.

    Call it with the name of each stage as it begins.
    """

    def __init__(self, label: str) -> None:
        self._label, self._stage = one_line(label), "working"
        self._status: Status | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(_PATIENCE, self._begin)
        self._timer.daemon = True

    def __enter__(self) -> Progress:
        self._timer.start()
        return self

    def __call__(self, stage: str) -> None:
        """Note that a stage begins."""
        with self._lock:
            self._stage = one_line(stage)
            if self._status is not None:
                self._status.update(self._text())

    def _text(self) -> str:
        from rich.markup import escape

        return escape(f"{self._label}: {self._stage} ...")

    def _begin(self) -> None:
        with self._lock:
            if self._timer.finished.is_set():
                return
            if not sys.stderr.isatty():
                print(f"{self._label}: {self._stage} ...", file=sys.stderr, flush=True)
                return
            from rich.console import Console

            self._status = Console(stderr=True).status(self._text())
            self._status.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._timer.cancel()
        with self._lock:
            if self._status is not None:
                self._status.stop()
