"""What each type expects: to get, to pay, and to be left with, next to what staying out is worth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mechopt.environment.environment import Environment, Groups
from mechopt.errors import PictureError, nearest
from mechopt.mechanism.rules import AnyMechanism
from mechopt.rational import RationalArray
from mechopt.report.pictures.scale import TypeScale, agent_named, index_scale, type_scale
from mechopt.report.pictures.style import FAINT, LOOK, label, legend, spread
from mechopt.report.sentences import together
from mechopt.report.served import SERVED, chance_of_hers, chance_of_service, sold

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["interim_allocation", "interim_payments", "interim_payoffs"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Curve:
    """One line over types; agents, or outcomes, whose lines coincide share it."""

    names: tuple[str, ...]
    scale: TypeScale
    heights: FloatArray
    base: FloatArray | None = None

    def same(self, other: _Curve) -> bool:
        """Return whether two lines coincide."""
        pairs = [(self.scale.positions, other.scale.positions), (self.heights, other.heights)]
        if self.base is not None and other.base is not None:
            pairs.append((self.base, other.base))
        return self.scale.names == other.scale.names and all(np.array_equal(left, right, equal_nan=True) for left, right in pairs)


def interim_allocation(axes: Axes, mechanism: AnyMechanism, agent: str | None = None) -> Axes:
    """Draw the probability with which each type expects what it cares for.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    mechanism : Mechanism or RulesMechanism
    agent : str, optional
        Default: all agents, each with the probability that she holds the object or is served, or that the project is carried out; of more
        than six that differ six, from the first to the last. On a table the first agent, with the probability of every outcome; of more than
        six the likeliest, and the others added up.

    Returns
    -------
    matplotlib.axes.Axes
        The same.

    Raises
    ------
    PictureError
        If there is no such agent.
    """
    environment = mechanism.environment
    if environment.kind in ("object", "public-good"):
        curves = _per_agent(mechanism, agent, lambda i: chance_of_hers(mechanism, i))
        what = "gets the object" if environment.kind == "object" else f'expects "{label(environment.outcomes[1])}"'
        return _drawn(axes, curves, f"probability with which the type {what}", (-0.03, 1.03))
    if sold(environment) is not None:
        curves = _per_agent(mechanism, agent, lambda i: _served(mechanism, i))
        return _drawn(axes, curves, f"probability with which the type {SERVED}", (-0.03, 1.03))
    i = _chosen(mechanism, agent or environment.agents[0].name)[0][0]
    table = _given_type(environment, i, mechanism.interim_allocation(i))
    scale = type_scale(environment.agents[i])
    return _drawn(axes, _outcomes(environment.outcomes, scale, table[scale.order]), "probability given the type", (-0.03, 1.03))


def _served(mechanism: AnyMechanism, i: int) -> RationalArray:
    chances = chance_of_service(mechanism, i)
    assert chances is not None  # the environment is of identical units
    return chances


def interim_payments(axes: Axes, mechanism: AnyMechanism, agent: str | None = None) -> Axes:
    """Draw what each type expects to pay, in money; below zero she is paid. Parameters as in `interim_allocation`."""
    curves = _per_agent(mechanism, agent, mechanism.interim_payments)
    axes.axhline(0, color=FAINT, linewidth=0.8)
    return _drawn(axes, curves, "expected payment (money)")


def interim_payoffs(axes: Axes, mechanism: AnyMechanism, agent: str | None = None) -> Axes:
    """Draw each type's expected payoff over what staying out is worth, in money; the area between is the information rent.

    Parameters as in `interim_allocation`.
    """
    curves = _per_agent(mechanism, agent, mechanism.interim_payoffs, lambda i: mechanism.interim_payoffs(i) - mechanism.information_rents(i))
    return _drawn(axes, curves, "expected payoff (money)")


def _outcomes(names: Sequence[str], scale: TypeScale, table: FloatArray) -> list[_Curve]:
    """Return a curve for each outcome that can happen; of many the likeliest, and the others added up."""
    likely = sorted(np.nonzero(table.any(axis=0))[0].tolist(), key=lambda x: -float(np.nansum(table[:, x])))
    kept = sorted(likely if len(likely) <= len(LOOK) else likely[: len(LOOK) - 1])
    curves = [_Curve((names[x],), scale, table[:, x]) for x in kept]
    rest = [x for x in likely if x not in kept]
    return [*curves, _Curve((f"{len(rest)} other outcomes",), scale, table[:, rest].sum(axis=1))] if rest else curves


def _chosen(mechanism: AnyMechanism, agent: str | None) -> Groups:
    """Return whom a picture shows, in groups of those who are treated alike."""
    if agent is None:
        return mechanism.groups
    i = agent_named(mechanism.environment, agent)
    if i is None:
        raise PictureError(f"agent {agent!r} is unknown; {nearest(agent, [entry.name for entry in mechanism.environment.agents])}")
    return ((i,),)


def _per_agent(
    mechanism: AnyMechanism,
    agent: str | None,
    heights: Callable[[int], RationalArray],
    base: Callable[[int], RationalArray] | None = None,
) -> list[_Curve]:
    environment, chosen = mechanism.environment, _chosen(mechanism, agent)
    scales = {members[0]: type_scale(environment.agents[members[0]]) for members in chosen}
    if any(scale.names is not None for scale in scales.values()):
        scales = {i: index_scale(environment.agents[i]) for i in scales}
    curves: list[_Curve] = []
    for members in chosen:
        i, names = members[0], tuple(environment.agents[k].name for k in members)
        below = None if base is None else _given_type(environment, i, base(i))[scales[i].order]
        curve = _Curve(names, scales[i], _given_type(environment, i, heights(i))[scales[i].order], below)
        twin = next((k for k, known in enumerate(curves) if known.same(curve)), None)
        if twin is None:
            curves.append(curve)
        else:
            curves[twin] = _Curve(curves[twin].names + curve.names, curve.scale, curve.heights, curve.base)
    return curves


def _given_type(environment: Environment, i: int, table: RationalArray) -> FloatArray:
    """Return interim quantities given the type; with correlated types they come multiplied with the type's probability."""
    floats = np.asarray(table.floats(), dtype=np.float64)
    if environment.independent:
        return floats
    prior = np.array([float(p) if p else np.nan for p in environment.agents[i].prior])
    return np.asarray(floats / prior.reshape(-1, *(1,) * (floats.ndim - 1)))


def _drawn(axes: Axes, curves: Sequence[_Curve], title: str, limits: tuple[float, float] | None = None) -> Axes:
    shown = spread(curves)
    for curve, look in zip(shown, LOOK):
        markers = len(curve.heights) <= 30
        axes.plot(curve.scale.positions, curve.heights, label=_joined(curve.names), **look.line() | ({} if markers else {"marker": ""}))
        if curve.base is not None:
            axes.plot(
                curve.scale.positions, curve.base, color=look.color, linewidth=0.9, linestyle=look.dashes, label=f"{_joined(curve.names)}, outside"
            )
            axes.fill_between(curve.scale.positions, curve.base, curve.heights, color=look.color, alpha=0.12, linewidth=0)
    _decorated(axes, shown, title, limits)
    legend(axes, f"{len(shown)} of {len(curves)} agents that differ" if len(shown) < len(curves) else "")
    return axes


def _decorated(axes: Axes, curves: Sequence[_Curve], title: str, limits: tuple[float, float] | None) -> None:
    scales = [curve.scale for curve in curves]
    scales[0].decorate(axes, "x")
    axes.set_xlim(min(scale.edges[0] for scale in scales), max(scale.edges[-1] for scale in scales))
    if len({scale.title for scale in scales}) > 1:
        named = all(scale.names == scales[0].names for scale in scales)
        axes.set_xlabel("value (money)" if scales[0].names is None else "type" if named else "type, in the order of the file")
        if not named:
            most = max(len(scale.positions) for scale in scales)
            axes.set_xticks(range(most), [str(k + 1) for k in range(most)])
    axes.set_ylabel(title)
    if limits is not None:
        axes.set_ylim(*limits)


def _joined(names: Sequence[str]) -> str:
    """Return whom a curve stands for, in few words."""
    return together([label(name, 20) for name in names])
