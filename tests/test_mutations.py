"""Four oracles: whatever is wrong in the assembly, something that shares no code with it says so.

Each mutation changes how a requirement becomes rows. What must catch it is not the value alone: a forgotten row gives a mechanism that fails
its property checks; a row that is too strict gives prices that do not prove the value; a wrong sign or weight fails one of the two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

import mechopt as mo
from mechopt.pipeline.questions import certify, solve
from mechopt.program import assemble as assembly
from mechopt.program import requirements
from mechopt.program.linear import BlockBuilder
from mechopt.rational import RationalArray
from mechopt.result import Result

TRADE = mo.bilateral_trade(mo.uniform(0, 1, 6), mo.uniform(0, 1, 6))
KNOWN_GAINS = Fraction(25, 162)  # second best on six points: problems/myerson-satterthwaite-1983/uniform-6
KNOWN_SURPLUS = Fraction(-5, 216)  # (k - 1)(5 - k)/(6 k^2)
Rows = Callable[..., Any]


def forgets(name: str) -> Rows:
    """Return an `add_rows` that leaves out the last row of the named blocks."""
    original = BlockBuilder.add_rows

    def add_rows(self: BlockBuilder, block: str, shape: tuple[int, ...], entries: Any, *rest: Any, **keywords: Any) -> Any:
        if block == name:
            last = shape[0] - 1
            entries = [(rows, rows * 0 + columns, weighted(values, rows != last)) for rows, columns, values in entries]
            rest = (None, None)
        return original(self, block, shape, entries, *rest, **keywords)

    return add_rows


def weighted(values: RationalArray, kept: Any) -> RationalArray:
    return values * RationalArray(kept.astype("int64"))


def changes(name: str, change: Callable[[list[Any], list[Any]], tuple[list[Any], list[Any]]]) -> Rows:
    """Return an `add_rows` that changes entries and bounds of the named blocks."""
    original = BlockBuilder.add_rows

    def add_rows(self: BlockBuilder, block: str, shape: tuple[int, ...], entries: Any, *bounds: Any, **keywords: Any) -> Any:
        if block == name:
            entries, changed = change(list(entries), list(bounds))
            bounds = tuple(changed)
        return original(self, block, shape, entries, *bounds, **keywords)

    return add_rows


def stricter(entries: list[Any], bounds: list[Any]) -> tuple[list[Any], list[Any]]:
    return entries, [bounds[0] + Fraction(1, 100), *bounds[1:]]


def other_sign(entries: list[Any], bounds: list[Any]) -> tuple[list[Any], list[Any]]:
    rows, columns, values = entries[-1]
    return [*entries[:-1], (rows, columns, -values)], bounds


def other_weight(entries: list[Any], bounds: list[Any]) -> tuple[list[Any], list[Any]]:
    rows, columns, values = entries[-1]
    return [*entries[:-1], (rows, columns, values * Fraction(9, 10))], bounds


MUTATIONS = {
    "a forgotten incentive row": forgets("incentive"),
    "a forgotten participation row": forgets("participation"),
    "a forgotten budget row": forgets("budget"),
    "an incentive row that is too strict": changes("incentive", stricter),
    "a participation row that is too strict": changes("participation", stricter),
    "a budget row that is too strict": changes("budget", stricter),
    "a wrong sign in the incentive rows": changes("incentive", other_sign),
    "a wrong sign in the participation rows": changes("participation", other_sign),
    "a wrong sign in the budget row": changes("budget", other_sign),
    "a wrong sign in the links": changes("link", other_sign),
    "a wrong weight in the incentive rows": changes("incentive", other_weight),
    "a wrong weight in the participation rows": changes("participation", other_weight),
    "a wrong weight in the budget row": changes("budget", other_weight),
    "a wrong weight in the links": changes("link", other_weight),
}


def proved(result: Result) -> bool:
    return result.proof.grade == "optimal" and result.proof.gap == 0


def test_without_a_mutation_value_proof_and_checks_agree() -> None:
    assert proved(best := solve(TRADE, objective="gains"))
    assert best.value is not None
    assert best.value.exact == KNOWN_GAINS
    assert certify(TRADE).budget_surplus == mo.result.Number.of(KNOWN_SURPLUS)


# The full program has no links between interim and ex post quantities.
CASES = [(name, reductions) for name in MUTATIONS for reductions in (None, ()) if reductions is None or "link" not in name]


@pytest.mark.parametrize(("name", "reductions"), CASES, ids=lambda value: {None: "reduced", (): "full"}.get(value, value))
def test_a_wrong_row_is_never_called_optimal(name: str, reductions: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BlockBuilder, "add_rows", MUTATIONS[name])
    assert not proved(solve(TRADE, objective="gains", reductions=reductions))


def test_a_wrong_weight_in_the_objective_is_never_called_optimal(monkeypatch: pytest.MonkeyPatch) -> None:
    def tilted(frame: Any) -> Any:
        terms, constant = assembly._gains(frame)
        columns, values = terms[0]
        return [(columns, values * RationalArray.of([1, "9/10", 1]))], constant

    monkeypatch.setitem(assembly._OBJECTIVES, "gains", tilted)
    assert not proved(solve(TRADE, objective="gains"))


def test_a_forgotten_arc_between_equal_values_is_never_called_optimal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neighbours in a row only, though two types share a value: reduction E2 done carelessly."""
    import numpy as np

    from mechopt.program import frame

    def in_a_row(numbers: tuple[Fraction, ...]) -> Any:
        order = sorted(range(len(numbers)), key=numbers.__getitem__)
        pairs = [*pairwise(order), *((b, a) for a, b in pairwise(order))]
        return np.array([a for a, _ in pairs]), np.array([b for _, b in pairs])

    monkeypatch.setattr(frame, "local_pairs", in_a_row)
    values = (Fraction(1), Fraction(1), Fraction(2), Fraction(3))
    seller, buyer = mo.Grid(values, (Fraction(1, 4),) * 4), mo.Grid(values, (Fraction(1, 8), Fraction(3, 8), Fraction(1, 4), Fraction(1, 4)))
    careless = solve(mo.bilateral_trade(seller, buyer), objective="revenue", budget="none")
    careful = solve(mo.bilateral_trade(seller, buyer), objective="revenue", budget="none", reductions=())
    assert not proved(careless) or careless.value == careful.value


def test_the_surplus_program_ignores_no_participation_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements, "_participation", lambda *_: None)
    with pytest.raises((mo.errors.SolverError, AssertionError)):
        assert certify(replace(mo.Problem(TRADE))).answer == "impossible"
