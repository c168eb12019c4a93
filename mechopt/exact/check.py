"""Check the proof in a result of mechopt, in exact arithmetic. It trusts nobody: this one file, the standard library, no solver.

    python check.py RESULT.json      # exit 0: what it prints holds; 1: a claim is false, and named; 2: it cannot be checked here

Notation and definitions are those of ``docs/certificates.md``. Whatever a design asks for is a *form*: a constant plus coefficients on
probabilities and payments. A mechanism is checked by evaluating forms, a certificate by adding them up, price times form, and maximising.
A quantity has a key: a profile; (i, b, None), its average over the others' types when agent i reports b; or None, over all profiles. It has a
column: an outcome, whose probability it is, or after these an agent, whose payment it is.

It reads tables and prices. Mechanisms given by rules, trees of cases, rays and types that move are left to `mechopt verify`, which goes through
every claim of a file and shares no line with this one.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import accumulate, product
from math import lcm, prod
from pathlib import Path
from typing import Any

MOST_NUMBERS = 10_000_000  # in a table over profiles, which only some claims need
INCENTIVES, PARTICIPATIONS = ("none", "bic", "dsic", "epic"), ("none", "interim-ir", "ex-post-ir", "ex-ante-ir")
BUDGETS, ALLOCATIONS = ("none", "balanced", "no-deficit", "expected-balanced", "expected-no-deficit"), ("any", "efficient", "deterministic")
# On how many of her own types a requirement of one agent depends, and whether on all the others'.
HERS = {"bic": (2, False), "dsic": (2, True), "epic": (2, True), "interim-ir": (1, False), "ex-post-ir": (1, True), "ex-ante-ir": (0, False)}
HERS |= {"floor": (1, True), "cap": (1, True)}
# The weights of utilities, payments and cost in an objective; the last three are what certificates may be about instead of a design's.
OBJECTIVES = {"welfare": (1, 0, 1), "gains": (1, 0, 1), "revenue": (0, 1, 1), "payoff": (1, -1, 0), "weighted": (1, -1, 0), "worst-case": (0, 0, 0)}
OBJECTIVES |= {"epsilon": (0, 0, 0), "surplus": (0, 1, 1), "subsidy": (0, 0, 0), "feasibility": (0, 0, 0)}
IMPOSSIBILITIES = ("surplus", "subsidy", "feasibility")
GRADES = {"possible": ["optimal", "feasible"], "impossible": ["optimal", "infeasible"], "infeasible": ["infeasible"]}
GRADES["optimal"] = ["optimal", "bounded", "feasible"]
SECTIONS = ("incentive", "participation", "budget", "floor", "cap", "constraints", "worst_case")
MALFORMED = (AttributeError, IndexError, KeyError, OSError, RecursionError, TypeError, ValueError)  # what reading anything else ends in
ZERO, ONE = Fraction(0), Fraction(1)
Form = tuple[Fraction, list[tuple[Any, int, Fraction]]]  # constant, and key, column and coefficient of every term
Columns = list[list[tuple[tuple[Fraction, Fraction], int]]]  # by agent and type: rank, chance as an integer


class FalseClaimError(ValueError):
    """A claim that does not hold; the message names it."""


class NotAResultError(FalseClaimError):
    """What cannot be read, or not be gone through, shows nothing."""


def claim(holds: object, message: str, error: type[FalseClaimError] = FalseClaimError) -> None:
    """Raise unless something holds."""
    if not holds:
        raise error(message)


@lru_cache(2**16)
def rational(text: str) -> Fraction:
    """Return the number that a string "p/q" in lowest terms is."""
    fits = isinstance(text, str) and re.fullmatch("-?[0-9]+(/[1-9][0-9]*)?", text) and str(Fraction(text)) == text
    claim(fits, f'{text!r:.60} is no rational "p/q" in lowest terms', NotAResultError)
    return Fraction(text)


def take(data: Any, where: str, keys: str) -> list[Any]:
    """Return the values under the keys, of which those with "?" may be absent; what nobody understands, nobody can check."""
    needed, names = {key for key in keys.split() if key[-1] != "?"}, [key.rstrip("?") for key in keys.split()]
    claim(isinstance(data, dict) and needed <= {*data} <= {*names}, f"{where}: must have the keys {keys}, and no others", NotAResultError)
    return [data.get(name) for name in names]


def flat(data: Any, where: str, *shape: int) -> list[Fraction]:
    """Return the numbers in nested lists of the given shape, the last level changing fastest."""
    if not shape:
        return [rational(data)]
    claim(isinstance(data, list) and len(data) == shape[0], f"{where}: must be a list of {shape[0]}", NotAResultError)
    return [leaf for part in data for leaf in flat(part, where, *shape[1:])]


def index(name: Any, names: Sequence[str], where: str) -> int:
    """Return the place of a name."""
    claim(name in names, f"{where}: {name!r:.60} does not belong here")
    return names.index(name)


class Problem:
    """The economy, the design, and what they ask for as forms."""

    def __init__(self, data: Any) -> None:
        _, _, environment, agents, design, prior = take(data, "problem", "name source environment agents design prior?")
        self.kind, self.outcomes, cost = take(environment, "environment", "kind outcomes cost")
        claim(self.kind in ("object", "public-good", "table", "interdependent"), "environment.kind: nobody knows it", NotAResultError)
        self.private, self.independent, by_value = self.kind != "interdependent", prior is None, self.kind in ("object", "public-good")
        keys = f"name types outside {'values' if by_value else 'utility'} {'prior' if self.independent else ''}"
        rows = [take(agent, "agents", keys) for agent in agents]
        self.agents, self.types = [row[0] for row in rows], [row[1] for row in rows]
        self.n, self.sizes = len(rows), [len(names) for names in self.types]
        for names in (self.agents, self.outcomes, *self.types):
            different = names and {*map(type, names)} == {str} and len({*names}) == len(names)
            claim(different, "problem: there must be agents, outcomes and types, with different names", NotAResultError)
        expected = {"object": [*self.agents, "nobody"], "public-good": ["no", "yes"]}.get(self.kind, self.outcomes)
        claim(self.outcomes == expected, f"environment.outcomes: they are not those of the kind {self.kind!r}, in order", NotAResultError)
        shapes, self.cost = [[m] for m in self.sizes] if self.independent else [self.sizes], flat(cost, "environment.cost", len(self.outcomes))
        priors = [row[4] for row in rows] if self.independent else take(prior, "prior", "joint")
        self.f = [flat(f, "prior", *shape) for f, shape in zip(priors, shapes)]
        claim(all(min(f) >= 0 and sum(f) == 1 for f in self.f), "prior: must be probabilities that sum to one", NotAResultError)
        self.joint = {} if self.independent else dict(zip(self.profiles, self.f[0]))
        self.utility: list[Any] = []  # by the agent's type or, with interdependent values, by profile; so are outside options
        self.outside: list[Any] = []
        for i, (_, _, outside, utility, *_) in enumerate(rows):
            states: Sequence[Any] = range(self.sizes[i]) if self.private else self.profiles
            shape = [self.sizes[i]] if self.private else self.sizes
            columns = [i if self.kind == "object" else 1] if by_value else range(len(self.outcomes))
            numbers = iter(flat(utility, "utility", *shape, *([] if by_value else [len(columns)])))
            self.utility.append({state: [(x, u) for x, u in zip(columns, numbers) if u] for state in states})
            by_profile = not self.private and any(isinstance(part, list) for part in outside)
            options = flat(outside, "outside", *(shape if by_profile else [self.sizes[i]]))
            self.outside.append(dict(zip(states, options)) if self.private or by_profile else {theta: options[theta[i]] for theta in states})
        self._read_design(design)

    def _read_design(self, data: Any) -> None:
        keys = "objective incentive participation budget allocation epsilon weights payment_floor payment_cap constraints"
        *words, epsilon, weights, floor, cap, constraints = take(data, "design", keys)
        self.objective, self.incentive, self.participation, self.budget, self.allocation = words
        known = OBJECTIVES.keys() - {*IMPOSSIBILITIES}, INCENTIVES, PARTICIPATIONS, BUDGETS, ALLOCATIONS
        claim(all(word in those for word, those in zip(words, known)), f"design: nobody knows one of {words}", NotAResultError)
        self.epsilon, minimised = rational(epsilon), self.objective == "epsilon"
        fits = self.epsilon == 0 and self.incentive != "none" if minimised else self.epsilon >= 0
        claim(fits, "design.epsilon: must be >= 0; as the objective 0, with an incentive property", NotAResultError)
        named = {index(name, self.agents, "weights"): row for name, row in (weights or {}).items()}
        self.weights = [flat(named.get(i, ["1"] * m), "weights", m) for i, m in enumerate(self.sizes)]
        both = {"floor": floor or {}, "cap": cap or {}}.items()
        self.limits = {key: {index(name, self.agents, key): rational(limit) for name, limit in limits.items()} for key, limits in both}
        rows = [take(row, "constraint", "name sense bound terms") for row in constraints]
        self.constraints = {name: (sense, rational(bound), terms) for name, sense, bound, terms in rows}
        fits = len(self.constraints) == len(rows) and {row[1] for row in rows} <= {">=", "<=", "="}
        claim(fits, "design.constraints: names must be different, senses >=, <= or =", NotAResultError)

    @cached_property
    def profiles(self) -> list[tuple[int, ...]]:
        """All profiles, the last agent's type changing fastest."""
        few = prod(self.sizes) * (len(self.outcomes) + self.n) <= MOST_NUMBERS
        claim(few, "problem: it has too many profiles to go through them, as this claim needs", NotAResultError)
        return [*product(*map(range, self.sizes))]

    def chance(self, theta: tuple[int, ...], without: int = -1) -> Fraction:
        """Return f(theta); where types are independent perhaps without one agent's factor."""
        return prod((f[a] for i, (f, a) in enumerate(zip(self.f, theta)) if i != without), start=ONE) if self.independent else self.joint[theta]

    def beliefs(self, i: int, a: int) -> list[tuple[Any, Fraction]]:
        """Return profiles with type a of agent i, and f of the others' types given a; none where that is not defined."""
        cases = [(theta, self.chance(theta, i)) for theta in product(*([a] if j == i else range(m) for j, m in enumerate(self.sizes)))]
        mass = sum(f for _, f in cases)
        return [(theta, f / mass) for theta, f in cases if f]

    def cases(self, i: int, a: int, ex_ante: bool = False) -> list[tuple[Any, Fraction]]:
        """Return where agent i of type a may be, with f given a, or ex ante; private values and independent types need averages only (None)."""
        if self.private and self.independent:
            return [(None, self.f[i][a] if ex_ante else ONE)]
        return [(theta, self.chance(theta) if ex_ante else f) for theta, f in self.beliefs(i, a)]

    def spread(self, key: Any) -> Iterable[tuple[tuple[int, ...], Fraction]]:
        """Return the profiles whose average a key stands for, with their weights."""
        if key is None:
            return ((theta, self.chance(theta)) for theta in self.profiles)
        return self.beliefs(*key[:2]) if key[-1] is None else [(key, ONE)]

    def surplus(self, theta: tuple[int, ...]) -> list[Fraction]:
        """Return everybody's utility less the designer's cost, for every outcome."""
        total = [-c for c in self.cost]
        for i, a in enumerate(theta):
            for x, u in self.utility[i][a if self.private else theta]:
                total[x] += u
        return total

    def payoff(self, i: int, a: int, b: int, cases: Iterable[tuple[Any, Fraction]], weight: Any = 1, pays: int = 1) -> Iterator[Any]:
        """Yield `weight` times the payoff of agent i who has type a and reports b, with payments `pays` times as large."""
        for theta, f in cases:
            key = (i, b, None) if theta is None else (*theta[:i], b, *theta[i + 1 :])
            yield from ((key, x, weight * f * u) for x, u in self.utility[i][a if self.private else theta])
            yield key, len(self.outcomes) + i, -weight * pays * f

    def budget_surplus(self, place: tuple[int, ...] | None, payments: int = 1) -> Iterator[Any]:
        """Yield payments, so many times, less cost: at a profile, or in expectation."""
        keys = [(place, ONE)] if place else [(None, ONE)] if self.private and self.independent else self.spread(None)
        for key, f in keys:
            yield from ((key, x, -f * c) for x, c in enumerate(self.cost) if c)
            yield from ((key, len(self.outcomes) + i, payments * f) for i in range(self.n) if payments)

    def levels(self, name: str, i: int) -> list[list[str]]:
        """Return the names that say where a requirement stands, below agent i if it is hers."""
        if name in HERS:
            return [self.types[i]] * HERS[name][0] + (self.types[:i] + self.types[i + 1 :]) * HERS[name][1]
        return [] if name.startswith("expected") else [[*self.constraints]] if name == "constraints" else self.types

    def sense(self, name: str, place: tuple[int, ...]) -> str:
        """Return on which side of zero a requirement wants its form."""
        return [*self.constraints.values()][place[0]][0] if name == "constraints" else "=" if name.endswith("balanced") else ">="

    def form(self, name: str, i: int, place: tuple[int, ...]) -> Form:
        """Return a requirement of section 3, of agent i if it is hers; no terms where it asks nothing."""
        if name in BUDGETS:
            return ZERO, [*self.budget_surplus(place)]
        if name == "efficient":  # and the worst case, where r is what is left over
            s = self.surplus(place)
            return -max(s), [(place, x, u) for x, u in enumerate(s)]
        if name == "constraints":
            _, bound, terms = [*self.constraints.values()][place[0]]
            return -bound, [part for term in terms for part in self._constraint_term(term)]
        own, ex_post = HERS[name]
        others, a, b = place[own:], *(*place[:own], -1, -1)[:2]
        theta = (*others[:i], a, *others[i:])
        if name in self.limits:
            sign = ONE if name == "floor" else -ONE
            return -sign * self.limits[name][i], [(theta, len(self.outcomes) + i, sign)]
        cases = {a: [(theta, ONE)] if ex_post else self.cases(i, a)} if own else {a: self.cases(i, a, True) for a in range(self.sizes[i])}
        terms = [term for a, here in cases.items() for term in self.payoff(i, a, a, here)]
        if own == 2:
            return self.epsilon, [*terms, *self.payoff(i, a, b, cases[a], -1)]
        return -sum((f * self.outside[i][a if self.private else key] for a, here in cases.items() for key, f in here), ZERO), terms

    def _constraint_term(self, data: Any) -> Iterator[Any]:
        outcome, payment, factor, when, expected = take(data, "terms", "outcome? payment? coefficient when expected")
        claim((outcome is None) != (payment is None) and type(expected) is bool, "terms: either an outcome or a payment", NotAResultError)
        column = index(outcome, self.outcomes, "terms") if payment is None else len(self.outcomes) + index(payment, self.agents, "terms")
        agents = {index(name, self.agents, "when"): kind for name, kind in when.items()}
        places = [(i, index(kind, self.types[i], "when")) for i, kind in agents.items()]
        having = (theta for theta in self.profiles if all(theta[i] == a for i, a in places))
        return ((theta, column, rational(factor) * (self.chance(theta) if expected else 1)) for theta in having)

    def objective_form(self, name: str) -> Form:
        """Return an objective; r counts as that of the first best, and -epsilon is left to the condition on its prices."""
        on_utility, on_payments, on_cost = OBJECTIVES[name]
        terms = [*self.budget_surplus(None, on_payments)] if on_cost else []
        for i, a in ((i, a) for i, m in enumerate(self.sizes) for a in range(m) if on_utility):
            terms += self.payoff(i, a, a, self.cases(i, a, True), self.weights[i][a] if name == "weighted" else ONE, -on_payments)
        quo = (self.form("ex-ante-ir", i, ())[0] for i in range(self.n) if name == "gains")
        return sum(quo, Fraction(name == "worst-case")), terms


def prices(data: Any, where: str, levels: Sequence[Sequence[str]]) -> Iterator[tuple[tuple[int, ...], Fraction]]:
    """Yield the places and the values of the prices in nested objects that are not zero."""
    if not levels and rational(data):
        yield (), rational(data)
    for name, part in data.items() if levels else ():
        first = index(name, levels[0], where)
        yield from (((first, *rest), price) for rest, price in prices(part, where, levels[1:]))


def bound_of(problem: Problem, data: Any, certify: bool) -> tuple[str, Fraction]:
    """Return what a certificate is about and the bound it proves, recomputed."""
    claim("profile" not in data, "certificate: it is a tree, which is not read here", NotAResultError)
    about, efficient, bound, alike, *given = take(data, "certificate", f"objective efficient bound alike? {'? '.join(SECTIONS)}?")
    may = problem.allocation == "efficient" or (certify and about in IMPOSSIBILITIES)
    claim(about in (*IMPOSSIBILITIES, problem.objective) and efficient in (False, may), "certificate: it supposes what nobody asked for")
    for first, *others in alike or []:  # a way to write: the prices of the first are those of all who are named with her
        given[:2] = [own and {**own, **{name: own[first] for name in others if first in own}} for own in given[:2]]
    priced = [(ONE, problem.objective_form(about)), *priced_forms(problem, about, certify, given)]
    proved = maximum(problem, priced, efficient)
    claim(rational(bound) == proved, f"certificate.bound: the prices prove {proved} ({about}), which is not what is stated")
    return about, proved


def priced_forms(problem: Problem, about: str, certify: bool, given: Sequence[Any]) -> Iterator[tuple[Fraction, Form]]:
    """Yield every price with its form, after a look at its sign, and whether the design asks for it."""
    # Where the violation of incentives is minimised, no certificate but one about it may suppose that truth pays.
    incentive = problem.incentive if certify or problem.objective != "epsilon" or about == "epsilon" else "none"
    worst_case = "efficient" if problem.objective == "worst-case" else "none"
    names = (incentive, problem.participation, problem.budget, "floor", "cap", "constraints", worst_case)
    spent = {"incentive": ZERO, "worst_case": ZERO}
    for section, name, data in zip(SECTIONS, names, given):
        where, parts = f"certificate.{section}", [(0, data)]
        claim(name != "none" or not data, f"{where}: the design asks for nothing of the kind")
        claim(about != "surplus" or not data or section in SECTIONS[:2], f"{where}: the surplus supposes incentives and participation alone")
        if isinstance(data, str):  # one price for all profiles, in proportion to f
            name = "expected-" + name.removeprefix("expected-")
        if name in HERS:
            parts = [(index(agent, problem.agents, where), part) for agent, part in (data or {}).items()]
        for i, part in parts if data else ():
            claim(name not in problem.limits or i in problem.limits[name], f"{where}: the design sets no such limit")
            for place, price in prices(part, where, problem.levels(name, i)):
                (constant, terms), sense = problem.form(name, i, place), problem.sense(name, place)
                claim(sense == "=" or (price > 0) == (sense == ">="), f"{where}: the price {price} has the wrong sign")
                cost = (problem.chance(place) if place else ONE) if about == "subsidy" and section == "budget" else ZERO
                claim(price <= cost or not cost, f"{where}: a subsidy costs its probability, less than its price {price}")
                claim(constant or section != "worst_case", f"{where}: a profile whose first best is 0 has no price")
                spent[section] = spent.get(section, ZERO) + price * (-constant if section == "worst_case" else 1)
                yield price, (constant, terms)
    claim(about != "epsilon" or spent["incentive"] <= 1, f"certificate.incentive: the prices add up to {spent['incentive']}, more than 1")
    claim(spent["worst_case"] == (about == "worst-case"), f"certificate.worst_case: prices times first best add up to {spent['worst_case']}")


def maximum(problem: Problem, priced: list[tuple[Fraction, Form]], efficient: bool) -> Fraction:
    """Return the maximum of prices times forms, perhaps over efficient outcomes only; raise unless money cancels."""
    n_outcomes, best = len(problem.outcomes), sum((price * constant for price, (constant, _) in priced), ZERO)
    weights: dict[Any, Any] = defaultdict(lambda: defaultdict(Fraction))
    for price, (_, terms) in priced:
        for key, column, c in terms:
            weights[key][column] += price * c
    # A type that never occurs has no virtual value.
    average = all(key is None or (key[-1] is None and (problem.f[key[0]][key[1]] or not any(row.values()))) for key, row in weights.items())
    if problem.independent and problem.kind in WITHOUT_PROFILES and average:
        columns, constant = virtual_values(problem, weights, efficient)
        return best + constant + WITHOUT_PROFILES[problem.kind](columns) / prod(sum(f for _, f in column) for column in columns)
    table = {theta: [ZERO] * (n_outcomes + problem.n) for theta in problem.profiles}
    for key, row in weights.items():
        for theta, f in problem.spread(key):
            for column, c in row.items():
                table[theta][column] += f * c
    for theta, total in table.items():
        claim(not any(total[n_outcomes:]), "certificate: money does not cancel")
        s = problem.surplus(theta) if efficient else []
        best += max(total[x] for x in range(n_outcomes) if not s or s[x] == max(s))
    return best


def virtual_values(problem: Problem, weights: Any, efficient: bool) -> tuple[Columns, Fraction]:
    """Return by agent and type the rank (surplus if only efficient outcomes are possible, virtual value), and what "no" is worth."""
    columns: Columns = []
    good, average, n_outcomes = problem.kind == "public-good", weights[None], len(problem.outcomes)
    for i, f in enumerate(problem.f):
        x, unit, column = 1 if good else i, lcm(*(p.denominator for p in f)), []
        for a, p in enumerate(f):
            row, s = weights[i, a, None], sum((u for _, u in problem.utility[i][a]), ZERO) - (ZERO if good else problem.cost[i])
            claim(row[n_outcomes + i] + p * average[n_outcomes + i] == 0, "certificate: money does not cancel")
            column.append(((s * efficient, row[x] / p + (0 if good else average[x]) if p else ZERO), int(p * unit)))
        columns.append(column)
    # The designer is one more agent: she keeps the object, or bears what the project costs more than none.
    cost, constant = (problem.cost[1] - problem.cost[0], average[0]) if good else (problem.cost[-1], ZERO)
    return [*columns, [((-cost * efficient, average[1 if good else problem.n] - constant), 1)]], constant


def highest(columns: Columns) -> Fraction:
    """Return the expected virtual value of the highest rank, times what chances are over: its distribution is a product of distributions."""
    below, together, best = [0] * len(columns), 0, ZERO
    for rank, i, f in sorted((rank, i, f) for i, column in enumerate(columns) for rank, f in column if f):
        below[i] += f
        now = together // (below[i] - f) * below[i] if together else prod(below)
        best, together = best + rank[1] * (now - together), now
    return best


def positive(columns: Columns) -> Fraction:
    """Return the expected sum of virtual values where the ranks' sum is positive, times what chances are over: two convolutions meet."""
    halves: list[dict[Any, int]] = []
    for half in (columns[::2], columns[1::2]):
        sums: dict[Any, int] = {(ZERO, ZERO): 1}
        for column in half:
            longer: dict[Any, int] = defaultdict(int)
            for ((s, v), p), ((t, w), f) in product(sums.items(), column):
                longer[s + t, v + w] += p * f
            sums = longer
            claim(len(sums) <= MOST_NUMBERS // 10, "problem: the agents' values add up to too many different sums", NotAResultError)
        halves.append(sums)
    order, best = sorted(halves[0], reverse=True), ZERO
    chances = [*accumulate((halves[0][rank] for rank in order), initial=0)]
    worth = [*accumulate((halves[0][rank] * rank[1] for rank in order), initial=ZERO)]
    for (s, v), p in halves[1].items():
        k = bisect_left(order, True, key=lambda rank: rank <= (-s, -v))  # so many are larger
        best += p * (worth[k] + v * chances[k])
    return best


WITHOUT_PROFILES = {"object": highest, "public-good": positive}


class Mechanism:
    """What a mechanism does: probabilities and payments for every key."""

    def __init__(self, problem: Problem, data: Any) -> None:
        claim(data["form"] == "table", "mechanism.form: only tables are read here", NotAResultError)
        _, allocation, payments = take(data, "mechanism", "form allocation payments")
        self.problem, n_outcomes, n_profiles = problem, len(problem.outcomes), len(problem.profiles)
        phi, t = flat(allocation, "allocation", n_profiles, n_outcomes), flat(payments, "payments", n_profiles, problem.n)
        rows = zip(zip(*[iter(phi)] * n_outcomes), zip(*[iter(t)] * problem.n))
        self.numbers: dict[Any, Sequence[Fraction]] = {theta: (*chances, *money) for theta, (chances, money) in zip(problem.profiles, rows)}
        for row in self.numbers.values():
            claim(min(row[:n_outcomes]) >= 0 and sum(row[:n_outcomes]) == 1, "mechanism: the allocation at some profile is not a lottery")

    def evaluate(self, form: Form) -> Fraction:
        """Return the value of a form."""
        for key in {key for key, *_ in form[1]} - self.numbers.keys():
            cases = [(self.numbers[theta], f) for theta, f in self.problem.spread(key)]
            self.numbers[key] = [sum((f * row[x] for row, f in cases), ZERO) for x in range(len(cases[0][0]))]
        return form[0] + sum((c * self.numbers[key][column] for key, column, c in form[1]), ZERO)

    def slacks(self, name: str) -> Iterator[Fraction]:
        """Yield what a requirement leaves at each of its places, if it asks something there; negative where it is violated."""
        for i in self.problem.limits.get(name, range(self.problem.n)) if name in HERS else [0]:
            for place in product(*map(range, map(len, self.problem.levels(name, i)))):
                if name not in INCENTIVES or place[0] != place[1]:
                    form, sense = self.problem.form(name, i, place), self.problem.sense(name, place)
                    slack = self.evaluate(form) if form[1] or name not in HERS else ZERO
                    yield slack if sense == ">=" else -slack if sense == "<=" else -abs(slack)

    def require(self, efficient: bool, incentive: bool, alone: bool = False) -> str:
        """Raise unless the mechanism is admissible or, if `alone`, has the incentive and participation properties; return what was found."""
        problem = self.problem
        names = [problem.incentive if incentive else "none", problem.participation, "efficient" if efficient else "none"]
        names += [] if alone else [problem.budget, problem.allocation, "floor", "cap", *(["constraints"] if problem.constraints else [])]
        for name in names:
            if name == "deterministic":
                chances = (q for theta in problem.profiles for q in self.numbers[theta][: len(problem.outcomes)])
                claim(all(q in (0, 1) for q in chances), "mechanism: it is not deterministic")
            elif name not in ("none", "any"):
                claim(min(self.slacks(name), default=ZERO) >= 0, f"mechanism: it violates {name!r}")
        return "mechanism: admissible, " + ", ".join(dict.fromkeys(name for name in names if name not in ("none", "any")))

    def value(self, name: str) -> Fraction:
        """Return the value of an objective."""
        if name == "epsilon":
            return max(ZERO, -min(self.slacks(self.problem.incentive), default=ZERO))
        if name == "worst-case":
            forms = (self.problem.form("efficient", 0, theta) for theta in self.problem.profiles)
            return 1 + min(self.evaluate(form) / -form[0] for form in forms if form[0])
        return self.evaluate(self.problem.objective_form(name))


def check_certificate(problem: dict[str, Any], certificate: dict[str, Any], *, efficient_allowed: bool) -> Fraction:
    """Return the bound that a certificate proves, or raise FalseClaimError; `efficient_allowed` says whether the question is `certify`.

    One bidder, worth 1 or 3 with equal odds: if 3 does not gain by reporting 1, and 1 takes part, then revenue is at most 3/2.

    >>> bidder = {"name": "bidder", "types": ["1", "3"], "values": ["1", "3"], "prior": ["1/2", "1/2"], "outside": ["0", "0"]}
    >>> design = {"objective": "revenue", "incentive": "bic", "participation": "interim-ir", "budget": "none", "allocation": "any"}
    >>> design |= {"epsilon": "0", "weights": None, "payment_floor": None, "payment_cap": None, "constraints": []}
    >>> environment = {"kind": "object", "outcomes": ["bidder", "nobody"], "cost": ["0", "0"]}
    >>> problem = {"name": "", "source": "", "environment": environment, "agents": [bidder], "design": design}
    >>> prices = {"incentive": {"bidder": {"3": {"1": "1/2"}}}, "participation": {"bidder": {"1": "1"}}}
    >>> check_certificate(problem, {"objective": "revenue", "efficient": False, "bound": "3/2", **prices}, efficient_allowed=False)
    Fraction(3, 2)
    """
    return bound_of(Problem(problem), certificate, efficient_allowed)[1]


def check_mechanism(problem: dict[str, Any], mechanism: dict[str, Any], efficient: bool = False) -> str:
    """Return in a line what a mechanism is, all that its design asks for, or raise FalseClaimError; with `efficient`, for `certify`."""
    economy = Problem(problem)
    return Mechanism(economy, mechanism).require(efficient, efficient or economy.objective != "epsilon")


def check_result(result: dict[str, Any]) -> list[str]:
    """Return what a result proves, a line each, or raise FalseClaimError with the first claim that is false."""
    text = json.dumps(result["problem"], sort_keys=True, separators=(",", ":"))
    claim(result["digest"] == "sha256:" + hashlib.sha256(text.encode()).hexdigest(), "digest: it is not the problem's")
    problem, certify, proof = Problem(result["problem"]), result["question"] == "certify", result["proof"]
    answer, grade, said = result["answer" if certify else "status"], proof["grade"], ["digest: it is the problem's"]
    claim(result.get("status" if certify else "answer") is None, f"result: an answer to another question than {result['question']!r}")
    claim(answer != "unbounded", "proof.ray: it is not read here", NotAResultError)
    claim(grade in GRADES.get(answer, ["none"]), f"proof.grade: {grade!r} does not go with {answer!r}")
    about, bound, mechanism, truths = None, ZERO, None, dict[str, Fraction]()
    if result["mechanism"]:
        mechanism = Mechanism(problem, result["mechanism"])
        said.append(mechanism.require(answer == "possible", certify or problem.objective != "epsilon"))
        truths = {key: mechanism.value(key) for key in ("welfare", "gains", "revenue")} | {"value": mechanism.value(problem.objective)}
    if result["certificate"]:
        about, bound = bound_of(problem, result["certificate"], certify)
        said.append(f"certificate: valid for the objective {about!r}, with bound {bound}")
    sides = {key: result[key] if side == "answer" else side for key, side in (proof.get("surplus") or {}).items()}
    by_rules = bool(sides.get("mechanism")) and sides["mechanism"]["form"] != "table"
    if sides and all(sides.values()) and not by_rules:
        best = Mechanism(problem, sides["mechanism"])
        best.require(efficient=True, incentive=True, alone=True)
        if bound_of(problem, sides["certificate"], True) == ("surplus", best.value("revenue")):
            truths["budget_surplus"] = best.value("revenue")
    for key in (key for key in ("welfare", "gains", "revenue", "value", "budget_surplus") if result.get(key)):
        checked = result[key]["exact"] and not (by_rules and key == "budget_surplus")
        claim(not checked or truths.get(key) == rational(result[key]["exact"]), f"{key}: it is {truths.get(key)}")
        said.append(f"{key}: {truths[key] if checked else 'NOT CHECKED, as nothing exact is stated, or there is no table'}")
    impossible = about in IMPOSSIBILITIES and bound < 0 and (about != "surplus" or problem.budget != "none")
    claim(answer not in ("impossible", "infeasible") or impossible, f"certificate: it does not prove {answer!r}")
    claim(mechanism or (answer != "possible" and grade != "feasible"), f"mechanism: {answer!r} needs one")
    value, proved = truths.get("value"), -bound if about == "epsilon" else bound
    if certify and grade == "optimal":
        claim(by_rules or "budget_surplus" in truths, "budget_surplus: nothing shows that it is the largest")
        value = proved = truths.get("budget_surplus", bound)
    gap = abs(proved - value) if value is not None and grade in ("optimal", "bounded") else None
    claim(grade not in ("optimal", "bounded") or certify or about == problem.objective, f"certificate: {grade!r} needs one for the objective")
    claim(proof["gap"] == (None if gap is None else str(gap)) and (gap == 0 or grade != "optimal"), f"proof.gap: it is {gap}")
    claim(not proof["bound"] or rational(proof["bound"]["exact"]) == proved, f"proof.bound: it is {proved}")
    return [*said, f"proof: {answer}, {grade}"]


def main(arguments: Sequence[str]) -> int:
    """Check the result in a file, print what it proves, or the first claim that is false, and return the exit status."""
    try:
        lines, status = check_result(json.loads(Path(arguments[0]).read_text(encoding="utf-8"))), 0
    except NotAResultError as error:
        lines, status = [f"not checked: {error}"], 2
    except FalseClaimError as error:
        lines, status = [f"false: {error}"], 1
    except MALFORMED as error:
        lines, status = [f"not checked: it is not in the form of docs/certificates.md: {error!r}"], 2
    print("\n".join(lines))
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
