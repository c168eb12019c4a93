"""Mechanism design by optimisation: decide what is possible, compute the best mechanism, prove both exactly.

Examples
--------
>>> import mechopt as mo
>>> trade = mo.bilateral_trade(seller=mo.uniform(0, 1, points=6), buyer=mo.uniform(0, 1, points=6))
>>> result = mo.certify(trade)
>>> result.answer, str(result.budget_surplus)
('impossible', '-5/216')
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from mechopt.files.problem_file import load_any as load
    from mechopt.files.saved_result import load_result
    from mechopt.pipeline.convex import convex_program
    from mechopt.pipeline.frontiers.paths import critical_share
    from mechopt.pipeline.frontiers.rights import best_property_rights, property_rights
    from mechopt.pipeline.frontiers.trade_off import trade_off
    from mechopt.pipeline.questions import certify, compare, possibility_map, solve, theorem
    from mechopt.sweeps.sweep import sweep

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

_HOMES = {
    "best_property_rights": "mechopt.pipeline.frontiers.rights",
    "certify": "mechopt.pipeline.questions",
    "compare": "mechopt.pipeline.questions",
    "convex_program": "mechopt.pipeline.convex",
    "critical_share": "mechopt.pipeline.frontiers.paths",
    "load": "mechopt.files.problem_file",
    "load_result": "mechopt.files.saved_result",
    "possibility_map": "mechopt.pipeline.questions",
    "property_rights": "mechopt.pipeline.frontiers.rights",
    "solve": "mechopt.pipeline.questions",
    "sweep": "mechopt.sweeps.sweep",
    "theorem": "mechopt.pipeline.questions",
    "trade_off": "mechopt.pipeline.frontiers.trade_off",
}
"""Where questions and files are at home. They import what is slow to load, so they are fetched when they are first used."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), "load_any" if name == "load" else name)


def __dir__() -> list[str]:
    return __all__
