"""The catalogue's expected values against their derivations, which share no code with mechopt.

Each script can be run by itself and prints "problem question.key value" lines. Together they must derive every
expected value of every problem file, and nothing may differ.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
PROBLEMS = HERE.parents[1] / "problems"
SCRIPTS = sorted(p for p in HERE.glob("*.py") if p.name != Path(__file__).name and '__name__ == "__main__"' in p.read_text())
SLUGS = sorted(str(p.relative_to(PROBLEMS).with_suffix("")) for p in PROBLEMS.glob("*/*.toml"))
Derived = dict[str, dict[str, str]]


ONE_BY_ONE = """
import runpy, sys
for name in sys.argv[1:]:
    print(f"# {name}")
    runpy.run_path(name, run_name="__main__")
"""


def run() -> str:
    """Run all derivations in one process that knows nothing but them, each under a line with its name."""
    names = [script.name for script in SCRIPTS]
    done = subprocess.run([sys.executable, "-c", ONE_BY_ONE, *names], cwd=HERE, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


@pytest.fixture(scope="module")
def derived() -> tuple[Derived, dict[str, str]]:
    """What the scripts found: by problem and "question.key"; and which script found it."""
    values: Derived = {}
    origin: dict[str, str] = {}
    for section in run().split("# ")[1:]:
        name, *lines = section.splitlines()
        for line in lines:
            slug, key, value = line.split()
            assert key not in values.setdefault(slug, {}), f"{slug} {key} is derived twice"
            values[slug][key] = value
            origin[slug] = name
    return values, origin


def expected_table(slug: str) -> dict[str, Any]:
    """The [expected] table of a problem file."""
    with (PROBLEMS / f"{slug}.toml").open("rb") as file:
        table: dict[str, Any] = tomllib.load(file, parse_float=Fraction)["expected"]
    return table


def same(given: Any, found: str) -> bool:
    """Words and fractions must be equal, numbers with a tolerance must be near; lists are derived with commas, empty ones and truth as words."""
    if isinstance(given, list):
        parts = [] if found == "none" else found.split(",")
        return len(parts) == len(given) and all(same(*pair) for pair in zip(given, parts, strict=True))
    if isinstance(given, bool):
        return found == str(given).lower()
    if isinstance(given, dict):
        return bool(abs(given["value"] - Fraction(found)) <= given["tolerance"])
    try:
        return Fraction(given) == Fraction(found)
    except ValueError:
        return bool(given == found)


def test_every_problem_has_a_derivation(derived: tuple[Derived, dict[str, str]]) -> None:
    assert sorted(derived[0]) == SLUGS


@pytest.mark.parametrize("slug", SLUGS)
def test_expected_values_are_the_derived_ones(slug: str, derived: tuple[Derived, dict[str, str]]) -> None:
    values, table = derived[0][slug], expected_table(slug)
    given = {f"{question}.{key}": value for question in ("certify", "solve") for key, value in table.get(question, {}).items()}
    assert given.keys() == values.keys()
    assert {key: (value, values[key]) for key, value in given.items() if not same(value, values[key])} == {}


@pytest.mark.parametrize("slug", SLUGS)
def test_expected_source_names_the_derivation(slug: str, derived: tuple[Derived, dict[str, str]]) -> None:
    assert f"tests/derivations/{derived[1][slug]}" in expected_table(slug)["source"]
