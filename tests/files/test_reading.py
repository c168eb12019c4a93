"""What a problem file says is what is read, exactly."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from mechopt.design.design import Constraint, Term
from mechopt.errors import MechoptWarning
from mechopt.files.normal_form import normalise
from mechopt.files.problem_file import load, problem_from_document


def test_numbers_are_exact(write, trade):
    problem = load(write(trade))
    seller, buyer = problem.environment.agents
    assert seller.values == (0, Fraction(1, 10), Fraction(2, 3))
    assert seller.prior == (Fraction(1, 2), Fraction(1, 4), Fraction(1, 4))
    assert seller.outside.fractions() == [0, Fraction(1, 10), Fraction(2, 3)]
    assert buyer.values == (Fraction(1, 4), Fraction(3, 4))
    assert buyer.prior == (Fraction(1, 2), Fraction(1, 2))
    assert buyer.outside.fractions() == [0, 0]


def test_defaults_are_written_out(write, trade):
    problem = load(write(trade))
    assert problem.name == "Trade"
    assert problem.environment.outcomes == ("seller", "buyer", "nobody")
    assert problem.environment.cost.fractions() == [0, 0, 0]
    assert problem.environment.agents[0].types == ("0", "1/10", "2/3")
    assert problem.design.budget == "no-deficit"
    assert (problem.design.objective, problem.design.incentive, problem.design.participation) == ("welfare", "bic", "interim-ir")


@pytest.mark.parametrize("written", ['"1e-3"', "0.001", "1e-3", '"1/1000"', "0.0010", "1_0e-4"])
def test_a_number_may_be_written_in_many_ways(write, trade, written):
    problem = load(write(trade.replace("0.1", written)))
    assert problem.environment.agents[0].values[1] == Fraction(1, 1000)


def test_thirty_digits_survive(write, trade):
    problem = load(write(trade.replace("0.1", "0.123456789012345678901234567891")))
    assert problem.environment.agents[0].values[1] == Fraction(123456789012345678901234567891, 10**30)


def test_copies_are_numbered(write, trade):
    problem = load(write(trade.replace('name = "buyer"', 'name = "buyer"\ncopies = 9')))
    assert [agent.name for agent in problem.environment.agents] == ["seller", *(f"buyer {k}" for k in range(1, 10))]
    assert problem.environment.n_types == (3, *[2] * 9)


def test_a_single_copy_keeps_its_name(write, trade):
    problem = load(write(trade.replace('name = "buyer"', 'name = "buyer"\ncopies = 1')))
    assert [agent.name for agent in problem.environment.agents] == ["seller", "buyer"]


def test_a_design_may_name_all_copies_at_once_or_one(write, trade):
    text = trade.replace('name = "buyer"', 'name = "buyer"\ncopies = 2')
    text += '\nobjective = "weighted"\nweights = { buyer = 2, "buyer 2" = [1, "1/2"] }\npayment_floor = 0\npayment_cap = { seller = 1 }\n'
    design = load(write(text)).design
    assert design.weights == {"buyer 1": (2, 2), "buyer 2": (1, Fraction(1, 2))}
    assert design.payment_floor == {"seller": 0, "buyer 1": 0, "buyer 2": 0}
    assert design.payment_cap == {"seller": 1}


def test_scipy_distributions_are_equal_cells(write, trade):
    problem = load(write(trade.replace('"uniform", low = 0, high = 1, points = 2', '"beta", a = 2, b = 2, points = 4')))
    buyer = problem.environment.agents[1]
    assert buyer.values == (Fraction(1, 8), Fraction(3, 8), Fraction(5, 8), Fraction(7, 8))
    # The distribution function of Beta(2, 2) is 3x^2 - 2x^3: 5/32 at 1/4.
    assert buyer.prior == (Fraction(5, 32), Fraction(11, 32), Fraction(11, 32), Fraction(5, 32))


@pytest.mark.parametrize(("cost", "expected"), [("cost = 1", [0, 1]), ('cost = [0, "1/2"]', [0, Fraction(1, 2)]), ("", [0, 0])])
def test_the_cost_of_a_public_good_is_that_of_yes(write, cost, expected):
    agent = '[[agents]]\nname = "Ann"\nvalues = [0, 1]\n'
    problem = load(write(f'[environment]\nkind = "public-good"\n{cost}\n{agent}outside = -1\n'))
    assert problem.environment.outcomes == ("no", "yes")
    assert problem.environment.cost.fractions() == expected
    assert problem.environment.agents[0].outside.fractions() == [-1, -1]


@pytest.mark.parametrize(
    ("outside", "expected"), [("1", [1, 1]), ('["1/2", 0]', [Fraction(1, 2), 0]), ('{ outcome = "pool" }', [1, 3]), ('{ outcome = "none" }', [0, 0])]
)
def test_outside_options_of_a_table(write, pool, outside, expected):
    problem = load(write(pool.replace('name = "Ann"', f'name = "Ann"\noutside = {outside}')))
    assert problem.environment.agents[0].outside.fractions() == expected


@pytest.mark.parametrize(("outcome", "expected"), [("seller", [0, Fraction(1, 10), Fraction(2, 3)]), ("buyer", [0] * 3), ("nobody", [0] * 3)])
def test_the_outside_option_of_an_owner_may_be_an_outcome(write, trade, outcome, expected):
    problem = load(write(trade.replace("share = 1", f'outside = {{ outcome = "{outcome}" }}')))
    assert problem.environment.agents[0].outside.fractions() == expected


def test_a_joint_prior_gives_the_marginals(write, pool):
    problem = load(write(pool + '[prior]\njoint = [["1/3", "1/6"], ["1/6", "1/3"]]\n'))
    assert not problem.environment.independent
    assert problem.environment.joint.fractions() == [[Fraction(1, 3), Fraction(1, 6)], [Fraction(1, 6), Fraction(1, 3)]]
    assert [agent.prior for agent in problem.environment.agents] == [(Fraction(1, 2), Fraction(1, 2))] * 2


def test_interdependent_utilities_have_a_level_per_agent():
    utility = [[[a + b, 0] for b in (0, 1, 2)] for a in (0, 1)]
    document = {
        "environment": {"kind": "interdependent", "outcomes": ["yes", "no"]},
        "agents": [
            {"name": "Ann", "utility": utility, "outside": [[0, 0, 0], [1, 1, 1]]},
            {"name": "Bob", "types": ["low", "middle", "high"], "utility": utility, "outside": {"outcome": "yes"}},
        ],
        "design": {"incentive": "epic"},
    }
    environment = problem_from_document(document).environment
    assert environment.n_types == (2, 3)
    assert environment.agents[0].types == ("1", "2")
    assert environment.agents[0].outside.fractions() == [[0, 0, 0], [1, 1, 1]]
    assert environment.agents[1].outside.fractions() == [[0, 1, 2], [1, 2, 3]]


def test_constraints_are_read(write, trade):
    text = (
        trade
        + """
    [[design.constraints]]
    name = "the seller keeps it half of the time"
    sense = ">="
    bound = 0.5
    terms = [{ outcome = "seller", when = { buyer = "1/4" } }, { payment = "buyer", coefficient = "-1/3", expected = false }]
    """
    )
    assert load(write(text)).design.constraints == (
        Constraint(
            "the seller keeps it half of the time",
            (Term("seller", when={"buyer": "1/4"}), Term(payment="buyer", coefficient=Fraction(-1, 3), expected=False)),
            ">=",
            Fraction(1, 2),
        ),
    )


def test_the_expected_table_is_kept(write, trade):
    text = trade + '[expected]\nsource = "a paper"\n[expected.certify]\nvalue = { value = 0.25, tolerance = 1e-6 }\nanswer = "possible"\n'
    expected = load(write(text)).expected
    assert expected == {"source": "a paper", "certify": {"value": {"value": 0.25, "tolerance": 1e-6}, "answer": "possible"}}


def test_shares_above_one_are_a_warning(write, trade):
    with pytest.warns(MechoptWarning, match="shares sum to 3/2"):
        load(write(trade.replace('name = "buyer"', 'name = "buyer"\nshare = "1/2"')))


def test_a_support_that_leaves_cells_empty_is_a_warning_that_names_the_key(write, trade):
    told = r"^agents.buyer.values: .* lies between 0 and 1, .* leave low and high out, or stretch it with scale = 2$"
    with pytest.warns(MechoptWarning, match=told):
        load(write(trade.replace('"uniform", low = 0, high = 1, points = 2', '"beta", a = 2, b = 2, low = 0, high = 2, points = 4')))


def test_a_byte_order_mark_and_other_line_ends_do_no_harm(write, trade):
    plain = normalise(load(write(trade)))
    assert normalise(load(write(b"\xef\xbb\xbf" + trade.replace("\n", "\r\n").encode()))) == plain


def test_the_same_problem_as_json(write, trade, tmp_path):
    path = write(trade)
    normal = normalise(load(path))
    other = tmp_path / "problem.json"
    other.write_text(json.dumps(normal))
    assert normalise(load(other)) == normal


def test_decimals_in_json_are_exact(tmp_path):
    path = tmp_path / "problem.json"
    path.write_text('{"environment": {"kind": "object"}, "agents": [{"name": "Ann", "values": [0.1, 1e-1, 2]}]}')
    assert load(path).environment.agents[0].values == (Fraction(1, 10), Fraction(1, 10), 2)
