r"""How far an efficient dominant-strategy payment rule can be from every Groves rule.

Given the others' types an agent's payment is a price per outcome: two reports that lead to the same outcome cost the same, or the
dearer one is not made. Truth is dominant for the efficient choice exactly if no type prefers another price,

.. math:: P(x) - P(y) \le u_i(x, a) - u_i(y, a) \qquad \text{for every type } a \text{ who gets } x.

Groves prices are one solution. What a price :math:`P = P^{Groves} + q` may add is bounded by what the other choice would lose,

.. math:: q(x) - q(y) \le \min_a \bigl[ s(x, a) - s(y, a) \bigr],

so the linear program :math:`\max q(x) - q(y)` is one of differences: a shortest path solves it, the prices along the path attain the
value, and the incentive constraints along it, added up, prove that nothing exceeds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mechopt.environment.environment import Environment
from mechopt.environment.welfare import efficient_outcomes, surplus
from mechopt.errors import ProgramSizeError
from mechopt.mechanism.classical.conditions import private_values, require
from mechopt.mechanism.classical.efficient import allocation_of, efficient_choice
from mechopt.mechanism.classical.groves import groves
from mechopt.mechanism.mechanism import Mechanism
from mechopt.problem import Problem
from mechopt.rational import IntegerArray, RationalArray, integers, stack

__all__ = ["Freedom", "GrovesUniqueness", "Step", "groves_uniqueness"]

_MOST_ENTRIES = 10**7

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Step:
    """One incentive constraint of the proof: who gets `outcome` must not prefer `instead`.

    Attributes
    ----------
    type : str
    outcome, instead : str
    slack : Fraction
        What surplus loses if she gets the other outcome, in money.
    """

    type: str
    outcome: str
    instead: str
    slack: Fraction


@dataclass(frozen=True)
class Freedom:
    r"""What one agent's payments may add to a Groves rule, at the others' types where it is most.

    Attributes
    ----------
    agent : str
    distance : Fraction
        The greatest distance from the Groves rules, :math:`\min_h \max |t_i - t_i^{Groves} - h|`, in money: half of the spread.
    others : mapping from agent to type
    outcome, instead : str or None
        The two outcomes whose difference in price is least settled; None where the agent's report moves nothing.
    least, greatest : Fraction
        Bounds of :math:`P(outcome) - P(instead)`, both attained, in money.
    groves : Fraction
        The difference under every Groves rule.
    chain : tuple of Step
        Incentive constraints that add up to the upper bound.
    """

    agent: str
    distance: Fraction
    others: Mapping[str, str]
    outcome: str | None = None
    instead: str | None = None
    least: Fraction = Fraction(0)
    greatest: Fraction = Fraction(0)
    groves: Fraction = Fraction(0)
    chain: tuple[Step, ...] = ()


@dataclass(frozen=True, eq=False)
class GrovesUniqueness:
    """Bounds on what an efficient dominant-strategy payment rule can be besides a Groves rule.

    Attributes
    ----------
    problem : Problem
    chosen : tuple of Freedom, one per agent
        For the efficient rule that breaks ties to the first outcome.
    robust : tuple of Freedom, one per agent
        For payments with which truth is dominant however ties are broken: zero where types for whom both outcomes are efficient link
        all outcomes that an agent's report can bring about.
    extreme : Mechanism
        Efficient and dominant-strategy incentive compatible (ties to the first outcome), with every agent's payments as far from the
        Groves rules as they can be.
    """

    problem: Problem
    chosen: tuple[Freedom, ...]
    robust: tuple[Freedom, ...]
    extreme: Mechanism

    @property
    def distance(self) -> Fraction:
        """The greatest distance of an efficient dominant-strategy rule from the Groves rules (ties to the first outcome), in money."""
        return max(freedom.distance for freedom in self.chosen)

    @property
    def robust_distance(self) -> Fraction:
        """The same for rules that work however ties are broken, in money."""
        return max(freedom.distance for freedom in self.robust)

    @property
    def holds(self) -> bool:
        """Whether every efficient dominant-strategy rule that works however ties are broken is a Groves rule."""
        return self.robust_distance == 0


def groves_uniqueness(problem: Problem | Environment) -> GrovesUniqueness:
    """Return exact bounds on how far efficient dominant-strategy payments can be from a Groves rule.

    Parameters
    ----------
    problem : Problem or Environment
        With private values. Its design plays no part.

    Returns
    -------
    GrovesUniqueness

    Raises
    ------
    InvalidEnvironmentError
        If values are interdependent.
    ProgramSizeError
        If there are too many profiles and outcomes.

    Examples
    --------
    Bidders with the same values: ties settle every price. If the second one's values are 1/2 and 3/2 instead, the higher may pay anything
    between them where Groves says 3/4.

    >>> from mechopt.environment.builders import single_item_auction
    >>> from mechopt.environment.grids import uniform
    >>> groves_uniqueness(single_item_auction([uniform(0, 1, 2)] * 2)).holds
    True
    >>> str(groves_uniqueness(single_item_auction([uniform(0, 1, 2), uniform(0, 2, 2)])).robust_distance)
    '3/8'

    References
    ----------
    .. [1] J. Green and J.-J. Laffont, "Characterization of Satisfactory Mechanisms for the Revelation of Preferences for Public Goods",
       Econometrica 45 (1977), 427-438.
    .. [2] B. Holmström, "Groves' Scheme on Restricted Domains", Econometrica 47 (1979), 1137-1144.
    """
    asked = problem if isinstance(problem, Problem) else Problem(problem)
    environment = asked.environment
    require(environment, private_values, "groves-uniqueness", "theorem")
    if environment.n_profiles * environment.n_outcomes**2 > _MOST_ENTRIES:
        raise ProgramSizeError(
            f"{environment.n_profiles} profiles and {environment.n_outcomes} outcomes are too many to bound every price; use fewer agents or types"
        )
    choice = efficient_choice(environment)
    picked = np.equal(allocation_of(environment, choice).numerators, 1)
    agents = range(environment.n_agents)
    chosen = [_Prices(environment, i, picked) for i in agents]
    robust = [_Prices(environment, i, efficient_outcomes(environment)) for i in agents]
    plain = groves(environment)
    payments = stack([plain.payments[i] + prices.added(choice) for i, prices in enumerate(chosen)])
    extreme = Mechanism(environment, plain.allocation, payments)
    return GrovesUniqueness(asked, tuple(prices.freedom() for prices in chosen), tuple(prices.freedom() for prices in robust), extreme)


class _Prices:
    """What one agent's prices may add to Groves prices, for all of the others' types at once."""

    def __init__(self, environment: Environment, i: int, getting: Flags) -> None:
        self.environment, self.i = environment, i
        table = surplus(environment)
        self.denominator = table.denominator
        own = _own_first(getting, i)
        self.arcs, self.types = _arcs(_losses(_own_first(table.numerators, i)), own)
        self.path, self.successor = _shortest(self.arcs)
        reached: Flags = np.any(own, axis=0)
        pairs = np.einsum("kx,ky->kxy", reached, reached)
        self.spread = np.where(pairs, self.path, -1)

    def widest(self, others: int) -> tuple[int, int]:
        """Return the two outcomes whose difference in price can exceed the Groves rules' by most."""
        n = self.environment.n_outcomes
        return divmod(int(self.spread[others].reshape(n * n).argmax()), n)

    def added(self, choice: NDArray[np.int64]) -> RationalArray:
        """Return what the extreme rule adds at every profile, shape n_types."""
        own = _own_first(choice[..., None], self.i)[..., 0]
        others = np.arange(own.shape[1])
        to = np.array([self.widest(int(k))[1] for k in others])
        added = self.path[others, own, to]
        sizes = self.environment.n_types
        first = (sizes[self.i], *(size for j, size in enumerate(sizes) if j != self.i))
        return RationalArray(integers(np.moveaxis(added.reshape(first), 0, self.i)), self.denominator)

    def freedom(self) -> Freedom:
        """Return the bounds at the others' types where the spread is widest."""
        others = int(self.spread.max(axis=(1, 2)).argmax())
        x, y = self.widest(others)
        names = self.environment.outcomes
        agent = self.environment.agents[self.i].name
        if x == y:
            return Freedom(agent, Fraction(0), self._named(others))
        settled = self._groves(others, x) - self._groves(others, y)
        above, below = (Fraction(int(self.path[others, a, b]), self.denominator) for a, b in ((x, y), (y, x)))
        return Freedom(
            agent, above / 2, self._named(others), names[x], names[y], settled - below, settled + above, settled, tuple(self._chain(others, x, y))
        )  # fmt: skip

    def _named(self, others: int) -> dict[str, str]:
        agents = [agent for j, agent in enumerate(self.environment.agents) if j != self.i]
        position = np.unravel_index(others, [agent.n_types for agent in agents]) if agents else ()
        return {agent.name: agent.types[int(k)] for agent, k in zip(agents, position, strict=True)}

    def _groves(self, others: int, outcome: int) -> Fraction:
        """Return the Groves price without charges: minus the others' surplus."""
        profile = [agent.types.index(self._named(others)[agent.name]) if j != self.i else 0 for j, agent in enumerate(self.environment.agents)]
        own = self.environment.utility(self.i)[0, outcome].item()
        total: Fraction = surplus(self.environment)[(*profile, outcome)].item()
        return own - total

    def _chain(self, others: int, x: int, y: int) -> list[Step]:
        """Return the incentive constraints of a shortest path from one outcome to the other."""
        environment, steps = self.environment, []
        while x != y:
            z = int(self.successor[others, x, y])
            name = environment.agents[self.i].types[int(self.types[others, x, z])]
            slack = Fraction(int(self.arcs[others, x, z]), self.denominator)
            steps.append(Step(name, environment.outcomes[x], environment.outcomes[z], slack))
            x = z
        return steps


def _own_first(table: NDArray[Any], i: int) -> NDArray[Any]:
    """Return a table over profiles and outcomes as (own types, the others' profiles, outcomes)."""
    moved = np.moveaxis(table, i, 0)
    return moved.reshape(moved.shape[0], -1, moved.shape[-1])


def _losses(numerators: IntegerArray) -> IntegerArray:
    """Return what surplus loses at each outcome, in a type in which sums along a path cannot overflow."""
    best = numerators.max(axis=-1, keepdims=True)
    span = int(best.max()) - int(numerators.min())
    wide = numerators.astype(object) if (span * (2 * numerators.shape[-1] + 4)).bit_length() > 62 else numerators
    return np.asarray(best - wide)


def _arcs(loss: IntegerArray, getting: Flags) -> tuple[IntegerArray, NDArray[np.int64]]:
    """Return the least loss from each outcome to each other one, shape (others, outcomes, outcomes), and the type with that loss."""
    _, n_others, n = loss.shape
    far = int(loss.max()) * (n + 1) + 1
    arcs = np.empty((n_others, n, n), dtype=loss.dtype)
    types = np.empty((n_others, n, n), dtype=np.int64)
    for x in range(n):
        masked = np.where(getting[:, :, x, None], loss, far)
        types[:, x] = masked.argmin(axis=0)
        arcs[:, x] = masked.min(axis=0)
        arcs[:, x, x] = 0
    return arcs, types


def _shortest(arcs: IntegerArray) -> tuple[IntegerArray, NDArray[np.int64]]:
    """Return the lengths of all shortest paths (Floyd and Warshall), and the first outcome after the start of each."""
    n = arcs.shape[1]
    path, successor = arcs, np.broadcast_to(np.arange(n), arcs.shape)
    for k in range(n):
        through = path[:, :, k, None] + path[:, None, k, :]
        shorter = through < path
        path = np.where(shorter, through, path)
        successor = np.where(shorter, successor[:, :, k, None], successor)
    return path, successor
