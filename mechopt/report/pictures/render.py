"""A picture as a file: PNG, PDF or SVG."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from mechopt.errors import PictureError
from mechopt.report.pictures.registry import Picture
from mechopt.report.pictures.scene import DynamicScene, Scene
from mechopt.report.pictures.style import SETTINGS, matplotlib

if TYPE_CHECKING:
    from matplotlib.backend_bases import FigureCanvasBase
    from matplotlib.figure import Figure

__all__ = ["FORMATS", "figure", "format_of", "rendered"]

FORMATS = ("png", "pdf", "svg")
_SIZE, _DPI = (5.6, 4.0), 200


def format_of(path: str | os.PathLike[str]) -> str:
    """Return the format that a file's name asks for.

    Raises
    ------
    PictureError
        If it is none of `FORMATS`.

    Examples
    --------
    >>> format_of("figures/trade.PDF")
    'pdf'
    """
    ending = Path(path).suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        raise PictureError(f"{path}: a picture's name ends in {', '.join(f'.{known}' for known in FORMATS[:-1])} or .{FORMATS[-1]}")
    return ending


def figure(picture: Picture, scene: Scene | DynamicScene) -> Figure:
    """Return a new figure with the picture on it; no window opens.

    Parameters
    ----------
    picture : Picture
        An entry of `mechopt.report.pictures.registry.PICTURES`.
    scene : Scene or DynamicScene

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    PictureError
        If the picture does not apply; the message says why.
    """
    if not isinstance(scene, picture.scene):
        raise PictureError(f"the picture {picture.name} does not apply where types {'do not move' if isinstance(scene, Scene) else 'move'}")
    with matplotlib().rc_context(dict(SETTINGS)):
        from matplotlib.figure import Figure

        drawn = Figure(figsize=_SIZE, layout="constrained")
        picture.draw(drawn.subplots(), scene)
        return drawn


def rendered(drawn: Figure, ending: str) -> bytes:
    """Return a figure as the bytes of a file of the format `ending`; the same figure gives the same bytes."""
    buffer = BytesIO()
    # Without dates a picture changes only when what it shows does.
    metadata = {"png": {}, "pdf": {"CreationDate": None}, "svg": {"Date": None}}[ending]
    drawn.set_dpi(_DPI)
    with matplotlib().rc_context(dict(SETTINGS)):
        # `savefig` would draw everything once more, and throw it away, only to find the layout.
        getattr(_canvas(drawn, ending), f"print_{ending}")(buffer, metadata=metadata)
    return buffer.getvalue()


def _canvas(drawn: Figure, ending: str) -> FigureCanvasBase:
    if ending == "svg":
        from matplotlib.backends.backend_svg import FigureCanvasSVG

        return FigureCanvasSVG(drawn)
    if ending == "pdf":
        from matplotlib.backends.backend_pdf import FigureCanvasPdf

        return FigureCanvasPdf(drawn)
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    return FigureCanvasAgg(drawn)
