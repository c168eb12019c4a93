"""Problems in normal form whose answers are known from the literature or from a few lines of algebra.

Values and their sources are in `test_oracles.py`. Every function returns a fresh dictionary, free to be changed.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

Problem = dict[str, Any]
Number = int | str | Fraction


def text(number: Number) -> str:
    """Return a rational in the normal form "p" or "p/q"."""
    return str(Fraction(number))


def texts(numbers: Any) -> Any:
    """Return nested lists of numbers as nested lists of rational strings."""
    return [texts(number) for number in numbers] if isinstance(numbers, list | tuple) else text(numbers)


def design(**settings: Any) -> dict[str, Any]:
    """Return a design with every default written out."""
    defaults: dict[str, Any] = {
        "objective": "welfare",
        "incentive": "bic",
        "participation": "interim-ir",
        "budget": "none",
        "allocation": "any",
        "epsilon": "0",
        "weights": None,
        "payment_floor": None,
        "payment_cap": None,
        "constraints": [],
    }
    return {**defaults, **settings}


def problem(name: str, source: str, kind: str, outcomes: list[str], agents: list[dict[str, Any]], **settings: Any) -> Problem:
    """Return a problem; `cost` and `joint` may be among the settings, the others go to the design."""
    cost = settings.pop("cost", [0] * len(outcomes))
    joint = settings.pop("joint", None)
    answer: Problem = {
        "name": name,
        "source": source,
        "environment": {"kind": kind, "outcomes": outcomes, "cost": texts(cost)},
        "agents": agents,
        "design": design(**settings),
    }
    if joint is not None:
        answer["prior"] = {"joint": texts(joint)}
    return answer


def agent(name: str, types: list[str], outside: list[Number], **data: Any) -> dict[str, Any]:
    """Return an agent; `prior`, `values` and `utility` are given as keywords."""
    return {"name": name, "types": types, "outside": texts(outside), **{key: texts(x) for key, x in data.items()}}


def trade(seller: list[Number], buyer: list[Number], seller_prior: list[Number], buyer_prior: list[Number], **settings: Any) -> Problem:
    """Return bilateral trade: the seller owns the object and each side may refuse."""
    defaults = {"objective": "gains", "budget": "balanced"}
    return problem(
        "bilateral trade",
        "Myerson and Satterthwaite 1983",
        "object",
        ["seller", "buyer", "nobody"],
        [
            agent("seller", [f"s{k}" for k in range(len(seller))], seller, values=seller, prior=seller_prior),
            agent("buyer", [f"b{k}" for k in range(len(buyer))], [0] * len(buyer), values=buyer, prior=buyer_prior),
        ],
        **{**defaults, **settings},
    )


def midpoints(size: int) -> list[Fraction]:
    """Return the grid (j + 1/2) / size."""
    return [Fraction(2 * j + 1, 2 * size) for j in range(size)]


def trade_grid(size: int, **settings: Any) -> Problem:
    """Return bilateral trade with both values uniform on `size` midpoints of [0, 1]."""
    grid, prior = midpoints(size), [Fraction(1, size)] * size
    return trade(list(grid), list(grid), list(prior), list(prior), **settings)


def partnership(values: list[Number], prior: list[Number], shares: list[Number], **settings: Any) -> Problem:
    """Return a partnership: identical values, one object, property rights as shares of it."""
    names = [f"partner{k}" for k in range(len(shares))]
    types = [f"v{k}" for k in range(len(values))]
    agents = [
        agent(name, types, [Fraction(share) * Fraction(value) for value in values], values=values, prior=prior)
        for name, share in zip(names, shares, strict=True)
    ]
    defaults = {"objective": "gains", "budget": "balanced"}
    outcomes = [*names, "nobody"]
    return problem("partnership", "Cramton, Gibbons and Klemperer 1987", "object", outcomes, agents, **{**defaults, **settings})


def auction(values: list[Number], prior: list[Number], bidders: int, **settings: Any) -> Problem:
    """Return an auction of one object among identical bidders with nothing outside, for revenue."""
    names, types = [f"bidder{k}" for k in range(bidders)], [f"v{k}" for k in range(len(values))]
    agents = [agent(name, types, [0] * len(values), values=values, prior=prior) for name in names]
    return problem("auction", "Myerson 1981", "object", [*names, "nobody"], agents, **{"objective": "revenue", **settings})


def public_good(values: list[Number], prior: list[Number], cost: Number, agents: int, **settings: Any) -> Problem:
    """Return a public good that identical agents may refuse to pay for."""
    names, types = [f"citizen{k}" for k in range(agents)], [f"v{k}" for k in range(len(values))]
    citizens = [agent(name, types, [0] * len(values), values=values, prior=prior) for name in names]
    defaults = {"objective": "gains", "budget": "balanced", "cost": [0, cost]}
    return problem("public good", "", "public-good", ["no", "yes"], citizens, **{**defaults, **settings})


def cremer_mclean(**settings: Any) -> Problem:
    """Return one object and two bidders worth 1 or 2 whose types agree with probability 2/3."""
    bidders = [agent(name, ["low", "high"], [0, 0], values=[1, 2]) for name in ("anna", "bert")]
    joint = [["1/3", "1/6"], ["1/6", "1/3"]]
    return problem(
        "correlated bidders",
        "Crémer and McLean 1988",
        "object",
        ["anna", "bert", "nobody"],
        bidders,
        joint=joint,
        **{"objective": "revenue", **settings},
    )


def yao(**settings: Any) -> Problem:
    """Return two bidders for two items, additive values 1 or 2 with equal odds; an outcome says who gets which."""
    holders = [("anna", "bert", "nobody")] * 2
    outcomes = list(product(*holders))
    types = list(product((1, 2), repeat=2))
    bidders = [
        agent(
            name,
            [f"{first},{second}" for first, second in types],
            [0] * 4,
            prior=["1/4"] * 4,
            utility=[[sum(v for v, who in zip(own, x, strict=True) if who == name) for x in outcomes] for own in types],
        )
        for name in ("anna", "bert")
    ]
    return problem(
        "two items, two bidders",
        "Yao 2017",
        "table",
        [f"{first}/{second}" for first, second in outcomes],
        bidders,
        **{"objective": "revenue", **settings},
    )


def divorce(**settings: Any) -> Problem:
    """Return the divorce settlement: who gets the painting, or museum, or fire; staying out is worth nothing."""
    high, low = ("high", 11000, 6000, 1000, 0), ("low", 1200, 1100, 1000, 0)

    def utilities(first: bool) -> list[list[int]]:
        return [[get if first else other, other if first else get, museum, burn] for _, get, museum, other, burn in (low, high)]

    couple = [agent(name, ["low", "high"], [0, 0], prior=["4/5", "1/5"], utility=utilities(name == "husband")) for name in ("husband", "wife")]
    return problem(
        "divorce settlement",
        "Conitzer and Sandholm 2003",
        "table",
        ["husband", "wife", "museum", "burn"],
        couple,
        **{"participation": "none", **settings},
    )


def no_payments(names: tuple[str, ...] = ("husband", "wife")) -> dict[str, dict[str, str]]:
    """Return the settings that forbid payments: floors and caps of zero."""
    return {key: dict.fromkeys(names, "0") for key in ("payment_floor", "payment_cap")}


def pinned(names: tuple[str, ...], paid: dict[tuple[str, ...], tuple[Number, ...]]) -> list[dict[str, Any]]:
    """Return the constraints that fix every agent's payment at given profiles."""

    def term(name: str, types: tuple[str, ...]) -> dict[str, Any]:
        when = dict(zip(names, types, strict=True))
        return {"payment": name, "coefficient": "1", "when": when, "expected": False}

    return [
        {"name": f"{name} at {types}", "sense": "=", "bound": text(payment), "terms": [term(name, types)]}
        for types, payments in paid.items()
        for name, payment in zip(names, payments, strict=True)
    ]
