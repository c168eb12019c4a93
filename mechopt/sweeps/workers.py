"""Who answers the points: processes of this machine, a Dask cluster, or any other executor."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from abc import ABC, abstractmethod
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from types import TracebackType
from typing import Any

from mechopt.errors import MechoptError, SolverError
from mechopt.files.document import one_line

__all__ = ["Cluster", "Others", "Processes", "Workers"]

# Futures that wait at any time, per worker: enough that none is idle, few enough to lose little when a worker dies.
_PER_WORKER = 2
_CONNECT = "15s"


class Workers(ABC):
    """An executor that can be replaced when it breaks, and the number of points it is given at a time."""

    executor: Executor
    window: int

    @abstractmethod
    def renew(self) -> None:
        """Replace a broken executor."""

    def submit(self, function: Any, *arguments: Any) -> Future[Any]:
        """Hand one call to the executor."""
        return self.executor.submit(function, *arguments)

    def __enter__(self) -> Workers:
        return self

    @abstractmethod
    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Leave nobody at work for nothing."""


class Processes(Workers):
    """Worker processes of this machine; they end with the process that started them, however it ends."""

    def __init__(self, count: int | None = None) -> None:
        if count is not None and count < 1:
            raise MechoptError(f"workers is {count}; write a positive number of processes")
        self._count = count or os.cpu_count() or 1
        self.window = _PER_WORKER * self._count
        self.renew()

    def renew(self) -> None:
        """Start new processes, when the first point is handed out."""
        self._others = set(multiprocessing.active_children())
        # Not a fork: a copy of a process with threads may never wake up.
        self.executor = ProcessPoolExecutor(self._count, multiprocessing.get_context("spawn"), _begin_worker)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End the processes: after the last point all are idle, after an interruption nobody waits for what they do."""
        if kind is not None:
            for process in set(multiprocessing.active_children()) - self._others:
                process.kill()
        self.executor.shutdown(wait=True, cancel_futures=True)


def _begin_worker() -> None:
    """Leave the keyboard's interrupt to the parent, and end when it does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


class Others(Workers):
    """An executor that somebody else has made, and that nobody here can replace or end."""

    def __init__(self, executor: Executor, window: int = 64) -> None:
        self.executor, self.window = executor, window

    def renew(self) -> None:
        """Give up."""
        raise SolverError("the executor has broken down; what was answered is kept, so run the same sweep again with a new one")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Leave the executor to its owner."""


class Cluster(Others):
    """The workers of a Dask cluster. A worker that dies is Dask's business: its points go to another one."""

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ModuleNotFoundError as error:
            raise MechoptError("scheduler: Dask is not installed; install it with: pip install distributed") from error
        try:
            self._client = Client(address, timeout=_CONNECT, set_as_default=False)
        except (OSError, ValueError) as error:
            raise MechoptError(one_line(f"scheduler {address}: no Dask scheduler answers ({error}); start one with `dask scheduler`")) from error
        cores = sum(self._client.ncores().values())
        super().__init__(self._client.get_executor(pure=False), window=_PER_WORKER * max(cores, 16))

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Withdraw what is still asked for and leave the cluster."""
        self.executor.shutdown(wait=False)
        self._client.close()
