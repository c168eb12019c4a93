"""The map of possibilities as a table for the terminal, in LaTeX, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from mechopt.dynamic.problem import DynamicProblem
from mechopt.files.result_file import plain
from mechopt.report.layout import empty_table, rendered, titled
from mechopt.report.numbers import decimal, fraction, percent, shown
from mechopt.report.sentences import scope
from mechopt.result import Number

if TYPE_CHECKING:
    from mechopt.pipeline.possibility import Possibility, PossibilityMap

__all__ = ["map_latex", "map_text", "map_to_dict"]

_BUDGET_HEADINGS = {
    "none": "any budget",
    "no-deficit": "no deficit",
    "balanced": "balanced",
    "expected-no-deficit": "no expected deficit",
    "expected-balanced": "balanced in expectation",
}

_LONGEST_EXACT = 12
_LEGEND = (
    '"efficient": a mechanism that is ex post efficient as well exists. Elsewhere efficiency is impossible, proved, and the best welfare '
    "is shown, with its share of the first best and, after the comma, the share of the first-best gains over the status quo."
)


def map_to_dict(found: PossibilityMap) -> dict[str, Any]:
    """Return a map as dictionaries, lists, strings and floats: a row per combination, with its proof."""
    return {"first_best": plain(found.first_best), "status_quo": plain(found.status_quo), "rows": [_row_to_dict(row) for row in found.rows]}


def _row_to_dict(row: Possibility) -> dict[str, Any]:
    keys = ("allocation", "incentive", "participation", "budget", "answer", "welfare", "share", "gains_share")
    proof = {"grade": row.proof.grade, "bound": plain(row.proof.bound), "gap": plain(row.proof.gap)}
    certificate = None if row.certificate is None else row.certificate.to_dict()
    return {**{key: plain(getattr(row, key)) for key in keys}, "proof": proof, "certificate": certificate, "reason": row.reason or None}


def map_text(found: PossibilityMap, *, width: int = 100, color: bool = False) -> str:
    """Return a map as text: a line per incentive and participation constraint, a column per budget. See `mechopt.report.text.text`."""
    return rendered(_parts(found), width=width, color=color)


def _parts(found: PossibilityMap) -> Iterator[Text | Table]:
    problem = found.problem
    yield from titled(problem.name, f"what can be had together {scope(problem.environment)}")
    yield Text(f"first best {shown(found.first_best)}, status quo {shown(found.status_quo)}")
    yield _table(found)
    yield Text("")
    yield Text(_LEGEND)
    if isinstance(problem, DynamicProblem):
        yield Text(_participations())
    limits = _limits(found)
    if limits:
        yield Text(f"Throughout: {limits}.")
    yield from (Text(f"undecided: {reason}") for reason in sorted({row.reason for row in found.rows if row.reason}))


def _participations() -> str:
    """Return what participation means where types move."""
    # What answers such questions takes long to import.
    from mechopt.pipeline.dynamic_possibility import DYNAMIC_PARTICIPATIONS

    meanings = "; ".join(f"{name}, {meaning}" for name, meaning in DYNAMIC_PARTICIPATIONS.items())
    return f"Mechanisms look at today's reports alone, and may ask for a fee in period 0. Participation: {meanings}."


def _limits(found: PossibilityMap) -> str:
    if isinstance(found.problem, DynamicProblem):
        return ""
    design = found.problem.design
    kept = ["the limits on payments"] if design.payment_floor or design.payment_cap else []
    kept += [f'the constraint "{constraint.name}"' for constraint in design.constraints]
    kept += [f"incentives may be violated by {design.epsilon}"] if design.epsilon else []
    return ", ".join(kept)


def _table(found: PossibilityMap) -> Table:
    table = empty_table(_headings(found))
    for (incentive, participation), cells in _lines(found):
        table.add_row(incentive, participation, *[_cell(*cell) for cell in cells])
    return table


def _headings(found: PossibilityMap) -> list[str]:
    return ["incentive", "participation", *(_BUDGET_HEADINGS[budget] for budget in dict.fromkeys(row.budget for row in found.rows))]


def _lines(found: PossibilityMap) -> Iterator[tuple[tuple[str, str], list[tuple[Possibility, Possibility]]]]:
    """Yield, per incentive and participation, the rows of each budget: efficient, and any allocation."""
    for key, group in groupby(found.rows, key=lambda row: (row.incentive, row.participation)):
        rows = list(group)
        yield key, list(zip(rows[::2], rows[1::2], strict=True))


def _cell(efficient: Possibility, best: Possibility) -> Text:
    if efficient.answer == "possible":
        return Text("efficient", style="green")
    if best.answer == "impossible":
        return Text("no mechanism", style="red")
    if best.welfare is None or best.welfare.exact is None:
        return Text("undecided", style="yellow")
    unsure = "efficiency undecided, " if efficient.answer == "undecided" else ""
    least = "" if best.proof.grade == "optimal" else "at least "
    return Text(f"{unsure}{least}{_short(best.welfare.exact)}{_shares(best)}", style="" if not unsure else "yellow")


def _short(value: Fraction) -> str:
    exact = fraction(value)
    return exact if len(exact) <= _LONGEST_EXACT else decimal(float(value))


def _shares(best: Possibility) -> str:
    one = Number(1.0)
    shares = [percent(share, one) for share in (best.share, best.gains_share) if share is not None]
    return f" ({', '.join(str(share) for share in shares)})" if shares else ""


def map_latex(found: PossibilityMap) -> str:
    r"""Return a map as a LaTeX table (booktabs): the cells of `map_text`.

    Examples
    --------
    >>> from mechopt.environment.builders import bilateral_trade
    >>> from mechopt.environment.grids import two_types
    >>> from mechopt.pipeline.questions import possibility_map
    >>> print(map_latex(possibility_map(bilateral_trade(two_types(0, 3), two_types(1, 4)))).splitlines()[2])
    incentive & participation & any budget & no deficit & balanced \\
    """
    header = _headings(found)
    lines = [rf"\begin{{tabular}}{{{'l' * len(header)}}}", r"\toprule", " & ".join(header) + r" \\"]
    previous = None
    for (incentive, participation), cells in _lines(found):
        lines += [r"\midrule"] if incentive != previous else []
        entries = [_cell(*cell).plain.replace("%", r"\%") for cell in cells]
        lines.append(" & ".join([incentive if incentive != previous else "", participation, *entries]) + r" \\")
        previous = incentive
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])
