"""Changes of everything but claims: fewer claims, another problem, another form of file, other words for the same."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Any

from tests.tampering.places import (
    FORM,
    JUNK,
    PRESENTATION,
    PROBLEM,
    SETTINGS,
    WITHDRAWAL,
    Json,
    NotApplicableError,
    change,
    claimed,
    copied,
    digest,
    leaves,
    number,
    pick,
    places,
    rationals,
    renew,
    swap,
    tables_of_prices,
)

# --- fewer claims --------------------------------------------------------------------------------------------------------------------


@change(WITHDRAWAL)
def a_check_left_out(result: Json, rng: Random) -> None:
    result["checks"].remove(pick(rng, result["checks"]))


@change(WITHDRAWAL)
def a_number_left_out(result: Json, rng: Random) -> None:
    inner, key = pick(rng, claimed(result))
    inner[key] = None


@change(WITHDRAWAL)
def a_number_known_approximately(result: Json, rng: Random) -> None:
    inner, key = pick(rng, claimed(result))
    inner[key] = {"float": inner[key]["float"] + rng.choice([0, 1]), "exact": None}


@change(WITHDRAWAL)
def no_mechanism(result: Json, rng: Random) -> None:
    """Leave out the mechanism, and perhaps what is said of it."""
    result["mechanism"] = None
    if rng.random() < 0.7:
        result["checks"] = []
        result.update(dict.fromkeys(("welfare", "gains", "revenue", "value")))
    if rng.random() < 0.5:
        result["proof"] |= {"grade": rng.choice(["none", "feasible", "infeasible"]), "gap": None}


@change(WITHDRAWAL)
def no_certificate(result: Json, rng: Random) -> None:
    """Leave out the certificate, and perhaps what it proves."""
    result["certificate"] = None
    if rng.random() < 0.7:
        result["proof"] |= {"grade": rng.choice(["none", "feasible"]), "bound": None, "gap": None}


@change(WITHDRAWAL)
def no_proof_of_the_surplus(result: Json, rng: Random) -> None:
    surplus = result["proof"].get("surplus") or pick(rng, [])
    if rng.random() < 0.4:
        result["proof"]["surplus"] = None
    else:
        surplus[rng.choice(["mechanism", "certificate"])] = None
    if rng.random() < 0.5:
        result["budget_surplus"] = None
        result["proof"] |= {"grade": "feasible" if result["answer"] == "possible" else "infeasible", "gap": None}
        result["proof"]["bound"] = None


# --- another problem -----------------------------------------------------------------------------------------------------------------


@change(PROBLEM)
def a_number_of_an_agent(result: Json, rng: Random) -> None:
    agent = rng.choice(result["problem"]["agents"])
    key = pick(rng, [key for key in ("values", "utility", "outside", "prior") if key in agent])
    renew(rng, pick(rng, rationals(agent[key])))


@change(PROBLEM)
def a_cost(result: Json, rng: Random) -> None:
    renew(rng, pick(rng, rationals(result["problem"]["environment"]["cost"])))


@change(PROBLEM)
def a_prior(result: Json, rng: Random) -> None:
    """Move probability from one type or profile to another."""
    priors = [agent["prior"] for agent in result["problem"]["agents"] if "prior" in agent] or [result["problem"]["prior"]["joint"]]
    found = rationals(pick(rng, priors))
    (one, a), (other, b) = rng.sample(found, 2) if len(found) > 1 else pick(rng, [])
    moved = Fraction(one[a]) * Fraction(rng.choice(["1", "1/2", "1/1000000007"]))
    one[a], other[b] = str(Fraction(one[a]) - moved), str(Fraction(other[b]) + moved)


@change(PROBLEM)
def a_joint_prior_of_independent_types(result: Json, rng: Random) -> None:
    """Write the product out: types without probability lose their interim constraints, all else is the same."""
    problem = result["problem"]
    if "prior" in problem:
        raise NotApplicableError
    joint: Any = Fraction(1)
    for agent in reversed(problem["agents"]):
        joint = [joint_with(Fraction(f), joint) for f in agent.pop("prior")]
    problem["prior"] = {"joint": texts(joint)}


def joint_with(factor: Fraction, table: Any) -> Any:
    return [joint_with(factor, part) for part in table] if isinstance(table, list) else factor * table


def texts(table: Any) -> Any:
    return [texts(part) for part in table] if isinstance(table, list) else str(table)


@change(PROBLEM)
def the_scale_of_money(result: Json, rng: Random) -> None:
    """Scale some of the money: of an agent, or the costs."""
    problem, factor = result["problem"], Fraction(rng.choice(["2", "-1", "0", "1/3"]))
    holder, key = pick(rng, [(agent, key) for agent in problem["agents"] for key in ("values", "utility", "outside") if key in agent])
    for inner, k in rationals(holder[key]):
        inner[k] = str(Fraction(inner[k]) * factor)


@change(PROBLEM)
def a_setting(result: Json, rng: Random) -> None:
    key = rng.choice(list(SETTINGS))
    result["problem"]["design"][key] = rng.choice(SETTINGS[key])


@change(PROBLEM)
def the_violation_allowed(result: Json, rng: Random) -> None:
    result["problem"]["design"]["epsilon"] = rng.choice(["0", "1/100", "1", "-1/100"])


@change(PROBLEM)
def weights(result: Json, rng: Random) -> None:
    problem = result["problem"]
    table = {agent["name"]: [rng.choice(["0", "1", "2"]) for _ in agent["types"]] for agent in problem["agents"]}
    if rng.random() < 0.5:
        del table[rng.choice(list(table))]
    problem["design"]["weights"] = rng.choice([None, {}, table])


@change(PROBLEM)
def a_limit(result: Json, rng: Random) -> None:
    """Set, change or lift a floor or a cap."""
    design, key = result["problem"]["design"], rng.choice(["payment_floor", "payment_cap"])
    limits = dict(design[key] or {})
    name = rng.choice([agent["name"] for agent in result["problem"]["agents"]])
    if name in limits and rng.random() < 0.3:
        del limits[name]
    else:
        limits[name] = rng.choice(["0", "-7/2", "7/2", "-100", "100"])
    design[key] = limits if rng.random() < 0.9 else limits or None


@change(PROBLEM)
def a_constraint(result: Json, rng: Random) -> None:
    """Change, repeat, add or lift a constraint."""
    problem = result["problem"]
    rows, agent = problem["design"]["constraints"], rng.choice(problem["agents"])
    if rows and rng.random() < 0.7:
        row = rng.choice(rows)
        term = pick(rng, row["terms"])
        style = rng.randrange(6)
        if style == 0:
            row["sense"] = rng.choice(["<=", ">=", "=", "<"])
        elif style == 1:
            renew(rng, rng.choice([(row, "bound"), (term, "coefficient")]))
        elif style == 2:
            term["expected"] = not term["expected"]
        elif style == 3:
            term["when"] = rng.choice([{}, {agent["name"]: rng.choice(agent["types"])}, {agent["name"]: "nobody"}, {"nobody": agent["types"][0]}])
        elif style == 4:
            rows.append(copied(row))
        else:
            rows.remove(row)
        return
    target = rng.choice([{"outcome": rng.choice(problem["environment"]["outcomes"])}, {"payment": agent["name"]}, {}, {"outcome": "war"}])
    term = {"coefficient": "1", "when": {}, "expected": rng.random() < 0.5, **target}
    rows.append({"name": "law", "sense": rng.choice(["<=", ">="]), "bound": rng.choice(["0", "1", "50", "-50"]), "terms": rng.choice([[], [term]])})


@change(PROBLEM)
def one_name(result: Json, rng: Random) -> None:
    """Rename something at one place, to another name that is there or to a new one."""
    problem = result["problem"]
    words = names(problem)
    where = [(inner, key) for inner, key in places(problem) if isinstance(inner[key], str) and inner[key] in words]
    inner, key = pick(rng, where)
    inner[key] = rng.choice([*words, "someone", ""])


@change(PROBLEM)
def a_kind(result: Json, rng: Random) -> None:
    result["problem"]["environment"]["kind"] = rng.choice(["object", "public-good", "table", "interdependent", "auction"])


@change(PROBLEM)
def an_order(result: Json, rng: Random) -> None:
    """Swap two agents, types, outcomes or numbers."""
    swap(rng, pick(rng, [inner[key] for inner, key in places(result["problem"]) if isinstance(inner[key], list)]))


# --- another form --------------------------------------------------------------------------------------------------------------------


def signed(result: Json, rng: Random) -> None:
    """Put the right digest beside the problem, most of the time."""
    if isinstance(result.get("problem"), dict) and rng.random() < 0.8:
        result["digest"] = digest(result["problem"])


@change(FORM)
def junk(result: Json, rng: Random) -> None:
    inner, key = pick(rng, places(result))
    inner[key] = copied(rng.choice(JUNK))
    signed(result, rng)


@change(FORM)
def junk_for_a_number(result: Json, rng: Random) -> None:
    inner, key = pick(rng, rationals(result))
    value = Fraction(inner[key])
    unreduced = f"{2 * value.numerator}/{2 * value.denominator}"
    texts = [f" {value}", f"{value}\n", f"+{value}", f"{float(value)}", f"{value.numerator}/{value.denominator}", f"{value}".replace("1", "١")]
    inner[key] = rng.choice([*texts, unreduced, "-0", value.numerator, float(value), [str(value)], number(value), None])
    signed(result, rng)


@change(FORM)
def junk_for_a_float(result: Json, rng: Random) -> None:
    inner, key = pick(rng, claimed(result))
    value = inner[key]["float"]
    inner[key]["float"] = rng.choice([str(value), bool(value), None, float("nan"), float("inf"), [value], 10**400, int(value)])


@change(FORM)
def a_key_left_out(result: Json, rng: Random) -> None:
    inner, key = pick(rng, [(inner, key) for inner, key in places(result) if isinstance(inner, dict)])
    del inner[key]
    signed(result, rng)


@change(FORM)
def a_key_too_many(result: Json, rng: Random) -> None:
    inner = pick(rng, [result, *(inner[key] for inner, key in places(result) if isinstance(inner[key], dict))])
    inner[rng.choice(["note", "", "bound", "prior", "efficient", "profile", "outcome", "payment", "statistics", "joint"])] = copied(rng.choice(JUNK))
    signed(result, rng)


@change(FORM)
def an_entry_too_many_or_too_few(result: Json, rng: Random) -> None:
    entries = pick(rng, [inner[key] for inner, key in places(result) if isinstance(inner[key], list) and inner[key]])
    k = rng.randrange(len(entries))
    entries[k : k + 1] = rng.choice([[], [entries[k], copied(entries[k])], [entries[k], copied(rng.choice(JUNK))], [[entries[k]]]])
    signed(result, rng)


@change(FORM)
def a_list_in_another_order(result: Json, rng: Random) -> None:
    entries = pick(rng, [inner[key] for inner, key in places(result) if isinstance(inner[key], list) and len(inner[key]) > 1])
    rng.shuffle(entries)
    signed(result, rng)


@change(FORM)
def something_elsewhere(result: Json, rng: Random) -> None:
    """Put a copy of one part of the result in the place of another."""
    found = list(places(result))
    (inner, key), (other, k) = rng.choice(found), rng.choice(found)
    inner[key] = copied(other[k])
    signed(result, rng)


# --- other words for the same --------------------------------------------------------------------------------------------------------


def names(problem: Json) -> list[str]:
    """Return the names of agents, types, outcomes and constraints."""
    own = [name for agent in problem["agents"] for name in (agent["name"], *agent["types"])]
    found = [*own, *problem["environment"]["outcomes"], *(row["name"] for row in problem["design"]["constraints"])]
    return sorted(set(found))


def renamed(data: Any, old: str, new: str) -> Any:
    if isinstance(data, dict):
        return {new if key == old else key: renamed(part, old, new) for key, part in data.items()}
    if isinstance(data, list):
        return [renamed(part, old, new) for part in data]
    return new if data == old else data


@change(PRESENTATION)
def a_name_everywhere(result: Json, rng: Random) -> None:
    kind = result["problem"]["environment"]["kind"]
    fixed = {"object": {"nobody"}, "public-good": {"no", "yes"}}.get(kind, set())
    old = pick(rng, [name for name in names(result["problem"]) if name not in fixed])
    result.update(renamed(result, old, rng.choice(["x", "Ω é \u2028", "ann\n", "\ud800", '"', "profile", "bound", "answer", ""])))
    result["digest"] = digest(result["problem"])


@change(PRESENTATION)
def the_order_of_keys(result: Json, rng: Random) -> None:
    def shuffled(data: Any) -> Any:
        if isinstance(data, dict):
            return {key: shuffled(data[key]) for key in rng.sample(list(data), len(data))}
        return [shuffled(part) for part in data] if isinstance(data, list) else data

    found = shuffled(result)
    result.clear()
    result.update(found)


@change(PRESENTATION)
def the_title(result: Json, rng: Random) -> None:
    result["problem"][rng.choice(["name", "source"])] = rng.choice(["", "title", "\x00", "Ünïcode"])
    result["digest"] = digest(result["problem"])


@change(PRESENTATION)
def what_is_no_claim(result: Json, rng: Random) -> None:
    junk = copied(rng.choice(JUNK))
    if result["checks"] and rng.random() < 0.5:
        rng.choice(result["checks"])["witness"] = junk
    else:
        result["statistics"] = junk


@change(PRESENTATION)
def the_order_of_checks(result: Json, rng: Random) -> None:
    checks = result["checks"]
    rng.choice([lambda: swap(rng, checks), lambda: checks.append(copied(pick(rng, checks)))])()


@change(PRESENTATION)
def a_price_of_zero(result: Json, rng: Random) -> None:
    """Write a price of zero, or an empty object, beside another price; or leave one out."""
    zeros = [(inner, key) for inner, key in tables_of_prices(result) if inner[key] in ("0", {})]
    if zeros and rng.random() < 0.5:
        inner, key = rng.choice(zeros)
        del inner[key]
        return
    leaf, agent = pick(rng, leaves(result)), rng.choice(result["problem"]["agents"])
    own = agent["types"]
    if result["problem"]["design"]["incentive"] == "bic" and len(own) > 1 and "prior" in agent:
        true_type, lie = rng.sample(own, 2)
        leaf.setdefault("incentive", {}).setdefault(agent["name"], {}).setdefault(true_type, {}).setdefault(lie, "0")
    else:
        leaf.setdefault(rng.choice(["floor", "cap", "incentive", "worst_case", "constraints", "budget"]), {})


@change(PRESENTATION)
def a_price_of_the_budget_written_out(result: Json, rng: Random) -> None:
    """Write the single price b of a budget that stands at every profile as b f at each."""
    problem = result["problem"]
    leaf = pick(rng, [leaf for leaf in leaves(result) if isinstance(leaf.get("budget"), str)])
    if problem["design"]["budget"].startswith("expected"):
        raise NotApplicableError
    agents = problem["agents"]
    table: Any = problem.get("prior", {}).get("joint")

    def written(chance: Any, rest: list[Json]) -> Any:
        if not rest:
            return str(Fraction(leaf["budget"]) * Fraction(chance))
        if table is not None:
            return {name: written(part, rest[1:]) for name, part in zip(rest[0]["types"], chance, strict=True)}
        return {name: written(Fraction(chance) * Fraction(f), rest[1:]) for name, f in zip(rest[0]["types"], rest[0]["prior"], strict=True)}

    leaf["budget"] = written(1 if table is None else table, agents)


@change(PRESENTATION)
def whole_floats_as_integers(result: Json, rng: Random) -> None:
    inner, key = pick(rng, [(inner, key) for inner, key in claimed(result) if inner[key]["float"].is_integer()])
    inner[key]["float"] = int(inner[key]["float"])
