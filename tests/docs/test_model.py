"""The table at the end of docs/model.md is true: every display once, every function there, and the code's references to displays agree."""

from __future__ import annotations

import re

import pytest

from mechopt.design import design
from mechopt.mechanism.classical.registry import CLASSICAL
from mechopt.pipeline.theorems.registry import THEOREMS
from mechopt.program.reductions import REDUCTIONS
from tests.docs.names import ROOT, found, page

TEXT = page("docs/model.md")
DISPLAYS = [int(number) for number in re.findall(r"\\tag\{(\d+)\}", TEXT)]
ROWS = [(int(number), re.findall(r"`([\w.]+)`", cell)) for number, cell in re.findall(r"^\| \((\d+)\) \| (.*) \|$", TEXT, re.MULTILINE)]
IDS = [*design.OBJECTIVES, *design.INCENTIVES, *design.PARTICIPATIONS, *design.BUDGETS, *design.ALLOCATIONS]


def test_displays_are_numbered_in_order() -> None:
    assert list(range(1, len(DISPLAYS) + 1)) == DISPLAYS


def test_the_table_has_every_display_exactly_once() -> None:
    assert [number for number, _ in ROWS] == DISPLAYS


@pytest.mark.parametrize(("number", "names"), ROWS, ids=[f"display-{number}" for number, _ in ROWS])
def test_the_functions_of_a_display_exist_and_are_documented(number: int, names: list[str]) -> None:
    assert names, f"display {number} has no function"
    for name in names:
        function = found(name)
        assert callable(function), name
        assert function.__doc__, name


def test_every_reference_to_a_display_is_to_one() -> None:
    prose = TEXT.split("## Display and function")[0]
    referred = {int(number) for number in re.findall(r"(?<![\w)^])\((\d{1,2})\)", re.sub(r"\$\$.*?\$\$", "", prose, flags=re.DOTALL))}
    assert referred <= set(DISPLAYS)


def test_a_display_that_the_code_cites_names_that_code_in_the_table() -> None:
    functions = dict(ROWS)
    cited = 0
    for path in sorted((ROOT / "mechopt").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for number in re.findall(r"model\.md, display (\d+)", path.read_text(encoding="utf-8")):
            cited += 1
            assert any(name.startswith(f"{module}.") for name in functions.get(int(number), [])), f"{module} cites display {number}"
    assert cited > 0


@pytest.mark.parametrize("name", sorted(set(IDS)))
def test_every_id_of_a_design_is_explained(name: str) -> None:
    assert f"`{name}`" in TEXT


@pytest.mark.parametrize("name", REDUCTIONS)
def test_every_reduction_is_explained(name: str) -> None:
    assert f"**{name}, " in TEXT


@pytest.mark.parametrize("name", CLASSICAL)
def test_every_mechanism_known_by_name_is_explained(name: str) -> None:
    assert f"`{name}`" in TEXT


@pytest.mark.parametrize("name", THEOREMS)
def test_every_theorem_is_explained(name: str) -> None:
    assert f"| `{name}` |" in TEXT
