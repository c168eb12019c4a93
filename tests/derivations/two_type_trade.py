"""Bilateral trade with two types a side (Matsuo 1989): costs 0 and 2, values 1 and 3.

Efficient trade leaves out only the pair (cost 2, value 1). With a the odds of the low cost and b
those of the high value, indifference of the strong types and zero rent of the weak ones give expected
receipts a v_L + b (1 - a) v_H from the buyer and expected outlays b c_H + a (1 - b) c_L to the seller.
Their difference is the greatest surplus.
"""

from __future__ import annotations

from fractions import Fraction

import dense
from bilateral_trade import Trade, check_programs, second_best_answers
from problem_file import load
from reporting import agree, certified, report, verdict


def main() -> None:
    c_low, c_high, v_low, v_high = map(Fraction, (0, 2, 1, 3))
    for name, odds in [("possible", "1/2"), ("knife-edge", "2/3"), ("impossible", "3/4")]:
        a = b = Fraction(odds)
        trade = Trade([c_low, c_high], [a, 1 - a], [v_low, v_high], [1 - b, b])
        surplus = agree(a * v_low + b * (1 - a) * v_high - b * c_high - a * (1 - b) * c_low, trade.surplus())
        problem = load(f"matsuo-1989/{name}")
        check_programs(problem, trade)
        report(
            problem.slug,
            certify=certified(verdict(surplus), dense.standard(problem), surplus),
            solve=second_best_answers(trade),
        )


if __name__ == "__main__":
    main()
