"""Exact numbers in and out: single rationals, and tables of integers over one common denominator."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mechopt.errors import NotRationalError, ProgramSizeError

__all__ = ["IntegerArray", "Number", "RationalArray", "counted", "integers", "rational", "stack", "sum_of_entries", "to_text"]

Number = int | str | float | Fraction | Decimal
IntegerArray = NDArray[Any]

# Exact numbers beyond this size are refused: `1e999999999` is nine characters and a gigabyte.
LARGEST_EXPONENT = 4000
_INT64_BITS = 62
# Up to so many bits Python's own integers are as fast as any.
_SHORT = 2000
_TOO_LONG = "exact numbers of this answer have more digits than Python reads; use fewer agents or types, or values and chances on a coarser grid"
_FORM = re.compile(r"\s*[+-]?\s*[0-9][0-9_]*\s*/\s*[0-9][0-9_]*\s*|\s*[+-]?([0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)([eE][+-]?[0-9]+)?\s*")


def rational(value: object, what: str = "value") -> Fraction:
    """Return `value` as an exact fraction.

    Parameters
    ----------
    value : int, str, Fraction, Decimal or float
        ``"1/3"``, ``"0.1"`` (1/10), ``"1e-9"``. A float stands for its shortest decimal form: ``0.1`` is 1/10.
    what : str
        How an error message calls the value.

    Returns
    -------
    Fraction

    Raises
    ------
    NotRationalError
        If it is not a number, not finite, divides by zero, or is absurdly large.

    Examples
    --------
    >>> rational("1/3"), rational(0.1), rational("2.50")
    (Fraction(1, 3), Fraction(1, 10), Fraction(5, 2))
    """
    if isinstance(value, str):  # first: files with many numbers have them as text
        return _of_text(value, what, value)
    if isinstance(value, bool) or not isinstance(value, (int, float, Fraction, Decimal, np.integer, np.floating)):
        raise NotRationalError(f'{what} is {_shown(value)}; write a number such as 3, 0.25 or "1/3"')
    if isinstance(value, (int, Fraction, np.integer)):
        return Fraction(int(value)) if isinstance(value, np.integer) else Fraction(value)
    return _of_text(str(float(value)) if isinstance(value, (float, np.floating)) else str(value), what, value)


def _of_text(text: str, what: str, value: object) -> Fraction:
    if not _FORM.fullmatch(text) or len(text) > LARGEST_EXPONENT:
        raise NotRationalError(f'{what} is {_shown(value)}; write a finite number such as 3, 0.25 or "1/3"')
    return _parse(text.replace(" ", "").replace("_", ""), what, value)


def _parse(text: str, what: str, value: object) -> Fraction:
    numerator, slash, denominator = text.partition("/")
    if slash:
        below = int(denominator)
        if below == 0:
            raise NotRationalError(f"{what} is {_shown(value)}; a denominator of zero is not a number")
        return Fraction(int(numerator), below)
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise NotRationalError(f"{what} is {_shown(value)}; its exponent is too large") from None
    if number and abs(number.adjusted()) > LARGEST_EXPONENT:
        raise NotRationalError(f"{what} is {_shown(value)}; numbers beyond 10^{LARGEST_EXPONENT} are refused")
    return Fraction(number)


def _shown(value: object) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def to_text(value: Fraction | int) -> str:
    """Return the canonical text of a rational: ``"p"`` or ``"p/q"`` in lowest terms.

    Raises
    ------
    ProgramSizeError
        If it has more digits than Python would read.

    Examples
    --------
    >>> to_text(Fraction(2, 6)), to_text(4)
    ('1/3', '4')
    """
    try:
        return str(value)
    except ValueError as error:
        raise ProgramSizeError(_TOO_LONG) from error


def _quotients(numerators: Iterable[int], denominator: int) -> Iterator[str]:
    """Yield the canonical texts of rationals over a common denominator."""
    if denominator.bit_length() <= _SHORT:
        yield from (to_text(Fraction(entry, denominator)) for entry in numerators)
        return
    from flint import fmpq, fmpz  # common divisors and digits of long numbers take a third of the time

    below, most = fmpz(denominator), sys.get_int_max_str_digits() or math.inf
    for entry in numerators:
        text = str(fmpq(fmpz(entry), below))
        if any(len(part) > most for part in text.lstrip("-").split("/")):
            raise ProgramSizeError(_TOO_LONG)
        yield text


def counted(count: int, noun: str = "") -> str:
    """Return a count as people read it: with separators, from a billion on as a power of ten; the noun in the number that agrees.

    Examples
    --------
    >>> counted(12_345), counted(1, "round"), counted(10**30, "profile"), counted(11**50)
    ('12,345', '1 round', '10^30 profiles', '10^52.1')
    """
    text = f"{count:,}" if abs(count) < 10**9 else f"10^{math.log10(count):.1f}".removesuffix(".0")
    return f"{text} {noun}{'' if count == 1 else 's'}" if noun else text


def integers(values: Any) -> IntegerArray:
    """Return integers as an int64 array where they fit, else as an array of Python integers."""
    array = np.asarray(values)
    if array.dtype == object:
        return _shrink(array)
    return array.astype(np.int64, copy=False)


def _bits(array: IntegerArray) -> int:
    """Return the bits of the largest magnitude in `array`."""
    if array.size == 0:
        return 0
    return max(int(array.max()).bit_length(), int(array.min()).bit_length())


def _shrink(array: IntegerArray) -> IntegerArray:
    return array.astype(np.int64) if _bits(array) <= _INT64_BITS else array


def _reach(array: IntegerArray) -> int:
    """Return the bits of an array, without a look at Python integers: what they are combined with becomes such anyway."""
    return _INT64_BITS + 1 if array.dtype == object else _bits(array)


def _widened(array: IntegerArray, bits: int) -> IntegerArray:
    """Return `array` in a type in which results of so many bits do not overflow."""
    return array if bits <= _INT64_BITS else array.astype(object)


@dataclass(frozen=True, eq=False)
class RationalArray:
    """A table of exact numbers: integer numerators over one common denominator.

    Arithmetic is vectorised; numerators are int64 while a bound on their size proves that nothing
    overflows, and Python integers beyond.

    Attributes
    ----------
    numerators : ndarray of int64 or object
    denominator : int, positive

    Examples
    --------
    >>> half = RationalArray.of([["1/2", "1/3"], [0, 1]])
    >>> (half + half).sum(axis=1).fractions()
    [Fraction(5, 3), Fraction(2, 1)]
    """

    numerators: IntegerArray
    denominator: int = 1

    __array_ufunc__ = None

    @classmethod
    def of(cls, values: Any) -> RationalArray:
        """Return the table of nested numbers (anything `rational` reads)."""
        nested = values if isinstance(values, np.ndarray) else np.array(_as_objects(values), dtype=object)
        flat = [entry if isinstance(entry, Fraction) else rational(entry) for entry in nested.ravel().tolist()]
        return cls.from_fractions(flat, nested.shape)

    @classmethod
    def from_fractions(cls, flat: Sequence[Fraction], shape: tuple[int, ...] | None = None) -> RationalArray:
        """Return fractions, in row-major order, as a table of the given shape."""
        denominator = math.lcm(*{entry.denominator for entry in flat}) if flat else 1
        numerators = np.empty(len(flat), dtype=object)
        numerators[:] = [entry.numerator * (denominator // entry.denominator) for entry in flat]
        return cls(_shrink(numerators).reshape(shape if shape is not None else (len(flat),)), denominator)

    @classmethod
    def full(cls, shape: tuple[int, ...] | int, value: Fraction | int = 0) -> RationalArray:
        """Return a table that holds `value` everywhere."""
        fraction = Fraction(value)
        filled = np.empty(shape, dtype=np.int64 if abs(fraction.numerator).bit_length() <= _INT64_BITS else object)
        filled[...] = fraction.numerator
        return cls(filled, fraction.denominator)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the table."""
        return self.numerators.shape

    @property
    def size(self) -> int:
        """Number of entries."""
        return int(self.numerators.size)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.numerators.ndim

    def floats(self) -> NDArray[np.float64]:
        """Return the nearest doubles."""
        if self.numerators.dtype != object and max(_bits(self.numerators), self.denominator.bit_length()) <= 53:
            return self.numerators / np.float64(self.denominator)
        flat = [int(entry) / self.denominator for entry in self.numerators.ravel().tolist()]
        return np.array(flat, dtype=np.float64).reshape(self.shape)

    def fractions(self) -> Any:
        """Return the entries as nested lists of Fraction (a single Fraction for a table without axes)."""
        if self.ndim == 0:
            return Fraction(int(self.numerators), self.denominator)
        if self.ndim == 1:
            return [Fraction(entry, self.denominator) for entry in self.numerators.tolist()]
        return [self[k].fractions() for k in range(self.shape[0])]

    def item(self) -> Fraction:
        """Return the only entry."""
        return Fraction(int(self.numerators.item()), self.denominator)

    def texts(self) -> Any:
        """Return the entries as nested lists of canonical texts."""
        if self.ndim == 0:
            return to_text(self.fractions())
        if self.ndim > 1:
            return [self[k].texts() for k in range(self.shape[0])]
        entries = self.numerators.tolist()
        different = list(dict.fromkeys(entries))
        known = dict(zip(different, _quotients(different, self.denominator), strict=True))
        return [known[entry] for entry in entries]

    def __getitem__(self, key: Any) -> RationalArray:
        return RationalArray(np.asarray(self.numerators[key], dtype=self.numerators.dtype), self.denominator)

    def reshape(self, *shape: int) -> RationalArray:
        """Return the same entries in another shape."""
        return RationalArray(self.numerators.reshape(*shape), self.denominator)

    def moveaxis(self, source: int, destination: int) -> RationalArray:
        """Return the table with one axis moved."""
        return RationalArray(np.moveaxis(self.numerators, source, destination), self.denominator)

    def broadcast(self, shape: tuple[int, ...]) -> RationalArray:
        """Return a read-only view of the given shape."""
        return RationalArray(np.broadcast_to(self.numerators, shape), self.denominator)

    def over(self, denominator: int) -> IntegerArray:
        """Return the numerators over another denominator, a multiple of this one."""
        return _times(self.numerators, denominator // self.denominator)

    def reduced(self) -> RationalArray:
        """Return the same table in lowest common terms."""
        flat = self.numerators.ravel()
        if not np.any(flat):
            return RationalArray(np.zeros(self.shape, dtype=np.int64))
        if flat.size and flat.dtype != object:
            common = math.gcd(int(np.gcd.reduce(flat)), self.denominator)
        else:
            # Common divisors of long numbers take long: one of a weighted sum leaves short remainders as a rule, most of them zero.
            weights = np.arange(flat.size) * 40503 % 65521 + 1
            common = math.gcd(self.denominator, int(np.sum(flat * weights)))
            left = flat % common
            common = math.gcd(common, *left[left != 0].tolist())
        return self if common <= 1 else RationalArray(_shrink(self.numerators // common), self.denominator // common)

    def __neg__(self) -> RationalArray:
        return RationalArray(_as_array(-self.numerators, self.numerators.dtype), self.denominator)

    def __add__(self, other: RationalArray | Fraction | int) -> RationalArray:
        left, right, denominator = _aligned(self, _table(other))
        bits = max(_reach(left), _reach(right)) + 1
        left, right = _widened(left, bits), _widened(right, bits)
        return RationalArray(_as_array(left + right, np.result_type(left, right)), denominator)

    __radd__ = __add__

    def __sub__(self, other: RationalArray | Fraction | int) -> RationalArray:
        return self + (-_table(other))

    def __rsub__(self, other: Fraction | int) -> RationalArray:
        return (-self) + other

    def __mul__(self, other: RationalArray | Fraction | int) -> RationalArray:
        if isinstance(other, int) and other == 1:  # as the size of a group is where everybody is different
            return self
        factor = _table(other)
        bits = _reach(self.numerators) + _reach(factor.numerators)
        left, right = _widened(self.numerators, bits), _widened(factor.numerators, bits)
        return RationalArray(_as_array(left * right, np.result_type(left, right)), self.denominator * factor.denominator)

    __rmul__ = __mul__

    def __matmul__(self, other: RationalArray) -> RationalArray:
        """Return the exact product along the last axis of this table and the first axis of the other."""
        bits = _bits(self.numerators) + _bits(other.numerators) + max(self.shape[-1], 1).bit_length()
        left, right = _widened(self.numerators, bits), _widened(other.numerators, bits)
        product = np.tensordot(left, right, axes=(-1, 0))
        return RationalArray(_as_array(product, np.result_type(left, right)), self.denominator * other.denominator)

    def sum(self, axis: int | tuple[int, ...] | None = None) -> RationalArray:
        """Return exact sums over the given axes."""
        bits = _reach(self.numerators) + max(self.size, 1).bit_length()
        total = _widened(self.numerators, bits).sum(axis=axis)
        return RationalArray(np.asarray(total, dtype=object if bits > _INT64_BITS else np.int64), self.denominator)

    def max(self, axis: int | None = None) -> RationalArray:
        """Return the largest entries along an axis."""
        return RationalArray(np.asarray(self.numerators.max(axis=axis), self.numerators.dtype), self.denominator)

    def min(self, axis: int | None = None) -> RationalArray:
        """Return the smallest entries along an axis."""
        return RationalArray(np.asarray(self.numerators.min(axis=axis), self.numerators.dtype), self.denominator)

    def equals(self, other: RationalArray) -> bool:
        """Return whether shapes and all entries agree exactly."""
        left, right, _ = _aligned(self, other)
        return left.shape == right.shape and bool(np.all(left == right))


def _as_objects(values: Any) -> Any:
    return [_as_objects(entry) for entry in values] if isinstance(values, (list, tuple)) else values


def _table(value: RationalArray | Fraction | int) -> RationalArray:
    return value if isinstance(value, RationalArray) else RationalArray.full((), Fraction(value))


def _times(numerators: IntegerArray, factor: int) -> IntegerArray:
    if factor == 1:
        return numerators
    bits = _reach(numerators) + factor.bit_length()
    wide = _widened(numerators, bits)
    return _as_array(wide * (factor if wide.dtype == object else np.int64(factor)), wide.dtype)


def _as_array(values: Any, dtype: Any) -> IntegerArray:
    """Return an array: arithmetic on object arrays without axes returns bare integers."""
    return np.asarray(values, dtype=dtype)


def _aligned(left: RationalArray, right: RationalArray) -> tuple[IntegerArray, IntegerArray, int]:
    denominator = math.lcm(left.denominator, right.denominator)
    return left.over(denominator), right.over(denominator), denominator


def sum_of_entries(tables: Sequence[RationalArray]) -> Fraction:
    """Return the sum of all entries of tables of any shapes, over one common denominator.

    Examples
    --------
    >>> sum_of_entries([RationalArray.of(["1/2", "1/3"]), RationalArray.of([[1], [2]])])
    Fraction(23, 6)
    """
    denominator = math.lcm(*{table.denominator for table in tables})
    return Fraction(sum(int(table.sum().numerators) * (denominator // table.denominator) for table in tables), denominator)


def stack(tables: Sequence[RationalArray]) -> RationalArray:
    """Return tables of one shape as one table with a new first axis, in lowest common terms."""
    denominator = math.lcm(*(table.denominator for table in tables))
    return RationalArray(np.stack([table.over(denominator) for table in tables]), denominator).reduced()
