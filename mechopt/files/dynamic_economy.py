"""The tables of a document whose environment has ``kind = "dynamic"``, read as a dynamic environment, and its normal form."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from mechopt.dynamic.environment import DynamicAgent, DynamicEnvironment
from mechopt.dynamic.problem import DynamicProblem
from mechopt.environment.environment import check_probabilities, marginals
from mechopt.errors import ProblemFileError, nearest
from mechopt.files import fields
from mechopt.files.economy import groups
from mechopt.rational import RationalArray, stack, to_text

__all__ = ["DYNAMIC_TOP_KEYS", "is_dynamic", "normalise_dynamic", "read_dynamic_environment"]

DYNAMIC_TOP_KEYS = ("name", "source", "environment", "agents", "prior", "expected")
ENVIRONMENT_KEYS = ("kind", "actions", "discount", "requires", "transition")
AGENT_KEYS = ("name", "copies", "types", "reward", "transition", "initial")


def is_dynamic(document: Mapping[str, Any]) -> bool:
    """Return whether a document says that its environment is dynamic."""
    head = document.get("environment")
    return isinstance(head, dict) and head.get("kind") == "dynamic"


def read_dynamic_environment(document: Mapping[str, Any], title: str = "", source: str = "") -> DynamicEnvironment:
    """Return the dynamic environment of a document.

    Raises
    ------
    MechoptError
        If a key is unknown or a value is not what the key needs; the message names the key path.
    """
    if "design" in document:
        raise ProblemFileError(
            'design: where environment.kind is "dynamic" what is asked of mechanisms is fixed (efficient, periodic ex post incentive '
            "compatible and individually rational, balanced in expectation); leave [design] out"
        )
    head = fields.table(document["environment"], "environment", 'a table with kind = "dynamic"')
    fields.check_keys(head, ENVIRONMENT_KEYS, "environment", ' where kind is "dynamic"')
    for key, right in (("actions", 'actions = ["keep", "trade"]'), ("discount", 'discount = "9/10"')):
        if key not in head:
            raise ProblemFileError(f"environment.{key} is missing; write {right}")
    if "agents" not in document:
        raise ProblemFileError("the tables [[agents]] are missing; write one for every agent")
    actions = fields.names(head["actions"], "environment.actions")
    given = groups(document["agents"])
    members = [(name, entry) for names, entry in given for name in names]
    n_types = [_types(entry, f"agents.{name}") for name, entry in members]
    joint = _joint(document, members, [len(names) for names in n_types])
    chances = [None] * len(members) if joint is None else marginals(joint)
    agents = [_agent(*member, names, actions, chance) for member, names, chance in zip(members, n_types, chances, strict=True)]
    copies = {str(entry["name"]): names for names, entry in given}
    n_states = int(np.prod([len(names) for names in n_types], dtype=object))
    joint_transition = _transition(head["transition"], "environment.transition", n_states, actions) if "transition" in head else None
    requires = _requires(head.get("requires", {}), copies, actions)
    discount = fields.number(head["discount"], "environment.discount")
    return DynamicEnvironment(tuple(agents), actions, discount, requires, joint, joint_transition, title, source)


def _types(entry: Mapping[str, Any], where: str) -> tuple[str, ...]:
    fields.check_keys(entry, AGENT_KEYS, where, ' where kind is "dynamic"')
    if "reward" not in entry:
        raise ProblemFileError(f"{where}.reward is missing; write a row per type, a column per action")
    if "types" in entry:
        return fields.names(entry["types"], f"{where}.types")
    rows = entry["reward"]
    return tuple(str(k + 1) for k in range(len(rows))) if isinstance(rows, list) else ("1",)


def _joint(document: Mapping[str, Any], members: list[tuple[str, dict[str, Any]]], sizes: list[int]) -> RationalArray | None:
    if "prior" not in document:
        return None
    prior = fields.table(document["prior"], "prior", "[prior] with joint = nested lists, in the agents' order")
    fields.check_keys(prior, ("joint",), "prior")
    for name, entry in members:
        if "initial" in entry:
            raise ProblemFileError(f"agents.{name}.initial and prior.joint both say where types begin; leave one out")
    axes = [(f"type of {name}", n) for (name, _), n in zip(members, sizes, strict=True)]
    joint = fields.array(prior.get("joint"), "prior.joint", axes)
    check_probabilities(joint.reshape(-1).fractions(), "prior.joint")
    return joint


def _agent(
    name: str, entry: Mapping[str, Any], types: tuple[str, ...], actions: tuple[str, ...], chance: tuple[Fraction, ...] | None
) -> DynamicAgent:
    where, n = f"agents.{name}", len(types)
    reward = fields.array(entry["reward"], f"{where}.reward", [("type", n), ("action", len(actions))])
    transition = _transition(entry["transition"], f"{where}.transition", n, actions) if "transition" in entry else None
    if chance is None:
        given = entry.get("initial")
        chance = (Fraction(1, n),) * n if given is None else tuple(fields.numbers(given, f"{where}.initial", n))
    return DynamicAgent(name, types, reward, chance, transition)


def _transition(given: Any, where: str, n: int, actions: tuple[str, ...]) -> RationalArray:
    """Return one table for all actions, or one per action from a table keyed by them."""
    axes = [("row", n), ("column", n)]
    if not isinstance(given, dict):
        return stack([fields.array(given, where, axes)])
    for action in given:
        if action not in actions:
            raise ProblemFileError(f"{where}.{action} is not an action; {nearest(str(action), actions)}")
    missing = [action for action in actions if action not in given]
    if missing:
        raise ProblemFileError(f"{where}.{missing[0]} is missing; write one table of rows per action, or one for all")
    return stack([fields.array(given[action], f"{where}.{action}", axes) for action in actions])


def _requires(given: Any, copies: Mapping[str, tuple[str, ...]], actions: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return who each action requires; the name of copies stands for all of them."""
    table = fields.table(given, "environment.requires", '{ action = ["agent", "agent"] }')
    found: dict[str, tuple[str, ...]] = {}
    for action, value in table.items():
        where = f"environment.requires.{action}"
        if value == []:
            raise ProblemFileError(f"{where} is an empty list, so nobody is able to take {action!r}; name who it needs, or leave the key out")
        names = fields.names(value, where)
        found[action] = tuple(dict.fromkeys(member for name in names for member in copies.get(name, (name,))))
    return {action: found[action] for action in (*actions, *found) if action in found}


def normalise_dynamic(problem: DynamicProblem) -> dict[str, Any]:
    """Return a dynamic problem in normal form: dictionaries, lists and strings, equal for equal problems."""
    environment = problem.environment
    head: dict[str, Any] = {
        "kind": "dynamic",
        "actions": list(environment.actions),
        "discount": to_text(environment.discount),
        "requires": {action: list(environment.requires[action]) for action in environment.actions if action in environment.requires},
    }
    if environment.transition is not None:
        head["transition"] = _transition_texts(environment.transition, environment.actions)
    normal = {
        "name": problem.name,
        "source": problem.source,
        "environment": head,
        "agents": [_agent_texts(a, environment) for a in environment.agents],
    }
    return normal if environment.initial is None else normal | {"prior": {"joint": environment.initial.texts()}}


def _agent_texts(agent: DynamicAgent, environment: DynamicEnvironment) -> dict[str, Any]:
    normal: dict[str, Any] = {"name": agent.name, "types": list(agent.types), "reward": agent.reward.texts()}
    if agent.transition is not None:
        normal["transition"] = _transition_texts(agent.transition, environment.actions)
    if environment.initial is None:
        normal["initial"] = [to_text(Fraction(chance)) for chance in agent.initial]
    return normal


def _transition_texts(table: RationalArray, actions: tuple[str, ...]) -> Any:
    texts = table.texts()
    return texts[0] if len(texts) == 1 else dict(zip(actions, texts, strict=True))
