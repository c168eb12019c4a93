"""Time limits, interruption and progress of searches that improve a bounded answer round by round."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["Clock"]

_LEAST_SHARE = 0.2


class Clock:
    """How long a search may go on, and who is told about it.

    Parameters
    ----------
    limit : float or None
        In seconds from now.
    tell : callable, optional
        Called with a short text.
    parent : Clock, optional
        Of a search that this one is a part of; an interruption ends both.
    now : callable
        Returns the time, in seconds.
    """

    def __init__(
        self,
        limit: float | None,
        tell: Callable[[str], None] | None = None,
        parent: Clock | None = None,
        now: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.limit, self._tell, self._now = limit, tell, now
        self._start = now()
        self._interrupted = False
        self._parent = parent

    def spent(self) -> float:
        """Return the seconds since the start."""
        return self._now() - self._start

    def left(self) -> float | None:
        """Return the seconds that are left; None: no limit."""
        return None if self.limit is None else max(self.limit - self.spent(), 0.0)

    def over(self) -> bool:
        """Return whether the time is over or the user interrupted."""
        return self.interrupted or self.left() == 0.0

    @property
    def interrupted(self) -> bool:
        """Whether the user wants the answer as it is."""
        return self._interrupted if self._parent is None else self._parent.interrupted

    def interrupt(self) -> None:
        """Note that the user wants the answer as it is."""
        self._interrupted = True
        if self._parent is not None:
            self._parent.interrupt()

    def until(self, share: float) -> Clock:
        """Return a clock for a share of what is left."""
        left = self.left()
        return Clock(None if left is None else left * share, self._tell, self, self._now)

    def reserving(self, seconds: float) -> Clock:
        """Return a clock that ends early enough for what takes so many seconds afterwards; a share of what is left remains in any case."""
        left = self.left()
        return Clock(None if left is None else max(left - seconds, left * _LEAST_SHARE), self._tell, self, self._now)

    def tell_gap(self, rounds: int, value: float, bound: float) -> None:
        """Report where a search stands."""
        if self._tell is not None:
            self._tell(f"round {rounds:,}: value {value:.10g}, bound {bound:.10g}, gap {bound - value:.2g}")
