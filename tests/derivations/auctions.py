"""Selling one object to bidders with independent values (Myerson 1981) on finite sets of types.

Route one: virtual values, ironed where they are out of order. Route two: the full program, exactly.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction

import dense
from bilateral_trade import uniform
from problem_file import load
from reporting import agree, certified, report
from virtual_values import buyer_virtual_values

ZERO, ONE = Fraction(0), Fraction(1)


def expected_highest(levels: Sequence[Fraction], prior: Sequence[Fraction], n: int) -> Fraction:
    """Expected highest of n draws: levels increase weakly with the type."""
    at_most = [ZERO, *itertools.accumulate(prior)]
    return sum((x * (at_most[k + 1] ** n - at_most[k] ** n) for k, x in enumerate(levels)), ZERO)


def ironed(values: Sequence[Fraction], prior: Sequence[Fraction]) -> list[Fraction]:
    """Slopes of the concave hull of the revenue curve: from above, odds of a sale against revenue."""
    points = [(ZERO, ZERO)]
    for k in reversed(range(len(values))):
        odds = sum(prior[k:], ZERO)
        points.append((odds, odds * values[k]))
    slopes: list[Fraction] = []
    for k in range(1, len(points)):
        slopes.append(min(max((points[h][1] - points[g][1]) / (points[h][0] - points[g][0]) for h in range(k, len(points))) for g in range(k)))
    return slopes[::-1]


def efficient_revenue(values: Sequence[Fraction], prior: Sequence[Fraction], n: int) -> Fraction:
    """Virtual value of the highest bidder; ties have equal virtual values."""
    return expected_highest(buyer_virtual_values(values, prior), prior, n)


def set_aside_bound(strong: Sequence[Fraction], weak: Sequence[Fraction], extra: Fraction) -> tuple[Fraction, Fraction, Fraction]:
    """The best virtual revenue when every win of the weak bidder counts `extra` more, and her wins.

    Returns the value with the subsidy, and the least and the greatest odds that she wins in a rule attaining it.
    """
    value = least = most = ZERO
    f = Fraction(1, len(strong) * len(weak))
    for s, w in itertools.product(strong, weak):
        best = max(s, w + extra, ZERO)
        value += f * best
        others = max(s, ZERO)
        least += f * int(w + extra == best and others < best)
        most += f * int(w + extra == best)
    return value, least, most


def main() -> None:
    values, prior = uniform(10)
    virtual = buyer_virtual_values(values, prior)
    for n, name in ((1, "one-bidder"), (2, "two-bidders"), (3, "three-bidders")):
        problem = load(f"myerson-1981/{name}")
        revenue = expected_highest([max(v, ZERO) for v in virtual], prior, n)
        surplus = efficient_revenue(values, prior, n)
        agree(expected_highest(values, prior, n), problem.first_best())
        if n < 3:
            agree(revenue, dense.second_best(problem, interim_payments=True))
            agree(surplus, dense.greatest_surplus(problem, interim_payments=True))
        report(
            problem.slug,
            certify=certified("possible", dense.standard(problem), surplus),
            solve={"status": "optimal", "value": revenue, "revenue": revenue},
        )

    problem = load("myerson-1981/ironing")
    values, prior = list(map(Fraction, (2, 3, 5, 9))), [Fraction(k, 10) for k in (4, 1, 3, 2)]
    virtual = buyer_virtual_values(values, prior)
    if virtual == sorted(virtual) or ironed(values, prior) == virtual:
        raise ValueError("nothing to iron")
    revenue = agree(expected_highest([max(v, ZERO) for v in ironed(values, prior)], prior, 2), dense.second_best(problem))
    surplus = agree(efficient_revenue(values, prior, 2), dense.greatest_surplus(problem))
    report(
        problem.slug,
        certify=certified(dense.answer(problem), dense.standard(problem), surplus),
        solve={"status": "optimal", "value": revenue, "revenue": revenue},
    )

    problem = load("pai-vohra-2012/set-aside")
    strong = buyer_virtual_values(list(map(Fraction, (2, 4, 6, 8))), [Fraction(1, 4)] * 4)
    weak = buyer_virtual_values(list(map(Fraction, (1, 2, 3, 4))), [Fraction(1, 4)] * 4)
    half = Fraction(1, 2)
    bounds = []
    for extra in sorted({s - w for s in (*strong, ZERO) for w in weak if s > w}):
        value, least, most = set_aside_bound(strong, weak, extra)
        if least <= half <= most:
            bounds.append(value - extra * half)
    revenue = agree(*bounds, dense.second_best(problem))
    report(
        problem.slug,
        certify=certified(dense.answer(problem), dense.standard(problem)),
        solve={"status": "optimal", "value": revenue, "revenue": revenue},
    )


if __name__ == "__main__":
    main()
