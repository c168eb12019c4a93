"""The reference has a page per room, with every module that has public names."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

PACKAGE = Path(__file__).parent.parent.parent / "mechopt"
HIDDEN = {"__init__", "__main__", "cli"}
UNSAID = re.compile(r'\s–\s*<div class="doc-md-description">\s*</div>')


def on_files(files: Files, config: Any) -> Files:
    """Add the pages, and name them in the navigation behind the first page of the reference."""
    section = next(entry["Reference"] for entry in config.nav if "Reference" in entry)
    for position, (room, modules) in enumerate(sorted(rooms().items()), start=1):
        uri = f"reference/{room}.md"
        files.append(File.generated(config, uri, content=page(room, modules)))
        section.insert(position, {f"mechopt.{room}": uri})
    return files


def rooms() -> dict[str, list[Path]]:
    """Return the modules with public names, by room."""
    found: dict[str, list[Path]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if room not in HIDDEN and public(path):
            found.setdefault(room, []).append(path)
    return found


def public(path: Path) -> bool:
    """Return whether a module says what is public in it and has anything of its own to show."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {target.id for node in tree.body if isinstance(node, ast.Assign) for target in node.targets if isinstance(target, ast.Name)}
    defined = any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in tree.body)
    return "__all__" in names and defined


def page(room: str, modules: list[Path]) -> str:
    """Return the page of a room."""
    names = [".".join(["mechopt", *path.relative_to(PACKAGE).with_suffix("").parts]).removesuffix(".__init__") for path in modules]
    return "\n\n".join([f"# mechopt.{room}", *(f"::: {name}" for name in names)]) + "\n"


def on_page_content(html: str, **_: Any) -> str:
    """Remove the dash behind a parameter of which its name and type say all."""
    return UNSAID.sub("", html)
