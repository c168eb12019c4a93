"""The command that asks the same question over a grid: sweep."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from mechopt.cli.ask import positive_seconds
from mechopt.cli.completing import complete_problem, setting_option
from mechopt.cli.screen import say

if TYPE_CHECKING:
    from mechopt.sweeps.point import Row

__all__ = ["sweep"]


EXAMPLES = """\b
Examples:
  mechopt sweep partners.toml --vary agents.senior.share=1/2:1:51 -o shares.csv
  mechopt sweep trade.toml --vary agents.seller.values.points=2:20:19 \\
    --vary design.budget=balanced,none --question solve -o trade.parquet
"""


@click.command(short_help="The same question at every point of a grid, in parallel.", epilog=EXAMPLES)
@click.argument("problem", shell_complete=complete_problem)
@click.option("--vary", multiple=True, required=True, metavar="KEY=START:STOP:COUNT", help="What varies; or KEY=a,b,c. Repeatable: all combinations.")
@click.option("--question", type=click.Choice(["certify", "solve"]), default="certify", show_default=True, help="What is asked at every point.")
@click.option("-o", "--output", required=True, metavar="FILE", help="Where the rows go: a .csv or .parquet file.")
@setting_option
@click.option("--workers", type=click.IntRange(min=1), metavar="COUNT", help="Processes; default: one per core.")
@click.option("--scheduler", metavar="ADDRESS", help="A Dask scheduler whose workers answer, such as tcp://10.0.0.1:8786.")
@click.option("--backend", default="highs", show_default=True, metavar="NAME", help="The solver.")
@click.option("--time-limit", type=float, callback=positive_seconds, metavar="SECONDS", help="Give the solver at most so long at every program.")
@click.option("--retry", is_flag=True, help="Ask again what an earlier run could not answer: rows with an error.")
@click.option("--json", "as_json", is_flag=True, help="Print the rows as JSON as well, and nothing else.")
def sweep(problem: str, vary: tuple[str, ...], workers: int | None, scheduler: str | None, as_json: bool, **asked: Any) -> None:
    """Ask the same question at every point of a grid and save one row per point.

    PROBLEM is a problem file, or a name that `mechopt problems` lists. Rows are on disk as soon as they are known: an interrupted sweep goes
    on where it stopped when the same command is given again. A point that cannot be answered is a row with its error; --retry asks it again.
    """
    from mechopt.errors import MechoptError
    from mechopt.sweeps.axes import parse_axis
    from mechopt.sweeps.sweep import plan_sweep

    if workers is not None and scheduler is not None:
        raise click.UsageError("--workers counts processes of this machine and --scheduler uses those of a cluster; choose one")
    axes = [parse_axis(text) for text in vary]
    keys = [axis.key for axis in axes]
    for key in keys:
        if keys.count(key) > 1:
            raise MechoptError(f"vary: the key {key} stands twice; give all its values at once")
    planned = plan_sweep(problem, {axis.key: axis.values for axis in axes}, **asked)
    rows = _run(planned, problem, workers, scheduler)
    if as_json:
        click.echo(json.dumps({"question": asked["question"], "vary": {axis.key: list(axis.values) for axis in axes}, "rows": rows}, indent=1))


def _run(planned: Any, label: str, workers: int | None, scheduler: str | None) -> list[Row]:
    from mechopt.cli.bar import Bar
    from mechopt.sweeps.sweep import workers_of

    with Bar(label, planned.n_points) as bar:

        def progress(count: int, row: Row | None) -> None:
            if row is None:
                bar.skip(count)
            else:
                bar.advance(failed="error" in row)

        rows: list[Row] = planned.run(lambda: workers_of(workers, None, scheduler), progress)
    n_failed = sum("error" in row for row in rows)
    failed = f", {n_failed:,} with an error (column error)" if n_failed else ""
    say("saved", f"{planned.output} ({len(rows):,} rows{failed})")
    return rows
