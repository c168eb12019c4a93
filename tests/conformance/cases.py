"""Small programs and their answers by hand: what every backend must get right, or admit that it cannot."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from mechopt.program.linear import BlockBuilder, Program
from mechopt.rational import RationalArray

Number = Fraction | int | str


@dataclass(frozen=True)
class Column:
    """A variable's bounds."""

    lower: int | None = 0
    upper: int | None = None
    integer: bool = False


@dataclass(frozen=True)
class Row:
    """lower <= the coefficients' sum <= upper."""

    coefficients: dict[int, Number]
    lower: Number | None = None
    upper: Number | None = None


@dataclass(frozen=True)
class Case:
    """Maximise the objective; `why` is the argument for the answer.

    `beyond_floats`: doubles cannot tell; the backend may err, the exact layer may not.
    """

    name: str
    columns: list[Column]
    rows: list[Row]
    objective: dict[int, Number]
    status: Literal["optimal", "infeasible", "unbounded"]
    why: str
    value: Fraction | None = None
    point: list[Number] | None = None
    constant: Number = 0
    beyond_floats: bool = False

    @property
    def mixed_integer(self) -> bool:
        return any(column.integer for column in self.columns)


def program(case: Case) -> Program:
    """Return a case as a program."""
    builder = BlockBuilder()
    for column in case.columns:
        builder.add_columns("x", (1,), column.lower, column.upper, integer=column.integer)
    for row in case.rows:
        entries = [(np.zeros(1, dtype=np.int64), np.array([j]), RationalArray.full((1,), Fraction(a))) for j, a in row.coefficients.items()]
        bounds = [None if bound is None else Fraction(bound) for bound in (row.lower, row.upper)]
        builder.add_rows("row", (1,), entries, *bounds)
    terms = [(np.array([j]), RationalArray.full((1,), Fraction(c))) for j, c in case.objective.items()]
    return builder.build(terms, Fraction(case.constant))


def limits(case: Case, shifts: dict[int, Fraction] | None = None) -> list[tuple[list[Fraction], Fraction]]:
    """Return rows and bounds as "coefficients · x <= bound", rows shifted by the given amounts."""
    found = []
    size = len(case.columns)

    def add(coefficients: dict[int, Number], lower: Number | None, upper: Number | None, shift: Fraction) -> None:
        vector = [Fraction(coefficients.get(j, 0)) for j in range(size)]
        if upper is not None:
            found.append((vector, Fraction(upper) + shift))
        if lower is not None:
            found.append(([-entry for entry in vector], -Fraction(lower) - shift))

    for r, row in enumerate(case.rows):
        add(row.coefficients, row.lower, row.upper, (shifts or {}).get(r, Fraction(0)))
    for j, column in enumerate(case.columns):
        add({j: 1}, column.lower, column.upper, Fraction(0))
    return found


def optimal(name: str, value: Number, why: str, columns: list[Column], rows: list[Row], objective: dict[int, Number], **rest: Any) -> Case:
    return Case(name, columns, rows, objective, "optimal", why, Fraction(value), **rest)


def infeasible(name: str, why: str, columns: list[Column], rows: list[Row], objective: dict[int, Number], **rest: Any) -> Case:
    return Case(name, columns, rows, objective, "infeasible", why, **rest)


def unbounded(name: str, why: str, columns: list[Column], rows: list[Row], objective: dict[int, Number]) -> Case:
    return Case(name, columns, rows, objective, "unbounded", why)


X, FREE, BOX, CHOICE = Column(), Column(None, None), Column(0, 1), Column(0, 1, integer=True)
TINY = Fraction(1, 10**10)
HUGE = 10**9

CASES = [
    optimal(
        "a corner where two rows meet", 11, "x <= 3 leaves y <= 1; prices 2 and 1 give 2*4 + 1*3 = 11",
        [X, X], [Row({0: 1, 1: 1}, upper=4), Row({0: 1, 1: 3}, upper=6), Row({0: 1}, upper=3)], {0: 3, 1: 2}, point=[3, 1],
    ),
    optimal(
        "a degenerate corner: four rows meet in the plane", 2, "x <= 1 and y <= 1; the other two rows hold with equality at (1, 1)",
        [X, X], [Row({0: 1}, upper=1), Row({1: 1}, upper=1), Row({0: 1, 1: 1}, upper=2), Row({0: 1, 1: 2}, upper=3)], {0: 1, 1: 1},
        point=[1, 1],
    ),
    optimal(
        "Beale's program, on which the simplex method can cycle", "1/20",
        "with the third variable at 1 the second row allows 1/25 of the first: 3/100 + 2/100; prices 0, 3/2, 1/20 prove it",
        [X, X, X, X],
        [
            Row({0: "1/4", 1: -60, 2: "-1/25", 3: 9}, upper=0),
            Row({0: "1/2", 1: -90, 2: "-1/50", 3: 3}, upper=0),
            Row({2: 1}, upper=1),
        ],
        {0: "3/4", 1: -150, 2: "1/50", 3: -6}, point=["1/25", 0, 1, 0],
    ),
    optimal(
        "many optimal corners", 1, "the whole segment x + y = 1 is optimal", [X, X], [Row({0: 1, 1: 1}, upper=1)], {0: 1, 1: 1},
    ),
    optimal(
        "a zero objective", 0, "every point is worth nothing", [X, X], [Row({0: 1, 1: 1}, lower=1, upper=2)], {},
    ),
    optimal(
        "a constant in the objective", "10/3", "x <= 1, and 7/3 is added", [X], [Row({0: 1}, upper=1)], {0: 1}, constant="7/3", point=[1],
    ),
    optimal("no rows", 5, "both columns at a bound: 2 - (-3)", [Column(-1, 2), Column(-3, 4)], [], {0: 1, 1: -1}, point=[2, -3]),
    optimal(
        "a free column held by a row", 3, "x <= 3 + y, and y costs more than it brings", [FREE, X], [Row({0: 1, 1: -1}, upper=3)], {0: 1, 1: -2},
        point=[3, 0],
    ),
    optimal("a free column that becomes negative", 5, "x >= -5 is minimised", [FREE], [Row({0: 1}, lower=-5)], {0: -1}, point=[-5]),
    optimal("a column without a lower bound", -1, "x <= -1", [Column(None, -1)], [Row({0: 1}, lower=-9)], {0: 1}, point=[-1]),
    optimal("negative bounds", -4, "x = -1 and y = -3", [Column(-5, -1), Column(-7, -3)], [Row({0: 1, 1: 1}, upper=0)], {0: 1, 1: 1}, point=[-1, -3]),
    optimal("a fixed column", 5, "x = 2, so y <= 3", [Column(2, 2), X], [Row({0: 1, 1: 1}, upper=5)], {0: 1, 1: 1}, point=[2, 3]),
    optimal(
        "a duplicate row", 2, "y <= 1 twice", [X, X], [Row({0: 1, 1: 1}, upper=1), Row({0: 1, 1: 1}, upper=1)], {0: 1, 1: 2}, point=[0, 1],
    ),
    optimal(
        "a duplicate row in other units", 2, "y <= 1 twice",
        [X, X], [Row({0: 1, 1: 1}, upper=1), Row({0: "1/7", 1: "1/7"}, upper="1/7")], {0: 1, 1: 2},
        point=[0, 1],
    ),
    optimal(
        "redundant equalities", "2/3", "x + y = 1 (twice) and x - y = 1/3",
        [X, X], [Row({0: 1, 1: 1}, 1, 1), Row({0: 2, 1: 2}, 2, 2), Row({0: 1, 1: -1}, "1/3", "1/3")], {0: 1}, point=["2/3", "1/3"],
    ),
    optimal(
        "equalities only: who gets which seat", 5, "3 + 2 on the diagonal against 1 + 2 off it; one of the four rows is redundant",
        [X, X, X, X], [Row({0: 1, 1: 1}, 1, 1), Row({2: 1, 3: 1}, 1, 1), Row({0: 1, 2: 1}, 1, 1), Row({1: 1, 3: 1}, 1, 1)],
        {0: 3, 1: 1, 2: 2, 3: 2}, point=[1, 0, 0, 1],
    ),
    optimal("an empty row that holds", 1, "0 lies between -1 and 1", [X], [Row({}, -1, 1), Row({0: 1}, upper=1)], {0: 1}, point=[1]),
    optimal("an empty row that holds with equality", 1, "0 = 0", [X], [Row({}, 0, 0), Row({0: 1}, upper=1)], {0: 1}, point=[1]),
    optimal(
        "an empty column", 7, "the second column is at its bound 2, worth 3 each",
        [X, Column(0, 2)], [Row({0: 1}, upper=1)], {0: 1, 1: 3}, point=[1, 2],
    ),
    optimal(
        "an empty column that costs", 1, "the second column stays at its lower bound 0", [X, X], [Row({0: 1}, upper=1)], {0: 1, 1: -3}, point=[1, 0],
    ),
    optimal(
        "rows bounded on both sides", 2, "x + y <= 3 and x - y <= 1 meet at (2, 1)",
        [X, X], [Row({0: 1, 1: 1}, 1, 3), Row({0: 1, 1: -1}, -1, 1)], {0: 1}, point=[2, 1],
    ),
    optimal(
        "rows bounded on both sides, the lower one binding", -1, "x + y >= 1", [X, X], [Row({0: 1, 1: 1}, 1, 3), Row({0: 1, 1: -1}, -1, 1)],
        {0: -1, 1: -1},
    ),
    optimal("a row of tiny coefficients", 2, "x + y <= 1 in other units", [X, X], [Row({0: TINY, 1: TINY}, upper=TINY)], {0: 1, 1: 2}, point=[0, 1]),
    optimal(
        "a row of tiny coefficients that must bind from below", -1, "x >= 1 in other units", [X], [Row({0: TINY}, lower=TINY)], {0: -1}, point=[1],
    ),
    optimal(
        "a tiny coefficient beside a large one", 10**10, "y = 1 - x / 10^10 is nonnegative", [X, BOX], [Row({0: TINY, 1: 1}, 1, 1)], {0: 1},
        point=[10**10, 0],
    ),
    optimal(
        "a tiny objective", Fraction(2, HUGE), "y = 1",
        [BOX, BOX], [Row({0: 1, 1: 1}, upper=1)], {0: Fraction(1, HUGE), 1: Fraction(2, HUGE)}, point=[0, 1],
    ),
    optimal("a huge objective", 10**21, "x = 1", [BOX], [Row({0: 1}, upper=1)], {0: 10**21}, point=[1]),
    optimal(
        "a row in which 10^9 and 10^-9 meet", HUGE, "10^-9 y <= 1", [X, X], [Row({0: HUGE, 1: Fraction(1, HUGE)}, upper=1)], {1: 1}, point=[0, HUGE],
    ),
    optimal(
        "rows of 10^9 beside rows of 10^-9", 1 + HUGE, "x <= 1 and y <= 10^9, each in its own row",
        [X, X], [Row({0: HUGE}, upper=HUGE), Row({1: Fraction(1, HUGE)}, upper=1)], {0: 1, 1: 1}, point=[1, HUGE],
    ),
    optimal(
        "nobody is never chosen", "4/3", "y = 1/3 at twice the worth, x = 2/3; z fills up the row and is worth nothing",
        [X, X, X], [Row({0: 1, 1: 1, 2: 1}, 1, 1), Row({1: 1}, upper="1/3")], {0: 1, 1: 2}, point=["2/3", "1/3", 0],
    ),
    optimal(
        "nobody must be chosen", "1/2", "x + 2 y <= 1/2, so z = 1/2", [X, X, X], [Row({0: 1, 1: 1, 2: 1}, 1, 1), Row({0: 1, 1: 2}, upper="1/2")],
        {0: 1, 1: 1}, point=["1/2", 0, "1/2"],
    ),
    optimal(
        "nobody is worth choosing", 6, "z = 1 leaves all of the second row to w: 2 * 3; without z, x + y = 1 and w = 0 are feasible, worth 1",
        [X, X, X, X], [Row({0: 1, 1: 1, 2: 1}, 1, 1), Row({0: 3, 1: 3, 3: 1}, upper=3)], {0: 1, 1: 1, 3: 2}, point=[0, 0, 1, 3],
    ),
    infeasible("two rows that exclude each other", "x + y cannot be both", [X, X], [Row({0: 1, 1: 1}, upper=1), Row({0: 1, 1: 1}, lower=2)], {0: 1}),
    infeasible(
        "three rows that exclude each other", "they add up to 0 >= 3",
        [FREE, FREE, FREE], [Row({0: 1, 1: -1}, lower=1), Row({1: 1, 2: -1}, lower=1), Row({2: 1, 0: -1}, lower=1)], {0: 1, 1: 1, 2: 1},
    ),
    infeasible(
        "infeasible with a ray along which the objective rises", "y <= -1 and y >= 0; presolve sees only that x is worth more and more",
        [X, X], [Row({1: -1}, lower=1)], {0: 1},
    ),
    infeasible(
        "infeasible, and so is its dual", "x - y >= 1 and y - x >= 1 add up to 0 >= 2; (1, 1) is a ray",
        [X, X], [Row({0: 1, 1: -1}, lower=1), Row({0: -1, 1: 1}, lower=1)], {0: 1, 1: 1},
    ),
    infeasible("an empty row that cannot hold", "0 is not at least 1", [X], [Row({}, lower=1)], {0: -1}),
    infeasible("a row whose lower bound exceeds its upper", "2 > 1", [BOX], [Row({0: 1}, 2, 1)], {0: 1}),
    infeasible("a column whose lower bound exceeds its upper", "2 > 1", [Column(2, 1)], [Row({0: 1}, upper=9)], {0: 1}),
    infeasible("equalities without a solution", "x + y = 1 and 2 x + 2 y = 3", [X, X], [Row({0: 1, 1: 1}, 1, 1), Row({0: 2, 1: 2}, 3, 3)], {0: 1}),
    infeasible(
        "infeasible by 10^-12", "x >= 1 and x <= 1 - 10^-12", [X], [Row({0: 1}, lower=1), Row({0: 1}, upper=1 - Fraction(1, 10**12))], {0: 1},
        beyond_floats=True,
    ),
    infeasible(
        "infeasible by 10^-30 in two columns", "x + y = 1 and 3 x + 3 y = 3 + 10^-30",
        [X, X], [Row({0: 1, 1: 1}, 1, 1), Row({0: 3, 1: 3}, 3 + Fraction(1, 10**30), 3 + Fraction(1, 10**30))], {0: 1}, beyond_floats=True,
    ),
    unbounded("a ray between two rows", "(1, 1) is a ray", [X, X], [Row({0: 1, 1: -1}, upper=1), Row({0: 1, 1: -1}, lower=-1)], {0: 1}),
    unbounded("unbounded without rows", "nothing holds x", [FREE], [], {0: 1}),
    unbounded("unbounded downwards", "x may fall, and brings as much", [FREE], [Row({0: 1}, upper=1)], {0: -1}),
    unbounded("an empty column that is worth something", "nothing holds y", [X, X], [Row({0: 1}, upper=1)], {1: 1}),
    unbounded("a ray only after a step", "x >= 5 first, then both rise", [X, X], [Row({0: 1}, lower=5), Row({0: 1, 1: -1}, 0, 0)], {1: 1}),
    unbounded("a ray along which tiny coefficients cancel", "(1, 1) is a ray", [X, X], [Row({0: TINY, 1: -TINY}, upper=TINY)], {0: 1}),
    optimal(
        "a knapsack", 20, "weights 3, 4, 2 in 6: 13 + 7 beats 10 + 7 and every single one", [CHOICE] * 3, [Row({0: 3, 1: 4, 2: 2}, upper=6)],
        {0: 10, 1: 13, 2: 7}, point=[0, 1, 1],
    ),
    optimal(
        "a knapsack decided in the seventh digit", 3_000_021, "weight 2 each in 7: three fit, the best are worth 10^6 + 6, 7 and 8",
        [CHOICE] * 8, [Row(dict.fromkeys(range(8), 2), upper=7)], {j: 10**6 + 1 + j for j in range(8)}, point=[0] * 5 + [1] * 3,
    ),
    optimal(
        "integers beside a continuous column", "9/4", "x = 1, since x <= 3/2 is an integer; then 2 y <= 5/2",
        [Column(0, None, integer=True), X], [Row({0: 1, 1: 2}, upper="7/2"), Row({0: 1}, upper="3/2")], {0: 1, 1: 1}, point=[1, "5/4"],
    ),
    optimal(
        "a negative integer", -3, "x <= -5/2", [Column(-9, 9, integer=True)], [Row({0: 2}, upper=-5)], {0: 1}, point=[-3],
    ),
    infeasible("no integer fits", "2 x = 1", [Column(0, 9, integer=True)], [Row({0: 2}, 1, 1)], {0: 1}),
    infeasible(
        "no integer fits, and a ray along which the objective rises", "2 x is odd; y is worth more and more",
        [Column(0, 9, integer=True), Column(0, None, integer=True)], [Row({0: 2}, 1, 1)], {1: 1},
    ),
    unbounded("unbounded integers", "(1, 1) is a ray", [Column(0, None, integer=True), X], [Row({0: 1, 1: -1}, upper=1)], {0: 1}),
]  # fmt: skip
