"""How a derivation says what it found: one line "problem question.key value" per number."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

Answers = Mapping[str, Fraction | int | str]


def report(slug: str, *, certify: Answers | None = None, solve: Answers | None = None) -> None:
    """Print what was derived about one problem file."""
    for question, answers in (("certify", certify), ("solve", solve)):
        for key, found in (answers or {}).items():
            print(f"{slug} {question}.{key} {found}")


def certified(answer: str, standard: Mapping[str, Fraction], surplus: Fraction | None = None) -> Answers:
    """What `certify` says: the verdict, the greatest surplus where there is one, and the first best."""
    found: dict[str, Fraction | int | str] = {"answer": answer}
    if surplus is not None:
        found["budget_surplus"] = surplus
    return found | dict(standard)


def agree(*numbers: Fraction | str) -> Fraction:
    """Return the common value of several routes, or stop."""
    if len(set(numbers)) != 1:
        raise ValueError(f"routes differ: {[str(n) for n in numbers]}")
    return Fraction(numbers[0])


def verdict(surplus: Fraction) -> str:
    """Independent types, Bayesian incentives, interim participation: possible iff S* >= 0."""
    return "possible" if surplus >= 0 else "impossible"
