"""The normal form says everything about a problem, and is read again by the same code."""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mechopt.environment.builders import bilateral_trade, interdependent, multi_item_auction, public_good
from mechopt.environment.grids import two_types, uniform
from mechopt.errors import MechoptError, ProblemFileError
from mechopt.files.catalogue import catalogue
from mechopt.files.document import read_toml_or_json
from mechopt.files.normal_form import digest, normalise, problem_from_normal
from mechopt.files.problem_file import load, load_any, naming, problem_from_document
from mechopt.problem import Problem

NAMES = [entry.name for entry in catalogue()]


def test_the_normal_form_is_the_documented_one(write, trade):
    assert normalise(load(write(trade))) == {
        "name": "Trade",
        "source": "",
        "environment": {"kind": "object", "outcomes": ["seller", "buyer", "nobody"], "cost": ["0", "0", "0"]},
        "agents": [
            {
                "name": "seller",
                "types": ["0", "1/10", "2/3"],
                "values": ["0", "1/10", "2/3"],
                "prior": ["1/2", "1/4", "1/4"],
                "outside": ["0", "1/10", "2/3"],
            },
            {"name": "buyer", "types": ["1/4", "3/4"], "values": ["1/4", "3/4"], "prior": ["1/2", "1/2"], "outside": ["0", "0"]},
        ],
        "design": {
            "objective": "welfare",
            "incentive": "bic",
            "participation": "interim-ir",
            "budget": "no-deficit",
            "allocation": "any",
            "epsilon": "0",
            "weights": None,
            "payment_floor": None,
            "payment_cap": None,
            "constraints": [],
        },
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_problem_of_the_catalogue_survives_the_round_trip(name):
    normal = normalise(load_any(name))
    again = problem_from_normal(json.loads(json.dumps(normal)))
    assert normalise(again) == normal


@pytest.mark.parametrize(
    "environment",
    [
        bilateral_trade(uniform(0, 1, 2), two_types(1, 2, "1/3")),
        public_good({"Ann": uniform(0, 1, 2)}, 1, outside="1/7"),
        multi_item_auction({"Ann": [[1, 1], [2, 1]], "Bob": [[1, 2]]}),
        interdependent({"Ann": [[[1, 0], [2, 0]]], "Bob": [[[1, 0], [2, 0]]]}, ["yes", "no"], outside={"Ann": {"outcome": "yes"}}),
    ],
)
def test_environments_from_builders_survive_the_round_trip(environment):
    normal = normalise(Problem(environment))
    assert normalise(problem_from_normal(normal)) == normal


def test_a_full_design_survives_the_round_trip(write, trade):
    text = trade.replace("budget", 'objective = "weighted"\nepsilon = 0.1\nbudget') + (
        'weights = { seller = ["1/3", 1, 2] }\npayment_floor = -1\npayment_cap = { buyer = "7/2" }\n'
        "[[design.constraints]]\nname = 'c'\nsense = '='\nbound = '1/3'\n"
        "terms = [{ outcome = 'nobody', coefficient = 2, when = { seller = '2/3', buyer = '1/4' }, expected = false }, { payment = 'seller' }]\n"
    )
    normal = normalise(load(write(text)))
    assert normal["design"]["weights"] == {"seller": ["1/3", "1", "2"]}
    assert normal["design"]["constraints"][0]["terms"] == [
        {"outcome": "nobody", "coefficient": "2", "when": {"seller": "2/3", "buyer": "1/4"}, "expected": False},
        {"payment": "seller", "coefficient": "1", "when": {}, "expected": True},
    ]
    assert normalise(problem_from_normal(normal)) == normal


def test_the_digest_is_the_documented_one(write, trade):
    normal = normalise(load(write(trade)))
    text = json.dumps(normal, sort_keys=True, separators=(",", ":"))
    assert digest(normal) == "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def test_the_digest_sees_every_number_and_no_order(write, trade):
    normal = normalise(load(write(trade)))
    assert digest(dict(reversed(normal.items()))) == digest(normal)
    assert digest(normalise(load(write(trade.replace("0.1", '"1/10"'))))) == digest(normal)
    assert digest(normalise(load(write(trade.replace("0.1", '"1/11"'))))) != digest(normal)


def test_what_is_not_a_normal_form_is_refused(write, trade):
    normal = normalise(load(write(trade)))
    with pytest.raises(ProblemFileError, match=r"problem: agents\.seller\.prior sums to 1/2"):
        problem_from_normal({**normal, "agents": [{**normal["agents"][0], "prior": ["0", "1/4", "1/4"]}, normal["agents"][1]]})
    with pytest.raises(ProblemFileError, match="problem: digest is not a known key"):
        problem_from_normal({**normal, "digest": digest(normal)})


HOSTILE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.fractions(max_denominator=9).map(str)
    | st.sampled_from(["1/0", "1e999999999", "nan", "9" * 5000, "1/" + "7" * 5000, 10**4000, "seller", "buyer", "table"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "outcome", "joint", "distribution", "points", "a", "x"]), inner)
    ),
    max_leaves=6,
)


def _places(value, path=()):
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in inner:
        yield from _places(entry, (*path, key))


def _replaced(value, path, new):
    if not path:
        return new
    if isinstance(value, dict):
        return {key: _replaced(entry, path[1:], new) if key == path[0] else entry for key, entry in value.items()}
    return [_replaced(entry, path[1:], new) if key == path[0] else entry for key, entry in enumerate(value)]


DOCUMENTS = [read_toml_or_json(entry.path) for entry in catalogue()] + [normalise(load_any(name)) for name in NAMES[:9]]


@given(st.data())
def test_whatever_stands_in_a_file_is_read_or_refused_in_one_line(data):
    document = data.draw(st.sampled_from(DOCUMENTS))
    path = data.draw(st.sampled_from(sorted(_places(document), key=lambda entry: (len(entry), str(entry)))))
    changed = _replaced(document, path, data.draw(HOSTILE))
    try:
        with naming("file"):
            problem = problem_from_document(changed)
        refusal = ""
    except MechoptError as error:
        refusal = str(error)
    assert refusal.isprintable()
    assert len(refusal) <= 600
    if not refusal:
        normal = normalise(problem)
        assert normalise(problem_from_normal(normal)) == normal


def test_correlated_types_have_no_priors_of_their_own(write, pool):
    normal = normalise(load(write(pool + '[prior]\njoint = [["1/2", 0], [0, "1/2"]]\n')))
    assert normal["prior"] == {"joint": [["1/2", "0"], ["0", "1/2"]]}
    assert all("prior" not in agent for agent in normal["agents"])
    assert problem_from_normal(normal).environment.agents[0].prior == (Fraction(1, 2), Fraction(1, 2))
