"""The tables ``[environment]``, ``[[agents]]`` and ``[prior]`` of a document, read as an environment."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from mechopt.environment.builders import type_names
from mechopt.environment.environment import KINDS, Agent, Environment, check_probabilities, marginals
from mechopt.environment.grids import Grid, grid
from mechopt.errors import MechoptError, MechoptWarning, ProblemFileError, nearest
from mechopt.files import fields
from mechopt.rational import RationalArray

__all__ = ["AGENT_KEYS", "ENVIRONMENT_KEYS", "MOST_COPIES", "groups", "read_environment"]

MOST_COPIES = 1000
ENVIRONMENT_KEYS = ("kind", "outcomes", "cost")
_BY_VALUES = ("object", "public-good")
AGENT_KEYS = {
    "object": ("name", "copies", "values", "types", "prior", "share", "outside"),
    "public-good": ("name", "copies", "values", "types", "prior", "outside"),
    "table": ("name", "copies", "utility", "types", "prior", "outside"),
    "interdependent": ("name", "utility", "types", "prior", "outside"),
}
_GRID = '{ distribution = "uniform", low = 0, high = 1, points = 20 }'


@dataclass(frozen=True)
class _Frame:
    """What every agent's table is read against."""

    kind: str
    outcomes: tuple[str, ...]
    n_agents: int
    joint: bool

    @property
    def by_values(self) -> bool:
        return self.kind in _BY_VALUES


@dataclass(frozen=True)
class _Types:
    """What one ``[[agents]]`` table says about types and tastes."""

    names: tuple[str, ...]
    prior: tuple[Fraction, ...] | None
    values: tuple[Fraction, ...] | None = None
    utility: RationalArray | None = None


def groups(agents: Any) -> list[tuple[tuple[str, ...], dict[str, Any]]]:
    """Return each ``[[agents]]`` table with the names of the agents it stands for: several if it has ``copies``.

    Examples
    --------
    >>> [names for names, _ in groups([{"name": "seller"}, {"name": "buyer", "copies": 2}])]
    [('seller',), ('buyer 1', 'buyer 2')]
    """
    found = []
    for k, entry in enumerate(fields.tables(agents, "agents", '[[agents]] with name = "..." for every agent')):
        if "name" not in entry:
            raise ProblemFileError(f'agents, entry {k + 1}: the key name is missing; write name = "..."')
        own = fields.name(entry["name"], f"agents, entry {k + 1}: name")
        copies = fields.whole(entry.get("copies", 1), f"agents.{own}.copies", MOST_COPIES)
        found.append(((own,) if copies == 1 else tuple(f"{own} {copy + 1}" for copy in range(copies)), entry))
    return found


def read_environment(document: Mapping[str, Any], title: str = "", source: str = "") -> Environment:
    """Return the environment of a document.

    Raises
    ------
    MechoptError
        If a key is unknown or a value is not what the key needs; the message names the key path.
    """
    if "environment" not in document:
        raise ProblemFileError(f"the table [environment] is missing; write it with kind = one of {', '.join(KINDS)}")
    head = fields.table(document["environment"], "environment", f"a table with kind = one of {', '.join(KINDS)}")
    kind = _kind(head)
    if "agents" not in document:
        raise ProblemFileError("the tables [[agents]] are missing; write one for every agent")
    given = groups(document["agents"])
    members = [name for names, _ in given for name in names]
    outcomes = _outcomes(head, kind, members)
    frame = _Frame(kind, outcomes, len(members), "prior" in document)
    typed = [(names, entry, _types(entry, frame, k)) for k, (names, entry) in enumerate(given)]
    joint, chances = _prior(document, [own for names, _, own in typed for _ in names], members)
    agents: list[Agent] = []
    for names, entry, own in typed:
        outside = _outside(entry, own, names[0], frame)
        for name in names:
            if isinstance(entry.get("outside"), dict):  # the outcome may be one copy's
                outside = _outside(entry, own, name, frame)
            agents.append(Agent(name, own.names, chances[len(agents)], outside, own.values, own.utility))
    return Environment(kind, tuple(agents), outcomes, _cost(head, kind, len(outcomes)), joint, title, source)


def _kind(head: Mapping[str, Any]) -> str:
    known = [*KINDS, "dynamic"]
    if "kind" not in head:
        raise ProblemFileError(f'environment.kind is missing; write kind = "object" or another of {", ".join(known)}')
    kind = fields.choice(head["kind"], known, "environment.kind")
    if kind == "dynamic":
        raise ProblemFileError(f'environment.kind is "dynamic", which this command does not support; it needs one of {", ".join(KINDS)}')
    fields.check_keys(head, ENVIRONMENT_KEYS, "environment")
    return kind


def _outcomes(head: Mapping[str, Any], kind: str, members: list[str]) -> tuple[str, ...]:
    implied = {"object": (*members, "nobody"), "public-good": ("no", "yes")}.get(kind)
    if "outcomes" not in head:
        if implied is None:
            raise ProblemFileError(f'environment.outcomes is missing; kind "{kind}" needs a list of names such as ["none", "pool"]')
        return implied
    given = fields.names(head["outcomes"], "environment.outcomes")
    if implied is not None and given != implied:
        listed = ", ".join(implied[:12]) + (", ..." if len(implied) > 12 else "")
        raise ProblemFileError(f'environment.outcomes: kind "{kind}" has the outcomes {listed}, in this order; leave the key out')
    return given


def _cost(head: Mapping[str, Any], kind: str, n_outcomes: int) -> RationalArray:
    given = head.get("cost")
    if given is None:
        return RationalArray.full((n_outcomes,), 0)
    if kind == "public-good" and not isinstance(given, list):
        return RationalArray.from_fractions([Fraction(0), fields.number(given, "environment.cost")])
    return fields.array(given, "environment.cost", [("outcome", n_outcomes)])


def _types(entry: Mapping[str, Any], frame: _Frame, position: int) -> _Types:
    where = f"agents.{entry['name']}"
    fields.check_keys(entry, AGENT_KEYS[frame.kind], where, f' where kind is "{frame.kind}"')
    main = "values" if frame.by_values else "utility"
    if main not in entry:
        right = f"values = [0, 1] or {_GRID}" if frame.by_values else "utility = a row per type, a column per outcome"
        raise ProblemFileError(f"{where}.{main} is missing; write {right}")
    given = fields.names(entry["types"], f"{where}.types") if "types" in entry else None
    if frame.by_values:
        return _types_by_values(entry, frame, given, where)
    own = ("type", len(given) if given is not None else None)
    interdependent = frame.kind == "interdependent"
    axes = [own if k == position else (f"type of agent {k + 1}", None) for k in range(frame.n_agents)] if interdependent else [own]
    utility = fields.array(entry["utility"], f"{where}.utility", [*axes, ("outcome", len(frame.outcomes))])
    n = utility.shape[position if interdependent else 0]
    return _Types(given or tuple(str(k + 1) for k in range(n)), _own_prior(entry, frame, where, None), None, utility)


def _types_by_values(entry: Mapping[str, Any], frame: _Frame, given: tuple[str, ...] | None, where: str) -> _Types:
    drawn = None
    if isinstance(entry["values"], dict):
        drawn = _grid(entry["values"], f"{where}.values")
        values = drawn.values
        if frame.joint and len(set(drawn.prior)) > 1:
            raise ProblemFileError(f"{where}.values come from a distribution, but [prior] joint has the probabilities; write the values as a list")
    else:
        values = tuple(fields.numbers(entry["values"], f"{where}.values"))
    if given is not None and len(given) != len(values):
        raise ProblemFileError(f"{where}.types has {len(given)} entries; write one per value, {len(values)}")
    return _Types(given or type_names(values), _own_prior(entry, frame, where, drawn), values)


def _own_prior(entry: Mapping[str, Any], frame: _Frame, where: str, drawn: Grid | None) -> tuple[Fraction, ...] | None:
    if "prior" not in entry:
        return drawn.prior if drawn is not None and not frame.joint else None
    if frame.joint:
        raise ProblemFileError(f"{where}.prior: the probabilities stand in [prior] joint already; leave one of the two out")
    if drawn is not None:
        raise ProblemFileError(f"{where}.prior: values from a distribution bring their probabilities; leave one of the two out")
    return tuple(fields.numbers(entry["prior"], f"{where}.prior"))


def _grid(given: Mapping[str, Any], where: str) -> Grid:
    for key in ("distribution", "points"):
        if key not in given:
            close = next((other for other in given if nearest(other, [key]).startswith("did")), None)
            hint = f"{where}.{close} is not a known key; did you mean '{key}'?" if close else f"{where}.{key} is missing; write {_GRID}"
            raise ProblemFileError(hint)
    distribution = fields.text(given["distribution"], f"{where}.distribution")
    points = given["points"]
    if isinstance(points, bool) or not isinstance(points, int):
        raise ProblemFileError(f"{where}.points is {fields.shown(points)}; write an integer such as 20")
    rest = {key: fields.number(value, f"{where}.{key}") for key, value in given.items() if key not in ("distribution", "points")}
    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("always", MechoptWarning)
        try:
            drawn = grid(distribution, points, rest.pop("low", None), rest.pop("high", None), **rest)
        except MechoptError as error:
            raise fields.about(error, where) from error
    for warning in noted:  # said again, with the key
        warnings.warn(f"{where}: {warning.message}", warning.category, stacklevel=2)
    return drawn


def _prior(document: Mapping[str, Any], typed: list[_Types], members: list[str]) -> tuple[RationalArray | None, list[tuple[Fraction, ...]]]:
    """Return the joint prior, None where types are independent, and every agent's own."""
    n_types = [len(own.names) for own in typed]
    if "prior" not in document:
        even = {n: (Fraction(1, n),) * n for n in set(n_types)}
        return None, [even[n] if own.prior is None else own.prior for own, n in zip(typed, n_types, strict=True)]
    prior = fields.table(document["prior"], "prior", "[prior] with joint = nested lists, in the agents' order")
    fields.check_keys(prior, ("joint",), "prior")
    if "joint" not in prior:
        raise ProblemFileError("prior.joint is missing; write nested lists of probabilities, in the agents' order")
    joint = fields.array(prior["joint"], "prior.joint", [(f"type of {name}", n) for name, n in zip(members, n_types, strict=True)])
    check_probabilities(joint.reshape(-1).fractions(), "prior.joint")
    return joint, marginals(joint)


def _outside(entry: Mapping[str, Any], own: _Types, name: str, frame: _Frame) -> RationalArray:
    """Return what staying out is worth, from a share of the object, a number, a list, or an outcome."""
    where = f"agents.{entry['name']}"
    if "share" in entry:
        return _entitled(entry, own, where)
    given = entry.get("outside", 0)
    n = len(own.names)
    if isinstance(given, dict):
        return _outside_outcome(given, own, name, frame, f"{where}.outside")
    if not isinstance(given, list):
        return RationalArray.full((n,), fields.number(given, f"{where}.outside"))
    if frame.kind == "interdependent" and given and isinstance(given[0], list):
        return fields.array(given, f"{where}.outside", [(f"type of agent {k + 1}", None) for k in range(frame.n_agents)])
    return RationalArray.from_fractions(fields.numbers(given, f"{where}.outside", n))


def _entitled(entry: Mapping[str, Any], own: _Types, where: str) -> RationalArray:
    if "outside" in entry:
        raise ProblemFileError(f"{where}.share and {where}.outside both say what staying out is worth; leave one out")
    share = fields.number(entry["share"], f"{where}.share")
    if share < 0:
        raise ProblemFileError(f"{where}.share is {share}; a property right is not negative")
    return (RationalArray.from_fractions(list(own.values or ())) * share).reduced()


def _outside_outcome(given: Mapping[str, Any], own: _Types, name: str, frame: _Frame, where: str) -> RationalArray:
    fields.check_keys(given, ("outcome",), where)
    outcome = fields.choice(given.get("outcome"), frame.outcomes, f"{where}.outcome")
    if own.utility is not None:
        return own.utility[..., frame.outcomes.index(outcome)]
    counts = outcome == (name if frame.kind == "object" else "yes")
    return RationalArray.from_fractions([value if counts else Fraction(0) for value in own.values or ()])
