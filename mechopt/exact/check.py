"""Check a saved result in exact arithmetic. It trusts nobody: standard library only, nothing from mechopt, no solver.

Everything is recomputed from the definitions of ``docs/certificates.md``, in its notation. Run it alone::

    python check.py RESULT.json      # exit 0: every claim holds; 1: one is false, and named; 2: this is not a result

To read it: `_Problem` is the economy, `_Mechanism` what a mechanism does in it, `_Lagrangian` what prices prove about every
mechanism, `_check` goes through the claims of a file. Agents, types and outcomes are numbers, a profile is a tuple of types;
money and probabilities are integers over common denominators, so that ten thousand profiles take a moment.
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
from operator import add, mul
from typing import Any

__all__ = ["FalseClaimError", "NotAResultError", "check_certificate", "check_mechanism", "check_result", "properties"]

Profile = tuple[int, ...]
Row = Iterable[tuple[int, int]]  # (outcome, utility)
MOST_NUMBERS = 20_000_000  # in a table over profiles: beyond it only the distributions of single agents can be gone through
ZERO = Fraction(0)
BUDGETS = {"balanced": "=", "no-deficit": ">=", "expected-balanced": "=", "expected-no-deficit": ">="}
INCENTIVES, PARTICIPATIONS = ("bic", "dsic", "epic"), ("interim-ir", "ex-post-ir", "ex-ante-ir")
PROPERTIES = (*INCENTIVES, *PARTICIPATIONS, *BUDGETS, "efficient", "deterministic")
# The weights of utilities, payments and the designer's cost in the objectives that are expectations.
OBJECTIVES = {"welfare": (1, 0, 1), "gains": (1, 0, 1), "revenue": (0, 1, 1), "surplus": (0, 1, 1), "payoff": (1, -1, 0), "weighted": (1, -1, 0)}
IMPOSSIBILITIES = ("surplus", "subsidy", "feasibility")  # what a proof that nothing is admissible is about

# Forms of the data: a type, a tuple of alternatives, a list of one form, {key: form} where "key?" may be absent and `str`
# stands for any name. `Fraction` is a rational written as a string; what is an `object` here is read further below.
TERM = {"outcome?": str, "payment?": str, "coefficient": Fraction, "when": {str: str}, "expected": bool}
LIMIT = (None, {str: Fraction})
DESIGN = {
    "objective": ("welfare", "gains", "revenue", "payoff", "weighted", "worst-case", "epsilon"),
    "incentive": (*INCENTIVES, "none"), "participation": (*PARTICIPATIONS, "none"), "budget": (*BUDGETS, "none"),
    "allocation": ("any", "efficient", "deterministic"), "epsilon": Fraction, "weights": (None, {str: [Fraction]}),
    "payment_floor": LIMIT, "payment_cap": LIMIT,
    "constraints": [{"name": str, "sense": (">=", "<=", "="), "bound": Fraction, "terms": [TERM]}],
}  # fmt: skip
AGENT = {"name": str, "types": [str], "outside": [object], "prior?": [Fraction], "values?": [Fraction], "utility?": [object]}
KIND = {"kind": ("object", "public-good", "table", "interdependent"), "outcomes": [str], "cost": [Fraction]}
PROBLEM = {"name": str, "source": str, "environment": KIND, "agents": [AGENT], "prior?": {"joint": [object]}, "design": DESIGN}
MECHANISM = {"form": ("table",), "allocation": [[Fraction]], "payments": [[Fraction]]}
PRICES = {f"{key}?": object for key in ("incentive", "participation", "budget", "floor", "cap", "constraints", "worst_case")}
LEAF = {"objective": (*DESIGN["objective"], *IMPOSSIBILITIES), "efficient": bool, "bound": Fraction, **PRICES}
NODE = {"profile": [str], "outcome": str, "chosen": dict, "excluded": dict, "objective": str, "bound": Fraction}
NUMBER = (None, {"float": object, "exact": (None, Fraction)})
SURPLUS = {"certificate": ("answer", dict), "mechanism": (None, "answer", MECHANISM)}
GRADE = ("optimal", "bounded", "infeasible", "feasible", "none")
PROOF = {"grade": GRADE, "bound": NUMBER, "gap": (None, Fraction), "surplus?": (None, SURPLUS)}
NUMBERS = ("first_best", "status_quo", "first_best_gains", "welfare", "gains", "revenue")
RESULT = {
    "format": ("mechopt-result",), "version": int, "question": ("certify", "solve"), "problem": dict, "digest": str,
    "mechanism": (None, MECHANISM), "certificate": (None, dict), "proof": PROOF, "statistics?": object,
    "checks": [{"property": PROPERTIES, "holds": bool, "margin": NUMBER, "witness?": object}],
    **dict.fromkeys(NUMBERS, NUMBER),
}  # fmt: skip
CERTIFY = {"answer": (None, "possible", "impossible"), "budget_surplus": NUMBER, "status?": (None,), "value?": NUMBER}
SOLVE = {"status": (None, "optimal", "infeasible", "unbounded"), "value": NUMBER, "answer?": (None,), "budget_surplus?": (None,)}


class FalseClaimError(ValueError):
    """A claim that does not hold; the message names it."""


class NotAResultError(FalseClaimError):
    """Something that cannot be read, or not be gone through, so that it shows nothing."""


@lru_cache(maxsize=1 << 16)
def _parse(text: str) -> Fraction | None:
    try:
        number = Fraction(text) if re.fullmatch("-?[0-9]+(/[1-9][0-9]*)?", text) else None
        return number if str(number) == text else None  # in lowest terms
    except ValueError:  # more digits than Python reads
        return None


def _rational(data: Any, where: str) -> Fraction:
    number = _parse(data) if isinstance(data, str) else None
    if number is None:
        raise NotAResultError(f'{where}: must be a rational in lowest terms, "p" or "p/q"')
    return number


def _conform(data: Any, form: Any, where: str) -> None:
    """Raise unless the data has the form."""
    if form is Fraction:
        _rational(data, where)
    elif isinstance(form, tuple):
        if not (data is None and None in form) and not (isinstance(data, str) and data in form):
            others = [f for f in form if f is not None and not isinstance(f, str)]
            if not others:
                raise NotAResultError(f"{where}: must be one of {', '.join(map(repr, form))}")
            _conform(data, others[0], where)
    elif isinstance(form, list) and isinstance(data, list):
        for item in data:
            _conform(item, form[0], where)
    elif isinstance(form, dict) and isinstance(data, dict):
        for key, item in data.items():
            known = [k for k in (key, f"{key}?", str) if k in form]
            if not known:
                raise NotAResultError(f"{where}: the key {key!r} is unknown, so nobody can check it")
            _conform(item, form[known[0]], f"{where}.{key}")
        for key in form:
            if key is not str and key[-1] != "?" and key not in data:
                raise NotAResultError(f"{where}: the key {key!r} is missing")
    elif form is not object and type(data) is not form:
        raise NotAResultError(f"{where}: of the wrong type, {type(data).__name__}")


def _nested(data: Any, where: str, shape: Sequence[int]) -> list[Fraction]:
    """Return the leaves of nested lists of the given shape, the last level changing fastest."""
    if not shape:
        return [_rational(data, where)]
    if not isinstance(data, list) or len(data) != shape[0]:
        raise NotAResultError(f"{where}: must be a list of {shape[0]}")
    return [leaf for part in data for leaf in _nested(part, where, shape[1:])]


def _index(name: str, names: Sequence[str], where: str) -> int:
    if name not in names:
        raise FalseClaimError(f"{where}: {name!r} does not belong here, only {', '.join(map(repr, names)) or 'nothing':.200}")
    return names.index(name)


def _prices(data: Any, where: str, levels: Sequence[Sequence[str]], sense: str = ">=") -> Iterator[tuple[Profile, Fraction]]:
    """Yield position and value of the prices in nested objects that are not zero; signs must fit the requirement's sense."""
    if levels:
        if not isinstance(data, dict):
            raise NotAResultError(f"{where}: must be an object with names as keys")
        for name, branch in data.items():
            for position, price in _prices(branch, f"{where}.{name}", levels[1:], sense):
                yield (_index(name, levels[0], where), *position), price
    elif price := _rational(data, where):
        if (price < 0 and sense == ">=") or (price > 0 and sense == "<="):
            raise FalseClaimError(f"{where}: the price {_show(price)} has the wrong sign")
        yield (), price


def _leaves(data: Any) -> Iterator[Fraction]:
    for item in data.values() if isinstance(data, dict) else ():
        yield from _leaves(item)
    if not isinstance(data, dict):
        yield _rational(data, "certificate: a price")


def _unit(numbers: Iterable[Fraction]) -> int:
    return lcm(*{number.denominator for number in numbers})


def _times(number: Fraction, unit: int) -> int:
    """Return number times unit, which is an integer."""
    return number.numerator * (unit // number.denominator)


def _show(number: Fraction) -> str:
    bits = max(number.numerator.bit_length(), number.denominator.bit_length())
    return str(number) if bits < 200 else f"a rational of {bits} bits"


class _Problem:
    """The economy and the design. Money is in integers over `unit`, probabilities are integers over `total`."""

    def __init__(self, data: Any) -> None:
        _conform(data, PROBLEM, "problem")
        agents, self.kind, self.outcomes = data["agents"], data["environment"]["kind"], data["environment"]["outcomes"]
        self.agents, self.types = [agent["name"] for agent in agents], [agent["types"] for agent in agents]
        self.private, self.independent = self.kind != "interdependent", "prior" not in data
        self.separable = self.private and self.independent
        self.ranges, self.sizes = [range(len(types)) for types in self.types], [len(types) for types in self.types]
        key = "values" if self.kind in ("object", "public-good") else "utility"
        keys = {"name", "types", "outside", key} | ({"prior"} if self.independent else set())
        places = {"object": len(agents) + 1, "public-good": 2}.get(self.kind, len(self.outcomes))
        if any(agent.keys() != keys for agent in agents) or len(self.outcomes) != places:
            raise NotAResultError(f"problem: this kind has agents with {sorted(keys)} and {places} outcomes")
        for names in (self.agents, self.outcomes, *self.types, [row["name"] for row in data["design"]["constraints"]] or [""]):
            if not names or len(set(names)) < len(names):
                raise NotAResultError("problem: names must be different, and at least one")
        self._read_prior(agents, data)
        self._read_money(agents, key, _nested(data["environment"]["cost"], "cost", [places]))
        self._read_design(data["design"])

    def _read_prior(self, agents: list[Any], data: Any) -> None:
        if self.independent:
            priors = [_nested(agent["prior"], "prior", [m]) for agent, m in zip(agents, self.sizes)]
        else:
            priors = [_nested(data["prior"]["joint"], "prior.joint", self.sizes)]
        if any(min(prior) < 0 or sum(prior) != 1 for prior in priors):
            raise NotAResultError("prior: must be probabilities that sum to one")
        self.numerators = [[_times(f, _unit(prior)) for f in prior] for prior in priors]  # each over its sum
        self.numerators = [[_times(f, _unit(prior)) for f in prior] for prior in priors]  # each over its sum
        if self.independent:
            self.marginals, self.total = priors, prod(map(sum, self.numerators))
        else:
            table, whole = dict(zip(self.profiles, self.numerators[0])), sum(self.numerators[0])
            masses = [[sum(table[theta] for theta in self.having(i, a)) for a in own] for i, own in enumerate(self.ranges)]
            self.marginals = [[Fraction(mass, whole) for mass in row] for row in masses]
            self.total = whole * lcm(*(mass for row in masses for mass in row if mass))  # so that conditionals are integers too

    def _read_money(self, agents: list[Any], key: str, costs: list[Fraction]) -> None:
        utility, outside = [], []
        for i, agent in enumerate(agents):
            # One entry for every own type or, with interdependent values, for every profile.
            labels: list[Any] = list(self.ranges[i] if self.private else self.profiles)
            shape = [self.sizes[i]] if self.private else self.sizes
            if key == "values":  # her value counts where she holds the object, or where the project is carried out
                rows = [[(i if self.kind == "object" else 1, value)] for value in _nested(agent[key], key, shape)]
            else:
                numbers = iter(_nested(agent[key], key, [*shape, len(costs)]))
                rows = [[(x, next(numbers)) for x in range(len(costs))] for _ in labels]
            by_profile = not self.private and any(isinstance(part, list) for part in agent["outside"])
            options = _nested(agent["outside"], "outside", shape if by_profile else [self.sizes[i]])
            if not self.private and not by_profile:
                options = [options[theta[i]] for theta in labels]
            utility.append(dict(zip(labels, rows)))
            outside.append(dict(zip(labels, options)))
        numbers = (u for rows in utility for row in rows.values() for _, u in row)
        self.unit = lcm(_unit(numbers), _unit(costs), *(_unit(options.values()) for options in outside))
        self.cost = [_times(c, self.unit) for c in costs]
        self.outside = [{label: _times(u, self.unit) for label, u in options.items()} for options in outside]
        self.utility = [
            {label: [(x, _times(u, self.unit)) for x, u in row if u] for label, row in rows.items()} for rows in utility
        ]

    def _read_design(self, design: Any) -> None:
        self.objective, self.incentive, self.participation = design["objective"], design["incentive"], design["participation"]
        self.budget, self.allocation, self.epsilon = design["budget"], design["allocation"], _rational(design["epsilon"], "")
        if self.epsilon < 0 or (self.objective == "epsilon" and (self.epsilon > 0 or self.incentive == "none")):
            raise NotAResultError("design.epsilon: must be >= 0; as the objective 0, with an incentive property")
        if self.incentive == "dsic" and not self.private:
            raise NotAResultError("design.incentive: with interdependent values it must be epic")
        self.weights = [[Fraction(1)] * m for m in self.sizes]  # an agent who is not named has weight one
        for name, weights in (design["weights"] or {}).items():
            i = _index(name, self.agents, "design.weights")
            self.weights[i] = _nested(weights, "design.weights", [self.sizes[i]])
        self.floor, self.cap = (
            {_index(name, self.agents, key): _rational(limit, key) for name, limit in (design[key] or {}).items()}
            for key in ("payment_floor", "payment_cap")
        )
        self.constraints = {
            row["name"]: (row["sense"], _rational(row["bound"], ""), [self._read_term(term) for term in row["terms"]])
            for row in design["constraints"]
        }
        if self.objective == "worst-case" and (min(self.first_best.values()) < 0 or max(self.first_best.values()) == 0):
            raise NotAResultError("design.objective: the worst case needs a first best >= 0 that is positive somewhere")

    def _read_term(self, term: Any) -> tuple[Fraction, int | None, int | None, list[tuple[int, int]], bool]:
        """Return coefficient, outcome or None, agent or None, the (agent, type) to agree with, whether it is expected."""
        if ("outcome" in term) == ("payment" in term):
            raise NotAResultError("design.constraints: a term has either an outcome or a payment")
        x = _index(term["outcome"], self.outcomes, "constraints") if "outcome" in term else None
        j = _index(term["payment"], self.agents, "constraints") if "payment" in term else None
        agents = [(_index(name, self.agents, "constraints"), kind) for name, kind in term["when"].items()]
        when = [(i, _index(kind, self.types[i], "constraints")) for i, kind in agents]
        return _rational(term["coefficient"], ""), x, j, when, term["expected"]

    @cached_property
    def profiles(self) -> list[Profile]:
        if prod(self.sizes) * (len(self.outcomes) + len(self.agents)) > MOST_NUMBERS:
            raise NotAResultError("problem: it has too many profiles to go through them, as this claim needs")
        return list(product(*self.ranges))

    def having(self, i: int, a: int) -> Iterator[Profile]:
        """Return the profiles at which agent i has type a, in the order of the others' types."""
        return product(*self.ranges[:i], (a,), *self.ranges[i + 1 :])

    @cached_property
    def chance(self) -> dict[Profile, int]:
        """f, over `total`."""
        numerators = list(map(prod, product(*self.numerators))) if self.independent else self.numerators[0]
        return {theta: f * (self.total // sum(numerators)) for theta, f in zip(self.profiles, numerators)}

    def given(self, i: int, a: int) -> list[int]:
        """Return f(others given a), over `total`, in the order of `having`."""
        if self.independent:
            numerators = list(map(prod, product(*self.numerators[:i], *self.numerators[i + 1 :])))
        else:
            numerators = [self.chance[theta] for theta in self.having(i, a)]
        return [f * self.total // sum(numerators) for f in numerators]

    def can_be(self, i: int, a: int) -> bool:
        """Return whether type a has interim constraints: with a joint prior those of marginal 0 have none."""
        return self.independent or self.marginals[i][a] > 0

    def at(self, table: Any, i: int, theta: Profile) -> Any:
        """Return the entry for a profile of agent i's table."""
        return table[theta[i] if self.private else theta]

    def outside_given(self, i: int, a: int) -> Fraction:
        """Return E[outside option of i given a], in money."""
        if self.private:
            return Fraction(self.outside[i][a], self.unit)
        numbers = (self.outside[i][theta] for theta in self.having(i, a))
        return Fraction(sum(map(mul, self.given(i, a), numbers)), self.unit * self.total)

    def outside_expected(self, i: int) -> Fraction:
        """Return E[outside option of i], in money."""
        return sum((f * self.outside_given(i, a) for a, f in enumerate(self.marginals[i]) if f), ZERO)

    @cached_property
    def status_quo(self) -> Fraction:
        return sum(map(self.outside_expected, range(len(self.agents))), ZERO)

    @cached_property
    def surplus(self) -> dict[Profile, list[int]]:
        """s: for every profile and outcome everybody's utility less the designer's cost."""
        table = {theta: [-c for c in self.cost] for theta in self.profiles}
        for i, utility in enumerate(self.utility):
            for theta, row in table.items():
                for x, u in self.at(utility, i, theta):
                    row[x] += u
        return table

    @cached_property
    def first_best(self) -> dict[Profile, int]:
        return {theta: max(row) for theta, row in self.surplus.items()}


class _Mechanism:
    """What a mechanism does. Payments and payoffs are integers over `unit`, and the integer `whole` is probability one."""

    def __init__(self, problem: _Problem, data: Any) -> None:
        _conform(data, MECHANISM, "mechanism")
        self.problem, n_profiles, self.margins = problem, len(problem.profiles), dict[str, Fraction]()
        phi = _nested(data["allocation"], "mechanism.allocation", [n_profiles, len(problem.outcomes)])
        t = _nested(data["payments"], "mechanism.payments", [n_profiles, len(problem.agents)])
        self.unit = lcm(problem.unit * _unit(phi), _unit(t))
        self.whole = self.unit // problem.unit
        self.phi = dict(zip(problem.profiles, zip(*[iter([_times(q, self.whole) for q in phi])] * len(problem.outcomes))))
        self.t = dict(zip(problem.profiles, zip(*[iter([_times(q, self.unit) for q in t])] * len(problem.agents))))
        for theta, lottery in self.phi.items():
            if min(lottery) < 0 or sum(lottery) != self.whole:
                raise FalseClaimError(f"mechanism: the allocation at profile {theta} is not a lottery")
        self.budget = [sum(self.t[theta]) - sum(map(mul, phi, problem.cost)) for theta, phi in self.phi.items()]
        self.welfare = [sum(map(mul, phi, problem.surplus[theta])) for theta, phi in self.phi.items()]

    def mean(self, numbers: Iterable[Any]) -> Fraction:
        """Return the expectation of integers over `unit`, one per profile."""
        return Fraction(sum(map(mul, self.problem.chance.values(), numbers))) / (self.unit * self.problem.total)

    def payoffs(self, row: Row, menu: Iterable[tuple[Sequence[int], int]]) -> list[int]:
        """Return what each (lottery, payment) is worth to an agent with utilities `row`."""
        return [sum([phi[x] * u for x, u in row]) - t for phi, t in menu]

    @cached_property
    def truthful(self) -> list[list[int]]:
        """Everybody's payoff at every profile."""
        return [
            [self.payoffs(self.problem.at(rows, i, theta), [(self.phi[theta], self.t[theta][i])])[0] for theta in self.phi]
            for i, rows in enumerate(self.problem.utility)
        ]

    def interim(self) -> Iterator[tuple[int, int, list[int]]]:
        """Yield i, a, [U_i(b; a) for every report b], times `unit` and the problem's `total`."""
        problem = self.problem
        for i, own in enumerate(problem.ranges):
            reports = [[(self.phi[theta], self.t[theta][i]) for theta in problem.having(i, b)] for b in own]
            if problem.separable:  # the others do not depend on a: average over them once
                f = problem.given(i, 0)
                means = [[sum(map(mul, f, column)) for column in zip(*((*phi, t) for phi, t in menu))] for menu in reports]
                yield from ((i, a, self.payoffs(problem.utility[i][a], [(m, m[-1]) for m in means])) for a in own)
                continue
            for a in own:
                if problem.can_be(i, a):
                    rows = [problem.at(problem.utility[i], i, theta) for theta in problem.having(i, a)]
                    cases = [case for case in zip(problem.given(i, a), rows, range(len(rows)), strict=True) if case[0]]
                    yield i, a, [sum(f * self.payoffs(row, [menu[k]])[0] for f, row, k in cases) for menu in reports]

    def ex_post(self) -> Iterator[tuple[int, list[int]]]:
        """Yield a, [payoff of every report b], for every agent, type a and types of the others, times `unit`."""
        problem = self.problem
        for i, rows in enumerate(problem.utility):
            for profiles in zip(*(problem.having(i, b) for b in problem.ranges[i])):
                menu = [(self.phi[theta], self.t[theta][i]) for theta in profiles]
                yield from ((a, self.payoffs(problem.at(rows, i, theta), menu)) for a, theta in enumerate(profiles))

    def slacks(self, name: str) -> Iterator[int | Fraction]:
        """Yield by how much the property holds, wherever it is asked for, in money times `unit`."""
        problem = self.problem
        if name == "bic":
            yield from (Fraction(v[a] - max(v[:a] + v[a + 1 :]), problem.total) for _, a, v in self.interim() if v[1:])
        elif name in ("dsic", "epic"):
            yield from (v[a] - max(v[:a] + v[a + 1 :]) for a, v in self.ex_post() if v[1:])
        elif name == "interim-ir":
            yield from (Fraction(v[a], problem.total) - self.unit * problem.outside_given(i, a) for i, a, v in self.interim())
        elif name == "ex-post-ir":
            for i, (payoffs, outside) in enumerate(zip(self.truthful, problem.outside)):
                yield from (v - self.whole * problem.at(outside, i, theta) for theta, v in zip(problem.profiles, payoffs))
        elif name == "ex-ante-ir":
            yield from (self.unit * (self.mean(v) - problem.outside_expected(i)) for i, v in enumerate(self.truthful))
        elif name in BUDGETS:
            surpluses = [self.unit * self.mean(self.budget)] if name.startswith("expected") else self.budget
            yield from (-abs(surplus) if BUDGETS[name] == "=" else surplus for surplus in surpluses)
        elif name == "efficient":
            yield from (s - self.whole * best for s, best in zip(self.welfare, problem.first_best.values()))
        else:
            yield from (-problem.unit * min(q, self.whole - q) for phi in self.phi.values() for q in phi)

    def margin(self, name: str) -> Fraction:
        """Return the least slack of a property."""
        if name not in self.margins:
            self.margins[name] = Fraction(min(self.slacks(name), default=0)) / self.unit
        return self.margins[name]

    def value(self, objective: str) -> Fraction:
        """Return the value of an objective."""
        problem = self.problem
        if objective == "worst-case":
            pairs = zip(self.welfare, problem.first_best.values())
            return min(Fraction(s, self.whole * best) for s, best in pairs if best > 0)
        if objective == "epsilon":
            return max(ZERO, -self.margin(problem.incentive))
        if objective == "weighted":
            rows = zip(problem.weights, self.truthful, range(len(problem.agents)))
            return sum((self.mean(w[theta[i]] * v for theta, v in zip(problem.profiles, row)) for w, row, i in rows), ZERO)
        if objective == "payoff":
            return sum(map(self.mean, self.truthful), ZERO)
        if objective == "revenue":
            return self.mean(self.budget)
        return self.mean(self.welfare) - (problem.status_quo if objective == "gains" else 0)

    def require(self, *, efficient: bool, incentive: bool = True, budget: bool = True) -> str:
        """Raise unless the mechanism is admissible; return what was found."""
        problem = self.problem
        asked = [problem.participation, problem.allocation, problem.budget if budget else "", "efficient" if efficient else ""]
        needs = {name: ZERO for name in asked if name in PROPERTIES}
        if incentive and problem.incentive != "none":
            needs[problem.incentive] = -problem.epsilon
        for name, need in needs.items():
            if self.margin(name) < need:
                raise FalseClaimError(f"mechanism: it is not {name}, the margin is {_show(self.margin(name))}")
        for sign, limits in ((1, problem.floor), (-1, problem.cap)):
            for i, limit in limits.items():
                if min(sign * t[i] for t in self.t.values()) < sign * limit * self.unit:
                    raise FalseClaimError(f"mechanism: a payment of {problem.agents[i]!r} is beyond its limit")
        for name, (sense, bound, terms) in problem.constraints.items():
            slack = sum((coefficient * self.left_side(*term) for coefficient, *term in terms), -bound)
            if (slack < 0 and sense != "<=") or (slack > 0 and sense != ">="):
                raise FalseClaimError(f"mechanism: the constraint {name!r} is violated by {_show(abs(slack))}")
        return "mechanism: admissible, " + ", ".join([*needs, *map(repr, problem.constraints)])

    def left_side(self, x: int | None, j: int | None, when: list[tuple[int, int]], expected: bool) -> Fraction:
        """Return the sum of phi(x) or t_j, weighted by f if `expected`, over the profiles that agree with `when`."""
        numbers = 0
        for theta, f in self.problem.chance.items():
            if all(theta[i] == a for i, a in when):
                numbers += (f if expected else self.problem.total) * (self.t[theta][j] if x is None else self.phi[theta][x])
        return Fraction(numbers, self.problem.total * (self.unit if x is None else self.whole))


class _Lagrangian:
    """The objective plus the sum of prices times requirements: the sum of W phi and tau t over profiles, and K.

    W at a profile is `weights` plus f(others) `own[i, her type]` summed over agents i, less `cost` f c; tau is `money` plus
    f(others) `cash[i, her type]`. `own` and `cash` serve private values with independent types: only then does a report's
    weight not depend on who the others are. Prices are integers over `scale`, W over scale, unit and total together.
    """

    def __init__(self, problem: _Problem, data: Any, certify: bool = True) -> None:
        self.problem, self.data, self.objective = problem, data, data["objective"]
        self.weights: dict[Profile, list[int]] = defaultdict(lambda: [0] * len(problem.outcomes))
        self.money: dict[Profile, list[int]] = defaultdict(lambda: [0] * len(problem.agents))
        self.own: dict[tuple[int, int], dict[int, int]] = defaultdict(lambda: defaultdict(int))
        self.cash: dict[tuple[int, int], int] = defaultdict(int)
        self.constant = -problem.status_quo if self.objective == "gains" else ZERO
        factors = [w for row in problem.weights for w in row] + [t[0] for _, _, terms in problem.constraints.values() for t in terms]
        prices = [price for key in PRICES if key[:-1] in data for price in _leaves(data[key[:-1]])]
        self.scale = _unit(prices) * _unit(factors) * _unit(f for row in problem.marginals for f in row)
        self._add_objective_and_budget()
        # Where the least violation of incentives is the question, only certificates about it may suppose incentives.
        self._add_incentives(certify or self.objective == "epsilon" or problem.objective != "epsilon")
        self._add_participation()
        self._add_limits_and_constraints()
        self._add_worst_case()

    def _section(self, key: str, names: Sequence[str]) -> Iterator[tuple[int, str, Any]]:
        """Yield position, path and prices of every name under a key of the certificate."""
        if not isinstance(self.data.get(key, {}), dict):
            raise NotAResultError(f"certificate.{key}: must be an object with names as keys")
        for name, prices in self.data.get(key, {}).items():
            yield _index(name, names, f"certificate.{key}"), f"certificate.{key}.{name}", prices

    def _others(self, i: int) -> list[list[str]]:
        return self.problem.types[:i] + self.problem.types[i + 1 :]

    def _local(self, theta: Profile, row: Row, k: int, agents: Iterable[int], l: int) -> None:
        """Add k times the row's expectation under phi, and l times the agents' payments, at one profile."""
        for x, u in row:
            self.weights[theta][x] += k * u
        for j in agents:
            self.money[theta][j] += l

    def _interim(self, i: int, b: int, a: int, k: int, l: int) -> None:
        """Add E[k u_i(phi(b, others); a, others) + l t_i(b, others)], given a."""
        problem = self.problem
        if problem.separable:
            for x, u in problem.utility[i][a]:
                self.own[i, b][x] += k * u
            self.cash[i, b] += l
        elif not problem.can_be(i, a):
            raise FalseClaimError(f"certificate: type {problem.types[i][a]!r} of {problem.agents[i]!r} cannot be and has no price")
        else:
            for theta, f in zip(problem.having(i, a), problem.given(i, a)):
                self._local((*theta[:i], b, *theta[i + 1 :]), problem.at(problem.utility[i], i, theta), k * f, (i,), l * f)

    def _add_objective_and_budget(self) -> None:
        problem, where, prices = self.problem, "certificate.budget", self.data.get("budget", {})
        if prices != {} and problem.budget == "none":
            raise FalseClaimError(f"{where}: the design asks for no budget")
        beta = ZERO
        at_profiles = not isinstance(prices, str) and not problem.budget.startswith("expected")
        levels = problem.types if at_profiles else []
        for theta, price in [] if prices == {} else _prices(prices, where, levels, BUDGETS[problem.budget]):
            if self.objective == "surplus":
                raise FalseClaimError(f"{where}: a bound on the surplus supposes no budget")
            if self.objective == "subsidy" and price > (Fraction(problem.chance[theta], problem.total) or price if theta else 1):
                raise FalseClaimError(f"{where}: a subsidy costs its probability, and {_show(price)} is more")
            if theta:
                k = _times(price, self.scale) * problem.total
                self._local(theta, enumerate(problem.cost), -k, range(len(problem.agents)), k)
            else:
                beta = price
        on_utility, on_payments, on_cost = OBJECTIVES.get(self.objective, (0, 0, 0))
        self.cost = _times(on_cost + beta, self.scale)
        for i, marginal in enumerate(problem.marginals):
            for a, f in enumerate(marginal):
                w = f * problem.weights[i][a] if self.objective == "weighted" else f
                if f:
                    k, l = (_times(q, self.scale) for q in (w * on_utility, w * on_payments + f * beta))
                    self._interim(i, a, a, k, l)

    def _add_incentives(self, asked: bool) -> None:
        """Truth less lie, plus epsilon."""
        problem, spent = self.problem, ZERO
        ex_post = problem.incentive in ("dsic", "epic")
        for i, where, tree in self._section("incentive", problem.agents if asked and problem.incentive != "none" else []):
            types = problem.types[i]
            for (a, b, *others), price in _prices(tree, where, [types, types, *(self._others(i) if ex_post else [])]):
                if a == b:
                    raise FalseClaimError(f"{where}: {types[a]!r} is priced as a lie of itself")
                k, spent = _times(price, self.scale), spent + price
                if ex_post:
                    truth, lie = ((*others[:i], own, *others[i:]) for own in (a, b))
                    row, k = problem.at(problem.utility[i], i, truth), k * problem.total
                    self._local(truth, row, k, (i,), -k)
                    self._local(lie, row, -k, (i,), k)
                else:
                    self._interim(i, a, a, k, -k)
                    self._interim(i, b, a, -k, k)
        self.constant += spent * problem.epsilon
        if self.objective == "epsilon" and spent > 1:
            raise FalseClaimError(f"certificate.incentive: the prices add up to {_show(spent)}, more than 1")

    def _add_participation(self) -> None:
        """Payoff less outside option."""
        problem, rule = self.problem, self.problem.participation
        for i, where, tree in self._section("participation", problem.agents if rule != "none" else []):
            levels = {"interim-ir": [problem.types[i]], "ex-post-ir": [problem.types[i], *self._others(i)], "ex-ante-ir": []}[rule]
            for position, price in _prices(tree, where, levels):
                k = _times(price, self.scale)
                if rule == "interim-ir":
                    (a,) = position
                    self._interim(i, a, a, k, -k)
                    self.constant -= price * problem.outside_given(i, a)
                elif rule == "ex-post-ir":
                    theta, k = (*position[1 : i + 1], position[0], *position[i + 1 :]), k * problem.total
                    self._local(theta, problem.at(problem.utility[i], i, theta), k, (i,), -k)
                    self.constant -= price * problem.at(problem.outside[i], i, theta) / problem.unit
                else:
                    for a, f in enumerate(problem.marginals[i]):
                        if f:
                            k = _times(price * f, self.scale)
                            self._interim(i, a, a, k, -k)
                    self.constant -= price * problem.outside_expected(i)

    def _add_limits_and_constraints(self) -> None:
        """Payment less floor, cap less payment, left side less bound."""
        problem = self.problem
        for key, sign, limits in (("floor", 1, problem.floor), ("cap", -1, problem.cap)):
            for i, where, tree in self._section(key, problem.agents):
                for (a, *others), price in _prices(tree, where, [problem.types[i], *self._others(i)]):
                    if i not in limits:
                        raise FalseClaimError(f"{where}: the design has no such limit")
                    theta = (*others[:i], a, *others[i:])
                    self._local(theta, (), 0, (i,), sign * _times(price, self.scale) * problem.total)
                    self.constant -= sign * price * limits[i]
        for index, where, tree in self._section("constraints", list(problem.constraints)):
            sense, bound, terms = list(problem.constraints.values())[index]
            for _, price in _prices(tree, where, [], sense):
                self.constant -= price * bound
                for coefficient, x, j, when, expected in terms:
                    k = _times(price * coefficient, self.scale)
                    for theta, f in problem.chance.items():
                        if all(theta[i] == a for i, a in when):
                            l = k * (f if expected else problem.total)
                            self._local(theta, () if x is None else ((x, problem.unit),), l, () if j is None else (j,), l)

    def _add_worst_case(self) -> None:
        """Surplus less r times first best, where r is the objective."""
        problem, spent = self.problem, ZERO
        tree = self.data.get("worst_case", {})
        if tree and problem.objective != "worst-case":
            raise FalseClaimError("certificate.worst_case: this is not the design's objective")
        for theta, price in _prices(tree, "certificate.worst_case", problem.types):
            if problem.first_best[theta] <= 0:
                raise FalseClaimError(f"certificate.worst_case: the first best at profile {theta} is not positive")
            spent += price * problem.first_best[theta] / problem.unit
            self._local(theta, enumerate(problem.surplus[theta]), _times(price, self.scale) * problem.total, (), 0)
        if spent != (self.objective == "worst-case"):
            raise FalseClaimError(f"certificate.worst_case: prices times first best add up to {_show(spent)}")

    def maximum(self, efficient: bool, possible: dict[Profile, set[int]]) -> Fraction:
        """Return the maximum of L over outcomes (the efficient ones, the `possible` ones); raise unless money cancels."""
        alone = self.problem.separable and self.problem.kind in ("object", "public-good") and not (self.money or possible)
        best = self.by_distributions(efficient) if alone else self.by_enumeration(efficient, possible)
        return best + self.constant

    def by_enumeration(self, efficient: bool, possible: dict[Profile, set[int]]) -> Fraction:
        problem, best = self.problem, 0
        for i, a in product(range(len(problem.agents)), range(max(problem.sizes))):
            for theta, f in zip(problem.having(i, a), problem.given(i, a)) if (i, a) in self.own else ():
                self._local(theta, self.own[i, a].items(), f, (i,), f * self.cash[i, a])
        for theta, f in problem.chance.items():
            if any(self.money[theta]):
                raise FalseClaimError(f"certificate: money does not cancel at profile {theta}")
            surplus, top, may = problem.surplus[theta], problem.first_best[theta], possible.get(theta)
            outcomes = [x for x, s in enumerate(surplus) if (s == top or not efficient) and (may is None or x in may)]
            if not outcomes:
                raise FalseClaimError(f"certificate: no outcome is possible at profile {theta}")
            best += max(self.weights[theta][x] - self.cost * f * problem.cost[x] for x in outcomes)
        return Fraction(best, self.scale * problem.unit * problem.total)

    def by_distributions(self, efficient: bool) -> Fraction:
        """Return the maximum for one object or a public good, where W(x, theta) is a sum of f(others) w_i(her type).

        Ranks are compared in this order: surplus, if only efficient outcomes are possible; then w / f, the virtual value. For a
        type of probability 0 that is plus or minus infinity, the second entry's sign: at her profiles nobody else has weight.
        """
        problem, good, columns = self.problem, self.problem.kind == "public-good", []
        if any(self.cash.values()):
            raise FalseClaimError("certificate: money does not cancel")
        for i, marginal in enumerate(problem.marginals):
            cost, column = 0 if good else problem.cost[i], []
            for a, f in enumerate(marginal):
                u, w = sum(u for _, u in problem.utility[i][a]), sum(self.own[i, a].values()) - self.cost * cost * f
                column.append((((u - cost) * efficient, 0 if f else (w > 0) - (w < 0), w / f if f else ZERO), f, w))
            columns.append(column)
        # The designer is one more agent, of one type: she keeps the object, or bears the cost of the project.
        s = problem.cost[0] - problem.cost[1] if good else -problem.cost[-1]
        columns.append([((s * efficient, 0, Fraction(s * self.cost)), Fraction(1), Fraction(s * self.cost))])
        best = _positive_sums(columns) - self.cost * problem.cost[0] if good else _highest_ranks(columns)
        return best / (self.scale * problem.unit)


Column = list[tuple[tuple[int, int, Fraction], Fraction, Fraction]]  # by type: rank, f, w


def _highest_ranks(columns: list[Column]) -> Fraction:
    """Return the sum over profiles of f(others) w of the agent with the highest rank: products of distribution functions."""
    unit, units = _unit(w for column in columns for _, _, w in column), [_unit(f for _, f, _ in column) for column in columns]
    below, best = [0] * len(columns), 0
    for _, i, f, w in sorted((rank, i, f, w) for i, column in enumerate(columns) for rank, f, w in column):
        best += _times(w, unit) * units[i] * prod(below[:i]) * prod(below[i + 1 :])
        below[i] += _times(f, units[i])
    return Fraction(best, unit * prod(units))


def _positive_sums(columns: list[Column]) -> Fraction:
    """Return the sum of the sums over i of f(others) w_i over all profiles where the ranks' sum is positive."""
    halves = []
    for half in (columns[::2], columns[1::2]):  # convolve each half, then look up the sums of one in the other
        sums = {(0, 0, ZERO): (Fraction(1), ZERO)}  # rank -> its probability f, the sum of f(others) w_i
        for column in half:
            longer: dict[Any, tuple[Fraction, Fraction]] = defaultdict(lambda: (ZERO, ZERO))
            for (before, (g, v)), (rank, f, w) in product(sums.items(), column):
                if f * g or g * w + f * v:
                    key = tuple(map(add, before, rank))
                    longer[key] = (longer[key][0] + f * g, longer[key][1] + g * w + f * v)
            sums = longer
        halves.append(sums)
    ranks = sorted(halves[1], reverse=True)
    f_above = list(accumulate((halves[1][rank][0] for rank in ranks), initial=ZERO))
    w_above = list(accumulate((halves[1][rank][1] for rank in ranks), initial=ZERO))
    best = ZERO
    for rank, (f, w) in halves[0].items():
        n = bisect_left(ranks, rank, key=lambda other: tuple(-r for r in other))  # -other < rank: the sum is positive
        best += f * w_above[n] + w * f_above[n]
    return best


def _certificate(problem: _Problem, data: Any, certify: bool, possible: dict[Profile, set[int]]) -> tuple[str, Fraction]:
    """Return what a certificate is about and its bound, recomputed; a tree's inner node has the larger of its children's."""
    if isinstance(data, dict) and "profile" in data:
        _conform(data, NODE, "certificate")
        if problem.allocation != "deterministic" or len(data["profile"]) != len(problem.agents):
            raise FalseClaimError("certificate: only a deterministic design has cases, each with a profile of all agents")
        theta = tuple(_index(name, types, "certificate.profile") for name, types in zip(data["profile"], problem.types))
        x, may = _index(data["outcome"], problem.outcomes, "certificate.outcome"), possible.get(theta, set(range(len(problem.outcomes))))
        cases = (("chosen", may & {x}), ("excluded", may - {x}))
        found = [_certificate(problem, data[key], certify, {**possible, theta: left}) for key, left in cases]
        found = [case for case in found if case[0] != "feasibility" or case[1] >= 0] or found
        objective, bound = found[0][0], max(bound for _, bound in found)
        if any(case[0] != objective for case in found):
            raise FalseClaimError("certificate: the cases of a node have different objectives")
    else:
        _conform(data, LEAF, "certificate")
        objective, efficient = data["objective"], data["efficient"]
        if objective not in (*IMPOSSIBILITIES, problem.objective):
            raise FalseClaimError(f"certificate.objective: {objective!r} is not the design's")
        if efficient and problem.allocation != "efficient" and not (certify and objective in IMPOSSIBILITIES):
            raise FalseClaimError("certificate.efficient: efficiency is not asked for here")
        bound = _Lagrangian(problem, data, certify).maximum(efficient, possible)
    if data["objective"] != objective or _rational(data["bound"], "certificate.bound") != bound:
        raise FalseClaimError(f"certificate.bound: the prices prove {objective} {_show(bound)}, not {data['bound']:.80}")
    return objective, bound
