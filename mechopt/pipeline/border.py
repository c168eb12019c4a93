"""Row generation with Border's inequalities (reduction E6), with a bound and a feasible interim rule at every round.

The master program is an outer approximation. Cuts are looked for between a feasible point and the master's, where they are
deepest [1]_; the feasible point then moves towards the master's as far as Border's inequalities let it.

References
----------
.. [1] W. Ben-Ameur, J. Neto, "Acceleration of Cutting-Plane and Column Generation Algorithms: Applications to Network Design",
   Networks 49 (2007), 3-17.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from mechopt.pipeline.clock import Clock
from mechopt.pipeline.columns import Found
from mechopt.program.border import Prefixes, furthest, prefixes
from mechopt.program.oracles import Prices
from mechopt.program.ordered import OrderedProgram
from mechopt.solvers.master import Master, Point

__all__ = ["by_border"]

Scores = NDArray[np.int64]
Floats = NDArray[np.float64]
# Where between the feasible point and the master's cuts are looked for; how many a look; rounds between clearing out.
_SHARES = (0.3, 1.0)
_MOST_CUTS, _MOST_ROUNDS, _CLEARING, _FIRST_CUTS = 60, 3000, 10, 60
_DEEP = 1e-12
# The search ends if the gap falls by less than this factor in so many rounds: floats see no further.
_STALLED, _PATIENCE = 0.9, 30


class _Search:
    """A master program cut by Border's inequalities."""

    def __init__(self, program: OrderedProgram, clock: Clock) -> None:
        self.master, self.clock = Master(program), clock
        self.oracle = self.master.oracle
        self.found = Found(unit=self.master.unit)
        self.n_cuts = 0

    def cut(self, sets: list[tuple[NDArray[np.int64], float]]) -> None:
        """Add the inequalities of sets of values, scaled so that their largest coefficient is one."""
        if not sets:
            return
        lengths = [len(members) for members, _ in sets]
        scale = np.array([1.0 / max(float(self.oracle.prior[members].max()), 1e-300) for members, _ in sets])
        columns = np.concatenate([members for members, _ in sets])
        data = self.oracle.prior[columns] * np.repeat(scale, lengths)
        starts = np.concatenate([[0], np.cumsum(lengths)])
        matrix = sparse.csr_array((data, columns, starts), shape=(len(sets), self.master.solver.n_columns))
        self.master.solver.add_rows(matrix, np.full(len(sets), -np.inf), np.array([capacity for _, capacity in sets]) * scale)
        self.n_cuts += len(sets)

    def first_cuts(self, scores: Scores) -> None:
        """Cut by prefixes of an order, spread evenly."""
        order = np.argsort(-scores, kind="stable")
        here = Prefixes(order, np.zeros(len(order)), np.zeros(len(order)))
        step = max(1, len(order) // _FIRST_CUTS)
        self.cut([_set(here, k, self.oracle.prior, self.oracle.program.agent) for k in range(0, len(order), step)])

    def separate(self, inner: Floats, outer: Floats) -> bool:
        """Cut off the outer point; False if no inequality does."""
        sets = []
        for share in _SHARES:
            here = prefixes(self.oracle, inner + share * (outer - inner))
            beyond = np.cumsum((self.oracle.prior * outer)[here.order]) - here.capacity
            peaks = here.peaks(_MOST_CUTS, -_DEEP) if share < 1 else here.peaks(_MOST_CUTS, _DEEP)
            sets += [(here.order[: k + 1], float(here.capacity[k])) for k in peaks if beyond[k] > _DEEP]
        self.cut(sets)
        return bool(sets)

    def improve(self) -> bool:
        """Solve the master, bound, move the feasible point, and cut; False if that is the end."""
        optimum = self.master.solver.solve(self.clock.left())
        if optimum.status != "optimal":
            return False
        found, outer = self.found, self.master.point(optimum)
        self.ask(self.master.prices(optimum))
        if found.point is not None:
            found.point = found.point.towards(outer, furthest(self.oracle, found.point.probabilities, outer.probabilities))
        elif prefixes(self.oracle, outer.probabilities).excess.max() <= _DEEP:
            found.point = outer
        found.value = -np.inf if found.point is None else found.point.value
        start = outer if found.point is None else found.point
        return self.separate(start.probabilities, outer.probabilities)

    def ask(self, prices: Prices) -> None:
        """Bound the objective by the prices of the master, and keep the rule that attains the bound."""
        scores = self.oracle.scores(self.oracle.virtual_welfare(prices))
        probabilities = self.oracle.interim(scores)
        bound = self.master.bound(prices, probabilities)
        self.found.scores.append(scores)
        if bound < self.found.bound:
            self.found.bound, self.found.prices = bound, prices


def _set(here: Prefixes, k: int, prior: Floats, agent: NDArray[np.int64]) -> tuple[NDArray[np.int64], float]:
    members = here.order[: k + 1]
    inside = np.bincount(agent[members], prior[members])
    return members, 1.0 - float(np.prod(1.0 - np.minimum(inside, 1.0)))


def by_border(program: OrderedProgram, clock: Clock, gap: float, inner: Point | None, first: Scores) -> Found:
    """Return the best interim rule found until the gap is small or the time is over: a point, prices, and the rules on the way.

    Parameters
    ----------
    program : OrderedProgram
        Of one object, without restriction to efficient outcomes.
    clock : Clock
    gap : float
        Relative to the size of values: what to stop at.
    inner : Point or None
        Interim probabilities and payoffs of a mechanism, to begin from.
    first : int array
        Scores whose order gives the first inequalities.
    """
    search = _Search(program, clock)
    found, rounds, last, least = search.found, 0, 0, np.inf
    found.point, found.value = inner, -np.inf if inner is None else inner.value
    search.first_cuts(first)
    try:
        while rounds < _MOST_ROUNDS and not clock.over() and search.improve():
            rounds += 1
            clock.tell_gap(rounds, found.value, found.bound)
            if found.gap < _STALLED * least:
                least, last = found.gap, rounds
            if found.gap <= gap * found.unit or rounds - last > _PATIENCE:
                break
            if rounds % _CLEARING == 0:
                search.master.solver.drop_slack_rows(search.master.n_rows)
    except KeyboardInterrupt:
        clock.interrupt()
    found.statistics |= {"rounds": rounds, "cuts": search.n_cuts, "rows": search.master.solver.n_rows, "columns": search.master.solver.n_columns}
    return found
