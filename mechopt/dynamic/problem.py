"""A dynamic problem: an environment, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mechopt.dynamic.environment import DynamicEnvironment

__all__ = ["DynamicProblem"]


@dataclass(frozen=True, eq=False)
class DynamicProblem:
    """A dynamic environment with its title. What is asked of mechanisms is fixed, so there is no design.

    Attributes
    ----------
    environment : DynamicEnvironment
    name, source : str
        Title and citation.
    expected : mapping
        The ``[expected]`` table of a problem file: values with an independent source.
    """

    environment: DynamicEnvironment
    name: str = ""
    source: str = ""
    expected: Mapping[str, Any] = field(default_factory=dict, repr=False)
