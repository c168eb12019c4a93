"""What a report says about types that move."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mechopt.dynamic.result import DynamicResult
from mechopt.errors import MissingExtraError, PictureError
from mechopt.report.dynamic import dynamic_action, dynamic_headline, dynamic_notes, dynamic_numbers, dynamic_properties
from mechopt.report.page.drawings import drawing_of
from mechopt.report.page.section import Section
from mechopt.report.pictures.registry import PICTURES
from mechopt.report.pictures.scene import DynamicScene
from mechopt.report.pictures.style import matplotlib
from mechopt.report.sheet import Cell, Sheet

__all__ = ["dynamic_sections"]

_QUESTIONS = {"certify": "Does an efficient mechanism balance?", "solve": "What is the best mechanism?"}
_MOST_STATES = 40


def dynamic_sections(results: Sequence[DynamicResult]) -> Iterator[Section]:
    """Yield the sections about the answers to one dynamic problem: the problem, each answer, the mechanism, the picture."""
    environment = results[0].problem.environment
    rows: tuple[tuple[Cell, ...], ...] = tuple((agent.name, agent.n_types, ", ".join(agent.types[:12])) for agent in environment.agents)
    lines = (f"Every period one of the actions {', '.join(environment.actions)} is taken. The discount factor is {environment.discount}.",)
    yield Section("The problem", lines=lines, sheets=(Sheet("Agents", ("agent", "types", "their names"), rows),))
    for result in results:
        headline = dynamic_headline(result)
        notes = tuple(f"{label.capitalize()}: {line}." for label, line in dynamic_notes(result) if label not in ("program", "seconds"))
        sheets = [dynamic_numbers(result), *([dynamic_properties(result)] if result.checks else [])]
        yield Section(_QUESTIONS[result.question], f"{headline[:1].upper()}{headline[1:]}.", notes, tuple(sheets), most=30)
    if results[-1].mechanism is not None:
        yield Section("The mechanism", sheets=(_profiles(results[-1]),), most=_MOST_STATES)
    yield _picture(results[0])
    yield Section("How it was computed", sheets=tuple(_ran(result) for result in results), most=40)


def _profiles(result: DynamicResult) -> Sheet:
    """Return what happens at every profile: the action, and what everybody pays."""
    mechanism, environment = result.mechanism, result.problem.environment
    assert mechanism is not None  # the caller looked
    names = [agent.name for agent in environment.agents]
    payments = mechanism.payments.fractions()
    rows: list[tuple[Cell, ...]] = [(*(None for _ in names), "once: fee", *mechanism.fees)]
    for state in range(environment.n_states):
        types = environment.state_names(state)
        action = dynamic_action(mechanism.policy[state].fractions(), environment.actions)
        rows.append((*(types[name] for name in names), action, *(own[state] for own in payments)))
    columns = (*(f"type of {name}" for name in names), "action", *(f"{name} pays" for name in names))
    return Sheet("Fees in period 0, and every period's action and payments", columns, tuple(rows))


def _picture(result: DynamicResult) -> Section:
    picture = PICTURES["dynamic-condition"]
    try:
        matplotlib()
        return Section("Pictures", drawings=(drawing_of(picture, DynamicScene(result.problem), picture.title),))
    except (MissingExtraError, PictureError) as error:
        return Section("Pictures", lines=(f"There are none: {error}.",))


def _ran(result: DynamicResult) -> Sheet:
    rows = [(key, str(value)) for key, value in result.statistics.items() if not isinstance(value, Mapping) and value is not None]
    return Sheet(f"{result.question}: what ran", ("", "value"), tuple(rows))
