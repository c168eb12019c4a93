"""Dissolving a partnership (Cramton, Gibbons and Klemperer 1987) on uniform grids.

In an efficient rule with interim allocation q, a partner with share r has the least payoff above
r v when she is indifferent upwards while q < r and downwards while q > r, so that the worst-off type
gets exactly her share:

    U(v_a) - r v_a  =  sum_{b < a} max(q_b - r, 0) step  +  sum_{b >= a} max(r - q_{b+1}, 0) step.

The greatest surplus is first best less all expected payoffs. It is concave in the splitting of ties, so
with equal shares the symmetric split is best.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import dense
from bilateral_trade import Trade, second_best_answers, uniform
from problem_file import Problem, load
from reporting import agree, certified, report, verdict
from virtual_values import Cell, buyer_virtual_values, check_monotone, knapsack, seller_virtual_values

PAPER = "cramton-gibbons-klemperer-1987"
ZERO, ONE = Fraction(0), Fraction(1)


def equal_shares_surplus(n: int, k: int) -> Fraction:
    """Greatest surplus of n equal partners on k uniform points."""
    values, prior = uniform(k)
    step, share = Fraction(1, k), Fraction(1, n)
    at_most = [Fraction(j, k) for j in range(k + 1)]
    win = [(at_most[a + 1] ** n - at_most[a] ** n) / (n * prior[a]) for a in range(k)]
    first_best = sum((values[a] * (at_most[a + 1] ** n - at_most[a] ** n) for a in range(k)), ZERO)
    payoff = ZERO
    for a in range(k):
        above = sum((max(win[b] - share, ZERO) * step for b in range(a)), ZERO)
        above += sum((max(share - win[b + 1], ZERO) * step for b in range(a, k - 1)), ZERO)
        payoff += prior[a] * (share * values[a] + above)
    return first_best - n * payoff


def boundary_share(problem: Problem) -> Fraction:
    """The largest share of one of two partners with which an efficient mechanism has no deficit."""
    assembly = dense.Assembly(problem, efficient=True, interim_payments=True)
    assembly.incentives("bic", ZERO)
    share = assembly.program.column(nonnegative=True)
    for i, offset, slope in ((0, ZERO, ONE), (1, ONE, -ONE)):
        for a in range(len(problem.types[i])):
            row: dense.Row = {}
            for profile, weight in assembly.conditional(i, a):
                assembly.payoff(row, i, profile, profile, weight)
            value = problem.utility[i, (a, a), i]
            assembly.program.require(row | {share: -slope * value}, ">=", offset * value)
    money: dense.Row = {}
    for profile in problem.profiles:
        assembly.deficit(money, profile, assembly.probability[profile])
    assembly.program.require(money, ">=", ZERO)
    assembly.program.reward(share, ONE)
    return assembly.program.maximum()


def three_with_one_owner(k: int) -> tuple[Fraction, Fraction, Fraction]:
    """Surplus, second best gains and first best gains of a seller and two buyers."""
    values, prior = uniform(k)
    seller, buyer = seller_virtual_values(values, prior), buyer_virtual_values(values, prior)
    f = Fraction(1, k**3)
    cells = [Cell(p, f * (values[max(p[1:])] - values[p[0]]), f * (buyer[max(p[1:])] - seller[p[0]])) for p in itertools.product(range(k), repeat=3)]
    efficient = {c.profile: Fraction(int(c.gain > 0)) for c in cells}
    if any(c.gain == 0 and c.budget > 0 for c in cells):
        raise ValueError("a tie would bring in money")
    gains, rule = knapsack(cells)
    for trades in (efficient, rule):
        sold = {p: trades[p] * (ONE if p[1] > p[2] else Fraction(1, 2) if p[1] == p[2] else ZERO) for p in trades}
        check_monotone(trades, (-1, 1, 1), lambda _: f)
        check_monotone(sold, (-1, 1, -1), lambda _: f)
    return (
        sum((c.budget for c in cells if efficient[c.profile]), ZERO),
        gains,
        sum((max(c.gain, ZERO) for c in cells), ZERO),
    )


def first_best_answers(problem: Problem) -> dict[str, Fraction | str]:
    standard = dense.standard(problem)
    return {
        "status": "optimal",
        "value": standard["first_best"],
        "welfare": standard["first_best"],
        "gains": standard["first_best_gains"],
    }


def main() -> None:
    for name, n, k in (("equal-two", 2, 10), ("equal-three", 3, 6)):
        problem = load(f"{PAPER}/{name}")
        surplus = agree(equal_shares_surplus(n, k), dense.greatest_surplus(problem, interim_payments=True))
        report(
            problem.slug,
            certify=certified(verdict(surplus), dense.standard(problem), surplus),
            solve=first_best_answers(problem),
        )

    problem = load(f"{PAPER}/boundary-shares")
    surplus = dense.greatest_surplus(problem, interim_payments=True)
    share = agree(boundary_share(problem), problem.outside[0][0] / problem.utility[0, (0, 0), 0])
    agree(1 - share, problem.outside[1][0] / problem.utility[1, (0, 0), 1])
    report(
        problem.slug,
        certify=certified(verdict(surplus), dense.standard(problem), agree(surplus, ZERO)),
        solve=first_best_answers(problem),
    )

    problem, trade = load(f"{PAPER}/one-owner-two"), Trade(*uniform(10), *uniform(10))
    surplus = agree(trade.surplus(), Fraction(9 * -5, 600), dense.greatest_surplus(problem, interim_payments=True))
    agree(trade.second_best_gains(), Fraction(189, 1250))
    report(
        problem.slug,
        certify=certified(verdict(surplus), trade.standard(), surplus),
        solve=second_best_answers(trade),
    )

    problem = load(f"{PAPER}/one-owner-three")
    surplus, gains, first_best_gains = three_with_one_owner(8)
    agree(surplus, dense.greatest_surplus(problem, interim_payments=True))
    agree(first_best_gains, dense.standard(problem)["first_best_gains"])
    report(
        problem.slug,
        certify=certified(verdict(surplus), dense.standard(problem), surplus),
        solve={"status": "optimal", "value": gains, "gains": gains, "welfare": gains + problem.status_quo()},
    )


if __name__ == "__main__":
    main()
