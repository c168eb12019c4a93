"""Identical units for agents who want one each, as section 1 of ``docs/certificates.md`` tells them from other tables."""

from __future__ import annotations

from copy import copy
from itertools import accumulate
from math import comb

from .forms import MOST_NUMBERS, Problem

__all__ = ["in_brief"]


def in_brief(problem: Problem) -> Problem:
    """Return a problem of identical units with one column per agent, which says whether she is served, and a last one that is always there.

    Any other problem is returned as it is. Profiles of the brief one are not gone through, because outcomes are not in it.
    """
    n = problem.n_agents
    if problem.kind != "table" or not problem.independent or len(set(problem.cost)) > 1:
        return problem
    sizes = dict(zip(accumulate(comb(n, k) for k in range(n + 1)), range(n + 1)))
    if sizes.get(problem.n_outcomes, 0) == 0:
        return problem
    served: list[set[int]] = [set() for _ in range(problem.n_outcomes)]
    utility = []
    for i, rows in enumerate(problem.utility):
        outcomes = {x for row in rows for x, _ in row}
        if not outcomes or any(row and (len(row) < len(outcomes) or len({u for _, u in row}) > 1) for row in rows):
            return problem
        utility.append([[(i, u) for _, u in row[:1]] for row in rows])
        for x in outcomes:
            served[x].add(i)
    units = sizes[problem.n_outcomes]
    if max(map(len, served)) > units or len(set(map(frozenset, served))) < problem.n_outcomes:
        return problem
    brief = copy(problem)
    brief.kind, brief.units, brief.by_value, brief.utility = "units", units, True, utility
    brief.n_outcomes, brief.cost, brief.n_profiles = n + 1, [0] * n + problem.cost[:1], MOST_NUMBERS
    return brief
