"""All critical discount factors: polynomials whose roots are known, algebra as a second route, and dense fractions between roots."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import mechopt as mo
from mechopt.dynamic.builders import Process, dynamic_allocation, lazily_redrawn, repeated_trade
from mechopt.dynamic.critical import critical_discounts, slack_now
from mechopt.dynamic.enclosure import Enclosure
from mechopt.dynamic.environment import DynamicAgent, DynamicEnvironment
from mechopt.dynamic.gains import gains
from mechopt.dynamic.isolation import isolate
from mechopt.dynamic.pieces import Pieces
from mechopt.dynamic.polynomials import roots_by_algebra
from mechopt.dynamic.series import power_series
from mechopt.files.saved_dynamic_result import dynamic_result_from_dict
from mechopt.rational import RationalArray, stack
from mechopt.report.dynamic import dynamic_notes
from mechopt.theory.dynamic_trade import critical_discount
from tests.dynamic.environments import dense, random_environment

HALF = Fraction(1, 2)
MANY = 90
"""Types that are too many for algebra, and few enough for fractions to be tried."""


def product(*factors: Sequence[Fraction] | Sequence[int]) -> list[Fraction]:
    """Return the coefficients of a product of polynomials, constants first."""
    found = [Fraction(1)]
    for factor in factors:
        longer = [Fraction(0)] * (len(found) + len(factor) - 1)
        for i, one in enumerate(found):
            for j, other in enumerate(factor):
                longer[i + j] += one * other
        found = longer
    return found


def with_roots(*roots: Fraction) -> list[Fraction]:
    return product(*([-root, Fraction(1)] for root in roots))


def path(*polynomials: Sequence[Fraction | int], acting: bool) -> DynamicEnvironment:
    """Return one agent whose slack, times 1 - discount, is the least of some polynomials in the discount factor.

    Alone she gets what comes along a path to a type that stays, and her first type says along which path: with rewards r_0, r_1, ... the sum of
    (1 - d) d^t r_t has the coefficients r_t - r_(t-1). Either there is a second action that does the same, or there are types that never occur.
    """
    rewards: list[Fraction] = []
    follower: list[int] = []
    begins: list[int] = []
    for polynomial in polynomials:
        begins.append(len(rewards))
        sums = [sum((Fraction(term) for term in polynomial[: t + 1]), Fraction(0)) for t in range(len(polynomial))]
        follower += [len(rewards) + min(t + 1, len(sums) - 1) for t in range(len(sums))]
        rewards += sums
    while not acting and len(rewards) < MANY:
        follower.append(len(rewards))
        rewards.append(Fraction(0))
    n, actions = len(rewards), ("act", "same") if acting else ("act",)
    moves = RationalArray.of([[int(b == follower[a]) for b in range(n)] for a in range(n)])
    initial = tuple(Fraction(int(a in begins), len(begins)) for a in range(n))
    reward = RationalArray.from_fractions([entry for entry in rewards for _ in actions], (n, len(actions)))
    agent = DynamicAgent("Ann", tuple(map(str, range(n))), reward, initial, stack([moves] * len(actions)))
    return DynamicEnvironment((agent,), actions, HALF)


@pytest.mark.parametrize("acting", [False, True], ids=["series", "pieces"])
@pytest.mark.parametrize(
    "roots",
    [
        (Fraction(1, 3), Fraction(1, 2), Fraction(3, 4)),
        (HALF, HALF + Fraction(1, 500)),
        (Fraction(99, 100), Fraction(199, 200)),
        (Fraction(1, 1000), Fraction(999, 1000)),
        (),
    ],
)
def test_the_roots_of_a_polynomial_are_found_exactly_and_are_all(roots: tuple[Fraction, ...], acting: bool) -> None:
    found = critical_discounts(path(with_roots(*roots), acting=acting))
    assert [number.exact for number in found.discounts] == list(roots)
    assert (found.complete, found.undecided) == (True, ())
    assert found.errors == (0.0,) * len(roots)


@pytest.mark.parametrize("acting", [False, True], ids=["series", "pieces"])
def test_roots_a_hundred_thousandth_apart_are_two(acting: bool) -> None:
    roots = (Fraction(2, 3), Fraction(2, 3) + Fraction(1, 10**5))
    found = critical_discounts(path(with_roots(*roots), acting=acting))
    assert found.complete
    assert len(found.discounts) == 2
    for number, error, root in zip(found.discounts, found.errors, roots, strict=True):
        assert error is not None
        assert abs(number.float - root) <= error <= 1e-5


@pytest.mark.parametrize("acting", [False, True], ids=["series", "pieces"])
def test_a_slack_that_touches_zero_is_left_open_there(acting: bool) -> None:
    found = critical_discounts(path(with_roots(HALF, HALF), acting=acting))
    assert found.discounts == ()
    assert not found.complete
    assert all(0.4999 < low <= high < 0.5001 for low, high in found.undecided)
    assert any(low <= 0.5 <= high for low, high in found.undecided)
    above = with_roots(HALF, HALF)
    above[0] += Fraction(1, 10**6)
    assert critical_discounts(path(above, acting=acting)).complete


@pytest.mark.parametrize("acting", [False, True], ids=["series", "pieces"])
def test_where_the_worst_type_changes_at_a_root_the_slack_crosses_or_is_left_open(acting: bool) -> None:
    crossing = critical_discounts(path([-HALF, 1], [-1, 2], acting=acting))
    assert [number.exact for number in crossing.discounts] == [HALF]
    assert crossing.complete
    touching = critical_discounts(path([-HALF, 1], [HALF, -1], acting=acting))
    assert touching.discounts == ()
    assert not touching.complete
    roof = critical_discounts(path([-HALF, 1], [HALF + Fraction(1, 125), -1], acting=acting))
    assert [number.exact for number in roof.discounts] == [HALF, HALF + Fraction(1, 125)]
    assert roof.complete


@pytest.mark.parametrize("acting", [False, True], ids=["series", "pieces"])
def test_a_slack_that_begins_at_zero_has_no_root_there(acting: bool) -> None:
    environment = path(product([0, 1], [-HALF, Fraction(1)]), acting=acting)
    assert slack_now(environment) == 0
    found = critical_discounts(environment)
    assert [number.exact for number in found.discounts] == [HALF]
    assert found.complete


@pytest.mark.parametrize(("acting", "others", "complete"), [(False, [], True), (False, [[5]], False), (True, [], False)])
def test_a_slack_per_period_that_ends_at_zero_is_left_open_next_to_one_unless_all_has_an_end(
    acting: bool, others: list[list[int]], complete: bool
) -> None:
    # (1 - d)(d - 1/2): her worst type gets -1/2, then 1, then nothing. Another type may get 5 for ever.
    found = critical_discounts(path(product([1, -1], [-HALF, Fraction(1)]), *others, acting=acting))
    assert [number.exact for number in found.discounts] == [HALF]
    assert (found.complete, bool(found.undecided)) == (complete, not complete)
    assert all(low > 1 - 1e-6 for low, _ in found.undecided)


def test_types_that_settle_and_contribute_nothing_never_balance_however_many_they_are() -> None:
    # Bergemann and Välimäki (2010), diverse preferences: idle types stay idle and pay no fee, and the others become idle in the end.
    n = 10
    rows = [[Fraction(int(b == 0)) if a == 0 else Fraction(1, 4) if b == 0 else Fraction(3, 4 * (n - 1)) for b in range(n)] for a in range(n)]
    process = Process((Fraction(1, n),) * n, RationalArray.of([rows]))
    found = critical_discounts(repeated_trade([n, *range(n - 1)], [0, *range(1, n)], process, HALF))
    assert (found.discounts, found.complete) == ((), True)


@pytest.mark.parametrize("acting", [False, True], ids=["series", "pieces"])
def test_a_slack_that_is_zero_everywhere_is_open_everywhere(acting: bool) -> None:
    assert critical_discounts(path([0], acting=acting)).undecided == ((0.0, 1.0),)


@pytest.mark.parametrize("retention", [Fraction(0), Fraction(2, 5), Fraction(99, 100)])
def test_types_kept_or_redrawn_have_the_root_of_the_closed_form_in_any_state_space(retention: Fraction) -> None:
    # Yoon (2015): worst types without gains balance from 1/(2 - r) on.
    for n, written in ((12, lambda own: own), (6, per_action)):
        grid = [Fraction(2 * j + 1, 2 * n) for j in range(n)]
        found = critical_discounts(written(repeated_trade(grid, grid, lazily_redrawn(retention, n), 0)))
        assert found.complete
        [number], [error] = found.discounts, found.errors
        assert error is not None
        assert abs(number.float - critical_discount(retention)) <= error <= 1e-9


def per_action(environment: DynamicEnvironment) -> DynamicEnvironment:
    """Return the same environment with every transition written once for each action."""
    if environment.transition is not None:
        return replace(environment, transition=stack([environment.transition[0]] * environment.n_actions))
    agents = [
        replace(agent, transition=stack([agent.transition[0]] * environment.n_actions))
        for agent in environment.agents
        if agent.transition is not None
    ]
    return replace(environment, agents=tuple(agents))


def jointly(environment: DynamicEnvironment) -> DynamicEnvironment:
    """Return the same environment with one table for all agents."""
    bare = tuple(replace(agent, transition=None) for agent in environment.agents)
    start = RationalArray.from_fractions(dense(environment).start, environment.n_types)
    return replace(environment, agents=bare, transition=RationalArray.of(dense(environment).moves[:1]), initial=start)


def cycling(n: int, others: int) -> DynamicEnvironment:
    """Return two agents whose types go round."""
    members = []
    for name, length, gain in (("Ann", n, 2), ("Bob", others, 3)):
        moves = RationalArray.of([[[int(b == (a + 1) % length) for b in range(length)] for a in range(length)]])
        reward = RationalArray.of([[0, gain if a == 0 else Fraction(-a, length)] for a in range(length)])
        members.append(DynamicAgent(name, tuple(map(str, range(length))), reward, (Fraction(1, length),) * length, moves))
    return DynamicEnvironment(tuple(members), ("rest", "work"), HALF, {"work": ("Ann", "Bob")})


ROUTES: dict[str, Callable[[DynamicEnvironment], Callable[[float, float], Enclosure | None]]] = {
    "series": lambda environment: power_series(environment).about,
    "series, jointly": lambda environment: power_series(jointly(environment)).about,
    "pieces": lambda environment: Pieces(per_action(environment)).about,
    "pieces, jointly": lambda environment: Pieces(per_action(jointly(environment))).about,
}
SMALL = {f"random {seed}": random_environment(seed, sizes=(3, 2) if seed % 2 else (2, 2, 2)) for seed in (0, 1, 4)}
SMALL |= {f"cycles {n} and {m}": cycling(n, m) for n, m in ((2, 2), (4, 6), (5, 7))}
SMALL["idle"] = repeated_trade([0, 1], [0, 2], lazily_redrawn(1, 2), 0)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("name", SMALL)
def test_bounds_find_the_roots_that_algebra_finds(name: str, route: str) -> None:
    environment = SMALL[name]
    now = slack_now(environment)
    assert now
    found = isolate(ROUTES[route](environment), 0.0, 1.0, 1 if now > 0 else -1)
    roots = [root.float for root in roots_by_algebra(environment)]
    assert len(found.roots) == len(roots)
    assert all(low < root < high for (low, high), root in zip(found.roots, roots, strict=True))
    assert found.open == ()


def test_types_that_go_round_too_slowly_are_left_open_next_to_one_only() -> None:
    # Lengths without a common factor: profiles come back after 99, and after 432, periods.
    for n, m, complete in ((9, 11, True), (16, 27, False)):
        found = critical_discounts(cycling(n, m))
        assert (found.complete, len(found.discounts)) == (complete, 1)
        assert all(low > 0.999 for low, _ in found.undecided)
        [number], [error] = found.discounts, found.errors
        assert error is not None
        assert round_trip(n, m, Fraction(number.float) - Fraction(error)) < 0 < round_trip(n, m, Fraction(number.float) + Fraction(error))


def round_trip(n: int, m: int, discount: Fraction) -> float:
    """Return the slack of two agents whose types go round, from sums over the periods of one trip, which are repeated for ever."""
    period, weight = n * m, float(discount)
    gain = [[max(0.0, (2 if a == 0 else -a / n) + (3 if b == 0 else -b / m)) for b in range(m)] for a in range(n)]
    value = np.zeros((n, m))
    for t in range(period):
        value += weight**t * np.roll(gain, (-t, -t), axis=(0, 1))
    value /= 1 - weight**period
    return float(value.mean(axis=1).min() + value.mean(axis=0).min() - value.mean())


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_errors_allow_lies_between_the_bounds(seed: int) -> None:
    random = np.random.default_rng(seed)
    values, slopes, curves, errors = random.normal(size=(4, 6))
    curves, errors, radius, first = np.abs(curves), np.abs(errors) / 10, 0.3, np.array([1, 3])
    low, high = (bounds := Enclosure(radius, values, slopes, curves, errors, errors, first)).value_range()
    least, most = bounds.slope_range()
    for _ in range(500):
        h, bend, shift = random.uniform(-radius, radius), random.uniform(-1, 1, 6) * curves, random.uniform(-1, 1, 6) * errors
        functions = values + slopes * h + bend * h**2 / 2 + shift
        assert low <= functions[1:3].min() + functions[3:].min() - functions[0] <= high
        turns = slopes + bend * h
        assert least <= turns[1 + functions[1:3].argmin()] + turns[3 + functions[3:].argmin()] - turns[0] <= most


@pytest.mark.parametrize(("seed", "sizes"), [(2, (2, 3)), (5, (2, 3)), (6, (2, 3)), (1002, (3, 3))])
def test_where_actions_move_types_the_sign_between_roots_is_that_of_dense_fractions(seed: int, sizes: tuple[int, ...]) -> None:
    # The policy of the last one changes so near an end of a part that cutting does not help at once.
    environment = random_environment(seed, sizes=sizes, per_action=True)
    found = critical_discounts(environment)
    assert found.complete
    roots, sign = [number.float for number in found.discounts], 1 if slack_now(environment) > 0 else -1
    for discount in [Fraction(k, 12) for k in range(1, 12)] + [Fraction(99, 100), Fraction(99999, 100000)]:
        slack = dense(replace(environment, discount=discount)).pivot()["slack"]
        assert slack * sign * (-1) ** sum(root < discount for root in roots) > 0


LEARNING = dynamic_allocation({"Ann": ([1, 2, 4], [[0, 1, 0], [0, "1/2", "1/2"], [0, 0, 1]]), "Bob": ([1, 3], [[0, 1], [0, 1]])}, 0)


@pytest.mark.parametrize("environment", [random_environment(3, per_action=True), LEARNING], ids=["random", "learning"])
def test_what_dense_fractions_say_lies_between_the_bounds(environment: DynamicEnvironment) -> None:
    about = Pieces(environment).about
    for low, high in ((0.5, 0.5), (0.25, 0.3125), (0.75, 0.78125), (1 - 2.0**-10, 1 - 2.0**-10 * 0.75), (1 - 2.0**-12, 1.0)):
        bounds = about(low, high)
        assert bounds is not None
        least, most = bounds.value_range()
        assert most - least < (1e-12 if low == high else 0.5)
        for place in (Fraction(low), (Fraction(low) + Fraction(high)) / 2, min(Fraction(high), 1 - Fraction(1, 2**30))):
            slack = dense(replace(environment, discount=place)).pivot()["slack"] * (1 - place)
            assert least <= slack <= most


def test_an_answer_says_where_some_may_be_missing_and_a_file_keeps_it() -> None:
    result = mo.certify(path(with_roots(HALF, HALF), acting=True))
    [[low, high]] = result.to_dict()["dynamic"]["critical_discounts_undecided"]
    said = dict(dynamic_notes(result))["discounts"]
    assert said == f"no critical discount factor was found in (0, 1) (some may be missing between {low:.10g} and {high:.10g})"
    kept = dynamic_result_from_dict(json.loads(json.dumps(result.to_dict())))
    assert kept.analysis.critical == result.analysis.critical


def test_gains_in_the_long_run_are_those_of_the_gamblers_ruin() -> None:
    # Feller, An Introduction to Probability Theory and Its Applications, volume 1, chapter XIV: from k of n the odds to reach n first are k/n.
    n = 5
    rows = [[Fraction(int(b in (a - 1, a + 1)), 2) if 0 < a < n else Fraction(int(a == b)) for b in range(n + 1)] for a in range(n + 1)]
    gambler = DynamicAgent(
        "gambler",
        tuple(map(str, range(n + 1))),
        RationalArray.of([[0]] * (n + 1)),
        (Fraction(1), *(Fraction(0),) * n),
        RationalArray.of([rows]),
    )
    flow = RationalArray.of([0, 7, -7, 7, 0, 1])
    found = gains(DynamicEnvironment((gambler,), ("play",), HALF), np.zeros(n + 1, dtype=np.int64), flow)
    assert found.fractions() == [Fraction(k, n) for k in range(n + 1)]


def test_where_actions_move_types_there_is_no_search_among_too_many() -> None:
    grid = [Fraction(j, 21) for j in range(21)]
    found = critical_discounts(per_action(repeated_trade(grid, grid, lazily_redrawn(HALF, 21), 0)))
    assert (found.searched, found.complete, found.discounts) == (False, False, ())
