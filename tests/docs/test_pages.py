"""The pages show what the commands print, lead to what is there, and leave no command out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import mechopt
from mechopt.cli.main import cli
from mechopt.mechanism.classical.registry import CLASSICAL
from mechopt.pipeline.theorems.registry import THEOREMS
from tests.docs.names import ROOT, page
from tests.docs.pages import replayed

DOCS = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))
SESSIONS = [name for name in DOCS if "```console" in page(name)]


@pytest.mark.parametrize("name", SESSIONS)
def test_the_commands_of_a_page_print_what_it_shows(name: str, tmp_path: Path) -> None:
    assert replayed(page(name), tmp_path) == page(name)


@pytest.mark.parametrize("name", DOCS)
def test_every_link_of_a_page_leads_somewhere(name: str) -> None:
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)", page(name)):
        path = (ROOT / name).parent / target if target else ROOT / name
        assert path.exists(), target
        headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE) if anchor else []
        assert not anchor or anchor in {slug(heading) for heading in headings}, f"{target}#{anchor}"


def slug(heading: str) -> str:
    """Return the anchor of a heading, on the site as in the repository."""
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower())


@pytest.mark.parametrize("name", ["README.md", *DOCS])
def test_no_page_names_a_machine(name: str) -> None:
    assert not re.findall(r"(?<![\w.])/(?:work|home|opt|usr|tmp|Users)/", page(name))


@pytest.mark.parametrize("command", cli.commands)
def test_every_command_has_a_page_that_runs_it(command: str) -> None:
    assert any(f"$ mechopt {command}" in page(name) for name in SESSIONS)


def test_the_overview_leads_to_every_how_to() -> None:
    written = {path.name for path in (ROOT / "docs" / "how-to").glob("*.md")} - {"index.md"}
    assert set(re.findall(r"\]\(([\w-]+\.md)\)", page("docs/how-to/index.md"))) == written


@pytest.mark.parametrize("name", CLASSICAL)
def test_every_mechanism_known_by_name_is_shown_in_the_gallery(name: str) -> None:
    assert re.search(rf"^{name} +\S", page("docs/gallery/mechanisms.md"), re.MULTILINE)


@pytest.mark.parametrize("name", THEOREMS)
def test_every_theorem_is_asked_in_the_gallery(name: str) -> None:
    assert f"$ mechopt theorem {name} " in page("docs/gallery/mechanisms.md")


def test_the_changelog_and_the_citation_name_the_version_that_is_installed() -> None:
    assert f"## {mechopt.__version__}" in page("CHANGELOG.md")
    assert f"\nversion: {mechopt.__version__}\n" in page("CITATION.cff")
