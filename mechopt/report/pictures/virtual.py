"""Virtual values: what serving a type brings in, raw and ironed; for owners, what buying a type out costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from mechopt.environment.environment import Agent, Environment
from mechopt.errors import PictureError
from mechopt.report.pictures.scale import agent_named
from mechopt.report.pictures.style import FAINT, LOOK, Look, label, legend, spread
from mechopt.report.sentences import together
from mechopt.theory.virtual_values import ironed_virtual_values, virtual_values

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["virtual_value_curves"]

Curve = Callable[[Sequence[Fraction], Sequence[Fraction]], list[Fraction]]


def virtual_value_curves(axes: Axes, environment: Environment, agent: str | None = None) -> Axes:
    r"""Draw virtual values, and virtual costs of those who own the object or a part of it, over the values of their types.

    Markers joined by a thin line are raw, the thick steps are ironed; where they agree only one is seen.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    environment : Environment
        With independent types that are numbers: an object or a public good.
    agent : str, optional
        Default: all agents, those with the same values and priors once; of many that differ six, or three owners of parts, from
        the first to the last.

    Returns
    -------
    matplotlib.axes.Axes
        The same.

    Raises
    ------
    PictureError
        If types are no numbers, drawn together, or without probability.

    References
    ----------
    .. [1] Myerson (1981), doi:10.1287/moor.6.1.58.
    """
    found = _kinds(environment, agent)
    # Whoever owns a part has two curves.
    kinds = spread(found, len(LOOK) // 2) if any(owned == "a part" for *_, owned in found) else spread(found)
    for (names, one, owned), look in zip(kinds, LOOK):
        values, prior = _sorted(one)
        who = label(together(names), 40)
        if owned != "all":
            _pair(axes, values, virtual_values(values, prior), ironed_virtual_values(values, prior), f"virtual value of {who}", look)
        if owned != "none":
            raw, ironed = (_of_costs(curve, values, prior) for curve in (virtual_values, ironed_virtual_values))
            _pair(axes, values, raw, ironed, f"virtual cost of {who}", LOOK[(LOOK.index(look) + 3) % len(LOOK)])
    low, high = (float(end({value for _, one, _ in kinds for value in one.values or ()})) for end in (min, max))
    axes.plot([low, high], [low, high], color=FAINT, linewidth=0.8, linestyle=":", label="value")
    axes.axhline(0, color=FAINT, linewidth=0.8)
    axes.set(xlabel="value (money)", ylabel="virtual value (money)")
    legend(axes, f"{len(kinds)} of {len(found)} agents that differ" if len(kinds) < len(found) else "")
    return axes


def _kinds(environment: Environment, agent: str | None) -> list[tuple[list[str], Agent, str]]:
    """Return the agents that differ, with the names of all like them, and whether they own none, a part or all of the object."""
    if not environment.independent:
        raise PictureError("virtual values need independent types, and these are drawn together (prior.joint)")
    if agent is not None and agent_named(environment, agent) is None:
        raise PictureError(f"agent {agent!r} is unknown; agents are {', '.join(entry.name for entry in environment.agents)}")
    kinds: list[tuple[list[str], Agent, str]] = []
    for entry in environment.agents:
        if agent not in (None, entry.name):
            continue
        if entry.values is None or len(set(entry.values)) < entry.n_types:
            raise PictureError(f"agent {entry.name!r} has types that are not different numbers; virtual values need a value for each")
        if not all(entry.prior):
            raise PictureError(f"agent {entry.name!r} has a type without probability; virtual values divide by it")
        owned = _owned(environment, entry)
        known = next((kind for kind in kinds if (kind[1].values, kind[1].prior, kind[2]) == (entry.values, entry.prior, owned)), None)
        if known is None:
            kinds.append(([entry.name], entry, owned))
        else:
            known[0].append(entry.name)
    return kinds


def _owned(environment: Environment, agent: Agent) -> str:
    if environment.kind != "object" or not agent.outside.numerators.any():
        return "none"
    return "all" if agent.outside.fractions() == list(agent.values or ()) else "a part"


def _sorted(agent: Agent) -> tuple[list[Fraction], list[Fraction]]:
    pairs = sorted(zip(agent.values or (), agent.prior, strict=True))
    return [value for value, _ in pairs], [p for _, p in pairs]


def _of_costs(curve: Curve, values: Sequence[Fraction], prior: Sequence[Fraction]) -> list[Fraction]:
    """Return virtual costs: a seller of value v is a buyer of value -v, the other way round."""
    return [-entry for entry in curve([-value for value in reversed(values)], list(reversed(prior)))][::-1]


def _pair(axes: Axes, values: Sequence[Fraction], raw: Sequence[Fraction], ironed: Sequence[Fraction], name: str, look: Look) -> None:
    places, heights = [float(value) for value in values], [float(entry) for entry in raw]
    marker = look.marker if len(places) <= 40 else ""
    if list(raw) == list(ironed):
        axes.plot(places, heights, color=look.color, linestyle=look.dashes, marker=marker, label=name)
        return
    axes.plot(places, heights, color=look.color, linewidth=0.8, marker=marker, label=f"{name}, raw")
    steps = [float(entry) for entry in ironed]
    axes.step(places, steps, where="mid", color=look.color, linewidth=2, linestyle=look.dashes, label=f"{name}, ironed")
