"""Sweeps: rows against closed forms, durable and resumable, with processes that die and on a cluster."""

from __future__ import annotations

import csv
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import pandas
import pytest

from mechopt.errors import MechoptError, SolverError
from mechopt.files.problem_file import load
from mechopt.pipeline import questions
from mechopt.sweeps import sweep as sweeps
from mechopt.sweeps.sweep import sweep
from mechopt.theory import bilateral_trade_uniform
from tests.sweeps.dying import die_at_a_point

ROOT = Path(__file__).resolve().parents[2]
TRADE = "myerson-satterthwaite-1983/uniform-6"
SIDES = {"agents.seller.values.points": [2, 5, 6], "agents.buyer.values.points": [2, 5, 6]}


@pytest.fixture
def executor():
    with ThreadPoolExecutor(1) as threads:
        yield threads


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_rows_are_the_closed_form(executor):
    frame = sweep(TRADE, SIDES, executor=executor)
    assert len(frame) == 9
    for row in frame.to_dict("records"):
        k, buyer = (row[f"agents.{name}.values.points_exact"] for name in ("seller", "buyer"))
        if k == buyer:
            assert row["budget_surplus_exact"] == Fraction((k - 1) * (5 - k), 6 * k**2)
            assert row["budget_surplus"] == float(row["budget_surplus_exact"])
            assert row["answer"] == ("possible" if k <= 5 else "impossible")


def test_solve_has_its_own_columns(executor):
    frame = sweep(load(TRADE), {"design.objective": "welfare,gains", "agents.seller.outside": [0]}, question="solve", executor=executor)
    assert list(frame.columns[:3]) == ["design.objective", "agents.seller.outside", "agents.seller.outside_exact"]
    assert list(frame["status"]) == ["optimal"] * 2
    best = sweep(TRADE, {"design.objective": "gains,welfare"}, question="solve", executor=executor)
    assert best["value_exact"][0] == bilateral_trade_uniform.grid_second_best(6)


def test_settings_hold_at_every_point(executor):
    frame = sweep(TRADE, {"agents.seller.share": "0:1:2"}, settings=["design.participation=none"], executor=executor)
    assert list(frame["answer"]) == ["possible", "possible"]
    assert frame["budget_surplus"].isna().all()


def test_a_discount_factor_can_be_varied(executor):
    # All nine pairs of types are equally likely and gain 2/9 a period on average.
    frame = sweep("yoon-2015/kept-half-the-time", {"environment.discount": "1/2,2/3"}, executor=executor)
    assert list(frame["first_best_exact"]) == [Fraction(4, 9), Fraction(2, 3)]
    assert list(frame["environment.discount_exact"]) == [Fraction(1, 2), Fraction(2, 3)]


def test_a_failing_point_is_a_row_with_its_error(executor, tmp_path, monkeypatch):
    certify = questions.certify

    def certify_some(problem, **options):
        if problem.environment.n_types[0] == 4:
            raise SolverError("out of time")
        if problem.environment.n_types[0] == 3:
            raise ZeroDivisionError("a slip of the program")
        return certify(problem, **options)

    monkeypatch.setattr(questions, "certify", certify_some)
    grid = {"agents.seller.values.points": [2, 3, 4], "agents.buyer.share": [0, -1]}
    frame = sweep(TRADE, grid, executor=executor, output=tmp_path / "rows.csv")
    share = "agents.buyer.share is -1; a property right is not negative"
    assert list(frame["error"].fillna("")) == ["", share, "ZeroDivisionError: a slip of the program", share, "out of time", share]


def test_points_that_failed_are_asked_again_on_request_and_only_those(executor, tmp_path, monkeypatch):
    path, grid, real = tmp_path / "rows.csv", {"agents.seller.share": "0:1:4"}, sweeps.answer_point
    monkeypatch.setattr(sweeps, "answer_point", lambda asked, settings: {"error": "out of time"} if "1/3" in settings[0] else real(asked, settings))
    first = sweep(TRADE, grid, executor=executor, output=path)
    assert list(first["error"].fillna("")) == ["", "out of time", "", ""]
    asked = []
    monkeypatch.setattr(sweeps, "answer_point", lambda *given: asked.append(given[1]) or real(*given))
    sweep(TRADE, grid, executor=executor, output=path)
    assert asked == []
    again = sweep(TRADE, grid, executor=executor, output=path, retry=True)
    assert asked == [["agents.seller.share=1/3"]]
    assert again["error"].isna().all()
    assert [row["agents.seller.share_exact"] for row in read(path)] == ["0", "1/3", "2/3", "1"]


def test_of_two_rows_about_a_point_the_last_counts(executor, tmp_path):
    """As a run leaves them that was killed while it asked again."""
    path, grid = tmp_path / "rows.csv", {"agents.seller.share": "0,1"}
    whole = sweep(TRADE, grid, executor=executor, output=path)
    header, first, second = path.read_text().splitlines(keepends=True)
    path.write_text(header + first.replace("possible", "outdated") + second + first)
    pandas.testing.assert_frame_equal(sweep(TRADE, grid, executor=executor, output=path), whole)
    assert path.read_text() == header + first + second


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_second_sweep_on_a_file_in_use_is_refused_in_one_line(executor, tmp_path, suffix):
    path, grid = tmp_path / f"rows.{suffix}", {"agents.seller.share": "0,1"}
    refused = []

    def begin_another(count, row):
        if row is not None and not refused:
            with pytest.raises(MechoptError, match=rf"rows\.{suffix}: another sweep is writing it; wait until that ends") as error:
                sweep(TRADE, grid, executor=executor, output=path)
            refused.append(str(error.value))

    assert len(sweep(TRADE, grid, executor=executor, output=path, progress=begin_another)) == 2
    assert len(refused) == 1
    assert "\n" not in refused[0]
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_a_warning_is_kept_with_its_point(executor):
    frame = sweep(TRADE, {"agents.buyer.share": "0,1"}, executor=executor)
    assert list(frame["warning"].fillna("")) == ["", "agents: the shares sum to 2, more than the one object there is"]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_second_run_asks_only_what_is_new(executor, tmp_path, monkeypatch, suffix):
    path = tmp_path / f"rows.{suffix}"
    first = sweep(TRADE, {"agents.seller.share": "0,1/3"}, executor=executor, output=path)
    asked = []
    monkeypatch.setattr(sweeps, "answer_point", lambda _, settings: asked.append(settings) or {"error": "asked"})
    second = sweep(TRADE, {"agents.seller.share": "0:1:4"}, executor=executor, output=path)
    assert asked == [["agents.seller.share=2/3"], ["agents.seller.share=1"]]
    assert [path.name for path in tmp_path.iterdir()] == [path.name]
    pandas.testing.assert_frame_equal(second.iloc[:2].dropna(axis=1), first.dropna(axis=1), check_dtype=False)
    third = sweep(TRADE, {"agents.seller.share": "0:1:4"}, executor=executor, output=path)
    pandas.testing.assert_frame_equal(third, second)
    assert len(asked) == 2


def test_the_parquet_file_has_typed_columns(executor, tmp_path):
    sweep(TRADE, {"agents.seller.share": "0,1/3"}, executor=executor, output=tmp_path / "rows.parquet")
    frame = pandas.read_parquet(tmp_path / "rows.parquet")
    assert list(frame["agents.seller.share"]) == [0, 1 / 3]
    assert list(frame["agents.seller.share_exact"]) == ["0", "1/3"]


def test_a_torn_line_is_asked_again(executor, tmp_path):
    path = tmp_path / "rows.csv"
    whole = sweep(TRADE, {"agents.seller.share": "0:1:3"}, executor=executor, output=path)
    text = path.read_bytes()
    path.write_bytes(text[:-40])
    again = sweep(TRADE, {"agents.seller.share": "0:1:3"}, executor=executor, output=path)
    pandas.testing.assert_frame_equal(again.drop(columns="seconds"), whole.drop(columns="seconds"))
    assert path.read_bytes().splitlines()[:3] == text.splitlines()[:3]


@pytest.mark.parametrize("cut", [0, 10])
def test_a_file_that_was_killed_at_birth_is_begun_again(executor, tmp_path, cut):
    path = tmp_path / "rows.csv"
    path.write_text("agents.seller.share"[:cut])
    if cut:
        with pytest.raises(MechoptError, match="is not the file of a sweep"):
            sweep(TRADE, {"agents.seller.share": "0,1"}, executor=executor, output=path)
    else:
        assert len(sweep(TRADE, {"agents.seller.share": "0,1"}, executor=executor, output=path)) == 2


def test_the_file_of_another_sweep_is_refused(executor, tmp_path):
    path = tmp_path / "rows.csv"
    vary = {"agents.seller.share": "0,1"}
    sweep(TRADE, vary, executor=executor, output=path)
    for options, message in [
        ({"question": "solve"}, "the column 'status' is missing"),
        ({"settings": ["design.budget=none"]}, "its problem is not the same"),
        ({"problem": "myerson-satterthwaite-1983/uniform-5"}, "its problem is not the same"),
        ({"vary": {"agents.buyer.share": "0,1"}}, "the column 'agents.buyer.share' is missing"),
    ]:
        with pytest.raises(MechoptError, match=message):
            sweep(**({"problem": TRADE, "vary": vary, "executor": executor, "output": path} | options))
    path.write_bytes(b"\xff\xfe\n")
    with pytest.raises(MechoptError, match="cannot be read as CSV"):
        sweep(TRADE, vary, executor=executor, output=path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"vary": {"agents.seler.share": "0,1"}}, "there is no 'seler' in agents; did you mean 'seller'"),
        ({"vary": {"design.bugdet": "none,balanced"}}, "design.bugdet is not a known key; did you mean 'budget'"),
        ({"output": "rows.txt"}, "the name ends in '.txt'; write .csv or .parquet"),
        ({"output": "missing/rows.csv"}, "does not exist; make it first"),
        ({"question": "compare"}, "question is 'compare'; write certify or solve"),
        ({"workers": 0, "executor": None}, "workers is 0"),
        ({"scheduler": "tcp://127.0.0.1:1", "executor": None}, "no Dask scheduler answers"),
    ],
)
def test_a_slip_is_refused_before_the_first_point(executor, options, message, monkeypatch):
    monkeypatch.setattr("mechopt.sweeps.workers._CONNECT", "300ms")
    with pytest.raises(MechoptError, match=message):
        sweep(**({"problem": TRADE, "vary": {"agents.seller.share": "0,1"}, "executor": executor} | options))


def started(path: Path, *vary: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "mechopt.cli", "sweep", TRADE, *vary, "-o", str(path), "--workers", "1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    # A suite that runs in the background may have been told to ignore interrupts, and children inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    signal.signal(signal.SIGINT, before)
    return process


def rows_appear(path: Path, process: subprocess.Popen[str]) -> None:
    while not path.exists() or path.read_bytes().count(b"\n") < 4:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


VARY = ("--vary", "agents.seller.share=0:1:9", "--vary", "agents.seller.values.points=3,4")


def test_a_sweep_killed_and_resumed_loses_and_repeats_no_row(tmp_path, executor):
    path = tmp_path / "rows.csv"
    process = started(path, *VARY)
    rows_appear(path, process)
    with pytest.raises(MechoptError, match="another sweep is writing it"):
        sweep(TRADE, {"agents.seller.share": "0:1:9", "agents.seller.values.points": "3,4"}, executor=executor, output=path)
    process.kill()
    process.communicate()
    before = [line for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
    assert 4 <= len(before) < 19
    frame = sweep(TRADE, {"agents.seller.share": "0:1:9", "agents.seller.values.points": "3,4"}, executor=executor, output=path)
    # The seconds tell that what was there was not asked again.
    assert set(before) <= set(path.read_bytes().splitlines(keepends=True))
    points = [(row["agents.seller.share_exact"], row["agents.seller.values.points_exact"]) for row in read(path)]
    assert points == [(str(Fraction(k, 8)), str(p)) for k in range(9) for p in (3, 4)]
    fresh = sweep(TRADE, {"agents.seller.share": "0:1:9", "agents.seller.values.points": "3,4"}, executor=executor)
    pandas.testing.assert_frame_equal(frame.drop(columns="seconds"), fresh.drop(columns="seconds"))


def test_an_interrupted_sweep_ends_cleanly_with_its_rows(tmp_path):
    path = tmp_path / "rows.csv"
    process = started(path, "--vary", "agents.seller.share=0:1:5001")
    rows_appear(path, process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=300)
    assert (process.returncode, out, err.strip()) == (130, "", "error: interrupted")
    assert 3 <= len(read(path)) < 5001
    assert not any(row["error"] for row in read(path))


def test_a_point_that_kills_its_worker_is_found_and_the_others_are_answered(monkeypatch):
    monkeypatch.setattr(sweeps, "answer_point", die_at_a_point)
    frame = sweep(TRADE, {"agents.seller.share": "0:1:3"}, workers=1)
    assert list(frame["answer"].isna()) == [False, True, False]
    assert frame["error"][1] == "the worker process died twice at this point; is there enough memory?"
    assert multiprocessing.active_children() == []


def test_a_cluster_that_loses_a_worker_answers_all_the_same(executor):
    distributed = pytest.importorskip("distributed")
    grid = {"agents.seller.share": "0:1:5"}
    killed = []
    with distributed.LocalCluster(2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50) as cluster:
        pids = [nanny.pid for nanny in cluster.workers.values()]
        for nanny in cluster.workers.values():
            nanny.auto_restart = False

        def kill_one(count, row):
            if row is not None and not killed:
                killed.append(pids[0])
                os.kill(pids[0], signal.SIGKILL)

        frame = sweep(TRADE, grid, scheduler=cluster.scheduler_address, progress=kill_one)
    assert killed
    alone = sweep(TRADE, grid, executor=executor)
    pandas.testing.assert_frame_equal(frame.drop(columns="seconds"), alone.drop(columns="seconds"))
