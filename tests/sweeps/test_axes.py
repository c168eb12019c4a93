"""What is varied: exact spacing, integers where they are needed, and refusals."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mechopt.errors import MechoptError
from mechopt.sweeps.axes import axes_of, grid_of, parse_axis


def test_spacing_is_exact():
    values = parse_axis("agents.seller.share=0.1:1/2:7").values
    assert [Fraction(value) for value in values] == [Fraction(1, 10) + k * Fraction(2, 30) for k in range(7)]


def test_points_are_integers():
    assert parse_axis("agents.seller.values.points=2:20:7").values == ("2", "5", "8", "11", "14", "17", "20")


def test_one_number_has_one_name():
    assert parse_axis("design.epsilon=0.50,1/3,2.0").values == ("1/2", "1/3", "2")


def test_words_numbers_and_lists_may_be_listed():
    assert parse_axis("design.budget=balanced, none").values == ("balanced", "none")
    assert parse_axis('agents.Ann.prior=[["1/2", "1/2"], ["1/4", "3/4"]]').values == ("['1/2', '1/2']", "['1/4', '3/4']")
    assert axes_of({"agents.seller.share": [0, 0.1, Fraction(1, 3)]})[0].values == ("0", "1/10", "1/3")


def test_the_grid_has_every_combination_once():
    points = list(grid_of(axes_of({"a": "0:1:3", "b": "x,y"})))
    assert points == [(a, b) for a in ("0", "1/2", "1") for b in ("x", "y")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("agents.seller.share", "write KEY=START:STOP:COUNT or KEY=a,b,c"),
        ("agents..share=0:1:2", "write KEY=START:STOP:COUNT"),
        ("a=0:1", "write START:STOP:COUNT, such as 0:1:11"),
        ("a=0:1:1", "COUNT is '1'; write an integer from 2 on"),
        ("a=0:1:2.5", "COUNT is '2.5'"),
        ("a=0:one:3", "vary a: STOP is 'one'"),
        ("a=1:1:3", "the value 1 stands twice"),
        ("a=1/2,0.5", "the value 1/2 stands twice"),
        ("a=x,,y", "a value is missing"),
        ("a=", "a value is missing"),
        ("a=[1, 2", "this is not a list"),
        ("agents.seller.values.points=2:20:5", "points needs integers, and 13/2 is none"),
        ("agents.seller.copies=two", "copies needs integers, and two is none"),
    ],
)
def test_what_cannot_be_varied_is_said(text, message):
    with pytest.raises(MechoptError, match=message.replace("(", r"\(")):
        parse_axis(text)


def test_nothing_and_far_too_much_are_refused():
    with pytest.raises(MechoptError, match="nothing is varied"):
        axes_of({})
    with pytest.raises(MechoptError, match="the grid has 100,000,000 points"):
        axes_of({"a": "0:1:10000", "b": "0:1:10000"})
