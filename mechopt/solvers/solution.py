"""What a backend returns, and what can be asked of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mechopt.errors import MechoptError
from mechopt.program.linear import Basis

__all__ = ["NOTHING", "Options", "Solution", "Status", "auxiliary"]

NOTHING = 1e-9
"""What gives way by less may not give way at all: solvers cannot tell."""

Status = Literal["optimal", "infeasible", "unbounded", "infeasible-or-unbounded", "time-limit", "failed"]


@dataclass(frozen=True)
class Options:
    """How a program is solved.

    Attributes
    ----------
    algorithm : str
        ``"auto"``, ``"simplex"`` or ``"interior-point"``.
    time_limit : float or None
        In seconds.
    gap : float
        What searches that improve a bounded answer stop at, relative to the size of values.
    solver : str or None
        For the CVXPY backend: the name of the solver; None: HiGHS.

    Raises
    ------
    MechoptError
        If the time limit or the gap is no positive number.
    """

    algorithm: str = "auto"
    time_limit: float | None = None
    solver: str | None = None
    gap: float = 1e-10

    def __post_init__(self) -> None:
        if self.time_limit is not None and not 0 < self.time_limit < math.inf:
            raise MechoptError(f"time_limit is {self.time_limit}; write a positive number of seconds, or None")
        if not 0 < self.gap < math.inf:
            raise MechoptError(f"gap is {self.gap}; write a positive number, relative to the size of values, such as 1e-10")


def auxiliary(n_columns: int) -> Options:
    """Return how a program is solved that only helps: in seconds that grow with its size, as solvers do not end on all of them."""
    return Options(time_limit=0.5 + n_columns / 1000)


@dataclass(frozen=True, eq=False)
class Solution:
    """A float answer: a hint, never a proof.

    Attributes
    ----------
    status : str
        Why the solver stopped.
    x : float array, length n_columns, or None
    y : float array, length n_rows, or None
        Derivative of the maximum in the right-hand side of the natural row. This is the one convention here:

        ========================  =====================================
        solver                    conversion
        ========================  =====================================
        HiGHS (maximising)        none
        CVXPY, ``A x <= b``       none (nonnegative multiplier)
        CVXPY, ``A x >= b``       sign changed
        CVXPY, ``A x == b``       none when maximising
        ========================  =====================================
    basis : Basis or None
        HiGHS's final one, or one guessed from `x` and `y`.
    value : float
        Objective, with the program's constant.
    statistics : dict
        What ran: solver, version, method, iterations.
    """

    status: Status
    x: NDArray[np.float64] | None = None
    y: NDArray[np.float64] | None = None
    basis: Basis | None = None
    value: float = float("nan")
    statistics: dict[str, Any] = field(default_factory=dict)
