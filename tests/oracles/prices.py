"""What the prices of a certificate prove: section 3 of `docs/certificates.md`, by plain enumeration.

Part of the independent checker (`checker.verify`). Whatever is not as specified raises AssertionError.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flint import fmpq

from .meaning import Design, Economy, Profile, claim, rational

PRICES = ("incentive", "participation", "budget", "floor", "cap", "constraints", "worst_case")
INNER = {"profile", "outcome", "chosen", "excluded", "objective", "bound"}
PROOFS = ("surplus", "subsidy", "feasibility")
Weights = dict[Profile, fmpq]
Possible = dict[Profile, set[int]]


@dataclass(frozen=True)
class Proof:
    """What a valid certificate proves, and what its bound rests on."""

    objective: str
    bound: fmpq
    limits: bool  # a floor, a cap or a constraint carries a price
    deterministic: bool  # it is a tree

    @property
    def empty(self) -> bool:
        """Tell whether there is no mechanism below this node of a tree."""
        return self.objective == "feasibility" and self.bound < 0


class Lagrangian:
    """L = Σ W(x, θ) φ(x given θ) + Σ τ_i(θ) t_i(θ) + K, gathered term by term."""

    def __init__(self, economy: Economy) -> None:
        self.economy = economy
        self.weight = {profile: [fmpq(0)] * len(economy.outcomes) for profile in economy.profiles}
        self.money = {profile: dict.fromkeys(economy.agents, fmpq(0)) for profile in economy.profiles}
        self.constant = fmpq(0)

    def add_chances(self, profile: Profile, worth: list[fmpq], price: fmpq) -> None:
        """Add price · Σ_x worth(x) φ(x given profile)."""
        for x, amount in enumerate(worth):
            self.weight[profile][x] += price * amount

    def add_payoff(self, name: str, reports: Profile, truth: Profile, price: fmpq) -> None:
        """Add price · (payoff of an agent with a true type from what the reports bring)."""
        self.add_chances(reports, self.economy.utility[name][truth], price)
        self.money[reports][name] -= price

    def add_truth(self, name: str, truth: Profile, lie: str, price: fmpq) -> None:
        """Add price · (payoff of truth less payoff of a lie)."""
        self.add_payoff(name, truth, truth, price)
        self.add_payoff(name, self.economy.change(truth, name, lie), truth, -price)

    def add_gain(self, name: str, profile: Profile, price: fmpq) -> None:
        """Add price · (payoff less outside option)."""
        self.add_payoff(name, profile, profile, price)
        self.constant -= price * self.economy.outside[name][profile]

    def add_budget(self, profile: Profile, price: fmpq) -> None:
        """Add price · (payments less cost)."""
        for name in self.economy.agents:
            self.money[profile][name] += price
        self.add_chances(profile, self.economy.cost, -price)

    def claim_cancellation(self) -> None:
        """Claim that money cancels."""
        for profile, money in self.money.items():
            for name, amount in money.items():
                claim(amount == 0, f"money does not cancel: {amount} on the payment of {name} at {profile}")

    def maximum(self, possible: Possible) -> fmpq:
        """Return the maximum over what is possible."""
        total = self.constant
        for profile, outcomes in possible.items():
            claim(bool(outcomes), f"no outcome is possible at {profile}")
            total += max(self.weight[profile][x] for x in outcomes)
        return total


class Leaf:
    """The reading of a certificate that is not a tree."""

    def __init__(self, economy: Economy, design: Design, certify: bool, data: dict[str, Any]) -> None:
        self.economy, self.design, self.certify, self.data = economy, design, certify, data
        self.objective = data["objective"]
        claim(self.objective in (*PROOFS, design.objective), f"the certificate's objective is {self.objective!r}")
        claim(set(data) <= {"objective", "efficient", "bound", "alike", *PRICES}, "the certificate has an unknown key")
        self.first = economy.spokesmen(data.get("alike", []))
        if len(set(self.first.values())) < len(self.first):
            self.claim_prices_by_type()
        claim(type(data["efficient"]) is bool, "`efficient` is not a boolean")
        if data["efficient"]:
            asked = design.asks["allocation"] == "efficient"
            claim(asked or (certify and self.objective in PROOFS), "nothing restricts the outcomes to efficient ones")
        self.sum = Lagrangian(economy)
        self.limits = False

    def prove(self, possible: Possible) -> Proof:
        """Return what the certificate proves about mechanisms with these possible outcomes."""
        self.add_objective()
        self.add_incentives()
        self.add_participation()
        self.add_budget()
        self.add_limits("floor", self.design.floor, 1)
        self.add_limits("cap", self.design.cap, -1)
        self.add_constraints()
        self.add_worst_case()
        self.sum.claim_cancellation()
        if self.data["efficient"]:
            possible = {profile: outcomes & self.economy.efficient(profile) for profile, outcomes in possible.items()}
        bound = self.sum.maximum(possible)
        claim(rational(self.data["bound"]) == bound, f"the prices prove {bound}, not {self.data['bound']}")
        return Proof(self.objective, bound, self.limits, False)

    def prices(self, key: str) -> Any:
        """Return the prices under a key."""
        prices = self.data.get(key)
        claim(prices is None or isinstance(prices, dict), f"{key} is not a table of prices")
        return prices or {}

    def claim_prices_by_type(self) -> None:
        """Claim that nothing is priced by profile, and that the objective counts those who are alike alike."""
        by_profile = [key for key in PRICES[3:] if self.data.get(key)]
        asked = {self.design.asks["incentive"], self.design.asks["participation"]}
        claim(not by_profile and not isinstance(self.data.get("budget") or "0", dict), "agents are alike, but profiles have prices")
        claim(asked <= {None, "bic", "interim-ir", "ex-ante-ir"}, "agents are alike, but profiles have prices")
        if self.objective == "weighted":
            claim(all(self.design.weights[name] == self.design.weights[one] for name, one in self.first.items()), "the weights differ")

    def of_everybody(self, key: str) -> Any:
        """Return the prices under a key by agent: of those who are alike the first one's."""
        prices = self.prices(key)
        claim(set(prices) <= set(self.first.values()), f"{key} has prices of an agent for whom another one stands")
        return {name: prices[one] for name, one in self.first.items() if one in prices}

    def spread(self, price: Any, agents: list[str], fixed: dict[str, str]) -> Iterator[tuple[Profile, fmpq]]:
        """Return the profiles and prices of one nested PRICE, level by level through the agents that are not fixed."""
        left = [name for name in agents if name not in fixed]
        if not left:
            yield tuple(fixed[name] for name in agents), rational(price)
            return
        claim(isinstance(price, dict), "a price is not given profile by profile")
        for own, deeper in price.items():
            claim(own in self.economy.types[left[0]], f"{left[0]} has no type {own!r}")
            yield from self.spread(deeper, agents, {**fixed, left[0]: own})

    def typed(self, prices: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
        """Return agent, type and entry of prices that are kept so."""
        for name, entries in prices.items():
            claim(name in self.economy.agents, f"there is no agent {name!r}")
            for own, price in entries.items():
                claim(own in self.economy.types[name], f"{name} has no type {own!r}")
                yield name, own, price

    def add_objective(self) -> None:
        """Add the objective."""
        economy, kind = self.economy, self.objective
        for profile, chance in economy.f.items():
            if kind in ("welfare", "gains"):
                self.sum.add_chances(profile, economy.surplus[profile], chance)
            elif kind in ("revenue", "surplus"):
                self.sum.add_budget(profile, chance)
            elif kind in ("payoff", "weighted"):
                for name, own in zip(economy.agents, profile, strict=True):
                    weight = self.design.weights[name][own] if kind == "weighted" else 1
                    self.sum.add_payoff(name, profile, profile, chance * weight)
        if kind == "gains":
            self.sum.constant -= economy.status_quo()

    def add_incentives(self) -> None:
        """Add the prices of truth."""
        total, asked = fmpq(0), self.design.asks["incentive"]
        for name, own, entries in self.typed(self.of_everybody("incentive")):
            claim(asked is not None, "the design asks for no incentive property")
            for lie, price in entries.items():
                claim(lie in self.economy.types[name] and lie != own, f"{name} has no lie {own!r} -> {lie!r}")
                for weights, amount in self.cases(name, own, price, asked == "bic"):
                    claim(amount >= 0, "an incentive price is negative")
                    total += amount
                    for truth, weight in weights.items():
                        self.sum.add_truth(name, truth, lie, weight * amount)
        if self.objective == "epsilon":
            claim(total <= 1, f"the incentive prices add up to {total}, more than 1")
            return
        free = self.design.objective == "epsilon" and not self.certify
        claim(not free or total == 0, "incentives carry a price although their violation is free")
        self.sum.constant += total * self.design.epsilon

    def cases(self, name: str, own: str, price: Any, interim: bool) -> Iterator[tuple[Weights, fmpq]]:
        """Return the weights on profiles and the price of each requirement of one type."""
        if interim:
            beliefs = self.economy.beliefs(name, own)
            claim(bool(beliefs), f"type {own!r} of {name} has no interim constraint")
            yield beliefs, rational(price)
        else:
            for profile, amount in self.spread(price, self.economy.agents, {name: own}):
                yield {profile: fmpq(1)}, amount

    def add_participation(self) -> None:
        """Add the prices of taking part."""
        prices, asked = self.of_everybody("participation"), self.design.asks["participation"]
        claim(not prices or asked is not None, "the design asks for no participation")
        if asked == "ex-ante-ir":
            for name, price in prices.items():
                claim(name in self.economy.agents, f"there is no agent {name!r}")
                claim(rational(price) >= 0, "a participation price is negative")
                for profile, chance in self.economy.f.items():
                    self.sum.add_gain(name, profile, chance * rational(price))
            return
        for name, own, price in self.typed(prices):
            for weights, amount in self.cases(name, own, price, asked == "interim-ir"):
                claim(amount >= 0, "a participation price is negative")
                for profile, weight in weights.items():
                    self.sum.add_gain(name, profile, weight * amount)

    def add_budget(self) -> None:
        """Add the price of the budget, single or profile by profile."""
        price, asked = self.data.get("budget"), self.design.asks["budget"]
        if price in (None, {}):
            return
        claim(asked is not None, "the design asks for no budget")
        if isinstance(price, dict):
            claim(not asked.startswith("expected"), "a budget in expectation has a single price")
            prices = dict(self.spread(price, self.economy.agents, {}))
        else:
            prices = {profile: rational(price) * chance for profile, chance in self.economy.f.items()}
            claim(rational(price) >= 0 or asked.endswith("balanced"), "a budget price is negative")
        for profile, amount in prices.items():
            claim(amount >= 0 or asked.endswith("balanced"), "a budget price is negative")
            claim(amount == 0 or self.objective != "surplus", "a surplus certificate has a price on the budget")
            chance = self.economy.f[profile]
            within = self.objective != "subsidy" or chance == 0 or amount <= chance
            claim(within, "a budget price exceeds the probability")
            self.sum.add_budget(profile, amount)

    def add_limits(self, key: str, limits: dict[str, fmpq], sign: int) -> None:
        """Add the prices of floors (sign 1) or caps (sign -1)."""
        for name, own, price in self.typed(self.prices(key)):
            claim(name in limits, f"the payment of {name} has no {key}")
            for profile, amount in self.spread(price, self.economy.agents, {name: own}):
                claim(amount >= 0, f"the price of a {key} is negative")
                self.limits = self.limits or amount != 0
                self.sum.money[profile][name] += sign * amount
                self.sum.constant -= sign * amount * limits[name]

    def add_constraints(self) -> None:
        """Add the prices of the user's constraints."""
        for label, price in self.prices("constraints").items():
            claim(label in self.design.constraints, f"there is no constraint {label!r}")
            sense, bound, parts = self.design.constraints[label]
            amount = rational(price)
            right = {">=": amount >= 0, "<=": amount <= 0, "=": True}[sense]
            claim(right, f"the price of constraint {label!r} has the wrong sign")
            self.limits = self.limits or amount != 0
            self.sum.constant -= amount * bound
            for weight, profile, what, whose in parts:
                if what == "outcome":
                    self.sum.weight[profile][self.economy.outcomes.index(whose)] += amount * weight
                else:
                    self.sum.money[profile][whose] += amount * weight

    def add_worst_case(self) -> None:
        """Add the prices κ of the worst case; the ratio itself must cancel."""
        ratio = fmpq(0)
        prices = self.prices("worst_case")
        claim(not prices or self.design.objective == "worst-case", "the design asks for no worst case")
        for profile, amount in self.spread(prices, self.economy.agents, {}):
            best = self.economy.first_best[profile]
            claim(best > 0, f"there is no worst-case requirement at {profile}")
            claim(amount >= 0, "a worst-case price is negative")
            claim(amount == 0 or self.objective == "worst-case", "a worst-case price outside a worst-case certificate")
            ratio += amount * best
            self.sum.add_chances(profile, self.economy.surplus[profile], amount)
        claim(self.objective != "worst-case" or ratio == 1, f"the worst-case prices weigh {ratio}, not 1")


def prove(economy: Economy, design: Design, certify: bool, data: dict[str, Any]) -> Proof:
    """Return what a certificate, possibly a tree, proves."""
    possible = {profile: set(range(len(economy.outcomes))) for profile in economy.profiles}
    return _prove(economy, design, certify, data, possible)


def _prove(economy: Economy, design: Design, certify: bool, data: dict[str, Any], possible: Possible) -> Proof:
    if "chosen" not in data and "excluded" not in data:
        return Leaf(economy, design, certify, data).prove(possible)
    claim(design.asks["allocation"] == "deterministic", "a tree proves nothing about lotteries")
    claim(set(data) == INNER, "an inner node has other keys than it should")
    claim(not any(data[key].get("alike") for key in ("chosen", "excluded")), "agents are alike, but profiles have cases")
    profile = tuple(data["profile"])
    claim(isinstance(data["profile"], list) and profile in possible, f"{data['profile']!r} is no profile")
    claim(data["outcome"] in economy.outcomes, f"{data['outcome']!r} is no outcome")
    outcome = economy.outcomes.index(data["outcome"])
    below = {"chosen": possible[profile] & {outcome}, "excluded": possible[profile] - {outcome}}
    children = [_prove(economy, design, certify, data[key], {**possible, profile: left}) for key, left in below.items()]
    full = [child for child in children if not child.empty]
    for child in full:
        claim(child.objective == data["objective"], "a node and its child have different objectives")
    claim(bool(full) or data["objective"] == "feasibility", "a node with empty children is no feasibility node")
    bound = max(child.bound for child in full or children)
    claim(rational(data["bound"]) == bound, f"the children prove {bound}, not {data['bound']}")
    return Proof(data["objective"], bound, any(child.limits for child in children), True)
