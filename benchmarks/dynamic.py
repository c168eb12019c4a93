"""Seconds and memory for types that move: large products of chains, exact answers where they are small, and all critical discount factors."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any

from benchmarks.table import Report, Table
from mechopt.dynamic.budget import condition
from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
from mechopt.dynamic.critical import critical_discounts
from mechopt.dynamic.environment import DynamicAgent, DynamicEnvironment
from mechopt.dynamic.pivot import rounded_pivot
from mechopt.pipeline.questions import certify
from mechopt.rational import RationalArray, stack

__all__ = ["run"]

# Processor seconds and gigabytes that no row may exceed.
MOST_SECONDS, MOST_GIGABYTES = 60.0, 1.0


def three_agents(points: int) -> DynamicEnvironment:
    """Return an object handed to one of three agents every period, with chains drawn at random."""
    random = Random(points)
    members = []
    for i in range(3):
        rows = [[random.randint(1, 20) for _ in range(points)] for _ in range(points)]
        moves = [[Fraction(weight, sum(row)) for weight in row] for row in rows]
        reward = [[Fraction(0)] + [Fraction(a, points) if j == i else Fraction(0) for j in range(3)] for a in range(points)]
        chances = (Fraction(1, points),) * points
        members.append(DynamicAgent(f"agent {i}", tuple(map(str, range(points))), RationalArray.of(reward), chances, RationalArray.of([moves])))
    requires = {f"agent {i}": (f"agent {i}",) for i in range(3)}
    return DynamicEnvironment(tuple(members), ("nobody", *requires), Fraction(99, 100), requires)


def trade(points: int) -> DynamicEnvironment:
    """Return repeated trade on so many midpoints a side, half persistent."""
    values = [Fraction(2 * j + 1, 2 * points) for j in range(points)]
    return repeated_trade(values, values, lazily_redrawn("1/2", points), "3/10")


def run(*, quick: bool, **_: bool) -> Report:
    """Return the table, and a failure where time, memory, or the proved error is too large."""
    large = [_row("values with proved error", three_agents(points), _error) for points in ((20,) if quick else (20, 40))]
    small = [_row("certify, exact", trade(points), _grade) for points in ((6,) if quick else (6, 8, 10))]
    found = [_row("critical discount factors", environment, _roots) for environment in _searched(quick)]
    rows = [*large, *small, *found]
    failures = [f"{row['what']} {row['profiles']}: {row['seconds']:.1f} s" for row in rows if row["seconds"] > MOST_SECONDS]
    failures += [f"{row['what']} {row['profiles']}: {row['gigabytes']:.2f} GB" for row in rows if row["gigabytes"] > MOST_GIGABYTES]
    failures += [f"{row['what']} {row['profiles']}: {row['answer']}" for row in small if row["answer"] != "optimal"]
    failures += [f"{row['what']} {row['profiles']}: error {row['answer']}" for row in large if not float(row["answer"]) < 1e-6]
    failures += [f"{row['what']} {row['profiles']}: {row['answer']}" for row in found if not row["answer"].endswith("all of them")]
    columns = {
        "what": "what",
        "profiles": "profiles",
        "answer": "error, grade or number",
        "seconds": "processor seconds",
        "gigabytes": "peak memory, GB",
    }
    return Report("dynamic", (Table("Types that move", columns, rows),), tuple(failures))


def _searched(quick: bool) -> list[DynamicEnvironment]:
    """Return environments without algebra: many profiles, slow types, and transitions written once for every action."""
    grid = trade(20)
    acting = replace(grid, agents=tuple(replace(own, transition=stack([own.transition[0]] * 2)) for own in grid.agents if own.transition is not None))
    return [trade(60)] if quick else [trade(60), trade(200), three_agents(40), acting]


def _row(what: str, environment: DynamicEnvironment, ask: Callable[[DynamicEnvironment], str]) -> dict[str, Any]:
    start = time.process_time()
    answer = ask(environment)
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"what": what, "profiles": environment.n_states, "answer": answer, "seconds": seconds, "gigabytes": peak}


def _error(environment: DynamicEnvironment) -> str:
    return f"{condition(rounded_pivot(environment)).error:.1g}"


def _roots(environment: DynamicEnvironment) -> str:
    found = critical_discounts(environment)
    return f"{len(found.discounts)}, {'all of them' if found.complete else 'perhaps not all'}"


def _grade(environment: DynamicEnvironment) -> str:
    return certify(environment).proof.grade
