"""The pictures of a page: all of the registry that apply, each an image inside the page."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence

from mechopt.errors import MissingExtraError, PictureError
from mechopt.report.page.section import Drawing, Section
from mechopt.report.pictures.registry import PICTURES, Picture
from mechopt.report.pictures.render import figure, rendered
from mechopt.report.pictures.scene import DynamicScene, Scene
from mechopt.report.pictures.style import matplotlib
from mechopt.result import Result

__all__ = ["drawing_of", "drawings"]

_MOST_AGENTS, _MOST_PROFILES = 4, 400


def drawings(results: Sequence[Result]) -> Section:
    """Return the section with the pictures that apply; without matplotlib it says how to get them.

    A picture of a mechanism shows the last answer that has one, a picture of prices the last that has them. Images are isolated from
    the page: what a name contains can neither run nor fetch anything.
    """
    try:
        matplotlib()
    except MissingExtraError as error:
        return Section("Pictures", lines=(f"There are none: {error}.",))
    pictures = [picture for picture in PICTURES.values() if picture.scene is Scene]
    scenes = [(picture, scene) for picture in pictures for result in _subject(picture, results) for scene in _scenes(picture, result)]
    return Section("Pictures", drawings=tuple(drawing for picture, scene in scenes for drawing in _tried(picture, scene)))


def drawing_of(picture: Picture, scene: Scene | DynamicScene, caption: str) -> Drawing:
    """Return a picture of a page.

    Raises
    ------
    PictureError
        If it does not apply.
    """
    image = rendered(figure(picture, scene), "svg")
    return Drawing(picture.name, caption, f"data:image/svg+xml;base64,{b64encode(image).decode()}")


def _subject(picture: Picture, results: Sequence[Result]) -> list[Result]:
    """Return the answer that a picture shows, or nothing if none has what it needs."""
    if picture.asks and results[-1].problem.environment.n_profiles > _MOST_PROFILES:
        return []
    fit = [result for result in results if picture.needs == "problem" or getattr(result, picture.needs) is not None]
    return fit[-1:]


def _scenes(picture: Picture, result: Result) -> Iterator[Scene]:
    """Yield the scenes of one picture: on tables an agent at a time, where there is no one outcome that everybody cares for."""
    environment = result.problem.environment
    if picture.name == "interim-allocation" and environment.kind not in ("object", "public-good"):
        for agent in environment.agents[:_MOST_AGENTS]:
            yield Scene(result.problem, result, agent.name)
        return
    yield Scene(result.problem, result)


def _tried(picture: Picture, scene: Scene) -> Iterator[Drawing]:
    whose = f": {scene.agent}" if scene.agent is not None else ""
    asked = f" ({scene.result.question})" if scene.result is not None and picture.needs != "problem" else ""
    try:
        yield drawing_of(picture, scene, f"{picture.title}{whose}{asked}")
    except PictureError:
        return
