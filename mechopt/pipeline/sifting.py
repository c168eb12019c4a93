"""Large programs by sifting: a coarser environment's prices tell which outcomes can matter where.

At the optimum most profiles choose one outcome by a wide margin of virtual welfare (model.md, display 11). The prices of a coarse
environment, interpolated, tell which; the program is solved with the outcomes near the top only, every left-out outcome is priced
at the prices found, and those that would pay are let in again, until none would. The optimum is that of the whole program.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mechopt.environment.coarse import coarsened
from mechopt.program.assemble import Assembled, assemble
from mechopt.program.features import numeric_types
from mechopt.program.linear import Basis, Position, Program
from mechopt.program.start import likely_basis
from mechopt.rational import integers
from mechopt.solvers.backends import backend_named
from mechopt.solvers.solution import Options, Solution

__all__ = ["FEWEST_PROFILES", "sifted"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

FEWEST_PROFILES = 5000
"""Below so many profiles a whole program is solved as fast (benchmarks/speed.py)."""

_COARSER = 3
_FEWEST_BLOCKS = 6
_ROUNDS = 30
_TOLERANCE = 1e-9
# Outcomes this close to the best are let in with those that pay: they would be next.
_BAND = 1e-3
# Profiles that are left open at first, as a multiple of the number of types.
_OPEN = 2


def sifted(assembled: Assembled, backend: str, options: Options) -> Solution | None:
    """Return a float solution of a program by sifting, or None where the program is not made for it."""
    frame = assembled.frame
    applies = all(frame.plan.applies(name) for name in ("E1", "E2", "E3"))
    if not applies or frame.environment.n_profiles < FEWEST_PROFILES or frame.question.possible is not None or frame.scalar >= 0:
        return None
    if np.any(assembled.program.integer_columns) or frame.question.objective in ("feasibility", "subsidy"):
        return None
    guess = _guessed_welfare(assembled, backend, options)
    return None if guess is None else _Sieve(assembled, guess).solve(backend, options)


def _guessed_welfare(assembled: Assembled, backend: str, options: Options) -> Floats | None:
    """Return virtual welfare, shape (n_profiles, n_outcomes), at the interpolated prices of a coarser environment."""
    frame = assembled.frame
    environment = frame.environment
    numeric = [numeric_types(environment, i) for i in range(environment.n_agents)]
    numbers = [entry.numbers for entry in numeric if entry is not None]
    n_blocks = max(_FEWEST_BLOCKS, max(environment.n_types) // _COARSER)
    coarse, centres = coarsened(environment, numbers, n_blocks)
    if 2 * coarse.n_profiles > environment.n_profiles:
        return None
    small = assemble(coarse, replace(frame.design, weights=None), frame.question, frame.allowed)
    if not small.frame.plan.applies("E2") or frame.design.weights is not None:
        return None
    solution = sifted(small, backend, options) or backend_named(backend)(small.program, options, likely_basis(small))
    if solution.status != "optimal" or solution.y is None:
        return None
    welfare = _per_unit(assembled, solution, small)
    for block in small.program.row_blocks:
        if block.name != "link" or block.agent is None:
            continue
        i = block.agent
        prior = np.array([float(p) for p in coarse.agents[i].prior])
        density = solution.y[block.slice].reshape(block.shape) / np.where(prior > 0, prior, 1.0)
        fine = np.array([float(number) for number in numbers[i]])
        own = environment.type_indices(i)
        for k, feature in enumerate(frame.features[i]):
            interpolated = np.interp(fine, centres[i], density[k])
            welfare += interpolated[own, None] * feature.of_outcome.floats()[None, :]
    return welfare


def _per_unit(assembled: Assembled, solution: Solution, small: Assembled) -> Floats:
    """Return what outcomes are worth in the objective and the budget, per unit of probability."""
    frame = assembled.frame
    probability = frame.probability.floats()
    objective = np.where(frame.allocation >= 0, assembled.program.float_objective()[frame.allocation], 0.0)
    welfare = objective / np.where(probability > 0, probability, 1.0)[:, None]
    assert solution.y is not None
    for block in small.program.row_blocks:
        if block.name == "budget":
            welfare = welfare + float(solution.y[block.start]) * frame.environment.cost.floats()[None, :]
    return np.asarray(welfare)


@dataclass
class _Sieve:
    """The program with some allocation columns left out."""

    assembled: Assembled
    guess: Floats

    def __post_init__(self) -> None:
        frame = self.assembled.frame
        self.columns = frame.allocation
        self.present: Flags = self.columns >= 0
        margin = np.where(self.present, self.guess, -np.inf)
        margin = margin - margin.max(axis=1, keepdims=True)
        self.margin = margin
        self.n_open = _OPEN * sum(frame.environment.n_types)
        self.open: Flags = np.zeros(margin.shape, dtype=np.bool_)
        self._open_more()

    def _open_more(self) -> None:
        """Let in the best outcome everywhere, and the others at the profiles where the choice is closest."""
        second = np.partition(self.margin, -2, axis=1)[:, -2] if self.margin.shape[1] > 1 else np.full(len(self.margin), -np.inf)
        n_open = min(len(second), self.n_open)
        threshold = np.partition(second, len(second) - n_open)[len(second) - n_open]
        self.open |= self.present & ((self.margin >= min(threshold, 0.0)) | (self.margin == 0))
        self.n_open *= 4

    def solve(self, backend: str, options: Options) -> Solution | None:
        """Solve with the open columns, let in what would pay, and repeat until nothing would."""
        start = likely_basis(self.assembled, self.margin.argmax(axis=1))
        for _ in range(_ROUNDS):
            part = _Part.of(self.assembled.program, self.columns, self.open)
            solution = backend_named(backend)(part.program, options, None if start is None else part.start(start))
            if solution.status in ("infeasible", "failed") and not np.all(self.open | ~self.present):
                # Nothing is admissible with so few outcomes, or no solver can tell.
                self._open_more()
                continue
            if solution.status != "optimal" or solution.y is None or solution.x is None:
                return None
            whole = part.extended(solution)
            start = self._settled(whole.basis)
            paying = self._paying(whole)
            if not np.any(paying & ~self._near):
                return replace(whole, basis=start, statistics={**solution.statistics, "sifting": self._told()})
            self.open |= paying
        return None

    def _settled(self, basis: Basis | None) -> Basis | None:
        """Return a basis in which the outcome that is certain at a profile is basic in the profile's row.

        At its upper bound it would leave the row's price to another outcome, which outcomes left out may exceed. The exchange
        changes nothing else: only one equation of the basis holds the row's price.
        """
        if basis is None:
            return None
        columns, rows = basis.column_status.copy(), basis.row_status.copy()
        start = next(block for block in self.assembled.program.row_blocks if block.name == "probability").start
        status = np.where(self.present, columns[self.columns], Position.LOWER)
        own_row = rows[start : start + len(status)]
        single = (status == Position.BASIC).sum(axis=1) + (own_row == Position.BASIC) == 1
        profiles = np.nonzero(single & (status == Position.UPPER).any(axis=1))[0]
        certain = self.columns[profiles, (status[profiles] == Position.UPPER).argmax(axis=1)]
        everything = self.columns[profiles]
        columns[everything[everything >= 0]] = Position.LOWER
        columns[certain] = Position.BASIC
        rows[start + profiles] = Position.LOWER
        return Basis(columns, rows)

    def _told(self) -> str:
        return f"{int(self.open.sum()):,} of {int(self.present.sum()):,} outcomes at profiles"

    def _paying(self, solution: Solution) -> Flags:
        """Return the outcomes left out that are worth about as much, at the prices found, as the best of those let in."""
        program = self.assembled.program
        assert solution.y is not None
        worth = program.float_objective()
        np.subtract.at(worth, program.entry_columns, program.float_entries() * solution.y[program.entry_rows])
        table = np.where(self.present, worth[self.columns], -np.inf)
        best = np.where(self.open, table, -np.inf).max(axis=1, keepdims=True)
        scale = self.assembled.frame.probability.floats()[:, None] * max(1.0, float(np.max(np.abs(self.guess), initial=0.0)))
        outside = self.present & ~self.open
        self._near: Flags = outside & (table <= best + _TOLERANCE * scale)
        return np.asarray(outside & (table > best - _BAND * scale))


@dataclass(frozen=True, eq=False)
class _Part:
    """A program without closed columns; where a single outcome is open it is certain, and its column is a constant."""

    whole: Program
    program: Program
    kept_columns: NDArray[np.int64]
    kept_rows: NDArray[np.int64]
    certain: NDArray[np.int64]

    @classmethod
    def of(cls, whole: Program, columns: NDArray[np.int64], open_: Flags) -> _Part:
        """Return the part of a program with the open outcomes of each profile."""
        probability = next(block for block in whole.row_blocks if block.name == "probability")
        settled = open_.sum(axis=1) == 1
        certain = columns[settled, open_[settled].argmax(axis=1)]
        keep_column = np.ones(whole.n_columns, dtype=np.bool_)
        keep_column[columns[columns >= 0]] = False
        keep_column[columns[open_]] = True
        keep_column[certain] = False
        keep_row = np.ones(whole.n_rows, dtype=np.bool_)
        keep_row[probability.start + np.nonzero(settled)[0]] = False
        return cls(whole, _restricted(whole, keep_column, keep_row, certain), np.nonzero(keep_column)[0], np.nonzero(keep_row)[0], certain)

    def start(self, basis: Basis) -> Basis:
        """Return the part of a basis of the whole; what is certain is basic in a row that is left out with it."""
        return Basis(basis.column_status[self.kept_columns], basis.row_status[self.kept_rows])

    def extended(self, solution: Solution) -> Solution:
        """Return a solution of the part as one of the whole, with its basis: what is certain is basic in its profile's row."""
        whole = self.whole
        x, y = np.zeros(whole.n_columns), np.zeros(whole.n_rows)
        assert solution.x is not None
        assert solution.y is not None
        x[self.kept_columns], x[self.certain], y[self.kept_rows] = solution.x, 1.0, solution.y
        value = float(whole.float_objective() @ x) + float(whole.constant)
        if solution.basis is None:
            return replace(solution, x=x, y=y, value=value)
        columns = np.full(whole.n_columns, Position.LOWER, dtype=np.int8)
        rows = np.full(whole.n_rows, Position.LOWER, dtype=np.int8)
        columns[self.certain] = Position.BASIC
        columns[self.kept_columns], rows[self.kept_rows] = solution.basis.column_status, solution.basis.row_status
        return replace(solution, x=x, y=y, value=value, basis=Basis(columns, rows))


def _restricted(whole: Program, keep_column: Flags, keep_row: Flags, certain: NDArray[np.int64]) -> Program:
    new_column, new_row = np.cumsum(keep_column) - 1, np.cumsum(keep_row) - 1
    entries = keep_column[whole.entry_columns] & keep_row[whole.entry_rows]
    sure = np.zeros(whole.n_columns, dtype=np.bool_)
    sure[certain] = True
    constant = sure[whole.entry_columns]
    moved = np.zeros(whole.n_rows, dtype=object)
    np.add.at(moved, whole.entry_rows[constant], whole.entry_values[constant].astype(object))
    at = new_row[whole.entry_rows[entries]], new_column[whole.entry_columns[entries]], whole.entry_values[entries]
    rows = np.nonzero(keep_row)[0]
    part = whole.part(rows, np.nonzero(keep_column)[0], at)
    return replace(part, row_lower=integers((whole.row_lower - moved)[rows]), row_upper=integers((whole.row_upper - moved)[rows]))
