"""Refusals that the closed forms share: counts, probabilities and property rights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from mechopt.errors import InvalidEnvironmentError

__all__ = ["require_between", "require_count", "require_shares"]

# Shares given as floats, such as three times 1/3, miss one by a few units in the last place.
SHARE_ROUNDING = 1e-9


def require_count(value: int, name: str, least: int) -> int:
    """Return `value` if it is a whole number of at least `least`.

    Parameters
    ----------
    value : int
        A number of agents, points or units.
    name : str
        How the error message calls it.
    least : int
        The smallest value that makes sense.

    Returns
    -------
    int
        The same number.

    Raises
    ------
    InvalidEnvironmentError
        If it is not a whole number or too small.

    Examples
    --------
    >>> require_count(3, "n_agents", 2)
    3
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InvalidEnvironmentError(f"{name} is {value!r}; it must be a whole number of at least {least}")
    return value


def require_between(value: Fraction | float, name: str, low: float, high: float) -> None:
    """Refuse a `value` outside [`low`, `high`], and anything that is not a number.

    Parameters
    ----------
    value : Fraction or float
        The number to look at.
    name : str
        How the error message calls it.
    low, high : float
        The range, ends included.

    Raises
    ------
    InvalidEnvironmentError
        If the value is outside the range or not a number.

    Examples
    --------
    >>> require_between(Fraction(1, 2), "share", 0, 1)
    """
    if math.isnan(value) or not low <= value <= high:
        raise InvalidEnvironmentError(f"{name} is {value}; it must lie between {low} and {high}")


def require_shares(shares: Sequence[Fraction | float]) -> None:
    """Refuse `shares` that are not the property rights of a partnership: at least two, none negative, one in all.

    Parameters
    ----------
    shares : sequence of Fraction or float, length n_agents
        Property rights r_i, parts of the whole object.

    Raises
    ------
    InvalidEnvironmentError
        If there are fewer than two, one is negative, or they do not sum to one.

    Examples
    --------
    >>> require_shares([0.5, 0.5])
    """
    require_count(len(shares), "the number of shares", 2)
    for share in shares:
        require_between(share, "a share", 0, 1)
    total = math.fsum(float(share) for share in shares)
    if abs(total - 1) > SHARE_ROUNDING:
        raise InvalidEnvironmentError(f"shares sum to {total:.6g}; they must sum to one")
