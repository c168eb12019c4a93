"""The site asks no other host for anything: a page that would is a warning, and so an error in a strict build."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

LOG = logging.getLogger("mkdocs.hooks.offline")
FETCHED = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|embed)\b[^>]*\ssrc=["']?((?:https?:)?//[^"'\s>]+)"""
    r"""|<link\b(?![^>]*rel=["']?canonical)[^>]*\shref=["']?((?:https?:)?//[^"'\s>]+)"""
    r"""|class="?mermaid|@import|url\(["']?((?:https?:)?//[^"')]+)"""
)


def on_post_build(config: Any, **_: Any) -> None:
    """Look through every page and style sheet."""
    site = Path(config.site_dir)
    for path in sorted([*site.rglob("*.html"), *site.rglob("*.css")]):
        for match in FETCHED.finditer(path.read_text(encoding="utf-8")):
            LOG.warning("%s fetches %s", path.relative_to(site), match[0])
