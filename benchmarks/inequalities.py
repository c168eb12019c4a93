"""Inequalities of the theory on random environments, in fractions: none may be violated on any of them."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any

from rich.console import Console
from rich.progress import track

from benchmarks.economies import UnprovedError, first_best, largest_surplus, optimum
from benchmarks.table import Report, Table
from mechopt.design.design import Design
from mechopt.environment.builders import bilateral_trade, partnership, public_good
from mechopt.environment.environment import Environment
from mechopt.environment.grids import Grid
from mechopt.mechanism.classical.groves import ir_vcg
from mechopt.mechanism.classical.posted_price import posted_price
from mechopt.problem import Problem

__all__ = ["INEQUALITIES", "Economy", "Inequality", "drawn", "run", "table"]

_MANY, _FEW = 300, 40


@dataclass(frozen=True)
class Economy:
    """An environment and what is proved about it.

    Attributes
    ----------
    environment : Environment
    trade : bool
        Whether it is bilateral trade.
    """

    environment: Environment
    trade: bool

    def best(self, incentive: str, participation: str, budget: str) -> Fraction:
        """Return the most gains under these requirements, proved optimal."""
        key = incentive, participation, budget
        if key not in self._known:
            self._known[key] = optimum(Problem(self.environment, Design("gains", *key), name=f"{key}"))
        return self._known[key]

    @cached_property
    def _known(self) -> dict[tuple[str, str, str], Fraction]:
        return {}

    @cached_property
    def first_best(self) -> Fraction:
        """The gains that can be had when nothing is asked for."""
        return first_best(Problem(self.environment))

    @cached_property
    def largest_surplus(self) -> Fraction:
        """The largest surplus S* of an efficient mechanism."""
        return largest_surplus(Problem(self.environment))


@dataclass(frozen=True)
class Inequality:
    """What must not be negative: differences in money, one or several per economy.

    Attributes
    ----------
    name : str
    margins : callable from economy to differences
    trade_only : bool
        Whether it is about bilateral trade.
    """

    name: str
    margins: Callable[[Economy], list[Fraction]]
    trade_only: bool = False


def _chain(economy: Economy, *asked: tuple[str, str, str]) -> list[Fraction]:
    """Return by how much each list of requirements leaves more than the next."""
    values = [economy.best(*entry) for entry in asked]
    return [more - less for more, less in pairwise(values)]


_BIC = "bic", "interim-ir", "balanced"
INEQUALITIES = (
    Inequality("dsic <= bic", lambda economy: _chain(economy, _BIC, ("dsic", *_BIC[1:]))),
    Inequality("bic <= first best", lambda economy: [economy.first_best - economy.best(*_BIC)]),
    Inequality("S* >= surplus of IR-VCG", lambda economy: [economy.largest_surplus - ir_vcg(economy.environment).revenue()]),
    Inequality("second best >= first best / 2", lambda economy: [economy.best(*_BIC) - economy.first_best / 2], trade_only=True),
    Inequality("posted price <= second best", lambda economy: [economy.best(*_BIC) - posted_price(economy.environment).gains()], trade_only=True),
    Inequality(
        "a stricter budget never helps",
        lambda economy: _chain(economy, *(("dsic", "interim-ir", budget) for budget in ("none", "no-deficit", "balanced"))),
    ),
    Inequality(
        "stricter participation never helps", lambda economy: _chain(economy, ("bic", "none", "balanced"), _BIC, ("bic", "ex-post-ir", "balanced"))
    ),
)


def drawn(number: int) -> Economy:
    """Return the economy of that number: the same every time."""
    chance = random.Random(number)
    kind = ("trade", "project", "trade", "partnership")[number % 4]
    if kind == "trade":
        return Economy(bilateral_trade(*(_grid(chance, chance.randint(2, 4)) for _ in range(2))), trade=True)
    n = chance.randint(2, 3)
    grids = [_grid(chance, chance.randint(2, 5 - n)) for _ in range(n)]
    if kind == "project":
        return Economy(public_good({f"agent {k + 1}": grid for k, grid in enumerate(grids)}, chance.randint(2, 7) * n), trade=False)
    parts = [chance.choice((0, 0, 1, 4)) for _ in range(n - 1)]
    shares = [Fraction(part, sum(parts) + 1) for part in [*parts, 1]]
    return Economy(partnership(shares, grids), trade=False)


def _grid(chance: random.Random, points: int) -> Grid:
    values = sorted(chance.sample(range(13), points))
    weights = [chance.randint(1, 5) for _ in values]
    return Grid(tuple(map(Fraction, values)), tuple(Fraction(weight, sum(weights)) for weight in weights))


def table(numbers: range) -> Table:
    """Return the table of all inequalities on the economies of the given numbers."""
    start = time.perf_counter()
    found: dict[str, list[list[Fraction]]] = {inequality.name: [] for inequality in INEQUALITIES}
    unproved = 0
    watched = track(numbers, "inequalities", console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
    for economy in map(drawn, watched):
        for inequality, margins in _measured(economy):
            unproved += margins is None
            found[inequality.name] += [] if margins is None else [margins]
    rows = [_row(inequality.name, found[inequality.name]) for inequality in INEQUALITIES]
    columns = {"name": "inequality", "economies": "economies", "violated": "violated", "strict": "strict", "least": "least margin"}
    columns |= {"within": "holds"}
    notes = (f"{len(numbers)} random economies, {unproved} numbers without proof, {time.perf_counter() - start:.1f} s.",)
    return Table("Inequalities", columns, rows, notes)


def _measured(economy: Economy) -> Iterator[tuple[Inequality, list[Fraction] | None]]:
    for inequality in INEQUALITIES:
        if economy.trade or not inequality.trade_only:
            try:
                yield inequality, inequality.margins(economy)
            except UnprovedError:
                yield inequality, None


def _row(name: str, found: list[list[Fraction]]) -> dict[str, Any]:
    violated = sum(min(margins) < 0 for margins in found)
    strict = sum(max(margins) > 0 for margins in found)
    least = min((min(margins) for margins in found), default=None)
    return {"name": name, "economies": len(found), "violated": violated, "strict": strict, "least": least, "within": bool(found) and not violated}


def run(*, quick: bool, **_: bool) -> Report:
    """Return the table on hundreds of economies, and the inequalities that were violated."""
    inequalities = table(range(_FEW if quick else _MANY))
    failures = [f"{row['name']}: violated on {row['violated']} of {row['economies']} economies" for row in inequalities.rows if not row["within"]]
    return Report("inequalities", (inequalities,), tuple(failures))
