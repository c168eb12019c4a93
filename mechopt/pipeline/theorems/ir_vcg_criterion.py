"""Whether the surplus of IR-VCG decides if efficiency is possible: in the continuum, but on a grid it may be too pessimistic."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from mechopt.design.design import Design
from mechopt.environment.environment import Environment
from mechopt.errors import SolverError
from mechopt.mechanism.classical.conditions import both, independent_types, private_values, require
from mechopt.mechanism.classical.groves import ir_vcg
from mechopt.pipeline.answer import Settings
from mechopt.pipeline.certify import certify_problem
from mechopt.problem import Problem
from mechopt.result import Result

__all__ = ["IrVcgCriterion", "ir_vcg_criterion"]

_DESIGN = Design("welfare", "bic", "interim-ir", "balanced")
_applies = both(private_values, independent_types)


@dataclass(frozen=True, eq=False)
class IrVcgCriterion:
    """The surplus of IR-VCG next to the largest surplus of any efficient mechanism.

    Attributes
    ----------
    problem : Problem
    ir_vcg_surplus : Fraction
        Expected, in money. The criterion says possible where it is not negative.
    largest_surplus : Fraction
        S*, of the linear program, in money. Possible exactly where it is not negative.
    result : Result
        The answer of the program with its proof.
    """

    problem: Problem
    ir_vcg_surplus: Fraction
    largest_surplus: Fraction
    result: Result

    @property
    def difference(self) -> Fraction:
        """What the gaps between types add to the surplus, in money; never negative, zero in the continuum."""
        return self.largest_surplus - self.ir_vcg_surplus

    @property
    def criterion(self) -> str:
        """The answer of the criterion: ``"possible"`` or ``"impossible"``."""
        return "possible" if self.ir_vcg_surplus >= 0 else "impossible"

    @property
    def agrees(self) -> bool:
        """Whether the criterion answers as the program does."""
        return self.criterion == self.result.answer

    @property
    def holds(self) -> bool:
        """Whether no efficient mechanism leaves more than IR-VCG, as in the continuum."""
        return self.difference == 0


def ir_vcg_criterion(problem: Problem | Environment, settings: Settings | None = None) -> IrVcgCriterion:
    """Compare the surplus of IR-VCG with the largest surplus of an efficient, Bayesian incentive compatible, voluntary mechanism.

    Parameters
    ----------
    problem : Problem or Environment
        With private values and independent types. Its design plays no part.
    settings : Settings, optional

    Returns
    -------
    IrVcgCriterion

    Raises
    ------
    InvalidEnvironmentError
        If values are interdependent or types are correlated.
    SolverError
        If the largest surplus is not known exactly.

    Examples
    --------
    Trade on k points a side: the difference is (k - 1)/k^2 and vanishes as the grid gets finer.

    >>> from mechopt.environment.builders import bilateral_trade
    >>> from mechopt.environment.grids import uniform
    >>> found = [ir_vcg_criterion(bilateral_trade(uniform(0, 1, k), uniform(0, 1, k))) for k in (4, 8, 16)]
    >>> [(str(entry.difference), entry.criterion, entry.result.answer) for entry in found]
    [('3/16', 'impossible', 'possible'), ('7/64', 'impossible', 'impossible'), ('15/256', 'impossible', 'impossible')]

    References
    ----------
    .. [1] V. Krishna and M. Perry, "Efficient Mechanism Design", working paper (1998).
    .. [2] S. R. Williams, "A Characterization of Efficient, Bayesian Incentive Compatible Mechanisms", Econ. Theory 14 (1999), 155-180.
    """
    asked = problem if isinstance(problem, Problem) else Problem(problem)
    environment = asked.environment
    require(environment, _applies, "ir-vcg-criterion", "theorem")
    result = certify_problem(Problem(environment, _DESIGN, asked.name, asked.source), settings or Settings())
    if result.budget_surplus is None or result.budget_surplus.exact is None:
        raise SolverError("the largest surplus is not known exactly; use fewer types")
    return IrVcgCriterion(asked, ir_vcg(environment).revenue(), result.budget_surplus.exact, result)
