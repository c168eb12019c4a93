"""W, W_-i and what follows from them for the budget: Bellman's equations have one solution each, so that a stated one need only satisfy them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ..reading import FalseClaimError, flat, take
from .economy import ZERO, Economy, Vector, dot

__all__ = ["Values", "sides", "under"]


class Values:
    """W, W_-i, the efficient actions and M_i = W - W_-i."""

    def __init__(self, economy: Economy, data: Any) -> None:
        self.economy = economy
        efficient, without = take(data, "values", efficient=list, without=dict)
        self.efficient = flat(efficient, "values.efficient", economy.n)
        others = take(without, "values.without", **dict.fromkeys(economy.agents, list))
        self.without = [flat(table, f"values.without.{name}", economy.n) for name, table in zip(economy.agents, others)]
        self.best = self._bellman(self.efficient, None, "values.efficient")
        for i, name in enumerate(economy.agents):
            self._bellman(self.without[i], i, f"values.without.{name}")
        self.policy = [top[0] for top in self.best]
        self.marginal = [[w - other for w, other in zip(self.efficient, others)] for others in self.without]

    def _bellman(self, value: Vector, without: int | None, where: str) -> list[list[int]]:
        economy, allowed = self.economy, self.economy.available(without)
        if without is not None and len(economy.agents) == 1:
            allowed = []
        later = {k: economy.expected(value, k if economy.moving else 0) for k in (allowed if economy.moving else allowed[:1])}
        best = []
        for s in range(economy.n):
            scores = [economy.flow(s, k, without) + economy.discount * later[k if economy.moving else allowed[0]][s] for k in allowed]
            top = max(scores, default=ZERO)
            if value[s] != top:
                raise FalseClaimError(f"{where}: Bellman's equation fails at profile {economy.profiles[s]}")
            best.append([k for k, score in zip(allowed, scores) if score == top])
        return best


def under(economy: Economy, policy: list[int], table: Vector) -> Vector:
    """Return the expectation of a table over next profiles under a policy."""
    used = sorted(set(policy)) if economy.moving else [0]
    moved = {k: economy.expected(table, k) for k in used}
    return [moved[policy[s] if economy.moving else 0][s] for s in range(economy.n)]


def sides(values: Values, start: Vector) -> tuple[Fraction, list[Fraction]]:
    """Return both sides of the condition for a distribution of types: the deficit, and the largest fees."""
    deficit = sum((dot(start, own) for own in values.marginal), ZERO) - dot(start, values.efficient)
    return deficit, [min(value for _, value in values.economy.given(start, i, own)) for i, own in enumerate(values.marginal)]
