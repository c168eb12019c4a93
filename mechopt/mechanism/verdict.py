"""Whether a property holds, by what margin, and the case that decides."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

__all__ = ["Verdict"]


@dataclass(frozen=True)
class Verdict:
    """Whether a property holds, by what margin, and the case that decides.

    Attributes
    ----------
    property : str
        An id of `PROPERTIES`.
    margin : Fraction
        Negative: the size of the worst violation. In money; a probability for ``"deterministic"``.
    witness : mapping or None
        The worst case when the property fails: agent, true and reported type, profile.
    """

    property: str
    margin: Fraction
    witness: Mapping[str, Any] | None = field(default=None)

    @builtins.property
    def holds(self) -> bool:
        """Whether the property holds."""
        return self.margin >= 0

    def __bool__(self) -> bool:
        return self.holds
