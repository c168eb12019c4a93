"""What a report says about types that move."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mechopt.dynamic.result import DynamicResult
from mechopt.errors import MissingExtraError, PictureError
from mechopt.report.dynamic import dynamic_notes
from mechopt.report.dynamic_sheets import dynamic_checks, dynamic_interim, dynamic_numbers, dynamic_profiles
from mechopt.report.page.drawings import drawing_of
from mechopt.report.page.section import Section
from mechopt.report.pictures.registry import PICTURES
from mechopt.report.pictures.scene import DynamicScene
from mechopt.report.pictures.style import matplotlib
from mechopt.report.sentences import headline
from mechopt.report.sheet import Cell, Sheet

__all__ = ["dynamic_sections"]

_QUESTIONS = {"certify": "Does an efficient mechanism balance?", "solve": "What is the best mechanism?"}
_MOST_STATES = 40


def dynamic_sections(results: Sequence[DynamicResult]) -> Iterator[Section]:
    """Yield the sections about the answers to one dynamic problem: the problem, each answer, the mechanism, the picture."""
    environment = results[0].problem.environment
    rows: tuple[tuple[Cell, ...], ...] = tuple((agent.name, agent.n_types, _names(agent.types)) for agent in environment.agents)
    lines = (f"Every period one of the actions {', '.join(environment.actions)} is taken. The discount factor is {environment.discount}.",)
    yield Section("The problem", lines=lines, sheets=(Sheet("Agents", ("agent", "types", "their names"), rows),))
    for result in results:
        said = headline(result)
        notes = tuple(f"{label.capitalize()}: {line}." for label, line in dynamic_notes(result) if label not in ("program", "seconds"))
        sheets = [dynamic_numbers(result), *([dynamic_checks(result)] if result.checks else [])]
        yield Section(_QUESTIONS[result.question], f"{said[:1].upper()}{said[1:]}.", notes, tuple(sheets), most=30)
    mechanism = results[-1].mechanism
    if mechanism is not None:
        yield Section("The mechanism", sheets=(dynamic_interim(mechanism), dynamic_profiles(mechanism)), most=_MOST_STATES)
    yield _picture(results[0])
    yield Section("How it was computed", sheets=tuple(_ran(result) for result in results), most=40)


def _names(types: Sequence[str]) -> str:
    return ", ".join(types[:12]) + (", ..." if len(types) > 12 else "")


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
