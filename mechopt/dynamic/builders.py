r"""Dynamic environments by name: repeated trade, a repeated public good, an object handed around, and types that are redrawn now and then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from mechopt.dynamic.environment import DynamicAgent, DynamicEnvironment
from mechopt.environment.builders import type_names
from mechopt.errors import InvalidEnvironmentError
from mechopt.rational import Number, RationalArray, rational

__all__ = ["Process", "dynamic_allocation", "lazily_redrawn", "repeated_public_good", "repeated_trade"]


@dataclass(frozen=True, eq=False)
class Process:
    """How one agent's type begins and moves, whatever is done.

    Attributes
    ----------
    initial : tuple of Fraction, length n_types
    transition : RationalArray, shape (1, n_types, n_types)
        From row to column.
    """

    initial: tuple[Fraction, ...]
    transition: RationalArray


def lazily_redrawn(retention: Number, prior: int | Sequence[Number]) -> Process:
    r"""Return types that are kept with probability `retention` and otherwise redrawn from a prior, where they begin.

    .. math:: P = \rho I + (1 - \rho) \mathbf 1 f^\top

    Parameters
    ----------
    retention : number
        Probability in [0, 1]: zero draws types anew every period, one never.
    prior : int or sequence of numbers
        Probabilities; an integer stands for so many equally likely types.

    Raises
    ------
    InvalidEnvironmentError
        If `retention` is no probability.

    Examples
    --------
    >>> lazily_redrawn("1/2", 2).transition.texts()
    [[['3/4', '1/4'], ['1/4', '3/4']]]
    """
    kept = rational(retention, "retention")
    if not 0 <= kept <= 1:
        raise InvalidEnvironmentError(f"retention is {kept}; it is a probability from 0 to 1")
    chances = [Fraction(1, prior)] * prior if isinstance(prior, int) else [rational(entry, "prior") for entry in prior]
    rows = [[(1 - kept) * chance + (kept if a == b else 0) for b, chance in enumerate(chances)] for a in range(len(chances))]
    return Process(tuple(chances), RationalArray.of([rows]))


def _agent(name: str, values: Sequence[Number], signs: Sequence[int], process: Process) -> DynamicAgent:
    """Return an agent whose type is a number that counts with a sign under every action."""
    exact = [rational(value, f"value of {name}") for value in values]
    reward = RationalArray.of([[sign * value for sign in signs] for value in exact])
    return DynamicAgent(name, type_names(exact), reward, process.initial, process.transition)


def repeated_trade(
    costs: Sequence[Number], values: Sequence[Number], process: Process, discount: Number, buyer_process: Process | None = None
) -> DynamicEnvironment:
    """Return bilateral trade of one perishable unit a period, which needs both sides.

    Parameters
    ----------
    costs, values : sequences of numbers
        What a unit costs each type of the seller, and is worth to each type of the buyer.
    process : Process
        Of the seller, and of the buyer unless `buyer_process` is given.
    discount : number
    buyer_process : Process, optional

    Examples
    --------
    >>> trade = repeated_trade([0, 1], [1, 2], lazily_redrawn("1/2", 2), "9/10")
    >>> trade.actions, trade.agents[0].reward.texts(), trade.requires["trade"]
    (('keep', 'trade'), [['0', '0'], ['0', '-1']], ('seller', 'buyer'))
    """
    seller = _agent("seller", costs, (0, -1), process)
    buyer = _agent("buyer", values, (0, 1), buyer_process or process)
    return DynamicEnvironment((seller, buyer), ("keep", "trade"), rational(discount, "discount"), {"trade": ("seller", "buyer")})


def repeated_public_good(agents: Mapping[str, tuple[Sequence[Number], Process]], cost: Number, discount: Number) -> DynamicEnvironment:
    """Return a public good that is provided or not every period; its cost is shared equally, and it needs nobody in particular.

    Parameters
    ----------
    agents : mapping from name to (values, Process)
        What the good is worth a period to each type, before her share of the cost.
    cost : number
        Of a period's provision. It is part of the rewards, so that the actions cost the designer nothing.
    discount : number

    Examples
    --------
    >>> good = repeated_public_good({"Ann": ([0, 3], lazily_redrawn(0, 2)), "Bob": ([0, 3], lazily_redrawn(0, 2))}, 2, "1/2")
    >>> good.agents[0].reward.texts()
    [['0', '-1'], ['0', '2']]
    """
    share = rational(cost, "cost") / max(len(agents), 1)
    members = [_agent(name, [rational(v, f"value of {name}") - share for v in values], (0, 1), process) for name, (values, process) in agents.items()]
    return DynamicEnvironment(tuple(members), ("no", "yes"), rational(discount, "discount"))


def dynamic_allocation(agents: Mapping[str, tuple[Sequence[Number], Any]], discount: Number) -> DynamicEnvironment:
    """Return one object that is allocated anew every period; an agent's type may move only while she holds it.

    Parameters
    ----------
    agents : mapping from name to (values, transition)
        What holding the object for a period is worth to each type, and nested probabilities: how her type moves when she holds it.
        Without the object it persists. Types are equally likely in period 0.
    discount : number

    Examples
    --------
    >>> learning = dynamic_allocation({"Ann": ([1, 2], [[0, 1], [0, 1]]), "Bob": ([1, 3], [[1, 0], [0, 1]])}, "1/2")
    >>> learning.actions, learning.action_independent
    (('nobody', 'Ann', 'Bob'), False)
    """
    actions = ("nobody", *agents)
    members = []
    for i, (name, (values, moving)) in enumerate(agents.items()):
        n = len(values)
        stay = RationalArray(np.eye(n, dtype=np.int64)).fractions()
        rows = [moving if k == i + 1 else stay for k in range(len(actions))]
        process = Process((Fraction(1, n),) * n, RationalArray.of(rows))
        members.append(_agent(name, values, [int(k == i + 1) for k in range(len(actions))], process))
    return DynamicEnvironment(tuple(members), actions, rational(discount, "discount"), {name: (name,) for name in agents})
