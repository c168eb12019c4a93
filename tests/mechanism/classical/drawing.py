"""Environments to draw: for every mechanism known by name, such as it applies to."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from mechopt.environment import builders
from mechopt.environment.environment import Environment
from mechopt.environment.grids import Grid, uniform
from mechopt.files.normal_form import problem_from_normal
from tests.strategies import chances, problems, rationals

PRIVATE = ("object", "public-good", "table")


def any_environment(**kinds: object) -> st.SearchStrategy[Environment]:
    return problems(designs={"incentive": "bic", "objective": "welfare"}, **kinds).map(lambda normal: problem_from_normal(normal).environment)


@st.composite
def grids(draw: st.DrawFn, size: int, zeros: bool = True, distinct: bool = False) -> Grid:
    found = draw(st.lists(rationals(), min_size=size, max_size=size, unique=distinct))
    return Grid(tuple(found if draw(st.integers(0, 3)) == 0 else sorted(found)), tuple(draw(chances(size, zeros))))


@st.composite
def sizes(draw: st.DrawFn, n: int) -> list[int]:
    return [draw(st.sampled_from((1, 2, 2, 3) if n < 4 else (1, 1, 2))) for _ in range(n)]


@st.composite
def objects(draw: st.DrawFn, least: int = 1, most: int = 4, joint: bool = True) -> Environment:
    """Draw a free object, owned by whom you like."""
    n = draw(st.integers(least, most))
    counts = draw(sizes(n))
    agents = {f"agent {k}": draw(grids(count)) for k, count in enumerate(counts)}
    shares = dict(zip(agents, draw(chances(n)), strict=True)) if draw(st.booleans()) else None
    if not joint or draw(st.integers(0, 2)):
        return builders.object_environment(agents, shares)
    flat = draw(chances(_total(counts)))
    return builders.object_environment(agents, shares, joint=_nest(flat, counts))


def _total(counts: list[int]) -> int:
    total = 1
    for count in counts:
        total *= count
    return total


def _nest(flat: list[Fraction], counts: list[int]) -> object:
    if not counts:
        return flat[0]
    step = len(flat) // counts[0]
    return [_nest(flat[k * step : (k + 1) * step], counts[1:]) for k in range(counts[0])]


@st.composite
def partnerships(draw: st.DrawFn) -> Environment:
    n = draw(st.integers(1, 4))
    own = [draw(grids(count)) for count in draw(sizes(n))]
    shares = draw(st.one_of(st.just([Fraction(1, n)] * n), chances(n)))
    return builders.partnership(shares, own)


@st.composite
def symmetric_partnerships(draw: st.DrawFn) -> Environment:
    n = draw(st.integers(2, 4))
    size = draw(st.integers(1, {2: 4, 3: 3, 4: 2}[n]))
    grid = draw(grids(size, zeros=False, distinct=True))
    permuted = [draw(st.permutations(range(size))) for _ in range(n)]
    own = [Grid(tuple(grid.values[k] for k in order), tuple(grid.prior[k] for k in order)) for order in permuted]
    return builders.partnership([Fraction(1, n)] * n, own)


@st.composite
def unit_sales(draw: st.DrawFn) -> Environment:
    n = draw(st.integers(2, 4))
    units = draw(st.integers(1, n - 1))
    own = {f"agent {k}": draw(grids(count)) for k, count in enumerate(draw(sizes(n)))}
    positive = {name: Grid(tuple(value + Fraction(1, 7) for value in grid.values), grid.prior) for name, grid in own.items()}
    return builders.multi_unit_auction(positive, units)


@st.composite
def trades(draw: st.DrawFn) -> Environment:
    """Draw bilateral trade, the seller first or last."""
    counts = [draw(st.integers(1, 4)), draw(st.integers(1, 4))]
    seller, buyer = draw(grids(counts[0]).filter(lambda grid: any(grid.values))), draw(grids(counts[1]))
    agents = {"seller": seller, "buyer": buyer} if draw(st.booleans()) else {"buyer": buyer, "seller": seller}
    joint = _nest(draw(chances(counts[0] * counts[1])), [len(grid.values) for grid in agents.values()]) if draw(st.booleans()) else None
    return builders.object_environment(agents, {"seller": 1}, joint=joint)


@st.composite
def uniform_trades(draw: st.DrawFn) -> Environment:
    low, width = draw(rationals(0, 3)), draw(rationals(1, 3))
    seller, buyer = (uniform(low, low + width, draw(st.integers(2, 6))) for _ in range(2))
    agents = {"seller": seller, "buyer": buyer} if draw(st.booleans()) else {"buyer": buyer, "seller": seller}
    return builders.object_environment(agents, {"seller": 1})


@st.composite
def auctions(draw: st.DrawFn, cost: bool = True) -> Environment:
    n = draw(st.integers(1, 3))
    agents = {f"bidder {k}": draw(grids(count)) for k, count in enumerate(draw(sizes(n)))}
    costs = draw(st.lists(rationals(0, 2), min_size=n + 1, max_size=n + 1)) if cost and draw(st.booleans()) else None
    return builders.object_environment(agents, cost=costs)


independent = any_environment(kinds=PRIVATE, priors="independent")
private = any_environment(kinds=PRIVATE)
DRAWN: dict[str, st.SearchStrategy[Environment]] = {
    "first-best": any_environment(),
    "groves": private,
    "vcg": private,
    "ir-vcg": private,
    "expected-externality": independent,
    "ir-expected-externality": st.one_of(independent, partnerships()),
    "partnership": partnerships(),
    "high-bid-shared": symmetric_partnerships(),
    "bailey-cavallo": objects(3),
    "residual-claimant": objects(2),
    "worst-case-redistribution": st.one_of(objects(2), unit_sales()),
    "posted-price": trades(),
    "double-auction": uniform_trades(),
    "myerson": auctions(),
}
