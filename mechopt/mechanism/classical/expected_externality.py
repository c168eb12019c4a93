"""The expected externality mechanism: balance for the price of dominance. Its voluntary variant where IR-VCG leaves a surplus."""

from __future__ import annotations

from fractions import Fraction

from mechopt.environment.environment import Environment
from mechopt.environment.welfare import expectation
from mechopt.mechanism.classical.conditions import both, independent_types, private_values, require
from mechopt.mechanism.classical.efficient import allocation_of, at_choice, efficient_choice, others_surplus
from mechopt.mechanism.classical.groves import ir_vcg, vcg
from mechopt.mechanism.classical.rebalancing import check_form, rebalanced, shared_cost
from mechopt.mechanism.mechanism import Mechanism
from mechopt.rational import RationalArray, stack

__all__ = ["expected_externality", "expected_externality_applies", "ir_expected_externality", "ir_expected_externality_applies"]

expected_externality_applies = both(private_values, independent_types)


def expected_externality(environment: Environment, form: str = "equal") -> Mechanism:
    r"""Return the mechanism of Arrow and of d'Aspremont and Gérard-Varet: everybody is paid the others' expected surplus.

    .. math:: t_i(\theta) = \frac{1}{n - 1} \sum_{j \ne i} \delta_j(\theta_j) - \delta_i(\theta_i) + d_i(\theta) + \frac{E\,C}{n}, \qquad
              \delta_i(a) = E\Bigl[ \sum_{j \ne i} u_j(\hat x, \theta_j) - c(\hat x) \Bigm| \theta_i = a \Bigr]

    (``form="equal"``). The :math:`d_i` share the designer's cost :math:`C(\theta)`, as in `rebalancing`; without cost they are zero.
    ``form="cyclic"`` is rebalanced VCG, each agent bearing what the next one's report moves: up to a constant per agent the same
    interim payments.

    Parameters
    ----------
    environment : Environment
        With private values and independent types.
    form : str
        ``"equal"`` or ``"cyclic"``.

    Returns
    -------
    Mechanism
        Efficient, Bayesian incentive compatible, balanced. Not everybody need want to take part.

    Raises
    ------
    InvalidEnvironmentError
        If values are interdependent or types are correlated.
    UnknownNameError
        If there is no such form.

    Examples
    --------
    >>> from mechopt.environment.builders import single_item_auction
    >>> from mechopt.environment.grids import two_types
    >>> expected_externality(single_item_auction([two_types(1, 2)] * 2)).payments.texts()
    [[['1/2', '0'], ['3/2', '1']], [['-1/2', '0'], ['-3/2', '-1']]]

    References
    ----------
    .. [1] K. J. Arrow, "The Property Rights Doctrine and Demand Revelation under Incomplete Information", in: Economics and
       Human Welfare, Academic Press (1979), 23-39.
    .. [2] C. d'Aspremont and L.-A. Gérard-Varet, "Incentives and Incomplete Information", J. Public Econ. 11 (1979), 25-45.
       https://doi.org/10.1016/0047-2727(79)90043-4
    """
    check_form(form)
    require(environment, expected_externality_applies, "expected-externality")
    if form == "cyclic":
        return rebalanced(_without_surplus(vcg(environment)), form)
    choice = efficient_choice(environment)
    allocation = allocation_of(environment, choice)
    n = environment.n_agents
    externalities = [_expected_externality(environment, at_choice(others_surplus(environment, i), choice), i) for i in range(n)]
    if n == 1:  # she bears the cost herself
        return Mechanism(environment, allocation, stack([-externalities[0]]))
    total = externalities[0]
    for table in externalities[1:]:
        total = total + table
    payments = stack([((total - own) * Fraction(1, n - 1) - own).broadcast(environment.n_types) for own in externalities])
    cost = expectation(environment, (allocation * environment.cost).sum(axis=-1))
    return Mechanism(environment, allocation, (payments + shared_cost(environment, allocation) + cost / n).reduced())


def _expected_externality(environment: Environment, surplus: RationalArray, i: int) -> RationalArray:
    """Return the expectation of a table given agent i's type, broadcastable over profiles."""
    weighted = surplus * environment.others_probability(i)
    return environment.along(weighted.sum(axis=tuple(j for j in range(environment.n_agents) if j != i)), i)


def _without_surplus(mechanism: Mechanism) -> Mechanism:
    """Return the mechanism with equal constants that bring its expected surplus to zero, whatever its sign."""
    per_head = mechanism.revenue() / mechanism.environment.n_agents
    return Mechanism(mechanism.environment, mechanism.allocation, mechanism.payments - per_head)


def ir_expected_externality_applies(environment: Environment) -> str | None:
    """Require that IR-VCG leaves no expected deficit."""
    reason = expected_externality_applies(environment)
    if reason is not None:
        return reason
    surplus = ir_vcg(environment).revenue()
    return None if surplus >= 0 else f"IR-VCG runs an expected deficit of {-surplus}; it needs a surplus or zero"


def ir_expected_externality(environment: Environment, form: str = "equal") -> Mechanism:
    r"""Return rebalanced IR-VCG: efficient, voluntary and balanced, where IR-VCG pays for itself in expectation.

    .. math:: t = \text{rebalanced}(t^{vcg} - \psi), \qquad \text{exists} \iff E \sum_i (t_i^{vcg} - \psi_i) \ge E\,C

    Parameters
    ----------
    environment : Environment
        With private values and independent types.
    form : str
        ``"equal"`` or ``"cyclic"``: how rebalancing spreads the risk.

    Returns
    -------
    Mechanism
        Efficient, Bayesian incentive compatible, interim individually rational, balanced.

    Raises
    ------
    InvalidEnvironmentError
        If values are interdependent, types are correlated, or IR-VCG runs an expected deficit.
    UnknownNameError
        If there is no such form.

    Examples
    --------
    Equal partners dissolve; bilateral trade does not work this way.

    >>> from mechopt.environment.builders import bilateral_trade, partnership
    >>> from mechopt.environment.grids import uniform
    >>> ir_expected_externality(partnership(["1/2", "1/2"], uniform(0, 1, 4))).revenue()
    Fraction(0, 1)
    >>> ir_expected_externality_applies(bilateral_trade(uniform(0, 1, 2), uniform(0, 1, 2)))
    'IR-VCG runs an expected deficit of 1/8; it needs a surplus or zero'

    References
    ----------
    .. [1] V. Krishna and M. Perry, "Efficient Mechanism Design", working paper (1998).
    .. [2] G. A. Jehle and P. J. Reny, "Advanced Microeconomic Theory", 3rd ed., Pearson (2011), section 9.5.
    """
    check_form(form)
    require(environment, ir_expected_externality_applies, "ir-expected-externality")
    return rebalanced(ir_vcg(environment), form)
