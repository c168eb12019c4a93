"""The registry against the numbers the literature prints."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from mechopt.theory import CLOSED_FORMS

PRINTED: dict[str, Fraction | float] = {
    "bilateral-trade-uniform-first-best": Fraction(1, 6),
    "bilateral-trade-uniform-budget-surplus": Fraction(-1, 6),
    "bilateral-trade-uniform-least-subsidy": Fraction(1, 6),
    "bilateral-trade-uniform-second-best": Fraction(9, 64),
    "bilateral-trade-uniform-threshold": Fraction(1, 4),
    "bilateral-trade-uniform-broker-profit": Fraction(1, 24),
    "bilateral-trade-uniform-posted-price": Fraction(1, 8),
    "bilateral-trade-uniform-double-auction": Fraction(9, 64),
    "bilateral-trade-uniform-seller-offer": Fraction(1, 8),
    "bilateral-trade-grid-5-first-best": Fraction(24, 150),
    "bilateral-trade-grid-5-budget-surplus": Fraction(0),
    "bilateral-trade-grid-10-budget-surplus": Fraction(-45, 600),
    "bilateral-trade-grid-10-ir-vcg-surplus": Fraction(-99, 600),
    "bilateral-trade-grid-6-second-best": Fraction(25, 162),
    "bilateral-trade-grid-8-second-best": Fraction(49, 320),
    "bilateral-trade-grid-10-second-best": Fraction(189, 1250),
    "bilateral-trade-grid-16-second-best": Fraction(455, 3072),
    "bilateral-trade-two-types-possible": Fraction(1, 4),
    "bilateral-trade-two-types-knife-edge": Fraction(0),
    "partnership-2-equal-surplus": Fraction(1, 12),
    "partnership-2-one-owner-surplus": Fraction(-1, 6),
    "partnership-2-equal-interim-payment-of-highest": Fraction(1, 3),
    "partnership-2-least-dissolvable-share": (3 - math.sqrt(3)) / 6,
    "partnership-2-greatest-dissolvable-share": (3 + math.sqrt(3)) / 6,
    "high-bid-shared-bid-of-highest": Fraction(2, 3),
    "expected-externality-trade-buyer-gains": Fraction(1, 3),
    "expected-externality-trade-seller-gains": Fraction(-1, 6),
    "expected-externality-trade-payment": Fraction(1, 2),
    "bailey-cavallo-3-residue": Fraction(2, 12),
    "residual-claimant-3-loss": Fraction(1, 12),
    "worst-case-redistribution-3-agents-1-units": Fraction(1, 3),
    "worst-case-redistribution-5-agents-1-units": Fraction(11, 15),
    "worst-case-redistribution-10-agents-1-units": Fraction(502, 511),
    "worst-case-redistribution-10-agents-3-units": Fraction(382, 466),
    "optimal-auction-1-revenue": Fraction(1, 4),
    "optimal-auction-2-revenue": Fraction(5, 12),
    "optimal-auction-3-revenue": Fraction(17, 32),
    "optimal-auction-reserve-price": Fraction(1, 2),
    "two-items-revenue": (12 + 2 * math.sqrt(2)) / 27,
    "public-good-2-agents-second-best": Fraction(9, 64),
    "dynamic-trade-critical-discount-drawn-anew": Fraction(1, 2),
    "dynamic-trade-critical-discount-kept-half-the-time": Fraction(2, 3),
}


@pytest.mark.parametrize("name", PRINTED)
def test_registered_values_are_the_printed_ones_exactly_where_rational(name: str) -> None:
    value, printed = CLOSED_FORMS[name].value(), PRINTED[name]
    assert type(value) is type(printed)
    assert value == printed if isinstance(printed, Fraction) else value == pytest.approx(printed, rel=1e-14)


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_every_entry_has_a_value_a_statement_and_a_dated_reference(name: str) -> None:
    form = CLOSED_FORMS[name]
    assert form.name == name == name.lower().replace(" ", "-")
    assert isinstance(form.value(), Fraction | float)
    assert form.statement.endswith(".")
    assert any(year in form.reference for year in ("19", "20"))


def test_the_registry_cannot_be_changed_and_is_large_enough() -> None:
    assert len(CLOSED_FORMS) >= 25
    with pytest.raises(TypeError):
        CLOSED_FORMS["mine"] = CLOSED_FORMS["two-items-revenue"]


def test_mechanisms_are_ordered_as_their_constraints_demand() -> None:
    def number(name: str) -> float:
        return float(CLOSED_FORMS[name].value())

    for k in (5, 6, 10):
        assert number(f"bilateral-trade-grid-{k}-posted-price") <= number(f"bilateral-trade-grid-{k}-first-best")
    for k in (2, 5, 6, 10):
        assert number(f"bilateral-trade-grid-{k}-budget-surplus") >= number(f"bilateral-trade-grid-{k}-ir-vcg-surplus")
