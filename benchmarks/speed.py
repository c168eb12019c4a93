"""Seconds from a problem to a checked result, against other tools in the same run, and seconds to start.

Times to compare are processor seconds, the least of several runs: every tool here uses one thread, and what else the machine does
must not count.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.economies import trade
from benchmarks.opponents import OPPONENTS, Opponent
from benchmarks.table import Report, Table
from mechopt.pipeline.questions import solve
from mechopt.result import Result

__all__ = ["Timing", "run", "timings"]

SIZES, QUICK_SIZES = (20, 50, 80, 100), (20, 50)
# An opponent is left out where its last time, scaled by the fourth power of the types, would exceed so many seconds.
BUDGET = 150.0
# Values may differ by so much: the opponents compute in floats.
LARGEST_DIFFERENCE = 1e-6
# Processor seconds over mechopt's, at least, by types a side. The expert's model proves nothing and may be a little faster.
LEAST_RATIOS: Mapping[int, Mapping[str, float]] = {50: {"cvxpy": 8.0, "cvxpy_interim": 0.5, "mechaudit": 25.0}}
# Processor seconds that a fresh process may take, as a multiple of those that the libraries it cannot do without take.
LARGEST_START: Mapping[str, tuple[float, str]] = {
    "import mechopt": (2.0, "import numpy"),
    "mechopt certify": (2.5, "import numpy, scipy.sparse.linalg, highspy, rich, click"),
    "mechopt report": (3.7, "import numpy, scipy.sparse.linalg, highspy, rich, click, jinja2, matplotlib.figure"),
}

_ROOT = Path(__file__).resolve().parent.parent
_PROBLEM = "problems/myerson-satterthwaite-1983/uniform-6.toml"
_RUNS = 7


@dataclass(frozen=True)
class Timing:
    """Processor and wall-clock seconds of one run, and what it returned."""

    cpu: float
    wall: float
    outcome: Any


def timings(task: Callable[[], Any], clock: Callable[[], float] = time.process_time, enough: float = 3.0) -> list[Timing]:
    """Return several runs of a task, the fastest first; no further one is begun after `enough` seconds."""
    found: list[Timing] = []
    start = time.perf_counter()
    while len(found) < _RUNS and (not found or time.perf_counter() - start < enough):
        wall, cpu = time.perf_counter(), clock()
        outcome = task()
        found.append(Timing(clock() - cpu, time.perf_counter() - wall, outcome))
    return sorted(found, key=lambda timing: timing.cpu)


def run(*, quick: bool, check: bool) -> Report:
    """Return the tables of second-best trade and of fresh processes; a check uses the small sizes."""
    rows = list(_trade_rows(QUICK_SIZES if quick or check else SIZES))
    with TemporaryDirectory() as folder:
        starts = list(_start_rows(folder))
    return Report("speed", (_trade_table(rows), _start_table(starts)), (*_unproved(rows), *_wrong(rows), *_slow(rows), *_slow_starts(starts)))


def _trade_rows(sizes: Sequence[int]) -> Iterator[dict[str, Any]]:
    _answer(3)()
    last: dict[str, tuple[int, float]] = {}
    for opponent in OPPONENTS:
        opponent.prepare(3)()
    for n_types in sizes:
        row = _own_row(n_types)
        for opponent in OPPONENTS:
            before = last.get(opponent.key)
            if before is None or before[1] * (n_types / before[0]) ** 4 <= BUDGET:
                timing = timings(opponent.prepare(n_types))[0]
                last[opponent.key] = n_types, timing.cpu
                row |= _compared(opponent, timing, row)
        yield row


def _answer(n_types: int) -> Callable[[], Result]:
    # Every run starts from a new problem: environments keep what they have computed.
    problems = iter([trade(n_types, objective="gains") for _ in range(_RUNS)])
    return lambda: solve(next(problems))


def _own_row(n_types: int) -> dict[str, Any]:
    runs = timings(_answer(n_types))
    result: Result = runs[0].outcome
    design = result.problem.design
    holds = {verdict.property: verdict.holds for verdict in result.checks}
    return {
        "types": n_types,
        **{stage: min(run.outcome.statistics["seconds"][stage] for run in runs) for stage in ("build", "solve", "prove")},
        "total": runs[0].cpu,
        "wall": min(run.wall for run in runs),
        "value": None if result.value is None else result.value.exact,
        "checked": result.proof.grade == "optimal" and all(holds[name] for name in (design.incentive, design.participation, design.budget)),
    }


def _compared(opponent: Opponent, timing: Timing, own: Mapping[str, Any]) -> dict[str, Any]:
    key = opponent.key
    difference = None if own["value"] is None else timing.outcome - float(own["value"])
    return {
        key: timing.cpu,
        f"{key}_wall": timing.wall,
        f"{key}_ratio": timing.cpu / own["total"],
        f"{key}_value": timing.outcome,
        f"{key}_difference": difference,
    }


def _trade_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    columns = {
        "types": "types a side",
        "build": "build",
        "solve": "solve",
        "prove": "prove",
        "total": "mechopt, s",
        "value": "value",
        "checked": "checked",
    }
    for opponent in OPPONENTS:
        key = opponent.key
        columns |= {key: f"{opponent.name}, s", f"{key}_ratio": "ratio", f"{key}_difference": "difference"}
    notes = (
        "mechopt: from a problem to the exact value with its proof and all properties recomputed.",
        "Build, solve and prove are the least wall-clock seconds of each stage; the rest of the total is checking and reading.",
        *(f"{opponent.name}: {opponent.about}." for opponent in OPPONENTS),
        f"Processor seconds, the least of up to {_RUNS} runs, one process. –: would take more than {BUDGET:.0f} s.",
    )
    return Table("Second-best bilateral trade", columns, [_rounded(row) for row in rows], notes)


def _rounded(row: Mapping[str, Any]) -> dict[str, Any]:
    """Seconds and ratios to three digits, differences to one."""

    def rounded(key: str, entry: Any) -> Any:
        if not isinstance(entry, float) or key.endswith("value"):
            return entry
        return float(f"{entry:.1g}" if key.endswith("difference") else f"{entry:.3g}")

    return {key: rounded(key, entry) for key, entry in row.items()}


def _start_rows(folder: str) -> Iterator[dict[str, Any]]:
    commands = {"import mechopt": [sys.executable, "-c", "import mechopt"]}
    if find_spec("mechopt.cli.__main__"):
        commands["mechopt certify"] = [sys.executable, "-m", "mechopt.cli", "certify", _PROBLEM]
        commands["mechopt report"] = [sys.executable, "-m", "mechopt.cli", "report", _PROBLEM, "-o", str(Path(folder) / "page.html")]
    for name, command in commands.items():
        largest, libraries = LARGEST_START[name]
        best, least = (_fresh(arguments) for arguments in (command, [sys.executable, "-c", libraries]))
        yield {"command": name, "cpu": best.cpu, "libraries": least.cpu, "ratio": best.cpu / least.cpu, "band": largest, "wall": best.wall}


def _fresh(command: list[str]) -> Timing:
    return timings(partial(subprocess.run, command, cwd=_ROOT, check=True, capture_output=True), _children, enough=6.0)[0]


def _children() -> float:
    """Return the processor seconds of all child processes that have ended."""
    spent = os.times()
    return spent.children_user + spent.children_system


def _start_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    columns = {
        "command": "fresh process",
        "cpu": "processor, s",
        "libraries": "libraries, s",
        "ratio": "ratio",
        "band": "at most",
        "wall": "wall clock, s",
    }
    note = f"The fastest of up to {_RUNS} runs, the interpreter's own start included; certify: {_PROBLEM}."
    return Table("Start", columns, [_rounded(row) for row in rows], (note,))


def _unproved(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    return (f"{row['types']} types: the result is not proved and checked" for row in rows if not row["checked"])


def _wrong(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for row in rows:
        for opponent in OPPONENTS:
            difference = row.get(f"{opponent.key}_difference")
            if difference is not None and abs(difference) > LARGEST_DIFFERENCE:
                yield f"{row['types']} types: {opponent.name} differs by {difference:.3g}, more than {LARGEST_DIFFERENCE}"


def _slow(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for row in rows:
        for key, least in LEAST_RATIOS.get(row["types"], {}).items():
            ratio = row.get(f"{key}_ratio")
            if ratio is not None and ratio < least:
                yield f"{row['types']} types: {key} takes {ratio:.3g} times as long as mechopt, less than {least:g}"


def _slow_starts(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    slow = (row for row in rows if row["ratio"] > row["band"])
    return (f"{row['command']} takes {row['ratio']:.3g} times the seconds of its libraries, more than {row['band']:g}" for row in slow)
