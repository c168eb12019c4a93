"""Programs of many types without an order: incentive constraints are asked for as they are violated.

Where utilities are not affine in a number, or expectations depend on the type, every type is compared with every other one, but few of
these comparisons bind. The program has those of neighbours in the value of each outcome at first; at its optimum every type looks for the
reports that would pay most, these are asked for, too, until there are none. Prices of the others are zero, so that value and proof are
those of the whole program.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mechopt.design.design import Design
from mechopt.environment.environment import Environment
from mechopt.mechanism.mechanism import Mechanism
from mechopt.mechanism.properties import check
from mechopt.program.assemble import Assembled, Question, assemble
from mechopt.program.frame import Frame, Lies
from mechopt.program.linear import Basis, Position
from mechopt.program.reductions import plan
from mechopt.solvers.backends import backend_named
from mechopt.solvers.solution import Options, Solution

__all__ = ["growing_lies", "missed_lies"]

Floats = NDArray[np.float64]

# Comparisons of types from which on they are not all asked for; rounds; what a lie must gain to count; lies a type may add in a round.
_FEWEST, _ROUNDS, _TOLERANCE, _PER_TYPE = 3_000, 100, 1e-9, 3


def growing_lies(environment: Environment, design: Design, question: Question, backend: str, options: Options) -> tuple[Assembled, Solution] | None:
    """Return a program with the incentive constraints that matter, and its float solution; None where all of them are asked for.

    Parameters
    ----------
    environment : Environment
    design : Design
    question : Question
        With the lies to begin with, if they are known.
    backend : str
    options : Options
    """
    if not _applies(environment, design, question):
        return None
    solve, basis = backend_named(backend), None
    if question.lies is None:
        question = replace(question, lies=tuple(_neighbours(environment, i) for i in range(environment.n_agents)))
    for rounds in range(_ROUNDS):
        assembled = assemble(environment, design, question)
        solution = solve(assembled.program, options, basis)
        if solution.status != "optimal" or solution.x is None:
            return None
        more = tuple(_gaining(assembled.frame, solution.x, i) for i in range(environment.n_agents))
        if not any(len(true) for true, _ in more):
            return assembled, replace(solution, statistics=solution.statistics | {"rounds": rounds + 1})
        assert question.lies is not None
        question = replace(question, lies=tuple(map(_joined, question.lies, more)))
        basis = None if solution.basis is None else _grown(assembled, solution.basis, more)
    return None


def missed_lies(mechanism: Mechanism, design: Design, question: Question) -> Question | None:
    """Return the question with the exact best lie added where it gains; None if truth pays, or the lie had been asked for."""
    if question.lies is None:
        return None
    verdict = check(mechanism, "bic")
    if verdict.margin >= -design.epsilon or verdict.witness is None:
        return None
    environment, witness = mechanism.environment, verdict.witness
    i = [agent.name for agent in environment.agents].index(witness["agent"])
    pair = tuple(np.array([environment.agents[i].types.index(witness[key])]) for key in ("true_type", "reported_type"))
    grown = _joined(question.lies[i], (pair[0], pair[1]))
    if len(grown[0]) == len(question.lies[i][0]):
        return None
    return replace(question, lies=(*question.lies[:i], grown, *question.lies[i + 1 :]))


def _applies(environment: Environment, design: Design, question: Question) -> bool:
    reductions, every = plan(environment, design), sum(m * (m - 1) for m in environment.n_types)
    if question.objective in ("feasibility", "subsidy", "epsilon") or design.allocation == "deterministic" or every < _FEWEST:
        return False
    # Representatives of identical agents save more.
    return design.incentive == "bic" and not reductions.applies("E2") and not reductions.applies("E4")


def _neighbours(environment: Environment, i: int) -> Lies:
    """Return the pairs of types that come one after the other when outcomes are valued, in both directions."""
    utility = environment.utility(i).floats()
    if not environment.private_values:
        utility = np.moveaxis(utility, i, 0).reshape(environment.n_types[i], -1, environment.n_outcomes).mean(axis=1)
    order = np.argsort(utility, axis=0, kind="stable").T
    below, above = order[:, :-1].reshape(-1), order[:, 1:].reshape(-1)
    nothing = np.zeros(0, dtype=np.int64)
    return _joined((nothing, nothing), (np.concatenate([below, above]), np.concatenate([above, below])))


def _joined(first: Lies, second: Lies) -> Lies:
    """Return the pairs of both, those of the first in their order."""
    size = 1 + max(int(part.max(initial=0)) for part in (*first, *second))
    known, found = (true * size + reported for true, reported in (first, second))
    new = np.setdiff1d(found, known)
    return np.concatenate([first[0], new // size]), np.concatenate([first[1], new % size])


def _gaining(frame: Frame, x: Floats, i: int) -> Lies:
    """Return the best lies of every type of agent `i` that gain at a point of the program."""
    assert frame.question.lies is not None
    payoffs, n_types = _payoffs(frame, x, i), frame.environment.n_types[i]
    gains = payoffs - np.diagonal(payoffs)[:, None] - float(frame.design.epsilon)
    best = np.argsort(-gains, axis=1)[:, :_PER_TYPE]
    true, place = np.nonzero(np.take_along_axis(gains, best, axis=1) > _TOLERANCE * max(1.0, float(np.abs(np.diagonal(payoffs)).max())))
    reported = best[true, place]
    asked = np.isin(true * n_types + reported, frame.question.lies[i][0] * n_types + frame.question.lies[i][1])
    return true[~asked], reported[~asked]


def _payoffs(frame: Frame, x: Floats, i: int) -> Floats:
    """Return what every type of agent `i` expects from every report, shape (n_types, n_types)."""
    n_types, at = frame.environment.n_types[i], frame.profiles_at(i)
    weight = frame.weight_at(i).floats()
    weight = weight / np.where(weight.any(axis=1), weight.sum(axis=1), 1.0)[:, None]
    lotteries = np.where(frame.allocation >= 0, x[frame.allocation], 0.0)[at].reshape(n_types, -1)
    worth = (weight[:, :, None] * frame.utility_at(i).floats()).reshape(n_types, -1)
    paid = x[frame.interim_payments[i].positions] if frame.payments is None else weight @ x[frame.payments[i][at]].T
    return np.asarray(worth @ lotteries.T - paid)


def _grown(assembled: Assembled, basis: Basis, more: tuple[Lies, ...]) -> Basis:
    """Return the basis in which new rows, the last of their agent's incentive constraints, are basic."""
    parts = []
    for block in assembled.program.row_blocks:
        new = len(more[block.agent][0]) if block.name == "incentive" and block.agent is not None else 0
        parts += [basis.row_status[block.slice], np.full(new, Position.BASIC, dtype=np.int8)]
    return Basis(basis.column_status, np.concatenate(parts))
