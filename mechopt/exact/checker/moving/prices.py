"""What prices prove about every stationary mechanism."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ..reading import FalseClaimError, NotAResultError, flat, index, read, same, take
from .economy import ONE, ZERO, Economy, Vector, dot
from .values import Values

__all__ = ["bound_of"]


def bound_of(values: Values, data: Any, where: str) -> tuple[str, Fraction]:
    """Return what prices are about and the bound they prove, recomputed."""
    economy = values.economy
    words, price = ("surplus", "welfare", "feasibility"), Fraction
    objective, stated, incentive, joining, budget, visited = take(
        data, where, objective=words, bound=price, incentive=dict, joining=dict, budget=price, visits=(list, None)
    )
    if objective != "surplus" and economy.moving:
        raise FalseClaimError(f"{where}: says nothing where actions move types differently")
    weight: Fraction = ONE if objective == "surplus" else budget
    lies = take(incentive, f"{where}.incentive", **dict.fromkeys(economy.agents, list))
    fees = take(joining, f"{where}.joining", **dict.fromkeys(economy.agents, dict))
    gains = [[ZERO] * len(economy.actions) for _ in range(economy.n)]
    if objective != "surplus":
        visits, counted = _visits(economy, visited, f"{where}.visits"), weight + (objective == "welfare")
        gains = [[counted * visits[s] * economy.flow(s, k) for k in range(len(economy.actions))] for s in range(economy.n)]
    elif budget != 0 or visited is not None:
        raise FalseClaimError(f"{where}: the surplus has no price of the budget and needs no visits")
    if weight < 0:
        raise FalseClaimError(f"{where}.budget: a price is negative")
    for i, name in enumerate(economy.agents):
        rest = _priced_truth(values, i, lies[i], objective, gains, f"{where}.incentive.{name}")
        _joined(economy, i, fees[i], weight, rest, f"{where}.joining.{name}")
        if any(left > weight * p for left, p in zip(rest, economy.start)):
            raise FalseClaimError(f"{where}: what {name} expects does not cancel with a price of staying that is not negative")
    usable = values.best if objective == "surplus" else [list(range(len(economy.actions)))] * economy.n
    constant = dot(economy.start, values.efficient) if objective == "surplus" else ZERO
    bound = constant + sum((max(gains[s][k] for k in usable[s]) for s in range(economy.n)), ZERO)
    same(stated, bound, f"{where}.bound")
    return objective, bound


def _visits(economy: Economy, data: Any, where: str) -> Vector:
    """Return how often, discounted, every profile is expected: one equation per profile, with one solution."""
    visits = flat(data, where, economy.n)
    moved = economy.pushed(visits, 0)
    if any(visits[s] != economy.start[s] + economy.discount * moved[s] for s in range(economy.n)):
        raise FalseClaimError(f"{where}: not the expected discounted number of visits")
    return visits


def _priced_truth(values: Values, i: int, data: list[Any], objective: str, gains: list[Vector], where: str) -> Vector:
    """Return the weight of an agent's payoff at every profile in her priced constraints, and charge the policy for what they say about it."""
    economy = values.economy
    if not all(isinstance(entry, list) and len(entry) == 3 and isinstance(entry[0], list) for entry in data):
        raise NotAResultError(f"{where}: must be a list of profile, report, price")
    weights = [ZERO] * economy.n
    through: dict[int, Vector] = {}
    for names, report_name, text in data:
        if len(names) != len(economy.agents):
            raise NotAResultError(f"{where}: a profile has a type per agent")
        profile = tuple(index(name, types, where) for name, types in zip(names, economy.types))
        report, price, s = index(report_name, economy.types[i], where), read(text, where, Fraction), economy.number[profile]
        seen = economy.seen(s, i, report)
        if price < 0:
            raise FalseClaimError(f"{where}: a price is negative")
        if economy.moving and len(values.best[seen]) > 1:
            raise FalseClaimError(f"{where}: what is seen at {names} with report {report_name!r} depends on which efficient action is chosen")
        kernel = values.best[seen][0] if economy.moving and objective == "surplus" else 0
        moved = through.setdefault(kernel, [ZERO] * economy.n)
        for state, signed in ((s, price), (seen, -price)):
            weights[state] += signed
            moved[state] += signed
        own, other = economy.rewards[i][profile[i]], economy.rewards[i][report]
        for k in range(len(economy.actions)):
            gains[seen][k] -= price * (own[k] - other[k])
    for kernel, moved in through.items():
        weights = [w - economy.discount * p for w, p in zip(weights, economy.pushed(moved, kernel))]
    return weights


def _joined(economy: Economy, i: int, data: dict[str, Any], weight: Fraction, rest: Vector, where: str) -> None:
    """Add the weight of an agent's payoff in the prices of joining; those must cancel her fee."""
    chance = [sum((p for profile, p in zip(economy.profiles, economy.start) if profile[i] == a), ZERO) for a in range(economy.sizes[i])]
    prices = [ZERO] * economy.sizes[i]
    for name, text in data.items():
        a = index(name, economy.types[i], where)
        prices[a] = read(text, where, Fraction)
        if prices[a] < 0 or not chance[a]:
            raise FalseClaimError(f"{where}: the price of {name!r} is negative, or of a type that does not occur")
    if sum(prices, ZERO) != weight:
        raise FalseClaimError(f"{where}: fees do not cancel")
    for s, (profile, p) in enumerate(zip(economy.profiles, economy.start)):
        if p:
            rest[s] += prices[profile[i]] * p / chance[profile[i]]
