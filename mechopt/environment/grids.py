"""Grids of values: equal cells of a distribution's support, the midpoint as value, the cell's probability."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from mechopt.errors import InvalidEnvironmentError, MechoptWarning, UnknownNameError, nearest
from mechopt.rational import Number, rational, to_text

__all__ = ["LARGEST_GRID", "Grid", "distribution_names", "grid", "two_types", "uniform"]

LARGEST_GRID = 100_000
_CELL_DECIMALS = 10**12


@dataclass(frozen=True)
class Grid:
    """Finitely many values and their probabilities.

    Attributes
    ----------
    values : tuple of Fraction
        In money.
    prior : tuple of Fraction
        Probabilities, summing to one.
    """

    values: tuple[Fraction, ...]
    prior: tuple[Fraction, ...]


def uniform(low: Number, high: Number, points: int) -> Grid:
    r"""Return the uniform grid: midpoints of `points` equal cells of [low, high], equally likely. Exact.

    .. math:: v_j = low + (high - low) \, \frac{j + 1/2}{points}

    Raises
    ------
    InvalidEnvironmentError
        If `high` is not above `low` or `points` is not a positive integer.

    Examples
    --------
    >>> [str(value) for value in uniform(0, 1, points=3).values]
    ['1/6', '1/2', '5/6']
    """
    bottom, width = _cells(rational(low, "low"), rational(high, "high"), points)
    return Grid(_midpoints(bottom, width, points), (Fraction(1, points),) * points)


def two_types(low: Number, high: Number, probability_high: Number = "1/2") -> Grid:
    """Return two values, the higher with the given probability.

    Examples
    --------
    >>> two_types(1, 2, "1/4").prior
    (Fraction(3, 4), Fraction(1, 4))
    """
    p = rational(probability_high, "probability_high")
    return Grid((rational(low, "low"), rational(high, "high")), (1 - p, p))


def grid(distribution: str, points: int, low: Number | None = None, high: Number | None = None, **parameters: Number) -> Grid:
    """Return the grid of a `scipy.stats` distribution, by name.

    Parameters
    ----------
    distribution : str
        ``"uniform"`` (exact), or any continuous distribution of scipy.stats.
    points : int
        Number of equal cells.
    low, high : number, optional
        Ends of the cells; default: the distribution's support. A distribution without a bounded support needs both,
        and is then conditioned on lying between them. For ``"uniform"`` they are the support.
    **parameters
        The distribution's shape parameters, and `loc`, `scale`.

    Returns
    -------
    Grid
        Cell probabilities are rounded to twelve decimals and normalised, so that they sum to one exactly.

    Raises
    ------
    UnknownNameError
        If there is no such distribution or parameter.
    InvalidEnvironmentError
        If the parameters are outside the distribution's domain, the support is unbounded, or it meets one cell only, or none.

    Warns
    -----
    MechoptWarning
        If cells lie outside the distribution's support, so that their values have probability 0.

    Examples
    --------
    >>> [str(p) for p in grid("beta", 2, a=2, b=2).prior]
    ['1/2', '1/2']

    References
    ----------
    .. [1] https://docs.scipy.org/doc/scipy/reference/stats.html
    """
    if distribution == "uniform" and not parameters:
        return uniform(0 if low is None else low, 1 if high is None else high, points)
    frozen = _frozen(distribution, parameters)
    ends = [_end(given, end, distribution) for given, end in zip((low, high), frozen.support(), strict=True)]
    bottom, width = _cells(ends[0], ends[1], points)
    values = _midpoints(bottom, width, points)
    borders = [float(bottom + width * j) for j in range(points + 1)]
    _look_for_empty_cells(distribution, parameters, borders, frozen.support())
    edges = frozen.cdf(borders)
    weights = [round((edges[j + 1] - edges[j]) * _CELL_DECIMALS) for j in range(points)]
    total = sum(weights)
    if total <= 0:
        raise InvalidEnvironmentError(f"distribution {distribution!r} has no probability between {ends[0]} and {ends[1]}")
    return Grid(values, tuple(Fraction(int(weight), int(total)) for weight in weights))


def _midpoints(bottom: Fraction, width: Fraction, points: int) -> tuple[Fraction, ...]:
    # Over one denominator: a grid may have many points, and sums of fractions are slow.
    below = 2 * bottom.denominator * width.denominator
    start, step = 2 * bottom.numerator * width.denominator, width.numerator * bottom.denominator
    return tuple(Fraction(start + (2 * j + 1) * step, below) for j in range(points))


def _look_for_empty_cells(distribution: str, parameters: Mapping[str, Number], borders: list[float], support: tuple[float, float]) -> None:
    """Raise if the support meets one of several cells or none, warn if not all: low and high cut a distribution, they do not stretch it."""
    points = len(borders) - 1
    met = sum(low < support[1] and high > support[0] for low, high in pairwise(borders))
    if met == points:
        return
    cells = f"{points - met} of the {points} cells between {borders[0]:g} and {borders[-1]:g} have" if points > 1 else "the only cell has"
    said = f"distribution {distribution!r} lies between {support[0]:g} and {support[1]:g}, so that {cells} no probability; "
    said += _stretched(parameters, (borders[0], borders[-1]), support)
    if met <= 1:
        raise InvalidEnvironmentError(said)
    warnings.warn(said, MechoptWarning, stacklevel=3)


def _stretched(parameters: Mapping[str, Number], ends: tuple[float, float], support: tuple[float, float]) -> str:
    """Return what would be right: the distribution's own ends, or a place and a scale that move them to the given ones."""
    if float("inf") in (support[1], -support[0]):
        return "choose low and high where it lies"
    loc, scale = (float(rational(parameters.get(key, default), key)) for key, default in (("loc", 0), ("scale", 1)))
    wider = scale * (ends[1] - ends[0]) / (support[1] - support[0])
    place = ends[0] - wider * (support[0] - loc) / scale
    return f"leave low and high out, or stretch it with {f'loc = {place:g} and ' if place != loc else ''}scale = {wider:g}"


def distribution_names() -> list[str]:
    """Return the names of the continuous distributions of scipy.stats."""
    from scipy import stats

    return sorted(name for name in dir(stats) if isinstance(getattr(stats, name), stats.rv_continuous))


def _frozen(distribution: str, parameters: Mapping[str, Number]) -> Any:
    from scipy import stats

    if distribution not in distribution_names():
        raise UnknownNameError(f"distribution {distribution!r} is unknown; {nearest(distribution, distribution_names())}")
    generator = getattr(stats, distribution)
    shapes = [name.strip() for name in (generator.shapes or "").split(",") if name.strip()]
    for name in parameters:
        if name not in (*shapes, "loc", "scale"):
            raise UnknownNameError(f"distribution {distribution!r} has no parameter {name!r}; {nearest(name, [*shapes, 'loc', 'scale'])}")
    missing = [name for name in shapes if name not in parameters]
    if missing:
        raise InvalidEnvironmentError(f"distribution {distribution!r} needs the parameter {missing[0]!r}")
    frozen = generator(**{name: float(rational(value, name)) for name, value in parameters.items()})
    if frozen.support()[0] != frozen.support()[0]:
        raise InvalidEnvironmentError(f"distribution {distribution!r} does not allow the parameters {dict(parameters)}")
    return frozen


def _end(given: Number | None, end: float, distribution: str) -> Fraction:
    if given is not None:
        return rational(given, "low or high")
    if end in (float("inf"), float("-inf")):
        raise InvalidEnvironmentError(f"distribution {distribution!r} has no bounded support; give low and high")
    return rational(float(end))


def _cells(low: Fraction, high: Fraction, points: int) -> tuple[Fraction, Fraction]:
    if isinstance(points, bool) or not isinstance(points, int) or not 1 <= points <= LARGEST_GRID:
        raise InvalidEnvironmentError(f"points is {points}; write an integer from 1 to {LARGEST_GRID}")
    if high <= low:
        raise InvalidEnvironmentError(f"high is {to_text(high)} and low is {to_text(low)}; high must be above low")
    return low, (high - low) / points
