"""Exact reductions: same optimum, smaller program. Which apply, and why."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from mechopt.design.design import Design
from mechopt.environment.environment import Environment
from mechopt.environment.ties import obstacle_to_uniqueness
from mechopt.errors import named
from mechopt.program.features import numeric_types
from mechopt.program.identical import identical_agents

__all__ = ["REDUCTIONS", "Plan", "Reduction", "obstacle_to_differences", "plan"]

_NO_PROGRAM = "no program is needed"
REDUCTIONS = {
    "E1": "interim payments: only expected payments given one's own type matter",
    "E2": "local incentive constraints: neighbouring types imply all pairs",
    "E3": "interim allocation: incentive rows in expected quantities given the report",
    "E4": "identical agents: one representative per group, profiles as multisets of types",
    "E5": "longest paths: the largest surplus of efficient mechanisms without any program",
}


@dataclass(frozen=True)
class Reduction:
    """A reduction, whether it was applied, and the reason."""

    name: str
    applied: bool
    reason: str


@dataclass(frozen=True)
class Plan:
    """The reductions of one program, by name."""

    reductions: tuple[Reduction, ...]

    def applies(self, name: str) -> bool:
        """Return whether the reduction of that name is applied."""
        return any(reduction.applied for reduction in self.reductions if reduction.name == name)

    def without(self, name: str, reason: str) -> Plan:
        """Return the plan without one reduction, and why; a plan that does not apply it stays as it is."""
        if not self.applies(name):
            return self
        return Plan(tuple(Reduction(name, False, reason) if entry.name == name else entry for entry in self.reductions))

    def without_program(self, reason: str) -> Plan:
        """Return the plan with E5 applied after all, and why; reductions of a program are then of no use."""
        found = {"E5": Reduction("E5", True, reason)} | {name: Reduction(name, False, _NO_PROGRAM) for name in ("E3", "E4")}
        return Plan(tuple(found.get(entry.name, entry) for entry in self.reductions))


def plan(environment: Environment, design: Design, allowed: Collection[str] | None = None, *, of_surplus: bool = False) -> Plan:
    """Return which reductions hold for a design in an environment, and why.

    Parameters
    ----------
    environment : Environment
    design : Design
    allowed : collection of str, optional
        Names of reductions that may be used; default: all. An empty collection gives the full program.
    of_surplus : bool
        Whether the question is the largest surplus of efficient mechanisms, which E5 may answer.

    Raises
    ------
    UnknownNameError
        If `allowed` names a reduction that does not exist.
    """
    for name in allowed or ():
        named(REDUCTIONS, name, "reduction")
    obstacles = {
        "E1": _obstacle_to_interim_payments(environment, design),
        "E2": _obstacle_to_local_incentives(environment, design),
    }
    answered = of_surplus and (allowed is None or "E5" in allowed)
    paths = _obstacle_to_longest_paths(environment, design) if answered else None
    if answered and paths is None:
        obstacles |= dict.fromkeys(("E3", "E4"), _NO_PROGRAM)
    else:
        obstacles["E3"] = _obstacle_to_interim_allocation(environment, design)
        obstacles["E4"] = _obstacle_to_representatives(environment, design)
    if answered:
        obstacles["E5"] = paths
    reductions = []
    for name, obstacle in obstacles.items():
        if allowed is not None and name not in allowed:
            reductions.append(Reduction(name, False, "not wanted"))
        else:
            reductions.append(Reduction(name, obstacle is None, obstacle or _REASONS[name]))
    return Plan(tuple(reductions))


_REASONS = {
    "E1": "independent types and interim constraints only: expected payments extend to payments that balance at every profile",
    "E2": "utilities are affine in a number: adding neighbouring constraints gives all others",
    "E3": "independent types: the report alone decides what an agent expects",
    "E4": "agents that nothing tells apart: averaging over their permutations keeps feasibility and value",
    "E5": "efficient outcomes are unique: payments alone are left, and their constraints are differences",
}


def _obstacle_to_interim_payments(environment: Environment, design: Design) -> str | None:
    if not environment.independent:
        return "types are correlated"
    if design.incentive not in ("bic", "none"):
        return f"{design.incentive} holds at every profile"
    if design.participation == "ex-post-ir":
        return "participation holds at every profile"
    if design.limits_payments:
        return "payments are restricted profile by profile"
    if environment.n_agents == 1 and design.budget in ("balanced", "no-deficit"):
        return "a single agent's budget cannot be shared with others"
    return None


def _obstacle_to_local_incentives(environment: Environment, design: Design) -> str | None:
    if design.incentive == "none":
        return "there are no incentive constraints"
    if not environment.private_values:
        return "values are interdependent"
    if design.epsilon > 0 or design.objective == "epsilon":
        return "violations that are allowed between neighbours add up"
    if design.incentive == "bic" and not environment.independent:
        return "types are correlated: what an agent expects depends on her type"
    if environment.kind == "table" and any(numeric_types(environment, i) is None for i in range(environment.n_agents)):
        return "utilities are not affine in a number"
    return None


def _obstacle_to_interim_allocation(environment: Environment, design: Design) -> str | None:
    if design.incentive != "bic":
        return "there are no Bayesian incentive constraints"
    if not environment.independent:
        return "types are correlated"
    if not environment.private_values:
        return "values are interdependent"
    return None


def _obstacle_to_representatives(environment: Environment, design: Design) -> str | None:
    if design.allocation == "deterministic":
        return "averaging over permutations makes lotteries"
    if not identical_agents(environment, design):
        told_apart = design.weights or design.payment_floor or design.payment_cap or design.constraints
        return "the design tells agents apart" if told_apart and identical_agents(environment, Design()) else "no two agents are identical"
    return None


def obstacle_to_differences(environment: Environment, design: Design) -> str | None:
    """Return why payments of a given efficient rule are not constrained by differences alone, or None where they are."""
    interim = _obstacle_to_interim_payments(environment, replace(design, budget="none"))
    if interim is not None:
        return interim
    if not environment.private_values:
        return "values are interdependent"
    return "violations are allowed" if design.epsilon > 0 else None


def _obstacle_to_longest_paths(environment: Environment, design: Design) -> str | None:
    return obstacle_to_differences(environment, design) or obstacle_to_uniqueness(environment)
