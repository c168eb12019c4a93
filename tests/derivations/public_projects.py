"""Choosing among projects: Jehle and Reny's pool or bridge, and Clarke's several projects."""

from __future__ import annotations

import itertools
from fractions import Fraction

import dense
from implementable import greatest_interim_revenue, greatest_revenue
from problem_file import Problem, load
from reporting import agree, certified, report, verdict
from virtual_values import Cell, buyer_virtual_values, check_monotone, knapsack

ZERO = Fraction(0)
TYPES = range(1, 10)
BOOK = "jehle-reny-2011"


def pool(kind: int) -> int:
    return kind + 5


def bridge(kind: int) -> int:
    return 2 * kind


def best(kinds: tuple[int, ...]) -> int:
    """Greatest total value of one of the two projects."""
    return max(sum(map(pool, kinds)), sum(map(bridge, kinds)))


def others_value(own: int, other: int) -> int:
    """What the other citizen gets when the town follows both reports (the pool at a tie)."""
    chosen = pool if pool(own) + pool(other) >= bridge(own) + bridge(other) else bridge
    return chosen(other)


def pivot_taxes() -> Fraction:
    """Expected pivot payments of both citizens: what the other loses because the first has a say."""
    return Fraction(2 * sum(best((other,)) - others_value(own, other) for own, other in itertools.product(TYPES, repeat=2)), 81)


def check_expected_externality() -> None:
    """Receiving what the other can expect makes truth best; what each receives the other pays."""
    receipts = {own: Fraction(sum(others_value(own, other) for other in TYPES), 9) for own in TYPES}
    for true, lie in itertools.permutations(TYPES, 2):
        gain = ZERO
        for other in TYPES:
            for reported, sign in ((true, 1), (lie, -1)):
                chosen = pool if pool(reported) + pool(other) >= bridge(reported) + bridge(other) else bridge
                gain += Fraction(sign * chosen(true), 9)
        if gain + receipts[true] - receipts[lie] < 0:
            raise ValueError("a lie pays")


def change_cells() -> list[Cell]:
    """The change from pool to bridge as a public good with values t - 5 and no cost."""
    values, prior = [Fraction(t - 5) for t in TYPES], [Fraction(1, 9)] * 9
    virtual = buyer_virtual_values(values, prior)
    return [Cell((a, b), (values[a] + values[b]) / 81, (virtual[a] + virtual[b]) / 81) for a, b in itertools.product(range(9), repeat=2)]


def without_ties(problem: Problem) -> dict[tuple[int, ...], int]:
    rule = {p: problem.efficient(p) for p in problem.profiles}
    if any(len(choices) > 1 for choices in rule.values()):
        raise ValueError("there are ties")
    return {p: choices[0] for p, choices in rule.items()}


def gains_answers(problem: Problem, gains: Fraction) -> dict[str, Fraction | str]:
    return {"status": "optimal", "value": gains, "gains": gains, "welfare": gains + problem.status_quo()}


def main() -> None:
    check_expected_externality()
    first_best = Fraction(sum(best(p) for p in itertools.product(TYPES, repeat=2)), 81)
    problem = load(f"{BOOK}/pool-or-bridge")
    agree(first_best, problem.first_best(), 20 + Fraction(40, 27))
    report(
        problem.slug,
        certify=certified(dense.answer(problem), dense.standard(problem)),
        solve={"status": "optimal", "value": first_best, "welfare": first_best},
    )

    problem = load(f"{BOOK}/taxes-only")
    payoff = dense.second_best(problem)
    efficient_payoff = agree(dense.second_best(problem, allocation="efficient"), first_best - Fraction(40, 81))
    if not first_best - agree(pivot_taxes(), Fraction(20, 27)) <= efficient_payoff <= payoff <= first_best:
        raise ValueError("pivot taxes are one way to do it")
    report(
        problem.slug,
        certify=certified(dense.answer(problem), dense.standard(problem)),
        solve={"status": "optimal", "value": payoff},
    )

    problem = load(f"{BOOK}/pool-already-built")
    efficient = {c.profile: Fraction(int(c.gain > 0 or (c.gain == 0 and c.budget > 0))) for c in change_cells()}
    gains, rule = knapsack(change_cells())
    for chosen in (efficient, rule):
        check_monotone(chosen, (1, 1), lambda _: Fraction(1, 81))
    surplus = agree(
        sum((c.budget for c in change_cells() if efficient[c.profile]), ZERO),
        dense.greatest_surplus(problem, interim_payments=True),
    )
    agree(gains, dense.second_best(problem))
    report(
        problem.slug,
        certify=certified(verdict(surplus), dense.standard(problem), surplus),
        solve=gains_answers(problem, gains),
    )

    problem = load(f"{BOOK}/no-regret")
    to_pool = {p: problem.efficient(p)[0] for p in problem.profiles}
    to_bridge = {p: problem.efficient(p)[-1] for p in problem.profiles}
    routes = [greatest_revenue(problem, rule) for rule in (to_pool, to_bridge)]
    surplus = agree(max(r for r in routes if r is not None), dense.greatest_surplus(problem))
    report(
        problem.slug,
        certify=certified(dense.answer(problem), dense.standard(problem), surplus),
        solve=gains_answers(problem, dense.second_best(problem)),
    )

    problem = load("clarke-1971/three-projects")
    path = greatest_interim_revenue(problem, without_ties(problem))
    surplus = agree(dense.greatest_surplus(problem), path if path is not None else "none")
    gains = dense.second_best(problem)
    report(
        problem.slug,
        certify=certified(agree_verdicts(problem, surplus), dense.standard(problem), surplus),
        solve=gains_answers(problem, gains),
    )


def agree_verdicts(problem: Problem, surplus: Fraction) -> str:
    if dense.answer(problem) != verdict(surplus):
        raise ValueError(problem.slug)
    return verdict(surplus)


if __name__ == "__main__":
    main()
