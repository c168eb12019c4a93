"""The normal form of a problem: every default written out, every number a rational string (docs/certificates.md, section 1)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from mechopt.design.design import Constraint, Design, Term
from mechopt.dynamic.problem import DynamicProblem
from mechopt.environment.environment import Agent, Environment
from mechopt.files.dynamic_economy import normalise_dynamic
from mechopt.files.problem_file import any_problem_from_document, naming
from mechopt.problem import Problem
from mechopt.rational import to_text

__all__ = ["digest", "normalise", "problem_from_normal"]


def normalise(problem: Problem | DynamicProblem) -> dict[str, Any]:
    """Return a problem in normal form: dictionaries, lists and strings, equal for equal problems.

    Examples
    --------
    >>> from mechopt.files.problem_file import load
    >>> normal = normalise(load("myerson-satterthwaite-1983/uniform-6"))
    >>> normal["agents"][0]["values"]
    ['1/12', '1/4', '5/12', '7/12', '3/4', '11/12']
    """
    if isinstance(problem, DynamicProblem):
        return normalise_dynamic(problem)
    environment = problem.environment
    # Copies of an agent have the very same parts.
    normal_agents = {parts: _agent(agent, environment) for parts, agent in {agent.parts: agent for agent in environment.agents}.items()}
    normal = {
        "name": problem.name,
        "source": problem.source,
        "environment": {"kind": environment.kind, "outcomes": list(environment.outcomes), "cost": environment.cost.texts()},
        "agents": [normal_agents[agent.parts] | {"name": agent.name} for agent in environment.agents],
        "design": _design(problem.design),
    }
    return normal if environment.joint is None else normal | {"prior": {"joint": environment.joint.texts()}}


def _agent(agent: Agent, environment: Environment) -> dict[str, Any]:
    normal = {"name": agent.name, "types": list(agent.types), "outside": agent.outside.texts()}
    if environment.joint is None:
        normal["prior"] = _texts(agent.prior)
    if agent.utility is not None:
        return normal | {"utility": agent.utility.texts()}
    return normal | {"values": _texts(agent.values or ())}


def _design(design: Design) -> dict[str, Any]:
    weights = {name: _texts(entries) for name, entries in (design.weights or {}).items()}
    return {
        "objective": design.objective,
        "incentive": design.incentive,
        "participation": design.participation,
        "budget": design.budget,
        "allocation": design.allocation,
        "epsilon": to_text(design.epsilon),
        "weights": weights or None,
        "payment_floor": _limits(design.payment_floor),
        "payment_cap": _limits(design.payment_cap),
        "constraints": [_constraint(constraint) for constraint in design.constraints],
    }


def _constraint(constraint: Constraint) -> dict[str, Any]:
    terms = [_term(term) for term in constraint.terms]
    return {"name": constraint.name, "sense": constraint.sense, "bound": to_text(constraint.bound), "terms": terms}


def _term(term: Term) -> dict[str, Any]:
    target = {"outcome": term.outcome} if term.outcome is not None else {"payment": term.payment}
    return {**target, "coefficient": to_text(term.coefficient), "when": dict(term.when), "expected": term.expected}


def _limits(limits: Mapping[str, Fraction] | None) -> dict[str, str] | None:
    return {name: to_text(limit) for name, limit in limits.items()} if limits else None


def _texts(numbers: tuple[Fraction, ...]) -> list[str]:
    return [to_text(Fraction(entry)) for entry in numbers]


def digest(normal: Mapping[str, Any]) -> str:
    """Return the fingerprint of a problem in normal form: ``"sha256:"`` and 64 hexadecimal digits.

    Examples
    --------
    >>> digest({"b": 1, "a": "2"}) == digest({"a": "2", "b": 1})
    True
    """
    text = json.dumps(normal, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return "sha256:" + hashlib.sha256(text.encode("ascii")).hexdigest()


def problem_from_normal(normal: Mapping[str, Any]) -> Problem | DynamicProblem:
    """Return the problem of a normal form.

    Raises
    ------
    ProblemFileError
        If it is not one; the message names the key path.
    """
    with naming("problem"):
        return any_problem_from_document(normal)
