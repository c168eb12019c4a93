"""Dissolving a partnership: Cramton, Gibbons and Klemperer's mechanism on finitely many types."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from mechopt.environment.environment import Environment
from mechopt.environment.welfare import expectation
from mechopt.mechanism.classical.conditions import both, independent_types, no_cost, one_object, property_shares, require
from mechopt.mechanism.classical.efficient import allocation_of, efficient_choice
from mechopt.mechanism.lift import balanced_payments
from mechopt.mechanism.mechanism import Mechanism
from mechopt.rational import RationalArray, to_text

__all__ = ["greatest_interim_payments", "partnership", "partnership_applies"]


def _shares_of_one(environment: Environment) -> str | None:
    shares = property_shares(environment)
    if shares is None:
        return "outside options are not shares of the value; it needs property rights"
    indifferent = any(not any(agent.values or ()) for agent in environment.agents)  # whatever share is left can be hers
    if min(shares) < 0 or sum(shares) > 1 or (sum(shares) < 1 and not indifferent):
        return f"the shares are {', '.join(map(to_text, shares))}; it needs shares that sum to 1"
    return None


_is_partnership = both(one_object, independent_types, no_cost, _shares_of_one)


def partnership_applies(environment: Environment) -> str | None:
    """Require a partnership that can be dissolved: the greatest voluntary payments leave no expected deficit."""
    reason = _is_partnership(environment)
    if reason is not None:
        return reason
    surplus = _surplus(environment, _interim(environment))
    return None if surplus >= 0 else f"no payments dissolve it: the largest expected surplus is {surplus}; it needs 0 or more"


def partnership(environment: Environment) -> Mechanism:
    r"""Return the mechanism that dissolves every partnership that can be dissolved efficiently.

    .. math:: t_i(\theta) = T_i(\theta_i) - \frac{1}{n - 1} \sum_{j \ne i} \bigl( T_j(\theta_j) - E\,T_j \bigr) - \frac1n \sum_j E\,T_j

    where :math:`T_i` are the greatest interim payments with which truth pays and everybody takes part
    (`greatest_interim_payments`). The type who expects to keep just her share is the worst off; above her types buy, below they
    sell. In the continuum :math:`T_i(v) = \int_{v_i^*}^v x\,dG(x)` with :math:`G(v_i^*) = r_i`, and these are the transfers of
    Cramton, Gibbons and Klemperer, their constants :math:`c_i` included.

    Parameters
    ----------
    environment : Environment
        One object, outside options :math:`r_i v_i` with shares that sum to one, independent types, no cost. Types need not be
        identically distributed.

    Returns
    -------
    Mechanism
        Efficient, Bayesian incentive compatible, interim individually rational, balanced.

    Raises
    ------
    InvalidEnvironmentError
        If it is no partnership, or :math:`\sum_i E\,T_i < 0`: then nothing dissolves it, ties being broken as they are here.

    Notes
    -----
    The condition is exact for the efficient allocation with ties to the first agent. Where ties have positive probability
    another way to break them can leave more.

    Examples
    --------
    On five points per side one owner can sell, which is impossible in the continuum.

    >>> from mechopt.environment.builders import bilateral_trade, partnership as partners
    >>> from mechopt.environment.grids import uniform
    >>> partnership(partners(["1/2", "1/2"], uniform(0, 1, 2))).payments.texts()
    [[['0', '-1/8'], ['3/8', '1/4']], [['0', '1/8'], ['-3/8', '-1/4']]]
    >>> partnership_applies(bilateral_trade(uniform(0, 1, 5), uniform(0, 1, 5)))
    >>> partnership_applies(bilateral_trade(uniform(0, 1, 6), uniform(0, 1, 6)))
    'no payments dissolve it: the largest expected surplus is -5/216; it needs 0 or more'

    References
    ----------
    .. [1] P. Cramton, R. Gibbons and P. Klemperer, "Dissolving a Partnership Efficiently", Econometrica 55 (1987), 615-632.
       https://doi.org/10.2307/1913239
    """
    require(environment, partnership_applies, "partnership")
    interim = _interim(environment)
    allocation = allocation_of(environment, efficient_choice(environment))
    nothing = RationalArray.full(environment.n_types)
    payments = balanced_payments(environment, interim, nothing) if environment.n_agents > 1 else interim[0].reshape(1, -1)
    per_head = _surplus(environment, interim) / environment.n_agents
    return Mechanism(environment, allocation, (payments - per_head).reduced())


def _interim(environment: Environment) -> list[RationalArray]:
    choice = efficient_choice(environment)
    found = []
    for i, agent in enumerate(environment.agents):
        wins = RationalArray((choice == i).astype("int64")) * environment.others_probability(i)
        chance = wins.sum(axis=tuple(j for j in range(environment.n_agents) if j != i))
        payments = greatest_interim_payments(list(agent.values or ()), chance.fractions(), agent.outside.fractions())
        found.append(RationalArray.from_fractions(payments))
    return found


def _surplus(environment: Environment, interim: list[RationalArray]) -> Fraction:
    return sum((expectation(environment, environment.along(table, i)) for i, table in enumerate(interim)), Fraction(0))


def greatest_interim_payments(values: list[Fraction], chances: list[Fraction], outside: list[Fraction]) -> list[Fraction]:
    r"""Return the greatest interim payments of one agent with which truth pays and every type takes part.

    .. math:: T(a) = \min_b \Bigl[ b\,q(b) - \bar U(b) + \text{least rise of } T \text{ from } b \text{ to } a \Bigr]

    Between neighbouring values :math:`v < v'` payments rise by at least :math:`v\,(q(v') - q(v))` and at most
    :math:`v'\,(q(v') - q(v))`. One pass upwards and one downwards find the greatest payments, type by type.

    Parameters
    ----------
    values : list of Fraction, length n_types
        Values, in any order, in money.
    chances : list of Fraction, length n_types
        Probability of getting the object, nondecreasing in the value.
    outside : list of Fraction, length n_types
        Outside options, in money.

    Returns
    -------
    list of Fraction, length n_types
        In money.

    Examples
    --------
    The owner of half an object who wins when she is the stronger one:

    >>> half = Fraction(1, 2)
    >>> [str(t) for t in greatest_interim_payments([Fraction(0), half, Fraction(1)], [0, half, Fraction(1)], [0, half / 2, half])]
    ['0', '0', '1/2']
    """
    order = sorted(range(len(values)), key=lambda k: values[k])
    greatest = [values[k] * chances[k] - outside[k] for k in range(len(values))]
    for low, high in pairwise(order):
        greatest[high] = min(greatest[high], greatest[low] + values[high] * (chances[high] - chances[low]))
    for high, low in pairwise(reversed(order)):
        greatest[low] = min(greatest[low], greatest[high] - values[low] * (chances[high] - chances[low]))
    return greatest
