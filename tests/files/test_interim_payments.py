"""Long payments are saved by the lies that leave types indifferent, and read back as they were."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

import mechopt as mo
from mechopt.errors import ProblemFileError
from mechopt.exact.checker.claims import check_result
from mechopt.files import interim_payments
from mechopt.files.result_file import result_to_dict
from mechopt.files.saved_result import result_from_dict
from mechopt.mechanism.rules import RulesMechanism
from mechopt.pipeline.questions import solve
from mechopt.rational import RationalArray
from mechopt.result import Result
from tests.oracles import checker

PRIOR = tuple(Fraction(k, 10) for k in (1, 2, 3, 4))


def grid(shift: int = 0) -> mo.Grid:
    return mo.Grid(tuple(Fraction(k + shift, 3) for k in range(4)), PRIOR)


ECONOMIES = {
    "object": mo.object_environment({"Ann": grid(), "Bob": grid(1), "Eve": grid()}, {"Bob": 1}),
    "twins": mo.object_environment({"owner": grid(), "first": grid(), "second": grid()}, {"owner": 1}),
    "public good": mo.public_good({"Ann": grid(), "Bob": grid(1)}, 1),
    "units": mo.multi_unit_auction({"Ann": grid(), "Bob": grid(1), "Eve": grid(2)}, 2),
}


def saved(result: Result) -> Any:
    return json.loads(json.dumps(result_to_dict(result)))


@pytest.mark.parametrize("name", ECONOMIES)
def test_a_mechanism_saved_by_its_indifferent_types_is_the_same_and_confirmed_by_all_checkers(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    result = solve(ECONOMIES[name], method="columns")
    plain = saved(result)
    monkeypatch.setattr(interim_payments, "_SHORT", 0)
    brief = saved(result)
    stated = [payment for row in brief["mechanism"]["interim_payments"].values() for payment in row if isinstance(payment, str)]
    assert len(stated) == len(brief["mechanism"]["interim_payments"])  # of every agent one payment: all others follow
    assert check_result(brief) == check_result(plain)
    checker.verify(brief)
    read = result_from_dict(brief).mechanism
    assert isinstance(read, RulesMechanism)
    assert isinstance(result.mechanism, RulesMechanism)
    for given, back in zip(result.mechanism.payments_given_type, read.payments_given_type, strict=True):
        assert given.equals(back)


def test_payments_that_follow_from_nothing_are_numbers_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interim_payments, "_SHORT", 0)
    optimum = solve(ECONOMIES["units"], method="columns").mechanism
    assert isinstance(optimum, RulesMechanism)
    row = optimum.payments_given_type[1]
    for a in range(4):
        lower = row - RationalArray.of([Fraction(k == a, 7) for k in range(4)])
        mechanism = replace(optimum, payments_given_type=(optimum.payments_given_type[0], lower, optimum.payments_given_type[2]))
        written = interim_payments.payments_to_list(mechanism, 1)
        assert lower[a].texts() in written
        assert interim_payments.payments_from_list(mechanism, 1, written, "here").equals(lower)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (["0", {"as": "2/3"}, {"as": "1/3"}, "1"], "the payment of type '1/3' follows from itself"),
        (["0", {"as": "1/2"}, "0", "1"], "with one of her types; did you mean"),
        (["0", {"like": "0"}, "0", "1"], 'write a rational or {"as": type}'),
        (["0", {"as": ["0"]}, "0", "1"], 'write a rational or {"as": type}'),
        (["0", 1, "0", "1"], "write a string such as"),
    ],
)
def test_what_payments_cannot_follow_from_is_refused(row: list[Any], message: str) -> None:
    document = saved(solve(ECONOMIES["object"], method="columns"))
    document["mechanism"]["interim_payments"]["Ann"] = row
    with pytest.raises(ProblemFileError, match=message):
        result_from_dict(document)


def test_among_many_agents_payments_follow_from_one_each_and_the_file_stays_short() -> None:
    grids = {
        f"agent {k}": mo.Grid((Fraction(0), Fraction(k), Fraction(2 * k)), tuple(Fraction(p, 97) for p in (k, 50, 47 - k))) for k in range(1, 47)
    }
    result = solve(mo.object_environment(grids, {"agent 46": 1}), method="columns")
    document = saved(result)
    payments = document["mechanism"]["interim_payments"]
    assert all(sum(isinstance(entry, str) and len(entry) > 100 for entry in row) <= 1 for row in payments.values())
    assert isinstance(result.mechanism, RulesMechanism)
    written_out = [table.texts() for table in result.mechanism.payments_given_type]
    assert len(json.dumps(payments)) < len(json.dumps(written_out)) / 2  # with three types each; with more, the more
    assert any("optimal" in claim for claim in check_result(document))
