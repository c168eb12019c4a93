"""Exact linear systems, against FLINT, closed forms and a second route."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from flint import fmpq, fmpq_mat, fmpz_mat
from hypothesis import given, settings
from hypothesis import strategies as st

from mechopt.exact import elimination, linear
from mechopt.exact.elimination import Elimination
from mechopt.exact.linear import Kernel
from mechopt.exact.matrix import IntegerMatrix, SingularMatrixError

SIZES = st.sampled_from([1, 9, 10**3, 2**31, 2**62, 10**30])


def as_array(values):
    large = any(not -(2**63) <= value < 2**63 for value in values)
    return np.array(values, dtype=object if large else np.int64)


def kernel_of(table):
    entries = [(i, j, value) for i, row in enumerate(table) for j, value in enumerate(row) if value]
    rows, columns, values = zip(*entries, strict=True) if entries else ((), (), ())
    return Kernel(len(table), np.array(rows, np.int64), np.array(columns, np.int64), as_array(values))


def assert_solves(table, right):
    """Compare both solves with FLINT's."""
    size, kernel = len(table), kernel_of(table)
    for matrix, (numerators, denominator) in (
        (fmpq_mat(fmpz_mat(table)), kernel.solve(as_array(right))),
        (fmpq_mat(fmpz_mat(table).transpose()), kernel.solve_transposed(as_array(right))),
    ):
        expected = matrix.solve(fmpq_mat(size, 1, [fmpq(value) for value in right]))
        assert denominator > 0
        assert [fmpq(value, denominator) for value in numerators.tolist()] == expected.entries()
        assert math.gcd(denominator, *numerators.tolist()) == 1
    return kernel


@st.composite
def systems(draw):
    size, largest = draw(st.integers(1, 9)), draw(SIZES)
    entry = st.one_of(st.just(0), st.integers(-2, 2), st.integers(-largest, largest))
    table = draw(st.lists(st.lists(entry, min_size=size, max_size=size), min_size=size, max_size=size))
    return table, draw(st.lists(st.integers(-largest, largest), min_size=size, max_size=size))


@settings(max_examples=120, deadline=None)
@given(systems())
def test_solutions_equal_those_of_flint_and_singular_matrices_are_refused(system):
    table, right = system
    size, rank = len(table), fmpz_mat(table).rank()
    if rank == size:
        assert_solves(table, right)
        return
    with pytest.raises(SingularMatrixError, match=f"{size - rank} of its rows") as caught:
        kernel_of(table).solve(as_array(right))
    rows, columns = ([k for k in range(size) if k not in part] for part in (caught.value.rows, caught.value.columns))
    assert len(rows) == len(columns) == rank
    assert not rank or fmpz_mat([[table[i][j] for j in columns] for i in rows]).rank() == rank


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_lifting_and_elimination_agree(size, seed):
    random = np.random.default_rng(seed)
    table = np.where(random.random((size, size)) < 3 / size, random.integers(-50, 51, (size, size)), 0)
    table += np.diag(random.integers(200, 999, size))
    right = random.integers(-99, 100, size)
    kernel = assert_solves(table.tolist(), right.tolist())
    assert kernel.method == "lifting"
    numerators, denominator = Elimination(kernel.matrix, right).solve()
    lifted, common = kernel.solve(right)
    assert denominator == common
    assert np.array_equal(numerators, lifted)


def test_an_empty_system_has_the_empty_solution():
    nothing = np.zeros(0, dtype=np.int64)
    numerators, denominator = Kernel(0, nothing, nothing, nothing).solve(nothing)
    assert len(numerators) == 0
    assert denominator == 1


def test_duplicates_add_up_even_beyond_64_bits():
    place = np.zeros(4, dtype=np.int64)
    for values, expected in (([1, 2, 3, 4], 10), ([2**62] * 4, 2**64), ([2**62, -(2**62), 7, 0], 7)):
        assert Kernel(1, place, place, np.array(values)).solve(np.array([1]))[1] == expected


def test_duplicates_that_cancel_leave_a_singular_matrix():
    place = np.zeros(2, dtype=np.int64)
    with pytest.raises(SingularMatrixError, match="singular"):
        Kernel(1, place, place, np.array([5, -5])).solve(np.array([0]))


@pytest.mark.parametrize("table", [[[0]], [[1, 2], [2, 4]], [[1, 3, 2], [2, 6, 4], [0, 0, 1]], [[1, 1, 0], [1, 1, 0], [0, 0, 1]]])
def test_a_singular_matrix_is_refused_although_the_system_has_a_solution(table):
    for right in (np.zeros(len(table), np.int64), np.array(table).sum(axis=1)):
        with pytest.raises(SingularMatrixError, match="singular"):
            kernel_of(table).solve(right)
        with pytest.raises(SingularMatrixError, match="singular"):
            kernel_of(table).solve_transposed(right)


def test_a_matrix_that_is_singular_by_its_pattern_never_reaches_the_float_factorisation(capfd):
    table = [[1, 1, 0, 0], [1, -1, 0, 0], [1, 2, 0, 0], [0, 1, 1, 1]]
    with pytest.raises(SingularMatrixError, match="1 of its rows"):
        kernel_of(table).solve(np.ones(4, dtype=np.int64))
    assert "".join(capfd.readouterr()) == ""


@pytest.mark.parametrize("size", [2, 6, 12, 30])
def test_scaled_hilbert_matrices_are_solved_however_ill_conditioned(size):
    common = math.lcm(*range(1, 2 * size))
    table = [[common // (i + j + 1) for j in range(size)] for i in range(size)]
    assert_solves(table, [1] * size)


@pytest.mark.parametrize(
    "table",
    [
        [[2**62, 1], [1, -(2**62)]],
        [[2**63 - 1, -(2**63)], [-(2**63), 2**63 - 2]],
        [[-(2**63), 0], [1, 1]],
        [[2**61, 2**61 - 1, 3], [2**61 - 1, 2**61, 5], [1, 1, 2**62]],
    ],
)
def test_values_at_the_edge_of_64_bits_do_not_overflow(table):
    for value in (1, 2**62 - 1, 2**63 - 1, -(2**63)):
        assert_solves(table, [value] * len(table))


def test_numbers_beyond_all_doubles_are_solved():
    assert_solves([[10**400, 1, 0], [3, 10**350, 1], [0, 7, 10**390]], [1, 10**500, 3])


def test_a_right_hand_side_much_larger_than_the_matrix_is_solved():
    assert assert_solves([[3, 1], [1, 5]], [10**900, -(10**700)]).method == "lifting"


def test_one_and_ten_to_the_eighteenth_mix():
    random = np.random.default_rng(7)
    size = 60
    table = np.where(random.random((size, size)) < 0.05, random.choice([1, -1, 2, 10**18], (size, size)), 0)
    assert_solves((table + np.diag(random.integers(1, 4, size))).tolist(), random.integers(-9, 10, size).tolist())


def test_a_chain_whose_solution_doubles_at_every_link_is_solved():
    size = 500
    place = np.arange(size)
    rows, columns = np.concatenate([place, place[1:]]), np.concatenate([place, place[:-1]])
    values = np.concatenate([np.ones(size, dtype=np.int64), np.full(size - 1, -2)])
    kernel = Kernel(size, rows, columns, values)
    numerators, denominator = kernel.solve(np.ones(size, dtype=np.int64))
    assert denominator == 1
    assert numerators.tolist() == [2 ** (k + 1) - 1 for k in range(size)]
    assert kernel.method == "elimination"


def test_the_solution_of_a_long_denominator_is_found():
    primes = [p for p in range(2, 300) if all(p % q for q in range(2, p))]
    place = np.arange(len(primes))
    numerators, denominator = Kernel(len(primes), place, place, np.array(primes)).solve(np.ones(len(primes), np.int64))
    assert denominator == math.prod(primes)
    assert numerators.tolist() == [denominator // prime for prime in primes]


def test_short_entries_are_lifted_shortly_however_long_the_denominator_they_have_in_common(monkeypatch):
    monkeypatch.setattr(linear, "_LONGEST", 100)
    odd = np.arange(1, 4000, 2)
    place = np.arange(len(odd))
    # With z_k = 1 / (2 k + 1) every row after the first adds up to two.
    rows, columns = np.concatenate([place, place[1:]]), np.concatenate([place, place[:-1]])
    kernel = Kernel(len(odd), rows, columns, np.concatenate([odd, odd[:-1]]))
    numerators, denominator = kernel.solve(np.where(place == 0, 1, 2))
    assert denominator == math.lcm(*odd.tolist())
    assert numerators.tolist() == [denominator // number for number in odd.tolist()]
    assert kernel.method == "lifting"


def test_a_large_ill_conditioned_core_is_eliminated(monkeypatch):
    monkeypatch.setattr(elimination, "_DENSE_CORE", 3)
    monkeypatch.setattr(linear, "_LARGEST_INVERSE", 0.0)
    random = np.random.default_rng(3)
    table = np.where(random.random((25, 25)) < 0.15, random.integers(-9, 10, (25, 25)), 0) + 10 * np.eye(25, dtype=int)
    assert assert_solves(table.tolist(), [1] * 25).method == "elimination"


def test_ten_thousand_nearly_triangular_rows_are_solved_without_fill():
    random = np.random.default_rng(1)
    size = 10_000
    below = random.integers(1, size, 3 * size)
    rows = np.concatenate([np.arange(size), below])
    columns = np.concatenate([np.arange(size), (below * random.random(3 * size)).astype(int)])
    values = np.concatenate([np.ones(size, dtype=int), random.integers(-1, 2, 3 * size)])
    values[size:][rows[size:] == columns[size:]] = 0
    hidden = random.permutation(size), random.permutation(size)
    right = random.integers(-9, 10, size)
    started = time.perf_counter()
    kernel = Kernel(size, hidden[0][rows], hidden[1][columns], values)
    numerators, denominator = kernel.solve(right)
    assert time.perf_counter() - started < 10
    assert np.array_equal(kernel.matrix.times(numerators), denominator * right.astype(object))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(-(2**70), 2**70)), max_size=12),
    st.lists(st.integers(-(2**70), 2**70), min_size=4, max_size=4),
)
def test_products_are_exact_for_integers_of_any_size(entries, vector):
    rows, columns = (np.array([entry[k] for entry in entries], dtype=np.int64) for k in range(2))
    matrix = IntegerMatrix((5, 4), rows, columns, as_array([entry[2] for entry in entries]))
    expected = [sum(value * vector[j] for i, j, value in entries if i == row) for row in range(5)]
    assert matrix.times(as_array(vector)).tolist() == expected
    assert matrix.transposed.transposed.times(as_array(vector)).tolist() == expected
