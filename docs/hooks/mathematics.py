"""Formulas become MathML when the site is built, so that pages need neither JavaScript nor another host to show them."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from math_core import LatexToMathML

FORMULA = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)
TAG = re.compile(r"\\tag\{([^{}]+)\}")
CONVERTER = LatexToMathML()


def on_page_content(html: str, **_: Any) -> str:
    """Replace what arithmatex marks as a formula."""
    return FORMULA.sub(lambda match: mathml(unescape(match[3]), display=match[2] == "["), html)


def mathml(latex: str, *, display: bool) -> str:
    """Return a formula as MathML; a numbered display gets its number at the margin, and an anchor.

    Raises
    ------
    LatexError
        If the formula is not understood: the build ends there.
    """
    number = TAG.search(latex)
    formula = CONVERTER.convert_with_local_state(TAG.sub("", latex).strip(), displaystyle=display)
    if not display:
        return formula
    margin = f'<span class="display-number">({number[1]})</span>' if number else ""
    anchor = f' id="display-{number[1]}"' if number else ""
    return f'<div class="display"{anchor}>{formula}{margin}</div>'
