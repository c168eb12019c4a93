"""The economies of the closed forms, on uniform grids of k points, and the numbers that mechopt proves about them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from scipy import stats

from mechopt.design.design import Design
from mechopt.environment.builders import bilateral_trade, multi_item_auction, partnership, public_good, single_item_auction
from mechopt.environment.grids import Grid, grid, uniform
from mechopt.environment.grids import two_types as two_values
from mechopt.errors import MechoptError
from mechopt.pipeline.questions import certify, solve
from mechopt.problem import Problem

__all__ = [
    "SHAPES",
    "UnprovedError",
    "auction",
    "first_best",
    "largest_surplus",
    "least_dissolvable_share",
    "optimum",
    "partners",
    "project",
    "second_best",
    "shaped",
    "shaped_auction",
    "shaped_partners",
    "shaped_trade",
    "trade",
    "two_items",
    "two_types",
]

SHAPES = {"beta": stats.beta(2, 2), "power": stats.powerlaw(2)}
"""Distributions of values in the continuum: Beta(2, 2), and the power distribution F(x) = x^2."""

_GRIDS: dict[str, tuple[str, dict[str, Any]]] = {"beta": ("beta", {"a": 2, "b": 2}), "power": ("powerlaw", {"a": 2})}
# Halvings of the interval in which the least dissolvable share lies.
_HALVINGS = 13


class UnprovedError(MechoptError):
    """A number came without the proof that the benchmark takes for granted."""


def optimum(problem: Problem) -> Fraction:
    """Return the value of a problem, with a mechanism that attains it and a certificate that nothing exceeds it."""
    result = solve(problem)
    if result.proof.grade != "optimal" or result.value is None or result.value.exact is None:
        raise UnprovedError(f"the value of {problem.name or 'the problem'} is {result.proof.grade}, not proved optimal")
    return result.value.exact


def largest_surplus(problem: Problem) -> Fraction:
    """Return S*, the largest expected budget surplus of an efficient mechanism, if it is known exactly."""
    result = certify(problem)
    if result.budget_surplus is None or result.budget_surplus.exact is None:
        raise UnprovedError(f"the largest surplus of {problem.name or 'the problem'} is not known exactly")
    return result.budget_surplus.exact


def first_best(problem: Problem) -> Fraction:
    """Return the most gains that can be had when nothing is asked of incentives, participation and budget."""
    return optimum(Problem(problem.environment, Design("gains", "none", "none", "none")))


def second_best(problem: Problem) -> Fraction:
    """Return the most gains under Bayesian incentives, interim participation and a balanced budget."""
    return optimum(Problem(problem.environment, Design("gains")))


def trade(points: int, **design: Any) -> Problem:
    """Return bilateral trade between uniform traders."""
    values = uniform(0, 1, points)
    return Problem(bilateral_trade(values, values), Design(**design))


def shaped(name: str, points: int) -> Grid:
    """Return a grid of one of `SHAPES`."""
    distribution, parameters = _GRIDS[name]
    return grid(distribution, points, **parameters)


def shaped_trade(name: str, points: int) -> Problem:
    """Return bilateral trade between traders whose values follow one of `SHAPES`."""
    values = shaped(name, points)
    return Problem(bilateral_trade(values, values))


def shaped_partners(name: str, points: int) -> Problem:
    """Return the dissolution of an equal partnership of two with values from one of `SHAPES`."""
    return Problem(partnership([Fraction(1, 2)] * 2, shaped(name, points)))


def shaped_auction(name: str, points: int) -> Problem:
    """Return the sale of an object to two bidders with values from one of `SHAPES`, for revenue."""
    return Problem(single_item_auction([shaped(name, points)] * 2), Design("revenue", budget="none"))


def project(points: int, n_agents: int, cost: int) -> Problem:
    """Return a public good for uniform agents."""
    values = uniform(0, 1, points)
    return Problem(public_good({f"agent {k + 1}": values for k in range(n_agents)}, cost))


def auction(points: int, n_agents: int) -> Problem:
    """Return the sale of an object to uniform bidders, for revenue."""
    return Problem(single_item_auction([uniform(0, 1, points)] * n_agents), Design("revenue", budget="none"))


def partners(points: int, shares: tuple[Fraction | int, ...]) -> Problem:
    """Return the dissolution of a partnership of uniform partners."""
    return Problem(partnership(shares, uniform(0, 1, points)))


def least_dissolvable_share(points: int) -> Fraction:
    """Return the least share of the smaller of two partners that allows efficient dissolution, by bisection on certified answers."""
    low, high = Fraction(0), Fraction(1, 2)
    for _ in range(_HALVINGS):
        share = (low + high) / 2
        possible = certify(partners(points, (share, 1 - share))).answer == "possible"
        low, high = (low, share) if possible else (share, high)
    return (low + high) / 2


def two_items(points: int) -> Problem:
    """Return the sale of two items to one additive buyer with uniform values, for revenue."""
    values = uniform(0, 1, points).values
    return Problem(multi_item_auction({"buyer": [[first, second] for first in values for second in values]}), Design("revenue", budget="none"))


def two_types(case: str) -> Problem:
    """Return bilateral trade with two equally likely types a side: costs, then values, of a case of the theory's registry."""
    low_cost, high_cost, low_value, high_value = {"possible": (0, 2, 1, 3), "knife-edge": (0, 3, 1, 4), "impossible": (0, 9, 1, 10)}[case]
    return Problem(bilateral_trade(two_values(low_cost, high_cost), two_values(low_value, high_value)))
