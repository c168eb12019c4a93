"""Environments by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from mechopt.environment.environment import Agent, Environment, check_probabilities, marginals
from mechopt.environment.grids import Grid
from mechopt.errors import InvalidEnvironmentError, nearest
from mechopt.rational import Number, RationalArray, rational, to_text

__all__ = [
    "assignment",
    "bilateral_trade",
    "interdependent",
    "multi_item_auction",
    "multi_unit_auction",
    "object_environment",
    "partnership",
    "public_good",
    "single_item_auction",
    "table",
    "type_names",
]


def type_names(values: Sequence[Fraction]) -> tuple[str, ...]:
    """Return names for numeric types: the value, numbered where it repeats.

    Examples
    --------
    >>> type_names([Fraction(1, 2), Fraction(1), Fraction(1)])
    ('1/2', '1', '1 (2)')
    """
    seen: dict[str, int] = {}
    names = []
    for value in values:
        name = to_text(value)
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(names)


def numeric_agent(name: str, grid: Grid, outside: Sequence[Fraction]) -> Agent:
    """Return an agent whose types are values."""
    return Agent(name, type_names(grid.values), tuple(grid.prior), RationalArray.from_fractions(list(outside)), tuple(grid.values))


def object_environment(
    agents: Mapping[str, Grid], shares: Mapping[str, Number] | None = None, cost: Sequence[Number] | None = None, *, joint: Any = None
) -> Environment:
    """Return an environment with one divisible object.

    Parameters
    ----------
    agents : mapping from name to Grid
        Values of holding the object, in money.
    shares : mapping from name to number, optional
        Property rights: staying out is worth share times value. Default 0.
    cost : sequence of numbers, one per agent and one for "nobody", optional
        The designer's cost of each outcome, in money.
    joint : nested numbers, optional
        Joint probabilities where types are correlated; then the grids' priors are ignored.
    """
    _check_grids(agents)
    _check_names(agents, shares=shares)
    priors = [grid.prior for grid in agents.values()] if joint is None else _marginals(joint)
    built = []
    for (name, entry), prior in zip(agents.items(), priors, strict=True):
        share = rational((shares or {}).get(name, 0), f"share of {name}")
        built.append(numeric_agent(name, Grid(entry.values, tuple(prior)), [share * value for value in entry.values]))
    outcomes = (*agents, "nobody")
    return Environment("object", tuple(built), outcomes, _cost(cost, len(outcomes)), _joint(joint))


def bilateral_trade(seller: Grid, buyer: Grid) -> Environment:
    """Return bilateral trade: the seller owns the object.

    Examples
    --------
    >>> from mechopt.environment.grids import uniform
    >>> bilateral_trade(seller=uniform(0, 1, 3), buyer=uniform(0, 1, 3)).n_types
    (3, 3)

    References
    ----------
    .. [1] R. B. Myerson and M. A. Satterthwaite, "Efficient Mechanisms for Bilateral Trading", J. Econ. Theory 29 (1983), 265-281.
       https://doi.org/10.1016/0022-0531(83)90048-0
    """
    return object_environment({"seller": seller, "buyer": buyer}, {"seller": 1})


def partnership(shares: Sequence[Number] | Mapping[str, Number], values: Grid | Sequence[Grid]) -> Environment:
    """Return a partnership: every partner owns a share of the object.

    Parameters
    ----------
    shares : sequence of numbers, or mapping from name to number
        Property rights; without names the partners are numbered.
    values : Grid, or a sequence with one per partner
        Values of holding the whole, in money.

    Raises
    ------
    InvalidEnvironmentError
        If there are not as many grids as shares.

    Examples
    --------
    >>> from mechopt.environment.grids import uniform
    >>> [agent.name for agent in partnership(["1/3"] * 3, uniform(0, 1, 2)).agents]
    ['partner 1', 'partner 2', 'partner 3']
    >>> [agent.name for agent in partnership({"Ann": "2/3", "Bob": "1/3"}, uniform(0, 1, 2)).agents]
    ['Ann', 'Bob']

    References
    ----------
    .. [1] P. Cramton, R. Gibbons and P. Klemperer, "Dissolving a Partnership Efficiently", Econometrica 55 (1987), 615-632.
       https://doi.org/10.2307/1913239
    """
    grids = [values] * len(shares) if isinstance(values, Grid) else list(values)
    if len(grids) != len(shares):
        raise InvalidEnvironmentError(f"values has {len(grids)} grids for {len(shares)} shares; write one per partner")
    named = shares if isinstance(shares, Mapping) else {f"partner {k + 1}": share for k, share in enumerate(shares)}
    return object_environment(dict(zip(named, grids, strict=True)), named)


def single_item_auction(bidders: Sequence[Grid]) -> Environment:
    """Return an auction of one object that nobody owns: the seller is the designer."""
    return object_environment({f"bidder {k + 1}": grid for k, grid in enumerate(bidders)})


def public_good(agents: Mapping[str, Grid], cost: Number, *, outside: Number = 0) -> Environment:
    """Return a public project: values count when it is carried out, which costs the designer `cost`."""
    _check_grids(agents)
    stay = rational(outside, "outside")
    built = tuple(numeric_agent(name, grid, [stay] * len(grid.values)) for name, grid in agents.items())
    return Environment("public-good", built, ("no", "yes"), RationalArray.of([0, cost]))


def table(
    utility: Mapping[str, Any],
    outcomes: Sequence[str],
    *,
    prior: Mapping[str, Sequence[Number]] | None = None,
    types: Mapping[str, Sequence[str]] | None = None,
    outside: Mapping[str, Any] | None = None,
    cost: Sequence[Number] | None = None,
    joint: Any = None,
) -> Environment:
    """Return any finite environment with private values.

    Parameters
    ----------
    utility : mapping from agent name to a table
        A row per type, a column per outcome, in money.
    outcomes : sequence of str
    prior : mapping from agent name to probabilities, optional
        Default: equal.
    types : mapping from agent name to type names, optional
        Default: "1", "2", ...
    outside : mapping, optional
        Per agent: one number, a list per type, or ``{"outcome": name}``. Default 0.
    cost : sequence of numbers, one per outcome, optional
    joint : nested numbers, optional
        Joint probabilities where types are correlated.

    Examples
    --------
    >>> environment = table({"Ann": [[0, 1, 2], [0, 3, 1]]}, ["none", "pool", "bridge"], cost=[0, 1, 2])
    >>> environment.n_types, environment.n_outcomes
    ((2,), 3)
    """
    _check_names(utility, prior=prior, types=types, outside=outside)
    tables = {name: RationalArray.of(rows) for name, rows in utility.items()}
    agents = []
    joint_marginals = dict(zip(tables, _marginals(joint), strict=True)) if joint is not None else None
    for name, rows in tables.items():
        if rows.ndim != 2:
            raise InvalidEnvironmentError(f"agents.{name}.utility must be a table with a row per type and a column per outcome")
        n = rows.shape[0]
        own = tuple((types or {}).get(name) or [str(k + 1) for k in range(n)])
        chances = joint_marginals[name] if joint_marginals is not None else _prior((prior or {}).get(name), n, name)
        stay = outside_option((outside or {}).get(name, 0), rows, outcomes, name)
        agents.append(Agent(name, own, chances, stay, None, rows))
    return Environment("table", tuple(agents), tuple(outcomes), _cost(cost, len(outcomes)), _joint(joint))


def interdependent(
    utility: Mapping[str, Any],
    outcomes: Sequence[str],
    *,
    prior: Mapping[str, Sequence[Number]] | None = None,
    types: Mapping[str, Sequence[str]] | None = None,
    outside: Mapping[str, Any] | None = None,
    cost: Sequence[Number] | None = None,
    joint: Any = None,
) -> Environment:
    """Return an environment in which utilities depend on everybody's types.

    Parameters
    ----------
    utility : mapping from agent name to an array, shape (*n_types of all agents, n_outcomes)
        In money. Other parameters as for `table`; ``outside`` may also be an array over profiles.

    Examples
    --------
    >>> values = [[[a + b, 0] for b in (0, 1)] for a in (0, 1)]
    >>> interdependent({"Ann": values, "Bob": values}, ["yes", "no"]).private_values
    False
    """
    _check_names(utility, prior=prior, types=types, outside=outside)
    tables = {name: RationalArray.of(entries) for name, entries in utility.items()}
    agents = []
    joint_marginals = _marginals(joint) if joint is not None else None
    for i, (name, entries) in enumerate(tables.items()):
        if entries.ndim != len(tables) + 1:
            raise InvalidEnvironmentError(f"agents.{name}.utility has {entries.ndim} axes; write one per agent and one for outcomes")
        n = entries.shape[i]
        own = tuple((types or {}).get(name) or [str(k + 1) for k in range(n)])
        chances = joint_marginals[i] if joint_marginals is not None else _prior((prior or {}).get(name), n, name)
        stay = outside_option((outside or {}).get(name, 0), entries, outcomes, name, own=n)
        agents.append(Agent(name, own, chances, stay, None, entries))
    return Environment("interdependent", tuple(agents), tuple(outcomes), _cost(cost, len(outcomes)), _joint(joint))


def outside_option(given: Any, utility: RationalArray, outcomes: Sequence[str], name: str, own: int | None = None) -> RationalArray:
    """Return outside options from one number, a list per type, an array over profiles, or a status-quo outcome."""
    n = own if own is not None else utility.shape[0]
    if isinstance(given, Mapping):
        outcome = given.get("outcome")
        if set(given) != {"outcome"} or outcome not in outcomes:
            raise InvalidEnvironmentError(f"agents.{name}.outside is {dict(given)}; write {{ outcome = NAME }} with one of {', '.join(outcomes)}")
        return utility[..., list(outcomes).index(str(outcome))]
    if isinstance(given, (list, tuple, np.ndarray)):
        return RationalArray.of(given)
    return RationalArray.full((n,), rational(given, f"agents.{name}.outside"))


def multi_item_auction(
    bidders: Mapping[str, Sequence[Sequence[Number]]],
    *,
    prior: Mapping[str, Sequence[Number]] | None = None,
    value: Callable[[Sequence[Fraction], tuple[int, ...]], Fraction] | None = None,
) -> Environment:
    """Return an auction of several items, as a table: an outcome says who gets which item.

    Parameters
    ----------
    bidders : mapping from name to a list of types, each a list of one value per item
    prior : mapping from name to probabilities, optional
    value : callable, optional
        The value of a bundle from the item values and the items won; default: their sum (additive).

    Examples
    --------
    >>> auction = multi_item_auction({"Ann": [[1, 1], [2, 1]], "Bob": [[1, 2]]})
    >>> auction.outcomes[:3]
    ('Ann, Ann', 'Ann, Bob', 'Ann, nobody')
    """
    names = list(bidders)
    typed = {name: [[rational(entry, f"values of {name}") for entry in row] for row in rows] for name, rows in bidders.items()}
    n_items = len(next(iter(typed.values()))[0])
    worth = value or (lambda values, won: sum((values[k] for k in won), Fraction(0)))
    outcomes = list(product([*names, "nobody"], repeat=n_items))
    utility = {
        name: [[worth(row, tuple(k for k, owner in enumerate(outcome) if owner == name)) for outcome in outcomes] for row in rows]
        for name, rows in typed.items()
    }
    types = {name: ["(" + ", ".join(map(to_text, row)) + ")" for row in rows] for name, rows in typed.items()}
    return table(utility, [", ".join(outcome) for outcome in outcomes], prior=prior, types=types)


def multi_unit_auction(bidders: Mapping[str, Grid], units: int) -> Environment:
    """Return an auction of identical units to bidders who want one each, as a table: an outcome says who is served.

    Examples
    --------
    >>> from mechopt.environment.grids import uniform
    >>> multi_unit_auction({"a": uniform(0, 1, 2), "b": uniform(0, 1, 2), "c": uniform(0, 1, 2)}, 2).n_outcomes
    7
    """
    names = list(bidders)
    served = [subset for subset in product((1, 0), repeat=len(names)) if sum(subset) <= units]
    utility = {name: [[value * chosen[k] for chosen in served] for value in bidders[name].values] for k, name in enumerate(names)}
    labels = [", ".join(name for name, one in zip(names, chosen, strict=True) if one) or "nobody" for chosen in served]
    types = {name: type_names(grid.values) for name, grid in bidders.items()}
    return table(utility, labels, prior={name: grid.prior for name, grid in bidders.items()}, types=types)


def assignment(
    agents: Mapping[str, Sequence[Sequence[Number]]], items: Sequence[str], *, prior: Mapping[str, Sequence[Number]] | None = None
) -> Environment:
    """Return an assignment problem, as a table: an outcome gives every agent at most one item.

    Parameters
    ----------
    agents : mapping from name to a list of types, each a list of one value per item
    items : sequence of str
    prior : mapping from name to probabilities, optional

    Examples
    --------
    >>> assignment({"Ann": [[1, 2]], "Bob": [[2, 1]]}, ["left", "right"]).n_outcomes
    7
    """
    names = list(agents)
    choices = product(range(-1, len(items)), repeat=len(names))
    plans = [plan for plan in choices if len({k for k in plan if k >= 0}) == sum(k >= 0 for k in plan)]
    labels = [", ".join(f"{name}: {items[k]}" for name, k in zip(names, plan, strict=True) if k >= 0) or "nothing" for plan in plans]
    utility = {name: [[row[plan[j]] if plan[j] >= 0 else 0 for plan in plans] for row in rows] for j, (name, rows) in enumerate(agents.items())}
    types = {name: ["(" + ", ".join(map(str, row)) + ")" for row in rows] for name, rows in agents.items()}
    return table(utility, labels, prior=prior, types=types)


def _check_grids(agents: Mapping[str, Any]) -> None:
    for name, given in agents.items():
        if not isinstance(given, Grid):
            raise InvalidEnvironmentError(f"values of {name}: {given!r} is no Grid; write one such as uniform(0, 1, points=6)")


def _check_names(agents: Mapping[str, Any], **given: Mapping[str, Any] | None) -> None:
    """Refuse what is said about agents that do not exist: ignored, it would change the question."""
    for what, entries in given.items():
        for name in entries or {}:
            if name not in agents:
                raise InvalidEnvironmentError(f"{what}: there is no agent {name!r}; {nearest(name, list(agents))}")


def _prior(given: Sequence[Number] | None, n: int, name: str) -> tuple[Fraction, ...]:
    if given is None:
        return (Fraction(1, n),) * n if n else ()
    return tuple(rational(entry, f"agents.{name}.prior") for entry in given)


def _cost(cost: Sequence[Number] | None, n_outcomes: int) -> RationalArray:
    return RationalArray.full((n_outcomes,), 0) if cost is None else RationalArray.of(list(cost))


def _joint(joint: Any) -> RationalArray | None:
    return None if joint is None else RationalArray.of(joint)


def _marginals(joint: Any) -> list[tuple[Fraction, ...]]:
    entries = RationalArray.of(joint)
    check_probabilities(entries.reshape(-1).fractions(), "prior.joint")
    return marginals(entries)
