"""The command that believes nothing: verify."""

from __future__ import annotations

from pathlib import Path

import click

from mechopt.errors import ProblemFileError

__all__ = ["FalseResultError", "verify"]


class FalseResultError(Exception):
    """A saved result claims something that does not hold."""


@click.command(short_help="Re-check a saved result without any solver.")
@click.argument("result")
def verify(result: str) -> None:
    """Re-check every claim of a saved result in exact arithmetic, without any solver.

    RESULT is a file that -o wrote. Exit status: 0 if every claim holds, 1 if one is false, 2 if the file is not a result.
    """
    from mechopt.exact.check import FalseClaimError, NotAResultError, check_result
    from mechopt.files.document import read_json

    document = read_json(Path(result))
    try:
        claims = check_result(document)
    except NotAResultError as error:
        raise ProblemFileError(f"{result}: {error}") from error
    except FalseClaimError as error:
        raise FalseResultError(f"{result}: {error}") from error
    except RecursionError as error:
        raise ProblemFileError(f"{result}: is nested too deeply") from error
    for claim in claims:
        click.echo(f"verified: {claim}")
    click.echo(f"{result}: every claim holds ({len(claims)})")
