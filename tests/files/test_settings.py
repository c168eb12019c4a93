"""``--set`` changes the file before it is read."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mechopt.files.problem_file import load
from mechopt.files.settings import apply, key_path


def test_settings_reach_agents_by_name_and_any_depth(write, trade):
    settings = ["agents.seller.share=1/2", "design.budget=none", "agents.buyer.values.points=10", "design.payment_cap.buyer=0.1"]
    problem = load(write(trade), settings)
    assert problem.environment.agents[0].outside.fractions()[2] == Fraction(1, 3)
    assert problem.design.budget == "none"
    assert problem.environment.n_types == (3, 10)
    assert problem.design.payment_cap == {"buyer": Fraction(1, 10)}


def test_the_last_setting_of_a_key_counts(write, trade):
    assert load(write(trade), ["design.budget=none", "design.budget=balanced"]).design.budget == "balanced"


def test_a_setting_may_make_copies(write, trade):
    assert load(write(trade), ["agents.buyer.copies=3"]).environment.n_agents == 4


def test_a_setting_may_add_a_table(write, pool):
    problem = load(write(pool), ['prior.joint=[["1/2", 0], [0, 0.5]]', "environment.cost=[0, 2]"])
    assert problem.environment.joint.fractions() == [[Fraction(1, 2), 0], [0, Fraction(1, 2)]]
    assert problem.environment.cost.fractions() == [0, 2]


def test_a_setting_may_replace_values(write, trade):
    problem = load(write(trade), ['agents.seller.values=[1, "3/2", 2]', "agents.buyer.values={distribution='uniform', points=1}"])
    assert problem.environment.agents[0].values == (1, Fraction(3, 2), 2)
    assert problem.environment.agents[1].values == (Fraction(1, 2),)


def test_constraints_go_by_name():
    document = {"design": {"constraints": [{"name": "floor", "bound": 0}]}}
    apply(document, ["design.constraints.floor.bound=2"])
    assert document["design"]["constraints"][0]["bound"] == 2


@pytest.mark.parametrize(
    ("key", "parts"),
    [
        ("a.b.c", ["a", "b", "c"]),
        (' agents."Mr. X".share ', ["agents", "Mr. X", "share"]),
        ("agents.'Mr. X'.share", ["agents", "Mr. X", "share"]),
        ("agents.buyer 1.share", ["agents", "buyer 1", "share"]),
        ("a..b", []),
        (".a", []),
        ("a.", []),
        ("", []),
        ('"a"b.c', []),
    ],
)
def test_keys_are_split_at_dots_outside_quotes(key, parts):
    assert key_path(key) == parts
