"""What the shell completes: names of problems, keys of a design and their values."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

__all__ = ["complete_problem", "complete_setting", "setting_option"]


def complete_problem(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the problems of the catalogue that begin so, and leave files to the shell."""
    from mechopt.files.catalogue import catalogue_files

    names = [CompletionItem(name) for name in catalogue_files() if name.startswith(incomplete)]
    return [*names, CompletionItem(incomplete, type="file")]


def complete_setting(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return keys of a design, then their values, and keys of the agents of the problem where it is named before."""
    from mechopt.files.wish import CHOICES, DESIGN_KEYS

    key, equals, value = incomplete.partition("=")
    if equals:
        choices = CHOICES.get(key.removeprefix("design."), {})
        return [CompletionItem(f"{key}={name}", help=meaning) for name, meaning in choices.items() if name.startswith(value)]
    keys = [f"design.{name}=" for name in DESIGN_KEYS] + _agent_keys(context.params.get("problem") or next(iter(context.args), None))
    return [CompletionItem(name) for name in keys if name.startswith(incomplete)]


def _agent_keys(problem: str | None) -> list[str]:
    from mechopt.errors import MechoptError
    from mechopt.files.economy import AGENT_KEYS
    from mechopt.files.problem_file import load_document

    try:
        document = load_document(problem) if problem else {}
        known = AGENT_KEYS.get(document.get("environment", {}).get("kind"), ())
        agents = [str(agent["name"]) for agent in document.get("agents", []) if "name" in agent]
    except (MechoptError, AttributeError, TypeError):
        return []  # a file that cannot be read has nothing to complete
    return [f"agents.{agent}.{key}=" for agent in agents for key in known if key != "name"]


setting_option = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    shell_complete=complete_setting,
    help="Change a key, such as design.budget=none. Repeatable.",
)
"""The option that changes keys of a problem file, the same for every command."""
