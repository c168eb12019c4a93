"""What has no bound: payments that can be added any number of times, as section 4 of ``docs/certificates.md`` has them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from .forms import Problem
from .mechanism import Mechanism
from .reading import FalseClaimError, flat, kept

__all__ = ["Ray"]


class Ray(Mechanism):
    """Payments alone, to be added to those of an admissible mechanism."""

    def __init__(self, problem: Problem, data: Any) -> None:
        self.problem = problem
        self.numbers = {}
        self._fill([Fraction(0)] * (problem.n_profiles * problem.n_outcomes), flat(data, "proof.ray", problem.n_profiles, problem.n_agents))

    def rises(self) -> str:
        """Raise unless every requirement survives them, however often they are added, and the objective rises each time."""
        problem = self.problem
        for name in (problem.incentive, problem.participation, problem.budget, "floor", "cap", "constraints"):
            for place in problem.places(name) if name != "none" else ():
                if not kept(self._scaled((0, problem.form(name, place)[1])), problem.sense(name, place)):
                    raise FalseClaimError(f"proof.ray: added often enough, it breaks {name}")
        if self._scaled((0, problem.objective_form(problem.objective)[1])) <= 0:
            raise FalseClaimError(f"proof.ray: adding it does not raise the objective {problem.objective!r}")
        return f"proof.ray: added any number of times, it keeps the mechanism admissible and raises {problem.objective!r}, which has no bound"
