"""The budget condition restarted after every profile that can be reached: exactly, or with a proved error.

Where it holds again and again, a budget that is balanced anew every period is possible: nobody has to lend from one period to the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mechopt.dynamic.budget import STATED, Condition, everybody_but, holds_within
from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.pivot import Pivot, RoundedPivot
from mechopt.dynamic.policy import clear_choices
from mechopt.dynamic.process import expected_next_floats, initial_distribution
from mechopt.dynamic.resolvent import rounding_of
from mechopt.rational import RationalArray
from mechopt.result import Number

__all__ = ["Interim", "interim", "interim_slacks"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Interim:
    """(*) in period 0 and restarted after every profile that can be reached.

    Attributes
    ----------
    slack : Number
        The least slack, in money of the period it restarts in.
    worst : mapping or None
        The profile after which it is least; None: period 0. If the condition fails, it fails after this one.
    error : float
        0 where everything is exact; else a proved bound on how far `slack` is off.
    """

    slack: Number
    worst: Mapping[str, str] | None = None
    error: float = 0.0

    @property
    def holds(self) -> bool | None:
        """Whether (*) holds again and again; None where the proved error leaves it open."""
        return holds_within(self.slack, self.error)


def interim(found: Pivot | RoundedPivot, first: Condition) -> Interim | None:
    """Return the least slack, in period 0 or later, and the profile after which it is least.

    Parameters
    ----------
    found : Pivot or RoundedPivot
    first : Condition
        In period 0.

    Returns
    -------
    Interim or None
        None where types move differently under different actions, values have errors, and two actions nearly tie at a profile that is
        reached: then it is not known which of them is efficient, and so not what follows.

    Examples
    --------
    Types that are kept half the time: a pair that could trade often can again, so that the deficit is largest after it, and fees cover it.

    >>> from mechopt.dynamic.budget import condition
    >>> from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
    >>> from mechopt.dynamic.pivot import pivot, rounded_pivot
    >>> trade = repeated_trade([0, 1], [0, 1], lazily_redrawn("1/2", 2), "9/10")
    >>> exact, rounded = pivot(trade), rounded_pivot(trade)
    >>> again, nearly = interim(exact, condition(exact)), interim(rounded, condition(rounded))
    >>> str(again.slack), again.worst, again.holds, nearly.holds, abs(nearly.slack.float - again.slack.float) <= nearly.error
    ('405/341', {'seller': '0', 'buyer': '1'}, True, True, True)
    """
    return _exact_interim(found, first) if isinstance(found, Pivot) else _rounded_interim(found, first)


def _exact_interim(found: Pivot, first: Condition) -> Interim:
    slacks = interim_slacks(found)
    state = min(slacks, key=lambda entry: slacks[entry])
    if first.slack.exact is not None and first.slack.exact <= slacks[state]:
        return Interim(first.slack)
    return Interim(Number.of(slacks[state]), found.environment.state_names(state))


def interim_slacks(found: Pivot) -> dict[int, Fraction]:
    r"""Return the slack of (*) restarted after every profile that can be reached: the interim version.

    After a profile the distribution of the next one takes the place of x.

    Returns
    -------
    dict from state to Fraction
        In money of the period after the state.
    """
    environment = found.environment
    left = found.next_value(found.marginal.sum(axis=0)) - found.next_value(found.efficient.value)
    right = [_worst_next(found, i) for i in range(environment.n_agents)]
    slack = (sum(right[1:], right[0]) - left).fractions()
    return {state: slack[state] for state in np.flatnonzero(_reached(environment, found.kernels)).tolist()}


def _worst_next(found: Pivot, i: int) -> RationalArray:
    """Return, after every profile, what agent `i`'s worst next type expects, shape (n_states,)."""
    environment = found.environment
    if environment.transition is not None:
        return _worst_next_jointly(found, i)
    worst: list[Fraction] = [Fraction(0)] * environment.n_states
    for kernel in _used(found.kernels):
        kept = everybody_but(environment, i, found.marginal[i], kernel)
        least = _least_possible(environment, i, kernel, kept.numerators).tolist()
        for state in np.flatnonzero(found.kernels == kernel).tolist():
            worst[state] = Fraction(int(least[state]), kept.denominator)
    return RationalArray.from_fractions(worst)


def _used(kernels: Indices) -> list[int]:
    return [int(kernel) for kernel in np.unique(kernels)]


def _least_possible(environment: DynamicEnvironment, i: int, kernel: int, kept: NDArray[Any]) -> NDArray[Any]:
    """Return the least, over the types that agent `i` may have next, of what each expects when everybody else has moved, per profile.

    Her own row says which types may follow hers.
    """
    own = environment.agents[i].transition
    assert own is not None
    possible = own.numerators[kernel if own.shape[0] > 1 else 0] > 0
    by_next_type = np.moveaxis(kept, i, 0)
    return np.moveaxis(np.stack([by_next_type[row].min(axis=0) for row in possible]), 0, i).reshape(-1)


def _worst_next_jointly(found: Pivot, i: int) -> RationalArray:
    environment = found.environment
    assert environment.transition is not None
    others = tuple(j for j in range(environment.n_agents) if j != i)
    worst = []
    for state, kernel in enumerate(found.kernels.tolist()):
        row = environment.transition[kernel, state].reshape(*environment.n_types)
        chances = row.sum(axis=others).fractions()
        values = (row * found.marginal[i].reshape(*environment.n_types)).sum(axis=others).fractions()
        worst.append(min(value / chance for value, chance in zip(values, chances, strict=True) if chance))
    return RationalArray.from_fractions(worst)


def _rounded_interim(found: RoundedPivot, first: Condition) -> Interim | None:
    """Return the least slack in doubles: what is off is the values, and a few roundings of their expectations."""
    environment, kernels = found.environment, found.kernels
    reached = _reached(environment, kernels)
    if not environment.action_independent and not np.all(clear_choices(environment, found.efficient)[reached]):
        return None
    error, size, total = found.efficient.error, float(np.max(np.abs(found.efficient.value))), -found.efficient.value
    slack = np.zeros(environment.n_states)
    for i in range(environment.n_agents):
        table = found.marginal(i)
        total, slack = total + table, slack + _worst_next_floats(environment, kernels, i, table)
        error, size = error + 2 * found.error(i), size + 2 * float(np.max(np.abs(table)))
    slack -= _expected_floats(environment, kernels, total)
    # Each of the numbers that are added up was averaged once, and then added.
    error = STATED * (error + rounding_of(environment, 0.0, size) + 2.0**-51 * (environment.n_agents + 1) * size)
    slack[~reached] = np.inf
    state, least = int(np.argmin(slack)), float(np.min(slack))
    if not np.isfinite(least):  # a chance that is no double
        return None
    if first.slack.float <= least:
        return Interim(first.slack, None, max(error, first.error))
    return Interim(Number(least), environment.state_names(state), max(error, first.error))


def _expected_floats(environment: DynamicEnvironment, kernels: Indices, table: Floats) -> Floats:
    """Return the expectation of a table over next profiles under a policy."""
    result = np.empty(environment.n_states)
    for kernel in _used(kernels):
        here = kernels == kernel
        result[here] = expected_next_floats(environment, table, kernel)[here]
    return result


def _worst_next_floats(environment: DynamicEnvironment, kernels: Indices, i: int, table: Floats) -> Floats:
    """Return `_worst_next` in doubles."""
    result = np.empty(environment.n_states)
    for kernel in _used(kernels):
        least = _least_given_jointly if environment.transition is not None else _least_given_independently
        here = kernels == kernel
        result[here] = least(environment, kernel, i, table)[here]
    return result


def _least_given_independently(environment: DynamicEnvironment, kernel: int, i: int, table: Floats) -> Floats:
    moved = table.reshape(environment.n_types)
    for j, agent in enumerate(environment.agents):
        if j != i:
            own = agent.float_transition
            assert own is not None
            moved = np.moveaxis(np.tensordot(own[kernel if own.shape[0] > 1 else 0], moved, axes=(1, j)), 0, j)
    return _least_possible(environment, i, kernel, moved)


def _least_given_jointly(environment: DynamicEnvironment, kernel: int, i: int, table: Floats) -> Floats:
    joint, exact = environment.float_transition, environment.transition
    assert joint is not None
    assert exact is not None
    slot, types = kernel if len(joint) > 1 else 0, np.unravel_index(np.arange(environment.n_states), environment.n_types)[i]
    least = np.full(environment.n_states, np.inf)
    for a in range(environment.n_types[i]):
        own = types == a
        occurs = np.any(exact.numerators[slot][:, own] > 0, axis=1)
        chances = joint[slot][:, own].sum(axis=1)[occurs]
        given = np.divide(joint[slot][:, own][occurs] @ table[own], chances, out=np.full(len(chances), -np.inf), where=chances > 0)
        least[occurs] = np.minimum(least[occurs], given)
    return least


def _reached(environment: DynamicEnvironment, kernels: Indices) -> Flags:
    """Return the profiles that occur in some period, from period 0 on, if every profile causes the given transition."""
    seen = np.asarray(initial_distribution(environment).numerators > 0, dtype=bool)
    new = seen
    while new.any():
        after = np.zeros(environment.n_states, dtype=bool)
        for kernel in _used(kernels[new]):
            after |= _followers(environment, kernel, new & (kernels == kernel))
        new = after & ~seen
        seen = seen | new
    return seen


def _followers(environment: DynamicEnvironment, kernel: int, states: Flags) -> Flags:
    """Return the profiles that may follow some profiles under a transition: agent by agent, where they move independently."""
    if environment.transition is not None:
        edges = environment.transition.numerators[kernel if environment.n_kernels > 1 else 0] > 0
        return np.asarray(edges[states].any(axis=0))
    moved = states
    for agent in environment.agents:
        assert agent.transition is not None
        edges = agent.transition.numerators[kernel if agent.transition.shape[0] > 1 else 0] > 0
        ways = edges.T.astype(np.float64) @ moved.reshape(agent.n_types, -1)
        # The agent's axis comes first; moving it behind the others brings the next agent's to the front.
        moved = (ways > 0).T.reshape(-1)
    return np.asarray(moved)
