"""Every mechanism known by name: what it promises, what it may lack, where it applies."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mechopt.environment import builders
from mechopt.environment.environment import Environment
from mechopt.environment.grids import grid, two_types, uniform
from mechopt.errors import InvalidEnvironmentError
from mechopt.mechanism.classical.registry import CLASSICAL, applicable
from mechopt.mechanism.properties import PROPERTIES, check
from tests.mechanism.classical.drawing import DRAWN, any_environment, objects
from tests.mechanism.classical.enumeration import Table, is_mechanism

IDS = [
    *("first-best", "groves", "vcg", "ir-vcg", "expected-externality", "ir-expected-externality", "partnership", "high-bid-shared"),
    *("bailey-cavallo", "residual-claimant", "worst-case-redistribution", "posted-price", "double-auction", "myerson"),
]
pytestmark = pytest.mark.filterwarnings("ignore::mechopt.errors.MechoptWarning")


def test_the_ids_are_those_of_the_interface_in_its_order() -> None:
    assert list(CLASSICAL) == IDS
    assert [row.id for row in CLASSICAL.values()] == IDS


@pytest.mark.parametrize("row", CLASSICAL.values(), ids=IDS)
def test_properties_are_known_and_no_promise_may_be_lacking(row) -> None:
    claimed = {*row.promises, *row.promises_without_cost, *row.may_lack}
    assert claimed <= set(PROPERTIES)
    assert not set(row.promises) & set(row.may_lack)
    assert row.reference


@pytest.mark.parametrize("name", IDS)
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_promises_hold_on_random_environments(name: str, data: st.DataObject) -> None:
    row, environment = CLASSICAL[name], data.draw(DRAWN[name])
    assume(row.applies(environment) is None)
    mechanism = row.build(environment)
    assert is_mechanism(mechanism)
    table = Table(mechanism)
    for promised in row.promised(environment):
        margin = table.margin(promised)
        assert margin >= 0, promised
        assert check(mechanism, promised).margin == margin, promised


TRADE = builders.bilateral_trade(uniform(0, 1, 6), uniform(0, 1, 6))
HALVES = builders.partnership(["1/2", "1/2"], uniform(0, 1, 3))
THIRDS = builders.partnership(["1/3"] * 3, uniform(0, 1, 3))
AUCTION = builders.single_item_auction([uniform(0, 1, 3)] * 3)
OWNER = builders.partnership([1, 0, 0], uniform(0, 1, 2))
PROJECT = builders.public_good({"a": two_types("1/4", "3/4"), "b": two_types("1/4", "3/4")}, 1)
COSTLY = builders.object_environment({"a": two_types(1, 2), "b": two_types(1, 2)}, cost=[0, 0, 1])
UNEVEN = builders.bilateral_trade(uniform(0, 1, 2), uniform(0, 1, 3))
SLANTED = builders.partnership(["1/2", "1/2"], grid("beta", 8, a=1, b=2))
LACKING = [(row.id, name) for row in CLASSICAL.values() for name in row.may_lack]
SHOWN: dict[tuple[str, str], Environment] = {
    ("first-best", "bic"): TRADE,
    ("first-best", "dsic"): TRADE,
    ("first-best", "interim-ir"): TRADE,
    ("first-best", "no-deficit"): PROJECT,
    ("groves", "balanced"): AUCTION,
    ("groves", "no-deficit"): AUCTION,
    ("groves", "interim-ir"): builders.table({"a": [[0, 1]], "b": [[1, 0]]}, ["x", "y"], outside={"a": 2}),
    ("vcg", "balanced"): AUCTION,
    ("vcg", "no-deficit"): PROJECT,
    ("vcg", "interim-ir"): TRADE,
    ("ir-vcg", "balanced"): TRADE,
    ("ir-vcg", "expected-no-deficit"): TRADE,
    ("ir-vcg", "ex-post-ir"): HALVES,
    ("expected-externality", "dsic"): AUCTION,
    ("expected-externality", "interim-ir"): TRADE,
    ("ir-expected-externality", "dsic"): THIRDS,
    ("ir-expected-externality", "ex-post-ir"): HALVES,
    ("partnership", "dsic"): THIRDS,
    ("partnership", "ex-post-ir"): HALVES,
    ("high-bid-shared", "bic"): SLANTED,
    ("high-bid-shared", "dsic"): THIRDS,
    ("high-bid-shared", "interim-ir"): OWNER,
    ("bailey-cavallo", "balanced"): AUCTION,
    ("bailey-cavallo", "interim-ir"): OWNER,
    ("residual-claimant", "efficient"): AUCTION,
    ("residual-claimant", "deterministic"): AUCTION,
    ("residual-claimant", "interim-ir"): OWNER,
    ("worst-case-redistribution", "balanced"): AUCTION,
    ("worst-case-redistribution", "interim-ir"): OWNER,
    ("posted-price", "efficient"): TRADE,
    ("double-auction", "bic"): UNEVEN,
    ("double-auction", "dsic"): TRADE,
    ("double-auction", "efficient"): TRADE,
    ("myerson", "efficient"): builders.single_item_auction([two_types(1, 9)]),
    ("myerson", "balanced"): AUCTION,
    ("myerson", "no-deficit"): builders.object_environment({"a": two_types(1, 9)}, cost=[4, 3]),
}


@pytest.mark.parametrize(("name", "lacking"), LACKING)
def test_what_may_be_lacking_is_lacking_somewhere(name: str, lacking: str) -> None:
    mechanism = CLASSICAL[name].build(SHOWN[name, lacking])
    margin = Table(mechanism).margin(lacking)
    assert margin < 0
    assert check(mechanism, lacking).margin == margin


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(environment=st.one_of(any_environment(), objects()))
def test_a_mechanism_is_built_where_it_applies_and_refused_with_the_reason_elsewhere(environment: Environment) -> None:
    for name, row in CLASSICAL.items():
        reason = row.applies(environment)
        if reason is None:
            assert is_mechanism(row.build(environment)), name
            continue
        with pytest.raises(InvalidEnvironmentError) as refusal:
            row.build(environment)
        assert str(refusal.value) == f"the mechanism {name!r} does not apply: {reason}"


@pytest.mark.parametrize(
    ("name", "environment", "reason"),
    [
        ("vcg", builders.interdependent({"a": [[1, 0], [2, 0]]}, ["x", "y"], types={"a": ["1", "2"]}), "private values"),
        (
            "expected-externality",
            builders.object_environment({"a": two_types(1, 2), "b": two_types(1, 2)}, joint=[["1/2", 0], [0, "1/2"]]),
            "correlated",
        ),
        ("ir-expected-externality", TRADE, "expected deficit of 35/216"),
        ("partnership", TRADE, "largest expected surplus is -5/216"),
        ("partnership", AUCTION, "shares that sum to 1"),
        ("partnership", PROJECT, "environment.kind is 'public-good'"),
        ("high-bid-shared", builders.partnership(["1/2", "1/2"], [two_types(1, 2), two_types(1, 3)]), "differ in their distributions"),
        ("high-bid-shared", builders.partnership(["1/2", "1/2"], two_types(1, 2, 1)), "probability zero"),
        ("high-bid-shared", builders.single_item_auction([two_types(-1, 2)] * 2), "contains -1"),
        ("bailey-cavallo", HALVES, "at least 3"),
        ("residual-claimant", COSTLY, "without cost"),
        ("worst-case-redistribution", builders.single_item_auction([two_types(1, 2)]), "fewer units than agents"),
        ("worst-case-redistribution", builders.table({"a": [[0, 1], [1, 0]], "b": [[1, 0]]}, ["x", "y"]), "unit demand"),
        ("worst-case-redistribution", builders.table({"a": [[1, 0, 1]], "b": [[1, 0, 0]], "c": [[0, 1, 0]]}, ["ab", "c", "a"]), "served together"),
        ("posted-price", AUCTION, "seller and a buyer"),
        ("posted-price", HALVES, "one agent who owns the object"),
        ("double-auction", builders.bilateral_trade(two_types(0, 1, "1/3"), two_types(0, 1)), "uniform grid"),
        ("double-auction", builders.bilateral_trade(two_types(0, 1), two_types(0, 2)), "different intervals"),
        ("myerson", HALVES, "nobody owns anything"),
    ],
)
def test_refusals_name_the_reason(name: str, environment: Environment, reason: str) -> None:
    with pytest.raises(InvalidEnvironmentError, match=reason):
        CLASSICAL[name].build(environment)


def test_what_applies_to_bilateral_trade_on_six_points() -> None:
    assert {row.id for row in applicable(TRADE)} == {
        *("first-best", "groves", "vcg", "ir-vcg", "expected-externality", "residual-claimant"),
        *("high-bid-shared", "worst-case-redistribution", "posted-price", "double-auction"),
    }
