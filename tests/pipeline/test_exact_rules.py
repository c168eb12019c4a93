"""The exact end of a search among rules: from wherever the search stopped, and with whatever time is left."""

from __future__ import annotations

import pytest

from mechopt.design.design import Design
from mechopt.exact.lagrangian import proved_bound
from mechopt.pipeline import columns, exact_rules
from mechopt.pipeline.clock import Clock
from mechopt.pipeline.columns import Found, by_columns
from mechopt.pipeline.exact_rules import exact_optimum
from mechopt.pipeline.lottery import mechanism_of
from mechopt.pipeline.starting import starting_rules
from mechopt.program.frame import Question
from mechopt.program.ordered import OrderedProgram, ordered_program
from tests.pipeline.test_interim import different


@pytest.fixture(scope="module")
def program() -> OrderedProgram:
    return ordered_program(different(5, 8), Design(), Question("welfare"))


def searched(program: OrderedProgram, rounds: int) -> Found:
    return by_columns(program, Clock(None), 1e-10, starting_rules(program), rounds=rounds)


def test_a_search_that_stopped_early_is_finished_exactly(program: OrderedProgram) -> None:
    early, late = (exact_optimum(program, searched(program, rounds), Clock(None)) for rounds in (1, 100))
    assert early.rounds > late.rounds
    for found in (early, late):
        value = mechanism_of(found.lottery, None).value(program.design)
        assert value == found.certificate.bound == proved_bound(found.certificate)


def test_without_time_the_best_lottery_over_known_rules_is_exact_and_has_no_prices(program: OrderedProgram) -> None:
    found = searched(program, 2)
    stopped = exact_optimum(program, found, Clock(0.0))
    assert stopped.certificate is None
    assert stopped.lottery.surplus(stopped.lottery.least_payoffs()) >= 0
    assert float(mechanism_of(stopped.lottery, None).value(program.design)) == pytest.approx(found.value, abs=1e-9)


def test_an_interruption_of_the_exact_end_gives_what_is_known(program: OrderedProgram, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    original = exact_rules.certificate_from_exact_prices

    def interrupted(*arguments: object) -> object:
        asked.append(arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(exact_rules, "certificate_from_exact_prices", interrupted)
    clock = Clock(None)
    found = exact_optimum(program, searched(program, 100), clock)
    assert len(asked) == 1
    assert clock.interrupted
    assert found.certificate is None
    monkeypatch.setattr(exact_rules, "certificate_from_exact_prices", original)
    assert mechanism_of(found.lottery, None).value(program.design) == exact_optimum(program, searched(program, 100), Clock(None)).certificate.bound


def test_rules_of_no_weight_help_where_those_that_were_played_miss_the_budget(program: OrderedProgram) -> None:
    found = searched(program, 100)
    found.weights = (found.weights == found.weights.max()).astype(float)
    alone = exact_optimum(program, found, Clock(None))
    assert alone.certificate is not None
    assert mechanism_of(alone.lottery, None).value(program.design) == alone.certificate.bound


def test_the_program_of_rents_has_the_value_of_the_program_of_all_incentives_in_far_fewer_rows(
    program: OrderedProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    rents = searched(program, 100)
    monkeypatch.setattr(columns, "payoffs_count_alike", lambda *_: False)
    interim = searched(program, 100)
    assert rents.value == pytest.approx(interim.value, abs=1e-9)
    assert rents.bound == pytest.approx(interim.bound, abs=1e-9)
    assert rents.statistics["rows"] * 5 < interim.statistics["rows"]
