from __future__ import annotations

from fractions import Fraction

from benchmarks import inequalities
from benchmarks.inequalities import Inequality, drawn


def test_inequalities_hold_on_the_first_economies():
    found = inequalities.table(range(4))
    assert all(row["within"] for row in found.rows)
    assert {row["name"]: row["economies"] for row in found.rows}["second best >= first best / 2"] == 2


def test_economies_are_the_same_every_time_and_differ():
    first, again = (drawn(number).environment for number in (0, 0))
    assert [agent.values for agent in first.agents] == [agent.values for agent in again.agents]
    assert [agent.values for agent in first.agents] != [agent.values for agent in drawn(2).environment.agents]


def test_a_violated_inequality_is_noticed(monkeypatch):
    monkeypatch.setattr(inequalities, "INEQUALITIES", (Inequality("false", lambda _: [Fraction(1), Fraction(-1, 2)]),))
    row = inequalities.table(range(3)).rows[0]
    assert (row["violated"], row["least"], row["within"]) == (3, Fraction(-1, 2), False)
