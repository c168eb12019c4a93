"""The numbers of mechanisms known by name, on uniform grids of k points: built from their definitions, nothing is solved."""

from __future__ import annotations

from fractions import Fraction

from benchmarks.economies import UnprovedError, auction, partners, trade
from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
from mechopt.dynamic.critical import critical_discounts
from mechopt.environment.builders import multi_unit_auction
from mechopt.environment.grids import two_types, uniform
from mechopt.environment.welfare import expectation
from mechopt.files.problem_file import load
from mechopt.mechanism.classical.double_auction import double_auction
from mechopt.mechanism.classical.expected_externality import expected_externality, ir_expected_externality
from mechopt.mechanism.classical.groves import ir_vcg, vcg
from mechopt.mechanism.classical.high_bid_shared import equilibrium_bids
from mechopt.mechanism.classical.redistribution import bailey_cavallo, residual_claimant, worst_case_redistribution
from mechopt.pipeline.theorems.groves_uniqueness import groves_uniqueness

__all__ = [
    "bailey_cavallo_residue",
    "claimant_loss",
    "critical_discount",
    "double_auction_gains",
    "expected_externality_gains",
    "expected_externality_payment",
    "groves_distance",
    "highest_bid",
    "ir_vcg_surplus",
    "partner_payment",
    "partners_ir_vcg_surplus",
    "payoff_after_pivot_payments",
    "share_returned",
]

_HALVES = (Fraction(1, 2), Fraction(1, 2))


def ir_vcg_surplus(points: int) -> Fraction:
    """Return what IR-VCG leaves in bilateral trade."""
    return ir_vcg(trade(points).environment).revenue()


def partners_ir_vcg_surplus(points: int) -> Fraction:
    """Return what IR-VCG leaves when two equal partners dissolve."""
    return ir_vcg(partners(points, _HALVES).environment).revenue()


def partner_payment(points: int) -> Fraction:
    """Return what the highest type of two equal partners expects to pay under rebalanced IR-VCG."""
    payments: list[Fraction] = ir_expected_externality(partners(points, _HALVES).environment).interim_payments(0).fractions()
    return payments[-1]


def expected_externality_gains(points: int, side: str) -> Fraction:
    """Return what a side of bilateral trade gains ex ante under the expected externality mechanism."""
    environment = trade(points).environment
    i = [agent.name for agent in environment.agents].index(side)
    rents = expected_externality(environment).information_rents(i)
    return expectation(environment, environment.along(rents, i))


def expected_externality_payment(points: int) -> Fraction:
    """Return what the highest buyer pays the lowest seller under the expected externality mechanism."""
    return expected_externality(trade(points).environment).payments[1, 0, -1].item()


def bailey_cavallo_residue(points: int, n_agents: int) -> Fraction:
    """Return the money that is left after Bailey and Cavallo's rebates."""
    return bailey_cavallo(auction(points, n_agents).environment).revenue()


def claimant_loss(points: int, n_agents: int) -> Fraction:
    """Return the welfare that is lost to the residual claimant."""
    environment = auction(points, n_agents).environment
    return vcg(environment).welfare() - residual_claimant(environment).welfare()


def share_returned(n_agents: int, n_units: int) -> Fraction:
    """Return the least share of VCG's payments that worst-case optimal redistribution returns where values are 0 or 1.

    Rebates and payments are linear in ranked values, so the worst of all values are among those of zeros and ones.
    """
    environment = multi_unit_auction({f"agent {k + 1}": two_types(0, 1) for k in range(n_agents)}, n_units)
    collected = vcg(environment).budget_surplus().reshape(-1).fractions()
    kept = worst_case_redistribution(environment).budget_surplus().reshape(-1).fractions()
    return 1 - max(left / paid for left, paid in zip(kept, collected, strict=True) if paid > 0)


def double_auction_gains(points: int) -> Fraction:
    """Return the gains from trade in the linear equilibrium of the double auction."""
    return double_auction(trade(points).environment).gains()


def highest_bid(points: int) -> Fraction:
    """Return the bid of the highest of two types in the high-bid-shared auction."""
    values = uniform(0, 1, points)
    return equilibrium_bids(values.values, values.prior, 2)[-1]


def groves_distance(points: int) -> Fraction:
    """Return how far efficient dominant-strategy payments can be from every Groves rule in bilateral trade."""
    return groves_uniqueness(trade(points)).distance


def critical_discount(retention: str) -> Fraction:
    """Return from which discount factor on fees pay for efficient repeated trade, types 0 or 1 kept with a probability."""
    found = critical_discounts(repeated_trade([0, 1], [0, 1], lazily_redrawn(retention, 2), 0)).discounts
    if len(found) != 1 or found[0].exact is None:
        raise UnprovedError(f"the critical discount factors are {', '.join(map(str, found)) or 'none'}; theory knows exactly one")
    return found[0].exact


def payoff_after_pivot_payments() -> Fraction:
    """Return what husband and wife of Conitzer and Sandholm (2003) keep after VCG payments."""
    mechanism = vcg(load("conitzer-sandholm-2003/payments").environment)
    return mechanism.welfare() - mechanism.revenue()
