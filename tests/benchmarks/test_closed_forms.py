from __future__ import annotations

from fractions import Fraction

import pytest

from benchmarks import closed_forms
from benchmarks.convergence import errors_fall, observed_order, richardson
from benchmarks.table import Report, as_json, as_markdown

CHEAP = ("bilateral-trade-grid-6-second-best", "bilateral-trade-two-types-knife-edge", "optimal-auction-1-revenue")


@pytest.fixture(scope="module")
def table():
    return closed_forms.table([row for row in closed_forms.rows() if row.name in CHEAP], quick=True)


def test_cheap_rows_stay_within_their_bands(table):
    assert [row["name"] for row in table.rows] == list(CHEAP)
    assert all(row["within"] for row in table.rows)


def test_a_wrong_theory_is_noticed():
    row = closed_forms.Finite("wrong", Fraction(1, 2), "nobody", lambda: Fraction(1, 3))
    assert not closed_forms.table([row]).rows[0]["within"]


def test_tables_are_written_in_markdown_and_json(table):
    report = Report("closed_forms", (table,))
    assert "| bilateral-trade-grid-6-second-best | 25/162 |" in as_markdown(report)
    assert '"exact": "25/162"' in as_json(report)


def test_extrapolation_removes_the_leading_error():
    points, values = [10, 20, 40], [1 + Fraction(3, k) for k in (10, 20, 40)]
    assert richardson(points, values, order=1) == 1
    assert observed_order(points, [value - 1 for value in values]) == pytest.approx(1)
    assert errors_fall([Fraction(3, 10), Fraction(-1, 10)])
    assert not errors_fall([Fraction(1, 10), Fraction(1, 10)])
