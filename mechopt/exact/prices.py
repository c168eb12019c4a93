"""From exact dual values of a program's rows to prices on the problem's requirements."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from mechopt.exact.certificate import Certificate, PairPrices
from mechopt.program.assemble import Assembled
from mechopt.program.linear import Block
from mechopt.rational import RationalArray

__all__ = ["certificate_from"]


def certificate_from(assembled: Assembled, duals: RationalArray, bound: Fraction) -> Certificate:
    """Return the certificate that a program's dual values amount to.

    Parameters
    ----------
    assembled : Assembled
    duals : RationalArray, length n_rows
        Derivatives of the maximum in the right-hand sides of the natural rows. They are never positive on rows "≥", so the
        price of a requirement written as "expression ≥ 0" is the dual value with the other sign.
    bound : Fraction
        What the prices prove, in the units of the objective before minimisation is turned into maximisation.
    """
    frame = assembled.frame
    environment, design = frame.environment, frame.design
    incentive: dict[int, PairPrices] = {}
    participation: dict[int, RationalArray] = {}
    limits: dict[str, dict[int, RationalArray]] = {"floor": {}, "cap": {}}
    constraints: dict[str, Fraction] = {}
    budget = worst_case = None
    for block in assembled.program.row_blocks:
        prices = _prices(block, duals)
        if block.name == "incentive" and block.agent is not None:
            incentive[block.agent] = PairPrices(block.keys["true"], block.keys["reported"], prices)
        elif block.name == "participation" and block.agent is not None:
            participation[block.agent] = prices
        elif block.name == "budget":
            budget = prices[0] if block.keys.get("expected") else prices
        elif block.name in limits and block.agent is not None:
            limits[block.name][block.agent] = prices
        elif block.name == "constraint":
            constraints[block.keys["name"]] = prices.item()
        elif block.name == "worst_case":
            worst_case = _spread(prices, block, environment.n_profiles)
    return Certificate(
        environment,
        design,
        frame.question.objective,
        frame.question.efficient,
        bound,
        tuple(incentive[i] for i in sorted(incentive)),
        tuple(participation[i] for i in sorted(participation)),
        budget,
        limits["floor"],
        limits["cap"],
        constraints,
        worst_case,
    )


def _prices(block: Block, duals: RationalArray) -> RationalArray:
    prices = -duals[block.slice].reshape(*block.shape)
    return (prices if block.multiplier is None else prices * block.multiplier).reduced()


def _spread(prices: RationalArray, block: Block, n_profiles: int) -> RationalArray:
    numerators = np.zeros(n_profiles, dtype=prices.numerators.dtype)
    numerators[block.keys["profile"]] = prices.numerators
    return RationalArray(numerators, prices.denominator)
