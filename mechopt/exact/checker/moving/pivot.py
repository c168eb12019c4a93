"""The table ``dynamic``: the pivot mechanism's budget with fees, now and restarted later, and the kind of chain."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ..reading import check_number, same, take
from .chain import graph_of, kind_of, reached
from .critical import check_critical
from .economy import ZERO, dot
from .values import Values, sides

__all__ = ["check_pivot"]

TABLE = {
    **dict.fromkeys(("efficient_value", "pivot_deficit", "deficit_per_period", "largest_fees", "fees", "slack", "interim_slack"), dict),
    **dict.fromkeys(("condition_holds", "pivot_voluntary", "interim_condition_holds", "irreducible", "aperiodic"), bool),
    "slack_error": float, "critical_discounts": list, "any_mechanism": ("possible", "impossible", None),
    **dict.fromkeys(("critical_discounts_complete", "interim_worst", "idle_types", "second_eigenvalue"), object),  # these claim nothing
    "interim_slack_error": (float, ...),
    **dict.fromkeys(("critical_discounts_searched", "critical_discounts_errors", "critical_discounts_undecided"), (object, ...)),
}  # fmt: skip


def check_pivot(values: Values, stated: Any, answer: Any) -> list[str]:
    """Check the table about the pivot mechanism and the chain."""
    economy = values.economy
    table = dict(zip(TABLE, take(stated, "dynamic", **TABLE)))
    deficit, largest = sides(values, economy.start)
    slack = sum(largest) - deficit
    check_number(table["efficient_value"], dot(economy.start, values.efficient), "dynamic.efficient_value")
    check_number(table["pivot_deficit"], deficit, "dynamic.pivot_deficit")
    check_number(table["deficit_per_period"], deficit * (1 - economy.discount), "dynamic.deficit_per_period")
    for key, fees in (("largest_fees", largest), ("fees", _balancing(deficit, largest))):
        given = take(table[key], f"dynamic.{key}", **dict.fromkeys(economy.agents, dict))
        for name, entry, fee in zip(economy.agents, given, fees):
            check_number(entry, fee, f"dynamic.{key}.{name}")
    check_number(table["slack"], Fraction(slack), "dynamic.slack")
    same(table["slack_error"], 0.0, "dynamic.slack_error")
    same(table["condition_holds"], slack >= 0, "dynamic.condition_holds")
    same(table["pivot_voluntary"], min(min(own) for own in values.marginal) >= 0, "dynamic.pivot_voluntary")
    graph = graph_of(values)
    slacks = [Fraction(slack)]
    for s in reached(graph, {s for s, p in enumerate(economy.start) if p}):
        later, fees = sides(values, economy.following(s, values.policy[s]))
        slacks.append(sum(fees, ZERO) - later)
    check_number(table["interim_slack"], min(slacks), "dynamic.interim_slack")
    same(table["interim_slack_error"] or 0.0, 0.0, "dynamic.interim_slack_error")
    same(table["interim_condition_holds"], min(slacks) >= 0, "dynamic.interim_condition_holds")
    irreducible, aperiodic = kind_of(graph)
    same(table["irreducible"], irreducible, "dynamic.irreducible")
    same(table["aperiodic"], aperiodic, "dynamic.aperiodic")
    same(table["any_mechanism"], answer, "dynamic.any_mechanism")
    said = [f"dynamic: the pivot mechanism's deficit {deficit}, largest fees {sum(largest)}, slack {slack}, at best restarted {min(slacks)}"]
    return [*said, "dynamic: the kind of chain", check_critical(economy, table["critical_discounts"])]


def _balancing(deficit: Fraction, largest: list[Fraction]) -> list[Fraction]:
    if deficit > sum(largest):
        return largest
    return [fee * deficit / sum(largest) if deficit > 0 else deficit / len(largest) for fee in largest]
