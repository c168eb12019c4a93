"""Results in words: no stronger than their proof, no wider than the page."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import pytest

from mechopt.environment.builders import object_environment
from mechopt.environment.grids import two_types
from mechopt.files.problem_file import load, problem_from_document
from mechopt.files.saved_result import load_result
from mechopt.mechanism.properties import Verdict
from mechopt.pipeline import questions
from mechopt.report.explain import explain
from mechopt.report.numbers import brief, decimal, fraction, percent, shown
from mechopt.report.sentences import headline, requirements, scope, witness_sentence
from mechopt.report.text import text
from mechopt.result import Number, Proof


@pytest.fixture(scope="module")
def impossible():
    return questions.certify(load("myerson-satterthwaite-1983/uniform-6"))


@pytest.fixture(scope="module")
def possible():
    return questions.certify(load("matsuo-1989/possible"))


@pytest.fixture(scope="module")
def solved():
    return questions.solve(load("myerson-satterthwaite-1983/uniform-6"))


def test_an_answer_in_a_shell_is_its_headline_and_printed_it_is_all_of_it(impossible, tmp_path):
    assert repr(impossible) == f"<Result: {headline(impossible)}>"
    assert str(impossible) == text(impossible)
    assert repr(impossible.problem.environment) == "<Environment of kind object: 2 agents, 36 profiles, 3 outcomes>"
    impossible.save(tmp_path / "result.json")
    assert repr(load_result(tmp_path / "result.json")) == f"<SavedResult: {headline(impossible)}>"


def test_an_impossibility_names_the_least_subsidy(impossible):
    assert headline(impossible) == (
        "impossible: in this environment of 2 agents with 6 types each no mechanism is efficient, Bayesian incentive compatible, "
        "interim individually rational and budget-balanced; the least expected subsidy is 5/216 = 0.0231481"
    )


def test_limits_make_the_subsidy_a_lower_bound(impossible):
    design = dataclasses.replace(impossible.problem.design, payment_cap={"buyer": Fraction(1)})
    limited = dataclasses.replace(impossible, problem=dataclasses.replace(impossible.problem, design=design))
    assert headline(limited).endswith("and within the limits on payments; an expected subsidy of at least 5/216 = 0.0231481 is needed")


def test_money_may_not_be_the_obstacle():
    result = questions.certify(load("myerson-satterthwaite-1983/uniform-6", ["design.participation=ex-ante-ir", "design.incentive=dsic"]))
    assert result.answer == "impossible"
    assert "; an outside subsidy of at least" in headline(result)
    result = dataclasses.replace(result, certificate=dataclasses.replace(result.certificate, objective="feasibility"))
    assert "; the incentives and participation alone would allow an expected budget surplus of" in headline(result)


def test_a_possibility_names_the_largest_surplus(possible):
    # Matsuo's formula: a + b - 3ab with a = b = 1/2.
    assert headline(possible).startswith("possible: in this environment of 2 agents with 2 types each a mechanism is efficient")
    assert headline(possible).endswith(
        "the largest expected budget surplus of an efficient mechanism with these incentives and participation is 1/4 = 0.25"
    )


def test_an_optimum_names_its_share_of_the_first_best(solved):
    share = 100 * solved.value.exact / solved.first_best.exact
    assert headline(solved) == f"best welfare {shown(solved.value)} (optimal, proved), {float(share):.1f} % of the first best"


def test_no_word_is_stronger_than_its_proof(impossible, possible, solved):
    unproved = [dataclasses.replace(result, proof=Proof(grade)) for result in (impossible, possible, solved) for grade in ("none",)]
    unproved += [
        dataclasses.replace(solved, proof=Proof("bounded", Number.of(Fraction(2, 3)), Fraction(1, 100))),
        dataclasses.replace(solved, proof=Proof("feasible")),
        dataclasses.replace(solved, status="infeasible", proof=Proof("none"), value=None, mechanism=None, checks=()),
        dataclasses.replace(solved, status="unbounded", proof=Proof("none")),
        dataclasses.replace(solved, proof=Proof("none"), value=None, mechanism=None, checks=()),
        dataclasses.replace(impossible, proof=Proof("feasible")),
    ]
    for result in unproved:
        words = text(result)
        assert "impossible" not in words
        assert "optimal" not in words.replace("least-optimal", "")
    assert "possible:" not in text(unproved[1])


def test_a_bound_is_said_with_its_gap(solved):
    bounded = dataclasses.replace(solved, proof=Proof("bounded", Number.of(Fraction(2, 3)), Fraction(1, 100)))
    assert "proved: at most 2/3 = 0.666667 is possible, a gap of 1/100 = 0.01" in headline(bounded)


def test_what_is_impossible_for_a_design_is_said_with_its_proof(solved):
    result = dataclasses.replace(
        solved, status="infeasible", proof=Proof("infeasible", Number.of(Fraction(-1, 9))), value=None, mechanism=None, checks=()
    )
    assert headline(result).startswith("impossible: in this environment of 2 agents with 6 types each no mechanism is Bayesian")
    assert "infeasible: the prices of the certificate rule every such mechanism out (bound -1/9 = -0.111111)" in text(result, width=200)


@pytest.mark.parametrize(
    ("objective", "words"), [("revenue", "best revenue"), ("worst-case", "best guaranteed share"), ("payoff", "best expected payoff")]
)
def test_objectives_have_words(solved, objective, words):
    problem = dataclasses.replace(solved.problem, design=dataclasses.replace(solved.problem.design, objective=objective))
    assert headline(dataclasses.replace(solved, problem=problem)).startswith(words)


def test_a_minimised_objective_is_least(solved):
    problem = dataclasses.replace(solved.problem, design=dataclasses.replace(solved.problem.design, objective="epsilon"))
    result = dataclasses.replace(solved, problem=problem)
    assert headline(result).startswith("least violation of incentives")
    bounded = dataclasses.replace(result, proof=Proof("bounded", Number.of(Fraction(1, 9)), Fraction(1, 100)))
    assert "proved: at least 1/9" in headline(bounded)


def test_the_text_has_numbers_properties_types_proof_and_program(solved):
    words = text(solved)
    for part in ("143/216", "0.662037", "status quo", "Bayesian incentive compatible", "gets it", "proof", "gap 0", "rows", "E1 used", "seconds"):
        assert part in words


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_no_line_is_wider_than_the_page(solved, impossible, width):
    for result in (solved, impossible):
        assert max(len(line) for line in text(result, width=width).splitlines()) <= width


def test_names_are_never_read_as_markup():
    document = {
        "name": "[bold]x[/]",
        "environment": {"kind": "table", "outcomes": ["[red]", "[/]"]},
        "agents": [{"name": "[/bold]", "types": [":smile:", "[b]"], "utility": [[0, 1], [0, 3]]}],
        "design": {"budget": "none"},
    }
    words = text(questions.solve(problem_from_document(document)))
    for name in ("[bold]x[/]", "[red]", "[/]", "[/bold]", ":smile:", "[b]"):
        assert name in words


def test_a_saved_result_reads_like_a_fresh_one(solved, possible, impossible, tmp_path):
    for result in (solved, possible, impossible):
        result.save(tmp_path / "result.json")
        assert text(load_result(tmp_path / "result.json")) == text(result)


def test_colours_only_where_wanted(solved):
    assert "\x1b[" not in text(solved)
    assert "\x1b[" in text(solved, color=True)


def test_correlated_types_show_what_a_type_expects():
    result = questions.solve(load("cremer-mclean-1988/interim"))
    rows = [line.split() for line in text(result).splitlines() if line.startswith(("1 ", "2 "))]
    assert [row[1] for row in rows] == ["1/2"] * 4
    # Full extraction: nobody keeps a rent.
    assert all(row[-1] == "0" for row in rows)


@pytest.fixture(scope="module")
def auction():
    """Return the best auction for a bidder with two types and five others who are alike, as a lottery over rules."""
    grids = {"first": two_types(1, 4), **{f"bidder {k}": two_types(2, 3) for k in range(2, 7)}}
    return questions.solve(object_environment(grids), objective="revenue", budget="none", method="columns")


def test_agents_who_are_alike_are_shown_once(auction):
    headings = [line.split("  ")[0] for line in text(auction).splitlines() if "gets it" in line]
    assert headings == ["first", "bidder 2 and 4 alike"]


def test_prices_of_agents_who_are_alike_are_explained_once(auction):
    words = explain(auction, width=140)
    assert [line.split("  ")[0] for line in words.splitlines() if "incentive prices" in line] == ["first", "bidder 2 and 4 alike"]
    assert "bidder 3" not in words


@pytest.mark.parametrize("width", [60, 100])
def test_no_line_of_an_explanation_is_wider_than_the_page(solved, impossible, width):
    for result in (solved, impossible):
        assert max(map(len, explain(result, width=width).splitlines())) <= width


def test_agents_without_a_price_are_named_and_have_no_table():
    # Expected payments of the efficient mechanism balance without help, so that nothing that is asked has a price.
    words = questions.solve(load("jehle-reny-2011/pool-or-bridge")).explain()
    assert "No requirement of first, second has a price." in words
    assert "probability" not in words


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Fraction(5, 216), "5/216"),
        (Fraction(10**23), "1" + "0" * 23),
        (Fraction(10**24), "100000000…"),
        (Fraction(-(10**30), 7), "-100000000…/7"),
        (Fraction(10**9000 + 1, 10**9000), "100000000…/100000000…"),
    ],
)
def test_long_fractions_are_shortened(value, expected):
    assert fraction(value) == expected


def test_short_and_decimal_numbers():
    assert (brief(Fraction(1, 3)), brief(Fraction(123456, 654321)), brief(Fraction(0))) == ("1/3", "0.18868", "0")
    assert (decimal(-0.0), decimal(1e-9)) == ("0", "1e-09")
    assert shown(Number(0.25)) == "about 0.25"


def test_percentages_never_round_up_to_all_or_down_to_nothing():
    assert percent(Number.of(Fraction(1, 1000000)), Number.of(Fraction(1))) == "less than 0.1 %"
    assert percent(Number.of(Fraction(0)), Number.of(Fraction(1))) == "0 %"
    assert percent(Number.of(Fraction(999999, 1000000)), Number.of(Fraction(1))) == "more than 99.9 %"
    assert percent(Number.of(Fraction(1)), Number.of(Fraction(1))) == "100 %"
    assert percent(Number.of(Fraction(1)), Number.of(Fraction(0))) is None
    assert percent(Number.of(Fraction(-1)), Number.of(Fraction(2))) == "-50.0 %"


@pytest.mark.parametrize(
    ("verdict", "sentence"),
    [
        (Verdict("bic", Fraction(0)), ""),
        (
            Verdict("dsic", Fraction(-1, 4), {"agent": "Ann", "true_type": "low", "reported_type": "high", "others": {"Bob": "low"}}),
            "Ann of type low gains 1/4 by reporting high when Bob is low",
        ),
        (Verdict("interim-ir", Fraction(-1, 4), {"agent": "Ann", "type": "low"}), "Ann of type low would gain 1/4 by staying out"),
        (Verdict("ex-post-ir", Fraction(-1, 4), {"agent": "Ann", "profile": ["low", "high"]}), "Ann at (low, high) would gain 1/4 by staying out"),
        (Verdict("ex-ante-ir", Fraction(-1, 4), {"agent": "Ann"}), "Ann would gain 1/4 by staying out"),
        (Verdict("balanced", Fraction(-1, 4), {"profile": ["low", "high"]}), "payments and cost differ by 1/4 at (low, high)"),
        (Verdict("no-deficit", Fraction(-1, 4), {"profile": ["low"]}), "deficit of 1/4 at (low)"),
        (Verdict("expected-no-deficit", Fraction(-1, 4)), "deficit of 1/4 in expectation"),
        (Verdict("expected-balanced", Fraction(-1, 4)), "payments and cost differ by 1/4 in expectation"),
        (Verdict("efficient", Fraction(-1, 4), {"profile": ["low"]}), "1/4 of the surplus is lost at (low)"),
        (Verdict("deterministic", Fraction(-1, 4), {"profile": ["low"]}), "a lottery is drawn at (low)"),
    ],
)
def test_a_property_that_fails_has_its_worst_case_in_words(verdict, sentence):
    assert witness_sentence(verdict) == sentence


def test_requirements_name_everything_that_is_asked():
    problem = load("myerson-satterthwaite-1983/uniform-6", ["design.epsilon=1/200", "design.allocation=deterministic", "design.payment_cap=1"])
    assert requirements(problem.design, efficient=True) == (
        "efficient, Bayesian incentive compatible up to 1/200, interim individually rational, budget-balanced, deterministic "
        "and within the limits on payments"
    )


def test_the_scope_is_the_finite_environment():
    one = problem_from_document({"environment": {"kind": "object"}, "agents": [{"name": "Ann", "values": [1]}]})
    assert scope(one.environment) == "in this environment of one agent with 1 type"
    assert scope(load("myerson-satterthwaite-1983/uniform-6", ["agents.buyer.values.points=4"]).environment) == (
        "in this environment of 2 agents with 6 x 4 types"
    )
