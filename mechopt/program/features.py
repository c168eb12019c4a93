"""How an agent's utility depends on the outcome: as few interim quantities as possible (reductions E2 and E3)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mechopt.environment.environment import Environment
from mechopt.rational import RationalArray

__all__ = ["Feature", "NumericTypes", "all_pairs", "features", "local_pairs", "numeric_types"]

Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Feature:
    r"""One term of :math:`u_i(x, a) = \sum_k g_k(x) h_k(a)`.

    Attributes
    ----------
    of_outcome : RationalArray, shape (n_outcomes,)
        :math:`g_k`. Its expectation given the report is one interim quantity.
    of_type : RationalArray, shape (n_types,)
        :math:`h_k`.
    """

    of_outcome: RationalArray
    of_type: RationalArray


@dataclass(frozen=True, eq=False)
class NumericTypes:
    r"""Types as numbers: :math:`u_i(x, a) = \alpha(x) + \beta(x) \theta_a`.

    Attributes
    ----------
    numbers : tuple of Fraction, length n_types
    intercept, slope : RationalArray, shape (n_outcomes,)
    """

    numbers: tuple[Fraction, ...]
    intercept: RationalArray
    slope: RationalArray


def numeric_types(environment: Environment, i: int) -> NumericTypes | None:
    """Return agent `i`'s types as numbers, or None where her utility is not affine in one number.

    Examples
    --------
    >>> from mechopt.environment.builders import table
    >>> pool = table({"Ann": [[6, 2], [7, 4], [8, 6]]}, outcomes=["pool", "bridge"])
    >>> [str(number) for number in numeric_types(pool, 0).numbers]
    ['6', '7', '8']
    """
    utility = environment.utility(i)
    if not environment.private_values:
        return None
    differences = utility - utility[:1]
    rows, columns = np.nonzero(differences.numerators)
    if rows.size == 0:
        zero = RationalArray.full((environment.n_outcomes,), 0)
        return NumericTypes((Fraction(0),) * environment.n_types[i], utility[0], zero)
    slope = differences[int(rows[0])]
    # Identical agents must get the same numbers, whatever the order of their outcomes: the largest column gives them.
    column = max(columns[rows == rows[0]].tolist(), key=lambda k: utility.numerators[:, k].tolist())
    if not (differences * slope[column]).equals(slope * differences[:, column : column + 1]):
        return None
    # The number of a type is what she values an outcome at about which types differ.
    slope = slope * (1 / slope[column].item())
    intercept = utility[0] - slope * utility[0, column].item()
    return NumericTypes(tuple(utility[:, column].fractions()), intercept, slope)


def features(environment: Environment, i: int) -> list[Feature]:
    """Return the decomposition of agent `i`'s utility into the fewest terms known.

    Numeric types need two terms at most, other utilities one for each way in which outcomes differ to her.
    """
    utility = environment.utility(i)
    n_types = environment.n_types[i]
    numeric = numeric_types(environment, i)
    classes, members = np.unique(utility.numerators.astype(object).astype(str), axis=1, return_inverse=True)
    distinct = []
    for k in range(classes.shape[1]):
        inside = members.reshape(-1) == k
        column = utility[:, int(np.argmax(inside))]
        if np.any(column.numerators):
            distinct.append(Feature(RationalArray(inside.astype(np.int64)), column))
    if numeric is None:
        return distinct
    pair = [
        Feature(numeric.slope, RationalArray.from_fractions(list(numeric.numbers))),
        Feature(numeric.intercept, RationalArray.full((n_types,), 1)),
    ]
    pair = [feature for feature in pair if np.any(feature.of_outcome.numerators) and np.any(feature.of_type.numerators)]
    return pair if len(pair) <= len(distinct) else distinct


def all_pairs(n_types: int) -> tuple[Indices, Indices]:
    """Return all pairs (true type, reported type) that differ."""
    true, reported = np.nonzero(~np.eye(n_types, dtype=np.bool_))
    return true.astype(np.int64), reported.astype(np.int64)


def local_pairs(numbers: tuple[Fraction, ...]) -> tuple[Indices, Indices]:
    """Return the pairs of types whose numbers are equal or neighbours; they imply all others (reduction E2).

    Types of equal number stand together: each is compared with all of her own and of the neighbouring number.

    Examples
    --------
    >>> true, reported = local_pairs((Fraction(3), Fraction(1), Fraction(2)))
    >>> list(zip(true.tolist(), reported.tolist()))
    [(0, 2), (1, 2), (2, 0), (2, 1)]
    """
    ranks = np.unique(RationalArray.from_fractions(list(numbers)).numerators, return_inverse=True)[1].reshape(-1)
    order = np.argsort(ranks, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(ranks))])
    # In the order of numbers, those whom a type is compared with stand next to each other.
    first, end = starts[np.maximum(ranks - 1, 0)], starts[np.minimum(ranks + 2, len(starts) - 1)]
    true = np.repeat(np.arange(len(ranks)), end - first)
    reported = order[np.arange(len(true)) + np.repeat(end - np.cumsum(end - first), end - first)]
    sequence = np.lexsort((reported, true))
    pairs = np.stack([true, reported[sequence]])[:, true != reported[sequence]]
    return pairs[0], pairs[1]
