r"""Any mechanism with stationary payments and fees in period 0, as a linear program: the most an efficient one leaves, and the second best.

Where the second best does not exist, the largest surplus of any mechanism, efficient or not, says by how much it fails.

Payments are eliminated: with U_i what agent i expects from a profile on, they are what is left of her reward,

.. math:: z_i(\theta) = \sum_a \varphi(a \mid \theta) v_i(\theta_i, a) - U_i(\theta) + \delta E[U_i(\theta') \mid \theta]

and truth pays, today and hence ever, where for every profile and every report r of hers, with s the profile that is then seen,

.. math:: U_i(\theta) \ge U_i(s) + \sum_a \varphi(a \mid s) \bigl( v_i(\theta_i, a) - v_i(r, a) \bigr)
          + \delta E[U_i \mid \theta, s] - \delta E[U_i \mid s, s]

where the first expectation starts from the true profile and both are under what is done at s. Lotteries on actions need types that move the
same way whatever is done; otherwise the rule is linear only for a policy that is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mechopt.dynamic.checks import reported_states
from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.mechanism import StationaryMechanism
from mechopt.dynamic.policy import flows
from mechopt.dynamic.process import discounted_occupation, initial_distribution, policy_matrix
from mechopt.errors import InvalidEnvironmentError
from mechopt.program.linear import Block, BlockBuilder, Program
from mechopt.rational import RationalArray

__all__ = [
    "MOST_PROGRAM_STATES",
    "DynamicProgram",
    "feasibility_program",
    "has_second_best",
    "joining_distributions",
    "second_best_program",
    "surplus_program",
]

Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]
Term = tuple[Indices, RationalArray]

MOST_PROGRAM_STATES = 144
"""Profiles up to which programs are assembled."""


@dataclass(frozen=True, eq=False)
class DynamicProgram:
    """A program and what its columns and rows mean.

    Attributes
    ----------
    environment : DynamicEnvironment
    objective : str
        ``"surplus"``, ``"welfare"`` or ``"feasibility"``.
    program : Program
    allowed : bool array, shape (n_states, n_actions)
        The actions a policy may use.
    kernels : int array, shape (n_states,)
        The transition that what is done at a profile causes.
    fees : bool
        Whether people may be asked to pay for joining; if not, fees are at most zero.
    kept : bool array, shape (n_states,)
        Profiles whose reports are priced. Where several efficient actions move types differently nothing is said about what is seen there.
    policy, payoff, fee : Block
        Columns.
    incentive : tuple of Block, one per agent
        Rows, with keys ``true`` (state) and ``report`` (type).
    joining : tuple of Block, one per agent
        Rows, with key ``type``.
    budget : Block or None
    """

    environment: DynamicEnvironment
    objective: str
    program: Program
    allowed: Flags
    kernels: Indices
    fees: bool
    kept: Flags
    policy: Block
    payoff: Block
    fee: Block
    incentive: tuple[Block, ...]
    joining: tuple[Block, ...]
    budget: Block | None

    def mechanism(self, point: RationalArray) -> StationaryMechanism:
        """Return the mechanism that a point describes."""
        environment = self.environment
        policy = np.zeros(self.allowed.shape, dtype=object)
        policy[self.allowed] = point.numerators[self.policy.slice]
        chances = RationalArray(policy, point.denominator).reduced()
        payoffs = point[self.payoff.slice].reshape(environment.n_agents, environment.n_states)
        later = payoffs @ policy_matrix(environment, self.kernels).moveaxis(0, 1)
        free = StationaryMechanism(environment, chances, RationalArray.full(payoffs.shape, 0), (Fraction(0),) * environment.n_agents)
        payments = (free.rewards - payoffs + later * environment.discount).reduced()
        return StationaryMechanism(environment, chances, payments, tuple(point[self.fee.slice].fractions()))


def surplus_program(
    environment: DynamicEnvironment, best: Flags, value: RationalArray, *, relaxed: bool = False, fees: bool = True
) -> DynamicProgram:
    """Return the program whose optimum is the largest expected discounted surplus of an efficient mechanism.

    Parameters
    ----------
    environment : DynamicEnvironment
    best : bool array, shape (n_states, n_actions)
        All efficient actions. Where they move types differently the first of them is taken, unless `relaxed`.
    value : RationalArray, shape (n_states,)
        W.
    relaxed : bool
        Leave out what depends on the choice between efficient actions that move types differently: the optimum then bounds all choices.
    fees : bool
        Whether people may be asked to pay for joining.
    """
    allowed, kept = best, np.ones(environment.n_states, dtype=bool)
    if not environment.action_independent:
        allowed = np.zeros_like(best)
        allowed[np.arange(environment.n_states), np.argmax(best, axis=1)] = True
        kept = best.sum(axis=1) == 1 if relaxed else kept
    built = _Assembly(environment, allowed, kept, fees)
    start = initial_distribution(environment)
    objective = [(built.fee.positions, RationalArray.full((), 1)), (built.payoff.positions, -start)]
    return built.finished("surplus", objective, None, constant=(start * value).sum().item())


def has_second_best(environment: DynamicEnvironment) -> bool:
    """Return whether the second best is a linear program of a size that can be solved exactly."""
    return environment.action_independent and environment.n_states <= MOST_PROGRAM_STATES


def second_best_program(environment: DynamicEnvironment, *, fees: bool = True, least: Fraction = Fraction(0)) -> DynamicProgram:
    """Return the program whose optimum is the largest welfare of a mechanism that balances, where actions do not move types.

    Parameters
    ----------
    environment : DynamicEnvironment
    fees : bool
        Whether people may be asked to pay for joining.
    least : Fraction
        The surplus that has to be left, in money of period 0; less than zero where somebody adds money.

    Raises
    ------
    InvalidEnvironmentError
        If types move differently under different actions: the program would not be linear.
    """
    built, welfare, surplus = _any_policy(environment, fees)
    # Fees and payments, which are rewards less what agents keep, must not run out.
    budget = built.builder.add_rows("budget", (1,), [(np.zeros((), dtype=np.int64), *term) for term in surplus], lower=least)
    return built.finished("welfare", welfare, budget)


def feasibility_program(environment: DynamicEnvironment, *, fees: bool = True) -> DynamicProgram:
    """Return the program whose optimum is the largest surplus of any mechanism, where actions do not move types: below zero, none balances.

    Raises
    ------
    InvalidEnvironmentError
        As for `second_best_program`.
    """
    built, _, surplus = _any_policy(environment, fees)
    return built.finished("feasibility", surplus, None)


def _any_policy(environment: DynamicEnvironment, fees: bool) -> tuple[_Assembly, list[Term], list[Term]]:
    """Return columns and rows of all mechanisms, whatever they do, with their welfare and their surplus as sums over columns."""
    if not environment.action_independent:
        raise InvalidEnvironmentError(
            "agents.*.transition depends on the action, and then the second best is no linear program; give one transition for all actions, "
            "or ask `certify`"
        )
    shape = environment.n_states, environment.n_actions
    built = _Assembly(environment, np.ones(shape, dtype=bool), np.ones(shape[0], dtype=bool), fees)
    often = discounted_occupation(environment, built.kernels).reshape(-1, 1)
    welfare = [(built.policy.positions, (flows(environment) * often).reshape(-1))]
    return built, welfare, [(built.fee.positions, RationalArray.full((), 1)), *welfare, (built.payoff.positions, -initial_distribution(environment))]


def joining_distributions(environment: DynamicEnvironment, i: int) -> list[tuple[int, RationalArray]]:
    """Return, for every type of agent `i` that occurs in period 0, the conditional distribution over profiles."""
    start, own = initial_distribution(environment), np.unravel_index(np.arange(environment.n_states), environment.n_types)[i]
    found = []
    for a, chance in enumerate(environment.agents[i].initial):
        if chance > 0:
            mass = RationalArray(np.where(own == a, start.numerators, 0), start.denominator)
            found.append((a, mass * (1 / Fraction(chance))))
    return found


class _Assembly:
    """The columns, and the rows that all programs have."""

    def __init__(self, environment: DynamicEnvironment, allowed: Flags, kept: Flags, fees: bool) -> None:
        self.environment, self.allowed, self.kept, self.fees = environment, allowed, kept, fees
        first = np.argmax(allowed, axis=1)
        self.kernels = np.zeros_like(first) if environment.action_independent else first
        self.builder = BlockBuilder()
        n, s = environment.n_agents, environment.n_states
        self.policy = self.builder.add_columns("policy", (int(allowed.sum()),), lower=0)
        # Nobody leaves, at any profile: what she expects from it on is not negative.
        self.payoff = self.builder.add_columns("payoff", (n, s), lower=0)
        self.fee = self.builder.add_columns("fee", (n,), upper=None if fees else 0)
        self.used = np.unique(self.kernels)
        self.later = self.builder.add_columns("later", (n, len(self.used), s))
        self._mixing()
        self._expectations()
        self.incentive = tuple(self._truth(i) for i in range(n))
        self.joining = tuple(self._joining(i) for i in range(n))

    def _mixing(self) -> None:
        """Something is done at every profile."""
        states = np.nonzero(self.allowed)[0]
        self.builder.add_rows("mixing", (self.environment.n_states,), [(states, self.policy.positions, RationalArray.full((), 1))], 1, 1)

    def _expectations(self) -> None:
        """Say what an agent expects from the next profile on, for every transition in use."""
        environment = self.environment
        for k, kernel in enumerate(self.used):
            matrix = policy_matrix(environment, np.full(environment.n_states, kernel))
            rows, columns = np.nonzero(matrix.numerators)
            values = RationalArray(-matrix.numerators[rows, columns], matrix.denominator)
            for i in range(environment.n_agents):
                entries = [
                    (np.arange(environment.n_states), self.later.positions[i, k], RationalArray.full((), 1)),
                    (rows, self.payoff.positions[i, columns], values),
                ]
                self.builder.add_rows("later", (environment.n_states,), entries, 0, 0, agent=i)

    def _truth(self, i: int) -> Block:
        """Truth pays: what the true type expects is at least what she gets by being taken for another one today."""
        environment, agent = self.environment, self.environment.agents[i]
        own = np.unravel_index(np.arange(environment.n_states), environment.n_types)[i]
        seen_by_report = reported_states(environment, i)
        pairs = [(s, r) for r in range(agent.n_types) for s in range(environment.n_states) if own[s] != r and self.kept[seen_by_report[r, s]]]
        true = np.array([s for s, _ in pairs], dtype=np.int64)
        report = np.array([r for _, r in pairs], dtype=np.int64)
        seen = seen_by_report[report, true]
        slot = np.searchsorted(self.used, self.kernels[seen])
        rows, one, discount = np.arange(len(pairs)), RationalArray.full((), 1), RationalArray.full((), environment.discount)
        column = np.full(self.allowed.shape, -1, dtype=np.int64)
        column[self.allowed] = self.policy.positions
        entries = [
            (rows, self.payoff.positions[i, true], one),
            (rows, self.payoff.positions[i, seen], -one),
            (rows, self.later.positions[i, slot, true], -discount),
            (rows, self.later.positions[i, slot, seen], discount),
            (rows[:, None], column[seen], agent.reward[report] - agent.reward[own[true]]),
        ]
        return self.builder.add_rows("incentive", (len(pairs),), entries, lower=0, agent=i, keys={"true": true, "report": report})

    def _joining(self, i: int) -> Block:
        """Every first type expects at least her fee."""
        given = joining_distributions(self.environment, i)
        entries = [(np.array(row), self.payoff.positions[i], chances) for row, (_, chances) in enumerate(given)]
        entries.append((np.arange(len(given)), self.fee.positions[i], RationalArray.full((), -1)))
        kinds = np.array([a for a, _ in given])
        return self.builder.add_rows("joining", (len(given),), entries, lower=0, agent=i, keys={"type": kinds})

    def finished(self, objective: str, terms: list[Term], budget: Block | None, constant: Fraction = Fraction(0)) -> DynamicProgram:
        program = self.builder.build(terms, constant)
        places = self.policy, self.payoff, self.fee, self.incentive, self.joining
        return DynamicProgram(self.environment, objective, program, self.allowed, self.kernels, self.fees, self.kept, *places, budget)
