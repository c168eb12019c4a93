"""Mechanisms without tables: a lottery over rules given by scores, and interim payments, as section 2 of ``docs/certificates.md`` has them."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from fractions import Fraction
from itertools import pairwise
from math import lcm
from operator import mul
from typing import Any

from .certificate import first_best
from .forms import Groups, Key, Problem
from .mechanism import Mechanism
from .outcomes import choices
from .reading import FalseClaimError, NotAResultError, flat, index, read, take, times, unit_of
from .units import in_brief
from .winning import among_highest, column_of, highest_ranks, over, positive_sums

__all__ = ["Rules", "mechanism_of"]


class Rules(Mechanism):
    """What is known of such a mechanism: its averages, from the distributions of single agents' scores."""

    def __init__(self, problem: Problem, data: Any) -> None:
        self.problem, self.data, self.margins = problem, data, dict[str, Fraction]()
        if not problem.separable:
            raise FalseClaimError("mechanism.form: rules are for private values and independent types")
        _, rules, payments, alike = take(data, "mechanism", form="rules", rules=list, interim_payments=dict, alike=(list, ...))
        self.groups = groups = problem.alike(alike, "mechanism.alike")
        lottery = [take(rule, "mechanism.rules", weight=Fraction, scores=dict) for rule in rules]
        if min([weight for weight, _ in lottery], default=Fraction(0)) <= 0 or sum(weight for weight, _ in lottery) != 1:
            raise FalseClaimError("mechanism.rules: their weights must be positive and add up to one")
        all_weights, together = unit_of(weight for weight, _ in lottery), 1
        chances = [[[0] * (1 if problem.by_value else problem.n_outcomes) for _ in problem.types[i]] for i in groups]
        for weight, scores in lottery:
            given = self._by_group(scores, groups, *([] if problem.by_value else [problem.n_outcomes]))
            found, together = self._by_value(given, groups) if problem.by_value else self._by_outcome(given)
            for g, a, x, chance in found:
                chances[g][a][x] += times(weight, all_weights) * chance
        paid, grain = self._paid(payments, chances, all_weights * together)
        self.scale = all_weights * grain * together * problem.total
        average = [0] * (problem.n_outcomes + problem.n_agents)
        self.numbers: dict[Key, Any] = {(): average}
        for g, members in enumerate(groups.values()):
            rows = [[q * problem.total * grain for q in row] + [t * problem.total] for row, t in zip(chances[g], paid[g])]
            means = [sum(map(mul, problem.f[members[0]], column)) // problem.total for column in zip(*rows)]
            for i in members:
                columns = *self._outcomes_of(i), problem.n_outcomes + i
                self.numbers |= {(i, a): dict(zip(columns, row)) for a, row in enumerate(rows)}
                for column, mean in zip(columns, means):
                    average[column] = mean
        if problem.kind == "units":
            average[problem.n_agents] = self.scale
        left = {"object": problem.n_agents, "public-good": 0}.get(problem.kind)  # "nobody" or "no"
        if left is not None:
            average[left] = self.scale - sum(average[:left] + average[left + 1 : problem.n_outcomes])

    def _outcomes_of(self, i: int) -> Iterable[int]:
        """Return the outcomes that concern agent i: her own with the object or a unit, the project, or all of a table."""
        return {"object": [i], "units": [i], "public-good": [1]}.get(self.problem.kind, range(self.problem.n_outcomes))

    def _by_value(self, scores: list[list[list[Fraction]]], groups: Groups) -> tuple[Iterable[tuple[int, int, int, int]], int]:
        """Yield group, type, 0 and the chance of what concerns a member given her type. Return what chances are over."""
        n, counts, kind = len(groups), [len(members) for members in groups.values()], self.problem.kind
        columns = [column_of([s for [s] in rows], self.problem.f[i]) for rows, i in zip(scores, groups)]
        nobody = [column_of([Fraction(0)], [1])] * self.problem.units  # the last outcome; ties go to the first
        if kind == "units":
            wins = among_highest([*columns, *nobody], self.problem.units)
        else:
            wins = positive_sums(columns, counts) if kind == "public-good" else highest_ranks([*columns, *nobody], [*counts, 1])
        shares = lcm(*counts)  # chances are those of all members together
        return ((g, a, 0, chance * (shares // counts[g])) for g, a, chance in wins if g < n), over(columns, counts) * shares

    def _by_outcome(self, scores: list[list[list[Fraction]]]) -> tuple[Iterable[tuple[int, int, int, int]], int]:
        """Return the same for all outcomes of a table."""
        unit = unit_of(s for rows in scores for row in rows for s in row) if self.problem.profiles else 1
        found = choices([[[times(s, unit) for s in row] for row in rows] for rows in scores], self.problem.f)
        whole = self.problem.total
        return ((i, a, x, p * whole) for i, own in enumerate(found) for a, row in enumerate(own) for x, p in enumerate(row)), self.problem.whole

    def _paid(self, data: Any, chances: list[list[list[int]]], whole: int) -> tuple[list[list[int]], int]:
        """Return what the types of the first of each group pay, over `whole` times a grain, and the grain; chances are over `whole`."""
        problem, where, names, groups = self.problem, "mechanism.interim_payments", [*self.problem.agents], [*(self.groups or ())]
        rows = take(data, where, **{names[i]: list for i in groups})
        if any(len(row) != problem.sizes[i] for row, i in zip(rows, groups)):
            raise NotAResultError(f"{where}: must be a list of one per type")
        stated = [{a: read(t, where, Fraction) * problem.unit * whole for a, t in enumerate(row) if not isinstance(t, dict)} for row in rows]
        grain = unit_of(t for own in stated for t in own.values())
        paid = []
        for i, row, own, q in zip(groups, rows, stated, chances):
            lies = {a: index(take(row[a], where, **{"as": str})[0], problem.types[i], where) for a in range(len(row)) if a not in own}
            t = {a: times(money, grain) for a, money in own.items()}
            for a in lies:
                path = [a]
                while path[-1] not in t:
                    path.append(lies[path[-1]])
                    if path[-1] in path[:-1]:
                        raise NotAResultError(f"{where}: payments of {names[i]!r} follow from each other in a circle")
                for true, reported in reversed([*pairwise(path)]):  # she is indifferent between them
                    terms = ((0 if problem.by_value else x, u) for x, u in problem.utility[i][true])
                    t[true] = t[reported] + grain * sum(u * (q[true][x] - q[reported][x]) for x, u in terms)
            paid.append([t[a] for a in range(len(row))])
        return paid, grain

    def _by_group(self, data: Any, groups: Groups, *shape: int) -> list[list[list[Fraction]]]:
        """Return the numbers that the types of the first of each group have: one, or a row."""
        names = [*self.problem.agents]
        rows = zip(take(data, "mechanism", **{names[i]: list for i in groups}), groups)
        numbers, width = [flat(row, "mechanism", self.problem.sizes[i], *shape) for row, i in rows], shape[0] if shape else 1
        return [[own[k : k + width] for k in range(0, len(own), width)] for own in numbers]

    def margin(self, name: str) -> Fraction:
        """Return the margin of a property that is known without going through profiles."""
        problem, shared = self.problem, self.problem.budget in ("balanced", "no-deficit") and self.problem.n_agents > 1
        if name in ("bic", "interim-ir", "ex-ante-ir", "expected-balanced", "expected-no-deficit"):
            return super().margin(name)
        if name in ("balanced", "no-deficit") and shared:  # the payments give every profile the expected surplus
            return super().margin(f"expected-{name}")
        # Where all outcomes cost the same, payments are the interim ones, and so is the range of surplus.
        if name in ("balanced", "no-deficit") and (len(set(problem.cost)) == 1 or problem.kind == "units"):
            paid = [[self.numbers[i, a][problem.n_outcomes + i] for a in range(m)] for i, m in enumerate(problem.sizes)]
            low, high = (Fraction(sum(map(extreme, paid)), self.scale) - problem.cost[-1] for extreme in (min, max))
            return (low if name == "no-deficit" else -max(abs(low), abs(high))) / problem.unit
        if name == "deterministic" and len(self.data["rules"]) == 1 and not self.data.get("alike"):
            return Fraction(0)
        if name == "efficient" and self._is_efficient():
            return Fraction(0)
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

    def _is_efficient(self) -> bool:
        """Tell whether every rule is efficient everywhere: whether they attain first best when all types are equally likely."""
        uniform = copy(self.problem)
        uniform.__dict__.pop("everywhere", None)
        uniform.total = lcm(*uniform.sizes)
        uniform.whole = uniform.total**uniform.n_agents
        uniform.f = [[uniform.total // m] * m for m in uniform.sizes]
        return Rules(uniform, self.data).value("welfare") == first_best(uniform)


def mechanism_of(problem: Problem, data: Any) -> Mechanism:
    """Return a mechanism in either form."""
    return Rules(in_brief(problem), data) if isinstance(data, dict) and data.get("form") == "rules" else Mechanism(problem, data)
