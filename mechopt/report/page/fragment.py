"""What a notebook shows for results and their parts: escaped HTML without styles of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mechopt.exact.certificate import Certificate
from mechopt.mechanism.rules import AnyMechanism
from mechopt.report.explain import claim
from mechopt.report.page.templates import rendered
from mechopt.report.sentences import headline, proof_sentence
from mechopt.report.sheet import Sheet
from mechopt.report.sheets import MOST_OUTCOMES, checks_sheet, interim_sheet, numbers_sheet, prices_sheet

if TYPE_CHECKING:
    from mechopt.report.sentences import AnyResult

__all__ = ["certificate_html", "fragment", "mechanism_html", "result_html", "sheet_html"]

_MOST_ROWS, _MOST_AGENTS = 20, 4


def fragment(lines: Sequence[str], sheets: Sequence[Sheet], most: int | None = _MOST_ROWS) -> str:
    """Return sentences, the first one bold, and tables of at most so many rows."""
    return rendered("fragment.html", lines=lines, sheets=sheets, most=most)


def sheet_html(sheet: Sheet) -> str:
    """Return a table for a notebook.

    Examples
    --------
    >>> "<td>&lt;b&gt;</td>" in sheet_html(Sheet("", ("name",), (("<b>",),)))
    True
    """
    return fragment((), (sheet,), most=60)


def result_html(result: AnyResult) -> str:
    """Return a result for a notebook: the answer, its numbers, and the properties of the mechanism."""
    title = (result.problem.name,) if result.problem.name else ()
    sheets = [numbers_sheet(result), *([checks_sheet(result)] if result.checks else [])]
    return fragment((headline(result), *title, f"Proof: {proof_sentence(result)}."), sheets)


def mechanism_html(mechanism: AnyMechanism) -> str:
    """Return a mechanism for a notebook: what each type of the first agents expects."""
    agents = mechanism.environment.agents
    more = (f"{len(agents) - _MOST_AGENTS} more agents are not shown.",) if len(agents) > _MOST_AGENTS else ()
    return fragment(("What each type expects", *more), [interim_sheet(mechanism, i, MOST_OUTCOMES) for i in range(min(len(agents), _MOST_AGENTS))])


def certificate_html(certificate: Certificate) -> str:
    """Return a certificate for a notebook: what it proves, and its prices."""
    return fragment((claim(certificate),), [prices_sheet(certificate)])
