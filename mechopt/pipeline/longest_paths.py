"""The largest surplus of an efficient mechanism: by longest paths where efficient outcomes are unique, else by a program."""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction

import numpy as np

from mechopt.design.design import Design
from mechopt.environment.environment import Environment
from mechopt.environment.rule import has_rules, surplus_rule
from mechopt.environment.welfare import efficient_outcomes
from mechopt.exact.lagrangian import proved_bound
from mechopt.exact.longest_paths import LongestPaths, longest_paths
from mechopt.mechanism.mechanism import Mechanism
from mechopt.mechanism.rules import AnyMechanism, RulesMechanism
from mechopt.pipeline.answer import Answer, Settings, answer, lifted
from mechopt.pipeline.methods import choose
from mechopt.program.assemble import Question
from mechopt.program.reductions import Plan, plan
from mechopt.rational import RationalArray

__all__ = ["greatest_surplus"]

# A mechanism with more entries is given by its rule and interim payments.
_MOST_ENTRIES = 200_000


def greatest_surplus(environment: Environment, design: Design, settings: Settings) -> Answer:
    """Answer what the largest expected budget surplus of an efficient mechanism with the design's other properties is."""
    question = Question("surplus", True)
    choice = choose(environment, design, question, settings.method, settings.reductions)
    if choice.method == "longest-path":
        chosen = plan(environment, design, settings.reductions, of_surplus=True)
        return replace(_by_longest_paths(environment, design, chosen, settings), choice=choice)
    return answer(environment, design, question, settings)


def _by_longest_paths(environment: Environment, design: Design, chosen: Plan, settings: Settings) -> Answer:
    start = time.perf_counter()
    settings.tell("following the longest paths")
    found = longest_paths(environment, design)
    solved = time.perf_counter()
    settings.tell("proving")
    bound = proved_bound(found.certificate)
    certificate = None if bound is None else replace(found.certificate, bound=bound)
    mechanism = _mechanism(environment, design, found)
    seconds = {"build": 0.0, "solve": solved - start, "prove": time.perf_counter() - solved}
    return Answer("optimal", None, mechanism, certificate, True, "longest paths", seconds, chosen=chosen, n_arcs=found.n_arcs)


def _mechanism(environment: Environment, design: Design, found: LongestPaths) -> AnyMechanism:
    """Return the efficient mechanism with the greatest payments: by profile where that is short, else by its rule."""
    if has_rules(environment) and environment.n_profiles * (environment.n_outcomes + environment.n_agents) > _MOST_ENTRIES:
        rule = surplus_rule(environment)
        return RulesMechanism(environment, (rule,), (Fraction(1),), found.payments)
    allocation = RationalArray(efficient_outcomes(environment).astype(np.int64))
    return Mechanism(environment, allocation, lifted(environment, design, allocation, list(found.payments)))
