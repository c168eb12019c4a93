"""The dense program in rational numbers with z3: exact optima, and whole results with their proofs, for tiny problems.

The prices come from a second program, the dual, written from section 3 of `docs/certificates.md`: the signs of the
prices, the cancellation of money, and at every profile a number no smaller than any weight W.
"""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from typing import Any

import z3

from .program import NONE, Economy, Profile, Program, Row, Variable, write_program

Point = dict[Variable, Fraction]
Node = dict[str, Any]


def _exact(number: Fraction | int) -> z3.ArithRef:
    return z3.RealVal(str(number))


def _fraction(value: z3.ExprRef) -> Fraction:
    return Fraction(value.as_string())


def _sum(terms: list[Any]) -> z3.ArithRef:
    return z3.Sum(terms) if terms else _exact(0)


def _compare(expression: z3.ArithRef, sense: str) -> z3.BoolRef:
    return {">=": expression >= 0, "<=": expression <= 0, "=": expression == 0}[sense]


def _patient() -> z3.Optimize:
    solver = z3.Optimize()
    solver.set("timeout", 4000)  # milliseconds
    return solver


def _checked(solver: z3.Optimize) -> z3.CheckSatResult:
    """Return whether there is a solution; raise TimeoutError where z3 cannot tell in a few seconds."""
    found = solver.check()
    if found == z3.unknown:
        raise TimeoutError("z3 takes too long")
    return found


def maximum(program: Program) -> tuple[str, Fraction | None, Point]:
    """Return status, value and an optimal point of a program."""
    solver = _patient()
    columns: dict[Variable, z3.ArithRef] = {}

    def column(variable: Variable) -> z3.ArithRef:
        if variable not in columns:
            columns[variable] = z3.Real(f"v{len(columns)}")
        return columns[variable]

    for row in program.rows:
        left = _sum([_exact(c) * column(v) for v, c in row.terms.items()]) + _exact(row.constant)
        solver.add(_compare(left, row.sense))
    for profile, outcomes in program.allowed.items():
        chances = [column(("chance", profile, x)) for x in outcomes]
        solver.add(_sum(chances) == 1)
        for chance in chances:
            solver.add(z3.Or(chance == 0, chance == 1) if program.deterministic else chance >= 0)
    objective = _sum([_exact(c) * column(v) for v, c in program.objective.items()])
    for variable, symbol in columns.items():
        if variable[0] in ("epsilon", "subsidy"):
            solver.add(symbol >= 0)
    handle = solver.maximize(objective)
    if _checked(solver) != z3.sat:
        return "infeasible", None, {}
    if not (z3.is_rational_value(handle.value()) or z3.is_int_value(handle.value())):
        return "unbounded", None, {}
    model = solver.model()
    point = {v: _fraction(model.eval(symbol, model_completion=True)) for v, symbol in columns.items()}
    return "optimal", _fraction(handle.value()) + program.constant, point


def exact_optimum(problem: dict[str, Any]) -> Fraction:
    """Return the exact optimum of a problem that has one; raise ValueError where it is infeasible or unbounded."""
    status, value, _ = maximum(write_program(problem))
    if value is None:
        raise ValueError(status)
    return -value if problem["design"]["objective"] == "epsilon" else value


def exact_surplus(problem: dict[str, Any], limits: bool = False) -> Fraction:
    """Return the exact S*; raise ValueError where it is infeasible or unbounded."""
    status, value, _ = maximum(write_program(problem, "surplus", limits))
    if value is None:
        raise ValueError(status)
    return value


def exact_possible(problem: dict[str, Any]) -> bool:
    """Tell whether an efficient mechanism meets the whole design."""
    return maximum(write_program(problem, "feasible"))[0] == "optimal"


# Prices


def prices(program: Program, infeasible: bool) -> dict[int, Fraction]:
    """Return the price of each row: the least bound, or with `infeasible` a bound of at most -1 on the objective 0."""
    solver = _patient()
    price = [z3.Real(f"p{number}") for number in range(len(program.rows))]
    tops = {profile: z3.Real(f"top{number}") for number, profile in enumerate(program.allowed)}
    weights: dict[Variable, list[Any]] = {("chance", p, x): [] for p, xs in program.allowed.items() for x in xs}
    if not infeasible:
        for variable, coefficient in program.objective.items():
            weights.setdefault(variable, []).append(_exact(coefficient))
    constants = [] if infeasible else [_exact(program.constant)]
    for row, symbol in zip(program.rows, price, strict=True):
        if row.sense != "=":
            solver.add(_compare(symbol, row.sense))
        constants.append(symbol * _exact(row.constant))
        for variable, coefficient in row.terms.items():
            weights.setdefault(variable, []).append(symbol * _exact(coefficient))
    for variable, terms in weights.items():
        if variable[0] == "chance":
            solver.add(_sum(terms) <= tops[variable[1]])
        elif variable[0] in ("epsilon", "subsidy"):
            solver.add(_sum(terms) <= 0)
        else:
            solver.add(_sum(terms) == 0)
    bound = _sum([*tops.values(), *constants])
    if infeasible:
        solver.add(bound <= -1)
    else:
        solver.minimize(bound)
    if _checked(solver) != z3.sat:
        raise ArithmeticError("no prices exist")
    model = solver.model()
    return {number: _fraction(model.eval(symbol, model_completion=True)) for number, symbol in enumerate(price)}


def bound_of(program: Program, found: dict[int, Fraction], infeasible: bool) -> Fraction:
    """Return the bound that prices prove: the weights' maxima, profile by profile, and the constants."""
    weights: dict[Variable, Fraction] = {} if infeasible else dict(program.objective)
    bound = Fraction(0) if infeasible else program.constant
    for number, row in enumerate(program.rows):
        bound += found[number] * row.constant
        for variable, coefficient in row.terms.items():
            weights[variable] = weights.get(variable, Fraction(0)) + found[number] * coefficient
    for profile, outcomes in program.allowed.items():
        bound += max(weights.get(("chance", profile, x), Fraction(0)) for x in outcomes)
    return bound


def _path(economy: Economy, row: Row) -> list[str]:
    """Return the keys under which a certificate keeps the price of a row."""

    def names(profile: Profile, without: int | None = None) -> list[str]:
        return [economy.types[i][own] for i, own in enumerate(profile) if i != without]

    kind = row.label[0]
    if kind in ("budget", "worst_case"):
        return [kind, *(names(row.label[1]) if row.label[1] is not None else [])]
    if kind == "constraint":
        return ["constraints", row.label[1]]
    agent = row.label[1]
    if kind == "incentive":
        _, _, own, lie, case = row.label
        path = ["incentive", economy.agents[agent], economy.types[agent][own], economy.types[agent][lie]]
        return path + (names(case, agent) if case is not None else [])
    if kind == "participation":
        _, _, own, case = row.label
        path = ["participation", economy.agents[agent]] + ([economy.types[agent][own]] if own is not None else [])
        return path + (names(case, agent) if case is not None else [])
    profile = row.label[2]
    key = {"payment_floor": "floor", "payment_cap": "cap"}[kind]
    return [key, economy.agents[agent], economy.types[agent][profile[agent]], *names(profile, agent)]


def leaf(program: Program, objective: str, efficient: bool) -> Node:
    """Return a certificate: the best bound on the objective, or with objective "feasibility" a negative one."""
    infeasible = objective == "feasibility"
    found = prices(program, infeasible)
    node: Node = {"objective": objective, "efficient": efficient, "bound": str(bound_of(program, found, infeasible))}
    for number, row in enumerate(program.rows):
        if found[number]:
            *above, last = _path(program.economy, row)
            place = node
            for key in above:
                place = place.setdefault(key, {})
            place[last] = str(found[number])
    return node


def _restricted(program: Program, allowed: dict[Profile, list[int]]) -> Program:
    """Return a program without the outcomes that are no longer allowed."""

    def kept(terms: dict[Variable, Fraction]) -> dict[Variable, Fraction]:
        return {v: c for v, c in terms.items() if v[0] != "chance" or v[2] in allowed[v[1]]}

    rows = [Row(row.label, kept(row.terms), row.constant, row.sense) for row in program.rows]
    return Program(program.economy, allowed, rows, kept(program.objective), program.constant)


def tree(program: Program, objective: str, efficient: bool, target: Fraction | None) -> Node:
    """Return a tree that proves the target (None: that there is no mechanism) for deterministic mechanisms."""
    relaxed = Program(program.economy, program.allowed, program.rows, program.objective, program.constant)
    status, value, _ = maximum(relaxed)
    if status == "infeasible":
        return leaf(relaxed, "feasibility", efficient)
    if target is not None and value is not None and value <= target:
        return leaf(relaxed, objective, efficient)
    open_profiles = [profile for profile, outcomes in program.allowed.items() if len(outcomes) > 1]
    profile = open_profiles[0]
    outcome, *others = program.allowed[profile]
    children = []
    for outcomes in ([outcome], others):
        child = _restricted(program, {**program.allowed, profile: outcomes})
        children.append(tree(child, objective, efficient, target))
    full = [child for child in children if child["objective"] != "feasibility"] or children
    return {
        "profile": [program.economy.types[i][own] for i, own in enumerate(profile)],
        "outcome": program.economy.outcomes[outcome],
        "chosen": children[0],
        "excluded": children[1],
        "objective": full[0]["objective"],
        "bound": str(max(Fraction(child["bound"]) for child in full)),
    }


def certificate(program: Program, objective: str, efficient: bool, target: Fraction | None) -> Node:
    """Return the proof of the target: a leaf, or for deterministic mechanisms a tree."""
    if program.deterministic:
        return tree(program, objective, efficient, target)
    return leaf(program, objective if target is not None else "feasibility", efficient)


# Results


def number(value: Fraction) -> dict[str, Any]:
    """Return a number of a result."""
    return {"float": float(value), "exact": str(value)}


def digest(problem: dict[str, Any]) -> str:
    """Return the digest of a problem."""
    text = json.dumps(problem, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return "sha256:" + hashlib.sha256(text.encode("ascii")).hexdigest()


def mechanism(program: Program, point: Point) -> dict[str, Any]:
    """Return the mechanism of a point as a table."""
    economy = program.economy

    def entry(variable: Variable) -> str:
        return str(point.get(variable, Fraction(0)))

    return {
        "form": "table",
        "allocation": [[entry(("chance", p, x)) for x in range(len(economy.outcomes))] for p in economy.profiles],
        "payments": [[entry(("pay", p, i)) for i in range(len(economy.agents))] for p in economy.profiles],
    }


def _worth(program: Program, point: Point, objective: str) -> Fraction:
    """Return the welfare or revenue of a point."""
    economy, total = program.economy, Fraction(0)
    for p in economy.profiles:
        for x in range(len(economy.outcomes)):
            worth = economy.surplus(x, p) if objective == "welfare" else -economy.cost[x]
            total += economy.probability[p] * point.get(("chance", p, x), Fraction(0)) * worth
        if objective == "revenue":
            for i in range(len(economy.agents)):
                total += economy.probability[p] * point.get(("pay", p, i), Fraction(0))
    return total


def _frame(problem: dict[str, Any]) -> dict[str, Any]:
    economy = Economy(problem)
    first_best = sum((economy.probability[p] * economy.first_best(p) for p in economy.profiles), Fraction(0))
    numbers = ("welfare", "gains", "revenue", "value", "budget_surplus")
    nothing = dict.fromkeys(("mechanism", "certificate", "answer", *numbers))
    return {
        "problem": problem,
        "digest": digest(problem),
        "first_best": number(first_best),
        "status_quo": number(economy.status_quo()),
        "first_best_gains": number(first_best - economy.status_quo()),
        "checks": [],
        **nothing,
    }


def _fill(result: dict[str, Any], program: Program, point: Point) -> None:
    welfare = _worth(program, point, "welfare")
    result["mechanism"] = mechanism(program, point)
    result["welfare"] = number(welfare)
    result["gains"] = number(welfare - program.economy.status_quo())
    result["revenue"] = number(_worth(program, point, "revenue"))


def solved(problem: dict[str, Any]) -> dict[str, Any]:
    """Return the proved result of the question "solve"."""
    result, program = _frame(problem), write_program(problem)
    objective, efficient = problem["design"]["objective"], problem["design"]["allocation"] == "efficient"
    status, value, point = maximum(program)
    result["status"] = status
    result["proof"] = {"grade": "none", "bound": None, "gap": None}
    if status == "optimal" and value is not None:
        _fill(result, program, point)
        result["certificate"] = certificate(program, objective, efficient, value)
        claimed = number(-value if objective == "epsilon" else value)
        result["value"] = claimed
        result["proof"] = {"grade": "optimal", "bound": claimed, "gap": "0"}
    elif status == "infeasible":
        result["certificate"] = certificate(program, objective, efficient, None)
        result["proof"]["grade"] = "infeasible"
    return result


def certified(problem: dict[str, Any], subsidy: bool = False) -> dict[str, Any]:
    """Return the proved result of the question "certify"; `subsidy` prefers that certificate for "impossible".

    The value is left out: it belongs to an objective that the question does not mention.
    """
    result, program = _frame(problem), write_program(problem, "feasible")
    status, _, point = maximum(program)
    result["answer"] = "possible" if status == "optimal" else "impossible"
    result["proof"] = {"grade": "feasible", "bound": None, "gap": None, "surplus": None}
    _add_surplus(result, problem)
    if result["answer"] == "possible":
        _fill(result, program, point)
    else:
        _add_impossibility(result, problem, program, subsidy)
    exact = result["budget_surplus"] is not None
    if exact and (result["answer"] == "possible" or result["proof"]["surplus"]["certificate"] == "answer"):
        result["proof"] |= {"grade": "optimal", "bound": result["budget_surplus"], "gap": "0"}
    return result


def _add_surplus(result: dict[str, Any], problem: dict[str, Any]) -> None:
    """Add the largest budget surplus, where there is one, with its certificate and its mechanism."""
    program = write_program(problem, "surplus", limits=False)
    status, value, point = maximum(program)
    if problem["design"]["participation"] not in NONE and status == "optimal" and value is not None:
        proof = {"certificate": leaf(program, "surplus", True), "mechanism": mechanism(program, point)}
        result["budget_surplus"], result["proof"]["surplus"] = number(value), proof


def _add_impossibility(result: dict[str, Any], problem: dict[str, Any], program: Program, subsidy: bool) -> None:
    """Add a certificate that efficiency is impossible."""
    surplus, subsidised = result["budget_surplus"], write_program(problem, "subsidy")
    if subsidy and not program.deterministic and maximum(subsidised)[0] == "optimal":
        result["certificate"] = leaf(subsidised, "subsidy", True)
    elif surplus and Fraction(surplus["exact"]) < 0 and problem["design"]["budget"] not in NONE:
        result["certificate"] = result["proof"]["surplus"]["certificate"]
        result["proof"]["surplus"]["certificate"] = "answer"
    else:
        result["certificate"] = certificate(program, "feasibility", True, None)
    result["proof"] |= {"grade": "infeasible", "bound": number(Fraction(result["certificate"]["bound"]))}
