"""Mechanisms in the form of rules, written out as tables: section 2 of `docs/certificates.md`, by plain enumeration.

Part of the independent checker (`checker.verify`). Whatever is not as specified raises AssertionError.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

from flint import fmpq

from .meaning import Design, Economy, Profile, claim, rational, rationals, shape

SHOWN = ("bic", "interim-ir", "ex-ante-ir", "balanced", "no-deficit", "expected-balanced", "expected-no-deficit", "efficient", "deterministic")


def expanded(economy: Economy, design: Design, data: dict[str, Any]) -> dict[str, Any]:
    """Return the table that a lottery over rules with interim payments stands for."""
    claim(set(data) - {"alike"} == {"form", "rules", "interim_payments"}, "the mechanism has other keys than it should")
    claim(economy.kind != "interdependent" and not economy.joint, "rules are for private values and independent types")
    weights = [rational(rule["weight"]) for rule in data["rules"]]
    claim(all(set(rule) == {"weight", "scores"} for rule in data["rules"]), "a rule has other keys than it should")
    claim(bool(weights) and min(weights) > 0 and sum(weights) == 1, "the weights of the rules are not probabilities")
    first, served = economy.spokesmen(data.get("alike", [])), served_sets(economy)
    by_row = economy.kind == "table" and not served
    rules = [by_outcome(economy, rule["scores"]) if by_row else by_type(economy, rule["scores"], first) for rule in data["rules"]]
    chances: dict[Profile, list[fmpq]] = {}
    for profile in economy.profiles:
        chances[profile] = [fmpq(0)] * len(economy.outcomes)
        for weight, scores in zip(weights, rules, strict=True):
            winners = [served.index(highest(economy, scores, profile, max(map(len, served))))] if served else chosen(economy, scores, profile, first)
            for outcome in winners:
                chances[profile][outcome] += weight / len(winners)
    payments = shared(economy, design, chances, paid_by_type(economy, data["interim_payments"], first, chances))
    return {
        "form": "table",
        "allocation": [[str(chance) for chance in chances[profile]] for profile in economy.profiles],
        "payments": [[str(payment) for payment in payments[profile]] for profile in economy.profiles],
    }


def by_type(economy: Economy, data: dict[str, Any], first: dict[str, str]) -> dict[str, dict[str, fmpq]]:
    """Return the numbers of every agent's types: of those who are alike the first one's."""
    claim(set(data) == set(first.values()), "the agents are not those of the problem, of those who are alike the first")
    for name, row in data.items():
        shape(row, [len(economy.types[name])], f"the numbers of {name}")
    return {name: dict(zip(economy.types[name], rationals(data[first[name]]), strict=True)) for name in economy.agents}


def paid_by_type(economy: Economy, data: dict[str, Any], first: dict[str, str], chances: dict[Profile, list[fmpq]]) -> dict[str, dict[str, fmpq]]:
    """Return the payments of every agent's types: rationals, or what leaves a type indifferent between the truth and the report named."""
    claim(set(data) == set(first.values()), "the agents are not those of the problem, of those who are alike the first")
    paid: dict[str, dict[str, fmpq]] = {}
    for name in economy.agents:
        row, types = data[first[name]], economy.types[name]
        claim(isinstance(row, list) and len(row) == len(types), f"the payments of {name} have a wrong length")
        reports = {own: payment["as"] for own, payment in zip(types, row, strict=True) if isinstance(payment, dict)}
        claim(all(payment == {"as": payment["as"]} and payment["as"] in types for payment in row if isinstance(payment, dict)), "no type is named")
        paid[name] = {own: rational(payment) for own, payment in zip(types, row, strict=True) if own not in reports}
        while len(paid[name]) < len(types):
            known = [own for own, report in reports.items() if own not in paid[name] and report in paid[name]]
            claim(bool(known), f"payments of {name} follow from each other in a circle")
            for own in known:
                worth = [sent(economy, chances, name, own, report) for report in (own, reports[own])]
                paid[name][own] = paid[name][reports[own]] + worth[0] - worth[1]
    return paid


def sent(economy: Economy, chances: dict[Profile, list[fmpq]], name: str, own: str, report: str) -> fmpq:
    """Return what a type expects of the allocation if she sends a report."""
    total = fmpq(0)
    for profile, p in economy.beliefs(name, own).items():
        utility = economy.utility[name][profile]
        total += p * sum((c * u for c, u in zip(chances[economy.change(profile, name, report)], utility, strict=True)), fmpq(0))
    return total


def by_outcome(economy: Economy, data: dict[str, Any]) -> dict[str, dict[str, list[fmpq]]]:
    """Return the rows of numbers, one per outcome, of every agent's types."""
    claim(set(data) == set(economy.agents), "the agents are not those of the problem")
    for name, rows in data.items():
        shape(rows, [len(economy.types[name]), len(economy.outcomes)], f"the numbers of {name}")
    return {name: dict(zip(economy.types[name], map(rationals, rows), strict=True)) for name, rows in data.items()}


def served_sets(economy: Economy) -> list[set[str]]:
    """Return who is served in each outcome of a table of identical units; nothing of any other problem."""
    if economy.kind != "table" or economy.joint or len(set(economy.cost)) > 1:
        return []
    served: list[set[str]] = [set() for _ in economy.outcomes]
    for name in economy.agents:
        rows = [economy.utility[name][profile] for profile in economy.profiles]
        outcomes = [x for x in range(len(served)) if any(row[x] for row in rows)]
        if not outcomes or any(row[x] != row[outcomes[0]] for row in rows for x in outcomes):
            return []
        for x in outcomes:
            served[x].add(name)
    most = max(map(len, served))
    wanted = [set(some) for m in range(most + 1) for some in combinations(economy.agents, m)]
    return served if most and len(wanted) == len(served) and all(some in served for some in wanted) else []


def highest(economy: Economy, scores: dict[str, dict[str, fmpq]], profile: Profile, most: int) -> set[str]:
    """Return the agents with the largest scores that are not negative; `sorted` leaves equal ones in their order."""
    own = {name: scores[name][kind] for name, kind in zip(economy.agents, profile, strict=True)}
    return set(sorted((name for name in own if own[name] >= 0), key=lambda name: -own[name])[:most])


def chosen(economy: Economy, scores: dict[str, dict[str, Any]], profile: Profile, first: dict[str, str]) -> list[int]:
    """Return the first outcome with the largest score, and those of the agents who are alike with hers and have it too."""
    own = [scores[name][kind] for name, kind in zip(economy.agents, profile, strict=True)]
    if economy.kind == "table":
        totals = [sum(row[x] for row in own) for x in range(len(economy.outcomes))]
        return [totals.index(max(totals))]
    if economy.kind == "public-good":
        return [int(sum(own, fmpq(0)) > 0)]
    best = max(*own, fmpq(0))
    winners = [i for i, score in enumerate(own) if score == best]
    # Of everybody with the largest score those win whose group begins first.
    leading = min((economy.agents.index(first[economy.agents[i]]) for i in winners), default=None)
    return [i for i in winners if economy.agents.index(first[economy.agents[i]]) == leading] or [len(own)]


def shared(economy: Economy, design: Design, chances: dict[Profile, list[fmpq]], paid: dict[str, dict[str, fmpq]]) -> dict[Profile, list[fmpq]]:
    """Return the payments at every profile: the interim ones, or those that give all profiles the same surplus."""
    own = {profile: [paid[name][kind] for name, kind in zip(economy.agents, profile, strict=True)] for profile in economy.profiles}
    if design.asks["budget"] not in ("balanced", "no-deficit") or len(economy.agents) < 2:
        return own
    cost = {profile: sum((p * c for p, c in zip(chances[profile], economy.cost, strict=True)), fmpq(0)) for profile in economy.profiles}
    surplus = economy.mean(lambda profile: sum(own[profile], -cost[profile]))
    excess = {profile: cost[profile] - sum(own[profile]) + surplus for profile in economy.profiles}
    given = {
        (name, kind): sum((p * excess[profile] for profile, p in economy.beliefs(name, kind).items()), fmpq(0))
        for name in economy.agents
        for kind in economy.types[name]
    }
    payments = {}
    for profile, row in own.items():
        g = [given[name, kind] for name, kind in zip(economy.agents, profile, strict=True)]
        payments[profile] = [row[0] + excess[profile] - sum(g) + g[1], row[1] + g[0] + sum(g[2:]), *row[2:]]
    return payments
