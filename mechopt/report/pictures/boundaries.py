"""Where a closed form draws the line: between the types that get the object, or the project, and those that do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from mechopt.environment.environment import Environment
from mechopt.mechanism.classical.conditions import property_shares
from mechopt.problem import Problem
from mechopt.report.pictures.scale import support
from mechopt.theory.auction import UNIFORM_RESERVE_PRICE
from mechopt.theory.bilateral_trade_uniform import SECOND_BEST_THRESHOLD
from mechopt.theory.public_good import uniform_second_best

__all__ = ["Boundary", "boundaries_of"]

Point = tuple[float, float]


@dataclass(frozen=True)
class Boundary:
    """A line in the plane of two agents' values.

    Attributes
    ----------
    points : tuple of (float, float)
        Corners of the line: value of the first agent, value of the second, in money.
    label : str
        The rule, for the legend.
    outcome : str
        What is chosen on one side of it only.
    """

    points: tuple[Point, ...]
    label: str
    outcome: str


def boundaries_of(problem: Problem) -> tuple[Boundary, ...]:
    """Return the lines that closed forms of the continuum draw for a problem of two agents on uniform grids.

    Examples
    --------
    >>> import mechopt as mo
    >>> trade = mo.Problem(mo.bilateral_trade(mo.uniform(0, 1, 6), mo.uniform(0, 1, 6)))
    >>> [(line.label, line.points) for line in boundaries_of(trade)]
    [('second best, continuum: trade from a gap of 1/4', ((0.0, 0.25), (0.75, 1.0)))]

    References
    ----------
    .. [1] Myerson and Satterthwaite (1983), doi:10.1016/0022-0531(83)90048-0.
    .. [2] Hagerty and Rogerson (1987), Journal of Economic Theory 42, 94-107.
    .. [3] Myerson (1981), doi:10.1287/moor.6.1.58.
    .. [4] Gueth and Hellwig (1986), Journal of Economics, Supplement 5, 121-159.
    """
    environment, design = problem.environment, problem.design
    if environment.n_agents != 2 or not environment.independent or design.epsilon or design.constraints or design.allocation != "any":
        return ()
    supports = [support(agent) for agent in environment.agents]
    if supports[0] is None or supports[0] != supports[1]:
        return ()
    return tuple(boundary for rule in _RULES for boundary in rule(problem, *supports[0]))


def _trade_from_a_gap(problem: Problem, low: Fraction, high: Fraction) -> Iterator[Boundary]:
    design = problem.design
    if not _owned(problem.environment, 1, 0) or (design.incentive, design.participation) != ("bic", "interim-ir"):
        return
    if design.objective in ("welfare", "gains") and design.budget != "none":
        gap, name = SECOND_BEST_THRESHOLD, "second best"
    elif design.objective == "revenue" and "balanced" not in design.budget:
        gap, name = Fraction(1, 2), "broker"
    else:
        return
    gap *= high - low
    line = ((float(low), float(low + gap)), (float(high - gap), float(high)))
    yield Boundary(line, f"{name}, continuum: trade from a gap of {gap}", problem.environment.agents[1].name)


def _posted_price(problem: Problem, low: Fraction, high: Fraction) -> Iterator[Boundary]:
    design = problem.design
    robust = (design.incentive, design.participation, design.budget) == ("dsic", "ex-post-ir", "balanced")
    if not robust or design.objective not in ("welfare", "gains") or not _owned(problem.environment, 1, 0):
        return
    price = (low + high) / 2
    corner = (float(price), float(price))
    line = ((float(low), corner[1]), corner, (corner[0], float(high)))
    yield Boundary(line, f"posted price, continuum: {price}", problem.environment.agents[1].name)


def _optimal_auction(problem: Problem, low: Fraction, high: Fraction) -> Iterator[Boundary]:
    design = problem.design
    voluntary = design.incentive in ("bic", "dsic") and design.participation in ("interim-ir", "ex-post-ir")
    if design.objective != "revenue" or not voluntary or not _owned(problem.environment, 0, 0) or "balanced" in design.budget:
        return
    reserve, top, bottom = float(max(low, high * UNIFORM_RESERVE_PRICE)), float(high), float(low)
    first, second = (agent.name for agent in problem.environment.agents)
    text = f"optimal auction, continuum: reserve price {max(low, high * UNIFORM_RESERVE_PRICE)}"
    yield Boundary(((reserve, bottom), (reserve, reserve), (top, top)), text, first)
    yield Boundary(((bottom, reserve), (reserve, reserve), (top, top)), text, second)


def _public_good(problem: Problem, low: Fraction, high: Fraction) -> Iterator[Boundary]:
    environment, design = problem.environment, problem.design
    asked = design.objective in ("welfare", "gains") and (design.incentive, design.participation) == ("bic", "interim-ir")
    free = all(not agent.outside.numerators.any() for agent in environment.agents)
    if environment.kind != "public-good" or low != 0 or high != 1 or not asked or not free or design.budget == "none":
        return
    cost = environment.cost[1].item() - environment.cost[0].item()
    if not 0 <= cost <= 2:
        return
    total = uniform_second_best(2, cost).threshold
    line = ((0.0, total), (total, 0.0)) if total <= 1 else ((total - 1, 1.0), (1.0, total - 1))
    yield Boundary(line, f"second best, continuum: provide from a sum of {total:.4g}", environment.outcomes[1])


def _owned(environment: Environment, *wanted: int) -> bool:
    """Return whether an object that costs nothing belongs to the agents in these shares."""
    return (
        environment.kind == "object"
        and not environment.cost.numerators.any()
        and property_shares(environment) == [Fraction(share) for share in wanted]
    )


_RULES: tuple[Callable[[Problem, Fraction, Fraction], Iterator[Boundary]], ...] = (_trade_from_a_gap, _posted_price, _optimal_auction, _public_good)
