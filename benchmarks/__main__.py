"""``python -m benchmarks NAME``."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import click

from benchmarks.table import Report, as_json, as_markdown, print_text

BENCHMARKS = {
    "closed_forms": "numbers that the literature knows, against what mechopt computes",
    "inequalities": "inequalities of the theory on hundreds of random environments",
    "dynamic": "seconds, memory and errors where types move",
    "methods": "seconds of HiGHS's methods on the programs of mechopt",
    "sweep": "critical shares against bisection; a sweep over shares and grids on one process and on two",
    "proof": "seconds of an exact proof next to those of the solver",
    "rounding": "mechanisms, proofs and gaps without an exact vertex; proofs of programs that defeat floats",
    "profile": "where the time goes at the largest size",
    "scale": "time, memory, rounds and gap against agents and types, far beyond enumeration",
    "speed": "seconds from a problem to a checked result, against other tools in the same run",
}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("name", type=click.Choice(list(BENCHMARKS)))
@click.option("--check", is_flag=True, help="Exit with status 1 if a row leaves its band.")
@click.option("--quick", is_flag=True, help="Smaller sizes and fewer grids.")
@click.option("--json", "as_format", flag_value="json", help="Print JSON.")
@click.option("--markdown", "as_format", flag_value="markdown", help="Print Markdown tables.")
@click.option("--picture", type=click.Path(path_type=Path), metavar="FILE", help="Draw the picture of a benchmark that has one.")
def main(name: str, check: bool, quick: bool, as_format: str | None, picture: Path | None) -> None:
    """Run one benchmark and print its tables."""
    report: Report = import_module(f"benchmarks.{name}").run(quick=quick, check=check)
    if as_format == "json":
        click.echo(as_json(report))
    elif as_format == "markdown":
        click.echo(as_markdown(report))
    else:
        print_text(report)
    if picture is not None:
        if report.picture is None:
            raise click.UsageError(f"{name} has no picture; scale has")
        report.picture(picture)
    for failure in report.failures:
        click.echo(f"outside its band: {failure}", err=True)
    sys.exit(1 if check and report.failures else 0)


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
