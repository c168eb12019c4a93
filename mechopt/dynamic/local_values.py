r"""The value of an economy near a discount factor, where actions move types: a policy that is best there, followed to its neighbours.

The value of one policy is a power series in the distance h from a discount factor c,

.. math:: W_\pi(c + h) = \sum_k w_k h^k, \qquad w_0 = (I - c P)^{-1} r, \quad w_k = (I - c P)^{-1} P w_{k-1}.

Its first terms u, as they are in doubles, are what is known. By how much less an action yields than u,

.. math:: A(\theta, a) = u(\theta) - r(\theta, a) - \delta E[u(\theta') \mid \theta, a],

is a polynomial in h. Where no A is below :math:`-\eta`, and that of the policy nowhere above :math:`\eta`, u is within
:math:`\eta / (1 - \delta)` of the largest value. Where A of every action that may be best changes at most at the rate :math:`\eta'`,
their derivatives differ by at most :math:`(\eta / (1 - \delta) + \eta') / (1 - \delta)`: ties that last do no harm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dgetrf, dgetrs

from mechopt.dynamic.economies import Economy
from mechopt.dynamic.gains import gains
from mechopt.dynamic.policy import kernels_of
from mechopt.dynamic.process import dense_kernel, expected_next

__all__ = ["DEGREE", "LocalValue", "LongRun", "SolvedEconomy"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]

DEGREE = 12
_MOST_IMPROVEMENTS = 100
_ROUNDOFF = 2.0**-53


@dataclass(frozen=True, eq=False)
class LocalValue:
    r"""A polynomial near the value of the best policy less that of a constant flow :math:`\kappa`, and how near.

    Attributes
    ----------
    level : float
        :math:`\kappa`, money a period.
    coefficients : float array, shape (DEGREE + 1, n_states)
        Of u.
    loss, turn : float
        :math:`\eta` and :math:`\eta'`.
    """

    level: float
    coefficients: Floats
    loss: float
    turn: float


@dataclass(frozen=True, eq=False)
class LongRun:
    """What the best policy yields per period in the long run, and how far (1 - discount) times its value is from it up to 1."""

    gains: Floats
    error: float


@dataclass(frozen=True, eq=False)
class _Advantages:
    """A of every profile and action: its lowest and largest possible size, its rate in the middle, and how far the rate may be from that."""

    lows: Floats
    sizes: Floats
    rates: Floats
    spans: Floats


class SolvedEconomy:
    """An economy that is solved at one discount factor after the other, each time beginning with the policy of the time before.

    Parameters
    ----------
    economy : Economy
        With at most a few hundred profiles: systems are dense.

    Examples
    --------
    Types drawn anew, with gains from trade of 1 a quarter of the time: in the long run 1/4 a period.

    >>> from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
    >>> from mechopt.dynamic.economies import economies
    >>> whole, _ = economies(repeated_trade([0, 1], [0, 1], lazily_redrawn(0, 2), 0))
    >>> SolvedEconomy(whole).towards_one(0.999).gains.tolist(), SolvedEconomy(whole).near(0.5, 0.01).loss < 1e-12
    ([0.25, 0.25, 0.25, 0.25], True)
    """

    def __init__(self, economy: Economy) -> None:
        self._economy = economy
        environment = economy.environment
        numbers = [environment.kernel(action) for action in economy.allowed]
        dense = {number: dense_kernel(environment, number).floats() for number in set(numbers)}
        self._kernels = [dense[number] for number in numbers]
        self._largest = float(np.max(np.abs(economy.flow)))
        self._states = np.arange(environment.n_states)
        self._chosen: Indices = np.argmax(economy.flow, axis=1)
        self._known: dict[bytes, Floats | None] = {}

    def near(self, centre: float, radius: float) -> LocalValue:
        """Return a polynomial near the value, and bounds for all discount factors that are at most so far away."""
        level, coefficients = self._solved(centre, DEGREE)
        found, own = self._advantages(centre, radius, level, coefficients), (self._states, self._chosen)
        left, rates = 1 - centre - radius, np.abs(found.rates) + found.spans
        loss, turn = float(np.max(found.sizes[own])), float(np.max(rates[own]))
        worse = found.lows > 2 * loss / left
        if radius >= centre:
            # An action that is as good without a future, and worse the more there is of it, is never better.
            worse |= self._best_now() & (found.rates > found.spans + 4 * (loss + turn) / left**2)
        worse[own] = True
        if not np.all(worse):
            loss = max(loss, -float(np.min(found.lows)))
            rivals = found.lows <= 2 * loss / left
            rivals[own] = True
            turn = float(np.max(rates[rivals]))
        return LocalValue(level, coefficients, loss, turn)

    def towards_one(self, begin: float) -> LongRun | None:
        r"""Return the long run from a discount factor on; None where the policy that is best there is not best in the long run.

        With g what it yields in the long run and w its value at c, :math:`u(\delta) = g / (1 - \delta) + w - g / (1 - c)` is almost unmoved by
        Bellman's equation: it is if no action leads to a larger g.
        """
        level, coefficients = self._solved(begin, 0)
        long_run, value = self._long_run(), coefficients[0]
        if long_run is None:
            return None
        of_actions, size = self._of_actions(begin, self._economy.flow - level, value), float(np.max(np.abs(value)))
        attained = of_actions[self._states, self._chosen]
        residual = float(np.max(np.abs(np.stack([of_actions.max(axis=1), attained]) - value))) + self._rounding(level, size, 0.0)
        bias = float(np.max(np.abs((1 - begin) * value - (long_run - level))))
        return LongRun(long_run, residual + 2 * bias + 16 * _ROUNDOFF * (size * (1 - begin) + float(np.max(np.abs(long_run))) + abs(level)))

    def _best_now(self) -> Flags:
        """Return which actions yield no more in the same period than the policy's, exactly."""
        numerators = self._economy.exact_flow().numerators
        return np.asarray(numerators <= numerators[self._states, self._chosen][:, None])

    def _long_run(self) -> Floats | None:
        """Return the policy's gains, if no action leads to larger ones."""
        name = self._chosen.tobytes()
        if name not in self._known:
            economy, environment = self._economy, self._economy.environment
            actions = np.asarray(economy.allowed)[self._chosen]
            found = gains(environment, kernels_of(environment, actions), economy.exact_flow()[self._states, self._chosen])
            later = [expected_next(environment, found, number) for number in {environment.kernel(action) for action in economy.allowed}]
            kept = all(np.all((found - table).numerators >= 0) for table in later)
            self._known[name] = found.floats() if kept else None
        return self._known[name]

    def _of_actions(self, centre: float, flow: Floats, value: Floats) -> Floats:
        return np.asarray(flow + centre * np.stack([kernel @ value for kernel in self._kernels], axis=1))

    def _solved(self, centre: float, degree: int) -> tuple[float, Floats]:
        """Improve the policy until only rounding is left, and return a constant flow that leaves little of its value, and the rest's terms."""
        flow, states = self._economy.flow, self._states
        for _ in range(_MOST_IMPROVEMENTS):
            matrix = np.stack(self._kernels)[self._chosen, states] if len(self._kernels) > 1 else self._kernels[0]
            factors, order, _ = dgetrf(np.eye(len(states)) - centre * matrix)
            value = dgetrs(factors, order, flow[states, self._chosen])[0]
            of_actions = self._of_actions(centre, flow, value)
            # Only clear improvements count, or rounding errors would be followed around in circles.
            better = of_actions.max(axis=1) > of_actions[states, self._chosen] + 1e-12 * (1 + np.abs(value))
            if not np.any(better):
                break
            self._chosen = np.where(better, np.argmax(of_actions, axis=1), self._chosen)
        level = float((1 - centre) * (value.max() + value.min()) / 2)
        found = [dgetrs(factors, order, (flow - level)[states, self._chosen])[0]]
        for _ in range(degree):
            found.append(dgetrs(factors, order, matrix @ found[-1])[0])
        return level, np.stack(found)

    def _rounding(self, level: float, own: float, before: float) -> float:
        """Return what rounding may change in one evaluation of Bellman's equation with values of such sizes."""
        return 2 * _ROUNDOFF * ((len(self._states) + 8) * (own + before) + 8 * (self._largest + abs(level)))

    def _advantages(self, centre: float, radius: float, level: float, coefficients: Floats) -> _Advantages:
        moved = np.stack([coefficients @ kernel.T for kernel in self._kernels], axis=2)
        terms = np.zeros((DEGREE + 2, *moved.shape[1:]))
        terms[:-1] += coefficients[:, :, None] - centre * moved
        terms[0] -= self._economy.flow - level
        terms[1:] -= moved
        sizes = [*np.abs(coefficients).max(axis=1), 0.0]
        off = np.array([self._rounding(level, own, before) for own, before in zip(sizes, [0.0, *sizes[:-1]], strict=True)])
        powers, orders = radius ** np.arange(DEGREE + 2), np.arange(DEGREE + 2)
        slopes, heights = orders[1:] * powers[:-1], np.abs(terms)
        away = np.tensordot(powers[1:], heights[1:], axes=1) + float(powers @ off)
        spans = np.tensordot(slopes[1:], heights[2:], axes=1) + float(slopes @ off[1:])
        return _Advantages(terms[0] - away, heights[0] + away, terms[1], spans)
