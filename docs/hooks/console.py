"""What a command prints is coloured as output, also lines that begin with "#" or "%"."""

from __future__ import annotations

import re
from typing import Any

from pygments.lexers.shell import BashSessionLexer

_PROMPT = re.compile(r"^(\$ )(.*\n?)")


def on_startup(**_: Any) -> None:
    """Tell the highlighter that a command stands behind "$ " and nothing else: comments of a file are not commands of root."""
    BashSessionLexer._ps1rgx = _PROMPT
