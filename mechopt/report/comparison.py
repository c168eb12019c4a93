"""The mechanisms known by name as a table, and what `mechopt compare --json` prints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from mechopt.dynamic.problem import DynamicProblem
from mechopt.files.result_file import plain
from mechopt.mechanism.properties import Verdict
from mechopt.report.layout import empty_table, rendered, sheet_table, titled
from mechopt.report.sentences import headline, scope
from mechopt.report.sheet import Sheet, cell_text
from mechopt.report.sheets import comparison_sheet, scales, verdicts_sheet
from mechopt.result import Number

if TYPE_CHECKING:
    from mechopt.pipeline.compare import Comparison, ComparisonRow

__all__ = ["comparison_text", "comparison_to_dict"]

_LEGEND = "share: of the first best; surplus: expected, of the budget; of several properties the strongest that holds is named."
_MOVING_LEGEND = (
    "share: of the first best; surplus: expected and discounted, of the budget, fees included; stay: at every profile; join: every first type "
    "that occurs, for the fee. Of several properties the strongest that holds is named."
)


def comparison_to_dict(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as dictionaries, lists, strings and floats: a row per mechanism, numbers with both faces."""
    rows, optimum = {"rows": [_row_to_dict(row) for row in comparison.rows]}, comparison.optimum
    if optimum is None:
        return rows
    proof = {"grade": optimum.proof.grade, "bound": plain(optimum.proof.bound), "gap": plain(optimum.proof.gap)}
    return rows | {"optimum": {"objective": optimum.problem.design.objective, "status": optimum.status, "value": plain(optimum.value)} | proof}


def _row_to_dict(row: ComparisonRow) -> dict[str, Any]:
    numbers = {name: plain(getattr(row, name)) for name in ("welfare", "revenue", "budget_surplus")}
    properties = {name: _verdict_to_dict(verdict) for name, verdict in row.properties.items()}
    return {"mechanism": row.mechanism, **numbers, "properties": properties}


def _verdict_to_dict(verdict: Verdict) -> dict[str, Any]:
    return {"holds": verdict.holds, "margin": plain(Number.of(verdict.margin)), "witness": plain(verdict.witness)}


def comparison_text(comparison: Comparison, *, details: bool = False, width: int = 100, color: bool = False) -> str:
    """Return a comparison as text, with `details` the margin of every property, too; other parameters are those of `mechopt.report.text.text`."""
    return rendered(_parts(comparison, details), width=width, color=color)


def _parts(comparison: Comparison, details: bool) -> Iterator[Text | Table]:
    problem, optimum = comparison.problem, comparison.optimum
    if isinstance(problem, DynamicProblem):
        yield from titled(problem.name, f"mechanisms that exist for {problem.environment.n_states} profiles of types that move")
    else:
        yield from titled(problem.name, f"mechanisms known by name that apply {scope(problem.environment)}")
    yield _table(comparison)
    yield Text("")
    if optimum is None:
        yield Text(_MOVING_LEGEND)
    else:
        yield Text(f"optimum: {headline(optimum)}")
        yield Text(_LEGEND)
        if not {"dsic", "epic"} & set(comparison.rows[0].properties):
            yield Text("Ex post incentives were not checked: there are too many reports to compare.")
    for row in comparison.rows if details else ():
        sheet = verdicts_sheet(comparison, row)
        yield sheet_table(Sheet(sheet.title, (row.mechanism, *sheet.columns[1:]), sheet.rows))


def _table(comparison: Comparison) -> Table:
    sheet, headings = comparison_sheet(comparison), scales(comparison)
    shown = [column for column in sheet.columns if column != "revenue"]  # it is the surplus under another name
    table = empty_table(shown, ["welfare", "share", "surplus"])
    table.padding = 0
    table.columns[0].no_wrap = True
    for row in sheet.rows:
        cells = dict(zip(sheet.columns, map(cell_text, row), strict=True))
        table.add_row(*[_colored(cells[column]) if column in headings else cells[column] for column in shown])
    return table


def _colored(answer: str) -> Text:
    return Text(answer, style="red" if answer == "no" else "green")
