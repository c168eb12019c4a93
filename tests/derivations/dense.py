"""Every constraint of a mechanism written out at every profile, from the definitions, with no reduction.

`second_best`, `greatest_surplus` and `least_violation` build the linear program of a problem file and
return its optimum as a fraction that `exact_program` has proved. Small problems only.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from exact_program import Program, rational
from flint import fmpq
from problem_file import Problem, Profile

Row = dict[int, fmpq]
ONE, ZERO = fmpq(1), fmpq(0)


class Assembly:
    """The columns and rows of one problem.

    With `interim_payments` an agent's payment depends on her own report alone. That loses nothing
    when types are independent and payments enter only through interim expectations, because
    payments T_i(own report) have the same interim expectations as any others.
    """

    def __init__(self, problem: Problem, *, efficient: bool, elastic: bool = False, interim_payments: bool = False) -> None:
        self.problem, self.program = problem, Program()
        self.probability = {profile: rational(f) for profile, f in problem.probability.items()}
        self.utility = {key: rational(u) for key, u in problem.utility.items()}
        self.cost = [rational(c) for c in problem.cost]
        self.interim = interim_payments
        self.allocation: dict[tuple[Profile, int], int] = {}
        self.payment: dict[tuple[int, Profile], int] = {}
        for profile in problem.profiles:
            allowed = problem.efficient(profile) if efficient else range(len(problem.outcomes))
            for x in allowed:
                self.allocation[profile, x] = self.program.column(nonnegative=True)
            self.program.require({self.allocation[profile, x]: ONE for x in allowed}, "=", ONE)
            for i in range(len(problem.agents)):
                key = self._payment_key(i, profile)
                if key not in self.payment:
                    self.payment[key] = self.program.column(nonnegative=False)
        self.slack = self.program.column(nonnegative=True) if elastic else None

    def _payment_key(self, agent: int, profile: Profile) -> tuple[int, Profile]:
        return (agent, profile[agent : agent + 1]) if self.interim else (agent, profile)

    def require(self, row: Row, sense: str, bound: Fraction) -> None:
        """Add a row; when elastic, one common slack may bend every row, equalities both ways."""
        if self.slack is None:
            self.program.require(row, sense, bound)
            return
        if sense in (">=", "="):
            self.program.require(row | {self.slack: ONE}, ">=", bound)
        if sense in ("<=", "="):
            self.program.require(row | {self.slack: -ONE}, "<=", bound)

    def payoff(self, row: Row, agent: int, true: Profile, report: Profile, weight: fmpq) -> None:
        """Add weight times the agent's payoff at the profile `report` when the truth is `true`."""
        for x in range(len(self.problem.outcomes)):
            if (report, x) in self.allocation:
                _add(row, self.allocation[report, x], weight * self.utility[agent, true, x])
        _add(row, self.payment[self._payment_key(agent, report)], -weight)

    def deficit(self, row: Row, profile: Profile, weight: fmpq) -> None:
        """Add weight times (sum of payments less cost) at a profile."""
        for i in range(len(self.problem.agents)):
            _add(row, self.payment[self._payment_key(i, profile)], weight)
        for x, c in enumerate(self.cost):
            if (profile, x) in self.allocation:
                _add(row, self.allocation[profile, x], -weight * c)

    def conditional(self, agent: int, kind: int) -> Iterator[tuple[Profile, fmpq]]:
        """Yield the profiles with the agent's true type, and the others' probability given it."""
        marginal = rational(self.problem.marginal(agent, kind))
        for profile in self.problem.profiles:
            if profile[agent] == kind:
                yield profile, self.probability[profile] / marginal

    def incentives(self, kind: str, epsilon: Fraction, epsilon_column: int | None = None) -> None:
        """Truth must pay: in expectation (bic) or at every profile of the others (dsic, epic)."""
        if kind == "none":
            return
        for i, names in enumerate(self.problem.types):
            for true, report in itertools.permutations(range(len(names)), 2):
                cells = list(self.conditional(i, true))
                groups = [cells] if kind == "bic" else [[(p, ONE)] for p, _ in cells]
                for group in groups:
                    row: Row = {}
                    for profile, weight in group:
                        lie = (*profile[:i], report, *profile[i + 1 :])
                        self.payoff(row, i, profile, profile, weight)
                        self.payoff(row, i, profile, lie, -weight)
                    if epsilon_column is not None:
                        row[epsilon_column] = ONE
                    self.require(row, ">=", -epsilon)

    def participation(self, kind: str) -> None:
        """Nobody is better off staying out."""
        problem = self.problem
        for i, names in enumerate(problem.types):
            if kind == "ex-ante-ir":
                bound = Fraction(0)
                row: Row = {}
                for profile in problem.profiles:
                    self.payoff(row, i, profile, profile, self.probability[profile])
                    bound += problem.probability[profile] * problem.outside[i][profile[i]]
                self.require(row, ">=", bound)
            for a in range(len(names)) if kind in ("interim-ir", "ex-post-ir") else ():
                cells = list(self.conditional(i, a))
                for group in [cells] if kind == "interim-ir" else [[(p, ONE)] for p, _ in cells]:
                    row = {}
                    for profile, weight in group:
                        self.payoff(row, i, profile, profile, weight)
                    self.require(row, ">=", problem.outside[i][a])

    def budget(self, kind: str) -> None:
        """The designer's money, at every profile or in expectation."""
        if kind == "none":
            return
        sense = "=" if kind.endswith("balanced") else ">="
        expected = kind.startswith("expected")
        for group in [self.problem.profiles] if expected else [[p] for p in self.problem.profiles]:
            row: Row = {}
            for profile in group:
                self.deficit(row, profile, self.probability[profile] if expected else ONE)
            self.require(row, sense, Fraction(0))

    def limits(self, design: Mapping[str, Any]) -> None:
        """Floors and caps on payments, and the problem's own constraints."""
        problem = self.problem
        for key, sense in (("payment_floor", ">="), ("payment_cap", "<=")):
            given = design.get(key)
            for i, name in enumerate(problem.agents):
                limit = given.get(name) if isinstance(given, dict) else given
                if limit is None:
                    continue
                for column in {self.payment[k] for k in self.payment if k[0] == i}:
                    self.require({column: ONE}, sense, Fraction(limit))
        for constraint in design.get("constraints", []):
            row: Row = {}
            for term, profile in itertools.product(constraint["terms"], problem.profiles):
                when = term.get("when", {})
                if any(problem.types[problem.agents.index(n)].index(a) != profile[problem.agents.index(n)] for n, a in when.items()):
                    continue
                weight = rational(Fraction(term.get("coefficient", 1)))
                weight *= self.probability[profile] if term["expected"] else 1
                if "payment" in term:
                    column = self.payment[self._payment_key(problem.agents.index(term["payment"]), profile)]
                else:
                    column = self.allocation.get((profile, problem.outcomes.index(term["outcome"])), -1)
                if column >= 0:
                    _add(row, column, weight)
            self.require(row, constraint["sense"], Fraction(constraint["bound"]))

    def reward(self, objective: str, design: Mapping[str, Any]) -> None:
        """The design's objective, maximised ("epsilon" is minimised by its caller)."""
        problem, program = self.problem, self.program
        row: Row = {}
        if objective == "worst-case":
            ratio = program.column(nonnegative=False)
            for profile in problem.profiles:
                first_best = max(problem.surplus(profile, x) for x in range(len(problem.outcomes)))
                if first_best:
                    program.require(
                        {ratio: -first_best} | {c: problem.surplus(profile, x) for (p, x), c in self.allocation.items() if p == profile},
                        ">=",
                        Fraction(0),
                    )
            program.reward(ratio, ONE)
            return
        weights = design.get("weights") or {}
        for profile in problem.profiles:
            f = self.probability[profile]
            if objective == "revenue":
                self.deficit(row, profile, f)
            elif objective in ("payoff", "weighted"):
                for i, name in enumerate(problem.agents):
                    given = weights.get(name, 1) if objective == "weighted" else 1
                    weight = given[profile[i]] if isinstance(given, list) else given
                    self.payoff(row, i, profile, profile, f * rational(Fraction(weight)))
            else:
                for x in range(len(problem.outcomes)):
                    if (profile, x) in self.allocation:
                        _add(row, self.allocation[profile, x], f * rational(problem.surplus(profile, x)))
        for column, amount in row.items():
            program.reward(column, amount)
        if objective == "gains":
            program.constant -= problem.status_quo()

    def wish(self, design: Mapping[str, Any], *, budget: bool = True, epsilon_column: int | None = None) -> None:
        """Add every row of a design."""
        self.incentives(design["incentive"], Fraction(design.get("epsilon", 0)), epsilon_column)
        self.participation(design["participation"])
        if budget:
            self.budget(design["budget"])
        self.limits(design)


def _add(row: Row, column: int, amount: fmpq) -> None:
    if amount:
        row[column] = row.get(column, ZERO) + amount


def second_best(problem: Problem, *, interim_payments: bool = False, **changes: Any) -> Fraction:
    """The greatest value of the design's objective."""
    design = problem.design | changes
    assembly = Assembly(problem, efficient=design["allocation"] == "efficient", interim_payments=interim_payments)
    if design["objective"] == "epsilon":
        column = assembly.program.column(nonnegative=True)
        assembly.wish(design, epsilon_column=column)
        assembly.program.reward(column, -ONE)
        return -assembly.program.maximum()
    assembly.wish(design)
    assembly.reward(design["objective"], design)
    return assembly.program.maximum()


def greatest_surplus(problem: Problem, *, interim_payments: bool = False, **changes: Any) -> Fraction:
    """S*: the greatest expected budget surplus of an efficient mechanism, budget left free."""
    design = problem.design | changes
    assembly = Assembly(problem, efficient=True, interim_payments=interim_payments)
    assembly.wish(design, budget=False)
    assembly.reward("revenue", design)
    return assembly.program.maximum()


def least_violation(problem: Problem, *, efficient: bool, interim_payments: bool = False, **changes: Any) -> Fraction:
    """The least common amount by which rows must be bent: zero if and only if the design is feasible."""
    design = problem.design | changes
    assembly = Assembly(problem, efficient=efficient, elastic=True, interim_payments=interim_payments)
    assembly.wish(design)
    assert assembly.slack is not None
    assembly.program.reward(assembly.slack, -ONE)
    return -assembly.program.maximum()


def answer(problem: Problem, **options: Any) -> str:
    """The verdict of `certify`: possible or impossible."""
    return "possible" if least_violation(problem, efficient=True, **options) == 0 else "impossible"


def standard(problem: Problem) -> dict[str, Fraction]:
    """First best, status quo and their difference."""
    first_best, status_quo = problem.first_best(), problem.status_quo()
    return {"first_best": first_best, "status_quo": status_quo, "first_best_gains": first_best - status_quo}
