"""Everything that goes to standard error: errors, warnings, progress."""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING

from mechopt.errors import MechoptWarning
from mechopt.files.document import one_line

if TYPE_CHECKING:
    from rich.status import Status

__all__ = ["Progress", "say", "warnings_as_lines"]

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
