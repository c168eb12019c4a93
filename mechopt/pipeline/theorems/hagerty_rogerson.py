r"""Whether dominant-strategy trade with a balanced budget is a posted price.

In the continuum every such mechanism is a lottery over posted prices, so none gains more than the best of them. On finitely many types

- every *deterministic* one trades only where one fixed price allows it, at that price: where trade happens its price moves neither with the
  seller's report nor with the buyer's, and any two trades are linked through the trade of the lower seller with the higher buyer. The best
  posted price is the best deterministic mechanism, whatever the prior;
- a lottery can do better: between neighbouring types truth leaves the price some room. By how much is a linear program.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from mechopt.design.design import Design
from mechopt.environment.environment import Environment
from mechopt.errors import SolverError
from mechopt.mechanism.classical.conditions import both, nonnegative_values, require
from mechopt.mechanism.classical.posted_price import best_price, bilateral_trade, posted_price
from mechopt.mechanism.mechanism import Mechanism
from mechopt.pipeline.answer import Settings
from mechopt.pipeline.solve import solve_problem
from mechopt.problem import Problem
from mechopt.result import Result

__all__ = ["HagertyRogerson", "hagerty_rogerson"]

_applies = both(bilateral_trade, nonnegative_values)
_DESIGN = Design("gains", "dsic", "ex-post-ir", "balanced")


@dataclass(frozen=True, eq=False)
class HagertyRogerson:
    """The best posted price next to the best dominant-strategy trade.

    Attributes
    ----------
    problem : Problem
    price : Fraction
        The best posted price, in money.
    posted : Mechanism
        Trade at that price: the best deterministic mechanism, and the best lottery over posted prices.
    best : Result
        The best mechanism, lotteries included, with its proof.
    """

    problem: Problem
    price: Fraction
    posted: Mechanism
    best: Result

    @property
    def posted_gains(self) -> Fraction:
        """Expected gains of the best posted price, in money."""
        return self.posted.gains()

    @property
    def best_gains(self) -> Fraction:
        """Expected gains of the best mechanism, in money."""
        assert self.best.value is not None  # found by `hagerty_rogerson`
        assert self.best.value.exact is not None
        return self.best.value.exact

    @property
    def difference(self) -> Fraction:
        """What lotteries add to the best posted price, in money; never negative."""
        return self.best_gains - self.posted_gains

    @property
    def holds(self) -> bool:
        """Whether no mechanism gains more than the best posted price."""
        return self.difference == 0


def hagerty_rogerson(problem: Problem | Environment, settings: Settings | None = None) -> HagertyRogerson:
    """Compare the best posted price with the best dominant-strategy, ex post individually rational, balanced trade.

    Parameters
    ----------
    problem : Problem or Environment
        Bilateral trade of an object that nobody dislikes; any prior. Its design plays no part.
    settings : Settings, optional

    Returns
    -------
    HagertyRogerson

    Raises
    ------
    InvalidEnvironmentError
        If it is no bilateral trade, or somebody dislikes the object: then it is best thrown away.
    SolverError
        If the best mechanism is not proved optimal.

    Examples
    --------
    >>> from mechopt.environment.builders import bilateral_trade
    >>> from mechopt.environment.grids import Grid, uniform
    >>> found = hagerty_rogerson(bilateral_trade(uniform(0, 1, 6), uniform(0, 1, 6)))
    >>> str(found.price), str(found.posted_gains), found.holds
    ('5/12', '5/36', True)

    References
    ----------
    .. [1] K. M. Hagerty and W. P. Rogerson, "Robust Trading Mechanisms", J. Econ. Theory 42 (1987), 94-107.
       https://doi.org/10.1016/0022-0531(87)90104-9
    """
    asked = problem if isinstance(problem, Problem) else Problem(problem)
    environment = asked.environment
    require(environment, _applies, "hagerty-rogerson", "theorem")
    best = solve_problem(Problem(environment, _DESIGN, asked.name, asked.source), settings or Settings())
    if best.value is None or best.value.exact is None or best.proof.grade != "optimal":
        raise SolverError("the best mechanism is not proved optimal; use fewer types")
    return HagertyRogerson(asked, best_price(environment), posted_price(environment), best)
