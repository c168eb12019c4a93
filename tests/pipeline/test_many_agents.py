"""Far beyond enumeration: longest paths for many agents, ties settled by prices, exact answers without any program."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from random import Random

import pytest

import mechopt as mo
from mechopt.environment.grids import Grid
from mechopt.exact.lagrangian import proved_bound
from mechopt.mechanism.properties import check
from mechopt.mechanism.rules import RulesMechanism
from mechopt.pipeline import longest_paths
from mechopt.pipeline.methods import Choice
from mechopt.pipeline.questions import certify
from mechopt.result import Result

pytestmark = pytest.mark.filterwarnings("ignore::mechopt.errors.MechoptWarning")


def surplus_of_identical_buyers(grid: Grid, n: int) -> Fraction:
    """The expected virtual value of the highest type among n: the revenue of the efficient auction (Myerson 1981)."""
    below, found, last = Fraction(0), Fraction(0), len(grid.values) - 1
    for k, (value, chance) in enumerate(zip(grid.values, grid.prior, strict=True)):
        upto = below + chance
        step = grid.values[k + 1] - value if k < last else Fraction(0)
        virtual = value - step * (1 - upto) / chance
        found += virtual * (upto**n - below**n)
        below = upto
    return found


def used(result: Result) -> bool:
    return any(entry["name"] == "E5" and entry["applied"] for entry in result.statistics["reductions"])


@pytest.mark.parametrize("n", [10, 100])
def test_identical_buyers_leave_the_expected_virtual_value_of_the_highest_type(n: int) -> None:
    grid = Grid(tuple(map(Fraction, (1, 2, 4, 5))), (Fraction(1, 6), Fraction(1, 3), Fraction(1, 3), Fraction(1, 6)))
    result = certify(mo.single_item_auction([grid] * n), budget="no-deficit")
    assert used(result)
    assert result.statistics["programs"] == 0
    assert max(len(entry["effect"]) for entry in result.statistics["reductions"]) < 100
    assert result.budget_surplus is not None
    assert result.budget_surplus.exact == surplus_of_identical_buyers(grid, n)
    assert result.proof.grade == "optimal"
    assert isinstance(result.mechanism, RulesMechanism)
    assert check(result.mechanism, "bic").holds
    assert check(result.mechanism, "efficient").holds


def test_a_large_partnership_without_ties_is_answered_exactly() -> None:
    """The envelope: a partner of worst type w keeps what she is owed there; the surplus follows from interim probabilities alone."""
    n, m = 24, 10
    grids = [mo.uniform(Fraction(i, 7 * n), 1 + Fraction(i * i, 11 * n * n), m) for i in range(n)]
    result = certify(mo.partnership([Fraction(1, n)] * n, grids))
    expected = Fraction(0)
    for i, grid in enumerate(grids):
        chance = [wins(grids, i, value) for value in grid.values]
        # Rents above the property right, from the lowest type up, and their least value.
        rents = [Fraction(0)]
        for (low, high), (p, q) in zip(pairwise(grid.values), pairwise(chance), strict=True):
            step = high - low
            rents.append(rents[-1] + step * (p if p >= Fraction(1, n) else q if q <= Fraction(1, n) else Fraction(1, n)) - step / n)
        least = min(rents)
        paid = [value * (p - Fraction(1, n)) - (rent - least) for value, p, rent in zip(grid.values, chance, rents, strict=True)]
        expected += sum(paid, Fraction(0)) / m
    assert used(result)
    assert result.budget_surplus is not None
    assert result.budget_surplus.exact == expected
    assert result.answer == "possible"


def wins(grids: list[Grid], i: int, value: Fraction) -> Fraction:
    """The chance that everybody else's value is lower."""
    chance = Fraction(1)
    for j, grid in enumerate(grids):
        if j != i:
            chance *= sum((p for other, p in zip(grid.values, grid.prior, strict=True) if other < value), Fraction(0))
    return chance


def test_ties_settled_by_prices_leave_exactly_what_the_program_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    random = Random("settled ties")
    settled = 0
    for k in range(40):
        n, m = random.choice(((2, 2), (2, 3), (3, 2), (3, 3)))
        values = tuple(sorted(Fraction(random.randint(0, 4)) for _ in range(m)))
        grids = {f"agent {i}": Grid(values, (Fraction(1, m),) * m) for i in range(n)}
        if random.random() < 0.3:
            environment = mo.public_good(grids, random.randint(1, 5))
        else:
            environment = mo.object_environment(grids, {"agent 0": random.choice((0, 1, Fraction(1, 2)))})
        budget = random.choice(("no-deficit", "balanced"))
        by_program = certify(environment, budget=budget, reductions=("E1", "E2", "E3"))
        with monkeypatch.context() as patch:
            patch.setattr(longest_paths, "choose", lambda *_: Choice("columns", "as if it were large"))
            result = certify(environment, budget=budget)
        assert (result.answer, result.budget_surplus) == (by_program.answer, by_program.budget_surplus), k
        if used(result):
            settled += 1
            assert result.proof.surplus is not None
            certificate = result.proof.surplus.certificate or result.certificate
            assert certificate is not None
            assert result.budget_surplus is not None
            assert proved_bound(certificate) == result.budget_surplus.exact
    assert settled >= 25
