"""A program in the file formats of solvers: free MPS, and LP."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from mechopt.dynamic.labels import dynamic_column_names, dynamic_row_names
from mechopt.dynamic.program import DynamicProgram
from mechopt.errors import ProblemFileError
from mechopt.program.assemble import Assembled
from mechopt.program.labels import column_names, row_names

__all__ = ["FORMATS", "program_text"]

_WIDTH = 5


@dataclass(frozen=True, eq=False)
class _Model:
    """A program in doubles, with names."""

    columns: Sequence[str]
    rows: Sequence[str]
    matrix: sparse.csc_array
    objective: NDArray[np.float64]
    constant: float
    row_bounds: NDArray[np.float64]
    column_bounds: NDArray[np.float64]
    integer: NDArray[np.bool_]


def program_text(assembled: Assembled | DynamicProgram, suffix: str) -> str:
    """Return a program as text: ``".mps"`` or ``".lp"``. It maximises; coefficients are the nearest doubles.

    Raises
    ------
    ProblemFileError
        If there is no format of that suffix.
    """
    if suffix not in FORMATS:
        raise ProblemFileError(f"the name ends in {suffix!r}; write one of {', '.join(FORMATS)}")
    program = assembled.program
    entries = (program.float_entries(), (program.entry_rows, program.entry_columns))
    matrix = sparse.csc_array(sparse.coo_array(entries, shape=(program.n_rows, program.n_columns)))
    if isinstance(assembled, DynamicProgram):
        columns, rows = dynamic_column_names(assembled), dynamic_row_names(assembled)
    else:
        columns, rows = column_names(assembled), row_names(assembled)
    model = _Model(
        columns, rows, matrix, program.float_objective(), float(program.constant),
        np.array(program.float_rows()), np.array(program.float_columns()), program.integer_columns,
    )  # fmt: skip
    return "\n".join(FORMATS[suffix](model)) + "\n"


def _mps(model: _Model) -> Iterator[str]:
    yield from ("NAME mechopt", "OBJSENSE", "    MAX", "ROWS", " N objective")
    lower, upper = model.row_bounds
    for name, low, high in zip(model.rows, lower, upper, strict=True):
        yield f" {'E' if low == high else 'G' if np.isfinite(low) else 'L'} {name}"
    yield "COLUMNS"
    whole = False
    for j, name in enumerate(model.columns):
        if model.integer[j] != whole:
            whole = bool(model.integer[j])
            yield f" MARKER{j} 'MARKER' '{'INTORG' if whole else 'INTEND'}'"
        yield f" {name} objective {_number(model.objective[j])}"
        yield from (f" {name} {model.rows[row]} {_number(value)}" for row, value in _column(model, j))
    if whole:
        yield " MARKEREND 'MARKER' 'INTEND'"
    yield "RHS"
    if model.constant:
        # By convention the objective row's right-hand side is subtracted.
        yield f" RHS objective {_number(-model.constant)}"
    for name, low, high in zip(model.rows, lower, upper, strict=True):
        bound = low if np.isfinite(low) else high
        if bound:
            yield f" RHS {name} {_number(bound)}"
    yield "RANGES"
    yield from (f" RANGE {name} {_number(high - low)}" for name, low, high in zip(model.rows, lower, upper, strict=True) if _ranged(low, high))
    yield "BOUNDS"
    for name, low, high in zip(model.columns, *model.column_bounds, strict=True):
        if not np.isfinite(low):
            yield f" {'FR' if not np.isfinite(high) else 'MI'} BOUND {name}"
        elif low:
            yield f" LO BOUND {name} {_number(low)}"
        if np.isfinite(high):
            yield f" UP BOUND {name} {_number(high)}"
    yield "ENDATA"


def _column(model: _Model, j: int) -> Iterator[tuple[int, float]]:
    start, stop = model.matrix.indptr[j], model.matrix.indptr[j + 1]
    return zip(model.matrix.indices[start:stop].tolist(), model.matrix.data[start:stop].tolist(), strict=True)


def _ranged(low: float, high: float) -> bool:
    return bool(np.isfinite(low) and np.isfinite(high) and low < high)


def _lp(model: _Model) -> Iterator[str]:
    yield "\\ written by mechopt"
    yield "Maximize"
    terms = list(_terms(model.columns, np.nonzero(model.objective)[0].tolist(), model.objective[np.nonzero(model.objective)].tolist()))
    constant = [f"{'-' if model.constant < 0 else '+'} {_number(abs(model.constant))}"] if model.constant else []
    yield from _wrapped(" objective:", [*terms, *constant] or [f"0 {model.columns[0]}"])
    yield "Subject To"
    by_row = sparse.csr_array(model.matrix)
    for r, name in enumerate(model.rows):
        start, stop = by_row.indptr[r], by_row.indptr[r + 1]
        parts = list(_terms(model.columns, by_row.indices[start:stop].tolist(), by_row.data[start:stop].tolist())) or [f"0 {model.columns[0]}"]
        low, high = model.row_bounds[:, r]
        front = [f"{_number(low)} <="] if _ranged(low, high) else []
        end = f"<= {_number(high)}" if np.isfinite(high) and low != high else f"{'=' if low == high else '>='} {_number(low)}"
        yield from _wrapped(f" {name}:", [*front, *parts, end])
    yield "Bounds"
    for name, low, high in zip(model.columns, *model.column_bounds, strict=True):
        yield f" {name} free" if not np.isfinite(low) and not np.isfinite(high) else f" {_number(low)} <= {name} <= {_number(high)}"
    if np.any(model.integer):
        yield "General"
        yield from (f" {name}" for name, whole in zip(model.columns, model.integer, strict=True) if whole)
    yield "End"


def _terms(names: Sequence[str], positions: Sequence[int], values: Sequence[float]) -> Iterator[str]:
    for j, value in zip(positions, values, strict=True):
        yield f"{'-' if value < 0 else '+'} {_number(abs(value))} {names[j]}"


def _wrapped(head: str, parts: Sequence[str]) -> Iterator[str]:
    """Yield a few parts a line: some readers cut long lines."""
    for k in range(0, len(parts), _WIDTH):
        yield f"{head if k == 0 else '  '} {' '.join(parts[k : k + _WIDTH])}"


def _number(value: float) -> str:
    if not np.isfinite(value):
        return "inf" if value > 0 else "-inf"
    return repr(int(value)) if value == int(value) and abs(value) < 2**53 else repr(float(value))


FORMATS = {".mps": _mps, ".lp": _lp}
