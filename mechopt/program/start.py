"""A likely basis: the efficient rule, and payments by the lies that bind in an interim program, or by the costs where one agent bears them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mechopt.environment.welfare import surplus
from mechopt.program.assemble import Assembled
from mechopt.program.features import numeric_types
from mechopt.program.frame import Frame
from mechopt.program.linear import Basis, Block, Position

__all__ = ["likely_basis"]


def likely_basis(assembled: Assembled, chosen: NDArray[np.int64] | None = None) -> Basis | None:
    """Return a basis for the simplex method to start from, or None where the program is not of the kind.

    Every profile has one certain outcome; each agent's payments follow from one participation constraint that binds, at the type
    that gains least, and from the incentive constraints between neighbours that point to it. A single agent who bears all costs
    wants what is efficient: budgets alone bind, and incentives have no price. A solver that starts from nothing may find prices
    there that are no two over one denominator.

    Parameters
    ----------
    assembled : Assembled
        With reductions E1, E2 and E3 and interim participation, or of a single agent who bears all costs.
    chosen : int array, length n_profiles, optional
        The outcome at each profile; default: an efficient one.
    """
    frame, program = assembled.frame, assembled.program
    alone = _bears_costs(frame)
    if frame.scalar >= 0 or not (alone or _pays_by_lies(frame)):
        return None
    if chosen is None:
        table = surplus(frame.environment).reshape(-1, frame.environment.n_outcomes).floats()
        chosen = np.where(frame.allocation >= 0, table, -np.inf).argmax(axis=1)
    columns = np.full(program.n_columns, Position.LOWER, dtype=np.int8)
    rows = np.full(program.n_rows, Position.BASIC, dtype=np.int8)
    columns[frame.allocation[np.arange(len(chosen)), chosen]] = Position.BASIC
    for block in program.column_blocks:
        if block.name in ("payments", "interim_payments", "interim_allocation"):
            columns[block.slice] = Position.BASIC
    for block in program.row_blocks:
        if block.name in ("probability", "link") or (alone and block.name == "budget"):
            rows[block.slice] = Position.LOWER
        elif not alone and block.agent is not None and block.name in ("incentive", "participation"):
            rows[block.start + _binding(assembled, block, chosen)] = Position.LOWER
    return Basis(columns, rows)


def _pays_by_lies(frame: Frame) -> bool:
    return all(frame.plan.applies(name) for name in ("E1", "E2", "E3")) and frame.design.participation == "interim-ir"


def _bears_costs(frame: Frame) -> bool:
    """Return whether a single agent pays at least the cost of every outcome, and nobody wants her to pay more."""
    one, budget = frame.environment.n_agents == 1, frame.design.budget in ("balanced", "no-deficit")
    return one and budget and frame.question.objective in ("welfare", "gains", "payoff", "weighted")


def _binding(assembled: Assembled, block: Block, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows of a block that bind."""
    assert block.agent is not None
    order, worst = _order(assembled, block.agent, chosen)
    if block.name == "participation":
        return order[worst : worst + 1]
    position = {pair: k for k, pair in enumerate(zip(block.keys["true"].tolist(), block.keys["reported"].tolist(), strict=True))}
    sequence = order.tolist()
    steps = pairwise(sequence)
    return np.array([position[(low, high) if k < worst else (high, low)] for k, (low, high) in enumerate(steps)], dtype=np.int64)


def _order(assembled: Assembled, i: int, chosen: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    """Return agent `i`'s types in the order of their numbers, and the place of the one whose rent is least."""
    environment = assembled.frame.environment
    numeric = numeric_types(environment, i)
    assert numeric is not None
    numbers = np.array([float(number) for number in numeric.numbers])
    order = np.array(sorted(range(len(numbers)), key=numeric.numbers.__getitem__), dtype=np.int64)
    weight = environment.others_probability(i).broadcast(environment.n_types).reshape(-1).floats()
    slope = np.bincount(environment.type_indices(i), weights=weight * numeric.slope.floats()[chosen], minlength=len(numbers))
    outside = environment.agents[i].outside.floats()
    steps = slope[order][:-1] * np.diff(numbers[order]) - np.diff(outside[order])
    return order, int(np.argmin(np.concatenate([[0.0], np.cumsum(steps)])))
