"""Commented problem files to begin with, one for every kind of environment."""

from __future__ import annotations

from importlib.resources import files

from mechopt.errors import ProblemFileError, nearest

__all__ = ["STARTING_FILES", "starting_file"]

STARTING_FILES = {
    "object": "one object: a seller and a buyer",
    "public-good": "a project that two agents pay for together",
    "table": "any outcomes, utilities in a table",
    "interdependent": "utilities that depend on the others' types",
    "correlated": "one object, types that are correlated",
    "dynamic": "types that move over time",
}


def starting_file(kind: str) -> str:
    """Return a commented problem file that can be asked as it is.

    Raises
    ------
    ProblemFileError
        If there is none of that kind.

    Examples
    --------
    >>> starting_file("object").splitlines()[0]
    '# One object. Ask: mechopt certify FILE, mechopt solve FILE, mechopt compare FILE.'
    """
    if kind not in STARTING_FILES:
        raise ProblemFileError(f"kind is {kind!r}; {nearest(kind, STARTING_FILES)}")
    return (files("mechopt.files") / "starting" / f"{kind}.toml").read_text(encoding="utf-8")
