"""What prices about types that move prove, written from docs/certificates.md alone: a number, or the rule that they break."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.derivations.dynamic_types import Markov, dot

ZERO = Fraction(0)


class ProvesNothingError(Exception):
    """Prices break a rule of section 5."""


def proved_bound(problem: Markov, names: dict[str, list[str]], prices: dict[str, Any], *, fees: bool = True) -> Fraction:
    """Return the bound of a certificate, recomputed by the rules of section 5; without fees those of joining may sum to less."""
    efficient, tops = problem.best()
    budget = Fraction(prices["budget"])
    weight = Fraction(1) if prices["objective"] == "surplus" else budget
    charged = [[ZERO] * problem.n_actions for _ in problem.states]
    if budget < 0:
        raise ProvesNothingError("budget")
    for i, agent in enumerate(names):
        rest = _joined(problem, i, names[agent], prices["joining"][agent], weight, fees=fees)
        for profile, report, text in prices["incentive"][agent]:
            state = tuple(own.index(name) for own, name in zip(names.values(), profile, strict=True))
            said, price = names[agent].index(report), Fraction(text)
            true, seen = problem.states.index(state), problem.states.index((*state[:i], said, *state[i + 1 :]))
            if price < 0:
                raise ProvesNothingError("incentive")
            moves = problem.moves[tops[seen][0]]
            for t in range(len(rest)):
                rest[t] += price * ((t == true) - (t == seen) - problem.discount * (moves[true][t] - moves[seen][t]))
            for k in range(problem.n_actions):
                charged[seen][k] += price * (problem.rewards[i][state[i]][k] - problem.rewards[i][said][k])
        if any(left > weight * x for left, x in zip(rest, problem.start, strict=True)):
            raise ProvesNothingError("staying")
    if prices["objective"] == "surplus":
        return dot(problem.start, efficient) + sum((max(-charged[n][k] for k in top) for n, top in enumerate(tops)), ZERO)
    often = problem.occupation([0] * len(problem.states))
    if often != [Fraction(text) for text in prices["visits"]]:
        raise ProvesNothingError("visits")
    counted = budget + (prices["objective"] == "welfare")
    flows = [[counted * d * problem.flow(list(problem.agents), s, k) for k in range(problem.n_actions)] for d, s in zip(often, problem.states)]
    return sum((max(g - c for g, c in zip(*pair, strict=True)) for pair in zip(flows, charged, strict=True)), ZERO)


def _joined(problem: Markov, i: int, types: list[str], prices: dict[str, str], weight: Fraction, *, fees: bool) -> list[Fraction]:
    """Return the weight of an agent's payoff at every profile in her prices of joining."""
    given = {types.index(name): Fraction(text) for name, text in prices.items()}
    total = sum(given.values(), ZERO)
    if min(given.values(), default=ZERO) < 0 or total > weight or (fees and total < weight):
        raise ProvesNothingError("joining")
    chance = [sum((x for x, s in zip(problem.start, problem.states, strict=True) if s[i] == a), ZERO) for a in range(problem.n_types[i])]
    return [given[s[i]] * x / chance[s[i]] if s[i] in given else ZERO for x, s in zip(problem.start, problem.states, strict=True)]
