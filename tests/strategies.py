"""Hypothesis strategies for problems in normal form: small environments of every kind, and designs that fit them.

Everything is drawn as a dictionary as in section 1 of `docs/certificates.md`. Numbers have small denominators. Ties,
equal values, types without probability and owners of everything are common on purpose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]
Choice = str | Sequence[str]

KINDS = ("object", "public-good", "table", "interdependent")
PRIORS = ("independent", "joint")
SETTINGS: dict[str, tuple[str, ...]] = {
    "objective": ("welfare", "revenue", "gains", "payoff", "weighted", "worst-case", "epsilon"),
    "incentive": ("bic", "dsic", "epic", "none"),
    "participation": ("interim-ir", "ex-post-ir", "ex-ante-ir", "none"),
    "budget": ("balanced", "no-deficit", "expected-balanced", "expected-no-deficit", "none"),
    "allocation": ("any", "efficient", "deterministic"),
}
AGENTS = ("ann", "bob", "cleo")
TYPES = (("low", "mid", "high", "top"), ("1", "2", "3", "4"), ("d", "c", "b", "a"))
MOST_PROFILES = 18


@cache
def rationals(least: int = 0, most: int = 6) -> st.SearchStrategy[Fraction]:
    """Return small rationals; whole numbers and repetitions are likely."""
    whole = [Fraction(number) for number in range(least, most + 1)]
    broken = [Fraction(number, below) for below in (2, 3, 4, 5) for number in (2 * least + 1, below - 1, 2 * most - 1)]
    return st.sampled_from([*whole, *whole, *sorted(set(broken), key=abs)])


def texts(numbers: Any) -> Any:
    """Return nested lists of numbers as nested lists of rational strings."""
    return [texts(number) for number in numbers] if isinstance(numbers, list | tuple) else str(Fraction(numbers))


def nest(numbers: Sequence[Any], sizes: Sequence[int]) -> Any:
    """Return a flat sequence in profile order as nested lists, one level per size."""
    if not sizes:
        return numbers[0]
    step = len(numbers) // sizes[0]
    return [nest(numbers[k * step : (k + 1) * step], sizes[1:]) for k in range(sizes[0])]


@st.composite
def chances(draw: st.DrawFn, size: int, zeros: bool = True) -> list[Fraction]:
    """Draw a probability vector with small weights, some of them zero when `zeros` is true."""
    if draw(st.booleans()):
        return [Fraction(1, size)] * size
    weights = draw(st.lists(st.integers(0 if zeros else 1, 4), min_size=size, max_size=size))
    weights[draw(st.integers(0, size - 1))] += 0 if sum(weights) else 1
    return [Fraction(weight, sum(weights)) for weight in weights]


@st.composite
def sizes(draw: st.DrawFn, n_agents: tuple[int, int]) -> list[int]:
    """Draw the numbers of types: 1 to 3, sometimes 4, with few enough profiles."""
    found: list[int] = []
    left = MOST_PROFILES
    for _ in range(draw(st.integers(*n_agents))):
        found.append(min(draw(st.sampled_from((1, 2, 2, 2, 3, 3, 4))), max(left, 1)))
        left //= found[-1]
    return draw(st.permutations(found))


@st.composite
def values(draw: st.DrawFn, size: int, least: int = 0) -> list[Fraction]:
    """Draw a value per type; mostly increasing, sometimes in any order, equal ones allowed."""
    found = draw(st.lists(rationals(least), min_size=size, max_size=size))
    return found if draw(st.integers(0, 3)) == 0 else sorted(found)


@st.composite
def shares(draw: st.DrawFn, agents: int) -> list[Fraction]:
    """Draw property rights: nobody's, one owner's, equal, or any shares that add up to at most one."""
    style = draw(st.sampled_from(("nobody", "owner", "equal", "any")))
    if style == "nobody":
        return [Fraction(0)] * agents
    if style == "owner":
        owner = draw(st.integers(0, agents - 1))
        return [Fraction(int(k == owner)) for k in range(agents)]
    if style == "equal":
        return [Fraction(1, agents)] * agents
    return draw(chances(agents))


@st.composite
def outside_options(draw: st.DrawFn, size: int, outcome: list[Fraction]) -> list[Fraction]:
    """Draw an outside option per type: nothing, a given status-quo outcome's utility, one number, or any."""
    style = draw(st.sampled_from(("nothing", "nothing", "outcome", "number", "any")))
    if style == "nothing":
        return [Fraction(0)] * size
    if style == "outcome":
        return outcome
    if style == "number":
        return [draw(rationals(-1, 2))] * size
    return draw(st.lists(rationals(-1, 3), min_size=size, max_size=size))


@st.composite
def _objects(draw: st.DrawFn, counts: list[int]) -> tuple[list[str], list[Json], list[Fraction]]:
    rights = draw(shares(len(counts)))
    agents = []
    for share, size in zip(rights, counts, strict=True):
        own = draw(values(size))
        entitled = [share * value for value in own]
        outside = entitled if draw(st.integers(0, 3)) else draw(outside_options(size, own))
        agents.append({"values": texts(own), "outside": texts(outside)})
    cost = draw(st.lists(rationals(0, 1), min_size=len(counts), max_size=len(counts)))
    cost = [Fraction(0)] * len(counts) if draw(st.booleans()) else cost
    return [*AGENTS[: len(counts)], "nobody"], agents, [*cost, Fraction(0)]


@st.composite
def _public_goods(draw: st.DrawFn, counts: list[int]) -> tuple[list[str], list[Json], list[Fraction]]:
    agents = []
    for size in counts:
        own = draw(values(size, draw(st.sampled_from((0, 0, -2)))))
        agents.append({"values": texts(own), "outside": texts(draw(outside_options(size, own)))})
    return ["no", "yes"], agents, [Fraction(0), draw(rationals(0, 6))]


@st.composite
def _tables(draw: st.DrawFn, counts: list[int]) -> tuple[list[str], list[Json], list[Fraction]]:
    outcomes = draw(st.integers(2, 4))
    quo = draw(st.integers(0, outcomes - 1))
    rows = st.lists(rationals(draw(st.sampled_from((0, 0, -3))), 4), min_size=outcomes, max_size=outcomes)
    agents = []
    for size in counts:
        utility = draw(st.lists(rows, min_size=size, max_size=size))
        outside = draw(outside_options(size, [row[quo] for row in utility]))
        agents.append({"utility": texts(utility), "outside": texts(outside)})
    cost = draw(st.lists(rationals(0, 2), min_size=outcomes, max_size=outcomes))
    free = draw(st.booleans())
    return [f"x{k}" for k in range(outcomes)], agents, [Fraction(0)] * outcomes if free else cost


@st.composite
def _interdependent(draw: st.DrawFn, counts: list[int]) -> tuple[list[str], list[Json], list[Fraction]]:
    outcomes = draw(st.integers(2, 3))
    profiles = list(product(*[range(size) for size in counts]))
    quo = draw(st.integers(0, outcomes - 1))
    additive = draw(st.booleans())
    agents = []
    for number in range(len(counts)):
        slopes = draw(st.lists(rationals(0, 2), min_size=outcomes, max_size=outcomes))
        others = draw(rationals(0, 1))
        if additive:
            signals = [others * sum(p) + (1 - others) * p[number] for p in profiles]
            utility = [[slope * signal for slope in slopes] for signal in signals]
        else:
            row = st.lists(rationals(0, 4), min_size=outcomes, max_size=outcomes)
            utility = draw(st.lists(row, min_size=len(profiles), max_size=len(profiles)))
        outside = draw(outside_options(len(profiles), [row[quo] for row in utility]))
        agents.append({"utility": nest(texts(utility), counts), "outside": nest(texts(outside), counts)})
    cost = draw(st.lists(rationals(0, 1), min_size=outcomes, max_size=outcomes))
    free = draw(st.booleans())
    return [f"x{k}" for k in range(outcomes)], agents, [Fraction(0)] * outcomes if free else cost


_DRAW = {"object": _objects, "public-good": _public_goods, "table": _tables, "interdependent": _interdependent}


@st.composite
def environments(
    draw: st.DrawFn,
    kinds: Choice = KINDS,
    priors: Choice = PRIORS,
    n_agents: tuple[int, int] = (1, 3),
    zeros: bool = True,
) -> Json:
    """Draw a problem without a design.

    Parameters
    ----------
    kinds, priors : str or sequence of str
        The kinds and priors ("independent", "joint") to draw from.
    n_agents : pair of int
        The least and the largest number of agents.
    zeros : bool
        Whether types and profiles of probability zero occur.
    """
    kind = draw(st.sampled_from(_listed(kinds)))
    prior = draw(st.sampled_from(_listed(priors)))
    counts = draw(sizes(n_agents))
    outcomes, agents, cost = draw(_DRAW[kind](counts))
    labels = draw(st.sampled_from(TYPES))
    for name, size, agent in zip(AGENTS, counts, agents, strict=False):
        agent |= {"name": name, "types": list(labels[:size])}
        if prior == "independent":
            agent["prior"] = texts(draw(chances(size, zeros)))
    environment: Json = {
        "name": "drawn",
        "source": "",
        "environment": {"kind": kind, "outcomes": outcomes, "cost": texts(cost)},
        "agents": agents,
    }
    if prior == "joint":
        total = 1
        for size in counts:
            total *= size
        environment["prior"] = {"joint": nest(texts(draw(chances(total, zeros))), counts)}
    return environment


def _listed(choice: Choice) -> list[str]:
    return [choice] if isinstance(choice, str) else list(choice)


def first_bests(environment: Json) -> list[Fraction]:
    """Return the first best at every profile, in profile order."""
    kind = environment["environment"]["kind"]
    cost = [Fraction(c) for c in environment["environment"]["cost"]]
    found = []
    for profile in product(*[range(len(agent["types"])) for agent in environment["agents"]]):
        surplus = [-c for c in cost]
        for number, (agent, own) in enumerate(zip(environment["agents"], profile, strict=True)):
            if kind in ("object", "public-good"):
                surplus[number if kind == "object" else 1] += Fraction(agent["values"][own])
                continue
            row = agent["utility"]
            for position in [own] if kind == "table" else profile:
                row = row[position]
            surplus = [s + Fraction(u) for s, u in zip(surplus, row, strict=True)]
        found.append(max(surplus))
    return found


def options(environment: Json, setting: str) -> list[str]:
    """Return the names that a setting of a design may have in an environment."""
    names = list(SETTINGS[setting])
    if setting == "incentive" and environment["environment"]["kind"] == "interdependent":
        names.remove("dsic")
    if setting == "objective":
        best = first_bests(environment)
        if min(best) < 0 or max(best) <= 0:
            names.remove("worst-case")
    return names


def fits(environment: Json, fixed: Mapping[str, Choice]) -> bool:
    """Tell whether every fixed setting has a name that suits the environment."""
    return all(set(_listed(choice)) & set(options(environment, setting)) for setting, choice in fixed.items())


@st.composite
def designs(draw: st.DrawFn, environment: Json, limits: bool = False, allowance: bool = True, **fixed: Choice) -> Json:
    """Draw a design that suits an environment.

    Parameters
    ----------
    environment : dict
        The problem, whose design, if any, is not read.
    limits : bool
        Whether floors, caps and constraints occur.
    allowance : bool
        Whether an incentive violation may be allowed.
    **fixed : str or sequence of str
        Names to draw from, by setting: `incentive="bic"`, `budget=("balanced", "none")`.
    """
    found: Json = {}
    for setting in ("incentive", "objective", "participation", "budget", "allocation"):
        allowed = options(environment, setting)
        if setting == "incentive" and _listed(fixed.get("objective", ())) == ["epsilon"]:
            allowed.remove("none")  # there would be no violation to minimise
        if setting == "objective" and found["incentive"] == "none":
            allowed.remove("epsilon")
        wanted = _listed(fixed.get(setting, SETTINGS[setting]))
        found[setting] = draw(st.sampled_from([name for name in wanted if name in allowed]))
    generous = allowance and found["objective"] != "epsilon" and found["incentive"] != "none"
    found["epsilon"] = str(draw(st.sampled_from((0, 0, 0, Fraction(1, 2), Fraction(1, 5))))) if generous else "0"
    found["weights"] = None
    if found["objective"] == "weighted":
        found["weights"] = {agent["name"]: texts([draw(rationals(0, 3)) for _ in agent["types"]]) for agent in environment["agents"]}
    found |= {"payment_floor": None, "payment_cap": None, "constraints": []}
    return found | draw(payment_limits(environment)) if limits else found


@st.composite
def payment_limits(draw: st.DrawFn, environment: Json) -> Json:
    """Draw floors, caps and constraints: the part of a design that tells agents, outcomes and profiles apart."""
    names = [agent["name"] for agent in environment["agents"]]
    some = st.lists(st.sampled_from(names), unique=True, max_size=len(names))
    floor = {name: str(draw(st.sampled_from((-4, -1, Fraction(-1, 2), 0)))) for name in draw(some)}
    cap = {name: str(draw(st.sampled_from((0, Fraction(1, 3), 1, 5)))) for name in draw(some)}
    found = {"payment_floor": floor or None, "payment_cap": cap or None}
    return found | {"constraints": [draw(_constraint(environment, k)) for k in range(draw(st.integers(0, 2)))]}


@st.composite
def _constraint(draw: st.DrawFn, environment: Json, number: int) -> Json:
    agents = environment["agents"]
    terms = []
    for _ in range(draw(st.integers(1, 2))):
        if draw(st.booleans()):
            term: Json = {"outcome": draw(st.sampled_from(environment["environment"]["outcomes"]))}
        else:
            term = {"payment": draw(st.sampled_from([agent["name"] for agent in agents]))}
        bound = [agent for agent in agents if draw(st.booleans())]
        term["coefficient"] = str(draw(st.sampled_from((1, 1, 2, -1, Fraction(1, 2)))))
        term["when"] = {agent["name"]: draw(st.sampled_from(agent["types"])) for agent in bound}
        term["expected"] = draw(st.booleans())
        terms.append(term)
    sense = draw(st.sampled_from(("<=", "<=", ">=", "=")))
    most = draw(st.sampled_from((0, Fraction(1, 4), 1, 2)))
    return {"name": f"rule {number}", "sense": sense, "bound": str(-most if sense == ">=" else most), "terms": terms}


@st.composite
def problems(
    draw: st.DrawFn,
    kinds: Choice = KINDS,
    designs: Mapping[str, Choice] | None = None,
    priors: Choice = PRIORS,
    n_agents: tuple[int, int] = (1, 3),
    zeros: bool = True,
    limits: bool = False,
    allowance: bool = True,
) -> Json:
    """Draw a problem: an environment and a design that suits it, with the settings in `designs` fixed.

    `problems(designs={"incentive": "bic", "objective": ("welfare", "gains")})` draws only such ones.
    """
    fixed = designs or {}
    drawn = environments(kinds=kinds, priors=priors, n_agents=n_agents, zeros=zeros)
    environment = draw(drawn.filter(lambda found: fits(found, fixed)))
    return environment | {"design": draw(_designs(environment, limits=limits, allowance=allowance, **fixed))}


_designs = designs
