"""Bilateral trade next to other methods and tools, and with more types a side than these reach."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from benchmarks.opponents import OPPONENTS
from benchmarks.speed import timings
from benchmarks.table import Table
from mechopt.design.design import Design
from mechopt.environment.builders import bilateral_trade
from mechopt.environment.environment import Environment
from mechopt.environment.grids import uniform
from mechopt.pipeline import solve
from mechopt.program.assemble import Question, assemble
from mechopt.solvers.backends import backend_named
from mechopt.solvers.solution import Options

__all__ = ["many_types", "small_trade"]

# The full program's exact proof takes minutes beyond this size, the interior point method a minute and gibibytes beyond the other.
_MOST_FULL, _MOST_INTERIOR = 20, 400


def _trade(types: int) -> Environment:
    return bilateral_trade(uniform(0, 1, types), uniform(0, 1, types))


def small_trade(*, quick: bool) -> Table:
    """Return processor seconds of mechopt's methods and of other tools."""
    rows = []
    for types in (10, 20) if quick else (10, 20, 50):
        row: dict[str, Any] = {"types": types}
        for method in ("full", "interim", "columns"):
            if method != "full" or types <= _MOST_FULL:
                row[method] = round(timings(partial(solve, _trade(types), objective="gains", method=method), enough=1.0)[0].cpu, 3)
        for opponent in OPPONENTS:
            row[opponent.key] = round(timings(opponent.prepare(types), enough=1.0)[0].cpu, 3)
        rows.append(row)
    columns = {"types": "types a side", "full": "full", "interim": "interim", "columns": "columns"} | {entry.key: entry.name for entry in OPPONENTS}
    return Table("Bilateral trade, processor seconds: mechopt's methods, exact and proved, and float values of other tools", columns, rows)


def many_types(*, quick: bool) -> Table:
    """Return processor seconds of an exact, proved answer, and of floats by the interior point method."""
    columns = {"types": "types a side", "exact": "mechopt, exact", "program": "one program, exact", "interior": "interior point", "ratio": "ratio"}
    note = (
        "One program: all outcomes at profiles, with the reductions that hold. Interior point: its optimum in floats by HiGHS, no proof. "
        "Ratio: the interior point method's seconds over those of the exact answer."
    )
    return Table("Bilateral trade with many types", columns, list(_many_types((100, 200) if quick else (100, 200, 400, 1000))), (note,))


def _many_types(sizes: tuple[int, ...]) -> Iterator[dict[str, Any]]:
    for types in sizes:
        environment = _trade(types)
        row: dict[str, Any] = {"types": types, "exact": round(timings(partial(solve, environment), enough=1.0)[0].cpu, 3)}
        if types <= _MOST_INTERIOR:
            row["program"] = round(timings(partial(solve, environment, method="interim"), enough=1.0)[0].cpu, 3)
            row["interior"] = round(timings(partial(_interior, environment), enough=1.0)[0].cpu, 3)
            row["ratio"] = round(row["interior"] / row["exact"], 1)
        yield row


def _interior(environment: Environment) -> float:
    program = assemble(environment, Design(), Question("welfare"), None).program
    return backend_named("highs")(program, Options(method="interior-point")).value
