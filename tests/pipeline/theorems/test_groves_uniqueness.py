"""How far efficient dominant-strategy payments can be from a Groves rule, against linear programs over the payments themselves."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from scipy.optimize import linprog

import mechopt as mo
from mechopt.environment.environment import Environment
from mechopt.errors import InvalidEnvironmentError, ProgramSizeError
from mechopt.pipeline.theorems.groves_uniqueness import Freedom, groves_uniqueness
from tests.mechanism.classical.drawing import PRIVATE, any_environment
from tests.mechanism.classical.enumeration import Economy, Table

pytestmark = pytest.mark.filterwarnings("ignore::mechopt.errors.MechoptWarning")
quick = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))


def spread(rows: list[tuple[int, int, Fraction]], pairs: list[tuple[int, int, Fraction]]) -> float:
    """Maximise t[a] - t[b] - g over the given pairs (a, b, g), subject to t[a] - t[b] <= c for the given rows (a, b, c)."""
    n = max((a for a, _, _ in pairs), default=-1) + 1
    greatest = 0.0
    for a, b, g in pairs:
        cost = np.zeros(n)
        cost[a], cost[b] = -1, 1
        matrix = np.zeros((len(rows), n))
        for k, (x, y, _) in enumerate(rows):
            matrix[k, [x, y]] = 1, -1
        found = linprog(cost, matrix, [float(c) for _, _, c in rows], bounds=[(0, 0), *[(None, None)] * (n - 1)], method="highs")
        assert found.status == 0
        greatest = max(greatest, -found.fun - float(g))
    return greatest


def distance_by_types(economy: Economy, i: int, others: tuple[int, ...]) -> float:
    """Half the greatest spread of t_i - t_i^Groves over own types, by a linear program with a variable per own type."""
    own = range(economy.sizes[i])
    profiles = [(*others[:i], a, *others[i:]) for a in own]
    best = [economy.best(p) for p in profiles]
    groves = [-economy.surplus(p, x, without=i) for p, x in zip(profiles, best, strict=True)]
    rows = [(a, b, economy.u(i, profiles[a], best[a]) - economy.u(i, profiles[a], best[b])) for a, b in product(own, own) if a != b]
    return spread(rows, [(a, b, groves[a] - groves[b]) for a, b in product(own, own) if a != b]) / 2


def distance_by_outcomes(economy: Economy, i: int, others: tuple[int, ...]) -> float:
    """The same with a variable per outcome that is efficient for some own type: truth pays however ties are broken."""
    profiles = [(*others[:i], a, *others[i:]) for a in range(economy.sizes[i])]
    ties = [[x for x in economy.outcomes if economy.surplus(p, x) == economy.surplus(p, economy.best(p))] for p in profiles]
    reached = sorted({x for entry in ties for x in entry})
    at = {x: k for k, x in enumerate(reached)}
    rows = [
        (at[x], at[y], economy.u(i, p, x) - economy.u(i, p, y)) for p, own in zip(profiles, ties, strict=True) for x in own for y in reached if x != y
    ]
    groves = {x: -economy.surplus(profiles[0], x, without=i) for x in reached}
    return spread(rows, [(at[x], at[y], groves[x] - groves[y]) for x, y in product(reached, reached) if x != y]) / 2


@quick
@given(any_environment(kinds=PRIVATE, n_agents=(1, 2)))
def test_bounds_are_those_of_linear_programs_over_the_payments(environment: Environment) -> None:
    economy, found = Economy(environment), groves_uniqueness(environment)
    for i in economy.agents:
        others = list(product(*(range(size) for j, size in enumerate(economy.sizes) if j != i)))
        for freedom, distance in ((found.chosen[i], distance_by_types), (found.robust[i], distance_by_outcomes)):
            assert float(freedom.distance) == pytest.approx(max(distance(economy, i, entry) for entry in others), abs=1e-7)


@quick
@given(any_environment(kinds=PRIVATE))
def test_the_extreme_rule_is_efficient_and_dominant_and_as_far_away_as_the_bound_says(environment: Environment) -> None:
    found = groves_uniqueness(environment)
    economy, table = Economy(environment), Table(found.extreme)
    assert table.margin("dsic") >= 0
    assert table.margin("efficient") == 0
    for i, freedom in enumerate(found.chosen):
        spreads = []
        for others in product(*(range(size) for j, size in enumerate(economy.sizes) if j != i)):
            profiles = [(*others[:i], a, *others[i:]) for a in range(economy.sizes[i])]
            added = [table.t[i][p] + economy.surplus(p, economy.best(p), without=i) for p in profiles]
            spreads.append(max(added) - min(added))
        assert max(spreads) == 2 * freedom.distance


def checked(economy: Economy, i: int, freedom: Freedom) -> None:
    """Assert that the chain of incentive constraints runs from one outcome to the other and adds up to the bound."""
    agents, outcomes = economy.environment.agents, economy.environment.outcomes
    at, total = freedom.outcome, freedom.groves
    for step in freedom.chain:
        types = [step.type if j == i else freedom.others[agent.name] for j, agent in enumerate(agents)]
        p = tuple(agent.types.index(name) for agent, name in zip(agents, types, strict=True))
        assert at == step.outcome
        assert economy.surplus(p, outcomes.index(step.outcome)) == economy.surplus(p, economy.best(p))
        assert step.slack == economy.surplus(p, economy.best(p)) - economy.surplus(p, outcomes.index(step.instead))
        at, total = step.instead, total + step.slack
    assert (at, total) == (freedom.instead, freedom.greatest)


@quick
@given(any_environment(kinds=PRIVATE))
def test_incentive_constraints_add_up_to_the_upper_bound(environment: Environment) -> None:
    economy, found = Economy(environment), groves_uniqueness(environment)
    for i in economy.agents:
        checked(economy, i, found.chosen[i])
        checked(economy, i, found.robust[i])


@pytest.mark.parametrize("k", [2, 3, 7])
def test_bidders_with_the_same_values_leave_no_room_but_for_half_a_step_where_ties_go_to_the_first(k: int) -> None:
    """The winner of a tie is indifferent at her price; a rule that always lets her win may charge anything up to the next value."""
    found = groves_uniqueness(mo.single_item_auction([mo.uniform(0, 1, k)] * 2))
    assert found.holds
    assert found.robust_distance == 0
    assert found.distance == Fraction(1, 2 * k)


def test_bidders_without_common_values_leave_room_whoever_wins_ties() -> None:
    # The second bidder is worth 1/2 or 3/2. Against 3/4 she wins if worth 3/2, at any price between her two values; Groves says 3/4.
    found = groves_uniqueness(mo.single_item_auction([mo.uniform(0, 1, 2), mo.uniform(0, 2, 2)]))
    freedom = found.robust[1]
    assert not found.holds
    assert (freedom.least, freedom.groves, freedom.greatest) == (Fraction(1, 2), Fraction(3, 4), Fraction(3, 2))
    assert freedom.distance == found.robust_distance == Fraction(3, 8)


def test_interdependent_values_are_refused() -> None:
    values = [[[a + b, 0] for b in (0, 1)] for a in (0, 1)]
    with pytest.raises(InvalidEnvironmentError, match="the theorem 'groves-uniqueness' does not apply"):
        groves_uniqueness(mo.interdependent({"Ann": values, "Bob": values}, ["yes", "no"]))


def test_too_many_prices_are_refused() -> None:
    with pytest.raises(ProgramSizeError, match="1000000 profiles and 7 outcomes"):
        groves_uniqueness(mo.single_item_auction([mo.uniform(0, 1, 10)] * 6))
