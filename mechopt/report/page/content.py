"""What a report says, section by section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mechopt.exact.certificate import Certificate
from mechopt.mechanism.rules import AnyMechanism, RulesMechanism
from mechopt.problem import Problem
from mechopt.rational import counted
from mechopt.report.explain import claim, conflict_in_words, prices_in_words, sum_up, tree_in_words, without_prices
from mechopt.report.numbers import seconds, size
from mechopt.report.page.section import Section
from mechopt.report.prices import price_sheets
from mechopt.report.sentences import headline, proof_sentence, requirements, rules_phrase, scope, together
from mechopt.report.sheet import Cell, Sheet
from mechopt.report.sheets import MOST_OUTCOMES, agents_sheet, checks_sheet, comparison_sheet, interim_sheet, numbers_sheet, profiles_sheet
from mechopt.result import Result

if TYPE_CHECKING:
    from mechopt.pipeline.compare import Comparison

__all__ = ["answer", "computation", "known_by_name", "mechanism_tables", "proof", "recheck", "statement"]

_MOST_AGENTS, _MOST_PROFILES = 4, 40
_QUESTIONS = {"certify": "Is efficiency possible?", "solve": "What is the best mechanism?"}


def statement(problem: Problem, questions: Sequence[str]) -> Section:
    """Return the problem in words: who there is, what may happen, what is asked for."""
    environment, design = problem.environment, problem.design
    asked = {
        "certify": f"Is there a mechanism that is {requirements(design, efficient=True)}?",
        "solve": f'Which mechanism is best for the objective "{design.objective}", of all that are '
        f"{requirements(design, efficient=design.allocation == 'efficient')}?",
    }
    outcomes = ", ".join(environment.outcomes[:12]) + (f" and {environment.n_outcomes - 12} more" if environment.n_outcomes > 12 else "")
    cost = " Types are drawn independently." if environment.independent else " Types are drawn together."
    lines = [f"Asked {scope(environment)}, with the outcomes {outcomes}.{cost}", *[asked[question] for question in questions]]
    return Section("The problem", lines=tuple(lines), sheets=(agents_sheet(problem),))


def answer(result: Result) -> Section:
    """Return the answer with its numbers and the properties of the mechanism."""
    sheets = [numbers_sheet(result), *([checks_sheet(result)] if result.checks else [])]
    return Section(_QUESTIONS[result.question], _sentence(headline(result)), (f"Proof: {proof_sentence(result)}.",), tuple(sheets), most=30)


def proof(result: Result) -> Section:
    """Return why the answer is what it is: the prices of the certificate, or the mechanism."""
    heading = f'Why: the proof of "{_QUESTIONS[result.question]}"'
    certificate = result.certificate
    if certificate is None:
        return Section(heading, without_prices(result))
    given_up = (conflict_in_words(result.conflict),) if result.conflict else ()
    if not isinstance(certificate, Certificate):
        return Section(heading, lines=(*tree_in_words(certificate), *given_up))
    sheets = price_sheets(certificate)
    lines = (*prices_in_words(certificate), sum_up(certificate), *given_up, *_left_out(len(sheets), "tables of prices"))
    return Section(heading, claim(certificate), lines, tuple(sheets[:_MOST_AGENTS]))


def mechanism_tables(mechanism: AnyMechanism) -> Section:
    """Return the mechanism as tables: what each type expects, and what happens at each profile."""
    environment, groups = mechanism.environment, mechanism.groups
    sheets = [_expectations(mechanism, members) for members in groups[:_MOST_AGENTS]]
    lines = list(_left_out(len(groups), "agents" if len(groups) == environment.n_agents else "kinds of agents"))
    if isinstance(mechanism, RulesMechanism):
        lines.insert(0, _sentence(f"{rules_phrase(len(mechanism.rules))}; profiles are not tabulated"))
    else:
        cut = profiles_sheet(mechanism, _MOST_PROFILES)
        sheets.append(cut)
        if environment.n_profiles > len(cut.rows):
            lines.append(f"Of {counted(environment.n_profiles, 'profile')} the first {len(cut.rows)} are listed; the saved result has them all.")
    return Section("The mechanism", lines=tuple(lines), sheets=tuple(sheets), most=_MOST_PROFILES)


def _expectations(mechanism: AnyMechanism, members: Sequence[int]) -> Sheet:
    """Return what the types of agents who are treated alike expect, under a title that names them instead of a column."""
    sheet = interim_sheet(mechanism, members[0], MOST_OUTCOMES)
    title = f"What {together([mechanism.environment.agents[i].name for i in members])} expect{'s' if len(members) == 1 else ''}"
    return Sheet(title, sheet.columns[1:], tuple(row[1:] for row in sheet.rows))


def _left_out(found: int, what: str) -> Iterator[str]:
    if found > _MOST_AGENTS:
        yield f"The first {_MOST_AGENTS} of {counted(found)} {what} are shown."


def known_by_name(comparison: Comparison | None, reason: str = "") -> Section:
    """Return the mechanisms of the literature next to first best and optimum, or why there is no comparison."""
    heading = "Next to the mechanisms known by name"
    if comparison is None:
        return Section(heading, lines=(f"Not compared: {reason}.",))
    note = "Share: of the first best. Surplus: expected, of the budget. Of several properties the strongest that holds is named."
    return Section(heading, lines=(note,), sheets=(comparison_sheet(comparison),), most=40)


def computation(results: Sequence[Result]) -> Section:
    """Return what ran: programs, reductions, times."""
    sheets = []
    for result in results:
        sheets.append(Sheet(f"{result.question}: what ran", ("", "value"), tuple(_ran(result.statistics))))
        entries = [entry for entry in result.statistics.get("reductions") or () if isinstance(entry, Mapping)]
        rows = tuple(
            (str(entry.get("name")), bool(entry.get("applied")), str(entry.get("reason")), str(entry.get("effect") or "")) for entry in entries
        )
        if rows:
            sheets.append(Sheet(f"{result.question}: reductions of the program", ("reduction", "used", "reason", "effect"), rows))
    line = "A solver's floating-point answer was only a hint; what is claimed was computed from it in exact fractions."
    return Section("How it was computed", lines=(line,), sheets=tuple(sheets), most=40)


def _ran(statistics: Mapping[str, Any]) -> Iterator[tuple[Cell, ...]]:
    for key in ("formulation", "profiles", "rows", "columns", "nonzeros", "proof_method"):
        if statistics.get(key):
            yield key.replace("_", " "), size(statistics[key])
    backend = statistics.get("backend")
    if isinstance(backend, Mapping):
        solver = " ".join(str(backend[key]) for key in ("solver", "version", "method") if backend.get(key) is not None)
        if solver:
            yield "solver", solver
    if isinstance(statistics.get("seconds"), Mapping):
        yield "seconds", seconds(statistics["seconds"])


def recheck(claims: Mapping[str, Sequence[str]], source: str, how: str) -> Section:
    """Return what was confirmed, question by question, and how."""
    total = counted(sum(map(len, claims.values())), "claim")
    lead = f"Every claim holds: {total} of {source} were {how}."
    details = tuple(f"{question}: {text}" for question, texts in claims.items() for text in texts)
    return Section("Checked again", lead, details=details, summary="The claims, one by one")


def _sentence(text: str) -> str:
    """Return a headline with a capital letter and a full stop."""
    return f"{text[:1].upper()}{text[1:]}."
