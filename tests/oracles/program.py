"""The linear program of a normalised problem, written out from the definitions.

Every ex post variable, every incentive pair, no reduction. A program is a list of rows "expression >= 0", "<= 0" or
"= 0" with rational coefficients, exactly the requirements that `docs/certificates.md` prices. `dense.py` solves it as
floats with SciPy, `exact.py` in rational numbers with z3.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import Any

Profile = tuple[int, ...]
# ("chance", profile, outcome) | ("pay", profile, agent) | ("ratio",) | ("epsilon",) | ("subsidy", profile or None)
Variable = tuple[Any, ...]
Terms = dict[Variable, Fraction]

NONE = (None, "none", "any")


@dataclass(frozen=True)
class Row:
    """One requirement: Σ terms + constant compared with 0. The label says which one it is."""

    label: tuple[Any, ...]
    terms: Terms
    constant: Fraction
    sense: str


@dataclass
class Program:
    """Maximise objective + constant over the rows; chances at every profile add up to one."""

    economy: Economy
    allowed: dict[Profile, list[int]]
    rows: list[Row] = field(default_factory=list)
    objective: Terms = field(default_factory=dict)
    constant: Fraction = Fraction(0)
    deterministic: bool = False


def deep(numbers: Any) -> Any:
    """Return nested lists of rational strings as nested lists of fractions."""
    return [deep(number) for number in numbers] if isinstance(numbers, list) else Fraction(numbers)


def pick(nested: Any, profile: Profile) -> Any:
    """Return the entry of nested lists at a profile."""
    for position in profile:
        nested = nested[position]
    return nested


def replaced(profile: Profile, agent: int, report: int) -> Profile:
    """Return the profile after one agent has changed its report."""
    return (*profile[:agent], report, *profile[agent + 1 :])


class Economy:
    """The environment of a problem in fractions, with agents, types and outcomes as numbers."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.problem = problem
        self.kind = problem["environment"]["kind"]
        self.outcomes = problem["environment"]["outcomes"]
        self.cost = deep(problem["environment"]["cost"])
        self.agents = [agent["name"] for agent in problem["agents"]]
        self.types = [agent["types"] for agent in problem["agents"]]
        self.profiles: list[Profile] = list(product(*[range(len(types)) for types in self.types]))
        self.data = [
            {key: deep(agent[key]) for key in ("values", "utility", "outside", "prior") if agent.get(key) is not None} for agent in problem["agents"]
        ]
        self.joint = deep(problem["prior"]["joint"]) if problem.get("prior") else None
        self.probability = {profile: self._probability(profile) for profile in self.profiles}

    def _probability(self, profile: Profile) -> Fraction:
        if self.joint is not None:
            return Fraction(pick(self.joint, profile))
        chance = Fraction(1)
        for agent, own in enumerate(profile):
            chance *= self.data[agent]["prior"][own]
        return chance

    def conditional(self, agent: int, own: int) -> dict[Profile, Fraction] | None:
        """Return f(others | own type) at every profile with that type; None where a joint prior leaves it undefined."""
        mine = [profile for profile in self.profiles if profile[agent] == own]
        if self.joint is None:
            chances = {}
            for profile in mine:
                chances[profile] = Fraction(1)
                for other, theirs in enumerate(profile):
                    if other != agent:
                        chances[profile] *= self.data[other]["prior"][theirs]
            return chances
        marginal = sum(self.probability[profile] for profile in mine)
        return {profile: self.probability[profile] / marginal for profile in mine} if marginal else None

    def utility(self, agent: int, outcome: int, profile: Profile) -> Fraction:
        """Return u_i(x, θ)."""
        data = self.data[agent]
        if self.kind == "object":
            return data["values"][profile[agent]] if outcome == agent else Fraction(0)
        if self.kind == "public-good":
            return data["values"][profile[agent]] if outcome == 1 else Fraction(0)
        if self.kind == "table":
            return data["utility"][profile[agent]][outcome]
        return pick(data["utility"], profile)[outcome]

    def outside(self, agent: int, profile: Profile) -> Fraction:
        """Return the outside option Ū_i(θ)."""
        outside = self.data[agent]["outside"]
        return pick(outside, profile) if isinstance(outside[0], list) else outside[profile[agent]]

    def surplus(self, outcome: int, profile: Profile) -> Fraction:
        """Return s(x, θ)."""
        return sum((self.utility(i, outcome, profile) for i in range(len(self.agents))), -self.cost[outcome])

    def first_best(self, profile: Profile) -> Fraction:
        """Return FB(θ)."""
        return max(self.surplus(outcome, profile) for outcome in range(len(self.outcomes)))

    def efficient(self, profile: Profile) -> list[int]:
        """Return the outcomes that attain the first best, all of them."""
        best = self.first_best(profile)
        return [outcome for outcome in range(len(self.outcomes)) if self.surplus(outcome, profile) == best]

    def status_quo(self) -> Fraction:
        """Return the expected value of staying out, added up over agents."""
        agents = range(len(self.agents))
        return sum((self.probability[p] * self.outside(i, p) for i in agents for p in self.profiles), Fraction(0))


def add(terms: Terms, variable: Variable, coefficient: Fraction) -> None:
    """Add one coefficient to a linear expression."""
    if coefficient:
        terms[variable] = terms.get(variable, Fraction(0)) + coefficient


def add_payoff(program: Program, terms: Terms, agent: int, report: Profile, truth: Profile, weight: Fraction) -> None:
    """Add weight · (utility at the true types of what the reports bring, less the payment they bring)."""
    for outcome in program.allowed[report]:
        add(terms, ("chance", report, outcome), weight * program.economy.utility(agent, outcome, truth))
    add(terms, ("pay", report, agent), -weight)


def add_budget(program: Program, terms: Terms, profile: Profile, weight: Fraction) -> None:
    """Add weight · (payments less cost at one profile)."""
    for agent in range(len(program.economy.agents)):
        add(terms, ("pay", profile, agent), weight)
    for outcome in program.allowed[profile]:
        add(terms, ("chance", profile, outcome), -weight * program.economy.cost[outcome])


def add_welfare(program: Program, terms: Terms, profile: Profile, weight: Fraction) -> None:
    """Add weight · (expected surplus of the lottery at one profile)."""
    for outcome in program.allowed[profile]:
        add(terms, ("chance", profile, outcome), weight * program.economy.surplus(outcome, profile))


def incentive_rows(program: Program, incentive: str | None, epsilon: Fraction, free_epsilon: bool) -> None:
    """Truth pays, for every agent and ordered pair of types: in expectation, or against every profile of the others."""
    economy = program.economy
    if incentive in NONE:
        return
    for agent, types in enumerate(economy.types):
        for own, lie in product(range(len(types)), repeat=2):
            if own == lie:
                continue
            if incentive == "bic":
                chances = economy.conditional(agent, own)
                cases = [] if chances is None else [(None, chances)]
            else:
                cases = [(p, {p: Fraction(1)}) for p in economy.profiles if p[agent] == own]
            for case, weights in cases:
                terms: Terms = {("epsilon",): Fraction(1)} if free_epsilon else {}
                for truth, weight in weights.items():
                    add_payoff(program, terms, agent, truth, truth, weight)
                    add_payoff(program, terms, agent, replaced(truth, agent, lie), truth, -weight)
                allowed = Fraction(0) if free_epsilon else epsilon
                program.rows.append(Row(("incentive", agent, own, lie, case), terms, allowed, ">="))


def participation_rows(program: Program, participation: str | None) -> None:
    """Nobody prefers the outside option: at every profile, knowing the own type, or knowing nothing."""
    economy = program.economy
    for agent, types in enumerate(economy.types):
        cases: list[tuple[tuple[Any, ...], dict[Profile, Fraction]]] = []
        if participation == "ex-post-ir":
            cases = [(("participation", agent, p[agent], p), {p: Fraction(1)}) for p in economy.profiles]
        elif participation == "interim-ir":
            for own in range(len(types)):
                chances = economy.conditional(agent, own)
                if chances is not None:
                    cases.append((("participation", agent, own, None), chances))
        elif participation == "ex-ante-ir":
            cases = [(("participation", agent, None, None), economy.probability)]
        for label, weights in cases:
            terms: Terms = {}
            constant = Fraction(0)
            for profile, weight in weights.items():
                add_payoff(program, terms, agent, profile, profile, weight)
                constant -= weight * economy.outside(agent, profile)
            program.rows.append(Row(label, terms, constant, ">="))


def budget_rows(program: Program, budget: str | None, subsidised: bool) -> None:
    """The payments cover the cost. An outside subsidy, if any, may come at profiles of positive probability."""
    economy = program.economy
    if budget in NONE:
        return
    expected = budget.startswith("expected")
    cases = [(None, economy.probability)] if expected else [(p, {p: Fraction(1)}) for p in economy.profiles]
    for case, weights in cases:
        terms: Terms = {}
        for profile, weight in weights.items():
            add_budget(program, terms, profile, weight)
        if subsidised and (expected or economy.probability[case]):
            add(terms, ("subsidy", case), Fraction(1))
        program.rows.append(Row(("budget", case), terms, Fraction(0), "=" if budget.endswith("balanced") else ">="))


def limit_rows(program: Program, design: dict[str, Any]) -> None:
    """Floors and caps on payments, and the user's own constraints."""
    economy = program.economy
    for key, sign in (("payment_floor", 1), ("payment_cap", -1)):
        for name, limit in (design.get(key) or {}).items():
            agent = economy.agents.index(name)
            for profile in economy.profiles:
                terms = {("pay", profile, agent): Fraction(sign)}
                program.rows.append(Row((key, agent, profile), terms, -sign * Fraction(limit), ">="))
    for constraint in design.get("constraints") or []:
        terms = {}
        for term in constraint["terms"]:
            when = {economy.agents.index(name): own for name, own in term["when"].items()}
            for profile in economy.profiles:
                if any(economy.types[agent][profile[agent]] != own for agent, own in when.items()):
                    continue
                weight = Fraction(term["coefficient"]) * (economy.probability[profile] if term["expected"] else 1)
                if "payment" in term:
                    add(terms, ("pay", profile, economy.agents.index(term["payment"])), weight)
                elif economy.outcomes.index(term["outcome"]) in program.allowed[profile]:
                    add(terms, ("chance", profile, economy.outcomes.index(term["outcome"])), weight)
        label = ("constraint", constraint["name"])
        program.rows.append(Row(label, terms, -Fraction(constraint["bound"]), constraint["sense"]))


def set_objective(program: Program, objective: str, weights: dict[str, list[str]] | None = None) -> None:
    """Write the objective, to be maximised (`epsilon`: its negative)."""
    economy = program.economy
    for profile in economy.profiles:
        chance = economy.probability[profile]
        if objective in ("welfare", "gains"):
            add_welfare(program, program.objective, profile, chance)
        elif objective in ("revenue", "surplus"):
            add_budget(program, program.objective, profile, chance)
        elif objective in ("payoff", "weighted"):
            for agent, name in enumerate(economy.agents):
                weight = Fraction(weights[name][profile[agent]]) if objective == "weighted" else 1
                add_payoff(program, program.objective, agent, profile, profile, chance * weight)
        elif objective == "subsidy" and ("subsidy", profile) in {v for row in program.rows for v in row.terms}:
            add(program.objective, ("subsidy", profile), -chance)
        elif objective == "worst-case":
            best = economy.first_best(profile)
            if best < 0:
                raise ValueError("worst-case needs a first best that is nowhere negative")
            if best > 0:
                terms: Terms = {("ratio",): -best}
                add_welfare(program, terms, profile, Fraction(1))
                program.rows.append(Row(("worst_case", profile), terms, Fraction(0), ">="))
    if objective == "gains":
        program.constant = -economy.status_quo()
    elif objective == "worst-case":
        program.objective = {("ratio",): Fraction(1)}
    elif objective == "epsilon":
        program.objective = {("epsilon",): Fraction(-1)}
    elif objective == "subsidy" and not program.objective:
        program.objective = {("subsidy", None): Fraction(-1)}


def write_program(problem: dict[str, Any], question: str = "solve", limits: bool = True) -> Program:
    """Return the program of a question: "solve", "feasible" (the same with efficiency), "subsidy" or "surplus"."""
    economy, design = Economy(problem), problem["design"]
    everything = list(range(len(economy.outcomes)))
    efficient = question != "solve" or design["allocation"] == "efficient"
    program = Program(economy, {p: economy.efficient(p) if efficient else everything for p in economy.profiles})
    program.deterministic = design["allocation"] == "deterministic" and question != "surplus"
    free_epsilon = question == "solve" and design["objective"] == "epsilon"
    incentive_rows(program, design["incentive"], Fraction(design["epsilon"]), free_epsilon)
    participation_rows(program, design["participation"])
    if question != "surplus":
        budget_rows(program, design["budget"], subsidised=question == "subsidy")
    if limits:
        limit_rows(program, design)
    set_objective(program, design["objective"] if question == "solve" else question, design.get("weights"))
    return program
