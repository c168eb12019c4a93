"""Seconds of HiGHS's methods on the programs of mechopt: the measurement behind the choice in `mechopt.solvers.highs`.

Processor seconds, the least of three runs: the wall clock of a shared machine says little.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from benchmarks.speed import timings
from benchmarks.table import Report, Table
from mechopt.design.design import Design
from mechopt.environment.builders import bilateral_trade, partnership, public_good
from mechopt.environment.environment import Environment
from mechopt.environment.grids import uniform
from mechopt.program.assemble import assemble
from mechopt.solvers.highs import METHODS, solve_in_highs
from mechopt.solvers.solution import Options

__all__ = ["run"]

# The default method may be slower than the other by so much.
LARGEST_LOSS = 1.5
# Where both take less, the difference is noise.
NEGLIGIBLE = 0.1


@dataclass(frozen=True)
class Sort:
    """Economies of one sort: its name, how to build one, the design, and the sizes as (agents, types)."""

    name: str
    economy: Callable[[int, int], Environment]
    design: Design
    sizes: tuple[tuple[int, int], ...]


def _trade(_: int, points: int) -> Environment:
    return bilateral_trade(uniform(0, 1, points), uniform(0, 1, points))


def _owned(agents: int, points: int) -> Environment:
    # One agent owns what all may want: the second best is below the first best.
    return partnership([1] + [0] * (agents - 1), uniform(0, 1, points))


def _project(agents: int, points: int) -> Environment:
    return public_good({f"agent {k}": uniform(0, 1, points) for k in range(agents)}, Fraction(agents, 2))


SORTS = (
    Sort("bilateral trade", _trade, Design(), ((2, 50), (2, 100), (2, 200))),
    Sort("one owner", _owned, Design(), ((3, 10), (3, 20), (4, 8), (5, 5), (3, 30), (4, 12), (6, 5))),
    Sort("public good", _project, Design(), ((3, 10), (4, 10))),
    Sort("dominant strategies", _trade, Design(incentive="dsic", participation="ex-post-ir"), ((2, 10), (2, 20), (2, 30))),
)


def run(*, quick: bool, **_: bool) -> Report:
    """Return the table, and a failure where the default is much slower than another method."""
    rows = list(_rows(quick))
    failures = [
        f"{row['economy']} {row['size']}: the simplex method took {row['simplex']:.2f} s, interior point {row['interior-point']:.2f} s"
        for row in rows
        if row["simplex"] > max(NEGLIGIBLE, LARGEST_LOSS * row["interior-point"])
    ]
    columns = {"economy": "economy", "size": "agents × types", "rows": "rows", "columns": "columns", **{method: method for method in METHODS}}
    return Report("methods", (Table("Processor seconds of HiGHS by method", columns, rows),), tuple(failures))


def _rows(quick: bool) -> Iterator[dict[str, object]]:
    for sort in SORTS:
        for agents, points in sort.sizes[:2] if quick else sort.sizes:
            program = assemble(sort.economy(agents, points), sort.design).program
            size = {"economy": sort.name, "size": f"{agents} × {points}", "rows": program.n_rows, "columns": program.n_columns}
            found = {method: timings(partial(solve_in_highs, program, Options(method)))[0].cpu for method in METHODS}
            yield size | found
