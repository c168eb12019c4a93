"""What only HiGHS can get wrong: options, warnings, limits, and the gap of branch and bound."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mechopt.design.design import Design
from mechopt.environment.builders import bilateral_trade
from mechopt.environment.grids import uniform
from mechopt.errors import SolverError
from mechopt.exact.vertex import prove
from mechopt.program.assemble import assemble
from mechopt.program.linear import Program
from mechopt.solvers import highs
from mechopt.solvers.highs import highs_options, solve_in_highs
from mechopt.solvers.scaling import scaled
from mechopt.solvers.solution import Options
from tests.conformance.cases import BOX, CHOICE, Column, Row, optimal, program


def trade(points: int) -> Program:
    return assemble(bilateral_trade(uniform(0, 1, points), uniform(0, 1, points)), Design()).program


@pytest.mark.parametrize(("name", "value"), [("presolv", "off"), ("presolve", "sometimes"), ("threads", "many")])
def test_an_option_that_highs_does_not_know_is_an_error(name: str, value: object) -> None:
    # highspy itself returns an error code and raises nothing.
    with pytest.raises(SolverError, match=f"HiGHS refuses the option {name} = {value!r}"):
        highs._solver(highs_options("simplex", None) | {name: value})


def test_an_unknown_method_names_the_known_ones() -> None:
    with pytest.raises(SolverError, match='algorithm is \'barrier\'; write "auto", "simplex" or "interior-point"'):
        solve_in_highs(trade(2), Options(algorithm="barrier"))


def test_a_coefficient_that_highs_would_change_is_refused() -> None:
    # HiGHS warns and drops what is below 10^-12; scaling keeps such entries away, and without it the warning is an error.
    data = scaled(program(optimal("", 0, "", [BOX], [Row({0: 1}, upper=1)], {0: 1})))
    data.matrix.data[:] = 1e-13
    with pytest.raises(SolverError, match="HiGHS refuses the program"):
        highs._pass(highs._solver(highs_options("simplex", None)), data)


def test_what_vanishes_beside_larger_entries_is_counted_and_unboundedness_then_not_believed() -> None:
    # 10^9 x + 10^-9 y <= 1 bounds y by 10^18; integer columns cannot be scaled, and without the small entry y is unbounded.
    columns = [Column(0, None, integer=True)] * 2
    found = solve_in_highs(program(optimal("", 10**18, "", columns, [Row({0: 10**9, 1: "1e-9"}, upper=1)], {1: 1})))
    assert found.status == "failed"
    assert found.statistics["dropped_entries"] == 1


def test_a_bound_beyond_ten_to_the_twenty_is_a_bound() -> None:
    # By default HiGHS takes it for infinite, and the program for unbounded.
    found = solve_in_highs(program(optimal("", 10**21, "", [Column(0, 10**21)], [], {0: 1})))
    assert (found.status, found.value) == ("optimal", 1e21)


def test_branch_and_bound_closes_its_gap() -> None:
    # HiGHS's own gap of 10^-4 would call 3 000 020 as optimal as 3 000 021.
    assert highs_options("simplex", None)["mip_rel_gap"] == 0.0
    found = solve_in_highs(program(optimal("", 1, "", [CHOICE], [Row({0: 2}, upper=3)], {0: 1})))
    assert found.statistics["method"] == "branch-and-bound"


@pytest.mark.parametrize("method", ["simplex", "interior-point"])
def test_a_time_limit_ends_the_search_and_is_reported(method: str) -> None:
    found = solve_in_highs(trade(40), Options(algorithm=method, time_limit=1e-4))
    assert found.status == "time-limit"
    assert found.statistics["time_limit"] == 1e-4
    assert found.statistics["method"] == method


def test_the_simplex_method_is_the_default() -> None:
    assert solve_in_highs(trade(3)).statistics["method"] == "simplex"


@pytest.mark.parametrize("points", [6, 8])
def test_the_basis_of_a_mechanism_program_is_exactly_optimal_as_it_is(points: int) -> None:
    # Second-best gains of uniform trade, 25/162 on six points and 49/320 on eight, above the seller's 1/2.
    data = trade(points)
    vertex = prove(data, solve_in_highs(data).basis)
    assert vertex.optimal
    assert vertex.value == Fraction(1, 2) + {6: Fraction(25, 162), 8: Fraction(49, 320)}[points]


def test_a_start_from_the_optimal_basis_needs_no_iterations() -> None:
    data = trade(5)
    first = solve_in_highs(data)
    again = solve_in_highs(data, start=first.basis)
    assert again.value == pytest.approx(first.value)
    assert again.statistics["iterations"] == 0
