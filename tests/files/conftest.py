"""Problem files for tests: one that is right, and a way to write others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

TRADE = """
name = "Trade"
[environment]
kind = "object"
[[agents]]
name = "seller"
values = [0, 0.1, "2/3"]
prior = ["1/2", 0.25, "1/4"]
share = 1
[[agents]]
name = "buyer"
values = { distribution = "uniform", low = 0, high = 1, points = 2 }
[design]
budget = "no-deficit"
"""

POOL = """
[environment]
kind = "table"
outcomes = ["none", "pool"]
[[agents]]
name = "Ann"
types = ["low", "high"]
utility = [[0, 1], [0, 3]]
[[agents]]
name = "Bob"
types = ["low", "high"]
utility = [[0, 1], [0, 3]]
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """Write a problem file and return its path."""

    def written(content: str | bytes) -> Path:
        path = tmp_path / "problem.toml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return written


@pytest.fixture
def trade() -> str:
    """A problem file that is right."""
    return TRADE


@pytest.fixture
def pool() -> str:
    """A problem file with a table of utilities that is right."""
    return POOL
