"""Files as untyped documents: TOML or JSON, numbers kept as written. Knows nothing about mechanisms."""

from __future__ import annotations

import json
import math
import tomllib
from pathlib import Path
from typing import Any

from mechopt.errors import ProblemFileError

__all__ = ["LARGEST_FILE", "NumberText", "one_line", "parse_value", "read_json", "read_text", "read_toml_or_json"]

LARGEST_FILE = 256 * 2**20
"""Bytes. Beyond it a file is not a problem but an accident, such as /dev/zero."""

_LONGEST_MESSAGE = 600


class NumberText(str):
    """A number as it stands in a file, so that ``0.1`` can be read as 1/10.

    Examples
    --------
    >>> NumberText("0.1")
    0.1
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def one_line(message: object) -> str:
    r"""Return a message on one line, without control characters, at a length a person reads.

    Examples
    --------
    >>> one_line("two\nlines")
    'two lines'
    """
    text = _cut(" ".join(str(message).split()))
    return _cut("".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text))


def _cut(text: str) -> str:
    """Leave out the middle: a message begins with what is wrong and ends with what would be right."""
    kept = _LONGEST_MESSAGE - 5
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[: kept // 3]} ... {text[kept // 3 - kept :]}"


def read_text(path: Path) -> str:
    """Return the text of a file.

    Raises
    ------
    ProblemFileError
        If there is no such file, it cannot be opened, is huge, empty, or not UTF-8 text.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ProblemFileError(one_line(f"{path}: cannot be read: {reason}")) from error
    if len(data) > LARGEST_FILE:
        raise ProblemFileError(one_line(f"{path}: is larger than {LARGEST_FILE // 2**20} MiB; this is not a problem or result file"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProblemFileError(one_line(f"{path}: is not a text file in UTF-8 (byte {error.start + 1}); write TOML or JSON")) from error
    if not text.strip():
        raise ProblemFileError(one_line(f"{path}: is empty; a problem file has [environment], [[agents]] and [design]"))
    return text


def read_toml_or_json(path: Path) -> dict[str, Any]:
    """Return a TOML or JSON file as nested dictionaries and lists; decimal numbers are `NumberText`."""
    text = read_text(path)
    if text.lstrip().startswith("{"):
        return _parsed_json(text, path, exact=True)
    try:
        return tomllib.loads(text, parse_float=NumberText)
    except (ValueError, RecursionError) as error:
        raise ProblemFileError(one_line(f"{path}: is not TOML: {_reason(error)}")) from error


def read_json(path: Path) -> dict[str, Any]:
    """Return a JSON file as nested dictionaries and lists; decimal numbers are floats."""
    return _parsed_json(read_text(path), path, exact=False)


def _parsed_json(text: str, path: Path, *, exact: bool) -> dict[str, Any]:
    try:
        if exact:
            data = json.loads(text, parse_float=NumberText, parse_constant=NumberText, object_pairs_hook=_without_repetition)
        else:
            data = json.loads(text, parse_float=_finite, parse_constant=_finite, object_pairs_hook=_without_repetition)
    except (ValueError, RecursionError) as error:
        raise ProblemFileError(one_line(f"{path}: is not JSON: {_reason(error)}")) from error
    if not isinstance(data, dict):
        raise ProblemFileError(one_line(f"{path}: is a JSON list or value; write an object with keys"))
    return data


def _reason(error: Exception) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two readers may disagree about a key that stands twice, so nobody may write one."""
    table = dict(pairs)
    if len(table) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} stands twice")
    return table


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is not a finite number")
    return number


def parse_value(text: str) -> Any:
    """Return the value of a ``KEY=VALUE`` setting: TOML if it is, else the text itself.

    Examples
    --------
    >>> parse_value("0.1"), parse_value("none"), parse_value('["1/2", 3]')
    (0.1, 'none', ['1/2', 3])
    """
    try:
        parsed = tomllib.loads(f"value = {text}", parse_float=NumberText)
    except (ValueError, RecursionError):
        return text
    return parsed["value"] if set(parsed) == {"value"} else text
