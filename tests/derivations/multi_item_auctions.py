"""Selling several things: Yao's two items, Leonard's positions, Vickrey's two units."""

from __future__ import annotations

import itertools
from fractions import Fraction

import dense
from implementable import best_efficient_revenue
from problem_file import load
from reporting import agree, certified, report
from virtual_values import buyer_virtual_values

ZERO = Fraction(0)


def revenue_answers(revenue: Fraction) -> dict[str, Fraction | str]:
    return {"status": "optimal", "value": revenue, "revenue": revenue}


def two_best(levels: list[Fraction], n: int) -> Fraction:
    """Expected sum of the two highest of n independent draws with equal odds, negative ones left out."""
    draws = list(itertools.product(levels, repeat=n))
    return sum((max(x, ZERO) for d in draws for x in sorted(d)[-2:]), ZERO) / len(draws)


def main() -> None:
    for name, paper in (("dsic", Fraction(25, 8)), ("bic", Fraction(51, 16))):
        problem = load(f"yao-2017/{name}")
        report(
            problem.slug,
            certify=certified(dense.answer(problem), dense.standard(problem), dense.greatest_surplus(problem)),
            solve=revenue_answers(agree(paper, dense.second_best(problem))),
        )

    problem = load("leonard-1983/three-positions")
    revenue = agree(best_efficient_revenue(problem), dense.second_best(problem), dense.greatest_surplus(problem))
    report(
        problem.slug,
        certify=certified(dense.answer(problem), dense.standard(problem), revenue),
        solve=revenue_answers(revenue) | {"welfare": problem.first_best()},
    )

    problem = load("vickrey-1961/two-units")
    virtual = buyer_virtual_values(list(map(Fraction, (1, 2, 3))), [Fraction(1, 3)] * 3)
    surplus = sum((x for d in itertools.product(virtual, repeat=3) for x in sorted(d)[-2:]), ZERO) / 27
    agree(two_best(list(map(Fraction, (1, 2, 3))), 3), problem.first_best())
    report(
        problem.slug,
        certify=certified(dense.answer(problem), dense.standard(problem), agree(surplus, dense.greatest_surplus(problem))),
        solve=revenue_answers(agree(two_best(virtual, 3), dense.second_best(problem))),
    )


if __name__ == "__main__":
    main()
