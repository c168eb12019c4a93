"""A report as one HTML file that fetches nothing and runs nothing."""

from __future__ import annotations

import platform
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from typing import TYPE_CHECKING

from mechopt.dynamic.result import DynamicResult
from mechopt.files.normal_form import digest, normalise
from mechopt.report.page.content import answer, computation, known_by_name, mechanism_tables, proof, recheck, statement
from mechopt.report.page.drawings import drawings
from mechopt.report.page.moving import dynamic_sections
from mechopt.report.page.section import Page, Section
from mechopt.report.page.templates import rendered

if TYPE_CHECKING:
    from mechopt.pipeline.compare import Comparison
    from mechopt.report.sentences import AnyResult

__all__ = ["html", "page"]

_LIBRARIES = ("numpy", "highspy", "cvxpy", "python-flint", "matplotlib", "jinja2")


def page(
    results: Sequence[AnyResult],
    claims: Mapping[str, Sequence[str]],
    *,
    source: str,
    how: str = "checked again in exact arithmetic, by a checker that uses no solver",
    comparison: Comparison | None = None,
    reason: str = "",
    release: str = "",
) -> Page:
    """Return a report on the answers to one problem.

    Parameters
    ----------
    results : sequence of Result or DynamicResult
        At least one, all about the same problem.
    claims : mapping from question to texts
        What `mechopt.exact.check.check_result` confirmed, or `mechopt.files.recheck.confirm_rounded`.
    source, how : str
        Where the claims come from, and how they were confirmed, in words.
    comparison : Comparison, optional
    reason : str
        Why there is none.
    release : str
        Of mechopt.
    """
    sections = [*_sections(results, comparison, reason), recheck(claims, source, how)]
    shown, problem = tuple(section for section in sections if _says_something(section)), results[0].problem
    return Page(problem.name or "A mechanism design problem", problem.source, shown, tuple(_footer(results, release)))


def _sections(results: Sequence[AnyResult], comparison: Comparison | None, reason: str) -> Iterator[Section]:
    moving = [result for result in results if isinstance(result, DynamicResult)]
    if moving:
        yield from dynamic_sections(moving)
        return
    static = [result for result in results if not isinstance(result, DynamicResult)]
    yield statement(static[0].problem, [result.question for result in static])
    for result in static:
        yield answer(result)
        yield proof(result)
    if static[-1].mechanism is not None:
        yield mechanism_tables(static[-1].mechanism)
    yield drawings(static)
    yield known_by_name(comparison, reason)
    yield computation(static)


def _says_something(section: Section) -> bool:
    return bool(section.lead or section.lines or section.sheets or section.drawings)


def _footer(results: Sequence[AnyResult], release: str) -> Iterator[str]:
    yield f"Digest of the problem: {digest(normalise(results[0].problem))}"
    libraries = [f"{name} {_release(name)}" for name in _LIBRARIES if _release(name)]
    yield f"Written by mechopt {release}, Python {platform.python_version()}, {', '.join(libraries)}."


def _release(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def html(content: Page) -> str:
    """Return a page as HTML. Its policy allows the one style sheet it contains, images inside the page, and nothing else."""
    style = files("mechopt.report.page").joinpath("style.css").read_text(encoding="utf-8")
    allowed = b64encode(sha256(style.encode("utf-8")).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{allowed}'; img-src data:; base-uri 'none'; form-action 'none'"
    return rendered("page.html", page=content, style=style, policy=policy)
