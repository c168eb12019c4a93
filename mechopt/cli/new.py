"""Commands for whoever writes a problem file: new, schema and completion."""

from __future__ import annotations

import json
from pathlib import Path

import click

from mechopt.cli.screen import say

__all__ = ["completion", "new", "schema"]

_KINDS = ("object", "public-good", "table", "interdependent", "correlated", "dynamic")


@click.command(short_help="A commented problem file to begin with.")
@click.argument("kind", metavar="KIND", type=click.Choice(_KINDS))
@click.option("-o", "--output", metavar="FILE", help="Where to; default: KIND.toml.")
def new(kind: str, output: str | None) -> None:
    """Write a commented problem file that can be asked as it is. An existing file is never overwritten.

    KIND is one of object, public-good, table, interdependent, correlated and dynamic.
    """
    from mechopt.errors import ProblemFileError
    from mechopt.files.output import write_text
    from mechopt.files.starting_file import starting_file

    path = Path(output or f"{kind}.toml")
    if path.exists():
        raise ProblemFileError(f"{path}: exists already; name another file with -o")
    write_text(path, starting_file(kind))
    say("saved", f"{path}; try: mechopt certify {path}")


@click.command(short_help="The problem format as a JSON Schema, for editors.")
def schema() -> None:
    """Print the JSON Schema of problem files.

    Editors check and complete a file against it: save it, and write "#:schema mechopt.schema.json" on the first line of the problem file
    (editors with Taplo, such as VS Code with Even Better TOML).
    """
    from mechopt.files.schema import problem_schema

    click.echo(json.dumps(problem_schema(), indent=2, ensure_ascii=False))


STARTUP = """\b
bash   eval "$(mechopt completion bash)"        in ~/.bashrc
zsh    eval "$(mechopt completion zsh)"         in ~/.zshrc
fish   mechopt completion fish | source         in ~/.config/fish/config.fish
"""


@click.command(short_help="Completion for your shell.", epilog=STARTUP)
@click.argument("shell", metavar="SHELL", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that completes commands, options, problems and keys. SHELL is bash, zsh or fish."""
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None  # click knows the shells of the choice above
    click.echo(found(context.find_root().command, {}, "mechopt", "_MECHOPT_COMPLETE").source())
