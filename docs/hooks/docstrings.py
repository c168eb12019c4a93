"""Docstrings are numpydoc, which is reStructuredText; the site is Markdown. What differs is translated here."""

from __future__ import annotations

import re
from textwrap import dedent
from typing import Any

from griffe import Extension, Object

DISPLAY = re.compile(r"^( *)\.\. math::((?:.*\n)(?:(?:\1 +.*)?\n)*)", re.MULTILINE)
INLINE = re.compile(r":math:`([^`]+)`")
REFERENCE = re.compile(r"^( *)\.\. \[(\d+)\] ", re.MULTILINE)


class Markdown(Extension):
    """Formulas and numbered references of a docstring, in Markdown."""

    def on_instance(self, *, obj: Object, **_: Any) -> None:
        """Rewrite the docstring of an object as it is collected."""
        if obj.docstring is not None:
            obj.docstring.value = translated(obj.docstring.value)


def translated(text: str) -> str:
    r"""Return a docstring with Markdown in place of reStructuredText.

    Examples
    --------
    >>> print(translated("The :math:`x`.\n\n.. [1] A. Author, \"Title\"."))
    The $x$.
    <BLANKLINE>
    1. A. Author, "Title".
    """
    text = DISPLAY.sub(lambda match: f"{match[1]}$$\n{match[1]}{_one_line(match[2])}\n{match[1]}$$\n\n", text + "\n").rstrip()
    text = INLINE.sub(lambda match: f"${' '.join(match[1].split())}$", text)
    return REFERENCE.sub(r"\1\2. ", text)


def _one_line(formula: str) -> str:
    return " ".join(dedent(formula).split())
