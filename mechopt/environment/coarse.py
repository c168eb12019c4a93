"""A coarser environment: neighbouring types put together. Its prices are good guesses for the fine one."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mechopt.environment.environment import Agent, Environment
from mechopt.rational import RationalArray

__all__ = ["coarsened"]

_DIGITS = 20
Floats = NDArray[np.float64]


def coarsened(environment: Environment, numbers: Sequence[Sequence[Fraction]], n_blocks: int) -> tuple[Environment, list[Floats]]:
    """Return an environment in which each agent's types are blocks of neighbouring types, and the number of each block.

    Parameters
    ----------
    environment : Environment
        With private values and independent types.
    numbers : sequence of sequences
        Types as numbers, for each agent: neighbours are next to each other in their order.
    n_blocks : int
        Types that an agent keeps, at most.

    Returns
    -------
    (Environment, list of float arrays)
        A table environment; utilities, outside options and probabilities are averages and sums, rounded to some digits.
    """
    agents, centres = [], []
    for i, agent in enumerate(environment.agents):
        order = sorted(range(agent.n_types), key=numbers[i].__getitem__)
        blocks = [block for block in np.array_split(np.array(order), min(n_blocks, agent.n_types)) if len(block)]
        prior = np.array([float(p) for p in agent.prior])
        weights = [prior[block] + 1e-9 for block in blocks]
        floats = environment.utility(i).floats()
        mixed = np.array([np.average(floats[block], axis=0, weights=w) for block, w in zip(blocks, weights, strict=True)])
        outside = [np.average(agent.outside.floats()[block], weights=w) for block, w in zip(blocks, weights, strict=True)]
        own = np.array([float(number) for number in numbers[i]])
        centres.append(np.array([np.average(own[block], weights=w) for block, w in zip(blocks, weights, strict=True)]))
        chances = _probabilities([float(prior[block].sum()) for block in blocks])
        names = tuple(str(k + 1) for k in range(len(blocks)))
        agents.append(Agent(agent.name, names, chances, _rounded(np.array(outside)), None, _rounded(mixed)))
    return Environment("table", tuple(agents), environment.outcomes, environment.cost), centres


def _rounded(values: Floats) -> RationalArray:
    """Return doubles as rationals of some digits, relative to the largest of them."""
    largest = float(np.max(np.abs(values), initial=0.0))
    exponent = _DIGITS - int(np.frexp(largest)[1]) if largest else 0
    table = RationalArray(np.rint(np.ldexp(values, exponent)).astype(np.int64))
    return table * (Fraction(1, 2**exponent) if exponent >= 0 else Fraction(2**-exponent))


def _probabilities(chances: list[float]) -> tuple[Fraction, ...]:
    counts = [round(chance * 2**_DIGITS) for chance in chances]
    total = sum(counts)
    return tuple(Fraction(count, total) for count in counts)
