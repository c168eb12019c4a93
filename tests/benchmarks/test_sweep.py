"""The benchmark of sweeps knows when a critical share is wrong."""

from __future__ import annotations

from fractions import Fraction

from benchmarks import sweep


def test_a_share_is_measured_against_what_is_known(monkeypatch):
    monkeypatch.setattr(sweep, "_HALVINGS", 3)
    (row,) = sweep.critical_shares((6,))
    assert (row["share"], row["within"]) == (Fraction(23, 24), True)
    monkeypatch.setitem(sweep.KNOWN, 6, Fraction(22, 24))
    (row,) = sweep.critical_shares((6,))
    assert not row["within"]
