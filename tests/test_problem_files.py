"""Every shipped problem gives its expected values, which come from a source outside mechopt, and every proof holds."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import mechopt as mo
from mechopt.exact.checker.claims import check_result

ROOT = Path(__file__).parent.parent / "problems"
FILES = sorted(ROOT.glob("*/*.toml"))
QUESTIONS = {"certify": mo.certify, "solve": mo.solve}


def matches(found: Any, expected: Any) -> bool:
    if isinstance(expected, dict):
        return found is not None and abs(found.float - float(expected["value"])) <= float(expected["tolerance"])
    if isinstance(expected, list):
        return len(found) == len(expected) and all(matches(*pair) for pair in zip(found, expected, strict=True))
    if hasattr(found, "exact"):
        return bool(found.exact == Fraction(str(expected)))
    return bool(found == expected)


def test_there_are_at_least_twenty_problem_files() -> None:
    assert len(FILES) >= 20


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_problem_file_gives_its_expected_values_with_a_proof_that_holds(path: Path) -> None:
    problem = mo.load(path)
    assert problem.source
    assert problem.expected["source"]
    assert problem.expected.keys() <= {"source", *QUESTIONS}
    for question, ask in QUESTIONS.items():
        expected = problem.expected.get(question)
        if expected is None:
            continue
        result = ask(problem)
        wrong = {key: str(getattr(result, key)) for key, value in expected.items() if not matches(getattr(result, key), value)}
        assert not wrong
        assert check_result(json.loads(json.dumps(result.to_dict())))
