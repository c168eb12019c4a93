"""A direct mechanism as a Bayesian game for Gambit: nature draws types, agents report, everybody gets what the mechanism says."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from mechopt.environment.welfare import utility_profiles
from mechopt.errors import MechoptError, MissingExtraError
from mechopt.mechanism.mechanism import Mechanism
from mechopt.rational import RationalArray

if TYPE_CHECKING:
    import pygambit

__all__ = ["bayesian_game", "check_gambit", "truth_telling"]

# Beyond so many plays a tree is not a game to look at.
_MOST_PLAYS = 200_000


def check_gambit() -> None:
    """Raise `MissingExtraError` unless pygambit is installed."""
    if find_spec("pygambit") is None:
        raise MissingExtraError("games for Gambit need pygambit, the extra mechopt[gambit]; install it with: pip install pygambit")


def bayesian_game(mechanism: Mechanism) -> pygambit.Game:
    r"""Return the game that a direct mechanism is, as an extensive form with exact payoffs.

    At the play of true types :math:`\theta` and reports :math:`\hat\theta` agent i gets
    :math:`\sum_x \varphi(x | \hat\theta) u_i(x, \theta) - t_i(\hat\theta)`.

    Parameters
    ----------
    mechanism : Mechanism
        With tables.

    Returns
    -------
    pygambit.Game
        An information set per agent and type, with the agent's types as actions.

    Raises
    ------
    MechoptError
        If pygambit is not installed, or there are too many plays.
    """
    check_gambit()
    import pygambit

    environment = mechanism.environment
    if environment.n_profiles**2 > _MOST_PLAYS:
        raise MechoptError(f"the game has {environment.n_profiles**2:,} plays; at most {_MOST_PLAYS:,} are possible, so use fewer types")
    game = pygambit.Game.new_tree(players=[agent.name for agent in environment.agents], title=environment.name or "direct mechanism")
    drawn = [index for index, chance in enumerate(environment.probability().reshape(-1).fractions()) if chance]
    game.append_move(game.root, game.players.chance, [", ".join(environment.profile_of(index)) for index in drawn])
    game.set_chance_probs(game.root.infoset, [environment.probability().reshape(-1).fractions()[index] for index in drawn])
    nodes: list[Node] = [(index, (), node) for index, node in zip(drawn, list(game.root.children), strict=True)]
    for i, agent in enumerate(environment.agents):
        nodes = _reports(game, nodes, i, list(agent.types), environment.type_indices(i))
    payoffs = _payoffs(mechanism)
    for true, reports, node in nodes:
        reported = int(np.ravel_multi_index(reports, environment.n_types))
        label = f"{', '.join(environment.profile_of(true))}; reported {', '.join(environment.profile_of(reported))}"
        game.set_outcome(node, game.add_outcome(label, [payoff[true, reported].item() for payoff in payoffs]))
    return game


Node = tuple[int, tuple[int, ...], Any]


def _reports(game: pygambit.Game, nodes: list[Node], i: int, types: list[str], own: Any) -> list[Node]:
    """Let an agent report at nodes that she tells apart by her own type only."""
    after: list[Node] = []
    for a in range(len(types)):
        same = [entry for entry in nodes if own[entry[0]] == a]
        if same:
            game.append_move([node for _, _, node in same], list(game.players)[i], types)
            game_set = same[0][2].infoset
            game_set.label = types[a]
            after += [(true, (*reports, b), child) for true, reports, node in same for b, child in enumerate(list(node.children))]
    return after


def _payoffs(mechanism: Mechanism) -> list[RationalArray]:
    """Return each agent's payoff, shape (n_profiles true, n_profiles reported)."""
    environment = mechanism.environment
    n, n_outcomes = environment.n_profiles, environment.n_outcomes
    allocation = mechanism.allocation.reshape(n, n_outcomes)
    found = []
    for i in range(environment.n_agents):
        utility = utility_profiles(environment, i).broadcast((*environment.n_types, n_outcomes)).reshape(n, n_outcomes)
        expected = (utility.reshape(n, 1, n_outcomes) * allocation.reshape(1, n, n_outcomes)).sum(axis=2)
        found.append(expected - mechanism.payments[i].reshape(1, n))
    return found


def truth_telling(game: pygambit.Game) -> Any:
    """Return the behaviour profile in which every type reports herself; it is an equilibrium if its ``max_regret()`` is zero."""
    profile = game.mixed_behavior_profile(rational=True)
    for infoset in game.infosets:
        for action in infoset.actions:
            profile[action] = int(action.label == infoset.label)
    return profile
