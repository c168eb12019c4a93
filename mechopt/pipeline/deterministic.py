"""The best mechanism without lotteries: branch and bound whose every leaf carries its own certificate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mechopt.design.design import Design
from mechopt.environment.environment import Environment
from mechopt.exact.certificate import Certificate, Tree
from mechopt.mechanism.mechanism import Mechanism
from mechopt.mechanism.rules import AnyMechanism
from mechopt.pipeline.admissible import is_admissible
from mechopt.pipeline.answer import Answer, Settings, answer
from mechopt.program.assemble import Question, assemble
from mechopt.solvers.backends import backend_named

__all__ = ["admissible_deterministic", "best_deterministic"]

Possible = NDArray[np.bool_]
Node = Certificate | Tree

# Beyond so many nodes the search stops; open nodes keep the bound of their relaxation.
_LARGEST_SEARCH = 1000


def best_deterministic(environment: Environment, design: Design, question: Question, settings: Settings) -> tuple[Answer, Node | None]:
    """Return the best deterministic mechanism found, and a tree of certificates that bounds all others.

    The solver's mixed-integer answer is the first candidate; its payments are computed anew, exactly. The bound comes from our own
    search, because a certificate needs the prices at every leaf.
    """
    everything = np.ones((environment.n_profiles, environment.n_outcomes), dtype=np.bool_)
    relaxed = answer(environment, design, question.within(everything), settings)
    if relaxed.status == "unbounded":
        # Payments grow whatever is chosen, if anything can be chosen without lotteries.
        mechanism, tree = admissible_deterministic(environment, design, settings, efficient=question.efficient)
        return replace(relaxed, status="infeasible" if _is_empty(tree) else "unbounded", mechanism=mechanism), tree
    search = _Search(environment, design, question, settings)
    candidate = search.candidate()
    if candidate is not None:
        search.take(candidate)
    tree = search.node(everything, relaxed)
    if search.best is None:
        return replace(relaxed, status="infeasible" if _is_empty(tree) else "optimal", mechanism=None), tree
    return replace(search.best, certificate=None), tree


def _is_empty(tree: Node | None) -> bool:
    """Return whether a tree proves that nothing is admissible."""
    return tree is not None and tree.objective == "feasibility" and tree.bound < 0


def admissible_deterministic(
    environment: Environment, design: Design, settings: Settings, *, efficient: bool
) -> tuple[AnyMechanism | None, Node | None]:
    """Return an admissible deterministic mechanism, or the tree that proves there is none.

    Parameters
    ----------
    environment : Environment
    design : Design
        Lotteries are forbidden whether it says so or not.
    settings : Settings
    efficient : bool
        Whether the allocation is to be efficient.
    """
    everything = np.ones((environment.n_profiles, environment.n_outcomes), dtype=np.bool_)
    search = _Search(environment, replace(design, allocation="deterministic"), Question("feasibility", efficient), settings)
    tree = search.node(everything)
    return (None if search.best is None else search.best.mechanism), tree


@dataclass
class _Search:
    """Depth-first branch and bound over what is chosen at which profile."""

    environment: Environment
    design: Design
    question: Question
    settings: Settings
    best: Answer | None = None
    value: Fraction | None = None
    nodes: int = 0

    def candidate(self) -> Possible | None:
        """Return the allocation rule of the solver's own mixed-integer search, as a table of the outcomes chosen."""
        assembled = assemble(self.environment, self.design, self.question, self.settings.reductions)
        solution = backend_named(self.settings.backend)(assembled.program, self.settings.options)
        if solution.x is None:
            return None
        columns = assembled.frame.allocation
        values = np.where(columns >= 0, solution.x[np.where(columns >= 0, columns, 0)], -1.0)
        rule: Possible = np.zeros(values.shape, dtype=np.bool_)
        rule[np.arange(len(values)), values.argmax(axis=1)] = True
        return rule

    def take(self, rule: Possible) -> None:
        """Compute the best payments for a rule, and keep it if it is the best so far."""
        found = answer(self.environment, self.design, self.question.within(rule), self.settings)
        if found.mechanism is not None:
            self.keep(found)

    def keep(self, found: Answer) -> None:
        """Keep a deterministic admissible mechanism if it is the best so far."""
        mechanism = found.mechanism
        if mechanism is None or not is_admissible(mechanism, self.design):
            return
        value = self._gain(mechanism)
        if self.value is None or value > self.value:
            self.best, self.value = found, value

    @property
    def _over(self) -> bool:
        """Whether one mechanism is enough and was found."""
        return self.question.objective == "feasibility" and self.best is not None

    def _gain(self, mechanism: AnyMechanism) -> Fraction:
        value = mechanism.value(self.design)
        return -value if self.design.minimised else value

    def node(self, possible: Possible, found: Answer | None = None) -> Node | None:
        """Return the proof for the mechanisms within `possible`; None if no bound is known."""
        self.nodes += 1
        found = found or answer(self.environment, self.design, self.question.within(possible), self.settings)
        if found.status == "infeasible":
            return self._emptiness(possible)
        if found.certificate is None or (self.question.objective == "feasibility" and found.certificate.bound < 0):
            return found.certificate
        if not isinstance(found.mechanism, Mechanism):
            return found.certificate
        self.keep(found)
        if self._over:
            return found.certificate
        if self._beaten(found.certificate.bound, exact=found.method == "vertex") or self.nodes > _LARGEST_SEARCH:
            return found.certificate
        profile, outcome = _most_undecided(found.mechanism)
        if profile < 0:
            return found.certificate
        return self._branch(possible, profile, outcome, found.certificate)

    def _beaten(self, bound: Fraction, *, exact: bool) -> bool:
        """Return whether nothing within a bound is better than the best so far; a bound that is not exact decides nothing finer than the gap."""
        if self.value is None or self.question.objective == "feasibility":
            return False
        size = max(abs(self.value), Fraction(1))
        return bound <= self.value + (0 if exact else Fraction(self.settings.options.gap) * size)

    def _branch(self, possible: Possible, profile: int, outcome: int, fallback: Certificate) -> Node:
        chosen, excluded = possible.copy(), possible.copy()
        chosen[profile] = False
        chosen[profile, outcome] = True
        excluded[profile, outcome] = False
        sides = [self.node(chosen), self.node(excluded)]
        if sides[0] is None or sides[1] is None:
            return fallback
        return Tree.of(self.environment.profile_of(profile), self.environment.outcomes[outcome], sides[0], sides[1])

    def _emptiness(self, possible: Possible) -> Certificate | None:
        question = Question("feasibility", self.question.efficient, possible)
        certificate = answer(self.environment, self.design.without_free_incentives(), question, self.settings).certificate
        return certificate if certificate is not None and certificate.bound < 0 else None


def _most_undecided(mechanism: Mechanism) -> tuple[int, int]:
    """Return the profile and outcome whose probability is nearest one half; (-1, -1) if there are no lotteries."""
    table = mechanism.allocation.reshape(-1, mechanism.environment.n_outcomes)
    inner = np.minimum(table.numerators, table.denominator - table.numerators)
    position = int(np.argmax(inner))
    if inner.reshape(-1)[position] == 0:
        return -1, -1
    return divmod(position, table.shape[1])
