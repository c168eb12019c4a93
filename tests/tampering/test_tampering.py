"""Tampering: whatever is changed in a result, the shipped checker and the independent one say the same of it.

A changed result is refused, or it is still true; whether it is true, `tests.oracles.checker` says, which was written from
`docs/certificates.md` alone. `tamper` knows the changes, `results` the results, `restate` makes the rest fit a change.
"""

from __future__ import annotations

import copy
import json
import random
import re
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from mechopt.exact import check
from mechopt.exact.checker import claims
from mechopt.exact.checker.claims import FalseClaimError, NotAResultError, check_result
from tests.oracles import checker
from tests.tampering.places import places
from tests.tampering.restate import restate
from tests.tampering.results import RESULTS, Json
from tests.tampering.tamper import CHANGES, CLAIM, PRESENTATION, PROBLEM, tamper

CHANGES_OF_EACH = 30
RESTATED_OF_EACH = 8
# Disagreements that are known and not settled: what is odd about the result, and what the shipped checker and the independent one
# say, "" for nothing. Nothing else may differ. An entry goes when either checker, or the specification, has been corrected.
OPEN = [
    # The independent checker does not look at the form of what it does not need, and takes the question from the answer.
    ("", "form: ", ""),
    ("question", ".", ""),
    ("", "proof.grade: '[a-z]+' does not go with|proof.grade: '[a-z]+' needs a certificate for the objective, and its bound", ""),
    ("", "proof.bound: it is supported by nothing|proof.gap: it is not known", ""),
    ("", "design.weights: |certificate.(incentive|floor|cap).*(only nothing|sets no such limit)|status: a certificate contradicts", ""),
    # The shipped checker believes prices of zero on what nobody asks for.
    ("", "", "the design asks for no budget|.* has no lie |.* has no interim constraint|there is no worst-case requirement"),
    # They differ on weights of some agents only, on bounds without a mechanism, and on the sign of a bound on a violation.
    ("", "", "the weights do not name every agent|grade bounded needs a mechanism"),
    ("", "", r"the bound is -?([0-9/]+), not -?\1$"),
    ("", r"proof.bound: it is -?([0-9/]+), not -?\1$", ""),
]


# What the checker in one file does not look at: numbers of the environment, floats, margins that are listed, words between question and answer,
# terms and weights that no price and no mechanism needs, and a largest surplus for which there is no proof. It says so where it matters. And it does
# not mind prices that prove nothing, of no lie or of a type that cannot be, nor whose prices are written with whose: what they add up to counts.
LEFT_OUT = (
    "form: |first_best|status_quo|checks|.*the float is not the double nearest|.*no double is near|.*nothing exact is stated|design.constraints.terms"
    "|design.weights|budget_surplus: it is supported by nothing|proof.surplus|result: an answer to another question|proof.gap: it is not known"
    "|proof.grade: '[a-z]+' needs a certificate for the objective, and its bound|.*certificate contradicts"
    "|certificate.alike|.*are those of another agent|.*the truth is priced as a lie|.*has no interim price"
)


class Verdict(NamedTuple):
    """What the checkers say of a changed result: None if nothing is wrong with it."""

    name: str
    seed: str
    kind: str
    change: str
    odd: str
    shipped: str | None
    independent: str | None
    short: str | None

    @property
    def unsettled(self) -> bool:
        """Tell whether one checker accepts and the other does not, and why is not known."""
        differ = (self.shipped is None) != (self.independent is None)
        known = [pair for odd, *pair in OPEN if odd in self.odd]
        return differ and not any(matches(a, self.shipped) and matches(b, self.independent) for a, b in known)


def oddities(result: Json) -> str:
    """Return what makes it plain why the checkers differ: an answer to another question, a number that is not exact or not there."""
    with suppress(AttributeError, KeyError, TypeError):
        by_answer = result["answer"] is not None or result["proof"].get("surplus") is not None
        other = result["status"] if by_answer else result.get("budget_surplus")
        inexact = any(inner[key] is None for inner, key in places(result) if key in ("exact", "margin"))
        return "question " * (by_answer != (result["question"] == "certify") or other is not None) + "number" * inexact
    return ""


def matches(pattern: str, said: str | None) -> bool:
    """Tell whether a checker said this; the pattern "" is for nothing."""
    return said is None if not pattern else said is not None and re.match(pattern, said, re.DOTALL) is not None


def shipped(result: Any) -> str | None:
    """Return why the shipped checker refuses a result; anything but a FalseClaimError is a failure of its own."""
    try:
        lines = check_result(result)
    except FalseClaimError as error:
        return f"form: {error}" if isinstance(error, NotAResultError) else str(error)
    assert lines
    return None


def short(result: Any) -> str | None:
    """Return why the checker in one file refuses a result, or "form: " and what it does not look at."""
    try:
        lines = check.check_result(result)
    except check.FalseClaimError as error:
        return str(error)
    except check.UNREAD as error:
        return f"form: {error!r}"
    return f"form: {lines[-1]}" if "NOT CHECKED" in lines[-1] else None


def independent(result: Any) -> str | None:
    """Return why the independent checker refuses a result."""
    try:
        checker.verify(result)
    except AssertionError as error:
        return str(error)
    return None


@cache
def true(name: str) -> Json:
    """Return a result as a file brings it back."""
    return json.loads(json.dumps(RESULTS[name]()))


@cache
def changed(name: str) -> list[Verdict]:
    """Return what the checkers say of a result after one change."""
    found = []
    for k in range(CHANGES_OF_EACH):
        seed = f"{name} {k}"
        kind, change, result = tamper(true(name), random.Random(seed))
        found.append(Verdict(name, seed, kind, change, oddities(result), shipped(result), independent(result), short(result)))
    return found


@cache
def restated(name: str) -> list[Verdict]:
    """Return what the checkers say of a result after a change from which the liar draws all consequences."""
    found = []
    for k in range(RESTATED_OF_EACH):
        seed = f"{name} restated {k}"
        rng = random.Random(seed)
        kind, change, result = tamper(true(name), rng, rng.choice([CLAIM, PROBLEM, PROBLEM]))
        restate(result)
        found.append(Verdict(name, seed, kind, change, oddities(result), shipped(result), independent(result), short(result)))
    return found


@pytest.mark.parametrize("name", RESULTS)
def test_both_checkers_accept_a_result_as_it_is(name: str) -> None:
    assert (shipped(true(name)), independent(true(name))) == (None, None)


@pytest.mark.parametrize("name", RESULTS)
def test_the_checkers_agree_on_every_changed_result(name: str) -> None:
    assert [verdict for verdict in changed(name) if verdict.unsettled] == []


@pytest.mark.parametrize("name", RESULTS)
def test_the_checkers_agree_on_consistent_lies(name: str) -> None:
    assert [verdict for verdict in restated(name) if verdict.unsettled] == []


@pytest.mark.parametrize("name", RESULTS)
def test_the_checker_in_one_file_refuses_no_truth_and_accepts_no_lie_that_it_looks_at(name: str) -> None:
    verdicts = [*changed(name), *restated(name)]
    refused = [verdict for verdict in verdicts if verdict.short and not verdict.short.startswith("form: ")]
    assert [verdict for verdict in refused if verdict.shipped is None] == []
    accepted = [verdict for verdict in verdicts if verdict.short is None and verdict.shipped is not None]
    assert [verdict for verdict in accepted if not matches(LEFT_OUT, verdict.shipped)] == []


def test_the_checker_in_one_file_looks_at_most_results() -> None:
    read = [name for name in RESULTS if short(true(name)) is None]
    assert len(read) >= 0.8 * len(RESULTS)


@pytest.mark.parametrize("name", RESULTS)
def test_other_words_for_the_same_claims_stay_true(name: str) -> None:
    assert [verdict for verdict in changed(name) if verdict.kind == PRESENTATION and verdict.shipped is not None] == []


def test_nearly_every_change_of_a_claim_is_refused() -> None:
    """The others are luck: a weaker grade, a margin of another property that is the same, a price that does not matter."""
    claims = [verdict for name in RESULTS for verdict in changed(name) if verdict.kind == CLAIM]
    assert len(claims) > 500
    assert sum(verdict.shipped is not None for verdict in claims) >= 0.95 * len(claims)


def test_consistent_lies_are_often_true_so_that_agreement_says_something() -> None:
    verdicts = [verdict for name in RESULTS for verdict in restated(name)]
    accepted = sum(verdict.shipped is None for verdict in verdicts) / len(verdicts)
    assert 0.1 < accepted < 0.9


def test_every_kind_of_change_was_tried() -> None:
    tried = {(verdict.kind, verdict.change) for name in RESULTS for verdict in changed(name)}
    assert tried == {(kind, change) for kind, changes in CHANGES.items() for change in changes}


# --- what no dictionary can hold -----------------------------------------------------------------------------------------------------


def repeated(result: Json, rng: random.Random) -> str:
    """Return the text of a result in which a key stands twice, the second time with what stands under another key, or the same."""
    data = copy.deepcopy(result)
    inner, key = rng.choice([(inner, key) for inner, key in places(data) if isinstance(inner, dict)])
    inner["\0"] = rng.choice(list(inner.values()))
    return json.dumps(data).replace(json.dumps("\0"), json.dumps(key), 1)


@pytest.mark.parametrize("name", RESULTS)
def test_a_key_that_stands_twice_is_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "result.json"
    for k in range(5):
        path.write_text(repeated(true(name), random.Random(f"{name} {k}")), encoding="utf-8")
        assert claims.main([str(path)]) == 2
        assert "twice" in capsys.readouterr().out
