"""Rebalancing a mechanism that leaves money: everybody better off by the same amount, whatever her type."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from mechopt.environment.environment import Environment
from mechopt.errors import InvalidEnvironmentError
from mechopt.mechanism.classical.conditions import both, independent_types, private_values, require
from mechopt.mechanism.classical.groves import vcg
from mechopt.mechanism.classical.rebalancing import rebalanced
from mechopt.mechanism.mechanism import Mechanism
from mechopt.mechanism.properties import Verdict, check
from mechopt.problem import Problem

__all__ = ["Rebalancing", "Rise", "rebalancing", "rebalancing_applies", "rebalancing_of"]


@dataclass(frozen=True)
class Rise:
    """The expected payoff of one type before and after rebalancing, in money.

    Attributes
    ----------
    agent, type : str
    before, after : Fraction
    """

    agent: str
    type: str
    before: Fraction
    after: Fraction


@dataclass(frozen=True, eq=False)
class Rebalancing:
    """A mechanism with an expected surplus, and the one that hands it out and balances at every profile.

    Attributes
    ----------
    problem : Problem
    before, after : Mechanism
    surplus : Fraction
        Expected payments less cost of the given mechanism, in money.
    rises : tuple of Rise
        Every type of every agent.
    claims : tuple of Verdict
        Of the new mechanism: Bayesian incentive compatible and balanced, recomputed.
    """

    problem: Problem
    before: Mechanism
    after: Mechanism
    surplus: Fraction
    rises: tuple[Rise, ...]
    claims: tuple[Verdict, ...]

    @property
    def share(self) -> Fraction:
        """What every type gains according to the theorem: the surplus over the number of agents, in money."""
        return self.surplus / self.problem.environment.n_agents

    @property
    def holds(self) -> bool:
        """Whether every type gains exactly her share, balance holds, and truth pays by the same margin as before."""
        bic, balanced = self.claims
        equal = all(rise.after - rise.before == self.share for rise in self.rises)
        return equal and balanced.holds and bic.margin == check(self.before, "bic").margin


def rebalancing_applies(environment: Environment) -> str | None:
    """Require independent private values, and that VCG leaves no expected deficit."""
    reason = both(private_values, independent_types)(environment)
    if reason is not None:
        return reason
    surplus = vcg(environment).revenue()
    return None if surplus >= 0 else f"VCG runs an expected deficit of {-surplus}; there is nothing to hand out"


def rebalancing(problem: Problem | Environment) -> Rebalancing:
    """Rebalance the VCG mechanism of an environment.

    Parameters
    ----------
    problem : Problem or Environment
        With private values and independent types, where VCG leaves no expected deficit. Its design plays no part.

    Returns
    -------
    Rebalancing

    Raises
    ------
    InvalidEnvironmentError
        If the theorem does not apply; the message says why. `rebalancing_of` takes any mechanism.

    Examples
    --------
    >>> from mechopt.environment.builders import single_item_auction
    >>> from mechopt.environment.grids import uniform
    >>> found = rebalancing(single_item_auction([uniform(0, 1, 4)] * 2))
    >>> str(found.surplus), str(found.share), found.holds
    ('11/32', '11/64', True)

    References
    ----------
    .. [1] G. A. Jehle and P. J. Reny, "Advanced Microeconomic Theory", 3rd ed., Pearson (2011), section 9.5.
    """
    asked = problem if isinstance(problem, Problem) else Problem(problem)
    require(asked.environment, rebalancing_applies, "rebalancing", "theorem")
    return _measured(asked, vcg(asked.environment))


def rebalancing_of(mechanism: Mechanism) -> Rebalancing:
    """Rebalance any mechanism with independent types and no expected deficit.

    Raises
    ------
    InvalidEnvironmentError
        If types are correlated.
    DesignError
        If the mechanism runs an expected deficit.
    """
    if not mechanism.environment.independent:
        raise InvalidEnvironmentError("types are correlated; rebalancing needs independent types")
    return _measured(Problem(mechanism.environment), mechanism)


def _measured(problem: Problem, before: Mechanism) -> Rebalancing:
    after = rebalanced(before)
    rises = [
        Rise(agent.name, name, *payoffs)
        for i, agent in enumerate(problem.environment.agents)
        for name, *payoffs in zip(agent.types, before.interim_payoffs(i).fractions(), after.interim_payoffs(i).fractions(), strict=True)
    ]
    return Rebalancing(problem, before, after, before.revenue(), tuple(rises), (check(after, "bic"), check(after, "balanced")))
