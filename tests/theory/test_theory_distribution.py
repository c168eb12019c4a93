"""The integral and the inverse under every continuum formula."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import beta, norm, triang, uniform

from mechopt.errors import InvalidEnvironmentError
from mechopt.theory.distribution import bounded_support, integral, inverse, mean


@pytest.mark.parametrize("distribution", [beta(0.5, 0.5), beta(0.2, 3), beta(4, 0.5), triang(0.3), uniform(2, 5)])
def test_densities_integrate_to_one_and_means_are_those_of_scipy(distribution) -> None:
    assert integral(distribution.pdf, *bounded_support(distribution, "x")) == pytest.approx(1, abs=1e-6)
    assert mean(distribution) == pytest.approx(distribution.mean(), abs=1e-8)


def test_pieces_add_up_and_reversed_pieces_count_nothing() -> None:
    assert integral(np.abs, -1.0, 0.0, 1.0) == pytest.approx(1, abs=1e-12)
    assert integral(np.exp, 1.0, 0.0) == 0


def test_an_integral_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InvalidEnvironmentError, match="known only to"):
        integral(lambda x: 1 / x, 0.0, 1.0)


def test_the_inverse_stops_at_the_ends_of_the_range() -> None:
    levels = np.array([-1.0, 0.5, 2.0])
    assert inverse(lambda x: x**3 - levels, 0.0, 1.0, 3) == pytest.approx([0, math.pow(0.5, 1 / 3), 1], abs=1e-13)


def test_unbounded_supports_are_refused_by_name() -> None:
    with pytest.raises(InvalidEnvironmentError, match=r"seller has support \[-inf, inf\]"):
        bounded_support(norm(), "seller")
