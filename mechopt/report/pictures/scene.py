"""What a picture is drawn from: a problem, its answer if there is one, and what to look at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from mechopt.dynamic.problem import DynamicProblem
from mechopt.errors import PictureError
from mechopt.exact.certificate import Certificate
from mechopt.mechanism.rules import AnyMechanism
from mechopt.problem import Problem
from mechopt.result import Result

__all__ = ["DynamicScene", "Scene"]


@dataclass(frozen=True, eq=False)
class Scene:
    """What a picture is drawn from.

    Attributes
    ----------
    problem : Problem
    result : Result or None
        None for pictures that need no question answered.
    agent, outcome : str or None
        What to look at; None: what the picture chooses.
    """

    problem: Problem
    result: Result | None = None
    agent: str | None = None
    outcome: str | None = None

    @property
    def mechanism(self) -> AnyMechanism:
        """The answer's mechanism.

        Raises
        ------
        PictureError
            If there is none.
        """
        if self.result is None or self.result.mechanism is None:
            raise PictureError("this picture shows a mechanism, and the answer has none")
        return self.result.mechanism

    @cached_property
    def certificate(self) -> Certificate:
        """The answer's certificate, read back if it comes from a file.

        Raises
        ------
        PictureError
            If there is none, or it is a tree of cases.
        """
        found = None if self.result is None else self.result.certificate
        if found is None:
            raise PictureError("this picture shows the prices of a certificate, and the answer has none")
        if not isinstance(found, Certificate):
            raise PictureError("this picture shows the prices of one certificate, and the proof is a tree of cases")
        return found


@dataclass(frozen=True, eq=False)
class DynamicScene:
    """What a picture of types that move is drawn from: the problem."""

    problem: DynamicProblem
