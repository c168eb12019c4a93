from __future__ import annotations

from fractions import Fraction

import pytest

from benchmarks import closed_forms
from benchmarks.convergence import errors_fall, observed_order, richardson
from benchmarks.measured import Finite
from benchmarks.table import Report, as_json, as_markdown

CHEAP = (
    *("bilateral-trade-uniform-double-auction", "bilateral-trade-grid-6-second-best", "bilateral-trade-two-types-knife-edge"),
    *("expected-externality-trade-buyer-gains", "bailey-cavallo-3-residue", "worst-case-redistribution-5-agents-1-units"),
    *("groves-uniqueness-distance", "optimal-auction-1-revenue", "bilateral-trade-beta-budget-surplus"),
    *("dynamic-trade-critical-discount-kept-half-the-time", "conitzer-sandholm-2003/vcg-payoff"),
)


@pytest.fixture(scope="module")
def rows():
    return closed_forms.rows()


@pytest.fixture(scope="module")
def table(rows):
    return closed_forms.table([row for row in rows if row.name in CHEAP])


def test_cheap_rows_stay_within_their_bands(table):
    assert [row["name"] for row in table.rows] == list(CHEAP)
    assert all(row["within"] for row in table.rows)


def test_a_wrong_theory_is_noticed():
    row = Finite("wrong", Fraction(1, 2), "nobody", lambda: Fraction(1, 3))
    assert not closed_forms.table([row]).rows[0]["within"]


def test_tables_are_written_in_markdown_and_json(table):
    report = Report("closed_forms", (table,))
    assert "| bilateral-trade-grid-6-second-best | 25/162 |" in as_markdown(report)
    assert '"exact": "25/162"' in as_json(report)


# Section 8 of the model: a word of the names of its rows, and how many there are at least.
TOPICS = {
    "uniform-first-best": 1,
    "uniform-second-best": 1,
    "uniform-least-subsidy": 1,
    "uniform-broker": 1,
    "uniform-posted-price": 1,
    "grid-": 22,
    "ir-vcg-surplus": 4,
    "two-types": 3,
    "posted-price": 4,
    "partnership-2-equal": 4,
    "partnership-3": 2,
    "dissolvable-share": 2,
    "expected-externality": 3,
    "bailey-cavallo": 2,
    "residual-claimant": 2,
    "worst-case-redistribution": 4,
    "optimal-auction": 5,
    "public-good": 6,
    "cremer-mclean": 2,
    "yao": 2,
    "two-items": 1,
    "conitzer-sandholm": 6,
    "beta": 4,
    "power": 4,
    "high-bid-shared": 1,
}


@pytest.mark.parametrize(("topic", "count"), TOPICS.items())
def test_every_topic_has_its_rows(rows, topic, count):
    names = [row.name for row in rows]
    assert len(set(names)) == len(names)
    assert sum(topic in name for name in names) >= count


def test_extrapolation_removes_the_leading_error():
    points, values = [10, 20, 40], [1 + Fraction(3, k) for k in (10, 20, 40)]
    assert richardson(points, values, order=1) == 1
    assert richardson(points, [value + Fraction(2, k * k) for k, value in zip(points, values, strict=True)], order=1, terms=2) == 1
    assert observed_order(points, [value - 1 for value in values]) == pytest.approx(1)
    assert errors_fall([Fraction(3, 10), Fraction(-1, 10)])
    assert not errors_fall([Fraction(1, 10), Fraction(1, 10)])
