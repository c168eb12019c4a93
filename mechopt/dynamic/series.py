r"""Both sides of (*) as power series in the discount factor, where types move the same way under every action.

With :math:`c_t = y^\top P^t g`, what a period's flow g is worth t periods later, and d a number of periods after which recurrent types may recur,

.. math:: (1 - \delta^d) \, y^\top (I - \delta P)^{-1} g = \sum_t \delta^t (c_t - c_{t-d}).

The first T coefficients are computed. Whatever comes later lies between bounds that no step leaves: from a profile that is recurrent every d
periods, between the least and the largest entry of :math:`P^k g` among the profiles that follow it. Where nothing flows once types have settled
no factor is needed, and what comes later is at most what flows until then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mechopt.dynamic.economies import Economy, economies
from mechopt.dynamic.enclosure import Enclosure
from mechopt.dynamic.environment import DynamicEnvironment
from mechopt.dynamic.expectations import Expectations
from mechopt.dynamic.motion import Motion, motion_of
from mechopt.dynamic.process import expected_next_floats
from mechopt.dynamic.resolvent import rounding_of

__all__ = ["PowerSeries", "power_series"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_FEWEST_PERIODS = 16
# Numbers that may be touched for coefficients; how close to its limit, as a share of the largest flow, the series is followed.
_MOST_WORK, _CLOSE = 8e9, 1e-13
# Of powers of transitions that are kept, how many, and how many numbers in all of an agent's.
_LONGEST_SPAN, _MOST_POWERS = 64, 8_000_000
_MOST_EXACT_TABLES = 100_000
_ROUNDOFF = 2.0**-53


@dataclass(frozen=True, eq=False)
class PowerSeries:
    """Every function of `Enclosure`, times a positive factor, as a power series whose first coefficients are known.

    Attributes
    ----------
    coefficients : float array, shape (n_functions, n_coefficients)
    rates : float array, shape (n_functions,)
        What the t-th period's expectation may be off, per step.
    tails : float array, shape (n_functions,)
        How far expectations of later periods may be from those taken for them; without a factor, how much they may add up to.
    period : int
        d; 0: there is no factor.
    first : int array
        As in `Enclosure`.
    """

    coefficients: Floats
    rates: Floats
    tails: Floats
    period: int
    first: NDArray[np.int64]

    def about(self, low: float, high: float) -> Enclosure:
        """Return bounds between two discount factors in [0, 1]."""
        centre = (low + high) / 2
        count = self.coefficients.shape[1]
        powers = np.arange(count, dtype=np.float64)
        weights = centre**powers
        slanted = np.concatenate([[0.0], powers[1:] * centre ** powers[:-1]])
        curved = np.concatenate([[0.0, 0.0], powers[2:] * powers[1:-1] * high ** powers[:-2]])
        values, slopes = (self.coefficients @ np.stack([weights, slanted], axis=1)).T
        value_sizes, slope_sizes, curvatures = (self._sizes @ np.stack([weights, slanted, curved], axis=1)).T
        summing = 2 * _ROUNDOFF * (count + 8)
        off, turned = self._errors(high)
        return Enclosure(
            float(np.nextafter(max(centre - low, high - centre), np.inf)) if high > low else 0.0,
            values,
            slopes,
            curvatures * (1 + summing),
            off + summing * value_sizes,
            turned + summing * slope_sizes,
            self.first,
        )

    @cached_property
    def _sizes(self) -> Floats:
        return np.abs(self.coefficients)

    def _errors(self, high: float) -> tuple[Floats, Floats]:
        """Return how far values and slopes are off up to a discount factor."""
        known, d, left = self.coefficients.shape[1] - self.period, self.period, 1 - high
        with np.errstate(divide="ignore", invalid="ignore"):
            ahead, last = np.divide(1.0, left), self.tails * high ** (known - 1)
            if d == 0:
                rounded = self.rates * min((known + 2.0) ** 2, 2 * ahead**2)
                return rounded + last * high, self.rates * 6 * ahead**3 + last * (known * ahead + high * ahead**2)
            rounded = self.rates * d * (2 + min(known, high * ahead))
            return rounded + last * high * d, d * (self.rates * 6 * ahead**2 + last * (known + 2 * high * ahead))


def power_series(environment: DynamicEnvironment) -> PowerSeries:
    """Return both sides of (*) as power series, followed until little is left to know, or for as long as is affordable.

    Parameters
    ----------
    environment : DynamicEnvironment
        Types move the same way under every action.

    Examples
    --------
    Types that are drawn anew have expectations that never change after the first period.

    >>> from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
    >>> series = power_series(repeated_trade([0, 1], [0, 1], lazily_redrawn(0, 2), 0))
    >>> [round(bound, 9) for bound in series.about(0.25, 0.25).value_range()]
    [-0.125, -0.125]
    """
    whole, others = economies(environment)
    flows = [economy.flow.max(axis=1) for economy in (whole, *others)]
    found, motion = Expectations(environment), motion_of(environment)
    members = [motion.members(None), *(motion.members(i) for i in range(environment.n_agents))]
    sizes = [float(np.max(np.abs(flow))) for flow in flows]
    periods, most = _FEWEST_PERIODS, min(motion.most_periods, _affordable(environment))
    resting = all(_rests(economy, motion.settled(own)) for economy, own in zip((whole, *others), members, strict=True))
    while True:
        ends = [motion.limits(flow, own, periods) for flow, own in zip(flows, members, strict=True)]
        moving = motion.moving(members[0], periods) if resting else 0.0
        if (max(float(np.max(high - low)) for low, high in ends) <= _CLOSE * max(sizes) and moving <= _CLOSE) or 2 * periods > most:
            break
        periods *= 2
    rates = [2 * rounding_of(economy.environment, size, size) + found.rounding(size) for economy, size in zip((whole, *others), sizes, strict=True)]
    errors = found.errors(found.repeated([rates[0]] * environment.n_agents), found.repeated(rates[1:]))
    known = _by_agents(found, flows, periods) if environment.transition is None and environment.initial is None else _by_steps(found, flows, periods)
    if resting and moving < np.inf:
        sums = found.errors(found.repeated([moving * sizes[0]] * environment.n_agents), found.repeated([moving * size for size in sizes[1:]]))
        return PowerSeries(known, errors, sums, 0, found.first)
    limits, spreads = _expected_limits(found, motion, members, ends)
    expected = np.concatenate([known, limits], axis=1)
    before = np.concatenate([np.zeros((len(expected), motion.period)), expected[:, : -motion.period]], axis=1)
    return PowerSeries(expected - before, errors, spreads + errors * (periods + motion.period + 2), motion.period, found.first)


def _rests(economy: Economy, settled: Flags) -> bool:
    """Return whether nothing flows at some profiles, exactly; False as well where there are too many to tell."""
    if np.any(economy.flow.max(axis=1)[settled]) or len(settled) > _MOST_EXACT_TABLES:
        return False
    return not np.any(economy.exact_flow()[settled].max(axis=1).numerators)


def _affordable(environment: DynamicEnvironment) -> int:
    """Return for how many periods coefficients may be computed."""
    if environment.transition is not None:
        touched = environment.n_states**2 * (environment.n_agents + 1)
    elif environment.initial is not None:
        touched = environment.n_states * (sum(environment.n_types) + environment.n_agents)
    else:
        # Products of square tables take numbers several times from where they are fetched once.
        touched = environment.n_states * environment.n_agents + sum(n**3 // (4 * _span(environment)) + 2 * n**2 for n in environment.n_types)
    return int(_MOST_WORK) // touched


def _expected_limits(
    found: Expectations, motion: Motion, members: Sequence[tuple[int, ...]], ends: Sequence[tuple[Floats, Floats]]
) -> tuple[Floats, Floats]:
    """Return the middles of what is expected later, in every one of d periods, shape (n_functions, d), and how far it may be from them."""
    middles, spreads = [], []
    for _ in range(motion.period):
        low, high = ([side[k] for side in ends] for k in (0, 1))
        lows = found.of_all(low[0]), found.of_others(low[1:])
        highs = found.of_all(high[0]), found.of_others(high[1:])
        middles.append(found.functions((lows[0] + highs[0]) / 2, (lows[1] + highs[1]) / 2))
        spreads.append(found.errors(np.abs(highs[0] - lows[0]) / 2, np.abs(highs[1] - lows[1]) / 2))
        ends = [(motion.moved(least, own, 1), motion.moved(most, own, 1)) for own, (least, most) in zip(members, ends, strict=True)]
    return np.stack(middles, axis=1), np.max(spreads, axis=0)


def _by_steps(found: Expectations, flows: Sequence[Floats], periods: int) -> Floats:
    """Return what is expected of flows so many periods later, shape (n_functions, periods), one step after the other."""
    economy, others = economies(found.environment)
    members, tables, expected = [economy, *others], list(flows), []
    for _ in range(periods):
        expected.append(found.functions(found.of_all(tables[0]), found.of_others(tables[1:])))
        tables = [expected_next_floats(own.environment, table) for own, table in zip(members, tables, strict=True)]
    return np.stack(expected, axis=1)


def _by_agents(found: Expectations, flows: Sequence[Floats], periods: int) -> Floats:
    """Return the same where agents begin and move independently: the distribution of each is moved, and no table over profiles.

    Periods are taken in spans: within one powers of the agents' transitions are at hand, and one more power leads to the next.
    """
    environment, n = found.environment, found.environment.n_agents
    matrices = [agent.float_transition[0] for agent in environment.agents if agent.float_transition is not None]
    span = min(periods, _span(environment))
    powers = [_powers(matrix, span) for matrix in matrices]
    ahead = [own[-1] @ matrix for own, matrix in zip(powers, matrices, strict=True)]
    chances = [np.array([float(chance) for chance in agent.initial]) @ own for agent, own in zip(environment.agents, powers, strict=True)]
    given, whole = [np.eye(len(matrix)) for matrix in matrices], flows[0].reshape(environment.n_types)
    kept = [np.ascontiguousarray(np.moveaxis(whole, i, 0)) for i in range(n)]
    expected = []
    for _ in range(0, periods, span):
        others = [chances[:i] + chances[i + 1 :] for i in range(n)]
        left = [_contracted(kept[i], others[i])[:, :, None] for i in range(n)]
        of_types = [given[i] @ (powers[i] @ left[i])[:, :, 0].T for i in range(n)]
        tables = [flow.reshape(1, *(len(own[0]) for own in rest)) for flow, rest in zip(flows[1:], others, strict=True) if rest]
        of_others = [_contracted(table, rest)[:, 0] for table, rest in zip(tables, others, strict=True)] if n > 1 else [np.zeros(span)]
        expected.append(found.functions(found.of_types(of_types), found.repeated(of_others)))
        chances = [own @ matrix for own, matrix in zip(chances, ahead, strict=True)]
        given = [own @ matrix for own, matrix in zip(given, ahead, strict=True)]
    return np.concatenate(expected, axis=1)


def _span(environment: DynamicEnvironment) -> int:
    """Return for how many periods powers of transitions are kept: as many as are of use, and fit."""
    fitting = min(_LONGEST_SPAN, _MOST_POWERS // max(environment.n_types) ** 2)
    return 1 << max(0, fitting.bit_length() - 1)


def _powers(matrix: Floats, count: int) -> Floats:
    """Return the first powers of a matrix, from the identity on."""
    found = [np.eye(len(matrix))]
    for _ in range(count - 1):
        found.append(found[-1] @ matrix)
    return np.stack(found)


def _contracted(table: Floats, chances: Sequence[Floats]) -> Floats:
    """Return the expectation of a table over all axes but the first, for every row of distributions, shape (n_rows, first axis)."""
    if not chances:
        return table[None]
    found = table.reshape(-1, table.shape[-1]) @ chances[-1].T
    for own in reversed(chances[:-1]):
        found = np.einsum("rmt,tm->rt", found.reshape(-1, own.shape[1], len(own)), own)
    return found.T
