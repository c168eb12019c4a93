"""The double auction of Chatterjee and Samuelson: both sides name prices, the linear equilibrium for uniform values."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np

from mechopt.environment.environment import Agent, Environment
from mechopt.errors import InvalidEnvironmentError
from mechopt.mechanism.classical.conditions import both, independent_types, require
from mechopt.mechanism.classical.posted_price import bilateral_trade, sides
from mechopt.mechanism.classical.revelation import BayesianGame, direct_mechanism
from mechopt.mechanism.mechanism import Mechanism
from mechopt.rational import Number, RationalArray, rational, stack, to_text

__all__ = ["double_auction", "double_auction_applies", "double_auction_game", "linear_offers"]


def _uniform_interval(agent: Agent) -> tuple[Fraction, Fraction] | None:
    """Return the interval of which an agent's values are the midpoints of equal, equally likely cells."""
    values = sorted(agent.values or ())
    steps = {high - low for low, high in pairwise(values)}
    if len(steps) != 1 or 0 in steps or set(agent.prior) != {Fraction(1, len(values))}:
        return None
    half = steps.pop() / 2
    return values[0] - half, values[-1] + half


def _uniform_on_one_interval(environment: Environment) -> str | None:
    found = [_uniform_interval(agent) for agent in environment.agents]
    for agent, interval in zip(environment.agents, found, strict=True):
        if interval is None:
            return f"agents.{agent.name}: values are not the midpoints of two or more equal and equally likely cells; it needs a uniform grid"
    return None if found[0] == found[1] else "seller and buyer have uniform grids of different intervals; it needs the same"


double_auction_applies = both(bilateral_trade, independent_types, _uniform_on_one_interval)


def linear_offers(environment: Environment, weight: Fraction) -> tuple[list[Fraction], list[Fraction]]:
    r"""Return what each type of seller asks and each type of buyer offers in the linear equilibrium.

    .. math:: s(c) = \frac{c}{2 - k} + \frac{1 - k}{2}, \qquad b(v) = \frac{v}{1 + k} + \frac{k (1 - k)}{2 (1 + k)}

    on [0, 1]; another interval is stretched to it.

    Returns
    -------
    tuple of two lists of Fraction
        By type of the seller and of the buyer, in money.
    """
    seller, buyer = sides(environment)
    low, high = _uniform_interval(environment.agents[seller]) or (Fraction(0), Fraction(1))
    k, width = weight, high - low
    costs, values = (environment.agents[i].values or () for i in (seller, buyer))
    asks = [low + (cost - low) / (2 - k) + width * (1 - k) / 2 for cost in costs]
    offers = [low + (value - low) / (1 + k) + width * k * (1 - k) / (2 * (1 + k)) for value in values]
    return asks, offers


def double_auction_game(environment: Environment, weight: Number = "1/2") -> tuple[BayesianGame, list[list[int]]]:
    """Return the double auction as a game whose actions are the offers of the linear equilibrium, and its strategies.

    Raises
    ------
    InvalidEnvironmentError
        If it is no bilateral trade with uniform grids of one interval, or `weight` is outside [0, 1].
    """
    require(environment, double_auction_applies, "double-auction")
    k = rational(weight, "weight")
    if not 0 <= k <= 1:
        raise InvalidEnvironmentError(f"weight is {to_text(k)}; write a number from 0 to 1")
    seller, buyer = sides(environment)
    asks, offers = linear_offers(environment, k)
    ask = environment.along(RationalArray.from_fractions(asks), seller)
    offer = environment.along(RationalArray.from_fractions(offers), buyer)
    trade = ((offer - ask).numerators >= 0).astype(np.int64)
    paid = RationalArray(trade) * (offer * k + ask * (1 - k))
    allocation = np.zeros((*environment.n_types, environment.n_outcomes), dtype=np.int64)
    allocation[..., buyer], allocation[..., seller] = trade, 1 - trade
    payments = stack([paid if i == buyer else -paid for i in range(2)])
    named = {seller: tuple(f"ask {to_text(entry)}" for entry in asks), buyer: tuple(f"offer {to_text(entry)}" for entry in offers)}
    game = BayesianGame(environment, (named[0], named[1]), RationalArray(allocation), payments)
    return game, [list(range(n)) for n in environment.n_types]


def double_auction(environment: Environment, weight: Number = "1/2") -> Mechanism:
    r"""Return the direct mechanism of the double auction's linear equilibrium: types are reported, the designer makes the offers.

    .. math:: \text{trade} \iff b(v_b) \ge s(v_s) \quad \text{at } k\,b(v_b) + (1 - k)\,s(v_s)

    With k = 1/2 and values uniform on [0, 1]: trade if and only if :math:`v_b - v_s \ge 1/4`.

    Parameters
    ----------
    environment : Environment
        Bilateral trade; both grids are midpoints of equal and equally likely cells of the same interval.
    weight : number
        The weight k of the buyer's offer in the price, in [0, 1].

    Returns
    -------
    Mechanism
        Balanced and ex post individually rational. In the continuum it is Bayesian incentive compatible and, with k = 1/2, the second
        best. On a grid a lie may pay a little, the less the finer the grid, and gains need not be the second best's.

    Raises
    ------
    InvalidEnvironmentError
        If it is no bilateral trade with uniform grids of one interval, or `weight` is outside [0, 1].

    Examples
    --------
    9/64 in the continuum:

    >>> from mechopt.environment.builders import bilateral_trade
    >>> from mechopt.environment.grids import uniform
    >>> double_auction(bilateral_trade(uniform(0, 1, 8), uniform(0, 1, 8))).gains()
    Fraction(77, 512)

    References
    ----------
    .. [1] K. Chatterjee and W. Samuelson, "Bargaining under Incomplete Information", Operations Research 31 (1983), 835-851.
       https://doi.org/10.1287/opre.31.5.835
    """
    return direct_mechanism(*double_auction_game(environment, weight))
