"""Exact vertices, against the enumeration of all vertices of small programs and solver independent arithmetic."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import combinations, product

import highspy
import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from benchmarks.adversarial import adversarial
from mechopt.exact.vertex import prove
from mechopt.program.linear import Basis, Position, Program
from mechopt.rational import integers

B = highspy.HighsBasisStatus
POSITIONS = {B.kBasic: 1, B.kLower: 0, B.kUpper: 2, B.kZero: 3, B.kNonbasic: 0}
STATUSES = {1: B.kBasic, 0: B.kLower, 2: B.kUpper, 3: B.kZero}


def program_of(table, rows, columns, objective):
    """Return the program of a table of rationals, pairs of bounds (None: infinite) and an objective."""
    table = [[Fraction(value) for value in row] for row in table]
    objective = [Fraction(value) for value in objective]
    lines = zip(table, rows, strict=True)
    scales = [math.lcm(*(Fraction(v).denominator for v in (*row, *pair) if v is not None)) for row, pair in lines]
    common = math.lcm(*(value.denominator for value in objective))
    entries = [(i, j, int(v * scales[i])) for i, row in enumerate(table) for j, v in enumerate(row) if v]
    scaled = [[None if v is None else v * scale for v in pair] for pair, scale in zip(rows, scales, strict=True)]
    row_data = [whole([pair[k] for pair in scaled]) for k in (0, 1)]
    column_data = [whole([pair[k] for pair in columns]) for k in (0, 1)]
    return Program(
        len(rows), len(columns), *(np.array([entry[k] for entry in entries], dtype=np.int64) for k in (0, 1)),
        whole([entry[2] for entry in entries])[0], whole(scales)[0],
        row_data[0][0], row_data[1][0], row_data[0][1], row_data[1][1],
        column_data[0][0], column_data[1][0], column_data[0][1], column_data[1][1],
        whole([value * common for value in objective])[0], common, np.zeros(len(columns), dtype=bool),
    )  # fmt: skip


def whole(values):
    there = np.array([value is not None for value in values], dtype=bool)
    numbers = np.zeros(len(values), dtype=object)
    numbers[:] = [0 if value is None else int(value) for value in values]
    return integers(numbers) if len(values) else np.zeros(0, dtype=np.int64), there


def positions(statuses):
    return np.array([POSITIONS[status] for status in statuses], dtype=np.int8)


def matrix_of(program):
    places = program.entry_rows, program.entry_columns
    return sp.csc_array((program.float_entries(), places), shape=(program.n_rows, program.n_columns))


def highs(matrix, costs, column_bounds, row_bounds, start=None):
    solver = highspy.Highs()
    options = {"output_flag": False, "solver": "simplex", "presolve": "off", "small_matrix_value": 1e-12}
    if start is not None:
        perturbations = "dual_simplex_cost_perturbation_multiplier", "primal_simplex_bound_perturbation_multiplier"
        tolerances = "primal_feasibility_tolerance", "dual_feasibility_tolerance"
        options |= dict.fromkeys(perturbations, 0.0) | dict.fromkeys(tolerances, 1e-9)
    for name, value in options.items():
        assert solver.setOptionValue(name, value) == highspy.HighsStatus.kOk
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = matrix.shape
    model.sense_, model.col_cost_ = highspy.ObjSense.kMaximize, costs
    (model.col_lower_, model.col_upper_), (model.row_lower_, model.row_upper_) = column_bounds, row_bounds
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    assert solver.passModel(model) == highspy.HighsStatus.kOk
    if start is not None:
        assert solver.setBasis(start) == highspy.HighsStatus.kOk
    solver.run()
    return solver


def final_basis(program):
    solver = highs(matrix_of(program), program.float_objective(), program.float_columns(), program.float_rows())
    basis = solver.getBasis()
    return Basis(positions(basis.col_status), positions(basis.row_status)), solver.getModelStatus()


def resolver(program):
    """Return the documented callback: explicit columns for the row activities, started from the given basis."""
    n, m = program.n_columns, program.n_rows
    matrix = sp.csc_array(sp.hstack([matrix_of(program), -sp.eye_array(m)]))

    def resolve(objective, column_lower, column_upper, row_lower, row_upper, row_objective, start):
        basis = highspy.HighsBasis()
        basis.col_status = [STATUSES[int(k)] for k in (*start.column_status, *start.row_status)]
        basis.row_status = [B.kLower] * m
        bounds = np.concatenate([column_lower, row_lower]), np.concatenate([column_upper, row_upper])
        solver = highs(matrix, np.concatenate([objective, row_objective]), bounds, (np.zeros(m), np.zeros(m)), basis)
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        basis, solution = solver.getBasis(), solver.getSolution()
        found, logicals = positions(basis.col_status), positions(basis.row_status)
        rows = np.where(logicals == Position.BASIC, Position.BASIC, found[n:]).astype(np.int8)
        return Basis(found[:n], rows), np.array(solution.col_value[:n]), np.array(solution.row_dual)

    return resolve


def solved(table, right):
    """Return the solution of a small system, or None, by Gauss and Jordan on fractions."""
    size, work = len(table), [[Fraction(v) for v in (*row, value)] for row, value in zip(table, right, strict=True)]
    for k in range(size):
        pivot = next((i for i in range(k, size) if work[i][k]), None)
        if pivot is None:
            return None
        work[k], work[pivot] = work[pivot], work[k]
        work[k] = [value / work[k][k] for value in work[k]]
        for i in range(size):
            if i != k:
                work[i] = [v - work[i][k] * p for v, p in zip(work[i], work[k], strict=True)]
    return [row[size] for row in work]


def enumerated(table, rows, columns, objective):
    """Return the largest value of all vertices of a program with bounded columns, None if there is none."""
    n = len(columns)
    normals = [[Fraction(v) for v in row] for row in table] + [[Fraction(i == j) for i in range(n)] for j in range(n)]
    limits = [*rows, *columns]
    best = None
    for chosen in combinations(range(len(limits)), n):
        for right in product(*({bound for bound in limits[k] if bound is not None} for k in chosen)):
            point = solved([normals[k] for k in chosen], right)
            if point is None:
                continue
            values = [sum(a * x for a, x in zip(normal, point, strict=True)) for normal in normals]
            met = zip(values, limits, strict=True)
            inside = all((low is None or low <= v) and (high is None or v <= high) for v, (low, high) in met)
            value = sum(c * x for c, x in zip(objective, point, strict=True))
            best = value if inside and (best is None or value > best) else best
    return best


def assert_proof_holds(program, vertex):
    """Check feasibility, signs and both values again, entry by entry, on fractions."""
    x = [Fraction(int(v), vertex.x_denominator) for v in vertex.x_numerators]
    y = [Fraction(int(v), vertex.y_denominator) for v in vertex.y_numerators]
    activity = [Fraction(0)] * program.n_rows
    reduced = [Fraction(int(c), program.objective_denominator) for c in program.objective]
    value, bound = sum(c * v for c, v in zip(reduced, x, strict=True)), Fraction(0)
    for i, j, a in zip(program.entry_rows, program.entry_columns, program.entry_values.tolist(), strict=True):
        activity[i] += a * x[j]
        reduced[j] -= a * y[i]
    for names, values, prices in (("row", activity, y), ("column", x, reduced)):
        parts = [getattr(program, f"{names}_{part}").tolist() for part in ("lower", "upper", "has_lower", "has_upper")]
        for v, price, low, high, has_low, has_high in zip(values, prices, *parts, strict=True):
            assert not has_low or v >= low
            assert not has_high or v <= high
            assert price <= 0 or has_high
            assert price >= 0 or has_low
            bound += price * (high if price > 0 else low)
    assert value == bound == vertex.value == vertex.bound


fractions = st.builds(Fraction, st.integers(-9, 9), st.sampled_from([1, 1, 2, 3, 7]))


@st.composite
def small_programs(draw):
    n, m = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    table = draw(st.lists(st.lists(fractions, min_size=n, max_size=n), min_size=m, max_size=m))
    columns = draw(st.lists(st.tuples(st.integers(-3, 0), st.integers(0, 4)), min_size=n, max_size=n))
    pairs = st.tuples(st.none() | fractions, st.none() | fractions).map(lambda pair: pair if None in pair else (min(pair), max(pair)))
    rows = draw(st.lists(pairs, min_size=m, max_size=m))
    return table, rows, columns, draw(st.lists(fractions, min_size=n, max_size=n))


@settings(max_examples=40, deadline=None)
@given(small_programs())
def test_the_value_of_a_solvers_basis_is_that_of_the_best_of_all_vertices(data):
    program = program_of(*data)
    basis, status = final_basis(program)
    best = enumerated(*data)
    assert (status == highspy.HighsModelStatus.kInfeasible) == (best is None)
    assume(best is not None)
    vertex = prove(program, basis, resolver(program))
    assert vertex.optimal
    assert vertex.value == best
    assert_proof_holds(program, vertex)


@settings(max_examples=40, deadline=None)
@given(small_programs(), st.lists(st.sampled_from([0, 1, 2, 3]), min_size=6, max_size=6))
def test_no_basis_is_called_optimal_that_is_not(data, statuses):
    program = program_of(*data)
    basis = Basis(np.array(statuses[: program.n_columns], np.int8), np.array(statuses[3 : 3 + program.n_rows], np.int8))
    vertex = prove(program, basis)
    assert vertex.value == vertex.bound
    best = enumerated(*data)
    if vertex.primal_feasible:
        assert vertex.value <= best
    if vertex.dual_feasible and best is not None:
        assert vertex.bound >= best
    if vertex.optimal:
        assert_proof_holds(program, vertex)


@settings(max_examples=40, deadline=None)
@given(small_programs(), st.lists(st.sampled_from([0, 1, 2, 3]), min_size=6, max_size=6))
def test_refinement_reaches_the_optimum_from_any_basis(data, statuses):
    best = enumerated(*data)
    assume(best is not None)
    program = program_of(*data)
    basis = Basis(np.array(statuses[: program.n_columns], np.int8), np.array(statuses[3 : 3 + program.n_rows], np.int8))
    vertex = prove(program, basis, resolver(program))
    assert vertex.optimal
    assert vertex.value == best


def corner(columns, rows):
    return Basis(np.array(columns, np.int8), np.array(rows, np.int8))


def test_a_basis_with_a_violated_row_is_flagged_infeasible():
    # Maximise x + y with x + y <= 1 and both in [0, 1]: the corner (1, 1) is outside.
    program = program_of([[1, 1]], [(None, 1)], [(0, 1), (0, 1)], [1, 1])
    vertex = prove(program, corner([2, 2], [1]))
    assert (vertex.primal_feasible, vertex.dual_feasible, vertex.value) == (False, True, 2)


def test_a_basis_that_gives_up_value_is_flagged_suboptimal():
    program = program_of([[1, 1]], [(None, 1)], [(0, 1), (0, 1)], [1, 1])
    vertex = prove(program, corner([0, 0], [1]))
    assert (vertex.primal_feasible, vertex.dual_feasible, vertex.value) == (True, False, 0)
    assert not vertex.optimal


def test_prices_are_derivatives_in_the_right_hand_side_of_integer_rows():
    # Maximise x/5 with x/2 + y/3 <= 7/6: the integer row is 3 x + 2 y <= 7, so one unit of it is worth (1/5) / 3.
    program = program_of([["1/2", "1/3"]], [(None, Fraction(7, 6))], [(0, None), (0, None)], ["1/5", 0])
    vertex = prove(program, corner([1, 0], [2]))
    assert vertex.optimal
    assert Fraction(int(vertex.y_numerators[0]), vertex.y_denominator) == Fraction(1, 15)
    assert vertex.value == Fraction(7, 15)


def test_a_lower_bound_has_a_price_below_zero():
    # Maximise -x with x >= 1/3.
    program = program_of([[1]], [(Fraction(1, 3), None)], [(None, None)], [-1])
    vertex = prove(program, corner([1], [0]))
    assert vertex.optimal
    assert Fraction(int(vertex.y_numerators[0]), vertex.y_denominator) == Fraction(-1, 3)


def test_an_equation_may_have_a_price_of_either_sign():
    for sign in (1, -1):
        program = program_of([[1]], [(2, 2)], [(None, None)], [sign])
        for status in (0, 2):
            assert prove(program, corner([1], [status])).optimal


def test_a_free_column_rests_at_zero_only_without_cost():
    free = [(None, None), (0, 1)]
    for cost, expected in ((0, True), (1, False)):
        program = program_of([[1, 1]], [(None, 5)], free, [cost, 1])
        assert prove(program, corner([3, 2], [1])).dual_feasible is expected


def test_a_singular_basis_is_repaired_with_row_activities():
    # Both rows are the same, so the two basic columns depend on each other.
    program = program_of([[1, 1], [2, 2]], [(None, 1), (None, 2)], [(0, 1), (0, 1)], [1, 1])
    vertex = prove(program, corner([1, 1], [2, 2]))
    assert vertex.optimal
    assert vertex.value == 1
    assert np.sum(vertex.basis.column_status == 1) + np.sum(vertex.basis.row_status == 1) == 2


@pytest.mark.parametrize(("columns", "rows"), [([1, 1], [1, 1]), ([0, 0], [2, 2]), ([1, 0], [2, 2]), ([1, 1], [2, 1])])
def test_a_basis_of_the_wrong_size_is_repaired(columns, rows):
    program = program_of([[1, 1], [1, -1]], [(None, 1), (None, 0)], [(0, 1), (0, 1)], [1, 1])
    vertex = prove(program, corner(columns, rows))
    assert np.sum(vertex.basis.column_status == 1) + np.sum(vertex.basis.row_status == 1) == 2
    assert vertex.value == vertex.bound


def test_a_program_without_rows_has_a_vertex():
    vertex = prove(program_of([], [], [(0, 3)], [2]), corner([2], []))
    assert vertex.optimal
    assert vertex.value == 6


def test_a_row_violated_by_less_than_any_tolerance_is_refined():
    slack = Fraction(1, 10**12)
    data = [[1, 1]], [(None, 2 - slack)], [(0, 1), (0, 1)], [3, 1]
    program = program_of(*data)
    plain = prove(program, corner([2, 2], [1]))
    assert (plain.primal_feasible, plain.dual_feasible) == (False, True)
    vertex = prove(program, corner([2, 2], [1]), resolver(program))
    assert vertex.refinements >= 1
    assert vertex.value == enumerated(*data) == 4 - slack
    assert_proof_holds(program, vertex)


def test_prices_beyond_all_tolerances_are_refined():
    # Two goods of nearly equal value share a capacity: the solver's tolerance hides that the second is better.
    program = program_of([[1, 1]], [(None, 1)], [(0, None), (0, None)], [1, 1 + Fraction(1, 10**13)])
    assert not prove(program, corner([1, 0], [2])).dual_feasible
    vertex = prove(program, corner([1, 0], [2]), resolver(program))
    assert vertex.optimal
    assert vertex.value == 1 + Fraction(1, 10**13)


def test_where_a_solver_gives_up_exact_pivots_lead_to_the_optimum():
    program = program_of([[1, 1]], [(None, 1)], [(0, 1), (0, 1)], [1, 1])
    vertex = prove(program, corner([2, 2], [1]), lambda *_: None)
    assert vertex.optimal
    assert (vertex.value, vertex.refinements) == (1, 0)


def test_without_a_point_pivots_end_where_a_row_shows_that_there_is_none():
    program = program_of([[1, 1], [1, 1]], [(None, 1), (2, None)], [(0, 3), (0, 3)], [1, 1])
    vertex = prove(program, corner([1, 0], [2, 1]), lambda *_: None)
    assert not vertex.primal_feasible


@settings(max_examples=40, deadline=None)
@given(small_programs(), st.lists(st.sampled_from([0, 1, 2, 3]), min_size=6, max_size=6))
def test_pivots_from_any_basis_end_at_the_best_of_all_vertices(data, statuses):
    best = enumerated(*data)
    assume(best is not None)
    program = program_of(*data)
    basis = Basis(np.array(statuses[: program.n_columns], np.int8), np.array(statuses[3 : 3 + program.n_rows], np.int8))
    vertex = prove(program, basis, lambda *_: None)
    assert vertex.optimal
    assert vertex.value == best
    assert_proof_holds(program, vertex)


@pytest.mark.parametrize("number", [26, 82, 103, 114])
def test_rows_that_miss_each_other_by_less_than_floats_can_see_are_proved(number):
    """On these, neither HiGHS's basis nor refinement is optimal."""
    program = adversarial(number)
    basis, _ = final_basis(program)
    vertex = prove(program, basis, resolver(program))
    assert vertex.optimal
    assert_proof_holds(program, vertex)


def test_integers_beyond_64_bits_are_proved():
    large = 10**40
    data = [[large, 1], [1, large + 1]], [(None, large), (None, large)], [(0, 10**30), (0, 10**30)], [large, 3]
    program = program_of(*data)
    vertex = prove(program, corner([1, 1], [2, 2]))
    assert vertex.optimal
    assert vertex.value == enumerated(*data)
    assert_proof_holds(program, vertex)
