r"""Closed forms of the literature against what mechopt proves, one row each.

Where theory speaks of a finite environment, the two numbers must be equal as fractions. Where it speaks of a continuum, no grid has to
agree with it: the error must fall from grid to grid, at the order :math:`p` that theory lets one expect, and Richardson's extrapolation
from the finest grids :math:`k_1 < k_2` must come within :math:`C / (k_1 k_2)` of the limit, or agree with it to four decimals.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.progress import track

from benchmarks.closed_form_rows import rows
from benchmarks.measured import Row
from benchmarks.table import Report, Table, cell
from mechopt.errors import MechoptError

__all__ = ["rows", "run", "table"]


def table(chosen: Iterable[Row], *, quick: bool = False) -> Table:
    """Return the table of the given rows; a row that mechopt cannot answer says why."""
    watched = track(list(chosen), "closed forms", console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
    measured = [_measured(row, quick) for row in watched]
    columns = {
        "name": "closed form",
        "theory": "theory",
        "points": "points a side",
        "values": "mechopt",
        "order": "order",
        "extrapolated": "extrapolated",
        "error": "error",
        "band": "band",
        "within": "within",
    }
    seconds = sum(row["seconds"] for row in measured)
    notes = (
        "Rows without points are finite environments: equal as fractions. The error of a continuum is that of the extrapolated value.",
        f"{len(measured)} rows, {sum(bool(row['within']) for row in measured)} within their bands, {seconds:.1f} s.",
    )
    return Table("Closed forms", columns, measured, notes)


def _measured(row: Row, quick: bool) -> dict[str, Any]:
    start = time.perf_counter()
    try:
        outcome = row.outcome(quick=quick)
    except MechoptError as error:
        outcome = {"values": str(error), "within": False}
    outcome.setdefault("values", outcome.get("value"))
    return {"name": row.name, "theory": row.theory, **outcome, "reference": row.reference, "seconds": time.perf_counter() - start}


def run(*, quick: bool, **_: bool) -> Report:
    """Return the table of all rows, and those outside their bands."""
    closed_forms = table(rows(), quick=quick)
    failures = [
        f"{row['name']}: theory {cell(row['theory'])}, mechopt {cell(row['values'])}, order {cell(row.get('order'))}, "
        f"extrapolated {cell(row.get('extrapolated'))}, band {cell(row.get('band'))}"
        for row in closed_forms.rows
        if not row["within"]
    ]
    return Report("closed_forms", (closed_forms,), tuple(failures))
