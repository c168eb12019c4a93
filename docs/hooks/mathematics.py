"""Formulas become MathML when the site is built, so that pages need neither JavaScript nor another host to show them."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from math_core import LatexToMathML

FORMULA = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)
TAG = re.compile(r"\\tag\{([^{}]+)\}")
SPACE = re.compile(r"\\qquad(?![a-zA-Z])|\\quad(?![a-zA-Z])")
CONVERTER = LatexToMathML()


def on_page_content(html: str, **_: Any) -> str:
    """Replace what arithmatex marks as a formula."""
    return FORMULA.sub(lambda match: mathml(unescape(match[3]), display=match[2] == "["), html)


def mathml(latex: str, *, display: bool) -> str:
    """Return a formula as MathML; a numbered display gets its number at the margin, and an anchor.

    Where a display has a wide space it may be broken into lines, on a narrow screen.

    Raises
    ------
    LatexError
        If the formula is not understood: the build ends there.
    """
    number = TAG.search(latex)
    if not display:
        return CONVERTER.convert_with_local_state(latex.strip(), displaystyle=False)
    parts = [CONVERTER.convert_with_local_state(part.strip(), displaystyle=True) for part in SPACE.split(TAG.sub("", latex))]
    formula = f'<div class="display-lines">{"".join(parts)}</div>'
    margin = f'<span class="display-number">({number[1]})</span>' if number else ""
    anchor = f' id="display-{number[1]}"' if number else ""
    return f'<div class="display"{anchor}>{formula}{margin}</div>'
