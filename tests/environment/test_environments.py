"""Environments: builders, grids, welfare, refusals."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mechopt as mo
from mechopt.environment.welfare import efficient_outcomes, first_best, status_quo
from mechopt.errors import InvalidEnvironmentError, MechoptWarning, NotRationalError, UnknownNameError
from mechopt.rational import RationalArray, rational

HALF = mo.two_types(1, 2)


@pytest.mark.parametrize("k", [1, 2, 5, 9])
def test_first_best_of_uniform_trade_is_the_closed_form(k: int) -> None:
    """Status quo 1/2 plus gains (k^2 - 1)/(6 k^2), a double sum over the grid."""
    trade = mo.bilateral_trade(mo.uniform(0, 1, k), mo.uniform(0, 1, k))
    assert status_quo(trade) == Fraction(1, 2)
    assert first_best(trade) == Fraction(1, 2) + Fraction(k * k - 1, 6 * k * k)


def test_all_efficient_outcomes_count_ties_included() -> None:
    trade = mo.bilateral_trade(HALF, HALF)
    assert efficient_outcomes(trade).tolist() == [[[True, True, False], [False, True, False]], [[True, False, False], [True, True, False]]]


def test_a_beta_grid_has_the_cells_probabilities() -> None:
    """Beta(2, 2) has distribution function 3 x^2 - 2 x^3."""
    grid = mo.grid("beta", points=4, a=2, b=2)
    edges = [3 * x**2 - 2 * x**3 for x in (Fraction(k, 4) for k in range(5))]
    assert grid.values == (Fraction(1, 8), Fraction(3, 8), Fraction(5, 8), Fraction(7, 8))
    assert all(abs(p - (b - a)) < Fraction(1, 10**11) for p, a, b in zip(grid.prior, edges, edges[1:], strict=False))
    assert sum(grid.prior) == 1


def test_a_distribution_without_bounds_is_conditioned_on_the_ends_given() -> None:
    grid = mo.grid("norm", points=2, low=-1, high=1)
    assert grid.prior == (Fraction(1, 2), Fraction(1, 2))


def test_cells_outside_a_support_are_warned_of_and_a_scale_stretches_it() -> None:
    with pytest.warns(MechoptWarning, match="2 of the 4 cells between 0 and 2 have no probability; .* scale = 2$"):
        assert mo.grid("beta", points=4, a=2, b=2, low=0, high=2).prior == (Fraction(1, 2), Fraction(1, 2), 0, 0)
    assert mo.grid("beta", points=2, a=2, b=2, low=0, high=2, scale=2).prior == (Fraction(1, 2), Fraction(1, 2))


def test_correlated_types_have_the_marginals_of_the_joint_table() -> None:
    environment = mo.object_environment({"a": HALF, "b": HALF}, joint=[["1/2", "1/6"], ["1/6", "1/6"]])
    assert environment.agents[0].prior == (Fraction(2, 3), Fraction(1, 3))
    assert not environment.independent


def test_a_status_quo_outcome_is_an_outside_option() -> None:
    environment = mo.table({"Ann": [[0, 1], [0, 3]]}, ["none", "pool"], outside={"Ann": {"outcome": "pool"}})
    assert environment.agents[0].outside.fractions() == [1, 3]


def test_a_multi_item_auction_values_bundles_and_a_multi_unit_auction_serves_at_most_so_many() -> None:
    items = mo.multi_item_auction({"Ann": [[1, 2]], "Bob": [[3, 1]]})
    assert first_best(items) == 5
    units = mo.multi_unit_auction({name: mo.two_types(1, 4, 1) for name in ("a", "b", "c")}, 2)
    assert first_best(units) == 8


def test_an_assignment_gives_every_item_to_the_best_agent() -> None:
    assert first_best(mo.assignment({"Ann": [[1, 5]], "Bob": [[2, 5]]}, ["left", "right"])) == 7


def test_property_rights_above_one_object_are_warned_of() -> None:
    with pytest.warns(MechoptWarning, match="sum to 3/2"):
        mo.partnership(["3/4", "3/4"], HALF)


REFUSALS: list[tuple[Callable[[], Any], str]] = [
    (lambda: mo.bilateral_trade(mo.Grid((Fraction(1),), (Fraction(1, 2),)), HALF), "sums to 1/2"),
    (lambda: mo.table({"Ann": [[0, 1]]}, ["x", "y"], prior={"Ann": [-1]}), "must not be negative"),
    (lambda: mo.table({"Ann": [[0, 1]]}, ["x", "y"], prior={"Ann": ["1/2", "1/2"]}), "one per type, 1"),
    (lambda: mo.table({}, ["x"]), "the list is empty"),
    (lambda: mo.table({"Ann": [[0, 1]]}, ["x", "x"]), "stands twice"),
    (lambda: mo.table({"Ann": [[0, 1, 2]]}, ["x", "y"]), r"shape \(1, 2\)"),
    (lambda: mo.table({"Ann": [[0, 1]]}, ["x", "y"], types={"Ann": ["a", "b"]}), "one per type"),
    (lambda: mo.table({"Ann": [[0, 1]]}, ["x", "y"], cost=[1]), "one per outcome"),
    (lambda: mo.table({"Ann": [[0, 1]]}, ["x", "y"], outside={"Ann": {"outcome": "z"}}), "NAME"),
    (lambda: mo.table({"Ann": [[0, 1]]}, ["x", "y"], prior={"Anne": [1]}), "prior: there is no agent 'Anne'; did you mean 'Ann'"),
    (lambda: mo.interdependent({"Ann": [[0, 1]]}, ["x", "y"], outside={"Bob": 1}), "outside: there is no agent 'Bob'"),
    (lambda: mo.object_environment({"seller": HALF, "buyer": HALF}, {"Seller": 1}), "did you mean 'seller'"),
    (lambda: mo.bilateral_trade([0, 1], HALF), r"values of seller: \[0, 1\] is no Grid; write one such as uniform"),
    (lambda: mo.public_good({"Ann": 3}, 1), "values of Ann: 3 is no Grid"),
    (lambda: mo.partnership({"Ann": "1/2", "Bob": "1/2"}, [HALF]), "1 grids for 2 shares"),
    (lambda: mo.object_environment({"a": HALF, "b": HALF}, joint=[["1/2", "1/2"]]), "shape|entries"),
    (lambda: mo.object_environment({"a": HALF, "b": HALF}, joint=[["1/2", "1/4"], ["1/4", "1/4"]]), "sums to 5/4"),
    (lambda: mo.uniform(1, 0, 3), "high must be above low"),
    (lambda: mo.uniform(0, 1, 0), "an integer from 1"),
    (lambda: mo.grid("norm", points=3), "no bounded support"),
    (lambda: mo.grid("beta", points=3, a=2), "needs the parameter 'b'"),
    (lambda: mo.grid("beta", points=3, a=-1, b=1), "does not allow"),
    (
        lambda: mo.grid("beta", points=6, a=2, b=2, low=0, high=10),
        "lies between 0 and 1, so that 5 of the 6 cells between 0 and 10 have no probability; leave low and high out, or stretch it with scale = 10$",
    ),
    (lambda: mo.grid("beta", points=2, a=2, b=2, loc=1, scale=2, low=5, high=6), "2 of the 2 cells .* stretch it with loc = 5 and scale = 1$"),
    (lambda: mo.grid("expon", points=4, low=-9, high=1), "lies between 0 and inf, .* choose low and high where it lies"),
    (lambda: mo.partnership(["1/2"], [HALF, HALF]), "one per partner"),
]


@pytest.mark.parametrize(("build", "message"), REFUSALS)
def test_what_is_no_environment_is_refused_in_words(build: Callable[[], Any], message: str) -> None:
    with pytest.raises(InvalidEnvironmentError, match=message):
        build()


def test_an_unknown_distribution_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'beta'"):
        mo.grid("betta", points=3)


@pytest.mark.parametrize("text", ["1/0", "nan", "inf", "", "1//2", "0x10", "1e999999999", "9" * 5000, True, None, float("nan"), [1]])
def test_what_is_no_rational_is_refused(text: Any) -> None:
    with pytest.raises(NotRationalError):
        rational(text)


READINGS = [("0.1", Fraction(1, 10)), (0.1, Fraction(1, 10)), ("1e-9", Fraction(1, 10**9)), (" 2/6 ", Fraction(1, 3))]


@pytest.mark.parametrize(("text", "value"), READINGS)
def test_numbers_are_read_exactly(text: Any, value: Fraction) -> None:
    assert rational(text) == value


big = st.fractions(min_value=-(10**25), max_value=10**25, max_denominator=10**6)


@settings(max_examples=80, deadline=None)
@given(st.lists(big, min_size=6, max_size=6), st.lists(big, min_size=6, max_size=6))
def test_tables_of_rationals_compute_like_fractions_beyond_64_bits(left: list[Fraction], right: list[Fraction]) -> None:
    a, b = RationalArray.from_fractions(left, (2, 3)), RationalArray.from_fractions(right, (2, 3))
    assert (a * b + a).reshape(-1).fractions() == [x * y + x for x, y in zip(left, right, strict=True)]
    assert (a - b).sum().item() == sum(left) - sum(right)
    assert a.max(axis=1).fractions() == [max(left[:3]), max(left[3:])]
    assert np.allclose(a.floats().reshape(-1), [float(x) for x in left])
    assert a.reduced().equals(a)
