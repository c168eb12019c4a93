"""The command that draws: plot."""

from __future__ import annotations

import click

from mechopt.cli.screen import say
from mechopt.cli.source import answered, read_source
from mechopt.errors import MechoptError, named

__all__ = ["plot"]


def _list_pictures(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    """Print the registry and leave, as ``--help`` does."""
    if not wanted:
        return
    from mechopt.report.pictures.registry import PICTURES

    width = max(map(len, PICTURES))
    for picture in PICTURES.values():
        click.echo(f"{picture.name:<{width}}  {picture.title}; needs {picture.condition}")
    context.exit()


@click.command(short_help="A picture for a paper, as PNG, PDF or SVG.")
@click.argument("source", metavar="PROBLEM_OR_RESULT")
@click.option("--picture", "name", required=True, metavar="NAME", help="What to draw; see --list.")
@click.option("-o", "--output", required=True, metavar="FILE", help="Where to; the name ends in .png, .pdf or .svg.")
@click.option("--question", type=click.Choice(["solve", "certify"]), default="solve", show_default=True, help="What is asked about a problem.")
@click.option("--agent", metavar="NAME", help="Draw one agent only.")
@click.option("--outcome", metavar="NAME", help="Whose probability an allocation map shows.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change a key, such as design.budget=none. Repeatable.")
@click.option("--backend", default="highs", show_default=True, metavar="NAME", help="The solver.")
@click.option("--list", is_flag=True, is_eager=True, expose_value=False, callback=_list_pictures, help="List the pictures and when they apply.")
def plot(
    source: str,
    name: str,
    output: str,
    question: str,
    agent: str | None,
    outcome: str | None,
    settings: tuple[str, ...],
    backend: str,
) -> None:
    """Draw one picture of a problem or of a saved result into a file.

    PROBLEM_OR_RESULT is a problem file, a name that `mechopt problems` lists, or a result that -o wrote. If the picture shows an answer, a
    problem is solved first. Example: mechopt plot myerson-satterthwaite-1983/uniform-20 --picture allocation -o trade.pdf
    """
    from mechopt.dynamic.problem import DynamicProblem
    from mechopt.dynamic.result import DynamicResult
    from mechopt.files.output import check_writable, write_bytes
    from mechopt.problem import Problem
    from mechopt.report.pictures.registry import PICTURES
    from mechopt.report.pictures.render import figure, format_of, rendered
    from mechopt.report.pictures.scene import DynamicScene, Scene
    from mechopt.report.pictures.style import matplotlib

    picture, ending = named(PICTURES, name, "picture"), format_of(output)
    matplotlib()
    check_writable(output)
    found = read_source(source, settings)
    scene: Scene | DynamicScene
    if isinstance(found, DynamicProblem | DynamicResult):
        scene = DynamicScene(found if isinstance(found, DynamicProblem) else found.problem)
    elif isinstance(found, Problem):
        result = None if picture.needs == "problem" else answered(source, question, found, backend=backend)
        scene = Scene(found, result, agent, outcome)
    else:
        scene = Scene(found.problem, found, agent, outcome)
    try:
        drawn = figure(picture, scene)
    except MechoptError as error:
        raise type(error)(f"{source}: {error}") from error
    write_bytes(output, rendered(drawn, ending))
    say("saved", output)
