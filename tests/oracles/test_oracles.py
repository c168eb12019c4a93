"""The oracles against numbers that are known, against each other, and against false claims.

Sources are named test by test. Nothing here imports mechopt.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.oracles import checker, dense, exact, known
from tests.oracles.program import write_program
from tests.strategies import problems

F = Fraction
CLOSE = {"rel": 1e-9, "abs": 1e-9}


def uniform(size: int) -> list[F]:
    return [F(1, size)] * size


# Bilateral trade: Myerson and Satterthwaite 1983 on grids of midpoints; the closed forms are two finite sums.


@pytest.mark.parametrize("size", range(2, 7))
def test_the_largest_surplus_of_efficient_trade_on_a_grid_is_its_closed_form(size: int) -> None:
    problem = known.trade_grid(size)
    closed = F((size - 1) * (5 - size), 6 * size**2)
    assert exact.exact_surplus(problem) == closed
    answer, surplus = dense.certify(problem)
    assert surplus == pytest.approx(float(closed), **CLOSE)
    assert answer == ("possible" if size <= 5 else "impossible")
    assert exact.exact_possible(problem) is (size <= 5)


@pytest.mark.parametrize("size", range(2, 5))
def test_trade_attains_the_first_best_on_coarse_grids(size: int) -> None:
    assert exact.exact_optimum(known.trade_grid(size)) == F(size**2 - 1, 6 * size**2)


def test_the_second_best_of_trade_on_six_points_is_25_over_162() -> None:
    assert exact.exact_optimum(known.trade_grid(6)) == F(25, 162)


def test_floats_find_the_second_best_of_trade_on_a_finer_grid() -> None:
    assert dense.optimum(known.trade_grid(8)).value == pytest.approx(49 / 320, **CLOSE)


@pytest.mark.parametrize("size", [3, 6])
def test_trade_in_dominant_strategies_is_the_best_posted_price(size: int) -> None:
    """Hagerty and Rogerson 1987."""
    grid = known.midpoints(size)
    best = max(sum(max(b - s, F(0)) for s in grid for b in grid if s <= p <= b) / size**2 for p in grid)
    assert exact.exact_optimum(known.trade_grid(size, incentive="dsic", participation="ex-post-ir")) == best


def test_a_public_good_for_two_at_cost_one_is_trade_in_disguise() -> None:
    assert exact.exact_optimum(known.public_good(known.midpoints(6), uniform(6), 1, 2)) == F(25, 162)


@pytest.mark.parametrize("chances", list(product((F(1, 4), F(1, 2), F(9, 10)), repeat=2)))
def test_two_types_a_side_trade_efficiently_exactly_under_the_condition_of_the_books(chances: tuple[F, F]) -> None:
    """Matsuo 1989: c_L < v_L < c_H < v_H, a = P(c_L), b = P(v_H)."""
    a, b = chances
    for c_low, v_low, c_high, v_high in ((0, 1, 2, 3), (0, 1, 4, 5), (1, 2, 3, 9)):
        problem = known.trade([c_low, c_high], [v_low, v_high], [a, 1 - a], [1 - b, b])
        slack = a * v_low + b * (1 - a) * v_high - b * c_high - a * (1 - b) * c_low
        assert exact.exact_possible(problem) is (slack >= 0)
        assert exact.exact_surplus(problem) == slack
        assert dense.certify(problem)[0] == ("possible" if slack >= 0 else "impossible")


# Other environments of the literature.


@pytest.mark.parametrize("shares", [["1/2", "1/2"], ["1/4", "3/4"], ["1/3", "1/3", "1/3"]])
def test_partners_with_near_equal_shares_can_dissolve_efficiently(shares: list[str]) -> None:
    """Cramton, Gibbons and Klemperer 1987."""
    answer, surplus = dense.certify(known.partnership(known.midpoints(4), uniform(4), shares))
    assert answer == "possible"
    assert surplus is not None
    assert surplus > 0.1


def test_a_sole_owner_on_six_points_cannot_dissolve_efficiently() -> None:
    """An owner is a seller: the surplus is that of trade."""
    problem = known.partnership(known.midpoints(6), uniform(6), [1, 0])
    assert exact.certified(problem)["budget_surplus"]["exact"] == "-5/216"


@pytest.mark.parametrize(("bidders", "size"), [(1, 8), (2, 4), (2, 5), (3, 3)])
@pytest.mark.parametrize("incentive", ["bic", "dsic"])
def test_the_best_auction_earns_the_expected_highest_virtual_value(bidders: int, size: int, incentive: str) -> None:
    """Myerson 1981, discrete: value less hazard times gap; regular on uniform grids."""
    virtual = [value - F(size - 1 - k, size) for k, value in enumerate(known.midpoints(size))]
    expected = sum(max(F(0), *drawn) for drawn in product(virtual, repeat=bidders)) / F(size) ** bidders
    problem = known.auction(known.midpoints(size), uniform(size), bidders, incentive=incentive)
    assert exact.exact_optimum(problem) == expected


@pytest.mark.parametrize(("participation", "revenue"), [("interim-ir", F(5, 3)), ("ex-post-ir", F(3, 2))])
@pytest.mark.parametrize("incentive", ["bic", "dsic"])
def test_correlated_bidders_lose_their_rent_only_when_bets_are_allowed(participation: str, revenue: F, incentive: str) -> None:
    """Crémer and McLean 1988: 5/3 is the first best; with ex post participation 3/2."""
    problem = known.cremer_mclean(participation=participation, incentive=incentive)
    assert exact.exact_optimum(problem) == revenue
    assert dense.optimum(problem).value == pytest.approx(float(revenue), **CLOSE)


@pytest.mark.parametrize(("incentive", "revenue"), [("dsic", F(25, 8)), ("bic", F(51, 16))])
@pytest.mark.parametrize("participation", ["interim-ir", "ex-post-ir"])
def test_two_items_earn_more_from_bayesian_bidders(incentive: str, revenue: F, participation: str) -> None:
    """Yao 2017."""
    problem = known.yao(incentive=incentive, participation=participation)
    assert exact.exact_optimum(problem) == revenue
    assert dense.optimum(problem).value == pytest.approx(float(revenue), **CLOSE)


@pytest.mark.parametrize(
    ("incentive", "allocation", "value"),
    [
        ("bic", "deterministic", F(5248)),
        ("bic", "any", F(60608, 11)),
        ("dsic", "any", F(5328)),
    ],
)
@pytest.mark.parametrize("participation", ["none", "ex-post-ir"])
def test_a_divorce_without_payments(incentive: str, allocation: str, value: F, participation: str) -> None:
    """Conitzer and Sandholm 2003; participation is idle, every utility is at least the outside option 0."""
    problem = known.divorce(incentive=incentive, allocation=allocation, participation=participation, **known.no_payments())
    assert exact.exact_optimum(problem) == value
    assert dense.optimum(problem).value == pytest.approx(float(value), **CLOSE)


@pytest.mark.parametrize("allocation", ["any", "deterministic"])
@pytest.mark.parametrize("incentive", ["bic", "dsic"])
@pytest.mark.parametrize("participation", ["interim-ir", "ex-post-ir"])
def test_the_arbitrator_of_a_divorce_can_earn_4320(allocation: str, incentive: str, participation: str) -> None:
    problem = known.divorce(objective="revenue", allocation=allocation, incentive=incentive, participation=participation)
    assert dense.optimum(problem).value == pytest.approx(4320, **CLOSE)


def test_the_divorce_has_first_best_5728_and_a_payoff_of_5136_after_pivotal_payments() -> None:
    """Clarke payments by hand: a rival loses 11000 - 1000 if high and 1200 - 1000 if low; ties go to the husband."""
    low, high = "low", "high"
    paid = {(low, low): (200, 0), (low, high): (0, 200), (high, low): (200, 0), (high, high): (10000, 0)}
    pins = known.pinned(("husband", "wife"), paid)
    problem = known.divorce(objective="payoff", incentive="dsic", allocation="efficient", constraints=pins)
    assert exact.exact_optimum(problem) == 5136
    assert exact.exact_optimum(known.divorce(incentive="none")) == 5728


def test_revenue_without_participation_is_unbounded_and_a_floor_above_a_cap_infeasible() -> None:
    assert dense.optimum(known.yao(participation="none")).status == "unbounded"
    limits = {"payment_floor": {"buyer": "1"}, "payment_cap": {"buyer": "0"}}
    assert dense.optimum(known.trade_grid(2, **limits)).status == "infeasible"
    with pytest.raises(ValueError, match="infeasible"):
        exact.exact_optimum(known.trade_grid(2, **limits))


def test_the_least_subsidy_of_trade_on_six_points_is_its_deficit() -> None:
    problem = known.trade_grid(6, budget="expected-no-deficit")
    assert dense.least_subsidy(problem).value == pytest.approx(5 / 216, **CLOSE)


def test_the_least_violation_of_efficient_balanced_trade_vanishes_up_to_five_points() -> None:
    design = {"objective": "epsilon", "allocation": "efficient"}
    assert exact.exact_optimum(known.trade_grid(5, **design)) == 0
    least = exact.exact_optimum(known.trade_grid(6, **design))
    assert least > 0
    allowed = known.trade_grid(6, epsilon=str(least), allocation="efficient")
    assert exact.exact_optimum(allowed) == F(35, 216)
    assert dense.optimum(known.trade_grid(6, epsilon=str(least * F(999, 1000)), allocation="efficient")) == (dense.Outcome("infeasible"))


# The two solvers and the checker against each other, on any problem.


def agree(problem: dict[str, Any], subsidy: bool) -> None:
    """Compare floats with exact numbers, and have every exact result checked."""
    solved, floats = exact.solved(problem), dense.optimum(problem)
    assert solved["status"] == floats.status
    if floats.value is not None:
        assert floats.value == pytest.approx(solved["value"]["float"], rel=1e-7, abs=1e-7)
    checker.verify(solved)
    certified, (answer, surplus) = exact.certified(problem, subsidy), dense.certify(problem)
    assert certified["answer"] == answer
    assert (surplus is None) is (certified["budget_surplus"] is None)
    if surplus is not None:
        assert surplus == pytest.approx(certified["budget_surplus"]["float"], rel=1e-7, abs=1e-7)
    checker.verify(certified)


QUICK = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@given(problems(designs={"allocation": ("any", "efficient")}))
def test_floats_and_rationals_agree_and_their_proofs_hold(problem: dict[str, Any]) -> None:
    agree(problem, subsidy=True)


@QUICK
@given(problems(limits=True, n_agents=(1, 2)))
def test_they_agree_with_floors_caps_constraints_and_determinism(problem: dict[str, Any]) -> None:
    agree(problem, subsidy=False)


# False claims.


def deadlock() -> dict[str, Any]:
    """Return trade with two types a side that cannot be efficient."""
    return known.trade([0, 2], [1, 3], [F(9, 10), F(1, 10)], [F(1, 10), F(9, 10)])


TRUE: dict[str, Callable[[], dict[str, Any]]] = {
    "optimal": lambda: exact.solved(known.trade_grid(3, objective="revenue", budget="no-deficit")),
    "ex post": lambda: exact.solved(known.auction([1, 2, 3], uniform(3), 2, incentive="dsic", participation="ex-post-ir")),
    "correlated": lambda: exact.solved(known.cremer_mclean(participation="ex-post-ir")),
    "tree": lambda: exact.solved(known.divorce(allocation="deterministic", **known.no_payments())),
    "worst case": lambda: exact.solved(known.divorce(objective="worst-case", **known.no_payments())),
    "epsilon": lambda: exact.solved(known.divorce(objective="epsilon", allocation="efficient", **known.no_payments())),
    "limits": lambda: exact.solved(known.trade_grid(3, **known.no_payments(("seller", "buyer")))),
    "possible": lambda: exact.certified(known.trade_grid(3)),
    "impossible": lambda: exact.certified(deadlock()),
    "subsidy": lambda: exact.certified(deadlock(), subsidy=True),
    "feasibility": lambda: exact.certified(known.divorce(**known.no_payments())),
}


@cache
def _true(name: str) -> dict[str, Any]:
    return TRUE[name]()


def true(name: str) -> dict[str, Any]:
    """Return a true result, proved by z3: one for each grade and form of certificate."""
    return copy.deepcopy(_true(name))


def with_checks(result: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a result that claims every property's margin."""
    claims = checker.Claims(result)
    properties = [
        "bic",
        "dsic",
        "interim-ir",
        "ex-post-ir",
        "balanced",
        "expected-balanced",
        "efficient",
        "deterministic",
    ]
    margins = {name: claims.mechanism.margin(name) for name in properties if claims.mechanism is not None}
    checks = [{"property": p, "holds": m >= 0, "margin": exact.number(m), "witness": None} for p, m in margins.items()]
    return {**copy.deepcopy(result), "checks": checks}


def strings(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths to the rationals of a result, its problem and numbers' floats apart."""
    if isinstance(node, dict):
        return [found for key, child in node.items() if key != "problem" for found in strings(child, (*path, key))]
    if isinstance(node, list):
        return [found for key, child in enumerate(node) for found in strings(child, (*path, key))]
    return [path] if isinstance(node, str) and node.lstrip("-").replace("/", "").isdigit() else []


def changed(result: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """Return a copy of a result with one entry replaced."""
    copied = copy.deepcopy(result)
    *above, last = path
    place = copied
    for key in above:
        place = place[key]
    place[last] = value
    return copied


@pytest.fixture(params=TRUE)
def result(request: pytest.FixtureRequest) -> dict[str, Any]:
    return true(request.param)


class TestTampering:
    def test_a_true_result_with_all_its_margins_passes(self, result: dict[str, Any]) -> None:
        checker.verify(with_checks(result))

    def test_a_changed_number_is_a_false_claim(self, result: dict[str, Any]) -> None:
        result = with_checks(result)
        for path in strings(result):
            if "mechanism" not in path and "certificate" not in path:
                place = result
                for key in path:
                    place = place[key]
                with pytest.raises(AssertionError):
                    checker.verify(changed(result, path, str(F(place) + F(1, 7))))

    def test_a_changed_chance_is_no_mechanism(self, result: dict[str, Any]) -> None:
        for path in strings(result["mechanism"]):
            if path[0] == "allocation":
                with pytest.raises(AssertionError, match="probabilit"):
                    checker.verify(changed(result, ("mechanism", *path), "1/7"))

    def test_a_changed_price_or_bound_proves_something_else(self, result: dict[str, Any]) -> None:
        for path in strings(result["certificate"]):
            place = result["certificate"]
            for key in path:
                place = place[key]
            with pytest.raises(AssertionError):
                checker.verify(changed(result, ("certificate", *path), str(F(place) + F(1, 7))))

    def test_a_problem_with_another_digest_is_another_problem(self, result: dict[str, Any]) -> None:
        with pytest.raises(AssertionError, match="digest"):
            checker.verify(changed(result, ("problem", "name"), "another"))

    def test_what_is_no_rational_is_malformed(self, result: dict[str, Any]) -> None:
        for text in ("2/4", "1/0", "x", "", "0.5", " 1", "1/-2", None, 0, 1.5):
            with pytest.raises(AssertionError):
                checker.verify(changed(result, ("first_best", "exact"), text))


@pytest.mark.parametrize(
    ("name", "path", "value", "match"),
    [
        ("optimal", ("status",), "infeasible", "does not go with"),
        ("optimal", ("proof", "grade"), "infeasible", "gap|does not prove"),
        ("optimal", ("mechanism",), None, "without a mechanism"),
        ("optimal", ("certificate",), None, "needs a mechanism and a certificate"),
        ("optimal", ("certificate", "efficient"), True, "nothing restricts"),
        ("optimal", ("certificate", "objective"), "welfare", "objective"),
        ("optimal", ("certificate", "floor"), {"buyer": {"b0": "0"}}, "no floor"),
        ("optimal", ("certificate", "incentive"), {"buyer": {"b0": {"b0": "0"}}}, "no lie"),
        ("optimal", ("certificate", "incentive"), {"buyer": {"b0": {"b1": "-1"}}}, "negative"),
        ("optimal", ("certificate", "participation"), {}, "does not cancel"),
        ("optimal", ("certificate", "prices"), {}, "unknown key"),
        ("optimal", ("certificate", "constraints"), {"none": "0"}, "no constraint"),
        ("optimal", ("certificate", "worst_case"), {"s0": {"b0": "0"}}, "no worst case"),
        ("correlated", ("certificate", "budget"), "0", "no budget"),
        ("possible", ("answer",), "impossible", "does not follow"),
        ("possible", ("proof", "surplus", "mechanism"), None, "lacks"),
        ("possible", ("proof", "surplus", "certificate"), "answer", "no certificate"),
        ("possible", ("proof", "surplus"), None, "without a proof|does not follow"),
        ("impossible", ("answer",), "possible", "without a mechanism"),
        ("impossible", ("certificate",), None, "does not follow"),
        ("tree", ("certificate", "outcome"), "burn", "prove"),
        ("tree", ("certificate", "profile"), ["low", "nobody"], "no profile"),
        ("tree", ("certificate", "objective"), "feasibility", "different objectives"),
    ],
)
def test_a_claim_that_rests_on_nothing_is_refused(name: str, path: tuple[str, ...], value: Any, match: str) -> None:
    with pytest.raises(AssertionError, match=match):
        checker.verify(changed(true(name), path, value))


def test_the_prices_of_a_subsidy_prove_impossibility_alone_too() -> None:
    checker.verify(changed(true("subsidy"), ("certificate", "objective"), "feasibility"))


def test_prices_above_one_prove_no_subsidy() -> None:
    result = changed(true("subsidy"), ("proof", "bound"), None)

    def doubled(node: Any) -> Any:
        return {key: doubled(child) for key, child in node.items()} if isinstance(node, dict) else str(2 * F(node))

    kept = ("objective", "efficient")
    prices = {key: node if key in kept else doubled(node) for key, node in result["certificate"].items()}
    checker.verify(changed(result, ("certificate",), {**prices, "objective": "feasibility"}))
    with pytest.raises(AssertionError, match="exceeds the probability"):
        checker.verify(changed(result, ("certificate",), prices))


def test_the_largest_surplus_is_without_floors_and_caps() -> None:
    """A cap of nothing on the buyer's payments lowers what efficient trade can earn, but not the largest surplus."""
    problem = known.trade_grid(2, budget="none", payment_cap={"buyer": "0"})
    result = exact.certified(problem)
    assert result["budget_surplus"]["exact"] == "1/8"
    checker.verify(result)
    program = write_program(problem, "surplus", limits=True)
    value = exact.exact_surplus(problem, limits=True)
    assert value < F(1, 8)
    _, _, point = exact.maximum(program)
    proof = {"certificate": exact.leaf(program, "surplus", True), "mechanism": exact.mechanism(program, point)}
    claimed = exact.number(value)
    false = {**result, "budget_surplus": claimed, "proof": {**result["proof"], "bound": claimed, "surplus": proof}}
    with pytest.raises(AssertionError, match="without floors"):
        checker.verify(false)
