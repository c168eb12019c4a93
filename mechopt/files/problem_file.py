"""Read a problem from a file or from the catalogue."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from mechopt.dynamic.problem import DynamicProblem
from mechopt.environment.environment import KINDS
from mechopt.errors import MechoptError, ProblemFileError
from mechopt.files import fields
from mechopt.files.catalogue import catalogue_file, near_names
from mechopt.files.document import NumberText, one_line, read_toml_or_json
from mechopt.files.dynamic_economy import DYNAMIC_TOP_KEYS, is_dynamic, read_dynamic_environment
from mechopt.files.economy import groups, read_environment
from mechopt.files.settings import apply
from mechopt.files.wish import read_design
from mechopt.problem import Problem

__all__ = ["any_problem_from_document", "dynamic_problem_from_document", "load", "load_any", "load_document", "locate", "problem_from_document"]

TOP_KEYS = ("name", "source", "environment", "agents", "prior", "design", "expected")
RESULT_FORMAT = "mechopt-result"


def load_any(source: str | os.PathLike[str], settings: Sequence[str] = ()) -> Any:
    """Return the problem of a file, or of a name of the catalogue.

    Parameters
    ----------
    source : str or path
        A problem file in TOML, a problem in normal form or a saved result in JSON, or a name such as
        ``"myerson-satterthwaite-1983/uniform-6"``.
    settings : sequence of str
        ``KEY=VALUE``, applied before the file is read: see `mechopt.files.settings.apply`.

    Returns
    -------
    Problem or DynamicProblem

    Raises
    ------
    ProblemFileError
        One line that names the file, the key, its value and what would be right.

    Examples
    --------
    >>> problem = load_any("myerson-satterthwaite-1983/uniform-6", ["design.budget=no-deficit"])
    >>> problem.environment.n_types, problem.design.budget
    ((6, 6), 'no-deficit')
    >>> str(load_any("yoon-2015/kept-half-the-time", ["environment.discount=1/2"]).environment.discount)
    '1/2'
    """
    document = load_document(source, settings)
    with naming(_label(source, settings)):
        return any_problem_from_document(document)


def load(source: str | os.PathLike[str], settings: Sequence[str] = ()) -> Problem:
    """Return the problem of a file, or of a name of the catalogue, where types stay; parameters and exceptions are those of `load_any`."""
    found = load_any(source, settings)
    if not isinstance(found, Problem):
        raise ProblemFileError(
            f'{source}: environment.kind is "dynamic", which this command does not support; `certify`, `solve`, `compare` and `map` do. '
            f"It needs one of {', '.join(KINDS)}"
        )
    return found


def load_document(source: str | os.PathLike[str], settings: Sequence[str] = ()) -> dict[str, Any]:
    """Return the problem of a file, or of a name of the catalogue, as a document: keys set, but not yet understood.

    Raises
    ------
    ProblemFileError
        If the file cannot be read or a setting leads nowhere.
    """
    document = read_toml_or_json(locate(source))
    with naming(_label(source, settings)):
        if document.get("format") == RESULT_FORMAT:
            document = fields.table(document.get("problem"), "problem", "a problem in normal form")
        apply(document, settings)
    return document


def _label(source: str | os.PathLike[str], settings: Sequence[str]) -> str:
    return " with ".join([str(source), *settings])


def locate(source: str | os.PathLike[str]) -> Path:
    """Return the file that a path or a name of the catalogue means."""
    path = Path(source)
    try:
        found = path.exists()
    except (OSError, ValueError) as error:
        raise ProblemFileError(one_line(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}")) from error
    named = None if found else catalogue_file(str(source))
    if not found and named is None:
        near = [*near_files(path), *near_names(str(source))][:3]
        hint = f"did you mean {' or '.join(near)}?" if near else "`mechopt problems` lists the catalogue"
        raise ProblemFileError(one_line(f"{path}: there is no such file, and no problem of that name in the catalogue; {hint}"))
    return named or path


def near_files(path: Path) -> list[str]:
    """Return up to two problem files next to a path that resemble it."""
    try:
        names = [known.name for known in path.parent.glob("*.toml")]
    except (OSError, ValueError):
        return []
    return [str(path.parent / name) for name in get_close_matches(path.name, names, n=2, cutoff=0.7)]


@contextmanager
def naming(label: str) -> Iterator[None]:
    """Put the file's name in front of every error of the library, on one line."""
    try:
        yield
    except MechoptError as error:
        raise ProblemFileError(one_line(f"{label}: {error}")) from error
    except OverflowError as error:
        raise ProblemFileError(one_line(f"{label}: a number is too large for arithmetic ({error})")) from error


def any_problem_from_document(document: Mapping[str, Any]) -> Problem | DynamicProblem:
    """Return the problem of a document, of whatever kind."""
    return dynamic_problem_from_document(document) if is_dynamic(document) else problem_from_document(document)


def dynamic_problem_from_document(document: Mapping[str, Any]) -> DynamicProblem:
    """Return the dynamic problem of a document: nested dictionaries as TOML or JSON give them."""
    fields.check_keys(document, (*DYNAMIC_TOP_KEYS, "design"), "", ' where environment.kind is "dynamic"')
    title = fields.text(document.get("name", ""), "name")
    source = fields.text(document.get("source", ""), "source")
    environment = read_dynamic_environment(document, title, source)
    return DynamicProblem(environment, title, source, _expected(document))


def problem_from_document(document: Mapping[str, Any]) -> Problem:
    """Return the problem of a document: nested dictionaries as TOML or JSON give them.

    Raises
    ------
    MechoptError
        If a key is unknown or a value is not what the key needs; the message names the key path.
    """
    fields.check_keys(document, TOP_KEYS, "")
    title = fields.text(document.get("name", ""), "name")
    source = fields.text(document.get("source", ""), "source")
    environment = read_environment(document, title, source)
    members = {str(entry["name"]): names for names, entry in groups(document["agents"])}
    sizes = {agent.name: agent.n_types for agent in environment.agents}
    design = read_design(document.get("design", {}), members, sizes)
    return Problem(environment, design, title, source, _expected(document))


def _expected(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a file says its answers are, by question: whoever compares knows which of them."""
    expected = fields.table(document.get("expected", {}), "expected", "[expected] with the values of each question")
    return dict(_plain(expected))


def _plain(value: Any) -> Any:
    """Return a document in which decimal numbers are floats."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return float(value) if isinstance(value, NumberText) else value
