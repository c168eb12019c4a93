"""Who gets it: the probability of an outcome over two agents' types, with the first best and the closed form."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mechopt.environment.environment import Environment
from mechopt.environment.welfare import efficient_outcomes
from mechopt.errors import PictureError, nearest
from mechopt.mechanism.rules import AnyMechanism, RulesMechanism
from mechopt.report.pictures.boundaries import Boundary
from mechopt.report.pictures.scale import TypeScale, index_scale, type_scale
from mechopt.report.pictures.style import ACCENT, INK, brightness, halo, label, legend

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["allocation_map", "outcome_index"]

_MOST_PROFILES = 40_000


def allocation_map(axes: Axes, mechanism: AnyMechanism, outcome: str | None = None, boundaries: Sequence[Boundary] = ()) -> Axes:
    """Draw the probability of an outcome at every profile of two agents, with the border of the profiles where it is efficient.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    mechanism : Mechanism or RulesMechanism
        With two agents.
    outcome : str, optional
        Default: that the second agent holds the object, that the project is carried out, or the last outcome of a table.
    boundaries : sequence of Boundary
        Lines of closed forms; those about other outcomes, or without numeric types to stand on, are left out.

    Returns
    -------
    matplotlib.axes.Axes
        The same.

    Raises
    ------
    PictureError
        If there are not two agents, no such outcome, or more profiles than a picture can show.
    """
    environment = mechanism.environment
    if environment.n_agents != 2:
        raise PictureError(f"an allocation map needs two agents, and there are {environment.n_agents}; draw the interim allocation instead")
    x = outcome_index(environment, outcome)
    scales = [type_scale(agent) for agent in environment.agents]
    if any(scale.names is not None for scale in scales):
        scales = [index_scale(agent) for agent in environment.agents]
    across, up = scales
    chances = _chances(mechanism, x)[np.ix_(across.order, up.order)]
    mesh = axes.pcolormesh(
        across.edges, up.edges, chances.T, cmap=brightness(), vmin=0, vmax=1, edgecolors="face", linewidth=0.3, rasterized=chances.size > 2500
    )
    axes.figure.colorbar(mesh, ax=axes, label=_sentence(environment, x))
    efficient = efficient_outcomes(environment)[..., x][np.ix_(across.order, up.order)]
    _border(axes, efficient, across, up)
    if across.names is None:
        _lines(axes, [boundary for boundary in boundaries if boundary.outcome == environment.outcomes[x]])
    across.decorate(axes, "x")
    up.decorate(axes, "y")
    legend(axes)
    return axes


def _chances(mechanism: AnyMechanism, x: int) -> NDArray[np.float64]:
    if not isinstance(mechanism, RulesMechanism):
        return np.asarray(mechanism.allocation[..., x].floats(), dtype=np.float64)
    environment = mechanism.environment
    if environment.n_profiles > _MOST_PROFILES:
        raise PictureError(f"{environment.n_profiles} profiles are too many for one map; draw the interim allocation instead")
    chances = [float(mechanism.allocation(profile)[x]) for profile in product(*[agent.types for agent in environment.agents])]
    return np.array(chances).reshape(environment.n_types)


def outcome_index(environment: Environment, outcome: str | None) -> int:
    """Return the position of the outcome to draw.

    Raises
    ------
    PictureError
        If there is no such outcome.
    """
    if outcome is None:
        return environment.n_agents - 1 if environment.kind == "object" else environment.n_outcomes - 1
    if outcome not in environment.outcomes:
        raise PictureError(f"outcome {outcome!r} is unknown; {nearest(outcome, environment.outcomes)}")
    return environment.outcomes.index(outcome)


def _sentence(environment: Environment, x: int) -> str:
    name = label(environment.outcomes[x])
    if environment.kind == "object":
        return f"probability that {name} holds the object"
    return f'probability of "{name}"'


def _border(axes: Axes, inside: NDArray[np.bool_], across: TypeScale, up: TypeScale) -> None:
    """Draw the staircase between profiles where the outcome is efficient, ties included, and the others."""
    from matplotlib.collections import LineCollection

    pieces = []
    for i, j in np.argwhere(inside[1:] != inside[:-1]).tolist():
        pieces.append([(across.edges[i + 1], up.edges[j]), (across.edges[i + 1], up.edges[j + 1])])
    for i, j in np.argwhere(inside[:, 1:] != inside[:, :-1]).tolist():
        pieces.append([(across.edges[i], up.edges[j + 1]), (across.edges[i + 1], up.edges[j + 1])])
    if pieces:
        lines = LineCollection(pieces, colors=INK, linewidths=1.6, label="first best", capstyle="projecting", path_effects=halo())
        axes.add_collection(lines, autolim=False)


def _lines(axes: Axes, boundaries: Sequence[Boundary]) -> None:
    for boundary in boundaries:
        points = np.array(boundary.points)
        axes.plot(points[:, 0], points[:, 1], color=ACCENT, linestyle=(0, (4, 2)), label=label(boundary.label, 60), path_effects=halo())
