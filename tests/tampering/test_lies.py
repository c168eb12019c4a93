"""Every rule of `docs/certificates.md` is needed: a lie that breaks one of them and is right in all else is refused.

The liar changes a true result against one rule and states everything else anew (`restate`): bound, gap, numbers, grade.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from tests.oracles import exact
from tests.oracles.program import write_program
from tests.tampering.places import Json, copied, rationals
from tests.tampering.restate import restate
from tests.tampering.results import ask, certify, trade
from tests.tampering.test_tampering import independent, shipped, true

Lie = tuple[str, Callable[[Json], Any]]
F = Fraction
PRICES = ("incentive", "participation", "budget", "floor", "cap", "constraints", "worst_case")


def at(*path: Any, add: Any = None, put: Any = None) -> Callable[[Json], None]:
    """Return a change at a path: something put there, or a number added."""

    def change(result: Json) -> None:
        *above, last = path
        for key in above:
            result = result.setdefault(key, {})
        result[last] = put if add is None else str(Fraction(result.get(last, "0")) + Fraction(add))

    return change


def all_of(*changes: Callable[[Json], Any]) -> Callable[[Json], None]:
    def change(result: Json) -> None:
        for part in changes:
            part(result)

    return change


def price(*path: str, add: Any) -> Callable[[Json], None]:
    return at("certificate", *path, add=add)


def scaled(factor: Any) -> Callable[[Json], None]:
    """Return the change that multiplies all prices of the certificate."""

    def change(result: Json) -> None:
        certificate = result["certificate"]
        for inner, key in rationals({key: certificate[key] for key in PRICES if key in certificate}):
            inner[key] = str(Fraction(inner[key]) * Fraction(factor))
        if isinstance(certificate.get("budget"), str):
            certificate["budget"] = str(Fraction(certificate["budget"]) * Fraction(factor))

    return change


def design(**settings: Any) -> Callable[[Json], None]:
    return lambda result: result["problem"]["design"].update(settings)


def negated_ray(result: Json) -> None:
    """Give away without end what was to be collected."""
    result["proof"]["ray"] = [[str(-Fraction(amount)) for amount in row] for row in result["proof"]["ray"]]


def never_trade(mechanism: Json) -> None:
    """Leave the object with the seller: truth pays and nobody loses, but it is not efficient."""
    mechanism |= {"allocation": [["1", "0", "0"]] * 4, "payments": [["0", "0"]] * 4}


def a_cycle(amount: Any) -> Callable[[Json], None]:
    """Return prices of two opposite lies; money goes around in a circle."""
    return all_of(price("incentive", "seller", "s0", "s1", add=amount), price("incentive", "seller", "s1", "s0", add=amount))


def a_detour(amount: Any) -> Callable[[Json], None]:
    """Return what a type's participation costs less, its truth and the other type's participation more: money still cancels."""
    other_way = price("participation", "seller", "s1", add=amount), price("incentive", "seller", "s0", "s1", add=amount)
    return all_of(*other_way, price("participation", "seller", "s0", add=-F(amount)))


def more_revenue(amount: Any) -> Callable[[Json], None]:
    """Return a price on the budget, and all others scaled so that money cancels."""
    return all_of(scaled(1 + F(amount)), at("certificate", "budget", put=str(F(amount))))


def a_floor_and_a_cap(amount: Any) -> Callable[[Json], None]:
    return all_of(*(price(key, "wife", "low", "low", add=amount) for key in ("floor", "cap")))


def optimal_surplus(result: Json) -> None:
    """Claim that the answer is that of the largest surplus."""
    result["proof"].update(grade="optimal", bound=result["budget_surplus"], gap="0")


TRUE_TOO: dict[str, Lie] = {
    "a cycle of prices weakens the bound": ("second best", a_cycle("1/100")),
    "a price on the budget too": ("monopoly", more_revenue("1/2")),
    "prices of a floor and a cap that cancel": ("impossible without payments", a_floor_and_a_cap("1/3")),
    "a price on a lower bound": ("limits", price("constraints", "buyer >=", add="1/10")),
    "half a subsidy": ("z3: impossible by a subsidy", scaled("1/2")),
    "half the prices of violations": ("least violation", scaled("1/2")),
    "a greater allowance": ("second best with violations", design(epsilon="1/10")),
    "no proof of the surplus": ("possible", lambda result: result["proof"].update(surplus=None)),
}

LIES: dict[str, Lie] = {
    "prices of truth are not negative": ("second best", a_cycle("-1/100")),
    "prices of participation are not negative": ("second best", a_detour("1/100")),
    "prices of a deficit are not negative": ("monopoly", more_revenue("-1/2")),
    "prices of floors and caps are not negative": ("impossible without payments", a_floor_and_a_cap("-1/3")),
    "prices of lower bounds are not negative": ("limits", price("constraints", "buyer >=", add="-1/10")),
    "prices of upper bounds are not positive": ("limits", price("constraints", "seller <=", add="1/10")),
    "money cancels": ("second best", price("participation", "seller", "s1", add="1/100")),
    "the truth is no lie": ("second best", price("incentive", "seller", "s0", "s0", add="1/2")),
    "a type that cannot be has no interim constraint": ("correlated types that cannot be", price("participation", "ann", "high", add="1")),
    "ratios weigh one in all": ("worst case", scaled(2)),
    "only a worst case has ratios": ("auction", price("worst_case", "v0", "v0", add="1")),
    "violations weigh one at most": ("least violation", scaled(2)),
    "violations are free where they are minimised": ("infeasible", design(objective="epsilon")),
    "a subsidy costs its probability": ("z3: impossible by a subsidy", scaled(2)),
    "a surplus alone proves nothing without a budget": ("impossible by the surplus", design(budget="none")),
    "inefficient outcomes are possible": ("second best", at("certificate", "efficient", put=True)),
    "a bound is one on the objective": ("second best", at("certificate", "objective", put="welfare")),
    "no objective but the design's is bounded": (
        "second best",
        lambda r: (r["certificate"].update(objective="welfare"), r["proof"].update(grade="feasible")),
    ),
    "what is added breaks nothing": ("unbounded with limits", negated_ray),
    "what is added pays": ("unbounded", lambda result: result["proof"].update(ray=[["0"]] * 2)),
    "no probability is negative": ("unbounded", lambda result: result["mechanism"].update(allocation=[["-1/9", "10/9"]] * 2, payments=[["0"]] * 2)),
    "a bound of zero excludes nothing": ("infeasible", scaled(0)),
    "a tree is for mechanisms without lotteries": ("tree", design(allocation="any")),
    "violations are bounded": ("second best with violations", design(epsilon="3/100")),
    "what is possible is efficient": ("possible", lambda result: never_trade(result["mechanism"])),
    "what attains the surplus is efficient": ("possible", lambda result: never_trade(result["proof"]["surplus"]["mechanism"])),
    "what is infeasible has no mechanism": ("second best", lambda result: result.update(status="infeasible")),
}

# After all has been stated anew.
LAST_WORDS: dict[str, Lie] = {
    "optimal is what has no gap": ("bounded", at("proof", "grade", put="optimal")),
    "a gap is not zero because it is said to be": ("bounded", lambda result: result["proof"].update(grade="optimal", gap="0")),
    "the largest surplus proves no other answer": ("impossible by a subsidy", optimal_surplus),
    "what is unbounded has no bound": ("unbounded", at("proof", "bound", put={"float": 9.0, "exact": "9"})),
    "what is not proved is not impossible": ("possible", lambda result: result.update(answer="impossible", mechanism=None)),
    "a property holds by its margin": ("bounded", lambda result: result["checks"][-1].update(holds=True)),
    "a property that holds is not denied": ("bounded", lambda result: result["checks"][0].update(holds=False)),
    "a version is known": ("auction", at("version", put=2)),
}


@pytest.mark.parametrize("name", LIES)
def test_a_consistent_lie_is_refused_by_both(name: str) -> None:
    base, change = LIES[name]
    result = copied(true(base))
    change(result)
    restate(result)
    assert None not in (shipped(result), independent(result))


@pytest.mark.parametrize("name", TRUE_TOO)
def test_a_change_within_the_rules_is_accepted_by_both(name: str) -> None:
    base, change = TRUE_TOO[name]
    result = copied(true(base))
    change(result)
    restate(result)
    assert (shipped(result), independent(result)) == (None, None)


@pytest.mark.parametrize("name", LAST_WORDS)
def test_a_wrong_word_at_the_end_is_refused(name: str) -> None:
    base, change = LAST_WORDS[name]
    result = copied(true(base))
    restate(result)
    change(result)
    assert shipped(result) is not None


def test_a_bound_on_the_surplus_rests_on_no_cap() -> None:
    """With a cap on what the buyer pays efficient trade makes losses; without, it need not."""
    problem = trade(payment_cap={"buyer": "1/2"})
    result = ask(certify, problem)
    assert result["answer"] == "impossible"
    result["certificate"] = exact.leaf(write_program(problem, "surplus", limits=True), "surplus", True)
    assert Fraction(result["certificate"]["bound"]) < 0
    restate(result)
    assert shipped(result) is not None
