"""Exact critical shares against bisection, and a sweep over shares and grids: seconds per point, and what a second process gains.

Processor seconds tell what a point costs; the speed-up is in seconds on the wall, and means something on an idle machine only.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator
from fractions import Fraction
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.economies import partners
from benchmarks.table import Report, Table
from mechopt.pipeline.frontiers.paths import critical_values, share_corners, with_shares
from mechopt.pipeline.questions import certify
from mechopt.sweeps.sweep import sweep

__all__ = ["run"]

# Cramton, Gibbons and Klemperer (1987): in the continuum r^2 + (1 - r)^2 = 2/3, with r about 0.7887.
LIMIT = 1 / 2 + math.sqrt(3) / 6
# What the literature's grids allow, exact where the fraction is short: known from a program with the share as a column.
KNOWN = {6: Fraction(23, 24), 8: Fraction(11, 12), 10: 0.8944, 15: 0.8593, 20: 0.8417, 30: 0.8241}
QUICK_GRIDS, GRIDS = (6, 8, 10), tuple(KNOWN)
_HALVINGS = 12
_ROUNDED = 5e-5
PROBLEM = "cramton-gibbons-klemperer-1987/one-owner-two"


def critical_shares(grids: tuple[int, ...]) -> Iterator[dict[str, Any]]:
    """Yield the largest share of one of two partners on each grid, exact, and the interval that bisection by certified answers leaves."""
    for points in grids:
        problem = partners(points, (Fraction(1), Fraction(0)))
        start = time.process_time()
        found = critical_values(share_corners(problem, problem.environment.agents[0].name), "share")
        exact = time.process_time()
        low, high = Fraction(1, 2), Fraction(1)
        for _ in range(_HALVINGS):
            share = (low + high) / 2
            possible = certify(with_shares(problem, (share, 1 - share))).answer == "possible"
            low, high = (share, high) if possible else (low, share)
        assert found.high is not None
        known = KNOWN[points]
        agrees = found.high == known if isinstance(known, Fraction) else abs(float(found.high) - known) <= _ROUNDED
        yield {
            "points": points,
            "share": found.high,
            "float": float(found.high),
            "known": known,
            "above_limit": float(found.high) - LIMIT,
            "programs": found.interval.n_programs,
            "seconds": exact - start,
            "bisection": f"[{float(low):.6f}, {float(high):.6f}]",
            "bisection_seconds": time.process_time() - exact,
            "within": agrees and low <= found.high <= high,
        }


def sweeps(n_shares: int, grids: tuple[int, ...]) -> Iterator[dict[str, Any]]:
    """Yield how long a sweep of shares and grid sizes takes with one process, and with as many as there are cores up to two."""
    vary = {
        "agents.owner.share": f"0:1:{n_shares}",
        "agents.owner.values.points": list(grids),
    }
    alone = None
    for workers in (1, 2):
        with TemporaryDirectory() as directory:
            start = time.perf_counter()
            frame = sweep(PROBLEM, vary, output=f"{directory}/rows.csv", workers=workers)
            seconds = time.perf_counter() - start
        alone = alone or seconds
        answers = frame["answer"].value_counts().to_dict()
        yield {
            "workers": workers,
            "points": len(frame),
            "seconds": seconds,
            "per_point": seconds / len(frame),
            "speed_up": alone / seconds,
            "answers": ", ".join(f"{count} {answer}" for answer, count in answers.items()),
            "within": len(frame) == n_shares * len(grids) and frame["error"].isna().all(),
        }


def run(*, quick: bool, check: bool) -> Report:
    """Return both tables; a check is quick."""
    quick = quick or check
    shares = list(critical_shares(QUICK_GRIDS if quick else GRIDS))
    runs = list(sweeps(5, (4, 6)) if quick else sweeps(100, (2, 4, 6, 8, 10, 12, 14, 16, 18, 20)))
    share_columns = {
        "points": "K", "share": "largest share", "float": "", "known": "known", "above_limit": "above 0.7887", "programs": "programs",
        "seconds": "CPU s", "bisection": f"{_HALVINGS} halvings", "bisection_seconds": "CPU s of bisection", "within": "agrees",
    }  # fmt: skip
    sweep_columns = {
        "workers": "processes", "points": "points", "seconds": "seconds", "per_point": "per point", "speed_up": "speed-up", "answers": "answers",
        "within": "complete",
    }  # fmt: skip
    load = ", ".join(f"{entry:.1f}" for entry in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"
    tables = (
        Table("Largest share of one of two partners", share_columns, shares, ("The exact share comes with prices that exclude every larger one.",)),
        Table("Sweep over shares and grids", sweep_columns, runs, (f"Load of the machine in the last 1, 5 and 15 minutes: {load}.",)),
    )
    failures = [f"K = {row['points']}: {row['share']}, known {row['known']}, bisection {row['bisection']}" for row in shares if not row["within"]]
    failures += [f"{row['workers']} processes: {row['points']} points, {row['answers']}" for row in runs if not row["within"]]
    return Report("sweep", tables, tuple(failures))
