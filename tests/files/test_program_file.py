"""Programs in the formats of solvers: the same optimum when read back, and names that say what is meant."""

from __future__ import annotations

import highspy
import pytest

import mechopt as mo
from mechopt.dynamic.labels import dynamic_column_names, dynamic_row_names
from mechopt.errors import ProblemFileError
from mechopt.files.program_file import program_text
from mechopt.pipeline.programs import dynamic_program_of, program_of
from mechopt.program.labels import column_names, row_names

TRADE = "myerson-satterthwaite-1983/uniform-6"


def read_back(text: str, path) -> float:
    """Return the optimum that HiGHS finds in a file."""
    path.write_text(text)
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    assert solver.readModel(str(path)) == highspy.HighsStatus.kOk
    assert solver.getLp().sense_ == highspy.ObjSense.kMaximize
    solver.run()
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return solver.getInfo().objective_function_value


CASES = [
    ("solve", TRADE, ["design.objective=gains"], None),
    ("solve", TRADE, ["design.incentive=dsic", "design.participation=ex-post-ir"], None),
    ("solve", TRADE, ["design.participation=ex-ante-ir", "design.budget=expected-balanced"], ()),
    (
        "solve",
        TRADE,
        ["design.allocation=deterministic", "design.payment_cap=1", "agents.seller.values.points=3", "agents.buyer.values.points=3"],
        None,
    ),
    ("solve", "cremer-mclean-1988/interim", [], None),
    ("solve", "blumrosen-dobzinski-2021/worst-case", [], None),
    ("certify", TRADE, [], None),
]


@pytest.mark.parametrize("suffix", [".mps", ".lp"])
@pytest.mark.parametrize(("question", "name", "settings", "reductions"), CASES)
def test_the_optimum_is_the_same_when_read_back(tmp_path, suffix, question, name, settings, reductions):
    problem = mo.load(name, settings)
    known = mo.solve(problem).value if question == "solve" else mo.certify(problem).budget_surplus
    found = read_back(program_text(program_of(problem, question, reductions), suffix), tmp_path / f"program{suffix}")
    assert found == pytest.approx(known.float, abs=1e-7)


MOVING = "yoon-2015/kept-half-the-time"


@pytest.mark.parametrize("suffix", [".mps", ".lp"])
@pytest.mark.parametrize(
    ("question", "setting"), [("solve", "environment.discount=1/5"), ("certify", "environment.discount=1/5"), ("certify", "name=x")]
)
def test_the_optimum_is_the_same_where_types_move(tmp_path, suffix, question, setting):
    problem = mo.load(MOVING, [setting])
    known = mo.solve(problem).value if question == "solve" else mo.certify(problem).budget_surplus
    found = read_back(program_text(dynamic_program_of(problem, question), suffix), tmp_path / f"program{suffix}")
    assert found == pytest.approx(known.float, abs=1e-7)


def test_names_say_which_agent_and_profiles_are_meant_where_types_move():
    assembled = dynamic_program_of(mo.load(MOVING), "solve")
    assert {"policy(0,1,trade)", "payoff(seller,1_2,0)", "fee(buyer)", "later(buyer,0,1)"} <= set(dynamic_column_names(assembled))
    assert {"mixing(0,1)", "incentive(seller,0,1,1_2)", "joining(buyer,1)", "budget"} <= set(dynamic_row_names(assembled))
    assert (len(dynamic_column_names(assembled)), len(dynamic_row_names(assembled))) == (assembled.program.n_columns, assembled.program.n_rows)


def test_names_say_which_agent_and_types_are_meant():
    assembled = program_of(mo.load(TRADE), "solve")
    assert {"allocation(1_12,1_4,buyer)", "interim_payments(seller,11_12)"} <= set(column_names(assembled))
    assert {"incentive(seller,1_12,1_4)", "participation(buyer,3_4)", "probability(1_12,1_12)", "budget"} <= set(row_names(assembled))
    full = program_of(mo.load(TRADE, ["design.incentive=dsic", "design.participation=ex-post-ir"]), "solve")
    assert {"incentive(seller,1_12,1_4,11_12)", "participation(buyer,3_4,1_4)", "budget(1_12,3_4)"} <= set(row_names(full))
    assert "payments(buyer,1_12,3_4)" in column_names(full)


def test_every_name_is_one_name():
    problem = mo.load("clarke-1971/three-projects", ["design.payment_floor=0"])
    for question in ("solve", "certify"):
        assembled = program_of(problem, question)
        for names, count in ((row_names(assembled), assembled.program.n_rows), (column_names(assembled), assembled.program.n_columns)):
            assert len(set(names)) == len(names) == count
            assert not any(" " in name for name in names)


def test_names_that_differ_in_forbidden_letters_only_stay_apart():
    environment = mo.table({"a b": [[0, 1]], "a-b": [[0, 2]]}, ["x", "y"])
    names = row_names(program_of(mo.Problem(environment)))
    assert len(set(names)) == len(names)
    assert "participation(a_b,1)" in names
    assert "participation(a_b,1)#2" in names


def test_other_formats_are_refused():
    with pytest.raises(ProblemFileError, match=r"the name ends in '.nl'; write one of .mps, .lp"):
        program_text(program_of(mo.load(TRADE)), ".nl")
