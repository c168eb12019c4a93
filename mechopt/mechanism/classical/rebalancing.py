"""Rebalancing: any Bayesian incentive compatible mechanism that pays for itself in expectation can do so at every profile."""

from __future__ import annotations

from mechopt.environment.environment import Environment
from mechopt.environment.welfare import expectation
from mechopt.errors import DesignError, InvalidEnvironmentError, UnknownNameError, nearest
from mechopt.mechanism.classical.conditions import independent_types, require
from mechopt.mechanism.lift import balanced_payments, lifted_to
from mechopt.mechanism.mechanism import Mechanism
from mechopt.rational import RationalArray, stack

__all__ = ["FORMS", "check_form", "rebalanced", "shared_cost"]

FORMS = {
    "equal": "what an agent's report moves is borne by the others in equal parts",
    "cyclic": "what an agent's report moves is borne by the agent before her in the list",
}


def rebalanced(mechanism: Mechanism, form: str = "equal") -> Mechanism:
    r"""Return the mechanism with a balanced budget at every profile and everybody better off by the same amount.

    .. math:: \tilde t_i = T_i(\theta_i) - \frac{1}{n - 1} \sum_{j \ne i} \bigl( T_j(\theta_j) - E\,T_j \bigr) + d_i(\theta) - \frac{S}{n},
              \qquad T_i(a) = E[t_i \mid \theta_i = a], \quad S = E\Bigl[\sum_i t_i - C\Bigr]

    (``form="equal"``; with ``"cyclic"`` agent i bears :math:`T_{i+1} - E\,T_{i+1}` alone). The :math:`d_i` share the designer's
    cost: they add up to :math:`C(\theta) - E\,C` and are worth nothing in expectation to any type.

    Every type's payoff from every report rises by exactly S / n, so incentive margins are those of the given mechanism.

    Parameters
    ----------
    mechanism : Mechanism
        With independent types and an expected surplus S that is not negative. Bayesian incentive compatible if the result
        is to be.
    form : str
        One of `FORMS`.

    Returns
    -------
    Mechanism
        Same allocation, balanced.

    Raises
    ------
    InvalidEnvironmentError
        If types are correlated, or there is one agent whose payments do not follow the cost up to a constant.
    DesignError
        If the mechanism runs an expected deficit.
    UnknownNameError
        If there is no such form.

    Examples
    --------
    Two bidders share the money of a second-price auction:

    >>> from mechopt.environment.builders import single_item_auction
    >>> from mechopt.environment.grids import two_types
    >>> from mechopt.mechanism.classical.groves import vcg
    >>> rebalanced(vcg(single_item_auction([two_types(1, 2)] * 2))).payments.texts()
    [[['1/8', '-3/8'], ['9/8', '5/8']], [['-1/8', '3/8'], ['-9/8', '-5/8']]]

    References
    ----------
    .. [1] K. J. Arrow, "The Property Rights Doctrine and Demand Revelation under Incomplete Information", in: Economics and
       Human Welfare, Academic Press (1979), 23-39.
    .. [2] C. d'Aspremont and L.-A. Gérard-Varet, "Incentives and Incomplete Information", J. Public Econ. 11 (1979), 25-45.
       https://doi.org/10.1016/0047-2727(79)90043-4
    .. [3] G. A. Jehle and P. J. Reny, "Advanced Microeconomic Theory", 3rd ed., Pearson (2011), section 9.5.
    """
    check_form(form)
    environment = mechanism.environment
    require(environment, independent_types, "rebalancing")
    surplus = mechanism.budget_surplus()
    expected = expectation(environment, surplus)
    if expected < 0:
        raise DesignError(f"the mechanism runs an expected deficit of {-expected}; rebalancing needs a surplus or zero")
    if environment.n_agents == 1:
        if not surplus.equals(RationalArray.full(surplus.shape, expected)):
            raise InvalidEnvironmentError("agents: one agent cannot be rebalanced, unless her payments are the cost plus a constant")
        payments = mechanism.payments
    elif form == "equal":
        payments = lifted_to(environment, mechanism.allocation, mechanism.payments)
    else:
        payments = _cyclic(mechanism)
    return Mechanism(environment, mechanism.allocation, (payments - expected / environment.n_agents).reduced())


def check_form(form: str) -> None:
    """Raise unless `form` is one of `FORMS`."""
    if form not in FORMS:
        raise UnknownNameError(f"form is {form!r}; {nearest(form, FORMS)}")


def _cyclic(mechanism: Mechanism) -> RationalArray:
    """Return payments with the same interim payments and a constant surplus, each agent bearing the next one's risk."""
    environment = mechanism.environment
    n = environment.n_agents
    interim = [mechanism.interim_payments(i) for i in range(n)]
    risks = [environment.along(table - (table * environment.marginal(i)).sum().item(), i) for i, table in enumerate(interim)]
    own = [environment.along(table, i) for i, table in enumerate(interim)]
    payments = [(own[i] - risks[(i + 1) % n]).broadcast(environment.n_types) for i in range(n)]
    return stack(payments) + shared_cost(environment, mechanism.allocation)


def shared_cost(environment: Environment, allocation: RationalArray) -> RationalArray:
    """Return payments that add up to cost less expected cost at every profile and are zero in expectation for every type.

    Parameters
    ----------
    environment : Environment
        With independent types and at least two agents.
    allocation : RationalArray, shape (*n_types, n_outcomes)

    Returns
    -------
    RationalArray, shape (n_agents, *n_types)
        In money.
    """
    nothing = [RationalArray.full((m,)) for m in environment.n_types]
    return balanced_payments(environment, nothing, (allocation * environment.cost).sum(axis=-1))
