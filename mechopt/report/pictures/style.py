"""How pictures look: colours that survive colour blindness and grey print, lines told apart without colour, labels in plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from mechopt.errors import MissingExtraError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap

__all__ = ["ACCENT", "FAINT", "INK", "LOOK", "SETTINGS", "Look", "brightness", "halo", "label", "legend", "matplotlib", "spread"]

Entry = TypeVar("Entry")

INK, FAINT, ACCENT = "#1a1a1a", "#8c8c8c", "#d55e00"
"""The colour of what is given, of what only guides the eye, and of what a closed form says."""

SETTINGS: Mapping[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.labelsize": 9,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "lines.markersize": 4,
    "svg.hashsalt": "mechopt",
    "pdf.fonttype": 42,
}
"""Settings of matplotlib, drawn and saved under."""


_LONGEST_PAIRED = 26


@dataclass(frozen=True)
class Look:
    """How one of several curves looks: each differs from the others in colour, brightness, dashes and marker."""

    color: str
    dashes: Any
    marker: str

    def line(self) -> dict[str, Any]:
        """Return the arguments of `Axes.plot`."""
        return {"color": self.color, "linestyle": self.dashes, "marker": self.marker}


LOOK = (
    Look("#0072b2", "-", "o"),
    Look("#d55e00", (0, (5, 2)), "s"),
    Look("#009e73", (0, (1, 1.5)), "^"),
    Look("#aa4499", (0, (5, 2, 1, 2)), "D"),
    Look("#56b4e9", (0, (8, 2)), "v"),
    Look("#c58b00", (0, (3, 1, 1, 1, 1, 1)), "P"),
)
"""The palette of Okabe and Ito (2008), dark enough for lines on white."""


def matplotlib() -> ModuleType:
    """Return matplotlib, or say how to get it.

    Raises
    ------
    MissingExtraError
        If it is not installed; the message names the extra.
    """
    try:
        import matplotlib as found
    except ImportError as error:
        raise MissingExtraError("pictures need matplotlib, the extra mechopt[plot]; install it with: pip install matplotlib") from error
    return found


def brightness() -> Colormap:
    """Return the colours of probabilities: from white to a blue on which black and orange lines can be read, monotone in grey."""
    matplotlib()
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("mechopt", ["#ffffff", "#c6dbef", "#6baed6", "#2b7bba"])


def halo() -> list[Any]:
    """Return the white rim that keeps a line readable on any ground."""
    from matplotlib.patheffects import Normal, Stroke

    return [Stroke(linewidth=3.4, foreground="white"), Normal()]


def label(name: str, longest: int = 28) -> str:
    r"""Return a name as matplotlib should show it: as it is, never as a formula, and cut where it is long.

    Examples
    --------
    >>> label("a$b$"), label("x" * 40, 8)
    ('a\\$b\\$', 'xxxxxxx…')
    """
    line = " ".join(name.split())
    return (line if len(line) <= longest else line[: longest - 1] + "…").replace("$", r"\$")


def spread(entries: Sequence[Entry], most: int = len(LOOK)) -> list[Entry]:
    """Return at most so many entries as curves can be told apart, from the first to the last, evenly spread over their order.

    Examples
    --------
    >>> spread(range(5)), spread(range(40)), spread(range(40), 3)
    ([0, 1, 2, 3, 4], [0, 8, 16, 23, 31, 39], [0, 20, 39])
    """
    steps = most - 1
    if len(entries) <= most:
        return list(entries)
    return [entries[(k * (len(entries) - 1) + steps // 2) // steps] for k in range(most)]


def legend(axes: Axes, title: str = "") -> None:
    """Put the legend above the axes, where it hides nothing."""
    handles, names = axes.get_legend_handles_labels()
    if handles:
        narrow = len(handles) > 1 and max(map(len, names)) <= _LONGEST_PAIRED
        columns = 2 if narrow else 1
        axes.legend(
            loc="lower left", bbox_to_anchor=(0, 1.01), ncols=columns, borderaxespad=0, handlelength=3.2, title=title or None, alignment="left"
        )
