"""True results pass; not a leaf of them can be changed."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

import mechopt as mo
from mechopt.exact.checker.claims import FalseClaimError, check_result
from tests.exact.checking.economies import digest
from tests.exact.checking.results import (
    RESULTS,
    leaves,
    replaced,
)

F = Fraction


@pytest.mark.parametrize("name", RESULTS)
def test_a_true_result_passes(name: str) -> None:
    lines = check_result(RESULTS[name])
    assert lines[0].startswith("digest")
    assert lines[-1].startswith("proof")


def another(leaf: Any) -> Any:
    if isinstance(leaf, str):
        try:
            return str(F(leaf) + F(1, 7))
        except ValueError:
            return leaf + "'"
    if isinstance(leaf, bool):
        return not leaf
    return 1 if leaf is None else leaf + max(abs(leaf), 1e-300) * 2**-52


# Any price of the constraint "force" from 1 on proves the same.
CLAIMS = [(name, path) for name, data in RESULTS.items() for path in leaves(data) if path[-1] != "force"]


@pytest.mark.parametrize(("name", "path"), CLAIMS, ids=lambda part: part if isinstance(part, str) else ".".join(map(str, part)))
def test_no_leaf_of_a_result_can_be_changed(name: str, path: tuple[Any, ...]) -> None:
    with pytest.raises(FalseClaimError):
        check_result(replaced(RESULTS[name], path, another))


@pytest.mark.parametrize("name", RESULTS)
def test_a_certificate_for_another_economy_is_refused_although_the_digest_fits(name: str) -> None:
    for path in leaves(RESULTS[name]["problem"]["agents"], "problem", "agents"):
        if path[3] in ("values", "utility", "prior"):
            changed = replaced(RESULTS[name], path, another)
            with pytest.raises(FalseClaimError):
                check_result(changed | {"digest": digest(changed["problem"])})


def test_an_objective_plays_no_part_in_whether_efficiency_is_possible() -> None:
    """The worst case is no objective where a first best is negative. Here b is efficient, worth 0 to one type, so that its cost is not covered."""
    table = mo.table({"Ann": [[1, 0], [3, 4]]}, ["a", "b"], cost=[5, "10/3"])
    result = mo.certify(table, objective="worst-case").to_dict()
    assert check_result(result)[-1] == "proof: impossible is optimal, bound -10/3, gap 0"
