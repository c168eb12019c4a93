"""Groves mechanisms: everybody is paid the others' surplus, so that her payoff is total surplus. VCG, and VCG made voluntary."""

from __future__ import annotations

from collections.abc import Sequence

from mechopt.environment.environment import Environment
from mechopt.errors import DesignError
from mechopt.mechanism.classical.conditions import private_values, require
from mechopt.mechanism.classical.efficient import allocation_of, at_choice, efficient_choice, others_surplus
from mechopt.mechanism.mechanism import Mechanism
from mechopt.rational import RationalArray, stack

__all__ = ["clarke_charge", "groves", "ir_vcg", "subsidies", "vcg"]


def groves(environment: Environment, charges: Sequence[RationalArray] | None = None) -> Mechanism:
    r"""Return a Groves mechanism.

    .. math:: t_i(\theta) = c(\hat x(\theta)) - \sum_{j \ne i} u_j(\hat x(\theta), \theta_j) + h_i(\theta_{-i})

    An agent's payoff is total surplus less :math:`h_i`, which her report does not move: truth is dominant.

    Parameters
    ----------
    environment : Environment
        With private values; any prior.
    charges : sequence of RationalArray, one per agent, optional
        The :math:`h_i` over profiles, in money, with axis i of length one. Default: zero, everybody is paid the others' surplus.

    Returns
    -------
    Mechanism
        Efficient and dominant-strategy incentive compatible. In general not balanced.

    Raises
    ------
    InvalidEnvironmentError
        If values are interdependent.
    DesignError
        If a charge is not a table over the others' types.

    Examples
    --------
    Two bidders worth 1 or 2, and no charges: the one without the object is paid the other's value.

    >>> from mechopt.environment.builders import single_item_auction
    >>> from mechopt.environment.grids import two_types
    >>> auction = single_item_auction([two_types(1, 2)] * 2)
    >>> groves(auction).payments.texts()
    [[['0', '-2'], ['0', '0']], [['-1', '0'], ['-2', '-2']]]

    References
    ----------
    .. [1] T. Groves, "Incentives in Teams", Econometrica 41 (1973), 617-631. https://doi.org/10.2307/1914085
    """
    require(environment, private_values, "groves")
    choice = efficient_choice(environment)
    given = _charges(environment, charges)
    payments = [(charge - at_choice(others_surplus(environment, i), choice)).broadcast(environment.n_types) for i, charge in enumerate(given)]
    return Mechanism(environment, allocation_of(environment, choice), stack(payments))


def _charges(environment: Environment, charges: Sequence[RationalArray] | None) -> Sequence[RationalArray]:
    n = environment.n_agents
    if charges is None:
        return [RationalArray.full((1,) * n)] * n
    if len(charges) != n:
        raise DesignError(f"charges has {len(charges)} tables; write one per agent, {n}")
    for i, charge in enumerate(charges):
        fits = charge.ndim == n and all(k in (1, m) for k, m in zip(charge.shape, environment.n_types, strict=True))
        if not fits or charge.shape[i] != 1:
            shape = tuple(1 if j == i else m for j, m in enumerate(environment.n_types))
            raise DesignError(
                f"charges[{i}] has shape {charge.shape}; write a table over the others' types of shape {shape}, "
                f"or one that broadcasts to it: what {environment.agents[i].name} reports must not move it"
            )
    return charges


def clarke_charge(environment: Environment, i: int) -> RationalArray:
    r"""Return the surplus the others could have without agent `i`, :math:`\max_x \sum_{j \ne i} u_j(x, \theta_j) - c(x)`.

    Returns
    -------
    RationalArray, shape n_types with axis i of length one
        In money.
    """
    return others_surplus(environment, i).max(axis=-1)


def vcg(environment: Environment) -> Mechanism:
    r"""Return the pivot mechanism of Vickrey, Clarke and Groves: everybody pays what her presence costs the others.

    .. math:: t_i(\theta) = \max_x \Bigl[ \sum_{j \ne i} u_j(x, \theta_j) - c(x) \Bigr]
              - \Bigl[ \sum_{j \ne i} u_j(\hat x(\theta), \theta_j) - c(\hat x(\theta)) \Bigr] \ge 0

    The designer's cost is part of the others' surplus. Where outcomes cost nothing payments leave no deficit.

    Parameters
    ----------
    environment : Environment
        With private values; any prior.

    Returns
    -------
    Mechanism
        Efficient, dominant-strategy incentive compatible, with payments that are not negative.

    Raises
    ------
    InvalidEnvironmentError
        If values are interdependent.

    Examples
    --------
    A second-price auction:

    >>> from mechopt.environment.builders import single_item_auction
    >>> from mechopt.environment.grids import two_types
    >>> vcg(single_item_auction([two_types(1, 2)] * 2)).payments.texts()
    [[['1', '0'], ['1', '2']], [['0', '1'], ['0', '0']]]

    References
    ----------
    .. [1] W. Vickrey, "Counterspeculation, Auctions, and Competitive Sealed Tenders", J. Finance 16 (1961), 8-37.
       https://doi.org/10.1111/j.1540-6261.1961.tb02789.x
    .. [2] E. H. Clarke, "Multipart Pricing of Public Goods", Public Choice 11 (1971), 17-33. https://doi.org/10.1007/BF01726210
    """
    require(environment, private_values, "vcg")
    return groves(environment, [clarke_charge(environment, i) for i in range(environment.n_agents)])


def ir_vcg(environment: Environment) -> Mechanism:
    r"""Return VCG with everybody paid just enough to take part.

    .. math:: t_i = t_i^{vcg} - \psi_i, \qquad \psi_i = \max_a \bigl[ \bar U_i(a) - U_i^{vcg}(a) \bigr]

    Parameters
    ----------
    environment : Environment
        With private values; any prior.

    Returns
    -------
    Mechanism
        Efficient, dominant-strategy incentive compatible, interim individually rational.

    Raises
    ------
    InvalidEnvironmentError
        If values are interdependent.

    Notes
    -----
    In the continuum no efficient, incentive compatible and voluntary mechanism leaves a larger expected surplus. On a
    finite type space that is false: the `partnership` mechanism can leave more.

    Examples
    --------
    The seller must be paid 1/2; the designer loses (k^2 - 1) / (6 k^2) in expectation on k points per side.

    >>> from mechopt.environment.builders import bilateral_trade
    >>> from mechopt.environment.grids import uniform
    >>> ir_vcg(bilateral_trade(uniform(0, 1, 4), uniform(0, 1, 4))).revenue()
    Fraction(-5, 32)

    References
    ----------
    .. [1] V. Krishna and M. Perry, "Efficient Mechanism Design", working paper (1998).
    .. [2] S. R. Williams, "A Characterization of Efficient, Bayesian Incentive Compatible Mechanisms", Econ. Theory 14 (1999), 155-180.
    """
    require(environment, private_values, "ir-vcg")
    pivot = vcg(environment)
    fees = subsidies(pivot).reshape(environment.n_agents, *(1,) * environment.n_agents)
    return Mechanism(environment, pivot.allocation, (pivot.payments - fees).reduced())


def subsidies(mechanism: Mechanism) -> RationalArray:
    r"""Return the least constant that makes each agent take part, :math:`\psi_i = \max_a [\bar U_i(a) - U_i(a)]`.

    With correlated types, types of probability zero do not count: they have no expectation.

    Returns
    -------
    RationalArray, shape (n_agents,)
        In money; negative where everybody would pay to take part.
    """
    least = []
    for i, agent in enumerate(mechanism.environment.agents):
        rents = mechanism.information_rents(i).fractions()
        if not mechanism.environment.independent:
            rents = [rent / chance for rent, chance in zip(rents, agent.prior, strict=True) if chance > 0]
        least.append(-min(rents))
    return RationalArray.from_fractions(least)
