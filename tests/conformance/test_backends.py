"""Every backend, the same programs: status, value, point, dual values, and what the exact layer makes of them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache

import numpy as np
import pytest

from mechopt.exact.vertex import prove
from mechopt.program.linear import Program
from mechopt.solvers.backends import BACKENDS, resolver
from mechopt.solvers.solution import Options, Solution
from tests.conformance.cases import CASES, Case, limits, program
from tests.conformance.corners import maximum

RUNS: dict[str, tuple[str, Options]] = {
    "HiGHS, simplex": ("highs", Options("simplex")),
    "HiGHS, interior point": ("highs", Options("interior-point")),
    "CVXPY with HiGHS": ("cvxpy", Options()),
    "CVXPY with Clarabel": ("cvxpy", Options(solver="CLARABEL")),
    "CVXPY with SciPy": ("cvxpy", Options(solver="SCIPY")),
}
LINEAR = [case for case in CASES if not case.mixed_integer]
OPTIMAL = [case for case in LINEAR if case.status == "optimal"]
FOR_INTEGERS = [run for run in RUNS if run != "CVXPY with Clarabel"]


def close(run: str) -> float:
    """Return how near to the truth a run must come, in units of the truth: Clarabel is an interior point method without crossover."""
    return 1e-5 if "Clarabel" in run else 1e-8


def over(cases: list[Case], runs: list[str] | dict[str, tuple[str, Options]] = RUNS) -> Callable[..., None]:
    marks = pytest.mark.parametrize("case", cases, ids=lambda case: case.name), pytest.mark.parametrize("run", list(runs))
    return lambda test: marks[0](marks[1](test))


@cache
def assembled(name: str) -> Program:
    return program(next(case for case in CASES if case.name == name))


@cache
def solved(name: str, run: str) -> Solution:
    backend, options = RUNS[run]
    return BACKENDS[backend](assembled(name), options)


def size(value: Fraction | None) -> float:
    """Return the unit in which a value is measured: its own size."""
    return abs(float(value)) if value else 1.0


@pytest.mark.parametrize("case", LINEAR, ids=lambda case: case.name)
def test_the_answer_by_hand_is_the_best_corner(case: Case) -> None:
    best = maximum([Fraction(case.objective.get(j, 0)) for j in range(len(case.columns))], limits(case))
    if case.status == "optimal":
        assert best is not None
        assert best + Fraction(case.constant) == case.value
    if case.status == "infeasible":
        assert best is None


@over([case for case in LINEAR if not case.beyond_floats])
def test_the_status_is_right(case: Case, run: str) -> None:
    assert solved(case.name, run).status == case.status


@over([case for case in CASES if case.mixed_integer], ["HiGHS, simplex", "CVXPY with HiGHS"])
def test_the_status_is_right_with_integers(case: Case, run: str) -> None:
    assert solved(case.name, run).status == case.status


@over(OPTIMAL)
def test_the_value_is_right(case: Case, run: str) -> None:
    assert solved(case.name, run).value == pytest.approx(float(case.value), rel=close(run), abs=close(run) * size(case.value))


@over([case for case in CASES if case.mixed_integer and case.status == "optimal"], FOR_INTEGERS)
def test_the_best_integers_are_found(case: Case, run: str) -> None:
    found = solved(case.name, run)
    assert found.value == pytest.approx(float(case.value), rel=1e-9)
    assert found.x == pytest.approx([float(Fraction(entry)) for entry in case.point], abs=1e-6)
    assert found.y is None
    assert found.basis is None


@over(OPTIMAL)
def test_the_point_keeps_every_bound_and_is_the_only_best_one(case: Case, run: str) -> None:
    x = solved(case.name, run).x
    for row, bound in limits(case):
        terms = np.array([float(entry) for entry in row]) * x
        unit = max(float(np.max(np.abs(terms), initial=0.0)), abs(float(bound)), float(max(map(abs, row), default=0)))
        assert terms.sum() <= float(bound) + close(run) * unit
    if case.point is not None:
        expected = [float(Fraction(entry)) for entry in case.point]
        assert x == pytest.approx(expected, rel=close(run), abs=close(run) * max(1.0, *np.abs(expected)))


@cache
def slopes(name: str) -> list[tuple[Fraction | None, Fraction | None]]:
    """Return per row the exact slopes of the maximum to the right and to the left, None where a shift makes the program infeasible."""
    case = next(case for case in CASES if case.name == name)
    objective = [Fraction(case.objective.get(j, 0)) for j in range(len(case.columns))]
    here = maximum(objective, limits(case))
    found = []
    for r, row in enumerate(case.rows):
        step = max((abs(Fraction(entry)) for entry in row.coefficients.values()), default=Fraction(1)) / 1000
        values = [maximum(objective, limits(case, {r: shift})) for shift in (step, -step)]
        found.append(tuple(None if value is None else (value - here) / shift for value, shift in zip(values, (step, -step), strict=True)))
    return found


@over(OPTIMAL)
def test_dual_values_are_derivatives_of_the_maximum_in_the_right_hand_sides(case: Case, run: str) -> None:
    # The maximum is concave in a right-hand side: the price lies between the slopes to its two sides.
    y = solved(case.name, run).y
    assert len(y) == len(case.rows)
    for r, (right, left) in enumerate(slopes(case.name)):
        scale = max((abs(float(Fraction(entry))) for entry in case.rows[r].coefficients.values()), default=1.0)
        unit = close(run) * max(size(case.value) / scale, *(abs(float(slope or 0)) for slope in (right, left)))
        if right is not None:
            assert y[r] >= float(right) - unit, f"row {r}"
        if left is not None:
            assert y[r] <= float(left) + unit, f"row {r}"


@over(OPTIMAL)
def test_the_exact_layer_proves_the_optimum_from_the_basis(case: Case, run: str) -> None:
    data = assembled(case.name)
    vertex = prove(data, solved(case.name, run).basis, resolver(data))
    assert vertex is not None
    assert vertex.optimal
    assert vertex.value + Fraction(case.constant) == case.value


@over(OPTIMAL, ["HiGHS, simplex"])
def test_the_basis_of_highs_needs_no_refinement(case: Case, run: str) -> None:
    vertex = prove(assembled(case.name), solved(case.name, run).basis)
    assert vertex is not None
    assert vertex.optimal
    assert vertex.value + Fraction(case.constant) == case.value


@over([case for case in CASES if case.beyond_floats])
def test_what_doubles_cannot_tell_is_never_proved(case: Case, run: str) -> None:
    found = solved(case.name, run)
    if found.status == "optimal":
        data = assembled(case.name)
        vertex = prove(data, found.basis, resolver(data))
        assert vertex is None or not vertex.optimal
    else:
        assert found.status in ("infeasible", "failed")


@over([case for case in LINEAR if case.status != "optimal" and not case.beyond_floats])
def test_without_an_optimum_there_is_no_point_to_mistake_for_one(case: Case, run: str) -> None:
    found = solved(case.name, run)
    assert found.x is None
    assert found.y is None
    assert found.basis is None
    assert np.isnan(found.value)


@over([case for case in CASES if not case.mixed_integer][:1])
def test_the_statistics_say_what_ran(case: Case, run: str) -> None:
    statistics = solved(case.name, run).statistics
    backend, options = RUNS[run]
    assert statistics["solver"] == backend
    assert statistics["method"] == (options.algorithm if backend == "highs" else options.solver or "HIGHS")
    assert statistics["version"].count(".") == 2
    assert statistics["iterations"] >= 0
    assert statistics["dropped_entries"] == 0
    assert statistics["time_limit"] is None
