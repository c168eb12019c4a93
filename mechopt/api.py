"""What `import mechopt` offers beyond the environments: files and questions. Heavy parts are imported on first use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, overload

from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.problem import DynamicProblem
from mechopt.environment.environment import Environment
from mechopt.problem import Problem

if TYPE_CHECKING:
    from pandas import DataFrame

    from mechopt.dynamic.result import DynamicResult
    from mechopt.files.saved_dynamic_result import SavedDynamicResult
    from mechopt.files.saved_result import SavedResult
    from mechopt.pipeline.compare import Comparison
    from mechopt.pipeline.convex import ConvexProgram
    from mechopt.pipeline.dynamic_comparison import DynamicComparison
    from mechopt.pipeline.frontiers.paths import CriticalValues
    from mechopt.pipeline.frontiers.rights import BestRights, PropertyRights
    from mechopt.pipeline.frontiers.trade_off import TradeOff
    from mechopt.pipeline.possibility import PossibilityMap
    from mechopt.pipeline.theorems.registry import Finding
    from mechopt.result import Result

__all__ = [
    "best_property_rights",
    "certify",
    "compare",
    "convex_program",
    "critical_share",
    "load",
    "load_result",
    "possibility_map",
    "property_rights",
    "solve",
    "sweep",
    "theorem",
    "trade_off",
]


def load(path: str | PathLike[str], settings: Sequence[str] = ()) -> Any:
    """Read a problem file, or one of the catalogue by name: a `Problem`, or a `DynamicProblem`. See `mechopt.files.problem_file.load_any`."""
    from mechopt.files.problem_file import load_any

    return load_any(path, settings)


def load_result(path: str | PathLike[str]) -> SavedResult | SavedDynamicResult:
    """Read a saved result. See `mechopt.files.saved_result.load_result`."""
    from mechopt.files.saved_result import load_result as load_saved

    return load_saved(path)


@overload
def certify(problem: Problem | Environment, **options: Any) -> Result: ...
@overload
def certify(problem: DynamicProblem | DynamicEnvironment, **options: Any) -> DynamicResult: ...
def certify(problem: Problem | Environment | DynamicProblem | DynamicEnvironment, **options: Any) -> Result | DynamicResult:
    """Decide whether efficiency is possible. See `mechopt.pipeline.certify`, and `mechopt.pipeline.dynamic` where types move."""
    if isinstance(problem, DynamicProblem | DynamicEnvironment):
        from mechopt.pipeline.dynamic import ask_dynamic

        decided: DynamicResult = ask_dynamic("certify", problem, **options)
        return decided
    from mechopt.pipeline import certify as certify_problem

    return certify_problem(problem, **options)


@overload
def solve(problem: Problem | Environment, **options: Any) -> Result: ...
@overload
def solve(problem: DynamicProblem | DynamicEnvironment, **options: Any) -> DynamicResult: ...
def solve(problem: Problem | Environment | DynamicProblem | DynamicEnvironment, **options: Any) -> Result | DynamicResult:
    """Compute the best mechanism. See `mechopt.pipeline.solve`, and `mechopt.pipeline.dynamic` where types move."""
    if isinstance(problem, DynamicProblem | DynamicEnvironment):
        from mechopt.pipeline.dynamic import ask_dynamic

        best: DynamicResult = ask_dynamic("solve", problem, **options)
        return best
    from mechopt.pipeline import solve as solve_problem

    return solve_problem(problem, **options)


def convex_program(problem: Problem | Environment, **options: Any) -> ConvexProgram:
    """Return the mechanisms a design admits as CVXPY variables. See `mechopt.pipeline.convex.convex_program`."""
    from mechopt.pipeline.convex import convex_program as program_of

    return program_of(problem, **options)


@overload
def compare(problem: Problem | Environment, **options: Any) -> Comparison: ...
@overload
def compare(problem: DynamicProblem | DynamicEnvironment, **options: Any) -> DynamicComparison: ...
def compare(problem: Problem | Environment | DynamicProblem | DynamicEnvironment, **options: Any) -> Comparison | DynamicComparison:
    """Measure the mechanisms known by name. See `mechopt.pipeline.compare`, and `mechopt.pipeline.dynamic_comparison` where types move."""
    if isinstance(problem, DynamicProblem | DynamicEnvironment):
        from mechopt.pipeline.dynamic import ask_dynamic

        compared: DynamicComparison = ask_dynamic("compare", problem, **options)
        return compared
    from mechopt.pipeline import compare as compare_mechanisms

    return compare_mechanisms(problem, **options)


def possibility_map(problem: Problem | Environment, **options: Any) -> PossibilityMap:
    """Answer which properties can be had together. See `mechopt.pipeline.possibility_map`."""
    from mechopt.pipeline import possibility_map as map_of

    return map_of(problem, **options)


def theorem(name: str, problem: Problem | Environment, **options: Any) -> Finding:
    """Ask whether a theorem of the literature holds in an environment. See `mechopt.pipeline.theorem`."""
    from mechopt.pipeline import theorem as ask_theorem

    return ask_theorem(name, problem, **options)


def sweep(problem: str | PathLike[str] | Problem | Environment, vary: Mapping[str, Any], **options: Any) -> DataFrame:
    """Ask the same question at every point of a grid. See `mechopt.sweeps.sweep.sweep`."""
    from mechopt.sweeps.sweep import sweep as sweep_over

    return sweep_over(problem, vary, **options)


def critical_share(problem: Problem | Environment, agent: str, **options: Any) -> CriticalValues:
    """Return between which shares of an agent efficiency is possible. See `mechopt.pipeline.frontiers.paths.critical_values`."""
    from mechopt.pipeline import problem_of
    from mechopt.pipeline.frontiers.paths import critical_values, share_corners

    return critical_values(share_corners(problem_of(problem, {}), agent), f"a share of {agent}", **options)


def property_rights(problem: Problem | Environment, **options: Any) -> PropertyRights:
    """Return which property rights admit efficiency. See `mechopt.pipeline.frontiers.rights.property_rights`."""
    from mechopt.pipeline import problem_of
    from mechopt.pipeline.frontiers.rights import property_rights as rights_of

    return rights_of(problem_of(problem, {}), **options)


def best_property_rights(problem: Problem | Environment, **options: Any) -> BestRights:
    """Return property rights than which none are better. See `mechopt.pipeline.frontiers.rights.best_property_rights`."""
    from mechopt.pipeline import problem_of
    from mechopt.pipeline.frontiers.rights import best_property_rights as best_of

    return best_of(problem_of(problem, {}), **options)


def trade_off(problem: Problem | Environment, kind: Literal["welfare-revenue", "welfare-subsidy"] = "welfare-revenue", **options: Any) -> TradeOff:
    """Return the best welfare for every revenue or subsidy. See `mechopt.pipeline.frontiers.trade_off.trade_off`."""
    from mechopt.pipeline import problem_of
    from mechopt.pipeline.frontiers.trade_off import trade_off as trade_off_of

    return trade_off_of(problem_of(problem, {}), kind, **options)
