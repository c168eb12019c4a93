"""Correlated types: full extraction by bets (Crémer and McLean 1988), trade (McAfee and Reny 1992).

With interim participation nobody can collect more than first best less outside options. The bound is
attained by taking a mechanism that leaves rents to some types and adding fees that depend on the
others' reports only: truth is not touched, and fees whose conditional expectation given each type is
that type's rent take all rents away. Such fees exist when the conditional beliefs are independent vectors.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import dense
from implementable import greatest_revenue
from problem_file import Problem, load
from reporting import agree, certified, report

ZERO = Fraction(0)


def solve_two(matrix: list[list[Fraction]], right: list[Fraction]) -> list[Fraction]:
    """Cramer's rule."""
    (a, b), (c, d) = matrix
    return [(right[0] * d - b * right[1]) / (a * d - b * c), (a * right[1] - right[0] * c) / (a * d - b * c)]


def extraction(problem: Problem) -> Fraction:
    """Expected receipts of pivot payments plus fees that take all rents, for two agents with two types.

    Pivot payments without the pivot's constant: each agent pays minus the other's utility, so that her
    payoff is the whole surplus and truth is dominant. The fees below do the rest.
    """
    choice = {p: problem.efficient(p)[0] for p in problem.profiles}
    receipts = ZERO
    for i in (0, 1):
        beliefs, rents = [], []
        for a in (0, 1):
            cells = [(a, b) if i == 0 else (b, a) for b in (0, 1)]
            belief = [problem.probability[p] / problem.marginal(i, a) for p in cells]
            beliefs.append(belief)
            rents.append(
                sum(
                    (f * problem.surplus(p, choice[p]) for f, p in zip(belief, cells, strict=True)),
                    -problem.outside[i][a],
                )
            )
        fees = solve_two(beliefs, rents)
        for p, f in problem.probability.items():
            receipts += f * (fees[p[1 - i]] - problem.utility[1 - i, p, choice[p]])
    return receipts


def best_rule_without_coins(problem: Problem) -> Fraction:
    """Every allocation rule without coins, each with its greatest truthful payments."""
    rules = itertools.product(range(len(problem.outcomes)), repeat=len(problem.profiles))
    found = [greatest_revenue(problem, dict(zip(problem.profiles, rule, strict=True))) for rule in rules]
    return max(r for r in found if r is not None)


def main() -> None:
    for name in ("interim", "ex-post"):
        problem = load(f"cremer-mclean-1988/{name}")
        route = problem.first_best() if name == "interim" else best_rule_without_coins(problem)
        revenue = agree(route, {"interim": Fraction(5, 3), "ex-post": Fraction(3, 2)}[name], dense.second_best(problem))
        if name == "interim":
            agree(revenue, extraction(problem))
        report(
            problem.slug,
            certify=certified(dense.answer(problem), dense.standard(problem), dense.greatest_surplus(problem)),
            solve={"status": "optimal", "value": revenue, "revenue": revenue},
        )

    problem = load("mcafee-reny-1992/correlated-trade")
    gains = problem.first_best() - problem.status_quo()
    surplus = agree(gains, extraction(problem), dense.greatest_surplus(problem))
    agree(dense.second_best(problem), problem.first_best())
    report(
        problem.slug,
        certify=certified(dense.answer(problem), dense.standard(problem), surplus),
        solve={"status": "optimal", "value": problem.first_best(), "welfare": problem.first_best(), "gains": gains},
    )

    problem = load("mcafee-reny-1992/correlated-trade-ex-post")
    gains = dense.second_best(problem)
    report(
        problem.slug,
        certify=certified(dense.answer(problem), dense.standard(problem), dense.greatest_surplus(problem)),
        solve={"status": "optimal", "value": gains, "gains": gains, "welfare": gains + problem.status_quo()},
    )


if __name__ == "__main__":
    main()
