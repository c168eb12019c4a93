"""A sweep from start to end: what is left to do, who does it, and one durable row after the other."""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from dataclasses import dataclass
from itertools import islice, product
from typing import TYPE_CHECKING, Any, Literal

from mechopt.environment.environment import Environment
from mechopt.errors import MechoptError, ProblemFileError, SolverError
from mechopt.files.document import one_line
from mechopt.files.normal_form import digest, normalise
from mechopt.files.problem_file import load_document
from mechopt.files.settings import apply
from mechopt.problem import Problem
from mechopt.rational import Number
from mechopt.sweeps.axes import Axis, axes_of, grid_of
from mechopt.sweeps.point import Asked, Row, answer_point, failed, problem_at
from mechopt.sweeps.table import Layout, Rows, frame_of
from mechopt.sweeps.workers import Cluster, Others, Processes, Workers

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Sweep", "plan_sweep", "sweep"]

Point = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Sweep:
    """A question, a grid, and where the rows go.

    Attributes
    ----------
    asked : Asked
    layout : Layout
    output : path or None
    retry : bool
        Whether points that an earlier run could not answer are asked again.
    """

    asked: Asked
    layout: Layout
    output: str | os.PathLike[str] | None = None
    retry: bool = False

    @property
    def n_points(self) -> int:
        """Number of points of the grid."""
        return math.prod(len(axis.values) for axis in self.layout.axes)

    def run(self, workers: Callable[[], Workers], progress: Callable[[int, Row | None], None] | None = None) -> list[Row]:
        """Answer what is not yet in the file and return all rows, in the grid's order.

        Parameters
        ----------
        workers : callable
            Makes the workers, if there is anything left to do.
        progress : callable, optional
            Called with the number of points that an earlier run has answered, and None; then with 1 and each new row.
        """
        with Rows(self.layout, self.output) as rows:
            points = [point for point in grid_of(self.layout.axes) if self._open(rows.rows.get(point))]
            if progress is not None:
                progress(self.n_points - len(points), None)
            if points:
                with workers() as hands:
                    _check_ready(hands)
                    for point, answer in _answers(self, points, hands):
                        row = rows.add(point, answer)
                        if progress is not None:
                            progress(1, row)
            return rows.finish(grid_of(self.layout.axes))

    def _open(self, row: Row | None) -> bool:
        """Return whether a point is to be asked, given the row that an earlier run has left."""
        return row is None or (self.retry and "error" in row)


def plan_sweep(
    problem: str | os.PathLike[str] | Problem | Environment,
    vary: Mapping[str, str | Sequence[Number]],
    *,
    question: Literal["certify", "solve"] = "certify",
    output: str | os.PathLike[str] | None = None,
    settings: Sequence[str] = (),
    backend: str = "highs",
    time_limit: float | None = None,
    retry: bool = False,
) -> Sweep:
    """Return a sweep, checked as far as that is possible before its first point. Parameters are those of `sweep`."""
    if question not in ("certify", "solve"):
        raise MechoptError(f"question is {question!r}; write certify or solve")
    axes = axes_of(vary)
    document = _document(problem, settings)
    _check_corners(document, axes, label=str(problem) if isinstance(problem, (str, os.PathLike)) else "problem")
    layout = Layout(axes, question, digest({key: value for key, value in document.items() if key != "expected"}))
    return Sweep(Asked(document, question, backend, time_limit), layout, output, retry)


def _document(problem: str | os.PathLike[str] | Problem | Environment, settings: Sequence[str]) -> dict[str, Any]:
    if isinstance(problem, (str, os.PathLike)):
        return load_document(problem, settings)
    document = normalise(Problem(problem) if isinstance(problem, Environment) else problem)
    apply(document, settings)
    return document


def _check_corners(document: Mapping[str, Any], axes: Sequence[Axis], label: str) -> None:
    """Refuse a grid of which no corner is a problem: then a key is wrong, and every row would say so."""
    first: MechoptError | None = None
    for corner in islice(product(*(dict.fromkeys((axis.values[0], axis.values[-1])) for axis in axes)), 64):
        try:
            problem_at(document, [f"{axis.key}={value}" for axis, value in zip(axes, corner, strict=True)])
        except MechoptError as error:
            first = first or error
        else:
            return
    raise ProblemFileError(one_line(f"{label}: {first}")) from first


def _check_ready(workers: Workers) -> None:
    """Make sure that workers elsewhere can answer: else every row would say that they cannot."""
    if isinstance(workers, Processes):
        return
    error = workers.submit(grid_of, ()).exception()
    if error is not None:
        raise MechoptError(one_line(f"the workers cannot run mechopt ({type(error).__name__}: {error}); install it there, in the same version"))


def _answers(sweep: Sweep, points: Sequence[Point], workers: Workers) -> Iterator[tuple[Point, Row]]:
    """Yield answers as they come.

    When a worker dies, every point that was with a worker is asked again, alone, so that the one that kills is found.
    """
    waiting, suspects = deque(points), deque[Point]()
    running: dict[Future[Row], Point] = {}
    while waiting or suspects or running:
        queue, window = (suspects, 1) if suspects else (waiting, workers.window)
        while queue and len(running) < window:
            running[_submitted(sweep, queue[0], workers)] = queue[0]
            queue.popleft()
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        lost = []
        for future in done:
            point = running.pop(future)
            error = _error(future)
            if isinstance(error, BrokenExecutor):
                lost.append(point)
            else:
                yield point, future.result() if error is None else failed(error)
        if lost:
            lost += running.values()
            running.clear()
            workers.renew()
            if len(lost) == 1:
                yield lost[0], {"error": "the worker process died twice at this point; is there enough memory?"}
            else:
                suspects.extend(lost)


def _submitted(sweep: Sweep, point: Point, workers: Workers) -> Future[Row]:
    try:
        return workers.submit(answer_point, sweep.asked, sweep.layout.settings(point))
    except BrokenExecutor:
        workers.renew()
        return workers.submit(answer_point, sweep.asked, sweep.layout.settings(point))


def _error(future: Future[Row]) -> BaseException | None:
    try:
        return future.exception()
    except CancelledError as error:
        raise SolverError("the cluster has withdrawn a point; what was answered is kept, so run the same sweep again") from error


def sweep(
    problem: str | os.PathLike[str] | Problem | Environment,
    vary: Mapping[str, str | Sequence[Number]],
    *,
    workers: int | None = None,
    executor: Executor | None = None,
    scheduler: str | None = None,
    progress: Callable[[int, Row | None], None] | None = None,
    **asked: Any,
) -> DataFrame:
    """Ask the same question at every point of a grid, in parallel.

    Parameters
    ----------
    problem : path, name of the catalogue, Problem or Environment
    vary : mapping
        From key, as for ``--set``, to ``"START:STOP:COUNT"`` (exact spacing), ``"a,b,c"`` or a sequence of values.
    question : str
        ``"certify"`` or ``"solve"``.
    output : path, optional
        A ``.csv`` or ``.parquet`` file. Rows are on disk as soon as they are known, and what is there already is not asked again.
    settings : sequence of str
        ``KEY=VALUE``, the same at every point.
    backend : str
    time_limit : float, optional
        In seconds, for each program.
    retry : bool
        Whether points of the file that could not be answered are asked again, for example with more time, or after a correction.
    workers : int, optional
        Number of processes; default: one per core. A script that calls this needs ``if __name__ == "__main__":``.
    executor : concurrent.futures.Executor, optional
        Answers the points instead of processes.
    scheduler : str, optional
        Address of a Dask scheduler, such as ``"tcp://10.0.0.1:8786"``, whose workers answer the points.
    progress : callable, optional
        Called with the number of points answered already, and None; then with 1 and each new row.

    Returns
    -------
    DataFrame
        A row per point, in the grid's order, the last key fastest. Every number has a float column and, under the same name with
        ``_exact``, one of fractions. A point that could not be answered has its reason under ``error``.

    Raises
    ------
    MechoptError
        If a key or its values make no sense, or the file is that of another sweep, or is being written by one.

    Examples
    --------
    Efficient trade between a seller and a buyer with as many points each is possible up to five.

    >>> from concurrent.futures import ThreadPoolExecutor
    >>> grids = {"agents.seller.values.points": "4:6:3", "agents.buyer.values.points": "4:6:3"}
    >>> with ThreadPoolExecutor(1) as executor:
    ...     frame = sweep("myerson-satterthwaite-1983/uniform-6", grids, executor=executor)
    >>> [(str(s), a) for p, q, s, a in zip(*frame.iloc[:, [0, 2]].T.values, frame.budget_surplus_exact, frame.answer) if p == q]
    [('1/32', 'possible'), ('0', 'possible'), ('-5/216', 'impossible')]
    """
    planned = plan_sweep(problem, vary, **asked)
    rows = planned.run(lambda: workers_of(workers, executor, scheduler), progress)
    return frame_of(planned.layout, rows)


def workers_of(count: int | None = None, executor: Executor | None = None, scheduler: str | None = None) -> Workers:
    """Return who answers: processes unless an executor or a scheduler is named."""
    if executor is not None:
        return Others(executor)
    return Cluster(scheduler) if scheduler is not None else Processes(count)
