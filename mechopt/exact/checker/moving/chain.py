"""The chain of profiles under the efficient policy: what follows what, what is reached, periods."""

from __future__ import annotations

from math import gcd

from .values import Values

__all__ = ["graph_of", "kind_of", "reached"]


def graph_of(values: Values) -> list[set[int]]:
    """Return the profiles that may follow each profile under the efficient policy."""
    return [{t for t, p in enumerate(values.economy.following(s, values.policy[s])) if p} for s in range(values.economy.n)]


def reached(graph: list[set[int]], first: set[int]) -> set[int]:
    """Return the profiles that are reached, the first ones included."""
    found, new = set(first), set(first)
    while new:
        new = {t for s in new for t in graph[s]} - found
        found |= new
    return found


def kind_of(graph: list[set[int]]) -> tuple[bool, bool]:
    """Return whether a chain is irreducible, and whether its recurrent profiles have no period."""
    reach = [reached(graph, {s}) for s in range(len(graph))]
    recurrent = [s for s in range(len(graph)) if all(s in reach[t] for t in reach[s])]
    aperiodic = True
    for s in recurrent:
        level, new, depth = {s: 0}, {s}, 0
        while new:
            depth += 1
            new = {t for r in new for t in graph[r]} - level.keys()
            level |= dict.fromkeys(new, depth)
        period = gcd(*(level[r] + 1 - level[t] for r in level for t in graph[r]))
        aperiodic &= period == 1
    return all(len(found) == len(graph) for found in reach), aperiodic
