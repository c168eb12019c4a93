"""The balanced team mechanism of Athey and Segal (2013)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mechopt.dynamic.team import team_mechanism
from mechopt.errors import DesignError
from mechopt.rational import RationalArray
from tests.dynamic.environments import dense, random_environment


@pytest.mark.parametrize(("sizes", "per_action"), [((2, 3), False), ((2, 3), True), ((2, 2, 2), True)])
def test_it_balances_after_every_history_and_truth_pays_on_average(sizes: tuple[int, ...], per_action: bool) -> None:
    team = team_mechanism(random_environment(2, sizes=sizes, per_action=per_action))
    assert team.check_balance().holds
    assert team.check_incentives().holds


def test_a_term_that_pays_too_little_is_found_with_the_lie() -> None:
    team = team_mechanism(random_environment(2))
    halved = tuple(terms * RationalArray.of("1/2").item() for terms in team.incentives)
    bent = replace(team)
    bent.__dict__["incentives"] = halved
    assert bent.check_balance().holds
    verdict = bent.check_incentives()
    assert not verdict.holds
    assert set(verdict.witness) == {"agent", "true_type", "reported_type"}


def test_terms_average_out_over_what_may_follow_yesterday() -> None:
    environment = random_environment(4)
    team = team_mechanism(environment)
    own = environment.agents[1].transition.fractions()[0]
    for state, profile in enumerate(dense(environment).states):
        terms = team.incentives[1][state].fractions()
        assert sum(p * term for p, term in zip(own[profile[1]], terms, strict=True)) == 0


def test_correlated_agents_are_refused() -> None:
    environment = random_environment(2)
    joint = replace(environment, initial=RationalArray.from_fractions(dense(environment).start, environment.n_types))
    with pytest.raises(DesignError, match="types move or begin jointly"):
        team_mechanism(joint)
