"""What problem and mechanism of a result mean: sections 1 and 2 of `docs/certificates.md`, by plain enumeration.

Part of the independent checker (`checker.verify`). Whatever is not as specified raises AssertionError.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

from flint import fmpq

Profile = tuple[str, ...]
NOTHING = (None, "none", "any")
OBJECTIVES = ("welfare", "revenue", "gains", "payoff", "weighted", "worst-case", "epsilon")
SETTINGS = {
    "incentive": ("bic", "dsic", "epic"),
    "participation": ("interim-ir", "ex-post-ir", "ex-ante-ir"),
    "budget": ("balanced", "no-deficit", "expected-balanced", "expected-no-deficit"),
    "allocation": ("efficient", "deterministic"),
}


def claim(holds: bool, message: str) -> None:
    """Raise AssertionError with the message unless the claim holds."""
    if not holds:
        raise AssertionError(message)


def rational(text: Any) -> fmpq:
    """Return the fraction that a rational string "p" or "p/q" in lowest terms stands for."""
    claim(isinstance(text, str), f"{text!r} is not a rational string")
    claim(re.fullmatch(r"-?(0|[1-9][0-9]*)(/[1-9][0-9]*)?", text) is not None, f"{text!r} is not a rational string")
    numerator, _, denominator = text.partition("/")
    claim(math.gcd(int(numerator), int(denominator or 1)) == 1, f"{text!r} is not in lowest terms")
    return fmpq(int(numerator), int(denominator or 1))


def rationals(nested: Any) -> Any:
    """Return nested lists of rational strings as nested lists of fractions."""
    return [rationals(entry) for entry in nested] if isinstance(nested, list) else rational(nested)


def shape(nested: Any, lengths: list[int], name: str) -> None:
    """Claim that nested lists have these lengths at every level."""
    if lengths:
        claim(isinstance(nested, list) and len(nested) == lengths[0], f"{name} has a wrong length")
        for entry in nested:
            shape(entry, lengths[1:], name)
    else:
        claim(not isinstance(nested, list), f"{name} is nested too deeply")


def distinct(names: Any, what: str) -> None:
    """Claim that a list holds different strings."""
    claim(isinstance(names, list) and all(isinstance(name, str) for name in names), f"{what} are not a list of names")
    claim(len(set(names)) == len(names) > 0, f"{what} are not unique")


def entry(nested: Any, positions: Iterable[int]) -> Any:
    """Return one entry of nested lists."""
    for position in positions:
        nested = nested[position]
    return nested


class Economy:
    """The environment of a problem, tabulated at every profile."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.kind = problem["environment"]["kind"]
        claim(self.kind in ("object", "public-good", "table", "interdependent"), f"there is no kind {self.kind!r}")
        self.outcomes = problem["environment"]["outcomes"]
        self.cost = rationals(problem["environment"]["cost"])
        self.agents = [agent["name"] for agent in problem["agents"]]
        self.types = {agent["name"]: agent["types"] for agent in problem["agents"]}
        self.sizes = [len(agent["types"]) for agent in problem["agents"]]
        self.said = {agent["name"]: {key: entry for key, entry in agent.items() if key != "name"} for agent in problem["agents"]}
        self._claim_names()
        self.profiles: list[Profile] = list(product(*[self.types[name] for name in self.agents]))
        self._read_prior(problem)
        self.utility: dict[str, dict[Profile, list[fmpq]]] = {}
        self.outside: dict[str, dict[Profile, fmpq]] = {}
        for position, agent in enumerate(problem["agents"]):
            self._read_agent(position, agent)
        self.surplus = {
            profile: [sum((self.utility[name][profile][x] for name in self.agents), fmpq(0)) - self.cost[x] for x in range(len(self.outcomes))]
            for profile in self.profiles
        }
        self.first_best = {profile: max(self.surplus[profile]) for profile in self.profiles}

    def spokesmen(self, alike: Any) -> dict[str, str]:
        """Return who stands for each agent: the first of those who are alike, or she herself."""
        claim(isinstance(alike, list), "`alike` is not a list")
        first = {name: name for name in self.agents}
        named = [name for group in alike for name in group]
        claim(len(named) == len(set(named)) and set(named) <= set(self.agents), "`alike` names somebody twice, or nobody of the problem")
        for group in alike:
            places = [self.agents.index(name) for name in group]
            claim(isinstance(group, list) and len(group) > 1 and places == sorted(places), "a group is not in the order of the problem")
            claim(self.kind in ("object", "public-good") and not self.joint, "agents are alike, but not about one object or a public good")
            for name in group:
                claim(self.said[name] == self.said[group[0]], f"{name} is not like {group[0]}")
                same_cost = self.cost[self.agents.index(name)] == self.cost[places[0]] if self.kind == "object" else True
                claim(same_cost, f"{name} costs more, or less, than {group[0]}")
                first[name] = group[0]
        return first

    def _claim_names(self) -> None:
        distinct(self.agents, "agents")
        distinct(self.outcomes, "outcomes")
        for name in self.agents:
            distinct(self.types[name], f"types of {name}")
        shape(self.cost, [len(self.outcomes)], "cost")
        if self.kind == "object":
            claim(self.outcomes == [*self.agents, "nobody"], "the outcomes are not who holds the object")
        if self.kind == "public-good":
            claim(self.outcomes == ["no", "yes"], "the outcomes are not no and yes")

    def _read_prior(self, problem: dict[str, Any]) -> None:
        self.joint = problem.get("prior") is not None
        self.own: dict[str, dict[str, fmpq]] = {}
        if self.joint:
            table = rationals(problem["prior"]["joint"])
            shape(table, self.sizes, "the joint prior")
            claim(all(agent.get("prior") is None for agent in problem["agents"]), "an agent has a prior of its own")
            self.f = {profile: entry(table, self.positions(profile)) for profile in self.profiles}
        else:
            for agent in problem["agents"]:
                chances = rationals(agent["prior"])
                shape(chances, [len(agent["types"])], "a prior")
                claim(min(chances) >= 0 and sum(chances) == 1, f"the prior of {agent['name']} is not a probability")
                self.own[agent["name"]] = dict(zip(agent["types"], chances, strict=True))
            self.f = {profile: self.chance_of(profile, self.agents) for profile in self.profiles}
        claim(min(self.f.values()) >= 0 and sum(self.f.values()) == 1, "the prior is not a probability")

    def _read_agent(self, position: int, agent: dict[str, Any]) -> None:
        name, outcomes = agent["name"], len(self.outcomes)
        key = {"object": "values", "public-good": "values"}.get(self.kind, "utility")
        data, outside = rationals(agent[key]), rationals(agent["outside"])
        own = len(agent["types"])
        lengths = {"table": [own, outcomes], "interdependent": [*self.sizes, outcomes]}.get(self.kind, [own])
        shape(data, lengths, f"{key} of {name}")
        nested = self.kind == "interdependent" and isinstance(outside[0], list)
        shape(outside, self.sizes if nested else [own], f"outside of {name}")
        self.utility[name], self.outside[name] = {}, {}
        for profile in self.profiles:
            places = self.positions(profile)
            mine = places[position]
            self.outside[name][profile] = entry(outside, places) if nested else outside[mine]
            if self.kind == "table":
                row = data[mine]
            elif self.kind == "interdependent":
                row = entry(data, places)
            else:
                liked = position if self.kind == "object" else 1
                row = [data[mine] if x == liked else fmpq(0) for x in range(outcomes)]
            self.utility[name][profile] = row

    def positions(self, profile: Profile) -> list[int]:
        """Return the numbers of the types of a profile."""
        return [self.types[name].index(own) for name, own in zip(self.agents, profile, strict=True)]

    def chance_of(self, profile: Profile, agents: Iterable[str]) -> fmpq:
        """Return the product of some agents' priors."""
        chance = fmpq(1)
        for name in agents:
            chance *= self.own[name][profile[self.agents.index(name)]]
        return chance

    def with_type(self, name: str, own: str) -> list[Profile]:
        """Return the profiles at which an agent has a type."""
        return [profile for profile in self.profiles if profile[self.agents.index(name)] == own]

    def change(self, profile: Profile, name: str, report: str) -> Profile:
        """Return a profile after one agent's lie."""
        return tuple(report if other == name else own for other, own in zip(self.agents, profile, strict=True))

    def beliefs(self, name: str, own: str) -> dict[Profile, fmpq]:
        """Return f(others given own) at each profile with that type; empty where it is not defined."""
        profiles = self.with_type(name, own)
        if not self.joint:
            others = [other for other in self.agents if other != name]
            return {profile: self.chance_of(profile, others) for profile in profiles}
        marginal = sum(self.f[profile] for profile in profiles)
        return {profile: self.f[profile] / marginal for profile in profiles} if marginal else {}

    def lies(self) -> Iterator[tuple[str, str, str]]:
        """Return agent, true type and every other type."""
        for name in self.agents:
            for own, lie in product(self.types[name], repeat=2):
                if own != lie:
                    yield name, own, lie

    def efficient(self, profile: Profile) -> set[int]:
        """Return the outcomes that attain the first best."""
        return {x for x, s in enumerate(self.surplus[profile]) if s == self.first_best[profile]}

    def status_quo(self) -> fmpq:
        """Return the expected value of staying out, added up over agents."""
        return self.mean(lambda profile: sum((self.outside[name][profile] for name in self.agents), fmpq(0)))

    def mean(self, amount: Any) -> fmpq:
        """Return the expectation of a function of the profile."""
        return sum((self.f[profile] * amount(profile) for profile in self.profiles), fmpq(0))


class Design:
    """The design of a problem, after the claim that it is one."""

    def __init__(self, economy: Economy, data: dict[str, Any]) -> None:
        self.objective = data["objective"]
        claim(self.objective in OBJECTIVES, f"there is no objective {self.objective!r}")
        self.asks: dict[str, str | None] = {}
        for setting, names in SETTINGS.items():
            asked = data[setting]
            claim(asked in names or asked in NOTHING, f"there is no {setting} {asked!r}")
            self.asks[setting] = None if asked in NOTHING else asked
        private = economy.kind != "interdependent"
        claim(private or self.asks["incentive"] != "dsic", "dsic is asked for with interdependent values")
        self.epsilon = rational(data["epsilon"])
        claim(self.epsilon >= 0, "epsilon is negative")
        claim(self.objective != "epsilon" or self.epsilon == 0, "epsilon is both given and minimised")
        self.weights = self._weights(economy, data["weights"])
        self.floor = {name: rational(limit) for name, limit in (data["payment_floor"] or {}).items()}
        self.cap = {name: rational(limit) for name, limit in (data["payment_cap"] or {}).items()}
        claim({*self.floor, *self.cap} <= set(economy.agents), "a floor or cap names no agent")
        self.constraints = {item["name"]: self._constraint(economy, item) for item in data["constraints"] or []}
        claim(len(self.constraints) == len(data["constraints"] or []), "two constraints have one name")

    def _weights(self, economy: Economy, data: Any) -> dict[str, dict[str, fmpq]]:
        if self.objective != "weighted":
            return {}
        claim(isinstance(data, dict) and set(data) == set(economy.agents), "the weights do not name every agent")
        for name, weights in data.items():
            shape(weights, [len(economy.types[name])], f"weights of {name}")
        return {name: dict(zip(economy.types[name], rationals(weights), strict=True)) for name, weights in data.items()}

    def _constraint(self, economy: Economy, item: dict[str, Any]) -> tuple[str, fmpq, list[Any]]:
        """Return sense, bound and list of (weight, profile, "outcome" or "payment", whose)."""
        claim(item["sense"] in ("<=", ">=", "="), f"there is no sense {item['sense']!r}")
        parts = []
        for term in item["terms"]:
            claim(("outcome" in term) != ("payment" in term), "a term is neither an outcome nor a payment")
            what = "outcome" if "outcome" in term else "payment"
            claim(term[what] in (economy.outcomes if what == "outcome" else economy.agents), "a term names nothing")
            claim(type(term["expected"]) is bool, "a term is neither expected nor not")
            for name, own in term["when"].items():
                claim(name in economy.agents and own in economy.types[name], "a condition names nothing")
            for profile in economy.profiles:
                if all(profile[economy.agents.index(name)] == own for name, own in term["when"].items()):
                    weight = rational(term["coefficient"]) * (economy.f[profile] if term["expected"] else 1)
                    parts.append((weight, profile, what, term[what]))
        return item["sense"], rational(item["bound"]), parts


class Mechanism:
    """Probabilities and payments at every profile."""

    def __init__(self, economy: Economy, data: dict[str, Any]) -> None:
        self.economy = economy
        claim(data["form"] == "table", "the mechanism is not a table")
        shape(data["allocation"], [len(economy.profiles), len(economy.outcomes)], "the allocation")
        shape(data["payments"], [len(economy.profiles), len(economy.agents)], "the payments")
        self.chances = dict(zip(economy.profiles, rationals(data["allocation"]), strict=True))
        paid = rationals(data["payments"])
        self.payments = {profile: dict(zip(economy.agents, row, strict=True)) for profile, row in zip(economy.profiles, paid, strict=True)}
        for profile, chances in self.chances.items():
            claim(min(chances) >= 0, f"a probability at {profile} is negative")
            claim(sum(chances) == 1, f"the probabilities at {profile} do not add up to one")

    def utility(self, name: str, reports: Profile, truth: Profile) -> fmpq:
        """Return the utility that an agent expects from the outcome of some reports."""
        return sum((c * u for c, u in zip(self.chances[reports], self.economy.utility[name][truth], strict=True)), fmpq(0))

    def payoff(self, name: str, reports: Profile, truth: Profile) -> fmpq:
        """Return utility less payment."""
        return self.utility(name, reports, truth) - self.payments[reports][name]

    def gain(self, name: str, profile: Profile) -> fmpq:
        """Return how much an agent prefers taking part."""
        return self.payoff(name, profile, profile) - self.economy.outside[name][profile]

    def budget(self, profile: Profile) -> fmpq:
        """Return payments less expected cost."""
        cost = sum((c * k for c, k in zip(self.chances[profile], self.economy.cost, strict=True)), fmpq(0))
        return sum(self.payments[profile].values(), -cost)

    def surplus(self, profile: Profile) -> fmpq:
        """Return the expected surplus of the outcome."""
        return sum((c * s for c, s in zip(self.chances[profile], self.economy.surplus[profile], strict=True)), fmpq(0))

    def welfare(self) -> fmpq:
        """Return the expected surplus over profiles."""
        return self.economy.mean(self.surplus)

    def revenue(self) -> fmpq:
        """Return the expected budget surplus."""
        return self.economy.mean(self.budget)

    def truth_less_lie(self, name: str, truth: Profile, lie: str) -> fmpq:
        """Return what an agent loses by a lie at a profile."""
        return self.payoff(name, truth, truth) - self.payoff(name, self.economy.change(truth, name, lie), truth)

    def slacks(self, prop: str) -> list[fmpq]:
        """Return the numbers whose least is the margin of a property."""
        economy = self.economy
        profiles, agents = economy.profiles, economy.agents
        if prop == "bic":
            cases = [(name, lie, economy.beliefs(name, own)) for name, own, lie in economy.lies()]
            return [
                sum((p * self.truth_less_lie(name, truth, lie) for truth, p in beliefs.items()), fmpq(0)) for name, lie, beliefs in cases if beliefs
            ]
        if prop in ("dsic", "epic"):
            claim(prop == "epic" or economy.kind != "interdependent", "dsic is for private values")
            return [self.truth_less_lie(name, truth, lie) for name, own, lie in economy.lies() for truth in economy.with_type(name, own)]
        if prop == "interim-ir":
            known = [(name, economy.beliefs(name, own)) for name in agents for own in economy.types[name]]
            return [sum((p * self.gain(name, profile) for profile, p in beliefs.items()), fmpq(0)) for name, beliefs in known if beliefs]
        if prop == "ex-post-ir":
            return [self.gain(name, profile) for name in agents for profile in profiles]
        if prop == "ex-ante-ir":
            return [sum((economy.f[p] * self.gain(name, p) for p in profiles), fmpq(0)) for name in agents]
        if prop == "balanced":
            return [-abs(self.budget(profile)) for profile in profiles]
        if prop == "no-deficit":
            return [self.budget(profile) for profile in profiles]
        if prop == "expected-balanced":
            return [-abs(self.revenue())]
        if prop == "expected-no-deficit":
            return [self.revenue()]
        if prop == "efficient":
            return [self.surplus(profile) - economy.first_best[profile] for profile in profiles]
        claim(prop == "deterministic", f"there is no property {prop!r}")
        return [-min(chance, 1 - chance) for profile in profiles for chance in self.chances[profile]]

    def margin(self, prop: str) -> fmpq:
        """Return the margin of a property."""
        return min(self.slacks(prop), default=fmpq(0))

    def value(self, design: Design) -> fmpq:
        """Return the design's objective."""
        economy = self.economy
        if design.objective == "welfare":
            return self.welfare()
        if design.objective == "revenue":
            return self.revenue()
        if design.objective == "gains":
            return self.welfare() - economy.status_quo()
        if design.objective == "worst-case":
            return min(self.surplus(p) / best for p, best in economy.first_best.items() if best > 0)
        if design.objective == "epsilon":
            incentive = design.asks["incentive"]
            return max(fmpq(0), -self.margin(incentive)) if incentive else fmpq(0)
        total = fmpq(0)
        for profile in economy.profiles:
            for name, own in zip(economy.agents, profile, strict=True):
                weight = design.weights[name][own] if design.objective == "weighted" else 1
                total += economy.f[profile] * weight * self.payoff(name, profile, profile)
        return total

    def left_side(self, parts: list[Any]) -> fmpq:
        """Return the left side of a constraint."""
        left = fmpq(0)
        for weight, profile, what, whose in parts:
            if what == "outcome":
                left += weight * self.chances[profile][self.economy.outcomes.index(whose)]
            else:
                left += weight * self.payments[profile][whose]
        return left

    def claim_limits(self, design: Design) -> None:
        """Claim that payments respect floors and caps, and that every constraint holds."""
        for profile, payments in self.payments.items():
            for name, paid in payments.items():
                claim(name not in design.floor or paid >= design.floor[name], f"{name} pays too little at {profile}")
                claim(name not in design.cap or paid <= design.cap[name], f"{name} pays too much at {profile}")
        for label, (sense, bound, parts) in design.constraints.items():
            left = self.left_side(parts)
            holds = {"<=": left <= bound, ">=": left >= bound, "=": left == bound}[sense]
            claim(holds, f"constraint {label} does not hold: {left} {sense} {bound}")

    def claim_property(self, prop: str | None, least: fmpq | int = 0) -> None:
        """Claim a property, or nothing when there is none to claim."""
        if prop is not None:
            margin = self.margin(prop)
            claim(margin >= least, f"the mechanism is not {prop}: its margin is {margin}")
