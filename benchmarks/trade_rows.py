"""Bilateral trade next to other methods and tools, and with more types a side than these reach."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import highspy
import numpy as np
from scipy import sparse

from benchmarks.opponents import OPPONENTS
from benchmarks.speed import timings
from benchmarks.table import Table
from mechopt.environment.builders import bilateral_trade
from mechopt.environment.environment import Environment
from mechopt.environment.grids import uniform
from mechopt.pipeline.questions import solve

__all__ = ["many_types", "plain_program", "small_trade"]

# The full program's exact proof takes minutes beyond this size, a program with a number per profile a minute beyond the other.
_MOST_FULL, _MOST_PROGRAM = 20, 400


def _trade(types: int) -> Environment:
    return bilateral_trade(uniform(0, 1, types), uniform(0, 1, types))


def small_trade(*, quick: bool) -> Table:
    """Return processor seconds of mechopt's methods and of other tools."""
    rows = []
    for types in (10, 20) if quick else (10, 20, 50):
        row: dict[str, Any] = {"types": types}
        for method in ("full", "interim", "columns"):
            if method != "full" or types <= _MOST_FULL:
                row[method] = _seconds(partial(solve, _trade(types), objective="gains", method=method))
        for opponent in OPPONENTS:
            row[opponent.key] = _seconds(opponent.prepare(types))
        rows.append(row)
    columns = {"types": "types a side", "full": "full", "interim": "interim", "columns": "columns"} | {entry.key: entry.name for entry in OPPONENTS}
    return Table("Bilateral trade, processor seconds: mechopt's methods, exact and proved, and float values of other tools", columns, rows)


def many_types(*, quick: bool) -> Table:
    """Return processor seconds of an exact, proved answer, and of floats from the smallest plain program."""
    columns = {
        "types": "types a side",
        "exact": "mechopt, exact",
        "program": "one program, exact",
        "interior": "interior point",
        "simplex": "simplex",
        "ratio": "interior point / mechopt",
    }
    note = (
        "One program: method interim, all outcomes at profiles. Interior point and simplex: HiGHS on an expert's program in matrices, with "
        "one probability per profile and neighbours' incentives only; floats without proof, the interior point without crossover."
    )
    return Table("Bilateral trade with many types", columns, list(_many_types((100, 200) if quick else (100, 200, 400, 1000))), (note,))


def _many_types(sizes: tuple[int, ...]) -> Iterator[dict[str, Any]]:
    for types in sizes:
        row: dict[str, Any] = {"types": types, "exact": _seconds(partial(solve, _trade(types)))}
        if types <= _MOST_PROGRAM:
            row["program"] = _seconds(partial(solve, _trade(types), method="interim"))
            row["interior"] = _seconds(partial(plain_program, types, {"solver": "ipx", "run_crossover": "off"}))
            row["simplex"] = _seconds(partial(plain_program, types, {"solver": "simplex"}))
            row["ratio"] = round(row["interior"] / row["exact"], 1)
        yield row


def _seconds(task: Callable[[], Any]) -> float:
    return round(timings(task, enough=1.0)[0].cpu, 3)


def plain_program(types: int, options: Mapping[str, str]) -> float:
    """Return the largest gains as HiGHS finds them in floats: a probability per profile, chances to trade and payoffs per type.

    Payoffs are gains over the status quo. The seller's fall from type to type by a step times a chance to trade, the buyer's rise.
    """
    values, prior, everybody = (np.arange(types) + 0.5) / types, np.full((1, types), 1 / types), sparse.eye_array(types, format="csr")
    low, high = sparse.eye_array(types - 1, types, format="csr"), sparse.eye_array(types - 1, types, k=1, format="csr")
    worth, rise = values.reshape(1, -1) / types, high - low
    # Columns: trade by profile, row by row of the seller's types; chances to trade of seller and buyer; payoffs of seller and buyer.
    blocks = [
        [sparse.kron(everybody, prior), -everybody, None, None, None],
        [sparse.kron(prior, everybody), None, -everybody, None, None],
        [None, -high / types, None, -rise, None],
        [None, low / types, None, rise, None],
        [None, None, -low / types, None, rise],
        [None, None, high / types, None, -rise],
        [None, -worth, worth, -prior, -prior],
    ]
    matrix = sparse.block_array(blocks, format="csr")
    n_rows, n_columns = matrix.shape
    solver = highspy.Highs()
    for name, value in {"output_flag": False, "threads": 1, **options}.items():
        if solver.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise ValueError(f"HiGHS refuses {name} = {value}")
    objective = np.concatenate([np.zeros(types**2), -worth[0], worth[0], np.zeros(2 * types)])
    upper = np.concatenate([np.ones(types**2 + 2 * types), np.full(2 * types, np.inf)])
    empty = np.zeros(0, dtype=np.int32)
    solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
    solver.addCols(n_columns, objective, np.zeros(n_columns), upper, 0, empty, empty, np.zeros(0))
    entries = matrix.indptr[:-1].astype(np.int32), matrix.indices.astype(np.int32), matrix.data
    solver.addRows(n_rows, np.zeros(n_rows), np.append(np.zeros(2 * types), np.full(n_rows - 2 * types, np.inf)), matrix.nnz, *entries)
    solver.run()
    return float(solver.getInfo().objective_function_value)
