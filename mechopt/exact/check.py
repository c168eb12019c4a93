"""Check a saved result in exact arithmetic. It trusts nobody: standard library only, nothing from mechopt, no solver.

Everything is recomputed from the definitions of ``docs/certificates.md``, in its notation. Run it alone::

    python check.py RESULT.json      # exit 0: every claim holds; 1: one is false, and named; 2: this is not a result

To read it: `_Problem` is the economy, `_Mechanism` what a mechanism does in it, `_Lagrangian` what prices prove about every mechanism,
`_check` goes through the claims of a file. Agents, types and outcomes are numbers and a profile is a tuple of types; money and
probabilities are integers over common denominators, so that ten thousand profiles take a moment.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from functools import cached_property, partial
from itertools import accumulate, product
from math import lcm, prod
from operator import add, mul
from pathlib import Path
from typing import Any

__all__ = ["FalseClaimError", "NotAResultError", "check_certificate", "check_mechanism", "check_result", "properties"]

Profile = tuple[int, ...]
Row = Iterable[tuple[int, int]]  # (outcome, utility)
Column = list[tuple[tuple[int, int, Fraction], Fraction, Fraction]]  # by type of an agent: rank, f, w
MOST_NUMBERS = 10_000_000  # in a table over profiles; beyond it only the distributions of single agents are gone through
ZERO, ONE = Fraction(0), Fraction(1)
BUDGETS = {"balanced": "=", "no-deficit": ">=", "expected-balanced": "=", "expected-no-deficit": ">="}
INCENTIVES, PARTICIPATIONS = ("bic", "dsic", "epic"), ("interim-ir", "ex-post-ir", "ex-ante-ir")
PROPERTIES = (*INCENTIVES, *PARTICIPATIONS, *BUDGETS, "efficient", "deterministic")
# The weights of utilities, payments and the designer's cost in the objectives that are expectations; "surplus" is no design's.
OBJECTIVES = {"welfare": (1, 0, 1), "gains": (1, 0, 1), "revenue": (0, 1, 1), "payoff": (1, -1, 0), "weighted": (1, -1, 0), "surplus": (0, 1, 1)}
IMPOSSIBILITIES = ("surplus", "subsidy", "feasibility")  # what a proof that nothing is admissible is about
GRADES = {  # that go with an answer or a status
    "possible": ("optimal", "feasible"), "impossible": ("optimal", "infeasible"), "infeasible": ("infeasible",),
    "optimal": ("optimal", "bounded", "feasible"), "unbounded": ("feasible", "none"), None: ("none",),
}  # fmt: skip

# Forms of the data: a type, a tuple of alternatives, a list of one form, {key: form} where "key?" may be absent and `str` stands for any
# name. `Fraction` is a rational written as a string; what is an `object` here is read further below.
TERM = {"outcome?": str, "payment?": str, "coefficient": Fraction, "when": {str: str}, "expected": bool}
CONSTRAINT = {"name": str, "sense": (">=", "<=", "="), "bound": Fraction, "terms": [TERM]}
DESIGN = {
    "objective": ("welfare", "gains", "revenue", "payoff", "weighted", "worst-case", "epsilon"),
    "incentive": (*INCENTIVES, "none"), "participation": (*PARTICIPATIONS, "none"), "budget": (*BUDGETS, "none"),
    "allocation": ("any", "efficient", "deterministic"), "epsilon": Fraction, "weights": (None, {str: object}),
    "payment_floor": (None, {str: Fraction}), "payment_cap": (None, {str: Fraction}), "constraints": [CONSTRAINT],
}  # fmt: skip
AGENT = {"name": str, "types": [str], "outside": [object], "prior?": object, "values?": object, "utility?": object}
ENVIRONMENT = {"kind": ("object", "public-good", "table", "interdependent"), "outcomes": [str], "cost": object}
PROBLEM = {"name": str, "source": str, "environment": ENVIRONMENT, "agents": [AGENT], "prior?": {"joint": object}, "design": DESIGN}
MECHANISM = {"form": ("table",), "allocation": object, "payments": object}
PRICES = ("incentive", "participation", "budget", "floor", "cap", "constraints", "worst_case")
LEAF = {"objective": str, "efficient": bool, "bound": Fraction, **{f"{key}?": object for key in PRICES}}
NODE = {"objective": str, "bound": Fraction, "profile": [str], "outcome": str, "chosen": dict, "excluded": dict}
NUMBER = (None, {"float": object, "exact": (None, Fraction)})
SURPLUS = {"certificate": (None, "answer", dict), "mechanism": (None, "answer", dict)}
GRADE = ("optimal", "bounded", "infeasible", "feasible", "none")
RESULT = {
    "format": ("mechopt-result",), "version": int, "question": ("certify", "solve"), "problem": dict, "digest": str,
    "status?": (None, "optimal", "infeasible", "unbounded"), "answer?": (None, "possible", "impossible"),
    "first_best": NUMBER, "status_quo": NUMBER, "first_best_gains": NUMBER, "welfare": NUMBER, "gains": NUMBER, "revenue": NUMBER,
    "value?": NUMBER, "budget_surplus?": NUMBER, "mechanism": (None, dict), "certificate": (None, dict),
    "checks": (None, [{"property": PROPERTIES, "holds": bool, "margin": NUMBER, "witness?": object}]),
    "proof": {"grade": GRADE, "bound": NUMBER, "gap": (None, Fraction), "surplus?": (None, SURPLUS)},
    "statistics?": object, "conflict?": [str],  # like the witnesses, these illustrate and claim nothing
}  # fmt: skip


class FalseClaimError(ValueError):
    """A claim that does not hold; the message names it."""


class NotAResultError(FalseClaimError):
    """Something that cannot be read, or not be gone through, so that it shows nothing."""


def _rational(data: Any, where: str) -> Fraction:
    try:
        if isinstance(data, str) and re.fullmatch("-?[0-9]+(/[1-9][0-9]*)?", data) and str(number := Fraction(data)) == data:
            return number
    except ValueError:  # more digits than Python reads
        pass
    raise NotAResultError(f'{where}: must be a rational in lowest terms, "p" or "p/q"')


def _conform(data: Any, form: Any, where: str) -> None:
    """Raise unless the data has the form."""
    if form is Fraction:
        _rational(data, where)
    elif isinstance(form, tuple):
        others = [other for other in form if other is not None and not isinstance(other, str)]
        if not ((data is None or isinstance(data, str)) and data in form):
            if not others:
                raise NotAResultError(f"{where}: must be one of {', '.join(map(str, form)):.200}")
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
        raise NotAResultError(f"{where}: a {type(data).__name__} does not belong here")


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
            first = _index(name, levels[0], where)
            for rest, price in _prices(branch, f"{where}.{name}", levels[1:], sense):
                yield (first, *rest), price
    elif price := _rational(data, where):
        if (price < 0 and sense == ">=") or (price > 0 and sense == "<="):
            raise FalseClaimError(f"{where}: the price {_show(price)} has the wrong sign")
        yield (), price


def _profile(i: int, own: int, others: Sequence[int]) -> Profile:
    """Return the profile at which agent i has type `own`."""
    return (*others[:i], own, *others[i:])


def _leaves(data: Any) -> Iterator[Fraction]:
    if not isinstance(data, dict):
        yield _rational(data, "certificate: a price")
    else:
        for branch in data.values():
            yield from _leaves(branch)


def _unit(numbers: Iterable[Fraction]) -> int:
    """Return a common denominator."""
    return lcm(*{number.denominator for number in numbers})


def _times(number: Fraction, unit: int) -> int:
    """Return the product, which is an integer."""
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
        self.sizes = [len(types) for types in self.types]
        self.ranges = [range(m) for m in self.sizes]
        self.private, self.independent = self.kind != "interdependent", "prior" not in data
        self.separable = self.private and self.independent
        key = "values" if self.kind in ("object", "public-good") else "utility"
        keys = {"name", "types", "outside", key} | ({"prior"} if self.independent else set())
        outcomes = {"object": [*self.agents, "nobody"], "public-good": ["no", "yes"]}.get(self.kind, self.outcomes)
        if any(agent.keys() != keys for agent in agents) or self.outcomes != outcomes:
            raise NotAResultError(f"problem: this kind has agents with {', '.join(sorted(keys))}, and the outcomes {', '.join(outcomes):.200}")
        constraints = [constraint["name"] for constraint in data["design"]["constraints"]]
        if any(len(set(names)) < len(names) for names in (self.agents, self.outcomes, *self.types, constraints)):
            raise NotAResultError("problem: two agents, outcomes, types of an agent or constraints have the same name")
        if not (self.agents and self.outcomes and all(self.types)):
            raise NotAResultError("problem: there must be agents, outcomes and types")
        self._read_prior([agent["prior"] for agent in agents] if self.independent else data["prior"]["joint"])
        self._read_money(agents, key, _nested(data["environment"]["cost"], "cost", [len(outcomes)]))
        self._read_design(data["design"])

    def _read_prior(self, data: Any) -> None:
        if self.independent:
            priors = [_nested(prior, "prior", [m]) for prior, m in zip(data, self.sizes, strict=True)]
        else:
            priors = [_nested(data, "prior.joint", self.sizes)]
        if any(min(prior) < 0 or sum(prior) != 1 for prior in priors):
            raise NotAResultError("prior: must be probabilities that sum to one")
        self.numerators = [[_times(f, _unit(prior)) for f in prior] for prior in priors]  # each over its sum
        if self.independent:
            self.marginals, self.total = priors, prod(map(sum, self.numerators))
        else:
            table, whole = dict(zip(self.profiles, self.numerators[0], strict=True)), sum(self.numerators[0])
            masses = [[sum(table[theta] for theta in self.having(i, a)) for a in own] for i, own in enumerate(self.ranges)]
            self.marginals = [[Fraction(mass, whole) for mass in row] for row in masses]
            self.total = whole * lcm(*(mass for row in masses for mass in row if mass))  # makes conditionals integers too

    def _read_money(self, agents: list[Any], key: str, costs: list[Fraction]) -> None:
        utility, outside = [], []
        for i, agent in enumerate(agents):
            # Tables have an entry for every own type or, with interdependent values, for every profile.
            labels: list[Any] = list(self.ranges[i] if self.private else self.profiles)
            shape = self.sizes[i : i + 1] if self.private else self.sizes
            if key == "values":  # her value counts where she holds the object, or where the project is carried out
                rows = [[(i if self.kind == "object" else 1, value)] for value in _nested(agent[key], key, shape)]
            else:
                numbers = iter(_nested(agent[key], key, [*shape, len(costs)]))
                rows = [[(x, next(numbers)) for x in range(len(costs))] for _ in labels]
            by_profile = not self.private and any(isinstance(part, list) for part in agent["outside"])
            options = _nested(agent["outside"], "outside", shape if by_profile else [self.sizes[i]])
            utility.append(dict(zip(labels, rows, strict=True)))
            outside.append(dict(zip(labels, options if self.private or by_profile else [options[theta[i]] for theta in labels], strict=True)))
        entries = (u for rows in utility for row in rows.values() for _, u in row)
        self.unit = lcm(_unit(entries), _unit(costs), *(_unit(options.values()) for options in outside))
        self.cost = [_times(c, self.unit) for c in costs]
        self.outside = [{label: _times(u, self.unit) for label, u in options.items()} for options in outside]
        self.utility = [{label: [(x, _times(u, self.unit)) for x, u in row if u] for label, row in rows.items()} for rows in utility]

    def _read_design(self, design: Any) -> None:
        self.objective, self.incentive, self.participation = design["objective"], design["incentive"], design["participation"]
        self.budget, self.allocation, self.epsilon = design["budget"], design["allocation"], _rational(design["epsilon"], "")
        if self.epsilon < 0 or (self.objective == "epsilon" and (self.epsilon > 0 or self.incentive == "none")):
            raise NotAResultError("design.epsilon: must be >= 0; as the objective 0, with an incentive property")
        if self.incentive == "dsic" and not self.private:
            raise NotAResultError("design.incentive: with interdependent values it is epic")
        self.weights = [[ONE] * m for m in self.sizes]  # an agent who is not named has weight one
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

    def _read_term(self, term: Any) -> tuple[Fraction, list[int], list[int], list[tuple[int, int]], bool]:
        """Return coefficient, the outcome or the agent (as lists), the (agent, type) to agree with, and whether it is expected."""
        x = [_index(term["outcome"], self.outcomes, "constraints")] if "outcome" in term else []
        j = [_index(term["payment"], self.agents, "constraints")] if "payment" in term else []
        if len(x + j) != 1:
            raise NotAResultError("design.constraints: a term has either an outcome or a payment")
        agents = [(_index(name, self.agents, "constraints"), kind) for name, kind in term["when"].items()]
        return _rational(term["coefficient"], ""), x, j, [(i, _index(kind, self.types[i], "constraints")) for i, kind in agents], term["expected"]

    @cached_property
    def profiles(self) -> list[Profile]:
        if prod(self.sizes) * (len(self.outcomes) + len(self.agents)) > MOST_NUMBERS:
            raise NotAResultError("problem: it has too many profiles to go through them, as this claim needs")
        return list(product(*self.ranges))

    def having(self, i: int, a: int) -> Iterator[Profile]:
        """Return the profiles at which agent i has type a, in the order of the others' types."""
        return product(*self.ranges[:i], (a,), *self.ranges[i + 1 :])

    def agreeing(self, when: list[tuple[int, int]]) -> Iterator[Profile]:
        return (theta for theta in self.profiles if all(theta[i] == a for i, a in when))

    @cached_property
    def chance(self) -> dict[Profile, int]:
        """f, over `total`."""
        profiles = self.profiles
        numerators = list(map(prod, product(*self.numerators))) if self.independent else self.numerators[0]
        factor = self.total // sum(numerators)
        return {theta: f * factor for theta, f in zip(profiles, numerators, strict=True)}

    def given(self, i: int, a: int) -> list[int]:
        """Return f(others given a), over `total`, in the order of `having`; with a joint prior nothing for a type that cannot be."""
        if self.independent:
            numerators = list(map(prod, product(*self.numerators[:i], *self.numerators[i + 1 :])))
        else:
            numerators = [self.chance[theta] for theta in self.having(i, a)]
        whole = sum(numerators)
        return [f * self.total // whole for f in numerators] if whole else []

    def at(self, table: Any, i: int, theta: Profile) -> Any:
        """Return the entry of agent i's table for a profile."""
        return table[theta[i] if self.private else theta]

    def outside_option(self, i: int, a: int, others: Sequence[int] | None = None) -> Fraction:
        """Return the outside option of type a of agent i, in money: given the others' types or, without them, in expectation."""
        if self.private:
            return Fraction(self.outside[i][a], self.unit)
        if others is not None:
            return Fraction(self.outside[i][_profile(i, a, others)], self.unit)
        numbers = (self.outside[i][theta] for theta in self.having(i, a))
        return Fraction(sum(map(mul, self.given(i, a), numbers)), self.unit * self.total)

    @cached_property
    def staying_out(self) -> list[Fraction]:
        """Everybody's expected outside option; together they are the status quo."""
        tables = enumerate(self.marginals)
        return [sum((f * self.outside_option(i, a) for a, f in enumerate(marginal) if f), ZERO) for i, marginal in tables]

    @cached_property
    def expected_first_best(self) -> Fraction:
        """The most that welfare can be: the maximum of the Lagrangian without any price."""
        return _Lagrangian(self, {"objective": "welfare"}).maximum(False, {})

    @cached_property
    def surplus(self) -> dict[Profile, list[int]]:
        """s: everybody's utility less the designer's cost, for every profile and outcome."""
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
        self.problem, shape = problem, [len(problem.profiles)]
        phi = _nested(data["allocation"], "mechanism.allocation", [*shape, len(problem.outcomes)])
        t = _nested(data["payments"], "mechanism.payments", [*shape, len(problem.agents)])
        self.unit = lcm(problem.unit * _unit(phi), _unit(t))
        self.whole = self.unit // problem.unit
        chances, payments = iter([_times(q, self.whole) for q in phi]), iter([_times(q, self.unit) for q in t])
        self.phi = {theta: [next(chances) for _ in problem.outcomes] for theta in problem.profiles}
        self.t = {theta: [next(payments) for _ in problem.agents] for theta in problem.profiles}
        for theta, lottery in self.phi.items():
            if min(lottery) < 0 or sum(lottery) != self.whole:
                raise FalseClaimError(f"mechanism: the allocation at profile {theta} is not a lottery")
        self.budget = [sum(self.t[theta]) - sum(map(mul, q, problem.cost)) for theta, q in self.phi.items()]
        self.welfare = [sum(map(mul, q, problem.surplus[theta])) for theta, q in self.phi.items()]
        self.margins: dict[str, Fraction] = {}

    def mean(self, numbers: Iterable[Any]) -> Fraction:
        """Return the expectation of integers over `unit`, one per profile."""
        return Fraction(sum(map(mul, self.problem.chance.values(), numbers))) / (self.unit * self.problem.total)

    def menu(self, i: int, profiles: Iterable[Profile]) -> list[tuple[list[int], int]]:
        """Return what reports bring agent i: lotteries and her payments."""
        return [(self.phi[theta], self.t[theta][i]) for theta in profiles]

    def payoffs(self, row: Row, menu: Iterable[tuple[Sequence[int], int]]) -> list[int]:
        """Return what each (lottery, payment) is worth with utilities `row`."""
        return [sum([q[x] * u for x, u in row]) - t for q, t in menu]

    @cached_property
    def truthful(self) -> list[list[int]]:
        """Everybody's payoff at every profile."""
        tables, at, profiles = enumerate(self.problem.utility), self.problem.at, self.problem.profiles
        return [[self.payoffs(at(rows, i, theta), self.menu(i, [theta]))[0] for theta in profiles] for i, rows in tables]

    def interim(self) -> Iterator[tuple[int, int, list[int]]]:
        """Yield i, a, [U_i(b; a) for every report b], over `unit` and the problem's `total`."""
        problem = self.problem
        for i, own in enumerate(problem.ranges):
            menus = [self.menu(i, problem.having(i, b)) for b in own]
            if problem.separable:  # the others do not depend on a: average over them once
                f = problem.given(i, 0)
                means = [[sum(map(mul, f, column)) for column in zip(*([*q, t] for q, t in menu), strict=True)] for menu in menus]
                yield from ((i, a, self.payoffs(problem.utility[i][a], [(mean, mean[-1]) for mean in means])) for a in own)
                continue
            for a in own:
                if f := problem.given(i, a):
                    rows = [problem.at(problem.utility[i], i, theta) for theta in problem.having(i, a)]
                    cases = [case for case in zip(f, rows, range(len(f)), strict=True) if case[0]]
                    yield i, a, [sum(w * self.payoffs(row, menu[k : k + 1])[0] for w, row, k in cases) for menu in menus]

    def ex_post(self) -> Iterator[tuple[int, list[int]]]:
        """Yield a, [payoff of every report b], for every agent, type a and types of the others, over `unit`."""
        problem = self.problem
        for i, rows in enumerate(problem.utility):
            for profiles in zip(*(problem.having(i, b) for b in problem.ranges[i]), strict=True):
                menu = self.menu(i, profiles)
                yield from ((a, self.payoffs(problem.at(rows, i, theta), menu)) for a, theta in enumerate(profiles))

    def slacks(self, name: str) -> Iterator[int | Fraction]:
        """Yield by how much a property holds, wherever it is asked for, as money over `unit`."""
        problem, payoffs = self.problem, self.truthful
        if name == "bic":
            yield from (Fraction(v[a] - max(v[:a] + v[a + 1 :]), problem.total) for _, a, v in self.interim() if len(v) > 1)
        elif name == "epic":
            yield from (v[a] - max(v[:a] + v[a + 1 :]) for a, v in self.ex_post() if len(v) > 1)
        elif name == "interim-ir":
            yield from (Fraction(v[a], problem.total) - self.unit * problem.outside_option(i, a) for i, a, v in self.interim())
        elif name == "ex-post-ir":
            for i, outside in enumerate(problem.outside):
                options = (problem.at(outside, i, theta) for theta in problem.profiles)
                yield from (v - self.whole * option for v, option in zip(payoffs[i], options, strict=True))
        elif name == "ex-ante-ir":
            yield from (self.unit * (self.mean(v) - problem.staying_out[i]) for i, v in enumerate(payoffs))
        elif name in BUDGETS:
            surpluses = [self.unit * self.mean(self.budget)] if name.startswith("expected") else self.budget
            yield from (-abs(surplus) if BUDGETS[name] == "=" else surplus for surplus in surpluses)
        elif name == "efficient":
            yield from (s - self.whole * best for s, best in zip(self.welfare, problem.first_best.values(), strict=True))
        else:
            yield from (-problem.unit * min(q, self.whole - q) for lottery in self.phi.values() for q in lottery)

    def margin(self, name: str) -> Fraction:
        """Return the least slack of a property; with private values, `dsic` and `epic` are the same."""
        name = "epic" if name == "dsic" else name
        if name not in self.margins:
            self.margins[name] = Fraction(min(self.slacks(name), default=0)) / self.unit
        return self.margins[name]

    def value(self, objective: str) -> Fraction:
        """Return the value of an objective."""
        problem = self.problem
        if objective == "worst-case":
            best = problem.first_best.values()
            return min(Fraction(s, self.whole * most) for s, most in zip(self.welfare, best, strict=True) if most > 0)
        if objective == "epsilon":
            return max(ZERO, -self.margin(problem.incentive))
        on_utility, on_payments, on_cost = OBJECTIVES[objective]
        total = [-on_cost * sum(map(mul, lottery, problem.cost)) for lottery in self.phi.values()]
        for i, payoffs in enumerate(self.truthful):
            for k, (theta, t) in enumerate(self.t.items()):
                w = problem.weights[i][theta[i]] if objective == "weighted" else 1
                total[k] += w * (on_utility * (payoffs[k] + t[i]) + on_payments * t[i])
        return self.mean(total) - (sum(problem.staying_out, ZERO) if objective == "gains" else 0)

    def require(self, *, efficient: bool, incentive: bool = True, alone: bool = False) -> str:
        """Raise unless the mechanism is admissible or, if `alone`, has the incentive and participation properties; return what was found."""
        problem = self.problem
        asked = [problem.participation, efficient and "efficient", *([] if alone else [problem.allocation, problem.budget])]
        needs = {name: ZERO for name in asked if name in PROPERTIES}
        if incentive and problem.incentive != "none":
            needs[problem.incentive] = -problem.epsilon
        for name, need in needs.items():
            if self.margin(name) < need:
                raise FalseClaimError(f"mechanism: it is not {name}, whose margin is {_show(self.margin(name))}")
        if alone:
            return ""
        for sign, limits in ((1, problem.floor), (-1, problem.cap)):
            for i, limit in limits.items():
                if min(sign * t[i] for t in self.t.values()) < sign * limit * self.unit:
                    raise FalseClaimError(f"mechanism: a payment of {problem.agents[i]!r} is beyond its limit")
        for name, (sense, bound, terms) in problem.constraints.items():
            slack = sum((term[0] * self.left_side(*term[1:]) for term in terms), -bound)
            if (slack < 0 and sense != "<=") or (slack > 0 and sense != ">="):
                raise FalseClaimError(f"mechanism: the constraint {name!r} is violated by {_show(abs(slack))}")
        return "mechanism: admissible, " + ", ".join([*needs, *map(repr, problem.constraints)])

    def left_side(self, x: list[int], j: list[int], when: list[tuple[int, int]], expected: bool) -> Fraction:
        """Return the sum of phi(x) or t_j over the profiles that agree with `when`, weighted by f if `expected`."""
        chance, number = self.problem.chance, 0
        for theta in self.problem.agreeing(when):
            number += (chance[theta] if expected else self.problem.total) * (self.phi[theta][x[0]] if x else self.t[theta][j[0]])
        return Fraction(number, self.problem.total * (self.whole if x else self.unit))


class _Lagrangian:
    """The objective plus the sum of prices times requirements: the sum of W phi and tau t over profiles, and K, the `constant`.

    W at a profile is `weights` plus f(others) `own[i, her type]` summed over agents i, less `cost` f c; tau is `money` plus f(others)
    `cash[i, her type]`. `own` and `cash` are for private values and independent types: only then does a report weigh the same whoever
    the others are. Prices are integers over `scale`, so that W is in integers over scale, unit and total together.
    """

    def __init__(self, problem: _Problem, data: Any, certify: bool = True) -> None:
        self.problem, self.data, self.objective = problem, data, data["objective"]
        self.weights: dict[Profile, list[int]] = defaultdict(lambda: [0] * len(problem.outcomes))
        self.money: dict[Profile, list[int]] = defaultdict(lambda: [0] * len(problem.agents))
        self.own: dict[tuple[int, int], dict[int, int]] = defaultdict(lambda: defaultdict(int))
        self.cash: dict[tuple[int, int], int] = defaultdict(int)
        self.constant = -sum(problem.staying_out, ZERO) if self.objective == "gains" else ZERO
        factors = [w for row in problem.weights for w in row] + [term[0] for _, _, terms in problem.constraints.values() for term in terms]
        self.scale = _unit(price for key in PRICES for price in _leaves(data.get(key, {})))
        self.scale *= _unit(factors) * _unit(f for row in problem.marginals for f in row)
        self._add_budget_and_objective()
        # Where the violation of incentives is minimised, no certificate but one about it may suppose that truth pays.
        asked = problem.incentive != "none" and (certify or problem.objective != "epsilon" or self.objective == "epsilon")
        self._add_incentives(problem.agents if asked else [])
        self._add_participation()
        self._add_limits()
        self._add_constraints()
        self._add_worst_case()
        if self.objective == "surplus" and any(any(_leaves(data.get(key, {}))) for key in ("budget", "floor", "cap", "constraints")):
            raise FalseClaimError("certificate: a bound on the surplus supposes incentives and participation alone")

    def _section(self, key: str, names: Sequence[str]) -> Iterator[tuple[int, str, Any]]:
        """Yield position, path and prices of every name under a key of the certificate."""
        table = self.data.get(key, {})
        if not isinstance(table, dict):
            raise NotAResultError(f"certificate.{key}: must be an object with names as keys")
        for name, prices in table.items():
            yield _index(name, names, f"certificate.{key}"), f"certificate.{key}.{name}", prices

    def _others(self, i: int) -> list[list[str]]:
        return self.problem.types[:i] + self.problem.types[i + 1 :]

    def _local(self, theta: Profile, k: int, row: Row = (), agents: Iterable[int] = (), paid: int = 0) -> None:
        """Add k times the row's expectation under phi, and `paid` times the agents' payments, at one profile."""
        for x, u in row:
            self.weights[theta][x] += k * u
        for j in agents:
            self.money[theta][j] += paid

    def _payoff(self, i: int, b: int, a: int, others: Sequence[int] | None, k: int, paid: int | None = None) -> None:
        """Add k times the payoff of type a who reports b, given the others' types or, without them, in expectation.

        With `paid`, the payment is multiplied by it and not by -k.
        """
        problem, paid = self.problem, -k if paid is None else paid
        if others is not None:
            truth, lie = _profile(i, a, others), _profile(i, b, others)
            self._local(lie, k * problem.total, problem.at(problem.utility[i], i, truth), (i,), paid * problem.total)
        elif problem.separable:
            for x, u in problem.utility[i][a]:
                self.own[i, b][x] += k * u
            self.cash[i, b] += paid
        elif weights := problem.given(i, a):
            for theta, f in zip(problem.having(i, a), weights, strict=True):
                lie = (*theta[:i], b, *theta[i + 1 :])
                self._local(lie, k * f, problem.at(problem.utility[i], i, theta), (i,), paid * f)
        else:
            raise FalseClaimError(f"certificate: type {problem.types[i][a]!r} of {problem.agents[i]!r} cannot be, and has no interim price")

    def _add_budget_and_objective(self) -> None:
        problem, where, data, beta = self.problem, "certificate.budget", self.data.get("budget", {}), ZERO
        levels = [] if isinstance(data, str) or problem.budget.startswith("expected") else problem.types
        for theta, price in [] if data == {} else _prices(data, where, levels, BUDGETS.get(problem.budget, "")):
            if problem.budget == "none":
                raise FalseClaimError(f"{where}: the design asks for no budget")
            # A subsidy costs its probability, so that more is never paid for a unit of it.
            if self.objective == "subsidy" and price > (Fraction(problem.chance[theta], problem.total) or price if theta else 1):
                raise FalseClaimError(f"{where}: a subsidy costs less than its price {_show(price)}")
            if theta:
                k = _times(price, self.scale) * problem.total
                self._local(theta, -k, enumerate(problem.cost), range(len(problem.agents)), k)
            else:
                beta = price
        on_utility, on_payments, on_cost = OBJECTIVES.get(self.objective, (0, 0, 0))
        self.cost = _times(on_cost + beta, self.scale)
        for i, marginal in enumerate(problem.marginals):
            for a, f in enumerate(marginal):
                w = f * problem.weights[i][a] if self.objective == "weighted" else f
                if f:
                    self._payoff(i, a, a, None, _times(w * on_utility, self.scale), _times(w * on_payments + f * beta, self.scale))

    def _add_incentives(self, agents: Sequence[str]) -> None:
        """Truth less lie, plus epsilon."""
        problem, ex_post, spent = self.problem, self.problem.incentive != "bic", ZERO
        for i, where, data in self._section("incentive", agents):
            levels = [problem.types[i], problem.types[i], *(self._others(i) if ex_post else [])]
            for (a, b, *others), price in _prices(data, where, levels):
                if a == b:
                    raise FalseClaimError(f"{where}: the truth {problem.types[i][a]!r} is priced as a lie")
                spent += price
                self._payoff(i, a, a, others if ex_post else None, _times(price, self.scale))
                self._payoff(i, b, a, others if ex_post else None, -_times(price, self.scale))
        self.constant += spent * problem.epsilon
        if self.objective == "epsilon" and spent > 1:
            raise FalseClaimError(f"certificate.incentive: the prices add up to {_show(spent)}, more than 1")

    def _add_participation(self) -> None:
        """Payoff less outside option."""
        problem, rule = self.problem, self.problem.participation
        for i, where, data in self._section("participation", problem.agents if rule != "none" else []):
            own = [problem.types[i]]
            levels = {"interim-ir": own, "ex-post-ir": own + self._others(i), "ex-ante-ir": []}[rule]
            for position, price in _prices(data, where, levels):
                others = position[1:] if rule == "ex-post-ir" else None
                for a, f in [(position[0], ONE)] if position else enumerate(problem.marginals[i]):
                    if f:
                        self._payoff(i, a, a, others, _times(price * f, self.scale))
                        self.constant -= price * f * problem.outside_option(i, a, others)

    def _add_limits(self) -> None:
        """Payment less floor, cap less payment."""
        problem = self.problem
        for key, sign, limits in (("floor", 1, problem.floor), ("cap", -1, problem.cap)):
            for i, where, data in self._section(key, problem.agents):
                if i not in limits:
                    raise FalseClaimError(f"{where}: the design sets no such limit")
                for (a, *others), price in _prices(data, where, [problem.types[i], *self._others(i)]):
                    self._local(_profile(i, a, others), 0, (), (i,), sign * _times(price, self.scale) * problem.total)
                    self.constant -= sign * price * limits[i]

    def _add_constraints(self) -> None:
        """Left side less bound."""
        problem, names = self.problem, list(self.problem.constraints)
        for index, where, data in self._section("constraints", names):
            sense, bound, terms = problem.constraints[names[index]]
            for _, price in _prices(data, where, [], sense):
                self.constant -= price * bound
                for coefficient, x, j, when, expected in terms:
                    k = _times(price * coefficient, self.scale)
                    for theta in problem.agreeing(when):
                        f = problem.chance[theta] if expected else problem.total
                        self._local(theta, k * f, [(outcome, problem.unit) for outcome in x], j, k * f)

    def _add_worst_case(self) -> None:
        """Surplus less r times first best; r is the objective."""
        problem, data, spent = self.problem, self.data.get("worst_case", {}), ZERO
        if data != {} and problem.objective != "worst-case":
            raise FalseClaimError("certificate.worst_case: the worst case is not the design's objective")
        for theta, price in _prices(data, "certificate.worst_case", problem.types):
            if problem.first_best[theta] == 0:
                raise FalseClaimError("certificate.worst_case: a profile whose first best is 0 has no price")
            spent += price * Fraction(problem.first_best[theta], problem.unit)
            self._local(theta, _times(price, self.scale) * problem.total, enumerate(problem.surplus[theta]))
        if spent != (self.objective == "worst-case"):
            raise FalseClaimError(f"certificate.worst_case: prices times first best add up to {_show(spent)}")

    def maximum(self, efficient: bool, possible: dict[Profile, set[int]]) -> Fraction:
        """Return the maximum of L over the outcomes that are possible, or efficient; raise unless money cancels."""
        problem, local = self.problem, bool(self.weights or self.money or possible)
        if problem.separable and problem.kind in ("object", "public-good") and not local:
            return self.constant + self.by_distributions(efficient)
        return self.constant + self.by_enumeration(efficient, possible)

    def by_enumeration(self, efficient: bool, possible: dict[Profile, set[int]]) -> Fraction:
        """Return the sum over profiles of the largest W."""
        problem, best = self.problem, 0
        problem.profiles  # noqa: B018 - refuses problems that are too large
        for (i, a), paid in self.cash.items():
            for theta, f in zip(problem.having(i, a), problem.given(i, a), strict=True):
                self._local(theta, f, self.own[i, a].items(), (i,), f * paid)
        for theta, f in problem.chance.items():
            if any(self.money[theta]):
                raise FalseClaimError(f"certificate: money does not cancel at profile {theta}")
            surplus, most, left = problem.surplus[theta], problem.first_best[theta], possible.get(theta)
            outcomes = [x for x, s in enumerate(surplus) if (s == most or not efficient) and (left is None or x in left)]
            if not outcomes:
                raise FalseClaimError(f"certificate: no outcome is possible at profile {theta}")
            best += max(self.weights[theta][x] - self.cost * f * problem.cost[x] for x in outcomes)
        return Fraction(best, self.scale * problem.unit * problem.total)

    def by_distributions(self, efficient: bool) -> Fraction:
        """Return the same for one object or a public good, where W(x, theta) is a sum over i of f(others) w_i(her type).

        What wins at a profile is decided by ranks: surplus, if only efficient outcomes are possible, then the virtual value w / f. It is
        plus or minus infinity for a type of probability 0, which the entry between them says: nobody else has weight at her profiles.
        """
        problem, good, columns = self.problem, self.problem.kind == "public-good", []
        if any(self.cash.values()):
            raise FalseClaimError("certificate: money does not cancel")
        for i, marginal in enumerate(problem.marginals):
            column: Column = []
            for a, f in enumerate(marginal):
                c = 0 if good else problem.cost[i]
                s, w = sum(u for _, u in problem.utility[i][a]) - c, sum(self.own[i, a].values()) - self.cost * c * f
                column.append(((s * efficient, 0 if f else (w > 0) - (w < 0), w / f if f else ZERO), f, w))
            columns.append(column)
        # The designer is one more agent, of one type: she keeps the object, or bears what the project costs more than none.
        s = problem.cost[0] - problem.cost[1] if good else -problem.cost[-1]
        columns.append([((s * efficient, 0, Fraction(s * self.cost)), ONE, Fraction(s * self.cost))])
        best = _positive_sums(columns) - self.cost * problem.cost[0] if good else _highest_ranks(columns)
        return best / (self.scale * problem.unit)


def _highest_ranks(columns: list[Column]) -> Fraction:
    """Return the sum over profiles of f(others) w of the agent who ranks highest: a sort and products of distribution functions."""
    unit, units = _unit(w for column in columns for _, _, w in column), [_unit(f for _, f, _ in column) for column in columns]
    below, best = [0] * len(columns), 0
    for _, i, f, w in sorted((rank, i, f, w) for i, column in enumerate(columns) for rank, f, w in column):
        best += _times(w, unit) * units[i] * prod(below[:i]) * prod(below[i + 1 :])
        below[i] += _times(f, units[i])
    return Fraction(best, unit * prod(units))


def _positive_sums(columns: list[Column]) -> Fraction:
    """Return the sum, over profiles whose ranks add up to more than zero, of the sum over i of f(others) w_i: a convolution."""
    halves = []
    for half in (columns[::2], columns[1::2]):  # of half the agents each: the sums of one are looked up in the other's, sorted
        sums = {(0, 0, ZERO): (ONE, ZERO)}  # sum of ranks -> probability, and sum of f(others) w_i
        for column in half:
            if len(sums) * len(column) > MOST_NUMBERS // 10:
                raise NotAResultError("problem: the agents' values add up to too many different sums")
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
        n = bisect_left(ranks, rank, key=lambda other: (-other[0], -other[1], -other[2]))  # those whose sum with `rank` is positive
        best += f * w_above[n] + w * f_above[n]
    return best


def _certificate(problem: _Problem, data: Any, certify: bool, possible: dict[Profile, set[int]]) -> tuple[str, Fraction]:
    """Return what a certificate is about and its bound, recomputed; a node of a tree has the larger of its children's."""
    if isinstance(data, dict) and "profile" in data:
        _conform(data, NODE, "certificate")
        if problem.allocation != "deterministic" or len(data["profile"]) != len(problem.agents):
            raise FalseClaimError("certificate.profile: only a deterministic design has cases, at a profile of all agents")
        theta = tuple(_index(name, types, "certificate.profile") for name, types in zip(data["profile"], problem.types, strict=True))
        left, x = possible.get(theta, set(range(len(problem.outcomes)))), _index(data["outcome"], problem.outcomes, "certificate.outcome")
        cases = (("chosen", left & {x}), ("excluded", left - {x}))
        found = [_certificate(problem, data[key], certify, {**possible, theta: outcomes}) for key, outcomes in cases]
        alive = [case for case in found if case[0] != "feasibility" or case[1] >= 0] or found
        objective, bound = alive[0][0], max(case[1] for case in alive)
        if any(case[0] != objective for case in alive):
            raise FalseClaimError("certificate: the cases of a node are about different objectives")
    else:
        _conform(data, LEAF, "certificate")
        objective = data["objective"]
        if objective not in (*IMPOSSIBILITIES, problem.objective):
            raise FalseClaimError(f"certificate.objective: {objective!r} is not the design's")
        if data["efficient"] and problem.allocation != "efficient" and not (certify and objective in IMPOSSIBILITIES):
            raise FalseClaimError("certificate.efficient: efficiency is not asked for here")
        bound = _Lagrangian(problem, data, certify).maximum(data["efficient"], possible)
    if data["objective"] != objective or _rational(data["bound"], "certificate.bound") != bound:
        raise FalseClaimError(f"certificate.bound: the prices prove {_show(bound)} ({objective}), which is not what is stated")
    return objective, bound


def _exact(data: Any, where: str, truth: Callable[[], Fraction] | None) -> Fraction | None:
    """Return the exact value that a number claims, or None if it claims none; raise unless it is the truth."""
    if data is None or data["exact"] is None:
        return None
    stated = _rational(data["exact"], where)
    if truth is None or stated != truth():
        raise FalseClaimError(f"{where}: it is {_show(truth()) if truth else 'supported by nothing'}, not {_show(stated)}")
    try:
        if type(data["float"]) not in (int, float) or data["float"] != float(stated):
            raise FalseClaimError(f"{where}: the float is not the double nearest to {_show(stated)}")
    except OverflowError:
        raise FalseClaimError(f"{where}: no double is near {_show(stated)}") from None
    return stated


def _check(result: Any) -> list[str]:
    """Go through the claims of a result; return those verified."""
    _conform(result, RESULT, "result")
    problem, certify = _Problem(result["problem"]), result["question"] == "certify"
    text = json.dumps(result["problem"], sort_keys=True, separators=(",", ":"))
    if result["version"] != 1 or result["digest"] != "sha256:" + hashlib.sha256(text.encode()).hexdigest():
        raise FalseClaimError("digest: it is not the problem's, or the version is not 1")
    claims, mechanism, about, bound = ["digest: it is the problem's"], None, "", None
    if result["mechanism"] is not None:
        mechanism = _Mechanism(problem, result["mechanism"])
        incentive = certify or problem.objective != "epsilon"
        claims.append(mechanism.require(efficient=result.get("answer") == "possible", incentive=incentive))
    claims += _check_numbers(problem, mechanism, result)
    if result["certificate"] is not None:
        about, bound = _certificate(problem, result["certificate"], certify, {})
        claims.append(f"certificate: valid for the objective {about!r}, with bound {_show(bound)}")
    surplus = _check_surplus(problem, mechanism, about, bound, result)
    return claims + _check_proof(problem, mechanism, about, bound, surplus, result)


def _check_numbers(problem: _Problem, mechanism: _Mechanism | None, result: Any) -> list[str]:
    """Check the numbers of the environment and of the mechanism, and the margins of its properties."""
    truths: dict[str, Callable[[], Fraction]] = {
        "first_best": lambda: problem.expected_first_best,
        "status_quo": lambda: sum(problem.staying_out, ZERO),
        "first_best_gains": lambda: problem.expected_first_best - sum(problem.staying_out, ZERO),
    }
    if mechanism is not None:
        truths |= {key: partial(mechanism.value, key) for key in ("welfare", "gains", "revenue")}
        truths["value"] = partial(mechanism.value, problem.objective)
    keys = ("first_best", "status_quo", "first_best_gains", "welfare", "gains", "revenue", "value")
    numbers = {key: _exact(result.get(key), key, truths.get(key)) for key in keys}
    claims = [f"{key}: {_show(number)}" for key, number in numbers.items() if number is not None]
    for check in result["checks"] or []:
        name = check["property"]
        if mechanism is None or (name == "dsic" and not problem.private):
            raise FalseClaimError(f"checks: nothing is shown about {name}")
        margin = mechanism.margin(name)
        _exact(check["margin"], f"checks, margin of {name}", partial(mechanism.margin, name))
        if check["holds"] != (margin >= 0):
            raise FalseClaimError(f"checks: whether {name} holds is told by its margin, {_show(margin)}")
        claims.append(f"{name}: {'holds' if margin >= 0 else 'fails'}, margin {_show(margin)}")
    return claims


def _check_surplus(problem: _Problem, mechanism: _Mechanism | None, about: str, bound: Fraction | None, result: Any) -> Fraction | None:
    """Check the two sides of the largest surplus; return the bound on it, if there is one."""
    proof = result["proof"].get("surplus") or {"certificate": None, "mechanism": None}
    data, best = proof["certificate"], mechanism
    if data != "answer":
        about, bound = ("surplus", None) if data is None else _certificate(problem, data, True, {})
    if proof["mechanism"] != "answer":
        best = None if proof["mechanism"] is None else _Mechanism(problem, proof["mechanism"])
    # A tree says nothing about lotteries, and the largest surplus is that of any efficient mechanism.
    if about != "surplus" or "profile" in ((result["certificate"] if data == "answer" else data) or {}):
        raise FalseClaimError("proof.surplus.certificate: it does not bound the surplus")
    if best is not None:
        best.require(efficient=True, alone=True)
    elif proof["mechanism"] == "answer":
        raise FalseClaimError("proof.surplus.mechanism: the answer has none")
    attained = best is not None and best.value("revenue") == bound
    _exact(result.get("budget_surplus"), "budget_surplus", (lambda: bound or ZERO) if attained else None)
    return bound


def _check_proof(
    problem: _Problem, mechanism: _Mechanism | None, about: str, bound: Fraction | None, surplus: Fraction | None, result: Any
) -> list[str]:
    """Check that the mechanism and the certificate prove the answer or the status, the grade, the bound and the gap."""
    certify, proof, grade = result["question"] == "certify", result["proof"], result["proof"]["grade"]
    answer, other = (result.get(key) for key in (("answer", "status") if certify else ("status", "answer")))
    if other is not None or (not certify and (result.get("budget_surplus") or proof.get("surplus"))):
        raise FalseClaimError(f"result: an answer to another question than {result['question']!r}")
    if grade not in GRADES[answer]:
        raise FalseClaimError(f"proof.grade: {grade!r} does not go with {answer!r}")
    if mechanism is None and (answer == "possible" or grade == "feasible"):
        raise FalseClaimError(f"proof.grade: {grade!r} needs a mechanism")
    # Any budget asks for a surplus of at least 0 in expectation.
    impossible = about in IMPOSSIBILITIES and bound is not None and bound < 0 and (about != "surplus" or problem.budget != "none")
    if answer in ("impossible", "infeasible") and (not impossible or (grade == "optimal" and about != "surplus")):
        raise FalseClaimError(f"certificate: it does not prove {answer!r}, or not with the grade {grade!r}")
    if answer == "unbounded" and about:
        raise FalseClaimError("status: a certificate contradicts 'unbounded'")
    # Where the question is whether efficiency is possible, what is optimal is the largest surplus.
    key, proved = "value", bound if bound is None or about != "epsilon" else -bound
    if certify:
        key, proved = "budget_surplus", {"optimal": surplus, "infeasible": bound}.get(grade)
    stated = _exact(proof["bound"], "proof.bound", None if proved is None else lambda: proved)
    known = stated is not None and result.get(key) and result[key]["exact"] and grade in ("optimal", "bounded")
    gap = abs(stated - _rational(result[key]["exact"], key)) if stated is not None and known else None
    if grade in ("optimal", "bounded") and (stated is None or not (certify or about == problem.objective)):
        raise FalseClaimError(f"proof.grade: {grade!r} needs a certificate for the objective, and its bound")
    if (None if proof["gap"] is None else _rational(proof["gap"], "proof.gap")) != gap or (grade == "optimal" and gap != 0):
        raise FalseClaimError(f"proof.gap: it is {'not known' if gap is None else _show(gap)}")
    return [f"proof: {answer} is {grade}" + "".join(f", {word} {_show(q)}" for word, q in (("bound", stated), ("gap", gap)) if q is not None)]


def check_result(result: dict[str, Any]) -> list[str]:
    """Verify every claim of a result.

    Parameters
    ----------
    result : dict
        A result as saved, see ``docs/certificates.md``.

    Returns
    -------
    list of str
        The claims that were verified, a line each.

    Raises
    ------
    FalseClaimError
        If a claim is false; the message names the first one. `NotAResultError` if the result cannot be read.
    """
    try:
        return _check(result)
    except RecursionError:
        raise NotAResultError("result: it is nested too deeply") from None


def check_certificate(problem: dict[str, Any], certificate: dict[str, Any], *, efficient_allowed: bool) -> Fraction:
    """Return the bound that a certificate proves, recomputed.

    Parameters
    ----------
    problem, certificate : dict
        In normal form; the certificate may be a tree.
    efficient_allowed : bool
        Whether the question is `certify`, so that a proof of impossibility may suppose an efficient allocation and, where the
        objective is ``"epsilon"``, the incentive property.

    Returns
    -------
    Fraction
        The bound, in money or in the unit of the objective.

    Raises
    ------
    FalseClaimError
        If a price has the wrong sign or prices nothing, money does not cancel, or the stated bound is another.

    Examples
    --------
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
    return _certificate(_Problem(problem), certificate, efficient_allowed, {})[1]


def check_mechanism(problem: dict[str, Any], mechanism: dict[str, Any], efficient: bool = False) -> str:
    """Return which requirements of its design a mechanism meets: all of them.

    Parameters
    ----------
    problem, mechanism : dict
        In normal form.
    efficient : bool
        Whether the question is `certify`: the mechanism must be efficient too, and truth must pay whatever the objective is.

    Returns
    -------
    str
        The requirements, in a line.

    Raises
    ------
    FalseClaimError
        If the mechanism is not admissible; the message names the first requirement that fails.
    """
    economy = _Problem(problem)
    return _Mechanism(economy, mechanism).require(efficient=efficient, incentive=efficient or economy.objective != "epsilon")


def properties(problem: dict[str, Any], mechanism: dict[str, Any]) -> dict[str, Fraction]:
    """Return the margin of every property of a mechanism: it holds when its margin is not negative.

    Parameters
    ----------
    problem, mechanism : dict
        In normal form.

    Returns
    -------
    dict from property to Fraction
        In money; in probability for ``"deterministic"``. Without ``"dsic"`` where values are interdependent.
    """
    economy = _Problem(problem)
    found = _Mechanism(economy, mechanism)
    return {name: found.margin(name) for name in PROPERTIES if economy.private or name != "dsic"}


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise NotAResultError("a key occurs twice in an object")
    return dict(pairs)


def main(arguments: Sequence[str]) -> int:
    """Check the result in a file; print its claims, or the first that is false; return the exit status."""
    try:
        (path,) = arguments
        text = Path(path).read_text(encoding="utf-8")
        lines, status = check_result(json.loads(text, object_pairs_hook=_distinct)), 0
    except (NotAResultError, OSError, RecursionError, ValueError) as error:
        status = 1 if isinstance(error, FalseClaimError) and not isinstance(error, NotAResultError) else 2
        lines = [f"{'false' if status == 1 else 'not a result'}: {error}"]
    for line in lines:
        print(" ".join(line.split()).encode(sys.stdout.encoding, "backslashreplace").decode(sys.stdout.encoding))
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
