"""Bounds without visiting profiles: the same as those of a visit to every profile, ties and types without probability included."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

import pytest

import mechopt as mo
from mechopt.exact.by_type import by_type, stands_by_type
from mechopt.exact.certificate import Certificate
from mechopt.exact.lagrangian import lagrangian, proved_bound
from tests.environment.test_rules import drawn


def certificates(seed: int) -> list[Certificate]:
    environment, _ = drawn(seed)
    rng = random.Random(seed)
    design = {
        "objective": rng.choice(["welfare", "gains", "revenue", "payoff"]),
        "participation": rng.choice(["interim-ir", "ex-ante-ir"]),
        "budget": rng.choice(["expected-no-deficit", "expected-balanced"]),
        "incentive": rng.choice(["bic", "bic", "none"]),
    }
    results = [mo.solve(environment, **design), mo.certify(environment, **design)]
    surplus = results[1].proof.surplus
    listed = [*(result.certificate for result in results), None if surplus is None else surplus.certificate]
    return [certificate for certificate in listed if isinstance(certificate, Certificate)]


@pytest.mark.parametrize("seed", range(12))
def test_bounds_by_type_are_those_of_a_visit_to_every_profile(seed: int) -> None:
    for certificate in certificates(seed):
        assert stands_by_type(certificate)
        assert by_type(certificate).valid
        assert by_type(certificate).bound() == lagrangian(certificate).bound() == certificate.bound


@pytest.mark.parametrize("seed", range(0, 12, 5))
def test_money_that_does_not_cancel_and_wrong_signs_prove_nothing(seed: int) -> None:
    for certificate in certificates(seed):
        if certificate.budget is not None:
            assert proved_bound(replace(certificate, budget=certificate.budget + Fraction(1, 7))) is None
        negative = tuple(prices - 1 for prices in certificate.participation)
        assert proved_bound(replace(certificate, participation=negative)) is None
