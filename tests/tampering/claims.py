"""Changes of what a result claims: prices, mechanisms, numbers, verdicts, answers."""

from __future__ import annotations

from fractions import Fraction
from math import inf, nextafter
from random import Random
from typing import Any

from tests.tampering.places import (
    CLAIM,
    GRADES,
    NUMBERS,
    PRICES,
    PROPERTIES,
    SETTINGS,
    WORDS,
    Json,
    NotApplicableError,
    another,
    certificates,
    change,
    claimed,
    copied,
    is_rational,
    leaves,
    mechanisms,
    number,
    pick,
    rationals,
    renew,
    swap_entries,
    tables_of_prices,
)


@change(CLAIM)
def a_price(result: Json, rng: Random) -> None:
    renew(rng, pick(rng, [(inner, key) for inner, key in tables_of_prices(result) if is_rational(inner[key])]))


@change(CLAIM)
def a_price_left_out(result: Json, rng: Random) -> None:
    inner, key = pick(rng, tables_of_prices(result))
    del inner[key]


@change(CLAIM)
def a_price_added(result: Json, rng: Random) -> None:
    """Add a price anywhere, of the form of the requirement, of a kind that is asked for or not."""
    leaf, agents = pick(rng, leaves(result)), result["problem"]["agents"]
    key = rng.choice(PRICES)
    agent = rng.choice(agents)
    others = [other["types"] for other in agents if other is not agent]
    levels = {
        "incentive": [[agent["name"]], agent["types"], agent["types"], *rng.choice([[], others])],
        "participation": [[agent["name"]], agent["types"], *rng.choice([[], others])][: rng.choice([1, 9, 9])],
        "budget": rng.choice([[], [other["types"] for other in agents]]),
        "constraints": [[row["name"] for row in result["problem"]["design"]["constraints"]] or ["rule"]],
        "worst_case": [other["types"] for other in agents],
    }.get(key, [[agent["name"]], agent["types"], *others])
    place: tuple[Json, Any] = (leaf, key)
    for level in levels:
        inner = place[0].get(place[1])
        if not isinstance(inner, dict):
            inner = place[0][place[1]] = {}
        place = (inner, rng.choice(level))
    place[0][place[1]] = rng.choice(["0", "1/2", "1", "-1/3"])


@change(CLAIM)
def a_number_of_rules(result: Json, rng: Random) -> None:
    """Change a score, a weight, or an interim payment."""
    renew(rng, pick(rng, rationals(pick(rng, mechanisms(result, "rules")))))


@change(CLAIM)
def who_is_alike(result: Json, rng: Random) -> None:
    """Name other agents, or the same in another order, as alike: in a mechanism without tables, or in a certificate."""
    names = [agent["name"] for agent in result["problem"]["agents"]]
    owner = pick(rng, [*mechanisms(result, "rules"), *leaves(result)])
    old = owner.get("alike", [])
    changed = [[], [group[::-1] for group in old], [group[1:] for group in old], [*old, old[0]]] if old else []
    owner["alike"] = rng.choice([*changed, [*old, rng.sample(names, min(2, len(names)))], [names[:1]]])


@change(CLAIM)
def a_price_moved_between_types(result: Json, rng: Random) -> None:
    inner, key = pick(rng, [(inner, key) for inner, key in tables_of_prices(result) if isinstance(inner[key], dict)])
    swap_entries(rng, inner[key]) if len(inner[key]) > 1 else shifted(rng, inner[key], result)


def shifted(rng: Random, table: Json, result: Json) -> None:
    """Move the only entry of an object to another type."""
    (key,) = table or pick(rng, [])
    kin = next((agent["types"] for agent in result["problem"]["agents"] if key in agent["types"]), [])
    table[pick(rng, [other for other in kin if other != key])] = table.pop(key)


@change(CLAIM)
def all_prices_scaled(result: Json, rng: Random) -> None:
    """Scale all prices, and perhaps the bound."""
    leaf, factor = pick(rng, leaves(result)), Fraction(rng.choice(["2", "1/2", "0", "-1", "100001/100000"]))
    scaled = [place for key in PRICES if key in leaf for place in rationals({key: leaf[key]})]
    scaled += [(leaf, "bound")] * rng.choice([0, 1])
    if isinstance(leaf.get("budget"), str):
        scaled.append((leaf, "budget"))
    for inner, key in scaled:
        inner[key] = str(Fraction(inner[key]) * factor)


@change(CLAIM)
def the_bound_of_a_certificate(result: Json, rng: Random) -> None:
    renew(rng, (pick(rng, certificates(result)), "bound"))


@change(CLAIM)
def the_objective_of_a_certificate(result: Json, rng: Random) -> None:
    pick(rng, certificates(result))["objective"] = rng.choice([*SETTINGS["objective"], "surplus", "subsidy", "feasibility"])


@change(CLAIM)
def the_outcomes_that_a_certificate_allows(result: Json, rng: Random) -> None:
    leaf = pick(rng, leaves(result))
    leaf["efficient"] = not leaf["efficient"]


@change(CLAIM)
def a_node_of_a_tree(result: Json, rng: Random) -> None:
    node, problem = pick(rng, [node for node in certificates(result) if "profile" in node]), result["problem"]
    agent = rng.randrange(len(problem["agents"]))
    style = rng.randrange(5)
    if style == 0:
        node["outcome"] = rng.choice(problem["environment"]["outcomes"])
    elif style == 1:
        node["profile"][agent] = rng.choice(problem["agents"][agent]["types"])
    elif style == 2:
        node["chosen"], node["excluded"] = node["excluded"], node["chosen"]
    elif style == 3:
        node[rng.choice(["chosen", "excluded"])] = copied(pick(rng, certificates(result)))
    else:
        child = copied(node[rng.choice(["chosen", "excluded"])])
        node.clear()
        node.update(child)


@change(CLAIM)
def a_tree_instead_of_a_leaf(result: Json, rng: Random) -> None:
    """Replace a leaf by a node with twice the leaf below it."""
    leaf, problem = pick(rng, leaves(result)), result["problem"]
    child = copied(leaf)
    profile = [rng.choice(agent["types"]) for agent in problem["agents"]]
    leaf.clear()
    leaf.update(objective=child["objective"], bound=child["bound"], profile=profile, outcome=rng.choice(problem["environment"]["outcomes"]))
    leaf.update(chosen=child, excluded=copied(child))


@change(CLAIM)
def a_probability(result: Json, rng: Random) -> None:
    renew(rng, pick(rng, rationals(pick(rng, mechanisms(result))["allocation"])))


@change(CLAIM)
def a_lottery(result: Json, rng: Random) -> None:
    """Move probability from one outcome to another."""
    row = rng.choice(pick(rng, mechanisms(result))["allocation"])
    if len(row) < 2:
        raise NotApplicableError
    a, b = rng.sample(range(len(row)), 2)
    moved = Fraction(row[a]) * Fraction(rng.choice(["1", "1/2", "1/1000000007"]))
    row[a], row[b] = str(Fraction(row[a]) - moved), str(Fraction(row[b]) + moved)


@change(CLAIM)
def a_payment(result: Json, rng: Random) -> None:
    renew(rng, pick(rng, rationals(pick(rng, mechanisms(result))["payments"])))


@change(CLAIM)
def a_transfer_between_agents(result: Json, rng: Random) -> None:
    """Move money from one agent to another, or from one profile to another."""
    rows, moved = pick(rng, mechanisms(result))["payments"], Fraction(rng.choice(["1", "1/3", "1/1000000007"]))
    one, other = rng.choice(rows), rng.choice(rows)
    a, b = rng.randrange(len(one)), rng.randrange(len(one))
    one[a] = str(Fraction(one[a]) - moved)
    other[b] = str(Fraction(other[b]) + moved)


@change(CLAIM)
def all_payments_of_an_agent(result: Json, rng: Random) -> None:
    rows, added = pick(rng, mechanisms(result))["payments"], Fraction(rng.choice(["1", "-1/3", "1/1000000007"]))
    a = rng.randrange(len(rows[0]))
    for row in rows:
        row[a] = str(Fraction(row[a]) + added)


@change(CLAIM)
def two_profiles_swapped(result: Json, rng: Random) -> None:
    mechanism = pick(rng, mechanisms(result))
    a, b = rng.sample(range(len(mechanism["payments"])), 2) if len(mechanism["payments"]) > 1 else pick(rng, [])
    for table in (mechanism[key] for key in rng.choice([["allocation"], ["payments"], ["allocation", "payments"]])):
        table[a], table[b] = table[b], table[a]


@change(CLAIM)
def mechanisms_or_certificates_exchanged(result: Json, rng: Random) -> None:
    """Exchange or copy the answer's and the surplus's mechanism or certificate."""
    surplus, key = result["proof"].get("surplus") or pick(rng, []), rng.choice(["mechanism", "certificate"])
    one, other = result[key], surplus[key]
    result[key], surplus[key] = rng.choice([(other, one), (one, one), (other, other), (one, "answer"), (other, "answer"), ("answer", other)])


@change(CLAIM)
def a_number(result: Json, rng: Random) -> None:
    """Change the exact part of a number, the float, or both."""
    inner, key = pick(rng, claimed(result))
    style = rng.randrange(4)
    if style == 0 and inner[key]["exact"] is not None:
        renew(rng, (inner[key], "exact"))
    elif style == 1:
        inner[key]["float"] = nextafter(inner[key]["float"], rng.choice([-inf, inf]))
    elif style == 2:
        inner[key] = number(Fraction(another(rng, inner[key]["exact"] or "0")))
    else:
        inner[key]["float"] = rng.choice([inner[key]["float"] + 1, -inner[key]["float"], 1e300, 0.0])


@change(CLAIM)
def a_number_instead_of_another(result: Json, rng: Random) -> None:
    numbers = claimed(result)
    inner, key = pick(rng, numbers)
    given = pick(rng, numbers)
    inner[key] = copied(given[0][given[1]])


@change(CLAIM)
def a_number_out_of_nothing(result: Json, rng: Random) -> None:
    """Claim a number where there was none, true or not."""
    holders = [(result, name) for name in NUMBERS] + [(result["proof"], "bound")]
    inner, key = pick(rng, [(inner, key) for inner, key in holders if inner.get(key) is None])
    given = pick(rng, claimed(result))
    inner[key] = rng.choice([number(Fraction(0)), number(Fraction(1, 3)), copied(given[0][given[1]])])


@change(CLAIM)
def the_gap(result: Json, rng: Random) -> None:
    proof = result["proof"]
    proof["gap"] = rng.choice(["0", "1/7", "-1", None]) if proof["gap"] is None else rng.choice([another(rng, proof["gap"]), None])


@change(CLAIM)
def the_grade(result: Json, rng: Random) -> None:
    result["proof"]["grade"] = rng.choice(GRADES)


@change(CLAIM)
def the_grade_with_bound_and_gap(result: Json, rng: Random) -> None:
    """Claim another grade as it would be claimed."""
    proof, certificate = result["proof"], result["certificate"]
    proof["grade"] = rng.choice(GRADES)
    bound = None if certificate is None else number(Fraction(certificate["bound"]))
    bounds, gaps = [None, bound, result.get("value"), result.get("budget_surplus")], [None, "0", proof["gap"]]
    proof["bound"], proof["gap"] = copied(rng.choice(bounds)), rng.choice(gaps)


@change(CLAIM)
def an_answer(result: Json, rng: Random) -> None:
    key = rng.choice(list(WORDS))
    result[key] = rng.choice(WORDS[key])


@change(CLAIM)
def whether_a_property_holds(result: Json, rng: Random) -> None:
    check = pick(rng, result["checks"])
    check["holds"] = not check["holds"]


@change(CLAIM)
def the_name_of_a_property(result: Json, rng: Random) -> None:
    pick(rng, result["checks"])["property"] = rng.choice(PROPERTIES)


@change(CLAIM)
def a_property_out_of_nothing(result: Json, rng: Random) -> None:
    margin = Fraction(rng.choice(["0", "1/2", "-1"]))
    check = {"property": rng.choice([*PROPERTIES, "fair"]), "holds": margin >= 0, "margin": number(margin), "witness": None}
    result["checks"] = [*result["checks"], check]


@change(CLAIM)
def the_digest(result: Json, rng: Random) -> None:
    text = result["digest"]
    k = rng.randrange(len(text))
    result["digest"] = rng.choice([text[:k] + ("0" if text[k] != "0" else "1") + text[k + 1 :], text.upper(), text[7:], text + " ", ""])


@change(CLAIM)
def the_problem_and_not_its_digest(result: Json, rng: Random) -> None:
    problem = result["problem"]
    if rng.random() < 0.2:
        problem[rng.choice(["name", "source"])] += "!"
    else:
        renew(rng, pick(rng, rationals(problem)))
