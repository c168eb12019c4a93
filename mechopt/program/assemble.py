"""From a question about an environment and a design to a sparse labelled program in integers."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mechopt.design.design import Design
from mechopt.environment.environment import Environment
from mechopt.environment.welfare import status_quo, surplus
from mechopt.errors import DesignError
from mechopt.program.frame import Frame, Question, frame
from mechopt.program.linear import BlockBuilder, Program
from mechopt.program.reductions import plan
from mechopt.program.requirements import add_requirements, expected_payment, expected_revenue
from mechopt.program.size import check_size
from mechopt.rational import RationalArray

__all__ = ["Assembled", "Question", "assemble"]

Terms = list[tuple[NDArray[np.int64], RationalArray]]


@dataclass(frozen=True, eq=False)
class Assembled:
    """A program and what its columns mean."""

    program: Program
    frame: Frame


def assemble(environment: Environment, design: Design, question: Question | None = None, reductions: Collection[str] | None = None) -> Assembled:
    """Return the linear program of a question.

    Parameters
    ----------
    environment : Environment
    design : Design
    question : Question, optional
        Default: the best mechanism for the design's objective.
    reductions : collection of str, optional
        Names of the reductions that may be used; default: all whose conditions hold. Empty: the full profile form.

    Returns
    -------
    Assembled
        The program maximises; the objective ``"epsilon"`` is maximised as its negative.

    Raises
    ------
    DesignError
        If the design does not fit the environment.
    ProgramSizeError
        If the program would not fit into memory.

    Examples
    --------
    >>> from mechopt.environment.builders import bilateral_trade
    >>> from mechopt.environment.grids import uniform
    >>> trade = bilateral_trade(uniform(0, 1, 50), uniform(0, 1, 50))
    >>> program = assemble(trade, Design()).program
    >>> program.n_rows, program.n_columns
    (2897, 7700)
    """
    design.check(environment)
    question = question or Question(design.objective, design.allocation == "efficient")
    chosen = plan(environment, design, reductions, of_surplus=question.objective == "surplus" and question.efficient).without(
        "E5", "a program was asked for"
    )
    if question.possible is not None:
        chosen = chosen.without("E4", "a branch of the search tells agents apart")
    check_size(environment, design, chosen, None if question.lies is None else [len(true) for true, _ in question.lies])
    if question.objective == "worst-case":
        _check_worst_case(environment)
    builder = BlockBuilder()
    variables = frame(environment, design, question, chosen, builder, reductions)
    add_requirements(variables, builder)
    terms, constant = _OBJECTIVES[question.objective](variables)
    if question.objective in ("subsidy", "feasibility"):
        terms = _elastic(variables, builder)
    return Assembled(builder.build(terms, constant), variables)


def _check_worst_case(environment: Environment) -> None:
    best = surplus(environment).max(axis=-1).numerators
    if np.any(best < 0) or not np.any(best > 0):
        raise DesignError('design.objective is "worst-case"; the first best must be nonnegative at every profile and positive at one')


def _welfare(frame: Frame) -> tuple[Terms, Fraction]:
    table = surplus(frame.environment).reshape(-1, frame.environment.n_outcomes)
    return [(frame.allocation, table * frame.probability.reshape(-1, 1))], Fraction(0)


def _gains(frame: Frame) -> tuple[Terms, Fraction]:
    return _welfare(frame)[0], -status_quo(frame.environment)


def _revenue(frame: Frame) -> tuple[Terms, Fraction]:
    return expected_revenue(frame), Fraction(0)


def _weighted(frame: Frame) -> tuple[Terms, Fraction]:
    terms: Terms = []
    for i, agent in enumerate(frame.environment.agents):
        weights = RationalArray.from_fractions(list((frame.design.weights or {}).get(agent.name, (Fraction(1),) * agent.n_types)))
        by_profile = frame.probability * weights[frame.environment.type_indices(i)]
        columns, payment = expected_payment(frame, i, weights)
        terms += [(frame.allocation, frame.utility_profiles(i) * by_profile.reshape(-1, 1)), (columns, -payment)]
    return terms, Fraction(0)


def _scalar(sign: int) -> Callable[[Frame], tuple[Terms, Fraction]]:
    def objective(frame: Frame) -> tuple[Terms, Fraction]:
        return [(np.array([frame.scalar], dtype=np.int64), RationalArray.full((1,), sign))], Fraction(0)

    return objective


def _nothing(_: Frame) -> tuple[Terms, Fraction]:
    return [], Fraction(0)


_OBJECTIVES: dict[str, Callable[[Frame], tuple[Terms, Fraction]]] = {
    "welfare": _welfare,
    "gains": _gains,
    "revenue": _revenue,
    "surplus": _revenue,
    "payoff": _weighted,
    "weighted": _weighted,
    "worst-case": _scalar(1),
    "epsilon": _scalar(-1),
    "subsidy": _nothing,
    "feasibility": _nothing,
}
_REQUIREMENTS = ("incentive", "participation", "budget", "floor", "cap", "constraint")


def _elastic(frame: Frame, builder: BlockBuilder) -> Terms:
    """Let rows give way at a price, so that the program is feasible and its dual is the proof of infeasibility.

    ``"subsidy"``: money from outside at every profile, its expectation minimised. ``"feasibility"``: every requirement
    gives way in its own unit, the total minimised.
    """
    terms: Terms = []
    subsidy = frame.question.objective == "subsidy"
    for block in list(builder.row_blocks):
        if block.name not in (("budget",) if subsidy else _REQUIREMENTS):
            continue
        price = _subsidy_price(frame, block.size) if subsidy else RationalArray.full((block.size,), 1)
        rows = block.positions.reshape(-1)
        for sign in (1,) if subsidy else _signs(frame, block.name, block.keys.get("name")):
            columns = builder.add_columns("elastic", (block.size,), lower=0, keys={"rows": rows, "sign": sign}).positions
            builder.add_entries(rows, columns, sign)
            terms.append((columns, -price))
    return terms


def _subsidy_price(frame: Frame, size: int) -> RationalArray:
    """Probabilities; one where a profile has none, so that its budget does not give way for nothing."""
    if size == 1:
        return RationalArray.full((1,), 1)
    numerators = np.where(frame.probability.numerators == 0, frame.probability.denominator, frame.probability.numerators)
    return RationalArray(numerators, frame.probability.denominator)


def _signs(frame: Frame, name: str, constraint: str | None) -> tuple[int, ...]:
    if name == "constraint":
        sense = next(entry.sense for entry in frame.design.constraints if entry.name == constraint)
        return {">=": (1,), "<=": (-1,), "=": (1, -1)}[sense]
    return (1, -1) if name == "budget" and frame.design.budget in ("balanced", "expected-balanced") else (1,)
