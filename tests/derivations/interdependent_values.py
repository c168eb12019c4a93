"""Two bidders, each worth twice her own signal plus the other's (Dasgupta and Maskin 2000).

Truth against every signal of the other leaves a bidder the rent of 2 per step of her signal while she
wins, so the seller's receipts are the expectation of 2 s_i + s_j - 2 (1 - F)/f of whoever wins, and
serving the highest such value when it is positive is monotone in signals.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import dense
from problem_file import load
from reporting import agree, certified, report

ZERO = Fraction(0)


def main() -> None:
    signals = (1, 2, 3)
    revenue = surplus = first_best = ZERO
    for first, second in itertools.product(signals, repeat=2):
        high, low = max(first, second), min(first, second)
        virtual = 2 * high + low - 2 * (3 - high)
        revenue += Fraction(max(virtual, 0), 9)
        surplus += Fraction(virtual, 9)
        first_best += Fraction(2 * high + low, 9)
    problem = load("dasgupta-maskin-2000/two-bidders")
    agree(first_best, problem.first_best())
    report(
        problem.slug,
        certify=certified(dense.answer(problem), dense.standard(problem), agree(surplus, dense.greatest_surplus(problem))),
        solve={"status": "optimal", "value": agree(revenue, dense.second_best(problem)), "revenue": revenue},
    )


if __name__ == "__main__":
    main()
