"""What ran, how large it was, and how long it took."""

from __future__ import annotations

import time
from typing import Any

from mechopt.environment.environment import Environment
from mechopt.pipeline.answer import Answer
from mechopt.problem import Problem
from mechopt.program.identical import identical_agents
from mechopt.program.reductions import Plan
from mechopt.rational import counted

__all__ = ["statistics"]


def statistics(problem: Problem, found: Answer, start: float, others: tuple[Answer, ...] = ()) -> dict[str, Any]:
    """Return the statistics of a result; times add up over all the programs that were solved."""
    plan = _plan(found)
    seconds = {stage: sum(entry.seconds.get(stage, 0.0) for entry in (found, *others)) for stage in ("build", "solve", "prove")}
    return {
        "formulation": _formulation(found, plan),
        "method": None if found.choice is None else {"name": found.choice.method, "reason": found.choice.reason},
        "reductions": _by_rules(problem, found) if _without_profiles(found) else _reductions(problem, found, plan),
        "profiles": _count(problem.environment.n_profiles),
        **_size(problem, found),
        "programs": sum(entry.assembled is not None for entry in (found, *others)),
        "backend": dict(found.statistics),
        "proof_method": found.method,
        "seconds": {**seconds, "total": time.perf_counter() - start},
    }


def _without_profiles(found: Answer) -> bool:
    """Return whether rules answered, and no program over profiles."""
    return found.choice is not None and found.choice.method in ("border", "columns") and found.assembled is None


def _reductions(problem: Problem, found: Answer, plan: Plan) -> list[dict[str, Any]]:
    return [
        {"name": entry.name, "applied": entry.applied, "reason": entry.reason, "effect": _effect(problem, found, entry.name) if entry.applied else ""}
        for entry in plan.reductions
    ]


def _by_rules(problem: Problem, found: Answer) -> list[dict[str, Any]]:
    """Return the reduction that does without profiles, Border's inequalities or column generation, and representatives."""
    name = "E6" if found.choice is not None and found.choice.method == "border" else "E7"
    rounds = found.statistics.get("rounds", 0)
    shrunk = f"{counted(problem.environment.n_profiles)} -> {counted(sum(problem.environment.n_types), 'type')}"
    effect = f"profiles: {shrunk}, {counted(rounds, 'round')}"
    entries = [{"name": name, "applied": True, "reason": "" if found.choice is None else found.choice.reason, "effect": effect}]
    agents = problem.environment.n_agents
    representatives = found.statistics.get("representatives", agents)
    if representatives < agents:
        shrunk = f"agents: {counted(agents)} -> {counted(representatives, 'representative')}"
        entries.insert(0, {"name": "E4", "applied": True, "reason": "nothing tells some agents apart", "effect": shrunk})
    return entries


def _count(profiles: int) -> int | str:
    """Return a number of profiles, as a power of ten where it is too long to read."""
    return profiles if profiles < 10**9 else counted(profiles)


def _formulation(found: Answer, plan: Plan) -> str:
    if found.choice is not None and _without_profiles(found):
        return "interim, Border's inequalities" if found.choice.method == "border" else "rules, column generation"
    return "longest paths" if plan.applies("E5") else "interim" if plan.applies("E1") else "ex post"


def _plan(found: Answer) -> Plan:
    if found.assembled is not None:
        return found.assembled.frame.plan
    return found.chosen or Plan(())


def _size(problem: Problem, found: Answer) -> dict[str, int]:
    """Return the size of the program that was solved; without one, of the payments and of the constraints between them."""
    if _without_profiles(found):
        return {"rows": found.n_arcs, "columns": int(found.statistics.get("columns", 0)), "nonzeros": 0}
    if found.assembled is None:
        return {"rows": found.n_arcs, "columns": sum(problem.environment.n_types), "nonzeros": 2 * found.n_arcs}
    program = found.assembled.program if found.collapsed is None else found.collapsed.program
    return {"rows": program.n_rows, "columns": program.n_columns, "nonzeros": program.n_nonzeros}


def _effect(problem: Problem, found: Answer, name: str) -> str:
    """Return what a reduction shrank."""
    environment = problem.environment
    if name == "E1":
        return f"payments: {counted(environment.n_agents * environment.n_profiles)} -> {counted(sum(environment.n_types), 'column')}"
    if name == "E2":
        everything = sum(m * (m - 1) for m in environment.n_types)
        return f"incentive constraints of types: {counted(everything)} -> {counted(_n_pairs(environment, found))}"
    if name == "E4":
        return _shrunk_to_representatives(problem, found)
    if name == "E5" or found.assembled is None:
        return f"payments: {counted(sum(environment.n_types))}, differences and outside options: {counted(found.n_arcs)}, no program"
    entries = max(2 * environment.n_outcomes * environment.n_profiles // min(environment.n_types), 1)
    terms = max((len(features) for features in found.assembled.frame.features), default=0)
    return f"entries of an incentive row: up to {counted(entries)} -> {counted(2 * terms + 2)}"


def _n_pairs(environment: Environment, found: Answer) -> int:
    if found.assembled is None:
        return sum(2 * (m - 1) for m in environment.n_types)
    frame = found.assembled.frame
    return sum(len(frame.pairs(i)[0]) for i in range(environment.n_agents))


def _shrunk_to_representatives(problem: Problem, found: Answer) -> str:
    groups = " and ".join(str(len(group)) for group in identical_agents(problem.environment, problem.design))
    if found.collapsed is None:
        return f"{groups} identical agents"
    before, after = found.collapsed.whole.n_columns, found.collapsed.program.n_columns
    return f"{groups} identical agents: {counted(before)} -> {counted(after, 'column')}"
