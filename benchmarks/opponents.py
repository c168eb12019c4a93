"""Other ways to the second best of bilateral trade, as a good user of each tool would write them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

import cvxpy as cp
import numpy as np

__all__ = ["OPPONENTS", "Opponent", "cvxpy_full", "cvxpy_interim", "mechaudit_design"]

Answer = Callable[[], float]


@dataclass(frozen=True)
class Opponent:
    """Another tool.

    Attributes
    ----------
    key, name, about : str
        Column in JSON, heading, and what it computes.
    prepare : callable from types a side to a callable that returns the gains
        Loading the economy is not timed, as for mechopt; modelling, solving and the tool's own checks are.
    """

    key: str
    name: str
    about: str
    prepare: Callable[[int], Answer]


def _uniform(n_types: int) -> tuple[np.ndarray, np.ndarray]:
    return (np.arange(n_types) + 0.5) / n_types, np.full(n_types, 1 / n_types)


def cvxpy_full(n_types: int) -> Answer:
    """Return the full program in CVXPY: trade and price at every profile, every lie forbidden, everything in matrices.

    The buyer pays the seller, so that the budget balances without a row. Probability of trade and payment are matrices with a row per
    seller's type and a column per buyer's type; what a report brings on average is a matrix product.
    """
    values, prior = _uniform(n_types)

    def answer() -> float:
        trade, payment = cp.Variable((n_types, n_types), bounds=[0, 1]), cp.Variable((n_types, n_types))
        selling, earning = trade @ prior, payment @ prior
        buying, paying = prior @ trade, prior @ payment
        return _gains(values, prior, trade, [], (selling, earning), (buying, paying))

    return answer


def cvxpy_interim(n_types: int) -> Answer:
    """Return the same program with variables for what a report brings on average, so that incentive rows are short.

    An expert's trick: the rows stay as many, but their nonzeros fall from 4 n to 4.
    """
    values, prior = _uniform(n_types)

    def answer() -> float:
        trade, payment = cp.Variable((n_types, n_types), bounds=[0, 1]), cp.Variable((n_types, n_types))
        selling, earning, buying, paying = (cp.Variable(n_types) for _ in range(4))
        links = [selling == trade @ prior, earning == payment @ prior, buying == prior @ trade, paying == prior @ payment]
        return _gains(values, prior, trade, links, (selling, earning), (buying, paying))

    return answer


def _gains(
    values: np.ndarray,
    prior: np.ndarray,
    trade: cp.Variable,
    links: list[cp.Constraint],
    seller: tuple[cp.Expression, cp.Expression],
    buyer: tuple[cp.Expression, cp.Expression],
) -> float:
    (selling, earning), (buying, paying) = seller, buyer
    ones = np.ones(len(values))
    profit, payoff = earning - cp.multiply(values, selling), cp.multiply(values, buying) - paying
    constraints = [
        *links,
        profit >= 0,
        payoff >= 0,
        # Rows are true types, columns are reports.
        cp.outer(profit, ones) >= cp.outer(ones, earning) - cp.outer(values, selling),
        cp.outer(payoff, ones) >= cp.outer(values, buying) - cp.outer(ones, paying),
    ]
    weight = (values[None, :] - values[:, None]) * np.outer(prior, prior)
    return float(cp.Problem(cp.Maximize(cp.sum(cp.multiply(weight, trade))), constraints).solve(solver=cp.HIGHS))


def mechaudit_design(n_types: int) -> Answer:
    """Return mechaudit's design problem: trade or not, BIC, interim IR, budget balance at every profile; solved and audited.

    The seller produces at her cost, so that staying out is worth zero to both and welfare is the gains. Its default, the simplex method
    through HiGHS, is its fastest way: its interior point method takes longer with crossover and fails without.
    """
    import mechaudit as ma

    values = _uniform(n_types)[0].tolist()
    prior = dict.fromkeys(values, 1 / n_types)
    environment = ma.FiniteEnvironment(
        agents={"seller": values, "buyer": values},
        outcomes=("none", "trade"),
        prior=ma.JointPrior.from_independent({"seller": prior, "buyer": prior}),
        values=ma.PrivateValues(lambda agent, own, outcome: 0.0 if outcome == "none" else own if agent == "buyer" else -own),
    )

    def answer() -> float:
        requirements = (ma.BIC(), ma.InterimIR(), ma.StrongBudgetBalance())
        return float(environment.design(objective=ma.ExpectedSocialWelfare(), requirements=requirements).solve().objective_value)

    return answer


_CVXPY = (
    Opponent("cvxpy", "CVXPY", "every profile and every lie, in matrices, with HiGHS; a float value, no proof", cvxpy_full),
    Opponent("cvxpy_interim", "CVXPY, interim", "the same with variables for interim quantities: an expert's model", cvxpy_interim),
)
_MECHAUDIT = Opponent("mechaudit", "mechaudit", "DesignProblem.solve(): the same full program, a float value, audited", mechaudit_design)

# What is not installed is not compared.
OPPONENTS = (*_CVXPY, *((_MECHAUDIT,) if find_spec("mechaudit") else ()))
