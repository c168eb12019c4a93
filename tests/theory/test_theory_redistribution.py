"""Order statistics, Bailey (1997), Cavallo (2006), Green and Laffont (1979), Guo and Conitzer (2009), Moulin (2009)."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.stats import triang, uniform

from mechopt.errors import InvalidEnvironmentError
from mechopt.theory.order_statistics import expected_order_statistic, uniform_order_statistic
from mechopt.theory.redistribution import (
    bailey_cavallo_residue,
    residual_claimant_loss,
    uniform_bailey_cavallo_residue,
    uniform_residual_claimant_loss,
)
from mechopt.theory.worst_case_redistribution import rebate_coefficients, rebated_shares, worst_case_share

UNIT = uniform(0, 1)
SIZES = [(3, 1), (4, 1), (5, 1), (6, 2), (7, 3), (10, 1), (10, 3), (5, 4)]
sizes = pytest.mark.parametrize(("n_agents", "n_units"), SIZES)


def sorted_draws(distribution, n_agents: int) -> np.ndarray:
    draws = distribution.ppf(np.random.default_rng(11).random((100_000, n_agents)))
    return -np.sort(-draws, axis=1)


@pytest.mark.parametrize(("n_agents", "rank"), [(1, 1), (3, 2), (5, 1), (5, 5), (8, 3)])
def test_expected_order_statistics_agree_with_the_uniform_form(n_agents: int, rank: int) -> None:
    exact = uniform_order_statistic(n_agents, rank)
    assert expected_order_statistic(UNIT, n_agents, rank) == pytest.approx(float(exact), abs=1e-11)


def test_bailey_cavallo_leaves_two_over_n_times_n_plus_one() -> None:
    assert [uniform_bailey_cavallo_residue(n) for n in (3, 4, 9)] == [Fraction(2, n * (n + 1)) for n in (3, 4, 9)]


def test_the_residual_claimant_loses_one_over_n_times_n_plus_one() -> None:
    assert [uniform_residual_claimant_loss(n) for n in (2, 4, 9)] == [Fraction(1, n * (n + 1)) for n in (2, 4, 9)]


@pytest.mark.parametrize("n_agents", [3, 5])
@pytest.mark.parametrize("distribution", [UNIT, triang(0.3, loc=1)], ids=["uniform", "triangle"])
def test_residue_and_loss_agree_with_the_mechanisms_played_out(distribution, n_agents: int) -> None:
    v = sorted_draws(distribution, n_agents)
    rebates = (2 * v[:, 2] + (n_agents - 2) * v[:, 1]) / n_agents
    assert bailey_cavallo_residue(distribution, n_agents) == pytest.approx(np.mean(v[:, 1] - rebates), abs=2e-3)
    claimant = np.random.default_rng(5).integers(0, n_agents, len(v))
    kept = np.where(claimant == 0, v[:, 1], v[:, 0])
    assert residual_claimant_loss(distribution, n_agents) == pytest.approx(np.mean(v[:, 0] - kept), abs=2e-3)


def test_worst_case_shares_are_those_of_guo_and_conitzer() -> None:
    assert worst_case_share(3) == Fraction(1, 3)
    assert worst_case_share(5) == Fraction(11, 15)
    assert float(worst_case_share(10)) == pytest.approx(0.98239, abs=5e-6)
    # 1 - 84/466; not 0.81967.
    assert worst_case_share(10, 3) == Fraction(191, 233)
    assert worst_case_share(5, 4) == 0


@sizes
def test_the_coefficients_return_the_formula_share_at_worst_and_never_more_than_all(n_agents, n_units) -> None:
    shares = rebated_shares(rebate_coefficients(n_agents, n_units), n_units)
    assert min(shares) == worst_case_share(n_agents, n_units)
    assert max(shares) <= 1


@sizes
def test_no_linear_rebate_does_better_by_linear_programming(n_agents, n_units) -> None:
    """Columns: coefficients c_1..c_{n-1}, and the share. At extreme profile p the p highest values are one."""
    n, m = n_agents, n_units
    rows, bounds = [], []
    for p in range(1, n + 1):
        rebate = np.zeros(n)
        rebate[: p - 1] += p
        rebate[: min(p, n - 1)] += n - p
        collected = m if p > m else 0
        share = np.zeros(n)
        share[-1] = collected
        rows += [rebate, share - rebate]
        bounds += [collected, 0]
    objective = np.zeros(n)
    objective[-1] = -1
    result = linprog(objective, A_ub=rows, b_ub=bounds, bounds=[(None, None)] * (n - 1) + [(0, 1)])
    assert -result.fun == pytest.approx(float(worst_case_share(n, m)), abs=1e-8)


@pytest.mark.parametrize(("n_agents", "n_units"), [(5, 1), (7, 3), (10, 3)])
def test_random_profiles_get_between_the_worst_share_and_all_of_the_payments(n_agents, n_units) -> None:
    coefficients = np.array(rebate_coefficients(n_agents, n_units), dtype=float)
    v = sorted_draws(UNIT, n_agents)[:5_000]
    rebates = sum(np.delete(v, i, axis=1) @ coefficients for i in range(n_agents))
    shares = rebates / (n_units * v[:, n_units])
    assert shares.min() >= float(worst_case_share(n_agents, n_units)) - 1e-9
    assert shares.max() <= 1 + 1e-9


def test_three_agents_get_the_rebates_of_bailey_and_cavallo() -> None:
    assert rebate_coefficients(3) == [0, Fraction(1, 3)]


def test_rebates_where_nothing_is_collected_are_refused() -> None:
    with pytest.raises(InvalidEnvironmentError, match="where VCG collects nothing"):
        rebated_shares([Fraction(1, 3), Fraction(0)])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: worst_case_share(3, 3), "n_agents is 3; it must be a whole number of at least 4"),
        (lambda: rebate_coefficients(3, 0), "n_units is 0"),
        (lambda: bailey_cavallo_residue(UNIT, 2), "n_agents is 2"),
        (lambda: uniform_residual_claimant_loss(1), "n_agents is 1"),
        (lambda: uniform_order_statistic(3, 4), "rank is 4; among 3 draws"),
        (lambda: expected_order_statistic(UNIT, True, 1), "n_agents is True"),
    ],
    ids=["no competition", "no unit", "two agents", "one agent", "rank", "a truth value"],
)
def test_impossible_numbers_of_agents_and_units_are_refused(call, message: str) -> None:
    with pytest.raises(InvalidEnvironmentError, match=message):
        call()
