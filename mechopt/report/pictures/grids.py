"""The same question on finer and finer grids, next to what the continuum says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mechopt.environment.builders import object_environment
from mechopt.environment.grids import uniform
from mechopt.errors import PictureError
from mechopt.pipeline.answer import Settings
from mechopt.pipeline.certify import budget_surplus_of
from mechopt.problem import Problem
from mechopt.report.pictures.convergence import convergence_curve
from mechopt.report.pictures.frontiers import ownership
from mechopt.report.pictures.scale import support
from mechopt.report.pictures.scene import Scene
from mechopt.theory.partnership_uniform import surplus

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_convergence"]

_GRIDS = {2: (2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25, 30), 3: (2, 3, 4, 5, 6, 8)}


def draw_convergence(axes: Axes, scene: Scene) -> Axes:
    """Draw the largest budget surplus of efficient mechanisms over the number of points, with its closed form.

    References
    ----------
    .. [1] Cramton, Gibbons and Klemperer (1987), Econometrica 55, 615-632; with one owner of two, Myerson and Satterthwaite (1983),
       doi:10.1016/0022-0531(83)90048-0.
    """
    environment = scene.problem.environment
    if environment.n_agents not in _GRIDS:
        raise PictureError(f"finer grids are asked about for two or three agents, and there are {environment.n_agents}")
    shares = ownership(environment)
    supports = {support(agent) for agent in environment.agents}
    low, high = next(iter(supports)) or (0, 0)
    if len(supports) > 1 or low == high or environment.cost.numerators.any() or not environment.independent:
        raise PictureError("the closed form is about an object without cost and independent values on the same uniform grid")
    grids = _GRIDS[environment.n_agents]
    names = [agent.name for agent in environment.agents]
    found = []
    for points in grids:
        finer = object_environment({name: uniform(low, high, points) for name in names}, dict(zip(names, shares, strict=True)))
        number = budget_surplus_of(Problem(finer), Settings())
        assert number is not None  # the default design asks for participation
        found.append(number.float if number.exact is None else number.exact)
    limit = float(high - low) * surplus(shares)
    return convergence_curve(axes, grids, found, limit, quantity="largest budget surplus when efficient (money)")
