"""Claims of saved results that are too large for the exact checker: computed again, in doubles with proved errors.

What is stated about a number is that the truth lies within the stated error. The computation here knows the truth within an error of its
own. A claim is confirmed if every truth that is possible here is within the stated error, and false if none is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from typing import Any

from mechopt.dynamic.budget import STATED, Condition, condition
from mechopt.dynamic.critical import critical_discounts, signs_around
from mechopt.dynamic.interim import interim
from mechopt.dynamic.pivot import RoundedPivot, rounded_pivot
from mechopt.dynamic.policy import MOST_EXACT_STATES
from mechopt.dynamic.process import chain_of
from mechopt.errors import SolverError
from mechopt.exact.checker.claims import FalseClaimError
from mechopt.files.dynamic_economy import is_dynamic
from mechopt.files.dynamic_result import dynamic_table
from mechopt.files.normal_form import digest
from mechopt.files.result_file import plain
from mechopt.files.saved_dynamic_result import SavedDynamicResult, dynamic_result_from_dict
from mechopt.result import Number

__all__ = ["confirm_rounded", "is_rounded"]

_ABSENT = ("status", "value", "budget_surplus", "revenue", "certificate", "mechanism", "values")


def is_rounded(document: Mapping[str, Any]) -> bool:
    """Return whether a document is about types that move, in more profiles than exact values are computed for, and has none."""
    problem = document.get("problem")
    if not isinstance(problem, dict) or not is_dynamic(problem) or document.get("values", "absent") is not None:
        return False
    agents = problem.get("agents")
    sizes = [len(agent["types"]) for agent in agents if isinstance(agent, dict) and isinstance(agent.get("types"), list)] if agents else []
    return prod(sizes) > MOST_EXACT_STATES


def confirm_rounded(document: Mapping[str, Any]) -> list[str]:
    """Return the claims of a result about types that move in a large state space, all of them confirmed.

    Parameters
    ----------
    document : mapping
        In the form of docs/certificates.md, with ``values`` null.

    Raises
    ------
    FalseClaimError
        If a claim is false; the message names it.
    SolverError
        If a claim is neither confirmed nor false, as numbers are too close.
    MechoptError
        If the document is not such a result.

    Examples
    --------
    >>> import mechopt as mo
    >>> from mechopt.dynamic.builders import lazily_redrawn, repeated_trade
    >>> grid = [f"{2 * j + 1}/42" for j in range(21)]
    >>> saved = mo.certify(repeated_trade(grid, grid, lazily_redrawn("1/2", 21), "9/10")).to_dict()
    >>> confirm_rounded(saved)[-1]
    'answer: possible'
    """
    result = dynamic_result_from_dict(document)
    if document["digest"] != digest(document["problem"]):
        raise FalseClaimError("digest: it is not the problem's")
    environment = result.problem.environment
    found = rounded_pivot(environment)
    own = condition(found)
    said = ["digest: it is the problem's"]
    said += _numbers(result, own)
    said += _interim(result, found, own)
    said += _kinds(result, found)
    said += _discounts(result)
    # Everything else in the table follows from these numbers and verdicts.
    for key, entry in dynamic_table(result).items():
        _same(document["dynamic"].get(key, entry), entry, f"dynamic.{key}")
    return [*said, _answer(result)]


def _same(stated: Any, found: Any, where: str) -> None:
    if stated != found:
        raise FalseClaimError(f"{where}: it is {found!s:.100}, not {stated!s:.100}")


def _near(stated: Number, error: float, own: Number, own_error: float, where: str) -> str:
    """Return the claim that a number is within its stated error, which is confirmed; refuse one that is not."""
    if stated.exact is not None:
        raise FalseClaimError(f"{where}: an exact number is stated, and nothing exact is known about so many profiles")
    distance = abs(stated.float - own.float)
    if not distance <= error + own_error:
        raise FalseClaimError(f"{where}: it is {own.float!r} within {own_error:.1g}, not {stated.float!r} within {error:.1g}")
    if distance + own_error > error:
        raise SolverError(f"{where}: {own.float!r} within {own_error:.1g} neither confirms nor refutes {stated.float!r} within {error:.1g}")
    return f"{where}: {stated.float:.10g} within {error:.1g}"


def _numbers(result: SavedDynamicResult, own: Condition) -> Iterator[str]:
    """Yield both sides of the condition, and the numbers that the efficient value is."""
    stated, error = result.analysis.condition, own.error / STATED
    names = [agent.name for agent in result.problem.environment.agents]
    pairs: list[tuple[str, Number, Number]] = [
        ("efficient_value", stated.efficient_value, own.efficient_value),
        ("pivot_deficit", stated.deficit, own.deficit),
        *((f"largest_fees.{name}", fee, again) for name, fee, again in zip(names, stated.largest_fees, own.largest_fees, strict=True)),
        ("slack", stated.slack, own.slack),
    ]
    for key, number, again in pairs:
        yield _near(number, stated.error, again, error, f"dynamic.{key}")
    holds = {True: "holds", False: "fails", None: "is not decided"}[stated.holds]
    yield f"dynamic.condition_holds: the condition {holds}, as the slack and its error say"
    value, nothing = plain(stated.efficient_value), plain(result.status_quo)
    reached = value if result.answer == "possible" else None
    truths = {"first_best": value, "first_best_gains": value, "status_quo": nothing, "welfare": reached, "gains": reached}
    for key, truth in truths.items():
        _same(result.document[key], truth, key)


def _interim(result: SavedDynamicResult, found: RoundedPivot, first: Condition) -> Iterator[str]:
    stated = result.analysis.interim
    if stated is None:
        return
    own = interim(found, first)
    if own is None:
        raise SolverError("dynamic.interim_slack: two actions nearly tie, so that what follows a profile is not known for certain")
    yield _near(stated.slack, stated.error, own.slack, own.error / STATED, "dynamic.interim_slack")


def _kinds(result: SavedDynamicResult, found: RoundedPivot) -> Iterator[str]:
    """Yield what kind of chain it is, and whether anybody wants to leave; what is not stated claims nothing."""
    stated, chain = result.analysis, chain_of(result.problem.environment, found.kernels, exact=False)
    triples = [
        ("irreducible", stated.chain.irreducible, chain.irreducible),
        ("aperiodic", stated.chain.aperiodic, chain.aperiodic),
        ("pivot_voluntary", stated.voluntary, found.voluntary),
    ]
    for key, flag, truth in triples:
        if flag is None:
            continue
        if truth is None:
            raise SolverError(f"dynamic.{key}: {flag} is stated, and not known of so many profiles")
        _same(flag, truth, f"dynamic.{key}")
        yield f"dynamic.{key}: {str(flag).lower()}"


def _discounts(result: SavedDynamicResult) -> Iterator[str]:
    """Yield the critical discount factors around which the slack changes its sign; those that are not proved claim nothing."""
    critical, where = result.analysis.critical, "dynamic.critical_discounts"
    for number, error in zip(critical.discounts, critical.errors, strict=True):
        if number.exact is not None:
            raise FalseClaimError(f"{where}: an exact number is stated, and nothing exact is known about so many profiles")
        if error is None:
            continue
        below, above = signs_around(result.problem.environment, number.float, error)
        if below * above > 0:
            raise FalseClaimError(f"{where}: the slack has one sign {error:.1g} below and above {number.float!r}")
        if below * above == 0:
            raise SolverError(f"{where}: the slack {error:.1g} below and above {number.float!r} is too close to zero to tell")
        yield f"{where}: both sides meet within {error:.1g} of {number.float!r}"
    if critical.complete:
        yield _all_of_them(result, where)


def _all_of_them(result: SavedDynamicResult, where: str) -> str:
    """Return that there are no others than those stated, which are looked for anew."""
    stated, own = result.analysis.critical, critical_discounts(result.problem.environment)
    if len(own.discounts) > len(stated.discounts):
        raise FalseClaimError(f"{where}_complete: there are others; {len(stated.discounts)} of {len(own.discounts)} are stated")
    if not own.complete:
        raise SolverError(f"{where}_complete: whether there are others is not known of so many profiles")
    return f"{where}: there are no others"


def _answer(result: SavedDynamicResult) -> str:
    """Return the answer, which is that of the pivot mechanism, with the grade that goes with it."""
    answer = "possible" if result.analysis.pivot_balances else None
    _same(result.question, "certify", "question")
    _same(result.answer, answer, "answer")
    for key in _ABSENT:
        _same(result.document[key], None, key)
    _same(result.document["checks"], [], "checks")
    _same(result.document["proof"], {"grade": "feasible" if answer else "none", "bound": None, "gap": None, "surplus": None}, "proof")
    return f"answer: {answer or 'not decided'}"
