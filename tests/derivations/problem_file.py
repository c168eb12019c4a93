"""A second reader of problem files, for derivations only: it shares no line with mechopt.

It understands what the catalogue's static problems use, writes every default out and turns them all into one
shape: a utility per agent, profile and outcome; a probability per profile; an outside option per
agent and type.
"""

from __future__ import annotations

import itertools
import math
import tomllib
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

PROBLEMS = Path(__file__).resolve().parents[2] / "problems"
Profile = tuple[int, ...]


@dataclass(frozen=True)
class Problem:
    """A finite environment and a design, every number a fraction."""

    slug: str
    agents: list[str]
    types: list[list[str]]
    outcomes: list[str]
    cost: list[Fraction]
    probability: dict[Profile, Fraction]
    utility: dict[tuple[int, Profile, int], Fraction]
    outside: list[list[Fraction]]
    independent: bool
    private: bool
    design: dict[str, Any]
    expected: dict[str, Any]

    @cached_property
    def profiles(self) -> list[Profile]:
        """All profiles in row-major order."""
        return list(itertools.product(*(range(len(names)) for names in self.types)))

    @cached_property
    def in_integers(self) -> tuple[dict[tuple[int, Profile, int], int], list[list[int]], int]:
        """Utilities and outside options over one common denominator, and that denominator."""
        unit = math.lcm(*(u.denominator for u in (*self.utility.values(), *itertools.chain(*self.outside))))
        utility = {key: int(u * unit) for key, u in self.utility.items()}
        return utility, [[int(u * unit) for u in row] for row in self.outside], unit

    def surplus(self, profile: Profile, outcome: int) -> Fraction:
        """Sum of utilities less the designer's cost."""
        return sum((self.utility[i, profile, outcome] for i in range(len(self.agents))), -self.cost[outcome])

    def efficient(self, profile: Profile) -> list[int]:
        """All outcomes of greatest surplus."""
        surpluses = [self.surplus(profile, x) for x in range(len(self.outcomes))]
        most = max(surpluses)
        return [x for x, s in enumerate(surpluses) if s == most]

    def marginal(self, agent: int, kind: int) -> Fraction:
        """Probability of one agent's type."""
        return self._marginals[agent][kind]

    @cached_property
    def _marginals(self) -> list[list[Fraction]]:
        marginals = [[Fraction(0) for _ in names] for names in self.types]
        for (i, row), (p, f) in itertools.product(enumerate(marginals), self.probability.items()):
            row[p[i]] += f
        return marginals

    def first_best(self) -> Fraction:
        """Expected greatest surplus."""
        return sum((f * self.surplus(p, self.efficient(p)[0]) for p, f in self.probability.items()), Fraction(0))

    def status_quo(self) -> Fraction:
        """Expected sum of outside options."""
        return sum(
            (f * self.outside[i][p[i]] for p, f in self.probability.items() for i in range(len(self.agents))),
            Fraction(0),
        )


def grid(table: dict[str, Any]) -> tuple[list[Fraction], list[Fraction]]:
    """Midpoints of equal cells of the support, and the cells' probabilities."""
    points, kind = table["points"], table["distribution"]
    low, high = Fraction(table.get("low", 0)), Fraction(table.get("high", 1))
    values = [low + (high - low) * Fraction(2 * j + 1, 2 * points) for j in range(points)]
    if kind == "uniform":
        return values, [Fraction(1, points)] * points
    if kind == "beta" and (table["a"], table["b"]) == (2, 2):
        cumulative = [Fraction(3 * j**2, points**2) - Fraction(2 * j**3, points**3) for j in range(points + 1)]
        prior = [round(after - before, 12) for before, after in itertools.pairwise(cumulative)]
        return values, [p / sum(prior) for p in prior]
    raise ValueError(f"this reader knows no {table}")


def fractions(numbers: Any) -> Any:
    """Nested lists of numbers as nested lists of fractions."""
    return [fractions(n) for n in numbers] if isinstance(numbers, list) else Fraction(numbers)


def load(slug: str) -> Problem:
    """Read problems/SLUG.toml."""
    with (PROBLEMS / f"{slug}.toml").open("rb") as file:
        data = tomllib.load(file, parse_float=Fraction)
    environment = data["environment"]
    tables = [
        dict(t, name=t["name"] if t.get("copies", 1) == 1 else f"{t['name']}-{copy + 1}")
        for t in data["agents"]
        for copy in range(t.get("copies", 1))
    ]
    kind = environment["kind"]
    n = len(tables)
    outcomes = {"object": [t["name"] for t in tables] + ["nobody"], "public-good": ["no", "yes"]}.get(kind) or environment["outcomes"]
    given = environment.get("cost", 0)
    cost = fractions(given) if isinstance(given, list) else [Fraction(0)] * len(outcomes)
    if kind == "public-good":
        cost = [Fraction(0), Fraction(given)]
    rows: list[Any] = []
    priors, types, outside = [], [], []
    for i, table in enumerate(tables):
        prior = fractions(table["prior"]) if "prior" in table else None
        if "values" in table:
            given = table["values"]
            values, prior_of_grid = grid(given) if isinstance(given, dict) else (fractions(given), None)
            prior = prior_of_grid or prior
            here = [i] if kind == "object" else [1]
            rows.append([[v if x in here else Fraction(0) for x in range(len(outcomes))] for v in values])
            names = table.get("types", [str(v) for v in values])
        else:
            rows.append(fractions(table["utility"]))
            names = table["types"]
        types.append(names)
        priors.append(prior or [Fraction(1, len(names))] * len(names))
        stay = table.get("outside", 0)
        if "share" in table:
            outside.append([Fraction(table["share"]) * v for v in values])
        elif isinstance(stay, dict):
            outside.append([row[outcomes.index(stay["outcome"])] for row in rows[i]])
        else:
            outside.append(fractions(stay) if isinstance(stay, list) else [Fraction(stay)] * len(names))
    profiles = list(itertools.product(*(range(len(names)) for names in types)))
    joint = fractions(data["prior"]["joint"]) if "prior" in data else None
    probability = {}
    for profile in profiles:
        if joint is not None:
            cell = joint
            for a in profile:
                cell = cell[a]
            probability[profile] = cell
        else:
            probability[profile] = Fraction(1)
            for i, a in enumerate(profile):
                probability[profile] *= priors[i][a]
    if sum(probability.values()) != 1:
        raise ValueError(f"{slug}: probabilities sum to {sum(probability.values())}")
    utility = {}
    for i, profile in itertools.product(range(n), profiles):
        cell = rows[i]
        for a in profile if kind == "interdependent" else profile[i : i + 1]:
            cell = cell[a]
        for x in range(len(outcomes)):
            utility[i, profile, x] = cell[x]
    return Problem(
        slug,
        [t["name"] for t in tables],
        types,
        outcomes,
        cost,
        probability,
        utility,
        outside,
        joint is None,
        kind != "interdependent",
        data["design"],
        data["expected"],
    )
