"""Least payoffs are longest paths, and their anchors are inequalities that hold with equality."""

from __future__ import annotations

import random

import numpy as np
import pytest

from mechopt.exact.ironing import exact_levels
from mechopt.program.rents import Anchors, least_payoffs


def drawn(rng: random.Random, least: int) -> tuple[int, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return a number of types, steps between their values, rising chances, outside options and weights."""
    m = rng.randint(least, 7)
    steps = np.array([rng.randint(1, 4) for _ in range(m - 1)], dtype=np.int64)
    chances = np.array(sorted(rng.randint(0, 5) for _ in range(m)), dtype=np.int64)
    outside, prior = (np.array([rng.randint(0, 9) for _ in range(m)], dtype=np.int64) for _ in range(2))
    return m, steps, chances, outside, prior


@pytest.mark.parametrize("seed", range(20))
def test_least_payoffs_are_longest_paths_over_all_pairs_of_types(seed: int) -> None:
    rng = random.Random(seed)
    m, steps, chances, outside, prior = drawn(rng, least=1)
    values = np.concatenate([[0], np.cumsum(steps)])
    # Second route: a type gets at least what any lie gives her, again and again, and her outside option.
    expected = outside.copy()
    for _ in range(m):
        expected = np.array([max(expected[k], *(expected[b] + (values[k] - values[b]) * chances[b] for b in range(m))) for k in range(m)])
    payoffs, positions = least_payoffs(steps, chances, outside)
    assert payoffs.tolist() == expected.tolist()
    up, down = Anchors(0, positions).flows(prior)
    assert prior @ payoffs == prior @ outside[positions] + steps @ (up * chances[:-1] - down * chances[1:])


@pytest.mark.parametrize("seed", range(20))
def test_other_anchors_never_ask_for_more_than_the_least_payoffs(seed: int) -> None:
    rng = random.Random(seed)
    m, steps, chances, outside, prior = drawn(rng, least=2)
    payoffs, _ = least_payoffs(steps, chances, outside)
    positions = np.array([rng.randrange(m) for _ in range(m)])
    up, down = Anchors(0, positions).flows(prior)
    assert prior @ payoffs >= prior @ outside[positions] + steps @ (up * chances[:-1] - down * chances[1:])


@pytest.mark.parametrize("seed", range(20))
def test_exact_ironing_gives_the_slopes_of_the_convex_hull(seed: int) -> None:
    # Myerson (1981): ironed virtual values are the slopes of the greatest convex function below accumulated virtual values.
    rng = random.Random(seed)
    weighted, prior = ([rng.randint(low, 9) for _ in range(8)] for low in (-9, 1))
    x, y = ([sum(row[:k]) for k in range(9)] for row in (prior, weighted))
    levels = exact_levels(weighted, prior, iron=True)
    for k, level in enumerate(levels):
        # A line through the hull at this step: below all points, and touching one on either side.
        heights = [y[j] - level * x[j] for j in range(9)]
        assert min(heights[: k + 1]) == min(heights[k + 1 :])
