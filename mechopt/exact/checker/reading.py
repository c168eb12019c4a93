"""Strict reading: what nobody understands, nobody can check. Rationals, names, nested lists, and numbers that are claimed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import Any

__all__ = [
    "FalseClaimError",
    "NotAResultError",
    "check_number",
    "exact",
    "flat",
    "index",
    "kept",
    "numbered",
    "read",
    "same",
    "show",
    "take",
    "times",
    "unit_of",
]


class FalseClaimError(ValueError):
    """A claim that does not hold; the message names it."""


class NotAResultError(FalseClaimError):
    """Something that cannot be read, or not be gone through, so that it shows nothing."""


@lru_cache(2**16)
def _rational(text: str) -> Fraction | None:
    try:
        return number if re.fullmatch("-?[0-9]+(/[1-9][0-9]*)?", text) and str(number := Fraction(text)) == text else None
    except ValueError:  # more digits than Python reads
        return None


def read(data: Any, where: str, *forms: Any) -> Any:
    """Return the data if they are one of these: of a type (`object`: anything), a rational as a string (`Fraction`), a word, None."""
    if object in forms or type(data) in forms or ((data is None or isinstance(data, str)) and data in forms):
        return data
    if Fraction in forms and isinstance(data, str) and (number := _rational(data)) is not None:
        return number
    expected = ('a rational "p/q" in lowest terms' if form is Fraction else getattr(form, "__name__", form) for form in forms if form is not ...)
    raise NotAResultError(f"{where}: must be {' or '.join(map(str, expected)):.200}")


def take(data: Any, where: str, /, **forms: Any) -> list[Any]:
    """Return the values under the keys, None for an absent one if it may be (`...`); what nobody understands, nobody can check."""
    for key in [*read(data, where, dict), *forms]:
        if key not in forms or (key not in data and (not isinstance(forms[key], tuple) or ... not in forms[key])):
            raise NotAResultError(f"{where}: the key {key!r} is {'missing' if key in forms else 'unknown, so nobody can check it'}")
    return [
        read(data[key], f"{where}.{key}", *(form if isinstance(form, tuple) else (form,))) if key in data else None for key, form in forms.items()
    ]


def flat(data: Any, where: str, *shape: int) -> list[Fraction]:
    """Return the numbers in nested lists of the given shape, the last level changing fastest."""
    if not shape:
        return [read(data, where, Fraction)]
    if len(read(data, where, list)) != shape[0]:
        raise NotAResultError(f"{where}: must be a list of {shape[0]}")
    if len(shape) == 1:
        return [read(leaf, where, Fraction) for leaf in data]
    return [leaf for part in data for leaf in flat(part, where, *shape[1:])]


def numbered(names: Sequence[Any], where: str) -> dict[str, int]:
    """Return different names with their numbers."""
    numbers = {read(name, where, str): k for k, name in enumerate(names)}
    if len(numbers) < len(names):
        raise NotAResultError(f"{where}: two have the same name")
    return numbers


def index(name: Any, names: dict[str, int], where: str) -> int:
    """Return the number of a name."""
    if read(name, where, str) not in names:
        raise FalseClaimError(f"{where}: {name!r} does not belong here, only {', '.join(map(repr, names)) or 'nothing':.200}")
    return names[name]


def unit_of(numbers: Iterable[Fraction]) -> int:
    """Return a common denominator."""
    return lcm(*{number.denominator for number in numbers})


def times(number: Fraction, unit: int) -> int:
    """Return the product, which is an integer."""
    return number.numerator * (unit // number.denominator)


def kept(number: Fraction | int, sense: str) -> bool:
    """Tell whether a number is on the side of zero that ``">="``, ``"<="`` or ``"="`` asks for."""
    return (number >= 0 or sense == "<=") and (number <= 0 or sense == ">=")


def show(number: Fraction) -> str:
    """Return a number as text of bearable length."""
    bits = max(number.numerator.bit_length(), number.denominator.bit_length())
    return str(number) if bits < 200 else f"a rational of {bits} bits"


def exact(data: Any, where: str, truth: Callable[[], Fraction] | None, near: Fraction | None = None) -> Fraction | None:
    """Return the exact value that a number claims, or None if it is null; raise unless it is the truth.

    Without an exact value a number may only be the double nearest to `near`.
    """
    double, number = (None, None) if data is None else take(data, where, float=object, exact=(Fraction, None))
    if data is None:
        return None
    stated = near if number is None else Fraction(number)
    if stated is None:
        raise FalseClaimError(f"{where}: nothing exact is stated, so nobody can check it")
    if number is not None and (truth is None or stated != truth()):
        raise FalseClaimError(f"{where}: it is {show(truth()) if truth else 'supported by nothing'}, not {show(stated)}")
    try:
        if type(double) not in (int, float) or double != float(stated):
            raise FalseClaimError(f"{where}: the float is not the double nearest to {show(stated)}")
    except OverflowError:
        raise FalseClaimError(f"{where}: no double is near {show(stated)}") from None
    return None if number is None else stated


def same(stated: Any, found: Any, where: str) -> None:
    """Raise unless what is stated is what was found, and of the same type."""
    if stated != found or type(stated) is not type(found):
        raise FalseClaimError(f"{where}: {stated!r:.200} is stated, {found!r:.200} is true")


def check_number(data: Any, found: Fraction | None, where: str) -> None:
    """Raise unless the number that was found is claimed, with its nearest double, or null if none was."""
    if found is None:
        same(data, None, where)
    elif exact(data, where, lambda: found) is None:
        raise FalseClaimError(f"{where}: it is {show(found)}, which is not stated")
