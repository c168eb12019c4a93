"""The mechanisms known by name: one row each, with what they promise and what they may lack."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mechopt.environment.environment import Environment
from mechopt.mechanism.classical.conditions import Condition, anything, is_free, private_values
from mechopt.mechanism.classical.double_auction import double_auction, double_auction_applies
from mechopt.mechanism.classical.efficient import first_best
from mechopt.mechanism.classical.expected_externality import (
    expected_externality,
    expected_externality_applies,
    ir_expected_externality,
    ir_expected_externality_applies,
)
from mechopt.mechanism.classical.groves import groves, ir_vcg, vcg
from mechopt.mechanism.classical.high_bid_shared import high_bid_shared, high_bid_shared_applies
from mechopt.mechanism.classical.myerson import myerson, myerson_applies
from mechopt.mechanism.classical.partnership import partnership, partnership_applies
from mechopt.mechanism.classical.posted_price import bilateral_trade, posted_price
from mechopt.mechanism.classical.redistribution import (
    bailey_cavallo,
    bailey_cavallo_applies,
    residual_claimant,
    residual_claimant_applies,
    worst_case_redistribution,
)
from mechopt.mechanism.classical.unit_demand import unit_demand_applies
from mechopt.mechanism.mechanism import Mechanism

__all__ = ["CLASSICAL", "Classical", "applicable"]

_DSIC = ("dsic", "bic")
_INTERIM = ("interim-ir", "ex-ante-ir")
_EX_POST = ("ex-post-ir", *_INTERIM)
_NO_DEFICIT = ("no-deficit", "expected-no-deficit")
_BALANCED = ("balanced", "expected-balanced", *_NO_DEFICIT)


@dataclass(frozen=True)
class Classical:
    """A mechanism known by name.

    Attributes
    ----------
    id, name : str
        The id of the interface, and the literature's name.
    build : callable
        From an environment to the mechanism; raises `InvalidEnvironmentError` where it does not apply.
    applies : callable
        From an environment to the reason why it does not apply, or None.
    promises : tuple of str
        Ids of `mechopt.mechanism.properties.PROPERTIES` that hold wherever it applies.
    promises_without_cost : tuple of str
        Ids that hold besides where no outcome costs the designer anything.
    may_lack : tuple of str
        Ids that fail in some environments where it applies.
    reference : str
    """

    id: str
    name: str
    build: Callable[[Environment], Mechanism]
    applies: Condition
    promises: tuple[str, ...]
    may_lack: tuple[str, ...]
    reference: str
    promises_without_cost: tuple[str, ...] = ()

    def promised(self, environment: Environment) -> tuple[str, ...]:
        """Return the ids of the properties that hold in an environment where the mechanism applies."""
        return self.promises + (self.promises_without_cost if is_free(environment) else ())


_ROWS = (
    Classical(
        "first-best",
        "first best",
        first_best,
        anything,
        ("efficient", "deterministic"),
        ("bic", "dsic", "interim-ir", "no-deficit"),
        "what a designer who knows the types would do",
        promises_without_cost=_BALANCED,
    ),
    Classical(
        "groves",
        "Groves mechanism without charges",
        groves,
        private_values,
        ("efficient", "deterministic", *_DSIC),
        ("balanced", "no-deficit", "interim-ir"),
        "Groves 1973",
    ),
    Classical(
        "vcg",
        "Vickrey-Clarke-Groves (pivot) mechanism",
        vcg,
        private_values,
        ("efficient", "deterministic", *_DSIC),
        ("balanced", "no-deficit", "interim-ir"),
        "Vickrey 1961, Clarke 1971",
        promises_without_cost=_NO_DEFICIT,
    ),
    Classical(
        "ir-vcg",
        "individually rational VCG mechanism",
        ir_vcg,
        private_values,
        ("efficient", "deterministic", *_DSIC, *_INTERIM),
        ("balanced", "expected-no-deficit", "ex-post-ir"),
        "Krishna and Perry 1998, Williams 1999",
    ),
    Classical(
        "expected-externality",
        "expected externality mechanism",
        expected_externality,
        expected_externality_applies,
        ("efficient", "deterministic", "bic", *_BALANCED),
        ("dsic", "interim-ir"),
        "Arrow 1979, d'Aspremont and Gérard-Varet 1979",
    ),
    Classical(
        "ir-expected-externality",
        "individually rational expected externality mechanism",
        ir_expected_externality,
        ir_expected_externality_applies,
        ("efficient", "deterministic", "bic", *_INTERIM, *_BALANCED),
        ("dsic", "ex-post-ir"),
        "Krishna and Perry 1998",
    ),
    Classical(
        "partnership",
        "dissolution of a partnership",
        partnership,
        partnership_applies,
        ("efficient", "deterministic", "bic", *_INTERIM, *_BALANCED),
        ("dsic", "ex-post-ir"),
        "Cramton, Gibbons and Klemperer 1987",
    ),
    Classical(
        "high-bid-shared",
        "high-bid-shared auction",
        high_bid_shared,
        high_bid_shared_applies,
        ("efficient", "deterministic", *_BALANCED),
        ("bic", "dsic", "interim-ir"),
        "Cramton, Gibbons and Klemperer 1987",
    ),
    Classical(
        "bailey-cavallo",
        "Bailey-Cavallo redistribution",
        bailey_cavallo,
        bailey_cavallo_applies,
        ("efficient", "deterministic", *_DSIC, *_NO_DEFICIT),
        ("balanced", "interim-ir"),
        "Bailey 1997, Cavallo 2006",
    ),
    Classical(
        "residual-claimant",
        "residual claimant",
        residual_claimant,
        residual_claimant_applies,
        (*_DSIC, *_BALANCED),
        ("efficient", "deterministic", "interim-ir"),
        "Green and Laffont 1979",
    ),
    Classical(
        "worst-case-redistribution",
        "worst-case optimal redistribution",
        worst_case_redistribution,
        unit_demand_applies,
        ("efficient", "deterministic", *_DSIC, *_NO_DEFICIT),
        ("balanced", "interim-ir"),
        "Guo and Conitzer 2009, Moulin 2009",
    ),
    Classical(
        "posted-price",
        "best posted price",
        posted_price,
        bilateral_trade,
        ("deterministic", *_DSIC, *_EX_POST, *_BALANCED),
        ("efficient",),
        "Hagerty and Rogerson 1987",
    ),
    Classical(
        "double-auction",
        "linear equilibrium of the double auction",
        double_auction,
        double_auction_applies,
        ("deterministic", *_EX_POST, *_BALANCED),
        ("bic", "dsic", "efficient"),
        "Chatterjee and Samuelson 1983",
    ),
    Classical(
        "myerson",
        "revenue-optimal auction",
        myerson,
        myerson_applies,
        ("deterministic", *_DSIC, *_EX_POST),
        ("efficient", "balanced", "no-deficit"),
        "Myerson 1981",
        promises_without_cost=_NO_DEFICIT,
    ),
)
CLASSICAL: dict[str, Classical] = {row.id: row for row in _ROWS}


def applicable(environment: Environment) -> tuple[Classical, ...]:
    """Return the mechanisms that apply to an environment, in the registry's order.

    Examples
    --------
    >>> from mechopt.environment.builders import public_good
    >>> from mechopt.environment.grids import uniform
    >>> [row.id for row in applicable(public_good({"a": uniform(0, 1, 2), "b": uniform(0, 1, 2)}, 1))]
    ['first-best', 'groves', 'vcg', 'ir-vcg', 'expected-externality']
    """
    return tuple(row for row in CLASSICAL.values() if row.applies(environment) is None)
