"""Closed forms of the literature, one module per paper or topic, sharing no code with the programs held against them.

Import a module for its functions (`from mechopt.theory import bilateral_trade`), or `CLOSED_FORMS` for every number at
once, with its statement and reference. Distributions are frozen continuous distributions of `scipy.stats`; a `Fraction`
that comes back is exact. SciPy's searches are imported where they run: pictures use closed forms that need none.
"""

from __future__ import annotations

from mechopt.theory.distribution import Distribution
from mechopt.theory.registry import CLOSED_FORMS, ClosedForm

__all__ = ["CLOSED_FORMS", "ClosedForm", "Distribution"]
