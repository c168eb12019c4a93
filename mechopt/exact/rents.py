r"""Lotteries over few rules, exactly: the program of weights and expected payoffs, its prices, and the rule that is best against them.

The program is that of `mechopt.solvers.rent_master.RentMaster` with rational coefficients. Its optimum is the optimum over all rules
if the rule of largest virtual welfare, ironed over the rationals, has no reduced cost.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mechopt.exact.corner import Vertex
from mechopt.exact.ironing import exact_levels
from mechopt.program.linear import BlockBuilder, Program
from mechopt.program.oracles import Oracle, ranks_of
from mechopt.program.ordered import OrderedProgram
from mechopt.program.rents import Anchors, least_payoffs
from mechopt.rational import IntegerArray, RationalArray, sum_of_entries

__all__ = ["ExactPrices", "RuleProgram"]

Scores = IntegerArray


@dataclass(frozen=True, eq=False)
class ExactPrices:
    """Exact prices of an `OrderedProgram`.

    Attributes
    ----------
    up, down : tuple of RationalArray, shape (n_values of i - 1,)
        Of "the higher value does not report the lower one", and the reverse; for each agent, empty without incentives.
    budget : Fraction
    """

    up: tuple[RationalArray, ...]
    down: tuple[RationalArray, ...]
    budget: Fraction


@dataclass(frozen=True, eq=False)
class _Column:
    """A rule: its interim probabilities, and what it adds to the objective, to the budget, and to each inequality on payoffs."""

    chances: tuple[RationalArray, ...]
    gain: Fraction
    surplus: Fraction


class RuleProgram:
    """Rules and `Anchors` as a linear program in integers; for programs in which payoffs count alike.

    Parameters
    ----------
    program : OrderedProgram
    """

    def __init__(self, program: OrderedProgram) -> None:
        self.program = program
        self.anchors: list[Anchors] = []
        self._columns: list[_Column] = []
        self._forms: list[RationalArray] = []
        self._known: set[tuple[int, bytes]] = set()
        participates = program.design.participation != "none"
        self._with_budget = participates and program.budget != "none"
        self._has_paths = program.incentives and program.design.participation == "interim-ir"
        self._payoffs = range(len(program.agents)) if participates else range(0)
        if not self._has_paths:
            for i in self._payoffs:
                self.add_anchors(Anchors(i, np.arange(len(program.agents[i].values))))

    @cached_property
    def _copies(self) -> list[int]:
        return [len(members) for members in self.program.groups]

    @cached_property
    def _surplus(self) -> list[RationalArray]:
        return [RationalArray.from_fractions(self.program.surplus[part]) for part in self.program.parts]

    @cached_property
    def _steps(self) -> list[RationalArray]:
        return [agent.value_table[1:] - agent.value_table[:-1] for agent in self.program.agents]

    def add_rule(self, chances: Sequence[RationalArray]) -> None:
        """Add a rule with given interim probabilities of each agent's values."""
        self._columns.append(self._column(chances))

    def _column(self, chances: Sequence[RationalArray]) -> _Column:
        worth = [table * own * m for table, own, m in zip(self._surplus, chances, self._copies, strict=True)]
        surplus = sum_of_entries(worth)
        return _Column(tuple(chances), surplus if self.program.counts_surplus else Fraction(0), surplus)

    def add_anchors(self, anchors: Anchors) -> bool:
        """Add an inequality on an agent's expected payoff; False if it is there already."""
        if anchors.key in self._known:
            return False
        self._known.add(anchors.key)
        self.anchors.append(anchors)
        agent = self.program.agents[anchors.agent]
        if self.program.incentives:
            up, down = self._flows(anchors)
            steps = self._steps[anchors.agent]
            self._forms.append(_joined(steps * up, right=True) - _joined(steps * down, right=False))
        else:
            self._forms.append(RationalArray.full((len(agent.values),), 0))
        return True

    def _flows(self, anchors: Anchors) -> tuple[RationalArray, RationalArray]:
        prior = self.program.agents[anchors.agent].prior_table
        up, down = anchors.flows(prior.numerators)
        return RationalArray(up, prior.denominator), RationalArray(down, prior.denominator)

    def _rent(self, k: int, column: _Column) -> Fraction:
        """Return what a rule adds to the right side of an inequality."""
        return (self._forms[k] * column.chances[self.anchors[k].agent]).sum().item()

    def assembled(self) -> Program:
        """Return the program: maximise over expected payoffs, one per agent, and weights of rules."""
        builder, program, columns = BlockBuilder(), self.program, self._columns
        payoffs = builder.add_columns("payoff", (len(self._payoffs),))
        weights = builder.add_columns("weight", (len(columns),), 0)
        first = np.zeros(1, dtype=np.int64)
        builder.add_rows("probability", (1,), [(first, weights.positions, RationalArray.full((1,), 1))], 1, 1)
        if self._with_budget:
            paid = RationalArray(np.array([-m for m in self._copies]))
            earned = RationalArray.from_fractions([column.surplus for column in columns])
            upper = program.fixed_cost if program.budget == "=" else None
            builder.add_rows("budget", (1,), [(first, payoffs.positions, paid), (first, weights.positions, earned)], program.fixed_cost, upper)
        for k, anchors in enumerate(self.anchors):
            agent = program.agents[anchors.agent]
            stay = (agent.prior_table * agent.outside_table[anchors.positions]).sum().item()
            rents = RationalArray.from_fractions([-self._rent(k, column) for column in columns])
            own = payoffs.positions[anchors.agent : anchors.agent + 1]
            entries = [(first, own, RationalArray.full((1,), 1)), (first, weights.positions, rents)]
            builder.add_rows("participation", (1,), entries, stay, agent=anchors.agent)
        counted = [m * sum(agent.weights, Fraction(0)) for m, agent in zip(self._copies, program.agents, strict=True)][: len(self._payoffs)]
        gains = RationalArray.from_fractions([column.gain for column in columns])
        return builder.build([(payoffs.positions, RationalArray.from_fractions(counted)), (weights.positions, gains)], program.constant)

    def weights(self, vertex: Vertex) -> list[Fraction]:
        """Return the weights of the rules at a vertex of the program."""
        found: list[Fraction] = RationalArray(vertex.x_numerators[len(self._payoffs) :], vertex.x_denominator).fractions()
        return found

    def tightened(self, vertex: Vertex) -> bool:
        """Add the inequalities that a vertex violates, and return whether there are any."""
        if not self._has_paths:
            return False
        expected = RationalArray(vertex.x_numerators[: len(self._payoffs)], vertex.x_denominator).fractions()
        weights, new = self.weights(vertex), False
        played = [(w, column) for w, column in zip(weights, self._columns, strict=True) if w]
        for i in self._payoffs:
            agent = self.program.agents[i]
            chances = RationalArray.full((len(agent.values),), 0)
            for weight, column in played:
                chances = chances + column.chances[i] * weight
            payoffs, positions = _least(self._steps[i], chances, agent.outside_table)
            if (payoffs * agent.prior_table).sum().item() > expected[i]:
                new |= self.add_anchors(Anchors(i, positions))
        return new

    def prices(self, program: Program, vertex: Vertex) -> ExactPrices:
        """Return the prices of a vertex of the program."""
        natural = self._natural(program, vertex)
        up, down = ([RationalArray.full((len(agent.values) - 1,), 0) for agent in self.program.agents] for _ in range(2))
        for k, anchors in enumerate(self.anchors if self._has_paths else ()):
            price = -natural[self._first_anchors + k] / self._copies[anchors.agent]
            if price:
                for total, flow in zip((up, down), self._flows(anchors), strict=True):
                    total[anchors.agent] = total[anchors.agent] + flow * price
        return ExactPrices(tuple(up), tuple(down), -natural[1] if self._with_budget else Fraction(0))

    @property
    def _first_anchors(self) -> int:
        return 1 + self._with_budget

    @staticmethod
    def _natural(program: Program, vertex: Vertex) -> list[Fraction]:
        """Return derivatives in the right-hand sides of rows in money."""
        denominators = program.row_denominators.tolist()
        return [Fraction(int(y) * d, vertex.y_denominator) for y, d in zip(vertex.y_numerators.tolist(), denominators, strict=True)]

    def best_scores(self, prices: ExactPrices) -> Scores:
        """Return integer scores whose rule maximises virtual welfare at exact prices."""
        program, oracle = self.program, Oracle(self.program)
        iron = program.incentives and not program.question.efficient
        levels: list[Fraction | float] = []
        for i, agent in enumerate(program.agents):
            weighted = self._surplus[i] * (int(program.counts_surplus) + prices.budget)
            if program.incentives:
                steps = self._steps[i]
                weighted = weighted - _joined(steps * prices.up[i], right=True) + _joined(steps * prices.down[i], right=False)
            scale = Fraction(agent.prior_table.denominator, weighted.denominator)
            found = exact_levels(weighted.numerators.tolist(), agent.prior_table.numerators.tolist(), iron=iron)
            levels += [level * scale if isinstance(level, Fraction) else level for level in found]
        if program.environment.kind != "public-good":
            return ranks_of(list(zip(oracle.surplus_scores, levels, strict=True)), (0, 0)) if program.question.efficient else ranks_of(levels, 0)
        return _sums(levels, oracle.surplus_scores if program.question.efficient else [0] * len(levels), program.environment.n_agents)

    def improves(self, program: Program, vertex: Vertex, chances: Sequence[RationalArray]) -> bool:
        """Return whether a rule is worth more than it costs at the prices of a vertex."""
        column, natural = self._column(chances), self._natural(program, vertex)
        reduced = column.gain - natural[0] - (natural[1] * column.surplus if self._with_budget else 0)
        for k in range(len(self.anchors)):
            price = natural[self._first_anchors + k]
            reduced += price * self._rent(k, column) if price else 0
        return reduced > 0


def _joined(table: RationalArray, *, right: bool) -> RationalArray:
    """Return a table with a zero at its right or left end."""
    zero = np.zeros(1, dtype=table.numerators.dtype)
    return RationalArray(np.concatenate([table.numerators, zero] if right else [zero, table.numerators]), table.denominator)


def _least(steps: RationalArray, chances: RationalArray, outside: RationalArray) -> tuple[RationalArray, NDArray[np.int64]]:
    denominator = math.lcm(steps.denominator * chances.denominator, outside.denominator)
    wide = chances.numerators.astype(object) * (denominator // (steps.denominator * chances.denominator))
    payoffs, positions = least_payoffs(steps.numerators.astype(object), wide, outside.over(denominator).astype(object))
    return RationalArray(payoffs, denominator), positions


def _sums(levels: list[Fraction | float], before: list[int], n_agents: int) -> Scores:
    """Return integer scores that are added up: by `before` first, then by levels; infinite levels decide alone."""
    finite = [level for level in levels if isinstance(level, Fraction)]
    denominator = math.lcm(*(level.denominator for level in finite))
    alone = n_agents * max((abs(int(level * denominator)) for level in finite), default=0) + 1
    scores = [int(level * denominator) if isinstance(level, Fraction) else alone if level > 0 else -alone for level in levels]
    widest = 2 * n_agents * n_agents * alone + 1
    found = np.empty(len(scores), dtype=object)
    found[:] = [first * widest + second for first, second in zip(before, scores, strict=True)]
    return found
