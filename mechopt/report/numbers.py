"""Numbers as people read them: the fraction, shortened where it is long, and a decimal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from mechopt.rational import counted
from mechopt.result import Number

__all__ = ["LONGEST_FRACTION", "brief", "decimal", "fraction", "percent", "population", "seconds", "shown", "size", "sizes"]

LONGEST_FRACTION = 24
"""Characters of a fraction that are shown in full."""

_KEPT_DIGITS = 9


def fraction(value: Fraction) -> str:
    """Return a fraction, its parts cut with … where they are long.

    Examples
    --------
    >>> fraction(Fraction(5, 216)), fraction(Fraction(10**30, 7))
    ('5/216', '100000000…/7')
    """
    bits = max(value.numerator.bit_length(), value.denominator.bit_length())
    if bits < 4000 and len(str(value)) <= LONGEST_FRACTION:
        return str(value)
    parts = [value.numerator] if value.denominator == 1 else [value.numerator, value.denominator]
    return "/".join(_cut(part) for part in parts)


def _cut(integer: int) -> str:
    """Return the first digits of an integer; Python refuses to write out very long ones."""
    sign, size = ("-" if integer < 0 else ""), abs(integer)
    surplus_digits = max(int(size.bit_length() * 0.30103) - 20, 0)
    leading = str(size // 10**surplus_digits)
    short = surplus_digits == 0 and len(leading) <= _KEPT_DIGITS + 2
    return sign + (leading if short else leading[:_KEPT_DIGITS] + "…")


def decimal(value: float, digits: int = 6) -> str:
    """Return a decimal number of so many significant digits.

    Examples
    --------
    >>> decimal(5 / 216), decimal(0.5), decimal(-0.0)
    ('0.0231481', '0.5', '0')
    """
    text = f"{value:.{digits}g}"
    return "0" if text == "-0" else text


def shown(number: Number) -> str:
    """Return a number with both its faces.

    Examples
    --------
    >>> shown(Number.of(Fraction(5, 216))), shown(Number.of(Fraction(3))), shown(Number(0.25))
    ('5/216 = 0.0231481', '3', 'about 0.25')
    """
    if number.exact is None:
        return f"about {decimal(number.float)}"
    text = fraction(number.exact)
    return text if text == decimal(number.float) else f"{text} = {decimal(number.float)}"


def brief(value: Fraction) -> str:
    """Return a number for a narrow column: the fraction where it is short, else five digits.

    Examples
    --------
    >>> brief(Fraction(1, 12)), brief(Fraction(12345, 67891))
    ('1/12', '0.18184')
    """
    text = fraction(value)
    return text if len(text) <= 8 and "…" not in text else decimal(float(value), 5)


def percent(part: Number, whole: Number) -> str | None:
    """Return a share in percent, None where the whole is not positive; only all of it is 100 %, and only nothing 0 %.

    Examples
    --------
    >>> [percent(Number(share), Number(1.0)) for share in (0.0, 0.0001, 0.9, 0.99999, 1.0)]
    ['0 %', 'less than 0.1 %', '90.0 %', 'more than 99.9 %', '100 %']
    """
    if whole.float <= 0:
        return None
    share = _value(part) / _value(whole)
    if share in (0, 1):
        return f"{100 * share} %"
    text = f"{100 * float(share):.1f}"
    if text == "0.0" and share > 0:
        return "less than 0.1 %"
    return "more than 99.9 %" if text == "100.0" and share < 1 else f"{text} %"


def _value(number: Number) -> Fraction:
    return Fraction(number.float) if number.exact is None else number.exact


def population(n_types: Sequence[int]) -> str:
    """Return how many agents there are, and how many types they have.

    Examples
    --------
    >>> population((6, 6)), population((1,)), population((5, 3, 4))
    ('2 agents with 6 types each', 'one agent with 1 type', '3 agents with 5 x 3 x 4 types')
    """
    agents = counted(len(n_types), "agent") if len(n_types) > 1 else "one agent"
    if len(set(n_types)) == 1:
        return f"{agents} with {counted(n_types[0], 'type')}{' each' if len(n_types) > 1 else ''}"
    return f"{agents} with {' x '.join(map(str, n_types[:6]))}{' x ...' if len(n_types) > 6 else ''} types"


def size(count: Any) -> str:
    """Return a count of the statistics: a number, or a power of ten as it stands in the file.

    Examples
    --------
    >>> size(16777216), size("10^43.2")
    ('16,777,216', '10^43.2')
    """
    return counted(count) if isinstance(count, int) else str(count)


def sizes(statistics: Mapping[str, Any]) -> str:
    """Return how large the program was.

    Examples
    --------
    >>> sizes({"rows": 1360, "columns": 480, "profiles": "10^43.2"})
    '1,360 rows, 480 columns, 10^43.2 profiles'
    """
    known = [(key, statistics[key]) for key in ("rows", "columns", "profiles") if statistics.get(key) is not None]
    return ", ".join(f"{size(count)} {key.removesuffix('s') if count == 1 else key}" for key, count in known)


def seconds(stages: Mapping[str, Any]) -> str:
    """Return how long each stage took.

    Examples
    --------
    >>> seconds({"build": 0.01, "total": 1.5})
    'build 0.010, total 1.500'
    """
    return ", ".join(f"{stage} {time:.3f}" if isinstance(time, (int, float)) else f"{stage} {time}" for stage, time in stages.items())
