"""Every deliberate exception of the package. A user's mistake always raises a `MechoptError`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TypeVar

__all__ = [
    "DesignError",
    "InvalidEnvironmentError",
    "MechoptError",
    "MechoptWarning",
    "MissingExtraError",
    "NotRationalError",
    "PictureError",
    "ProblemFileError",
    "ProgramSizeError",
    "SolverError",
    "UnknownNameError",
    "named",
    "nearest",
]

Entry = TypeVar("Entry")


class MechoptError(Exception):
    """Base class: the message names the argument, its value and what would be right."""


class NotRationalError(MechoptError, ValueError):
    """A value that should be an exact rational number is not one."""


class InvalidEnvironmentError(MechoptError, ValueError):
    """The agents, priors, utilities or outside options do not describe an environment."""


class DesignError(MechoptError, ValueError):
    """The requirements contradict each other's meaning or do not fit the environment."""


class UnknownNameError(DesignError):
    """A name (of a setting, agent, type, outcome, method) that does not exist."""


class ProblemFileError(MechoptError):
    """A problem or result file cannot be read as one."""


class ProgramSizeError(MechoptError):
    """A program would not fit into memory, or an answer has more digits than can be saved."""


class SolverError(MechoptError):
    """The solver could not answer: out of time, numerical trouble, or an unknown option."""


class MissingExtraError(MechoptError, ImportError):
    """A part of the package needs a library that is not installed; the message names the extra to install."""


class PictureError(MechoptError, ValueError):
    """A picture does not apply: what it would show is not there, or is too much to be read."""


class MechoptWarning(UserWarning):
    """Something unusual that is not an error, such as property rights that exceed the object."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the sentence that helps after an unknown `name`.

    Parameters
    ----------
    name : str
        What was written.
    known : iterable of str
        What would have been right.

    Returns
    -------
    str
        The nearest known name if one is near, and the list of all.

    Examples
    --------
    >>> nearest("bicc", ["bic", "dsic"])
    "did you mean 'bic'? (known: bic, dsic)"
    >>> nearest("zzz", ["bic", "dsic"])
    'known: bic, dsic'
    """
    names = [str(entry) for entry in known]
    shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    return f"did you mean '{close[0]}'? (known: {shown})" if close else f"known: {shown}"


def named(registry: Mapping[str, Entry], name: str, what: str) -> Entry:
    """Return what a registry has under a name.

    Raises
    ------
    UnknownNameError
        If it has nothing; the message says which name is near, and which there are.

    Examples
    --------
    >>> named({"highs": 1, "cvxpy": 2}, "high", "backend")
    Traceback (most recent call last):
        ...
    mechopt.errors.UnknownNameError: backend 'high' is unknown; did you mean 'highs'? (known: highs, cvxpy)
    """
    if name not in registry:
        raise UnknownNameError(f"{what} {name!r} is unknown; {nearest(name, registry)}")
    return registry[name]
