"""The rows of the table of closed forms, by topic."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import partial

from benchmarks import mechanisms
from benchmarks.economies import (
    SHAPES,
    auction,
    first_best,
    largest_surplus,
    least_dissolvable_share,
    optimum,
    partners,
    project,
    second_best,
    shaped_auction,
    shaped_partners,
    shaped_trade,
    trade,
    two_items,
    two_types,
)
from benchmarks.measured import Continuum, Finite, Row, known
from mechopt.environment.environment import Environment
from mechopt.files.problem_file import load
from mechopt.theory import CLOSED_FORMS, bilateral_trade, partnership
from mechopt.theory import auction as auction_theory

__all__ = ["rows"]

CREMER_MCLEAN = "Crémer and McLean (1988), doi:10.2307/1913096"
YAO = "Yao (2017), doi:10.1145/3033274.3085120"
CONITZER_SANDHOLM = "Conitzer and Sandholm (2003), UAI-03 Bayesian Modeling Applications Workshop"
MYERSON_SATTERTHWAITE = "Myerson and Satterthwaite (1983), doi:10.1016/0022-0531(83)90048-0"
CRAMTON = "Cramton, Gibbons and Klemperer (1987), Econometrica 55, 615-632"
HOLMSTROM = "Holmström (1979), Econometrica 47, 1137-1144"
KRISHNA_PERRY = "Krishna and Perry (1998), Efficient Mechanism Design, working paper"
MYERSON = "Myerson (1981), doi:10.1287/moor.6.1.58"


def rows() -> list[Row]:
    """Return all rows."""
    topics = (_trade, _trade_on_grids, _partnerships, _payments, _redistribution, _theorems, _revenue, _public_goods, _shapes, _dynamic, _finite)
    return [row for topic in topics for row in topic()]


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
    yield Continuum(*known(name + "double-auction"), mechanisms.double_auction_gains, (8, 16, 32, 64), 0.15)


def _posted_price(points: int) -> Fraction:
    return optimum(trade(points, objective="gains", incentive="dsic", participation="ex-post-ir"))


def _trade_on_grids() -> Iterable[Row]:
    measures: dict[str, tuple[Callable[[int], Fraction], tuple[int, ...]]] = {
        "first-best": (lambda k: first_best(trade(k)), (2, 5, 6, 10, 20)),
        "budget-surplus": (lambda k: largest_surplus(trade(k)), (2, 4, 5, 6, 10, 20)),
        "ir-vcg-surplus": (mechanisms.ir_vcg_surplus, (2, 5, 6, 10)),
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


def _payments() -> Iterable[Row]:
    """Yield what mechanisms known by name leave, and what somebody pays."""
    points = (10, 20, 40)
    equal, value, reference = known("partnership-2-equal-surplus")
    yield Continuum(f"{equal}-of-ir-vcg", value, reference, mechanisms.partners_ir_vcg_surplus, points, 0, order=2)
    yield Continuum(*known("partnership-2-equal-interim-payment-of-highest"), mechanisms.partner_payment, points, 0, order=2)
    yield Continuum(*known("high-bid-shared-bid-of-highest"), mechanisms.highest_bid, points, 0.5)
    for side in ("buyer", "seller"):
        form = known(f"expected-externality-trade-{side}-gains")
        yield Continuum(*form, lambda k, side=side: mechanisms.expected_externality_gains(k, side), points, 0.1)
    yield Continuum(*known("expected-externality-trade-payment"), mechanisms.expected_externality_payment, points, 0)


def _redistribution() -> Iterable[Row]:
    points = (10, 20, 40)
    yield Continuum(*known("bailey-cavallo-3-residue"), lambda k: mechanisms.bailey_cavallo_residue(k, 3), points, 0, order=2)
    # From four agents on the terms in k^-2 cancel.
    yield Continuum(*known("bailey-cavallo-5-residue"), lambda k: mechanisms.bailey_cavallo_residue(k, 5), (4, 6, 8), 0, order=4)
    for n in (2, 3):
        yield Continuum(*known(f"residual-claimant-{n}-loss"), lambda k, n=n: mechanisms.claimant_loss(k, n), points, 0, order=2)
    for n, m in ((3, 1), (5, 1), (10, 1), (10, 3)):
        yield Finite(*known(f"worst-case-redistribution-{n}-agents-{m}-units"), lambda n=n, m=m: mechanisms.share_returned(n, m))


def _theorems() -> Iterable[Row]:
    """Yield what is zero in the continuum and not on a grid: it vanishes as the grid gets finer."""
    points = (10, 20, 40)
    yield Continuum("groves-uniqueness-distance", Fraction(0), HOLMSTROM, mechanisms.groves_distance, points, 0)
    above = "ir-vcg-criterion-difference", Fraction(0), KRISHNA_PERRY
    yield Continuum(*above, lambda k: largest_surplus(trade(k)) - mechanisms.ir_vcg_surplus(k), points, 1.0)


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


def _shapes() -> Iterable[Row]:
    """Yield Beta and power distributions, to four decimals."""
    smooth, kinked, fine = (20, 40, 80), (40, 80, 160), (60, 120, 240)
    for name, values in SHAPES.items():
        least = bilateral_trade.efficient_budget_surplus(values, values)
        best = bilateral_trade.second_best(values, values).gains
        equal = partnership.budget_surplus(values, [0.5, 0.5])
        revenue = auction_theory.optimal_revenue([values, values])
        rows = (
            ("bilateral-trade-{}-budget-surplus", least, MYERSON_SATTERTHWAITE, shaped_trade, largest_surplus, smooth, 2),
            ("bilateral-trade-{}-second-best", best, MYERSON_SATTERTHWAITE, shaped_trade, second_best, kinked, 1),
            ("partnership-2-equal-{}-surplus", equal, CRAMTON, shaped_partners, largest_surplus, smooth, 2),
            ("optimal-auction-2-{}-revenue", revenue, MYERSON, shaped_auction, optimum, fine, 1),
        )
        for title, theory, reference, economy, measure, points, terms in rows:
            yield Continuum(title.format(name), theory, reference, partial(_measured, measure, economy, name), points, None, terms=terms)


def _measured(measure: Callable[[Environment], Fraction], economy: Callable[[str, int], Environment], shape: str, points: int) -> Fraction:
    return measure(economy(shape, points))


def _dynamic() -> Iterable[Row]:
    for name, retention in (("drawn-anew", "0"), ("kept-half-the-time", "1/2")):
        form = known(f"dynamic-trade-critical-discount-{name}")
        yield Finite(*form, lambda retention=retention: mechanisms.critical_discount(retention))


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
    yield Finite("conitzer-sandholm-2003/vcg-payoff", Fraction(5136), CONITZER_SANDHOLM, mechanisms.payoff_after_pivot_payments)
