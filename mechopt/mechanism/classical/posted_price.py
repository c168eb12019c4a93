"""A price fixed in advance between a seller and a buyer."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from mechopt.environment.environment import Environment
from mechopt.mechanism.classical.conditions import no_cost, one_object, property_shares, require
from mechopt.mechanism.classical.efficient import allocation_of
from mechopt.mechanism.mechanism import Mechanism
from mechopt.rational import Number, RationalArray, rational, stack

__all__ = ["best_price", "bilateral_trade", "posted_price", "sides", "trade_mechanism"]


def bilateral_trade(environment: Environment) -> str | None:
    """Require one object, two agents, of whom one owns it, and no cost."""
    reason = one_object(environment) or no_cost(environment)
    if reason is not None:
        return reason
    if environment.n_agents != 2:
        return f"the number of agents is {environment.n_agents}; it needs a seller and a buyer"
    shares = property_shares(environment)
    return None if shares is not None and sorted(shares) == [0, 1] else "it needs one agent who owns the object and one who owns nothing"


def sides(environment: Environment) -> tuple[int, int]:
    """Return the positions of seller and buyer."""
    seller = (property_shares(environment) or [Fraction(0)]).index(Fraction(1))
    return seller, 1 - seller


def trade_mechanism(environment: Environment, trade: RationalArray, price: RationalArray | Fraction) -> Mechanism:
    """Return the mechanism in which the seller keeps the object unless there is trade, at a price that the buyer pays her.

    Parameters
    ----------
    environment : Environment
        Bilateral trade.
    trade : RationalArray of 0 and 1, shape n_types
    price : Fraction or RationalArray, shape n_types
        In money.
    """
    seller, buyer = sides(environment)
    paid = (trade * price).broadcast(environment.n_types)
    payments = stack([-paid, paid] if seller == 0 else [paid, -paid])
    return Mechanism(environment, allocation_of(environment, np.where(trade.numerators == 1, buyer, seller)), payments)


def posted_price(environment: Environment, price: Number | None = None) -> Mechanism:
    r"""Return trade at a fixed price whenever both sides accept it.

    .. math:: \text{trade} \iff v_b \ge p \ge v_s

    Both accept where they are indifferent.

    Parameters
    ----------
    environment : Environment
        Bilateral trade: one object without cost, one agent owns it, the other owns nothing; any prior.
    price : number, optional
        In money. Default: the price of the greatest expected welfare (`best_price`).

    Returns
    -------
    Mechanism
        Dominant-strategy incentive compatible, ex post individually rational, balanced.

    Raises
    ------
    InvalidEnvironmentError
        If it is no bilateral trade.

    Examples
    --------
    >>> from mechopt.environment.builders import bilateral_trade
    >>> from mechopt.environment.grids import uniform
    >>> str(posted_price(bilateral_trade(uniform(0, 1, 6), uniform(0, 1, 6))).gains())
    '5/36'

    References
    ----------
    .. [1] K. M. Hagerty and W. P. Rogerson, "Robust Trading Mechanisms", J. Econ. Theory 42 (1987), 94-107.
    """
    require(environment, bilateral_trade, "posted-price")
    chosen = best_price(environment) if price is None else rational(price, "price")
    return trade_mechanism(environment, _accepted(environment, chosen), chosen)


def best_price(environment: Environment) -> Fraction:
    r"""Return the posted price of the greatest expected welfare, the lowest of the seller's values that attain it.

    .. math:: \min \arg\max_{p \in \Theta_s} E\bigl[ (v_b - v_s)\, 1\{v_b \ge p \ge v_s\} \bigr]

    The seller's values are enough: lowering a price to the next of them below loses no seller and no gain.

    Raises
    ------
    InvalidEnvironmentError
        If it is no bilateral trade.
    """
    require(environment, bilateral_trade, "posted-price")
    seller, buyer = sides(environment)
    gain = environment.along(_values(environment, buyer), buyer) - environment.along(_values(environment, seller), seller)
    weighted = gain * environment.probability()
    prices = sorted(set(environment.agents[seller].values or ()))
    return max(prices, key=lambda price: (weighted * _accepted(environment, price)).sum().item())


def _accepted(environment: Environment, price: Fraction) -> RationalArray:
    seller, buyer = sides(environment)
    sells = RationalArray.of([int(value <= price) for value in environment.agents[seller].values or ()])
    buys = RationalArray.of([int(value >= price) for value in environment.agents[buyer].values or ()])
    return environment.along(sells, seller) * environment.along(buys, buyer)


def _values(environment: Environment, i: int) -> RationalArray:
    return RationalArray.from_fractions(list(environment.agents[i].values or ()))
