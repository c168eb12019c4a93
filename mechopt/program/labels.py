"""Names of a program's rows and columns that people, and the file formats of solvers, can read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import numpy as np

from mechopt.environment.environment import Environment
from mechopt.program.assemble import Assembled
from mechopt.program.linear import Block

__all__ = ["column_names", "row_names", "unique_names"]

# Letters that both MPS and LP files allow in names; others become underscores.
_FORBIDDEN = re.compile(r"[^A-Za-z0-9_.,()#]")
_LONGEST = 200


def column_names(assembled: Assembled) -> list[str]:
    """Return a name for every column: what it is, the agent, the types, the outcome.

    Examples
    --------
    >>> from mechopt.design.design import Design
    >>> from mechopt.environment.builders import bilateral_trade
    >>> from mechopt.environment.grids import two_types
    >>> from mechopt.program.assemble import assemble
    >>> names = column_names(assemble(bilateral_trade(two_types(0, 2), two_types(1, 3)), Design()))
    >>> names[0], names[-1]
    ('allocation(0,1,seller)', 'interim_allocation(buyer,1,3)')
    """
    return unique_names(name for block in assembled.program.column_blocks for name in _names(assembled.frame.environment, block))


def row_names(assembled: Assembled) -> list[str]:
    """Return a name for every row: the requirement, the agent, the types, for incentives the true and then the reported one."""
    return unique_names(name for block in assembled.program.row_blocks for name in _names(assembled.frame.environment, block))


def _names(environment: Environment, block: Block) -> Iterator[str]:
    for index in np.ndindex(*block.shape):
        parts = list(_parts(environment, block, index))
        yield f"{block.name}({','.join(parts)})" if parts else block.name


def _parts(environment: Environment, block: Block, index: tuple[int, ...]) -> Iterator[str]:
    """Yield what tells one row, or column, of a block from the others."""
    if "name" in block.keys:
        yield str(block.keys["name"])
    elif "profile" in block.keys:
        yield from environment.profile_of(int(block.keys["profile"][index]))
        if "outcome" in block.keys:
            yield environment.outcomes[int(block.keys["outcome"][index])]
    elif block.name == "payments":
        yield environment.agents[index[0]].name
        yield from environment.profile_of(index[1])
    elif block.name in ("probability", "budget", "floor", "cap") and block.size == environment.n_profiles:
        yield from (environment.agents[block.agent].name,) if block.agent is not None else ()
        yield from environment.profile_of(index[0])
    elif block.agent is not None:
        yield from _parts_of_agent(environment, block, index)
    elif block.size > 1:
        yield str(index[0] + 1)


def _parts_of_agent(environment: Environment, block: Block, index: tuple[int, ...]) -> Iterator[str]:
    assert block.agent is not None
    agent = environment.agents[block.agent]
    yield agent.name
    if "true" in block.keys:
        yield agent.types[int(block.keys["true"][index[0]])]
        yield agent.types[int(block.keys["reported"][index[0]])]
    elif block.name in ("interim_allocation", "link") and len(index) == 2:
        yield str(index[0] + 1)
        yield agent.types[index[1]]
        return
    elif block.shape[0] == agent.n_types:
        yield agent.types[index[0]]
    if len(index) == 2:
        others = [j for j in range(environment.n_agents) if j != block.agent]
        position = np.unravel_index(index[1], [environment.n_types[j] for j in others])
        yield from (environment.agents[j].types[int(k)] for j, k in zip(others, position, strict=True))


def unique_names(names: Iterable[str]) -> list[str]:
    """Return names in which only letters stand that files allow, numbered where they repeat."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        plain = _FORBIDDEN.sub("_", name)[:_LONGEST]
        seen[plain] = seen.get(plain, 0) + 1
        found.append(plain if seen[plain] == 1 else f"{plain}#{seen[plain]}")
    return found
