"""Theorems from the command line."""

from __future__ import annotations

import json

import pytest

from mechopt.cli.ask import theorem
from mechopt.pipeline.theorems.registry import THEOREMS

TRADE = "myerson-satterthwaite-1983/uniform-6"


@pytest.mark.parametrize("row", THEOREMS.values(), ids=list(THEOREMS))
def test_every_theorem_is_answered_in_words_and_in_json(mechopt, row):
    done = mechopt("theorem", row.id, TRADE)
    assert (done.status, done.err) == (0, "")
    words = " ".join(done.out.split())
    assert f"{row.statement} ({row.reference})." in words
    data = json.loads(mechopt("theorem", row.id, TRADE, "--json").out)
    assert (data["theorem"], data["statement"], data["reference"]) == (row.id, row.statement, row.reference)
    assert isinstance(data["holds"], bool)


def test_the_help_names_every_theorem():
    assert all(name in theorem.help for name in THEOREMS)


def test_numbers_in_json_have_both_faces(mechopt):
    data = json.loads(mechopt("theorem", "ir-vcg-criterion", TRADE, "--json").out)
    assert data["difference"] == {"float": 5 / 36, "exact": "5/36"}
    assert data["result"]["format"] == "mechopt-result"
    assert (data["criterion"], data["agrees"], data["holds"]) == ("impossible", True, False)


def test_reasons_are_printed_where_a_theorem_fails(mechopt):
    coarse = [f"--set=agents.{side}.values.points=3" for side in ("seller", "buyer")]
    assert "gaps between types leave room" in " ".join(mechopt("theorem", "green-laffont", TRADE, *coarse).out.split())
    alone = mechopt("theorem", "green-laffont", TRADE, "--set", "agents.seller.values.points=1")
    assert "a Groves mechanism balances" in " ".join(alone.out.split())
    assert "the criterion is wrong" in mechopt("theorem", "ir-vcg-criterion", TRADE, *coarse).out
    assert "97.3 % of that" in mechopt("theorem", "hagerty-rogerson", "hagerty-rogerson-1987/lottery").out


def test_an_unknown_theorem_and_one_that_does_not_apply_are_refused(mechopt):
    done = mechopt("theorem", "green-lafont", TRADE)
    assert done.status == 2
    assert done.err.startswith("error: theorem 'green-lafont' is unknown; did you mean 'green-laffont'?")
    done = mechopt("theorem", "green-laffont", "dasgupta-maskin-2000/two-bidders")
    assert done.status == 2
    assert "the theorem 'green-laffont' does not apply: utilities depend on the others' types" in done.err
