"""The uniform distribution on [0, 1] and its grids, exactly."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from mechopt.errors import InvalidEnvironmentError
from mechopt.theory.bilateral_trade_uniform import (
    SECOND_BEST_THRESHOLD,
    grid_budget_surplus,
    grid_first_best,
    grid_ir_vcg_surplus,
    grid_second_best,
    threshold_gains,
    threshold_surplus,
)

grids = pytest.mark.parametrize("points", range(1, 9))


def midpoints(points: int) -> list[Fraction]:
    return [Fraction(2 * j + 1, 2 * points) for j in range(points)]


def test_the_second_best_trades_from_a_quarter_on_and_gains_nine_sixty_fourths() -> None:
    assert threshold_surplus(SECOND_BEST_THRESHOLD) == 0
    assert threshold_gains(SECOND_BEST_THRESHOLD) == Fraction(9, 64)


def test_broker_and_subsidy_are_a_twenty_fourth_and_a_sixth() -> None:
    assert max(threshold_surplus(Fraction(j, 100)) for j in range(101)) == threshold_surplus(Fraction(1, 2))
    assert threshold_surplus(Fraction(1, 2)) == Fraction(1, 24)
    assert threshold_surplus(0) == -threshold_gains(0) == Fraction(-1, 6)


@pytest.mark.parametrize(
    ("points", "gains"),
    [(6, Fraction(25, 162)), (8, Fraction(49, 320)), (10, Fraction(189, 1250)), (16, Fraction(455, 3072))],
)
def test_grid_second_bests_are_the_known_fractions(points: int, gains: Fraction) -> None:
    assert grid_second_best(points) == gains


def test_efficient_trade_on_a_grid_is_possible_up_to_five_points() -> None:
    assert [k for k in range(2, 30) if grid_budget_surplus(k) >= 0] == [2, 3, 4, 5]
    assert grid_budget_surplus(5) == 0
    assert all(grid_second_best(k) == grid_first_best(k) for k in range(1, 6))
    assert grid_second_best(6) < grid_first_best(6)


@grids
def test_grid_first_best_is_the_sum_over_pairs(points: int) -> None:
    gains = sum(max(v - c, Fraction(0)) for v, c in product(midpoints(points), repeat=2))
    assert grid_first_best(points) == gains / points**2


@grids
def test_grid_ir_vcg_surplus_follows_from_its_definition(points: int) -> None:
    types = midpoints(points)
    collected = sum(c if v >= c else v for v, c in product(types, repeat=2)) / Fraction(points**2)
    buyers = [sum(max(v - c, Fraction(0)) for c in types) / Fraction(points) for v in types]
    sellers = [-sum(min(v, c) for v in types) / Fraction(points) for c in types]
    assert grid_ir_vcg_surplus(points) == collected + min(buyers) + min(sellers)


@grids
def test_grid_surplus_exceeds_ir_vcg_by_one_step_of_information(points: int) -> None:
    assert grid_budget_surplus(points) - grid_ir_vcg_surplus(points) == Fraction(points - 1, points**2)


@grids
def test_grid_surplus_is_the_optimum_of_the_whole_program(points: int, bayesian_trade) -> None:
    types, prior = np.array(midpoints(points), dtype=float), np.full(points, 1 / points)
    largest = bayesian_trade(types, types, prior, prior, efficient=True)
    assert largest == pytest.approx(float(grid_budget_surplus(points)), abs=1e-9)


@pytest.mark.parametrize("points", [2, 5, 6, 7, 8, 10, 16])
def test_grid_second_best_is_the_optimum_of_the_whole_program(points: int, bayesian_trade) -> None:
    types, prior = np.array(midpoints(points), dtype=float), np.full(points, 1 / points)
    greatest = bayesian_trade(types, types, prior, prior, efficient=False)
    assert greatest == pytest.approx(float(grid_second_best(points)), abs=1e-9)


def test_grids_approach_the_continuum_like_one_over_k() -> None:
    assert abs(2 * grid_second_best(400) - grid_second_best(200) - Fraction(9, 64)) < Fraction(1, 20000)
    assert abs(grid_budget_surplus(10**6) + Fraction(1, 6)) < Fraction(1, 10**5)


@pytest.mark.parametrize("function", [grid_first_best, grid_budget_surplus, grid_ir_vcg_surplus, grid_second_best])
def test_grids_without_points_are_refused(function) -> None:
    with pytest.raises(InvalidEnvironmentError, match="points is 0; it must be a whole number of at least 1"):
        function(0)


@pytest.mark.parametrize("function", [threshold_gains, threshold_surplus])
def test_thresholds_beyond_one_are_refused(function) -> None:
    with pytest.raises(InvalidEnvironmentError, match="threshold is 2"):
        function(2)
