"""Problem files with kind = "dynamic": read exactly, refused in one line, answered on the command line."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

import mechopt as mo
from mechopt.cli.main import run
from mechopt.errors import MechoptError, ProblemFileError
from mechopt.files.normal_form import normalise, problem_from_normal

TEXT = """
name = "Trade"
[environment]
kind = "dynamic"
actions = ["keep", "trade"]
discount = "3/5"
requires = { trade = ["seller", "buyer"] }
[[agents]]
name = "seller"
types = ["0", "1/2"]
reward = [[0, 0], [0, "-1/2"]]
transition = [[0.5, 0.5], ["1/4", "3/4"]]
initial = ["1/2", "1/2"]
[[agents]]
name = "buyer"
reward = [[0, 0], [0, 1]]
transition = { keep = [[1, 0], [0, 1]], trade = [["1/2", "1/2"], ["1/2", "1/2"]] }
"""


@pytest.fixture
def write(tmp_path: Path):
    def written(text: str) -> str:
        path = tmp_path / "trade.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return written


def test_numbers_are_read_exactly_and_defaults_filled_in(write) -> None:
    environment = mo.load(write(TEXT)).environment
    assert environment.discount == Fraction(3, 5)
    assert environment.agents[1].types == ("1", "2")
    assert environment.agents[1].initial == (Fraction(1, 2), Fraction(1, 2))
    assert not environment.action_independent
    normal = normalise(mo.load(write(TEXT)))
    assert normalise(problem_from_normal(json.loads(json.dumps(normal)))) == normal


def test_settings_reach_the_discount_and_the_agents(write) -> None:
    problem = mo.load(write(TEXT), ["environment.discount=1/2", 'agents.seller.initial=["1/4", "3/4"]'])
    assert problem.environment.discount == Fraction(1, 2)
    assert problem.environment.agents[0].initial == (Fraction(1, 4), Fraction(3, 4))


WRONG = [
    ('["1/4", "3/4"]]\n', '["1/4", "1/4"]]\n', r"trade\.toml: agents\.seller\.transition, row '1/2': sums to 1/2; write probabilities that sum to 1"),
    ('["1/4", "3/4"]]\n', '["-1/4", "5/4"]]\n', r"agents\.seller\.transition, row '1/2': has a negative entry"),
    ('trade = [["1/2"', 'trade = [["1/3"', r"agents\.buyer\.transition under 'trade', row '1': sums to 5/6"),
    ('"3/5"', "1", r"environment\.discount is 1; it must be at least 0 and less than 1"),
    ('"3/5"', "-0.1", r"environment\.discount is -1/10; it must be at least 0"),
    (
        '"buyer"] }\n[[',
        '"broker"] }\n[[',
        r"environment\.requires\.trade names 'broker', so nobody here is able to take 'trade'; .*known: sel",
    ),
    ('["seller", "buyer"] }\n[[', "[] }\n[[", r"environment\.requires\.trade is an empty list, so nobody is able to take 'trade'"),
    ("{ trade", "{ trad", r"environment\.requires\.trad is not an action; did you mean 'trade'"),
    ('"buyer"] }\n[[', '"buyer"], keep = ["buyer"] }\n[[', r"environment\.requires: without 'buyer' nobody is able to take any action"),
    ('["keep", "trade"]', '["keep", "keep"]', r"environment\.actions: the name 'keep' stands twice; names must differ"),
    ('discount = "3/5"\n', "", r'environment\.discount is missing; write discount = "9/10"'),
    ("discount =", "discont =", r"environment\.discont is not a known key .*did you mean 'discount'"),
    ("reward = [[0, 0], [0, 1]]", "reward = [[0], [0]]", r"agents\.buyer\.reward\[1\] has 1 entries; write one per action, 2"),
    ("keep = [[1, 0], [0, 1]], ", "", r"agents\.buyer\.transition\.keep is missing; write one table of rows per action"),
    ("trade = [[", "sell = [[", r"agents\.buyer\.transition\.sell is not an action"),
    ('initial = ["1/2", "1/2"]', 'initial = ["1/2", "1/3"]', r"agents\.seller\.initial sums to 5/6; probabilities must sum to exactly 1"),
    (
        "[environment]",
        "[design]\nbudget = 'none'\n[environment]",
        r"design: where environment\.kind is .dynamic. what is asked of",
    ),
    ('name = "buyer"', 'name = "buyer"\nvalues = [1]', r"agents\.buyer\.values is not a known key where kind is"),
]


@pytest.mark.parametrize(("before", "after", "message"), WRONG, ids=[str(k) for k in range(len(WRONG))])
def test_a_wrong_file_is_refused_in_one_line(write, before: str, after: str, message: str) -> None:
    assert before in TEXT
    with pytest.raises(ProblemFileError, match=message) as refused:
        mo.load(write(TEXT.replace(before, after)))
    assert "\n" not in str(refused.value)


def test_sizes_that_are_too_large_are_refused_before_anything_is_built(write) -> None:
    agents = "".join(f'[[agents]]\nname = "{name}"\nreward = {[[0, 0]] * 101}\ntransition = {[[1] + [0] * 100] * 101}\n' for name in "ABC")
    text = TEXT.split("[[agents]]")[0].replace('requires = { trade = ["seller", "buyer"] }\n', "") + agents
    with pytest.raises(ProblemFileError, match=r"agents: 101 x 101 x 101 types make 1,030,301 profiles; .* at most 1,000,000 are possible"):
        mo.load(write(text))


def test_a_problem_is_certified_saved_and_verified(write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = str(tmp_path / "result.json")
    assert run(["certify", write(TEXT), "--json", "-o", saved]) == 0
    document = json.loads(capsys.readouterr().out)
    promised = {"efficient_value", "pivot_deficit", "fees", "condition_holds", "slack", "critical_discounts"}
    assert promised | {"interim_condition_holds", "irreducible", "aperiodic", "any_mechanism"} <= set(document["dynamic"])
    assert run(["verify", saved]) == 0
    assert "every claim holds" in capsys.readouterr().out
    assert mo.load_result(saved).to_dict()["dynamic"]["any_mechanism"] == document["answer"]
    document["dynamic"]["slack"]["exact"] = "7"
    Path(saved).write_text(json.dumps(document), encoding="utf-8")
    assert run(["verify", saved]) == 1
    assert "not 7" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["theorem", "rebalancing"], ["solve"]])
def test_commands_that_do_not_apply_say_so_in_one_line(write, command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*command, write(TEXT)]) == 2
    said = [line for line in capsys.readouterr().err.splitlines() if not line.endswith(" ...")]
    assert len(said) == 1
    assert "dynamic" in said[0] or "transition depends on the action" in said[0]


def test_an_impossibility_is_explained_by_the_lies_whose_prices_bind(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["certify", "skrzypacz-toikka-2015/persistent", "--explain"]) == 0
    said = capsys.readouterr().out
    assert "That leaves -1675/7884" in said
    assert "does not gain by reporting" in said
    assert mo.certify(mo.load("yoon-2015/kept-half-the-time")).explain().startswith("Every agent of the dynamic pivot mechanism keeps")


def test_a_joint_transition_is_read_by_profile() -> None:
    environment = mo.load("yoon-2015/common-shock").environment
    assert environment.transition.shape == (1, 4, 4)
    assert environment.agents[0].initial == (Fraction(1, 2), Fraction(1, 2))


def test_types_of_both_ways_to_move_are_refused(write) -> None:
    joint = 'transition = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]\n[[agents]]\nname = "seller"'
    with pytest.raises(MechoptError, match=r"agents\.seller\.transition and environment\.transition both say how types move"):
        mo.load(write(TEXT.replace('[[agents]]\nname = "seller"', joint)))
