"""Identical agents in a program: columns and rows that permutations carry into each other become one (reduction E4).

Averaging an optimum over permutations keeps it feasible and optimal, so columns that are carried into each other may be equal; their
rows are then the same row. Profiles become multisets of types: one allocation column per multiset and per outcome up to the
permutations that keep the profile, one payment column per type and multiset of the others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from mechopt.program.assemble import Assembled
from mechopt.program.frame import Frame
from mechopt.program.identical import Exchange, exchanges
from mechopt.program.linear import Block, Program
from mechopt.rational import IntegerArray, integers

__all__ = ["Collapsed", "collapsed"]

Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Collapsed:
    """A program by representatives.

    Attributes
    ----------
    whole, program : Program
        The program of all agents, and that of the representatives.
    columns, rows : int arrays, length n_columns and n_rows of the whole
        The representatives' column, and row, that stands for each.
    """

    whole: Program
    program: Program
    columns: Indices
    rows: Indices

    def point(self, x: NDArray[Any]) -> NDArray[Any]:
        """Return a point of the representatives' program as one of the whole."""
        return x[self.columns]

    def prices(self, y: IntegerArray, denominator: int) -> tuple[IntegerArray, int]:
        """Return exact dual values, numerators over one denominator, shared equally among the rows that each stands for."""
        members = np.bincount(self.rows).tolist()
        common = math.lcm(*members)
        shared = np.array([entry * (common // count) for entry, count in zip(y.tolist(), members, strict=True)], dtype=object)
        return integers(shared)[self.rows], denominator * common


def collapsed(assembled: Assembled) -> Collapsed:
    """Return a program by representatives of identical agents.

    Examples
    --------
    >>> from mechopt.design.design import Design
    >>> from mechopt.environment.builders import single_item_auction
    >>> from mechopt.environment.grids import uniform
    >>> from mechopt.program.assemble import assemble
    >>> auction = assemble(single_item_auction([uniform(0, 1, 3)] * 4), Design(incentive="dsic", budget="none"))
    >>> auction.program.n_columns, collapsed(auction).program.n_columns
    (729, 75)
    """
    whole = assembled.program
    moves = [_Move(assembled, exchange) for exchange in exchanges(assembled.frame.environment, assembled.frame.design)]
    columns = _orbits(whole.n_columns, [move.columns for move in moves])
    rows = _orbits(whole.n_rows, [move.rows for move in moves])
    return Collapsed(whole, _restricted(whole, columns, rows), columns, rows)


def _orbits(size: int, moves: list[Indices]) -> Indices:
    """Return the number of each position's orbit, in the order of their first members."""
    start = np.tile(np.arange(size, dtype=np.int64), len(moves))
    end = np.concatenate(moves) if moves else start
    graph = coo_array((np.ones(len(start), dtype=np.int8), (start, end)), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    _, first, number = np.unique(labels, return_index=True, return_inverse=True)
    order = np.empty(len(first), dtype=np.int64)
    order[np.argsort(first)] = np.arange(len(first))
    return np.asarray(order[number], dtype=np.int64)


def _first(orbits: Indices) -> Indices:
    return np.unique(orbits, return_index=True)[1]


def _restricted(whole: Program, columns: Indices, rows: Indices) -> Program:
    """Keep the first row of each orbit, and add up the columns of each."""
    first_row, first_column = _first(rows), _first(columns)
    stands = np.zeros(whole.n_rows, dtype=np.bool_)
    stands[first_row] = True
    kept = stands[whole.entry_rows]
    at, values = _added(rows[whole.entry_rows[kept]] * len(first_column) + columns[whole.entry_columns[kept]], whole.entry_values[kept])
    objective = np.zeros(len(first_column), dtype=object)
    np.add.at(objective, columns, whole.objective.astype(object))
    part = whole.part(first_row, first_column, (at // len(first_column), at % len(first_column), values))
    return replace(part, objective=integers(objective))


def _added(keys: Indices, values: IntegerArray) -> tuple[Indices, IntegerArray]:
    """Add up values of equal keys."""
    order = np.argsort(keys, kind="stable")
    distinct, starts = np.unique(keys[order], return_index=True)
    total = np.add.reduceat(values[order].astype(object), starts) if len(starts) else values
    present = total != 0
    return distinct[present], integers(total[present])


class _Move:
    """Where an exchange of two agents carries every column and every row of a program."""

    def __init__(self, assembled: Assembled, exchange: Exchange) -> None:
        self.frame: Frame = assembled.frame
        self.exchange = exchange
        environment = self.frame.environment
        order = np.arange(environment.n_profiles, dtype=np.int64).reshape(environment.n_types)
        self.profiles: Indices = np.swapaxes(order, exchange.first, exchange.second).reshape(-1)
        self.row_blocks, self.column_blocks = assembled.program.row_blocks, assembled.program.column_blocks
        self.rows = np.concatenate([self._row_block(block) for block in self.row_blocks])
        self.columns = self._all_columns(assembled.program.n_columns)

    def _row_block(self, block: Block) -> Indices:
        if block.agent is not None:
            return self._agents_block(block, self.row_blocks)
        if block.name in ("probability", "budget") and block.size == len(self.profiles):
            return block.start + self.profiles
        if block.name == "worst_case":
            position = np.full(len(self.profiles), -1, dtype=np.int64)
            position[block.keys["profile"]] = block.positions
            return np.asarray(position[self.profiles[block.keys["profile"]]], dtype=np.int64)
        return block.positions.reshape(-1)

    def _agents_block(self, block: Block, blocks: tuple[Block, ...]) -> Indices:
        """Return where a block of one agent goes: to the same place in the other agent's."""
        assert block.agent is not None
        owner = self.exchange.agent(block.agent)
        target = next(entry for entry in blocks if (entry.name, entry.agent, entry.shape) == (block.name, owner, block.shape))
        if block.name in ("incentive", "participation") and len(block.shape) == 2:
            return target.positions[:, self._others(block.agent)].reshape(-1)
        if block.name in ("floor", "cap"):
            return target.start + self.profiles
        return target.positions.reshape(-1)

    def _others(self, i: int) -> Indices:
        """Return where profiles of agent `i`'s others go, among those of the others of whom she changes places with."""
        at = self.frame.profiles_at(self.exchange.agent(i))
        number = np.empty(len(self.profiles), dtype=np.int64)
        number[at] = np.arange(at.shape[1])
        return np.asarray(number[self.profiles[self.frame.profiles_at(i)[0]]], dtype=np.int64)

    def _all_columns(self, n_columns: int) -> Indices:
        frame = self.frame
        moved = np.arange(n_columns, dtype=np.int64)
        names = self.exchange.renamed(frame.environment)
        present = frame.allocation >= 0
        moved[frame.allocation[present]] = frame.allocation[self.profiles][:, names][present]
        if frame.payments is not None:
            for i, columns in enumerate(frame.payments):
                moved[columns] = frame.payments[self.exchange.agent(i)][self.profiles]
        for block in self.column_blocks:
            if block.agent is not None:
                moved[block.slice] = self._agents_block(block, self.column_blocks)
        self._move_elastic(moved)
        return moved

    def _move_elastic(self, moved: Indices) -> None:
        """Move a column by which a row gives way to where its row goes."""
        for sign in (1, -1):
            blocks = [block for block in self.column_blocks if block.name == "elastic" and block.keys["sign"] == sign]
            column = np.full(len(self.rows), -1, dtype=np.int64)
            for block in blocks:
                column[block.keys["rows"]] = block.positions
            for block in blocks:
                moved[block.slice] = column[self.rows[block.keys["rows"]]]
