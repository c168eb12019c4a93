"""Mechanism design by optimisation: decide what is possible, compute the best mechanism, prove both exactly.

Examples
--------
>>> import mechopt as mo
>>> trade = mo.bilateral_trade(seller=mo.uniform(0, 1, points=6), buyer=mo.uniform(0, 1, points=6))
>>> result = mo.certify(trade)
>>> result.answer, str(result.budget_surplus)
('impossible', '-5/216')
"""

from mechopt.api import (
    best_property_rights,
    certify,
    compare,
    convex_program,
    critical_share,
    load,
    load_result,
    possibility_map,
    property_rights,
    solve,
    sweep,
    theorem,
    trade_off,
)
from mechopt.design.design import Constraint, Design, Term
from mechopt.dynamic.builders import dynamic_allocation, lazily_redrawn, repeated_public_good, repeated_trade
from mechopt.environment.builders import (
    assignment,
    bilateral_trade,
    interdependent,
    multi_item_auction,
    multi_unit_auction,
    object_environment,
    partnership,
    public_good,
    single_item_auction,
    table,
)
from mechopt.environment.environment import Agent, Environment
from mechopt.environment.grids import Grid, grid, two_types, uniform
from mechopt.problem import Problem

__version__ = "0.1.0"

__all__ = [
    "Agent",
    "Constraint",
    "Design",
    "Environment",
    "Grid",
    "Problem",
    "Term",
    "assignment",
    "best_property_rights",
    "bilateral_trade",
    "certify",
    "compare",
    "convex_program",
    "critical_share",
    "dynamic_allocation",
    "grid",
    "interdependent",
    "lazily_redrawn",
    "load",
    "load_result",
    "multi_item_auction",
    "multi_unit_auction",
    "object_environment",
    "partnership",
    "possibility_map",
    "property_rights",
    "public_good",
    "repeated_public_good",
    "repeated_trade",
    "single_item_auction",
    "solve",
    "sweep",
    "table",
    "theorem",
    "trade_off",
    "two_types",
    "uniform",
]
