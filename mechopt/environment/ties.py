"""Is the efficient outcome unique at every profile? For one object and for public goods without visiting profiles."""

from __future__ import annotations

import math

import numpy as np

from mechopt.environment.environment import Environment
from mechopt.environment.rule import has_rules, surplus_rule
from mechopt.environment.welfare import efficient_outcomes
from mechopt.rational import RationalArray

__all__ = ["obstacle_to_uniqueness"]

# Sums of values in units of their common denominator, at most; a bit each.
_MOST_SUMS = 2**27
_MOST_ENTRIES = 2**22


def obstacle_to_uniqueness(environment: Environment) -> str | None:
    """Return why the efficient outcome may not be unique at every profile, or None where it is.

    Profiles without probability count: what happens there decides what types without probability expect.

    Examples
    --------
    >>> from mechopt.environment.builders import bilateral_trade
    >>> from mechopt.environment.grids import two_types
    >>> obstacle_to_uniqueness(bilateral_trade(two_types(1, 3), two_types(2, 4)))
    >>> obstacle_to_uniqueness(bilateral_trade(two_types(1, 3), two_types(2, 3)))
    'two outcomes share the largest surplus, 3, at a profile'
    """
    if has_rules(environment) and environment.kind != "table":
        scores = surplus_rule(environment).scores
        return _tied_scores(scores) if environment.kind == "object" else _tied_sums(scores)
    if environment.n_profiles * environment.n_outcomes > _MOST_ENTRIES:
        return "profiles are too many to visit each"
    tied = np.nonzero((efficient_outcomes(environment).sum(axis=-1) > 1).reshape(-1))[0]
    return f"two outcomes share the largest surplus at {', '.join(environment.profile_of(int(tied[0])))}" if len(tied) else None


def _tied_scores(scores: tuple[RationalArray, ...]) -> str | None:
    """One object: two parties have the same score, and everybody else can have less. "nobody" is a party with score zero."""
    denominator = math.lcm(*(table.denominator for table in scores))
    parties = [set(table.over(denominator).tolist()) for table in scores] + [{0}]
    least = max(min(party) for party in parties)
    seen: set[int] = set()
    for party in parties:
        competing = {score for score in party if score >= least}
        if seen & competing:
            value = RationalArray(np.array([max(seen & competing)], dtype=object), denominator).texts()[0]
            return f"two outcomes share the largest surplus, {value}, at a profile"
        seen |= competing
    return None


def _tied_sums(scores: tuple[RationalArray, ...]) -> str | None:
    """Public good: values sum to the cost at some profile. Sums that can be reached are the bits of one long integer."""
    denominator = math.lcm(*(table.denominator for table in scores))
    whole = [table.over(denominator).tolist() for table in scores]
    lowest = [min(table) for table in whole]
    if sum(max(table) for table in whole) - sum(lowest) > _MOST_SUMS:
        return "sums of values are too many to tell whether any of them equals the cost"
    reached = 1
    for table, low in zip(whole, lowest, strict=True):
        before, reached = reached, 0
        for step in {score - low for score in table}:
            reached |= before << step
    at = -sum(lowest)
    return "values add up to the cost at a profile" if at >= 0 and reached >> at & 1 else None
