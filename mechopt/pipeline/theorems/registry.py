"""Theorems of the literature as questions about a problem: one row each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from mechopt.pipeline.answer import Settings
from mechopt.pipeline.theorems.expected_externality import driven_away
from mechopt.pipeline.theorems.green_laffont import green_laffont
from mechopt.pipeline.theorems.groves_uniqueness import groves_uniqueness
from mechopt.pipeline.theorems.hagerty_rogerson import hagerty_rogerson
from mechopt.pipeline.theorems.ir_vcg_criterion import ir_vcg_criterion
from mechopt.pipeline.theorems.least_money_burnt import least_money_burnt
from mechopt.pipeline.theorems.rebalancing import rebalancing
from mechopt.problem import Problem

__all__ = ["THEOREMS", "Answer", "Finding", "Theorem"]


class Answer(Protocol):
    """What every theorem's answer has; the rest is its own."""

    @property
    def problem(self) -> Problem:
        """The problem that was asked about."""
        ...

    @property
    def holds(self) -> bool:
        """Whether the theorem's conclusion is true of this environment."""
        ...


@dataclass(frozen=True)
class Theorem:
    """A theorem that a finite environment can be asked about.

    Attributes
    ----------
    id : str
    statement : str
        What the literature says, in a sentence.
    ask : callable
        From a problem and settings to the answer, a dataclass; raises `InvalidEnvironmentError` where the theorem does not apply.
    reference : str
    """

    id: str
    statement: str
    ask: Callable[[Problem, Settings], Answer]
    reference: str


@dataclass(frozen=True, eq=False)
class Finding:
    """A theorem, and its answer in one environment.

    Attributes
    ----------
    theorem : Theorem
    answer : Answer
        The dataclass that the theorem's function returns.
    """

    theorem: Theorem
    answer: Any

    @property
    def holds(self) -> bool:
        """Whether the theorem's conclusion is true of this environment."""
        return bool(self.answer.holds)

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as dictionaries, lists, strings and floats: what ``mechopt theorem --json`` prints."""
        from mechopt.report.theorems import finding_to_dict

        return finding_to_dict(self)


def _without_solver(theorem: Callable[[Problem], Answer]) -> Callable[[Problem, Settings], Answer]:
    """Return a theorem that is asked like the others, though nothing is solved for it."""
    return lambda problem, _: theorem(problem)


_ROWS = (
    Theorem(
        "groves-uniqueness",
        "Where types are rich enough, every efficient dominant-strategy payment rule is a Groves rule",
        _without_solver(groves_uniqueness),
        "Green and Laffont 1977, Holmström 1979",
    ),
    Theorem(
        "green-laffont",
        "Where types are rich enough, no efficient dominant-strategy mechanism balances its budget",
        green_laffont,
        "Green and Laffont 1979, Walker 1980",
    ),
    Theorem(
        "rebalancing",
        "A Bayesian incentive compatible mechanism with an expected surplus can balance at every profile, everybody better off by her share of it",
        _without_solver(rebalancing),
        "Arrow 1979, d'Aspremont and Gérard-Varet 1979, Jehle and Reny 2011",
    ),
    Theorem(
        "expected-externality",
        "The expected externality mechanism is efficient, Bayesian incentive compatible and balanced, but may drive types away",
        _without_solver(driven_away),
        "Arrow 1979, d'Aspremont and Gérard-Varet 1979",
    ),
    Theorem(
        "ir-vcg-criterion",
        "No efficient, Bayesian incentive compatible and voluntary mechanism leaves more than IR-VCG",
        ir_vcg_criterion,
        "Krishna and Perry 1998, Williams 1999",
    ),
    Theorem(
        "hagerty-rogerson",
        "Dominant-strategy, ex post voluntary, balanced trade is a posted price, or a lottery over several",
        hagerty_rogerson,
        "Hagerty and Rogerson 1987",
    ),
    Theorem(
        "least-money-burnt",
        "With dominant strategies something is lost: surplus, as under the residual claimant, or money, as in Bailey and Cavallo's rule",
        least_money_burnt,
        "Green and Laffont 1979, Cavallo 2006",
    ),
)
THEOREMS: dict[str, Theorem] = {row.id: row for row in _ROWS}
