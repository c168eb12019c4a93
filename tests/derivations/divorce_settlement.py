"""The divorce settlement of Conitzer and Sandholm (2003): two spouses, two types each, four outcomes.

Rules without coins are few (4^4), so they are tried one by one; with coins the full program is solved exactly.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction

import dense
from implementable import greatest_revenue
from problem_file import Problem, Profile, load
from reporting import agree, certified, report

PAPER = "conitzer-sandholm-2003"
ZERO = Fraction(0)
Rule = dict[Profile, int]


def rules(problem: Problem) -> Iterator[Rule]:
    for choice in itertools.product(range(len(problem.outcomes)), repeat=len(problem.profiles)):
        yield dict(zip(problem.profiles, choice, strict=True))


def truth_pays_without_money(problem: Problem, rule: Rule) -> bool:
    """Bayesian incentives when nobody pays."""
    for i in (0, 1):
        for true in (0, 1):
            gain = ZERO
            for other in (0, 1):
                truth = (true, other) if i == 0 else (other, true)
                lie = (1 - true, other) if i == 0 else (other, 1 - true)
                gain += problem.marginal(1 - i, other) * (problem.utility[i, truth, rule[truth]] - problem.utility[i, truth, rule[lie]])
            if gain < 0:
                return False
    return True


def welfare(problem: Problem, rule: Rule) -> Fraction:
    return sum((f * problem.surplus(p, rule[p]) for p, f in problem.probability.items()), ZERO)


def main() -> None:
    problem = load(f"{PAPER}/no-payments-deterministic")
    value = agree(max(welfare(problem, r) for r in rules(problem) if truth_pays_without_money(problem, r)), Fraction(5248))
    report(
        problem.slug,
        certify=certified(dense.answer(problem), dense.standard(problem)),
        solve={"status": "optimal", "value": value, "welfare": value},
    )
    for name, known in (("no-payments", Fraction(60608, 11)), ("no-payments-dominant", Fraction(5328))):
        problem = load(f"{PAPER}/{name}")
        value = agree(known, dense.second_best(problem))
        report(
            problem.slug,
            certify=certified(dense.answer(problem), dense.standard(problem)),
            solve={"status": "optimal", "value": value, "welfare": value},
        )

    problem = load(f"{PAPER}/payments")
    value = agree(problem.first_best(), dense.second_best(problem), Fraction(5728))
    report(
        problem.slug,
        certify=certified(dense.answer(problem), dense.standard(problem)),
        solve={"status": "optimal", "value": value, "welfare": value},
    )

    problem = load(f"{PAPER}/revenue")
    found = {tuple(r.values()): greatest_revenue(problem, r) for r in rules(problem)}
    value = agree(max(t for t in found.values() if t is not None), dense.second_best(problem, allocation="any"), Fraction(4320))
    efficient = [
        t for choice, t in found.items() if t is not None and all(x in problem.efficient(p) for x, p in zip(choice, problem.profiles, strict=True))
    ]
    surplus = agree(max(efficient), dense.greatest_surplus(problem))
    report(
        problem.slug,
        certify=certified("possible", dense.standard(problem), surplus),
        solve={"status": "optimal", "value": value, "revenue": value},
    )


if __name__ == "__main__":
    main()
