"""Tables: one set of cells behind frames, LaTeX and HTML."""

from __future__ import annotations

from fractions import Fraction

import pytest

import mechopt as mo
from mechopt.files.problem_file import load
from mechopt.report.sheet import Sheet

F = Fraction


@pytest.fixture(scope="module")
def solved():
    return mo.solve(load("myerson-satterthwaite-1983/uniform-6"))


def test_every_table_of_a_result_has_a_frame_and_latex(solved):
    tables = solved.tables()
    assert list(tables) == ["numbers", "checks", "interim", "profiles", "prices"]
    for sheet in tables.values():
        frame, lines = sheet.to_frame(), sheet.to_latex().splitlines()
        assert list(frame.columns) == list(sheet.columns)
        assert len(frame) == len(sheet.rows) == len(lines) - 6 + 0 if sheet.rows else len(lines) == 6
        assert all(line.count(" & ") == len(sheet.columns) - 1 for line in lines[2:3] + lines[4:-2])


def test_numbers_stay_fractions_in_frames(solved):
    numbers = solved.tables()["numbers"].to_frame().set_index("")
    assert numbers.loc["welfare", "exact"] == F(53, 81)
    assert numbers.loc["welfare", "of first best"] == F(53, 81) / F(143, 216)
    interim = solved.tables()["interim"].to_frame()
    buyer = interim[interim["agent"] == "buyer"]
    assert sum(buyer["probability"]) == 1
    assert list(buyer["rent"]) == list(buyer["payoff"] - buyer["outside"])


def test_a_frame_of_prices_adds_up_to_the_price_of_money(solved):
    # A price beta on money must be paid by the types of each agent together: the participation prices of an agent add up to it.
    prices = solved.certificate.to_frame()
    money = prices[prices["requirement"] == "balanced"]["price"].item()
    for agent in ("seller", "buyer"):
        staying = prices[(prices["requirement"] == "interim-ir") & (prices["agent"] == agent)]["price"]
        assert sum(staying) == money == F(1, 3)


def test_frames_of_comparisons_and_maps_have_a_row_per_case():
    problem = mo.Problem(mo.bilateral_trade(mo.two_types(0, 3), mo.two_types(1, 4)))
    comparison = mo.compare(problem)
    frame = comparison.to_frame().set_index("mechanism")
    assert frame.loc["first-best", "share"] == 1
    assert len(comparison.to_frame(margins=True)) == sum(len(row.properties) for row in comparison.rows)
    assert comparison.to_latex().count(r"\\") == len(comparison.rows) + 1
    possibilities = mo.possibility_map(problem)
    assert len(possibilities.to_frame()) == len(possibilities.rows) == 36
    assert set(possibilities.to_frame()["answer"]) <= {"possible", "impossible", "undecided"}
    assert "interim-ir" in possibilities._repr_html_()


def test_the_frame_of_a_mechanism_is_its_tables(solved):
    frame = solved.mechanism.to_frame()
    assert frame.loc[("1/12", "11/12"), "buyer"] == 1
    assert (frame["payment of seller"] + frame["payment of buyer"] == 0).all()
    assert solved.mechanism.to_latex() == solved.to_latex()


def test_names_cannot_break_latex():
    sheet = Sheet("", (r"50 % & \more",), (("a_b$",), ("1/3",), (F(-1, 2),), (True,), (None,)))
    lines = sheet.to_latex().splitlines()
    assert lines[2] == r"50 \% \& \textbackslash{}more \\"
    assert lines[4:9] == [r"a\_b\$ \\", r"$\frac{1}{3}$ \\", r"$-\frac{1}{2}$ \\", r"yes \\", r" \\"]


def test_headings_of_numbers_and_sentences_stand_in_several_lines():
    sheet = Sheet("", ("agent", "buyer gets it", "worst case"), (("Ann", F(1), "a sentence that would not fit beside the others at all"),))
    lines = sheet.to_latex().splitlines()
    assert lines[0] == r"\begin{tabular}{lrp{0.28\linewidth}}"
    assert lines[2] == r"agent & \shortstack[r]{buyer\\gets it} & worst case \\"


def test_agents_who_are_alike_have_one_row_per_type_in_a_paper():
    best = mo.solve(mo.load("myerson-1981/thirty-bidders"))
    types = len(best.problem.environment.agents[0].types)
    assert best.to_latex().count("bidder 1 and 29 alike") == best.certificate.to_latex().count("bidder 1 and 29 alike") == types


def test_a_long_fraction_is_a_decimal_in_latex_and_itself_in_the_frame():
    long = F(10**40 + 1, 3**80)
    sheet = Sheet("", ("x",), ((long,),))
    assert len(sheet.to_latex().splitlines()[4]) < 20
    assert sheet.to_frame().loc[0, "x"] == long
