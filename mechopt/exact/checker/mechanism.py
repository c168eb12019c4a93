"""What a mechanism does in a problem: the properties of section 2 of ``docs/certificates.md``, by evaluating forms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import chain, pairwise
from operator import mul
from typing import Any

from .forms import BUDGETS, EQUALITIES, INCENTIVES, LEVELS, PROPERTIES, Form, Groups, Key, Problem
from .reading import FalseClaimError, flat, kept, show, take, times, unit_of

__all__ = ["Mechanism"]


class Mechanism:
    """What a mechanism does: a number for every key and column that is known, over `scale`."""

    groups: Groups | None = None  # agents who are treated alike

    def __init__(self, problem: Problem, data: Any) -> None:
        self.problem, self.numbers, self.margins = problem, dict[Key, Any](), dict[str, Fraction]()
        _, allocation, payments = take(data, "mechanism", form="table", allocation=list, payments=list)
        n_profiles, n_outcomes = problem.n_profiles, problem.n_outcomes
        phi = flat(allocation, "mechanism.allocation", n_profiles, n_outcomes)
        self._fill(phi, flat(payments, "mechanism.payments", n_profiles, problem.n_agents))
        for k in problem.profiles:
            lottery = self.numbers[k][:n_outcomes]
            if min(lottery) < 0 or sum(lottery) != self.scale:
                raise FalseClaimError(f"mechanism: the allocation at profile number {k} is not a lottery")

    def _fill(self, phi: Sequence[Fraction], money: Sequence[Fraction]) -> None:
        """Keep probabilities and payments by profile, and their averages."""
        problem, n_outcomes, quantities = self.problem, self.problem.n_outcomes, self.problem.n_agents
        t = [amount * problem.unit for amount in money]
        grain = unit_of(chain(phi, t))
        rows = [
            [times(q, grain) for q in (*phi[k * n_outcomes : (k + 1) * n_outcomes], *t[k * quantities : (k + 1) * quantities])]
            for k in problem.profiles
        ]
        self.scale = grain * problem.whole
        self.numbers |= {k: [q * problem.whole for q in row] for k, row in enumerate(rows)}
        averages: list[Key] = [(), *((i, a) for i, m in enumerate(problem.sizes) for a in range(m))]
        for key in averages if problem.separable else []:
            profiles, weights = zip(*problem.spread(key))
            self.numbers[key] = [sum(map(mul, weights, column)) for column in zip(*(rows[k] for k in profiles))]

    def evaluate(self, form: Form) -> Fraction:
        """Return the value of a form, in money."""
        return Fraction(Fraction(self._scaled(form)) / (self.scale * self.problem.total * self.problem.unit))

    def _scaled(self, form: Form) -> Any:
        constant, terms = form
        return constant * self.scale + sum([c * self.numbers[key][column] for key, column, c in terms])

    def places(self, name: str) -> Iterator[tuple[int, ...]]:
        """Yield where a requirement stands, for one of those who are treated alike."""
        return (place for place in self.problem.places(name) if self.groups is None or name not in LEVELS or place[0] in self.groups)

    def margin(self, name: str) -> Fraction:
        """Return the least slack of a property."""
        problem = self.problem
        if name not in self.margins and name == "deterministic":
            lotteries = (self.numbers[k][: problem.n_outcomes] for k in problem.profiles)
            self.margins[name] = Fraction(-max(min(q, self.scale - q) for lottery in lotteries for q in lottery), self.scale)
        elif name not in self.margins and name in INCENTIVES and problem.private and (problem.independent or name != "bic"):
            self.margins[name] = Fraction(min(self._losses(name), default=0), self.scale * problem.unit)
        elif name not in self.margins:
            stated = (problem.form(name, place) for place in self.places(name))
            slacks = [self._scaled(form) for form in stated if form[1] or name not in LEVELS]
            # A budget is the same form, whether it is to be balanced or without deficit.
            for kind in [kind for kind in BUDGETS if kind.startswith("expected") == name.startswith("expected")] if name in BUDGETS else [name]:
                least = min((-abs(slack) if kind in EQUALITIES else slack for slack in slacks), default=0)
                self.margins[kind] = Fraction(least) / (self.scale * problem.total * problem.unit)
        return self.margins[name]

    def _losses(self, name: str) -> Iterator[int]:
        """Yield the least loss from a lie of everybody, whatever the others report or on average; in money per `scale` and `unit`."""
        problem = self.problem
        for i in self.groups or range(problem.n_agents):
            m, stride = problem.sizes[i], problem.strides[i]
            at: Iterable[Sequence[Key]] = [[(i, a) for a in range(m)]]
            if name != "bic":
                at = (range(k, k + m * stride, stride) for k in problem.having(i, 0))
            if m > 1:
                yield from (self._least_loss(i, keys) for keys in at)

    def _least_loss(self, i: int, keys: Sequence[Key]) -> int:
        """Return what the best lie of agent i costs her, whose reports have these keys.

        With different values only neighbours need to be looked at if none of them gains: chances rise with values then, and a distant lie
        costs the sum of the steps at least.
        """
        utility, paid = self.problem.utility[i], [self.numbers[key][self.problem.n_outcomes + i] for key in keys]
        outcomes = sorted({x for row in utility for x, _ in row})
        given = [[self.numbers[key][x] for x in outcomes] for key in keys]
        types = [[dict(row).get(x, 0) for x in outcomes] for row in utility]

        def payoffs(a: int, reports: Iterable[int]) -> list[int]:
            return [sum(map(mul, types[a], given[b])) - paid[b] for b in reports]

        if self.problem.by_value and len({*map(tuple, types)}) == len(types):
            order = sorted(range(len(types)), key=types.__getitem__)
            steps = (payoffs(a, (a, b)) for step in pairwise(order) for a, b in (step, step[::-1]))
            near = min(truth - lie for truth, lie in steps)
            if near >= 0:
                return near
        losses = []
        for a in range(len(keys)):
            found = payoffs(a, range(len(keys)))
            losses.append(found.pop(a) - max(found))
        return min(losses)

    def value(self, objective: str) -> Fraction:
        """Return the value of an objective."""
        problem = self.problem
        if objective == "epsilon":
            return max(Fraction(0), -self.margin(problem.incentive))
        if objective == "worst-case":
            stated = zip((problem.form("efficient", place) for place in problem.places("efficient")), problem.first_best)
            shortfalls = [self.evaluate(form) * problem.unit / best for form, best in stated if best > 0]
            if not shortfalls:
                raise FalseClaimError("value: there is no worst case where no first best is positive")
            return 1 + min(shortfalls)
        return self.evaluate(problem.objective_form(objective, self.groups))

    def require(self, *, efficient: bool, incentive: bool = True, alone: bool = False) -> str:
        """Raise unless the mechanism is admissible or, if `alone`, has the incentive and participation properties; return what was found."""
        problem = self.problem
        asked = [problem.participation, efficient and "efficient", *([] if alone else [problem.allocation, problem.budget])]
        needs = {name: Fraction(0) for name in asked if name in PROPERTIES}
        if incentive and problem.incentive != "none":
            needs[problem.incentive] = -problem.epsilon
        for name, need in needs.items():
            if self.margin(name) < need:
                raise FalseClaimError(f"mechanism: it is not {name}, whose margin is {show(self.margin(name))}")
        for name in () if alone else ("floor", "cap"):
            if any(self.evaluate(problem.form(name, place)) < 0 for place in problem.places(name)):
                raise FalseClaimError(f"mechanism: a payment is beyond its {name}")
        for name, j in {}.items() if alone else problem.constraints.items():
            slack = self.evaluate(problem.form("constraints", [j]))
            if not kept(slack, problem.sense("constraints", [j])):
                raise FalseClaimError(f"mechanism: the constraint {name!r} is violated by {show(abs(slack))}")
        return "mechanism: admissible, " + ", ".join([*needs, *map(repr, problem.constraints)])
