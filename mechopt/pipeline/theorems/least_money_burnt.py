"""What does dominance cost: the best rule that balances, the best efficient rule with least money burnt, and those known by name."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from mechopt.design.design import Design
from mechopt.environment.environment import Environment
from mechopt.environment.welfare import first_best
from mechopt.errors import SolverError
from mechopt.mechanism.classical.conditions import private_values, require
from mechopt.mechanism.classical.registry import applicable
from mechopt.mechanism.rules import AnyMechanism
from mechopt.pipeline.answer import Settings
from mechopt.pipeline.solve import solve_problem
from mechopt.problem import Problem
from mechopt.result import Proof

__all__ = ["Contestant", "LeastMoneyBurnt", "least_money_burnt"]

# Best rules by what is asked of them besides dominant strategies, and what they are best in.
_BEST = {
    "best-balanced": Design("welfare", "dsic", "none", "balanced"),
    "best-efficient": Design("payoff", "dsic", "none", "no-deficit", allocation="efficient"),
    "best-payoff": Design("payoff", "dsic", "none", "no-deficit"),
}
_NAMED = ("vcg", "bailey-cavallo", "residual-claimant", "worst-case-redistribution")


@dataclass(frozen=True, eq=False)
class Contestant:
    """A dominant-strategy rule and what is lost under it.

    Attributes
    ----------
    id : str
        Of a mechanism known by name, or ``"best-balanced"``, ``"best-efficient"`` (least money burnt), ``"best-payoff"`` (the two losses traded off).
    mechanism : Mechanism or RulesMechanism
    welfare : Fraction
        Expected, in money.
    surplus_lost : Fraction
        First best less welfare, in money.
    money_burnt : Fraction
        Expected payments less cost, in money: nobody gets it.
    proof : Proof or None
        Of the best rules: optimal, or bounded by how much.
    """

    id: str
    mechanism: AnyMechanism
    welfare: Fraction
    surplus_lost: Fraction
    money_burnt: Fraction
    proof: Proof | None = None

    @property
    def payoff(self) -> Fraction:
        """What the agents expect together, in money: the first best less both losses."""
        return self.welfare - self.money_burnt


@dataclass(frozen=True, eq=False)
class LeastMoneyBurnt:
    """Dominant-strategy rules that run no deficit, by what is lost under them.

    Attributes
    ----------
    problem : Problem
    first_best : Fraction
        In money.
    contestants : tuple of Contestant
        The best rules, then those known by name that apply and run no deficit.
    """

    problem: Problem
    first_best: Fraction
    contestants: tuple[Contestant, ...]

    def __getitem__(self, name: str) -> Contestant:
        """Return a contestant by its id; KeyError if it is absent."""
        return {contestant.id: contestant for contestant in self.contestants}[name]

    @property
    def least_loss(self) -> Fraction:
        """What is lost under every rule, in money: the first best less what prices prove to be the most that agents can expect."""
        proof = self["best-payoff"].proof
        assert proof is not None  # found by `least_money_burnt`
        assert proof.bound is not None
        assert proof.bound.exact is not None
        return self.first_best - proof.bound.exact

    @property
    def holds(self) -> bool:
        """Whether something is lost under every rule: efficiency and balance do not go together."""
        return self.least_loss > 0


def least_money_burnt(problem: Problem | Environment, settings: Settings | None = None) -> LeastMoneyBurnt:
    """Compute the best dominant-strategy rules next to those known by name.

    Participation is not asked for. By name: VCG, Bailey and Cavallo, worst-case redistribution, and the residual claimant.

    Parameters
    ----------
    problem : Problem or Environment
        With private values. Its design plays no part.
    settings : Settings, optional

    Returns
    -------
    LeastMoneyBurnt

    Raises
    ------
    InvalidEnvironmentError
        If values are interdependent.
    SolverError
        If a best rule could not be found in exact arithmetic.

    Examples
    --------
    >>> from mechopt.environment.builders import single_item_auction
    >>> from mechopt.environment.grids import uniform
    >>> found = least_money_burnt(single_item_auction([uniform(0, 1, 2)] * 3))
    >>> [(rule.id, str(rule.surplus_lost), str(rule.money_burnt)) for rule in found.contestants][:2]
    [('best-balanced', '0', '0'), ('best-efficient', '0', '0')]

    References
    ----------
    .. [1] J. Green and J.-J. Laffont, "Incentives in Public Decision-Making", North-Holland (1979).
    .. [2] R. Cavallo, "Optimal Decision-Making with Minimal Waste: Strategyproof Redistribution of VCG Payments", Proceedings of AAMAS
       (2006), 882-889. https://doi.org/10.1145/1160633.1160790
    """
    asked = problem if isinstance(problem, Problem) else Problem(problem)
    environment = asked.environment
    require(environment, private_values, "least-money-burnt", "theorem")
    whole = first_best(environment)
    best = [_best(asked, name, design, whole, settings or Settings()) for name, design in _BEST.items()]
    known = [row for row in applicable(environment) if row.id in _NAMED and "no-deficit" in row.promised(environment)]
    return LeastMoneyBurnt(asked, whole, (*best, *(_contestant(row.id, row.build(environment), whole) for row in known)))


def _best(problem: Problem, name: str, design: Design, whole: Fraction, settings: Settings) -> Contestant:
    settings.tell(f"computing {name}")
    result = solve_problem(Problem(problem.environment, design, problem.name, problem.source), settings)
    if result.mechanism is None or result.proof.bound is None or result.proof.bound.exact is None:
        raise SolverError(f"the rule {name} was not found, or not bounded, in exact arithmetic; use fewer types")
    return _contestant(name, result.mechanism, whole, result.proof)


def _contestant(name: str, mechanism: AnyMechanism, whole: Fraction, proof: Proof | None = None) -> Contestant:
    welfare = mechanism.welfare()
    return Contestant(name, mechanism, welfare, whole - welfare, mechanism.revenue(), proof)
