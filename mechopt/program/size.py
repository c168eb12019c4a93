"""How large a program will be, before it is built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mechopt.design.design import Design
from mechopt.environment.environment import Environment
from mechopt.errors import ProgramSizeError
from mechopt.program.reductions import Plan
from mechopt.rational import counted

__all__ = ["LARGEST_MEMORY", "Size", "check_size", "estimate"]

LARGEST_MEMORY = 12 * 2**30
"""Bytes a program may need, from assembly to proof."""

# Measured: peak memory of assembly, solve and proof per entry, row and column of the program.
_BYTES_PER_NONZERO = 160
_BYTES_PER_COLUMN = 600


@dataclass(frozen=True)
class Size:
    """Estimated size of a program: `n_rows`, `n_columns`, `n_nonzeros`, and `memory` in bytes."""

    n_rows: int
    n_columns: int
    n_nonzeros: int

    @property
    def memory(self) -> int:
        """Bytes needed to build, solve and prove it."""
        return _BYTES_PER_NONZERO * self.n_nonzeros + _BYTES_PER_COLUMN * (self.n_columns + self.n_rows)


def estimate(environment: Environment, design: Design, reductions: Plan, n_lies: Sequence[int] | None = None) -> Size:
    """Return an upper estimate of the program's size, without building anything.

    Incentives compare `n_lies` pairs of each agent's types, or all that the reductions leave.

    Examples
    --------
    >>> from mechopt.environment.builders import single_item_auction
    >>> from mechopt.environment.grids import uniform
    >>> from mechopt.program.reductions import plan
    >>> auction = single_item_auction([uniform(0, 1, 20)] * 4)
    >>> design = Design(objective="revenue", budget="none")
    >>> estimate(auction, design, plan(auction, design)).n_columns > 20**4
    True
    """
    n, profiles, outcomes = environment.n_agents, environment.n_profiles, environment.n_outcomes
    columns, rows, nonzeros = profiles * outcomes, profiles, 2 * profiles * outcomes
    if not reductions.applies("E1"):
        columns += n * profiles
        rows += profiles
        nonzeros += 2 * n * profiles
    for i, m in enumerate(environment.n_types):
        pairs = n_lies[i] if n_lies is not None else 2 * m if reductions.applies("E2") else m * (m - 1)
        others = profiles // m
        if design.ex_post_incentive:
            rows += pairs * others
            nonzeros += pairs * others * (2 * outcomes + 2)
        elif reductions.applies("E3"):
            rows += pairs + outcomes * m
            nonzeros += 6 * pairs + profiles * outcomes
        elif design.incentive == "bic":
            rows += pairs
            nonzeros += pairs * others * (2 * outcomes + 2)
        if design.participation == "ex-post-ir":
            rows += profiles
            nonzeros += profiles * (outcomes + 1)
    return Size(rows, columns, nonzeros)


def check_size(environment: Environment, design: Design, reductions: Plan, n_lies: Sequence[int] | None = None) -> None:
    """Raise `ProgramSizeError` if the program would need more than `LARGEST_MEMORY`."""
    size = estimate(environment, design, reductions, n_lies)
    if size.memory <= LARGEST_MEMORY:
        return
    raise ProgramSizeError(
        f"the program would have {counted(size.n_columns, 'column')} and {counted(size.n_nonzeros, 'nonzero')} "
        f"({counted(environment.n_profiles, 'profile')}), about {counted(max(size.memory // 2**30, 1))} GiB "
        f"where {LARGEST_MEMORY // 2**30} GiB are allowed; "
        "use fewer types or agents, or a coarser grid (points)"
    )
