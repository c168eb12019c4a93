"""Where the simplex method starts: at the optimum, with prices that are short, if a single agent bears all costs."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import mechopt as mo
from mechopt.design.design import Constraint, Term
from mechopt.environment.builders import public_good
from mechopt.environment.grids import uniform

VALUES = [Fraction(2 * k + 1, 80) for k in range(40)]


@pytest.mark.parametrize(("objective", "incentive"), [("welfare", "bic"), ("gains", "dsic"), ("payoff", "bic")])
@pytest.mark.parametrize("participation", ["interim-ir", "ex-post-ir", "ex-ante-ir", "none"])
@pytest.mark.parametrize("budget", ["balanced", "no-deficit"])
def test_an_agent_who_bears_all_costs_needs_no_price_on_her_lies_and_the_solver_no_step(
    objective: str, incentive: str, participation: str, budget: str
) -> None:
    # She builds the bridge for herself where it is worth its cost: nobody has to keep her from anything.
    bridge = public_good({"Ann": uniform(0, 1, 40)}, Fraction(1, 3))
    result = mo.solve(bridge, objective=objective, incentive=incentive, participation=participation, budget=budget)
    assert result.value.exact == sum(max(v - Fraction(1, 3), Fraction(0)) for v in VALUES) / 40
    assert result.proof.gap == 0
    assert not any(np.any(pairs.prices.numerators) for pairs in result.certificate.incentive)
    assert result.statistics["backend"]["iterations"] == 0


def test_a_start_that_a_quota_forbids_is_no_harm() -> None:
    # Built with chance 1/4 at most. Whoever values it above its cost takes the report that builds most often: 27 of 40 share one chance.
    bridge = public_good({"Ann": uniform(0, 1, 40)}, Fraction(1, 3))
    quota = Constraint("quota", (Term("yes"),), "<=", Fraction(1, 4))
    result = mo.solve(bridge, constraints=(quota,))
    assert result.value.exact == Fraction(10, 27) * sum(v - Fraction(1, 3) for v in VALUES[13:]) / 40
    assert result.proof.gap == 0


def test_a_start_below_what_the_agent_has_without_the_mechanism_ends_in_impossibility() -> None:
    result = mo.solve(public_good({"Ann": uniform(0, 1, 40)}, Fraction(1, 3), outside=Fraction(1, 100)))
    assert result.status == "infeasible"
    assert result.certificate.bound < 0
