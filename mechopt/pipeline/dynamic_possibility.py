"""Which properties can be had together where types move: stationary mechanisms, every combination answered with its proof."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from mechopt.dynamic.budget import condition, conditional_values
from mechopt.dynamic.checks import check_property
from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.mechanism import StationaryMechanism, deterministic_policy, pivot_with_fees
from mechopt.dynamic.pivot import Pivot
from mechopt.dynamic.problem import DynamicProblem
from mechopt.dynamic.process import initial_distribution
from mechopt.dynamic.program import has_second_best
from mechopt.dynamic.result import Proved
from mechopt.errors import SolverError
from mechopt.pipeline.answer import Settings
from mechopt.pipeline.dynamic_programs import Watch, exact_pivot, largest_surplus, second_best
from mechopt.pipeline.possibility import Combination, Known, PossibilityMap, rows_of
from mechopt.rational import RationalArray, counted, stack
from mechopt.result import Number, Proof

__all__ = ["DYNAMIC_BUDGETS", "DYNAMIC_PARTICIPATIONS", "dynamic_possibility_map"]

DYNAMIC_PARTICIPATIONS = {
    "none": "everybody has to take part, and to pay the fee for joining",
    "interim-ir": "every first type that occurs expects at least her fee, which can be a bond that keeps her later",
    "periodic-ir": "nobody pays a fee, and nobody wants to leave at any profile",
}
"""What participation asks for, the weakest first."""

DYNAMIC_BUDGETS = {
    "none": "anything",
    "expected-no-deficit": "payments and fees, discounted, are not expected to run out",
    "expected-balanced": "nor to leave anything",
}
"""What the budget asks for, the weakest first."""

_INCENTIVES = ("periodic-epic",)


def dynamic_possibility_map(problem: DynamicProblem, settings: Settings) -> PossibilityMap:
    """Answer every combination of allocation, participation and budget where types move, for stationary mechanisms under which truth pays.

    Raises
    ------
    ProgramSizeError
        If there are too many profiles for exact values.

    Examples
    --------
    Types that never change make every period the first, and trade of these is not efficient without a subsidy:

    >>> from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
    >>> trade = DynamicProblem(repeated_trade([0, "7/2"], [1, 4], lazily_redrawn(1, 2), "1/2"))
    >>> found = dynamic_possibility_map(trade, Settings())
    >>> [found["efficient", "periodic-epic", kind, "expected-balanced"].answer for kind in DYNAMIC_PARTICIPATIONS]
    ['possible', 'impossible', 'impossible']
    """
    moving = _Moving(problem.environment, exact_pivot(problem.environment))
    whole = (initial_distribution(problem.environment) * moving.pivot.efficient.value).sum().item()
    scales = _INCENTIVES, tuple(DYNAMIC_PARTICIPATIONS), tuple(DYNAMIC_BUDGETS)
    return PossibilityMap(problem, Number.of(whole), Number.of(Fraction(0)), rows_of(scales, moving, whole, Fraction(0), settings))


@dataclass(frozen=True, eq=False)
class _Moving:
    """The questions about types that move."""

    environment: DynamicEnvironment
    pivot: Pivot

    def admits(self, mechanism: StationaryMechanism, asked: Combination, *, efficient: bool) -> bool:
        incentive, *others = asked
        needed = [incentive, *(name for name in others if name != "none"), *(["efficient"] if efficient else [])]
        free = asked[1] != "periodic-ir" or max(mechanism.fees) <= 0
        return free and all(check_property(mechanism, name).holds for name in needed)

    def efficiency(self, asked: Combination, settings: Settings) -> Known:
        """Try mechanisms that are known to be efficient, and then all of them by a program."""
        known = self._first(self._efficient, asked, efficient=True)
        if known is not None:
            return Known("possible", Proof("feasible"), mechanism=known)
        try:
            found = largest_surplus(self.pivot, settings, Watch(), fees=asked[1] != "periodic-ir")
        except SolverError as error:
            return Known("undecided", Proof("none"), reason=str(error))
        if found is None:
            return Known("undecided", Proof("none"), reason=f"{counted(self.environment.n_states, 'profile')} make the program too large")
        return self._decided(found, asked)

    def _decided(self, found: Proved, asked: Combination) -> Known:
        balanced = None if found.mechanism is None or found.mechanism.surplus() < 0 else found.mechanism.balanced()
        if balanced is not None and self.admits(balanced, asked, efficient=True):
            return Known("possible", Proof("feasible"), mechanism=balanced)
        if found.certificate is not None and found.certificate.bound < 0:
            return Known("impossible", Proof("infeasible", Number.of(found.certificate.bound)), found.certificate)
        return Known("undecided", Proof("none"), reason="the largest surplus of an efficient mechanism is not known exactly")

    def second_best(self, asked: Combination, settings: Settings) -> Known:
        """Return the second best by a program, or, where it is none, the best of doing one thing always."""
        if not has_second_best(self.environment):
            return self._constant(asked)
        try:
            found = second_best(self.environment, settings, Watch(), fees=asked[1] != "periodic-ir")
        except SolverError as error:
            return Known("undecided", Proof("none"), reason=str(error))
        if found is None or found.certificate is None:
            return self._constant(asked)
        bound = found.certificate.bound
        if found.mechanism is None:
            return Known("impossible", Proof("infeasible", Number.of(bound)), found.certificate)
        value = found.mechanism.welfare()
        proof = Proof("optimal" if value == bound else "bounded", Number.of(bound), bound - value)
        return Known("possible", proof, found.certificate, found.mechanism.balanced())

    def _constant(self, asked: Combination) -> Known:
        best = self._first(sorted(self._constants(asked), key=lambda mechanism: -mechanism.welfare()), asked, efficient=False)
        if best is not None:
            return Known("possible", Proof("feasible"), mechanism=best)
        why = "is no linear program where actions move types" if not self.environment.action_independent else "was not found exactly"
        return Known("undecided", Proof("none"), reason=f"the second best {why}, and no action that is taken always finances itself")

    def _first(self, mechanisms: Sequence[StationaryMechanism], asked: Combination, *, efficient: bool) -> StationaryMechanism | None:
        return next((mechanism for mechanism in mechanisms if self.admits(mechanism, asked, efficient=efficient)), None)

    @cached_property
    def _efficient(self) -> list[StationaryMechanism]:
        """The pivot mechanism with fees, and, without regard to the budget or to participation, the team mechanism.

        Everybody is paid the others' rewards of the period, and so expects what all expect together: truth pays whatever moves types.
        """
        pivot = pivot_with_fees(self.pivot, condition(self.pivot))
        rewards, n = pivot.rewards, self.environment.n_agents
        least = min(self.pivot.efficient.value.min().item(), Fraction(0))
        gift = RationalArray.full((), (1 - self.environment.discount) * least)
        payments = stack([rewards[i] - rewards.sum(axis=0) + gift for i in range(n)])
        team = StationaryMechanism(self.environment, pivot.policy, payments, (Fraction(0),) * n)
        return [pivot, team, team.balanced()]

    def _constants(self, asked: Combination) -> Iterator[StationaryMechanism]:
        """Yield, for every action, doing it always: there is nothing to report, and everybody is asked for what her worst case leaves."""
        environment, n = self.environment, self.environment.n_agents
        for action in range(environment.n_actions):
            policy = deterministic_policy(environment, np.full(environment.n_states, action))
            nothing = RationalArray.full((n, environment.n_states), 0)
            free = StationaryMechanism(environment, policy, nothing, (Fraction(0),) * n)
            if asked[1] == "periodic-ir":
                least = [free.payoffs[i].min().item() * (1 - environment.discount) for i in range(n)]
                mechanism = StationaryMechanism(environment, policy, nothing + RationalArray.of(least).reshape(n, 1), free.fees)
            else:
                given = [conditional_values(environment, i, free.payoffs[i]) for i in range(n)]
                fees = tuple(min(value for value in values if value is not None) for values in given)
                mechanism = StationaryMechanism(environment, policy, nothing, fees)
            yield mechanism.balanced() if mechanism.surplus() > 0 else mechanism
