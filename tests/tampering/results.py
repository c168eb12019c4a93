"""Results of every kind and design in small environments: by mechopt, and by z3, which mechopt never saw."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from mechopt.errors import MechoptWarning
from mechopt.files.normal_form import problem_from_normal
from mechopt.files.result_file import result_to_dict
from mechopt.pipeline.answer import Settings
from mechopt.pipeline.certify import certify_problem
from mechopt.pipeline.questions import certify, solve
from tests.oracles import checker, exact, known
from tests.tampering.restate import restate

Json = dict[str, Any]
F = Fraction
PROPERTIES = ("bic", "dsic", "epic", "interim-ir", "ex-post-ir", "ex-ante-ir", "balanced", "no-deficit", "efficient", "deterministic")
HALF = [F(1, 2), F(1, 2)]
FRAME: Json = {"format": "mechopt-result", "version": 1, "status": None, "answer": None, "statistics": {}}


def framed(question: str, result: Json) -> Json:
    """Return a result of `exact`, which states claims only, as a file has it."""
    return {**FRAME, "question": question, **result}


def with_margins(result: Json) -> Json:
    """Return a result that also tells which properties its mechanism has."""
    mechanism, private = checker.Claims(result).mechanism, result["problem"]["environment"]["kind"] != "interdependent"
    named = [] if mechanism is None else [name for name in PROPERTIES if private or name != "dsic"]
    margins = {name: mechanism.margin(name) for name in named}
    checks = [{"property": name, "holds": m >= 0, "margin": exact.number(m), "witness": None} for name, m in margins.items()]
    return {**result, "checks": checks}


def certified_by_z3(problem: Json, subsidy: bool = False) -> Json:
    """Return the result that z3 proves for "certify"."""
    return with_margins(framed("certify", exact.certified(problem, subsidy)))


def solved_by_z3(problem: Json) -> Json:
    """Return the result that z3 proves for "solve"."""
    return with_margins(framed("solve", exact.solved(problem)))


def ask(question: Callable[..., Any], problem: Json, **options: Any) -> Json:
    """Return mechopt's result; rights to more than one object, of which it warns, are legal."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MechoptWarning)
        return result_to_dict(question(problem_from_normal(problem), **options))


# Problems. Every kind, prior, incentive, participation, budget, allocation, objective, limit and constraint occurs.


def trade(odds: Any = HALF[0], **design: Any) -> Json:
    """Return trade between types 0 or 2 and 1 or 3, the former with the odds given: efficient if they are small enough."""
    return known.trade([0, 2], [1, 3], [odds, 1 - odds], [1 - odds, odds], **design)


def citizens(**design: Any) -> Json:
    """Return a public good for two; the second citizen has a type that cannot be, and may be hurt."""
    problem = known.public_good([1, 3], HALF, 3, 2, **design)
    problem["agents"][1] |= {"types": ["a", "b", "c"], "values": ["-1", "2", "5"], "prior": ["0", "2/3", "1/3"], "outside": ["0", "0", "1/4"]}
    return problem


def picnic(**design: Any) -> Json:
    """Return a table of three outcomes for two, with costs and odd outside options."""
    ann = known.agent("ann", ["low", "high"], ["1/2", 0], prior=["1/3", "2/3"], utility=[[0, 2, 1], [3, 0, 1]])
    bob = known.agent("bob", ["low", "high"], [0, 1], prior=["3/4", "1/4"], utility=[[1, 0, 2], [0, 4, 1]])
    return known.problem("picnic", "", "table", ["hill", "lake", "home"], independent(design, ann, bob), **{"cost": [1, "1/2", 0], **design})


def coin(worth: tuple[int, int] = (1, 1), **design: Any) -> Json:
    """Return two outcomes of which the second should come half of the time, or as the design says."""
    ann = known.agent("ann", ["only"], [0], prior=[1], utility=[worth])
    half = {"constraints": [quota("=", "1/2", outcome="tails")]}
    return known.problem("coin", "", "table", ["heads", "tails"], [ann], **{**half, **design})


def independent(design: Json, *agents: Json) -> list[Json]:
    """Return agents, without priors of their own where there is a joint one."""
    return [{key: data for key, data in agent.items() if key != "prior" or "joint" not in design} for agent in agents]


def wallet(**design: Any) -> Json:
    """Return two bidders for a wallet: what it is worth depends on both signals, and outside options on profiles."""
    worth = [[2, 3], [4, 6]]
    anna = [[[w, 0, 0] for w in row] for row in worth]
    bert = [[[0, w + F(1, 2), 0] for w in row] for row in worth]
    signals = ["poor", "rich"]
    agents = [
        known.agent("anna", signals, [[0, 0], ["1/2", 0]], utility=anna, prior=["2/5", "3/5"]),
        known.agent("bert", signals, [0, "1/3"], utility=bert, prior=["2/5", "3/5"]),
    ]
    outcomes = ["anna", "bert", "nobody"]
    return known.problem("wallet", "", "interdependent", outcomes, independent(design, *agents), **{"incentive": "epic", **design})


def quota(sense: str, bound: Any, **term: Any) -> Json:
    """Return a constraint of one term."""
    terms = [{"coefficient": "1", "when": {}, "expected": True, **term}]
    return {"name": f"{next(iter(term.values()))} {sense}", "sense": sense, "bound": known.text(bound), "terms": terms}


def without_prices(result: Json) -> Json:
    """Return a result whose bound is what nothing asked for leaves: the first best."""
    certificate = result["certificate"]
    result["certificate"] = {key: certificate[key] for key in ("objective", "efficient", "bound")}
    restate(result)
    return result


RICH = quota("<=", "9/10", outcome="seller")
POOR = quota(">=", "1/4", outcome="buyer", when={"seller": "s0"})
TAX = quota("<=", "1/3", payment="buyer", coefficient="2/3", expected=False, when={"buyer": "b1"})
MOSTLY = quota("=", "1/2", outcome="home")
MOST = quota(">=", "1/2", outcome="tails")
CORRELATED = [["1/2", "1/4"], ["1/4", "0"]]
ABSENT = [["1/2", "1/2"], ["0", "0"]]
WEIGHTS = {"ann": ["1", "3"], "bob": ["0", "1/2"]}
ROUNDED = Settings(exact=False)

RESULTS: dict[str, Callable[[], Json]] = {
    "possible": lambda: ask(certify, trade()),
    "impossible by the surplus": lambda: ask(certify, trade(F(9, 10))),
    "impossible by a subsidy": lambda: ask(certify, trade(F(3, 5), incentive="dsic", participation="ex-post-ir")),
    "impossible by limits": lambda: ask(certify, trade(payment_cap={"buyer": "1/2"}, payment_floor={"seller": "-3/4"})),
    "impossible though incentives may be violated": lambda: ask(certify, trade(F(9, 10), epsilon="1/20", objective="welfare")),
    "possible with a quota": lambda: ask(certify, trade(F(2, 5), constraints=[POOR])),
    "possible without participation": lambda: ask(certify, citizens(participation="none")),
    "possible for three": lambda: ask(certify, known.partnership([0, 1], HALF, ["1/2", "1/2", "0"])),
    "impossible without payments": lambda: ask(certify, known.divorce(allocation="deterministic", **known.no_payments())),
    "possible with correlated types": lambda: ask(certify, known.cremer_mclean(budget="expected-no-deficit")),
    "certified with interdependent values": lambda: ask(certify, wallet(participation="ex-post-ir", budget="no-deficit")),
    "impossible by a tree": lambda: ask(certify, coin(allocation="deterministic", budget="no-deficit")),
    "certified by rounding": lambda: ask(certify_problem, trade(F(2, 5), constraints=[POOR]), settings=ROUNDED),
    "impossible by rounding": lambda: ask(certify_problem, trade(F(9, 10), payment_cap={"buyer": "1/2"}), settings=ROUNDED),
    "second best": lambda: ask(solve, trade(F(9, 10))),
    "monopoly": lambda: ask(solve, known.auction([1, 3, 4], ["1/2", "1/4", "1/4"], 1, budget="no-deficit")),
    "auction": lambda: ask(solve, known.auction([1, 3], HALF, 2, incentive="dsic", participation="ex-post-ir")),
    "auction of three by rules": lambda: ask(solve, known.auction([0, 1, 2], ["1/2", "1/4", "1/4"], 3, budget="no-deficit"), method="columns"),
    "partners by rules": lambda: ask(solve, known.partnership([0, 1], HALF, ["1/4", "1/4", "1/2"]), method="columns"),
    "public good": lambda: ask(solve, citizens(objective="gains", incentive="dsic", budget="balanced", participation="ex-post-ir")),
    "public good ex ante": lambda: ask(solve, citizens(objective="revenue", participation="ex-ante-ir", allocation="efficient")),
    "picnic with weights": lambda: ask(solve, picnic(objective="weighted", weights=WEIGHTS, budget="expected-balanced", constraints=[MOSTLY])),
    "picnic with money burnt": lambda: ask(solve, picnic(objective="payoff", participation="ex-post-ir", budget="no-deficit", epsilon="1/7")),
    "worst case": lambda: ask(solve, trade(F(9, 10), objective="worst-case", incentive="dsic", participation="ex-post-ir")),
    "least violation": lambda: ask(solve, trade(F(9, 10), objective="epsilon", allocation="efficient")),
    "tree": lambda: ask(solve, known.divorce(allocation="deterministic", **known.no_payments())),
    "tree of losses": lambda: ask(solve, coin((-1, -9), allocation="deterministic", participation="none", constraints=[MOST])),
    "second best with violations": lambda: ask(solve, trade(F(9, 10), epsilon="1/20")),
    "correlated auction": lambda: ask(solve, known.cremer_mclean(participation="ex-post-ir")),
    "correlated types that cannot be": lambda: ask(solve, picnic(objective="gains", joint=ABSENT, budget="balanced", payment_cap={"bob": "0"})),
    "interdependent": lambda: ask(solve, wallet(objective="revenue", participation="ex-post-ir")),
    "interdependent and correlated": lambda: ask(solve, wallet(joint=CORRELATED, budget="no-deficit", payment_cap={"anna": "2"})),
    "limits": lambda: ask(solve, trade(F(9, 10), payment_cap={"buyer": "3/2"}, payment_floor={"seller": "-2"}, constraints=[POOR, RICH, TAX])),
    "infeasible": lambda: ask(solve, trade(objective="revenue", constraints=[quota(">=", "9/10", outcome="nobody")])),
    "unbounded": lambda: ask(solve, known.auction([1, 3], HALF, 1, participation="none")),
    "unbounded with limits": lambda: ask(
        solve, trade(objective="revenue", participation="none", budget="no-deficit", payment_cap={"buyer": "3/2"}, payment_floor={"seller": "-2"})
    ),
    "bounded": lambda: without_prices(ask(solve, trade(F(9, 10)))),
    "no incentives": lambda: ask(solve, picnic(objective="revenue", incentive="none")),
    "z3: possible": lambda: certified_by_z3(trade()),
    "z3: impossible by a subsidy": lambda: certified_by_z3(trade(F(9, 10)), subsidy=True),
    "z3: impossible by limits": lambda: certified_by_z3(trade(payment_cap={"buyer": "1/2"}, payment_floor={"seller": "-3/4"})),
    "z3: second best": lambda: solved_by_z3(trade(F(9, 10), incentive="dsic", participation="ex-post-ir", budget="no-deficit")),
    "z3: least violation": lambda: solved_by_z3(trade(F(9, 10), objective="epsilon", allocation="efficient", incentive="dsic")),
    "z3: worst case": lambda: solved_by_z3(picnic(objective="worst-case", budget="balanced")),
    "z3: infeasible": lambda: solved_by_z3(wallet(budget="balanced", participation="ex-post-ir", payment_floor={"anna": "3", "bert": "1"})),
    "z3: tree": lambda: solved_by_z3(known.divorce(allocation="deterministic", objective="payoff", **known.no_payments())),
    "z3: impossible by a tree": lambda: certified_by_z3(coin(allocation="deterministic")),
    "z3: correlated types that cannot be": lambda: certified_by_z3(picnic(joint=ABSENT, budget="no-deficit")),
}
