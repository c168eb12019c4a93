"""Where something in a result can be changed, and the register of the changes."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Callable, Iterator
from fractions import Fraction
from math import inf, nan
from random import Random
from typing import Any

Json = dict[str, Any]
Place = tuple[Any, Any]  # a dictionary or list, and a key or position in it
Change = Callable[[Json, Random], Any]

CLAIM, WITHDRAWAL, PROBLEM, FORM, PRESENTATION = KINDS = ("claim", "withdrawal", "problem", "form", "presentation")
CHANGES: dict[str, dict[str, Change]] = {kind: {} for kind in KINDS}
NUMBERS = ("value", "budget_surplus", "welfare", "first_best", "status_quo", "gains", "first_best_gains", "revenue")
PRICES = ("incentive", "participation", "budget", "floor", "cap", "constraints", "worst_case")
SETTINGS = {
    "objective": ("welfare", "revenue", "gains", "payoff", "weighted", "worst-case", "epsilon"),
    "incentive": ("bic", "dsic", "epic", "none"),
    "participation": ("interim-ir", "ex-post-ir", "ex-ante-ir", "none"),
    "budget": ("balanced", "no-deficit", "expected-balanced", "expected-no-deficit", "none"),
    "allocation": ("any", "efficient", "deterministic"),
}
PROPERTIES = (*SETTINGS["incentive"][:3], *SETTINGS["participation"][:3], *SETTINGS["budget"][:4], "efficient", "deterministic")
GRADES = ("optimal", "bounded", "infeasible", "feasible", "none")
WORDS: dict[str, tuple[Any, ...]] = {  # what stands under these keys of a result is one of these
    "status": (None, "optimal", "infeasible", "unbounded"), "answer": (None, "possible", "impossible"), "question": ("certify", "solve"),
}  # fmt: skip
JUNK: list[Any] = [
    None, True, False, 0, 1, -1, 1.5, nan, inf, "", "nobody", "none", "1/0", "2/4", "-0", "+1", " 1", "1.0", "01", "1e3", "٣", "1/-2", "1\n", "nan",
    [], [[]], [1], ["1"], {}, {"x": "1"}, {"": {}}, {"float": 1.0, "exact": "1"}, {"float": None, "exact": None},
    10**400, "9" * 5000, "answer", "\ud800",
]  # fmt: skip


class NotApplicableError(Exception):
    """There is nothing of the sort in the result."""


def copied(result: Json) -> Json:
    return pickle.loads(pickle.dumps(result))


def same(one: Any, other: Any) -> bool:
    """Tell whether two texts of JSON would be the same: true is not 1, and NaN is NaN."""
    return json.dumps(one) == json.dumps(other)


def digest(problem: Any) -> str:
    return "sha256:" + hashlib.sha256(json.dumps(problem, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def number(value: Fraction) -> Json:
    return {"float": float(value), "exact": str(value)}


def change(kind: str) -> Callable[[Change], Change]:
    """Register a change under its function's name; one of a problem leaves the right digest behind."""

    def registered(function: Change) -> Change:
        def with_digest(result: Json, rng: Random) -> None:
            function(result, rng)
            result["digest"] = digest(result["problem"])

        CHANGES[kind][function.__name__.replace("_", " ").strip()] = with_digest if kind == PROBLEM else function
        return function

    return registered


# --- finding something to change -----------------------------------------------------------------------------------------------------


def pick(rng: Random, found: Any) -> Any:
    """Return one of what was found."""
    options = list(found)
    if not options:
        raise NotApplicableError
    return rng.choice(options)


def places(data: Any, *, skip: tuple[str, ...] = ("statistics", "witness", "conflict")) -> Iterator[Place]:
    """Yield every place in nested lists and objects."""
    if isinstance(data, (dict, list)):
        for key in list(data) if isinstance(data, dict) else range(len(data)):
            if key not in skip:
                yield data, key
                yield from places(data[key], skip=skip)


def is_rational(data: Any) -> bool:
    return isinstance(data, str) and data.removeprefix("-").replace("/", "", 1).isdigit()


def rationals(data: Any) -> list[Place]:
    return [(inner, key) for inner, key in places(data) if is_rational(inner[key])]


def claimed(result: Json) -> list[Place]:
    """Return the places of the numbers of a result."""
    holders = [(result, name) for name in NUMBERS] + [(result["proof"], "bound")] + [(check, "margin") for check in result["checks"]]
    return [(inner, key) for inner, key in holders if inner.get(key)]


def certificates(result: Json) -> list[Json]:
    """Return the certificates of a result that are no trees, leaves of trees included, and nodes of trees."""
    roots = [result["certificate"], (result["proof"].get("surplus") or {}).get("certificate")]
    found = [root for root in roots if isinstance(root, dict)]
    for node in found:
        found += [node[key] for key in ("chosen", "excluded") if key in node]
    return found


def leaves(result: Json) -> list[Json]:
    return [node for node in certificates(result) if "profile" not in node]


def mechanisms(result: Json, form: str = "table") -> list[Json]:
    found = [result["mechanism"], (result["proof"].get("surplus") or {}).get("mechanism")]
    return [mechanism for mechanism in found if isinstance(mechanism, dict) and mechanism["form"] == form]


def tables_of_prices(result: Json) -> list[Place]:
    """Return the places of prices, and of objects of prices."""
    return [place for leaf in leaves(result) for place in places({key: leaf[key] for key in PRICES if key in leaf})]


def another(rng: Random, text: str) -> str:
    """Return another rational."""
    value = Fraction(text)
    tried = [value + Fraction(1, 7), value - 1, -value, 2 * value, value / 2, Fraction(0), 1 - value, value + Fraction(1, 10**20)]
    return str(rng.choice([other for other in tried if other != value]))


def renew(rng: Random, place: Place) -> None:
    """Change the rational at a place."""
    inner, key = place
    inner[key] = another(rng, inner[key])


def swap(rng: Random, items: list[Any]) -> None:
    """Swap two entries of a list."""
    if len(items) < 2:
        raise NotApplicableError
    a, b = rng.sample(range(len(items)), 2)
    items[a], items[b] = items[b], items[a]


def swap_entries(rng: Random, table: Json) -> None:
    """Swap what stands under two keys."""
    a, b = rng.sample(sorted(table), 2) if len(table) > 1 else pick(rng, [])
    table[a], table[b] = table[b], table[a]
