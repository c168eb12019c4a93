"""Which lies bind, and how much they weigh: a certificate's incentive and participation prices as a graph over types."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mechopt.errors import PictureError
from mechopt.exact.certificate import Certificate
from mechopt.rational import RationalArray, counted
from mechopt.report.pictures.scale import agent_named
from mechopt.report.pictures.style import ACCENT, INK, LOOK, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["incentive_graph"]

_MOST_AGENTS, _MOST_TYPES, _MOST_LABELS = 6, 40, 9


@dataclass(frozen=True)
class _Row:
    """One agent's types, left to right, and the prices on them; agents with the same prices share a row."""

    agents: tuple[int, ...]
    types: tuple[str, ...]
    lies: tuple[tuple[int, int, float], ...]
    staying: tuple[float, ...]


def incentive_graph(axes: Axes, certificate: Certificate, agent: str | None = None) -> Axes:
    r"""Draw the binding incentive constraints: an arrow from the true type to the report she must not prefer, as thick as its price.

    Arrows above the types understate, to the left; arrows below overstate. Squares are participation constraints, as large as their price.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    certificate : Certificate
        Its prices; those that depend on the others' types are summed over them.
    agent : str, optional
        Default: all agents, a row for each kind.

    Returns
    -------
    matplotlib.axes.Axes
        The same.

    Raises
    ------
    PictureError
        If there is no such agent, or too many agents or types to tell arrows apart.
    """
    rows = _rows(certificate, agent)
    if len(rows) > _MOST_AGENTS:
        raise PictureError(f"{len(rows)} agents with different prices are too many for one graph; draw one agent at a time, by name")
    largest = max((weight for row in rows for _, _, weight in row.lies), default=0.0) or 1.0
    most = max((weight for row in rows for weight in row.staying), default=0.0) or 1.0
    for level, row in enumerate(reversed(rows)):
        _draw_row(axes, row, 2.0 * level, largest, most)
    widest = max(len(row.types) for row in rows)
    axes.set(xlim=(-0.6, widest - 0.4), ylim=(-1.1, 2 * len(rows) - 0.9), xlabel="type, from the first to the last", xticks=[])
    names = [entry.name for entry in certificate.environment.agents]
    axes.set_yticks([2.0 * level for level in range(len(rows))], [_owner([names[i] for i in row.agents]) for row in reversed(rows)])
    axes.tick_params(length=0)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.text(0, 1.01, _legend_line(largest, most, rows), transform=axes.transAxes, fontsize=7.5, color=INK)
    return axes


def _rows(certificate: Certificate, agent: str | None) -> list[_Row]:
    environment = certificate.environment
    if agent is not None and agent_named(environment, agent) is None:
        raise PictureError(f"agent {agent!r} is unknown; agents are {', '.join(entry.name for entry in environment.agents)}")
    rows: list[_Row] = []
    for members in certificate.groups if agent is None else [(agent_named(environment, agent) or 0,)]:
        i, entry = members[0], environment.agents[members[0]]
        if entry.n_types > _MOST_TYPES:
            raise PictureError(f"agent {entry.name!r} has {entry.n_types} types; the incentive graph can show {_MOST_TYPES}")
        order, staying = _order(certificate, i), _staying(certificate, i)
        types = tuple(entry.types[k] for k in order)
        row = _Row(members, types, tuple(_lies(certificate, i, order)), tuple(staying[k] for k in order))
        twin = next((k for k, known in enumerate(rows) if (known.types, known.lies, known.staying) == (row.types, row.lies, row.staying)), None)
        if twin is None:
            rows.append(row)
        else:
            rows[twin] = replace(row, agents=tuple(sorted(rows[twin].agents + members)))
    if not any(row.lies or any(row.staying) for row in rows):
        raise PictureError("no incentive or participation constraint has a price here: none of them binds")
    return rows


def _order(certificate: Certificate, i: int) -> list[int]:
    agent = certificate.environment.agents[i]
    values = agent.values
    return list(range(agent.n_types)) if values is None else sorted(range(agent.n_types), key=lambda k: values[k])


def _lies(certificate: Certificate, i: int, order: list[int]) -> Iterator[tuple[int, int, float]]:
    if not certificate.incentive:
        return
    pairs, place = certificate.incentive[i], {k: position for position, k in enumerate(order)}
    for k, (a, b) in enumerate(zip(pairs.true.tolist(), pairs.reported.tolist(), strict=True)):
        weight = float(pairs.prices[k].sum().item())
        if weight:
            yield place[a], place[b], weight


def _staying(certificate: Certificate, i: int) -> list[float]:
    agent = certificate.environment.agents[i]
    if not certificate.participation:
        return [0.0] * agent.n_types
    prices: RationalArray = certificate.participation[i]
    if certificate.design.participation == "ex-ante-ir":
        return [float(prices.item() * p) for p in agent.prior]
    return [float(prices[a].sum().item()) for a in range(agent.n_types)]


def _draw_row(axes: Axes, row: _Row, height: float, largest: float, most: float) -> None:
    from matplotlib.patches import FancyArrowPatch

    labelled = len(row.types) <= _MOST_LABELS
    size = 16 if labelled else 5
    for a, b, weight in row.lies:
        bend = 0.55 / max(abs(a - b), 1) ** 0.5
        look = LOOK[0] if b < a else LOOK[1]
        arrow = FancyArrowPatch(
            (a, height), (b, height), connectionstyle=f"arc3,rad={bend}", arrowstyle="-|>", mutation_scale=7 + 3 * weight / largest,
            linewidth=0.5 + 3 * weight / largest, color=look.color, shrinkA=size / 2 + 1, shrinkB=size / 2 + 2, zorder=2,
        )  # fmt: skip
        axes.add_patch(arrow)
        if labelled:
            lift = (0.32 if b < a else -0.32) * min(abs(a - b), 3) ** 0.5
            axes.text((a + b) / 2, height + lift * 1.35, f"{weight:.2g}", ha="center", va="center", fontsize=6.5, color=look.color, zorder=4)
    places = range(len(row.types))
    axes.plot(places, [height] * len(row.types), linestyle="", marker="o", markersize=size, color="white", markeredgecolor=INK, zorder=3)
    for k, weight in enumerate(row.staying):
        if weight:
            axes.plot([k], [height - 0.72], linestyle="", marker="s", markersize=3 + 8 * (weight / most) ** 0.5, color=ACCENT, zorder=3)
            if labelled:
                axes.annotate(f"{weight:.2g}", (k, height - 0.72), (9, 0), textcoords="offset points", va="center", fontsize=6.5)
    if labelled:
        for k, name in enumerate(row.types):
            axes.text(k, height, label(name, 6), ha="center", va="center", fontsize=6, zorder=4)


def _owner(names: list[str]) -> str:
    return label(names[0], 18) if len(names) == 1 else f"{label(names[0], 14)}\nand {counted(len(names) - 1)} alike"


def _legend_line(largest: float, most: float, rows: list[_Row]) -> str:
    parts = [f"arrow: binding incentive constraint, price up to {largest:.3g}"] if any(row.lies for row in rows) else []
    if any(weight for row in rows for weight in row.staying):
        parts.append(f"square: participation, up to {most:.3g}")
    return "; ".join(parts)
