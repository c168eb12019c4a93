"""The command that believes nothing: verify."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from mechopt.errors import ProblemFileError

__all__ = ["FalseResultError", "confirmed", "verify"]


class FalseResultError(Exception):
    """A saved result claims something that does not hold."""


@click.command(short_help="Re-check a saved result without any solver.")
@click.argument("result")
def verify(result: str) -> None:
    """Re-check every claim of a saved result in exact arithmetic, without any solver.

    RESULT is a file that -o wrote. Exit status: 0 if every claim holds, 1 if one is false, 2 if the file is not a result.
    """
    from mechopt.files.document import read_json

    if Path(result).suffix == ".toml":
        raise ProblemFileError(f"{result}: is a problem, and verify checks results; write one with: mechopt certify {result} -o result.json")
    claims = confirmed(result, read_json(Path(result)))
    for claim in claims:
        click.echo(f"verified: {claim}")
    click.echo(f"{result}: every claim holds ({len(claims)})")


def confirmed(name: str, document: dict[str, Any]) -> list[str]:
    """Return the claims of a result that the checker confirmed, which are all it makes.

    Raises
    ------
    FalseResultError
        If one is false.
    ProblemFileError
        If the document is not a result.
    """
    from mechopt.exact.check import FalseClaimError, NotAResultError, check_result

    try:
        return check_result(document)
    except NotAResultError as error:
        raise ProblemFileError(f"{name}: {error}") from error
    except FalseClaimError as error:
        raise FalseResultError(f"{name}: {error}") from error
    except RecursionError as error:
        raise ProblemFileError(f"{name}: is nested too deeply") from error
