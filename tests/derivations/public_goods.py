"""Public goods: yes or no, at a cost, with contributions.

Virtual values settle the Bayesian problems. With dominant truth, no regret, an exact budget and no
coins, contributions are fixed in advance and everyone must agree to hers (Kuzmics and Steg 2017).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction

import dense
from bilateral_trade import Trade, uniform
from implementable import best_efficient_revenue, supported
from problem_file import Problem, Profile, load
from reporting import agree, certified, report, verdict
from virtual_values import Cell, buyer_virtual_values, check_monotone, knapsack

ZERO = Fraction(0)


def values(problem: Problem, agent: int) -> list[Fraction]:
    """An agent's values of "yes"."""
    zero = (0,) * len(problem.agents)
    return [problem.utility[agent, (*zero[:agent], a, *zero[agent + 1 :]), 1] for a in range(len(problem.types[agent]))]


def cells(problem: Problem) -> list[Cell]:
    """Per profile: the expected surplus of yes, and the virtual surplus."""
    virtual = [buyer_virtual_values(values(problem, i), [problem.marginal(i, a) for a in range(len(names))]) for i, names in enumerate(problem.types)]
    return [
        Cell(p, f * problem.surplus(p, 1), f * (sum(virtual[i][a] for i, a in enumerate(p)) - problem.cost[1]))
        for p, f in problem.probability.items()
    ]


def virtual_route(problem: Problem) -> tuple[Fraction, Fraction]:
    """Greatest surplus of an efficient rule, and second best."""
    up = [1] * len(problem.agents)
    efficient = {c.profile: Fraction(int(c.gain > 0 or (c.gain == 0 and c.budget > 0))) for c in cells(problem)}
    gains, rule = knapsack(cells(problem))
    for chosen in (efficient, rule):
        check_monotone(chosen, up, lambda p: problem.probability[p])
    return sum((c.budget for c in cells(problem) if efficient[c.profile]), ZERO), gains


def best_fixed_contributions(problem: Problem) -> Fraction:
    """Provide if everyone's value reaches her contribution; contributions cover the cost."""
    lists = [values(problem, i) for i in range(len(problem.agents))]
    best = ZERO
    for floors in itertools.product(*(range(len(v)) for v in lists)):
        if sum(v[a] for v, a in zip(lists, floors, strict=True)) >= problem.cost[1]:
            best = max(
                best,
                sum(
                    (f * problem.surplus(p, 1) for p, f in problem.probability.items() if all(a >= b for a, b in zip(p, floors, strict=True))),
                    ZERO,
                ),
            )
    return best


def monotone_rules(problem: Problem) -> Iterator[frozenset[Profile]]:
    """For three agents, sets of profiles with yes that keep yes when a value rises: dominance demands no less.

    A rule says from which type of the third agent on the answer is yes, given the other two; that
    step falls weakly in either of them.
    """
    first, second, third = (len(names) for names in problem.types)
    falling = [tuple(reversed(row)) for row in itertools.combinations_with_replacement(range(third + 1), second)]

    def tables(rows: tuple[tuple[int, ...], ...]) -> Iterator[tuple[tuple[int, ...], ...]]:
        if len(rows) == first:
            yield rows
            return
        for row in falling:
            if not rows or all(after <= before for before, after in zip(rows[-1], row, strict=True)):
                yield from tables((*rows, row))

    for table in tables(()):
        yield frozenset((a, b, k) for a in range(first) for b in range(second) for k in range(table[a][b], third))


def best_monotone_rule(problem: Problem) -> Fraction:
    """The greatest gains of a rule without coins that some payments support."""

    def gains(rule: frozenset[Profile]) -> Fraction:
        return sum((problem.probability[p] * problem.surplus(p, 1) for p in rule), ZERO)

    for rule in sorted(monotone_rules(problem), key=gains, reverse=True):
        if supported(problem, {p: int(p in rule) for p in problem.profiles}):
            return gains(rule)
    raise ValueError("never providing qualifies")


def main() -> None:
    problem, trade = load("guth-hellwig-1986/two-agents"), Trade(*uniform(8), *uniform(8))
    surplus, gains = virtual_route(problem)
    agree(surplus, trade.surplus(), Fraction(7 * -3, 6 * 64), dense.greatest_surplus(problem))
    agree(gains, trade.second_best_gains(), Fraction(49, 320), dense.second_best(problem))
    report(
        problem.slug,
        certify=certified(verdict(surplus), dense.standard(problem), surplus),
        solve={"status": "optimal", "value": gains, "welfare": gains, "gains": gains},
    )

    problem = load("mailath-postlewaite-1990/three-agents")
    surplus, gains = virtual_route(problem)
    agree(surplus, dense.greatest_surplus(problem, interim_payments=True))
    report(
        problem.slug,
        certify=certified(verdict(surplus), dense.standard(problem), surplus),
        solve={"status": "optimal", "value": gains, "welfare": gains, "gains": gains},
    )

    for slug, routes in (
        ("guth-hellwig-1986/no-subsidies", [dense.second_best]),
        ("kuzmics-steg-2017/thresholds", [best_monotone_rule]),
    ):
        problem = load(slug)
        gains = agree(best_fixed_contributions(problem), *(route(problem) for route in routes))
        surplus = agree(dense.greatest_surplus(problem), best_efficient_revenue(problem))
        report(
            slug,
            certify=certified(dense.answer(problem), dense.standard(problem), surplus),
            solve={"status": "optimal", "value": gains, "welfare": gains, "gains": gains},
        )

    problem = load("green-laffont-1979/no-exact-balance")
    welfare = dense.second_best(problem)
    if dense.least_violation(problem, efficient=True, incentive="bic") or not welfare < problem.first_best():
        raise ValueError("only dominance should stand in the way")
    report(
        problem.slug,
        certify=certified(dense.answer(problem), dense.standard(problem)),
        solve={"status": "optimal", "value": welfare, "welfare": welfare},
    )


if __name__ == "__main__":
    main()
