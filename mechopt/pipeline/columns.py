r"""Column generation over allocation rules (reduction E7), with stabilised prices and a bound at every round.

Multipliers on incentives, participation and budget give every type a virtual welfare; the rule that maximises it is a new column of
a small master program, and its value is a bound on the objective of every mechanism. The prices asked about lie between the best ones
so far and the master's, which alone would jump about [1]_.

References
----------
.. [1] A. Pessoa, R. Sadykov, E. Uchoa, F. Vanderbeck, "Automation and Combination of Linear-Programming Based Stabilization
   Techniques in Column Generation", INFORMS J. Comput. 30 (2018), 339-360.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from mechopt.pipeline.clock import Clock
from mechopt.program.interim import payoffs_count_alike
from mechopt.program.ordered import OrderedProgram
from mechopt.program.outcomes import OutcomeProgram
from mechopt.program.rents import Anchors
from mechopt.solvers.growing import Optimum
from mechopt.solvers.master import Master, Point
from mechopt.solvers.outcome_master import OutcomeMaster
from mechopt.solvers.rent_master import RentMaster

__all__ = ["Found", "by_columns"]

Scores = NDArray[np.int64]
AnyProgram = OrderedProgram | OutcomeProgram
# `Prices` of an ordered program, `OutcomePrices` of the other.
AnyPrices = Any
# How far from the best prices towards the master's the oracle is asked.
_NEAR = 0.1
_MOST_ROUNDS = 5000


@dataclass
class Found:
    """What is known when a search ends: rules with weights, the best prices, float value and bound in money, rounds and sizes.

    `value` is minus infinity while no mixture of rules meets the requirements; payoffs are in `unit` of money.
    """

    scores: list[Scores] = field(default_factory=list)
    weights: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    point: Point | None = None
    prices: AnyPrices | None = None
    anchors: list[Anchors] = field(default_factory=list)
    value: float = -np.inf
    bound: float = np.inf
    unit: float = 1.0
    statistics: dict[str, Any] = field(default_factory=dict)

    @property
    def gap(self) -> float:
        """Bound less value, in money."""
        return self.bound - self.value


class _Linked:
    """A master program of interim quantities, with rows that link them to the rules of a lottery."""

    def __init__(self, master: Master | OutcomeMaster) -> None:
        self.master = master
        n, base = master.size, master.n_rows
        numbers = np.arange(n)
        links = sparse.csr_array((-np.ones(n), (numbers, numbers)), shape=(n, master.width))
        master.solver.add_rows(links, np.zeros(n), np.zeros(n))
        master.solver.add_rows(sparse.csr_array((1, master.width)), np.ones(1), np.ones(1))
        self._rows = np.arange(base, base + n + 1)

    def add_rule(self, probabilities: NDArray[np.float64]) -> None:
        """Add the column of a rule with given interim probabilities."""
        column = np.append(probabilities, 1.0)
        matrix = sparse.csc_array((column, (self._rows, np.zeros(len(column), dtype=np.int64))), shape=(self.master.solver.n_rows, 1))
        self.master.solver.add_columns(np.zeros(1), np.zeros(1), np.full(1, np.inf), matrix)

    def rule_weights(self, optimum: Optimum) -> NDArray[np.float64]:
        """Return the weights of the rules."""
        return np.maximum(optimum.x[self.master.width :], 0.0)


class _Search:
    """A master program over rules, grown by an oracle."""

    def __init__(self, program: AnyProgram, clock: Clock) -> None:
        self.master: Master | OutcomeMaster | RentMaster
        if isinstance(program, OutcomeProgram):
            self.master = OutcomeMaster(program)
        else:
            self.master = RentMaster(program) if payoffs_count_alike(program.design, program.question) else Master(program)
        self.rules = self.master if isinstance(self.master, RentMaster) else _Linked(self.master)
        self.oracle, self.clock, self.found = self.master.oracle, clock, Found(unit=self.master.unit)
        self._known: dict[bytes, int] = {}
        self.outer: AnyPrices | None = None

    def add(self, scores: Scores, probabilities: NDArray[np.float64]) -> bool:
        """Add a rule; False if it is there already."""
        if scores.tobytes() in self._known:
            return False
        self._known[scores.tobytes()] = len(self.found.scores)
        self.found.scores.append(scores)
        self.rules.add_rule(probabilities)
        return True

    def ask(self, prices: AnyPrices) -> bool:
        """Ask the oracle at prices: a new rule, and a bound. Return whether the rule is new."""
        scores = self.oracle.scores(self.oracle.virtual_welfare(prices))
        probabilities = self.oracle.interim(scores)
        bound = self.master.bound(prices, probabilities)
        if bound < self.found.bound:
            self.found.bound, self.found.prices = bound, prices
        return self.add(scores, probabilities)

    def solve(self) -> Optimum:
        """Solve the master, and keep what it found."""
        optimum = self.master.solver.solve(self.clock.left())
        while not isinstance(self.master, Master) and optimum.status == "optimal" and self.master.tightened(optimum):
            optimum = self.master.solver.solve(self.clock.left())
        if optimum.status == "optimal":
            self.found.weights = self.rules.rule_weights(optimum)
            self.found.point = self.master.point(optimum)
            if isinstance(self.master, RentMaster):
                self.found.anchors = self.master.binding(optimum)
            self.found.value = self.found.point.value
            self.outer = self.master.prices(optimum)
        return optimum

    def grow(self) -> bool:
        """Ask about the master's prices, and near the best ones in their direction. Return whether any rule is new."""
        assert self.outer is not None  # a master was solved
        inner = self.found.prices
        asked = [self.outer] if inner is None else [inner.towards(self.outer, _NEAR), self.outer]
        news = [self.ask(prices) for prices in asked]
        return any(news)


def by_columns(
    program: AnyProgram,
    clock: Clock,
    gap: float,
    initial: list[Scores],
    enough: float = np.inf,
    rounds: int = _MOST_ROUNDS,
    prices: AnyPrices | None = None,
) -> Found:
    """Return the best lottery over rules found until the gap is small or the time is over.

    Parameters
    ----------
    program : OrderedProgram or OutcomeProgram
    clock : Clock
    gap : float
        Relative to the size of values: what to stop at.
    initial : list of int arrays
        Scores of rules of which some mixture meets all requirements.
    enough : float
        Relative to the size of values: a value beyond which the search may end.
    rounds : int
        At most so many; none: only the best lottery over the given rules.
    prices : Prices or OutcomePrices, optional
        Good ones to begin from.
    """
    search = _Search(program, clock)
    found = search.found
    for scores in initial:
        search.add(scores, search.oracle.interim(scores))
    done = 0
    try:
        first = prices or search.master.cheapest()
        if first is not None:
            search.ask(first)
        while search.solve().status == "optimal" and done < rounds and not clock.over():
            clock.tell_gap(done, found.value, found.bound)
            if found.gap <= gap * found.unit or found.value > (enough + gap) * found.unit or not search.grow():
                break
            done += 1
    except KeyboardInterrupt:
        clock.interrupt()
    found.statistics |= {"rounds": done, "rules": len(found.scores), "rows": search.master.solver.n_rows, "columns": search.master.solver.n_columns}
    return found
