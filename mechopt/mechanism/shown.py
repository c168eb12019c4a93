"""How mechanisms of every form show themselves: as a frame, in LaTeX, in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Shown"]


class Shown:
    """What a mechanism's users call; the words and tables are written in the room of reports."""

    def to_frame(self: Any) -> DataFrame:
        """Return a pandas frame: a row per profile or, where there is no table over profiles, per agent and type; entries are fractions."""
        from mechopt.report.tables import mechanism_frame

        return mechanism_frame(self)

    def to_latex(self: Any) -> str:
        """Return what each type expects, in period 0 where types move, as a LaTeX table (booktabs)."""
        from mechopt.report.tables import interim_latex

        return interim_latex(self)

    def _repr_html_(self: Any) -> str:
        from mechopt.report.page.fragment import mechanism_html

        return mechanism_html(self)
