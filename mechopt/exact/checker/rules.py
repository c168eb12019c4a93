"""Mechanisms without tables: a lottery over rules given by scores, and interim payments, as section 2 of ``docs/certificates.md`` has them."""

from __future__ import annotations

from copy import copy
from fractions import Fraction
from itertools import chain, pairwise
from math import lcm
from typing import Any

from .certificate import first_best
from .forms import Key, Problem
from .mechanism import Mechanism
from .reading import FalseClaimError, flat, take, times, unit_of
from .winning import column_of, highest_ranks, over, positive_sums

__all__ = ["Rules", "mechanism_of"]


class Rules(Mechanism):
    """What is known of such a mechanism: its averages, from the distributions of single agents' scores."""

    def __init__(self, problem: Problem, data: Any) -> None:
        self.problem, self.data, self.margins = problem, data, dict[str, Fraction]()
        if not (problem.independent and problem.by_value):
            raise FalseClaimError("mechanism.form: rules are for one object or a public good, and independent types")
        _, rules, payments = take(data, "mechanism", form="rules", rules=list, interim_payments=dict)
        n, unit = problem.n_agents, problem.total
        read = [take(rule, "mechanism.rules", weight=Fraction, scores=dict) for rule in rules]
        if min([weight for weight, _ in read], default=Fraction(0)) <= 0 or sum(weight for weight, _ in read) != 1:
            raise FalseClaimError("mechanism.rules: their weights must be positive and add up to one")
        paid = [[money * problem.unit for money in row] for row in self._by_agent(payments)]
        grain, all_weights = unit_of(chain(*paid)), unit_of(weight for weight, _ in read)
        own = [[0] * m for m in problem.sizes]
        for weight, scores in read:
            columns = [column_of(row, chances) for row, chances in zip(self._by_agent(scores), problem.f)]
            nobody = column_of([Fraction(0)], [1])  # the last outcome; ties go to the first
            wins = highest_ranks([*columns, nobody], [1] * (n + 1)) if problem.kind == "object" else positive_sums(columns)
            together = over(columns, [1] * n)
            for i, a, chance in wins:
                if i < n:
                    own[i][a] += times(weight, all_weights) * chance
        self.scale = all_weights * grain * together * unit
        average: dict[int, Any] = {}
        self.numbers: dict[Key, Any] = {(): average}
        for i, chances in enumerate(problem.f):
            x, t = i if problem.kind == "object" else 1, problem.n_outcomes + i
            for a, money in enumerate(paid[i]):
                self.numbers[i, a] = {x: own[i][a] * unit * grain, t: times(money, grain) * (self.scale // grain)}
            average |= {column: sum(f * self.numbers[i, a][column] for a, f in enumerate(chances)) // unit for column in (x, t)}
        left = n if problem.kind == "object" else 0  # "nobody" or "no"
        average[left] = self.scale - sum(average[x] for x in range(problem.n_outcomes) if x != left)

    def _by_agent(self, data: Any) -> list[list[Fraction]]:
        forms = dict.fromkeys(self.problem.agents, list)
        return [flat(row, "mechanism", m) for row, m in zip(take(data, "mechanism", **forms), self.problem.sizes)]

    def margin(self, name: str) -> Fraction:
        """Return the margin of a property that is known without going through profiles."""
        problem, shared = self.problem, self.problem.budget in ("balanced", "no-deficit") and self.problem.n_agents > 1
        if name in ("interim-ir", "ex-ante-ir", "expected-balanced", "expected-no-deficit"):
            return super().margin(name)
        if name in ("balanced", "no-deficit") and shared:  # the payments give every profile the expected surplus
            return super().margin(f"expected-{name}")
        if name in ("balanced", "no-deficit") and len(set(problem.cost)) == 1:  # payments are the interim ones, and so is the range of surplus
            paid = [[self.numbers[i, a][problem.n_outcomes + i] for a in range(m)] for i, m in enumerate(problem.sizes)]
            low, high = (Fraction(sum(map(extreme, paid)), self.scale) - problem.cost[0] for extreme in (min, max))
            return (low if name == "no-deficit" else -max(abs(low), abs(high))) / problem.unit
        if name == "deterministic" and len(self.data["rules"]) == 1:
            return Fraction(0)
        if name == "efficient" and self._is_efficient():
            return Fraction(0)
        if name == "bic":
            losses = [self._least_loss(i) for i, m in enumerate(problem.sizes) if m > 1]
            return Fraction(min(losses, default=0), self.scale * problem.unit)
        raise FalseClaimError(f"mechanism: rules do not show whether it is {name}")

    def require(self, *, efficient: bool, incentive: bool = True, alone: bool = False) -> str:
        """Raise unless the mechanism is admissible; its payments at single profiles are not known well enough for limits on them."""
        if not alone and (self.problem.constraints or any(self.problem.limits.values())):
            raise FalseClaimError("mechanism: rules do not show that payments are within limits, or that constraints hold")
        return super().require(efficient=efficient, incentive=incentive, alone=alone)

    def value(self, objective: str) -> Fraction:
        """Return the value of an objective."""
        if objective == "worst-case":
            raise FalseClaimError("mechanism: rules do not show the worst case")
        return super().value(objective)

    def _least_loss(self, i: int) -> int:
        """Return the least loss from a lie, in money per `scale` and `unit`.

        With different values only neighbours need to be looked at if none of them gains: chances rise with values then, and a distant lie
        costs the sum of the steps at least.
        """
        x, types = i if self.problem.kind == "object" else 1, range(self.problem.sizes[i])
        v = [sum(u for _, u in row) for row in self.problem.utility[i]]
        q, t = ([self.numbers[i, a][column] for a in types] for column in (x, self.problem.n_outcomes + i))
        steps = [pair for step in pairwise(sorted(types, key=v.__getitem__)) for pair in (step, step[::-1])]
        near: int = min(v[a] * (q[a] - q[b]) - t[a] + t[b] for a, b in steps)
        if near < 0 or len(set(v)) < len(v):
            near = min(v[a] * (q[a] - q[b]) - t[a] + t[b] for a in types for b in types if a != b)
        return near

    def _is_efficient(self) -> bool:
        """Tell whether every rule is efficient everywhere: whether they attain first best when all types are equally likely."""
        uniform = copy(self.problem)
        uniform.__dict__.pop("everywhere", None)
        uniform.total = lcm(*uniform.sizes)
        uniform.f = [[uniform.total // m] * m for m in uniform.sizes]
        return Rules(uniform, self.data).value("welfare") == first_best(uniform)


def mechanism_of(problem: Problem, data: Any) -> Mechanism:
    """Return a mechanism in either form."""
    return Rules(problem, data) if isinstance(data, dict) and data.get("form") == "rules" else Mechanism(problem, data)
