"""The revelation principle as an operation, and equilibrium checks with the best deviation."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mechopt.environment import builders
from mechopt.environment.grids import two_types
from mechopt.errors import DesignError, UnknownNameError
from mechopt.mechanism.classical.groves import vcg
from mechopt.mechanism.classical.revelation import BayesianGame, Strategy, check_dominant, check_equilibrium, direct_mechanism
from mechopt.rational import RationalArray
from tests.mechanism.classical.drawing import any_environment
from tests.mechanism.classical.enumeration import Economy, Table, entry
from tests.strategies import chances

pytestmark = pytest.mark.filterwarnings("ignore::mechopt.errors.MechoptWarning")
quick = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def plays(draw: st.DrawFn, **kinds: Any) -> tuple[BayesianGame, list[Strategy]]:
    """Draw a game with random rules, and strategies that are pure, mixed, or both."""
    environment = draw(any_environment(n_agents=(1, 2), **kinds))
    counts = [draw(st.integers(1, 3)) for _ in environment.agents]
    lotteries = [draw(chances(environment.n_outcomes)) for _ in range(prod(counts))]
    allocation = RationalArray.of(lotteries).reshape(*counts, environment.n_outcomes)
    paid = [Fraction(draw(st.integers(-3, 3)), 2) for _ in range(environment.n_agents * prod(counts))]
    payments = RationalArray.from_fractions(paid, (environment.n_agents, *counts))
    actions = tuple(tuple(f"act {k}" for k in range(count)) for count in counts)
    strategies: list[Strategy] = []
    for agent, count in zip(environment.agents, counts, strict=True):
        if draw(st.booleans()):
            strategies.append([draw(st.integers(0, count - 1)) for _ in agent.types])
        else:
            strategies.append(RationalArray.of([draw(chances(count)) for _ in agent.types]))
    return BayesianGame(environment, actions, allocation, payments), strategies


def mixed(game: BayesianGame, strategies: list[Strategy]) -> list[list[list[Fraction]]]:
    found = []
    for strategy, names in zip(strategies, game.actions, strict=True):
        rows = strategy.fractions() if isinstance(strategy, RationalArray) else [[Fraction(k == a) for k in range(len(names))] for a in strategy]
        found.append(rows)
    return found


def worth(game: BayesianGame, economy: Economy, i: int, p: tuple[int, ...], s: tuple[int, ...]) -> Fraction:
    lottery, paid = entry(game.allocation.fractions(), s), entry(game.payments.fractions()[i], s)
    return sum((q * economy.u(i, p, x) for x, q in enumerate(lottery)), -paid)


@quick
@given(plays())
def test_the_direct_mechanism_plays_the_strategies(play: tuple[BayesianGame, list[Strategy]]) -> None:
    game, strategies = play
    table, sigma = Table(direct_mechanism(game, strategies)), mixed(game, strategies)
    allocation, payments = game.allocation.fractions(), game.payments.fractions()
    for p in table.economy.profiles:
        played = [(s, prod((sigma[i][p[i]][k] for i, k in enumerate(s)), start=Fraction(1))) for s in product(*map(range, game.n_actions))]
        assert table.phi[p] == [sum(w * entry(allocation, s)[x] for s, w in played) for x in table.economy.outcomes]
        assert [t[p] for t in table.t] == [sum(w * entry(payments[i], s) for s, w in played) for i in table.economy.agents]


def losses(game: BayesianGame, strategies: list[Strategy]) -> dict[tuple[int, int, int], Fraction]:
    """Return what each deviation of each type of each agent costs in expectation; not those that are what she does anyway."""
    economy, sigma = Economy(game.environment), mixed(game, strategies)
    found = {}
    for i in economy.agents:
        for a in economy.counted(i):
            value = []
            for action in range(game.n_actions[i]):

                def payoff(p: tuple[int, ...], i: int = i, action: int = action) -> Fraction:
                    total = Fraction(0)
                    for s in product(*map(range, game.n_actions)):
                        if s[i] == action:
                            chance = prod((sigma[j][p[j]][s[j]] for j in economy.agents if j != i), start=Fraction(1))
                            total += chance * worth(game, economy, i, p, s)
                    return total

                value.append(economy.given(i, a, payoff))
            played = sum((w * v for w, v in zip(sigma[i][a], value, strict=True)), Fraction(0))
            found |= {(i, a, k): played - v for k, v in enumerate(value) if sigma[i][a][k] != 1}
    return found


@quick
@given(plays())
def test_the_best_deviation_is_found_exactly(play: tuple[BayesianGame, list[Strategy]]) -> None:
    game, strategies = play
    verdict, costs = check_equilibrium(game, strategies), losses(game, strategies)
    assert verdict.margin == min(costs.values(), default=Fraction(0))
    assert (verdict.witness is None) == (verdict.margin >= 0)
    if verdict.witness is not None:
        agents = game.environment.agents
        i = [agent.name for agent in agents].index(verdict.witness["agent"])
        a = agents[i].types.index(verdict.witness["true_type"])
        assert costs[i, a, game.actions[i].index(verdict.witness["deviation"])] == verdict.margin


@quick
@given(plays(kinds=("object", "public-good", "table")))
def test_a_dominant_strategy_is_a_best_reply_to_everything(play: tuple[BayesianGame, list[Strategy]]) -> None:
    game, strategies = play
    economy, sigma = Economy(game.environment), mixed(game, strategies)
    costs = []
    for i in economy.agents:
        for a, s in product(range(economy.sizes[i]), product(*map(range, game.n_actions))):
            p = tuple(a if j == i else 0 for j in economy.agents)
            own = sum(w * worth(game, economy, i, p, (*s[:i], k, *s[i + 1 :])) for k, w in enumerate(sigma[i][a]))
            costs += [own - worth(game, economy, i, p, s)] if sigma[i][a][s[i]] != 1 else []
    verdict = check_dominant(game, strategies)
    assert verdict.margin == min(costs, default=Fraction(0))
    if verdict.holds:
        assert Table(direct_mechanism(game, strategies)).margin("dsic") >= 0


@quick
@given(plays())
def test_truth_is_an_equilibrium_of_the_direct_mechanism_of_an_equilibrium(play: tuple[BayesianGame, list[Strategy]]) -> None:
    game, strategies = play
    margin = check_equilibrium(game, strategies).margin
    assert Table(direct_mechanism(game, strategies)).margin("bic") >= min(margin, 0)  # a lie is what another type does


def second_price() -> BayesianGame:
    auction = builders.object_environment({"Ann": two_types(0, 2), "Bob": two_types(0, 2)})
    mechanism = vcg(auction)
    return BayesianGame(auction, (("0", "2"), ("0", "2")), mechanism.allocation, mechanism.payments)


def test_bidding_ones_value_is_dominant_in_a_second_price_auction() -> None:
    assert check_dominant(second_price(), [["0", "2"], ["0", "2"]]).holds


def test_a_failed_equilibrium_names_the_best_deviation() -> None:
    verdict = check_equilibrium(second_price(), [["2", "2"], ["2", "2"]])
    assert verdict.margin == -2
    assert dict(verdict.witness or {}) == {"agent": "Ann", "true_type": "0", "deviation": "0"}
    named = check_dominant(second_price(), [["2", "2"], ["0", "2"]])
    assert dict(named.witness or {}) == {"agent": "Ann", "true_type": "0", "deviation": "0", "others": {"Bob": "2"}}


def test_games_and_strategies_that_do_not_fit_are_refused() -> None:
    game = second_price()
    auction = game.environment
    with pytest.raises(DesignError, match="at least one action"):
        BayesianGame(auction, (("0",),), game.allocation, game.payments)
    with pytest.raises(DesignError, match="payments has shape"):
        BayesianGame(auction, game.actions, game.allocation, game.payments[0])
    with pytest.raises(DesignError, match="no lottery"):
        BayesianGame(auction, game.actions, game.allocation * 2, game.payments)
    with pytest.raises(DesignError, match="one per agent, 2"):
        direct_mechanism(game, [["0", "2"]])
    with pytest.raises(DesignError, match="one action per type, 2"):
        direct_mechanism(game, [["0"], ["0", "2"]])
    with pytest.raises(DesignError, match="lottery over her 2 actions"):
        direct_mechanism(game, [RationalArray.of([[1, 1], [0, 1]]), ["0", "2"]])
    for unknown in (["0", "3"], [0, 2], [-1, 0]):
        with pytest.raises(UnknownNameError, match="strategy of Ann plays"):
            direct_mechanism(game, [unknown, ["0", "2"]])


def test_dominance_needs_private_values() -> None:
    values = [[[1, 0]], [[2, 0]]]
    environment = builders.interdependent({"Ann": values, "Bob": values}, ["yes", "no"])
    game = BayesianGame(environment, (("a",), ("b",)), RationalArray.of([[[1, 0]]]), RationalArray.full((2, 1, 1)))
    with pytest.raises(DesignError, match="private values"):
        check_dominant(game, [["a", "a"], ["b"]])
