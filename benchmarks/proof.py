"""What a proof costs: the exact point and prices of a basis, their check in integers, mechanism and certificate, next to the solver.

Processor seconds of one run on the second best of bilateral trade: the program as a whole, solved by HiGHS with nothing known, and
then everything that makes its answer exact. Then sizes at which types are many, whole answers and the check of their files.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from benchmarks.many_types import failures_of, many_types
from benchmarks.speed import timings
from benchmarks.table import Report, Table
from mechopt.design.design import Design
from mechopt.environment.builders import bilateral_trade
from mechopt.environment.grids import uniform
from mechopt.exact.certificate import Certificate
from mechopt.exact.corner import Vertex
from mechopt.exact.vertex import prove
from mechopt.mechanism.mechanism import Mechanism
from mechopt.pipeline.answer import certificate_of, mechanism_from
from mechopt.program.assemble import Assembled, assemble
from mechopt.rational import RationalArray
from mechopt.solvers.backends import resolver
from mechopt.solvers.highs import solve_in_highs

__all__ = ["run"]

SIZES, QUICK_SIZES = (50, 100, 200, 400), (50, 100, 200)
# Processor seconds of a prototype, by rows: a proof is to take no longer.
PROTOTYPE = {50: 0.1, 100: 0.5, 200: 2.1, 400: 3.6}
LARGEST_RATIO = 2.0
# Below this the ratio is that of start-up costs.
NEGLIGIBLE = 0.1

COLUMNS = {
    "types": "types a side",
    "rows": "rows",
    "solve": "solve",
    "vertex": "exact vertex",
    "proof": "whole proof",
    "ratio": "proof / solve",
    "prototype": "prototype's vertex",
}


def run(*, quick: bool, **_: bool) -> Report:
    """Return the tables; a proof or a check that takes more than twice what it proves, or a vertex slower than the prototype's, is a failure."""
    rows = list(_rows(QUICK_SIZES if quick else SIZES))
    failures = [f"{row['types']} types: not proved optimal" for row in rows if not row["optimal"]]
    failures += [f"{row['types']} types: the vertex took {row['vertex']:.2f} s" for row in rows if row["vertex"] > row["prototype"]]
    slow = [row for row in rows if row["proof"] > max(NEGLIGIBLE, LARGEST_RATIO * row["solve"])]
    failures += [f"{row['types']} types: the proof took {row['ratio']:.1f} times the solve" for row in slow]
    many = many_types(quick=quick)
    tables = Table("Processor seconds of solver and proof, bilateral trade", COLUMNS, rows), many
    return Report("proof", tables, (*failures, *failures_of(many.rows)))


def _read(assembled: Assembled, vertex: Vertex) -> tuple[Mechanism, Certificate]:
    """Return the mechanism and the certificate of a vertex."""
    point = RationalArray(vertex.x_numerators, vertex.x_denominator)
    return mechanism_from(assembled, point), certificate_of(assembled, RationalArray(vertex.y_numerators, vertex.y_denominator))


def _rows(sizes: tuple[int, ...]) -> Iterator[dict[str, Any]]:
    for n_types in sizes:
        environment = bilateral_trade(uniform(0, 1, n_types), uniform(0, 1, n_types))
        assembled = assemble(environment, Design())
        program = assembled.program
        solved = timings(partial(solve_in_highs, program), enough=1.0)[0]
        exact = timings(partial(prove, program, solved.outcome.basis, resolver(program)), enough=1.0)[0]
        vertex = exact.outcome
        read = timings(partial(_read, assembled, vertex), enough=1.0)[0]
        mechanism, certificate = read.outcome
        proof = exact.cpu + read.cpu
        yield {
            "types": n_types,
            "rows": program.n_rows,
            "solve": solved.cpu,
            "vertex": exact.cpu,
            "proof": proof,
            "ratio": proof / solved.cpu,
            "prototype": PROTOTYPE[n_types],
            "optimal": vertex.optimal and certificate is not None and mechanism.value(Design()) == certificate.bound,
        }
