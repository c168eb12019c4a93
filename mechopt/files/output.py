"""Writing files: whole or not at all."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mechopt.errors import ProblemFileError
from mechopt.files.document import one_line

__all__ = ["check_writable", "to_json", "write_bytes", "write_text"]


def to_json(data: Mapping[str, Any]) -> str:
    """Return a result as JSON text, one key of the top level a line, ASCII only.

    Examples
    --------
    >>> print(to_json({"a": 1, "b": [1, 2]}), end="")
    {
    "a": 1,
    "b": [1, 2]
    }
    """
    lines = [f"{json.dumps(key)}: {json.dumps(value, allow_nan=False)}" for key, value in data.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def check_writable(path: str | os.PathLike[str], source: str | os.PathLike[str] | None = None) -> Path:
    """Return the file that a path means, links followed, or refuse it; to be called before hours of work.

    Parameters
    ----------
    path : path
    source : path, optional
        What is read, which is not to be overwritten.

    Raises
    ------
    ProblemFileError
        If it is a directory or the source, or its directory is missing or closed.
    """
    try:
        target = Path(path).resolve()
        if target.is_dir():
            raise ProblemFileError(one_line(f"{path}: is a directory; name a file in it"))
        if source is not None and target.is_file() and Path(source).exists() and target.samefile(source):
            raise ProblemFileError(one_line(f"{path}: is the file that is read, and would be overwritten; name another"))
        if not target.parent.is_dir():
            raise ProblemFileError(one_line(f"{path}: the directory {target.parent} does not exist; make it first"))
        if not os.access(target if target.exists() else target.parent, os.W_OK):
            raise ProblemFileError(one_line(f"{path}: cannot be written: permission denied"))
    except (OSError, ValueError, RuntimeError) as error:
        raise ProblemFileError(one_line(f"{path}: cannot be written: {error}")) from error
    return target


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a text in UTF-8 as `write_bytes` does."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file under a temporary name beside it and rename it, so that no reader sees half of it.

    Raises
    ------
    ProblemFileError
        If it cannot be written; an older file is still there then.
    """
    target = check_writable(path)
    try:
        if target.exists() and not target.is_file():  # a pipe or a device cannot be replaced
            target.write_bytes(content)
        else:
            _replace(target, content)
    except OSError as error:
        raise ProblemFileError(one_line(f"{path}: cannot be written: {error.strerror or error}")) from error


def _replace(target: Path, content: bytes) -> None:
    temporary = target.with_name(f".mechopt-{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
