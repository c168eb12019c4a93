"""The JSON Schema accepts every problem that comes with mechopt and sees a slip where the readers do."""

from __future__ import annotations

import tomllib
from copy import deepcopy

import jsonschema
import pytest

from mechopt.errors import MechoptError
from mechopt.files.catalogue import catalogue_files
from mechopt.files.normal_form import normalise
from mechopt.files.problem_file import any_problem_from_document, load_any
from mechopt.files.schema import problem_schema
from mechopt.files.starting_file import STARTING_FILES, starting_file

VALIDATOR = jsonschema.Draft202012Validator(problem_schema())
FILES = catalogue_files()


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(problem_schema())


@pytest.mark.parametrize("name", FILES)
def test_every_problem_of_the_catalogue_is_valid(name):
    VALIDATOR.validate(tomllib.loads(FILES[name].read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "name", ["myerson-satterthwaite-1983/uniform-5", "cremer-mclean-1988/interim", "jehle-reny-2011/no-regret", "dasgupta-maskin-2000/two-bidders"]
)
def test_a_problem_in_normal_form_is_valid(name):
    VALIDATOR.validate(normalise(load_any(name)))


@pytest.mark.parametrize("kind", STARTING_FILES)
def test_every_starting_file_is_valid(kind):
    VALIDATOR.validate(tomllib.loads(starting_file(kind)))


OBJECT, TABLE, DYNAMIC = (tomllib.loads(starting_file(kind)) for kind in ("object", "table", "dynamic"))
SLIPS = [
    (OBJECT, ("nmae",), "x"),
    (OBJECT, ("environment", "kind"), "objct"),
    (OBJECT, ("environment", "costs"), 1),
    (OBJECT, ("agents", 0, "shares"), 1),
    (OBJECT, ("agents", 0, "share"), "half"),
    (OBJECT, ("agents", 0, "utility"), [[1, 2]]),
    (OBJECT, ("agents", 0, "values", "points"), 2.5),
    (OBJECT, ("agents", 0, "copies"), 0),
    (OBJECT, ("design", "budget"), "balance"),
    (OBJECT, ("design", "bugdet"), "none"),
    (OBJECT, ("agents",), []),
    (TABLE, ("agents", 0, "values"), [1, 2]),
    (TABLE, ("agents", 0, "outside"), {"outcom": "nothing"}),
    (TABLE, ("design", "constraints"), [{"name": "a", "sense": "<", "terms": [{"outcome": "pool"}]}]),
    (TABLE, ("design", "constraints"), [{"name": "a", "sense": "<=", "terms": [{"outcom": "pool"}]}]),
    (DYNAMIC, ("environment", "discont"), "1/2"),
    (DYNAMIC, ("agents", 0, "values"), [0, 1]),
]


@pytest.mark.parametrize(("document", "path", "value"), SLIPS, ids=lambda entry: ".".join(map(str, entry)) if isinstance(entry, tuple) else None)
def test_a_slip_is_seen_by_the_schema_and_by_the_reader(document, path, value):
    changed = deepcopy(document)
    place = changed
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    assert not VALIDATOR.is_valid(changed)
    with pytest.raises(MechoptError):
        any_problem_from_document(changed)
