"""Critical values, sets of property rights and trade-offs: against closed forms, bisection, a knapsack, and the checker that knows no solver."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise, permutations

import pytest

import mechopt as mo
from mechopt.environment.builders import object_environment, partnership
from mechopt.environment.grids import uniform
from mechopt.errors import DesignError, UnknownNameError
from mechopt.exact.checker.claims import check_certificate
from mechopt.files.moving_key import moving_key
from mechopt.files.normal_form import normalise
from mechopt.pipeline.admissible import is_admissible
from mechopt.pipeline.frontiers.family import efficiency_family
from mechopt.pipeline.frontiers.line import possible_interval
from mechopt.pipeline.frontiers.paths import critical_values, share_corners, with_shares
from mechopt.pipeline.frontiers.rights import owners
from mechopt.problem import Problem
from mechopt.theory import bilateral_trade_uniform

TRADE = "myerson-satterthwaite-1983/uniform-6"
F = Fraction


def partners(n: int, points: int) -> Problem:
    return Problem(partnership([1, *[0] * (n - 1)], uniform(0, 1, points)))


def first(problem: Problem) -> str:
    return problem.environment.agents[0].name


@pytest.mark.parametrize(("points", "largest"), [(6, F(23, 24)), (8, F(11, 12)), (10, F(161, 180))])
def test_the_largest_share_is_that_of_the_literature_s_grids(points, largest):
    problem = partners(2, points)
    found = mo.critical_share(problem, first(problem))
    assert (found.low, found.high) == (1 - largest, largest)


def test_bisection_by_certify_closes_in_on_the_largest_share():
    problem = partners(2, 6)
    found = mo.critical_share(problem, first(problem))
    low, high = F(1, 2), F(1)
    for _ in range(5):
        share = (low + high) / 2
        possible = mo.certify(with_shares(problem, [share, 1 - share])).answer == "possible"
        low, high = (share, high) if possible else (low, share)
    assert low <= found.high <= high
    assert mo.certify(found.problem_at(found.high)).budget_surplus.exact == 0


def test_the_checker_confirms_what_lies_beyond_the_largest_share():
    problem = partners(2, 6)
    found = mo.critical_share(problem, first(problem))
    for beyond in (F(1, 1000), 1 - found.high):
        share = found.high + beyond
        certificate = found.family.certificate_at(found.interval.above, (1 - share, share))
        problem_there = normalise(found.problem_at(share))
        assert check_certificate(problem_there, certificate.to_dict(), efficient_allowed=True) == certificate.bound < 0


def test_the_curve_of_the_surplus_is_linear_between_its_breakpoints():
    problem = mo.load(TRADE)
    found = critical_values(share_corners(problem, "seller"), "share", curve=True)
    points = [(found.value_at(point.position), point.value) for point in found.curve]
    assert points[-1] == (1, F(-5, 216))
    slopes = [(after[1] - before[1]) / (after[0] - before[0]) for before, after in pairwise(points)]
    assert slopes == sorted(set(slopes), reverse=True)
    for before, after in pairwise(points):
        middle = (before[0] + after[0]) / 2
        surplus = mo.certify(with_shares(problem, [middle, 1 - middle])).budget_surplus.exact
        assert surplus == (before[1] + after[1]) / 2


def test_where_no_value_will_do_prices_exclude_the_whole_line():
    moved = moving_key(TRADE, "agents.buyer.outside=0:1")
    found = critical_values(moved.corners, moved.key, moved.start, moved.stop)
    assert (found.low, found.high) == (None, None)
    ends = (found.interval.below, found.interval.above)
    assert all(min(tangent.bound((1 - w, w)) for tangent in ends) < 0 for w in (F(k, 7) for k in range(8)))


@pytest.mark.parametrize(("incentive", "participation", "points"), [("dsic", "interim-ir", 4), ("bic", "ex-post-ir", 6)])
def test_where_money_counts_at_every_profile_ends_are_exact_too(incentive, participation, points):
    settings = [f"design.incentive={incentive}", f"design.participation={participation}", "design.budget=no-deficit"]
    problem = mo.load(TRADE, [*settings, *(f"agents.{name}.values.points={points}" for name in ("seller", "buyer"))])
    found = critical_values(share_corners(problem, "seller"), "share")
    assert 0 < found.low < found.high < 1
    for share, answer in [
        (found.low, "possible"),
        (found.high, "possible"),
        (found.low - F(1, 500), "impossible"),
        (found.high + F(1, 500), "impossible"),
    ]:
        assert mo.certify(with_shares(problem, [share, 1 - share])).answer == answer, share


@pytest.fixture(scope="module")
def three():
    return mo.property_rights(partners(3, 7))


def test_the_set_of_property_rights_is_a_polygon_with_the_symmetry_of_its_agents(three):
    assert three.exact
    assert {tuple(corner[i] for i in order) for corner in three.inner for order in permutations(range(3))} == set(three.inner)
    assert all(sum(corner) == 1 and min(corner) >= 0 for corner in three.inner)


def test_corners_of_the_polygon_are_possible_and_every_step_outwards_is_not(three):
    problem, center = partners(3, 7), (F(1, 3),) * 3
    for corner in three.inner[:3]:
        assert mo.certify(with_shares(problem, corner)).answer == "possible"
        outside = [c + F(101, 100) * (own - c) for c, own in zip(center, corner, strict=True)]
        if min(outside) >= 0:
            assert mo.certify(with_shares(problem, outside)).answer == "impossible"


def test_every_cut_is_confirmed_by_the_checker(three):
    shares = (F(1, 2), F(1, 3), F(1, 6))
    family = efficiency_family(owners(partners(3, 7)))
    for cut in three.cuts[:4]:
        certificate = family.certificate_at(cut, shares)
        bound = check_certificate(normalise(family.at(shares)), certificate.to_dict(), efficient_allowed=True)
        assert bound == cut.bound(shares) > 0


def test_too_few_programs_give_bounds_from_inside_and_outside(three):
    rough = mo.property_rights(partners(3, 7), most_programs=5)
    assert not rough.exact
    assert all(all(cut.bound(corner) >= 0 for cut in three.cuts) for corner in rough.inner)
    assert all(all(cut.bound(corner) >= 0 for cut in rough.cuts) for corner in three.inner)
    assert rough.inner
    assert rough.n_programs == 5


def test_equal_shares_are_the_best_of_equals():
    # The surplus is concave and symmetric; its value at equal shares is derived in problems/cramton-gibbons-klemperer-1987/equal-two.toml.
    best = mo.best_property_rights(partners(2, 10))
    assert best.value == F(21, 200)
    assert best.mechanism.revenue() == best.value


def test_the_best_property_rights_of_a_trade_reach_the_first_best():
    problem = mo.load(TRADE)
    best = mo.best_property_rights(problem, efficient=False)
    assert sum(best.shares) == 1
    assert best.value == F(143, 216)
    again = mo.solve(with_shares(problem, best.shares))
    assert again.value.exact == best.value
    assert is_admissible(best.mechanism, problem.design)


def test_gains_count_from_the_property_rights_that_are_chosen():
    # Whoever owns nothing gains most: with worthless property rights of one side the status quo is the other's mean value.
    best = mo.best_property_rights(replace(mo.load(TRADE), design=mo.Design("gains")), efficient=False)
    again = mo.solve(with_shares(mo.load(TRADE), best.shares), objective="gains")
    assert again.value.exact == best.value


def knapsack(points: int, revenue: Fraction) -> Fraction:
    """Return the best gains of a uniform trade that leaves a revenue: forgo first the trades that cost most money per gain."""
    cells = []
    for s in range(points):
        for b in range(points):
            gain = F(b - s, points)
            virtual = F(2 * b + 1, 2 * points) - F(points - 1 - b, points) - F(2 * s + 1, 2 * points) - F(s, points)
            cells.append((gain / points**2, virtual / points**2))
    money, gains = sum(v for g, v in cells if g > 0), sum(g for g, _ in cells if g > 0)
    for gain, virtual in sorted(((g, v) for g, v in cells if g > 0 and v < 0), key=lambda cell: cell[0] / -cell[1]):
        part = min(max((revenue - money) / -virtual, F(0)), F(1))
        money, gains = money - part * virtual, gains - part * gain
    return gains


@pytest.mark.parametrize("kind", ["welfare-revenue", "welfare-subsidy"])
def test_the_trade_off_is_a_knapsack_of_virtual_values(kind):
    problem = mo.load(TRADE)
    found = mo.trade_off(problem, kind)
    ends = (found.points[0].revenue, found.points[-1].revenue)
    # The broker's best: every pair with a positive virtual gain trades (model.md, section 8: 1/24 in the continuum).
    most = sum(max(F(2 * b + 1, 12) - F(5 - b, 6) - F(2 * s + 1, 12) - F(s, 6), F(0)) for s in range(6) for b in range(6)) / 36
    assert ends == ((0, most) if kind == "welfare-revenue" else (F(-5, 216), 0))
    for before, after in pairwise(found.points):
        for part in (F(0), F(1, 2), F(1)):
            revenue = before.revenue + part * (after.revenue - before.revenue)
            assert knapsack(6, revenue) + F(1, 2) == before.welfare + part * (after.welfare - before.welfare)
    at_zero = next(point for point in found.points if point.revenue == 0)
    assert at_zero.welfare - F(1, 2) == bilateral_trade_uniform.grid_second_best(6)


def test_every_point_of_a_trade_off_has_a_mechanism_that_is_there():
    problem = mo.load(TRADE)
    for point in mo.trade_off(problem).points:
        assert (point.mechanism.revenue(), point.mechanism.welfare()) == (point.revenue, point.welfare)
        assert is_admissible(point.mechanism, replace(problem.design, budget="none"))
        assert point.certificate.bound == point.welfare


def test_without_need_of_a_subsidy_its_curve_is_a_point():
    found = mo.trade_off(mo.load("myerson-satterthwaite-1983/uniform-5"), "welfare-subsidy")
    assert [(point.revenue, point.welfare) for point in found.points] == [(0, found.first_best)]


def test_a_violation_allowed_is_a_right_hand_side_as_well():
    moved = moving_key(TRADE, "design.epsilon=0:1")
    found = critical_values(moved.corners, moved.key, moved.start, moved.stop)
    assert found.high == 1
    least = mo.solve(mo.load(TRADE), objective="epsilon", allocation="efficient").value.exact
    assert found.low == least


def test_a_line_between_three_agents_property_rights():
    family = efficiency_family([with_shares(partners(3, 7), shares) for shares in [(1, 0, 0), (F(1, 3),) * 3]])
    interval = possible_interval(family)
    assert 0 < interval.low < 1
    assert interval.high == 1
    assert family.tangent((1 - interval.low, interval.low)).value == 0


FOUR = Problem(partnership([F(1, 4)] * 4, uniform(0, 1, 2)))


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda: mo.critical_share(mo.load(TRADE), "seler"), UnknownNameError, "there is no agent 'seler'; did you mean 'seller'"),
        (lambda: mo.critical_share(mo.load("clarke-1971/three-projects"), "Ann"), Exception, "there is no agent|property rights need"),
        (lambda: mo.critical_share(Problem(object_environment({"Ann": uniform(0, 1, 2)})), "Ann"), DesignError, "need two agents or more"),
        (lambda: mo.property_rights(FOUR), DesignError, "two or three agents, and there are 4"),
        (lambda: mo.property_rights(replace(partners(2, 2), design=mo.Design(allocation="deterministic"))), DesignError, "need lotteries"),
        (lambda: mo.trade_off(mo.load(TRADE), "welfare-joy"), DesignError, "write one of welfare-revenue, welfare-subsidy"),
        (lambda: mo.trade_off(mo.load(TRADE, ["design.participation=none"])), DesignError, "revenue has no limit"),
        (lambda: mo.trade_off(mo.load(TRADE, ["design.incentive=dsic"])), DesignError, 'write "expected-no-deficit"'),
        (lambda: mo.trade_off(mo.load(TRADE, ["agents.buyer.outside=1"])), DesignError, "no mechanism with these properties covers its cost"),
        (lambda: moving_key(TRADE, "agents.seller.share=0:1:3"), Exception, "write KEY=START:STOP"),
        (lambda: moving_key(TRADE, "agents.seller.share=1:1"), Exception, "nothing moves"),
        (lambda: moving_key(TRADE, "agents.seller.values.high=1:2"), Exception, "use `mechopt sweep`"),
    ],
)
def test_what_cannot_be_asked_is_said(ask, error, message):
    with pytest.raises(error, match=message):
        ask()
