"""The parts of a page, as data: what stands in a section, before any HTML."""

from __future__ import annotations

from dataclasses import dataclass

from mechopt.report.sheet import Sheet

__all__ = ["Drawing", "Page", "Section"]


@dataclass(frozen=True)
class Drawing:
    """A picture on a page.

    Attributes
    ----------
    name, caption : str
        Its name in the registry, and what it shows.
    address : str
        The picture itself, as a data address.
    """

    name: str
    caption: str
    address: str


@dataclass(frozen=True)
class Section:
    """A section of a page.

    Attributes
    ----------
    heading : str
    lead : str
        The answer, in a sentence that stands out.
    lines : tuple of str
        Paragraphs.
    sheets : tuple of Sheet
    drawings : tuple of Drawing
    details : tuple of str
        A list that is folded away under `summary`.
    summary : str
    most : int
        Rows of a table that are shown.
    """

    heading: str
    lead: str = ""
    lines: tuple[str, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    details: tuple[str, ...] = ()
    summary: str = ""
    most: int = 12


@dataclass(frozen=True)
class Page:
    """A page.

    Attributes
    ----------
    title, source : str
        Of the problem.
    sections : tuple of Section
    footer : tuple of str
        Digest and versions.
    """

    title: str
    source: str
    sections: tuple[Section, ...]
    footer: tuple[str, ...]
