"""Representatives of identical agents in the search among rules: the same optimum, shared ties, far more agents."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import mechopt as mo
from mechopt.design.design import Design
from mechopt.environment.builders import object_environment, public_good
from mechopt.environment.grids import Grid
from mechopt.environment.winning import group_winning_floats, winning_probabilities
from mechopt.exact.checker.claims import check_result
from mechopt.exact.lagrangian import proved_bound
from mechopt.pipeline.admissible import is_admissible
from mechopt.program.ordered import groups_of_equals
from mechopt.rational import RationalArray
from tests.environment.test_rules import drawn_grid
from tests.oracles import checker


@pytest.mark.parametrize("seed", range(12))
def test_shared_ties_are_the_average_over_members_of_ties_settled_by_an_order(seed: int) -> None:
    rng = random.Random(seed)
    sizes, n_types = [rng.randint(1, 4) for _ in range(3)], [rng.randint(1, 4) for _ in range(3)]
    priors = [RationalArray.from_fractions(list(drawn_grid(rng, n).prior)) for n in n_types]
    scores = [[rng.randint(-1, 3) for _ in range(n)] for n in n_types]
    members = [g for g, size in enumerate(sizes) for _ in range(size)]
    alone = winning_probabilities([RationalArray.of(scores[g]) for g in members], [priors[g] for g in members])
    shared = winning_probabilities([RationalArray.of(own) for own in scores], priors, sizes)
    for g, size in enumerate(sizes):
        own = [table.fractions() for table, h in zip(alone, members, strict=True) if h == g]
        assert shared[g].fractions() == [sum(chances) / size for chances in zip(*own, strict=True)]
    flat, prior = np.concatenate(scores).astype(np.int64), np.concatenate([table.floats() for table in priors])
    found = group_winning_floats(flat, np.repeat(np.arange(3), n_types), prior, np.array(sizes))
    assert found == pytest.approx(np.concatenate([table.floats() for table in shared]), abs=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_representatives_reach_the_optimum_of_the_full_program(seed: int) -> None:
    rng = random.Random(seed)
    common = drawn_grid(rng, rng.randint(2, 3))
    grids = {"owner": drawn_grid(rng, 3), **{f"buyer {k}": common for k in range(rng.randint(2, 3))}}
    environment = object_environment(grids, {"owner": 1})
    choices = {
        "objective": rng.choice(["welfare", "gains", "revenue", "payoff"]),
        "participation": rng.choice(["interim-ir", "interim-ir", "ex-ante-ir"]),
        "budget": rng.choice(["expected-no-deficit", "balanced"]),
    }
    assert len(groups_of_equals(environment, Design(**choices))) == 2
    found = mo.solve(environment, method="columns", **choices)
    assert found.value.float == pytest.approx(mo.solve(environment, method="full", **choices).value.float, abs=1e-8)
    assert is_admissible(found.mechanism, Design(**choices))


def test_sixty_identical_buyers_are_two_representatives_with_the_seller() -> None:
    grid = Grid(tuple(Fraction(k, 4) for k in range(5)), (Fraction(1, 5),) * 5)
    environment = object_environment({"seller": grid} | {f"buyer {k}": grid for k in range(60)}, {"seller": 1})
    found = mo.solve(environment)
    assert found.statistics["backend"]["representatives"] == 2
    assert 0 <= found.proof.gap < Fraction(1, 10**9)
    assert [entry["name"] for entry in found.statistics["reductions"]] == ["E4", "E7"]


def verified_by_both(result: mo.Result) -> None:
    """The shipped checker and the one written from the specification alone accept a result as a file has it."""
    document = json.loads(json.dumps(result.to_dict()))
    assert check_result(document)
    checker.verify(document)


def zero_or_not(rng: random.Random, n_types: int) -> Grid:
    """Values on a coarse grid, so that agents tie; perhaps a type that cannot be."""
    weights = [rng.choice([0, 1, 2]) for _ in range(n_types - 1)] + [1]
    return Grid(tuple(sorted(Fraction(rng.randint(0, 3)) for _ in range(n_types))), tuple(Fraction(w, sum(weights)) for w in weights))


@pytest.mark.parametrize("seed", range(12))
def test_agents_who_are_alike_are_treated_alike_whoever_owns_the_object(seed: int) -> None:
    """Whichever types are worst off: partners in equal shares, an owner among twins of others, ties at every value, types that cannot be."""
    rng = random.Random(seed)
    twin, other = zero_or_not(rng, rng.randint(2, 3)), zero_or_not(rng, 2)
    grids = rng.choice([{"a": twin, "b": twin, "c": twin}, {"a": twin, "z": other, "b": twin}])
    shares = rng.choice([dict.fromkeys(grids, Fraction(1, 3)), {"a": Fraction(1, 2), "b": Fraction(1, 2)}, {"z": 1} if "z" in grids else {}])
    environment = object_environment(grids, shares)
    choices = {"objective": rng.choice(["welfare", "gains", "revenue", "payoff"]), "budget": rng.choice(["no-deficit", "balanced"])}
    found = mo.solve(environment, method="columns", **choices)
    assert len(found.mechanism.groups) == len({(grid, shares.get(name, 0)) for name, grid in grids.items()})
    assert found.value.float == pytest.approx(mo.solve(environment, method="full", **choices).value.float, abs=1e-8)
    verified_by_both(found)


@pytest.mark.parametrize("shares", [{}, {"a": Fraction(1, 3), "b": Fraction(1, 3), "c": Fraction(1, 3)}])
def test_weights_tell_agents_apart_or_leave_them_alike(shares: dict[str, Fraction]) -> None:
    grid = Grid((Fraction(0), Fraction(1), Fraction(2)), (Fraction(1, 3),) * 3)
    environment = object_environment(dict.fromkeys("abc", grid), shares)
    for weights, groups in (({"a": 2, "b": 2, "c": 2}, 1), ({"a": 2, "b": 2, "c": 1}, 2), ({"a": 1, "b": 2, "c": 3}, 3)):
        choices = {"objective": "weighted", "weights": weights, "budget": "balanced"}
        found = mo.solve(environment, method="columns", **choices)
        assert len(found.mechanism.groups) == groups
        assert found.value.float == pytest.approx(mo.solve(environment, method="full", **choices).value.float, abs=1e-8)
        verified_by_both(found)


def test_a_thousand_buyers_of_two_types_leave_the_surplus_that_is_written_down() -> None:
    # Worth 1 or 2 with equal odds. If all n are worth 1 they tie, and each wins with 1/n: a buyer worth 2 keeps that chance of hers, half^(n-1)/n.
    n, half = 1000, Fraction(1, 2)
    grid = Grid((Fraction(1), Fraction(2)), (half, half))
    found = mo.certify(object_environment({f"buyer {k}": grid for k in range(n)}))
    assert found.budget_surplus.exact == (2 - half**n) - n * half * half ** (n - 1) / n
    document = json.loads(json.dumps(found.to_dict()))
    assert [len(group) for group in document["mechanism"]["alike"]] == [n]
    assert check_result(document)


def test_a_saved_mechanism_of_agents_who_share_ties_is_read_back(tmp_path: Path) -> None:
    grid = Grid((Fraction(0), Fraction(1)), (Fraction(1, 2), Fraction(1, 2)))
    found = mo.solve(object_environment(dict.fromkeys(("Ann", "Bob", "Cem"), grid)), method="columns", objective="revenue", budget="no-deficit")
    found.save(tmp_path / "result.json")
    read = mo.load_result(tmp_path / "result.json")
    assert read.mechanism.allocation(("1", "1", "0")) == found.mechanism.allocation(("1", "1", "0")) == (Fraction(1, 2), Fraction(1, 2), 0, 0)
    assert [read.mechanism.interim_payments(i).texts() for i in range(3)] == [found.mechanism.interim_payments(i).texts() for i in range(3)]
    winners = {read.mechanism.sample(random.Random(seed), ("1", "1", "0"))[1] for seed in range(20)}
    assert winners == {"Ann", "Bob"}
    assert read.certificate.to_dict() == found.certificate.to_dict()
    assert proved_bound(read.certificate) == found.certificate.bound


@pytest.mark.parametrize("seed", range(4))
def test_a_public_good_for_citizens_who_are_alike_has_the_optimum_of_the_full_program(seed: int) -> None:
    rng = random.Random(seed)
    twin, other = zero_or_not(rng, 2), zero_or_not(rng, 2)
    environment = public_good({"a": twin, "z": other, "b": twin, "c": twin} if seed % 2 else dict.fromkeys("abcd", twin), 3)
    choices = {"objective": rng.choice(["welfare", "revenue"]), "budget": "no-deficit"}
    found = mo.solve(environment, method="columns", **choices)
    assert len(found.mechanism.groups) == 1 + seed % 2
    assert found.value.float == pytest.approx(mo.solve(environment, method="full", **choices).value.float, abs=1e-8)
    verified_by_both(found)
