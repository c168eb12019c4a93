"""Which method answers a question: one rule, from the shape and the size of the problem."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from mechopt.design.design import Design
from mechopt.environment.environment import Environment
from mechopt.environment.rule import has_rules
from mechopt.errors import DesignError, named
from mechopt.program.frame import Question
from mechopt.program.identical import identical_agents, n_representative_profiles
from mechopt.program.interim import interim_obstacle, payoffs_count_alike
from mechopt.program.reductions import plan

__all__ = ["METHODS", "Choice", "choose"]

METHODS = {
    "auto": "chosen by the shape and the size of the problem",
    "full": "one program over all profiles, without reductions",
    "interim": "one program with the reductions that hold",
    "longest-path": "longest paths, where the efficient allocation is known and only payments are left",
    "border": "interim probabilities of one object cut by Border's inequalities, then rules",
    "columns": "column generation over allocation rules",
}

# Questions that help to answer another one; a method that is asked for is meant for that one.
_AUXILIARY = ("feasibility", "subsidy")
# Outcomes at profiles up to which one program is answered faster than by rules, both exactly, or than by rules with a gap.
_MOST_COLUMNS = {"exact": 10_000, "bounded": 60_000}
# Representatives are found in the program of all agents, which has to be assembled.
_MOST_ASSEMBLED = 5_000_000
# Two agents' programs are sifted: few columns at a time.
_MOST_SIFTED = 5_000_000


@dataclass(frozen=True)
class Choice:
    """A method of `METHODS`, never ``"auto"``, and why it was chosen."""

    method: str
    reason: str


def choose(
    environment: Environment, design: Design, question: Question, asked: str, reductions: Collection[str] | None, *, hand: bool = False
) -> Choice:
    """Return the method that answers a question.

    Parameters
    ----------
    environment : Environment
    design : Design
    question : Question
    asked : str
        A key of `METHODS`.
    reductions : collection of str or None
        Reductions that may be used; None: all that hold.
    hand : bool
        Whether how programs are solved was chosen by hand: then one is as long as it stays small.

    Raises
    ------
    UnknownNameError
        If there is no such method.
    DesignError
        If the method that is asked for cannot answer the question.

    Examples
    --------
    >>> from mechopt.environment.builders import partnership
    >>> from mechopt.environment.grids import uniform
    >>> choose(partnership(["1/8"] * 8, [uniform(0, k, 20) for k in range(1, 9)]), Design(), Question("welfare"), "auto", None).method
    'columns'
    """
    named(METHODS, asked, "method")
    if asked == "auto" or (question.objective in _AUXILIARY and asked not in ("full", "interim")):
        return _by_size(environment, design, question, reductions, hand=hand)
    _check(environment, design, question, asked, reductions)
    return Choice(asked, "asked for")


def _by_size(environment: Environment, design: Design, question: Question, reductions: Collection[str] | None, *, hand: bool) -> Choice:
    if reductions is not None:
        return Choice("interim", "the reductions were chosen by hand")
    if question.objective == "surplus" and plan(environment, design, None, of_surplus=True).applies("E5"):
        return Choice("longest-path", "the efficient allocation is unique, so only payments are left")
    obstacle = interim_obstacle(environment, design, question)
    if obstacle is not None:
        return Choice("interim", obstacle)
    groups = identical_agents(environment, design)
    profiles = n_representative_profiles(environment, groups) if groups else environment.n_profiles
    columns = profiles * environment.n_outcomes
    rules = "exact" if has_rules(environment) and payoffs_count_alike(design, question) and not hand else "bounded"
    most = _MOST_SIFTED if environment.n_agents == 2 and rules == "bounded" else _MOST_COLUMNS[rules]
    if columns <= most and environment.n_profiles * environment.n_outcomes <= _MOST_ASSEMBLED:
        return Choice("interim", f"at most {most:,} outcomes at profiles: one program is proved exactly")
    how = "need none of them" if has_rules(environment) else "go through them in blocks"
    return Choice("columns", f"more than {most:,} outcomes at profiles: rules by scores {how}")


def _check(environment: Environment, design: Design, question: Question, asked: str, reductions: Collection[str] | None) -> None:
    if asked in ("border", "columns"):
        obstacle = interim_obstacle(environment, design, question)
        if asked == "border" and obstacle is None:
            obstacle = _obstacle_to_border(environment, question)
        if obstacle is not None:
            raise DesignError(f'method "{asked}" does not apply: {obstacle}; leave the choice to "auto"')
    if asked == "longest-path" and not (question.objective == "surplus" and plan(environment, design, reductions, of_surplus=True).applies("E5")):
        raise DesignError('method "longest-path" does not apply: it certifies where efficient outcomes are unique; leave the choice to "auto"')


def _obstacle_to_border(environment: Environment, question: Question) -> str | None:
    if environment.kind != "object":
        return "Border's inequalities are about one object"
    return "which of several efficient agents wins is no matter of Border's inequalities" if question.efficient else None
