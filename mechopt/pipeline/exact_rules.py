"""The exact optimum over rules: the small program that a search ends with, solved and priced over the rationals until no rule is better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from mechopt.environment.rule import Rule
from mechopt.exact.certificate import Certificate
from mechopt.exact.ordered import certificate_from_exact_prices
from mechopt.exact.rents import RuleProgram
from mechopt.exact.vertex import Vertex, prove
from mechopt.pipeline.clock import Clock
from mechopt.pipeline.columns import Found
from mechopt.pipeline.lottery import Lottery, rule_of
from mechopt.program.interim import payoffs_count_alike
from mechopt.program.linear import Program
from mechopt.program.ordered import OrderedProgram
from mechopt.rational import IntegerArray, RationalArray
from mechopt.solvers.backends import backend_named, resolver
from mechopt.solvers.solution import Options

__all__ = ["ExactOptimum", "exact_optimum"]

_ROUNDS = 100


@dataclass(frozen=True, eq=False)
class ExactOptimum:
    """A lottery and a certificate of the same value, and how many exact programs it took."""

    lottery: Lottery
    certificate: Certificate | None
    rounds: int


class _Search:
    """The small program, grown by rules and anchors in exact arithmetic."""

    def __init__(self, program: OrderedProgram, found: Found, others: Sequence[Rule]) -> None:
        self.program, self.small = program, RuleProgram(program)
        self.rules: list[Rule] = []
        self.others = [*others, *(rule_of(program, scores) for scores, weight in _weighted(found) if not weight)]
        for scores, weight in _weighted(found):
            if weight:
                self._add(rule_of(program, scores))
        for anchors in found.anchors:
            self.small.add_anchors(anchors)

    def _add(self, rule: Rule) -> None:
        self.rules.append(rule)
        self.small.add_rule(self.chances(rule))

    def chances(self, rule: Rule) -> list[RationalArray]:
        """Return the interim probabilities of each group's values: the mean over its members."""
        tables = []
        for members, agent in zip(self.program.groups, self.program.agents, strict=True):
            first = [own[0] for own in agent.members]
            total = rule.own[members[0]]
            for i in members[1:]:
                total = total + rule.own[i]
            tables.append(total[first] * Fraction(1, len(members)))
        return tables

    def round(self) -> tuple[Lottery, Certificate | None] | bool:
        """Solve and price the program: return the optimum, or whether there is something new in the program."""
        program = self.small.assembled()
        vertex = _vertex(program)
        if vertex is None:
            return self._widened()
        if self.small.tightened(vertex):
            return True
        prices = self.small.prices(program, vertex)
        best = rule_of(self.program, self.small.best_scores(prices))
        if self.small.improves(program, vertex, self.chances(best)):
            self._add(best)
            return True
        played = [(rule, weight) for rule, weight in zip(self.rules, self.small.weights(vertex), strict=True) if weight]
        lottery = Lottery(self.program.whole, [rule for rule, _ in played], [weight for _, weight in played])
        return lottery, certificate_from_exact_prices(self.program, prices)

    def _widened(self) -> bool:
        """Let in all rules that are known: by those that were played in floats the requirements may be missed by a hair."""
        for rule in self.others:
            self._add(rule)
        added, self.others = bool(self.others), []
        return added


def _weighted(found: Found) -> list[tuple[IntegerArray, float]]:
    return list(zip(found.scores, found.weights.tolist(), strict=True))


def _vertex(program: Program) -> Vertex | None:
    solution = backend_named("highs")(program, Options())
    if solution.basis is None or solution.status != "optimal":
        return None
    vertex = prove(program, solution.basis, resolver(program))
    return vertex if vertex is not None and vertex.optimal else None


def exact_optimum(program: OrderedProgram, found: Found, clock: Clock, others: Sequence[Rule] = ()) -> ExactOptimum | None:
    """Return the exact optimum near what a search found, or None where payoffs do not count alike, or time or patience ends.

    Parameters
    ----------
    program : OrderedProgram
    found : Found
    clock : Clock
    others : sequence of Rule
        Of which some mixture meets all requirements exactly, if any does.
    """
    if not payoffs_count_alike(program.design, program.question) or not len(found.weights) or clock.over():
        return None
    search = _Search(program, found, others)
    for rounds in range(1, _ROUNDS + 1):
        answer = search.round()
        if not isinstance(answer, bool):
            return ExactOptimum(*answer, rounds)
        if not answer or clock.over():
            return None
    return None
