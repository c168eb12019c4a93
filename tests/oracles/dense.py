"""The dense program of a normalised problem, solved as floats by SciPy: optimum and certify."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import lil_matrix

from .program import NONE, Profile, Program, Row, Terms, Variable, write_program

FEASIBLE = 1e-9  # the least violation that still counts as none
HOPELESS = 1e-5  # a mixed-integer program with a violation above this has no solution
CLOSE = 1e-7  # relative difference between two optima that are the same
TOLERANCES = {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9}


@dataclass(frozen=True)
class Outcome:
    """How a program ended: "optimal", "infeasible" or "unbounded", and its value."""

    status: str
    value: float | None = None


class FloatProgram:
    """A program scaled for SciPy: money in units of its largest datum, every row with largest coefficient one."""

    def __init__(self, program: Program, fixed: dict[Profile, int] | None = None) -> None:
        self.program = program
        self.chances = [("chance", p, x) for p in program.economy.profiles for x in program.allowed[p]]
        money = [v for row in program.rows for v in row.terms] + list(program.objective)
        self.columns = self.chances + list(dict.fromkeys(v for v in money if v[0] != "chance"))
        self.index = {variable: number for number, variable in enumerate(self.columns)}
        amounts = [abs(c) for row in program.rows for v, c in row.terms.items() if v[0] == "chance"]
        self.unit = max([abs(row.constant) for row in program.rows] + amounts + [Fraction(1)])
        self.fixed = fixed
        self.cuts: list[set[Variable]] = []

    def scale(self, variable: Variable) -> Fraction:
        return self.unit if variable[0] in ("pay", "epsilon", "subsidy") else Fraction(1)

    def bounds(self) -> list[tuple[float | None, float | None]]:
        box: list[tuple[float | None, float | None]] = []
        for variable in self.columns:
            if variable[0] != "chance":
                box.append((0, None) if variable[0] in ("epsilon", "subsidy") else (None, None))
            elif self.fixed is None:
                box.append((0, 1))
            else:
                chosen = float(self.fixed[variable[1]] == variable[2])
                box.append((chosen, chosen))
        return box

    def solve(self, elastic: bool = False) -> tuple[str, float, dict[Profile, int]]:
        """Return status, value and the likeliest outcome at each profile; `elastic` minimises the total violation."""
        bounds = self.bounds()
        lines: list[tuple[dict[int, float], float, str]] = []  # coefficients · columns (sense) right-hand side
        slacks: list[int] = []
        for row in self.program.rows:
            terms = {self.index[v]: c * self.scale(v) for v, c in row.terms.items()}
            largest = max([abs(c) for c in terms.values()], default=Fraction(0)) or Fraction(1)
            line = {column: float(c / largest) for column, c in terms.items()}
            for sign, senses in ((1.0, (">=", "=")), (-1.0, ("<=", "="))):
                if elastic and row.sense in senses:
                    slacks.append(len(bounds))
                    line[len(bounds)] = sign
                    bounds.append((0, None))
            lines.append((line, float(-row.constant / largest), row.sense))
        for profile in self.program.economy.profiles:
            lines.append(({self.index["chance", profile, x]: 1.0 for x in self.program.allowed[profile]}, 1.0, "="))
        for cut in self.cuts:
            lines.append(({self.index[v]: 1.0 for v in cut}, len(cut) - 1.0, "<="))
        cost = np.zeros(len(bounds))
        size = max([abs(c * self.scale(v)) for v, c in self.program.objective.items()], default=Fraction(1))
        if elastic:
            cost[slacks] = 1.0
        else:
            for variable, coefficient in self.program.objective.items():
                cost[self.index[variable]] = -float(coefficient * self.scale(variable) / size)
        integral = self.program.deterministic and self.fixed is None
        answer = _linprog(cost, lines, bounds, len(self.chances) if integral else 0)
        if answer.status != 0:
            return {2: "infeasible", 3: "unbounded"}.get(answer.status, "undecided"), 0.0, {}
        likeliest = {
            profile: max(self.program.allowed[profile], key=lambda x: answer.x[self.index["chance", profile, x]])
            for profile in self.program.economy.profiles
        }
        value = answer.fun if elastic else -answer.fun * float(size) + float(self.program.constant)
        return "optimal", float(value), likeliest


def _linprog(cost: np.ndarray, lines: list[Any], bounds: list[Any], integral: int) -> Any:
    """Call SciPy: minimise, first with the presolve and then, if no answer came, without it."""
    upper = [(line, rhs) for line, rhs, sense in lines if sense == "<="]
    upper += [({column: -value for column, value in line.items()}, -rhs) for line, rhs, sense in lines if sense == ">="]
    equal = [(line, rhs) for line, rhs, sense in lines if sense == "="]
    matrices = []
    for block in (upper, equal):
        matrix = lil_matrix((len(block), len(bounds)))
        for number, (line, _) in enumerate(block):
            for column, value in line.items():
                matrix[number, column] = value
        matrices += [matrix.tocsr(), [rhs for _, rhs in block]]
    integrality = [1] * integral + [0] * (len(bounds) - integral)
    for presolve in (True, False):
        options = {"presolve": presolve, **TOLERANCES, **({"mip_rel_gap": 0.0} if integral else {})}
        given = {"integrality": integrality} if integral else {}
        answer = linprog(cost, *matrices, bounds=bounds, method="highs", options=options, **given)
        if answer.status in (0, 2, 3):
            break
    return answer


def least_violation(program: Program, fixed: dict[Profile, int] | None = None) -> float:
    """Return the least total violation of the scaled rows: at most `FEASIBLE` when the program has a solution."""
    elastic = FloatProgram(program, fixed)
    while True:
        status, violation, chosen = elastic.solve(elastic=True)
        if not program.deterministic or fixed is not None:
            if status != "optimal":
                raise ArithmeticError(f"an elastic program cannot be {status}")
            return violation
        if status == "infeasible" or violation > HOPELESS:
            return max(violation, HOPELESS)
        violation = least_violation(program, chosen)
        if violation <= FEASIBLE:
            return violation
        elastic.cuts.append({("chance", p, x) for p, x in chosen.items()})


def is_unbounded(program: Program) -> bool:
    """Tell whether payments can move for ever in a direction that improves the objective and violates nothing."""

    def money(terms: Terms) -> Terms:
        return {v: c for v, c in terms.items() if v[0] != "chance"}

    one_outcome = {profile: [0] for profile in program.economy.profiles}
    cone = Program(program.economy, one_outcome, objective=money(program.objective))
    cone.rows = [Row(row.label, money(row.terms), Fraction(0), row.sense) for row in program.rows]
    for variable in {v for row in cone.rows for v in row.terms} | set(cone.objective):
        cone.rows += [Row(("box",), {variable: Fraction(sign)}, Fraction(1), ">=") for sign in (1, -1)]
    status, value, _ = FloatProgram(cone).solve()
    if status != "optimal":
        raise ArithmeticError(f"the program of directions cannot be {status}")
    return value > CLOSE


def solve(program: Program) -> Outcome:
    """Solve a program as floats."""
    if least_violation(program) > FEASIBLE:
        return Outcome("infeasible")
    if is_unbounded(program):
        return Outcome("unbounded")
    floats, best = FloatProgram(program), None
    while True:
        status, value, chosen = floats.solve()
        if not program.deterministic:
            if status != "optimal":
                raise ArithmeticError(f"a feasible and bounded program cannot be {status}")
            return Outcome("optimal", value)
        if status == "infeasible" or (best is not None and value <= best + CLOSE * (1 + abs(best))):
            return Outcome("optimal", best)
        if status != "optimal":
            raise ArithmeticError(f"a feasible and bounded program cannot be {status}")
        if least_violation(program, chosen) <= FEASIBLE:
            attained = FloatProgram(program, chosen).solve()[1]
            best = attained if best is None else max(best, attained)
        floats.cuts.append({("chance", p, x) for p, x in chosen.items()})


def optimum(problem: dict[str, Any]) -> Outcome:
    """Return the value of the second-best problem (objective `epsilon`: the least violation)."""
    outcome = solve(write_program(problem))
    if problem["design"]["objective"] == "epsilon" and outcome.value is not None:
        return Outcome(outcome.status, -outcome.value)
    return outcome


def surplus(problem: dict[str, Any], limits: bool = False) -> Outcome:
    """Return the largest expected budget surplus of efficient mechanisms; `limits` adds floors, caps, constraints."""
    return solve(write_program(problem, "surplus", limits))


def least_subsidy(problem: dict[str, Any]) -> Outcome:
    """Return the least expected outside subsidy with which an efficient mechanism can meet the design."""
    outcome = solve(write_program(problem, "subsidy"))
    return Outcome(outcome.status, None if outcome.value is None else -outcome.value)


def certify(problem: dict[str, Any]) -> tuple[str, float | None]:
    """Return whether efficiency is possible, and the largest expected budget surplus S* (None where it has none)."""
    answer = "possible" if least_violation(write_program(problem, "feasible")) <= FEASIBLE else "impossible"
    if problem["design"]["participation"] in NONE:
        return answer, None
    return answer, surplus(problem).value
