"""What is not a result is refused, alone and from the command line, and never crashes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mechopt.exact.checker import claims
from mechopt.exact.checker.claims import FalseClaimError, NotAResultError, check_certificate, check_mechanism, check_result
from tests.exact.checking.economies import digest, economy, number, person
from tests.exact.checking.results import (
    RESULTS,
    monopoly,
    replaced_or_added,
)

F = Fraction

JUNK = [None, True, 0, 1.5, float("nan"), "", "nobody", "1/0", "2/4", "-0", "+1", "1e9999999", "٣", "nan", "9" * 5000]
JUNK += [[], [[]], ["1"], {}, {"x": "1"}]


@pytest.mark.parametrize("name", ["monopoly", "possible trade", "least violation"])
def test_junk_anywhere_is_refused_or_changes_nothing_that_is_claimed(name: str) -> None:
    def nodes(data: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
        if isinstance(data, (dict, list)):
            for key in data if isinstance(data, dict) else range(len(data)):
                yield (*path, key)
                yield from nodes(data[key], *path, key)

    for k, path in enumerate(nodes(RESULTS[name])):
        for junk in JUNK[k % 3 :: 3]:  # neighbours in a list get other junk each
            changed = replaced_or_added(RESULTS[name], path, junk)
            if repr(changed) == repr(RESULTS[name]):
                continue
            changed["digest"] = changed["digest"] if path[0] != "problem" else digest(changed["problem"])
            try:
                check_result(changed)
            except FalseClaimError:
                continue
            assert path[0] in ("statistics", "problem", "checks") or junk in (None, {}, [], 0), (path, junk)


@settings(max_examples=30, deadline=None)
@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda part: st.lists(part) | st.dictionaries(st.text(), part))
)
def test_any_other_data_are_refused_without_a_crash(data: Any) -> None:
    for function in (check_result, lambda d: check_mechanism(d, d), lambda d: check_certificate(d, d, efficient_allowed=True)):
        with pytest.raises(NotAResultError):
            function(data)


@pytest.mark.parametrize("key", sorted(RESULTS["monopoly"]))
def test_a_key_that_is_missing_or_unknown_is_refused(key: str) -> None:
    without = {name: value for name, value in RESULTS["monopoly"].items() if name != key}
    if key != "statistics":
        with pytest.raises(FalseClaimError):
            check_result(without)
    with pytest.raises(NotAResultError, match="unknown"):
        check_result(RESULTS["monopoly"] | {key + "s": 1})


def test_unknown_keys_in_a_certificate_are_refused() -> None:
    data = monopoly()
    for path in (("prices",), ("incentive", "Bob"), ("incentive", "bidder", "type"), ("floor",)):
        with pytest.raises(FalseClaimError):
            check_result(replaced_or_added(data, ("certificate", *path), {"bidder": {"bidder0": "0"}}))


def test_a_problem_that_is_too_large_to_go_through_is_refused_and_not_tried() -> None:
    people = [person(f"agent{i}", [F(1, 50)] * 50, outside=[0] * 50, utility=[[0, 1]] * 50) for i in range(20)]
    with pytest.raises(NotAResultError, match="too many profiles"):
        check_certificate(economy("table", people, [0, 0]), {"objective": "welfare", "efficient": False, "bound": "20"}, efficient_allowed=False)


def run(tmp_path: Any, text: str | bytes) -> tuple[int, list[str]]:
    path = tmp_path / "result.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    done = subprocess.run([sys.executable, "-I", str(Path(claims.__file__).parent), str(path)], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_the_file_alone_prints_every_claim_of_a_true_result(tmp_path: Any) -> None:
    status, lines = run(tmp_path, json.dumps(monopoly()))
    assert (status, lines) == (0, check_result(monopoly()))
    assert "bic: holds, margin 0" in lines


def test_the_file_alone_names_the_first_false_claim(tmp_path: Any) -> None:
    status, lines = run(tmp_path, json.dumps(monopoly() | {"revenue": number(F(2))}))
    assert (status, lines) == (1, ["false: revenue: it is 3/2, not 2"])


@pytest.mark.parametrize(
    "text",
    [
        "", "nonsense", "[1]", "{}", '"result"', "[" * 100_000, '{"a":' * 100_000, b"\xff\xfe", "9" * 10_000, '{"version": NaN}',
        json.dumps(monopoly()).replace('"version": 1', '"version": 1, "version": 1'),
        json.dumps(monopoly()).replace('"bound": "3/2"', '"bound": "1/0"'),
        json.dumps(monopoly()).replace('"bidder"', '"\\ud800\\n"').replace('"mechopt-result"', '"\\ud800\\n"'),
    ],
    ids=lambda text: repr(text[:20]),
)  # fmt: skip
def test_what_is_not_a_result_ends_in_one_line_and_status_2(tmp_path: Any, text: str | bytes) -> None:
    status, lines = run(tmp_path, text)
    assert (status, len(lines)) == (2, 1)


def test_a_file_that_is_not_there_ends_in_status_2() -> None:
    assert claims.main(["/nowhere/result.json"]) == 2
    assert claims.main([]) == 2
