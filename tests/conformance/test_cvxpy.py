"""What only CVXPY can get wrong: solvers, their limits, inaccurate answers; and the program with named variables."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction

import cvxpy as cp
import numpy as np
import pytest

from mechopt.design.design import Design
from mechopt.environment.builders import bilateral_trade, partnership, public_good
from mechopt.environment.environment import Environment
from mechopt.environment.grids import uniform
from mechopt.errors import DesignError, SolverError
from mechopt.program.assemble import Assembled, Question, assemble
from mechopt.solvers import cvxpy_model
from mechopt.solvers.cvxpy_model import solve_in_cvxpy, to_cvxpy
from mechopt.solvers.highs import solve_in_highs
from mechopt.solvers.solution import Options
from tests.conformance.cases import BOX, CHOICE, Column, Row, optimal, program

SMALL = program(optimal("", 1, "", [BOX] * 3, [Row({0: 1, 1: 1, 2: 1}, upper=1)], {0: 1}))
WHOLE = program(optimal("", 1, "", [CHOICE] * 3, [Row({0: 1, 1: 1, 2: 1}, upper=1)], {0: 1}))


def trade(points: int) -> Environment:
    return bilateral_trade(uniform(0, 1, points), uniform(0, 1, points))


def test_importing_mechopt_imports_neither_cvxpy_nor_a_solver() -> None:
    code = "import mechopt, sys; sys.exit(any(name in sys.modules for name in ('cvxpy', 'highspy')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_solver_that_is_not_installed_is_an_error_that_names_the_installed() -> None:
    with pytest.raises(SolverError, match=r"solver is 'HIGH'.*did you mean 'HIGHS'"):
        solve_in_cvxpy(SMALL, Options(solver="HIGH"))


def test_a_solver_without_integers_is_refused_where_columns_are_integers() -> None:
    with pytest.raises(SolverError, match="solver is 'CLARABEL', which is no solver for integers"):
        solve_in_cvxpy(WHOLE, Options(solver="CLARABEL"))


def test_a_method_is_refused_where_the_solver_has_one_only() -> None:
    with pytest.raises(SolverError, match="algorithm is 'simplex', but CLARABEL has one method only"):
        solve_in_cvxpy(SMALL, Options(algorithm="simplex", solver="CLARABEL"))


def test_an_unknown_method_names_the_known_ones() -> None:
    with pytest.raises(SolverError, match="algorithm is 'barrier'"):
        solve_in_cvxpy(SMALL, Options(algorithm="barrier"))


def test_a_time_limit_that_cannot_be_kept_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(cvxpy_model._TIME_LIMIT, "OSQP")
    with pytest.raises(SolverError, match="how to limit OSQP is unknown; known: CLARABEL, SCIPY, SCS"):
        solve_in_cvxpy(SMALL, Options(time_limit=1.0, solver="OSQP"))


@pytest.mark.parametrize("solver", [None, "CLARABEL", "OSQP"])
def test_a_time_limit_ends_the_search_and_is_reported(solver: str | None) -> None:
    found = solve_in_cvxpy(assemble(trade(12), Design()).program, Options(time_limit=1e-6, solver=solver))
    assert found.status == "time-limit"
    assert found.statistics["time_limit"] == 1e-6


def test_an_inaccurate_solution_is_a_failure_that_leaves_a_hint() -> None:
    found = solve_in_cvxpy(SMALL, Options(time_limit=1e-9, solver="SCS"))
    assert found.statistics["status"] == "optimal_inaccurate"
    assert found.status == "failed"
    assert found.x is not None
    assert found.basis is None


def test_a_limit_on_iterations_is_a_failure_not_a_time_limit() -> None:
    # OSQP does not reach a bound of 10^21.
    found = solve_in_cvxpy(program(optimal("", 10**21, "", [Column(0, 10**21)], [], {0: 1})), Options(solver="OSQP"))
    assert found.statistics["status"] == "user_limit"
    assert found.status == "failed"


def test_a_ray_without_a_point_does_not_make_a_program_unbounded() -> None:
    # x - y >= 1 and y - x >= 1 exclude each other; SCS says "unbounded", for it has found the ray (1, 1).
    rows = [Row({0: 1, 1: -1}, lower=1), Row({0: -1, 1: 1}, lower=1)]
    found = solve_in_cvxpy(program(optimal("", 0, "", [Column(), Column()], rows, {0: 1, 1: 1})), Options(solver="SCS"))
    assert found.statistics["status"] == "unbounded"
    assert found.status == "infeasible"


def test_a_solver_that_gives_up_is_a_failure_that_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: cp.Problem, **settings: object) -> None:
        raise cp.SolverError("numbers")

    monkeypatch.setattr(cp.Problem, "solve", refuse)
    found = solve_in_cvxpy(SMALL)
    assert found.status == "failed"
    assert found.x is None
    assert found.statistics["error"] == "numbers"


PROGRAMS = {
    "trade": lambda: assemble(trade(4), Design()),
    "trade, every profile": lambda: assemble(trade(3), Design(), reductions=()),
    "trade in dominant strategies": lambda: assemble(trade(4), Design(incentive="dsic", participation="ex-post-ir")),
    "partnership": lambda: assemble(partnership([Fraction(1, 2), Fraction(1, 2), 0], uniform(0, 1, 3)), Design()),
    "public good, revenue": lambda: assemble(public_good({"a": uniform(0, 1, 3), "b": uniform(0, 1, 3)}, 1), Design(objective="revenue")),
    "largest surplus": lambda: assemble(trade(6), Design(), Question("surplus", True)),
    "least subsidy": lambda: assemble(trade(6), Design(), Question("subsidy", True)),
    "worst case": lambda: assemble(trade(3), Design(objective="worst-case", incentive="dsic", participation="none", budget="no-deficit")),
}


@pytest.fixture(params=list(PROGRAMS))
def assembled(request: pytest.FixtureRequest) -> Assembled:
    return PROGRAMS[request.param]()


@pytest.mark.parametrize("run", ["highs", "cvxpy", "CLARABEL"])
def test_prices_and_bounds_add_up_to_the_value(assembled: Assembled, run: str) -> None:
    # Strong duality in the one sign convention: a positive price sits at an upper bound, a negative one at a lower bound.
    data = assembled.program
    found = solve_in_highs(data) if run == "highs" else solve_in_cvxpy(data, Options(solver=None if run == "cvxpy" else run))
    matrix = np.zeros((data.n_rows, data.n_columns))
    np.add.at(matrix, (data.entry_rows, data.entry_columns), data.float_entries())
    reduced = data.float_objective() - found.y @ matrix
    bound = float(data.constant)
    for prices, (lower, upper) in ((found.y, data.float_rows()), (reduced, data.float_columns())):
        prices = np.where(np.abs(prices) < 1e-6, 0.0, prices)
        active = np.where(prices > 0, upper, lower)
        assert np.all(np.isfinite(active[prices != 0]))
        bound += float(prices[prices != 0] @ active[prices != 0])
    assert found.status == "optimal"
    assert bound == pytest.approx(found.value, abs=1e-5)


def test_both_backends_and_the_named_variables_find_the_same_value(assembled: Assembled) -> None:
    value = solve_in_highs(assembled.program).value
    assert solve_in_cvxpy(assembled.program, Options(solver="CLARABEL")).value == pytest.approx(value, abs=1e-6)
    model = to_cvxpy(assembled)
    assert model.problem.solve(solver="HIGHS") == pytest.approx(value, abs=1e-9)
    x = model.point()
    assert float(assembled.program.float_objective() @ x + float(assembled.program.constant)) == pytest.approx(value, abs=1e-9)


def test_the_second_best_of_uniform_trade_comes_out_of_the_named_variables() -> None:
    # Myerson and Satterthwaite on six points: gains of 25/162 above the seller's 1/2.
    assert to_cvxpy(assemble(trade(6), Design())).problem.solve() == pytest.approx(1 / 2 + 25 / 162, abs=1e-7)


def test_variables_have_the_shapes_of_the_economy() -> None:
    interim = to_cvxpy(assemble(trade(3), Design()))
    assert interim.allocation.shape == (9, 3)
    assert interim.payments is None
    assert {name: variable.shape for name, variable in interim.interim_payments.items()} == {"seller": (3,), "buyer": (3,)}
    full = to_cvxpy(assemble(trade(3), Design(), reductions=()))
    assert full.payments.shape == (2, 9)
    assert full.interim_payments == {}
    assert set(full.variables) == {"allocation", "payments"}


def test_profiles_are_in_row_major_order_and_outcomes_that_may_not_be_chosen_stay_at_zero() -> None:
    # Efficient: the seller keeps the object where she values it more; types are 1/6, 1/2, 5/6, the seller's first.
    model = to_cvxpy(assemble(trade(3), Design(), Question("surplus", True)))
    model.problem.solve()
    table = model.allocation.value.reshape(3, 3, 3)
    for s in range(3):
        for b in range(3):
            if s != b:
                assert table[s, b] == pytest.approx([float(s > b), float(b > s), 0.0], abs=1e-7)


def test_point_and_place_are_inverse() -> None:
    model = to_cvxpy(assemble(trade(3), Design(), reductions=()))
    assert model.point() is None
    x = np.arange(model.assembled.program.n_columns) / 100
    model.place(x)
    assert model.point() == pytest.approx(x)
    assert model.payments.value[1, 0] == pytest.approx(x[assemble(trade(3), Design(), reductions=()).frame.payments[1, 0]])


def test_more_constraints_and_another_objective_leave_the_program_itself_alone() -> None:
    model = to_cvxpy(assemble(trade(4), Design()))
    before = model.problem.solve()
    other = model.with_(cp.sum(cp.entr(model.allocation)), [cp.sum(model.allocation[:, 2]) >= 1])
    other.solve()
    assert np.sum(model.allocation.value[:, 2]) >= 1 - 1e-6
    assert model.problem.solve() == pytest.approx(before)
    assert model.with_().objective is model.problem.objective


def test_what_is_not_convex_is_refused() -> None:
    model = to_cvxpy(assemble(trade(3), Design()))
    with pytest.raises(DesignError, match="not convex by CVXPY's rules"):
        model.with_(cp.sum_squares(model.allocation))


def test_deterministic_designs_have_integer_variables() -> None:
    model = to_cvxpy(assemble(trade(4), Design(incentive="dsic", participation="ex-post-ir", allocation="deterministic")))
    model.problem.solve(solver="HIGHS")
    assert np.abs(model.allocation.value - np.round(model.allocation.value)).max() < 1e-6
