"""The high-bid-shared auction: the highest bid wins, is paid, and is shared equally among all, the winner included."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from mechopt.environment.environment import Environment
from mechopt.mechanism.classical.conditions import at_least, both, independent_types, no_cost, nonnegative_values, one_object, require
from mechopt.mechanism.classical.revelation import BayesianGame, direct_mechanism
from mechopt.mechanism.mechanism import Mechanism
from mechopt.rational import RationalArray, stack, to_text

__all__ = ["equilibrium_bids", "high_bid_shared", "high_bid_shared_applies", "high_bid_shared_game"]


def _same_distribution(environment: Environment) -> str | None:
    first, *others = (_distribution(environment, i) for i in range(environment.n_agents))
    if any(found != first for found in others):
        return "agents differ in their distributions of values; it needs the same for all"
    if min(first.values()) == 0:
        return "some values have probability zero; its bids are an equilibrium among types that occur"
    return None


def _distribution(environment: Environment, i: int) -> dict[Fraction, Fraction]:
    """Return the probability of each value, values increasing."""
    agent = environment.agents[i]
    found: dict[Fraction, Fraction] = {}
    for value, chance in sorted(zip(agent.values or (), agent.prior, strict=True)):
        found[value] = found.get(value, Fraction(0)) + chance
    return found


high_bid_shared_applies = both(one_object, at_least(2), independent_types, no_cost, nonnegative_values, _same_distribution)


def equilibrium_bids(values: Sequence[Fraction], prior: Sequence[Fraction], n_agents: int) -> list[Fraction]:
    r"""Return the symmetric equilibrium bids, the continuum's formula with the grid's own distribution function.

    .. math:: b(v_k) = v_k - \frac{\int_{v_1}^{v_k} F(x)^n\,dx}{\tilde F_k^n}
              = v_k - \frac{\sum_{l < k} F_l^n\, (v_{l+1} - v_l)}{(F_{k-1} + f_k / 2)^n}

    F is a step function; at its jumps half of the jump counts, as half of the ties are won. The exponent is n, not the n - 1 of a
    first-price auction: the winner gets a part of her own bid back. In the continuum these bids are an equilibrium; on a grid they are
    nearly one.

    Parameters
    ----------
    values : sequence of Fraction, length n_types
        Increasing, in money.
    prior : sequence of Fraction, length n_types
        Probabilities, positive, summing to one.
    n_agents : int
        Number of bidders n, at least 2.

    Returns
    -------
    list of Fraction, length n_types
        Bids, increasing, in money.

    Examples
    --------
    Two thirds of the value in the limit:

    >>> from mechopt.environment.grids import uniform
    >>> grid = uniform(0, 1, 100)
    >>> [round(float(bid), 3) for bid in equilibrium_bids(grid.values, grid.prior, 2)[24::25]]
    [0.163, 0.33, 0.497, 0.663]

    References
    ----------
    .. [1] P. Cramton, R. Gibbons and P. Klemperer, "Dissolving a Partnership Efficiently", Econometrica 55 (1987), 615-632.
       https://doi.org/10.2307/1913239
    """
    below, area = Fraction(0), Fraction(0)
    bids = []
    for k, (value, chance) in enumerate(zip(values, prior, strict=True)):
        area += below**n_agents * (value - values[max(k - 1, 0)])
        bids.append(value - area / (below + chance / 2) ** n_agents)
        below += chance
    return bids


def high_bid_shared_game(environment: Environment) -> tuple[BayesianGame, list[list[int]]]:
    """Return the auction as a game whose actions are the equilibrium bids, and the strategies that bid them.

    Equal bids: the first agent among them wins, the rule for ties of this package.

    Raises
    ------
    InvalidEnvironmentError
        If agents are not symmetric, or it is no free object that nobody dislikes.
    """
    require(environment, high_bid_shared_applies, "high-bid-shared")
    n = environment.n_agents
    known = _distribution(environment, 0)
    bids = equilibrium_bids(list(known), list(known.values()), n)
    position = {value: k for k, value in enumerate(known)}
    strategies = [[position[value] for value in agent.values or ()] for agent in environment.agents]
    ranks = np.stack(np.meshgrid(*[np.arange(len(bids))] * n, indexing="ij"))
    winner = ranks.argmax(axis=0)
    wins = [RationalArray((winner == i).astype(np.int64)) for i in range(n)]
    bid = RationalArray.from_fractions(bids)[ranks.max(axis=0)]
    payments = stack([bid * (own - Fraction(1, n)) for own in wins])
    allocation = RationalArray((winner[..., np.newaxis] == np.arange(n + 1)).astype(np.int64))
    names = tuple(f"bid {to_text(entry)}" for entry in bids)
    return BayesianGame(environment, (names,) * n, allocation, payments), strategies


def high_bid_shared(environment: Environment) -> Mechanism:
    r"""Return the direct mechanism of the high-bid-shared auction: types are reported, the designer bids for them.

    .. math:: t_i(\theta) = b(v_{(1)}) \Bigl( 1\{i \text{ wins}\} - \frac1n \Bigr)

    with the bids of `equilibrium_bids`. Meant for equal partners, whatever the outside options are here.

    Parameters
    ----------
    environment : Environment
        One object, at least two agents with the same distribution of values, all positive in probability and not negative, independent,
        no cost.

    Returns
    -------
    Mechanism
        Efficient and balanced. Bayesian incentive compatible in the continuum; on a grid a lie may pay a little, the less the finer
        the grid.

    Raises
    ------
    InvalidEnvironmentError
        If agents are not symmetric, or it is no free object that nobody dislikes.

    Examples
    --------
    The stronger of two bidders bids 19/36 and pays half of it to the other.

    >>> from mechopt.environment.builders import partnership
    >>> from mechopt.environment.grids import uniform
    >>> high_bid_shared(partnership(["1/2", "1/2"], uniform(0, 1, 2))).payments.texts()
    [[['1/8', '-19/72'], ['19/72', '19/72']], [['-1/8', '19/72'], ['-19/72', '-19/72']]]

    References
    ----------
    .. [1] P. Cramton, R. Gibbons and P. Klemperer, "Dissolving a Partnership Efficiently", Econometrica 55 (1987), 615-632.
       https://doi.org/10.2307/1913239
    """
    return direct_mechanism(*high_bid_shared_game(environment))
