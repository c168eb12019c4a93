r"""Closed forms of the literature against what mechopt proves, one row each.

Where theory speaks of a finite environment, the two numbers must be equal as fractions. Where it speaks of a continuum, no grid has to
agree with it: the error must fall from grid to grid, at the order :math:`p` that theory lets one expect, and Richardson's extrapolation
from the two finest grids :math:`k_1 < k_2` must come within :math:`C / (k_1 k_2)` of the limit.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from rich.console import Console
from rich.progress import track

from benchmarks.convergence import errors_fall, observed_order, richardson
from benchmarks.economies import (
    auction,
    beta_second_best,
    beta_trade,
    first_best,
    largest_surplus,
    least_dissolvable_share,
    optimum,
    partners,
    project,
    second_best,
    trade,
    two_items,
    two_types,
)
from benchmarks.table import Report, Table, cell
from mechopt.errors import MechoptError
from mechopt.files.problem_file import load
from mechopt.theory import CLOSED_FORMS

__all__ = ["Continuum", "Finite", "rows", "run", "table"]

Number = Fraction | float

CREMER_MCLEAN = "Cremer and McLean (1988), doi:10.2307/1913096"
YAO = "Yao (2017), doi:10.1145/3033274.3085120"
CONITZER_SANDHOLM = "Conitzer and Sandholm (2003), UAI-03 Bayesian Modeling Applications Workshop"
MYERSON_SATTERTHWAITE = "Myerson and Satterthwaite (1983), doi:10.1016/0022-0531(83)90048-0"

# The observed order may differ by so much from the expected one.
_ORDER_BAND = 0.25


@dataclass(frozen=True)
class Finite:
    """A number about a finite environment: mechopt must find the same fraction.

    Attributes
    ----------
    name : str
    theory : Fraction
    reference : str
    measure : callable without arguments, returning Fraction
    """

    name: str
    theory: Fraction
    reference: str
    measure: Callable[[], Fraction]

    def outcome(self, *, quick: bool) -> dict[str, Any]:  # noqa: ARG002  a finite environment has one size
        """Return the row of the table."""
        value = self.measure()
        return {"value": value, "error": value - self.theory, "band": Fraction(0), "within": value == self.theory}


@dataclass(frozen=True)
class Continuum:
    """A number about a continuum of types, approached by grids of k points.

    Attributes
    ----------
    name : str
    theory : Fraction or float
    reference : str
    measure : callable from points to Fraction
    points : tuple of int
        Grids, increasing. The last one is left out of a quick run.
    remainder : Fraction or float
        C in the band C / (k_1 k_2) of the extrapolated value.
    order : int
        Expected order of convergence p.
    """

    name: str
    theory: Number
    reference: str
    measure: Callable[[int], Fraction]
    points: tuple[int, ...]
    remainder: float
    order: int = 1

    def outcome(self, *, quick: bool) -> dict[str, Any]:
        """Return the row of the table."""
        points = self.points[:-1] if quick else self.points
        values = [self.measure(k) for k in points]
        errors = [value - self.theory for value in values]
        observed = observed_order(points, errors)
        limit = richardson(points, values, self.order)
        band = self.remainder / (points[-1] * points[-2])
        on_course = errors_fall(errors) and observed is not None and abs(observed - self.order) <= _ORDER_BAND
        return {
            "points": list(points),
            "values": values,
            "value": values[-1],
            "order": observed,
            "expected_order": self.order,
            "extrapolated": limit,
            "error": limit - self.theory,
            "band": band,
            "within": on_course and abs(limit - self.theory) <= band,
        }


Row = Finite | Continuum


def known(name: str) -> tuple[str, Any, str]:
    """Return name, value and reference of an entry of the theory's registry."""
    form = CLOSED_FORMS[name]
    return form.name, form.value(), form.reference


def rows() -> list[Row]:
    """Return all rows."""
    return [*_trade(), *_trade_on_grids(), *_partnerships(), *_revenue(), *_public_goods(), *_finite()]


def _trade() -> Iterable[Row]:
    name = "bilateral-trade-uniform-"
    fine = (10, 20, 40, 80)
    yield Continuum(*known(name + "first-best"), lambda k: first_best(trade(k)), (10, 20, 40), 0, order=2)
    yield Continuum(*known(name + "budget-surplus"), lambda k: largest_surplus(trade(k)), fine, 0.85)
    yield Continuum(*known(name + "least-subsidy"), lambda k: -largest_surplus(trade(k)), fine, 0.85)
    yield Continuum(*known(name + "second-best"), lambda k: second_best(trade(k)), fine, 0.4)
    broker = {"objective": "revenue", "budget": "no-deficit"}
    yield Continuum(*known(name + "broker-profit"), lambda k: optimum(trade(k, **broker)), fine, 0.1)
    yield Continuum(*known(name + "posted-price"), _posted_price, (10, 20, 40), 0.3)
    beta = "bilateral-trade-beta-second-best", beta_second_best(), MYERSON_SATTERTHWAITE
    yield Continuum(*beta, lambda k: second_best(beta_trade(k)), (10, 20, 40), 0.5)


def _posted_price(points: int) -> Fraction:
    return optimum(trade(points, objective="gains", incentive="dsic", participation="ex-post-ir"))


def _trade_on_grids() -> Iterable[Row]:
    measures: dict[str, tuple[Callable[[int], Fraction], tuple[int, ...]]] = {
        "first-best": (lambda k: first_best(trade(k)), (2, 5, 6, 10, 20)),
        "budget-surplus": (lambda k: largest_surplus(trade(k)), (2, 4, 5, 6, 10, 20)),
        "second-best": (lambda k: second_best(trade(k)), (6, 8, 10, 16)),
        "posted-price": (_posted_price, (5, 6, 10)),
    }
    for quantity, (measure, points) in measures.items():
        for k in points:
            yield Finite(*known(f"bilateral-trade-grid-{k}-{quantity}"), lambda measure=measure, k=k: measure(k))
    for case in ("possible", "knife-edge", "impossible"):
        form = CLOSED_FORMS[f"bilateral-trade-two-types-{case}"]
        yield Finite(form.name, Fraction(form.value()), form.reference, lambda case=case: largest_surplus(two_types(case)))


def _partnerships() -> Iterable[Row]:
    half, third = Fraction(1, 2), Fraction(1, 3)
    two, three = (10, 20, 40), (6, 8, 10, 12)
    shares: dict[str, tuple[tuple[Fraction | int, ...], tuple[int, ...], float]] = {
        "2-equal": ((half, half), two, 0.4),
        "3-equal": ((third, third, third), three, 0.5),
        "2-one-owner": ((1, 0), two, 0.85),
        "3-one-owner": ((1, 0, 0), three, 0.9),
    }
    for name, (own, points, remainder) in shares.items():
        yield Continuum(*known(f"partnership-{name}-surplus"), lambda k, own=own: largest_surplus(partners(k, own)), points, remainder)
    yield Continuum(*known("partnership-2-least-dissolvable-share"), least_dissolvable_share, two, 1.0)
    yield Continuum(*known("partnership-2-greatest-dissolvable-share"), lambda k: 1 - least_dissolvable_share(k), two, 1.0)


def _revenue() -> Iterable[Row]:
    for n, points, remainder in ((1, (10, 20, 40), 0), (2, (10, 20, 40), 0.2), (3, (4, 6, 8, 12), 0.5)):
        yield Continuum(*known(f"optimal-auction-{n}-revenue"), lambda k, n=n: optimum(auction(k, n)), points, remainder)
    yield Continuum(*known("two-items-revenue"), lambda k: optimum(two_items(k)), (6, 8, 12), 0.5)


def _public_goods() -> Iterable[Row]:
    for n, cost, points in ((2, 1, (10, 20, 40)), (3, 2, (6, 12, 24))):
        name = f"public-good-{n}-agents-"
        yield Continuum(*known(name + "first-best"), lambda k, n=n, cost=cost: first_best(project(k, n, cost)), points, 0, order=2)
        yield Continuum(*known(name + "budget-surplus"), lambda k, n=n, cost=cost: largest_surplus(project(k, n, cost)), points, 0.85)
        yield Continuum(*known(name + "second-best"), lambda k, n=n, cost=cost: second_best(project(k, n, cost)), points, 0.85)


def _finite() -> Iterable[Row]:
    values = [
        ("cremer-mclean-1988/interim", "5/3", CREMER_MCLEAN),
        ("cremer-mclean-1988/ex-post", "3/2", CREMER_MCLEAN),
        ("yao-2017/dsic", "25/8", YAO),
        ("yao-2017/bic", "51/16", YAO),
        ("conitzer-sandholm-2003/payments", "5728", CONITZER_SANDHOLM),
        ("conitzer-sandholm-2003/no-payments", "60608/11", CONITZER_SANDHOLM),
        ("conitzer-sandholm-2003/no-payments-deterministic", "5248", CONITZER_SANDHOLM),
        ("conitzer-sandholm-2003/no-payments-dominant", "5328", CONITZER_SANDHOLM),
        ("conitzer-sandholm-2003/revenue", "4320", CONITZER_SANDHOLM),
    ]
    for name, value, reference in values:
        yield Finite(name, Fraction(value), reference, lambda name=name: optimum(load(name)))


def table(chosen: Iterable[Row], *, quick: bool = False) -> Table:
    """Return the table of the given rows; a row that mechopt cannot answer says why."""
    watched = track(list(chosen), "closed forms", console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
    measured = [_measured(row, quick) for row in watched]
    columns = {
        "name": "closed form",
        "theory": "theory",
        "points": "points a side",
        "values": "mechopt",
        "order": "order",
        "extrapolated": "extrapolated",
        "error": "error",
        "band": "band",
        "within": "within",
    }
    seconds = sum(row["seconds"] for row in measured)
    notes = (
        "Rows without points are finite environments: equal as fractions. The error of a continuum is that of the extrapolated value.",
        f"{len(measured)} rows, {sum(bool(row['within']) for row in measured)} within their bands, {seconds:.1f} s.",
    )
    return Table("Closed forms", columns, measured, notes)


def _measured(row: Row, quick: bool) -> dict[str, Any]:
    start = time.perf_counter()
    try:
        outcome = row.outcome(quick=quick)
    except MechoptError as error:
        outcome = {"values": str(error), "within": False}
    outcome.setdefault("values", outcome.get("value"))
    return {"name": row.name, "theory": row.theory, **outcome, "reference": row.reference, "seconds": time.perf_counter() - start}


def run(*, quick: bool, check: bool) -> Report:  # noqa: ARG001  the rows and their bands are the same
    """Return the table of all rows, and those outside their bands."""
    closed_forms = table(rows(), quick=quick)
    failures = [
        f"{row['name']}: theory {cell(row['theory'])}, mechopt {cell(row['values'])}, order {cell(row.get('order'))}, "
        f"extrapolated {cell(row.get('extrapolated'))}, band {cell(row.get('band'))}"
        for row in closed_forms.rows
        if not row["within"]
    ]
    return Report("closed_forms", (closed_forms,), tuple(failures))
