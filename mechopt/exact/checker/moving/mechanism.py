"""A stationary mechanism and the margins of its properties."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import Any

from ..reading import FalseClaimError, check_number, flat, same, take
from .economy import ZERO, Vector, check_distribution, dot, matrix
from .values import Values, under

__all__ = ["PROPERTIES", "Mechanism", "admissible", "check_properties"]

PROPERTIES = ("efficient", "periodic-epic", "periodic-ir", "interim-ir", "expected-no-deficit", "expected-balanced")


class Mechanism:
    """A stationary mechanism: what is done and paid at every profile, and fees."""

    def __init__(self, values: Values, data: Any, where: str) -> None:
        economy = self.economy = values.economy
        forms = {**dict.fromkeys(("policy", "payments", "payoffs", "welfare"), list), "fees": dict}
        _, policy, payments, payoffs, welfare, fees = take(data, where, form="stationary", **forms)
        n_agents = len(economy.agents)
        self.policy = matrix(policy, f"{where}.policy", economy.n, len(economy.actions))
        self.payments = [list(column) for column in zip(*matrix(payments, f"{where}.payments", economy.n, n_agents))]
        self.payoffs = [list(column) for column in zip(*matrix(payoffs, f"{where}.payoffs", economy.n, n_agents))]
        self.welfare = flat(welfare, f"{where}.welfare", economy.n)
        self.fees: Vector = take(fees, f"{where}.fees", **dict.fromkeys(economy.agents, Fraction))
        for chances in self.policy:
            check_distribution(chances, f"{where}.policy")
            if economy.moving and max(chances) != 1:
                raise FalseClaimError(f"{where}.policy: mixes actions that move types differently")
        self.done = [max(range(len(chances)), key=lambda k: chances[k]) for chances in self.policy]
        self._check_values(where)

    def reward(self, i: int, true: int, seen: int) -> Fraction:
        """Return what a period is worth to an agent whose type is that of one profile when another is seen."""
        own = self.economy.rewards[i][self.economy.profiles[true][i]]
        return dot(own, self.policy[seen])

    def _check_values(self, where: str) -> None:
        """Payoffs and welfare must be the expected discounted sums they are said to be: one equation per profile, with one solution."""
        economy = self.economy
        total = [ZERO] * economy.n
        for i, name in enumerate(economy.agents):
            later = under(economy, self.done, self.payoffs[i])
            for s in range(economy.n):
                reward = self.reward(i, s, s)
                total[s] += reward
                if self.payoffs[i][s] != reward - self.payments[i][s] + economy.discount * later[s]:
                    raise FalseClaimError(f"{where}.payoffs: not what {name} expects from profile {economy.profiles[s]} on")
        later = under(economy, self.done, self.welfare)
        if any(self.welfare[s] != total[s] + economy.discount * later[s] for s in range(economy.n)):
            raise FalseClaimError(f"{where}.welfare: not the expected discounted rewards")

    def expected_welfare(self) -> Fraction:
        """Return the expected discounted rewards."""
        return dot(self.economy.start, self.welfare)

    def surplus(self) -> Fraction:
        """Return the expected discounted payments, fees included: rewards less what agents keep."""
        return self.expected_welfare() - sum((dot(self.economy.start, own) for own in self.payoffs), ZERO) + sum(self.fees, ZERO)

    @cached_property
    def margins(self) -> dict[str, Fraction]:
        """Return the margin of every property."""
        economy, surplus = self.economy, self.surplus()
        actions = range(len(economy.actions))
        later = [economy.expected(self.welfare, k) for k in (actions if economy.moving else [0])]
        gaps = [
            self.welfare[s] - economy.flow(s, k) - economy.discount * later[k if economy.moving else 0][s] for s in range(economy.n) for k in actions
        ]
        joining = [value - fee for i, fee in enumerate(self.fees) for _, value in economy.given(economy.start, i, self.payoffs[i])]
        margins = (min(gaps), min(self._truth()), min(min(own) for own in self.payoffs), min(joining), surplus, -abs(surplus))
        return dict(zip(PROPERTIES, margins))

    def _truth(self) -> Iterator[Fraction]:
        """Yield what truth brings more than each report, at every profile."""
        economy = self.economy
        for i, size in enumerate(economy.sizes):
            later = {k: economy.expected(self.payoffs[i], k) for k in (set(self.done) if economy.moving else [0])}
            for s, report in product(range(economy.n), range(size)):
                seen = economy.seen(s, i, report)
                after = later[self.done[seen] if economy.moving else 0][s]
                yield self.payoffs[i][s] - self.reward(i, s, seen) + self.payments[i][seen] - economy.discount * after


def check_properties(mechanism: Mechanism | None, stated: list[Any]) -> list[str]:
    """Check every property's margin, and whether it holds."""
    if mechanism is None:
        same(stated, [], "checks")
        return []
    margins = mechanism.margins
    claims = [take(check, "checks", property=PROPERTIES, holds=bool, margin=dict, witness=object) for check in stated]
    same([name for name, *_ in claims], list(PROPERTIES), "checks")
    for name, holds, margin, _ in claims:
        check_number(margin, margins[name], f"checks.{name}")
        same(holds, margins[name] >= 0, f"checks.{name}")
    return [f"checks: {name} {'holds' if margin >= 0 else 'fails'}, margin {margin}" for name, margin in margins.items()]


def admissible(mechanism: Mechanism, needed: Sequence[str], where: str) -> None:
    """Raise unless a mechanism has the properties that are needed."""
    failing = [name for name in needed if mechanism.margins[name] < 0]
    if failing:
        raise FalseClaimError(f"{where}: is not {failing[0]}")
