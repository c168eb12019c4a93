"""docs/architecture.md names the rooms that exist, the arrows that tests enforce, and nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.names import ROOT, found, page
from tests.test_layers import FETCHED, MAY_SEE

TEXT = page("docs/architecture.md")
PACKAGE = ROOT / "mechopt"
ROOMS = dict(re.findall(r"^\| `(\w+(?:/|\.py))` \| ([\w, ]*?) ?\|", TEXT.split("## Which room")[0], re.MULTILINE))
CODE = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL))
PATHS = sorted({name for name in CODE if re.fullmatch(r"(?:\w+/)+(?:\w+\.py)?", name)})
DOTTED = sorted({name for name in CODE if re.fullmatch(r"mechopt(?:\.\w+)+", name)})
LINKS = sorted(set(re.findall(r"\]\(([^)#]+)\)", TEXT)))


def rooms() -> set[str]:
    """Return the rooms of the package as the page writes them."""
    packages = {f"{path.parent.name}/" for path in PACKAGE.glob("*/__init__.py")}
    return packages | {path.name for path in PACKAGE.glob("*.py") if not path.name.startswith("__")}


def test_the_page_names_every_room_and_no_other() -> None:
    assert set(ROOMS) == rooms()


def test_the_arrows_of_the_page_are_those_that_are_enforced() -> None:
    written = {name.rstrip("/").removesuffix(".py"): set(filter(None, sees.split(", "))) for name, sees in ROOMS.items()}
    assert {name: sees for name, sees in written.items() if sees != {"everything"}} == MAY_SEE


def test_the_exceptions_of_the_page_are_those_that_are_enforced() -> None:
    written = set(re.findall(r"^\| `(\w+)` \| (\w+) \|$", TEXT, re.MULTILINE))
    assert written == FETCHED


@pytest.mark.parametrize("name", PATHS)
def test_every_path_of_the_page_exists(name: str) -> None:
    if name == "solve/":  # the name that was not taken
        assert not (PACKAGE / name).exists()
        return
    assert (PACKAGE / name).exists() or (ROOT / name).exists()


@pytest.mark.parametrize("name", DOTTED)
def test_every_dotted_name_of_the_page_exists(name: str) -> None:
    assert found(name) is not None


@pytest.mark.parametrize("link", LINKS)
def test_every_link_of_the_page_leads_somewhere(link: str) -> None:
    assert (Path(ROOT) / "docs" / link).exists()


def test_every_step_of_the_pipeline_is_named() -> None:
    steps = {path.stem for path in (PACKAGE / "pipeline").glob("*.py") if path.stem != "__init__"}
    assert {step for step in steps if f"`{step}`" not in TEXT} == set()
