"""Answers: numbers, proof, checks, mechanism, and what ran."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, cast

from mechopt.exact.certificate import Certificate, Tree
from mechopt.mechanism.properties import Verdict
from mechopt.mechanism.rules import AnyMechanism
from mechopt.problem import Problem
from mechopt.rational import RationalArray

if TYPE_CHECKING:
    from pandas import DataFrame

    from mechopt.report.sentences import AnyResult
    from mechopt.report.sheet import Sheet

__all__ = ["Grade", "Number", "Proof", "Readable", "Result", "SurplusProof"]

Grade = Literal["optimal", "bounded", "infeasible", "feasible", "none"]


@dataclass(frozen=True)
class Number:
    """A number of a result.

    Attributes
    ----------
    float : float
        The nearest double.
    exact : Fraction or None
        None where only an approximation is known.

    Examples
    --------
    >>> Number.of(Fraction(1, 4))
    Number(float=0.25, exact=Fraction(1, 4))
    """

    float: float
    exact: Fraction | None = None

    @classmethod
    def of(cls, value: Fraction) -> Number:
        """Return an exact number."""
        return cls(float(value), value)

    def __str__(self) -> str:
        return f"{self.float:.10g}" if self.exact is None else str(self.exact)


@dataclass(frozen=True, eq=False)
class SurplusProof:
    """The two sides of the largest expected budget surplus of an efficient mechanism.

    Attributes
    ----------
    certificate : Certificate, Tree or None
        Proves the bound; None where the answer's own certificate does.
    mechanism : Mechanism, RulesMechanism or None
        Attains it; None where the answer's own mechanism does or none is known.
    certificate_is_answer, mechanism_is_answer : bool
        Whether the answer's certificate, or mechanism, is the one.
    """

    certificate: Certificate | Tree | None
    mechanism: AnyMechanism | None
    certificate_is_answer: bool = False
    mechanism_is_answer: bool = False


@dataclass(frozen=True, eq=False)
class Proof:
    """How well an answer is proved.

    Attributes
    ----------
    grade : str
        ``"optimal"``: value = bound. ``"bounded"``: the bound is proved, the gap is known. ``"infeasible"``: proved impossible.
        ``"feasible"``: the mechanism is checked, nothing bounds it. ``"none"``.
    bound : Number or None
    gap : Fraction or None
    surplus : SurplusProof or None
        For `certify`.
    ray : RationalArray, shape (n_agents, *n_types), or None
        Where nothing bounds the objective: payments, in money, that can be added to the mechanism any number of times.
    """

    grade: Grade
    bound: Number | None = None
    gap: Fraction | None = None
    surplus: SurplusProof | None = None
    ray: RationalArray | None = None


class Readable(ABC):
    """What every answer can do, fresh or from a file, about types that stay or move: be saved, explained, and shown as tables."""

    mechanism: Any

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return the answer in the form of docs/certificates.md."""

    def save(self, path: str | PathLike[str]) -> None:
        """Save the answer as JSON; the file is complete or absent."""
        from mechopt.files.output import to_json, write_text

        write_text(path, to_json(self.to_dict()))

    def explain(self) -> str:
        """Return in words why the answer is what it is: its proof."""
        from mechopt.report.explain import explain

        return explain(cast("AnyResult", self))

    def tables(self) -> dict[str, Sheet]:
        """Return all tables of the answer by name; each has `to_frame` and `to_latex`. See `mechopt.report.tables.result_tables`."""
        from mechopt.report.tables import result_tables

        return result_tables(cast("AnyResult", self))

    def to_latex(self) -> str:
        """Return what each type expects as a LaTeX table (booktabs); every other table of the answer has a `to_latex` of its own."""
        from mechopt.report.tables import interim_latex

        return interim_latex(self.mechanism)

    def to_frame(self) -> DataFrame:
        """Return the mechanism as a pandas frame: a row per profile (without tables: per agent and type); entries are fractions."""
        from mechopt.report.tables import mechanism_frame

        return mechanism_frame(self.mechanism)

    def __repr__(self) -> str:
        from mechopt.report.sentences import headline

        return f"<{type(self).__name__}: {headline(cast('AnyResult', self))}>"

    def __str__(self) -> str:
        from mechopt.report.text import text

        return text(cast("AnyResult", self))

    def _repr_html_(self) -> str:
        from mechopt.report.page.fragment import result_html

        return result_html(cast("AnyResult", self))


@dataclass(frozen=True, eq=False, repr=False)
class Result(Readable):
    """The answer to a question about a problem.

    Attributes
    ----------
    question : str
        ``"certify"`` or ``"solve"``.
    problem : Problem
    status : str or None
        ``"optimal"``, ``"infeasible"`` or ``"unbounded"`` (solve).
    answer : str or None
        ``"possible"`` or ``"impossible"`` (certify).
    value : Number or None
        The objective's value (solve).
    budget_surplus : Number or None
        The largest expected budget surplus of an efficient mechanism with the incentive and participation properties (certify).
    welfare, gains, revenue : Number or None
        Of the mechanism found.
    first_best, status_quo, first_best_gains : Number
        Of the environment.
    proof : Proof
    checks : tuple of Verdict
        Properties recomputed from the environment and the mechanism.
    certificate : Certificate, Tree or None
        Prices that prove the bound.
    mechanism : Mechanism, RulesMechanism or None
        With tables, or without: a lottery over rules.
    statistics : mapping
        What ran: formulation, reductions, sizes, seconds.
    conflict : tuple of str
        Where nothing is admissible: a minimal set of requirements that contradict each other; empty where it was not computed.
    """

    question: Literal["certify", "solve"]
    problem: Problem
    first_best: Number
    status_quo: Number
    first_best_gains: Number
    proof: Proof
    status: Literal["optimal", "infeasible", "unbounded"] | None = None
    answer: Literal["possible", "impossible"] | None = None
    value: Number | None = None
    budget_surplus: Number | None = None
    welfare: Number | None = None
    gains: Number | None = None
    revenue: Number | None = None
    checks: tuple[Verdict, ...] = ()
    certificate: Certificate | Tree | None = None
    mechanism: AnyMechanism | None = None
    statistics: Mapping[str, Any] = field(default_factory=dict)
    conflict: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the result in the form of docs/certificates.md."""
        from mechopt.files.result_file import result_to_dict

        return result_to_dict(self)
