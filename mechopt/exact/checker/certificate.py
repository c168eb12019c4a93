"""What prices prove about every mechanism: section 3 of ``docs/certificates.md``, by adding up forms, price times form."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from .forms import INCENTIVES, LEVELS, Form, Groups, Key, Problem
from .outcomes import largest_sum
from .reading import FalseClaimError, index, kept, read, show, take, times, unit_of
from .units import in_brief
from .winning import among_highest, column_of, highest_ranks, over, positive_sums

__all__ = ["IMPOSSIBILITIES", "bound_of", "first_best", "maximum", "priced_forms"]

IMPOSSIBILITIES = ("surplus", "subsidy", "feasibility")  # what a proof that nothing is admissible is about
SECTIONS = ("incentive", "participation", "budget", "floor", "cap", "constraints", "worst_case")
Weights = dict[Key, dict[int, Any]]


def _prices(data: Any, where: str, levels: Sequence[dict[str, int]]) -> Iterator[tuple[tuple[int, ...], Fraction]]:
    """Yield the place and the value of the prices in nested objects that are not zero."""
    if levels:
        for name, part in read(data, where, dict).items():
            first = index(name, levels[0], where)
            for rest, price in _prices(part, f"{where}.{name}", levels[1:]):
                yield (first, *rest), price
    elif price := read(data, where, Fraction):
        yield (), price


def _priced(
    problem: Problem, objective: str, certify: bool, sections: Sequence[Any], groups: Groups
) -> Iterator[tuple[str, str, tuple[int, ...], Fraction, int]]:
    """Yield the section, the requirement, the place and the value of every price, and for how many agents it stands."""
    # Where the violation of incentives is minimised, no certificate but one about it may suppose that truth pays.
    incentive = problem.incentive if certify or problem.objective != "epsilon" or objective == "epsilon" else "none"
    worst_case = "efficient" if problem.objective == "worst-case" else "none"
    names = (incentive, problem.participation, problem.budget, "floor", "cap", "constraints", worst_case)
    for section, name, data in zip(SECTIONS, names, sections):
        where = f"certificate.{section}"
        if data is None or data == {}:
            continue
        if name == "none":
            raise FalseClaimError(f"{where}: the design asks for nothing of the kind")
        if isinstance(data, str):  # one price for all profiles, in proportion to f
            name = "expected-" + name.removeprefix("expected-")
        agents = [(index(agent, problem.agents, where), part) for agent, part in data.items()] if name in LEVELS else [(-1, data)]
        for i, part in agents:
            if name in problem.limits and i not in problem.limits[name]:
                raise FalseClaimError(f"{where}: the design sets no such limit")
            hers = section in ("incentive", "participation")
            if hers and i not in groups:
                raise FalseClaimError(f"{where}: the prices of {[*problem.agents][i]!r} are those of another agent")
            for place, price in _prices(part, where, problem.levels(name, i)):
                yield section, name, (i, *place) if name in LEVELS else place, price, len(groups[i]) if hers else 1


def priced_forms(problem: Problem, data: Any, certify: bool) -> tuple[str, bool, list[tuple[Fraction, Form]]]:
    """Return what a certificate is about, whether outcomes are efficient, and the objective and the requirements with their prices.

    Terms are those of the first of agents who are alike, constants are of all.
    """
    keys = {"objective": (*IMPOSSIBILITIES, problem.objective), "efficient": bool, "bound": Fraction}
    forms = dict.fromkeys(SECTIONS, (dict, ...)) | {"budget": (dict, str, ...), "alike": (list, ...)}
    objective, efficient, _, *sections, alike = take(data, "certificate", **keys, **forms)
    if efficient and problem.allocation != "efficient" and not (certify and objective in IMPOSSIBILITIES):
        raise FalseClaimError("certificate.efficient: efficiency is not asked for here")
    groups = problem.alike(alike, "certificate.alike")
    if len(groups) < problem.n_agents:
        if any(sections[3:]) or (sections[2] and isinstance(sections[2], dict)):
            raise FalseClaimError("certificate.alike: where profiles have prices, everybody stands for herself")
        if objective == "weighted" and any(problem.weights[i] != problem.weights[first] for first, members in groups.items() for i in members):
            raise FalseClaimError("certificate.alike: the weights of these agents differ")
    priced = [(Fraction(1), problem.objective_form(objective, {first: [first] for first in groups}))]
    spent = dict.fromkeys(("incentive", "worst_case"), Fraction(0))
    for section, name, place, price, size in _priced(problem, objective, certify, sections, groups):
        where = f"certificate.{section}"
        constant, terms = problem.form(name, place)
        if not (kept(price, sense := problem.sense(name, place)) or sense == "="):
            raise FalseClaimError(f"{where}: the price {show(price)} has the wrong sign")
        if name in INCENTIVES and place[1] == place[2]:
            raise FalseClaimError(f"{where}: the truth is priced as a lie")
        if not terms and name in LEVELS:
            raise FalseClaimError(f"{where}: a type of {[*problem.agents][place[0]]!r} that cannot be has no interim price")
        if section == "worst_case" and constant >= 0:
            raise FalseClaimError(f"{where}: a profile whose first best is not positive has no price")
        if objective == "surplus" and section not in ("incentive", "participation"):
            raise FalseClaimError(f"{where}: a bound on the surplus supposes incentives and participation alone")
        if objective == "subsidy" and section == "budget":  # it costs its probability, so that more is never paid for a unit of it
            cost = Fraction(problem.chance[problem.number(place)], problem.whole) if place else 1
            if price > cost > 0:
                raise FalseClaimError(f"{where}: a subsidy costs less than its price {show(price)}")
        if section in spent:
            spent[section] += price * size if section == "incentive" else -price * constant / (problem.total * problem.unit)
        priced.append((price, (constant * size, terms)))
    if objective == "epsilon" and spent["incentive"] > 1:
        raise FalseClaimError(f"certificate.incentive: the prices add up to {show(spent['incentive'])}, more than 1")
    if spent["worst_case"] != (objective == "worst-case"):
        raise FalseClaimError(f"certificate.worst_case: prices times first best add up to {show(spent['worst_case'])}")
    priced.append((spent["incentive"], (problem.epsilon * problem.total * problem.unit, [])))
    return objective, efficient, priced


def first_best(problem: Problem) -> Fraction:
    """Return the most that welfare can be: its maximum without any requirement."""
    problem = in_brief(problem)
    form = problem.objective_form("welfare", {first: [first] for first in problem.groups})
    return maximum(problem, [(Fraction(1), form)], False, {}, problem.groups)


def maximum(
    problem: Problem, priced: Sequence[tuple[Fraction, Form]], efficient: bool, possible: dict[int, set[int]], groups: Groups | None = None
) -> Fraction:
    """Return the maximum of prices times forms over the outcomes that are possible or efficient; raise unless money cancels.

    With `groups`, terms are those of the first of agents who are alike.
    """
    groups = groups or {i: [i] for i in range(problem.n_agents)}
    scale = unit_of(price for price, _ in priced)
    weights: Weights = defaultdict(lambda: defaultdict(int))
    for price, (_, terms) in priced:
        k = times(price, scale)
        for key, column, c in terms:
            weights[key][column] += k * c
    if not problem.separable or possible or any(isinstance(key, int) for key in weights):
        if len(groups) < problem.n_agents:
            raise FalseClaimError("certificate.alike: where profiles have prices or cases, everybody stands for herself")
        best = _by_profiles(problem, weights, efficient, possible)
    else:
        best = (_by_distributions if problem.by_value else _by_outcomes)(problem, weights, efficient, groups)
    constant = sum((price * constant for price, (constant, _) in priced if constant), Fraction(0))
    return (constant + best / scale) / (problem.total * problem.unit)


def _by_profiles(problem: Problem, weights: Weights, efficient: bool, possible: dict[int, set[int]]) -> Fraction:
    table, best = [[0] * (problem.n_outcomes + problem.n_agents) for _ in problem.profiles], 0
    for key, weight in weights.items():
        for k, f in problem.spread(key):
            for column, c in weight.items():
                table[k][column] += f * c
    for k, row in enumerate(table):
        if any(row[problem.n_outcomes :]):
            raise FalseClaimError(f"certificate: money does not cancel at profile number {k}")
        outcomes = possible.get(k, set(range(problem.n_outcomes)))
        if efficient:
            outcomes = {x for x in outcomes if problem.surplus[k][x] == problem.first_best[k]}
        if not outcomes:
            raise FalseClaimError(f"certificate: no outcome is possible at profile number {k}")
        best += max(row[x] for x in outcomes)
    return Fraction(best, problem.whole)


def _by_outcomes(problem: Problem, weights: Weights, efficient: bool, _: Groups) -> Fraction:
    """Return the same where weights depend on single agents' types: averages over all profiles count with the first agent."""
    average, columns, outcomes = weights.get((), {}), [], range(len(problem.profiles) and problem.n_outcomes)
    for i, chances in enumerate(problem.f):
        rows = [weights.get((i, a), {}) for a in range(len(chances))]
        _require_cancelling(problem, i, rows, average)
        columns.append([[row.get(x, 0) * problem.total + average.get(x, 0) * f * (i == 0) for x in outcomes] for row, f in zip(rows, chances)])
    best = largest_sum(columns, problem.f, problem.surplus_by_type if efficient else None)
    return Fraction(best, problem.whole)


def _require_cancelling(problem: Problem, i: int, rows: Sequence[Mapping[int, Any]], average: Mapping[int, Any]) -> None:
    column = problem.n_outcomes + i
    if any(row.get(column, 0) * problem.total + average.get(column, 0) * f for row, f in zip(rows, problem.f[i])):
        raise FalseClaimError("certificate: money does not cancel")


def _by_distributions(problem: Problem, weights: Weights, efficient: bool, groups: Groups) -> Fraction:
    """Return the same for one object, identical units or a public good: what wins at a profile is decided by ranks, one per agent.

    The weight of agent i's outcome is f(others) w_i(her type), and w / f is her virtual value. The rank is the surplus, if only efficient
    outcomes are possible, then the virtual value. A type of probability 0 has a virtual value beyond all others, or below.
    """
    average, unit, good = weights.get((), {}), problem.total, problem.kind == "public-good"
    counts: Counter[Any] = Counter()
    for i, members in groups.items():
        x, column, rows = 1 if good else i, [], [weights.get((i, a), {}) for a in range(problem.sizes[i])]
        _require_cancelling(problem, i, rows, average)
        for a, (f, row) in enumerate(zip(problem.f[i], rows)):
            s = sum(u for _, u in problem.utility[i][a])
            w = row.get(x, 0) * unit + (0 if good else average.get(x, 0) * f)
            column.append((s if good else s - problem.cost[i], f, w))
        counts[tuple(column)] += len(members)
    # The designer is one more agent, of one type, for every unit: she keeps the object, or bears what the project costs more than none.
    last = 1 if good else problem.n_agents
    more = (problem.cost[0], average.get(0, 0)) if good else (0, 0)
    if problem.kind == "units":
        more = (problem.cost[last], average.get(last, 0))
    counts[(more[0] - problem.cost[last], unit, (average.get(last, 0) - more[1]) * unit),] += problem.units
    large: int = 2 * sum((max(abs(w) // max(f, 1) for _, f, w in column) + 2) * n for column, n in counts.items())

    def rank(s: int, f: int, w: int) -> Fraction:
        before = (s * efficient * large + (0 if f else (w > 0) - (w < 0))) * large
        return Fraction(before * f + w, f) if f else Fraction(before)

    alone = problem.kind == "units"
    different = [*(counts.elements() if alone else counts)]
    numbers = [1 if alone else counts[column] for column in different]
    ranked = [column_of([rank(*entry) for entry in column], [f for _, f, _ in column]) for column in different]
    wins = positive_sums(ranked, numbers) if good else among_highest(ranked, problem.units) if alone else highest_ranks(ranked, numbers)
    best = sum(different[g][a][2] * chance for g, a, chance in wins)
    return Fraction(best, over(ranked, numbers) * unit) + Fraction(more[1])


def _by_type(problem: Problem, data: Any) -> bool:
    """Tell whether no price is about a profile, nor a requirement about an outcome."""
    by_outcome = problem.constraints or any(problem.limits.values()) or problem.objective == "worst-case"
    by_profile = problem.incentive in ("dsic", "epic") or problem.participation == "ex-post-ir" or isinstance(data.get("budget"), dict)
    return not (by_outcome or by_profile)


def bound_of(problem: Problem, data: Any, certify: bool, possible: dict[int, set[int]] | None = None) -> tuple[str, Fraction]:
    """Return what a certificate is about and its bound, recomputed; a node of a tree has the larger of its children's."""
    possible = possible or {}
    if isinstance(data, dict) and "profile" in data:
        keys = {"profile": list, "outcome": str, "chosen": dict, "excluded": dict, "objective": str, "bound": Fraction}
        profile, outcome, chosen, excluded, *_ = take(data, "certificate", **keys)
        if problem.allocation != "deterministic" or len(profile) != problem.n_agents:
            raise FalseClaimError("certificate.profile: only a deterministic design has cases, at a profile of all agents")
        k = problem.number(index(name, types, "certificate.profile") for name, types in zip(profile, problem.types))
        left, x = possible.get(k, set(range(problem.n_outcomes))), index(outcome, problem.outcomes, "certificate.outcome")
        cases = ((chosen, left & {x}), (excluded, left - {x}))
        found = [bound_of(problem, case, certify, {**possible, k: outcomes}) for case, outcomes in cases]
        alive = [case for case in found if case[0] != "feasibility" or case[1] >= 0] or found
        objective, bound = alive[0][0], max(case[1] for case in alive)
        if any(case[0] != objective for case in alive):
            raise FalseClaimError("certificate: the cases of a node are about different objectives")
    else:
        problem = in_brief(problem) if not possible and _by_type(problem, data) else problem
        objective, efficient, priced = priced_forms(problem, data, certify)
        bound = maximum(problem, priced, efficient, possible, problem.alike(data.get("alike"), "certificate.alike"))
    if data["objective"] != objective or read(data["bound"], "certificate.bound", Fraction) != bound:
        raise FalseClaimError(f"certificate.bound: the prices prove {show(bound)} ({objective}), which is not what is stated")
    return objective, bound
