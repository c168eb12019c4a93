"""What a report says, section by section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mechopt.exact.certificate import Certificate
from mechopt.files.saved_certificate import certificate_of
from mechopt.mechanism.rules import AnyMechanism, RulesMechanism
from mechopt.problem import Problem
from mechopt.report.explain import binding_lies, claim, participation_price, prices_in_words, sum_up, tree_in_words, virtual_values
from mechopt.report.page.section import Section
from mechopt.report.sentences import headline, proof_sentence, requirements, rules_phrase, scope
from mechopt.report.sheet import Cell, Sheet
from mechopt.report.sheets import MOST_OUTCOMES, agents_sheet, checks_sheet, comparison_sheet, interim_sheet, numbers_sheet, profiles_sheet
from mechopt.result import Result

if TYPE_CHECKING:
    from mechopt.files.saved_result import SavedResult
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


def answer(result: Result | SavedResult) -> Section:
    """Return the answer with its numbers and the properties of the mechanism."""
    sheets = [numbers_sheet(result), *([checks_sheet(result)] if result.checks else [])]
    return Section(_QUESTIONS[result.question], _sentence(headline(result)), (f"Proof: {proof_sentence(result)}.",), tuple(sheets), most=30)


def proof(result: Result | SavedResult) -> Section:
    """Return why the answer is what it is: the prices of the certificate, or the mechanism."""
    heading = f'Why: the proof of "{_QUESTIONS[result.question]}"'
    certificate = certificate_of(result)
    if certificate is None:
        lead = "The mechanism is the proof: every property in the table was recomputed from the environment in exact arithmetic."
        return Section(heading, lead if result.mechanism is not None else "Nothing is proved.")
    conflict: Sequence[str] = result.conflict
    given_up = (f"What contradicts each other: {', '.join(conflict)}. Without any one of them the others can be had together.",) if conflict else ()
    if not isinstance(certificate, Certificate):
        return Section(heading, lines=(*tree_in_words(certificate).splitlines(), *given_up))
    agents = certificate.environment.agents
    sheets = tuple(_price_sheet(certificate, i) for i in range(min(len(agents), _MOST_AGENTS)))
    lines = (*prices_in_words(certificate), " ".join(sum_up(certificate)), *given_up, *_left_out(len(agents)))
    return Section(heading, claim(certificate), lines, sheets)


def _price_sheet(certificate: Certificate, i: int) -> Sheet:
    """Return one agent's prices: a row per type."""
    agent, virtual = certificate.environment.agents[i], virtual_values(certificate, i)
    prices = certificate.participation[i] if certificate.participation else None
    columns = ["type", "probability", *(["participation price"] if prices is not None else [])]
    columns += ["value", "virtual value"] if virtual is not None else []
    rows = []
    for a, name in enumerate(agent.types):
        row: list[Cell] = [name, agent.prior[a]]
        row += [participation_price(prices, a)] if prices is not None else []
        row += [(agent.values or ())[a], virtual[a]] if virtual is not None else []
        rows.append((*row, binding_lies(certificate, i, a)))
    return Sheet(agent.name, (*columns, "incentive prices"), tuple(rows))


def mechanism_tables(mechanism: AnyMechanism) -> Section:
    """Return the mechanism as tables: what each type expects, and what happens at each profile."""
    environment = mechanism.environment
    sheets = [interim_sheet(mechanism, i, MOST_OUTCOMES) for i in range(min(environment.n_agents, _MOST_AGENTS))]
    lines = list(_left_out(environment.n_agents))
    if isinstance(mechanism, RulesMechanism):
        lines.insert(0, _sentence(f"{rules_phrase(len(mechanism.rules))}; profiles are not tabulated"))
    else:
        cut = profiles_sheet(mechanism, _MOST_PROFILES)
        sheets.append(cut)
        if environment.n_profiles > len(cut.rows):
            lines.append(f"Of {environment.n_profiles:,} profiles the first {len(cut.rows)} are listed; the saved result has them all.")
    return Section("The mechanism", lines=tuple(lines), sheets=tuple(sheets), most=_MOST_PROFILES)


def _left_out(n_agents: int) -> Iterator[str]:
    if n_agents > _MOST_AGENTS:
        yield f"The first {_MOST_AGENTS} of {n_agents} agents are shown."


def known_by_name(comparison: Comparison | None, reason: str = "") -> Section:
    """Return the mechanisms of the literature next to first best and optimum, or why there is no comparison."""
    heading = "Next to the mechanisms known by name"
    if comparison is None:
        return Section(heading, lines=(f"Not compared: {reason}.",))
    note = "Share: of the first best. Surplus: expected, of the budget. Of several properties the strongest that holds is named."
    return Section(heading, lines=(note,), sheets=(comparison_sheet(comparison),), most=40)


def computation(results: Sequence[Result | SavedResult]) -> Section:
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
            yield key.replace("_", " "), str(statistics[key])
    backend = statistics.get("backend")
    if isinstance(backend, Mapping):
        solver = " ".join(str(backend[key]) for key in ("solver", "version", "method") if backend.get(key) is not None)
        if solver:
            yield "solver", solver
    seconds = statistics.get("seconds")
    if isinstance(seconds, Mapping):
        yield "seconds", ", ".join(f"{stage} {time:.3f}" if isinstance(time, float) else f"{stage} {time}" for stage, time in seconds.items())


def recheck(claims: Mapping[str, Sequence[str]], source: str, how: str) -> Section:
    """Return what was confirmed, question by question, and how."""
    total = sum(map(len, claims.values()))
    lead = f"Every claim holds: {total} claims of {source} were {how}."
    details = tuple(f"{question}: {text}" for question, texts in claims.items() for text in texts)
    return Section("Checked again", lead, details=details, summary="The claims, one by one")


def _sentence(text: str) -> str:
    """Return a headline with a capital letter and a full stop."""
    return f"{text[:1].upper()}{text[1:]}."
