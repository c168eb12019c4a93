"""Whom the expected externality mechanism drives away."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from mechopt.environment.environment import Environment
from mechopt.mechanism.classical.conditions import require
from mechopt.mechanism.classical.expected_externality import expected_externality, expected_externality_applies
from mechopt.mechanism.mechanism import Mechanism
from mechopt.mechanism.properties import Verdict, check
from mechopt.problem import Problem

__all__ = ["ExpectedExternality", "Loss", "driven_away"]

_CLAIMS = ("efficient", "bic", "balanced")


@dataclass(frozen=True)
class Loss:
    """A type who would rather stay out.

    Attributes
    ----------
    agent, type : str
    loss : Fraction
        What staying out is worth to her above the mechanism, in money; positive.
    probability : Fraction
        Of the type.
    """

    agent: str
    type: str
    loss: Fraction
    probability: Fraction


@dataclass(frozen=True, eq=False)
class ExpectedExternality:
    """What the expected externality mechanism achieves, and who stays away.

    Attributes
    ----------
    problem : Problem
    mechanism : Mechanism
    claims : tuple of Verdict
        Efficient, Bayesian incentive compatible, balanced: recomputed.
    driven_away : tuple of Loss
        Every type who would rather stay out, given that everybody else takes part.
    """

    problem: Problem
    mechanism: Mechanism
    claims: tuple[Verdict, ...]
    driven_away: tuple[Loss, ...]

    @property
    def holds(self) -> bool:
        """Whether the mechanism is efficient, Bayesian incentive compatible and balanced."""
        return all(self.claims)


def driven_away(problem: Problem | Environment) -> ExpectedExternality:
    """Return the expected externality mechanism, its properties recomputed, and the types it drives away.

    Parameters
    ----------
    problem : Problem or Environment
        With private values and independent types. Its design plays no part.

    Returns
    -------
    ExpectedExternality

    Raises
    ------
    InvalidEnvironmentError
        If values are interdependent or types are correlated.

    Examples
    --------
    No seller wants to take part; every buyer does.

    >>> from mechopt.environment.builders import bilateral_trade
    >>> from mechopt.environment.grids import uniform
    >>> found = driven_away(bilateral_trade(uniform(0, 1, 4), uniform(0, 1, 4)))
    >>> found.holds, [(loss.agent, loss.type) for loss in found.driven_away]
    (True, [('seller', '1/8'), ('seller', '3/8'), ('seller', '5/8'), ('seller', '7/8')])

    References
    ----------
    .. [1] C. d'Aspremont and L.-A. Gérard-Varet, "Incentives and Incomplete Information", J. Public Econ. 11 (1979), 25-45.
       https://doi.org/10.1016/0047-2727(79)90043-4
    """
    asked = problem if isinstance(problem, Problem) else Problem(problem)
    environment = asked.environment
    require(environment, expected_externality_applies, "expected-externality", "theorem")
    mechanism = expected_externality(environment)
    losses = [
        Loss(agent.name, name, -rent, chance)
        for i, agent in enumerate(environment.agents)
        for name, rent, chance in zip(agent.types, mechanism.information_rents(i).fractions(), agent.prior, strict=True)
        if rent < 0
    ]
    return ExpectedExternality(asked, mechanism, tuple(check(mechanism, claim) for claim in _CLAIMS), tuple(losses))
