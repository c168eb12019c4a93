r"""What welfare costs in money: the best welfare for every revenue, or subsidy, with all breakpoints.

To keep R is to charge every agent R/n more than a mechanism that keeps nothing. So it is to have everybody's outside option worth R/n more,
and the trade-off is a family of problems that differ in outside options.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from fractions import Fraction
from typing import Literal

from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.problem import DynamicProblem
from mechopt.environment.environment import Environment
from mechopt.environment.welfare import first_best
from mechopt.errors import DesignError, MechoptWarning, SolverError
from mechopt.mechanism.mechanism import Mechanism
from mechopt.pipeline.answer import Settings, answer
from mechopt.pipeline.certify import design_of_certify
from mechopt.pipeline.frontiers.exchange import TRADE_OFFS, TradeOff, TradeOffPoint, ends_of
from mechopt.pipeline.frontiers.family import decided_by_surplus, welfare_family
from mechopt.pipeline.frontiers.line import breakpoints
from mechopt.pipeline.questions import problem_of
from mechopt.problem import Problem
from mechopt.program.assemble import Question

__all__ = ["trade_off"]


def trade_off(
    problem: Problem | Environment | DynamicProblem | DynamicEnvironment,
    kind: Literal["welfare-revenue", "welfare-subsidy"] = "welfare-revenue",
    *,
    settings: Settings | None = None,
) -> TradeOff:
    """Return the best welfare for every revenue, or for every subsidy.

    Parameters
    ----------
    problem : Problem, Environment, DynamicProblem or DynamicEnvironment
        Its design's budget says whether money counts at every profile or in expectation; without one, in expectation. Its objective
        plays no part. Where types move, welfare and revenue are expected discounted sums, of stationary mechanisms with fees.
    kind : str
        An id of `mechopt.pipeline.frontiers.exchange.TRADE_OFFS`.
    settings : Settings

    Raises
    ------
    DesignError
        If the design does not let expected revenue decide, or no mechanism covers its cost.
    InvalidEnvironmentError
        If actions move types.
    SolverError
        If a program was not solved in exact arithmetic.

    Examples
    --------
    On five points a side, trade is efficient if the broker keeps nothing; she can keep up to 8/125.

    >>> from mechopt.environment.builders import bilateral_trade
    >>> from mechopt.environment.grids import uniform
    >>> found = trade_off(Problem(bilateral_trade(uniform(0, 1, 5), uniform(0, 1, 5))))
    >>> [(str(point.revenue), str(point.welfare)) for point in found.points]
    [('0', '33/50'), ('8/125', '157/250')]
    """
    if kind not in TRADE_OFFS:
        raise DesignError(f"trade-off is {kind!r}; write one of {', '.join(TRADE_OFFS)}")
    settings = settings or Settings()
    if isinstance(problem, DynamicProblem | DynamicEnvironment):
        # What answers where types move takes long to import.
        from mechopt.pipeline.frontiers.moving import dynamic_trade_off

        return dynamic_trade_off(problem if isinstance(problem, DynamicEnvironment) else problem.environment, kind, settings)
    problem = _counting_revenue(problem_of(problem))
    whole = first_best(problem.environment)
    low, high = ends_of(kind, _largest(problem, "surplus", settings), _largest(problem, "revenue", settings))
    family = welfare_family((_keeping(problem, low), _keeping(problem, high)), settings)
    found = breakpoints(family) if low < high else breakpoints(family)[:1]
    points = []
    for point in found:
        revenue = low + point.position * (high - low)
        points.append(TradeOffPoint(revenue, point.value, _charged(point.tangent.mechanism, problem, revenue), point.tangent.certificate))
    return TradeOff(kind, tuple(points), whole)


def _counting_revenue(problem: Problem) -> Problem:
    """Return the problem with a budget that expected revenue decides about."""
    design = problem.design
    if design.participation == "none":
        raise DesignError('design.participation is "none"; without participation revenue has no limit, so write "interim-ir"')
    if design.allocation == "deterministic":
        raise DesignError('design.allocation is "deterministic"; a trade-off needs lotteries, so write "any"')
    if design.budget == "none":
        design = replace(design, budget="expected-no-deficit")
    design = replace(design, objective="welfare", weights=None)
    if not decided_by_surplus(replace(problem, design=design)):
        raise DesignError(
            f'design.budget is "{design.budget}" where money counts profile by profile or is limited; '
            'write "expected-no-deficit", without limits on payments and constraints'
        )
    return replace(problem, design=design)


def _largest(problem: Problem, what: str, settings: Settings) -> Fraction:
    """Return the largest expected revenue, of efficient mechanisms (``"surplus"``) or of all."""
    design = replace(design_of_certify(problem.design), budget="none", objective="welfare")
    efficient = what == "surplus" or problem.design.allocation == "efficient"
    found = answer(problem.environment, design, Question(what, efficient), settings)
    if found.method != "vertex" or found.certificate is None:
        raise SolverError(f"the largest {what} was not found in exact arithmetic; use fewer types")
    return found.certificate.bound


def _keeping(problem: Problem, revenue: Fraction) -> Problem:
    """Return the problem in which outside options are worth the agents' parts of the revenue more."""
    environment = problem.environment
    part = revenue / environment.n_agents
    agents = tuple(replace(agent, outside=agent.outside + part) for agent in environment.agents)
    with warnings.catch_warnings():
        # What is added is money and no share of the object, so nothing is to be said about shares.
        warnings.simplefilter("ignore", MechoptWarning)
        raised = replace(environment, agents=agents)
    return replace(problem, environment=raised, expected={})


def _charged(mechanism: Mechanism | None, problem: Problem, revenue: Fraction) -> Mechanism | None:
    if mechanism is None:
        return None
    part = revenue / problem.environment.n_agents
    return replace(mechanism, environment=problem.environment, payments=mechanism.payments + part)
