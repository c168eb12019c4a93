"""A sparse linear program in integers, with labelled rows and columns. Knows no solver."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mechopt.rational import IntegerArray, RationalArray, integers

__all__ = ["Basis", "Block", "BlockBuilder", "Position", "Program"]

Indices = NDArray[np.int64]


class Position(IntEnum):
    """Where a variable stands in a basis."""

    LOWER = 0
    BASIC = 1
    UPPER = 2
    FREE = 3


@dataclass(frozen=True, eq=False)
class Basis:
    """A basis: the `Position` of every column and every row, as int8 arrays."""

    column_status: NDArray[np.int8]
    row_status: NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class Block:
    """Consecutive rows, or columns, that mean the same thing.

    Attributes
    ----------
    name : str
        What they are: ``"incentive"``, ``"participation"``, ``"budget"``, ``"allocation"``, ...
    start : int
        First position.
    shape : tuple of int
        Shape of the block; positions are in row-major order.
    agent : int or None
        The agent concerned.
    keys : dict of arrays
        Per row, what identifies it: ``true``, ``reported``, ``type``, ``others``, ``profile`` indices.
    multiplier : RationalArray or None
        What each row was multiplied by, so that price = dual value × multiplier; None: one.
    """

    name: str
    start: int
    shape: tuple[int, ...]
    agent: int | None = None
    keys: dict[str, Any] = field(default_factory=dict)
    multiplier: RationalArray | None = None

    @property
    def size(self) -> int:
        """Number of rows or columns."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def positions(self) -> Indices:
        """Positions, in the block's shape."""
        return np.arange(self.start, self.start + self.size, dtype=np.int64).reshape(self.shape)

    @property
    def slice(self) -> slice:
        """The block's positions as a slice."""
        return slice(self.start, self.start + self.size)


@dataclass(frozen=True, eq=False)
class Program:
    r"""Maximise c·x subject to row bounds on A x and column bounds on x, all in integers.

    Row r of the matrix is `row_denominators[r]` times the natural row, the one whose coefficients are utilities and
    probabilities; row bounds are in the units of the integer row. Where `*_has_*` is False a bound is infinite.

    Attributes
    ----------
    n_rows, n_columns : int
    entry_rows, entry_columns, entry_values : arrays of length n_nonzeros
        Coordinates and integer values; duplicates add up.
    row_denominators : integer array, length n_rows
    row_lower, row_upper, row_has_lower, row_has_upper : arrays, length n_rows
    column_lower, column_upper, column_has_lower, column_has_upper : arrays, length n_columns
    objective : integer array, length n_columns
        Numerators over `objective_denominator`.
    constant : Fraction
        Added to c·x to give the objective's value.
    integer_columns : bool array, length n_columns
        Columns that must be integers.
    row_blocks, column_blocks : tuple of Block
    """

    n_rows: int
    n_columns: int
    entry_rows: Indices
    entry_columns: Indices
    entry_values: IntegerArray
    row_denominators: IntegerArray
    row_lower: IntegerArray
    row_upper: IntegerArray
    row_has_lower: NDArray[np.bool_]
    row_has_upper: NDArray[np.bool_]
    column_lower: IntegerArray
    column_upper: IntegerArray
    column_has_lower: NDArray[np.bool_]
    column_has_upper: NDArray[np.bool_]
    objective: IntegerArray
    objective_denominator: int
    integer_columns: NDArray[np.bool_]
    constant: Fraction = Fraction(0)
    row_blocks: tuple[Block, ...] = ()
    column_blocks: tuple[Block, ...] = ()

    @property
    def n_nonzeros(self) -> int:
        """Number of entries."""
        return len(self.entry_values)

    def columns(self, name: str) -> Block | None:
        """Return the first column block of that name, if there is one."""
        return next((block for block in self.column_blocks if block.name == name), None)

    def part(self, rows: Indices, columns: Indices, entries: tuple[Indices, Indices, IntegerArray]) -> Program:
        """Return the program of some rows and columns, in their order, with these entries and without blocks."""
        entry_rows, entry_columns, entry_values = entries
        of_rows = ("row_denominators", "row_lower", "row_upper", "row_has_lower", "row_has_upper")
        of_columns = ("column_lower", "column_upper", "column_has_lower", "column_has_upper", "objective", "integer_columns")
        return replace(
            self,
            n_rows=len(rows),
            n_columns=len(columns),
            entry_rows=entry_rows,
            entry_columns=entry_columns,
            entry_values=entry_values,
            row_blocks=(),
            column_blocks=(),
            **{name: getattr(self, name)[rows] for name in of_rows},
            **{name: getattr(self, name)[columns] for name in of_columns},
        )

    def float_entries(self) -> NDArray[np.float64]:
        """Return the natural coefficients as doubles, one per entry."""
        return quotient(self.entry_values, self.row_denominators[self.entry_rows])

    def float_rows(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return natural row bounds as doubles, infinite where there is none."""
        lower = np.where(self.row_has_lower, quotient(self.row_lower, self.row_denominators), -np.inf)
        upper = np.where(self.row_has_upper, quotient(self.row_upper, self.row_denominators), np.inf)
        return lower, upper

    def float_columns(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return column bounds as doubles, infinite where there is none."""
        lower = np.where(self.column_has_lower, self.column_lower.astype(np.float64), -np.inf)
        upper = np.where(self.column_has_upper, self.column_upper.astype(np.float64), np.inf)
        return lower, upper

    def float_objective(self) -> NDArray[np.float64]:
        """Return the objective's coefficients as doubles."""
        return RationalArray(self.objective, self.objective_denominator).floats()


def quotient(numerators: IntegerArray, denominators: IntegerArray) -> NDArray[np.float64]:
    """Return elementwise quotients of integers as the nearest doubles."""
    if numerators.dtype != object and denominators.dtype != object:
        small = max(_magnitude(numerators), _magnitude(denominators)) < 2**53
        if small:
            return numerators / denominators
    pairs = zip(numerators.tolist(), np.broadcast_to(denominators, numerators.shape).tolist(), strict=True)
    return np.array([_divide(p, q) for p, q in pairs], dtype=np.float64)


def _divide(numerator: int, denominator: int) -> float:
    try:
        return numerator / denominator
    except OverflowError:
        return float("inf") if numerator > 0 else float("-inf")


def _magnitude(array: IntegerArray) -> int:
    return int(np.abs(array).max()) if array.size else 0


class BlockBuilder:
    """Collects columns, rows and entries, block by block, into a `Program`."""

    def __init__(self) -> None:
        """Start an empty program."""
        self.n_rows = 0
        self.n_columns = 0
        self.row_blocks: list[Block] = []
        self.column_blocks: list[Block] = []
        self._entries: list[tuple[Indices, Indices, IntegerArray]] = []
        self._row_data: list[tuple[IntegerArray | None, IntegerArray | None, int, int]] = []
        self._column_data: list[tuple[int | None, int | None, bool, int]] = []

    def add_columns(
        self,
        name: str,
        shape: tuple[int, ...],
        lower: int | None = None,
        upper: int | None = None,
        *,
        integer: bool = False,
        agent: int | None = None,
        keys: dict[str, Any] | None = None,
    ) -> Block:
        """Add columns with common bounds (None: infinite) and return their block."""
        block = Block(name, self.n_columns, shape, agent, keys or {})
        self.column_blocks.append(block)
        self._column_data.append((lower, upper, integer, block.size))
        self.n_columns += block.size
        return block

    def add_rows(
        self,
        name: str,
        shape: tuple[int, ...],
        entries: list[tuple[Indices, Indices, RationalArray]],
        lower: RationalArray | Fraction | int | None = None,
        upper: RationalArray | Fraction | int | None = None,
        *,
        agent: int | None = None,
        keys: dict[str, Any] | None = None,
        multiplier: RationalArray | None = None,
    ) -> Block:
        """Add rows and return their block.

        Parameters
        ----------
        name : str
        shape : tuple of int
        entries : list of (rows, columns, values)
            `rows` count from the block's start; the three broadcast against each other. Columns below zero are left out.
        lower, upper : RationalArray broadcastable to `shape`, number, or None
        agent, keys, multiplier
            See `Block`.
        """
        block = Block(name, self.n_rows, shape, agent, keys or {}, multiplier)
        bounds = [None if bound is None else _as_table(bound) for bound in (lower, upper)]
        tables = [values for _, _, values in entries] + [bound for bound in bounds if bound is not None]
        denominator = int(np.lcm.reduce([table.denominator for table in tables], dtype=object)) if tables else 1
        for rows, columns, values in entries:
            self._add_entries(block.start + rows, columns, values.over(denominator))
        scaled = [None if bound is None else np.broadcast_to(bound.over(denominator), shape).reshape(-1) for bound in bounds]
        self._row_data.append((scaled[0], scaled[1], denominator, block.size))
        self.row_blocks.append(block)
        self.n_rows += block.size
        return block

    def add_entries(self, rows: Indices, columns: Indices, sign: int) -> None:
        """Add entries with natural coefficient `sign` (1 or -1) to rows that exist already."""
        scale = np.concatenate([np.full(size, denominator, dtype=object) for _, _, denominator, size in self._row_data])
        self._add_entries(rows, columns, integers(sign * scale[rows]))

    def _add_entries(self, rows: Indices, columns: Indices, values: IntegerArray) -> None:
        rows, columns, values = (part.reshape(-1) for part in np.broadcast_arrays(rows, columns, values))
        kept = (columns >= 0) & (values != 0)
        self._entries.append((rows[kept], columns[kept], values[kept]))

    def build(self, objective: list[tuple[Indices, RationalArray]], constant: Fraction = Fraction(0)) -> Program:
        """Return the program that maximises the given terms: pairs of columns and coefficients that add up."""
        rows, columns, values = (_join([entry[k] for entry in self._entries]) for k in range(3))
        lower, has_lower = _bounds([(data[0], data[3]) for data in self._row_data])
        upper, has_upper = _bounds([(data[1], data[3]) for data in self._row_data])
        numerators, denominator = _objective(objective, self.n_columns)
        denominators = _join([_constant(data[2], data[3]) for data in self._row_data])
        column_bounds = [_bounds([(_maybe(data[k], data[3]), data[3]) for data in self._column_data]) for k in range(2)]
        integer = np.concatenate([np.full(data[3], data[2], dtype=np.bool_) for data in self._column_data])
        return Program(
            self.n_rows, self.n_columns, rows, columns, values, denominators,
            lower, upper, has_lower, has_upper, column_bounds[0][0], column_bounds[1][0], column_bounds[0][1], column_bounds[1][1],
            numerators, denominator, integer, constant, tuple(self.row_blocks), tuple(self.column_blocks),
        )  # fmt: skip


def _as_table(bound: RationalArray | Fraction | int) -> RationalArray:
    return bound if isinstance(bound, RationalArray) else RationalArray.full((), Fraction(bound))


def _constant(value: int, size: int) -> IntegerArray:
    return np.full(size, value, dtype=np.int64 if value.bit_length() <= 62 else object)


def _maybe(value: int | None, size: int) -> IntegerArray | None:
    return None if value is None else _constant(value, size)


def _join(parts: list[IntegerArray]) -> IntegerArray:
    if not parts:
        return np.zeros(0, dtype=np.int64)
    if any(part.dtype == object for part in parts):
        parts = [part.astype(object) for part in parts]
    return np.concatenate(parts)


def _bounds(parts: list[tuple[IntegerArray | None, int]]) -> tuple[IntegerArray, NDArray[np.bool_]]:
    values = _join([np.zeros(size, dtype=np.int64) if part is None else part for part, size in parts])
    present = [np.full(size, part is not None, dtype=np.bool_) for part, size in parts]
    return values, np.concatenate(present) if present else np.zeros(0, dtype=np.bool_)


def _objective(terms: list[tuple[Indices, RationalArray]], n_columns: int) -> tuple[IntegerArray, int]:
    denominator = int(np.lcm.reduce([values.denominator for _, values in terms], dtype=object)) if terms else 1
    total = np.zeros(n_columns, dtype=object)
    for columns, values in terms:
        flat_columns, flat = (part.reshape(-1) for part in np.broadcast_arrays(columns, values.over(denominator)))
        kept = flat_columns >= 0
        np.add.at(total, flat_columns[kept], flat[kept].astype(object))
    return integers(total), denominator
