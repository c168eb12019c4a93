"""A problem: an environment, a design, and where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mechopt.design.design import Design
from mechopt.environment.environment import Environment

__all__ = ["Problem"]


@dataclass(frozen=True, eq=False)
class Problem:
    """An environment and a design.

    Attributes
    ----------
    environment : Environment
    design : Design
    name, source : str
        Title and citation.
    expected : mapping
        The ``[expected]`` table of a problem file: values with an independent source.
    """

    environment: Environment
    design: Design = Design()
    name: str = ""
    source: str = ""
    expected: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.design.check(self.environment)
