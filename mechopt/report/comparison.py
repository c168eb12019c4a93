"""The mechanisms known by name as a table, and what `mechopt compare --json` prints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from mechopt.files.result_file import plain
from mechopt.mechanism.properties import Verdict
from mechopt.report.layout import empty_table, rendered, titled
from mechopt.report.numbers import brief
from mechopt.report.sentences import PROPERTY_WORDS, headline, scope, witness_sentence
from mechopt.report.sheet import cell_text
from mechopt.report.sheets import SCALES, comparison_sheet
from mechopt.result import Number

if TYPE_CHECKING:
    from mechopt.pipeline.compare import Comparison, ComparisonRow
    from mechopt.pipeline.dynamic_comparison import DynamicRow

__all__ = ["comparison_text", "comparison_to_dict", "row_to_dict"]


def comparison_to_dict(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as dictionaries, lists, strings and floats: a row per mechanism, numbers with both faces."""
    optimum = comparison.optimum
    return {
        "rows": [row_to_dict(row) for row in comparison.rows],
        "optimum": {"objective": comparison.problem.design.objective, "status": optimum.status, "value": plain(optimum.value)}
        | {"grade": optimum.proof.grade, "bound": plain(optimum.proof.bound), "gap": plain(optimum.proof.gap)},
    }


def row_to_dict(row: ComparisonRow | DynamicRow) -> dict[str, Any]:
    """Return a mechanism's numbers, with both faces, and verdicts."""
    numbers = {name: plain(getattr(row, name)) for name in ("welfare", "revenue", "budget_surplus")}
    properties = {name: _verdict_to_dict(verdict) for name, verdict in row.properties.items()}
    return {"mechanism": row.mechanism, **numbers, "properties": properties}


def _verdict_to_dict(verdict: Verdict) -> dict[str, Any]:
    return {"holds": verdict.holds, "margin": plain(Number.of(verdict.margin)), "witness": plain(verdict.witness)}


def comparison_text(comparison: Comparison, *, details: bool = False, width: int = 100, color: bool = False) -> str:
    """Return a comparison as text.

    Parameters
    ----------
    comparison : Comparison
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


def _parts(comparison: Comparison, details: bool) -> Iterator[Text | Table]:
    problem = comparison.problem
    yield from titled(problem.name, f"mechanisms known by name that apply {scope(problem.environment)}")
    yield _table(comparison)
    yield Text("")
    yield Text(f"optimum: {headline(comparison.optimum)}")
    yield Text("share: of the first best; surplus: expected, of the budget; of several properties the strongest that holds is named.")
    if not {"dsic", "epic"} & set(comparison.rows[0].properties):
        yield Text("Ex post incentives were not checked: there are too many reports to compare.")
    if details:
        for row in comparison.rows:
            yield _details(row)


def _table(comparison: Comparison) -> Table:
    sheet = comparison_sheet(comparison)
    shown = [column for column in sheet.columns if column != "revenue"]  # it is the surplus under another name
    table = empty_table(shown, ["welfare", "share", "surplus"])
    table.padding = 0
    table.columns[0].no_wrap = True
    for row in sheet.rows:
        cells = dict(zip(sheet.columns, map(cell_text, row), strict=True))
        table.add_row(*[_colored(cells[column]) if column in SCALES else cells[column] for column in shown])
    return table


def _colored(answer: str) -> Text:
    return Text(answer, style="red" if answer == "no" else "green")


def _details(row: ComparisonRow) -> Table:
    table = empty_table([row.mechanism, "holds", "margin", "worst case"], ["margin"])
    for verdict in row.properties.values():
        holds = Text("yes", style="green") if verdict.holds else Text("no", style="red")
        table.add_row(Text(PROPERTY_WORDS[verdict.property]), holds, brief(verdict.margin), Text(witness_sentence(verdict)))
    return table
