"""Beyond linear programs: a design's mechanisms as CVXPY variables, and a solution read as an exact mechanism."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from mechopt.design.design import Design
from mechopt.environment.environment import Environment
from mechopt.environment.welfare import outside_table, surplus
from mechopt.errors import DesignError, SolverError, UnknownNameError, nearest
from mechopt.mechanism.mechanism import Mechanism
from mechopt.mechanism.properties import Verdict, check_all
from mechopt.pipeline.admissible import requirements
from mechopt.pipeline.answer import mechanism_from
from mechopt.pipeline.questions import problem_of
from mechopt.pipeline.rounding import rounded
from mechopt.problem import Problem
from mechopt.program.assemble import Assembled, Question, assemble
from mechopt.rational import Number, RationalArray, integers, rational
from mechopt.solvers.solution import Options, Solution

if TYPE_CHECKING:
    from mechopt.solvers.cvxpy_model import CvxpyModel

__all__ = ["ConvexProgram", "ConvexResult", "convex_program"]

Floats = NDArray[np.float64]

# Probabilities and payments of a mechanism that is only nearly admissible are rounded to nine decimals.
_UNIT = 10**9


@dataclass(frozen=True, eq=False)
class ConvexResult:
    """A mechanism found by convex optimisation: checked in exact arithmetic, never proved optimal.

    Attributes
    ----------
    problem : Problem
    status : str
        The solver's word: ``"optimal"``, ``"infeasible"``, ``"unbounded"``, ``"time-limit"`` or ``"failed"``.
    grade : str
        ``"feasible"`` if no requirement of the design fails by more than `tolerance`; else ``"none"``.
    value : float
        The objective, evaluated at the mechanism.
    mechanism : Mechanism or None
    requirements : tuple of Verdict
        What the design asks for, each with its exact margin.
    violation : float
        By how much the mechanism violates the constraints that were added, in CVXPY's measure.
    tolerance : Fraction
        In money.
    statistics : dict
        What ran: solver, version, method, iterations.
    """

    problem: Problem
    status: str
    grade: Literal["feasible", "none"]
    value: float
    mechanism: Mechanism | None
    requirements: tuple[Verdict, ...]
    violation: float
    tolerance: Fraction
    statistics: dict[str, Any] = field(default_factory=dict)

    @property
    def margin(self) -> Fraction | None:
        """The smallest margin among the requirements; not negative: exactly admissible."""
        return min((verdict.margin for verdict in self.requirements), default=None)

    @cached_property
    def checks(self) -> tuple[Verdict, ...]:
        """The verdicts on all properties, asked for or not."""
        return () if self.mechanism is None else check_all(self.mechanism)


@dataclass(frozen=True, eq=False)
class ConvexProgram:
    """The mechanisms that a design admits, as CVXPY variables.

    Attributes
    ----------
    problem : Problem
    model : CvxpyModel
        The linear program in CVXPY, with all its variables by name.

    Examples
    --------
    Nash welfare, the product of the two gains from trade: on three points efficient trade is possible, and the gains of 4/27 are
    shared equally. The logarithm of (2/27)² is -5.2054.

    >>> import cvxpy as cp
    >>> from mechopt.environment.builders import bilateral_trade
    >>> from mechopt.environment.grids import uniform
    >>> program = convex_program(bilateral_trade(uniform(0, 1, 3), uniform(0, 1, 3)))
    >>> gains = [program.payoff(name) - program.outside_option(name) for name in ("seller", "buyer")]
    >>> result = program.solve(sum(cp.log(gain) for gain in gains))
    >>> result.grade, result.margin >= 0, f"{result.value:.4f}"
    ('feasible', True, '-5.2054')
    """

    problem: Problem
    model: CvxpyModel

    def to_cvxpy(self) -> Any:
        """Return the linear program as a cvxpy.Problem; its variables go by name, among them ``allocation`` and ``payments``."""
        return self.model.problem

    @property
    def allocation(self) -> Any:
        """Probabilities, a cvxpy.Variable of shape (n_profiles, n_outcomes); profiles in row-major order of types."""
        return self.model.allocation

    @property
    def payments(self) -> Any:
        """Payments at every profile, a cvxpy.Variable of shape (n_agents, n_profiles), in money.

        Raises
        ------
        DesignError
            If the program knows expected payments only.
        """
        if self.model.payments is None:
            raise DesignError("payments: this program has interim_payments only; build it with convex_program(problem, reductions=[])")
        return self.model.payments

    @property
    def interim_payments(self) -> dict[str, Any]:
        """Expected payments given one's own type, by agent: cvxpy.Variables of shape (n_types of the agent,), in money.

        Raises
        ------
        DesignError
            If the program has payments at every profile only.
        """
        if not self.model.interim_payments:
            raise DesignError("interim_payments: this program has payments at every profile; use payments")
        return self.model.interim_payments

    def payoff(self, agent: str) -> Any:
        """Return an agent's expected payoff before she knows her type, a scalar expression, in money."""
        i = self._position(agent)
        types = self._environment.marginal(i).floats()
        return types @ self.interim_payoffs(agent)

    def interim_payoffs(self, agent: str) -> Any:
        """Return an agent's expected payoff given her type, an expression of shape (n_types of the agent,), in money.

        Types of probability zero have payoff zero where types are correlated.
        """
        return self.model.affine(_interim_payoffs(self.model.assembled, self._position(agent)))

    def outside_option(self, agent: str) -> float:
        """Return what staying out is worth to an agent before she knows her type, in money."""
        i = self._position(agent)
        return float((self._environment.probability() * outside_table(self._environment, i)).sum().item())

    def welfare(self) -> Any:
        """Return expected utilities less the designer's cost, a scalar expression, in money."""
        return (_welfare(self._environment) @ self.allocation.flatten(order="C")).sum()

    def revenue(self) -> Any:
        """Return expected payments less the designer's cost, a scalar expression, in money."""
        return self.welfare() - sum(self.payoff(agent.name) for agent in self._environment.agents)

    def solve(
        self,
        objective: Any = None,
        constraints: Sequence[Any] = (),
        *,
        solver: str | None = None,
        time_limit: float | None = None,
        tolerance: Number = "1e-6",
    ) -> ConvexResult:
        """Maximise a concave objective over the design's mechanisms, and read the solution as an exact mechanism.

        Parameters
        ----------
        objective : cvxpy expression (maximised), cvxpy.Maximize or cvxpy.Minimize, optional
            Default: the design's objective.
        constraints : sequence of cvxpy constraints
        solver : str, optional
            A solver installed for CVXPY. Default: HiGHS for linear programs and integers, Clarabel for everything else.
        time_limit : float, optional
            In seconds.
        tolerance : number
            How far a requirement may fail at a mechanism that is called feasible, in money. The margins are exact.

        Returns
        -------
        ConvexResult
            Its mechanism satisfies the design exactly where the design leaves some slack: it then is a mixture of the solution and a
            mechanism in the interior, with hardly any weight on the latter.

        Raises
        ------
        DesignError
            If the problem is not convex by CVXPY's rules.
        SolverError
            If nothing was found and nothing is known.
        """
        allowed = rational(tolerance, "tolerance")
        problem = self.model.with_(objective, constraints)
        status, statistics = self.model.solve(problem, Options(time_limit=time_limit, solver=solver))
        x = self.model.point()
        if status in ("infeasible", "unbounded", "infeasible-or-unbounded"):
            return ConvexResult(self.problem, status, "none", float("nan"), None, (), float("nan"), allowed, statistics)
        if x is None or not np.all(np.isfinite(x)):
            raise SolverError(f"CVXPY found no solution: {statistics.get('error', status)}; try another solver")
        mechanism = self._mechanism(x)
        self.model.place(_columns_of(self.model.assembled, mechanism))
        verdicts = tuple(requirements(mechanism, self.problem.design))
        grade: Literal["feasible", "none"] = "feasible" if all(verdict.margin >= -allowed for verdict in verdicts) else "none"
        violation = max((float(np.max(constraint.violation())) for constraint in constraints), default=0.0)
        return ConvexResult(self.problem, status, grade, float(problem.objective.value), mechanism, verdicts, violation, allowed, statistics)

    def mechanism(self) -> Mechanism:
        """Return the variables' present values as an exact mechanism, for problems that are solved by hand.

        Raises
        ------
        SolverError
            If the variables have no values yet.
        """
        x = self.model.point()
        if x is None:
            raise SolverError("the variables have no values yet; solve a problem first")
        return self._mechanism(x)

    def _mechanism(self, x: Floats) -> Mechanism:
        """Return an admissible mechanism near a point, or, where none is found, the nearest one."""
        point, _ = rounded(self.model.assembled.program, Solution("failed", x), None, None)
        return _nearest(self.model.assembled, x) if point is None else mechanism_from(self.model.assembled, point)

    @property
    def _environment(self) -> Environment:
        return self.problem.environment

    def _position(self, name: str) -> int:
        names = [agent.name for agent in self._environment.agents]
        if name not in names:
            raise UnknownNameError(f"agent is {name!r}; {nearest(name, names)}")
        return names.index(name)


def convex_program(problem: Problem | Environment, *, reductions: Collection[str] | None = None, **design: Any) -> ConvexProgram:
    """Return the mechanisms that a design admits as CVXPY variables, to add any convex constraint or concave objective to.

    Parameters
    ----------
    problem : Problem or Environment
    reductions : collection of str, optional
        Names of the reductions that may be used; default: all that hold. Empty: payments at every profile are variables.
    **design
        Fields of `Design` that replace those of the problem.

    Returns
    -------
    ConvexProgram

    Raises
    ------
    DesignError
        If the design does not fit the environment.
    ProgramSizeError
        If the program would not fit into memory.

    Examples
    --------
    The most random allocation rule among those that lose no welfare.

    >>> import cvxpy as cp
    >>> from mechopt.environment.builders import bilateral_trade
    >>> from mechopt.environment.grids import uniform
    >>> program = convex_program(bilateral_trade(uniform(0, 1, 4), uniform(0, 1, 4)))
    >>> result = program.solve(cp.sum(cp.entr(program.allocation)), [program.welfare() >= 0.65625])
    >>> result.status, result.grade
    ('optimal', 'feasible')
    """
    from mechopt.solvers.cvxpy_model import to_cvxpy

    asked = problem_of(problem, design)
    question = Question(asked.design.objective, asked.design.allocation == "efficient")
    return ConvexProgram(asked, to_cvxpy(assemble(asked.environment, asked.design, question, reductions)))


def _welfare(environment: Environment) -> Floats:
    table = surplus(environment) * environment.probability().reshape(*environment.n_types, 1)
    return table.floats().reshape(1, -1)


def _interim_payoffs(assembled: Assembled, i: int) -> sparse.csr_array:
    """Return agent `i`'s expected payoff given her type, in the program's columns."""
    frame = assembled.frame
    n_types = frame.environment.n_types[i]
    marginal = frame.environment.marginal(i).floats()
    scale = np.ones(n_types) if frame.environment.independent else np.divide(1.0, marginal, out=np.zeros(n_types), where=marginal > 0)
    at, weight = frame.profiles_at(i), frame.weight_at(i).floats() * scale[:, None]
    columns = frame.allocation[at]
    own = np.broadcast_to(np.arange(n_types)[:, None, None], columns.shape)
    present = columns >= 0
    entries = [((frame.utility_profiles(i).floats()[at] * weight[..., None])[present], own[present], columns[present])]
    if frame.payments is None:
        entries.append((-np.ones(n_types), np.arange(n_types), frame.interim_payments[i].positions))
    else:
        entries.append((-weight.reshape(-1), own[..., 0].reshape(-1), frame.payments[i][at].reshape(-1)))
    values, rows, found = (np.concatenate(parts) for parts in zip(*entries, strict=True))
    return sparse.csr_array((values, (rows, found)), shape=(n_types, assembled.program.n_columns))


def _nearest(assembled: Assembled, x: Floats) -> Mechanism:
    """Return the mechanism of a point, rounded: lotteries add up to one, and budgets hold exactly."""
    columns = assembled.frame.allocation
    numerators = np.array([round(value * _UNIT) for value in x.tolist()], dtype=object)
    chances = np.where(columns >= 0, np.clip(x[np.where(columns >= 0, columns, 0)], 0.0, None), 0.0)
    chances = np.floor(chances / chances.sum(axis=1, keepdims=True) * _UNIT).astype(np.int64)
    profiles = np.arange(len(chances))
    chances[profiles, chances.argmax(axis=1)] += _UNIT - chances.sum(axis=1)
    numerators[columns[columns >= 0]] = chances[columns >= 0]
    mechanism = mechanism_from(assembled, RationalArray(integers(numerators), _UNIT))
    return replace(
        mechanism, payments=mechanism.payments - _excess(mechanism, assembled.frame.design) * Fraction(1, len(mechanism.payments.numerators))
    )


def _excess(mechanism: Mechanism, design: Design) -> RationalArray:
    """Return what rounding put into the budget, or took out of it, at every profile."""
    found = mechanism.budget_surplus()
    if design.budget_in_expectation:
        found = RationalArray.full((), mechanism.revenue()).broadcast(found.shape)
    if design.budget in ("balanced", "expected-balanced"):
        return found
    missing = RationalArray(np.minimum(found.numerators, 0), found.denominator)
    return missing if design.budget != "none" else missing * 0


def _columns_of(assembled: Assembled, mechanism: Mechanism) -> Floats:
    """Return a mechanism as a point of the program, in doubles."""
    frame = assembled.frame
    x = np.zeros(assembled.program.n_columns)
    present = frame.allocation >= 0
    x[frame.allocation[present]] = mechanism.allocation.floats().reshape(present.shape)[present]
    if frame.payments is not None:
        x[frame.payments] = mechanism.payments.floats().reshape(frame.payments.shape)
    for i, block in enumerate(frame.interim_payments):
        x[block.positions] = mechanism.interim_payments(i).floats()
    for i, block in enumerate(frame.interim_allocation):
        chances = mechanism.interim_allocation(i)
        for positions, feature in zip(block.positions, frame.features[i], strict=True):
            x[positions] = (chances * feature.of_outcome).sum(axis=1).floats()
    if frame.scalar >= 0:
        x[frame.scalar] = float(mechanism.value(frame.design))
    return x
