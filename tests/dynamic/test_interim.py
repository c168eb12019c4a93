"""The budget condition after every profile, where values have errors: as near to the exact one as it says, and silent where it cannot know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from mechopt.dynamic.budget import condition
from mechopt.dynamic.environment import DynamicAgent, DynamicEnvironment
from mechopt.dynamic.interim import interim
from mechopt.dynamic.pivot import pivot, rounded_pivot
from mechopt.rational import RationalArray
from tests.dynamic.environments import dense, random_environment


def as_joint(environment: DynamicEnvironment) -> DynamicEnvironment:
    """Return the same environment with its transitions and beginnings as tables over profiles."""
    other = dense(environment)
    bare = tuple(replace(agent, transition=None) for agent in environment.agents)
    n = 1 if environment.action_independent else environment.n_actions
    start = RationalArray.from_fractions(other.start, environment.n_types)
    return replace(environment, agents=bare, transition=RationalArray.of(other.moves[:n]), initial=start)


@pytest.mark.parametrize("joint", [False, True])
@pytest.mark.parametrize("per_action", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_the_rounded_interim_slack_is_as_near_as_it_says(seed: int, per_action: bool, joint: bool) -> None:
    environment = random_environment(seed, sizes=(3, 2, 2), per_action=per_action)
    environment = as_joint(environment) if joint else environment
    exact, rounded = pivot(environment), rounded_pivot(environment)
    truth, found = interim(exact, condition(exact)), interim(rounded, condition(rounded))
    if found is None:  # two actions tie exactly at a profile that is reached
        assert per_action
        assert not exact.efficient.unique
        return
    assert truth.slack.exact is not None
    assert abs(found.slack.float - float(truth.slack.exact)) <= found.error < 1e-8
    assert found.holds in (None, truth.holds)
    assert abs(slack_after(environment, found.worst) - truth.slack.exact) <= 2 * found.error


def slack_after(environment: DynamicEnvironment, types: Mapping[str, str] | None) -> Fraction:
    """Return the slack of the dense implementation in period 0, or begun anew after a profile."""
    other = dense(environment)
    if types is not None:
        position = [agent.types.index(types[agent.name]) for agent in environment.agents]
        state = int(np.ravel_multi_index(position, environment.n_types))
        action = int(pivot(environment).efficient.actions[state])
        other.start = other.moves[action][state]
    slack: Fraction = other.pivot()["slack"]
    return slack


def chain(edges: list[list[int]], begin: int, wanted: int) -> DynamicEnvironment:
    """Return two agents who move alike along edges from one type; only the profile in which both have the last type is worth anything."""
    n = len(edges)
    moves = [[Fraction(int(b in row), len(row)) for b in range(n)] for row in edges]
    start = tuple(Fraction(int(a == begin)) for a in range(n))
    reward = RationalArray.of([[0, 1 if a == wanted else 0] for a in range(n)])
    agents = tuple(DynamicAgent(name, tuple(map(str, range(n))), reward, start, RationalArray.of([moves])) for name in ("first", "second"))
    return DynamicEnvironment(agents, ("rest", "work"), Fraction(1, 2), {"work": ("first", "second")})


def test_profiles_that_two_clocks_never_show_together_are_not_looked_at() -> None:
    """Both types circle 0, 1, 2 in step: of nine profiles three occur, found agent by agent without building the product."""
    environment = chain([[1], [2], [0]], 0, 2)
    rounded = rounded_pivot(environment)
    found = interim(rounded, condition(rounded))
    truth = interim(pivot(environment), condition(pivot(environment)))
    assert found is not None
    assert (found.worst, found.holds) == (truth.worst, truth.holds)
    assert abs(found.slack.float - truth.slack.float) <= found.error


def test_where_actions_tie_and_move_types_differently_nothing_is_said() -> None:
    """Both actions are worth the same today and lead elsewhere, from where everything is worth the same: exactly a tie."""
    agents = tuple(
        DynamicAgent(
            name,
            ("low", "high"),
            RationalArray.of([[1, 1], [1, 1]]),
            (Fraction(1), Fraction(0)),
            RationalArray.of([[[1, 0], [0, 1]], [[0, 1], [1, 0]]]),
        )
        for name in ("first", "second")
    )
    environment = DynamicEnvironment(agents, ("stay", "swap"), Fraction(1, 2), {})
    rounded = rounded_pivot(environment)
    assert interim(rounded, condition(rounded)) is None


def test_a_failure_after_a_profile_is_shown_with_the_profile() -> None:
    """The condition holds in period 0, and no longer after the profile that is named."""
    environment = replace(random_environment(7, sizes=(3, 4)), discount=Fraction(1, 2))
    rounded = rounded_pivot(environment)
    first = condition(rounded)
    found = interim(rounded, first)
    assert first.holds
    assert found is not None
    assert found.holds is False
    assert found.worst is not None
    assert slack_after(environment, found.worst) < 0
