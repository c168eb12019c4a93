"""The critical discount factor, against the inequality of Yoon (2015) solved on whole Markov chains."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from mechopt.errors import InvalidEnvironmentError
from mechopt.theory.dynamic_trade import critical_discount


def slack(retention: float, discount: float, n_agents: int) -> float:
    """Return what fees can raise less the pivot deficit, gains being the product of all types, worst type 0."""
    types, prior = np.array([0.0, 1.0, 3.0]), np.array([0.5, 0.3, 0.2])
    one = retention * np.eye(3) + (1 - retention) * np.tile(prior, (3, 1))
    chain, start, gains = np.ones((1, 1)), np.ones(1), np.ones(1)
    for _ in range(n_agents):
        chain, start, gains = np.kron(chain, one), np.kron(start, prior), np.kron(gains, types)
    # Without any one agent nothing happens: every marginal contribution is the whole value.
    value = np.linalg.solve(np.eye(len(chain)) - discount * chain, gains)
    first = np.array([profile[0] for profile in product(range(3), repeat=n_agents)])
    conditional = [np.sum((start * value)[first == a]) / np.sum(start[first == a]) for a in range(3)]
    return n_agents * min(conditional) - (n_agents - 1) * float(start @ value)


@pytest.mark.parametrize("n_agents", [2, 3])
@pytest.mark.parametrize("retention", [Fraction(0), Fraction(1, 3), Fraction(9, 10)], ids=str)
def test_the_fees_just_cover_the_deficit_at_the_critical_discount(retention: Fraction, n_agents: int) -> None:
    critical = float(critical_discount(retention, n_agents))
    scale = 1 - critical
    assert slack(float(retention), critical, n_agents) * scale == pytest.approx(0, abs=1e-10)
    assert slack(float(retention), critical - 0.01, n_agents) < 0 < slack(float(retention), critical + 0.005, n_agents)


def test_two_traders_drawn_anew_need_a_discount_of_a_half() -> None:
    assert critical_discount(0) == Fraction(1, 2)
    assert critical_discount(Fraction(1, 2)) == Fraction(2, 3)


def test_types_that_never_change_are_refused() -> None:
    with pytest.raises(InvalidEnvironmentError, match="retention is 1; it must be at least 0 and less than 1"):
        critical_discount(1)
