"""What `import mechopt` offers beyond the environments: files and questions. Heavy parts are imported on first use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

from mechopt.environment.environment import Environment
from mechopt.problem import Problem

if TYPE_CHECKING:
    from pandas import DataFrame

    from mechopt.files.result_file import SavedResult
    from mechopt.pipeline.compare import Comparison
    from mechopt.pipeline.convex import ConvexProgram
    from mechopt.pipeline.possibility import PossibilityMap
    from mechopt.pipeline.theorems.registry import Finding
    from mechopt.result import Result

__all__ = ["certify", "compare", "convex_program", "load", "load_result", "possibility_map", "solve", "sweep", "theorem"]


def load(path: str | PathLike[str], settings: Sequence[str] = ()) -> Problem:
    """Read a problem file, or one of the catalogue by name. See `mechopt.files.problem_file.load`."""
    from mechopt.files.problem_file import load as load_problem

    return load_problem(path, settings)


def load_result(path: str | PathLike[str]) -> SavedResult:
    """Read a saved result. See `mechopt.files.result_file.load_result`."""
    from mechopt.files.result_file import load_result as load_saved

    return load_saved(path)


def certify(problem: Problem | Environment, **options: Any) -> Result:
    """Decide whether efficiency is possible. See `mechopt.pipeline.certify`."""
    from mechopt.pipeline import certify as certify_problem

    return certify_problem(problem, **options)


def solve(problem: Problem | Environment, **options: Any) -> Result:
    """Compute the best mechanism. See `mechopt.pipeline.solve`."""
    from mechopt.pipeline import solve as solve_problem

    return solve_problem(problem, **options)


def convex_program(problem: Problem | Environment, **options: Any) -> ConvexProgram:
    """Return the mechanisms a design admits as CVXPY variables. See `mechopt.pipeline.convex.convex_program`."""
    from mechopt.pipeline.convex import convex_program as program_of

    return program_of(problem, **options)


def compare(problem: Problem | Environment, **options: Any) -> Comparison:
    """Measure the mechanisms known by name next to first best and optimum. See `mechopt.pipeline.compare`."""
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
