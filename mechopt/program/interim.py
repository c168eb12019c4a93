"""What questions in interim quantities have in common: which can be asked, what the budget is, what payoffs weigh."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Generic, TypeVar

from mechopt.design.design import Design
from mechopt.environment.blocks import has_outcome_rules
from mechopt.environment.environment import Environment
from mechopt.environment.rule import constant_cost, has_rules
from mechopt.environment.welfare import status_quo
from mechopt.program.frame import Question

__all__ = ["LARGEST_TABLE", "InterimProgram", "InterimTypes", "interim_obstacle", "payoff_weights", "payoffs_count_alike"]

LARGEST_TABLE = 10_000_000
"""Numbers over profiles, one per outcome and one per agent at each, up to which the checker of results goes through them."""

_OBJECTIVES = ("welfare", "gains", "revenue", "payoff", "weighted", "surplus")


def interim_obstacle(environment: Environment, design: Design, question: Question) -> str | None:
    """Return why a question cannot be answered in interim quantities by rules of scores, or None if it can."""
    if not has_outcome_rules(environment):
        return "rules by scores need independent types and private values"
    numbers = environment.n_profiles * (environment.n_outcomes + environment.n_agents)
    if not has_rules(environment) and numbers > LARGEST_TABLE:
        return f"{numbers:,} numbers over profiles are more than the {LARGEST_TABLE:,} up to which a table is verified"
    if question.objective not in _OBJECTIVES:
        return f'the objective "{question.objective}" needs every profile'
    if design.incentive not in ("bic", "none") or design.participation == "ex-post-ir":
        return "incentives or participation hold at every profile"
    if design.limits_payments or design.constraints:
        return "payments or outcomes are restricted profile by profile"
    if design.epsilon > 0 and design.incentive == "bic":
        return "violations that are allowed between neighbours add up"
    if design.allocation == "deterministic":
        return "lotteries are not wanted"
    if design.participation == "none" and question.objective not in ("welfare", "gains"):
        return "without participation payments have no limit"
    if question.objective in ("payoff", "weighted") and design.budget == "none":
        return "without a budget payoffs have no limit"
    if question.objective == "weighted" and design.incentive == "none" and design.participation != "interim-ir":
        return "nothing limits what an agent's types give to each other"
    # The largest surplus counts no budget, but whether its mechanism meets the budget must show in what its agent pays for each type.
    unshared = question.objective != "surplus" or constant_cost(environment) is None
    if environment.n_agents == 1 and design.budget in ("balanced", "no-deficit") and unshared:
        return "a single agent's budget cannot be shared with others"
    return None


@dataclass(frozen=True, eq=False)
class InterimTypes:
    """One agent's types, or her values.

    Attributes
    ----------
    prior, outside : tuple of Fraction
        Probability, and outside option in money, of each.
    weights : tuple of Fraction
        What a unit of each one's payoff weighs in the objective, probability included.
    """

    prior: tuple[Fraction, ...]
    outside: tuple[Fraction, ...]
    weights: tuple[Fraction, ...]


Types = TypeVar("Types", bound=InterimTypes)


@dataclass(frozen=True, eq=False)
class InterimProgram(Generic[Types]):
    """A question of which only interim quantities matter; the types of all agents stand in one row.

    Attributes
    ----------
    environment : Environment
    design : Design
    question : Question
    agents : tuple of InterimTypes
    """

    environment: Environment
    design: Design
    question: Question
    agents: tuple[Types, ...]

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Where each agent's types begin in the row; last its length."""
        return (0, *accumulate(len(agent.prior) for agent in self.agents))

    @cached_property
    def parts(self) -> tuple[slice, ...]:
        """Each agent's part of the row."""
        return tuple(slice(first, end) for first, end in pairwise(self.starts))

    @cached_property
    def prior(self) -> list[Fraction]:
        """Probabilities."""
        return [entry for agent in self.agents for entry in agent.prior]

    @cached_property
    def outside(self) -> list[Fraction]:
        """Outside options, in money."""
        return [entry for agent in self.agents for entry in agent.outside]

    @cached_property
    def weights(self) -> list[Fraction]:
        """What a unit of payoff weighs in the objective."""
        return [entry for agent in self.agents for entry in agent.weights]

    @property
    def incentives(self) -> bool:
        """Whether there are incentive constraints."""
        return self.design.incentive == "bic"

    @property
    def budget(self) -> str:
        """``"none"``, ``">="`` or ``"="``: what the expected surplus has to be, compared with zero."""
        if self.question.objective == "surplus" or self.design.budget == "none":
            return "none"
        return "=" if self.design.budget in ("balanced", "expected-balanced") else ">="

    @property
    def counts_surplus(self) -> bool:
        """Whether the objective counts total surplus (and not payoffs alone)."""
        return self.question.objective not in ("payoff", "weighted")

    @property
    def fixed_cost(self) -> Fraction:
        """The cost that is always there, in money."""
        return Fraction(0)

    @property
    def constant(self) -> Fraction:
        """Added to the objective, in money."""
        stay = status_quo(self.environment) if self.question.objective == "gains" else Fraction(0)
        return (-self.fixed_cost if self.counts_surplus else Fraction(0)) - stay


def payoff_weights(environment: Environment, design: Design, question: Question, i: int) -> list[Fraction]:
    """Return what a unit of payoff of each type of agent `i` weighs in the objective, given the type."""
    agent = environment.agents[i]
    if question.objective == "weighted":
        return list((design.weights or {}).get(agent.name, (Fraction(1),) * agent.n_types))
    unit = {"payoff": 1, "revenue": -1, "surplus": -1}.get(question.objective, 0)
    return [Fraction(unit)] * agent.n_types


def payoffs_count_alike(design: Design, question: Question) -> bool:
    """Return whether a unit of payoff weighs the same whoever of an agent's types has it: then only her expected payoff counts.

    Examples
    --------
    >>> payoffs_count_alike(Design(objective="weighted", weights={"buyer": (Fraction(1), Fraction(2))}), Question("weighted"))
    False
    """
    return question.objective != "weighted" or all(len(set(weights)) == 1 for weights in (design.weights or {}).values())
