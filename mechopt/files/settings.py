"""``--set KEY=VALUE``: change a document before it is read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from mechopt.errors import ProblemFileError, nearest
from mechopt.files.document import parse_value
from mechopt.files.fields import shown

__all__ = ["INTEGER_KEYS", "apply", "key_path"]

INTEGER_KEYS = ("points", "copies")
"""Keys whose values are integers."""

_PART = re.compile(r'"([^"]*)"|\'([^\']*)\'|([^."\']+)')
_FRACTION_IN_LIST = re.compile(r"^\s*[\[{].*[\d]\s*/\s*\d")


def apply(document: dict[str, Any], settings: Sequence[str]) -> None:
    """Change the document in place, one ``KEY=VALUE`` after the other.

    Parameters
    ----------
    document : dict
    settings : sequence of str
        Keys are paths with dots; agents, and constraints, go by name: ``agents.seller.share=1/2``. A name with a dot
        stands in quotes: ``agents."Mr. X".share=1``. Values are TOML where possible and text otherwise.

    Raises
    ------
    ProblemFileError
        If a setting is not KEY=VALUE, names an agent that does not exist, or leads through something that has no keys.

    Examples
    --------
    >>> document = {"agents": [{"name": "seller", "share": 1}]}
    >>> apply(document, ["agents.seller.share=1/2", "design.budget=none"])
    >>> document
    {'agents': [{'name': 'seller', 'share': '1/2'}], 'design': {'budget': 'none'}}
    """
    for setting in settings:
        key, equals, value = setting.partition("=")
        path = key_path(key)
        if not equals or not path:
            raise ProblemFileError(f"setting {setting!r}: write KEY=VALUE, such as design.budget=none")
        _set(document, path, _value(value.strip(), key.strip()))


def key_path(key: str) -> list[str]:
    """Return the parts of a dotted key; an empty list if it is not one.

    Examples
    --------
    >>> key_path('agents."Mr. X".share')
    ['agents', 'Mr. X', 'share']
    """
    parts, position = [], 0
    text = key.strip()
    while position < len(text):
        match = _PART.match(text, position)
        if match is None:
            return []
        parts.append(next(group for group in match.groups() if group is not None).strip())
        position = match.end() + 1
        if match.end() < len(text) and (text[match.end()] != "." or position == len(text)):
            return []
    return parts


def _value(text: str, key: str) -> Any:
    value = parse_value(text)
    if value == text and _FRACTION_IN_LIST.match(text):
        raise ProblemFileError(f'setting {key}={text}: write fractions inside a list in quotes, such as ["1/2", "1/2"]')
    return value


def _set(document: dict[str, Any], path: list[str], value: Any) -> None:
    place: Any = document
    for k, part in enumerate(path[:-1]):
        place = _entry(place, part, path[:k])
    if isinstance(place, list):
        _entry(place, path[-1], path[:-1])
        raise ProblemFileError(f"setting {'.'.join(path)}: name one of its keys, such as {'.'.join(path)}.share")
    if not isinstance(place, dict):
        raise ProblemFileError(f"setting {'.'.join(path)}: {'.'.join(path[:-1])} is {shown(place)}, which has no key {path[-1]!r}")
    place[path[-1]] = value


def _entry(place: Any, part: str, above: list[str]) -> Any:
    """Return what a part of the path names, an empty table where there is nothing yet."""
    where = ".".join(above)
    if isinstance(place, list) and all(isinstance(entry, dict) for entry in place):
        named = {str(entry.get("name")): entry for entry in place}
        if part not in named:
            raise ProblemFileError(f"setting {where}.{part}: there is no {part!r} in {where}; {nearest(part, named)}")
        return named[part]
    if not isinstance(place, dict):
        raise ProblemFileError(f"setting {where}.{part}: {where} is {shown(place)}, which has no key {part!r}")
    return place.setdefault(part, {})
