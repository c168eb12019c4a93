"""The backends by name."""

from __future__ import annotations

from typing import Any, Protocol

from mechopt.errors import named
from mechopt.program.linear import Basis, Program
from mechopt.solvers.solution import Options, Solution

__all__ = ["BACKENDS", "backend_named", "resolver"]


class Backend(Protocol):
    """Solves a program in floats; a basis to start from may be ignored."""

    def __call__(self, program: Program, options: Options, start: Basis | None = None, /) -> Solution:
        """Return the float answer."""
        ...


def _highs(program: Program, options: Options, start: Basis | None = None) -> Solution:
    from mechopt.solvers.highs import solve_in_highs

    return solve_in_highs(program, options, start)


def _cvxpy(program: Program, options: Options, _start: Basis | None = None) -> Solution:
    from mechopt.solvers.cvxpy_model import solve_in_cvxpy

    return solve_in_cvxpy(program, options)


# Imported on first use: a command that needs one backend does not wait for the others.
BACKENDS: dict[str, Backend] = {"highs": _highs, "cvxpy": _cvxpy}


def backend_named(name: str) -> Backend:
    """Return a backend.

    Raises
    ------
    UnknownNameError
        If there is none of that name.
    """
    return named(BACKENDS, name, "backend")


def resolver(program: Program) -> Any:
    """Return the function that re-solves a program with other data, for iterative refinement."""
    from mechopt.solvers.highs import resolve_in_highs

    return resolve_in_highs(program)
