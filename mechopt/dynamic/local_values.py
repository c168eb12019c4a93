r"""The value of an economy near a discount factor, where actions move types: a policy that is best there, followed to its neighbours.

The value of one policy is a power series in the distance h from a discount factor c,

.. math:: W_\pi(c + h) = \sum_k w_k h^k, \qquad w_0 = (I - c P)^{-1} r, \quad w_k = (I - c P)^{-1} P w_{k-1},

whose coefficients grow at most like :math:`(1 - c)^{-k}`. By how much less another action than the policy's yields,

.. math:: A(\theta, a) = W_\pi(\theta) - r(\theta, a) - \delta E[W_\pi(\theta') \mid \theta, a],

is one as well. Where no A is below :math:`-\eta` the policy's value is within :math:`\eta / (1 - \delta)` of the largest one; and where only
actions may be best whose A changes at most at the rate :math:`\eta'`, the derivatives differ by at most
:math:`(\eta / (1 - \delta) + \eta') / (1 - \delta)`: ties that last do no harm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lu_factor, lu_solve

from mechopt.dynamic.economies import Economy
from mechopt.dynamic.gains import gains
from mechopt.dynamic.policy import kernels_of
from mechopt.dynamic.process import dense_kernel, expected_next

__all__ = ["DEGREE", "LocalValue", "LongRun", "SolvedEconomy"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]

DEGREE = 6
_MOST_IMPROVEMENTS = 100
_ROUNDOFF = 2.0**-53


@dataclass(frozen=True, eq=False)
class LocalValue:
    r"""Discounted values of a policy, less a constant flow :math:`\kappa`, near c, and how far the best policy's may be from them.

    Attributes
    ----------
    level : float
        :math:`\kappa`, money a period.
    coefficients : float array, shape (DEGREE + 1, n_states)
        Approximate :math:`w_k`.
    errors : float array, shape (DEGREE + 1,)
        How far they are off.
    loss, turn : float
        :math:`\eta` and :math:`\eta'`.
    """

    level: float
    coefficients: Floats
    errors: Floats
    loss: float
    turn: float


@dataclass(frozen=True, eq=False)
class LongRun:
    """What the best policy yields per period in the long run, and how far (1 - discount) times its value is from it up to 1."""

    gains: Floats
    error: float


class SolvedEconomy:
    """An economy that is solved at one discount factor after the other, each time beginning with the policy of the time before.

    Parameters
    ----------
    economy : Economy
        With at most a few hundred profiles: systems are dense.
    """

    def __init__(self, economy: Economy) -> None:
        self._economy = economy
        environment = economy.environment
        numbers = [environment.kernel(action) for action in economy.allowed]
        dense = {number: dense_kernel(environment, number).floats() for number in set(numbers)}
        self._kernels = [dense[number] for number in numbers]
        self._level = float((economy.flow.max() + economy.flow.min()) / 2)
        self._flow = economy.flow - self._level
        self._chosen: Indices = np.argmax(economy.flow, axis=1)
        self._known: dict[bytes, Floats | None] = {}

    def near(self, centre: float, radius: float) -> LocalValue:
        """Return the value of a policy that is best at a discount factor, and bounds for all that are at most so far away."""
        coefficients, matrix = self._solved(centre)
        errors = self._errors(centre, coefficients, matrix)
        lows, rates, spans = self._advantages(centre, radius, coefficients, errors)
        if radius >= centre:
            # An action that is as good without a future, and worse the more there is of it, is never better.
            lows[self._best_now() & (rates > spans)] = np.inf
        lows[np.arange(len(lows)), self._chosen] = np.inf
        turns = (np.abs(rates) + spans)[lows <= 0]
        return LocalValue(self._level, coefficients, errors, float(max(0.0, -np.min(lows))), float(np.max(turns, initial=0.0)))

    def _best_now(self) -> Flags:
        """Return which actions yield no more in the same period than the policy's, exactly."""
        numerators = self._economy.exact_flow().numerators
        return np.asarray(numerators <= numerators[np.arange(len(numerators)), self._chosen][:, None])

    def towards_one(self, begin: float) -> LongRun | None:
        r"""Return the long run from a discount factor on; None where the policy that is best there is not best in the long run.

        With g what it yields in the long run and w its value at c, :math:`u(\delta) = g / (1 - \delta) + w - g / (1 - c)` is almost unmoved by
        Bellman's equation: it is if no action leads to a larger g.
        """
        coefficients, _ = self._solved(begin)
        value, long_run = coefficients[0], self._long_run()
        if long_run is None:
            return None
        of_actions = self._flow + begin * np.stack([kernel @ value for kernel in self._kernels], axis=1)
        size = float(np.max(np.abs(value)))
        attained = of_actions[np.arange(len(value)), self._chosen]
        residual = float(np.max(np.abs(np.stack([of_actions.max(axis=1), attained]) - value))) + self._rounding(size, 0.0)
        bias = float(np.max(np.abs((1 - begin) * value - (long_run - self._level))))
        return LongRun(long_run, residual + 2 * bias + 16 * _ROUNDOFF * (size * (1 - begin) + float(np.max(np.abs(long_run))) + abs(self._level)))

    def _long_run(self) -> Floats | None:
        """Return the policy's gains, if no action leads to larger ones."""
        name = self._chosen.tobytes()
        if name not in self._known:
            economy, environment = self._economy, self._economy.environment
            actions = np.asarray(economy.allowed)[self._chosen]
            flow = economy.exact_flow()[np.arange(environment.n_states), self._chosen]
            found = gains(environment, kernels_of(environment, actions), flow)
            later = [expected_next(environment, found, number) for number in {environment.kernel(action) for action in economy.allowed}]
            kept = all(np.all((found - table).numerators >= 0) for table in later)
            self._known[name] = found.floats() if kept else None
        return self._known[name]

    def _solved(self, centre: float) -> tuple[Floats, Floats]:
        """Return the coefficients of a policy that is best, but for rounding, and its transition."""
        states = np.arange(len(self._flow))
        for _ in range(_MOST_IMPROVEMENTS):
            matrix = np.stack(self._kernels)[self._chosen, states] if len(self._kernels) > 1 else self._kernels[0]
            system = lu_factor(np.eye(len(states)) - centre * matrix)
            value = lu_solve(system, self._flow[states, self._chosen])
            of_actions = self._flow + centre * np.stack([kernel @ value for kernel in self._kernels], axis=1)
            # Only clear improvements count, or rounding errors would be followed around in circles.
            better = of_actions.max(axis=1) > of_actions[states, self._chosen] + 1e-12 * (1 + np.abs(value))
            if not np.any(better):
                break
            self._chosen = np.where(better, np.argmax(of_actions, axis=1), self._chosen)
        found = [value]
        for _ in range(DEGREE):
            found.append(lu_solve(system, matrix @ found[-1]))
        return np.stack(found), matrix

    def _errors(self, centre: float, coefficients: Floats, matrix: Floats) -> Floats:
        """Return how far coefficients are off: what they leave of their equations, and what those before them are off."""
        before = np.zeros(len(self._flow))
        found: list[float] = []
        for k, own in enumerate(coefficients):
            right = self._flow[np.arange(len(own)), self._chosen] if k == 0 else matrix @ before
            left = float(np.max(np.abs(own - centre * (matrix @ own) - right)))
            sizes = float(np.max(np.abs(own))), float(np.max(np.abs(before)))
            found.append((left + self._rounding(*sizes) + (found[-1] if found else 0.0)) / (1 - centre) * (1 + 1e-12))
            before = own
        return np.array(found)

    def _rounding(self, own: float, before: float) -> float:
        """Return what rounding may change in one evaluation of an equation with values of such sizes."""
        flow = float(np.max(np.abs(self._flow))) + abs(self._level)
        return 2 * _ROUNDOFF * ((len(self._flow) + 8) * (own + before) + 8 * flow)

    def _advantages(self, centre: float, radius: float, coefficients: Floats, errors: Floats) -> tuple[Floats, Floats, Floats]:
        """Return lower bounds on A, the rate at which it changes, and how far the rate may be from that, each of shape (n_states, n_allowed)."""
        moved = np.stack([coefficients @ kernel.T for kernel in self._kernels], axis=2)
        own = coefficients[:, :, None] - centre * moved
        own[0] -= self._flow
        own[1:] -= moved[:-1]
        powers = radius ** np.arange(DEGREE + 1)
        sizes = np.abs(coefficients).max(axis=1)
        off = (1 + centre) * errors + np.array([self._rounding(*pair) for pair in zip(sizes, [0.0, *sizes[:-1]], strict=True)])
        off[1:] += errors[:-1]
        share, orders = radius / (1 - centre), np.arange(1, DEGREE + 1)
        left = 2 * float(sizes[-1] + errors[-1]) * (1 - centre) ** DEGREE
        later = left * share ** (DEGREE + 1) / (1 - share)
        turned = left / (1 - centre) * share**DEGREE * (DEGREE + 1 - DEGREE * share) / (1 - share) ** 2
        lows = own[0] - np.tensordot(powers[1:], np.abs(own[1:]), axes=1) - later - float(powers @ off)
        spans = np.tensordot((orders * powers[:-1])[1:], np.abs(own[2:]), axes=1) + turned + float((orders * powers[:-1]) @ off[1:])
        return lows, own[1], spans
