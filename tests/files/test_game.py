"""A direct mechanism as a game for Gambit: telling the truth is an equilibrium, and after a change of payments it is not."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import mechopt as mo
from mechopt.errors import MechoptError
from mechopt.files.game import bayesian_game, truth_telling
from mechopt.rational import RationalArray

pytest.importorskip("pygambit", reason="pygambit is not installed (extra gambit)")

PROBLEMS = [
    ("myerson-satterthwaite-1983/uniform-6", ["agents.seller.values.points=3", "agents.buyer.values.points=3"]),
    ("cremer-mclean-1988/interim", []),
]


@pytest.mark.parametrize(("name", "settings"), PROBLEMS)
def test_telling_the_truth_is_an_equilibrium(name, settings):
    result = mo.solve(mo.load(name, settings))
    game = bayesian_game(result.mechanism)
    truth = truth_telling(game)
    assert Fraction(str(truth.max_regret())) == 0
    payoffs = [Fraction(str(truth.payoff(player))) for player in game.players]
    assert sum(payoffs) == result.welfare.exact - result.revenue.exact


def test_a_lie_that_pays_is_seen_by_both():
    result = mo.solve(mo.load("myerson-satterthwaite-1983/uniform-6", PROBLEMS[0][1]))
    changed = result.mechanism.payments.numerators.astype(object).copy()
    changed[1, :, 2] += result.mechanism.payments.denominator
    mechanism = replace(result.mechanism, payments=RationalArray(np.asarray(changed), result.mechanism.payments.denominator))
    assert Fraction(str(truth_telling(bayesian_game(mechanism)).max_regret())) > 0


def test_a_game_too_large_to_look_at_is_refused():
    mechanism = mo.solve(mo.load("myerson-satterthwaite-1983/uniform-20", ["agents.seller.values.points=23"])).mechanism
    with pytest.raises(MechoptError, match="the game has 211,600 plays"):
        bayesian_game(mechanism)
