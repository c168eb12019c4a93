"""Payments that are lost (Hartline and Roughgarden 2008) and payments handed back (Guo and Conitzer 2010).

When payments cannot be negative and count as lost, a type's payoff can exceed the next lower type's by at
most her own winning odds times the step, and the lowest type's is at most her odds times her value.
Adding up, expected payoff is at most the expectation of winning odds times

    (v_k - v_{k-1}) (1 - F_{k-1}) / f_k        with v_{-1} = 0,

and for a monotone rule the payments that attain it are not negative. Ironing as for revenue.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction

import dense
from auctions import expected_highest
from bilateral_trade import uniform
from problem_file import load
from reporting import agree, certified, report

ZERO = Fraction(0)


def utility_values(values: Sequence[Fraction], prior: Sequence[Fraction]) -> list[Fraction]:
    """The display above."""
    return [(v - (values[k - 1] if k else 0)) * sum(prior[k:], ZERO) / prior[k] for k, v in enumerate(values)]


def ironed(levels: Sequence[Fraction], prior: Sequence[Fraction]) -> list[Fraction]:
    """Merge neighbours that are out of order into their average until levels increase."""
    blocks: list[tuple[Fraction, Fraction, int]] = []
    for level, f in zip(levels, prior, strict=True):
        blocks.append((level, f, 1))
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            (x, f_x, n_x), (y, f_y, n_y) = blocks[-2:]
            blocks[-2:] = [((x * f_x + y * f_y) / (f_x + f_y), f_x + f_y, n_x + n_y)]
    return [level for level, _, n in blocks for _ in range(n)]


def main() -> None:
    rare = list(map(Fraction, (1, 2, 4, 16))), [Fraction(1, 2), Fraction(1, 4), Fraction(1, 8), Fraction(1, 8)]
    for name, (values, prior) in (("lottery", uniform(5)), ("rare-high-values", rare)):
        problem = load(f"hartline-roughgarden-2008/{name}")
        payoff = agree(expected_highest(ironed(utility_values(values, prior), prior), prior, 2), dense.second_best(problem))
        report(
            problem.slug,
            certify=certified(dense.answer(problem), dense.standard(problem), dense.greatest_surplus(problem)),
            solve={"status": "optimal", "value": payoff},
        )

    problem = load("guo-conitzer-2010/redistribution")
    payoff, first_best = dense.second_best(problem), problem.first_best()
    residue = ZERO
    for draw in itertools.product(range(1, 5), repeat=3):
        low, middle, _ = sorted(draw)
        residue += Fraction(2 * (middle - low), 3 * 64)
    if not first_best - residue <= payoff <= first_best:
        raise ValueError("rebates of order statistics are a lower bound")
    report(
        problem.slug,
        certify=certified(dense.answer(problem), dense.standard(problem), dense.greatest_surplus(problem)),
        solve={"status": "optimal", "value": payoff, "welfare": first_best},
    )


if __name__ == "__main__":
    main()
