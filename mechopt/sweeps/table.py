"""The rows of a sweep on disk: one line each, complete or absent, and what of it a later run may keep."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from mechopt.errors import MechoptError
from mechopt.files.document import one_line
from mechopt.files.output import check_writable, write_text
from mechopt.rational import rational
from mechopt.sweeps.axes import Axis
from mechopt.sweeps.point import NUMBERS, OUTCOME, Row

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Layout", "Rows", "frame_of"]

_NOTES = ("seconds", "warning", "error", "question", "problem")


@dataclass(frozen=True)
class Layout:
    """The columns of a sweep, and what tells its rows from those of another.

    Attributes
    ----------
    axes : tuple of Axis
    question : str
    problem : str
        Digest of the problem before anything is varied.
    """

    axes: tuple[Axis, ...]
    question: str
    problem: str

    @property
    def numbers(self) -> tuple[str, ...]:
        """Columns that have a float and an exact version."""
        return (*(axis.key for axis in self.axes if axis.numeric), *NUMBERS[self.question], "bound")

    @property
    def columns(self) -> list[str]:
        """All columns in their order."""
        found: list[str] = []
        for name in (*(axis.key for axis in self.axes), OUTCOME[self.question], "grade", *NUMBERS[self.question], "bound"):
            found += [name, f"{name}_exact"] if name in self.numbers else [name]
        return [*found, *_NOTES]

    def row(self, point: Sequence[str], answer: Row) -> Row:
        """Return the full row of a point."""
        row = {"question": self.question, "problem": self.problem, **answer}
        for axis, value in zip(self.axes, point, strict=True):
            row[axis.key] = repr(float(rational(value))) if axis.numeric else value
            if axis.numeric:
                row[f"{axis.key}_exact"] = value
        return row

    def point(self, row: Mapping[str, str]) -> tuple[str, ...]:
        """Return the point that a row is about."""
        return tuple(row[f"{axis.key}_exact" if axis.numeric else axis.key] for axis in self.axes)

    def settings(self, point: Sequence[str]) -> list[str]:
        """Return a point as ``KEY=VALUE`` settings."""
        return [f"{axis.key}={value}" for axis, value in zip(self.axes, point, strict=True)]


class Rows:
    """Rows by point, each on disk before it counts; a context in which nobody else writes the file.

    A CSV file is its own journal. A Parquet file cannot grow, so a CSV file stands beside it until the sweep is complete. A point may be
    answered again: its last row counts.

    Parameters
    ----------
    layout : Layout
    path : path or None
        Without one, rows are kept in memory only.

    Raises
    ------
    MechoptError
        On entering, if the file exists and is not one of this sweep, or another sweep is writing it.
    """

    def __init__(self, layout: Layout, path: str | os.PathLike[str] | None) -> None:
        self.layout, self.rows = layout, dict[tuple[str, ...], Row]()
        self._path = None if path is None else Path(path)
        if self._path is None:
            return
        if self._path.suffix not in (".csv", ".parquet"):
            raise MechoptError(f"{path}: the name ends in {self._path.suffix!r}; write .csv or .parquet")
        check_writable(self._path)
        self.parquet = self._path.suffix == ".parquet"
        if self.parquet:
            _check_parquet()
        self._journal = self._path.with_name(f"{self._path.name}.journal.csv") if self.parquet else self._path

    def _resume(self) -> None:
        assert self._path is not None
        if self.parquet and self._path.exists() and not self._journal.exists():
            self._take(self._path, _parquet_rows(self._path))
            self._write_journal(self.rows.values())
        elif self._journal.exists():
            self._take(self._journal, _csv_rows(self._journal))
        self._begin()

    def _begin(self) -> None:
        if not self._journal.exists() or self._journal.stat().st_size == 0:
            self._write_journal(())

    def _take(self, path: Path, lines: Iterable[Sequence[str]]) -> None:
        """Take over the rows of an earlier run; refuse what another sweep, or another program, has written."""
        reader = iter(lines)
        header = list(next(reader, self.layout.columns))
        if header != self.layout.columns:
            difference = _difference(header, self.layout.columns)
            raise MechoptError(one_line(f"{path}: is the file of another sweep or none ({difference}); name another file"))
        for line in reader:
            if len(line) != len(header):
                raise MechoptError(one_line(f"{path}: a row has {len(line)} columns and not {len(header)}: {line}; delete it, or name another file"))
            row = {name: value for name, value in zip(header, line, strict=True) if value}
            for key in ("question", "problem"):
                if row.get(key) != getattr(self.layout, key):
                    raise MechoptError(f"{path}: is the file of another sweep: its {key} is not the same; name another file")
            self.rows[self.layout.point(row)] = row

    def __enter__(self) -> Rows:
        self._file, self._lock = None, None
        if self._path is not None:
            self._lock = _locked(self._path)
            try:
                self._resume()
                self._file = self._journal.open("a", encoding="utf-8", newline="")
            except BaseException:
                _unlocked(self._lock)
                raise
        return self

    def add(self, point: tuple[str, ...], answer: Row) -> Row:
        """Add the row of a point; when this returns, it is on disk."""
        row = self.layout.row(point, answer)
        if self._file is not None:
            self._file.write(_line(row.get(name, "") for name in self.layout.columns))
            self._file.flush()
            os.fsync(self._file.fileno())
        self.rows[point] = row
        return row

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()
        if self._lock is not None:
            _unlocked(self._lock)

    def finish(self, order: Iterable[tuple[str, ...]]) -> list[Row]:
        """Put the rows into the grid's order, those of an earlier and larger grid last, and return them; the sweep is complete."""
        points = [point for point in order if point in self.rows]
        kept = set(points)
        rows = [self.rows[point] for point in [*points, *(point for point in self.rows if point not in kept)]]
        if self._path is not None:
            self._write_journal(rows)
            if self.parquet:
                _write_parquet(frame_of(self.layout, rows, exact_as_text=True), self._path)
                self._journal.unlink()
        return rows

    def _write_journal(self, rows: Iterable[Row]) -> None:
        lines = [_line(self.layout.columns), *(_line(row.get(name, "") for name in self.layout.columns) for row in rows)]
        write_text(self._journal, "".join(lines))


def _locked(path: Path) -> FileLock:
    """Keep other sweeps away from a file. The system forgets the lock of a process that ends, however it ends."""
    target = path.resolve()
    lock = FileLock(target.with_name(f".{target.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise MechoptError(one_line(f"{path}: another sweep is writing it; wait until that ends, or name another file")) from error
    except OSError as error:
        raise MechoptError(one_line(f"{path}: cannot be locked: {error.strerror or error}; name another file")) from error
    return lock


def _unlocked(lock: FileLock) -> None:
    # Removed while it is still held: who has opened it in the meantime sees that it is gone, and tries again.
    Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()


def _line(values: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(values)
    return buffer.getvalue()


def _csv_rows(path: Path) -> list[list[str]]:
    """Return the complete lines of a file; what follows the last is cut off, for the writer was killed in the middle of it."""
    try:
        data = path.read_bytes()
        complete = data[: data.rfind(b"\n") + 1]
        rows = list(csv.reader(io.StringIO(complete.decode("utf-8"), newline="")))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise MechoptError(one_line(f"{path}: cannot be read as CSV: {error}; name another file")) from error
    if data and not rows:
        raise MechoptError(f"{path}: is not the file of a sweep; name another file")
    if len(complete) < len(data):
        with path.open("rb+") as file:
            file.truncate(len(complete))
    return rows


def _difference(found: Sequence[str], wanted: Sequence[str]) -> str:
    missing = [name for name in wanted if name not in found]
    return f"the column {missing[0]!r} is missing" if missing else "its columns are others"


def _check_parquet() -> None:
    """Raise unless Parquet files can be written, before hours of work and not after."""
    for name in ("pandas", "pyarrow"):
        if find_spec(name) is None:
            raise MechoptError(f"{name} is not installed; install it with: pip install {name}; or write a .csv file")


def _parquet_rows(path: Path) -> Iterable[Sequence[str]]:
    import pyarrow
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.read_table(path)
    except (pyarrow.ArrowInvalid, OSError) as error:
        raise MechoptError(one_line(f"{path}: is not a Parquet file: {error}; name another file")) from error
    yield table.column_names
    for row in table.to_pylist():
        yield ["" if value is None else repr(value) if isinstance(value, float) else str(value) for value in row.values()]


def _write_parquet(frame: DataFrame, path: Path) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        frame.to_parquet(temporary, index=False)
        temporary.replace(path)
    except OSError as error:
        raise MechoptError(one_line(f"{path}: cannot be written: {error.strerror or error}; the rows are in {path.name}.journal.csv")) from error
    finally:
        temporary.unlink(missing_ok=True)


def frame_of(layout: Layout, rows: Sequence[Row], *, exact_as_text: bool = False) -> DataFrame:
    """Return rows as a pandas frame: floats, and fractions (or their text) in the columns that end in ``_exact``."""
    import pandas

    frame = pandas.DataFrame([[row.get(name) for name in layout.columns] for row in rows], columns=layout.columns, dtype=object)
    for name in (*layout.numbers, "seconds"):
        frame[name] = frame[name].astype(float)
    if not exact_as_text:
        for name in layout.numbers:
            exact = frame[f"{name}_exact"]
            frame[f"{name}_exact"] = pandas.Series([None if text is None else Fraction(text) for text in exact], dtype=object, index=frame.index)
    return frame
