"""Names of the rows and columns of programs about types that move."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mechopt.dynamic.program import DynamicProgram
from mechopt.program.labels import unique_names
from mechopt.program.linear import Block

__all__ = ["dynamic_column_names", "dynamic_row_names"]


def dynamic_column_names(assembled: DynamicProgram) -> list[str]:
    """Return a name for every column: what it is, the agent, the profile, the action.

    Examples
    --------
    >>> from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
    >>> from mechopt.dynamic.program import second_best_program
    >>> names = dynamic_column_names(second_best_program(repeated_trade([0, 1], [0, 1], lazily_redrawn(0, 2), "1/2")))
    >>> names[0], names[-1]
    ('policy(0,0,keep)', 'later(buyer,1,1)')
    """
    environment = assembled.environment
    places = zip(*np.nonzero(assembled.allowed), strict=True)
    names = [f"policy({_profile(assembled, int(s))},{environment.actions[int(action)]})" for s, action in places]
    for block in assembled.program.column_blocks[1:]:
        names += [f"{block.name}({','.join(_parts(assembled, index))})" for index in np.ndindex(*block.shape)]
    return unique_names(names)


def dynamic_row_names(assembled: DynamicProgram) -> list[str]:
    """Return a name for every row: the requirement, the agent, the profile or type, for incentives the profile and then what is reported."""
    return unique_names(name for block in assembled.program.row_blocks for name in _row_names(assembled, block))


def _parts(assembled: DynamicProgram, index: tuple[int, ...]) -> Iterator[str]:
    """Yield agent and profile of a column; what is expected later under several transitions has names that repeat, and are numbered."""
    yield assembled.environment.agents[index[0]].name
    if len(index) > 1:
        yield _profile(assembled, index[-1])


def _row_names(assembled: DynamicProgram, block: Block) -> Iterator[str]:
    agent = None if block.agent is None else assembled.environment.agents[block.agent]
    for row in range(block.size):
        parts = [] if agent is None else [agent.name]
        if agent is not None and "report" in block.keys:
            parts += [_profile(assembled, int(block.keys["true"][row])), agent.types[int(block.keys["report"][row])]]
        elif agent is not None and "type" in block.keys:
            parts.append(agent.types[int(block.keys["type"][row])])
        elif block.size == assembled.environment.n_states:
            parts.append(_profile(assembled, row))
        yield f"{block.name}({','.join(parts)})" if parts else block.name


def _profile(assembled: DynamicProgram, state: int) -> str:
    return ",".join(assembled.environment.state_names(state).values())
