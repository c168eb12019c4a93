"""Certificates: rational shadow prices, and the bound they prove. The format is specified in docs/certificates.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mechopt.design.design import Design
from mechopt.environment.environment import Environment, Groups
from mechopt.rational import RationalArray, to_text

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Certificate", "PairPrices", "Tree"]

Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class PairPrices:
    """Prices on one agent's incentive constraints.

    Attributes
    ----------
    true, reported : int arrays, length n_pairs
    prices : RationalArray, shape (n_pairs,) or (n_pairs, profiles of the others)
    """

    true: Indices
    reported: Indices
    prices: RationalArray


@dataclass(frozen=True, eq=False)
class Certificate:
    """Prices on a design's requirements.

    Attributes
    ----------
    environment : Environment
    design : Design
    objective : str
        The design's, or ``"surplus"``, ``"subsidy"``, ``"feasibility"``.
    efficient : bool
        Whether the allocation is restricted to efficient outcomes.
    bound : Fraction
        What the prices prove.
    incentive : tuple of PairPrices, one per agent, or empty
    participation : tuple of RationalArray, one per agent, or empty
        Shape (n_types,), (n_types, profiles of the others) or (1,) for ex ante.
    budget : RationalArray or None
        Shape () for one price in expectation, or (n_profiles,).
    floor, cap : mapping from agent index to RationalArray, shape (n_profiles,)
    constraints : mapping from name to Fraction
    worst_case : RationalArray or None, shape (n_profiles,)
    """

    environment: Environment
    design: Design
    objective: str
    efficient: bool
    bound: Fraction
    incentive: tuple[PairPrices, ...] = ()
    participation: tuple[RationalArray, ...] = ()
    budget: RationalArray | None = None
    floor: Mapping[int, RationalArray] = field(default_factory=dict)
    cap: Mapping[int, RationalArray] = field(default_factory=dict)
    constraints: Mapping[str, Fraction] = field(default_factory=dict)
    worst_case: RationalArray | None = None

    @cached_property
    def groups(self) -> Groups:
        """All agents in groups of those who are alike, in the objective too, and have the very same prices; ordered by first members."""
        home = {i: k for k, group in enumerate(self.environment.alike) for i in group}
        found: dict[tuple[Any, ...], list[int]] = {}
        for i, agent in enumerate(self.environment.agents):
            prices = [id(part[i]) for part in (self.incentive, self.participation) if part]
            found.setdefault((home.get(i, agent.name), (self.design.weights or {}).get(agent.name), *prices), []).append(i)
        return tuple(map(tuple, found.values()))

    def to_dict(self) -> dict[str, Any]:
        """Return the certificate in the form of docs/certificates.md; prices that are zero are left out."""
        agents, first = self.environment.agents, [members[0] for members in self.groups]
        head = {"objective": self.objective, "efficient": self.efficient, "bound": to_text(self.bound)}
        return head | _pruned(
            {
                "incentive": _pruned({agents[i].name: self._incentive(i, self.incentive[i]) for i in first if self.incentive}),
                "participation": _pruned({agents[i].name: self._participation(i, self.participation[i]) for i in first if self.participation}),
                "budget": {} if self.budget is None else self._over_profiles(self.budget),
                "floor": _pruned({agents[i].name: self._own_first(i, prices) for i, prices in self.floor.items()}),
                "cap": _pruned({agents[i].name: self._own_first(i, prices) for i, prices in self.cap.items()}),
                "constraints": {name: to_text(price) for name, price in self.constraints.items() if price},
                "worst_case": {} if self.worst_case is None else self._over_profiles(self.worst_case),
            }
            | alike_to_dict(self.environment, self.groups)
        )

    def explain(self) -> str:
        """Return the proof in words and tables."""
        from mechopt.report.explain import explain_certificate

        return explain_certificate(self)

    def to_latex(self) -> str:
        """Return the prices as a LaTeX table (booktabs)."""
        from mechopt.report.explain import certificate_to_latex

        return certificate_to_latex(self)

    def to_frame(self) -> DataFrame:
        """Return the prices as a pandas frame: a row per requirement; those that stand at many profiles are added up."""
        from mechopt.report.sheets import prices_sheet

        return prices_sheet(self).to_frame()

    def _repr_html_(self) -> str:
        from mechopt.report.page.fragment import certificate_html

        return certificate_html(self)

    def _incentive(self, i: int, pairs: PairPrices) -> dict[str, Any]:
        types = self.environment.agents[i].types
        nested: dict[str, Any] = {}
        for k, (a, b) in enumerate(zip(pairs.true.tolist(), pairs.reported.tolist(), strict=True)):
            price = self._over_others(i, pairs.prices[k])
            if price not in ("0", {}):
                nested.setdefault(types[a], {})[types[b]] = price
        return nested

    def _participation(self, i: int, prices: RationalArray) -> Any:
        if self.design.participation == "ex-ante-ir":
            return to_text(prices.item())
        return _pruned({name: self._over_others(i, prices[a]) for a, name in enumerate(self.environment.agents[i].types)})

    def _over_others(self, i: int, prices: RationalArray) -> Any:
        if prices.ndim == 0:
            return to_text(prices.item())
        return self._nested(prices, [j for j in range(self.environment.n_agents) if j != i])

    def _over_profiles(self, prices: RationalArray) -> Any:
        return to_text(prices.item()) if prices.ndim == 0 else self._nested(prices, list(range(self.environment.n_agents)))

    def _own_first(self, i: int, prices: RationalArray) -> Any:
        order = [i, *(j for j in range(self.environment.n_agents) if j != i)]
        table = np.moveaxis(prices.numerators.reshape(self.environment.n_types), i, 0)
        return self._nested(RationalArray(table.reshape(-1), prices.denominator), order)

    def _nested(self, prices: RationalArray, order: list[int]) -> Any:
        """Return nested dictionaries over the types of the agents in `order`; an entry that is zero is left out."""
        if not order:
            return to_text(prices.item())
        names = [self.environment.agents[j].types for j in order]
        nested: dict[str, Any] = {}
        for position in np.nonzero(prices.numerators)[0].tolist():
            index = np.unravel_index(position, [len(entry) for entry in names])
            inner = nested
            for level, k in enumerate(index[:-1]):
                inner = inner.setdefault(names[level][int(k)], {})
            inner[names[-1][int(index[-1])]] = to_text(prices[position].item())
        return nested


@dataclass(frozen=True, eq=False)
class Tree:
    """A proof about deterministic mechanisms: below `chosen` an outcome is chosen at a profile, below `excluded` it is not.

    Attributes
    ----------
    profile : tuple of str
    outcome : str
    chosen, excluded : Certificate or Tree
    objective : str
        The design's, or ``"feasibility"`` if both sides are empty.
    bound : Fraction
    """

    profile: tuple[str, ...]
    outcome: str
    chosen: Certificate | Tree
    excluded: Certificate | Tree
    objective: str
    bound: Fraction

    @classmethod
    def of(cls, profile: tuple[str, ...], outcome: str, chosen: Certificate | Tree, excluded: Certificate | Tree) -> Tree:
        """Return the node of two branches, with the bound they prove together."""
        alive = [node for node in (chosen, excluded) if node.objective != "feasibility"]
        best = max(alive or [chosen, excluded], key=lambda node: node.bound)
        return cls(profile, outcome, chosen, excluded, best.objective, best.bound)

    def to_dict(self) -> dict[str, Any]:
        """Return the tree in the form of docs/certificates.md."""
        return {
            "profile": list(self.profile),
            "outcome": self.outcome,
            "chosen": self.chosen.to_dict(),
            "excluded": self.excluded.to_dict(),
            "objective": self.objective,
            "bound": to_text(self.bound),
        }

    def explain(self) -> str:
        """Return the proof in words."""
        from mechopt.report.explain import explain_certificate

        return explain_certificate(self)

    def leaves(self) -> Iterable[Certificate]:
        """Return the certificates at the leaves."""
        for node in (self.chosen, self.excluded):
            if isinstance(node, Tree):
                yield from node.leaves()
            else:
                yield node


def alike_to_dict(environment: Environment, groups: Groups) -> dict[str, list[list[str]]]:
    """Return the key "alike" of docs/certificates.md, absent where everybody is alone."""
    named = [[environment.agents[i].name for i in members] for members in groups if len(members) > 1]
    return {"alike": named} if named else {}


def _pruned(nested: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in nested.items() if value not in ("0", {})}
