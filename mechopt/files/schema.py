"""The problem format as a JSON Schema, for editors: made from the keys and names that the readers know."""

from __future__ import annotations

from typing import Any

from mechopt.design.design import SENSES
from mechopt.environment.environment import KINDS
from mechopt.files import dynamic_economy
from mechopt.files.economy import AGENT_KEYS, ENVIRONMENT_KEYS, MOST_COPIES
from mechopt.files.problem_file import TOP_KEYS
from mechopt.files.wish import CHOICES, CONSTRAINT_KEYS, DESIGN_KEYS, TERM_KEYS

__all__ = ["problem_schema"]

Schema = dict[str, Any]

_NUMBER: Schema = {
    "description": 'An exact number: 3, 0.25 or a fraction in quotes, "1/3".',
    "anyOf": [
        {"type": "number"},
        {"type": "string", "pattern": r"^\s*[+-]?(\d[\d_]*\.?[\d_]*|\.\d[\d_]*)([eE][+-]?\d+|\s*/\s*\d[\d_]*)?\s*$"},
    ],
}
_NAME: Schema = {"type": "string", "minLength": 1}


def _list(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, "minItems": 1, **more}


def _table(properties: Schema, required: list[str] | None = None, **more: Any) -> Schema:
    return {"type": "object", "properties": properties, "required": required or [], "additionalProperties": False, **more}


_NESTED: Schema = {"$ref": "#/$defs/nested"}
_GRID: Schema = {
    "type": "object",
    "description": "Equal cells of a distribution of scipy.stats: midpoints with the cells' probabilities.",
    "properties": {"distribution": _NAME, "points": {"type": "integer", "minimum": 1}, "low": _NUMBER, "high": _NUMBER},
    "required": ["distribution", "points"],
    "additionalProperties": _NUMBER,
}
_OUTSIDE_OUTCOME = _table({"outcome": _NAME}, ["outcome"])
_PER_AGENT: Schema = {"anyOf": [_NUMBER, {"type": "object", "additionalProperties": _NUMBER}, {"type": "null"}]}

_AGENT_VALUES: dict[str, Schema] = {
    "name": {**_NAME, "description": "Unique; settings and results name the agent by it."},
    "copies": {"type": "integer", "minimum": 1, "maximum": MOST_COPIES, "description": "So many identical agents."},
    "values": {"anyOf": [_list(_NUMBER), _GRID], "description": "What each type values the object, or the project, at."},
    "utility": {**_NESTED, "description": "A row per type, a column per outcome."},
    "types": {**_list(_NAME), "description": "Names of the types."},
    "prior": {**_list(_NUMBER), "description": "Probabilities of the types; default: equal."},
    "share": {**_NUMBER, "description": "Property right: staying out is worth share times value."},
    "outside": {"anyOf": [_NUMBER, _NESTED, _OUTSIDE_OUTCOME], "description": "What staying out is worth: a number, one per type, or an outcome."},
}
_BY_ACTION: Schema = {"anyOf": [_NESTED, {"type": "object", "additionalProperties": _NESTED}]}
_DYNAMIC_AGENT_VALUES: dict[str, Schema] = {
    "name": _AGENT_VALUES["name"],
    "copies": _AGENT_VALUES["copies"],
    "types": _AGENT_VALUES["types"],
    "reward": {**_NESTED, "description": "A row per type, a column per action."},
    "transition": {**_BY_ACTION, "description": "From row to column; or one table per action."},
    "initial": {**_list(_NUMBER), "description": "Probabilities of the first types."},
}
_DYNAMIC_ENVIRONMENT_VALUES: dict[str, Schema] = {
    "kind": {"const": "dynamic", "description": "types that follow Markov chains, over an infinite horizon"},
    "actions": _list(_NAME),
    "discount": {**_NUMBER, "description": "From 0 to less than 1."},
    "requires": {
        "type": "object",
        "additionalProperties": _list(_NAME, minItems=0),
        "description": "Without whom not.",
    },
    "transition": _BY_ACTION,
}
_ENVIRONMENT_VALUES: dict[str, Schema] = {
    "kind": {"enum": list(KINDS)},
    "outcomes": _list(_NAME),
    "cost": {"anyOf": [_NUMBER, _list(_NUMBER)], "description": "The designer's cost, of the project or of each outcome."},
}
_TERM_VALUES: dict[str, Schema] = {
    "outcome": _NAME,
    "payment": _NAME,
    "coefficient": _NUMBER,
    "when": {"type": "object", "additionalProperties": _NAME},
    "expected": {"type": "boolean"},
}
_CONSTRAINT_VALUES: dict[str, Schema] = {
    "name": _NAME,
    "sense": {"enum": list(SENSES)},
    "bound": _NUMBER,
    "terms": _list(_table({key: _TERM_VALUES[key] for key in TERM_KEYS})),
}
_CONSTRAINTS = _list(_table({key: _CONSTRAINT_VALUES[key] for key in CONSTRAINT_KEYS}, ["name", "sense", "terms"]), minItems=0)
_DESIGN_VALUES: dict[str, Schema] = {
    **{key: {"oneOf": [{"const": name, "description": meaning} for name, meaning in names.items()]} for key, names in CHOICES.items()},
    "epsilon": {**_NUMBER, "description": "Incentive violation that is allowed, in money."},
    "weights": {"anyOf": [{"type": "object", "additionalProperties": {"anyOf": [_NUMBER, _list(_NUMBER)]}}, {"type": "null"}]},
    "payment_floor": {**_PER_AGENT, "description": "The least payment at every profile, for all agents or by agent."},
    "payment_cap": {**_PER_AGENT, "description": "The largest payment at every profile, for all agents or by agent."},
    "constraints": _CONSTRAINTS,
}


def problem_schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of problem files.

    Examples
    --------
    >>> problem_schema()["properties"]["design"]["properties"]["budget"]["oneOf"][0]["const"]
    'balanced'
    """
    values: dict[str, Schema] = {
        "name": {"type": "string", "description": "Title."},
        "source": {"type": "string", "description": "Citation."},
        "environment": {"type": "object", "required": ["kind"], "properties": {"kind": {"enum": [*KINDS, "dynamic"], "description": _kinds()}}},
        "agents": _list({"type": "object", "required": ["name"]}),
        "prior": _table({"joint": _NESTED}, ["joint"], description="Joint probabilities, nested in the agents' order."),
        "design": _table({key: _DESIGN_VALUES[key] for key in DESIGN_KEYS}),
        "expected": {"type": "object", "description": "Values with an independent source."},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A problem of mechopt",
        **_table({key: values[key] for key in TOP_KEYS}, ["environment", "agents"]),
        "allOf": [*(_of_kind(kind) for kind in AGENT_KEYS), _dynamic()],
        "$defs": {"nested": {"anyOf": [_NUMBER, {"type": "array", "items": {"$ref": "#/$defs/nested"}, "minItems": 1}]}},
    }


def _kinds() -> str:
    return "; ".join(f"{kind}: {meaning}" for kind, meaning in KINDS.items())


def _of_kind(kind: str) -> Schema:
    """Return what holds for one kind of environment."""
    main = "values" if "values" in AGENT_KEYS[kind] else "utility"
    agent = _table({key: _AGENT_VALUES[key] for key in AGENT_KEYS[kind]}, ["name", main])
    return _where(kind, _table({key: _ENVIRONMENT_VALUES[key] for key in ENVIRONMENT_KEYS}), agent)


def _dynamic() -> Schema:
    keys, agent_keys = dynamic_economy.ENVIRONMENT_KEYS, dynamic_economy.AGENT_KEYS
    agent = _table({key: _DYNAMIC_AGENT_VALUES[key] for key in agent_keys}, ["name", "types", "reward"])
    return _where("dynamic", _table({key: _DYNAMIC_ENVIRONMENT_VALUES[key] for key in keys}, ["actions", "discount"]), agent)


def _where(kind: str, environment: Schema, agent: Schema) -> Schema:
    return {
        "if": {"properties": {"environment": {"properties": {"kind": {"const": kind}}}}},
        "then": {"properties": {"environment": environment, "agents": {"items": agent}}},
    }
