"""How time, memory, rounds and gap grow with agents and types, far beyond what can be enumerated.

Every size runs in a process of its own: processor seconds, and the most memory the process ever held.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.table import Report, Table
from benchmarks.trade_rows import many_types, small_trade
from mechopt.environment.builders import bilateral_trade, multi_unit_auction, object_environment, public_good, table
from mechopt.environment.environment import Environment
from mechopt.environment.grids import Grid, uniform
from mechopt.exact.checker.claims import check_result
from mechopt.pipeline.questions import solve
from mechopt.rational import RationalArray
from mechopt.theory.bilateral_trade_uniform import grid_second_best

__all__ = ["FAMILIES", "Family", "measure", "run"]

# Relative to values of size one; processor seconds and MiB of the largest economy.
LARGEST_GAP, LARGEST_SECONDS, LARGEST_MEMORY = 1e-9, 20.0, 2048


def grids(agents: int, types: int) -> dict[str, Grid]:
    """Return values that grow along the agents, with different priors."""
    rng = random.Random(agents * types)
    found = {}
    for i in range(agents):
        weights = [rng.randint(1, 4) for _ in range(types)]
        values = tuple(Fraction(2 * k + 1, 2 * types) * (1 + Fraction(i, 50)) for k in range(types))
        found[f"agent {i + 1}"] = Grid(values, tuple(Fraction(weight, sum(weights)) for weight in weights))
    return found


def one_owner(agents: int, types: int) -> Environment:
    """Return agents with different values and priors; the one with the highest values owns the object."""
    return object_environment(grids(agents, types), {f"agent {agents}": 1})


def buyers(agents: int, types: int) -> Environment:
    """Return a seller and identical buyers."""
    grid = uniform(0, 1, types)
    return object_environment({"seller": grid, **{f"buyer {k}": grid for k in range(1, agents)}}, {"seller": 1})


def project(agents: int, types: int) -> Environment:
    """Return a public good that costs half of what all together may value it at."""
    return public_good({f"agent {i + 1}": uniform(0, 1 + Fraction(i, 10), types) for i in range(agents)}, Fraction(agents, 2))


def trade(agents: int, types: int) -> Environment:
    """Return bilateral trade with uniform values."""
    return bilateral_trade(*(uniform(0, 1, types) for _ in range(agents)))


def units(agents: int, types: int) -> Environment:
    """Return a market for three units, as a table: the first three agents own one each."""
    values = grids(agents, types)
    market = multi_unit_auction(values, 3)
    owners = [replace(agent, outside=RationalArray.from_fractions(list(values[agent.name].values))) for agent in market.agents[:3]]
    return replace(market, agents=(*owners, *market.agents[3:]))


def projects(agents: int, types: int) -> Environment:
    """Return a choice between three projects, or none, by agents whose types have no order: a table."""
    rng = random.Random(agents * types)
    utility = {f"agent {i + 1}": [[0, *(Fraction(rng.randint(0, 100), 100) for _ in range(3))] for _ in range(types)] for i in range(agents)}
    return table(utility, ["none", "small", "middle", "large"], cost=[Fraction(agents * x, 4) for x in range(4)])


@dataclass(frozen=True)
class Family:
    """Economies of one sort.

    Attributes
    ----------
    name : str
    economy : callable from agents and types to Environment
    by_agents, by_types : tuples of (agents, types)
        Sizes along which growth is fitted.
    most_seconds : float
        Processor seconds that any size may take.
    largest_gap : float
        Zero where value and bound are equal at every size.
    value : callable from types a side to Fraction, optional
        What the literature says.
    """

    name: str
    economy: Callable[[int, int], Environment]
    by_agents: tuple[tuple[int, int], ...]
    by_types: tuple[tuple[int, int], ...]
    most_seconds: float = LARGEST_SECONDS
    largest_gap: float = 0.0
    value: Callable[[int], Fraction] | None = None


FAMILIES = {
    "one owner": Family("one owner", one_owner, ((5, 20), (10, 20), (20, 20), (40, 20)), ((10, 12), (10, 25), (10, 50), (10, 100), (20, 50))),
    "identical buyers": Family("identical buyers", buyers, ((101, 20), (301, 20), (1001, 20)), (), 3.0),
    "public good": Family("public good", project, ((4, 10), (5, 10), (6, 10), (7, 10)), ((6, 4), (6, 6), (6, 8), (6, 10))),
    "units": Family("units", units, ((6, 20), (8, 20), (10, 20)), ((8, 10), (8, 20), (8, 40))),
    "projects": Family("projects", projects, ((3, 10), (4, 10), (5, 10)), ((4, 8), (4, 10), (4, 14), (5, 12)), 40.0, LARGEST_GAP),
    "trade": Family("trade", trade, (), ((2, 100), (2, 200), (2, 400), (2, 1000)), 8.0, value=grid_second_best),
}
_QUICK = {
    "one owner": ((5, 20), (10, 20), (20, 50)),
    "identical buyers": ((1001, 20),),
    "public good": ((4, 10), (6, 10)),
    "units": ((8, 20),),
    "projects": ((4, 10),),
    "trade": ((2, 100), (2, 1000)),
}


def measure(family: str, agents: int, types: int, method: str) -> dict[str, Any]:
    """Return what one size takes, measured in this process."""
    environment = FAMILIES[family].economy(agents, types)
    wall, cpu = time.perf_counter(), time.process_time()
    result = solve(environment, method=method)
    spent = time.process_time() - cpu, time.perf_counter() - wall
    text = json.dumps(result.to_dict())
    document = json.loads(text)
    checked = time.process_time()
    check_result(document)
    backend = result.statistics["backend"]
    # Linux counts in KiB, macOS in bytes.
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return {
        "family": family,
        "agents": agents,
        "types": types,
        "profiles": str(result.statistics["profiles"]),
        "method": method,
        "cpu": round(spent[0], 3),
        "wall": round(spent[1], 3),
        "verify": round(time.process_time() - checked, 3),
        "file": round(len(text) / 2**20, 3),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit,
        "rounds": backend.get("rounds"),
        "rules": backend.get("rules"),
        "cuts": backend.get("cuts"),
        "rows": result.statistics["rows"],
        "columns": result.statistics["columns"],
        "gains": None if result.gains is None else result.gains.exact,
        "gap": None if result.proof.gap is None else float(result.proof.gap),
    }


def _apart(*arguments: Any) -> dict[str, Any]:
    """Measure in a fresh process, so that its memory is its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        found: dict[str, Any] = pool.apply(measure, arguments)
        return found


def run(*, quick: bool, check: bool) -> Report:
    """Return the tables of growth and of the comparison; failures where gap, time or memory leave their bands."""
    small = quick or check
    rows = [_apart(name, agents, types, "columns") for name, family in FAMILIES.items() for agents, types in _sizes(family, small)]
    rows += [_apart("one owner", agents, types, "border") for agents, types in (((5, 10),) if small else ((5, 10), (5, 20), (10, 20)))]
    full = (
        [_apart("one owner", agents, types, method) for agents, types in ((3, 6), (4, 6)) for method in ("full", "interim", "columns")]
        if not check
        else []
    )
    tables = [_growth_table(rows), _exponents(rows)]
    tables += [Table("Next to one program over profiles", _COLUMNS, full)] if full else []
    tables += [] if check else [small_trade(quick=quick), many_types(quick=quick)]
    return Report("scale", tuple(tables), tuple(_failures(rows)), partial(_picture, rows))


def _sizes(family: Family, small: bool) -> tuple[tuple[int, int], ...]:
    return _QUICK[family.name] if small else tuple(dict.fromkeys((*family.by_agents, *family.by_types)))


_COLUMNS = {
    "family": "economy",
    "agents": "agents",
    "types": "types",
    "profiles": "profiles",
    "method": "method",
    "cpu": "processor, s",
    "verify": "verify, s",
    "file": "file, MiB",
    "memory": "MiB in use",
    "rounds": "rounds",
    "rules": "rules",
    "cuts": "cuts",
    "rows": "rows",
    "columns": "columns",
    "gap": "proved gap",
}


def _growth_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    note = "Second best with property rights, or of a public good: Bayesian incentives, interim participation, balanced at every profile."
    return Table("From an environment to a mechanism and its proof, exact in both", _COLUMNS, rows, (note,))


def _exponents(rows: Sequence[Mapping[str, Any]]) -> Table:
    fitted = []
    for name, family in FAMILIES.items():
        for along, sizes in (("agents", family.by_agents), ("types", family.by_types)):
            if not sizes:
                continue
            points = [row for row in rows if row["family"] == name and row["method"] == "columns" and (row["agents"], row["types"]) in sizes]
            points.sort(key=lambda row: (row["agents"], row["types"]))
            if along == "types" and points:
                points = [row for row in points if row["agents"] == points[0]["agents"]]
            exponent = _slope([row[along] for row in points], [row["cpu"] for row in points])
            fitted.append({"family": name, "along": along, "sizes": [row[along] for row in points], "exponent": exponent})
    columns = {"family": "economy", "along": "growing", "sizes": "sizes", "exponent": "seconds grow like its power"}
    return Table("Growth", columns, fitted, ("Least squares on logarithms; the fixed half a second of small sizes flattens the slope.",))


def _slope(sizes: Sequence[float], seconds: Sequence[float]) -> float | None:
    if len(set(sizes)) < 3:
        return None
    return round(float(np.polyfit(np.log(sizes), np.log(np.maximum(seconds, 1e-3)), 1)[0]), 2)


def _failures(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for row in rows:
        size = f"{row['family']}, {row['agents']} × {row['types']} by {row['method']}"
        family = FAMILIES[row["family"]]
        largest = family.largest_gap
        if row["gap"] is None or not 0 <= row["gap"] <= largest:
            yield f"{size}: the gap is {row['gap']}, more than {largest:g}"
        if family.value is not None and row["gains"] != family.value(row["types"]):
            yield f"{size}: the gains are {row['gains']}, not the closed form {family.value(row['types'])}"
        if row["cpu"] > (most := family.most_seconds) and row["method"] == "columns":
            yield f"{size}: {row['cpu']:.3g} s, more than {most:g}"
        if row["memory"] > LARGEST_MEMORY:
            yield f"{size}: {row['memory']} MiB, more than {LARGEST_MEMORY}"


def _picture(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draw processor seconds against agents and against types, both axes logarithmic."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    for axes, along in zip(figure.subplots(1, 2, sharey=True), ("agents", "types"), strict=True):
        for name, family in FAMILIES.items():
            sizes = family.by_agents if along == "agents" else family.by_types
            points = sorted((row[along], row["cpu"]) for row in rows if _drawn(row, name, sizes, along))
            # A family that does not grow along an axis keeps its colour and its name in the legend.
            axes.loglog([x for x, _ in points], [y for _, y in points], marker="o", label=name)
        ticks: list[float] = []
        for x in sorted({float(x) for line in axes.get_lines() for x in line.get_xdata()}):
            # Sizes closer than that would be written over each other.
            ticks += [x] if not ticks or x > 1.2 * ticks[-1] else []
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.set_xticks([], minor=True)
        axes.set_xlabel(along)
        axes.grid(visible=True, which="both", alpha=0.3)
    figure.axes[0].set_ylabel("processor seconds")
    figure.axes[0].legend()
    figure.savefig(path)


def _drawn(row: Mapping[str, Any], name: str, sizes: Sequence[tuple[int, int]], along: str) -> bool:
    other = "types" if along == "agents" else "agents"
    fixed = None if not sizes else sizes[0][1] if along == "agents" else sizes[0][0]
    return row["family"] == name and row["method"] == "columns" and (row["agents"], row["types"]) in sizes and row[other] == fixed
