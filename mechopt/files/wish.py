"""The table ``[design]`` of a document, read as a design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields as fields_of
from fractions import Fraction
from typing import Any

from mechopt.design.design import ALLOCATIONS, BUDGETS, INCENTIVES, OBJECTIVES, PARTICIPATIONS, SENSES, Constraint, Design, Term
from mechopt.errors import ProblemFileError, nearest
from mechopt.files import fields

__all__ = ["CHOICES", "CONSTRAINT_KEYS", "DESIGN_KEYS", "TERM_KEYS", "read_design"]

DESIGN_KEYS = tuple(field.name for field in fields_of(Design))
CHOICES = {
    "objective": OBJECTIVES,
    "incentive": INCENTIVES,
    "participation": PARTICIPATIONS,
    "budget": BUDGETS,
    "allocation": ALLOCATIONS,
}
CONSTRAINT_KEYS = ("name", "sense", "bound", "terms")
TERM_KEYS = ("outcome", "payment", "coefficient", "when", "expected")


def read_design(given: Any, groups: Mapping[str, Sequence[str]], n_types: Mapping[str, int]) -> Design:
    """Return the design of a document.

    Parameters
    ----------
    given : table
        The ``[design]`` table.
    groups : mapping from the name of an ``[[agents]]`` table to the agents it stands for
        So that a key may name all copies at once.
    n_types : mapping from agent name to the number of types

    Raises
    ------
    MechoptError
        If a key is unknown or a value is not what the key needs; the message names the key path.
    """
    design = fields.table(given, "design", 'a table such as objective = "welfare"')
    fields.check_keys(design, DESIGN_KEYS, "design")
    known: dict[str, Any] = {key: fields.choice(design[key], names, f"design.{key}") for key, names in CHOICES.items() if key in design}
    if "epsilon" in design:
        known["epsilon"] = fields.number(design["epsilon"], "design.epsilon")

    agents = [name for members in groups.values() for name in members]
    return Design(
        **known,
        weights=_weights(design.get("weights"), groups, n_types),
        payment_floor=_limits(design.get("payment_floor"), "design.payment_floor", groups, agents),
        payment_cap=_limits(design.get("payment_cap"), "design.payment_cap", groups, agents),
        constraints=_constraints(design.get("constraints", [])),
    )


def _by_agent(given: Mapping[str, Any], where: str, groups: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return a table keyed by agents; a key that stands for copies counts for each copy that is not named itself."""
    names = {name for members in groups.values() for name in members}
    found = {}
    for key, value in given.items():
        if key not in names and key not in groups:
            raise ProblemFileError(f"{where}.{key}: there is no agent {key!r}; {nearest(key, [*groups, *sorted(names - set(groups))])}")
        for name in groups.get(key, (key,)):
            if name == key or name not in given:
                found[name] = value
    return found


def _weights(given: Any, groups: Mapping[str, Sequence[str]], n_types: Mapping[str, int]) -> dict[str, tuple[Fraction, ...]] | None:
    if given is None:
        return None
    table = fields.table(given, "design.weights", "{ agent = number or list per type }")
    found = {}
    for name, value in _by_agent(table, "design.weights", groups).items():
        where, n = f"design.weights.{name}", n_types[name]
        found[name] = tuple(fields.numbers(value, where, n)) if isinstance(value, list) else (fields.number(value, where),) * n
    return found or None


def _limits(given: Any, where: str, groups: Mapping[str, Sequence[str]], names: Sequence[str]) -> dict[str, Fraction] | None:
    if given is None:
        return None
    if not isinstance(given, dict):
        if isinstance(given, list):
            raise ProblemFileError(f"{where} is {fields.shown(given)}; write one number for all agents or {{ agent = number }}")
        return dict.fromkeys(names, fields.number(given, where))
    found = _by_agent(given, where, groups)
    return {name: fields.number(value, f"{where}.{name}") for name, value in found.items()} or None


def _constraints(given: Any) -> tuple[Constraint, ...]:
    if given == []:
        return ()
    found = [_constraint(entry, k + 1) for k, entry in enumerate(fields.tables(given, "design.constraints", "[[design.constraints]] tables"))]
    seen: set[str] = set()
    for constraint in found:
        if constraint.name in seen:
            raise ProblemFileError(f"design.constraints: the name {constraint.name!r} stands twice; names must differ")
        seen.add(constraint.name)
    return tuple(found)


def _constraint(entry: Mapping[str, Any], position: int) -> Constraint:
    start = f"design.constraints, entry {position}"
    if "name" not in entry:
        raise ProblemFileError(f'{start}: the key name is missing; write name = "..."')
    name = fields.name(entry["name"], f"{start}: name")
    where = f"design.constraints.{name}"
    fields.check_keys(entry, CONSTRAINT_KEYS, where)
    for key in ("sense", "terms"):
        if key not in entry:
            right = 'sense = "<=", ">=" or "="' if key == "sense" else 'terms = [{ outcome = "...", coefficient = 1 }]'
            raise ProblemFileError(f"{where}.{key} is missing; write {right}")
    sense = fields.choice(entry["sense"], SENSES, f"{where}.sense")
    terms = fields.tables(entry["terms"], f"{where}.terms", 'a list such as [{ outcome = "...", coefficient = 1 }]')
    read = tuple(_term(term, f"{where}.terms, entry {k + 1}") for k, term in enumerate(terms))
    return Constraint(name, read, sense, fields.number(entry.get("bound", 0), f"{where}.bound"))


def _term(term: Mapping[str, Any], where: str) -> Term:
    fields.check_keys(term, TERM_KEYS, where)
    if ("outcome" in term) == ("payment" in term):
        raise ProblemFileError(f'{where}: write either outcome = "..." or payment = "agent", not both or neither')
    key = "outcome" if "outcome" in term else "payment"
    target = fields.text(term[key], f"{where}: {key}")
    when = fields.table(term.get("when", {}), f"{where}: when", "{ agent = type }")
    return Term(
        outcome=target if key == "outcome" else None,
        payment=target if key == "payment" else None,
        coefficient=fields.number(term.get("coefficient", 1), f"{where}: coefficient"),
        when={agent: fields.text(kind, f"{where}: when.{agent}") for agent, kind in when.items()},
        expected=fields.flag(term.get("expected", True), f"{where}: expected"),
    )
