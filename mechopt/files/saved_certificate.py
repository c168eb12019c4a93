"""A certificate of a saved result, read back as prices over agents and types; nothing verified."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np

from mechopt.errors import ProblemFileError, nearest
from mechopt.exact.certificate import Certificate, PairPrices, Tree
from mechopt.files.fields import exact_number, table, text
from mechopt.files.mechanism_file import alike
from mechopt.problem import Problem
from mechopt.rational import RationalArray

__all__ = ["certificate_from_dict"]

Names = Sequence[str]


def certificate_from_dict(document: Mapping[str, Any], problem: Problem) -> Certificate | Tree:
    """Return the certificate of a document in the form of docs/certificates.md.

    Parameters
    ----------
    document : mapping
        The ``certificate`` of a saved result.
    problem : Problem
        The result's problem.

    Raises
    ------
    ProblemFileError
        If it names an agent or type that does not exist, or a price is not a rational; whether the prices prove anything is not checked.

    Examples
    --------
    >>> import mechopt as mo
    >>> result = mo.certify(mo.bilateral_trade(mo.uniform(0, 1, 6), mo.uniform(0, 1, 6)))
    >>> certificate_from_dict(result.certificate.to_dict(), result.problem).to_latex() == result.certificate.to_latex()
    True
    """
    if "profile" in document:
        chosen, excluded = (
            certificate_from_dict(table(document.get(key), f"certificate.{key}", "a certificate"), problem) for key in ("chosen", "excluded")
        )
        profile = tuple(str(name) for name in document["profile"])
        objective, bound = text(document.get("objective"), "certificate.objective"), exact_number(document.get("bound"), "certificate.bound")
        return Tree(profile, text(document.get("outcome"), "certificate.outcome"), chosen, excluded, objective, bound)
    return _Reader(document, problem).certificate()


class _Reader:
    """Reads the tables of one certificate against the names of its environment."""

    def __init__(self, document: Mapping[str, Any], problem: Problem) -> None:
        self._document, self._problem = document, problem
        self._types = [agent.types for agent in problem.environment.agents]
        self._agents = [agent.name for agent in problem.environment.agents]

    def certificate(self) -> Certificate:
        """Return the certificate; what the document leaves out is zero."""
        document, design = self._document, self._problem.design
        by_profile = design.incentive in ("dsic", "epic")
        incentive, participation = self._part("incentive"), self._part("participation")
        constraints = table(document.get("constraints", {}), "certificate.constraints", "a table with constraints' names as keys")
        first = {i: members[0] for members in alike(document, self._problem.environment, "certificate") for i in members}
        homes = [first.get(i, i) for i in range(len(self._agents))]
        pairs = {i: self._pairs(i, incentive.get(self._agents[i], {}), by_profile) for i in set(homes)}
        paid = {i: self._participation(i, participation.get(self._agents[i], {})) for i in set(homes)}
        return Certificate(
            self._problem.environment,
            design,
            text(document.get("objective"), "certificate.objective"),
            bool(document.get("efficient")),
            exact_number(document.get("bound"), "certificate.bound"),
            tuple(pairs[i] for i in homes) if incentive else (),
            tuple(paid[i] for i in homes) if participation else (),
            self._over_all("budget"),
            self._limits("floor"),
            self._limits("cap"),
            {str(name): exact_number(price, f"certificate.constraints.{name}") for name, price in constraints.items()},
            self._over_all("worst_case"),
        )

    def _part(self, key: str) -> dict[str, Any]:
        part = table(self._document.get(key, {}), f"certificate.{key}", "a table with agents' names as keys")
        for name in part:
            _position(name, self._agents, f"certificate.{key}")
        return part

    def _pairs(self, i: int, nested: Any, by_profile: bool) -> PairPrices:
        own, others = self._types[i], self._others(i) if by_profile else []
        where = f"certificate.incentive.{self._agents[i]}"
        true, reported, rows = [], [], []
        for a, lies in table(nested, where, "a table with true types as keys").items():
            for b, price in table(lies, f"{where}.{a}", "a table with reported types as keys").items():
                true.append(_position(a, own, where))
                reported.append(_position(b, own, f"{where}.{a}"))
                rows += _filled(price, others, f"{where}.{a}.{b}")
        shape = (len(true), prod(map(len, others))) if by_profile else (len(true),)
        prices = RationalArray.from_fractions(rows, shape) if rows else RationalArray.full(shape)
        return PairPrices(np.array(true, dtype=np.int64), np.array(reported, dtype=np.int64), prices)

    def _participation(self, i: int, nested: Any) -> RationalArray:
        where, participation = f"certificate.participation.{self._agents[i]}", self._problem.design.participation
        if participation == "ex-ante-ir":
            return RationalArray.from_fractions([exact_number(nested or "0", where)], (1,))
        others = self._others(i) if participation == "ex-post-ir" else []
        flat = _filled(nested, [self._types[i], *others], where)
        own = len(self._types[i])
        return RationalArray.from_fractions(flat, (own, len(flat) // own) if participation == "ex-post-ir" else (own,))

    def _over_all(self, key: str) -> RationalArray | None:
        nested = self._document.get(key)
        if nested is None or nested == {}:
            return None
        if isinstance(nested, str):
            return RationalArray.from_fractions([exact_number(nested, f"certificate.{key}")], ())
        return RationalArray.from_fractions(_filled(nested, self._types, f"certificate.{key}"))

    def _limits(self, key: str) -> dict[int, RationalArray]:
        found = {}
        for name, nested in self._part(key).items():
            i = self._agents.index(name)
            shape = (len(self._types[i]), *map(len, self._others(i)))
            flat = RationalArray.from_fractions(_filled(nested, [self._types[i], *self._others(i)], f"certificate.{key}.{name}"), shape)
            found[i] = flat.moveaxis(0, i).reshape(self._problem.environment.n_profiles)
        return found

    def _others(self, i: int) -> list[Names]:
        return [types for j, types in enumerate(self._types) if j != i]


def _filled(nested: Any, levels: Sequence[Names], where: str) -> list[Fraction]:
    """Return nested prices as a flat list, a level for each list of names; what is left out is zero."""
    flat = [Fraction(0)] * prod(map(len, levels))
    for position, price in _leaves(nested, levels, where):
        flat[position] = price
    return flat


def _leaves(nested: Any, levels: Sequence[Names], where: str) -> Iterator[tuple[int, Fraction]]:
    if not levels:
        yield 0, exact_number(nested, where)
        return
    size = prod(map(len, levels[1:]))
    for name, inner in table(nested, where, "a table with types' names as keys").items():
        start = _position(name, levels[0], where) * size
        for position, price in _leaves(inner, levels[1:], f"{where}.{name}"):
            yield start + position, price


def _position(name: str, known: Names, where: str) -> int:
    if name not in known:
        raise ProblemFileError(f"{where} names {name!r}, which does not exist; {nearest(name, known)}")
    return known.index(name)
