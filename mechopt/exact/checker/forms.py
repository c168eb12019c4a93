"""What a problem says and asks for, as the checker reads it: the other half of `check.py`, and like it of the standard library only.

Whatever a design asks for is a *form*: a constant plus coefficients on the allocation and the payments. A mechanism is checked by evaluating
forms, a certificate by adding them up. Definitions and notation are those of ``docs/certificates.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, chain, product
from math import lcm, prod
from operator import mul
from typing import Any

from .reading import FalseClaimError, NotAResultError, flat, index, numbered, read, take, times, unit_of

__all__ = ["Problem"]

MOST_NUMBERS = 10_000_000  # in a table over profiles; what follows from the distributions of single agents has no such limit
INCENTIVES, PARTICIPATIONS = ("bic", "dsic", "epic"), ("interim-ir", "ex-post-ir", "ex-ante-ir")
BUDGETS = ("balanced", "no-deficit", "expected-balanced", "expected-no-deficit")
EQUALITIES = ("balanced", "expected-balanced")
PROPERTIES = (*INCENTIVES, *PARTICIPATIONS, *BUDGETS, "efficient", "deterministic")
# What a requirement of one agent depends on: how many types of hers, and whether on everybody else's.
LEVELS = {"bic": (2, False), "dsic": (2, True), "epic": (2, True), "interim-ir": (1, False), "ex-post-ir": (1, True), "ex-ante-ir": (0, False)}
LEVELS |= {"floor": (1, True), "cap": (1, True)}
# The weights of utilities, payments and cost in an objective; the last, "surplus", is no design's.
OBJECTIVES = {"welfare": (1, 0, 1), "gains": (1, 0, 1), "revenue": (0, 1, 1), "payoff": (1, -1, 0), "weighted": (1, -1, 0), "surplus": (0, 1, 1)}

# A form's quantities have a column, an outcome's probability or, after these, an agent's payment; and a key, a profile or an average: (i, a)
# over the others' types when agent i reports a, () over all profiles. With private values and independent types ("separable") averages are
# all that counts in interim and in expectation. Everything has a number; money is in 1/`unit`, coefficients are integers over `total`.
Key = int | tuple[int, ...]
Term = tuple[Key, int, Any]  # key, column, coefficient
Form = tuple[Any, list[Term]]  # constant and terms
Groups = dict[int, list[int]]  # the members of each group of agents who are alike, by the first of them


class Problem:
    """The economy and the design, and what they ask for as forms."""

    def __init__(self, data: Any) -> None:
        kinds = ("object", "public-good", "table", "interdependent")
        _, _, environment, agents, design, prior = take(
            data, "problem", name=str, source=str, environment=dict, agents=list, design=dict, prior=(dict, ...)
        )
        self.kind, outcomes, cost = take(environment, "problem.environment", kind=kinds, outcomes=list, cost=list)
        self.private, self.independent, self.by_value = self.kind != "interdependent", prior is None, self.kind in kinds[:2]
        self.separable, self.units = self.private and self.independent, 1  # how many are to be had, of one object or in `units.py`
        forms = {"name": str, "types": list, "outside": list, "values" if self.by_value else "utility": list}
        rows = [take(agent, "problem.agents", **forms, prior=list if self.independent else (...,)) for agent in agents]
        self.agents, self.outcomes = numbered([row[0] for row in rows], "problem.agents"), numbered(outcomes, "problem.environment.outcomes")
        self.types = [numbered(row[1], "problem.agents.types") for row in rows]
        self.sizes, self.n_agents, self.n_outcomes = [len(names) for names in self.types], len(rows), len(outcomes)
        if not (rows and outcomes and all(self.sizes)):
            raise NotAResultError("problem: there must be agents, outcomes and types")
        if outcomes != {"object": [*self.agents, "nobody"], "public-good": ["no", "yes"]}.get(self.kind, outcomes):
            raise NotAResultError(f"problem.environment.outcomes: they are not those of the kind {self.kind!r}, in order")
        self.n_profiles, self.strides = prod(self.sizes), [*accumulate(reversed(self.sizes[1:]), mul, initial=1)][::-1]
        self._read_prior([row[4] for row in rows] if self.independent else take(prior, "problem.prior", joint=list)[0])
        self._read_money([row[2:4] for row in rows], flat(cost, "problem.environment.cost", self.n_outcomes))
        self._read_design(design)

    def _read_prior(self, data: Any) -> None:
        """Read f of every agent's types, or of the profiles, as integers over a unit."""
        priors = [flat(f, "prior", m) for f, m in zip(data, self.sizes)] if self.independent else [flat(data, "prior", *self.sizes)]
        unit = unit_of(chain(*priors))
        self.f = [[times(f, unit) for f in prior] for prior in priors]
        if any(min(chances) < 0 or sum(chances) != unit for chances in self.f):
            raise NotAResultError("prior: must be probabilities that sum to one")
        self.whole = unit ** len(priors)  # what the chance of a profile is over
        self.total = unit if self.separable else self.whole
        if not self.independent:  # conditional chances are to be integers, too
            masses = (sum(self.f[0][k] for k in self.having(i, a)) for i, m in enumerate(self.sizes) for a in range(m))
            self.total *= lcm(*filter(None, masses))

    def _read_money(self, agents: list[Any], cost: list[Fraction]) -> None:
        """Read utilities and outside options, by type or, with interdependent values, by profile."""
        self.utility: list[Any] = []
        self.outside: list[Any] = []
        for i, (options, data) in enumerate(agents):
            shape = [self.sizes[i]] if self.private else self.sizes
            if self.by_value:  # it counts where she holds the object, or where the project is carried out
                self.utility.append([[(i if self.kind == "object" else 1, u)] for u in flat(data, "values", *shape)])
            else:
                numbers = iter(flat(data, "utility", *shape, self.n_outcomes))
                self.utility.append([[(x, next(numbers)) for x in range(self.n_outcomes)] for _ in range(prod(shape))])
            by_profile = self.private or any(isinstance(part, list) for part in options)
            numbers_out = flat(options, "outside", *(shape if by_profile else [self.sizes[i]]))
            self.outside.append(numbers_out if by_profile else [numbers_out[self.type_at(k, i)] for k in self.profiles])
        self.unit = unit_of(chain(cost, *self.outside, (u for rows in self.utility for row in rows for _, u in row)))
        self.cost, self.outside = [times(c, self.unit) for c in cost], [[times(u, self.unit) for u in row] for row in self.outside]
        self.utility = [[[(x, times(u, self.unit)) for x, u in row if u] for row in rows] for rows in self.utility]

    def _read_design(self, data: Any) -> None:
        (
            self.objective, self.incentive, self.participation, self.budget, self.allocation, self.epsilon, weights, floor, cap, rows
        ) = take(
            data, "design", objective=("worst-case", "epsilon", *[*OBJECTIVES][:-1]), incentive=("none", *INCENTIVES),
            participation=("none", *PARTICIPATIONS), budget=("none", *BUDGETS), allocation=("any", "efficient", "deterministic"),
            epsilon=Fraction, weights=(dict, None), payment_floor=(dict, None), payment_cap=(dict, None), constraints=list,
        )  # fmt: skip
        if self.epsilon < 0 or (self.objective == "epsilon" and (self.epsilon > 0 or self.incentive == "none")):
            raise NotAResultError("design.epsilon: must be >= 0; as the objective 0, with an incentive property")
        if self.incentive == "dsic" and not self.private:
            raise NotAResultError("design.incentive: with interdependent values it is epic")
        named = {index(name, self.agents, "design.weights"): row for name, row in (weights or {}).items()}
        self.weights = [flat(named.get(i, ["1"] * m), "design.weights", m) for i, m in enumerate(self.sizes)]
        self.limits = {
            key: {index(name, self.agents, key): read(limit, key, Fraction) * self.unit for name, limit in (limits or {}).items()}
            for key, limits in (("floor", floor), ("cap", cap))
        }
        senses = (">=", "<=", "=")
        self.rows = [take(row, "design.constraints", name=str, sense=senses, bound=Fraction, terms=list) for row in rows]
        self.constraints = numbered([row[0] for row in self.rows], "design.constraints")
        self.terms = [[self._read_term(term) for term in row[3]] for row in self.rows]

    def _read_term(self, data: Any) -> tuple[Fraction, int, bool, list[tuple[int, int]]]:
        """Return the coefficient, the column, whether f counts, and the agents and types with which profiles must agree."""
        where = "design.constraints.terms"
        outcome, payment, coefficient, when, expected = take(
            data, where, outcome=(str, ...), payment=(str, ...), coefficient=Fraction, when=dict, expected=bool
        )
        if (outcome is None) == (payment is None):
            raise NotAResultError(f"{where}: a term has either an outcome or a payment")
        column = index(outcome, self.outcomes, where) if payment is None else self.n_outcomes + index(payment, self.agents, where)
        agents = [(index(name, self.agents, where), kind) for name, kind in when.items()]
        return coefficient * (self.unit if payment is None else 1), column, expected, [(i, index(kind, self.types[i], where)) for i, kind in agents]

    @cached_property
    def groups(self) -> Groups:
        """All agents: those who are the same but for their names, for one object or a public good and independent types, by the first of them."""
        found: dict[Any, list[int]] = {}
        for i, (types, f, rows, outside) in enumerate(zip(self.types, self.f, self.utility, self.outside) if self.independent else ()):
            values = tuple(sum(u for _, u in row) for row in rows)
            traits = (*types, *f, *values, *outside, self.kind == "object" and self.cost[i]) if self.kind in ("object", "public-good") else i
            found.setdefault(traits, []).append(i)
        return {members[0]: members for members in found.values()} or {i: [i] for i in range(self.n_agents)}

    def alike(self, data: Any, where: str) -> Groups:
        """Return the groups of agents of whom the first stands for all, as stated; whoever is not named stands for herself."""
        stated = [[index(name, self.agents, where) for name in read(row, where, list)] for row in data or []]
        named = [i for members in stated for i in members]
        home = {i: first for first, members in self.groups.items() for i in members}
        if len({*named}) < len(named) or any(len(members) < 2 or members != sorted(members) for members in stated):
            raise NotAResultError(f"{where}: must be groups of two at least, with agents named once, in the order of the problem")
        for members in stated:
            if len({home[i] for i in members}) > 1:
                raise FalseClaimError(f"{where}: something tells {[*self.agents][members[0]]!r} and the others apart")
        return {members[0]: members for members in sorted(stated + [[i] for i in {*home} - {*named}])}

    @cached_property
    def profiles(self) -> range:
        """The profiles, if they can be gone through."""
        if self.n_profiles * (self.n_outcomes + self.n_agents) > MOST_NUMBERS:
            raise NotAResultError("problem: it has too many profiles to go through them, as this claim needs")
        return range(self.n_profiles)

    def type_at(self, k: int, i: int) -> int:
        """Return agent i's type at a profile."""
        return k // self.strides[i] % self.sizes[i]

    def number(self, theta: Iterable[int]) -> int:
        """Return the number of a profile: the last agent's type changes fastest."""
        return sum(map(mul, theta, self.strides))

    def having(self, i: int, a: int) -> list[int]:
        """Return the profiles at which agent i has type a, in the order of the others' types."""
        stride, end = self.strides[i], len(self.profiles)
        return [k for start in range(a * stride, end, stride * self.sizes[i]) for k in range(start, start + stride)]

    def of_others(self, i: int) -> list[int]:
        """Return the chances of the others' types, where types are independent."""
        return [prod(row) for row in product(*self.f[:i], *self.f[i + 1 :])]

    @cached_property
    def chance(self) -> list[int]:
        """Chances of the profiles, over `whole`."""
        return [prod(row) for row in product(*self.f)] if self.independent and self.profiles else self.f[0]

    def spread(self, key: Key) -> Iterable[tuple[int, int]]:
        """Return the profiles whose average a key stands for, with their weights over `whole`."""
        if isinstance(key, int):
            return [(key, self.whole)]
        return zip(self.having(*key), (f * self.total for f in self.of_others(key[0]))) if key else enumerate(self.chance)

    @cached_property
    def everywhere(self) -> list[tuple[Key, int]]:
        """All profiles with f, or their average."""
        return [((), self.total)] if self.separable else [(k, f * self.total // self.whole) for k, f in enumerate(self.chance)]

    def cases(self, i: int, a: int, ex_ante: bool = False) -> list[tuple[Key, int]]:
        """Return where agent i of type a may be: with f(others given a), nothing if that is not defined, or ex ante with f."""
        if self.separable:
            return [((i, a), self.f[i][a] if ex_ante else self.total)]
        profiles = self.having(i, a)
        chances = self.of_others(i) if self.independent and not ex_ante else [self.chance[k] for k in profiles]
        whole = self.whole if ex_ante else sum(chances)
        return [(k, f * self.total // whole) for k, f in zip(profiles, chances) if f]

    def payoff(self, i: int, a: int, b: int, cases: Iterable[tuple[Key, int]], sign: int = 1) -> Iterator[Term]:
        """Yield `sign` times the payoff of agent i who has type a and reports b."""
        for key, f in cases:
            report = (i, b) if isinstance(key, tuple) else key + (b - a) * self.strides[i]
            for x, u in self.utility[i][a if self.private or isinstance(key, tuple) else key]:
                yield report, x, sign * f * u
            yield report, self.n_outcomes + i, -sign * f

    def budget_surplus(self, cases: Iterable[tuple[Key, int]], payments: bool = True) -> Iterator[Term]:
        """Yield payments less cost."""
        for key, f in cases:
            yield from ((key, x, -f * c) for x, c in enumerate(self.cost) if c)
            yield from ((key, self.n_outcomes + i, f) for i in range(self.n_agents * payments))

    @cached_property
    def surplus(self) -> list[list[int]]:
        """Everybody's utility less the designer's cost, for every profile and outcome."""
        table = [[-c for c in self.cost] for _ in self.profiles]
        for i, rows in enumerate(self.utility):
            for k, row in enumerate(table):
                for x, u in rows[self.type_at(k, i) if self.private else k]:
                    row[x] += u
        return table

    @cached_property
    def surplus_by_type(self) -> list[list[list[int]]]:
        """What adds up to the surplus with private values, by agent, type and outcome: the cost counts with the first agent."""
        rows = [[dict(row) for row in own] for own in self.utility]
        return [[[row.get(x, 0) - c * (i == 0) for x, c in enumerate(self.cost)] for row in own] for i, own in enumerate(rows)]

    @cached_property
    def first_best(self) -> list[int]:
        """FB of every profile."""
        return [max(row) for row in self.surplus]

    def levels(self, name: str, i: int) -> list[dict[str, int]]:
        """Return the names that say where a requirement stands, below agent i if it is hers."""
        if name in LEVELS:
            return [self.types[i]] * LEVELS[name][0] + (self.types[:i] + self.types[i + 1 :]) * LEVELS[name][1]
        return [] if name.startswith("expected") else [self.constraints] if name == "constraints" else self.types

    def places(self, name: str) -> Iterator[tuple[int, ...]]:
        """Yield everywhere a requirement stands."""
        for i in self.limits.get(name, range(self.n_agents)) if name in LEVELS else [-1]:
            for place in product(*(range(len(level)) for level in self.levels(name, i))):
                if name not in INCENTIVES or place[0] != place[1]:
                    yield (i, *place) if name in LEVELS else place

    def sense(self, name: str, place: Sequence[int]) -> str:
        """Return on which side of zero a requirement wants its form."""
        return str(self.rows[place[0]][1]) if name == "constraints" else "=" if name in EQUALITIES else ">="

    def form(self, name: str, place: Sequence[int]) -> Form:
        """Return a requirement of section 3 as constant and terms; no terms where it asks nothing."""
        if name in BUDGETS:
            return 0, [*self.budget_surplus(self.everywhere if name.startswith("expected") else [(self.number(place), self.total)])]
        if name == "efficient":  # and the worst case, where r is what is left over
            k = self.number(place)
            return -self.total * self.first_best[k], [(k, x, self.total * s) for x, s in enumerate(self.surplus[k])]
        if name == "constraints":
            parts = (self._constraint_term(*term) for term in self.terms[place[0]])
            return -self.rows[place[0]][2] * self.unit * self.total, [*chain(*parts)]
        i, own, ex_post = place[0], *LEVELS[name]
        a, others = place[1] if own else 0, place[1 + own :]
        if name in ("floor", "cap"):
            sign = self.total if name == "floor" else -self.total
            return -sign * self.limits[name][i], [(self.number((*others[:i], a, *others[i:])), self.n_outcomes + i, sign)]
        if own:
            types = {a: [(self.number((*others[:i], a, *others[i:])), self.total)] if ex_post else self.cases(i, a)}
        else:
            types = {a: self.cases(i, a, ex_ante=True) for a in range(self.sizes[i])}
        terms = [term for a, cases in types.items() for term in self.payoff(i, a, a, cases)]
        if name in INCENTIVES:
            return 0, [*terms, *self.payoff(i, a, place[2], types[a], -1)]
        return -sum(f * self.outside[i][a if self.private else key] for a, cases in types.items() for key, f in cases), terms

    def _constraint_term(self, factor: Fraction, column: int, expected: bool, when: list[tuple[int, int]]) -> Iterator[Term]:
        for k in self.profiles:
            if all(self.type_at(k, i) == a for i, a in when):
                yield k, column, factor * (Fraction(self.chance[k] * self.total, self.whole) if expected else self.total)

    def objective_form(self, name: str, groups: Groups | None = None) -> Form:
        """Return an objective; r counts as that of the first best, and -epsilon is left to the condition on its prices.

        With `groups`, payoffs of all members are written as those of the first.
        """
        on_utility, on_payments, on_cost = OBJECTIVES.get(name, (0, 0, 0))
        terms = [*self.budget_surplus(self.everywhere, payments=False)] if on_cost else []
        everybody = {i: [i] for i in range(self.n_agents)} if groups is None else groups
        for i, members in everybody.items() if on_utility or on_payments else ():
            for a in range(self.sizes[i]):
                weight = sum(self.weights[j][a] for j in members) if name == "weighted" else len(members)
                for key, column, c in self.payoff(i, a, a, self.cases(i, a, ex_ante=True)):
                    terms.append((key, column, c * weight * (on_utility if column < self.n_outcomes else -on_payments)))
        constant = -self.status_quo if name == "gains" else Fraction(name == "worst-case")
        return self.unit * self.total * constant, terms

    @cached_property
    def status_quo(self) -> Fraction:
        """Everybody's expected outside option, in money."""
        alike = self.groups.items()
        return Fraction(sum(-self.form("ex-ante-ir", [i])[0] * len(members) for i, members in alike), self.unit * self.total)
