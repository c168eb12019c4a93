"""Economies whose profiles cannot be listed: every quantity comes from products of distribution functions, or from sums.

*Partners* (Cramton, Gibbons and Klemperer 1987). No value is held by two agents, so that an agent with value v gets the object
with the chance that all others' values are lower, q(v) = prod F_j(v). Her least payoff above her share's worth is given in
partnerships.py; here it is found a second time as the greatest value of any chain of lies, all pairs of types counted.
The greatest surplus is first best less expected payoffs (Williams 1999; Krishna and Perry 2000).

*Bidders* (Myerson 1981). The optimal revenue is the expected highest ironed virtual value where that is positive.

*Neighbours* (Mailath and Postlewaite 1990). With evenly spread values, values and virtual values are affine in the type's number,
so that only the sum of these numbers counts; its distribution is a convolution.
"""

from __future__ import annotations

import itertools
import tomllib
from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction
from math import prod
from typing import Any

from auctions import efficient_revenue, expected_highest, ironed
from problem_file import PROBLEMS, fractions, grid
from reporting import certified, report, verdict
from virtual_values import Cell, buyer_virtual_values, knapsack

ZERO, ONE = Fraction(0), Fraction(1)
Numbers = list[Fraction]


def document(slug: str) -> dict[str, Any]:
    """The file as it stands; its profiles are not listed."""
    with (PROBLEMS / f"{slug}.toml").open("rb") as file:
        return tomllib.load(file, parse_float=Fraction)


def chain_payoffs(values: Numbers, wins: Numbers, share: Fraction) -> Numbers:
    """Least payoffs above the share's worth: the best chain of lies that ends at a type, whatever lies it consists of."""
    margins = [q - share for q in wins]
    payoffs, longer = [], [ZERO] * len(values)
    while longer != payoffs:
        payoffs = longer
        longer = [max(p + margin * (v - value) for p, margin, value in zip(payoffs, margins, values, strict=True)) for v in values]
    return payoffs


def adjacent_payoffs(values: Numbers, wins: Numbers, share: Fraction) -> Numbers:
    """The same from neighbouring types: upwards where the agent buys, downwards where she sells."""
    steps = [after - before for before, after in itertools.pairwise(values)]
    up = [ZERO, *itertools.accumulate(max(q - share, ZERO) * step for q, step in zip(wins, steps, strict=False))]
    down = [ZERO, *itertools.accumulate(max(share - q, ZERO) * step for q, step in zip(wins[:0:-1], steps[::-1], strict=True))]
    return [u + d for u, d in zip(up, down[::-1], strict=True)]


def highest(value: Fraction, others: Sequence[tuple[Numbers, Numbers]]) -> Fraction:
    """The chance that all others' values are lower, from their values and distribution functions."""
    below = [at_most[bisect_left(values, value)] for values, at_most in others]
    return Fraction(prod(f.numerator for f in below), prod(f.denominator for f in below))


def partners(slug: str) -> None:
    """First best less the least payoffs of partners without a value in common."""
    tables = document(slug)["agents"]
    grids = [grid(table["values"]) for table in tables]
    shares = [Fraction(table.get("share", 0)) for table in tables]
    if len({v for values, _ in grids for v in values}) < sum(len(values) for values, _ in grids):
        raise ValueError("two agents share a value")
    supports = [(values, [ZERO, *itertools.accumulate(prior)]) for values, prior in grids]
    first_best = status_quo = payoffs = ZERO
    for i, (values, prior) in enumerate(grids):
        wins = [highest(v, supports[:i] + supports[i + 1 :]) for v in values]
        above = adjacent_payoffs(values, wins, shares[i])
        if above != chain_payoffs(values, wins, shares[i]):
            raise ValueError(f"agent {i}: chains of lies and neighbours disagree")
        for v, f, q, payoff in zip(values, prior, wins, above, strict=True):
            first_best += f * q * v
            status_quo += f * shares[i] * v
            payoffs += f * (shares[i] * v + payoff)
    surplus, gains = first_best - payoffs, first_best - status_quo
    if surplus < 0:
        raise ValueError("a second best would be needed")
    report(
        slug,
        certify=certified("possible", {"first_best": first_best, "status_quo": status_quo, "first_best_gains": gains}, surplus),
        solve={"status": "optimal", "value": first_best, "welfare": first_best, "gains": gains},
    )


def bidders(slug: str) -> None:
    """The optimal auction and the efficient one, with identical bidders."""
    (table,) = document(slug)["agents"]
    values, prior, n = fractions(table["values"]), fractions(table["prior"]), table["copies"]
    virtual = ironed(values, prior)
    if virtual == buyer_virtual_values(values, prior) or virtual != sorted(virtual):
        raise ValueError("nothing was ironed")
    revenue = expected_highest([max(v, ZERO) for v in virtual], prior, n)
    first_best = expected_highest(values, prior, n)
    report(
        slug,
        certify=certified(
            "possible", {"first_best": first_best, "status_quo": ZERO, "first_best_gains": first_best}, efficient_revenue(values, prior, n)
        ),
        solve={"status": "optimal", "value": revenue, "revenue": revenue},
    )


def convolution(prior: Sequence[Fraction], n: int) -> Numbers:
    """Distribution of the sum of n types' numbers."""
    found = [ONE]
    for _ in range(n):
        found = [sum((found[m - k] * f for k, f in enumerate(prior) if 0 <= m - k < len(found)), ZERO) for m in range(len(found) + len(prior) - 1)]
    return found


def neighbours(slug: str) -> None:
    """A public good whose providers count only by the sum of their types' numbers."""
    data = document(slug)
    (table,) = data["agents"]
    (values, prior), n, cost = grid(table["values"]), table["copies"], Fraction(data["environment"]["cost"])
    virtual = buyer_virtual_values(values, prior)
    (slope,) = {after - before for before, after in itertools.pairwise(values)}
    (steeper,) = {after - before for before, after in itertools.pairwise(virtual)}
    gains = [n * values[0] + slope * m - cost for m in range(n * (len(values) - 1) + 1)]
    budgets = [n * virtual[0] + steeper * m - cost for m in range(len(gains))]
    if ZERO in gains:
        raise ValueError("a tie")
    cells = [Cell((m,), f * gains[m], f * budgets[m]) for m, f in enumerate(convolution(prior, n))]
    first_best = sum((max(c.gain, ZERO) for c in cells), ZERO)
    surplus = sum((c.budget for c in cells if c.gain > 0), ZERO)
    second_best, rule = knapsack(cells)
    if any(after < before for before, after in itertools.pairwise(rule[m,] for m in range(len(gains)))):
        raise ValueError("more demand, less provision")
    report(
        slug,
        certify=certified(verdict(surplus), {"first_best": first_best, "status_quo": ZERO, "first_best_gains": first_best}, surplus),
        solve={"status": "optimal", "value": second_best, "welfare": second_best, "gains": second_best},
    )


def main() -> None:
    partners("cramton-gibbons-klemperer-1987/forty-partners")
    bidders("myerson-1981/thirty-bidders")
    neighbours("mailath-postlewaite-1990/twelve-agents")


if __name__ == "__main__":
    main()
