"""What becomes of float answers without an exact vertex, on random problems of every kind and design; and of programs that defeat floats."""

from __future__ import annotations

import time
import warnings
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from benchmarks.adversarial import adversarial
from benchmarks.random_problems import KINDS, drawn
from benchmarks.table import Report, Table
from mechopt.errors import MechoptWarning
from mechopt.exact.vertex import prove
from mechopt.pipeline.answer import Settings
from mechopt.pipeline.solve import solve_problem
from mechopt.result import Result
from mechopt.solvers.backends import resolver
from mechopt.solvers.highs import solve_in_highs

__all__ = ["run"]

_MANY, _FEW = 480, 96
_LARGEST_GAP = Fraction(1, 10**9)

_COLUMNS = {
    "kind": "kind",
    "problems": "problems",
    "complete": "complete",
    "exact": "gap 0",
    "gap": "largest gap",
    "infeasible": "proved infeasible",
    "unbounded": "proved unbounded",
}
_PROGRAM_COLUMNS = {
    "programs": "programs",
    "optimal": "proved optimal",
    "at_once": "at once",
    "refined": "refined",
    "pivots": "by exact pivots",
    "seconds": "processor seconds",
}


def run(*, quick: bool, **_: bool) -> Report:
    """Return both tables; a problem without mechanism and proof, a wide gap and a program without proof are failures."""
    count = _FEW if quick else _MANY
    missing: list[str] = []
    rows = [_row(kind, range(count), missing) for kind in _kinds()]
    notes = ("Complete: an admissible mechanism and prices within 1e-9 of its value, or the proof that there is no mechanism, or no bound.",)
    programs = _programs(range(count))
    failures = [*missing, *(f"program {number}: not proved optimal" for number in programs.pop("unproved"))]
    tables = Table("Rounded answers to random problems", _COLUMNS, rows, notes), Table("Programs that defeat floats", _PROGRAM_COLUMNS, [programs])
    return Report("rounding", tables, tuple(failures))


def _kinds() -> Iterator[tuple[str, bool]]:
    for correlated in (False, True):
        for kind in KINDS:
            yield kind, correlated


def _row(kind: tuple[str, bool], numbers: range, missing: list[str]) -> dict[str, Any]:
    found: Counter[str] = Counter()
    gaps = [Fraction(0)]
    for number in numbers:
        if (KINDS[number % 4], number // 4 % 2 == 1) != kind:
            continue
        result = _rounded(number)
        design = result.problem.design
        found[result.status or "open"] += 1
        if result.status == "optimal" and result.proof.gap is not None:
            gaps.append(result.proof.gap)
        if not _complete(result):
            missing.append(f"problem {number} ({kind[0]}, {design.incentive}, {design.allocation}): {result.proof.grade}")
            found["incomplete"] += 1
    problems = sum(found[status] for status in ("optimal", "infeasible", "unbounded", "open"))
    return {
        "kind": f"{kind[0]}, correlated" if kind[1] else kind[0],
        "problems": problems,
        "complete": problems - found["incomplete"],
        "exact": sum(gap == 0 for gap in gaps[1:]),
        "gap": float(max(gaps)),
        "infeasible": found["infeasible"],
        "unbounded": found["unbounded"],
    }


def _rounded(number: int) -> Result:
    with warnings.catch_warnings():
        # Property rights drawn at random may exceed one object.
        warnings.simplefilter("ignore", MechoptWarning)
        return solve_problem(drawn(number), Settings(exact=False))


def _complete(result: Result) -> bool:
    if result.status == "optimal":
        return result.mechanism is not None and result.proof.gap is not None and result.proof.gap <= _LARGEST_GAP
    return result.proof.ray is not None if result.status == "unbounded" else result.proof.grade == "infeasible"


def _programs(numbers: range) -> dict[str, Any]:
    """Return how many programs are proved optimal from the solver's basis, and how."""
    start, ways = time.process_time(), Counter[str]()
    unproved = []
    for number in numbers:
        program = adversarial(number)
        solution = solve_in_highs(program)
        vertex = None if solution.basis is None else prove(program, solution.basis, resolver(program))
        if vertex is None or not vertex.optimal:
            unproved.append(number)
        else:
            ways["pivots" if vertex.pivots else "refined" if vertex.refinements else "at once"] += 1
    return {
        "programs": len(numbers),
        "optimal": ways.total(),
        "at_once": ways["at once"],
        "refined": ways["refined"],
        "pivots": ways["pivots"],
        "seconds": time.process_time() - start,
        "unproved": unproved,
    }
