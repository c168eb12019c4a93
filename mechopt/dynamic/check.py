"""Check a saved result about types that move, in exact arithmetic. It trusts nobody: standard library only, no solver.

Everything is recomputed from the definitions of ``docs/certificates.md``, section 5, in its notation. Run it alone::

    python check.py RESULT.json      # exit 0: every claim holds; 1: one is false, and named; 2: this is not such a result

To read it: `_Economy` is the problem, `_check` goes through the claims of a file. A profile is its number in profile order.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import gcd, prod
from pathlib import Path
from typing import Any

__all__ = ["FalseClaimError", "NotAResultError", "check_result"]

Vector = list[Fraction]
ZERO, ONE = Fraction(0), Fraction(1)
MOST_STATES, MOST_SOLVED = 1000, 36  # profiles that are gone through, and for which linear systems are solved
NEAR = Fraction(1, 10**9)
PROPERTIES = ("efficient", "periodic-epic", "periodic-ir", "interim-ir", "expected-no-deficit", "expected-balanced")
KEYS = {
    "format", "version", "question", "problem", "digest", "status", "answer", "value", "budget_surplus", "welfare", "first_best", "status_quo",
    "gains", "first_best_gains", "revenue", "proof", "checks", "certificate", "mechanism", "statistics", "conflict", "dynamic", "values",
}  # fmt: skip


class FalseClaimError(ValueError):
    """A claim that does not hold; the message names it."""


class NotAResultError(FalseClaimError):
    """Something that cannot be read, so that it shows nothing."""


def _rational(data: Any, where: str) -> Fraction:
    try:
        if isinstance(data, str) and re.fullmatch("-?[0-9]+(/[1-9][0-9]*)?", data) and str(number := Fraction(data)) == data:
            return number
    except ValueError:  # more digits than Python reads
        pass
    raise NotAResultError(f'{where}: must be a rational in lowest terms, "p" or "p/q"')


def _table(data: Any, where: str, shape: Sequence[int]) -> Any:
    """Return nested lists of rationals of a shape."""
    if not shape:
        return _rational(data, where)
    if not isinstance(data, list) or len(data) != shape[0]:
        raise NotAResultError(f"{where}: must be a list of {shape[0]}")
    return [_table(part, where, shape[1:]) for part in data]


def _object(data: Any, where: str, keys: set[str] | None = None) -> dict[str, Any]:
    if not isinstance(data, dict) or (keys is not None and set(data) != keys):
        raise NotAResultError(f"{where}: must be an object" + (f" with the keys {', '.join(sorted(keys))}" if keys else ""))
    return data


def _names(data: Any, where: str) -> list[str]:
    if not isinstance(data, list) or not data or not all(isinstance(name, str) for name in data) or len(set(data)) != len(data):
        raise NotAResultError(f"{where}: must be a list of different names")
    return data


def _index(name: Any, names: Sequence[str], where: str) -> int:
    if name not in names:
        raise FalseClaimError(f"{where}: {name!r} does not belong here")
    return names.index(name)


def _same(stated: Any, found: Any, where: str) -> None:
    if stated != found or type(stated) is not type(found):
        raise FalseClaimError(f"{where}: {stated!r} is stated, {found!r} is true")


def _number(data: Any, found: Fraction | None, where: str) -> None:
    """Raise unless a number is the one found, with its nearest double."""
    if found is None:
        _same(data, None, where)
        return
    number = _object(data, where, {"float", "exact"})
    if _rational(number["exact"], where) != found or number["float"] != float(found):
        raise FalseClaimError(f"{where}: {number['exact']} is stated, {found} is true")


class _Economy:
    """The problem: who there is, what a period is worth, how types begin and move."""

    def __init__(self, problem: Any) -> None:
        data = _object(problem, "problem")
        head = _object(data.get("environment"), "problem.environment")
        _same(head.get("kind"), "dynamic", "problem.environment.kind")
        if not isinstance(data.get("agents"), list) or not data["agents"]:
            raise NotAResultError("problem.agents: must be a list")
        agents = [_object(agent, "problem.agents") for agent in data["agents"]]
        self.actions = _names(head.get("actions"), "problem.environment.actions")
        self.agents = _names([agent.get("name") for agent in agents], "problem.agents")
        self.types = [_names(agent.get("types"), "problem.agents.types") for agent in agents]
        self.sizes = [len(types) for types in self.types]
        if prod(self.sizes) > MOST_STATES:
            raise NotAResultError(f"problem: {prod(self.sizes)} profiles are too many to go through")
        self.profiles = list(product(*(range(size) for size in self.sizes)))
        self.number = {profile: s for s, profile in enumerate(self.profiles)}
        self.discount = _rational(head.get("discount"), "problem.environment.discount")
        if not 0 <= self.discount < 1:
            raise FalseClaimError("problem.environment.discount: must be at least 0 and less than 1")
        required = _object(head.get("requires"), "problem.environment.requires")
        self.requires = [set[int]() for _ in self.actions]
        for action, names in required.items():
            k = _index(action, self.actions, "problem.environment.requires")
            self.requires[k] = {_index(name, self.agents, "problem.environment.requires") for name in _names(names, "problem.environment.requires")}
        self.rewards = [_table(agent.get("reward"), "problem.agents.reward", (n, len(self.actions))) for agent, n in zip(agents, self.sizes)]
        self.joint = self._moves(head["transition"], len(self.profiles)) if "transition" in head else None
        self.own = [self._moves(agent.get("transition"), n) for agent, n in zip(agents, self.sizes)] if self.joint is None else []
        self.moving = any(len(tables) > 1 for tables in ([self.joint] if self.joint is not None else self.own))
        self.start = self._start(data, agents)

    def _moves(self, data: Any, n: int) -> list[list[Vector]]:
        """Return one transition for all actions, or one per action."""
        where = "problem: transition"
        given = [data] if isinstance(data, list) else [_object(data, where, set(self.actions))[action] for action in self.actions]
        tables: list[list[Vector]] = [_table(table, where, (n, n)) for table in given]
        for row in (row for table in tables for row in table):
            self._distribution(row, where)
        return tables

    @staticmethod
    def _distribution(row: Vector, where: str) -> None:
        if min(row) < 0 or sum(row) != 1:
            raise FalseClaimError(f"{where}: probabilities must not be negative and must sum to 1")

    def _start(self, data: dict[str, Any], agents: list[dict[str, Any]]) -> Vector:
        where = "problem: types in period 0"
        if "prior" in data:
            joint: Any = _table(_object(data["prior"], where, {"joint"})["joint"], where, self.sizes)
            for _ in self.sizes[1:]:
                joint = [entry for part in joint for entry in part]
        else:
            own = [_table(agent.get("initial"), where, (n,)) for agent, n in zip(agents, self.sizes)]
            for row in own:
                self._distribution(row, where)
            joint = [prod((row[a] for row, a in zip(own, profile)), start=ONE) for profile in self.profiles]
        self._distribution(joint, where)
        return list(joint)

    def flow(self, s: int, k: int, without: int | None = None) -> Fraction:
        """Return what a period is worth to all agents, or all but one."""
        profile = self.profiles[s]
        return sum((self.rewards[j][profile[j]][k] for j in range(len(self.agents)) if j != without), ZERO)

    def available(self, without: int | None) -> list[int]:
        """Return the actions that do not require an agent."""
        return [k for k in range(len(self.actions)) if without is None or without not in self.requires[k]]

    def expected(self, table: Vector, k: int) -> Vector:
        """Return the expectation of a table over next profiles under an action."""
        if self.joint is not None:
            rows = self.joint[k if len(self.joint) > 1 else 0]
            return [sum((p * value for p, value in zip(row, table) if p), ZERO) for row in rows]
        return self._along(table, [tables[k if len(tables) > 1 else 0] for tables in self.own])

    def pushed(self, weights: Vector, k: int) -> Vector:
        """Return weights of profiles moved one period on under an action: the transposed transition."""
        if self.joint is not None:
            rows = self.joint[k if len(self.joint) > 1 else 0]
            return [sum((weights[s] * rows[s][t] for s in range(len(weights)) if weights[s]), ZERO) for t in range(len(weights))]
        return self._along(weights, [[list(column) for column in zip(*tables[k if len(tables) > 1 else 0])] for tables in self.own])

    def _along(self, table: Vector, matrices: list[list[Vector]]) -> Vector:
        """Return a table multiplied along each agent's axis."""
        stride = len(table)
        for matrix, size in zip(matrices, self.sizes):
            stride //= size
            moved = [ZERO] * len(table)
            for s in range(len(table)):
                own = s // stride % size
                first = s - own * stride
                moved[s] = sum((p * table[first + a * stride] for a, p in enumerate(matrix[own]) if p), ZERO)
            table = moved
        return table

    def given(self, start: Vector, i: int, table: Vector) -> Iterator[tuple[int, Fraction]]:
        """Yield, for each type of agent i that occurs in a distribution, the expectation of a table."""
        chance, total = [ZERO] * self.sizes[i], [ZERO] * self.sizes[i]
        for profile, p, value in zip(self.profiles, start, table):
            if p:
                chance[profile[i]] += p
                total[profile[i]] += p * value
        for a, p in enumerate(chance):
            if p:
                yield a, total[a] / p

    def seen(self, s: int, i: int, report: int) -> int:
        """Return the profile that is seen when agent i reports a type."""
        profile = self.profiles[s]
        return self.number[(*profile[:i], report, *profile[i + 1 :])]

    @cached_property
    def n(self) -> int:
        """Number of profiles."""
        return len(self.profiles)


def _dot(left: Vector, right: Vector) -> Fraction:
    return sum((a * b for a, b in zip(left, right) if a and b), ZERO)


class _Values:
    """W, W_-i and the efficient actions: Bellman's equations have one solution each, so that a stated one need only satisfy them."""

    def __init__(self, economy: _Economy, data: Any) -> None:
        self.economy = economy
        values = _object(data, "values", {"efficient", "without"})
        without = _object(values["without"], "values.without", set(economy.agents))
        self.efficient: Vector = _table(values["efficient"], "values.efficient", (economy.n,))
        self.without: list[Vector] = [_table(without[name], f"values.without.{name}", (economy.n,)) for name in economy.agents]
        self.best = self._bellman(self.efficient, None, "values.efficient")
        for i, name in enumerate(economy.agents):
            self._bellman(self.without[i], i, f"values.without.{name}")
        self.policy = [top[0] for top in self.best]
        self.marginal = [[w - other for w, other in zip(self.efficient, others)] for others in self.without]

    def _bellman(self, value: Vector, without: int | None, where: str) -> list[list[int]]:
        economy, allowed = self.economy, self.economy.available(without)
        if without is not None and len(economy.agents) == 1:
            allowed = []
        later = {k: economy.expected(value, k if economy.moving else 0) for k in (allowed if economy.moving else allowed[:1])}
        best = []
        for s in range(economy.n):
            scores = [economy.flow(s, k, without) + economy.discount * later[k if economy.moving else allowed[0]][s] for k in allowed]
            top = max(scores, default=ZERO)
            if value[s] != top:
                raise FalseClaimError(f"{where}: Bellman's equation fails at profile {economy.profiles[s]}")
            best.append([k for k, score in zip(allowed, scores) if score == top])
        return best

    def next_value(self, table: Vector) -> Vector:
        """Return the expectation of a table over next profiles under the efficient policy."""
        return _under(self.economy, self.policy, table)


def _under(economy: _Economy, policy: list[int], table: Vector) -> Vector:
    used = sorted(set(policy)) if economy.moving else [0]
    moved = {k: economy.expected(table, k) for k in used}
    return [moved[policy[s] if economy.moving else 0][s] for s in range(economy.n)]


def _sides(values: _Values, start: Vector) -> tuple[Fraction, list[Fraction]]:
    """Return both sides of the condition for a distribution of types: the deficit, and the largest fees."""
    deficit = sum((_dot(start, own) for own in values.marginal), ZERO) - _dot(start, values.efficient)
    return deficit, [min(value for _, value in values.economy.given(start, i, own)) for i, own in enumerate(values.marginal)]


def _balancing(deficit: Fraction, largest: list[Fraction]) -> list[Fraction]:
    if deficit > sum(largest):
        return largest
    return [fee * deficit / sum(largest) if deficit > 0 else deficit / len(largest) for fee in largest]


def _row(economy: _Economy, s: int, k: int) -> Vector:
    return economy.pushed([ONE if t == s else ZERO for t in range(economy.n)], k)


def _graph(values: _Values) -> list[set[int]]:
    return [{t for t, p in enumerate(_row(values.economy, s, values.policy[s])) if p} for s in range(values.economy.n)]


def _reached(graph: list[set[int]], first: set[int]) -> set[int]:
    found, new = set(first), set(first)
    while new:
        new = {t for s in new for t in graph[s]} - found
        found |= new
    return found


def _kind(graph: list[set[int]]) -> tuple[bool, bool]:
    """Return whether a chain is irreducible, and whether its recurrent profiles have no period."""
    reach = [_reached(graph, {s}) for s in range(len(graph))]
    recurrent = [s for s in range(len(graph)) if all(s in reach[t] for t in reach[s])]
    aperiodic = True
    for s in recurrent:
        level, new, depth = {s: 0}, {s}, 0
        while new:
            depth += 1
            new = {t for r in new for t in graph[r]} - level.keys()
            level |= dict.fromkeys(new, depth)
        period = gcd(*(level[r] + 1 - level[t] for r in level for t in graph[r]))
        aperiodic &= period == 1
    return all(len(found) == len(graph) for found in reach), aperiodic


def _solved(economy: _Economy, policy: list[int], flows: list[Vector], discount: Fraction) -> list[Vector]:
    """Return expected discounted sums of flows under a policy, by Gauss's method."""
    n = economy.n
    rows = []
    for s in range(n):
        row = [-discount * p for p in _row(economy, s, policy[s])]
        row[s] += 1
        rows.append(row + [flow[s] for flow in flows])
    for k in range(n):
        pivot = next(r for r in range(k, n) if rows[r][k])
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [entry / rows[k][k] for entry in rows[k]]
        for r in range(n):
            if r != k and (factor := rows[r][k]):
                rows[r] = [a - factor * b if b else a for a, b in zip(rows[r], rows[k])]
    return [[row[n + column] for row in rows] for column in range(len(flows))]


def _optimum(economy: _Economy, without: int | None, discount: Fraction) -> Vector:
    """Return W or W_-i at another discount factor by policy iteration."""
    allowed = [] if without is not None and len(economy.agents) == 1 else economy.available(without)
    if not allowed:
        return [ZERO] * economy.n
    flow = [[economy.flow(s, k, without) for s in range(economy.n)] for k in range(len(economy.actions))]
    if not any(flow[k][s] for k in allowed for s in range(economy.n)):
        return [ZERO] * economy.n
    policy = [max(allowed, key=lambda k: flow[k][s]) for s in range(economy.n)]
    while True:
        value = _solved(economy, policy, [[flow[policy[s]][s] for s in range(economy.n)]], discount)[0]
        later = {k: economy.expected(value, k) for k in (allowed if economy.moving else allowed[:1])}
        score = {k: [flow[k][s] + discount * later[k if economy.moving else allowed[0]][s] for s in range(economy.n)] for k in allowed}
        better = [max(allowed, key=lambda k: score[k][s]) for s in range(economy.n)]
        if all(score[better[s]][s] == value[s] for s in range(economy.n)):
            return value
        policy = better


def _slack(economy: _Economy, discount: Fraction) -> Fraction:
    """Return the slack of the condition at another discount factor."""
    value = _optimum(economy, None, discount)
    total = _dot(economy.start, value)
    for i in range(len(economy.agents)):
        marginal = [w - other for w, other in zip(value, _optimum(economy, i, discount))]
        total += min(entry for _, entry in economy.given(economy.start, i, marginal)) - _dot(economy.start, marginal)
    return total


def _check_critical(economy: _Economy, stated: Any) -> str:
    """Check that both sides meet at each stated discount factor; that there are no others is not checked."""
    where = "dynamic.critical_discounts"
    if not isinstance(stated, list):
        raise NotAResultError(f"{where}: must be a list")
    if economy.n > MOST_SOLVED:
        return f"{where}: not checked, as {economy.n} profiles make systems that are too large for this"
    for entry in stated:
        number = _object(entry, where, {"float", "exact"})
        if number["exact"] is not None:
            point = _rational(number["exact"], where)
            _number(number, point, where)
            met = 0 < point < 1 and _slack(economy, point) == 0
        else:
            point = Fraction(number["float"])
            met = NEAR < point < 1 - NEAR and _slack(economy, point - NEAR) * _slack(economy, point + NEAR) <= 0
        if not met:
            raise FalseClaimError(f"{where}: both sides of the condition do not meet at {float(point)}")
    return f"{where}: both sides meet at each of the {len(stated)} stated"


def _check_dynamic(values: _Values, stated: Any, answer: Any) -> list[str]:
    """Check the table about the pivot mechanism and the chain."""
    economy = values.economy
    table = _object(stated, "dynamic")
    deficit, largest = _sides(values, economy.start)
    slack = sum(largest) - deficit
    _number(table.get("efficient_value"), _dot(economy.start, values.efficient), "dynamic.efficient_value")
    _number(table.get("pivot_deficit"), deficit, "dynamic.pivot_deficit")
    _number(table.get("deficit_per_period"), deficit * (1 - economy.discount), "dynamic.deficit_per_period")
    for key, fees in (("largest_fees", largest), ("fees", _balancing(deficit, largest))):
        given = _object(table.get(key), f"dynamic.{key}", set(economy.agents))
        for name, fee in zip(economy.agents, fees):
            _number(given[name], fee, f"dynamic.{key}.{name}")
    _number(table.get("slack"), Fraction(slack), "dynamic.slack")
    _same(table.get("slack_error"), 0.0, "dynamic.slack_error")
    _same(table.get("condition_holds"), slack >= 0, "dynamic.condition_holds")
    _same(table.get("pivot_voluntary"), min(min(own) for own in values.marginal) >= 0, "dynamic.pivot_voluntary")
    graph = _graph(values)
    slacks = [Fraction(slack)]
    for s in _reached(graph, {s for s, p in enumerate(economy.start) if p}):
        later, fees = _sides(values, _row(economy, s, values.policy[s]))
        slacks.append(sum(fees, ZERO) - later)
    _number(table.get("interim_slack"), min(slacks), "dynamic.interim_slack")
    _same(table.get("interim_condition_holds"), min(slacks) >= 0, "dynamic.interim_condition_holds")
    irreducible, aperiodic = _kind(graph)
    _same(table.get("irreducible"), irreducible, "dynamic.irreducible")
    _same(table.get("aperiodic"), aperiodic, "dynamic.aperiodic")
    _same(table.get("any_mechanism"), answer, "dynamic.any_mechanism")
    said = [f"dynamic: the pivot mechanism's deficit {deficit}, largest fees {sum(largest)}, slack {slack}, at best restarted {min(slacks)}"]
    return [*said, "dynamic: the kind of chain", _check_critical(economy, table.get("critical_discounts"))]


class _Mechanism:
    """A stationary mechanism: what is done and paid at every profile, and fees."""

    def __init__(self, values: _Values, data: Any, where: str) -> None:
        economy = self.economy = values.economy
        self.values = values
        given = _object(data, where, {"form", "policy", "payments", "fees", "payoffs", "welfare"})
        _same(given["form"], "stationary", f"{where}.form")
        n_agents = len(economy.agents)
        self.policy: list[Vector] = _table(given["policy"], f"{where}.policy", (economy.n, len(economy.actions)))
        payments = _table(given["payments"], f"{where}.payments", (economy.n, n_agents))
        payoffs = _table(given["payoffs"], f"{where}.payoffs", (economy.n, n_agents))
        self.payments, self.payoffs = ([list(column) for column in zip(*table)] for table in (payments, payoffs))
        self.welfare: Vector = _table(given["welfare"], f"{where}.welfare", (economy.n,))
        fees = _object(given["fees"], f"{where}.fees", set(economy.agents))
        self.fees = [_rational(fees[name], f"{where}.fees.{name}") for name in economy.agents]
        for chances in self.policy:
            economy._distribution(chances, f"{where}.policy")
            if economy.moving and max(chances) != 1:
                raise FalseClaimError(f"{where}.policy: mixes actions that move types differently")
        self.done = [max(range(len(chances)), key=lambda k: chances[k]) for chances in self.policy]
        self._check_values(where)

    def reward(self, i: int, true: int, seen: int) -> Fraction:
        """Return what a period is worth to an agent whose type is that of one profile when another is seen."""
        own = self.economy.rewards[i][self.economy.profiles[true][i]]
        return _dot(own, self.policy[seen])

    def _check_values(self, where: str) -> None:
        """Payoffs and welfare must be the expected discounted sums they are said to be: one equation per profile, with one solution."""
        economy = self.economy
        total = [ZERO] * economy.n
        for i, name in enumerate(economy.agents):
            later = _under(economy, self.done, self.payoffs[i])
            for s in range(economy.n):
                reward = self.reward(i, s, s)
                total[s] += reward
                if self.payoffs[i][s] != reward - self.payments[i][s] + economy.discount * later[s]:
                    raise FalseClaimError(f"{where}.payoffs: not what {name} expects from profile {economy.profiles[s]} on")
        later = _under(economy, self.done, self.welfare)
        if any(self.welfare[s] != total[s] + economy.discount * later[s] for s in range(economy.n)):
            raise FalseClaimError(f"{where}.welfare: not the expected discounted rewards")

    def expected_welfare(self) -> Fraction:
        """Return the expected discounted rewards."""
        return _dot(self.economy.start, self.welfare)

    def surplus(self) -> Fraction:
        """Return the expected discounted payments, fees included: rewards less what agents keep."""
        return self.expected_welfare() - sum((_dot(self.economy.start, own) for own in self.payoffs), ZERO) + sum(self.fees, ZERO)

    def margins(self) -> dict[str, Fraction]:
        """Return the margin of every property."""
        economy, surplus = self.economy, self.surplus()
        actions = range(len(economy.actions))
        later = [economy.expected(self.welfare, k) for k in (actions if economy.moving else [0])]
        gaps = [
            self.welfare[s] - economy.flow(s, k) - economy.discount * later[k if economy.moving else 0][s] for s in range(economy.n) for k in actions
        ]
        joining = [value - fee for i, fee in enumerate(self.fees) for _, value in economy.given(economy.start, i, self.payoffs[i])]
        margins = (min(gaps), min(self._truth()), min(min(own) for own in self.payoffs), min(joining), surplus, -abs(surplus))
        return dict(zip(PROPERTIES, margins))

    def _truth(self) -> Iterator[Fraction]:
        """Yield what truth brings more than each report, at every profile."""
        economy = self.economy
        for i, size in enumerate(economy.sizes):
            later = {k: economy.expected(self.payoffs[i], k) for k in (set(self.done) if economy.moving else [0])}
            for s, report in product(range(economy.n), range(size)):
                seen = economy.seen(s, i, report)
                after = later[self.done[seen] if economy.moving else 0][s]
                yield self.payoffs[i][s] - self.reward(i, s, seen) + self.payments[i][seen] - economy.discount * after


def _bound(values: _Values, data: Any, where: str) -> tuple[str, Fraction]:
    """Return what prices are about and the bound they prove, recomputed."""
    economy = values.economy
    prices = _object(data, where, {"objective", "bound", "incentive", "joining", "budget", "visits"})
    objective = prices["objective"]
    if objective not in ("surplus", "welfare"):
        raise NotAResultError(f"{where}.objective: must be surplus or welfare")
    if objective == "welfare" and economy.moving:
        raise FalseClaimError(f"{where}: says nothing where actions move types differently")
    weight = _rational(prices["budget"], f"{where}.budget") if objective == "welfare" else ONE
    incentive, joining = (_object(prices[key], f"{where}.{key}", set(economy.agents)) for key in ("incentive", "joining"))
    gains = [[ZERO] * len(economy.actions) for _ in range(economy.n)]
    if objective == "welfare":
        visits = _visits(economy, prices["visits"], f"{where}.visits")
        gains = [[(1 + weight) * visits[s] * economy.flow(s, k) for k in range(len(economy.actions))] for s in range(economy.n)]
    elif prices["budget"] != "0" or prices["visits"] is not None:
        raise FalseClaimError(f"{where}: the surplus has no price of the budget and needs no visits")
    if weight < 0:
        raise FalseClaimError(f"{where}.budget: a price is negative")
    for i, name in enumerate(economy.agents):
        rest = _priced_truth(values, i, incentive[name], objective, gains, f"{where}.incentive.{name}")
        _joined(economy, i, joining[name], weight, rest, f"{where}.joining.{name}")
        if any(left > weight * p for left, p in zip(rest, economy.start)):
            raise FalseClaimError(f"{where}: what {name} expects does not cancel with a price of staying that is not negative")
    usable = values.best if objective == "surplus" else [list(range(len(economy.actions)))] * economy.n
    constant = _dot(economy.start, values.efficient) if objective == "surplus" else ZERO
    bound = constant + sum((max(gains[s][k] for k in usable[s]) for s in range(economy.n)), ZERO)
    _same(_rational(prices["bound"], f"{where}.bound"), bound, f"{where}.bound")
    return objective, bound


def _visits(economy: _Economy, data: Any, where: str) -> Vector:
    """Return how often, discounted, every profile is expected: one equation per profile, with one solution."""
    visits: Vector = _table(data, where, (economy.n,))
    moved = economy.pushed(visits, 0)
    if any(visits[s] != economy.start[s] + economy.discount * moved[s] for s in range(economy.n)):
        raise FalseClaimError(f"{where}: not the expected discounted number of visits")
    return visits


def _priced_truth(values: _Values, i: int, data: Any, objective: str, gains: list[Vector], where: str) -> Vector:
    """Return the weight of an agent's payoff at every profile in her priced constraints, and charge the policy for what they say about it."""
    economy = values.economy
    if not isinstance(data, list) or not all(isinstance(entry, list) and len(entry) == 3 and isinstance(entry[0], list) for entry in data):
        raise NotAResultError(f"{where}: must be a list of profile, report, price")
    weights = [ZERO] * economy.n
    through: dict[int, Vector] = {}
    for names, report_name, text in data:
        if len(names) != len(economy.agents):
            raise NotAResultError(f"{where}: a profile has a type per agent")
        profile = tuple(_index(name, types, where) for name, types in zip(names, economy.types))
        report, price, s = _index(report_name, economy.types[i], where), _rational(text, where), economy.number[profile]
        seen = economy.seen(s, i, report)
        if price < 0:
            raise FalseClaimError(f"{where}: a price is negative")
        if economy.moving and len(values.best[seen]) > 1:
            raise FalseClaimError(f"{where}: what is seen at {names} with report {report_name!r} depends on which efficient action is chosen")
        kernel = values.best[seen][0] if economy.moving and objective == "surplus" else 0
        moved = through.setdefault(kernel, [ZERO] * economy.n)
        for state, signed in ((s, price), (seen, -price)):
            weights[state] += signed
            moved[state] += signed
        own, other = economy.rewards[i][profile[i]], economy.rewards[i][report]
        for k in range(len(economy.actions)):
            gains[seen][k] -= price * (own[k] - other[k])
    for kernel, moved in through.items():
        weights = [w - economy.discount * p for w, p in zip(weights, economy.pushed(moved, kernel))]
    return weights


def _joined(economy: _Economy, i: int, data: Any, weight: Fraction, rest: Vector, where: str) -> None:
    """Add the weight of an agent's payoff in the prices of joining; those must cancel her fee."""
    given = _object(data, where)
    chance = [sum((p for profile, p in zip(economy.profiles, economy.start) if profile[i] == a), ZERO) for a in range(economy.sizes[i])]
    prices = [ZERO] * economy.sizes[i]
    for name, text in given.items():
        a = _index(name, economy.types[i], where)
        prices[a] = _rational(text, where)
        if prices[a] < 0 or not chance[a]:
            raise FalseClaimError(f"{where}: the price of {name!r} is negative, or of a type that does not occur")
    if sum(prices, ZERO) != weight:
        raise FalseClaimError(f"{where}: fees do not cancel")
    for s, (profile, p) in enumerate(zip(economy.profiles, economy.start)):
        if p:
            rest[s] += prices[profile[i]] * p / chance[profile[i]]


def _check(result: dict[str, Any]) -> list[str]:
    result = _object(result, "result", KEYS)
    _same(result["format"], "mechopt-result", "format")
    _same(result["version"], 1, "version")
    text = json.dumps(result["problem"], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    _same(result["digest"], "sha256:" + hashlib.sha256(text.encode("ascii")).hexdigest(), "digest")
    if result["values"] is None:
        raise NotAResultError("values: null, as the state space is too large for exact values; its numbers are no claims that can be checked")
    economy = _Economy(result["problem"])
    values = _Values(economy, result["values"])
    efficient = _dot(economy.start, values.efficient)
    said = ["digest: is the problem's", f"values: satisfy Bellman's equations, so that the efficient value is {efficient}"]
    for key, number in (("first_best", efficient), ("first_best_gains", efficient), ("status_quo", ZERO)):
        _number(result[key], number, key)
    said += _check_dynamic(values, result["dynamic"], result["answer"])
    mechanism = None if result["mechanism"] is None else _Mechanism(values, result["mechanism"], "mechanism")
    said += _check_properties(mechanism, result["checks"])
    welfare, revenue = (None, None) if mechanism is None else (mechanism.expected_welfare(), mechanism.surplus())
    for key, amount in (("welfare", welfare), ("gains", welfare), ("revenue", revenue)):
        _number(result[key], amount, key)
    proof = _object(result["proof"], "proof", {"grade", "bound", "gap", "surplus"})
    certificate = None if result["certificate"] is None else _bound(values, result["certificate"], "certificate")
    if certificate is not None:
        said.append(f"certificate: prices prove that the {certificate[0]} is at most {certificate[1]}")
    questions = {"certify": _check_certify, "solve": _check_solve}
    if result["question"] not in questions:
        raise NotAResultError("question: must be certify or solve")
    return said + questions[result["question"]](values, result, proof, mechanism, certificate)


def _check_properties(mechanism: _Mechanism | None, stated: Any) -> list[str]:
    if not isinstance(stated, list):
        raise NotAResultError("checks: must be a list")
    if mechanism is None:
        _same(stated, [], "checks")
        return []
    margins = mechanism.margins()
    _same([_object(check, "checks", {"property", "holds", "margin", "witness"})["property"] for check in stated], list(PROPERTIES), "checks")
    for check in stated:
        margin = margins[check["property"]]
        _number(check["margin"], margin, f"checks.{check['property']}")
        _same(check["holds"], margin >= 0, f"checks.{check['property']}")
    return [f"checks: {name} {'holds' if margin >= 0 else 'fails'}, margin {margin}" for name, margin in margins.items()]


def _admissible(mechanism: _Mechanism, needed: Sequence[str], where: str) -> None:
    failing = [name for name in needed if mechanism.margins()[name] < 0]
    if failing:
        raise FalseClaimError(f"{where}: is not {failing[0]}")


def _proof(proof: dict[str, Any], grade: str, bound: Fraction | None, gap: Fraction | None) -> str:
    _same(proof["grade"], grade, "proof.grade")
    _number(proof["bound"], bound, "proof.bound")
    _same(proof["gap"], None if gap is None else str(gap), "proof.gap")
    return f"proof: {grade}, bound {bound}, gap {gap}"


def _check_certify(values: _Values, result: dict[str, Any], proof: dict[str, Any], mechanism: _Mechanism | None, prices: Any) -> list[str]:
    """Check answer, largest surplus and grade of `certify`."""
    for key in ("status", "value"):
        _same(result[key], None, key)
    if result["answer"] == "possible":
        if mechanism is None:
            raise FalseClaimError("answer: possible, but there is no mechanism to show it")
        _admissible(mechanism, PROPERTIES[:4] + PROPERTIES[5:], "mechanism")
    elif mechanism is not None:
        raise FalseClaimError("mechanism: there is one, but the answer is not possible")
    impossible = result["answer"] == "impossible"
    if impossible and (prices is None or prices[0] != "surplus" or prices[1] >= 0):
        raise FalseClaimError("answer: impossible, but no certificate shows it")
    if not impossible:
        _same(result["certificate"], None, "certificate")
        if result["answer"] not in ("possible", None):
            raise NotAResultError("answer: must be possible, impossible or null")
    bound, attained = _surplus(values, proof["surplus"], prices)
    exact = bound is not None and bound == attained
    _number(result["budget_surplus"], bound if exact else None, "budget_surplus")
    said = [f"answer: {result['answer']}", f"budget_surplus: {bound if exact else 'not known exactly'}"]
    if exact:
        return [*said, _proof(proof, "optimal", bound, ZERO)]
    grade = "infeasible" if impossible else "feasible" if result["answer"] == "possible" else "none"
    return [*said, _proof(proof, grade, bound if impossible else None, None)]


def _surplus(values: _Values, data: Any, prices: Any) -> tuple[Fraction | None, Fraction | None]:
    """Return the bound on the surplus, and the surplus of an efficient mechanism that joins and stays, where they are given."""
    if data is None:
        return None, None
    given = _object(data, "proof.surplus", {"certificate", "mechanism"})
    bound = None
    if given["certificate"] == "answer":
        bound = None if prices is None else prices[1]
    elif given["certificate"] is not None:
        objective, bound = _bound(values, given["certificate"], "proof.surplus.certificate")
        _same(objective, "surplus", "proof.surplus.certificate.objective")
    if given["mechanism"] is None:
        return bound, None
    mechanism = _Mechanism(values, given["mechanism"], "proof.surplus.mechanism")
    _admissible(mechanism, PROPERTIES[:4], "proof.surplus.mechanism")
    return bound, mechanism.surplus()


def _check_solve(_: _Values, result: dict[str, Any], proof: dict[str, Any], mechanism: _Mechanism | None, prices: Any) -> list[str]:
    """Check value and grade of `solve`."""
    for key, stated in (("status", "optimal"), ("answer", None), ("budget_surplus", None)):
        _same(result[key], stated, key)
    _same(proof["surplus"], None, "proof.surplus")
    if mechanism is None:
        raise FalseClaimError("mechanism: missing, so that nothing attains the value")
    _admissible(mechanism, PROPERTIES[1:5], "mechanism")
    value = mechanism.expected_welfare()
    _number(result["value"], value, "value")
    if prices is None:
        return [f"value: {value}", _proof(proof, "feasible", None, None)]
    _same(prices[0], "welfare", "certificate.objective")
    return [f"value: {value}", _proof(proof, "optimal" if prices[1] == value else "bounded", prices[1], prices[1] - value)]


def check_result(result: dict[str, Any]) -> list[str]:
    """Verify every claim of a result about types that move.

    Parameters
    ----------
    result : dict
        A result as saved, see ``docs/certificates.md``, section 5.

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


def main() -> int:
    """Check the file named on the command line and return an exit status."""
    if len(sys.argv) != 2:
        print("usage: python check.py RESULT.json", file=sys.stderr)
        return 2
    try:
        claims = check_result(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    except NotAResultError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except FalseClaimError as error:
        print(f"false: {error}", file=sys.stderr)
        return 1
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print("\n".join(f"verified: {claim}" for claim in claims))
    return 0


if __name__ == "__main__":
    sys.exit(main())
