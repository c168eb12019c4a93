"""Grids of values: equal cells of a distribution's support, the midpoint as value, the cell's probability."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from mechopt.errors import InvalidEnvironmentError, UnknownNameError, nearest
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
    # Over one denominator: a grid may have many points, and sums of fractions are slow.
    below = 2 * bottom.denominator * width.denominator
    start, step = 2 * bottom.numerator * width.denominator, width.numerator * bottom.denominator
    values = tuple(Fraction(start + (2 * j + 1) * step, below) for j in range(points))
    return Grid(values, (Fraction(1, points),) * points)


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
        If the parameters are outside the distribution's domain or the support is unbounded.

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
    # Over one denominator: a grid may have many points, and sums of fractions are slow.
    below = 2 * bottom.denominator * width.denominator
    start, step = 2 * bottom.numerator * width.denominator, width.numerator * bottom.denominator
    values = tuple(Fraction(start + (2 * j + 1) * step, below) for j in range(points))
    edges = frozen.cdf([float(bottom + width * j) for j in range(points + 1)])
    weights = [round((edges[j + 1] - edges[j]) * _CELL_DECIMALS) for j in range(points)]
    total = sum(weights)
    if total <= 0:
        raise InvalidEnvironmentError(f"distribution {distribution!r} has no probability between {ends[0]} and {ends[1]}")
    return Grid(values, tuple(Fraction(int(weight), int(total)) for weight in weights))


def distribution_names() -> list[str]:
    """Return the names of the continuous distributions of scipy.stats."""
    from scipy import stats

    return sorted(name for name in dir(stats) if isinstance(getattr(stats, name), stats.rv_continuous))


def _frozen(distribution: str, parameters: Mapping[str, Number]):  # type: ignore[no-untyped-def]  # scipy's frozen class is private
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
