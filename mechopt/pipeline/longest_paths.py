"""The largest surplus of an efficient mechanism: by longest paths where efficient outcomes are unique, else by a program."""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction

import numpy as np

from mechopt.design.design import Design
from mechopt.environment.environment import Environment
from mechopt.environment.rule import Rule, has_rules, surplus_rule
from mechopt.environment.welfare import efficient_outcomes
from mechopt.exact.by_type import by_type
from mechopt.exact.lagrangian import proved_bound
from mechopt.exact.longest_paths import LongestPaths, longest_paths
from mechopt.mechanism.lift import lifted
from mechopt.mechanism.mechanism import Mechanism
from mechopt.mechanism.rules import AnyMechanism, RulesMechanism, balances_profiles
from mechopt.pipeline.admissible import is_admissible
from mechopt.pipeline.answer import Answer, Settings, answer
from mechopt.pipeline.methods import Choice, choose
from mechopt.program.assemble import Question
from mechopt.program.reductions import obstacle_to_differences, plan
from mechopt.rational import RationalArray

__all__ = ["greatest_surplus"]

# Rules tried until prices prove one best.
_ROUNDS = 3
_SETTLED = "the prices of the longest paths settle ties: no other choice among efficient outcomes leaves more"
# A mechanism with more entries is given by its rule and interim payments.
_MOST_ENTRIES = 200_000


def greatest_surplus(environment: Environment, design: Design, settings: Settings) -> Answer:
    """Answer what the largest expected budget surplus of an efficient mechanism with the design's other properties is."""
    question = Question("surplus", True)
    choice = choose(environment, design, question, settings.method, settings.reductions)
    if choice.method == "longest-path":
        return replace(_by_longest_paths(environment, design, settings), choice=choice)
    if choice.method == "columns" and settings.method == "auto" and has_rules(environment) and obstacle_to_differences(environment, design) is None:
        settled = _with_settled_ties(environment, design, settings)
        if settled is not None:
            return replace(settled, choice=Choice("longest-path", _SETTLED))
    return answer(environment, design, question, settings)


def _by_longest_paths(environment: Environment, design: Design, settings: Settings) -> Answer:
    start = time.perf_counter()
    settings.tell("following the longest paths")
    found = longest_paths(environment, design)
    solved = time.perf_counter()
    settings.tell("proving")
    bound = proved_bound(found.certificate)
    certificate = None if bound is None else replace(found.certificate, bound=bound)
    mechanism = _mechanism(environment, design, found)
    seconds = {"build": 0.0, "solve": solved - start, "prove": time.perf_counter() - solved}
    chosen = plan(environment, design, settings.reductions, of_surplus=True)
    return Answer("optimal", None, mechanism, certificate, True, "longest paths", seconds, chosen=chosen, n_arcs=found.n_arcs)


def _with_settled_ties(environment: Environment, design: Design, settings: Settings) -> Answer | None:
    """Settle ties by the prices of the longest paths, until these prove the rule best; None where they do not.

    Identical agents share ties; of a seller and a buyer the prices tell who should have it.
    """
    start = time.perf_counter()
    settings.tell("following the longest paths, with ties settled by their prices")
    rule = surplus_rule(environment)
    for _ in range(_ROUNDS):
        priced = longest_paths(environment, design, rule)
        played = _played(rule, design)
        found = priced if played is rule else longest_paths(environment, design, played)
        certificate = replace(priced.certificate, bound=found.surplus)
        evaluated = by_type(certificate)
        if not evaluated.valid:
            return None
        if evaluated.bound() == found.surplus:
            mechanism = _by_rule(environment, design, played, found)
            if not is_admissible(mechanism, replace(design, budget="none"), efficient=True):
                return None
            seconds = {"build": 0.0, "solve": time.perf_counter() - start, "prove": 0.0}
            chosen = plan(environment, design, settings.reductions, of_surplus=True).without_program(_SETTLED)
            return Answer("optimal", None, mechanism, certificate, True, "longest paths", seconds, chosen=chosen, n_arcs=found.n_arcs)
        best = evaluated.rule()
        assert isinstance(best, Rule)  # the environment has rules
        rule = best
    return None


def _mechanism(environment: Environment, design: Design, found: LongestPaths) -> AnyMechanism:
    """Return the efficient mechanism with the greatest payments: by profile where that is short, else by its rule."""
    if has_rules(environment) and environment.n_profiles * (environment.n_outcomes + environment.n_agents) > _MOST_ENTRIES:
        return _by_rule(environment, design, _played(surplus_rule(environment), design), found)
    allocation = RationalArray(efficient_outcomes(environment).astype(np.int64))
    return Mechanism(environment, allocation, lifted(environment, design, allocation, list(found.payments)))


def _played(rule: Rule, design: Design) -> Rule:
    """Return the rule itself, or, where lotteries are not wanted, with ties that go by the agents' order."""
    return replace(rule, sharing=()) if design.allocation == "deterministic" and rule.sharing else rule


def _by_rule(environment: Environment, design: Design, rule: Rule, found: LongestPaths) -> RulesMechanism:
    return RulesMechanism(environment, (rule,), (Fraction(1),), found.payments, balances_profiles(environment, design))
