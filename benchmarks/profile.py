"""Where the time goes at the largest size of `benchmarks.scale`: processor seconds by module and by function."""

from __future__ import annotations

import cProfile
import pstats
from collections import defaultdict
from pathlib import Path

from benchmarks.scale import one_owner
from benchmarks.table import Report, Table
from mechopt.pipeline.questions import solve

__all__ = ["run"]

_MOST_FUNCTIONS = 15
# The share of all seconds that exact evaluation may take; the rest is the search.
LARGEST_SHARE = 0.9


def run(*, quick: bool, check: bool) -> Report:
    """Return the tables; a failure if hardly anything but exact evaluation runs."""
    size = (8, 15) if quick or check else (20, 50)
    profiler = cProfile.Profile()
    environment = one_owner(*size)
    result = profiler.runcall(solve, environment, method="columns")
    own: dict[str, float] = defaultdict(float)
    functions = []
    entries: dict[tuple[str, int, str], tuple[int, int, float, float, object]] = pstats.Stats(profiler).stats
    for (file, _, name), (_, calls, seconds, cumulative, _) in entries.items():
        place = _place(file)
        own[place] += seconds
        functions.append({"place": place, "function": name, "calls": calls, "own": round(seconds, 3), "cumulative": round(cumulative, 3)})
    total = sum(own.values())
    modules = [
        {"place": place, "own": round(seconds, 3), "share": round(seconds / total, 3)} for place, seconds in own.items() if seconds > total / 200
    ]
    modules.sort(key=lambda row: -float(str(row["own"])))
    functions.sort(key=lambda row: -float(str(row["own"])))
    stages = [{"stage": stage, "seconds": round(seconds, 3)} for stage, seconds in result.statistics["seconds"].items()]
    title = f"{size[0]} agents × {size[1]} types"
    shown = {"place": "module", "function": "function", "calls": "calls", "own": "own, s", "cumulative": "with what it calls, s"}
    tables = (
        Table(f"{title}: stages, wall clock", {"stage": "stage", "seconds": "seconds"}, stages),
        Table(f"{title}: modules", {"place": "module", "own": "own, s", "share": "share"}, modules),
        Table(f"{title}: functions", shown, functions[:_MOST_FUNCTIONS]),
    )
    exact = sum(seconds for place, seconds in own.items() if place.startswith(("mechopt/rational", "mechopt/exact", "fractions")))
    failures = (f"{title}: exact evaluation takes {exact / total:.0%} of the time",) if exact > LARGEST_SHARE * total else ()
    return Report("profile", tables, failures)


def _place(file: str) -> str:
    """Return a short name of the module that a function stands in."""
    parts = Path(file).parts
    if "mechopt" in parts:
        start = len(parts) - 1 - parts[::-1].index("mechopt")
        return "/".join(parts[start:]).removesuffix(".py")
    return Path(file).stem if file not in ("~", "") else "built in"
