"""How far a long computation has come, on standard error: a bar on a terminal, else a line now and then."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

from mechopt.cli.screen import say
from mechopt.files.document import one_line

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

__all__ = ["Bar"]

_BETWEEN_LINES = 30.0


class Bar:
    """A count that goes up to `total`, with an estimate of when."""

    def __init__(self, label: str, total: int) -> None:
        self._label, self._total = one_line(label), total
        self._done = self._earlier = self._failed = 0
        self._start = self._said = time.monotonic()
        self._rich: RichProgress | None = None

    def __enter__(self) -> Bar:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.markup import escape
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

            columns = (
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("about"),
                TimeRemainingColumn(),
                TextColumn("left{task.fields[note]}"),
            )
            self._rich = Progress(TextColumn(escape(self._label)), *columns, console=Console(stderr=True))
            self._task = self._rich.add_task("", total=self._total, note="")
            self._rich.start()
        return self

    def skip(self, count: int) -> None:
        """Count what was done before; it says nothing about the time that is left."""
        self._done = self._earlier = count
        self._start = time.monotonic()
        if self._rich is not None:
            self._rich.reset(self._task, total=self._total, completed=count)

    def advance(self, *, failed: bool) -> None:
        """Count one more."""
        self._done += 1
        self._failed += failed
        note = f", {self._failed:,} failed" if self._failed else ""
        if self._rich is not None:
            self._rich.update(self._task, advance=1, note=note)
        elif time.monotonic() - self._said > _BETWEEN_LINES:
            self._said = time.monotonic()
            seconds = (self._said - self._start) * (self._total - self._done) / (self._done - self._earlier)
            say("progress", f"{self._label}: {self._done:,} of {self._total:,}, about {_duration(seconds)} left{note}")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._rich is not None:
            self._rich.stop()


def _duration(seconds: float) -> str:
    """Return a length of time as people say it.

    Examples
    --------
    >>> _duration(42), _duration(180), _duration(9000)
    ('42 s', '3 min', '2.5 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
