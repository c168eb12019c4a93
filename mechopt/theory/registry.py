"""Every closed form with its name, value, statement and reference: what benchmarks measure against and docs print.

An entry's value is computed by the function of its paper's module, never typed in; the tests hold each against the
number that the literature prints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from types import MappingProxyType

from mechopt.theory import (
    auction,
    bilateral_trade_uniform,
    double_auction,
    dynamic_trade,
    expected_externality,
    partnership_uniform,
    posted_price,
    public_good,
    redistribution,
    shared_auction,
    two_items,
    worst_case_redistribution,
)
from mechopt.theory.two_types import TwoTypes

__all__ = ["CLOSED_FORMS", "ClosedForm"]

MYERSON_SATTERTHWAITE = "Myerson and Satterthwaite (1983), doi:10.1016/0022-0531(83)90048-0"
GRID = "Counting pairs of types; the continuum is Myerson and Satterthwaite (1983), doi:10.1016/0022-0531(83)90048-0"
HAGERTY_ROGERSON = "Hagerty and Rogerson (1987), Journal of Economic Theory 42, 94-107"
CHATTERJEE_SAMUELSON = "Chatterjee and Samuelson (1983), doi:10.1287/opre.31.5.835"
CRAMTON = "Cramton, Gibbons and Klemperer (1987), Econometrica 55, 615-632"
EXPECTED_EXTERNALITY = "d'Aspremont and Gérard-Varet (1979), doi:10.1016/0047-2727(79)90043-4"
BAILEY_CAVALLO = "Bailey (1997), Public Choice 91, 107-126; Cavallo (2006), Proceedings of AAMAS, 882-889"
GREEN_LAFFONT = "Green and Laffont (1979), Incentives in Public Decision-Making, North-Holland"
GUO_CONITZER = "Guo and Conitzer (2009), doi:10.1016/j.geb.2008.06.007"
MYERSON = "Myerson (1981), doi:10.1287/moor.6.1.58"
GUETH_HELLWIG = "Gueth and Hellwig (1986), Journal of Economics, Supplement 5, 121-159"
MATSUO = "Matsuo (1989), Journal of Economic Theory 49, 189-194"
MANELLI_VINCENT = "Manelli and Vincent (2006), Journal of Economic Theory 127, 1-35"
YOON = "Yoon (2015), Games and Economic Behavior 94, 206-213"


@dataclass(frozen=True)
class ClosedForm:
    """One number that the literature knows.

    Attributes
    ----------
    name : str
        Slug: topic, environment, quantity.
    value : callable without arguments
        Returns the number: a Fraction if it is rational, else a float.
    statement : str
        What it is the value of, and the formula, in a sentence.
    reference : str
        Paper, with DOI where it is certain.
    """

    name: str
    value: Callable[[], Fraction | float]
    statement: str
    reference: str


def _bilateral_trade() -> Iterable[ClosedForm]:
    uniform = "Bilateral trade, value and cost uniform on [0, 1]"
    quarter, half = bilateral_trade_uniform.SECOND_BEST_THRESHOLD, Fraction(1, 2)
    gains, surplus = bilateral_trade_uniform.threshold_gains, bilateral_trade_uniform.threshold_surplus
    rows: list[tuple[str, Callable[[], Fraction], str, str]] = [
        ("first-best", partial(gains, 0), "gains of efficient trade, 1/6", MYERSON_SATTERTHWAITE),
        ("budget-surplus", partial(surplus, 0), "largest surplus S* of efficient trade, -1/6", MYERSON_SATTERTHWAITE),
        ("least-subsidy", lambda: -surplus(0), "least subsidy for efficient trade, 1/6", MYERSON_SATTERTHWAITE),
        ("second-best", partial(gains, quarter), "gains of the second best, 9/64", MYERSON_SATTERTHWAITE),
        ("threshold", lambda: quarter, "the second best trades when v - c >= 1/4", MYERSON_SATTERTHWAITE),
        ("broker-profit", partial(surplus, half), "largest profit of a broker, 1/24", MYERSON_SATTERTHWAITE),
        (
            "posted-price",
            partial(posted_price.uniform_posted_price_gains, half),
            "gains of the best posted price 1/2, hence of dsic, ex post ir and balance, 1/8",
            HAGERTY_ROGERSON,
        ),
        (
            "double-auction",
            double_auction.linear_equilibrium(half).gains,
            "gains of the linear equilibrium of the half-half double auction, 9/64: the second best",
            CHATTERJEE_SAMUELSON,
        ),
        (
            "seller-offer",
            double_auction.linear_equilibrium(0).gains,
            "gains when the seller makes a take-it-or-leave-it offer, 1/8",
            CHATTERJEE_SAMUELSON,
        ),
    ]
    for name, value, statement, reference in rows:
        yield ClosedForm(f"bilateral-trade-uniform-{name}", value, f"{uniform}: {statement}.", reference)


def _bilateral_trade_grid() -> Iterable[ClosedForm]:
    kinds: list[tuple[str, Callable[[int], Fraction], str, str, tuple[int, ...]]] = [
        (
            "first-best",
            bilateral_trade_uniform.grid_first_best,
            "gains of efficient trade, (k^2 - 1)/(6 k^2)",
            GRID,
            (2, 5, 6, 10, 20),
        ),
        (
            "budget-surplus",
            bilateral_trade_uniform.grid_budget_surplus,
            "largest surplus S* of efficient trade, (k - 1)(5 - k)/(6 k^2)",
            GRID,
            (2, 4, 5, 6, 10, 20),
        ),
        (
            "ir-vcg-surplus",
            bilateral_trade_uniform.grid_ir_vcg_surplus,
            "surplus of IR-VCG, -(k^2 - 1)/(6 k^2)",
            GRID,
            (2, 5, 6, 10),
        ),
        ("second-best", bilateral_trade_uniform.grid_second_best, "gains of the second best", GRID, (6, 8, 10, 16)),
        (
            "posted-price",
            posted_price.grid_posted_price_gains,
            "gains of the best posted price, (k - 1) floor((k + 1)^2 / 4) / (2 k^3)",
            HAGERTY_ROGERSON,
            (5, 6, 10),
        ),
    ]
    for name, function, statement, reference, grids in kinds:
        for k in grids:
            yield ClosedForm(
                f"bilateral-trade-grid-{k}-{name}",
                partial(function, k),
                f"Bilateral trade, {k} equally likely midpoints (j + 1/2)/{k} a side: {statement} at k = {k}.",
                reference,
            )


def _two_types() -> Iterable[ClosedForm]:
    cases = [("possible", (0, 2, 1, 3)), ("knife-edge", (0, 3, 1, 4)), ("impossible", (0, 9, 1, 10))]
    for name, types in cases:
        low_cost, high_cost, low_value, high_value = map(Fraction, types)
        trade = TwoTypes(low_cost, high_cost, low_value, high_value, Fraction(1, 2), Fraction(1, 2))
        yield ClosedForm(
            f"bilateral-trade-two-types-{name}",
            trade.budget_surplus,
            f"Bilateral trade, costs {low_cost}, {high_cost} and values {low_value}, {high_value}, equally likely: "
            "largest surplus S* of efficient trade, a v_L + b (1 - a) v_H - b c_H - a (1 - b) c_L.",
            MATSUO,
        )


def _partnership() -> Iterable[ClosedForm]:
    uniform, surplus = "values uniform on [0, 1]", "largest surplus S* of efficient dissolution"
    yield ClosedForm(
        "partnership-2-equal-surplus",
        partial(partnership_uniform.surplus_of_two, Fraction(1, 2)),
        f"Two equal partners, {uniform}: {surplus}, 2 (1/6 - 1/8) = 1/12.",
        CRAMTON,
    )
    yield ClosedForm(
        "partnership-2-equal-interim-payment-of-highest",
        partial(partnership_uniform.interim_payment_of_two_equal_partners, 1),
        f"Two equal partners, {uniform}: expected payment v^2/2 - 1/6 of the type 1, 1/3.",
        CRAMTON,
    )
    ends: list[tuple[str, Callable[[], float]]] = [
        ("least", lambda: partnership_uniform.dissolvable_interval_of_two()[0]),
        ("greatest", lambda: partnership_uniform.dissolvable_interval_of_two()[1]),
    ]
    for end, value in ends:
        yield ClosedForm(
            f"partnership-2-{end}-dissolvable-share",
            value,
            f"Two partners, {uniform}: {end} share that allows efficient dissolution, r^2 + (1 - r)^2 = 2/3.",
            CRAMTON,
        )
    for n in (2, 3):
        yield ClosedForm(
            f"partnership-{n}-one-owner-surplus",
            partial(partnership_uniform.surplus_of_one_owner, n),
            f"One owner, {n - 1} without a share, {uniform}: {surplus}, -(n - 1)/(n (n + 1)).",
            CRAMTON,
        )
    for n in (3, 10):
        yield ClosedForm(
            f"partnership-{n}-equal-surplus",
            partial(partnership_uniform.surplus_of_equal_partners, n),
            f"{n} equal partners, {uniform}: {surplus}, (n - 1)/n (n/(n + 1) - n^(-1/(n - 1))).",
            CRAMTON,
        )
    yield ClosedForm(
        "high-bid-shared-bid-of-highest",
        partial(shared_auction.uniform_equilibrium_bid, 1, 2),
        f"High-bid-shared auction, two bidders, {uniform}: bid n v/(n + 1) of the type 1, 2/3.",
        CRAMTON,
    )


def _expected_externality() -> Iterable[ClosedForm]:
    setting = "Expected externality, bilateral trade, value and cost uniform on [0, 1]"
    sides: list[tuple[str, Callable[[], Fraction], str]] = [
        ("buyer", lambda: expected_externality.uniform_trade_gains()[0], "1/3"),
        ("seller", lambda: expected_externality.uniform_trade_gains()[1], "-1/6"),
    ]
    for side, value, number in sides:
        yield ClosedForm(
            f"expected-externality-trade-{side}-gains",
            value,
            f"{setting}: the {side}'s ex ante gain over staying out, {number}.",
            EXPECTED_EXTERNALITY,
        )
    yield ClosedForm(
        "expected-externality-trade-payment",
        partial(expected_externality.uniform_trade_payment, 1, 0),
        f"{setting}: payment (v^2 - c^2)/2 of the buyer at v = 1, c = 0, 1/2.",
        EXPECTED_EXTERNALITY,
    )


def _redistribution() -> Iterable[ClosedForm]:
    for n in (3, 5, 10):
        yield ClosedForm(
            f"bailey-cavallo-{n}-residue",
            partial(redistribution.uniform_bailey_cavallo_residue, n),
            f"Bailey-Cavallo rebates, {n} agents, values uniform on [0, 1]: expected residue 2/(n (n + 1)).",
            BAILEY_CAVALLO,
        )
    for n in (2, 3, 10):
        yield ClosedForm(
            f"residual-claimant-{n}-loss",
            partial(redistribution.uniform_residual_claimant_loss, n),
            f"Residual claimant, {n} agents, values uniform on [0, 1]: expected welfare loss 1/(n (n + 1)).",
            GREEN_LAFFONT,
        )
    for n, m in ((3, 1), (5, 1), (10, 1), (10, 3)):
        yield ClosedForm(
            f"worst-case-redistribution-{n}-agents-{m}-units",
            partial(worst_case_redistribution.worst_case_share, n, m),
            f"Worst-case optimal redistribution, {n} agents, {m} unit{'s' if m > 1 else ''}, unit demand: share of the "
            "VCG payments returned at worst, 1 - C(n-1, m)/sum of C(n-1, j) from m to n-1.",
            GUO_CONITZER,
        )


def _revenue() -> Iterable[ClosedForm]:
    for n in (1, 2, 3):
        yield ClosedForm(
            f"optimal-auction-{n}-revenue",
            partial(auction.uniform_optimal_revenue, n),
            f"Optimal auction, {n} bidder{'s' if n > 1 else ''}, values uniform on [0, 1]: expected revenue (n - 1 + 2^-n)/(n + 1).",
            MYERSON,
        )
    yield ClosedForm(
        "optimal-auction-reserve-price",
        lambda: auction.UNIFORM_RESERVE_PRICE,
        "Optimal auction, values uniform on [0, 1]: reserve price 1/2, the root of 2 v - 1.",
        MYERSON,
    )
    yield ClosedForm(
        "two-items-revenue",
        two_items.optimal_revenue,
        "One buyer, two items, values uniform on [0, 1]: largest revenue (12 + 2 sqrt 2)/27.",
        MANELLI_VINCENT,
    )


def _public_good() -> Iterable[ClosedForm]:
    for n, cost, isomorphic in ((2, 1, ", as in bilateral trade"), (3, 2, "")):
        setting = f"Public good of cost {cost}, {n} agents, values uniform on [0, 1]"
        rows: list[tuple[str, Callable[[int, int], Fraction], str]] = [
            ("first-best", public_good.uniform_first_best_gains, "gains of efficient provision"),
            ("budget-surplus", public_good.uniform_budget_surplus, "largest surplus S* of efficient provision"),
            ("second-best", public_good.uniform_costly_second_best, "gains of the second best"),
        ]
        for name, function, statement in rows:
            yield ClosedForm(
                f"public-good-{n}-agents-{name}",
                partial(function, n, cost),
                f"{setting}: {statement}{isomorphic}.",
                GUETH_HELLWIG,
            )


def _dynamic_trade() -> Iterable[ClosedForm]:
    for name, retention in (("drawn-anew", Fraction(0)), ("kept-half-the-time", Fraction(1, 2))):
        yield ClosedForm(
            f"dynamic-trade-critical-discount-{name}",
            partial(dynamic_trade.critical_discount, retention),
            f"Repeated bilateral trade, types kept with probability rho = {retention}: critical discount 1/(2 - rho).",
            YOON,
        )


_TOPICS = (
    _bilateral_trade,
    _bilateral_trade_grid,
    _two_types,
    _partnership,
    _expected_externality,
    _redistribution,
    _revenue,
    _public_good,
    _dynamic_trade,
)

CLOSED_FORMS: Mapping[str, ClosedForm] = MappingProxyType({form.name: form for topic in _TOPICS for form in topic()})
