"""Check the proof in a result of mechopt, in exact arithmetic. It trusts nobody: this one file, the standard library, no solver.

    python check.py RESULT.json      # exit 0: what it prints holds; 1: a claim is false, and named; 2: it cannot be checked here

Notation and definitions are those of ``docs/certificates.md``. Whatever a design asks for is a *form*: a constant plus coefficients on
probabilities and payments. A mechanism is checked by evaluating forms, a certificate by adding them up, price times form, and maximising.
A quantity has a key, a profile in which None stands for a type that is averaged over, given the others; and a column, an outcome, whose
probability it is, or after these an agent, whose payment it is.

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
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import accumulate, product
from math import prod
from pathlib import Path
from typing import Any

MOST_NUMBERS = 10_000_000  # in a table over profiles, which only some claims need
INCENTIVES, PARTICIPATIONS = ("none", "bic", "dsic", "epic"), ("none", "interim-ir", "ex-post-ir", "ex-ante-ir")
BUDGETS, ALLOCATIONS = ("none", "balanced", "no-deficit", "expected-balanced", "expected-no-deficit"), ("any", "efficient", "deterministic")
# On how many of her own types a requirement of one agent depends, and whether on all the others'.
HERS = {"bic": (2, False), "dsic": (2, True), "epic": (2, True), "interim-ir": (1, False), "ex-post-ir": (1, True), "ex-ante-ir": (0, False)}
HERS |= {"floor": (1, True), "cap": (1, True)}
# Whether an objective counts payoffs, and the designer's surplus. Certificates may be about impossibilities instead.
IMPOSSIBILITIES = {"surplus": (False, True), "subsidy": (False, False), "feasibility": (False, False)}
OBJECTIVES = {"welfare": (True, True), "gains": (True, True), "revenue": (False, True), "payoff": (True, False), "weighted": (True, False)}
OBJECTIVES |= {"worst-case": (False, False), "epsilon": (False, False)}
GRADES = {"possible": ["optimal", "feasible"], "impossible": ["optimal", "infeasible"], "infeasible": ["infeasible"], None: ["none"]}
GRADES |= {"optimal": ["optimal", "bounded", "feasible"]}
SECTIONS = ("incentive", "participation", "budget", "floor", "cap", "constraints", "worst_case")
MALFORMED = (AttributeError, IndexError, KeyError, OSError, RecursionError, TypeError, ValueError)  # what reading anything else ends in
ZERO, ONE = Fraction(0), Fraction(1)
Key = tuple[Any, ...]
Cases = Sequence[tuple[Key, Fraction]]  # where somebody may be, with chances
Form = tuple[Fraction, list[tuple[Key, int, Fraction]]]  # constant, and key, column and coefficient of every term


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
    claim(fits, f'{text!a:.60} is no rational "p/q" in lowest terms', NotAResultError)
    return Fraction(text)


def take(data: Any, where: str, keys: str) -> list[Any]:
    """Return the values under the keys, of which those with "?" may be absent; what nobody understands, nobody can check."""
    needed, names = {key for key in keys.split() if key[-1] != "?"}, [key.rstrip("?") for key in keys.split()]
    claim(isinstance(data, dict) and needed <= {*data} <= {*names}, f"{where}: must have the keys {keys}, and no others", NotAResultError)
    return [data.get(name) for name in names]


def flat(data: Any, *shape: int) -> list[Fraction]:
    """Return the numbers in nested lists of the given shape, the last level changing fastest."""
    if not shape:
        return [rational(data)]
    claim(isinstance(data, list) and len(data) == shape[0], f"{data!a:.60}: must be a list of {shape[0]}", NotAResultError)
    return [leaf for part in data for leaf in flat(part, *shape[1:])]


class Problem:
    """The economy, the design, and what they ask for as forms."""

    def __init__(self, data: Any) -> None:
        _, _, environment, agents, design, prior = take(data, "problem", "name source environment agents design prior?")
        self.kind, self.outcomes, cost = take(environment, "environment", "kind outcomes cost")
        self.private, self.independent, by_value = self.kind != "interdependent", prior is None, self.kind in ("object", "public-good")
        keys = f"name types outside {'values' if by_value else 'utility'} {'prior' if self.independent else ''}"
        rows = [take(agent, "agents", keys) for agent in agents]
        self.agents, self.types, self.n = [row[0] for row in rows], [row[1] for row in rows], len(rows)
        for names in (self.agents, self.outcomes, *self.types):
            different = isinstance(names, list) and {*map(type, names)} == {str} and len({*names}) == len(names)
            claim(different, "problem: there must be agents, outcomes and types, with different names", NotAResultError)
        kinds = {"object": [*self.agents, "nobody"], "public-good": ["no", "yes"], "table": self.outcomes, "interdependent": self.outcomes}
        claim(kinds.get(self.kind) == self.outcomes, "environment: nobody knows its kind, or the outcomes are others", NotAResultError)
        self.cost, sizes = flat(cost, len(self.outcomes)), [len(names) for names in self.types]
        # Chances by type, for every agent; or by profile.
        self.f: list[dict[Any, Fraction]] = [dict(zip(row[1], flat(row[4], len(row[1])))) for row in rows if self.independent]
        if not self.independent:
            self.f = [dict(zip(self.profiles, flat(*take(prior, "prior", "joint"), *sizes)))]
        claim(all(min(f.values()) >= 0 and sum(f.values()) == 1 for f in self.f), "prior: must be probabilities that sum to one", NotAResultError)
        self.utility: list[dict[Any, list[tuple[int, Fraction]]]] = []  # by state: the agent's type or, with interdependent values, the profile
        self.outside: list[dict[Any, Fraction]] = []
        for i, (_, types, outside, utility, *_) in enumerate(rows):
            states, shape = (types, [len(types)]) if self.private else (self.profiles, sizes)
            columns = [i if self.kind == "object" else 1] if by_value else range(len(self.outcomes))
            numbers = iter(flat(utility, *shape, *([] if by_value else [len(columns)])))
            self.utility.append({state: [(x, u) for x, u in zip(columns, numbers) if u] for state in states})
            nested = any(isinstance(part, list) for part in outside)
            options = dict(zip(self.profiles, flat(outside, *sizes)) if nested else zip(types, flat(outside, len(types))))
            self.outside.append({state: options[state if self.private or nested else state[i]] for state in states})
        self._read_design(design)

    def _read_design(self, data: Any) -> None:
        keys = "objective incentive participation budget allocation epsilon weights payment_floor payment_cap constraints"
        *words, epsilon, weights, floor, cap, constraints = take(data, "design", keys)
        self.objective, self.incentive, self.participation, self.budget, self.allocation = words
        known = all(word in those for word, those in zip(words, (OBJECTIVES, INCENTIVES, PARTICIPATIONS, BUDGETS, ALLOCATIONS)))
        claim(known and (self.private or self.incentive != "dsic"), f"design: nobody knows one of {words!a} here", NotAResultError)
        self.epsilon = rational(epsilon)
        fits = self.epsilon >= 0 if self.objective != "epsilon" else self.epsilon == 0 and self.incentive != "none"
        claim(fits, "design.epsilon: must be >= 0; as the objective 0, with an incentive property", NotAResultError)
        self.weights = [dict.fromkeys(types, ONE) for types in self.types]
        for agent, row in (weights or {}).items():
            types = self.types[self.agents.index(agent)]
            self.weights[self.agents.index(agent)] = dict(zip(types, flat(row, len(types))))
        self.limits = {key: {agent: rational(limit) for agent, limit in (those or {}).items()} for key, those in (("floor", floor), ("cap", cap))}
        rows = [take(row, "constraint", "name sense bound terms") for row in constraints]
        self.constraints = {name: (sense, rational(bound), terms) for name, sense, bound, terms in rows}
        fits = len(self.constraints) == len(rows) and {row[1] for row in rows} <= {">=", "<=", "="}
        claim(fits, "design.constraints: names must be different, senses >=, <= or =", NotAResultError)

    @cached_property
    def profiles(self) -> list[Key]:
        """All profiles, the last agent's type changing fastest."""
        few = prod(map(len, self.types)) * (len(self.outcomes) + self.n) <= MOST_NUMBERS
        claim(few, "problem: it has too many profiles to go through them, as this claim needs", NotAResultError)
        return [*product(*self.types)]

    def key(self, i: int = 0, a: Any = None) -> Key:
        """Return the key of averages over all types or, with a type of agent i, over the others'."""
        return (*[None] * i, a, *[None] * (self.n - 1 - i))

    @cached_property
    def joint(self) -> dict[Key, Fraction]:
        """The chance of every profile."""
        return dict(self.spread(self.key())) if self.profiles else {}

    def spread(self, key: Key) -> Cases:
        """Return the profiles whose average a key stands for, with their weights; none where that is not defined."""
        profiles = product(*(types if a is None else [a] for a, types in zip(key, self.types)))
        if self.independent:
            return [(theta, prod((f[b] for f, a, b in zip(self.f, key, theta) if a is None), start=ONE)) for theta in profiles]
        cases = [(theta, self.f[0][theta]) for theta in profiles]
        mass = sum(f for _, f in cases)
        return [(theta, f / mass) for theta, f in cases if mass]

    def cases(self, i: int, a: Any = None) -> Cases:
        """Return where agent i may be, given her type or ex ante. With private values and independent types averages over the others' will do."""
        if not (self.private and self.independent):
            return self.spread(self.key(i, a))
        return [(self.key(i, b), f) for b, f in self.f[i].items()] if a is None else [(self.key(i, a), ONE)]

    def state(self, i: int, theta: Key) -> Any:
        """Return what agent i's utility depends on."""
        return theta[i] if self.private else theta

    def surplus(self, theta: Key) -> list[Fraction]:
        """Return everybody's utility less the designer's cost, for every outcome."""
        total = [-c for c in self.cost]
        for i in range(self.n):
            for x, u in self.utility[i][self.state(i, theta)]:
                total[x] += u
        return total

    def payoff(self, i: int, cases: Cases, report: Any = None) -> Iterator[Any]:
        """Yield the payoff of agent i, perhaps with a report that is a lie."""
        for theta, f in cases:
            key = theta if report is None else (*theta[:i], report, *theta[i + 1 :])
            yield from ((key, x, f * u) for x, u in self.utility[i][self.state(i, theta)])
            yield key, len(self.outcomes) + i, -f

    def budget_surplus(self, key: Key) -> Iterator[Any]:
        """Yield payments less cost."""
        yield from ((key, x, -c) for x, c in enumerate(self.cost) if c)
        yield from ((key, len(self.outcomes) + i, ONE) for i in range(self.n))

    def levels(self, name: str, agent: str) -> list[list[str]]:
        """Return the names of which one each says where a requirement stands; the agent's comes first if it is hers."""
        if name in HERS:
            i, (own, ex_post) = self.agents.index(agent), HERS[name]
            return [[agent], *[self.types[i]] * own, *(self.types[:i] + self.types[i + 1 :]) * ex_post]
        return [] if name.startswith("expected") else [[*self.constraints]] if name == "constraints" else self.types

    def form(self, name: str, place: Key) -> tuple[str, Form]:
        """Return a requirement of section 3, its sense and its form; no terms where it asks nothing."""
        if name in BUDGETS:
            return "=" if name.endswith("balanced") else ">=", (ZERO, [*self.budget_surplus(place or self.key())])
        if name == "efficient":  # and the worst case, where r is what is left over
            s = self.surplus(place)
            return ">=", (-max(s), [(place, x, u) for x, u in enumerate(s)])
        if name == "constraints":
            sense, bound, terms = self.constraints[place[0]]
            return sense, (-bound, [part for term in terms for part in self._constraint_term(term)])
        i, (own, ex_post) = self.agents.index(place[0]), HERS[name]
        a, others = place[1] if own else None, place[1 + own :]
        theta = (*others[:i], a, *others[i:])
        if name in self.limits:
            sign = ONE if name == "floor" else -ONE
            return ">=", (-sign * self.limits[name][place[0]], [(theta, len(self.outcomes) + i, sign)])
        cases = [(theta, ONE)] if ex_post else self.cases(i, a)
        terms = [*self.payoff(i, cases)]
        if name in INCENTIVES:
            return ">=", (self.epsilon, [*terms, *self.payoff(i, [(theta, -f) for theta, f in cases], report=place[2])])
        return ">=", (-sum((f * self.outside[i][self.state(i, theta)] for theta, f in cases), ZERO), terms)

    def _constraint_term(self, data: Any) -> Iterator[Any]:
        outcome, payment, factor, when, expected = take(data, "terms", "outcome? payment? coefficient when expected")
        claim((outcome is None) != (payment is None) and type(expected) is bool, "terms: either an outcome or a payment", NotAResultError)
        column = self.outcomes.index(outcome) if payment is None else len(self.outcomes) + self.agents.index(payment)
        places = [(self.agents.index(agent), a) for agent, a in when.items()]
        having = [(theta, f) for theta, f in self.joint.items() if all(theta[i] == a for i, a in places)]
        claim(having, "when: it names a type that there is not", NotAResultError)
        return ((theta, column, rational(factor) * (f if expected else 1)) for theta, f in having)

    def objective_form(self, name: str) -> Form:
        """Return an objective; r counts as that of the first best, and -epsilon is left to the condition on its prices."""
        payoffs, surplus = (OBJECTIVES | IMPOSSIBILITIES)[name]
        terms = [*self.budget_surplus(self.key())] if surplus else []
        for i in range(self.n) if payoffs else ():
            weighted = ((theta, f * (self.weights[i][theta[i]] if name == "weighted" else 1)) for theta, f in self.cases(i))
            terms += self.payoff(i, [*weighted])
        quo = (self.form("ex-ante-ir", (agent,))[1][0] for agent in self.agents if name == "gains")
        return sum(quo, Fraction(name == "worst-case")), terms


def prices(data: Any, levels: Sequence[Sequence[str]]) -> Iterator[tuple[Key, Fraction]]:
    """Yield the places and the values of the prices in nested objects that are not zero."""
    if not levels and rational(data):
        yield (), rational(data)
    for name, part in data.items() if levels else ():
        claim(name in levels[0], f"certificate: {name!a:.60} does not belong here, only {levels[0]!a:.60}")
        yield from (((name, *rest), price) for rest, price in prices(part, levels[1:]))


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
        if not data:
            continue
        claim(name != "none", f"certificate.{section}: the design asks for nothing of the kind")
        claim(about != "surplus" or section in SECTIONS[:2], f"certificate.{section}: the surplus supposes incentives and participation alone")
        if isinstance(data, str):  # one price for all profiles, in proportion to f
            name = "expected-" + name.removeprefix("expected-")
        parts = [({agent: part}, agent) for agent, part in data.items()] if name in HERS else [(data, "")]
        for place, price in (entry for part, agent in parts for entry in prices(part, problem.levels(name, agent))):
            sense, (constant, terms) = problem.form(name, place)
            claim(sense == "=" or (price > 0) == (sense == ">="), f"certificate.{section}: the price {price} has the wrong sign")
            cost = (problem.joint[place] if place else ONE) if about == "subsidy" and section == "budget" else ZERO
            claim(price <= cost or not cost, f"certificate.budget: a subsidy costs its probability, less than its price {price}")
            claim(constant < 0 or section != "worst_case", "certificate.worst_case: a profile whose first best is not positive has no price")
            spent[section] = spent.get(section, ZERO) + price * (-constant if section == "worst_case" else 1)
            yield price, (constant, terms)
    claim(about != "epsilon" or spent["incentive"] <= 1, f"certificate.incentive: the prices add up to {spent['incentive']}, more than 1")
    claim(spent["worst_case"] == (about == "worst-case"), f"certificate.worst_case: prices times first best add up to {spent['worst_case']}")


def maximum(problem: Problem, priced: list[tuple[Fraction, Form]], efficient: bool) -> Fraction:
    """Return the maximum of prices times forms, perhaps over efficient outcomes only; raise unless money cancels."""
    n_outcomes, best = len(problem.outcomes), sum((price * constant for price, (constant, _) in priced), ZERO)
    weights: dict[Key, list[Fraction]] = defaultdict(lambda: [ZERO] * (n_outcomes + problem.n))
    for price, (_, terms) in priced:
        for key, column, c in terms:
            weights[key][column] += price * c
    if problem.independent and problem.kind in ("object", "public-good") and problem.n > 1:  # of one agent averages are profiles
        chances = ([f[a] for f, a in zip(problem.f, key) if a is not None] for key, row in weights.items() if any(row))
        if all(fixed == [] or (len(fixed) == 1 and fixed[0]) for fixed in chances):  # a type that never occurs has no virtual value
            return best + without_profiles(problem, weights, efficient)
    table = {theta: [ZERO] * (n_outcomes + problem.n) for theta in problem.profiles}
    for key, row in weights.items():
        for theta, f in problem.spread(key) if None in key else [(key, ONE)]:
            table[theta] = [w + f * c for w, c in zip(table[theta], row)]
    for theta, total in table.items():
        claim(not any(total[n_outcomes:]), "certificate: money does not cancel")
        s = problem.surplus(theta) if efficient else []
        best += max(total[x] for x in range(n_outcomes) if not s or s[x] == max(s))
    return best


def without_profiles(problem: Problem, weights: dict[Key, list[Fraction]], efficient: bool) -> Fraction:
    """Return the maximum for an object or a public good from the types alone, each of which has a rank.

    A rank is what serving her adds to the surplus, if only efficient outcomes are possible, and what it adds otherwise, her virtual value.
    """
    good, average, ranks = problem.kind == "public-good", weights[problem.key()], []
    for i, f in enumerate(problem.f):
        x, money = 1 if good else i, len(problem.outcomes) + i
        rows = [(weights[problem.key(i, a)], sum((u for _, u in problem.utility[i][a]), ZERO), p) for a, p in f.items()]
        claim(all(row[money] + p * average[money] == 0 for row, _, p in rows), "certificate: money does not cancel")
        ranks.append([((u * efficient, row[x] / p), p) for row, u, p in rows if p])
    designer = [(-c * efficient, w) for c, w in zip(problem.cost, average)]  # she adds her part to every outcome
    if good:
        no, yes = designer
        return no[1] + positive([*ranks, [((yes[0] - no[0], yes[1] - no[1]), ONE)]])
    return highest([[((s + t, v + w), p) for (s, v), p in column] for column, (t, w) in zip([*ranks, [((ZERO, ZERO), ONE)]], designer)])


def highest(columns: list[Any]) -> Fraction:
    """Return the expected virtual value of the highest rank: its distribution is a product of distributions."""
    below, together, best = [ZERO] * len(columns), ZERO, ZERO
    for rank, i, p in sorted((rank, i, p) for i, column in enumerate(columns) for rank, p in column):
        below[i] += p
        now = together / (below[i] - p) * below[i] if together else prod(below, start=ONE)
        best, together = best + rank[1] * (now - together), now
    return best


def positive(columns: list[Any]) -> Fraction:
    """Return the expected sum of virtual values where the ranks' sum is positive: two convolutions meet."""
    best, halves = ZERO, []
    for half in (columns[::2], columns[1::2]):
        sums = {(ZERO, ZERO): ONE}
        for column in half:
            longer: dict[Any, Fraction] = defaultdict(Fraction)
            for ((s, v), p), ((t, w), f) in product(sums.items(), column):
                longer[s + t, v + w] += p * f
            sums = longer
            claim(len(sums) <= MOST_NUMBERS // 10, "problem: the agents' values add up to too many different sums", NotAResultError)
        halves.append(sorted(sums.items(), reverse=True))
    chances = [*accumulate((p for _, p in halves[0]), initial=ZERO)]
    worth = [*accumulate((p * v for (_, v), p in halves[0]), initial=ZERO)]
    for (s, v), p in halves[1]:
        k = bisect_left(halves[0], True, key=lambda entry: entry[0] <= (-s, -v))  # so many of the one half are large enough
        best += p * (worth[k] + v * chances[k])
    return best


class Mechanism:
    """What a mechanism does: probabilities and payments for every key."""

    def __init__(self, problem: Problem, data: Any) -> None:
        claim(data["form"] == "table", "mechanism.form: only tables are read here", NotAResultError)
        _, allocation, payments = take(data, "mechanism", "form allocation payments")
        self.problem, n_outcomes = problem, len(problem.outcomes)
        rows = [flat(phi, n_outcomes) + flat(t, problem.n) for phi, t in zip(allocation, payments, strict=True)]
        self.numbers = dict(zip(problem.profiles, rows, strict=True))
        self.allocation = [row[:n_outcomes] for row in rows]
        lotteries = all(min(phi) >= 0 and sum(phi) == 1 for phi in self.allocation)
        claim(lotteries, "mechanism: the allocation at some profile is not a lottery")

    def evaluate(self, form: Form) -> Fraction:
        """Return the value of a form."""
        for key in {key for key, *_ in form[1]} - self.numbers.keys():
            cases = [(self.numbers[theta], f) for theta, f in self.problem.spread(key)]
            self.numbers[key] = [sum((f * row[x] for row, f in cases), ZERO) for x in range(len(cases[0][0]))]
        return form[0] + sum((c * self.numbers[key][column] for key, column, c in form[1]), ZERO)

    def slacks(self, name: str) -> Iterator[Fraction]:
        """Yield what a requirement leaves at each of its places, if it asks something there; negative where it is violated."""
        if name == "deterministic":
            yield from (-min(q, 1 - q) for phi in self.allocation for q in phi)
            return
        for agent in self.problem.limits.get(name, self.problem.agents) if name in HERS else [""]:
            for place in product(*self.problem.levels(name, agent)):
                sense, form = self.problem.form(name, place)
                if (form[1] or name not in HERS) and (name not in INCENTIVES or place[1] != place[2]):
                    slack = self.evaluate(form)
                    yield slack if sense == ">=" else -slack if sense == "<=" else -abs(slack)

    def require(self, efficient: bool, incentive: bool, alone: bool = False) -> str:
        """Raise unless the mechanism is admissible or, if `alone`, has the incentive and participation properties; return what was found."""
        problem = self.problem
        names = [problem.incentive if incentive else "none", problem.participation, "efficient" if efficient else "none"]
        names += [] if alone else [problem.budget, problem.allocation, "floor", "cap", *(["constraints"] if problem.constraints else [])]
        names = [*dict.fromkeys(name for name in names if name not in ("none", "any"))]
        for name in names:
            claim(min(self.slacks(name), default=ZERO) >= 0, f"mechanism: it violates {name!r}")
        return "mechanism: admissible, " + ", ".join(names)

    def value(self, name: str) -> Fraction:
        """Return the value of an objective."""
        if name == "epsilon":
            return max(ZERO, -min(self.slacks(self.problem.incentive), default=ZERO))
        if name == "worst-case":
            forms = (self.problem.form("efficient", theta)[1] for theta in self.problem.profiles)
            return 1 + min(self.evaluate(form) / -form[0] for form in forms if form[0] < 0)
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


def check_result(result: dict[str, Any]) -> list[str]:
    """Return what a result proves, a line each, or raise FalseClaimError with the first claim that is false."""
    known = result["format"] == "mechopt-result" and result["version"] == 1 and result["question"] in ("certify", "solve")
    claim(known, "result: nobody knows its format, version or question", NotAResultError)
    text = json.dumps(result["problem"], sort_keys=True, separators=(",", ":"))
    claim(result["digest"] == "sha256:" + hashlib.sha256(text.encode()).hexdigest(), "digest: it is not the problem's")
    problem, certify, proof, said = Problem(result["problem"]), result["question"] == "certify", result["proof"], ["digest: it is the problem's"]
    answer, grade = result["answer" if certify else "status"], proof["grade"]
    claim(result.get("status" if certify else "answer") is None, f"result: an answer to another question than {result['question']!r}")
    claim(answer != "unbounded", "proof.ray: it is not read here", NotAResultError)
    claim(grade in GRADES[answer], f"proof.grade: {grade!a} does not go with {answer!r}")
    about, bound, mechanism, truths = None, None, None, dict[str, Fraction]()
    if result["mechanism"]:
        mechanism = Mechanism(problem, result["mechanism"])
        said.append(mechanism.require(answer == "possible", certify or problem.objective != "epsilon"))
        truths = {key: mechanism.value(key) for key in ("welfare", "gains", "revenue")} | {"value": mechanism.value(problem.objective)}
    claim(mechanism or (answer != "possible" and grade != "feasible"), f"mechanism: {answer!r} needs one")
    if result["certificate"]:
        about, bound = bound_of(problem, result["certificate"], certify)
        said.append(f"certificate: valid for the objective {about!r}, with bound {bound}")
    impossible = about in IMPOSSIBILITIES and bound is not None and bound < 0 and (about != "surplus" or problem.budget != "none")
    claim(answer not in ("impossible", "infeasible") or impossible, f"certificate: it does not prove {answer!r}")
    sides = {key: result[key] if side == "answer" else side for key, side in (proof.get("surplus") or {}).items()}
    by_rules = bool(sides.get("mechanism")) and sides["mechanism"]["form"] != "table"
    if sides and all(sides.values()) and not by_rules:
        best = Mechanism(problem, sides["mechanism"])
        best.require(efficient=True, incentive=True, alone=True)
        if bound_of(problem, sides["certificate"], True) == ("surplus", best.value("revenue")):
            truths["budget_surplus"] = best.value("revenue")
    for key in (key for key in ("welfare", "gains", "revenue", "value", "budget_surplus") if result.get(key)):
        unread = not result[key]["exact"] or (by_rules and key == "budget_surplus")
        claim(unread or truths.get(key) == rational(result[key]["exact"]), f"{key}: it is {truths.get(key)}")
        said.append(f"{key}: {'NOT CHECKED, as nothing exact is stated, or there is no table' if unread else truths[key]}")
    value, proved, optimal = truths.get("value"), bound, grade in ("optimal", "bounded")
    if bound is not None and about == "epsilon":  # which is minimised
        proved = -bound
    if certify and optimal:  # the largest surplus is
        claim(answer == "possible" or about == "surplus", f"proof.grade: {grade!r} needs a certificate for the surplus")
        if by_rules:
            return [*said, f"proof: {answer}; that the surplus is the largest is NOT CHECKED, as there is no table"]
        claim("budget_surplus" in truths, "budget_surplus: nothing shows that it is the largest")
        value = proved = truths["budget_surplus"]
    claim(not optimal or certify or about == problem.objective, f"proof.grade: {grade!r} needs a certificate for the objective")
    gap = abs(proved - value) if optimal and value is not None and proved is not None else None
    claim(proof["gap"] == (None if gap is None else str(gap)) and (gap == 0 or grade != "optimal"), f"proof.gap: it is {gap}")
    claim(not proof["bound"] or rational(proof["bound"]["exact"]) == proved, f"proof.bound: it is {proved}")
    return [*said, f"proof: {answer}, {grade}"]


def distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of a file in which no key stands twice: readers would not agree on what it says."""
    claim(len({key for key, _ in pairs}) == len(pairs), "a key stands twice in an object", NotAResultError)
    return dict(pairs)


def main(arguments: Sequence[str]) -> int:
    """Check the result in a file, print what it proves, or the first claim that is false, and return the exit status."""
    try:
        lines, status = check_result(json.loads(Path(arguments[0]).read_text(encoding="utf-8"), object_pairs_hook=distinct)), 0
    except NotAResultError as error:
        lines, status = [f"not checked: {error}"], 2
    except FalseClaimError as error:
        lines, status = [f"false: {error}"], 1
    except MALFORMED as error:
        lines, status = [f"not checked: it is not in the form of docs/certificates.md: {error!a}"], 2
    print("\n".join(lines))
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
