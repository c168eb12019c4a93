"""The command that lists the catalogue: problems."""

from __future__ import annotations

import json

import click

__all__ = ["problems"]


@click.command(short_help="The catalogue of problems that come with mechopt.")
@click.option("--json", "as_json", is_flag=True, help="Print name, title and source as JSON.")
def problems(as_json: bool) -> None:
    """List the problems that come with mechopt; every name can stand where a problem file can."""
    from mechopt.files.catalogue import catalogue

    entries = catalogue()
    if as_json:
        click.echo(json.dumps([{"name": entry.name, "title": entry.title, "source": entry.source} for entry in entries], indent=1))
        return
    width = max((len(entry.name) for entry in entries), default=0)
    for entry in entries:
        click.echo(f"{entry.name:<{width}}  {entry.title}")
