"""Answers about dynamic problems: the condition, the critical discount factors, any mechanism at all, and the proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

from mechopt.dynamic.problem import DynamicProblem
from mechopt.mechanism.properties import Verdict
from mechopt.result import Number, Proof, Readable

# What prints results of any kind imports this module, and what computes these takes long to import.
if TYPE_CHECKING:
    from mechopt.dynamic.budget import Condition
    from mechopt.dynamic.critical import Critical
    from mechopt.dynamic.interim import Interim
    from mechopt.dynamic.mechanism import StationaryMechanism
    from mechopt.dynamic.pivot import Pivot, RoundedPivot
    from mechopt.dynamic.prices import DynamicCertificate
    from mechopt.dynamic.process import Chain

__all__ = ["DynamicAnalysis", "DynamicResult", "Proved"]


@dataclass(frozen=True, eq=False)
class DynamicAnalysis:
    """What is known about the dynamic pivot mechanism of an environment.

    Attributes
    ----------
    condition : Condition
        Both sides of (*).
    interim : Interim or None
        (*) restarted after every profile; None where that was too much.
    critical : Critical
        Where the two sides are equal.
    chain : Chain
        Of profiles under the efficient policy.
    voluntary : bool or None
        Whether nobody wants to leave the pivot mechanism, at any profile; None: not decided.
    truthful : bool
        Whether truth is known to pay under the pivot mechanism, see `DynamicEnvironment.truthful_pivot`.
    idle : list of str or None
        Types that make the worst types' fees zero, see `idle_types`.
    pivot : Pivot, RoundedPivot or None
        Values at every profile; None where the answer was read from a file.
    """

    condition: Condition
    interim: Interim | None
    critical: Critical
    chain: Chain
    voluntary: bool | None
    truthful: bool
    idle: list[str] | None
    pivot: Pivot | RoundedPivot | None = None

    @property
    def pivot_balances(self) -> bool | None:
        """Whether the dynamic pivot mechanism with fees is an answer: truth pays, the condition holds, and nobody wants to leave."""
        return self.truthful and self.condition.holds and self.voluntary


@dataclass(frozen=True, eq=False)
class Proved:
    """An optimum with its two sides.

    Attributes
    ----------
    certificate : DynamicCertificate or None
        Proves the bound, or that there is no mechanism.
    mechanism : StationaryMechanism or None
        Attains the bound, if its surplus or welfare equals it.
    n_rows, n_columns : int
        Of the program.
    """

    certificate: DynamicCertificate | None
    mechanism: StationaryMechanism | None
    n_rows: int
    n_columns: int


@dataclass(frozen=True, eq=False, repr=False)
class DynamicResult(Readable):
    """The answer to a question about a dynamic problem.

    Attributes
    ----------
    question : str
        ``"certify"`` or ``"solve"``.
    problem : DynamicProblem
    analysis : DynamicAnalysis
    answer : str or None
        ``"possible"`` or ``"impossible"`` (certify): is there an efficient mechanism with stationary payments and fees in period 0 under
        which truth pays after every history, everybody joins and stays, and the budget balances in expectation? None: not decided.
    status : str or None
        ``"optimal"``, or ``"infeasible"``: no mechanism balances, proved (solve).
    value : Number or None
        The best welfare (solve).
    budget_surplus : Number or None
        The largest expected discounted surplus of such an efficient mechanism (certify).
    welfare, revenue : Number or None
        Of the mechanism found; revenue counts fees.
    proof : Proof
    checks : tuple of Verdict
        Properties recomputed from the environment and the mechanism.
    certificate : DynamicCertificate or None
        Proves that the answer is "impossible" (certify), or the bound, or that there is no mechanism (solve).
    surplus : Proved or None
        The two sides of `budget_surplus` (certify).
    mechanism : StationaryMechanism or None
    statistics : mapping
    """

    question: Literal["certify", "solve"]
    problem: DynamicProblem
    analysis: DynamicAnalysis
    proof: Proof
    answer: Literal["possible", "impossible"] | None = None
    status: Literal["optimal", "infeasible"] | None = None
    value: Number | None = None
    budget_surplus: Number | None = None
    welfare: Number | None = None
    revenue: Number | None = None
    checks: tuple[Verdict, ...] = ()
    certificate: DynamicCertificate | None = None
    surplus: Proved | None = None
    mechanism: StationaryMechanism | None = None
    statistics: Mapping[str, Any] = field(default_factory=dict)

    @property
    def first_best(self) -> Number:
        """The expected discounted value of the efficient policy."""
        return self.analysis.condition.efficient_value

    @property
    def status_quo(self) -> Number:
        """Nothing is worth anything to who stays away."""
        return Number.of(Fraction(0))

    @property
    def gains(self) -> Number | None:
        """The welfare: the status quo is zero."""
        return self.welfare

    @property
    def first_best_gains(self) -> Number:
        """The value of the efficient policy: the status quo is zero."""
        return self.first_best

    @property
    def conflict(self) -> tuple[str, ...]:
        """Requirements that contradict each other are not looked for here."""
        return ()

    @property
    def efficient_value(self) -> Number:
        """The same, by the name it has in saved results and in the expected values of problem files."""
        return self.first_best

    @property
    def pivot_deficit(self) -> Number:
        """The expected discounted deficit of the pivot payments."""
        return self.analysis.condition.deficit

    @property
    def slack(self) -> Number:
        """The right less the left side of (*)."""
        return self.analysis.condition.slack

    @property
    def condition_holds(self) -> bool | None:
        """Whether lump-sum fees balance the dynamic pivot mechanism."""
        return self.analysis.condition.holds

    @property
    def critical_discounts(self) -> tuple[Number, ...]:
        """Where the two sides of (*) are equal."""
        return self.analysis.critical.discounts

    @property
    def interim_condition_holds(self) -> bool | None:
        """Whether (*) holds in period 0 and after every profile that can be reached; None: not decided."""
        return None if self.analysis.interim is None else self.analysis.interim.holds

    def to_dict(self) -> dict[str, Any]:
        """Return the result in the form of docs/certificates.md."""
        from mechopt.files.dynamic_result import result_to_dict

        return result_to_dict(self)
