"""What a designer asks for: objective, incentives, participation, budget, allocation, limits. Data, no columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from typing import Any

from mechopt.environment.environment import Environment
from mechopt.errors import DesignError, UnknownNameError, nearest
from mechopt.rational import rational

__all__ = ["ALLOCATIONS", "BUDGETS", "INCENTIVES", "OBJECTIVES", "PARTICIPATIONS", "Constraint", "Design", "Term", "design_with"]

OBJECTIVES = {
    "welfare": "expected utilities less the designer's cost",
    "revenue": "expected payments less the designer's cost",
    "gains": "welfare less the status quo",
    "payoff": "expected utilities less payments: money burnt counts",
    "weighted": "payoffs with welfare weights per agent or type",
    "worst-case": "the least ratio of welfare to first best over profiles",
    "epsilon": "the least incentive violation (minimised)",
}
INCENTIVES = {
    "bic": "Bayesian incentive compatibility",
    "dsic": "dominant-strategy incentive compatibility",
    "epic": "ex post incentive compatibility",
    "none": "no incentive constraint",
}
PARTICIPATIONS = {
    "interim-ir": "every type wants to take part",
    "ex-post-ir": "nobody regrets taking part at any profile",
    "ex-ante-ir": "everybody wants to take part before knowing her type",
    "none": "no participation constraint",
}
BUDGETS = {
    "balanced": "payments equal cost at every profile",
    "no-deficit": "payments cover cost at every profile",
    "expected-balanced": "payments equal cost in expectation",
    "expected-no-deficit": "payments cover cost in expectation",
    "none": "no budget constraint",
}
ALLOCATIONS = {
    "any": "any lottery over outcomes",
    "efficient": "outcomes that maximise total surplus only",
    "deterministic": "no lotteries",
}
_SETTINGS = {
    "objective": OBJECTIVES,
    "incentive": INCENTIVES,
    "participation": PARTICIPATIONS,
    "budget": BUDGETS,
    "allocation": ALLOCATIONS,
}
SENSES = ("<=", ">=", "=")


@dataclass(frozen=True)
class Term:
    """One term of a constraint: a coefficient on allocation probabilities or payments, summed over profiles.

    Attributes
    ----------
    outcome, payment : str or None
        The outcome whose probability, or the agent whose payment, is meant; exactly one of the two.
    coefficient : Fraction
    when : mapping from agent name to type name
        Profiles that agree with it; empty: all.
    expected : bool
        Whether profiles are weighted by their probabilities.
    """

    outcome: str | None = None
    payment: str | None = None
    coefficient: Fraction = Fraction(1)
    when: Mapping[str, str] = field(default_factory=dict)
    expected: bool = True


@dataclass(frozen=True)
class Constraint:
    """A user's own linear constraint: terms, a sense (``<=``, ``>=``, ``=``) and a bound."""

    name: str
    terms: tuple[Term, ...]
    sense: str
    bound: Fraction = Fraction(0)


@dataclass(frozen=True)
class Design:
    """The requirements and the objective of a mechanism.

    Attributes
    ----------
    objective, incentive, participation, budget, allocation : str
        Ids of `OBJECTIVES`, `INCENTIVES`, `PARTICIPATIONS`, `BUDGETS`, `ALLOCATIONS`.
    epsilon : Fraction
        Incentive violation that is allowed, in money.
    weights : mapping from agent name to a tuple of one Fraction per type, or None
        Welfare weights, for the objective ``"weighted"``; agents not named have weight one.
    payment_floor, payment_cap : mapping from agent name to Fraction, or None
        Limits on payments at every profile, in money.
    constraints : tuple of Constraint

    Raises
    ------
    UnknownNameError
        If a setting does not exist.

    Examples
    --------
    >>> Design(budget="balance")
    Traceback (most recent call last):
        ...
    mechopt.errors.UnknownNameError: design.budget is 'balance'; did you mean 'balanced'? (known: balanced, no-deficit, \
expected-balanced, expected-no-deficit, none)
    """

    objective: str = "welfare"
    incentive: str = "bic"
    participation: str = "interim-ir"
    budget: str = "balanced"
    allocation: str = "any"
    epsilon: Fraction = Fraction(0)
    weights: Mapping[str, tuple[Fraction, ...]] | None = None
    payment_floor: Mapping[str, Fraction] | None = None
    payment_cap: Mapping[str, Fraction] | None = None
    constraints: tuple[Constraint, ...] = ()

    def __post_init__(self) -> None:
        for setting, known in _SETTINGS.items():
            value = getattr(self, setting)
            if value not in known:
                raise UnknownNameError(f"design.{setting} is {value!r}; {nearest(str(value), known)}")
        if self.epsilon < 0:
            raise DesignError(f"design.epsilon is {self.epsilon}; the violation that is allowed must not be negative")
        if self.objective == "epsilon" and (self.epsilon or self.incentive == "none"):
            raise DesignError('design.objective is "epsilon"; it needs an incentive constraint and design.epsilon = 0')
        if self.weights is not None and self.objective != "weighted":
            raise DesignError(f'design.weights is given but design.objective is {self.objective!r}; write "weighted"')

    @property
    def minimised(self) -> bool:
        """Whether the objective is minimised."""
        return self.objective == "epsilon"

    def without_free_incentives(self) -> Design:
        """Return the design of what is required: incentives that are violated as little as possible are not."""
        return replace(self, objective="welfare", incentive="none") if self.objective == "epsilon" else self

    @property
    def limits_payments(self) -> bool:
        """Whether payments are restricted profile by profile, beyond the budget."""
        by_terms = any(term.payment is not None for constraint in self.constraints for term in constraint.terms)
        return bool(self.payment_floor or self.payment_cap or by_terms)

    @property
    def ex_post_incentive(self) -> bool:
        """Whether truth must pay at every profile."""
        return self.incentive in ("dsic", "epic")

    @property
    def budget_in_expectation(self) -> bool:
        """Whether the budget counts in expectation only."""
        return self.budget in ("expected-balanced", "expected-no-deficit")

    def check(self, environment: Environment) -> None:
        """Raise `DesignError` unless the design makes sense in the environment."""
        if self.incentive == "dsic" and not environment.private_values:
            raise DesignError('design.incentive is "dsic" but values are interdependent; write "epic" (ex post incentive compatibility)')
        agents = {agent.name: agent for agent in environment.agents}
        for key in ("weights", "payment_floor", "payment_cap"):
            for name in getattr(self, key) or {}:
                if name not in agents:
                    raise UnknownNameError(f"design.{key} names the agent {name!r}; {nearest(name, agents)}")
        for name, weights in (self.weights or {}).items():
            if len(weights) != agents[name].n_types:
                raise DesignError(f"design.weights.{name} has {len(weights)} entries; write one number or one per type, {agents[name].n_types}")
        for constraint in self.constraints:
            _check_constraint(constraint, environment)


def design_with(design: Design, changes: Mapping[str, Any], environment: Environment) -> Design:
    """Return a design with some fields replaced, numbers read exactly and single numbers spread over agents or types.

    Raises
    ------
    UnknownNameError
        If a field does not exist.

    Examples
    --------
    >>> from mechopt.environment.builders import table
    >>> design_with(Design(), {"budget": "none", "payment_floor": 0}, table({"Ann": [[0, 1]]}, ["a", "b"])).payment_floor
    {'Ann': Fraction(0, 1)}
    """
    known = [entry.name for entry in fields(Design)]
    read = dict(changes)
    for name, value in changes.items():
        if name not in known:
            raise UnknownNameError(f"design.{name} is unknown; {nearest(name, known)}")
        if name == "epsilon":
            read[name] = rational(value, "design.epsilon")
        elif name in ("payment_floor", "payment_cap") and value is not None:
            by_agent = value if isinstance(value, Mapping) else {agent.name: value for agent in environment.agents}
            read[name] = {agent: rational(limit, f"design.{name}.{agent}") for agent, limit in by_agent.items()}
        elif name == "weights" and value is not None:
            n_types = {agent.name: agent.n_types for agent in environment.agents}
            read[name] = {agent: _weights(entry, n_types.get(agent, 1), agent) for agent, entry in value.items()}
    return replace(design, **read)


def _weights(given: Any, n_types: int, agent: str) -> tuple[Fraction, ...]:
    entries = given if isinstance(given, (list, tuple)) else [given] * n_types
    return tuple(rational(entry, f"design.weights.{agent}") for entry in entries)


def _check_constraint(constraint: Constraint, environment: Environment) -> None:
    where = f"design.constraints.{constraint.name}"
    if constraint.sense not in SENSES:
        raise UnknownNameError(f"{where}.sense is {constraint.sense!r}; {nearest(constraint.sense, SENSES)}")
    agents = {agent.name: agent for agent in environment.agents}
    for term in constraint.terms:
        if (term.outcome is None) == (term.payment is None):
            raise DesignError(f"{where}: a term names either an outcome or a payment, not both or neither")
        if term.outcome is not None and term.outcome not in environment.outcomes:
            raise UnknownNameError(f"{where} names the outcome {term.outcome!r}; {nearest(term.outcome, environment.outcomes)}")
        if term.payment is not None and term.payment not in agents:
            raise UnknownNameError(f"{where} names the agent {term.payment!r}; {nearest(term.payment, agents)}")
        for name, kind in term.when.items():
            if name not in agents:
                raise UnknownNameError(f"{where}.when names the agent {name!r}; {nearest(name, agents)}")
            if kind not in agents[name].types:
                raise UnknownNameError(f"{where}.when names the type {kind!r} of {name}; {nearest(kind, agents[name].types)}")
