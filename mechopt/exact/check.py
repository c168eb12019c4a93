"""Check the proof in a result of mechopt, in exact arithmetic. It trusts nobody: this one file, the standard library, no solver.

    python check.py RESULT.json      # exit 0: what it prints holds; 1: a claim is false, and named; 2: it cannot be checked here

Definitions are those of ``docs/certificates.md``. Whatever a design asks for is a *form*: a constant plus coefficients on probabilities and payments.
A mechanism is checked by evaluating forms, a certificate by adding them up, price times form, and maximising. A quantity has a key, a profile in
which None stands for a type that is averaged over, given the others; and a column: an outcome, whose probability it is, or after these an agent,
whose payment it is. Rules, trees of cases, rays and types that move are left to `mechopt verify`, which shares no line with this file.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

# Where a requirement of one agent stands: how many types of hers it is about, and whether everybody else's are given, too.
HERS = {"bic": (2, 0), "dsic": (2, 1), "epic": (2, 1), "interim-ir": (1, 0), "ex-post-ir": (1, 1), "ex-ante-ir": (0, 0)}
HERS |= {"floor": (1, 1), "cap": (1, 1)}
BUDGETS = {"balanced": 0, "expected-balanced": 0, "no-deficit": 1, "expected-no-deficit": 1}  # with the sense of the requirement
# Objectives that refute if their bound is below 0, and those that count payoffs.
REFUTING, PAYOFFS = ("surplus", "subsidy", "feasibility"), ("payoff", "weighted", "welfare", "gains")
WORDS = {"incentive": "none bic dsic epic", "participation": "none interim-ir ex-post-ir ex-ante-ir", "budget": " ".join(["none", *BUDGETS])}
WORDS |= {"allocation": "any efficient deterministic", "objective": "welfare gains payoff weighted revenue worst-case epsilon"}
OTHERS = {"epsilon": str, "weights": dict | None, "payment_floor": dict | None, "payment_cap": dict | None, "constraints": list}
SECTIONS = ("incentive", "participation", "budget", "floor", "cap", "constraints", "worst_case")
MOST_NUMBERS = 1_000_000  # in a table over profiles, which only some claims need
# What reading anything but a result ends in.
UNREAD = (ArithmeticError, AttributeError, LookupError, MemoryError, OSError, RuntimeError, TypeError, ValueError)
ZERO, ONE = Fraction(0), Fraction(1)
Key = tuple[Any, ...]
Form = tuple[Fraction, list[tuple[Key, int, Fraction]]]  # constant, and key, column and coefficient of every term


class FalseClaimError(ValueError):
    """A claim that does not hold; the message names it."""


class UnreadError(ValueError):
    """What is not read or not known here is neither shown nor refuted; the message names it."""


def claim(holds: object, message: str, error: type[Exception] = FalseClaimError) -> None:
    """Raise unless something holds."""
    if not holds:
        raise error(message)


@lru_cache(2**16)
def rational(text: str) -> Fraction:
    """Return the number that a string "p/q" in lowest terms is."""
    claim({*str(text)} <= {*"-/0123456789"} and str(Fraction(text)) == text, f'{text!a:.60} is no rational "p/q" in lowest terms', UnreadError)
    return Fraction(text)


def flat(data: Any, *shape: int) -> list[Fraction]:
    """Return the numbers in nested lists of the given shape, the last level changing fastest."""
    if not shape:
        return [rational(data)]
    claim(isinstance(data, list) and len(data) == shape[0], f"{data!a:.60}: must be a list of {shape[0]}", UnreadError)
    return [leaf for part in data for leaf in flat(part, *shape[1:])]


class Problem:
    """The economy, the design, and what they ask for as forms."""

    def __init__(self, data: Any) -> None:
        environment, rows, self.design = data["environment"], data["agents"], data["design"]
        self.kind, self.outcomes, self.n = environment["kind"], environment["outcomes"], len(rows)
        self.agents, self.types = [row["name"] for row in rows], [row["types"] for row in rows]
        self.private, self.independent, sizes = self.kind != "interdependent", "prior" not in data, [*map(len, self.types)]
        kinds = {"object": [*self.agents, "nobody"], "public-good": ["no", "yes"], "table": self.outcomes, "interdependent": self.outcomes}
        for names in (self.agents, self.outcomes, *self.types):
            different = isinstance(names, list) and {*map(type, names)} == {str} and len({*names}) == len(names)
            claim(different, "problem: there must be agents, outcomes and types, with different names", UnreadError)
        known = kinds.get(self.kind) == self.outcomes and all(self.design[key] in words.split() for key, words in WORDS.items())
        known = known and self.design.keys() == WORDS.keys() | OTHERS and all(isinstance(self.design[key], kind) for key, kind in OTHERS.items())
        known = known and environment.keys() == {"kind", "outcomes", "cost"} and (self.private or self.design["incentive"] != "dsic")
        known = known and (self.design["epsilon"] == "0" or (self.design["objective"] != "epsilon" and rational(self.design["epsilon"]) > 0))
        claim(known, "problem: nobody knows its kind, its design or both together, or epsilon is negative, or given and sought", UnreadError)
        self.cost = flat(environment["cost"], len(self.outcomes))
        # Chances by type, for every agent; or by profile.
        self.f: list[dict[Any, Fraction]] = [dict(zip(row["types"], flat(row["prior"], len(row["types"])))) for row in rows if self.independent]
        if not self.independent:
            self.f = [dict(zip(self.profiles, flat(data["prior"]["joint"], *sizes)))]
        claim(all(min(f.values()) >= 0 and sum(f.values()) == 1 for f in self.f), "prior: must be probabilities that sum to one", UnreadError)
        # By state: the agent's type or, with interdependent values, the profile.
        self.utility, self.outside = list[dict[Any, list[tuple[int, Fraction]]]](), list[dict[Any, Fraction]]()
        for i, row in enumerate(rows):
            states, shape = (self.types[i], sizes[i : i + 1]) if self.private else (self.profiles, sizes)
            only = {"object": [i], "public-good": [1]}.get(self.kind)
            numbers = iter(flat(row["values"], *shape) if only else flat(row["utility"], *shape, len(self.outcomes)))
            self.utility.append({state: [(x, u) for x, u in zip(only or range(len(self.outcomes)), numbers) if u] for state in states})
            nested = any(isinstance(part, list) for part in row["outside"])
            self.outside.append(dict(zip(states if nested else self.types[i], flat(row["outside"], *(shape if nested else sizes[i : i + 1])))))

    @cached_property
    def profiles(self) -> list[Key]:
        """All profiles, the last agent's type changing fastest."""
        claim(prod(map(len, self.types)) * (len(self.outcomes) + self.n) <= MOST_NUMBERS, "problem: too many profiles to go through", UnreadError)
        return [*product(*self.types)]

    def key(self, i: int = 0, a: Any = None) -> Key:
        """Return the key of averages over all types or, with a type of agent i, over the others'."""
        return (*[None] * i, a, *[None] * (self.n - 1 - i))

    def spread(self, key: Key) -> list[tuple[Key, Fraction]]:
        """Return the profiles whose average a key stands for, with their weights; none where that is not defined."""
        # A joint prior is one draw, of a profile.
        profiles = self.profiles and product(*(types if a is None else [a] for a, types in zip(key, self.types)))
        drawn = ((theta, zip(self.f, key, theta) if self.independent else zip(self.f, [None], [theta])) for theta in profiles)
        cases = [(theta, prod((f[b] for f, a, b in draws if a is None), start=ONE)) for theta, draws in drawn]
        mass = sum(f for _, f in cases)
        return [(theta, f / mass) for theta, f in cases if mass]

    def cases(self, i: int, a: Any = None) -> list[tuple[Key, Fraction]]:
        """Return where agent i may be, given her type or ex ante. With private values and independent types averages over the others' will do."""
        if not (self.private and self.independent):
            return self.spread(self.key(i, a))
        return [(self.key(i, b), f) for b, f in self.f[i].items()] if a is None else [(self.key(i, a), ONE)]

    def surplus(self, theta: Key) -> list[Fraction]:
        """Return everybody's utility less the designer's cost, for every outcome."""
        rows = [dict(self.utility[i][theta[i] if self.private else theta]) for i in range(self.n)]
        return [sum((row.get(x, ZERO) for row in rows), -c) for x, c in enumerate(self.cost)]

    def payoff(self, i: int, cases: Any, report: Any = None) -> Iterator[Any]:
        """Yield the payoff of agent i, perhaps with a report that is a lie."""
        for theta, f in cases:
            key = theta if report is None else (*theta[:i], report, *theta[i + 1 :])
            yield from ((key, x, f * u) for x, u in self.utility[i][theta[i] if self.private else theta])
            yield key, len(self.outcomes) + i, -f

    def asked(self, certify: bool) -> list[str]:
        """Return what the design asks for, in the order of SECTIONS. Where a violation is minimised, it does not ask for incentives."""
        incentive = self.design["incentive"] if certify or self.design["objective"] != "epsilon" else "none"
        return [incentive, self.design["participation"], self.design["budget"], "floor", "cap", "constraints"]

    def levels(self, name: str, agent: str) -> list[list[str]]:
        """Return the names of which one each says where a requirement stands; the agent's comes first if it is hers."""
        if name in HERS:
            i, (own, ex_post) = self.agents.index(agent), HERS[name]
            return [[agent], *[self.types[i]] * own, *(self.types[:i] + self.types[i + 1 :]) * ex_post]
        return [[row["name"] for row in self.design[name]]] if name == "constraints" else [] if name.startswith("expected") else self.types

    def form(self, name: str, place: Key) -> tuple[int, Form]:
        """Return a requirement of section 3: its sense (1: the form is >= 0, 0: = 0, -1: <= 0) and its form; no terms where it asks nothing."""
        if name in BUDGETS:
            key = place or self.key()
            costs = [(key, x, -c) for x, c in enumerate(self.cost) if c]
            return BUDGETS[name], (ZERO, costs + [(key, len(self.outcomes) + i, ONE) for i in range(self.n)])
        if name == "efficient":  # and the worst case, where r is what is left over
            s = self.surplus(place)
            return 1, (-max(s), [(place, x, u) for x, u in enumerate(s)])
        if name == "constraints":
            (row,) = (row for row in self.design["constraints"] if row["name"] == place[0])
            terms = [part for theta, f in self.spread(self.key()) for term in row["terms"] for part in self.constraint_term(theta, f, **term)]
            return {">=": 1, "=": 0, "<=": -1}[row["sense"]], (-rational(row["bound"]), terms)
        i, (own, ex_post) = self.agents.index(place[0]), HERS[name]
        a, others = place[1] if own else None, place[1 + own :]
        theta = (*others[:i], a, *others[i:])
        if name in ("floor", "cap"):
            sign = ONE if name == "floor" else -ONE
            return 1, (-sign * rational(self.design["payment_" + name][place[0]]), [(theta, len(self.outcomes) + i, sign)])
        cases = [(theta, ONE)] if ex_post else self.cases(i, a)
        terms = [*self.payoff(i, cases)]
        if own == 2:
            return 1, (rational(self.design["epsilon"]), [*terms, *self.payoff(i, [(theta, -f) for theta, f in cases], report=place[2])])
        return 1, (-sum((f * self.outside[i][theta if theta in self.outside[i] else theta[i]] for theta, f in cases), ZERO), terms)

    def constraint_term(self, theta: Key, f: Fraction, coefficient: Any, when: Any, expected: Any, **what: Any) -> Iterator[Any]:
        """Yield what a term of a constraint counts at a profile: an outcome or a payment."""
        column = [*({"outcome": x} for x in self.outcomes), *({"payment": agent} for agent in self.agents)].index(what)
        if all(theta[self.agents.index(agent)] == a for agent, a in when.items()):
            yield theta, column, rational(coefficient) * {True: f, False: ONE}[expected]

    def objective(self, name: str) -> Form:
        """Return an objective; r counts as that of the first best, and -epsilon is left to the condition on its prices."""
        terms = self.form("expected-balanced", ())[1][1] if name in ("surplus", "revenue", "welfare", "gains") else []
        for i, (agent, types) in enumerate(zip(self.agents, self.types)):
            rows = self.design["weights"] or {} if name == "weighted" else {}
            weights = dict(zip(types, flat(rows[agent], len(types)))) if agent in rows else dict.fromkeys(types, ONE)
            terms += self.payoff(i, [(theta, f * weights[theta[i]]) for theta, f in self.cases(i) if name in PAYOFFS])
        return sum((self.form("ex-ante-ir", (agent,))[1][0] for agent in self.agents if name == "gains"), Fraction(name == "worst-case")), terms


def prices(data: Any, levels: Sequence[Sequence[str]]) -> Iterator[tuple[Key, Fraction]]:
    """Yield the places and the values of the prices in nested objects that are not zero."""
    if not levels and rational(data):
        yield (), rational(data)
    for name, part in data.items() if levels else ():
        claim(name in levels[0], f"certificate: {name!a:.60} does not belong here, only {levels[0]!a:.60}")
        yield from (((name, *rest), price) for rest, price in prices(part, levels[1:]))


def check_certificate(problem: Any, certificate: Any, *, efficient_allowed: bool) -> Fraction:
    """Return the bound that a certificate proves, or raise; efficient outcomes may be supposed by what refutes, if that answers `certify`."""
    claim({*certificate} <= {"objective", "efficient", "bound", "alike", *SECTIONS}, "certificate: only prices are read here", UnreadError)
    economy, about, efficient = Problem(problem), certificate["objective"], certificate["efficient"]
    may = economy.design["allocation"] == "efficient" or (efficient_allowed and about in REFUTING)
    claim(about in (*REFUTING, economy.design["objective"]) and type(efficient) is bool and efficient <= may, "certificate: nobody asked for that")
    given = [certificate.get(section) for section in SECTIONS]
    for first, *others in certificate.get("alike") or []:  # a way to write: the prices of the first are those of all who are named with her
        given[:2] = [own and {**own, **{name: own[first] for name in others if first in own}} for own in given[:2]]
    names = [*economy.asked(efficient_allowed or about == "epsilon"), "efficient" if economy.design["objective"] == "worst-case" else "none"]
    priced, spent = [(ONE, economy.objective(about))], dict.fromkeys(SECTIONS, ZERO)
    for section, name, data in (entry for entry in zip(SECTIONS, names, given) if entry[2]):
        supposed, subsidy = name != "none" and (about != "surplus" or section in SECTIONS[:2]), (about, section) == ("subsidy", "budget")
        claim(supposed, f"certificate.{section}: the design asks for nothing of the kind, or the objective {about!r} does not count it")
        name = "expected-" + name.removeprefix("expected-") if isinstance(data, str) else name  # one price for all profiles, in proportion to f
        parts = [({agent: part}, agent) for agent, part in data.items()] if name in HERS else [(data, "")]
        for place, price in (entry for part, agent in parts for entry in prices(part, economy.levels(name, agent))):
            sense, form = economy.form(name, place)
            claim(sense * price >= 0, f"certificate.{section}: the price {price} has the wrong sign")
            most = prod((f.get(a, ONE) for f, a in zip(economy.f, place if economy.independent else [place])), start=ONE)
            claim(not subsidy or price <= most or not most, f"certificate.budget: a subsidy costs its probability, less than its price {price}")
            claim(form[0] < 0 or section != "worst_case", "certificate.worst_case: a profile whose first best is not positive has no price")
            spent[section] += price * (-form[0] if section == "worst_case" else 1)
            priced.append((price, form))
    claim(about != "epsilon" or spent["incentive"] <= 1, "certificate.incentive: the prices add up to more than 1")
    claim(spent["worst_case"] == (about == "worst-case"), f"certificate.worst_case: prices times first best must be {int(about == 'worst-case')}")
    proved = maximum(economy, priced, efficient)
    claim(rational(certificate["bound"]) == proved, f"certificate.bound: the prices prove {proved} ({about}), which is not what is stated")
    return proved


def maximum(problem: Problem, priced: list[tuple[Fraction, Form]], efficient: bool) -> Fraction:
    """Return the maximum of prices times forms, perhaps over efficient outcomes only; raise unless money cancels."""
    n_outcomes, best = len(problem.outcomes), sum((price * constant for price, (constant, _) in priced), ZERO)
    weights: dict[Key, list[Fraction]] = defaultdict(lambda: [ZERO] * (n_outcomes + problem.n))
    for key, column, w in ((key, column, price * c) for price, (_, terms) in priced for key, column, c in terms):
        weights[key][column] += w
    if problem.independent and problem.kind in ("object", "public-good") and problem.n > 1:  # of one agent a type is a profile
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
    """Return the same for an object or a public good, by ranks: a type's part of the surplus, if it is to be largest, and her virtual value."""
    good, average, ranks = problem.kind == "public-good", weights[problem.key()], []
    for i, f in enumerate(problem.f):
        x, money = 1 if good else i, len(problem.outcomes) + i
        rows = [(weights[problem.key(i, a)], sum((u for _, u in problem.utility[i][a]), ZERO), p) for a, p in f.items()]
        claim(all(row[money] + p * average[money] == 0 for row, _, p in rows), "certificate: money does not cancel")
        ranks.append([((u * efficient, row[x] / p), p) for row, u, p in rows if p])
    designer = [(-c * efficient, w) for c, w in zip(problem.cost, average)]  # she adds her part to every outcome
    if good:
        (s, v), (t, w) = designer
        return v + positive([*ranks, [((t - s, w - v), ONE)]])
    return highest([[((s + t, v + w), p) for (s, v), p in column] for column, (t, w) in zip([*ranks, [((ZERO, ZERO), ONE)]], designer)])


def highest(columns: list[Any]) -> Fraction:
    """Return the expected virtual value of the highest rank: its distribution is a product of distributions."""
    below, all_below, best = [ZERO] * len(columns), ZERO, ZERO
    for rank, i, p in sorted((rank, i, p) for i, column in enumerate(columns) for rank, p in column):
        below[i] += p
        now = all_below / (below[i] - p) * below[i] if all_below else prod(below, start=ONE)  # a product with one factor replaced
        best, all_below = best + rank[1] * (now - all_below), now
    return best


def positive(columns: list[Any]) -> Fraction:
    """Return the expected virtual value of the sum of ranks, where it is positive: its distribution is a convolution."""
    sums = {(ZERO, ZERO): ONE}
    for column in columns:
        claim(len(sums) * len(column) <= MOST_NUMBERS, "problem: the agents' values add up to too many different sums", UnreadError)
        before, sums = sums, defaultdict(Fraction)
        for ((s, v), p), ((t, w), f) in product(before.items(), column):
            sums[s + t, v + w] += p * f
    return sum((p * rank[1] for rank, p in sums.items() if rank > (ZERO, ZERO)), ZERO)


class Mechanism(dict[Key, list[Fraction]]):
    """What a mechanism does: probabilities and payments by key. An average is computed when it is asked for."""

    def __init__(self, problem: Problem, data: Any, names: Sequence[str] = ()) -> None:
        claim(data["form"] == "table", "mechanism.form: only tables are read here", UnreadError)
        self.problem, n_outcomes = problem, len(problem.outcomes)
        rows = [flat(phi, n_outcomes) + flat(t, problem.n) for phi, t in zip(data["allocation"], data["payments"], strict=True)]
        super().__init__(zip(problem.profiles, rows, strict=True))
        claim(all(min(row[:n_outcomes]) >= 0 and sum(row[:n_outcomes]) == 1 for row in rows), "mechanism: an allocation is not a lottery")
        for name in names:
            claim(name in ("none", "any") or self.slack(name) >= 0, f"mechanism: it violates {name!r}")

    def __missing__(self, key: Key) -> list[Fraction]:
        cases = [(self[theta], f) for theta, f in self.problem.spread(key)]
        return self.setdefault(key, [sum((f * row[x] for row, f in cases), ZERO) for x in range(len(cases[0][0]))])

    def evaluate(self, form: Form) -> Fraction:
        """Return the value of a form."""
        return form[0] + sum((c * self[key][column] for key, column, c in form[1]), ZERO)

    def slack(self, name: str) -> Fraction:
        """Return the least that a requirement leaves at its places; negative if it is violated. A lie that is the truth leaves 0, or epsilon."""
        problem = self.problem
        if name == "deterministic":
            return -max(min(q, 1 - q) for theta in problem.profiles for q in self[theta][: len(problem.outcomes)])
        limited = (problem.design["payment_" + name] or {}) if name in ("floor", "cap") else problem.agents
        places = (place for agent in (limited if name in HERS else [""]) for place in product(*problem.levels(name, agent)))
        values = ((sense, self.evaluate(form)) for sense, form in (problem.form(name, place) for place in places))
        return min((sense * value if sense else -abs(value) for sense, value in values), default=ZERO)

    def value(self, name: str) -> Fraction:
        """Return the value of an objective."""
        if name == "epsilon":
            return max(ZERO, -self.slack(self.problem.design["incentive"]))
        if name == "worst-case":
            forms = (self.problem.form("efficient", theta)[1] for theta in self.problem.profiles)
            return 1 + min(self.evaluate(form) / -form[0] for form in forms if form[0] < 0)
        return self.evaluate(self.problem.objective(name))


def check_result(result: dict[str, Any]) -> list[str]:
    """Return what a result proves, a line each, or raise FalseClaimError with the first claim that is false."""
    known, other = (result["format"], result["version"]) == ("mechopt-result", 1), {"certify": "status", "solve": "answer"}[result["question"]]
    claim(known and result.get(other) is None, "result: nobody knows its format and version, or an answer to its question", UnreadError)
    text = json.dumps(result["problem"], sort_keys=True, separators=(",", ":"))
    claim(result["digest"] == "sha256:" + hashlib.sha256(text.encode()).hexdigest(), "digest: it is not the problem's")
    problem, proof, certify = Problem(result["problem"]), result["proof"], result["question"] == "certify"
    answer, grade, design = result["answer" if certify else "status"], proof["grade"], problem.design
    largest = {key: result[key] if side == "answer" else side for key, side in ((certify and proof.get("surplus")) or {}).items()}
    rules = [side for side, data in (("answer", result["mechanism"]), ("largest", largest.get("mechanism"))) if data and data["form"] == "rules"]
    found, about, bound = dict[str, Any](digest="it is the problem's"), None, None
    if result["mechanism"] and "answer" not in rules:
        mechanism = Mechanism(problem, result["mechanism"], [*problem.asked(certify), design["allocation"], "efficient" if certify else "any"])
        found |= {"mechanism": "admissible" + ", and efficient" * certify} | ({} if certify else {"value": mechanism.value(design["objective"])})
        found |= {key: mechanism.value(key) for key in ("welfare", "gains", "revenue")}
    if result["certificate"]:
        about, bound = result["certificate"]["objective"], check_certificate(result["problem"], result["certificate"], efficient_allowed=certify)
        found["certificate"] = f"valid for the objective {about!r}, with bound {bound}"
    most = check_certificate(result["problem"], largest["certificate"], efficient_allowed=True) if largest.get("certificate") else None
    if largest.get("mechanism") and "largest" not in rules:
        attained = Mechanism(problem, largest["mechanism"], [*problem.asked(True)[:2], "efficient"]).value("revenue")
        found |= {"budget_surplus": attained} if attained == most and largest["certificate"]["objective"] == "surplus" else {}
    value = found.get("budget_surplus" if certify else "value")
    # Of a question of `certify` it is the largest surplus that is optimal, and a violation is minimised.
    proved = value if certify and grade == "optimal" and value is not None else -bound if bound is not None and about == "epsilon" else bound
    gap = abs(proved - value) if value is not None and proved is not None and grade in ("optimal", "bounded") else None
    refuted = about in REFUTING and bound is not None and bound < 0 and (about != "surplus" or design["budget"] != "none")
    feasible, bounded, tight = "mechanism" in found or ("answer" in rules and not refuted), about == design["objective"], rules or gap == 0
    shown = {("possible", "feasible"): feasible, ("possible", "optimal"): feasible and tight, ("infeasible", "infeasible"): refuted}
    shown |= {("impossible", "infeasible"): refuted, ("impossible", "optimal"): refuted and about == "surplus" and tight}
    shown |= {("optimal", "feasible"): feasible, ("optimal", "bounded"): bounded, ("optimal", "optimal"): bounded and tight}
    claim(answer in {word for word, _ in shown}, f"proof: {answer!a} is not read here", UnreadError)
    claim(shown.get((answer, grade)), f"proof: {answer!r} is not shown to be {grade!a}; the bound is {bound}, the gap {gap}")
    claim(rules or proof["gap"] == (None if gap is None else str(gap)), f"proof.gap: it is {gap}")
    numbers = {key: result.get(key) for key in ("welfare", "gains", "revenue", "value", "budget_surplus")} | {"proof.bound": proof["bound"]}
    lines, found["proof.bound"] = [f"{key}: {what}" for key, what in found.items()], proved
    for key, number in numbers.items():
        unknown = found.get(key) is None and (rules or (key == "budget_surplus" and number and number["exact"] is None))
        claim(number is None or unknown or rational(number["exact"]) == found.get(key), f"{key}: it is {found.get(key)}")
    if rules:
        claim(refuted or bounded or "mechanism" in found, "mechanism: it is given by rules, which are not read here", UnreadError)
        return [*lines, f"proof: {answer if refuted or 'mechanism' in found else 'the bound'}, but mechanisms by rules are NOT CHECKED"]
    return [*lines, f"proof: {answer}, {grade}"]


def distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of a file in which no key stands twice: readers would not agree on what it says."""
    claim(len({key for key, _ in pairs}) == len(pairs), "a key stands twice in an object", UnreadError)
    return dict(pairs)


def main(arguments: Sequence[str]) -> int:
    """Check the result in a file, print what it proves, or the first claim that is false, and return the exit status."""
    try:
        claim(len(arguments) == 1, "usage: python check.py RESULT.json", UnreadError)
        lines, status = check_result(json.loads(Path(arguments[0]).read_text(encoding="utf-8"), object_pairs_hook=distinct)), 0
    except FalseClaimError as error:
        lines, status = [f"false: {error}"], 1
    except UNREAD as error:
        why = error if isinstance(error, (UnreadError, OSError)) else f"it is not in the form of docs/certificates.md: {error!a}"
        lines, status = [f"not checked: {why}"], 2
    print("\n".join(lines).encode("ascii", "backslashreplace").decode())
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
