"""The notebooks run, and say what they are stored with."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from tests.notebooks.execute import NOTEBOOKS, executed, words


@pytest.fixture(scope="module")
def today() -> dict[Path, nbformat.NotebookNode]:
    """Return the notebooks as they come out today."""
    return dict(zip(NOTEBOOKS, executed(NOTEBOOKS), strict=True))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_says_what_it_is_stored_with(path: Path, today: dict[Path, nbformat.NotebookNode]) -> None:
    assert words(today[path]) == words(nbformat.read(path, as_version=4))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_names_no_machine(path: Path) -> None:
    assert not re.findall(r"/(?:work|home|opt|usr|tmp|Users)/", path.read_text(encoding="utf-8"))
