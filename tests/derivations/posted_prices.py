"""Trade in dominant strategies, without regret and without outside money (Hagerty and Rogerson 1987).

Without coins only a posted price qualifies, also on finite sets of types: the buyer's price may not
depend on her report nor the seller's on his, higher values and lower costs trade whenever lower and
higher ones do, so all trades share a row or a column with the most eager pair, and hence one price.
With coins that is a theorem of the continuum: gaps between types leave payments some room, and on an
uneven grid the full program finds more than the best price.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import dense
from exact_program import Program
from implementable import supported
from problem_file import Problem, load
from reporting import agree, certified, report

ZERO, ONE = Fraction(0), Fraction(1)


def values(problem: Problem, agent: int) -> list[Fraction]:
    """A trader's values, from her utility of holding the object."""
    return [problem.utility[agent, (k, k), agent] for k in range(len(problem.types[agent]))]


def best_price(problem: Problem) -> Fraction:
    """The greatest expected gain over posted prices; at the price itself both are willing."""
    costs, worths = values(problem, 0), values(problem, 1)
    return max(
        sum(
            (problem.probability[s, b] * (worths[b] - costs[s]) for s, b in problem.profiles if costs[s] <= price <= worths[b]),
            ZERO,
        )
        for price in {*costs, *worths}
    )


def best_monotone_rule(problem: Problem) -> Fraction:
    """The greatest expected gain over rules without coins, each tried with all payments.

    Truth in dominant strategies forces monotone rules: the number of buyer types that do not trade rises
    with the seller's cost. Rules are tried in the order of their gains until one has payments.
    """
    costs, worths = values(problem, 0), values(problem, 1)

    def gain(steps: tuple[int, ...]) -> Fraction:
        return sum((problem.probability[s, b] * (worths[b] - costs[s]) for s, b in problem.profiles if b >= steps[s]), ZERO)

    for steps in sorted(itertools.combinations_with_replacement(range(len(worths) + 1), len(costs)), key=gain, reverse=True):
        if supported(problem, {(s, b): int(b >= steps[s]) for s, b in problem.profiles}):
            return gain(steps)
    raise ValueError("not even the status quo qualifies")


def best_hedge(problem: Problem) -> Fraction:
    """The lottery over prices with the greatest worst ratio of welfare to first best."""
    costs, worths = values(problem, 0), values(problem, 1)
    prices = sorted({*costs, *worths})
    program = Program()
    odds = {p: program.column(nonnegative=True) for p in prices}
    ratio = program.column(nonnegative=False)
    program.require({odds[p]: ONE for p in prices}, "=", ONE)
    for c, v in itertools.product(costs, worths):
        row = {odds[p]: v if c <= p <= v else c for p in prices}
        program.require(row | {ratio: -max(c, v)}, ">=", ZERO)
    program.reward(ratio, ONE)
    return program.maximum()


def main() -> None:
    for name in ("posted-price", "skewed-priors", "lottery"):
        problem = load(f"hagerty-rogerson-1987/{name}")
        gains = best_monotone_rule(problem) if name == "skewed-priors" else dense.second_best(problem)
        if name != "lottery":
            agree(gains, best_price(problem))
        surplus, status_quo = dense.greatest_surplus(problem), problem.status_quo()
        report(
            problem.slug,
            certify=certified(dense.answer(problem), dense.standard(problem), surplus),
            solve={"status": "optimal", "value": gains, "gains": gains, "welfare": gains + status_quo},
        )
    problem = load("blumrosen-dobzinski-2021/worst-case")
    ratio, surplus = dense.second_best(problem), dense.greatest_surplus(problem)
    if not agree(best_hedge(problem), Fraction(7, 9)) <= ratio < 1:
        raise ValueError("the best lottery over prices is a lower bound")
    report(
        problem.slug,
        certify=certified(dense.answer(problem), dense.standard(problem), surplus),
        solve={"status": "optimal", "value": ratio},
    )


if __name__ == "__main__":
    main()
