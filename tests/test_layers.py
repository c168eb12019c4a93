"""Imports point one way: the rooms of docs/architecture.md."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "mechopt"
ARITHMETIC = {"errors", "rational"}
ASSEMBLY = ARITHMETIC | {"environment", "design", "program"}
MAY_SEE = {
    "errors": set(),
    "rational": {"errors"},
    "environment": ARITHMETIC,
    "design": ARITHMETIC | {"environment"},
    "program": ARITHMETIC | {"environment", "design"},
    "exact": ASSEMBLY,
    "solvers": ASSEMBLY | {"exact"},
    "theory": ARITHMETIC | {"environment"},
    "mechanism": ARITHMETIC | {"environment", "design"},
    "problem": ARITHMETIC | {"environment", "design"},
    "result": ASSEMBLY | {"exact", "mechanism", "problem"},
    "dynamic": ARITHMETIC | {"environment", "program", "mechanism", "result"},
    "pipeline": ASSEMBLY | {"exact", "solvers", "mechanism", "problem", "result", "theory", "dynamic"},
    "files": ASSEMBLY | {"exact", "mechanism", "problem", "result", "dynamic", "pipeline"},
    "report": ASSEMBLY | {"exact", "mechanism", "problem", "result", "theory", "dynamic", "pipeline", "files"},
    "sweeps": ASSEMBLY | {"exact", "mechanism", "problem", "result", "dynamic", "pipeline", "files"},
}
# The public face: what a user calls on a result or a certificate is written in the presentation rooms and fetched when called.
FETCHED = {
    ("dynamic", "files"),
    ("dynamic", "report"),
    ("exact", "report"),
    ("mechanism", "report"),
    ("result", "files"),
    ("result", "report"),
    ("pipeline", "report"),
    ("files", "report"),
}


@cache
def imports(path: Path) -> list[tuple[str, bool]]:
    """Return the modules imported by a file, and whether the import stands inside a function, or for annotations only."""
    return list(_imports(ast.parse(path.read_text()), later=False))


def _imports(block: ast.AST, later: bool) -> Iterator[tuple[str, bool]]:
    """Yield the imports among the statements of a block; expressions hold none."""
    for node in ast.iter_child_nodes(block):
        if isinstance(node, ast.Import):
            yield from ((alias.name, later) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, later
        elif isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield from _imports(node, later or _runs_later(node))


def _runs_later(block: ast.AST) -> bool:
    """Return whether what stands in a block does not run when the module is imported."""
    annotations = isinstance(block, ast.If) and isinstance(block.test, ast.Name) and block.test.id == "TYPE_CHECKING"
    return isinstance(block, ast.FunctionDef) or annotations


def room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_import_points_the_allowed_way(path: Path) -> None:
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if own not in MAY_SEE:
        assert own in {"__init__", "cli"}
        return
    for module, fetched in imports(path):
        if module.split(".")[0] != "mechopt" or room(module) == own:
            continue
        allowed = MAY_SEE[own] | {seen for seeing, seen in FETCHED if seeing == own and fetched}
        assert room(module) in allowed, f"{own} imports {module}"


CHECKER = PACKAGE / "exact" / "checker"
TRUSTED = sorted(CHECKER.rglob("*.py"))


def test_the_checker_in_one_file_imports_the_standard_library_only() -> None:
    assert {module.split(".")[0] for module, _ in imports(PACKAGE / "exact" / "check.py")} <= sys.stdlib_module_names


@pytest.mark.parametrize("path", TRUSTED, ids=lambda path: str(path.relative_to(PACKAGE / "exact")))
def test_the_checker_imports_the_standard_library_and_itself_only(path: Path) -> None:
    own = {".".join(file.relative_to(CHECKER).with_suffix("").parts) for file in TRUSTED} | {file.stem for file in path.parent.glob("*.py")}
    for module, _ in imports(path):
        alone = module.removeprefix("mechopt.exact.").removeprefix("checker.")
        assert alone in own or module.split(".")[0] in sys.stdlib_module_names, module


def test_the_checker_is_short_enough_to_be_read() -> None:
    assert all(len(path.read_text().splitlines()) <= 350 for path in TRUSTED)


def test_only_the_solvers_room_knows_solvers() -> None:
    for path in PACKAGE.rglob("*.py"):
        if path.relative_to(PACKAGE).parts[0] != "solvers":
            assert not {"highspy", "cvxpy"} & {module.split(".")[0] for module, _ in imports(path)}, path
