"""Problems whose types move, by dense fractions: policy iteration over square tables, and programs with a column per payment.

A second reader and a second solver of everything that `kind = "dynamic"` means; no line comes from mechopt. It builds the transition
between profiles entry by entry, and states the programs in payments and continuation payoffs, both
as columns, where mechopt eliminates the payments.
"""

from __future__ import annotations

import itertools
import math
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

from exact_program import Program, rational
from flint import fmpq, fmpq_mat  # products of Python's fractions take seconds
from reporting import agree, report

HERE = Path(__file__).resolve().parent
PROBLEMS = HERE.parents[1] / "problems"
Vector = list[Fraction]
Matrix = list[Vector]
ZERO, ONE = Fraction(0), Fraction(1)


def solved(matrix: fmpq_mat, right: Vector) -> Vector:
    """Solve a square system."""
    column = fmpq_mat([[rational(entry)] for entry in right])
    return [Fraction(int(entry.p), int(entry.q)) for entry in matrix.solve(column).entries()]


def dot(left: Vector, right: Vector) -> Fraction:
    """Inner product."""
    return sum((a * b for a, b in zip(left, right, strict=True) if a and b), ZERO)


@dataclass
class Markov:
    """Types that move: `moves[k][s][s2]` is the chance of profile s2 after profile s and action k."""

    n_types: list[int]
    n_actions: int
    requires: list[set[int]]
    rewards: list[Matrix]
    moves: list[Matrix]
    start: Vector
    discount: Fraction

    @property
    def states(self) -> list[tuple[int, ...]]:
        """Profiles in row-major order."""
        return list(itertools.product(*(range(n) for n in self.n_types)))

    @property
    def agents(self) -> range:
        """Agents by number."""
        return range(len(self.n_types))

    def reward(self, i: int, state: tuple[int, ...], action: int) -> Fraction:
        """What an agent earns in a period."""
        return self.rewards[i][state[i]][action]

    def flow(self, members: list[int], state: tuple[int, ...], action: int) -> Fraction:
        """What several agents earn in a period."""
        return sum((self.reward(j, state, action) for j in members), ZERO)

    def value_of(self, policy: list[int], flow: Vector) -> Vector:
        """Expected discounted sums of a flow."""
        return solved(self.discounted(policy), flow)

    @cached_property
    def chances(self) -> list[list[list[fmpq]]]:
        """`moves` as FLINT's fractions."""
        return [[[rational(chance) for chance in row] for row in table] for table in self.moves]

    def discounted(self, policy: list[int]) -> fmpq_mat:
        """Identity less discounted transitions."""
        n = len(policy)
        identity = fmpq_mat([[int(s == t) for t in range(n)] for s in range(n)])
        return identity - fmpq_mat([self.chances[k][s] for s, k in enumerate(policy)]) * rational(self.discount)

    def best(self, without: int | None = None) -> tuple[Vector, list[list[int]]]:
        """Value and all best actions by policy iteration, over the actions that do not require the agent left out."""
        members = [j for j in self.agents if j != without]
        allowed = [k for k in range(self.n_actions) if without is None or without not in self.requires[k]]
        policy = [allowed[0]] * len(self.states)
        if not members:
            return [ZERO] * len(policy), [[] for _ in policy]
        while True:
            value = self.value_of(policy, [self.flow(members, s, policy[n]) for n, s in enumerate(self.states)])
            scores = [
                {k: self.flow(members, s, k) + self.discount * dot(self.moves[k][n], value) for k in allowed} for n, s in enumerate(self.states)
            ]
            tops = [[k for k in allowed if score[k] == max(score.values())] for score in scores]
            if all(policy[n] in top for n, top in enumerate(tops)):
                return value, tops
            policy = [policy[n] if policy[n] in top else top[0] for n, top in enumerate(tops)]

    def given(self, i: int, table: Vector) -> Iterator[Fraction]:
        """Expectations in period 0 given each type of agent i that occurs."""
        for a in range(self.n_types[i]):
            here = [n for n, s in enumerate(self.states) if s[i] == a]
            chance = sum((self.start[n] for n in here), ZERO)
            if chance:
                yield sum((self.start[n] * table[n] for n in here), ZERO) / chance

    def pivot(self) -> dict[str, Any]:
        """Both sides of the budget condition."""
        value, tops = self.best()
        contributions = [[w - other for w, other in zip(value, self.best(i)[0], strict=True)] for i in self.agents]
        efficient = dot(self.start, value)
        deficit = sum((dot(self.start, m) for m in contributions), ZERO) - efficient
        fees = [min(self.given(i, contributions[i])) for i in self.agents]
        return {
            "value": efficient,
            "deficit": deficit,
            "fees": fees,
            "slack": sum(fees, ZERO) - deficit,
            "contributions": contributions,
            "tops": tops,
        }

    def slack(self, discount: Fraction) -> Fraction:
        """Slack of the condition at another discount factor."""
        other = Markov(self.n_types, self.n_actions, self.requires, self.rewards, self.moves, self.start, discount)
        return Fraction(other.pivot()["slack"])

    def program(
        self, allowed: list[list[int]], participation: str = "both"
    ) -> tuple[Program, list[list[int]], list[list[dict[int, int]]], list[int]]:
        """Truth, staying and joining over lotteries on allowed actions (types that move the same way whatever is done), or single actions.

        Participation "joining" leaves out staying, "no fees" lets nobody pay for joining.
        """
        program, states = Program(), self.states
        number, discount = {s: n for n, s in enumerate(states)}, rational(self.discount)
        lottery = [{k: program.column(nonnegative=True) for k in top} for top in allowed]
        for chances in lottery:
            program.require(dict.fromkeys(chances.values(), ONE), "=", ONE)
        payoff = [[program.column(nonnegative=False) for _ in states] for _ in self.agents]
        payment = [[program.column(nonnegative=False) for _ in states] for _ in self.agents]
        fee = [program.column(nonnegative=False) for _ in self.agents]
        for i in self.agents:
            for n, s in enumerate(states):
                for report_type in range(self.n_types[i]):
                    seen = number[(*s[:i], report_type, *s[i + 1 :])]
                    # U(s) - [v(s_i, seen) - z(seen) + discount E[U after s, what is done at seen]], zero for the truth.
                    row = {payment[i][seen]: fmpq(1)}
                    row |= {column: rational(-self.reward(i, s, k)) for k, column in lottery[seen].items()}
                    row |= {payoff[i][t]: int(n == t) - discount * chance for t, chance in enumerate(self.chances[allowed[seen][0]][n])}
                    program.require(row, "=" if seen == n else ">=", ZERO)
                if participation != "joining":
                    program.require({payoff[i][n]: ONE}, ">=", ZERO)
            if participation == "no fees":
                program.require({fee[i]: ONE}, "<=", ZERO)
            for a in range(self.n_types[i]):
                here = [n for n, s in enumerate(states) if s[i] == a]
                chance = sum((self.start[n] for n in here), ZERO)
                if chance:
                    program.require({payoff[i][n]: self.start[n] / chance for n in here} | {fee[i]: -ONE}, ">=", ZERO)
        return program, payment, [lottery], fee

    def occupation(self, policy: list[int]) -> Vector:
        """How often, discounted, every profile is expected."""
        return solved(self.discounted(policy).transpose(), self.start)

    def surplus(self, participation: str = "both") -> Fraction:
        """The largest expected discounted surplus of an efficient mechanism with stationary payments and fees."""
        tops = self.best()[1]
        if any(self.moves[k] != self.moves[0] for k in range(self.n_actions)) and any(len(top) > 1 for top in tops):
            raise ValueError("ties between actions that move types differently")
        program, payment, _, fee = self.program(tops, participation)
        often = self.occupation([top[0] for top in tops])
        for i in self.agents:
            program.reward(fee[i], ONE)
            for n, weight in enumerate(often):
                program.reward(payment[i][n], weight)
        return program.maximum()

    def whatever_is_done(self, participation: str = "both") -> tuple[Program, dict[int, Fraction], dict[int, Fraction]]:
        """All mechanisms, their surplus and their welfare as weights of columns, where types move the same way whatever is done."""
        everything = [list(range(self.n_actions))] * len(self.states)
        program, payment, (lottery,), fee = self.program(everything, participation)
        often = self.occupation([0] * len(self.states))
        surplus: dict[int, Fraction] = dict.fromkeys(fee, ONE)
        for i in self.agents:
            surplus |= dict(zip(payment[i], often, strict=True))
        welfare = {column: often[n] * self.flow(list(self.agents), s, k) for n, s in enumerate(self.states) for k, column in lottery[n].items()}
        return program, surplus, welfare

    def second_best(self, least: Fraction = ZERO, participation: str = "both") -> Fraction:
        """The largest welfare of a mechanism that leaves a surplus of so much at least."""
        program, surplus, welfare = self.whatever_is_done(participation)
        program.require(surplus, ">=", least)
        for column, weight in welfare.items():
            program.reward(column, weight)
        return program.maximum()

    def largest_surplus(self, participation: str = "both") -> Fraction:
        """The largest surplus of any mechanism, efficient or not."""
        program, surplus, _ = self.whatever_is_done(participation)
        for column, weight in surplus.items():
            program.reward(column, weight)
        return program.maximum()


def fractions(numbers: Any) -> Any:
    """Nested numbers as fractions."""
    return [fractions(entry) for entry in numbers] if isinstance(numbers, list) else Fraction(numbers)


def load(slug: str, discount: Fraction | None = None) -> Markov:
    """Read problems/SLUG.toml."""
    with (PROBLEMS / f"{slug}.toml").open("rb") as file:
        data = tomllib.load(file, parse_float=Fraction)
    head, tables = data["environment"], data["agents"]
    names, actions = [table["name"] for table in tables], head["actions"]
    sizes = [len(table["reward"]) for table in tables]
    profiles = list(itertools.product(*(range(n) for n in sizes)))
    if "transition" in head:
        given = head["transition"]
        moves = [fractions(given[action] if isinstance(given, dict) else given) for action in actions]
    else:
        own = [[fractions(t["transition"][a] if isinstance(t["transition"], dict) else t["transition"]) for t in tables] for a in actions]
        moves = [[[math.prod((p[i][s[i]][t[i]] for i in range(len(sizes))), start=ONE) for t in profiles] for s in profiles] for p in own]
    if "prior" in data:
        start = []
        for s in profiles:
            cell: Any = fractions(data["prior"]["joint"])
            for a in s:
                cell = cell[a]
            start.append(cell)
    else:
        own_start = [fractions(t.get("initial", [Fraction(1, n)] * n)) for t, n in zip(tables, sizes, strict=True)]
        start = [math.prod((own_start[i][a] for i, a in enumerate(s)), start=ONE) for s in profiles]
    requires = [{names.index(name) for name in head.get("requires", {}).get(action, [])} for action in actions]
    rewards = [fractions(table["reward"]) for table in tables]
    return Markov(sizes, len(actions), requires, rewards, moves, start, Fraction(head["discount"]) if discount is None else discount)


def standard(problem: Markov) -> dict[str, Fraction | int | str]:
    """What `certify` says about every such problem."""
    sides, surplus = problem.pivot(), problem.surplus()
    return {
        "answer": "possible" if surplus >= 0 else "impossible",
        "budget_surplus": surplus,
        "efficient_value": sides["value"],
        "pivot_deficit": sides["deficit"],
        "slack": sides["slack"],
        "condition_holds": "true" if sides["slack"] >= 0 else "false",
    }


def changes_sign_at(problem: Markov, point: Fraction) -> str:
    """Return a critical discount factor after looking at it and around it."""
    near = Fraction(1, 10**6)
    if problem.slack(point) != 0 or problem.slack(point - near) * problem.slack(point + near) >= 0:
        raise ValueError(f"{point} is not critical")
    return str(point)


def near(problem: Markov, low: Fraction, high: Fraction) -> str:
    """Return a critical discount factor between two others, by halving."""
    if problem.slack(low) * problem.slack(high) >= 0:
        raise ValueError(f"no change of sign between {low} and {high}")
    while high - low > Fraction(1, 10**11):
        middle = (low + high) / 2
        low, high = (middle, high) if problem.slack(low) * problem.slack(middle) > 0 else (low, middle)
    return str(low)


def kept(slug: str, retention: Fraction, gains: Fraction) -> None:
    """Worst types without gains, kept or drawn anew: E W <= 2 d (1 - r) / (1 - d r) E W, so the critical factor is 1/(2 - r).

    Profiles of every period are distributed like the first, so the value is that of one period, discounted.
    """
    problem = load(slug)
    found = standard(problem) | {"critical_discounts": changes_sign_at(problem, 1 / (2 - retention))}
    agree(found["efficient_value"], gains / (1 - problem.discount))
    report(slug, certify=found, solve={"value": problem.second_best()})


def idle_types() -> None:
    """Both worst types earn nothing for ever, so the right side of the condition is zero at every discount factor."""
    slug = "yoon-2015/idle-types"
    problem = load(slug)
    found = standard(problem)
    agree(*problem.pivot()["fees"], Fraction(0))
    agree(found["slack"], -found["pivot_deficit"])
    if any(problem.slack(discount) >= 0 for discount in (Fraction(1, 10), Fraction(1, 2), Fraction(999, 1000))):
        raise ValueError("the condition should fail")
    report(slug, certify=found | {"critical_discounts": "none"})


def common_shock() -> None:
    """Correlated types; the critical factor is no rational number."""
    slug = "yoon-2015/common-shock"
    problem = load(slug)
    report(
        slug,
        certify=standard(problem) | {"critical_discounts": near(problem, Fraction(1, 2), Fraction(3, 5))},
        solve={"value": problem.second_best()},
    )


def learning() -> None:
    """Actions move types: nobody imposes a cost by staying away, so payments leave a surplus before any fee."""
    slug = "bergemann-valimaki-2010/learning"
    found = standard(load(slug))
    if found["pivot_deficit"] > 0:
        raise ValueError("pivot payments of bidders are not negative")
    report(slug, certify=found)


def main() -> None:
    kept("yoon-2015/kept-half-the-time", Fraction(1, 2), Fraction(2, 9))
    for slug, retention in (
        ("yoon-2015/drawn-anew", Fraction(0)),
        ("skrzypacz-toikka-2015/another-mechanism", Fraction(1, 2)),
        ("skrzypacz-toikka-2015/persistent", Fraction(9, 10)),
    ):
        kept(slug, retention, Fraction(6**2 - 1, 6 * 6**2))
    idle_types()
    common_shock()
    learning()


if __name__ == "__main__":
    main()
