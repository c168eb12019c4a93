"""Seconds from a problem to a checked result, against other tools in the same run, and seconds to start.

Times to compare are processor seconds, the least of several runs: every tool here uses one thread, and what else the machine does
must not count.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.economies import trade
from benchmarks.opponents import OPPONENTS, Opponent
from benchmarks.table import Report, Table
from mechopt.pipeline import solve
from mechopt.result import Result

__all__ = ["Timing", "best_of", "run"]

SIZES, QUICK_SIZES = (20, 50, 80, 100), (20, 50)
# An opponent is left out where its last time, scaled by the fourth power of the types, would exceed so many seconds.
BUDGET = 150.0
# Values may differ by so much: the opponents compute in floats.
LARGEST_DIFFERENCE = 1e-6
# How many times faster mechopt must be, by types a side.
LEAST_RATIOS: Mapping[int, Mapping[str, float]] = {50: {"cvxpy": 10.0, "cvxpy_interim": 1.0, "mechaudit": 25.0}}
# Seconds that a fresh process may take.
LARGEST_START: Mapping[str, float] = {"import mechopt": 0.5, "mechopt certify": 1.5}

_ROOT = Path(__file__).resolve().parent.parent
_PROBLEM = "problems/myerson-satterthwaite-1983/uniform-6.toml"
_RUNS, _STARTS = 7, 5


@dataclass(frozen=True)
class Timing:
    """Processor and wall-clock seconds of the fastest of several runs, and what that run returned."""

    cpu: float
    wall: float
    outcome: Any


def best_of(task: Callable[[], Any], enough: float = 3.0) -> Timing:
    """Return the fastest of several runs; no further one is begun after `enough` seconds."""
    timings: list[Timing] = []
    start = time.perf_counter()
    while len(timings) < _RUNS and (not timings or time.perf_counter() - start < enough):
        wall, cpu = time.perf_counter(), time.process_time()
        outcome = task()
        timings.append(Timing(time.process_time() - cpu, time.perf_counter() - wall, outcome))
    return min(timings, key=lambda timing: timing.cpu)


def run(*, quick: bool, check: bool) -> Report:
    """Return the tables of second-best trade and of fresh processes; a check uses the small sizes."""
    rows = list(_trade_rows(QUICK_SIZES if quick or check else SIZES))
    starts = list(_start_rows())
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
                timing = best_of(opponent.prepare(n_types))
                last[opponent.key] = n_types, timing.cpu
                row |= _compared(opponent, timing, row)
        yield row


def _answer(n_types: int) -> Callable[[], Result]:
    # Every run starts from a new problem: environments keep what they have computed.
    problems = iter([trade(n_types, objective="gains") for _ in range(_RUNS)])
    return lambda: solve(next(problems))


def _own_row(n_types: int) -> dict[str, Any]:
    timing = best_of(_answer(n_types))
    result: Result = timing.outcome
    design = result.problem.design
    holds = {verdict.property: verdict.holds for verdict in result.checks}
    return {
        "types": n_types,
        **{stage: result.statistics["seconds"][stage] for stage in ("build", "solve", "prove")},
        "total": timing.cpu,
        "wall": timing.wall,
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
    columns = {"types": "types a side", "build": "build", "solve": "solve", "prove": "prove", "total": "mechopt, s", "value": "value", "checked": "checked"}
    for opponent in OPPONENTS:
        key = opponent.key
        columns |= {key: f"{opponent.name}, s", f"{key}_ratio": "ratio", f"{key}_difference": "difference"}
    notes = (
        "mechopt: from a problem to the exact value with its proof and all properties recomputed. Build, solve and prove are wall-clock "
        "seconds of that run; the rest of the total is checking and reading.",
        *(f"{opponent.name}: {opponent.about}." for opponent in OPPONENTS),
        f"Processor seconds, the least of up to {_RUNS} runs, one process. –: would take more than {BUDGET:.0f} s.",
    )
    return Table("Second-best bilateral trade", columns, [_rounded(row) for row in rows], notes)


def _rounded(row: Mapping[str, Any]) -> dict[str, Any]:
    """Seconds to three digits, ratios to one."""
    kept = ("value", "difference")
    return {key: float(f"{entry:.3g}") if isinstance(entry, float) and not key.endswith(kept) else entry for key, entry in row.items()}


def _start_rows() -> Iterator[dict[str, Any]]:
    timed = "import time; start = time.perf_counter(); import mechopt; print(time.perf_counter() - start)"
    commands = {"import mechopt": [sys.executable, "-c", timed]}
    if find_spec("mechopt.cli.__main__"):
        commands["mechopt certify"] = [sys.executable, "-m", "mechopt.cli", "certify", _PROBLEM]
    for name, command in commands.items():
        times = []
        for _ in range(_STARTS):
            start = time.perf_counter()
            printed = subprocess.run(command, cwd=_ROOT, check=True, capture_output=True, text=True).stdout
            times.append(float(printed) if name == "import mechopt" else time.perf_counter() - start)
        yield {"command": name, "seconds": min(times), "band": LARGEST_START[name]}


def _start_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    columns = {"command": "fresh process", "seconds": "seconds", "band": "at most"}
    return Table("Start", columns, [_rounded(row) for row in rows], (f"Wall-clock seconds, the least of {_STARTS}; certify: {_PROBLEM}.",))


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
                yield f"{row['types']} types: {key} takes {ratio:.3g} times as long as mechopt, not {least:g}"


def _slow_starts(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    return (f"{row['command']} takes {row['seconds']:.3g} s, more than {row['band']:g}" for row in rows if row["seconds"] > row["band"])
