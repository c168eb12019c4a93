"""The exact optimum over rules: the small program that a search ends with, solved and priced over the rationals until no rule is better."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from mechopt.environment.rule import Rule
from mechopt.exact.certificate import Certificate
from mechopt.exact.corner import Vertex
from mechopt.exact.ordered import certificate_from_exact_prices
from mechopt.exact.rents import RuleProgram
from mechopt.exact.vertex import prove
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
    """A lottery, a certificate of the same value unless time was over, and how many exact programs it took."""

    lottery: Lottery
    certificate: Certificate | None
    rounds: int


class _Search:
    """The small program, grown by rules and anchors in exact arithmetic."""

    def __init__(self, program: OrderedProgram, found: Found, others: Sequence[Rule]) -> None:
        self.program, self.small = program, RuleProgram(program)
        self.rules: list[Rule] = []
        self.lottery: Lottery | None = None
        self.certificate: Certificate | None = None
        # By the rules that were played in floats the requirements may be missed by a hair: who comes to help, in turn.
        self._reserve: list[Callable[[], list[Rule]]] = [
            lambda: list(others),
            lambda: [rule_of(program, scores) for scores, weight in _weighted(found) if not weight],
        ]
        for scores, weight in _weighted(found):
            if weight:
                self._add(rule_of(program, scores))
        for anchors in found.anchors:
            self.small.add_anchors(anchors)

    def _add(self, rule: Rule) -> None:
        self.rules.append(rule)
        self.small.add_rule(self.chances(rule))

    def chances(self, rule: Rule) -> list[RationalArray]:
        """Return the interim probabilities of the values of each group's members, who share ties."""
        groups = zip(self.program.groups, self.program.agents, strict=True)
        return [rule.own[members[0]][[own[0] for own in agent.members]] for members, agent in groups]

    def round(self, *, priced: bool) -> bool:
        """Solve the program, and price it if asked for; return whether there is something new in it."""
        program = self.small.assembled()
        vertex = _vertex(program)
        if vertex is None:
            return self._widened()
        if self.small.tightened(vertex):
            return True
        self.lottery = self._lottery(self.small.weights(vertex))
        if not priced:
            return False
        prices = self.small.prices(program, vertex)
        best = rule_of(self.program, self.small.best_scores(prices))
        if self.small.improves(program, vertex, self.chances(best)):
            self._add(best)
            return True
        self.certificate = certificate_from_exact_prices(self.program, prices)
        return False

    def _lottery(self, weights: list[Fraction]) -> Lottery:
        played = [(rule, weight) for rule, weight in zip(self.rules, weights, strict=True) if weight]
        return Lottery(self.program, [rule for rule, _ in played], [weight for _, weight in played])

    def _widened(self) -> bool:
        """Let in more of the rules that are known; False if all are in."""
        while self._reserve:
            rules = self._reserve.pop(0)()
            for rule in rules:
                self._add(rule)
            if rules:
                return True
        return False


def _weighted(found: Found) -> list[tuple[IntegerArray, float]]:
    # Rules that came after the last solve have no weight.
    weights = found.weights.tolist() + [0.0] * (len(found.scores) - len(found.weights))
    return list(zip(found.scores, weights, strict=True))


def _vertex(program: Program) -> Vertex | None:
    solution = backend_named("highs")(program, Options())
    if solution.basis is None or solution.status != "optimal":
        return None
    vertex = prove(program, solution.basis, resolver(program))
    return vertex if vertex is not None and vertex.optimal else None


def exact_optimum(program: OrderedProgram, found: Found, clock: Clock, others: Sequence[Rule] = ()) -> ExactOptimum | None:
    """Return the exact optimum near what a search found, or, where time is over, the best lottery over the rules that are known.

    None where payoffs do not count alike, or floats tell no vertex.

    Parameters
    ----------
    program : OrderedProgram
    found : Found
    clock : Clock
    others : sequence of Rule
        Of which some mixture meets all requirements exactly, if any does.
    """
    if not payoffs_count_alike(program.design, program.question) or not len(found.weights):
        return None
    search = _Search(program, found, others)
    rounds, longest = 0, 0.0
    while rounds < _ROUNDS:
        rounds, begin, left = rounds + 1, clock.spent(), clock.left()
        try:
            if not search.round(priced=not clock.over() and (left is None or left > longest)):
                break
        except KeyboardInterrupt:
            clock.interrupt()
        longest = max(longest, clock.spent() - begin)
    return None if search.lottery is None else ExactOptimum(search.lottery, search.certificate, rounds)
