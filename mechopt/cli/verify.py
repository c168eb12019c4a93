"""The command that believes nothing: verify."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from mechopt.errors import MechoptError, ProblemFileError, SolverError

__all__ = ["Confirmed", "FalseResultError", "confirmed", "verify"]


class FalseResultError(Exception):
    """A saved result claims something that does not hold."""


@click.command(short_help="Re-check a saved result without any solver.")
@click.argument("result")
def verify(result: str) -> None:
    """Re-check every claim of a saved result in exact arithmetic, without any solver.

    RESULT is a file that -o wrote. Where types move and there are too many profiles for exact arithmetic, numbers are computed again in
    floating point with proved errors. Exit status: 0 if every claim holds, 1 if one is false, 2 if the file is not a result, 3 if an
    error is too large to tell.
    """
    from mechopt.files.document import read_json

    if Path(result).suffix == ".toml" and Path(result).is_file():
        raise ProblemFileError(f"{result}: is a problem, and verify checks results; write one with: mechopt certify {result} -o result.json")
    found = confirmed(result, read_json(Path(result)))
    for claim in found.claims:
        click.echo(f"verified: {claim}")
    click.echo(f"{result}: every claim holds ({len(found.claims)})")
    if not found.exact:
        click.echo(f"The claims were {found.how}.")


@dataclass(frozen=True)
class Confirmed:
    """The claims of a result, all of them confirmed.

    Attributes
    ----------
    claims : list of str
    exact : bool
        Whether in exact arithmetic, by the checker that needs the standard library only.
    """

    claims: list[str]
    exact: bool

    @property
    def how(self) -> str:
        """In words, how they were confirmed."""
        if self.exact:
            return "checked again in exact arithmetic, by a checker that uses no solver"
        return "computed again in floating point, each within a proved error, as there are too many profiles for exact arithmetic"


def confirmed(name: str, document: dict[str, Any]) -> Confirmed:
    """Return the claims of a result that were confirmed, which are all it makes.

    Raises
    ------
    FalseResultError
        If one is false.
    SolverError
        If one is neither confirmed nor false, as numbers are too close.
    ProblemFileError
        If the document is not a result.
    """
    from mechopt.exact.checker.claims import FalseClaimError, NotAResultError, check_result

    try:
        if _is_rounded(document):
            from mechopt.files.recheck import confirm_rounded

            return Confirmed(confirm_rounded(document), exact=False)
        return Confirmed(check_result(document), exact=True)
    except NotAResultError as error:
        raise ProblemFileError(f"{name}: {error}") from error
    except FalseClaimError as error:
        raise FalseResultError(f"{name}: {error}") from error
    except RecursionError as error:
        raise ProblemFileError(f"{name}: is nested too deeply") from error
    except SolverError as error:
        raise SolverError(f"{name}: {error}") from error
    except MechoptError as error:
        raise ProblemFileError(f"{name}: {error}") from error


def _is_rounded(document: dict[str, Any]) -> bool:
    """Return whether the exact checker has nothing to check: only types that move have such results, and only their code says so."""
    if not isinstance(document.get("dynamic"), dict):
        return False
    from mechopt.files.recheck import is_rounded

    return is_rounded(document)
