"""The revelation principle as an operation: a finite Bayesian game and a strategy profile become a direct mechanism."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from mechopt.environment.environment import Environment
from mechopt.errors import DesignError, UnknownNameError, nearest
from mechopt.mechanism.mechanism import Mechanism
from mechopt.mechanism.properties import Verdict
from mechopt.rational import RationalArray, stack

__all__ = ["BayesianGame", "Strategy", "check_dominant", "check_equilibrium", "direct_mechanism"]

Strategy = Sequence[int] | Sequence[str] | RationalArray


@dataclass(frozen=True, eq=False)
class BayesianGame:
    """What happens when agents of an environment choose among finitely many actions.

    Attributes
    ----------
    environment : Environment
    actions : tuple of tuples of str
        Names of each agent's actions.
    allocation : RationalArray, shape (*n_actions, n_outcomes)
        Probability of each outcome at each profile of actions.
    payments : RationalArray, shape (n_agents, *n_actions)
        In money, from the agent to the designer.

    Raises
    ------
    DesignError
        If shapes do not fit or an allocation is no probability.
    """

    environment: Environment
    actions: tuple[tuple[str, ...], ...]
    allocation: RationalArray
    payments: RationalArray

    def __post_init__(self) -> None:
        environment, n_actions = self.environment, self.n_actions
        if len(n_actions) != environment.n_agents or not all(n_actions):
            raise DesignError(f"actions has entries of lengths {n_actions}; write at least one action for each of {environment.n_agents} agents")
        expected = {"allocation": (*n_actions, environment.n_outcomes), "payments": (environment.n_agents, *n_actions)}
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                raise DesignError(f"{name} has shape {getattr(self, name).shape}; write a table of shape {shape}")
        if not _is_lottery(self.allocation):
            raise DesignError("allocation: at some profile of actions it is no lottery; write probabilities that sum to 1")

    @property
    def n_actions(self) -> tuple[int, ...]:
        """Number of actions of each agent."""
        return tuple(len(names) for names in self.actions)

    def behaviour(self, strategies: Sequence[Strategy]) -> list[RationalArray]:
        """Return strategies as probabilities of actions, one table of shape (n_types of i, n_actions of i) per agent.

        Raises
        ------
        DesignError
            If there is not one strategy per agent with one lottery per type.
        UnknownNameError
            If an action does not exist.
        """
        if len(strategies) != self.environment.n_agents:
            raise DesignError(f"strategies has {len(strategies)} entries; write one per agent, {self.environment.n_agents}")
        return [self._behaviour(i, strategy) for i, strategy in enumerate(strategies)]

    def _behaviour(self, i: int, strategy: Strategy) -> RationalArray:
        agent, names = self.environment.agents[i], self.actions[i]
        if isinstance(strategy, RationalArray):
            if strategy.shape != (agent.n_types, len(names)) or not _is_lottery(strategy):
                raise DesignError(f"the strategy of {agent.name} must be a lottery over her {len(names)} actions for each of {agent.n_types} types")
            return strategy
        if len(strategy) != agent.n_types:
            raise DesignError(f"the strategy of {agent.name} has {len(strategy)} entries; write one action per type, {agent.n_types}")
        played = np.array([_position(action, names, agent.name) for action in strategy])
        return RationalArray((played[:, np.newaxis] == np.arange(len(names))).astype(np.int64))


def _position(action: int | str, names: tuple[str, ...], agent: str) -> int:
    if isinstance(action, str) and action in names:
        return names.index(action)
    if isinstance(action, str) or not 0 <= action < len(names):
        raise UnknownNameError(f"the strategy of {agent} plays {action!r}; {nearest(str(action), names)}")
    return int(action)


def _is_lottery(table: RationalArray) -> bool:
    total = table.sum(axis=-1)
    return bool(np.all(table.numerators >= 0)) and total.equals(RationalArray.full(total.shape, 1))


def direct_mechanism(game: BayesianGame, strategies: Sequence[Strategy]) -> Mechanism:
    r"""Return the direct mechanism in which the designer plays the agents' strategies for them.

    .. math:: \phi(x \mid \theta) = \sum_s \prod_i \sigma_i(s_i \mid \theta_i)\,\phi(x \mid s), \qquad
              t_i(\theta) = \sum_s \prod_j \sigma_j(s_j \mid \theta_j)\,t_i(s)

    Any strategies will do. If they are an equilibrium (`check_equilibrium`) truth is one of the direct mechanism, and if they are
    dominant so is truth: a lie is only what another type does.

    Parameters
    ----------
    game : BayesianGame
    strategies : sequence, one per agent
        An action (its name or position) per type, or a RationalArray of lotteries, shape (n_types of i, n_actions of i).

    Returns
    -------
    Mechanism

    Raises
    ------
    DesignError
        If strategies do not fit the game.
    UnknownNameError
        If an action does not exist.

    Examples
    --------
    Bidders worth 0 or 2 in a first-price auction with bids 0 or 1; ties to Ann.

    >>> from mechopt.environment.builders import object_environment
    >>> from mechopt.environment.grids import two_types
    >>> auction = object_environment({"Ann": two_types(0, 2), "Bob": two_types(0, 2)})
    >>> allocation = RationalArray.of([[[1, 0, 0], [0, 1, 0]], [[1, 0, 0], [1, 0, 0]]])
    >>> payments = RationalArray.of([[[0, 0], [1, 1]], [[0, 1], [0, 0]]])
    >>> game = BayesianGame(auction, (("0", "1"), ("0", "1")), allocation, payments)
    >>> play = [["0", "1"], ["0", "1"]]
    >>> check_equilibrium(game, play).holds, direct_mechanism(game, play).revenue()
    (True, Fraction(3, 4))

    References
    ----------
    .. [1] R. B. Myerson, "Incentive Compatibility and the Bargaining Problem", Econometrica 47 (1979), 61-73.
       https://doi.org/10.2307/1912346
    """
    behaviour = game.behaviour(strategies)
    allocation = _played(game.allocation, behaviour, range(len(behaviour)))
    payments = [_played(game.payments[i], behaviour, range(len(behaviour))) for i in range(len(behaviour))]
    return Mechanism(game.environment, allocation.reduced(), stack(payments))


def _played(table: RationalArray, behaviour: Sequence[RationalArray], agents: Sequence[int]) -> RationalArray:
    """Return a table over actions with the axes of some agents turned into axes over their types."""
    for i in agents:
        lotteries = behaviour[i]
        first = table.moveaxis(i, 0)
        if lotteries.denominator == 1:  # pure
            first = first[lotteries.numerators.argmax(axis=1)]
        else:
            weights = lotteries.reshape(*lotteries.shape, *(1,) * (first.ndim - 1))
            first = (weights * first.reshape(1, *first.shape)).sum(axis=1).reduced()
        table = first.moveaxis(0, i)
    return table


def check_equilibrium(game: BayesianGame, strategies: Sequence[Strategy]) -> Verdict:
    r"""Return whether strategies are a Bayesian Nash equilibrium, exactly.

    .. math:: \min_{i, a, s} \; E\bigl[ \pi_i(\sigma_i(a), \sigma_{-i}(\theta_{-i})) - \pi_i(s, \sigma_{-i}(\theta_{-i})) \bigm| \theta_i = a \bigr]

    Parameters
    ----------
    game : BayesianGame
    strategies : sequence, one per agent
        As for `direct_mechanism`.

    Returns
    -------
    Verdict
        Property ``"equilibrium"``; the margin, in money, is what the best deviation costs, negative if it pays; then the witness
        names agent, true type, and deviation. Types of probability zero count only if types are independent.

    Raises
    ------
    DesignError
        If strategies do not fit the game.

    References
    ----------
    .. [1] J. C. Harsanyi, "Games with Incomplete Information Played by Bayesian Players", Management Science 14 (1967), 159-182.
       https://doi.org/10.1287/mnsc.14.3.159
    """
    behaviour = game.behaviour(strategies)
    environment = game.environment

    def cases() -> Iterator[tuple[int, int, RationalArray]]:
        for i, agent in enumerate(environment.agents):
            weights = _own_axis_first(environment.conditional_weight(i).broadcast(environment.n_types), i)
            for a, payoffs in _payoffs(game, behaviour, i, against_types=True):
                chance = Fraction(1) if environment.independent else agent.prior[a]
                if chance > 0:
                    yield i, a, (payoffs * weights[a]).sum(axis=1).reshape(-1, 1) * (1 / chance)

    return _best_deviation("equilibrium", game, behaviour, cases())


def check_dominant(game: BayesianGame, strategies: Sequence[Strategy]) -> Verdict:
    """Return whether each strategy is a best reply to whatever the others do, exactly.

    Parameters
    ----------
    game : BayesianGame
        With private values.
    strategies : sequence, one per agent
        As for `direct_mechanism`.

    Returns
    -------
    Verdict
        Property ``"dominant"``; when it fails the witness names agent, true type, best deviation, and the others' actions.

    Raises
    ------
    DesignError
        If values are interdependent or strategies do not fit the game.

    References
    ----------
    .. [1] A. Gibbard, "Manipulation of Voting Schemes", Econometrica 41 (1973), 587-601. https://doi.org/10.2307/1914083
    """
    if not game.environment.private_values:
        raise DesignError("utilities depend on the others' types; dominant strategies need private values")
    behaviour = game.behaviour(strategies)
    cases = ((i, a, payoffs) for i in range(len(behaviour)) for a, payoffs in _payoffs(game, behaviour, i, against_types=False))
    return _best_deviation("dominant", game, behaviour, cases)


def _payoffs(game: BayesianGame, behaviour: list[RationalArray], i: int, *, against_types: bool) -> Iterator[tuple[int, RationalArray]]:
    """Yield, per true type, payoffs by own action and by the others' types or actions, both flattened."""
    environment = game.environment
    others = [j for j in range(environment.n_agents) if j != i] if against_types else []
    allocation = _own_axis_first(_played(game.allocation, behaviour, others), i, environment.n_outcomes)
    payments = _own_axis_first(_played(game.payments[i], behaviour, others), i)
    utility = environment.utility(i)
    by_profile = None if environment.private_values else _own_axis_first(utility, i, environment.n_outcomes)
    for a in range(environment.n_types[i]):
        own = utility[a] if by_profile is None else by_profile[a]
        yield a, (allocation * own).sum(axis=-1) - payments


def _own_axis_first(table: RationalArray, i: int, *last: int) -> RationalArray:
    first = table.moveaxis(i, 0)
    return first.reshape(first.shape[0], -1, *last)


def _best_deviation(name: str, game: BayesianGame, behaviour: list[RationalArray], cases: Iterator[tuple[int, int, RationalArray]]) -> Verdict:
    margin: Fraction | None = None
    witness: dict[str, Any] | None = None
    for i, a, payoffs in cases:
        played = behaviour[i][a]
        deviations = np.flatnonzero(played.numerators != played.denominator)
        if deviations.size == 0:
            continue
        losses = (payoffs * played.reshape(-1, 1)).sum(axis=0).reshape(1, -1) - payoffs[deviations]
        row, rest = divmod(int(losses.numerators.argmin()), payoffs.shape[1])
        value = losses[row, rest].item()
        if margin is None or value < margin:
            margin, witness = value, _story(game, i, a, int(deviations[row]), rest, payoffs.shape[1] > 1)
    return Verdict(name, margin or Fraction(0), witness if margin is not None and margin < 0 else None)


def _story(game: BayesianGame, i: int, a: int, action: int, rest: int, against_actions: bool) -> dict[str, Any]:
    agents = game.environment.agents
    story: dict[str, Any] = {"agent": agents[i].name, "true_type": agents[i].types[a], "deviation": game.actions[i][action]}
    others = [j for j in range(len(agents)) if j != i]
    if against_actions:
        index = np.unravel_index(rest, [game.n_actions[j] for j in others])
        story["others"] = {agents[j].name: game.actions[j][int(k)] for j, k in zip(others, index, strict=True)}
    return story
