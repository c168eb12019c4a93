"""The mechanisms that exist where types move as a table, and what `mechopt compare --json` prints of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from mechopt.report.comparison import row_to_dict
from mechopt.report.dynamic_sheets import dynamic_verdicts
from mechopt.report.layout import rendered, sheet_table, titled
from mechopt.report.sheet import Cell, Share, Sheet
from mechopt.report.sheets import strongest

if TYPE_CHECKING:
    from mechopt.pipeline.dynamic_comparison import DynamicComparison

__all__ = ["dynamic_comparison_sheet", "dynamic_comparison_text", "dynamic_comparison_to_dict"]

_INCENTIVES, _BUDGETS = ("periodic-epic", "bic"), ("balanced", "expected-balanced", "expected-no-deficit")
"""The strongest first."""


def dynamic_comparison_to_dict(comparison: DynamicComparison) -> dict[str, Any]:
    """Return a comparison as dictionaries, lists, strings and floats: a row per mechanism, numbers with both faces."""
    return {"rows": [row_to_dict(row) for row in comparison.rows]}


def dynamic_comparison_sheet(comparison: DynamicComparison) -> Sheet:
    """Return a row per mechanism: welfare, the budget's expected surplus, and of several properties the strongest that holds."""
    best, rows = comparison.rows[0].welfare, list[tuple[Cell, ...]]()
    for row in comparison.rows:
        holds = {name: verdict.holds for name, verdict in row.properties.items()}
        numbers = row.welfare, Share(row.welfare, best), row.budget_surplus
        rows.append(
            (
                row.mechanism,
                *numbers,
                holds["efficient"],
                strongest(row, _INCENTIVES),
                holds.get("periodic-ir"),
                holds.get("interim-ir"),
                strongest(row, _BUDGETS),
            )
        )
    return Sheet("Mechanisms", ("mechanism", "welfare", "share", "surplus", "efficient", "IC", "stay", "join", "budget"), tuple(rows))


def dynamic_comparison_text(comparison: DynamicComparison, *, details: bool = False, width: int = 100, color: bool = False) -> str:
    """Return a comparison as text.

    Parameters
    ----------
    comparison : DynamicComparison
    details : bool
        Whether the margin of every property follows, with the case that decides where it fails.
    width : int
        Columns to fit into.
    color : bool
        Whether to use terminal colours.

    Returns
    -------
    str
        Lines, the last one ended.
    """
    return rendered(_parts(comparison, details), width=width, color=color)


def _parts(comparison: DynamicComparison, details: bool) -> Iterator[Text | Table]:
    environment = comparison.problem.environment
    yield from titled(comparison.problem.name, f"mechanisms that exist for {environment.n_states} profiles of types that move")
    table = sheet_table(dynamic_comparison_sheet(comparison))
    table.padding = 0
    table.columns[0].no_wrap = True
    yield table
    yield Text("")
    yield Text(
        "share: of the first best; surplus: expected and discounted, of the budget, fees included; stay: at every profile; join: every first type "
        "that occurs, for the fee. Of several properties the strongest that holds is named."
    )
    if details:
        for row in comparison.rows:
            yield Text("")
            yield Text(row.mechanism, style="bold")
            yield sheet_table(dynamic_verdicts(tuple(row.properties.values())))
