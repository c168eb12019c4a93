"""The greatest truthful payments for a rule without coins, by shortest paths instead of a program.

Fix an agent and the others' reports. Participation says t(a) <= u(a, x_a) - outside(a); truth says
t(a) <= t(b) + u(a, x_a) - u(a, x_b). The greatest payments that satisfy all of these are the shortest
paths from "staying out" to each type, and there are none exactly if a cycle of lies has negative length.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from fractions import Fraction

import dense
from problem_file import Problem, Profile

ZERO = Fraction(0)


def greatest_payments(problem: Problem, rule: Mapping[Profile, int]) -> dict[tuple[int, Profile], Fraction] | None:
    """Payments under dsic and ex-post-ir, each as great as any such payment, or None if truth cannot pay."""
    greatest: dict[tuple[int, Profile], Fraction] = {}
    utility, outside, unit = problem.in_integers
    for i, names in enumerate(problem.types):
        for line in {p[:i] + p[i + 1 :] for p in problem.profiles}:
            profiles = [(*line[:i], a, *line[i:]) for a in range(len(names))]
            payments = [utility[i, p, rule[p]] - outside[i][a] for a, p in enumerate(profiles)]
            length = [[utility[i, p, rule[p]] - utility[i, p, rule[q]] for q in profiles] for p in profiles]
            for _ in range(len(names) + 1):
                shorter = [min(payments[b] + length[a][b] for b in range(len(names))) for a in range(len(names))]
                if shorter == payments:
                    break
                payments = shorter
            else:
                return None
            greatest |= {(i, p): Fraction(t, unit) for p, t in zip(profiles, payments, strict=True)}
    return greatest


def greatest_revenue(problem: Problem, rule: Mapping[Profile, int]) -> Fraction | None:
    """Expected payments less cost under dsic and ex-post-ir, or None if no payments make truth pay."""
    payments = greatest_payments(problem, rule)
    if payments is None:
        return None
    return sum((problem.probability[p] * t for (_, p), t in payments.items()), ZERO) - sum(
        (f * problem.cost[rule[p]] for p, f in problem.probability.items()), ZERO
    )


def best_efficient_revenue(problem: Problem) -> Fraction:
    """The same for efficient rules: every way of breaking the ties without coins."""
    found = [
        greatest_revenue(problem, dict(zip(problem.profiles, choice, strict=True)))
        for choice in itertools.product(*(problem.efficient(p) for p in problem.profiles))
    ]
    return max(r for r in found if r is not None)


def supported(problem: Problem, rule: Mapping[Profile, int]) -> bool:
    """Whether payments exist with which a rule without coins meets the design (dsic, ex-post-ir, balanced).

    If even the greatest payments fall short of the cost somewhere, none do; otherwise the program decides.
    """
    payments = greatest_payments(problem, rule)
    if payments is None or any(sum(payments[i, p] for i in range(len(problem.agents))) < problem.cost[rule[p]] for p in problem.profiles):
        return False
    assembly = dense.Assembly(problem, efficient=False, elastic=True)
    for p in problem.profiles:
        assembly.program.require({assembly.allocation[p, rule[p]]: Fraction(1)}, "=", Fraction(1))
    assembly.wish(problem.design)
    assembly.program.reward(assembly.slack or 0, -Fraction(1))
    return assembly.program.maximum() == 0


def greatest_interim_revenue(problem: Problem, rule: Mapping[Profile, int]) -> Fraction | None:
    """The same with bic and interim-ir: one path problem per agent, utilities in expectation."""
    total = -sum((f * problem.cost[rule[p]] for p, f in problem.probability.items()), ZERO)
    for i, names in enumerate(problem.types):
        kinds = range(len(names))
        worth = [[ZERO for _ in kinds] for _ in kinds]
        for p, f in problem.probability.items():
            for report in kinds:
                lie = (*p[:i], report, *p[i + 1 :])
                worth[p[i]][report] += f / problem.marginal(i, p[i]) * problem.utility[i, p, rule[lie]]
        payments = [worth[a][a] - problem.outside[i][a] for a in kinds]
        for _ in range(len(names) + 1):
            shorter = [min(payments[b] + worth[a][a] - worth[a][b] for b in kinds) for a in kinds]
            if shorter == payments:
                break
            payments = shorter
        else:
            return None
        total += sum((problem.marginal(i, a) * t for a, t in enumerate(payments)), ZERO)
    return total
